use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use super::{Component, Error};
use crate::files::write_atomic;

/// Where each component listens, on 127.0.0.1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ports(BTreeMap<Component, u16>);

impl Ports {
    /// Chooses a port for each: the one that was asked for (0 is a free one), else that of the last run, so that its
    /// data source stays as it is, else the usual one, else a free one.
    ///
    /// # Errors
    ///
    /// A port that was asked for is taken.
    pub fn choose(wanted: &[Component], asked: &BTreeMap<Component, u16>, last: &Self) -> Result<Self, Error> {
        if let Some(left_out) = asked.keys().find(|component| !wanted.contains(component)) {
            return Err(Error::LeftOut(*left_out));
        }
        // All stay taken until each has its own.
        let mut listeners = Vec::new();
        let mut ports = BTreeMap::new();
        let (first, then): (Vec<Component>, Vec<Component>) = wanted.iter().partition(|one| asked.contains_key(one));
        for component in first.into_iter().chain(then) {
            let listener = match asked.get(&component) {
                Some(port) => listen(*port).map_err(|source| Error::Port {
                    component,
                    port: *port,
                    source,
                })?,
                None => {
                    let likely = [last.0.get(&component).copied(), Some(component.usual_port())];
                    let mut likely = likely.into_iter().flatten().filter_map(|port| listen(port).ok());
                    let port_zero = || {
                        listen(0).map_err(|source| Error::Port {
                            component,
                            port: 0,
                            source,
                        })
                    };
                    likely.next().map_or_else(port_zero, Ok)?
                }
            };
            let address = listener.local_addr().map_err(|source| Error::Port {
                component,
                port: 0,
                source,
            })?;
            ports.insert(component, address.port());
            listeners.push(listener);
        }
        Ok(Self(ports))
    }

    /// The address of a component, as `127.0.0.1:9090`.
    pub fn address(&self, component: Component) -> Option<String> {
        self.0
            .get(&component)
            .map(|port| format!("{}:{port}", Ipv4Addr::LOCALHOST))
    }

    /// Those of the last run. A file that can't be read costs nothing but the memory of a port.
    pub(super) fn read(file: &Path) -> Self {
        let text = std::fs::read(file).unwrap_or_default();
        let by_name: BTreeMap<String, u16> = serde_json::from_slice(&text).unwrap_or_default();
        let known = |(name, port): (String, u16)| Some((name.parse().ok()?, port));
        Self(by_name.into_iter().filter_map(known).collect())
    }

    /// Keeps them for the next run; those of components that are left out now are kept as they were.
    pub(super) fn write(&self, file: &Path) -> Result<(), Error> {
        let mut all = Self::read(file).0;
        all.extend(&self.0);
        let by_name: BTreeMap<&str, u16> = all.iter().map(|(component, port)| (component.name(), *port)).collect();
        write_atomic(file, format!("{:#}\n", serde_json::json!(by_name)).as_bytes())?;
        Ok(())
    }
}

fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_refused_where_it_was_asked_for_and_avoided_elsewhere() {
        let taken = listen(0).unwrap();
        let port = taken.local_addr().unwrap().port();
        let wanted = [Component::Prometheus, Component::Grafana];
        let asked = BTreeMap::from([(Component::Grafana, port)]);
        let message = Ports::choose(&wanted, &asked, &Ports::default())
            .unwrap_err()
            .to_string();
        assert!(
            message.contains(&format!("port {port}, which was chosen for grafana")),
            "{message}"
        );
        let last = Ports(asked);
        let asked = BTreeMap::from([(Component::Prometheus, 0)]);
        let ports = Ports::choose(&wanted, &asked, &last).unwrap();
        assert_ne!(ports.0[&Component::Grafana], port);
        assert_ne!(ports.0[&Component::Prometheus], ports.0[&Component::Grafana]);
        drop(taken);
        assert_eq!(
            Ports::choose(&wanted, &asked, &last).unwrap().0[&Component::Grafana],
            port
        );
    }

    #[test]
    fn the_next_run_finds_the_ports_of_the_last() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ports.json");
        assert_eq!(Ports::read(&file), Ports::default());
        let first = Ports([(Component::Grafana, 4000)].into());
        first.write(&file).unwrap();
        Ports([(Component::Prometheus, 4001)].into()).write(&file).unwrap();
        let both = [(Component::Grafana, 4000), (Component::Prometheus, 4001)];
        assert_eq!(Ports::read(&file), Ports(both.into()));
    }
}

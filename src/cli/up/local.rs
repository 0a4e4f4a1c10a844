use std::path::PathBuf;

use super::Args;
use crate::cli::Failure;
use crate::stack::local::Component;

/// What only the engine local takes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "With --engine local")]
pub struct LocalArgs {
    /// An unpacked Grafana, where none is on PATH
    #[arg(long, value_name = "DIR")]
    pub grafana_home: Option<PathBuf>,
    /// Let the embedded sandbox stand in where there is no Grafana
    #[arg(long)]
    pub allow_sandbox: bool,
    /// Where a component listens, 0 for a free port; NAME is prometheus, node-exporter, alertmanager,
    /// pushgateway or grafana; repeatable
    #[arg(long = "port", value_name = "NAME=PORT", value_parser = port)]
    pub ports: Vec<(Component, u16)>,
}

impl LocalArgs {
    /// Refuses these flags where another engine would ignore them.
    ///
    /// # Errors
    ///
    /// One of them was given.
    pub fn refuse(&self, engine: &str) -> Result<(), Failure> {
        let given = [
            ("--grafana-home", self.grafana_home.is_some()),
            ("--allow-sandbox", self.allow_sandbox),
            ("--port", !self.ports.is_empty()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            Some((flag, _)) => Err(Failure::usage(format!(
                "{flag} is for --engine local, not for {engine}"
            ))),
            None => Ok(()),
        }
    }
}

fn port(text: &str) -> Result<(Component, u16), String> {
    let (name, port) = text.split_once('=').ok_or("it is written NAME=PORT")?;
    let component = name.parse().map_err(|error| format!("{error}"))?;
    let port = port.parse().map_err(|_| format!("{port:?} is no port"))?;
    Ok((component, port))
}

/// Refuses what would be ignored here.
///
/// # Errors
///
/// The first of these flags.
pub fn refuse_cluster_flags(args: &Args) -> Result<(), Failure> {
    let given = [
        ("--grafana-url", args.grafana_url.is_some()),
        ("--kubeconfig", args.cluster.kubeconfig.is_some()),
        ("--context", args.cluster.context.is_some()),
        ("--adopt", args.install.adopt),
        ("--force-conflicts", args.install.force_conflicts),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        Some((flag, _)) => Err(Failure::usage(format!(
            "{flag} is for a cluster, not for --engine local"
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_component_and_a_number() {
        assert_eq!(port("grafana=3001"), Ok((Component::Grafana, 3001)));
        assert!(port("grafana").is_err() && port("grafana=70000").is_err());
        assert!(port("loki=1").unwrap_err().contains("there are prometheus"));
    }
}

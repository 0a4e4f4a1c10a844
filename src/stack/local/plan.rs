use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Component, Error, Folder, Ports, Program, Programs};
use crate::stack::{LocalTargets, Settings};

/// What is started, and where it listens and keeps its data.
#[derive(Debug, Clone)]
pub struct LocalPlan {
    /// Where everything is.
    pub folder: Folder,
    /// What is started, in order.
    pub parts: Vec<Part>,
    pub(super) settings: Settings,
    pub(super) ports: Ports,
}

/// One process, or the sandbox.
#[derive(Debug, Clone)]
pub struct Part {
    /// What it is.
    pub component: Component,
    /// What it is run by.
    pub program: Program,
    /// Where it listens: `127.0.0.1:9090`.
    pub address: String,
}

impl Part {
    /// Its base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl LocalPlan {
    /// Chooses the ports; nothing is written or started.
    ///
    /// # Errors
    ///
    /// A setting that can't be, or a port that was asked for and is taken.
    pub fn new(
        settings: &Settings,
        folder: Folder,
        programs: &Programs,
        asked: &BTreeMap<Component, u16>,
    ) -> Result<Self, Error> {
        settings.check().map_err(crate::stack::RenderError::from)?;
        let wanted: Vec<Component> = programs.iter().map(|(component, _)| component).collect();
        let ports = Ports::choose(&wanted, asked, &Ports::read(&folder.ports()))?;
        let part = |(component, program): (Component, &Program)| {
            Some(Part {
                component,
                program: program.clone(),
                address: ports.address(component)?,
            })
        };
        Ok(Self {
            parts: programs.iter().filter_map(part).collect(),
            settings: settings.clone(),
            folder,
            ports,
        })
    }

    /// The part that is this component, if it is wanted.
    pub fn part(&self, component: Component) -> Option<&Part> {
        self.parts.iter().find(|part| part.component == component)
    }

    /// Whether the sandbox stands in for Grafana.
    pub fn has_sandbox(&self) -> bool {
        self.parts.iter().any(|part| part.program == Program::Sandbox)
    }

    /// How Grafana's password is set again, when its file and its database have parted.
    pub fn reset_command(&self) -> Option<String> {
        match &self.part(Component::Grafana)?.program {
            Program::Grafana { home, .. } => Some(format!(
                "{}/bin/grafana cli --homepath {0} --config {} admin reset-admin-password NEW",
                home.display(),
                self.grafana_ini().display()
            )),
            Program::File(_) | Program::Sandbox => None,
        }
    }

    pub(super) fn grafana_ini(&self) -> PathBuf {
        self.folder.config("grafana.ini")
    }

    /// What Prometheus scrapes.
    pub(super) fn targets(&self) -> LocalTargets {
        let address = |component| self.part(component).map(|part| part.address.clone());
        let file = |name| self.folder.config(name).display().to_string();
        LocalTargets {
            node: host_name(),
            prometheus: address(Component::Prometheus).unwrap_or_default(),
            alertmanager: address(Component::Alertmanager),
            node_exporter: address(Component::NodeExporter),
            pushgateway: address(Component::Pushgateway),
            // The sandbox has no metrics of its own.
            grafana: address(Component::Grafana).filter(|_| !self.has_sandbox()),
            rule_files: vec![file("recording_rules.yml"), file("alerting_rules.yml")],
        }
    }
}

/// The machine's name, as node-exporter tells it too.
fn host_name() -> String {
    #[cfg(unix)]
    {
        rustix::system::uname().nodename().to_string_lossy().into_owned()
    }
    #[cfg(not(unix))]
    "localhost".to_owned()
}

use std::fmt;
use std::str::FromStr;

use crate::stack::Settings;

/// A part of the stack that is a process of its own, in the order in which they are shown and started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// Prometheus.
    Prometheus,
    /// node-exporter.
    NodeExporter,
    /// Alertmanager.
    Alertmanager,
    /// Pushgateway.
    Pushgateway,
    /// Grafana.
    Grafana,
}

/// A word that names no component.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no component; there are prometheus, node-exporter, alertmanager, pushgateway and grafana")]
pub struct UnknownComponent(String);

impl Component {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Prometheus,
        Self::NodeExporter,
        Self::Alertmanager,
        Self::Pushgateway,
        Self::Grafana,
    ];

    /// Its name in file names and arguments.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prometheus => "prometheus",
            Self::NodeExporter => "node-exporter",
            Self::Alertmanager => "alertmanager",
            Self::Pushgateway => "pushgateway",
            Self::Grafana => "grafana",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Prometheus => "Prometheus",
            Self::NodeExporter => "node-exporter",
            Self::Alertmanager => "Alertmanager",
            Self::Pushgateway => "Pushgateway",
            Self::Grafana => "Grafana",
        }
    }

    /// The port that it has everywhere.
    pub fn usual_port(self) -> u16 {
        match self {
            Self::Prometheus => 9090,
            Self::NodeExporter => 9100,
            Self::Alertmanager => 9093,
            Self::Pushgateway => 9091,
            Self::Grafana => 3000,
        }
    }

    /// What its program is called: by Debian, and by those who make it.
    pub fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Prometheus => &["prometheus"],
            Self::NodeExporter => &["prometheus-node-exporter", "node_exporter"],
            Self::Alertmanager => &["prometheus-alertmanager", "alertmanager"],
            Self::Pushgateway => &["prometheus-pushgateway", "pushgateway"],
            Self::Grafana => &["grafana", "grafana-server"],
        }
    }

    /// Where the program comes from.
    pub(super) fn source(self) -> &'static str {
        match self {
            Self::Prometheus => "Debian's package prometheus",
            Self::NodeExporter => "Debian's package prometheus-node-exporter",
            Self::Alertmanager => "Debian's package prometheus-alertmanager",
            Self::Pushgateway => "Debian's package prometheus-pushgateway",
            Self::Grafana => {
                "the package grafana of apt.grafana.com, or an unpacked archive named with --grafana-home; \
                 --allow-sandbox lets dashctl's own stand-in take its place"
            }
        }
    }

    /// The path that answers 200 once it can be used.
    pub(super) fn ready_path(self) -> &'static str {
        match self {
            Self::Prometheus | Self::Alertmanager | Self::Pushgateway => "/-/ready",
            Self::NodeExporter => "/",
            Self::Grafana => "/api/health",
        }
    }

    /// Whether the settings want it.
    pub fn is_wanted(self, settings: &Settings) -> bool {
        match self {
            Self::Prometheus => settings.prometheus.enabled,
            Self::NodeExporter => settings.node_exporter.enabled,
            Self::Alertmanager => settings.alertmanager.enabled,
            Self::Pushgateway => settings.pushgateway.enabled,
            Self::Grafana => settings.grafana.enabled,
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Component {
    type Err = UnknownComponent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|component| component.name() == text)
            .ok_or_else(|| UnknownComponent(text.to_owned()))
    }
}

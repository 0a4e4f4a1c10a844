use std::sync::Arc;

use serde_json::Value;

use super::source::{Door, Source};
use crate::grafana::{DataSource, Grafana};
use crate::verify::{Metrics, Scope, expand_raw, seconds};

/// The plugins that ask a Prometheus in its own words.
const PROMETHEUS: [&str; 3] = [
    "prometheus",
    "grafana-amazonprometheus-datasource",
    "grafana-azureprometheus-datasource",
];
/// What Grafana expects between two scrapes where a data source says nothing.
pub const SCRAPE: f64 = 15.0;

/// The data sources that dashboards may refer to.
#[derive(Debug)]
pub struct Sources {
    /// Those of a Grafana; nothing where one Prometheus stands for all.
    listed: Option<Vec<DataSource>>,
    /// The Prometheus ones, by their place in the list.
    prometheus: Vec<(usize, Arc<Source>)>,
}

/// What a reference leads to.
#[derive(Debug, Clone)]
pub enum Resolved {
    /// A Prometheus.
    Prometheus(Arc<Source>),
    /// Something else, by its plugin.
    Other,
    /// An expression over other queries.
    Expression,
    /// Nothing that is there.
    Missing(String),
}

impl Sources {
    /// Those of a Grafana, asked through it.
    pub fn of_grafana(grafana: &Arc<Grafana>, listed: Vec<DataSource>) -> Self {
        let source = |(at, one): (usize, &DataSource)| {
            let door = Door::Through(grafana.clone(), Box::new(one.clone()));
            (
                at,
                Arc::new(Source::new(one.name.clone(), scrape(one), door, Metrics::default())),
            )
        };
        let ours = listed
            .iter()
            .enumerate()
            .filter(|(_, one)| PROMETHEUS.contains(&one.kind.as_str()));
        let prometheus = ours.map(source).collect();
        Self {
            listed: Some(listed),
            prometheus,
        }
    }

    /// One Prometheus for all queries.
    pub fn one(name: &str, door: Door, metrics: Metrics) -> Self {
        Self {
            listed: None,
            prometheus: vec![(0, Arc::new(Source::new(name.to_owned(), SCRAPE, door, metrics)))],
        }
    }

    /// All that are a Prometheus.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Source>> {
        self.prometheus.iter().map(|(_, source)| source)
    }

    /// Whether the data sources of a Grafana are known.
    pub fn are_listed(&self) -> bool {
        self.listed.is_some()
    }

    /// The uids of those of a plugin, for the variable that chooses one; the default one first.
    pub fn uids(&self, plugin: &str) -> Vec<String> {
        let Some(listed) = &self.listed else {
            return vec![plugin.to_owned()];
        };
        let mut of_plugin: Vec<&DataSource> = listed.iter().filter(|one| one.kind == plugin).collect();
        of_plugin.sort_by_key(|one| !one.is_default);
        of_plugin.iter().map(|one| one.uid.clone()).collect()
    }

    /// The uid of the data source of this name.
    pub fn uid_of(&self, name: &str) -> Option<String> {
        let listed = self.listed.as_deref().unwrap_or_default();
        let found = match name {
            "default" => listed.iter().find(|one| one.is_default),
            _ => listed.iter().find(|one| one.name == name),
        };
        found.map(|one| one.uid.clone())
    }

    /// What a dashboard's reference leads to.
    pub fn resolve(&self, reference: &Value, scope: &Scope) -> Resolved {
        let text = |key: &str| reference.get(key).and_then(Value::as_str);
        let plugin = text("type").filter(|plugin| !plugin.contains('$'));
        let written = reference.as_str().or_else(|| text("uid")).unwrap_or_default();
        let name = expand_raw(written, scope);
        if name == "__expr__" || plugin == Some("__expr__") {
            return Resolved::Expression;
        }
        let built_in = name.starts_with("-- ") || name == "grafana" || matches!(plugin, Some("datasource" | "grafana"));
        if built_in {
            return Resolved::Other;
        }
        match &self.listed {
            None => self.by_plugin(plugin),
            Some(listed) => self.by_name(listed, &name, plugin),
        }
    }

    /// Where one Prometheus stands for all, only another plugin is something else.
    fn by_plugin(&self, plugin: Option<&str>) -> Resolved {
        match (plugin, self.prometheus.first()) {
            (Some(plugin), _) if !PROMETHEUS.contains(&plugin) => Resolved::Other,
            (_, Some((_, source))) => Resolved::Prometheus(source.clone()),
            (_, None) => Resolved::Missing("prometheus".into()),
        }
    }

    fn by_name(&self, listed: &[DataSource], name: &str, plugin: Option<&str>) -> Resolved {
        let is_it = |one: &DataSource| match name {
            "" | "default" => one.is_default,
            name => one.uid == name || one.name == name,
        };
        match listed.iter().position(is_it) {
            Some(at) => match self.prometheus.iter().find(|(place, _)| *place == at) {
                Some((_, source)) => Resolved::Prometheus(source.clone()),
                None => Resolved::Other,
            },
            // A data source of another kind is none of ours, be it there or not.
            None if plugin.is_some_and(|plugin| !PROMETHEUS.contains(&plugin)) => Resolved::Other,
            None if name.is_empty() => Resolved::Missing("default".into()),
            None => Resolved::Missing(name.to_owned()),
        }
    }
}

fn scrape(source: &DataSource) -> f64 {
    let said = source
        .fields
        .get("jsonData")
        .and_then(|settings| settings.get("timeInterval"));
    said.and_then(Value::as_str).and_then(seconds).unwrap_or(SCRAPE)
}

//! Do two ways of naming a data source mean the same one?
//!
//! Grafana up to 8.2 stores a name, later ones an object with type and uid; nothing at all means the default; downloads
//! carry placeholders. With the server's list every form can be resolved. Without it a change of *form* is noise only as far
//! as one assignment of old names to new uids explains it; one uid for another is always a change.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::Rule;
use super::rules;
use crate::dashboard::DataSource;

/// Data source plugins that come with Grafana (folders of `public/app/plugins/datasource` of 7.5 to 13.1, and the ids that
/// some of them have there).
const OWN_PLUGINS: &[&str] = &[
    "alertmanager",
    "cloudwatch",
    "dashboard",
    "datasource",
    "elasticsearch",
    "grafana",
    "grafana-azure-monitor-datasource",
    "grafana-postgresql-datasource",
    "grafana-pyroscope-datasource",
    "grafana-testdata-datasource",
    "graphite",
    "influxdb",
    "jaeger",
    "loki",
    "mixed",
    "mssql",
    "mysql",
    "opentsdb",
    "parca",
    "phlare",
    "postgres",
    "prometheus",
    "stackdriver",
    "tempo",
    "testdata",
    "zipkin",
];

/// A data source as a dashboard names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reference<'v> {
    /// Nothing, or `"default"`.
    Default,
    /// Grafana's built-in one, in any of its forms.
    Grafana,
    /// A name, a variable or a placeholder as a bare string.
    Name(&'v str),
    /// An object.
    Object { kind: Option<&'v str>, uid: &'v str },
    /// An object that says a plugin only: whoever resolves it takes the default.
    Kind(&'v str),
    /// Something that Grafana doesn't write.
    Odd,
}

impl<'v> Reference<'v> {
    fn read(value: Option<&'v Value>) -> Self {
        match value {
            None | Some(Value::Null) => Self::Default,
            Some(Value::String(name)) if name.is_empty() || name == "default" => Self::Default,
            Some(Value::String(name)) if name == "-- Grafana --" => Self::Grafana,
            Some(Value::String(name)) => Self::Name(name),
            Some(Value::Object(map)) => {
                let known = ["uid", "type", "apiVersion"];
                if map.keys().any(|key| !known.contains(&key.as_str())) {
                    return Self::Odd;
                }
                // The classic rendering of v2 names an empty one where v2 has none (`v2alpha1_to_v1.go` of 13.1; saves of 13.1).
                let kind = map.get("type").and_then(Value::as_str).filter(|kind| !kind.is_empty());
                match (map.get("uid").and_then(Value::as_str), kind) {
                    // grafana/grafana `datasource_srv.ts`: the built-in source answers to both names and both types.
                    (Some("-- Grafana --" | "grafana"), None | Some("grafana" | "datasource")) => Self::Grafana,
                    (None, Some("grafana" | "datasource")) => Self::Grafana,
                    (Some(uid), kind) => Self::Object { kind, uid },
                    (None, None) => Self::Default,
                    // grafana/grafana `datasource_srv.ts` (getInstanceSettings): without a uid it is the default.
                    (None, Some(kind)) => Self::Kind(kind),
                }
            }
            Some(_) => Self::Odd,
        }
    }

    /// The text that an old form is known by when it is matched with a new one.
    fn key(self) -> Option<&'v str> {
        match self {
            Self::Default | Self::Kind(_) => Some(""),
            Self::Name(name) => Some(name),
            Self::Object { uid, .. } => Some(uid),
            Self::Grafana | Self::Odd => None,
        }
    }
}

/// What names a data source. Both are given the default one where they name none: panels by schema step 36, the variables of
/// a dashboard by any save with another schema (seen in a save by 9.4 of a dashboard of schema 38).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// A panel, a query or an annotation.
    Panel,
    /// A template variable.
    Variable,
}

/// What is known, or can be worked out, about the data sources of two dashboards.
#[derive(Debug, Default)]
pub(super) struct Sources<'a> {
    list: Option<&'a [DataSource]>,
    /// What the downloads call their inputs, and of which plugin each wants a data source.
    inputs: HashMap<String, Option<String>>,
    variables: HashSet<String>,
    /// On which sides nothing may stand for the default that a save wrote on the other: for panels, for variables.
    filled: [[bool; 2]; 2],
    /// On which sides a name stands for the reference that schema step 33 made of it on the other.
    renamed: [bool; 2],
    votes: HashMap<String, Vec<(Value, usize)>>,
    /// How often each uid is said to be of which type.
    kinds: HashMap<String, HashMap<String, usize>>,
    /// Every type that a reference names, in both dashboards, and of which uids.
    named: HashMap<String, Vec<String>>,
}

impl<'a> Sources<'a> {
    /// Before anything is compared: the list, if there is one, and what the dashboards call their inputs and variables.
    pub(super) fn new(
        list: Option<&'a [DataSource]>,
        dashboards: [&Value; 2],
        filled: [[bool; 2]; 2],
        renamed: [bool; 2],
    ) -> Self {
        let names = |pointer: &str| -> HashSet<String> {
            dashboards
                .iter()
                .filter_map(|dashboard| dashboard.pointer(pointer).and_then(Value::as_array))
                .flatten()
                .filter_map(|entry| entry.get("name").and_then(Value::as_str))
                .map(str::to_owned)
                .collect()
        };
        let mut kinds: HashMap<String, HashMap<String, usize>> = HashMap::new();
        let variables = dashboards
            .iter()
            .filter_map(|dashboard| dashboard.pointer("/templating/list")?.as_array())
            .flatten();
        for variable in variables {
            let text = |key: &str| variable.get(key).and_then(Value::as_str);
            if let (Some("datasource"), Some(name), Some(kind)) = (text("type"), text("name"), text("query")) {
                // What the variable offers says it for sure, however many references say something else.
                for uid in [format!("${name}"), format!("${{{name}}}"), format!("[[{name}]]")] {
                    kinds.entry(uid).or_default().insert(kind.to_owned(), usize::MAX / 2);
                }
            }
        }
        Self {
            list,
            inputs: inputs(dashboards),
            variables: names("/templating/list"),
            filled,
            renamed,
            votes: HashMap::new(),
            kinds,
            named: named(dashboards),
        }
    }

    /// Counts a place where one side's form faces the other's, so that one assignment can be found for the whole file.
    pub(super) fn witness(&mut self, at: At, before: Option<&Value>, after: Option<&Value>) {
        for (side, old, new) in [(0, before, after), (1, after, before)] {
            if let Reference::Object { kind: Some(kind), uid } = Reference::read(new) {
                *self
                    .kinds
                    .entry(uid.to_owned())
                    .or_default()
                    .entry(kind.to_owned())
                    .or_insert(0) += 1;
            }
            let (Some(target), Some(key)) = (
                new,
                self.assignable(at, side, Reference::read(old), Reference::read(new)),
            ) else {
                continue;
            };
            let key = key.to_owned();
            let votes = self.votes.entry(key).or_default();
            match votes.iter_mut().find(|(value, _)| same_source(value, target)) {
                Some((_, count)) => *count += 1,
                None => votes.push((target.clone(), 1)),
            }
        }
    }

    /// The rule by which both mean the same source; `None` if they don't.
    pub(super) fn explain(&self, at: At, before: Option<&Value>, after: Option<&Value>) -> Option<&'static Rule> {
        let (old, new) = (Reference::read(before), Reference::read(after));
        match (old, new) {
            (Reference::Odd, _) | (_, Reference::Odd) => return None,
            // grafana/grafana `datasource_srv.ts` (getInstanceSettings): up to 11 its type alone is the default source, and no page
            // takes the uid away.
            (Reference::Grafana, Reference::Grafana) if has_uid(before) && !has_uid(after) => return None,
            (Reference::Grafana, Reference::Grafana) => return Some(&rules::DATASOURCE_GRAFANA),
            (Reference::Default, Reference::Default) => return Some(&rules::DATASOURCE_DEFAULT_FORM),
            (Reference::Name(name), Reference::Object { uid, kind })
            | (Reference::Object { uid, kind }, Reference::Name(name))
                if name == uid && self.may_be_of(uid, kind) =>
            {
                return Some(&rules::DATASOURCE_NAME);
            }
            (Reference::Object { kind: old, uid }, Reference::Object { kind: new, uid: other })
                if uid == other
                    && (old == new || (old.is_none() || new.is_none()) && self.may_be_of(uid, old.or(new))) =>
            {
                return Some(&rules::DATASOURCE_TYPE);
            }
            _ => {}
        }
        if let (Some(one), Some(other)) = (self.resolve(old), self.resolve(new)) {
            let agrees = |reference: Reference<'_>| match reference {
                Reference::Object { kind: Some(kind), .. } => kind == one.kind,
                _ => true,
            };
            let explicit = |side: usize, reference: Reference<'_>| {
                self.is_filled(at, side) || !matches!(reference, Reference::Default | Reference::Kind(_))
            };
            if one == other && agrees(old) && agrees(new) && explicit(0, old) && explicit(1, new) {
                return Some(&rules::DATASOURCE_LIST);
            }
        }
        let assigned =
            [(0, old, new, after), (1, new, old, before)]
                .into_iter()
                .any(
                    |(side, old, new, target)| match (self.assignable(at, side, old, new), target) {
                        (Some(key), Some(target)) => {
                            self.winner(key).is_some_and(|winner| same_source(winner, target))
                                && !self.is_taken(old, target)
                        }
                        _ => false,
                    },
                );
        assigned.then_some(&rules::DATASOURCE_ASSIGNED)
    }

    /// The names of the known data sources, if they are known.
    pub(super) fn names(&self) -> Option<impl Iterator<Item = &str>> {
        self.list.map(|list| list.iter().map(|source| source.name.as_str()))
    }

    /// Whether a page may choose this data source for what names at most a plugin: with the server's list the default one, or one
    /// of that plugin.
    pub(super) fn may_be_chosen(&self, plugin: Option<&str>, source: &Value) -> bool {
        match (self.list, Reference::read(Some(source))) {
            (Some(list), Reference::Object { uid, kind }) => list.iter().any(|known| {
                let is_chosen = known.is_default || plugin == Some(&known.kind);
                known.uid == uid && is_chosen && kind.is_none_or(|kind| kind == known.kind)
            }),
            (None, Reference::Object { .. }) => self.is_consistent(source),
            _ => false,
        }
    }

    fn resolve(&self, reference: Reference<'_>) -> Option<&DataSource> {
        let list = self.list?;
        match reference {
            Reference::Default | Reference::Kind(_) => list.iter().find(|source| source.is_default),
            Reference::Name(name) | Reference::Object { uid: name, .. } => list
                .iter()
                .find(|source| source.uid == name)
                .or_else(|| list.iter().find(|source| source.name == name)),
            Reference::Grafana | Reference::Odd => None,
        }
    }

    /// Whether an old form may stand for whatever the new form names, and by which key it is looked up.
    fn assignable<'v>(&self, at: At, side: usize, old: Reference<'v>, new: Reference<'_>) -> Option<&'v str> {
        let key = old.key()?;
        let placeholder = self.is_placeholder(key);
        let target = match new {
            // An input is answered by a data source of its own plugin.
            Reference::Object { uid, kind } => {
                !self.is_placeholder(uid) && !is_variable(uid) && (!placeholder || self.accepts(key, kind))
            }
            // An importer answers a placeholder with a name; no migration turns one name into another.
            Reference::Name(name) => placeholder && !self.is_placeholder(name) && !is_variable(name),
            _ => false,
        };
        let source = match old {
            Reference::Default | Reference::Kind(_) => self.list.is_none() && self.is_filled(at, side),
            Reference::Name(name) if !placeholder => {
                self.list.is_none() && self.renamed[side] && !is_variable(name) && !name.starts_with("-- ")
            }
            Reference::Object { .. } | Reference::Name(_) => placeholder,
            Reference::Grafana | Reference::Odd => false,
        };
        (source && target).then_some(key)
    }

    /// Whether a reference gives its uid the type that it has everywhere else.
    pub(super) fn is_consistent(&self, value: &Value) -> bool {
        match Reference::read(Some(value)) {
            Reference::Object { kind, uid } => {
                self.is_kind_of(uid, kind) && !self.is_alone(uid, kind) && kind.is_none_or(|kind| self.is_known(kind))
            }
            Reference::Kind(kind) => self.is_known(kind),
            Reference::Odd => false,
            _ => true,
        }
    }

    /// Whether a server may name this plugin by itself: it comes with Grafana, or something else in the files, or the list,
    /// names it, too.
    fn is_known(&self, kind: &str) -> bool {
        OWN_PLUGINS.contains(&kind)
            || self.named.get(kind).is_some_and(|uids| uids.len() > 1)
            || self.inputs.values().any(|wanted| wanted.as_deref() == Some(kind))
            || self
                .kinds
                .values()
                .any(|kinds| kinds.get(kind).is_some_and(|votes| *votes > 1))
            || self
                .list
                .is_some_and(|list| list.iter().any(|source| source.kind == kind))
    }

    /// Whether a type may have come to a reference by itself. What a variable stands for the server doesn't know, and guesses.
    fn may_be_of(&self, uid: &str, kind: Option<&str>) -> bool {
        (is_variable(uid) || self.is_kind_of(uid, kind))
            && !self.is_alone(uid, kind)
            && kind.is_none_or(|kind| self.is_known(kind))
    }

    /// Whether a type stands nowhere else, though the same uid is said to be of another: no server makes that.
    fn is_alone(&self, uid: &str, kind: Option<&str>) -> bool {
        let Some(kind) = kind else { return false };
        let of = |named: &Vec<String>| named.iter().any(|other| other == uid);
        self.named.get(kind).is_some_and(|named| named.len() == 1)
            && self.named.iter().any(|(other, named)| other != kind && of(named))
    }

    /// Whether a type that came is the one that the file gives this uid everywhere else.
    fn is_kind_of(&self, uid: &str, kind: Option<&str>) -> bool {
        let (Some(kind), Some(kinds)) = (kind, self.kinds.get(uid)) else {
            return true;
        };
        kinds.values().max() == kinds.get(kind)
    }

    fn is_filled(&self, at: At, side: usize) -> bool {
        self.filled[usize::from(at == At::Variable)][side]
    }

    fn winner(&self, key: &str) -> Option<&Value> {
        let votes = self.votes.get(key)?;
        let most = votes.iter().map(|(_, count)| *count).max()?;
        votes.iter().find(|(_, count)| *count == most).map(|(value, _)| value)
    }

    /// Whether another name stands for the same source in more places: two names can't both be the name of one.
    fn is_taken(&self, old: Reference<'_>, target: &Value) -> bool {
        let Reference::Name(name) = old else { return false };
        if self.is_placeholder(name) {
            return false;
        }
        let votes = |key: &str| {
            let found = self
                .votes
                .get(key)?
                .iter()
                .find(|(value, _)| same_source(value, target));
            found.map(|(_, count)| *count)
        };
        let own = votes(name).unwrap_or(0);
        let rivals = self
            .votes
            .keys()
            .filter(|key| !key.is_empty() && *key != name && !self.is_placeholder(key));
        rivals.filter_map(|key| votes(key)).any(|count| count > own)
    }

    /// Whether a placeholder may be answered by a data source of this plugin.
    fn accepts(&self, placeholder: &str, kind: Option<&str>) -> bool {
        let name = placeholder.trim_start_matches("${").trim_end_matches('}');
        match (self.inputs.get(name), kind) {
            (Some(Some(wanted)), Some(kind)) => wanted == kind,
            _ => true,
        }
    }

    /// `${DS_PROMETHEUS}` as grafana.com serves it, unless the dashboard has a variable of that name.
    fn is_placeholder(&self, text: &str) -> bool {
        let Some(name) = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) else {
            return false;
        };
        !self.variables.contains(name) && (name.starts_with("DS_") || self.inputs.contains_key(name))
    }
}

/// The uids that each type is named with, over both dashboards; a reference without a uid has an empty one.
fn named(dashboards: [&Value; 2]) -> HashMap<String, Vec<String>> {
    let mut named: HashMap<String, Vec<String>> = HashMap::new();
    let mut open: Vec<&Value> = dashboards.to_vec();
    while let Some(value) = open.pop() {
        match value {
            Value::Array(elements) => open.extend(elements),
            Value::Object(parts) => {
                let source = parts.get("datasource");
                let text = |key: &str| source.and_then(|source| source.get(key)?.as_str());
                if let Some(kind) = text("type") {
                    let uid = text("uid").unwrap_or_default().to_owned();
                    named.entry(kind.to_owned()).or_default().push(uid);
                }
                open.extend(parts.values().filter(|part| part.is_object() || part.is_array()));
            }
            _ => {}
        }
    }
    named
}

fn inputs(dashboards: [&Value; 2]) -> HashMap<String, Option<String>> {
    let all = dashboards
        .into_iter()
        .filter_map(|dashboard| dashboard.get("__inputs")?.as_array())
        .flatten();
    all.filter_map(|input| {
        let text = |key: &str| input.get(key).and_then(Value::as_str).map(str::to_owned);
        Some((text("name")?, text("pluginId")))
    })
    .collect()
}

/// Whether a reference says more than a type.
fn has_uid(reference: Option<&Value>) -> bool {
    reference.is_some_and(|reference| reference.is_string() || reference.get("uid").is_some())
}

/// Whether a value is Grafana's built-in data source in any of its forms.
pub(super) fn is_grafana(value: &Value) -> bool {
    Reference::read(Some(value)) == Reference::Grafana
}

/// Whether a reference says that each query asks a data source of its own.
pub(super) fn is_mixed(value: &Value) -> bool {
    let is_plain = value
        .as_object()
        .is_some_and(|parts| parts.keys().all(|key| matches!(key.as_str(), "type" | "uid")));
    is_plain && value.get("uid").and_then(Value::as_str) == Some("-- Mixed --")
}

fn is_variable(text: &str) -> bool {
    text.starts_with('$') || text.starts_with("[[")
}

fn same_source(one: &Value, other: &Value) -> bool {
    match (Reference::read(Some(one)), Reference::read(Some(other))) {
        (
            Reference::Object { kind, uid },
            Reference::Object {
                kind: other_kind,
                uid: other_uid,
            },
        ) => uid == other_uid && (kind == other_kind || kind.is_none() || other_kind.is_none()),
        (one, other) => one == other && one != Reference::Odd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_uid_for_another_is_a_change_however_consistent() {
        let mut sources = Sources::new(None, [&Value::Null, &Value::Null], [[true; 2]; 2], [true; 2]);
        let (old, new) = (
            json!({"type": "prometheus", "uid": "a"}),
            json!({"type": "prometheus", "uid": "b"}),
        );
        for _ in 0..9 {
            sources.witness(At::Panel, Some(&old), Some(&new));
        }
        assert!(sources.explain(At::Panel, Some(&old), Some(&new)).is_none());
    }

    #[test]
    fn the_minority_of_an_assignment_is_a_change() {
        let mut sources = Sources::new(None, [&Value::Null, &Value::Null], [[true; 2]; 2], [true; 2]);
        let (old, new, other) = (json!("Prometheus"), json!({"uid": "a"}), json!({"uid": "b"}));
        sources.witness(At::Panel, Some(&old), Some(&new));
        sources.witness(At::Panel, Some(&new), Some(&old));
        sources.witness(At::Panel, Some(&old), Some(&other));
        assert!(sources.explain(At::Panel, Some(&old), Some(&new)).is_some());
        assert!(sources.explain(At::Panel, Some(&old), Some(&other)).is_none());
    }

    #[test]
    fn with_a_list_nothing_is_guessed() {
        let list = [DataSource {
            name: "Prometheus".into(),
            uid: "prom".into(),
            kind: "prometheus".into(),
            is_default: true,
        }];
        let mut sources = Sources::new(Some(&list), [&Value::Null, &Value::Null], [[true; 2]; 2], [true; 2]);
        let (name, wrong) = (json!("Prometheus"), json!({"type": "prometheus", "uid": "other"}));
        sources.witness(At::Panel, Some(&name), Some(&wrong));
        assert!(sources.explain(At::Panel, Some(&name), Some(&wrong)).is_none());
        assert!(
            sources
                .explain(At::Panel, None, Some(&json!({"type": "prometheus", "uid": "prom"})))
                .is_some()
        );
        assert!(
            sources
                .explain(At::Panel, None, Some(&json!({"type": "loki", "uid": "prom"})))
                .is_none()
        );
    }
}

//! Which data source a query has, as v2 says it: its type and its uid.

use serde_json::{Value, json};

use super::super::super::migrate::fields::{Fields, text};
use super::super::super::migrate::{Context, Generation};

/// A type and a uid; either may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Source {
    pub kind: String,
    pub uid: String,
}

impl Source {
    fn new(kind: impl Into<String>, uid: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            uid: uid.into(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.kind.is_empty() && self.uid.is_empty()
    }

    /// A query in the envelope of v2.
    pub fn query(&self, spec: Value) -> Value {
        let mut query = json!({ "kind": "DataQuery", "group": self.kind, "version": "v0", "spec": spec });
        if !self.uid.is_empty() {
            query["datasource"] = json!({ "name": self.uid });
        }
        query
    }
}

/// The type of the default data source; Grafana's own where there is none.
pub(super) fn default_kind(context: &Context) -> String {
    context
        .default_source()
        .map_or("grafana", |source| &source.kind)
        .to_owned()
}

fn kind_by_uid(context: &Context, uid: &str) -> String {
    match context.source_by_uid(uid) {
        Some(source) => source.kind.clone(),
        None => default_kind(context),
    }
}

/// A uid, or a variable, or a name.
fn written(context: &Context, name: &str) -> Source {
    if name.starts_with('$') {
        return Source::new("", name);
    }
    // 12.x gave a bare name no thought.
    if context.generation < Generation::V13 {
        return Source::default();
    }
    let found = match name {
        "default" => context.default_source().or_else(|| context.find_source(name)),
        name => context.find_source(name),
    };
    found.map_or_else(
        || Source::new("", name),
        |source| Source::new(&source.kind, &source.uid),
    )
}

/// A reference, whose type is looked up where it says only a uid.
fn referred(context: &Context, reference: &Fields) -> Source {
    let mut source = Source::new(text(reference, "type"), text(reference, "uid"));
    if source.kind.is_empty() && !source.uid.is_empty() && !source.uid.starts_with('$') {
        source.kind = kind_by_uid(context, &source.uid);
    }
    source
}

/// Grafana's own data source is also known by its type only.
fn with_grafana(mut source: Source) -> Source {
    if source.kind == "datasource" && source.uid.is_empty() {
        source.uid = "grafana".to_owned();
    }
    source
}

/// A variable's: the default one where it says nothing.
pub(super) fn of_variable(context: &Context, variable: &Fields) -> Source {
    match variable.get("datasource") {
        Some(Value::Object(reference)) => match referred(context, reference) {
            source if source.is_empty() => Source::new(default_kind(context), ""),
            source => source,
        },
        Some(Value::String(name)) if !name.is_empty() => match written(context, name) {
            source if source.is_empty() => Source::new(default_kind(context), ""),
            source => source,
        },
        _ => Source::new(default_kind(context), ""),
    }
}

pub(super) fn of_group_by(context: &Context, variable: &Fields) -> Source {
    with_grafana(of_variable(context, variable))
}

/// A panel's or a target's own.
pub(super) fn of_query(context: &Context, holder: &Fields) -> Source {
    match holder.get("datasource") {
        Some(Value::Object(reference)) => with_grafana(referred(context, reference)),
        Some(Value::String(name)) if !name.is_empty() => written(context, name),
        _ => Source::default(),
    }
}

/// A target's, beside its panel's. In 13.x the panel's is stronger than the target's, unless it is mixed or an expression.
pub(super) fn of_target(context: &Context, target: &Fields, panel: &Fields) -> Source {
    let own = of_query(context, target);
    let of_panel = of_query(context, panel);
    let panel_counts = !of_panel.uid.is_empty() && of_panel.uid != "-- Mixed --";
    let expression = own.uid == "__expr__" || own.kind == "__expr__";
    let stronger = context.generation >= Generation::V13 && !expression && own.uid != of_panel.uid;
    if panel_counts && (own.is_empty() || stronger) {
        // A reference has a type, if an empty one; a bare name has none to give.
        let typed = panel.get("datasource").is_some_and(Value::is_object) || !of_panel.kind.is_empty();
        let kind = if typed { of_panel.kind } else { own.kind };
        return Source::new(kind, of_panel.uid);
    }
    if own.is_empty() && of_panel.kind == "datasource" {
        return with_grafana(Source::new("datasource", ""));
    }
    own
}

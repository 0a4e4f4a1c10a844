//! Where in a dashboard do queries live?
//!
//! In panels at the top, in collapsed rows and in legacy rows, in library panels, and in annotations. Variables are
//! read elsewhere ([`super::Variable`]).

use std::collections::BTreeMap;

use serde_json::Value;

/// Everything that a dashboard asks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selection {
    /// The panels that have queries.
    pub panels: Vec<Panel>,
    /// The annotations that are switched on.
    pub annotations: Vec<Asked>,
}

/// A panel with its queries.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Its id; 0 where it has none.
    pub id: u64,
    /// Its title.
    pub title: String,
    /// Its plugin.
    pub plugin: String,
    /// Its JSON, of a library panel the shared one.
    pub json: Value,
    /// The variables that it, or its row, is repeated by.
    pub repeated_by: Vec<String>,
    /// Its queries.
    pub queries: Vec<Asked>,
    /// The uid of the library panel that it is, where nobody knows that one.
    pub unknown_library_panel: Option<String>,
}

/// One query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    /// `A`, `B`; of an annotation its name.
    pub ref_id: String,
    /// The query as the dashboard has it.
    pub text: String,
    /// The data source as the dashboard refers to it; null is the default one.
    pub data_source: Value,
    /// Whether it is switched off.
    pub hidden: bool,
    /// Whether only the end of the time range is asked for.
    pub instant: bool,
    /// Its JSON.
    pub json: Value,
}

/// Where a query stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a panel.
    Panel,
    /// In a variable.
    Variable,
    /// In an annotation.
    Annotation,
}

/// What a classic dashboard asks; `library` has the library panels' JSON by uid.
pub fn collect(dashboard: &Value, library: &BTreeMap<String, Value>) -> Selection {
    let mut panels = Vec::new();
    for row in list(dashboard, "rows") {
        let repeat = repeat(row);
        for one in list(row, "panels") {
            panels.extend(panel(one, repeat.as_slice(), library));
        }
    }
    // What follows an open row up to the next belongs to it.
    let mut of_row: Vec<String> = Vec::new();
    for one in list(dashboard, "panels") {
        if text(one, "type") == "row" {
            of_row = repeat(one);
            for inner in list(one, "panels") {
                panels.extend(panel(inner, &of_row, library));
            }
        } else {
            panels.extend(panel(one, &of_row, library));
        }
    }
    Selection {
        panels,
        annotations: list(dashboard.get("annotations").unwrap_or(&Value::Null), "list")
            .filter_map(annotation)
            .collect(),
    }
}

/// The uids of the library panels that a classic dashboard shows.
pub fn library_panels(dashboard: &Value) -> Vec<String> {
    let panels = crate::dashboard::panels(dashboard).into_iter();
    panels
        .filter_map(|panel| panel.pointer("/libraryPanel/uid")?.as_str().map(str::to_owned))
        .collect()
}

fn panel(json: &Value, of_row: &[String], library: &BTreeMap<String, Value>) -> Option<Panel> {
    let uid = json.pointer("/libraryPanel/uid").and_then(Value::as_str);
    let shared = uid.and_then(|uid| library.get(uid));
    let own = json;
    let mut json = shared.unwrap_or(own).clone();
    // A library panel's place is the dashboard's.
    if let (Some(_), Some(place)) = (shared, own.get("gridPos")) {
        json["gridPos"] = place.clone();
    }
    let unknown = uid
        .filter(|_| shared.is_none() && json.get("targets").is_none())
        .map(str::to_owned);
    let default = list(&json, "targets")
        .next()
        .and_then(|target| target.get("datasource"))
        .cloned();
    let of_panel = json
        .get("datasource")
        .filter(|source| !source.is_null())
        .cloned()
        .or(default)
        .unwrap_or_default();
    let queries: Vec<Asked> = list(&json, "targets").map(|target| query(target, &of_panel)).collect();
    if queries.is_empty() && unknown.is_none() {
        return None;
    }
    let mut repeated_by = repeat(&json);
    repeated_by.extend(of_row.iter().cloned());
    let title = [text(own, "title"), text(&json, "title")]
        .into_iter()
        .find(|title| !title.is_empty());
    Some(Panel {
        id: own.get("id").and_then(Value::as_u64).unwrap_or(0),
        title: title.unwrap_or_default(),
        plugin: text(&json, "type"),
        repeated_by,
        queries,
        unknown_library_panel: unknown,
        json,
    })
}

fn query(target: &Value, of_panel: &Value) -> Asked {
    let own = target.get("datasource").filter(|source| !source.is_null());
    // A query's own data source counts in a mixed panel, and an expression's always (`PanelQueryRunner.ts`, 12.4).
    let is_expression = own.is_some_and(|own| is(own, "__expr__"));
    let data_source = match own {
        Some(own) if is_expression || is(of_panel, "-- Mixed --") => own.clone(),
        _ => of_panel.clone(),
    };
    let flag = |key: &str| target.get(key).and_then(Value::as_bool).unwrap_or(false);
    Asked {
        ref_id: text(target, "refId"),
        text: text(target, "expr"),
        data_source,
        hidden: flag("hide"),
        // `query.go` (12.4): without either it is a range, and with both there is a range as well.
        instant: flag("instant") && !flag("range"),
        json: target.clone(),
    }
}

fn annotation(json: &Value) -> Option<Asked> {
    let off = json.get("enable").and_then(Value::as_bool) == Some(false);
    let built_in = json.get("builtIn").and_then(Value::as_u64) == Some(1);
    let newer = json.get("target").map(|target| text(target, "expr"));
    let expr = [text(json, "expr"), newer.unwrap_or_default()];
    let expr = expr.into_iter().find(|text| !text.is_empty())?;
    (!off && !built_in).then(|| Asked {
        ref_id: text(json, "name"),
        text: expr,
        data_source: json.get("datasource").cloned().unwrap_or_default(),
        hidden: false,
        instant: false,
        json: json.clone(),
    })
}

/// Whether a reference is to this data source or plugin.
fn is(reference: &Value, what: &str) -> bool {
    let own = |key: &str| reference.get(key).and_then(Value::as_str) == Some(what);
    reference.as_str() == Some(what) || own("uid") || own("type")
}

fn repeat(json: &Value) -> Vec<String> {
    let name = text(json, "repeat");
    if name.is_empty() { Vec::new() } else { vec![name] }
}

fn list<'a>(holder: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    holder.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn queries_are_found_wherever_they_live() {
        let target = |expr: &str| json!([{"refId": "A", "expr": expr}]);
        let dashboard = json!({
            "rows": [{"repeat": "node", "panels": [{"id": 1, "title": "legacy", "targets": target("a")}]}],
            "panels": [
                {"type": "row", "repeat": "ns", "collapsed": true, "panels": [{"id": 2, "targets": target("b"), "repeat": "pod"}]},
                {"type": "row", "title": "open"},
                {"id": 3, "datasource": "-- Mixed --", "targets": [
                    {"refId": "A", "expr": "c", "hide": true, "datasource": {"type": "prometheus", "uid": "p"}},
                    {"refId": "B", "datasource": {"type": "__expr__", "uid": "__expr__"}}]},
                {"id": 4, "libraryPanel": {"uid": "lib", "name": "Shared"}, "gridPos": {"w": 6}},
                {"id": 5, "libraryPanel": {"uid": "gone"}},
                {"id": 6, "type": "text"}],
            "annotations": {"list": [
                {"name": "Restarts", "enable": true, "expr": "d"},
                {"name": "New", "target": {"expr": "e"}},
                {"name": "Off", "enable": false, "expr": "f"},
                {"builtIn": 1, "expr": "g"}]}
        });
        let library = BTreeMap::from([("lib".to_owned(), json!({"title": "Shared", "targets": target("h")}))]);
        let found = collect(&dashboard, &library);
        let texts: Vec<(u64, Vec<&str>, Vec<String>)> = found
            .panels
            .iter()
            .map(|panel| {
                let texts = panel.queries.iter().map(|query| query.text.as_str()).collect();
                (panel.id, texts, panel.repeated_by.clone())
            })
            .collect();
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            texts,
            [
                (1, vec!["a"], names(&["node"])),
                (2, vec!["b"], names(&["pod", "ns"])),
                (3, vec!["c", ""], names(&[])),
                (4, vec!["h"], names(&[])),
                (5, vec![], names(&[])),
            ]
        );
        assert!(found.panels[2].queries[0].hidden && found.panels[2].queries[0].data_source["uid"] == "p");
        assert_eq!(found.panels[3].json["gridPos"]["w"], 6);
        assert_eq!(found.panels[4].unknown_library_panel.as_deref(), Some("gone"));
        let annotations: Vec<&str> = found.annotations.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(annotations, ["d", "e"]);
    }
}

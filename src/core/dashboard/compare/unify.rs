//! A dashboard of the v2 form said in the classic form's words, without losing anything.
//!
//! Both forms hold the same settings under other names, so one comparison with one table of rules serves both once one is said
//! in the other's words. Grafana's own rendering of v2 as classic can't be that: it flattens tabs and auto grids and leaves out
//! what classic has no word for, and a diff that loses something misses something. Here every setting that has a classic name
//! gets it, every other one stays beside it under its own, and tabs, rows and nested layouts become containers of panels. The
//! result is for comparing only: it is no dashboard that a Grafana would read.
//!
//! Names and shapes: grafana/grafana `apps/dashboard/pkg/apis/dashboard/v2/dashboard_spec_gen.go` (13.1), and v2beta1 and
//! v2alpha1 where they differ.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::dashboard::convert::words::{HIDE, REFRESH, SORT};

type Fields = Map<String, Value>;

/// Whether a dashboard is of the v2 form.
pub(super) fn is_v2(dashboard: &Value) -> bool {
    dashboard.get("elements").is_some_and(Value::is_object) && dashboard.get("layout").is_some_and(Value::is_object)
}

/// The dashboard in the classic form's words.
pub(super) fn classic(dashboard: &Value) -> Cow<'_, Value> {
    match dashboard {
        Value::Object(spec) if is_v2(dashboard) => Cow::Owned(whole(spec.clone())),
        _ => Cow::Borrowed(dashboard),
    }
}

fn take(map: &mut Fields, key: &str) -> Option<Value> {
    map.remove(key).filter(|value| !value.is_null())
}

fn fields(value: Option<Value>) -> Fields {
    match value {
        Some(Value::Object(map)) => map,
        _ => Fields::new(),
    }
}

fn items(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    }
}

/// Moves a value to another name, if it is there.
fn rename(from: &mut Fields, key: &str, to: &mut Fields, name: &str) {
    if let Some(value) = take(from, key) {
        to.insert(name.to_owned(), value);
    }
}

/// The `spec` of a v2 object with its own `kind`, and what else stands beside them.
fn open(value: Value) -> (String, Fields, Fields) {
    let mut outer = fields(Some(value));
    let kind = match take(&mut outer, "kind") {
        Some(Value::String(kind)) => kind,
        _ => String::new(),
    };
    let spec = fields(take(&mut outer, "spec"));
    (kind, spec, outer)
}

fn whole(mut spec: Fields) -> Value {
    let elements = fields(take(&mut spec, "elements"));
    let layout = spec.remove("layout").unwrap_or(Value::Null);
    let mut made = Fields::new();
    made.insert("schemaVersion".to_owned(), 42.into());
    let variables = items(take(&mut spec, "variables")).into_iter().map(variable).collect();
    made.insert("templating".to_owned(), json!({"list": Value::Array(variables)}));
    let annotations = items(take(&mut spec, "annotations"))
        .into_iter()
        .map(annotation)
        .collect();
    made.insert("annotations".to_owned(), json!({"list": Value::Array(annotations)}));
    time(fields(take(&mut spec, "timeSettings")), &mut made);
    if let Some(sync) = take(&mut spec, "cursorSync") {
        made.insert("graphTooltip".to_owned(), word(sync, &["Off", "Crosshair", "Tooltip"]));
    }
    let mut panels = Panels {
        elements: elements
            .into_iter()
            .map(|(name, element)| (name, panel(element)))
            .collect(),
        placed: Vec::new(),
    };
    let (list, rest) = panels.layout(layout);
    let mut list = list;
    // What the layout doesn't name is stored all the same.
    let left: Vec<Value> = panels
        .elements
        .iter()
        .filter(|(name, _)| !panels.placed.contains(name))
        .map(|(_, element)| Value::Object(element.clone()))
        .collect();
    list.extend(left);
    made.insert("panels".to_owned(), Value::Array(list));
    if !rest.is_empty() {
        made.insert("layout".to_owned(), Value::Object(rest));
    }
    made.extend(spec);
    Value::Object(made)
}

/// A word of v2 as the number that stands for it in the classic form; an unknown one stays.
fn word(value: Value, words: &[&str]) -> Value {
    let found = value
        .as_str()
        .and_then(|text| words.iter().position(|word| *word == text));
    found.map_or(value, Value::from)
}

fn time(mut settings: Fields, made: &mut Fields) {
    let mut range = Fields::new();
    rename(&mut settings, "from", &mut range, "from");
    rename(&mut settings, "to", &mut range, "to");
    made.insert("time".to_owned(), Value::Object(range));
    rename(&mut settings, "autoRefresh", made, "refresh");
    let mut picker = Fields::new();
    for (key, name) in [
        ("autoRefreshIntervals", "refresh_intervals"),
        ("hideTimepicker", "hidden"),
        ("quickRanges", "quick_ranges"),
        ("nowDelay", "nowDelay"),
    ] {
        rename(&mut settings, key, &mut picker, name);
    }
    made.insert("timepicker".to_owned(), Value::Object(picker));
    made.extend(settings);
}

/// A data source as the classic form names it: plugin and uid.
fn source(group: Option<Value>, source: Option<Value>) -> Option<Value> {
    let mut reference = Fields::new();
    if let Some(group) = group.filter(|group| group.as_str() != Some("")) {
        reference.insert("type".to_owned(), group);
    }
    let mut named = fields(source);
    // v2alpha1 says it in the classic words already.
    for (key, name) in [("name", "uid"), ("uid", "uid"), ("type", "type")] {
        if let Some(value) = take(&mut named, key).filter(|value| value.as_str() != Some("")) {
            reference.insert(name.to_owned(), value);
        }
    }
    reference.extend(named);
    (!reference.is_empty()).then_some(Value::Object(reference))
}

/// A query: what it asks, and of whom. v2alpha1 has the plugin as the kind.
fn query(value: Value, beside: Option<Value>) -> (Fields, Option<Value>) {
    let (kind, spec, mut outer) = open(value);
    let group = take(&mut outer, "group").or_else(|| (kind != "DataQuery" && !kind.is_empty()).then(|| kind.into()));
    outer.remove("version");
    let source = source(group, take(&mut outer, "datasource").or(beside));
    let mut asked = spec;
    asked.extend(outer);
    (asked, source)
}

fn variable(value: Value) -> Value {
    let (kind, mut spec, mut outer) = open(value);
    let mut made = Fields::new();
    let kind = match kind.as_str() {
        "QueryVariable" => "query".to_owned(),
        "CustomVariable" => "custom".to_owned(),
        "DatasourceVariable" => "datasource".to_owned(),
        "ConstantVariable" => "constant".to_owned(),
        "IntervalVariable" => "interval".to_owned(),
        "TextVariable" => "textbox".to_owned(),
        "AdhocVariable" => "adhoc".to_owned(),
        "GroupByVariable" => "groupby".to_owned(),
        "SwitchVariable" => "switch".to_owned(),
        _ => kind,
    };
    for (key, words) in [("hide", HIDE), ("refresh", REFRESH), ("sort", SORT)] {
        if let Some(value) = take(&mut spec, key) {
            made.insert(key.to_owned(), word(value, words));
        }
    }
    match kind.as_str() {
        "query" => {
            if let Some(asked) = take(&mut spec, "query") {
                let (mut asked, source) = query(asked, take(&mut spec, "datasource"));
                let text = asked.get("__legacyStringValue").filter(|_| asked.len() == 1).cloned();
                asked
                    .remove("__legacyStringValue")
                    .filter(|_| text.is_none())
                    .map(|text| asked.insert("query".to_owned(), text));
                made.insert("query".to_owned(), text.unwrap_or(Value::Object(asked)));
                if let Some(source) = source {
                    made.insert("datasource".to_owned(), source);
                }
            }
        }
        "datasource" => rename(&mut spec, "pluginId", &mut made, "query"),
        "switch" => switch(&mut spec, &mut made),
        "adhoc" | "groupby" => {
            let found = source(
                take(&mut outer, "group"),
                take(&mut outer, "datasource").or_else(|| take(&mut spec, "datasource")),
            );
            if let Some(found) = found {
                made.insert("datasource".to_owned(), found);
            }
        }
        _ => {}
    }
    made.insert("type".to_owned(), kind.into());
    made.extend(spec);
    made.extend(outer);
    Value::Object(made)
}

/// A switch is two choices in the classic form (`v1_to_v2alpha1.go` of 13.1, buildSwitchVariable).
fn switch(spec: &mut Fields, made: &mut Fields) {
    let choice = |value: Value| serde_json::json!({"text": value, "value": value});
    let choices = ["enabledValue", "disabledValue"].map(|key| take(spec, key));
    if let [Some(on), Some(off)] = choices {
        made.insert("options".to_owned(), Value::Array(vec![choice(on), choice(off)]));
    }
    if let Some(current) = take(spec, "current") {
        made.insert("current".to_owned(), choice(current));
    }
}

fn annotation(value: Value) -> Value {
    let (_, mut spec, outer) = open(value);
    let mut made = fields(take(&mut spec, "legacyOptions"));
    if let Some(asked) = take(&mut spec, "query") {
        let (asked, source) = query(asked, take(&mut spec, "datasource"));
        if let Some(source) = source {
            made.insert("datasource".to_owned(), source);
        }
        if !asked.is_empty() {
            made.insert("target".to_owned(), Value::Object(asked));
        }
    }
    match take(&mut spec, "builtIn") {
        Some(Value::Bool(true)) => drop(made.insert("builtIn".to_owned(), 1.into())),
        Some(Value::Bool(false)) | None => {}
        Some(other) => drop(made.insert("builtIn".to_owned(), other)),
    }
    made.extend(spec);
    made.extend(outer);
    Value::Object(made)
}

/// An element as a panel without a place.
fn panel(element: Value) -> Fields {
    let (kind, mut spec, outer) = open(element);
    let mut made = Fields::new();
    if kind == "LibraryPanel" {
        made.insert("type".to_owned(), "library-panel-ref".into());
    }
    if let Some(viz) = take(&mut spec, "vizConfig") {
        visualization(viz, &mut made);
    }
    if let Some(data) = take(&mut spec, "data") {
        data_of(data, &mut made);
    }
    if spec.get("transparent").and_then(Value::as_bool) == Some(false) {
        spec.remove("transparent");
    }
    made.extend(spec);
    made.extend(outer);
    made
}

fn visualization(viz: Value, made: &mut Fields) {
    let (kind, mut spec, mut outer) = open(viz);
    // v2alpha1 has the plugin as the kind, and its version inside.
    let group = take(&mut outer, "group").unwrap_or_else(|| kind.into());
    made.insert("type".to_owned(), group);
    if let Some(version) = take(&mut outer, "version").or_else(|| take(&mut spec, "pluginVersion"))
        && version.as_str() != Some("")
    {
        made.insert("pluginVersion".to_owned(), version);
    }
    let mut options = fields(take(&mut spec, "options"));
    // The server leaves an Angular panel's settings for the browser to convert.
    if let Some(mut migration) = take(&mut options, "__angularMigration").map(|value| fields(Some(value))) {
        rename(&mut migration, "autoMigrateFrom", made, "autoMigrateFrom");
        made.extend(fields(take(&mut migration, "originalOptions")));
    }
    made.insert("options".to_owned(), Value::Object(options));
    made.extend(spec);
    made.extend(outer);
}

fn data_of(data: Value, made: &mut Fields) {
    let (_, mut spec, outer) = open(data);
    let targets = items(take(&mut spec, "queries")).into_iter().map(target).collect();
    made.insert("targets".to_owned(), Value::Array(targets));
    let transformations = items(take(&mut spec, "transformations"))
        .into_iter()
        .map(transformation)
        .collect();
    made.insert("transformations".to_owned(), Value::Array(transformations));
    made.extend(fields(take(&mut spec, "queryOptions")));
    made.extend(spec);
    made.extend(outer);
}

fn target(value: Value) -> Value {
    let (_, mut spec, outer) = open(value);
    let mut made = Fields::new();
    if let Some(asked) = take(&mut spec, "query") {
        let (asked, source) = query(asked, take(&mut spec, "datasource"));
        made.extend(asked);
        if let Some(source) = source {
            made.insert("datasource".to_owned(), source);
        }
    }
    match take(&mut spec, "hidden") {
        Some(Value::Bool(false)) | None => {}
        Some(hidden) => drop(made.insert("hide".to_owned(), hidden)),
    }
    made.extend(spec);
    made.extend(outer);
    Value::Object(made)
}

fn transformation(value: Value) -> Value {
    let (kind, mut spec, mut outer) = open(value);
    let id = take(&mut outer, "group")
        .or_else(|| take(&mut spec, "id"))
        .unwrap_or_else(|| kind.into());
    spec.remove("id");
    let mut made = Fields::new();
    made.insert("id".to_owned(), id);
    made.extend(spec);
    made.extend(outer);
    Value::Object(made)
}

/// The panels by the names of their elements, while the layout puts them in their places.
struct Panels {
    elements: HashMap<String, Fields>,
    placed: Vec<String>,
}

impl Panels {
    /// The panels of the page, and what the layout says beside their places. A grid, or rows of grids, are what the classic
    /// form has, and an automatic grid in a row is inside of that row; anything else becomes containers.
    fn layout(&mut self, layout: Value) -> (Vec<Value>, Fields) {
        let is_grid = |layout: &Value| {
            let kind = layout.get("kind").and_then(Value::as_str);
            matches!(kind, Some("GridLayout" | "AutoGridLayout"))
        };
        let rows = layout.pointer("/spec/rows").and_then(Value::as_array);
        let classic_rows =
            rows.is_some_and(|rows| rows.iter().all(|row| row.pointer("/spec/layout").is_none_or(is_grid)));
        if !classic_rows {
            let (list, mut rest) = self.contents(layout);
            // Rows say by themselves that they are rows, whatever is in them.
            if rest.get("kind").and_then(Value::as_str) == Some("RowsLayout") {
                rest.remove("kind");
            }
            return (list, rest);
        }
        let (_, mut spec, outer) = open(layout);
        let mut list = Vec::new();
        let mut y = 0;
        for row in items(take(&mut spec, "rows")) {
            y = self.row(row, y, &mut list);
        }
        spec.extend(outer);
        (list, spec)
    }

    /// One row of a page of rows: its panels lie below it, or inside of it while it is closed. Gives where the next one begins.
    fn row(&mut self, row: Value, y: i64, list: &mut Vec<Value>) -> i64 {
        let (_, mut spec, outer) = open(row);
        let (mut panels, rest) = self.contents(take(&mut spec, "layout").unwrap_or(Value::Null));
        let hidden = take(&mut spec, "hideHeader").and_then(|hidden| hidden.as_bool()) == Some(true);
        let bare = spec.iter().all(|(key, value)| match key.as_str() {
            "title" => value.as_str() == Some(""),
            "collapse" => value.as_bool() == Some(false),
            _ => false,
        });
        // What is above the first row is in none (`v1_to_v2alpha1.go` of 13.1, convertToRowsLayout); elsewhere such a row is one.
        let is_none = hidden && bare && list.is_empty() && outer.is_empty() && rest.is_empty();
        // A header takes its line though it is hidden: whoever hides one moves no panel.
        let top = if is_none { y } else { y + 1 };
        let mut bottom = top;
        for panel in &mut panels {
            if let Some(place) = panel.get_mut("gridPos").and_then(Value::as_object_mut) {
                let number = |place: &Fields, key: &str| place.get(key).and_then(Value::as_i64).unwrap_or(0);
                bottom = bottom.max(top + number(place, "y") + number(place, "h"));
                let below = top + number(place, "y");
                place.insert("y".to_owned(), below.into());
            }
        }
        if is_none {
            list.append(&mut panels);
            return bottom;
        }
        // What is placed automatically has no place on the page.
        let is_automatic = rest.contains_key("kind");
        let mut made = container("row", spec, outer, rest);
        if hidden {
            made.insert("hideHeader".to_owned(), true.into());
        }
        made.insert("gridPos".to_owned(), json!({"x": 0, "y": y, "w": 24, "h": 1}));
        if is_automatic || made.get("collapsed").and_then(Value::as_bool) == Some(true) {
            made.insert("panels".to_owned(), Value::Array(panels));
            list.push(Value::Object(made));
            return y + 1;
        }
        list.push(Value::Object(made));
        list.append(&mut panels);
        bottom
    }

    /// The panels and containers of a layout, places relative to it.
    fn contents(&mut self, layout: Value) -> (Vec<Value>, Fields) {
        let (kind, mut spec, mut outer) = open(layout);
        let list = match kind.as_str() {
            "GridLayout" | "AutoGridLayout" => items(take(&mut spec, "items"))
                .into_iter()
                .map(|item| self.item(item))
                .collect(),
            "RowsLayout" => items(take(&mut spec, "rows"))
                .into_iter()
                .map(|row| self.nested("row", row))
                .collect(),
            "TabsLayout" => items(take(&mut spec, "tabs"))
                .into_iter()
                .map(|tab| self.nested("tab", tab))
                .collect(),
            _ => Vec::new(),
        };
        spec.append(&mut outer);
        if !matches!(kind.as_str(), "GridLayout" | "") {
            spec.insert("kind".to_owned(), kind.into());
        }
        (list, spec)
    }

    fn nested(&mut self, kind: &str, value: Value) -> Value {
        let (_, mut spec, outer) = open(value);
        let (panels, rest) = self.contents(take(&mut spec, "layout").unwrap_or(Value::Null));
        let mut made = container(kind, spec, outer, rest);
        made.insert("panels".to_owned(), Value::Array(panels));
        Value::Object(made)
    }

    fn item(&mut self, item: Value) -> Value {
        let (kind, mut spec, outer) = open(item);
        let mut reference = fields(take(&mut spec, "element"));
        let name = match reference.remove("name") {
            Some(Value::String(name)) => name,
            _ => String::new(),
        };
        reference.remove("kind");
        let mut made = match self.elements.get(&name) {
            Some(element) => element.clone(),
            // A layout may name what isn't there.
            None => Fields::from_iter([("element".to_owned(), Value::from(name.as_str()))]),
        };
        self.placed.push(name);
        if !reference.is_empty() {
            made.insert("elementReference".to_owned(), Value::Object(reference));
        }
        if kind == "GridLayoutItem" {
            let mut place = Fields::new();
            for (key, name) in [("x", "x"), ("y", "y"), ("width", "w"), ("height", "h")] {
                rename(&mut spec, key, &mut place, name);
            }
            made.insert("gridPos".to_owned(), Value::Object(place));
        }
        repeat(&mut spec, &mut made);
        made.extend(spec);
        made.extend(outer);
        Value::Object(made)
    }
}

fn container(kind: &str, mut spec: Fields, outer: Fields, layout: Fields) -> Fields {
    let mut made = Fields::new();
    made.insert("type".to_owned(), kind.into());
    let collapsed = take(&mut spec, "collapse").unwrap_or(Value::Bool(false));
    if kind == "row" {
        made.insert("collapsed".to_owned(), collapsed);
    }
    repeat(&mut spec, &mut made);
    // Variables of a row's or a tab's own (13.1) are said as the dashboard's are.
    if let Some(Value::Array(own)) = take(&mut spec, "variables") {
        made.insert("variables".to_owned(), own.into_iter().map(variable).collect());
    }
    if !layout.is_empty() {
        made.insert("layout".to_owned(), Value::Object(layout));
    }
    made.extend(spec);
    made.extend(outer);
    made
}

fn repeat(spec: &mut Fields, made: &mut Fields) {
    let mut repeat = fields(take(spec, "repeat"));
    rename(&mut repeat, "value", made, "repeat");
    rename(&mut repeat, "direction", made, "repeatDirection");
    rename(&mut repeat, "maxPerRow", made, "maxPerRow");
    if repeat.get("mode").and_then(Value::as_str) == Some("variable") {
        repeat.remove("mode");
    }
    if !repeat.is_empty() {
        made.insert("repeatOptions".to_owned(), Value::Object(repeat));
    }
}

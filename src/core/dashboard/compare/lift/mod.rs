//! What Grafana's migrations make of an old panel, derived from the old panel.
//!
//! Nothing is brought to a common form on both sides: that would lose what the form can't hold, and a diff that loses
//! something misses something. Instead each step asks whether one side demonstrably has the old form and the other the new
//! one, makes of the old what the migration makes of it, and leaves the rest to the walk, leaf by leaf. Where Grafana's
//! own migrators disagree (the browser and the server do), each accepted form is a candidate and the best one is taken.

mod canvas;
mod cloudwatch;
mod discrete;
mod field_options;
mod geomap;
mod graph;
pub(super) mod graph_conversion;
mod heatmap;
mod links;
mod loader;
mod mappings;
mod overrides;
mod plugin;
mod removed_plugins;
mod retyped;
mod singlestat;
mod table;
mod xychart;

use std::borrow::Cow;
use std::ops::{ControlFlow, Deref};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::here::Facts;
use super::same::present;
use super::{Rule, rules};

/// One migration of a panel.
struct Step {
    /// The rule it stands for.
    rule: &'static Rule,
    /// Whether the first panel has the old form and the second the new one.
    applies: fn(&Panel<'_>) -> bool,
    /// Makes of the old panel what the migration makes of it, in each accepted form.
    apply: fn(&Panel<'_>) -> Vec<Map<String, Value>>,
}

/// An old panel beside a new one.
struct Panel<'v> {
    old: &'v Map<String, Value>,
    new: &'v Map<String, Value>,
    /// The plugins of both.
    kinds: [&'v str; 2],
    /// The schema versions of the dashboards they are in.
    schemas: [u64; 2],
    /// Whether the one with the old form is the older side, too.
    in_order: bool,
}

impl Panel<'_> {
    fn kinds(&self) -> [&str; 2] {
        self.kinds
    }

    /// Whether the migration to this schema version ran between them.
    fn crosses(&self, version: u64) -> bool {
        self.schemas[0] < version && self.schemas[1] >= version
    }

    /// The major and minor version of the plugin that wrote each, as the plugins' own migrations read it.
    fn plugin_versions(&self) -> [f64; 2] {
        [plugin_version(self.old), plugin_version(self.new)]
    }
}

const STEPS: &[Step] = &[
    graph::UNRESOLVED,
    graph::GRID,
    graph::AUTO_MIGRATE,
    graph_conversion::TO_SUCCESSOR,
    links::PANEL_LINKS,
    links::DATA_LINKS,
    table::THRESHOLDS,
    table::TO_TABLE_OLD,
    table::STYLE_ALIGN,
    table::TO_TABLE,
    singlestat::CONVERSION,
    field_options::FIELD_OPTIONS,
    mappings::MAPPINGS,
    field_options::PERCENT_RANGE,
    graph::DATA_LINKS,
    graph::SHOW_LEGEND,
    graph::TOOLTIP_OPTIONS,
    graph::X_AXIS,
    graph::HIDE_FROM,
    table::CELL_OPTIONS,
    heatmap::ANGULAR_TO_REACT,
    heatmap::TOOLTIP,
    removed_plugins::PIE_CHART,
    removed_plugins::WORLD_MAP,
    discrete::DISCRETE,
    xychart::SERIES,
    loader::DASHBOARD_LIST,
    loader::ALERT_LIST,
    geomap::MAP_LAYERS,
    geomap::MAP_LAYER_NAMES,
    loader::GAUGE,
    loader::TABLE_FIELDS,
    loader::SPAN_FILTERS,
    canvas::CANVAS,
    canvas::CANVAS_DEFAULTS,
    plugin::REF_IDS,
    plugin::MAX_PER_ROW,
    plugin::TEXT_TWO,
    plugin::TEXT_OPTIONS,
    plugin::TEXT_MODE,
    plugin::LABELS_TO_FIELDS,
    plugin::TIME_SERIES_TABLE,
    cloudwatch::STATISTICS,
];

/// One of both panels, as it is or as migrations made it. It goes through many forms, so a copy must be cheap.
#[derive(Debug, Clone)]
pub(super) enum Side<'v> {
    AsIs(&'v Value),
    Made(Rc<Value>),
}

impl Deref for Side<'_> {
    type Target = Value;

    fn deref(&self) -> &Value {
        match self {
            Self::AsIs(value) => value,
            Self::Made(value) => value,
        }
    }
}

impl<'v> Side<'v> {
    fn made(value: Value) -> Self {
        Self::Made(Rc::new(value))
    }

    /// The same, whatever it was borrowed from.
    fn owned(&self) -> Side<'static> {
        match self {
            Self::AsIs(value) => Side::made((*value).clone()),
            Self::Made(value) => Side::Made(Rc::clone(value)),
        }
    }

    pub(super) fn into_cow(self) -> Cow<'v, Value> {
        match self {
            Self::AsIs(value) => Cow::Borrowed(value),
            Self::Made(value) => Cow::Owned(Rc::unwrap_or_clone(value)),
        }
    }
}

/// A pair of panels, brought to forms that can be compared, and what the migrations did on the way.
#[derive(Debug, Clone)]
pub(super) struct Lifted<'v> {
    pub(super) before: Side<'v>,
    pub(super) after: Side<'v>,
    pub(super) rewritten: Vec<Rewritten<'v>>,
}

/// What one migration made of a panel.
#[derive(Debug, Clone)]
pub(super) struct Rewritten<'v> {
    pub(super) rule: &'static Rule,
    /// Whether the rewritten panel is the older side of the comparison.
    pub(super) of_before: bool,
    from: Side<'v>,
    to: Side<'v>,
}

impl Rewritten<'_> {
    /// The same, whatever it was borrowed from.
    fn owned(&self) -> Rewritten<'static> {
        Rewritten {
            rule: self.rule,
            of_before: self.of_before,
            from: self.from.owned(),
            to: self.to.owned(),
        }
    }

    /// The top-level keys that it rewrote, and the values before and after it.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&str, Option<&Value>, Option<&Value>)> {
        let (from, to) = (self.from.as_object(), self.to.as_object());
        let is_new = move |key: &String| from.is_none_or(|from| !from.contains_key(key));
        let gone_or_changed = from
            .into_iter()
            .flatten()
            .map(move |(key, value)| (key, Some(value), to.and_then(|to| to.get(key))));
        let came = to
            .into_iter()
            .flatten()
            .filter(move |(key, _)| is_new(key))
            .map(|(key, value)| (key, None, Some(value)));
        let all = gone_or_changed.chain(came).filter(|(_, from, to)| from != to);
        all.map(|(key, from, to)| (key.as_str(), from, to))
    }
}

/// What is told of each pair of forms: whether to go on.
type Found<'f, 'v> = &'f mut dyn FnMut(Lifted<'v>) -> ControlFlow<()>;

/// Tells of both panels in each pair of forms in which they may be compared, of one at least, until that is enough.
pub(super) fn each_form<'v>(
    facts: &Facts<'_>,
    before: &'v Value,
    after: &'v Value,
    found: Found<'_, 'v>,
) -> ControlFlow<()> {
    let chosen = match (before.as_object(), after.as_object()) {
        (Some(old), Some(new)) if retyped::applies(old, new) => Some((old, new)),
        _ => None,
    };
    let start = Lifted::of(before, after);
    let Some((old, new)) = chosen else {
        return migrate(STEPS, facts, start, found);
    };
    let mut seen = Vec::new();
    migrate(STEPS, facts, start, &mut |lifted| {
        seen.push(lifted.clone());
        found(lifted)
    })?;
    rechosen(facts, [old, new], after, seen, found)
}

/// Both panels in every pair of forms that migrations lead to; never empty.
pub(super) fn migrated<'v>(facts: &Facts<'_>, before: &'v Value, after: &'v Value) -> Vec<Lifted<'v>> {
    let mut all = Vec::new();
    let _ = migrate(STEPS, facts, Lifted::of(before, after), &mut |lifted| {
        all.push(lifted);
        ControlFlow::Continue(())
    });
    all
}

/// Goes on from one pair of forms by the steps that are left.
fn migrate<'v>(steps: &[Step], facts: &Facts<'_>, lifted: Lifted<'v>, found: Found<'_, 'v>) -> ControlFlow<()> {
    let panels = lifted.panels(facts);
    for (at, step) in steps.iter().enumerate() {
        let Some(panel) = panels.iter().flatten().find(|panel| (step.applies)(panel)) else {
            continue;
        };
        let mut forms: Vec<Map<String, Value>> = Vec::new();
        for form in (step.apply)(panel) {
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
        for form in forms {
            migrate(
                &steps[at + 1..],
                facts,
                lifted.with(step.rule, panel.in_order, form),
                found,
            )?;
        }
        return ControlFlow::Continue(());
    }
    found(lifted)
}

/// The panels as they are where somebody chose another visualization: of the plugin that was there, or of the one that a
/// migration made of it first.
fn rechosen<'v>(
    facts: &Facts<'_>,
    [old, new]: [&Map<String, Value>; 2],
    after: &'v Value,
    mut starts: Vec<Lifted<'v>>,
    found: Found<'_, 'v>,
) -> ControlFlow<()> {
    // A server that converts to v2 names the successor, and leaves the settings to the page.
    let named = [kind(old)];
    let successors = match graph_conversion::mark(old) {
        Some(mark) if mark != kind(old) => &named,
        _ => graph::migrated_kinds(old, kind(old)),
    };
    // A migration to the plugin that the newer side has isn't a choice.
    let is_there = |lifted: &Lifted<'_>| lifted.before.as_object().is_some_and(|panel| kind(panel) == kind(new));
    if successors.contains(&kind(new)) || starts.iter().any(is_there) {
        return ControlFlow::Continue(());
    }
    for successor in successors {
        let mut migrated_only = new.clone();
        migrated_only.insert("type".to_owned(), (*successor).into());
        let (before, made) = (Value::Object(old.clone()), Value::Object(migrated_only));
        starts.extend(migrated(facts, &before, &made).into_iter().map(|lifted| Lifted {
            before: lifted.before.owned(),
            after: Side::AsIs(after),
            rewritten: lifted.rewritten.iter().map(Rewritten::owned).collect(),
        }));
    }
    for start in &starts {
        let Some(panel) = start.before.as_object() else {
            continue;
        };
        for mut form in retyped::forms(old, panel, kind(new)) {
            form.insert("type".to_owned(), kind(old).into());
            found(start.with(&rules::RETYPED, true, form))?;
        }
    }
    ControlFlow::Continue(())
}

impl<'v> Lifted<'v> {
    fn of(before: &'v Value, after: &'v Value) -> Self {
        Self {
            before: Side::AsIs(before),
            after: Side::AsIs(after),
            rewritten: Vec::new(),
        }
    }

    /// The older side's panel beside the newer's, and the other way around.
    fn panels(&self, facts: &Facts<'_>) -> [Option<Panel<'_>>; 2] {
        let (Some(before), Some(after)) = (self.before.as_object(), self.after.as_object()) else {
            return [None, None];
        };
        let ([old, new], [earlier, later]) = ([kind(before), kind(after)], facts.schemas);
        let ahead = Panel {
            old: before,
            new: after,
            kinds: [old, new],
            schemas: [earlier, later],
            in_order: true,
        };
        let back = Panel {
            old: after,
            new: before,
            kinds: [new, old],
            schemas: [later, earlier],
            in_order: false,
        };
        [Some(ahead), Some(back)]
    }

    fn with(&self, rule: &'static Rule, of_before: bool, form: Map<String, Value>) -> Self {
        let to = Side::made(Value::Object(form));
        let from = if of_before { &self.before } else { &self.after };
        let rewritten = Rewritten {
            rule,
            of_before,
            from: from.clone(),
            to: to.clone(),
        };
        let (before, after) = match of_before {
            true => (to, self.after.clone()),
            false => (self.before.clone(), to),
        };
        Self {
            before,
            after,
            rewritten: self.rewritten.iter().cloned().chain([rewritten]).collect(),
        }
    }
}

/// Whether a panel's plugin was replaced by a successor, so that what the settings became can't be told from an edit where it isn't
/// what `discrete.rs` derives.
pub(super) fn is_lossy_conversion(old: &str, new: &str) -> bool {
    matches!(
        (old, new),
        ("natel-discrete-panel", "state-timeline") | ("state-timeline", "natel-discrete-panel")
    )
}

/// Whether a panel has the settings of an Angular plugin, whatever it calls itself.
fn keeps_angular_settings(panel: &Map<String, Value>) -> bool {
    ["yaxes", "lines", "styles", "aliasColors"]
        .iter()
        .any(|key| panel.contains_key(*key))
}

/// Whether a conversion of the plugin keeps a panel's key (`mustKeepProps` in grafana/grafana `PanelModel.ts`).
pub(super) fn survives_conversion(key: &str) -> bool {
    singlestat::KEPT.contains(&key)
}

fn kind(panel: &Map<String, Value>) -> &str {
    panel.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// `parseFloat(panel.pluginVersion || '6.1')`, as the plugins' migrations do it.
fn plugin_version(panel: &Map<String, Value>) -> f64 {
    let text = present(panel.get("pluginVersion"))
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .unwrap_or("6.1");
    parse_float(text).unwrap_or(f64::NAN)
}

/// JavaScript's `parseFloat`: the longest number at the beginning.
fn parse_float(text: &str) -> Option<f64> {
    let text = text.trim_start();
    let mut end = 0;
    let mut seen_point = false;
    for (position, character) in text.char_indices() {
        match character {
            '0'..='9' => end = position + 1,
            '.' if !seen_point => seen_point = true,
            '-' | '+' if position == 0 => {}
            _ => break,
        }
    }
    text.get(..end)?.parse().ok()
}

/// JavaScript's `Number(text)` as the JSON number it becomes; `None` for NaN, which JSON writes as null.
fn js_number(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.is_empty() {
        return Some(0.into());
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = digits.trim_start_matches('0');
    let digits = match digits.chars().next() {
        None | Some('.' | 'e' | 'E') => format!("0{digits}"),
        Some(_) => digits.to_owned(),
    };
    let digits = digits
        .strip_suffix('.')
        .unwrap_or(&digits)
        .replace(".e", "e")
        .replace(".E", "E");
    serde_json::from_str::<serde_json::Number>(&format!("{sign}{digits}"))
        .ok()
        .map(Value::Number)
}

/// A panel's field settings.
fn config(defaults: Map<String, Value>, overrides: impl Into<Value>) -> Value {
    let mut config = Map::new();
    config.insert("defaults".to_owned(), Value::Object(defaults));
    config.insert("overrides".to_owned(), overrides.into());
    Value::Object(config)
}

/// The object at a key, made if need be.
fn object_at<'v>(map: &'v mut Map<String, Value>, key: &str) -> Option<&'v mut Map<String, Value>> {
    let entry = map.entry(key.to_owned()).or_insert_with(|| Value::Object(Map::new()));
    if entry.is_null() {
        *entry = Value::Object(Map::new());
    }
    entry.as_object_mut()
}

fn at<'v>(map: &'v Map<String, Value>, path: &[&str]) -> Option<&'v Value> {
    let (first, rest) = path.split_first()?;
    let value = present(map.get(*first))?;
    rest.iter().try_fold(value, |value, key| present(value.get(*key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_javascript_reads_them() {
        assert_eq!(js_number(" .9 ").unwrap().to_string(), "0.9");
        assert_eq!(js_number("007").unwrap().to_string(), "7");
        assert_eq!(js_number("").unwrap().to_string(), "0");
        assert_eq!(js_number("-1.50").unwrap().to_string(), "-1.50");
        assert!(js_number("5 GB").is_none());
        assert_eq!(parse_float("7.5.5"), Some(7.5));
        assert_eq!(parse_float("N/A"), None);
        assert_eq!(parse_float("0 ms"), Some(0.0));
    }
}

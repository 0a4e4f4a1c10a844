//! What the walk is inside of: rules ask about the panel, variable or annotation around a value.

use serde_json::{Map, Value};

use super::fill_ins;
use super::plugins::{self, Span, Version};
use super::same::present;

/// The nearest thing around a value that rules know.
#[derive(Debug, Clone)]
pub(super) enum Scope {
    /// The dashboard itself.
    Dashboard,
    /// A panel, a target being inside its panel.
    Panel(Box<PanelScope>),
    /// A template variable, both sides whole.
    Variable { before: Value, after: Value },
    /// An annotation query.
    Annotation,
    /// One row of an old dashboard, without its panels.
    LegacyRow,
}

/// Grafanas of before all versions, in which every plugin that ever was missing is.
const OLDEST: Span = Some(((0, 0), (0, 0)));

/// What rules ask about a panel.
#[derive(Debug, Clone)]
pub(super) struct PanelScope {
    /// The plugin, on the newer side.
    pub(super) kind: String,
    /// Whether the older side names a plugin.
    pub(super) had_plugin: bool,
    /// The versions of the plugin that wrote each side, where they say so.
    pub(super) versions: [Option<Version>; 2],
    /// Whether the newer side has none of the older one's field settings.
    pub(super) loses_fields: bool,
    /// Whether the newer side takes its colours from a palette.
    pub(super) by_palette: bool,
    /// The unit of all fields, the same on both sides.
    pub(super) unit: Option<Value>,
    /// Whether either side is a library panel.
    pub(super) is_library: bool,
    /// The data source of the older side's last query that names one and computes nothing.
    pub(super) asked: Option<Value>,
    /// Whether either side asks a query, repeats, or overrides the dashboard's time.
    pub(super) has_queries: bool,
    pub(super) repeats: bool,
    pub(super) repeats_right: bool,
    pub(super) has_time_override: bool,
    /// Whether the newer side's queries ask more than one data source, or other panels more than once.
    pub(super) mixes: bool,
    /// The uid that the older side's first query names, if without a plugin or with the same as the newer side's first query,
    /// and the plugin and uid of that.
    pub(super) uid_asked_before: Option<Value>,
    pub(super) kind_asked: Option<Value>,
    pub(super) uid_asked: Option<Value>,
    /// The thresholds that the newer side's alert is drawn with.
    pub(super) alert_thresholds: Option<Value>,
    /// The panel's data sources, which queries without one of their own inherit.
    pub(super) sources: [Option<Value>; 2],
}

impl PanelScope {
    pub(super) fn of(before: &Map<String, Value>, after: &Map<String, Value>) -> Self {
        let either = |holds: &dyn Fn(&Map<String, Value>) -> bool| holds(before) || holds(after);
        let is_set = |panel: &Map<String, Value>, key: &str| {
            panel
                .get(key)
                .and_then(Value::as_str)
                .is_some_and(|text| !text.is_empty())
        };
        let kind = [after, before]
            .iter()
            .find_map(|panel| panel.get("type").and_then(Value::as_str))
            .unwrap_or("timeseries");
        Self {
            had_plugin: present(before.get("type")).is_some(),
            loses_fields: plugins::may_be_missing(kind, OLDEST)
                && loses_fields(before.get("fieldConfig"), after.get("fieldConfig")),
            kind: kind.to_owned(),
            unit: unit_of(before).filter(|unit| unit_of(after) == Some(*unit)).cloned(),
            versions: [before, after].map(noted_version),
            is_library: either(&|panel| present(panel.get("libraryPanel")).is_some()),
            asked: before
                .get("targets")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|target| present(target.get("datasource")))
                .rfind(|source| {
                    source.is_string() || source.get("uid").is_some_and(|uid| uid.as_str() != Some("__expr__"))
                })
                .cloned(),
            has_queries: [before, after]
                .iter()
                .any(|panel| targets(panel).iter().any(|target| !asks_nothing(target))),
            by_palette: after
                .get("fieldConfig")
                .and_then(|config| config.pointer("/defaults/color/mode")?.as_str())
                .is_some_and(|mode| mode.starts_with("palette-")),
            repeats_right: after.get("repeatDirection").and_then(Value::as_str) == Some("h"),
            repeats: either(&|panel| is_set(panel, "repeat")),
            has_time_override: either(&|panel| {
                ["timeFrom", "timeShift", "timeCompare"]
                    .iter()
                    .any(|key| is_set(panel, key))
            }),
            mixes: mixes(after),
            alert_thresholds: (kind == "graph").then(|| alert_thresholds(after)).flatten(),
            uid_asked_before: asked_first(before, "uid").filter(|_| {
                let kind = asked_first(before, "type");
                kind.is_none() || kind == asked_first(after, "type")
            }),
            kind_asked: asked_first(after, "type"),
            uid_asked: asked_first(after, "uid"),
            sources: [
                present(before.get("datasource")).cloned(),
                present(after.get("datasource")).cloned(),
            ],
        }
    }
}

fn unit_of(panel: &Map<String, Value>) -> Option<&Value> {
    let unit = panel.get("fieldConfig")?.pointer("/defaults/unit")?;
    unit.as_str().filter(|unit| !unit.is_empty()).map(|_| unit)
}

fn targets(panel: &Map<String, Value>) -> &[Value] {
    panel
        .get("targets")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The query that a panel without any is given.
fn asks_nothing(target: &Value) -> bool {
    target
        .as_object()
        .is_some_and(|target| target.keys().all(|key| key == "refId"))
}

/// What the graph shows of its alert, while alerts are panels' (`ThresholdMapper.ts` of 7.5 to 9.4, alertToGraphThresholds, called
/// as the graph renders): the first condition's limits.
fn alert_thresholds(panel: &Map<String, Value>) -> Option<Value> {
    let conditions = panel.get("alert")?.get("conditions")?.as_array()?;
    let of_query = |condition: &&Value| condition.get("type").and_then(Value::as_str) == Some("query");
    let condition = conditions.iter().find(of_query)?;
    let limit = |at: usize| condition.pointer(&format!("/evaluator/params/{at}"));
    let is_higher = || Some(limit(0)?.as_f64()? > limit(1)?.as_f64()?);
    let signs: &[&str] = match condition.pointer("/evaluator/type")?.as_str()? {
        "gt" => &["gt"],
        "lt" => &["lt"],
        "outside_range" if is_higher()? => &["gt", "lt"],
        "outside_range" => &["lt", "gt"],
        "within_range" if is_higher()? => &["lt", "gt"],
        "within_range" => &["gt", "lt"],
        _ => &[],
    };
    let reducer = condition.pointer("/reducer/type").and_then(Value::as_str);
    let visible = !matches!(reducer, Some("percent_diff" | "percent_diff_abs"));
    let shown = panel.get("options").and_then(|options| options.get("alertThreshold"));
    let threshold = |(at, sign): (usize, &&str)| serde_json::json!({"value": limit(at), "op": sign, "visible": visible, "fill": shown, "line": shown, "colorMode": "critical"});
    Some(signs.iter().enumerate().map(threshold).collect())
}

fn asked_first(panel: &Map<String, Value>, key: &str) -> Option<Value> {
    let source = targets(panel).first()?.get("datasource")?;
    present(source.get(key)).cloned()
}

fn mixes(panel: &Map<String, Value>) -> bool {
    let sources = || {
        let named = targets(panel).iter().map(|target| target.get("datasource"));
        named.map(|source| ["type", "uid"].map(|part| source.and_then(|source| source.get(part))))
    };
    let of_other_panels = |[_, uid]: &[Option<&Value>; 2]| uid.and_then(Value::as_str) == Some("-- Dashboard --");
    sources().skip(1).any(|source| Some(source) != sources().next()) || sources().filter(of_other_panels).count() > 1
}

/// Whether all field settings of a panel are gone: none is left, or several were there and what is there now are others.
fn loses_fields(before: Option<&Value>, after: Option<&Value>) -> bool {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for (config, settings) in [(before, &mut old), (after, &mut new)] {
        if let Some(config) = config {
            field_settings(config, settings);
        }
    }
    new.is_empty() || old.len() > 1 && !old.iter().any(|setting| new.contains(setting))
}

/// The names of a panel's field settings; what an override is for counts as its name.
fn field_settings(config: &Value, settings: &mut Vec<String>) {
    let defaults = config.get("defaults").into_iter().flat_map(fill_ins::settings);
    settings.extend(defaults.map(|(keys, _)| keys.join(".")).filter(|name| !name.is_empty()));
    let overrides = config.get("overrides").and_then(Value::as_array).into_iter().flatten();
    let sets_something = |entry: &&Value| {
        let properties = entry.get("properties").and_then(Value::as_array);
        properties.is_some_and(|properties| !properties.is_empty())
    };
    let matcher = |entry: &Value| Some(entry.get("matcher")?.to_string());
    settings.extend(overrides.filter(sets_something).filter_map(matcher));
}

/// The version of its plugin that a panel notes.
pub(super) fn noted_version(panel: &Map<String, Value>) -> Option<Version> {
    read_version(panel.get("pluginVersion")?.as_str()?)
}

/// `13.1.0-pre` is 13.1.
fn read_version(text: &str) -> Option<Version> {
    let mut parts = text.split(['.', '-']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

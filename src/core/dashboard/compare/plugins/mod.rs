//! What Grafana's own panels know about their settings: one table, a block for each plugin.
//!
//! When a browser opens a dashboard it loads every panel's plugin, and the loader (grafana/grafana
//! `packages/grafana-data/src/panel/getPanelOptionsWithDefaults.ts`, the same from 7.5 to 13.1)
//!
//! * fills in every setting that the plugin has a default for and the panel lacks,
//! * removes every field setting that the plugin doesn't have (`cleanProperties`), and of overrides the properties it
//!   doesn't have (`filterFieldConfigOverrides`), and
//! * a later save writes the result down.
//!
//! So a block says what a plugin has: the defaults of its options, its own field settings with theirs, and which of the
//! standard field settings it leaves out. Each was read in `public/app/plugins/panel/<plugin>/module.tsx`, `config.ts` and
//! `panelcfg.gen.ts` of 7.5.5, 9.4, 10.2.3, 11.1.1, 12.4.0 and 13.1, and the shared groups in `packages/grafana-ui/src/options/builder/`.
//! A default that differs between versions names its range. Adding a version is adding rows.

mod table;

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::same::same;
use table::{ANY, PLUGINS, Plugin, Row, STANDARD, Standard};

/// A version of a plugin as its panels carry it: major and minor.
pub(super) type Version = (u16, u16);

/// Panels that ask nothing: their queries and data source are not kept (`skipDataQuery` in their `plugin.json`, read by
/// `createPanelDataProvider.ts` from 11.3 on).
const WITHOUT_QUERIES: &[&str] = &[
    "alertlist",
    "annolist",
    "dashlist",
    "gettingstarted",
    "live",
    "news",
    "text",
    "welcome",
    "row",
    "pluginlist",
];

/// Whether panels of this plugin ask no queries.
pub(super) fn asks_nothing(kind: &str) -> bool {
    WITHOUT_QUERIES.contains(&kind)
}

struct Known {
    /// Defaults by the path in the panel, every part of an object under its own path, too.
    defaults: HashMap<String, Vec<(Value, Version, Version)>>,
    /// Ids of field settings, as overrides name them.
    fields: Vec<(String, Version, Version)>,
}

static KNOWN: LazyLock<HashMap<&'static str, Known>> =
    LazyLock::new(|| PLUGINS.iter().map(|plugin| (plugin.name, Known::of(plugin))).collect());

impl Known {
    fn of(plugin: &Plugin) -> Self {
        let mut known = Self {
            defaults: HashMap::new(),
            fields: Vec::new(),
        };
        for row in plugin.options.iter().flat_map(|group| group.iter()) {
            known.default(&format!("options.{}", row.path), row);
        }
        for row in plugin.custom.iter().flat_map(|group| group.iter()) {
            known.default(&format!("fieldConfig.defaults.custom.{}", row.path), row);
            known
                .fields
                .push((format!("custom.{}", row.path), row.since, row.before));
        }
        let has = |row: &Row| match plugin.standard {
            Standard::All => Some(*row),
            Standard::Only(names) => {
                let (_, since) = names.iter().find(|(name, _)| *name == row.path)?;
                Some(Row {
                    since: row.since.max(*since),
                    ..*row
                })
            }
            Standard::Without(names) => match names.iter().find(|(name, _)| *name == row.path) {
                None => Some(*row),
                Some((_, (0, 0))) => None,
                Some((_, since)) => Some(Row {
                    before: row.before.min(*since),
                    ..*row
                }),
            },
            Standard::Nothing => None,
        };
        for row in &STANDARD.iter().filter_map(has).collect::<Vec<Row>>() {
            let path = format!("fieldConfig.defaults.{}", row.path);
            known.default(&path, row);
            if row.path == "color" && !plugin.color.is_empty() {
                known.spread(&path, serde_json::json!({"mode": plugin.color}), row);
            }
            known.fields.push((row.path.to_owned(), row.since, row.before));
        }
        known
    }

    fn default(&mut self, path: &str, row: &Row) {
        // A row without a default has no text; a test below parses all others.
        if let Ok(value) = serde_json::from_str::<Value>(row.default) {
            self.spread(path, value, row);
        }
    }

    /// A default object fills in each of its parts by itself (`mergeWith`).
    fn spread(&mut self, path: &str, value: Value, row: &Row) {
        if let Value::Object(parts) = &value {
            for (key, part) in parts {
                self.spread(&format!("{path}.{key}"), part.clone(), row);
            }
        }
        self.defaults
            .entry(path.to_owned())
            .or_default()
            .push((value, row.since, row.before));
    }

    /// Whether the newest version that may have written a panel has a field setting that is `like` one of this table.
    fn has_field(&self, span: Span, like: impl Fn(&str) -> bool) -> bool {
        self.fields.iter().any(|(known, since, before)| {
            like(known) && span.is_none_or(|(_, newest)| *since <= newest && newest < *before)
        })
    }
}

/// Whether a path is another one or a part of it.
fn within(path: &str, whole: &str) -> bool {
    path.strip_prefix(whole)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether a value is what this plugin's loader fills in at this path of a panel. `span` says by which versions the
/// panel with the value may have been written: a default of other versions is somebody's choice there.
pub(super) fn is_default(kind: &str, path: &str, value: &Value, span: Span) -> bool {
    let Some(rows) = KNOWN.get(kind).and_then(|known| known.defaults.get(path)) else {
        return false;
    };
    rows.iter().any(|(default, since, before)| {
        span.is_none_or(|(oldest, newest)| *since <= newest && oldest < *before) && alike(path, default, value)
    })
}

/// As [`same`]; the first threshold is minus infinity, however it is written.
fn alike(path: &str, default: &Value, value: &Value) -> bool {
    let path = path.to_ascii_lowercase();
    let first = match path.strip_suffix("steps") {
        Some(whole) if whole.ends_with("thresholds.") => "/0",
        _ if path.ends_with("thresholds") => "/steps/0",
        _ => return same(default, value),
    };
    let mut value = value.clone();
    if let Some(first) = value.pointer_mut(first).and_then(Value::as_object_mut)
        && first
            .get("value")
            .is_some_and(|value| value.is_null() || value.as_f64() == Some(0.0))
    {
        first.remove("value");
    }
    same(default, &value)
}

/// The steps of the thresholds that a form shows where a panel has none of its own.
pub fn usual_thresholds() -> Vec<Value> {
    let row = STANDARD.iter().find(|row| row.path == "thresholds");
    let whole = row.and_then(|row| serde_json::from_str::<Value>(row.default).ok());
    match whole.as_ref().and_then(|whole| whole.get("steps")) {
        Some(Value::Array(steps)) => steps.clone(),
        _ => Vec::new(),
    }
}

/// The colour mode of a plugin's fields where nobody chose one.
pub(super) fn default_color(kind: &str) -> Option<&'static str> {
    let plugin = PLUGINS.iter().find(|plugin| plugin.name == kind)?;
    (!plugin.color.is_empty()).then_some(plugin.color)
}

/// Whether a plugin is one of Grafana's own that this table knows.
pub(super) fn is_core(kind: &str) -> bool {
    KNOWN.contains_key(kind)
}

/// Panels of Grafana's own that the table above doesn't have: gone ones and ones without settings (folders of
/// `public/app/plugins/panel` of 7.5 to 13.1).
const ALSO_OWN: &[&str] = &[
    "heatmap-new",
    "homelinks",
    "icon",
    "market-trend",
    "pluginlist",
    "row",
    "singlestat",
    "table-old",
    "text2",
];

/// Whether a plugin comes with Grafana.
pub(super) fn is_grafanas_own(kind: &str) -> bool {
    is_core(kind) || ALSO_OWN.contains(&kind)
}

/// Which versions of Grafana may have written a panel: the oldest and the newest. `None`: nothing is known.
pub(super) type Span = Option<(Version, Version)>;

/// A panel notes the version of its plugin, but up to 11.x only plugins with migrations of their own renew the note; the schema
/// version of the dashboard says how new the last writer can be (`DASHBOARD_SCHEMA_VERSION` of grafana/grafana
/// `DashboardMigrator.ts`).
///
/// Where a save renewed notes, these say who `saved`.
pub(super) fn written_by(noted: Option<Version>, schema: u64, saved: Option<Version>) -> Span {
    if let Some(saved) = saved {
        return Some((noted.map_or((0, 0), |noted| noted.min(saved)), saved));
    }
    let newest = match schema {
        27 => (7, 5),
        28..=30 => (8, 1),
        31 => (8, 2),
        32..=33 => (8, 3),
        34..=35 => (8, 4),
        36 => (9, 0),
        37 => (9, 4),
        38 => (10, 1),
        39 => (11, 1),
        40 => (11, 6),
        _ => return noted.map(|noted| (noted, noted)),
    };
    // A note that is newer than the schema came with the file.
    Some((noted.map_or((0, 0), |noted| noted.min(newest)), newest))
}

/// Whether a field setting (`custom.lineWidth`, `unit`) is none of this plugin's in this version, so that its loader removes it
/// (`cleanProperties`): a value that is no setting nor inside of one; an object stays where it holds one.
/// Never said of plugins that are not Grafana's own.
pub(super) fn drops_field(kind: &str, id: &str, value: &Value, span: Span) -> bool {
    let like = |known: &str| within(id, known) || value.is_object() && within(known, id);
    KNOWN.get(kind).is_some_and(|known| !known.has_field(span, like))
}

/// Whether an override's property is no setting of this plugin's in this version, so that its loader removes it
/// (`filterFieldConfigOverrides`): it names a setting as a whole, `color` and not `color.mode`.
/// Never said of plugins that are not Grafana's own.
pub(super) fn drops_property(kind: &str, id: &str, span: Span) -> bool {
    KNOWN
        .get(kind)
        .is_some_and(|known| !known.has_field(span, |known| known == id))
}

/// Grafana's own panels that are not there before a version, or only where somebody asked for them: `"state": "alpha"` in their
/// `plugin.json`, which `enable_alpha` shows. (Folders of `public/app/plugins/panel` of 7.5.5 to 9.4.)
const ALPHA: &[(&str, Version)] = &[
    ("alertGroups", ANY),
    ("annolist", (8, 1)),
    ("barchart", (8, 0)),
    ("candlestick", (8, 3)),
    ("canvas", (9, 2)),
    ("debug", ANY),
    ("geomap", (8, 1)),
    ("histogram", (8, 0)),
    ("live", ANY),
    ("logstable", ANY),
    // A name that the gauge of 13 had before it was released.
    ("radialbar", ANY),
    ("state-timeline", (8, 0)),
    ("status-history", (8, 0)),
    ("traces", (9, 0)),
    ("xychart", (9, 2)),
];

/// Whether a Grafana may not have a plugin: it isn't Grafana's own, or not in every Grafana of that version.
pub(super) fn may_be_missing(kind: &str, span: Span) -> bool {
    let is_alpha = |(name, before): &(&str, Version)| {
        *name == kind && (*before == ANY || span.is_some_and(|(_, newest)| newest < *before))
    };
    !is_core(kind) || ALPHA.iter().any(is_alpha)
}

#[cfg(test)]
mod tests;

//! What plugins do to their own settings when they are loaded: renames, moves, and settings of the past left out.
//!
//! Sources: grafana/grafana, each plugin's `migrations.ts` (`setMigrationHandler`), named at each step.

use serde_json::{Map, Value, json};

use super::overrides::{self, lists_of_properties, properties};
use super::{Panel, Step, at, object_at};
use crate::dashboard::compare::rules;

pub(super) fn panel_of(panel: &Panel<'_>, kind: &str) -> bool {
    panel.kinds() == [kind, kind]
}

/// `dashlist/migrations.ts` (dashlistMigrationHandler): the settings of Grafana up to 6.2 become options, and a folder's id its
/// uid.
pub(super) const DASHBOARD_LIST: Step = Step {
    rule: &rules::DASHBOARD_LIST,
    applies: |panel| {
        panel_of(panel, "dashlist")
            && LIST_SETTINGS
                .iter()
                .any(|(old, new)| panel.old.contains_key(*old) && at(panel.new, &["options", new]).is_some())
            || panel_of(panel, "dashlist")
                && at(panel.old, &["options", "folderId"]).is_some()
                && at(panel.new, &["options", "folderId"]).is_none()
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let mut options = at(panel.old, &["options"])
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        for (old, new) in LIST_SETTINGS {
            if let Some(value) = panel.old.get(*old).filter(|value| !value.is_null()) {
                options.entry((*new).to_owned()).or_insert_with(|| value.clone());
                if !panel.new.contains_key(*old) {
                    lifted.remove(*old);
                }
            }
        }
        // Folder 0 is the general one; what uid another has only the server knows.
        let is_converted = at(panel.new, &["options", "folderId"]).is_none();
        if let Some(id) = options
            .get("folderId")
            .filter(|id| is_converted && !id.is_null())
            .cloned()
        {
            let uid = if id.as_u64() == Some(0) {
                Some(Value::from(""))
            } else {
                at(panel.new, &["options", "folderUID"]).cloned()
            };
            if let Some(uid) = uid {
                options.remove("folderId");
                options.insert("folderUID".to_owned(), uid);
            }
        }
        lifted.insert("options".to_owned(), Value::Object(options));
        vec![lifted]
    },
};

const LIST_SETTINGS: &[(&str, &str)] = &[
    ("starred", "showStarred"),
    ("recent", "showRecentlyViewed"),
    ("search", "showSearch"),
    ("headings", "showHeadings"),
    ("limit", "maxItems"),
    ("query", "query"),
    ("folderId", "folderId"),
    ("tags", "tags"),
];

/// `alertlist/UnifiedAlertList.tsx` of 9 to 13.1: an inactive rule is a normal one.
pub(super) const ALERT_LIST: Step = Step {
    rule: &rules::ALERT_LIST,
    applies: |panel| {
        const INACTIVE: &[&str] = &["options", "stateFilter", "inactive"];
        panel_of(panel, "alertlist") && at(panel.old, INACTIVE).is_some() && at(panel.new, INACTIVE).is_none()
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let filter = object_at(&mut lifted, "options").and_then(|options| object_at(options, "stateFilter"));
        if let Some(filter) = filter
            && filter.remove("inactive") == Some(Value::Bool(true))
        {
            filter.insert("normal".to_owned(), true.into());
        }
        vec![lifted]
    },
};

/// `gauge/migrations.ts` of 13.0 (gaugePanelMigrationHandler): the new gauge is made to look like the old one.
pub(super) const GAUGE: Step = Step {
    rule: &rules::GAUGE_CONVERSION,
    applies: |panel| {
        let new_form = |panel: &Map<String, Value>| at(panel, &["options", "shape"]).is_some();
        let by_thirteen = |[old, new]: [f64; 2]| old < 13.0 || old.is_nan() || new >= 13.0;
        panel_of(panel, "gauge") && !new_form(panel.old) && new_form(panel.new) && by_thirteen(panel.plugin_versions())
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let noted = at(panel.old, &["pluginVersion"]).and_then(Value::as_str);
        let unversioned = noted.is_none_or(str::is_empty) || panel.plugin_versions()[0].is_nan();
        let by_threshold = at(panel.old, &["fieldConfig", "defaults", "color", "mode"])
            .is_none_or(|mode| mode.as_str() == Some("thresholds"));
        let unset_color = at(panel.old, &["fieldConfig", "defaults", "color", "mode"]).is_none();
        let Some(options) = object_at(&mut lifted, "options") else {
            return vec![lifted];
        };
        for key in ["sizing", "minVizHeight", "minVizWidth"] {
            options.remove(key);
        }
        options.insert("sparkline".to_owned(), false.into());
        options.insert("effects".to_owned(), json!({"gradient": false}));
        let named = options
            .get("displayName")
            .and_then(Value::as_str)
            .is_some_and(|name| !name.is_empty());
        if named {
            options.insert("textMode".to_owned(), "value_and_name".into());
        }
        let marked = options.get("showThresholdMarkers").and_then(Value::as_bool) == Some(true);
        // A panel of 6.x gets its colour mode by an earlier step of the same migration; all others are asked for theirs before
        // the loader fills in its default.
        let noted = panel.plugin_versions()[0];
        let is_coloured = by_threshold && (!unset_color || noted < 7.0);
        if marked && !is_coloured {
            options.insert("showThresholdMarkers".to_owned(), false.into());
        }
        // Of 13 and later nothing is converted. A v2 panel without a version has an empty one, which counts as such.
        if unversioned || noted >= 13.0 {
            vec![lifted, panel.old.clone()]
        } else {
            vec![lifted]
        }
    },
};

/// `table/migrations.ts` of 12.1 and later: a hidden column, wrapped text and the footer are field settings now.
pub(super) const TABLE_FIELDS: Step = Step {
    rule: &rules::TABLE_FIELDS,
    applies: |panel| {
        // Who notes no version may be any; before 12 none did it.
        let is_new = || match at(panel.new, &["pluginVersion"]) {
            None => panel.schemas[1] >= 41,
            Some(_) => panel.plugin_versions()[1] >= 12.1,
        };
        panel_of(panel, "table") && is_new() && has_old_fields(panel.old) && !has_old_fields(panel.new)
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let footer = object_at(&mut lifted, "options").and_then(|options| {
            let footer = options.remove("footer")?;
            let pagination = footer.get("enablePagination").filter(|value| !value.is_null());
            if let Some(pagination) = pagination {
                options.insert("enablePagination".to_owned(), pagination.clone());
            }
            Some(footer)
        });
        let Some(config) = object_at(&mut lifted, "fieldConfig") else {
            return vec![lifted];
        };
        rename_properties(config);
        let custom = object_at(config, "defaults").and_then(|defaults| object_at(defaults, "custom"));
        if let Some(custom) = custom {
            let wrap = custom
                .get_mut("cellOptions")
                .and_then(Value::as_object_mut)
                .and_then(|options| options.remove("wrapText"));
            if let (Some(wrap), false) = (wrap, custom.contains_key("wrapText")) {
                custom.insert("wrapText".to_owned(), wrap);
            }
        }
        if let Some(footer) = footer {
            spread_footer(config, &footer);
        }
        vec![lifted]
    },
};

fn has_old_fields(panel: &Map<String, Value>) -> bool {
    at(panel, &["options", "footer"]).is_some()
        || at(panel, &["fieldConfig", "defaults", "custom", "cellOptions", "wrapText"]).is_some()
        || properties(panel).any(|property| {
            property.get("id").and_then(Value::as_str) == Some("custom.hidden")
                || property.pointer("/value/wrapText").is_some()
        })
}

fn rename_properties(config: &mut Map<String, Value>) {
    for list in lists_of_properties(config) {
        let mut renamed = Vec::with_capacity(list.len());
        for mut property in std::mem::take(list) {
            match property.get("id").and_then(Value::as_str) {
                Some("custom.hidden") => property["id"] = "custom.hideFrom.viz".into(),
                Some("custom.cellOptions") => {
                    let wrap = property
                        .get_mut("value")
                        .and_then(Value::as_object_mut)
                        .and_then(|options| options.remove("wrapText"));
                    renamed.push(property);
                    if let Some(wrap) = wrap {
                        renamed.push(json!({"id": "custom.wrapText", "value": wrap}));
                    }
                    continue;
                }
                _ => {}
            }
            renamed.push(property);
        }
        *list = renamed;
    }
}

fn spread_footer(config: &mut Map<String, Value>, footer: &Value) {
    if footer.get("show").and_then(Value::as_bool) != Some(true) {
        return;
    }
    let reducers = footer.get("reducer").cloned().unwrap_or(Value::Null);
    let fields: Vec<Value> = match footer.get("fields") {
        Some(Value::Array(fields)) => fields.clone(),
        Some(Value::String(text)) => text
            .chars()
            .map(|character| Value::from(character.to_string()))
            .collect(),
        _ => Vec::new(),
    };
    let counts = footer.get("countRows").and_then(Value::as_bool) == Some(true)
        && reducers.get(0).and_then(Value::as_str) == Some("count");
    let matcher = match fields.as_slice() {
        _ if counts => None,
        [] => None,
        [only] => Some(json!({"id": "byName", "options": only})),
        _ => Some(json!({"id": "byNames", "options": {"mode": "include", "names": footer.get("fields")}})),
    };
    match matcher {
        None => {
            let reducers = if counts { json!(["countAll"]) } else { reducers };
            if let Some(custom) = object_at(config, "defaults").and_then(|defaults| object_at(defaults, "custom")) {
                custom.insert("footer".to_owned(), json!({"reducers": reducers}));
            }
        }
        Some(matcher) => {
            let properties = json!([{"id": "custom.footer.reducers", "value": reducers}]);
            overrides::add(config, json!({"matcher": matcher, "properties": properties}));
        }
    }
}

/// `traces/module.tsx` of 12.2 and later (migrateToAdhocFilters): filters on spans are a list.
pub(super) const SPAN_FILTERS: Step = Step {
    rule: &rules::SPAN_FILTERS,
    applies: |panel| {
        panel_of(panel, "traces")
            && at(panel.old, &["options", "spanFilters"]).is_some()
            && at(panel.old, &["options", "spanFilters", "adhocFilters"])
                .and_then(Value::as_array)
                .is_none_or(Vec::is_empty)
            && at(panel.new, &["options", "spanFilters", "adhocFilters"]).is_some()
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let Some(filters) = object_at(&mut lifted, "options").and_then(|options| object_at(options, "spanFilters"))
        else {
            return vec![lifted];
        };
        let taken: Map<String, Value> = [
            "serviceName",
            "serviceNameOperator",
            "spanName",
            "spanNameOperator",
            "query",
            "tags",
        ]
        .into_iter()
        .filter_map(|key| Some((key.to_owned(), filters.get(key)?.clone())))
        .collect();
        let text = |key: &str| {
            taken
                .get(key)
                .and_then(Value::as_str)
                .filter(|text| !text.trim().is_empty())
        };
        let mut list = Vec::new();
        let mut add = |key: &str, operator: Option<&str>, value: &str| {
            list.push(json!({"key": key, "operator": operator.unwrap_or("="), "value": value}));
        };
        if let Some(name) = text("serviceName") {
            add("serviceName", text("serviceNameOperator"), name);
        }
        if let Some(name) = text("spanName") {
            add("spanName", text("spanNameOperator"), name);
        }
        for tag in taken.get("tags").and_then(Value::as_array).into_iter().flatten() {
            let part = |key: &str| {
                tag.get(key)
                    .and_then(Value::as_str)
                    .filter(|text| !text.trim().is_empty())
            };
            if let (Some(key), Some(value)) = (part("key"), part("value")) {
                add(key, part("operator"), value);
            }
        }
        if let Some(query) = text("query") {
            add("_textSearch_", None, query);
        }
        for key in ["serviceName", "spanName", "query"] {
            filters.remove(key);
        }
        filters.insert("adhocFilters".to_owned(), Value::Array(list));
        // One empty line is left to be filled in; its id is a random one.
        if let Some(tags) = at(panel.new, &["options", "spanFilters", "tags"]).filter(|tags| is_one_empty_tag(tags)) {
            filters.insert("tags".to_owned(), tags.clone());
        }
        vec![lifted]
    },
};

fn is_one_empty_tag(tags: &Value) -> bool {
    let only = tags.as_array().and_then(|tags| match tags.as_slice() {
        [only] => only.as_object(),
        _ => None,
    });
    only.is_some_and(|tag| {
        tag.iter().all(|(key, value)| match key.as_str() {
            "id" => value.is_string(),
            "operator" => value.as_str() == Some("="),
            _ => false,
        })
    })
}

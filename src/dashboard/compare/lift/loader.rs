//! What plugins do to their own settings when they are loaded: renames, moves, and settings of the past left out.
//!
//! Sources: grafana/grafana, each plugin's `migrations.ts` (`setMigrationHandler`), named at each step.

use serde_json::{Map, Value, json};

use super::overrides::{self, lists_of_properties, properties};
use super::{Panel, Step, at, object_at, removed_plugins};
use crate::dashboard::compare::rules;
use crate::dashboard::compare::same::same;

fn panel_of(panel: &Panel<'_>, kind: &str) -> bool {
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
        if let Some(id) = options.get("folderId").filter(|id| !id.is_null()).cloned() {
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

fn layers(panel: &Map<String, Value>) -> &[Value] {
    at(panel, &["options", "layers"])
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn layers_mut(panel: &mut Map<String, Value>) -> Option<&mut Vec<Value>> {
    panel.get_mut("options")?.get_mut("layers")?.as_array_mut()
}

/// `geomap/migrations.ts` (mapMigrationHandler), 8.3 to 13.1: what markers look like went into an object of its own.
pub(super) const MAP_LAYERS: Step = Step {
    rule: &rules::MAP_LAYERS,
    applies: |panel| {
        let version = at(panel.old, &["pluginVersion"])
            .and_then(Value::as_str)
            .unwrap_or_default();
        let style = |layers: &[Value]| {
            layers
                .first()
                .is_some_and(|layer| layer.pointer("/config/style").is_some())
        };
        panel_of(panel, "geomap")
            && (version.starts_with("8.1") || version.starts_with("8.2"))
            && matches!(layers(panel.old), [only] if only.get("type").and_then(Value::as_str) == Some("markers"))
            && !style(layers(panel.old))
            && style(layers(panel.new))
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let Some(config) = layers_mut(&mut lifted)
            .and_then(|layers| layers.first_mut()?.get_mut("config"))
            .filter(|config| config.is_object())
        else {
            return vec![lifted];
        };
        let set = |key: &str| config.get(key).filter(|value| !is_falsy(value)).cloned();
        let mut style = removed_plugins::marker_style();
        for (old, new) in [("size", "size"), ("color", "color"), ("fillOpacity", "opacity")] {
            if let Some(value) = set(old) {
                style[new] = value;
            }
        }
        if let Some(symbol) = set("shape").as_ref().and_then(Value::as_str).and_then(marker_path) {
            style["symbol"] = json!({"fixed": symbol, "mode": "fixed"});
        }
        let legend = set("showLegend").is_some();
        *config = json!({"style": style, "showLegend": legend});
        vec![lifted]
    },
};

fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        _ => false,
    }
}

/// A marker's picture by its name of 8.1 (`geomap/style/markers.ts`, getMarkerAsPath).
fn marker_path(shape: &str) -> Option<String> {
    let file = match shape {
        "circle" | "square" | "triangle" | "star" | "cross" => shape,
        "x" => "x-mark",
        _ => return None,
    };
    Some(format!("img/icons/marker/{file}.svg"))
}

/// `geomap/GeomapPanel.tsx` (initMapAsync) and `utils/layers.ts` (initLayer), 10.2 to 13.1: a map without layers gets one of
/// markers when it is drawn, and a layer without a name gets one, as does the map below them.
pub(super) const MAP_LAYER_NAMES: Step = Step {
    rule: &rules::MAP_LAYER_NAMES,
    applies: |panel| {
        let is_named = |old: &Value, new: &Value| is_nameless(old) && given_name(new).is_some();
        let mut pairs = layers_or_default(panel).into_iter().zip(layers(panel.new));
        let base = at(panel.old, BASE_MAP).zip(at(panel.new, BASE_MAP));
        panel_of(panel, "geomap")
            && (pairs.any(|(old, new)| is_named(&old, new)) || base.is_some_and(|(old, new)| is_named(old, new)))
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let mut layers_with_names = layers_or_default(panel);
        for (old, new) in layers_with_names.iter_mut().zip(layers(panel.new)) {
            if is_nameless(old)
                && let Some(name) = given_name(new)
            {
                old["name"] = name.clone();
            }
        }
        let base = at(panel.old, BASE_MAP).filter(|base| is_nameless(base));
        let base_name = at(panel.new, BASE_MAP).filter(|_| base.is_some()).and_then(given_name);
        if let Some(options) = object_at(&mut lifted, "options") {
            if !layers_with_names.is_empty() {
                options.insert("layers".to_owned(), Value::Array(layers_with_names));
            }
            if let Some(name) = base_name
                && let Some(base) = object_at(options, "basemap")
            {
                base.insert("name".to_owned(), name.clone());
            }
        }
        // Where somebody took the layers away, that is one edit, not one of each setting of the default layer.
        vec![lifted, panel.old.clone()]
    },
};

const BASE_MAP: &[&str] = &["options", "basemap"];

fn layers_or_default(panel: &Panel<'_>) -> Vec<Value> {
    match at(panel.old, &["options", "layers"]) {
        None if layers(panel.new).len() == 1 => vec![removed_plugins::markers()],
        _ => layers(panel.old).to_vec(),
    }
}

fn is_nameless(layer: &Value) -> bool {
    layer.is_object() && layer.get("name").is_none_or(is_falsy)
}

/// The name of a layer if it is one that the map gives: `Layer 1`.
fn given_name(layer: &Value) -> Option<&Value> {
    let name = layer.get("name")?;
    let number = name.as_str()?.strip_prefix("Layer ")?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(name)
}

/// `gauge/migrations.ts` of 13.0 (gaugePanelMigrationHandler): the new gauge is made to look like the old one.
pub(super) const GAUGE: Step = Step {
    rule: &rules::GAUGE_CONVERSION,
    applies: |panel| {
        let [old, new] = panel.plugin_versions();
        let new_form = |panel: &Map<String, Value>| at(panel, &["options", "shape"]).is_some();
        panel_of(panel, "gauge")
            && !new_form(panel.old)
            && new_form(panel.new)
            && (old < 13.0 || old.is_nan() || new >= 13.0)
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
        let is_new = match at(panel.new, &["pluginVersion"]) {
            None => panel.schemas[1] >= 41,
            Some(_) => panel.plugin_versions()[1] >= 12.1,
        };
        panel_of(panel, "table") && is_new && has_old_fields(panel.old) && !has_old_fields(panel.new)
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

/// `canvas/migrations.ts` (canvasMigrationHandler), up to 12.2.
pub(super) const CANVAS: Step = Step {
    rule: &rules::CANVAS_ELEMENTS,
    applies: |panel| {
        let version = panel.plugin_versions()[0];
        panel_of(panel, "canvas")
            && (version <= 12.2 || version.is_nan())
            && at(panel.old, &["options", "root", "elements"]) != at(panel.new, &["options", "root", "elements"])
    },
    apply: |panel| {
        let version = at(panel.old, &["pluginVersion"])
            .and_then(Value::as_str)
            .unwrap_or_default();
        let number = if version.is_empty() {
            f64::NAN
        } else {
            panel.plugin_versions()[0]
        };
        let newest = panel.plugin_versions()[1];
        let mut lifted = panel.old.clone();
        let elements = lifted
            .get_mut("options")
            .and_then(|options| options.pointer_mut("/root/elements")?.as_array_mut());
        for element in elements.into_iter().flatten().filter_map(Value::as_object_mut) {
            canvas_element(element, version, number, newest);
        }
        vec![lifted]
    },
};

fn canvas_element(element: &mut Map<String, Value>, version: &str, number: f64, newest: f64) {
    let kind = element
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    if version.is_empty() && kind == "text-box" {
        element.insert("type".to_owned(), "rectangle".into());
    }
    if version.starts_with("11.0") && kind == "ellipse" {
        for (from, path) in [
            ("backgroundColor", "/background"),
            ("borderColor", "/border/color"),
            ("width", "/border/width"),
        ] {
            let value = element
                .get_mut("config")
                .and_then(Value::as_object_mut)
                .and_then(|config| config.remove(from));
            if let Some(value) = value {
                match path {
                    "/background" => drop(element.insert("background".to_owned(), value)),
                    _ => {
                        if let Some(border) = object_at(element, "border") {
                            border.insert(path.trim_start_matches("/border/").to_owned(), value);
                        }
                    }
                }
            }
        }
    }
    if number <= 11.3 && newest > 11.3 {
        for action in element
            .get_mut("actions")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
            .filter_map(Value::as_object_mut)
        {
            if let Some(options) = action.remove("options") {
                action.insert("fetch".to_owned(), options);
            }
        }
    }
    if number <= 11.6 && newest > 11.6 {
        let mode = element.remove("oneClickMode");
        let links = element
            .remove("oneClickLinks")
            .is_some_and(|links| links.as_bool() == Some(true));
        let mode = mode.as_ref().and_then(Value::as_str);
        let has = |element: &Map<String, Value>, key: &str| {
            element
                .get(key)
                .and_then(Value::as_array)
                .is_some_and(|list| !list.is_empty())
        };
        if (mode == Some("link") || links) && has(element, "links") {
            element["links"][0]["oneClick"] = true.into();
        } else if mode == Some("action") && has(element, "actions") {
            element["actions"][0]["oneClick"] = true.into();
        }
    }
    if number <= 12.2 && newest > 12.2 {
        for connection in element
            .get_mut("connections")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
            .filter_map(Value::as_object_mut)
        {
            let direction = match connection.get("direction") {
                Some(Value::String(text)) if !text.is_empty() => Some(Value::from(text.as_str())),
                Some(Value::Object(_)) => None,
                _ => Some("forward".into()),
            };
            if let Some(direction) = direction {
                connection.insert("direction".to_owned(), json!({"mode": "fixed", "fixed": direction}));
            }
        }
    }
}

/// `features/canvas/runtime/element.tsx` (constructor), 10.2 to 13.1: what an element lacks is filled in when it is drawn.
pub(super) const CANVAS_DEFAULTS: Step = Step {
    rule: &rules::CANVAS_DEFAULTS,
    applies: |panel| {
        panel_of(panel, "canvas")
            && match (at(panel.old, CANVAS_ROOT), at(panel.new, CANVAS_ROOT)) {
                (Some(old), Some(new)) => {
                    let mut drawn = old.clone();
                    draw(&mut drawn, new);
                    drawn != *old
                }
                _ => false,
            }
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let root = lifted.get_mut("options").and_then(|options| options.get_mut("root"));
        if let (Some(root), Some(new)) = (root, at(panel.new, CANVAS_ROOT)) {
            draw(root, new);
        }
        vec![lifted]
    },
};

const CANVAS_ROOT: &[&str] = &["options", "root"];

/// An element and those in it, as they are after they were drawn, where the newer side has what is filled in.
fn draw(old: &mut Value, new: &Value) {
    let placements = [
        json!({"width": 100, "height": 100, "top": 0, "left": 0}),
        json!({"width": 100, "height": 100, "top": 0, "left": 0, "rotation": 0}),
    ];
    let filled = |key: &str, value: &Value| match key {
        "constraint" => *value == json!({"vertical": "top", "horizontal": "left"}),
        "placement" => placements.iter().any(|placement| same(placement, value)),
        "background" => *value == json!({"color": {"fixed": "transparent"}}),
        "border" => *value == json!({"color": {"fixed": "dark-green"}}),
        _ => false,
    };
    let Some(element) = old.as_object_mut() else { return };
    for key in ["constraint", "placement", "background", "border"] {
        let absent = element.get(key).is_none_or(Value::is_null);
        if let Some(value) = new.get(key).filter(|value| absent && filled(key, value)) {
            element.insert(key.to_owned(), value.clone());
        }
    }
    connect(element, new);
    let inside = element.get_mut("elements").and_then(Value::as_array_mut);
    let inside_new = new.get("elements").and_then(Value::as_array);
    for (old, new) in inside.into_iter().flatten().zip(inside_new.into_iter().flatten()) {
        draw(old, new);
    }
}

/// Where a connection began and ended when it was first drawn is noted (`canvas/components/connections/ConnectionSVG.tsx`, 10.3
/// to 13.1); it depends on the size of the window.
fn connect(old: &mut Map<String, Value>, new: &Value) {
    let connections = old.get_mut("connections").and_then(Value::as_array_mut);
    let drawn = new.get("connections").and_then(Value::as_array);
    let is_point = |value: &&Value| {
        let number = |key: &str| value.get(key).is_some_and(Value::is_number);
        value.as_object().is_some_and(|point| point.len() == 2) && number("x") && number("y")
    };
    for (old, new) in connections.into_iter().flatten().zip(drawn.into_iter().flatten()) {
        let Some(old) = old.as_object_mut() else { continue };
        let ends = ["sourceOriginal", "targetOriginal"];
        if ends.iter().any(|end| old.contains_key(*end)) {
            continue;
        }
        for end in ends {
            if let Some(point) = new.get(end).filter(is_point) {
                old.insert(end.to_owned(), point.clone());
            }
        }
    }
}

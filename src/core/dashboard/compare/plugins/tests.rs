//! Each row of the table against the value beside it, the plugin beside it and the version beside it.

use super::*;

#[test]
fn every_default_is_json() {
    for plugin in PLUGINS {
        for row in plugin
            .options
            .iter()
            .chain(plugin.custom)
            .flat_map(|group| group.iter())
        {
            assert!(
                row.default.is_empty() || serde_json::from_str::<Value>(row.default).is_ok(),
                "{} {}: {}",
                plugin.name,
                row.path,
                row.default
            );
        }
    }
}

#[test]
fn a_default_belongs_to_one_plugin_and_its_versions() {
    let is = |kind, path, value: i64, version: Option<Version>| {
        is_default(kind, path, &value.into(), version.map(|version| (version, version)))
    };
    assert!(is("bargauge", "options.minVizHeight", 16, Some((11, 1))));
    assert!(!is("bargauge", "options.minVizHeight", 10, Some((11, 1))));
    assert!(is("bargauge", "options.minVizHeight", 10, Some((9, 4))));
    assert!(!is("stat", "options.minVizHeight", 16, None));
}

/// A panel of a plugin with one value in it, of a version that may have written it.
fn panel(kind: &str, version: Version, path: &str, value: Option<&Value>) -> Value {
    let mut inner = value.cloned();
    for key in path.rsplit('.') {
        inner = inner.map(|inner| serde_json::json!({ key: inner }));
    }
    let mut panel =
        serde_json::json!({"id": 1, "type": kind, "pluginVersion": format!("{}.{}.0", version.0, version.1)});
    if let (Some(panel), Some(Value::Object(inner))) = (panel.as_object_mut(), inner) {
        panel.extend(inner);
    }
    serde_json::json!({"schemaVersion": 42, "panels": [panel]})
}

/// No version gives these a default, whatever the hint in the form says: a page size turns pages on, also the size that is suggested
/// (`state-timeline/module.tsx`, `hooks.tsx`, `logs/module.tsx` of 12.4 and 13.1).
#[test]
fn what_a_form_only_suggests_is_somebodys_choice() {
    let choices = [
        ("state-timeline", "options.perPage", Value::from(20)),
        ("status-history", "options.perPage", Value::from(20)),
        ("logs", "options.syntaxHighlighting", Value::from(true)),
        ("logs", "options.fontSize", Value::from("default")),
    ];
    for (kind, path, value) in choices {
        let version = (13, 1);
        let (before, after) = (
            panel(kind, version, path, None),
            panel(kind, version, path, Some(&value)),
        );
        let found = super::super::compare(&before, &after, &super::super::Context::default());
        assert_eq!(found.changes.len(), 1, "{kind} {path}: {:?}", found.noise);
    }
}

/// v2 says 0 of the first step, which is minus infinity (`transformSceneToSaveModelSchemaV2.ts` of 13.1): another mode is one edit.
#[test]
fn another_mode_of_the_usual_thresholds_is_one_edit() {
    let path = "fieldConfig.defaults.thresholds";
    let steps = serde_json::json!([{"color": "green", "value": 0}, {"color": "red", "value": 80}]);
    let told = |steps: &Value| {
        let after = serde_json::json!({"mode": "percentage", "steps": steps});
        let version = (13, 1);
        let (before, after) = (
            panel("stat", version, path, None),
            panel("stat", version, path, Some(&after)),
        );
        let found = super::super::compare(&before, &after, &super::super::Context::default());
        let paths = found.changes.iter().map(|change| change.place.keyed_path());
        paths.collect::<Vec<String>>()
    };
    assert_eq!(told(&steps), ["panels[id=1].fieldConfig.defaults.thresholds.mode"]);
    let other = serde_json::json!([{"color": "green", "value": 0}, {"color": "red", "value": 81}]);
    // Nothing of it is the usual: then it is told as a whole.
    assert_eq!(told(&other), ["panels[id=1].fieldConfig"]);
}

fn beside(value: &Value) -> Value {
    match value {
        Value::Bool(value) => (!value).into(),
        Value::Number(number) => (number.as_f64().unwrap_or(0.0) + 7.5).into(),
        Value::String(text) => format!("{text}Zq").into(),
        Value::Array(list) => list.iter().cloned().chain(["Zq".into()]).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), beside(value)))
            .chain([("zq".to_owned(), 1.into())])
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Null => 1.into(),
    }
}

/// Every row of every plugin: its default is like nothing, the value beside it is an edit, and so is the default in a
/// plugin that has none there.
#[test]
fn every_row_of_every_plugin_hides_its_default_and_nothing_beside_it() {
    use crate::dashboard::compare::{Context, compare};
    let same = |before: &Value, after: &Value| compare(before, after, &Context::default()).is_same();
    let mut rows = 0;
    for plugin in PLUGINS {
        let known = &KNOWN[plugin.name];
        for (path, defaults) in &known.defaults {
            // The gauge of 13 is told by its shape; a shape alone says that the loader converted an older one.
            if plugin.name == "gauge" && path == "options.shape" {
                continue;
            }
            for (value, since, before) in defaults {
                rows += 1;
                let version = if *since > (0, 0) { *since } else { (before.0 - 1, 0) };
                let version = version.min((13, 1));
                let without = panel(plugin.name, version, path, None);
                let with = |value: &Value| panel(plugin.name, version, path, Some(value));
                assert!(same(&without, &with(value)), "{} {path} {value}", plugin.name);
                let edited = beside(value);
                assert!(!same(&without, &with(&edited)), "{} {path} hides {edited}", plugin.name);
                assert!(
                    !same(&with(value), &with(&edited)),
                    "{} {path} hides {value} -> {edited}",
                    plugin.name
                );
                let neighbour = PLUGINS.iter().find(|other| {
                    let has = |path: &str| KNOWN[other.name].defaults.contains_key(path);
                    !path
                        .split('.')
                        .scan(String::new(), |prefix, key| {
                            if !prefix.is_empty() {
                                prefix.push('.');
                            }
                            prefix.push_str(key);
                            Some(prefix.clone())
                        })
                        .any(|prefix| has(&prefix))
                });
                let empty = value.as_object().is_some_and(serde_json::Map::is_empty);
                if let Some(other) = neighbour.filter(|_| !empty) {
                    let foreign = [None, Some(value)].map(|value| panel(other.name, version, path, value));
                    assert!(
                        !same(&foreign[0], &foreign[1]),
                        "{} hides {path} {value} of {}",
                        other.name,
                        plugin.name
                    );
                }
            }
        }
    }
    assert!(rows > 400, "{rows}");
}

/// Outside of its range a default is somebody's choice.
#[test]
fn a_default_of_other_versions_is_an_edit() {
    use crate::dashboard::compare::{Context, compare};
    let earlier = |version: Version| match version {
        (major, 0) => (major - 1, 9),
        (major, minor) => (major, minor - 1),
    };
    let mut outside = 0;
    for plugin in PLUGINS {
        for (path, defaults) in &KNOWN[plugin.name].defaults {
            // A table of 12.1 and later takes the footer of older ones apart.
            if plugin.name == "table" && path.starts_with("options.footer") {
                continue;
            }
            for (value, since, before) in defaults {
                let versions = [
                    (*since > (0, 0)).then(|| earlier(*since)),
                    (*before < (20, 0)).then_some(*before),
                ];
                for version in versions.into_iter().flatten() {
                    let span = Some((version, version));
                    let without = panel(plugin.name, version, path, None);
                    let with = panel(plugin.name, version, path, Some(value));
                    if !is_default(plugin.name, path, value, span) && !is_empty(value) {
                        outside += 1;
                        assert!(
                            !compare(&without, &with, &Context::default()).is_same(),
                            "{} {path} {value} in {version:?}",
                            plugin.name
                        );
                    }
                }
            }
        }
    }
    assert!(outside > 60, "{outside}");
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(serde_json::Map::is_empty)
}

#[test]
fn an_alpha_plugin_may_be_missing_until_it_is_none() {
    let span = |version| Some((version, version));
    assert!(may_be_missing("canvas", span((9, 0))));
    assert!(!may_be_missing("canvas", span((9, 4))));
    assert!(!may_be_missing("canvas", None));
    assert!(may_be_missing("debug", span((13, 1))));
    assert!(may_be_missing("someone-else-panel", None));
    assert!(!may_be_missing("timeseries", None));
}

#[test]
fn a_plugin_keeps_its_own_field_settings_and_drops_others() {
    let dropped = |kind, id, value: Value| drops_field(kind, id, &value, None);
    assert!(!dropped("timeseries", "custom.hideFrom.viz", true.into()));
    assert!(dropped("stat", "custom.lineWidth", 1.into()));
    assert!(dropped("text", "unit", "s".into()));
    assert!(!dropped("someone-else-panel", "custom.anything", 1.into()));
    // A time series has a size of points; a scatter plot has settings in an object of that name.
    assert!(!dropped("timeseries", "custom.pointSize", 9.into()));
    assert!(dropped("xychart", "custom.pointSize", 9.into()));
    assert!(!dropped("xychart", "custom.pointSize", serde_json::json!({"fixed": 9})));
    assert!(drops_property("xychart", "custom.pointSize", None));
    assert!(!drops_property("xychart", "custom.pointSize.fixed", None));
    assert!(drops_property("timeseries", "color.mode", None));
    let of = |kind, id, version| drops_field(kind, id, &Value::Bool(true), Some((version, version)));
    assert!(of("stat", "actions", (10, 2)));
    assert!(!of("stat", "actions", (12, 4)));
    // `useCustomConfig` of 9.4.0 and 10.2.3 (and 10.0.7, 10.1.6 between them).
    for (kind, id) in [
        ("timeseries", "custom.axisBorderShow"),
        ("timeseries", "custom.insertNulls"),
        ("state-timeline", "custom.hideFrom"),
        ("stat", "fieldMinMax"),
    ] {
        assert!(of(kind, id, (9, 4)), "{kind} {id}");
        assert!(!of(kind, id, (10, 2)), "{kind} {id}");
    }
    // `useFieldConfig` and its `disableStandardOptions` in 10.2.3, 11.1.1 and 12.4.0.
    for (kind, id) in [
        ("heatmap", "unit"),
        ("nodeGraph", "links"),
        ("flamegraph", "unit"),
        ("timeseries", "custom.barWidthFactor"),
    ] {
        assert!(of(kind, id, (11, 1)), "{kind} {id}");
        assert!(!of(kind, id, (12, 4)), "{kind} {id}");
    }
}

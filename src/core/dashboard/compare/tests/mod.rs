//! Edits that must be told, each as one.

mod edits;
mod layouts;
mod pages;
mod places;
mod properties;
mod rows;

use places::with_row;
use serde_json::{Value, json};

use super::{ChangeKind, Comparison, Context, compare};
use crate::dashboard::DataSource;

fn changes(before: &Value, after: &Value) -> Vec<(String, ChangeKind)> {
    told(&compare(before, after, &Context::default()))
}

fn told(found: &Comparison) -> Vec<(String, ChangeKind)> {
    found
        .changes
        .iter()
        .map(|change| (change.place.keyed_path(), change.kind))
        .collect()
}

fn one(path: &str, kind: ChangeKind) -> Vec<(String, ChangeKind)> {
    vec![(path.to_owned(), kind)]
}

#[test]
fn a_copy_of_a_panel_with_the_same_id_is_one_addition() {
    let mut after = with_row(false);
    let copy = after["panels"][1].clone();
    after["panels"].as_array_mut().unwrap().push(copy);
    assert_eq!(
        changes(&with_row(false), &after),
        one("panels[id=2#2]", ChangeKind::Added)
    );
}

#[test]
fn queries_in_another_order_are_one_change() {
    let side = |targets: Value| json!({"panels": [{"id": 1, "type": "graph", "targets": targets}]});
    let (a, b, c) = (
        json!({"refId": "A", "expr": "a"}),
        json!({"refId": "B", "expr": "b"}),
        json!({"refId": "C", "expr": "c"}),
    );
    let found = changes(&side(json!([a, b, c])), &side(json!([c, a, b])));
    assert_eq!(found, one("panels[id=1].targets", ChangeKind::Moved));
}

#[test]
fn a_renamed_variable_is_one_change_of_its_name() {
    let side = |name: &str| json!({"templating": {"list": [{"name": name, "type": "custom", "query": "a,b"}]}});
    assert_eq!(
        changes(&side("node"), &side("host")),
        one("templating.list[name=node].name", ChangeKind::Changed)
    );
}

#[test]
fn a_singlestat_s_postfix_counts_where_both_sides_have_one() {
    let side =
        |postfix: &str| json!({"panels": [{"id": 1, "type": "singlestat", "format": "none", "postfix": postfix}]});
    assert_eq!(
        changes(&side(" cores"), &side(" CPUs")),
        one("panels[id=1].postfix", ChangeKind::Changed)
    );
}

#[test]
fn null_in_a_list_is_an_element() {
    let side = |values: Value| json!({"panels": [{"id": 1, "type": "x", "values": values}]});
    assert_eq!(
        changes(&side(json!([1, null])), &side(json!([1]))),
        one("panels[id=1].values[1]", ChangeKind::Removed)
    );
}

#[test]
fn data_sources_are_resolved_through_the_list() {
    let list = |uid: &str| DataSource {
        name: "Prometheus".into(),
        uid: uid.into(),
        kind: "prometheus".into(),
        is_default: true,
    };
    let side =
        |source: Value| json!({"schemaVersion": 30, "panels": [{"id": 1, "type": "graph", "datasource": source}]});
    let after = json!({"schemaVersion": 37, "panels": [{"id": 1, "type": "graph", "datasource": {"type": "prometheus", "uid": "prom"}}]});
    for before in [side(json!("Prometheus")), side(Value::Null)] {
        assert!(compare(&before, &after, &Context::with_data_sources(vec![list("prom")])).is_same());
        assert!(!compare(&before, &after, &Context::with_data_sources(vec![list("other")])).is_same());
    }
}

#[test]
fn the_json_of_a_comparison_is_stable() {
    let found = compare(
        &json!({"title": "A", "version": 1}),
        &json!({"title": "B", "version": 2}),
        &Context::default(),
    );
    let expected = json!({
        "changes": [{"place": "title", "path": "title", "kind": "changed", "before": "A", "after": "B"}],
        "noise": [{"place": "version", "path": "version", "rule": "server-managed", "before": 1, "after": 2}],
        "undecidable": [],
    });
    assert_eq!(serde_json::to_value(found).unwrap(), expected);
}

#[test]
fn dashboards_of_no_known_shape_do_not_panic() {
    for odd in [
        json!(null),
        json!([]),
        json!(1),
        json!({"panels": 1}),
        json!({"rows": [1]}),
        json!({"panels": [1, null, []]}),
        json!({"panels": [{"panels": 3, "targets": "x"}]}),
        json!({"templating": {"list": [1, {"name": null}]}}),
        json!({"annotations": []}),
        json!({"rows": [{"panels": [{"span": "x", "height": "p"}], "height": {}}]}),
    ] {
        for other in [
            json!({}),
            json!({"panels": [{"id": 1}]}),
            json!({"rows": [{"panels": [{"id": 1}]}]}),
            odd.clone(),
        ] {
            assert_eq!(
                compare(&odd, &other, &Context::default()).is_same(),
                compare(&other, &odd, &Context::default()).is_same()
            );
        }
    }
}

#[test]
fn time_regions_of_a_graph_become_annotations_and_others_are_edits() {
    let region =
        json!({"colorMode": "gray", "fill": true, "fromDayOfWeek": 1, "from": "09:00", "to": "17:00", "op": "time"});
    let before = json!({"schemaVersion": 36, "annotations": {"list": []}, "panels": [
        {"id": 1, "type": "graph", "title": "A", "lines": true, "timeRegions": [region]}]});
    let with = |to: &str| {
        json!({"schemaVersion": 39, "panels": [
        {"id": 1, "type": "timeseries", "title": "A", "fieldConfig": {"defaults": {"custom": {"drawStyle": "line", "showPoints": "never"}}, "overrides": []}}],
        "annotations": {"list": [{"name": "Time region for panel A", "iconColor": "gray", "enable": true, "hide": true,
            "datasource": {"type": "datasource", "uid": "grafana"}, "filter": {"exclude": false, "ids": [1]},
            "target": {"queryType": "timeRegions", "refId": "Anno", "timeRegion": {"fromDayOfWeek": 1, "from": "09:00", "to": to, "timezone": "utc"}}}]}})
    };
    let found = compare(&before, &with("17:00"), &Context::default());
    assert!(found.is_same(), "{:#?}", found.changes);
    assert!(!compare(&before, &with("18:00"), &Context::default()).is_same());
    // Somebody who shows it on another panel has edited it.
    let mut elsewhere = with("17:00");
    elsewhere["annotations"]["list"][0]["filter"]["ids"] = json!([2]);
    assert!(!compare(&before, &elsewhere, &Context::default()).is_same());
    elsewhere["annotations"]["list"][0]["filter"] = json!({"exclude": true, "ids": [1]});
    assert!(!compare(&before, &elsewhere, &Context::default()).is_same());
}

/// Up to 11.x a panel that changes its plugin loses the settings of fields that are the old plugin's own.
#[test]
fn a_graph_that_became_a_time_series_has_lost_settings_that_no_graph_has() {
    let config = |custom: Value| {
        let unit = json!({"matcher": {"id": "byName", "options": "A"}, "properties": [{"id": "unit", "value": "s"}]});
        let own = json!({"matcher": {"id": "byName", "options": "B"}, "properties": custom});
        json!({"defaults": {}, "overrides": [unit, own]})
    };
    let page = |schema: u64, kind: &str, config: Value| json!({"schemaVersion": schema, "panels": [{"id": 1, "type": kind, "lines": kind == "graph", "fieldConfig": config}]});
    let width = json!([{"id": "custom.lineWidth", "value": 3}]);
    let mut after = page(39, "timeseries", config(json!([])));
    after["panels"][0].as_object_mut().unwrap().remove("lines");
    after["panels"][0]["fieldConfig"]["defaults"]["custom"] = json!({"drawStyle": "line", "showPoints": "never"});
    let before = page(36, "graph", config(width));
    let found = compare(&before, &after, &Context::default());
    assert!(found.is_same(), "{:#?}", found.changes);
    after["panels"][0]["fieldConfig"]["overrides"][0]["properties"] = json!([]);
    assert!(!compare(&before, &after, &Context::default()).is_same());
}

#[test]
fn a_matcher_is_the_same_whatever_the_order_of_its_keys() {
    let page = |reducers: [Value; 2], value: u64| {
        let of = |options: Value| json!({"matcher": {"id": "byValue", "options": options}, "properties": [{"id": "unit", "value": value}]});
        let overrides: Vec<Value> = reducers.into_iter().map(of).collect();
        json!({"schemaVersion": 42, "panels": [{"id": 1, "type": "stat", "fieldConfig": {"defaults": {}, "overrides": overrides}}]})
    };
    let before = page(
        [
            json!({"op": "gte", "reducer": "a"}),
            json!({"op": "gte", "reducer": "b"}),
        ],
        1,
    );
    let mut after = page(
        [
            json!({"reducer": "a", "op": "gte"}),
            json!({"reducer": "b", "op": "gte"}),
        ],
        1,
    );
    assert!(compare(&before, &after, &Context::default()).is_same());
    after["panels"][0]["fieldConfig"]["overrides"][0]["properties"][0]["value"] = 2.into();
    assert_eq!(changes(&before, &after).len(), 1);
}

#[test]
fn a_text_that_is_a_number_of_points_is_read_as_one() {
    let page = |schema: u64, points: Value| json!({"schemaVersion": schema, "panels": [{"id": 1, "type": "table", "maxDataPoints": points}]});
    let same = |schema: u64, after: Value| {
        let before = page(27, "10".into());
        compare(&before, &page(schema, after), &Context::default()).is_same()
    };
    assert!(same(39, 10.into()));
    assert!(!same(39, 11.into()));
    assert!(!same(38, 10.into()));
}

#[test]
fn the_map_below_the_layers_is_given_a_name_like_them() {
    let page = |schema: u64, base: Value| json!({"schemaVersion": schema, "panels": [{"id": 1, "type": "geomap", "options": {"basemap": base, "layers": []}}]});
    let before = page(37, json!({"type": "default"}));
    let same = |base: Value| compare(&before, &page(39, base), &Context::default()).is_same();
    assert!(same(json!({"type": "default", "name": "Layer 0"})));
    assert!(!same(json!({"type": "default", "name": "Streets"})));
    assert!(!same(json!({"type": "osm", "name": "Layer 0"})));
}

/// Up to 11.x a panel that changes its plugin keeps no greatest number of copies per row.
#[test]
fn a_graph_of_the_old_rows_loses_its_smallest_width_with_its_plugin() {
    let old = json!({"id": 1, "type": "graph", "repeat": "v", "minSpan": 4, "lines": true});
    let before = json!({"schemaVersion": 14, "panels": [old]});
    let page = |schema: u64, most: Option<u64>| {
        let custom = json!({"drawStyle": "line", "showPoints": "never"});
        let mut panel = json!({"id": 1, "type": "timeseries", "repeat": "v",
            "fieldConfig": {"defaults": {"custom": custom}, "overrides": []}});
        if let Some(most) = most {
            panel["maxPerRow"] = most.into();
        }
        json!({"schemaVersion": schema, "panels": [panel]})
    };
    let same = |after: Value| compare(&before, &after, &Context::default()).is_same();
    assert!(same(page(39, None)));
    assert!(!same(page(39, Some(4))));
    assert!(!same(page(42, None)));
}

/// 10.2 and 11.1 have one schema version; who saved is told by the panels whose plugins renew their notes.
#[test]
fn the_notes_that_a_save_renewed_say_what_its_grafana_did_not_have() {
    let page = |noted: &str, defaults: Value| {
        json!({"schemaVersion": 39, "panels": [
            {"id": 1, "type": "stat", "pluginVersion": noted},
            {"id": 2, "type": "histogram", "fieldConfig": {"defaults": defaults, "overrides": []}},
        ]})
    };
    // Histograms can be stacked since 10.3.
    let stacked = json!({"unit": "s", "custom": {"stacking": {"mode": "normal", "group": "A"}}});
    let (with, without) = (stacked, json!({"unit": "s"}));
    let same = |noted: [&str; 2]| {
        let sides = [page(noted[0], with.clone()), page(noted[1], without.clone())];
        compare(&sides[0], &sides[1], &Context::default()).is_same()
    };
    assert!(same(["9.4.3", "10.2.3"]));
    assert!(!same(["9.4.3", "11.1.1"]));
    assert!(!same(["9.4.3", "9.4.3"]));
}

/// The server guesses of which type the data source behind a variable is, and guesses one for all.
#[test]
fn a_type_that_stands_nowhere_else_in_the_file_is_an_edit() {
    let page = |sources: [Value; 2]| {
        let panel = |(at, source): (usize, Value)| json!({"id": at + 1, "type": "stat", "datasource": source, "targets": [{"refId": "A", "expr": "up"}]});
        json!({"schemaVersion": 42, "panels": sources.into_iter().enumerate().map(panel).collect::<Vec<_>>()})
    };
    let of = |kind: &str| json!({"type": kind, "uid": "$source"});
    let before = page([json!({"uid": "$source"}), json!({"uid": "$source"})]);
    let same = |after: [Value; 2]| compare(&before, &page(after), &Context::default()).is_same();
    assert!(same([of("loki"), of("loki")]));
    assert!(!same([of("loki"), of("prometheus")]));
}

/// Any editor can save a dashboard that takes long to compare; a check must not be held up by it.
#[test]
fn twice_the_panels_are_twice_the_work_however_they_changed() {
    type Edit = fn(&mut Vec<Value>);
    let panels = |number: u64| -> Vec<Value> {
        let panel = |id| {
            json!({"id": id, "type": "timeseries", "title": format!("P {id}"), "gridPos": {"x": 0, "y": id * 8, "w": 12, "h": 8},
                "targets": [{"refId": "A", "expr": format!("up{{a=\"{id}\"}}")}], "tags": (0..id % 7).collect::<Vec<_>>()})
        };
        (1..=number).map(panel).collect()
    };
    let edits: [(&str, Edit); 10] = [
        ("moved", |all| {
            let number = all.len() as u64;
            (0..)
                .zip(all)
                .for_each(|(at, panel)| panel["gridPos"]["y"] = json!((number - at) * 8));
        }),
        ("reversed", |all| all.reverse()),
        ("renamed", |all| {
            all.iter_mut().for_each(|panel| panel["title"] = json!("one"))
        }),
        ("other ids", |all| {
            all.iter_mut()
                .for_each(|panel| panel["id"] = json!(panel["id"].as_u64().unwrap() + 10_000))
        }),
        ("no ids", |all| {
            all.iter_mut()
                .for_each(|panel| drop(panel.as_object_mut().unwrap().remove("id")))
        }),
        ("others", |all| {
            for panel in all {
                let id = panel["id"].as_u64().unwrap();
                *panel = json!({"id": id + 10_000, "type": "stat", "title": format!("Q {id}"), "options": {"a": id}});
            }
        }),
        ("in a row", |all| {
            let inner = std::mem::take(all);
            *all = vec![
                json!({"id": 90_000, "type": "row", "collapsed": true, "title": "R", "panels": inner,
                "gridPos": {"x": 0, "y": 0, "w": 24, "h": 1}}),
            ];
        }),
        ("without ids", |all| {
            for panel in all {
                panel.as_object_mut().unwrap().shift_remove("id");
            }
        }),
        ("all at one place", |all| {
            for panel in all {
                panel["gridPos"] = json!({"x": 0, "y": 0, "w": 12, "h": 8});
            }
        }),
        ("other queries", |all| {
            for panel in all {
                panel["targets"] = json!([{"refId": "B", "expr": "down"}, {"refId": "C", "expr": "left"}]);
            }
        }),
    ];
    for (what, edit) in edits {
        let steps = |number: u64| {
            let before = panels(number);
            let mut after = before.clone();
            edit(&mut after);
            let page = |panels: Vec<Value>| {
                let numbers: Vec<u64> = (0..number).collect();
                json!({"title": "T", "schemaVersion": 39, "panels": panels, "numbers": numbers})
            };
            let (before, mut after) = (page(before), page(after));
            after["numbers"].as_array_mut().unwrap().reverse();
            super::same::work::of(|| compare(&before, &after, &Context::default()))
        };
        let (some, twice) = (steps(200), steps(400));
        assert!(
            twice * 10 <= some * 23,
            "{what}: {some} for 200 panels, {twice} for 400"
        );
    }
}

#[test]
fn an_annotation_with_a_number_in_its_name_is_no_copy_of_another() {
    let page = |names: &[(&str, &str)]| {
        let annotation = |(name, expr): &(&str, &str)| json!({"name": name, "expr": expr, "datasource": "p"});
        json!({"schemaVersion": 37, "panels": [], "annotations": {"list": names.iter().map(annotation).collect::<Vec<_>>()}})
    };
    let before = page(&[("Deploy", "a"), ("Deploy#2", "b")]);
    let after = page(&[("Deploy", "a"), ("Deploy#2", "c")]);
    assert_eq!(
        changes(&before, &after),
        one("annotations.list[name=Deploy#2].expr", ChangeKind::Changed)
    );
    let removed = page(&[("Deploy", "a")]);
    assert_eq!(
        changes(&before, &removed),
        one("annotations.list[name=Deploy#2]", ChangeKind::Removed)
    );
    let mut edited = before.clone();
    let found = compare(&before, &after, &Context::default());
    crate::dashboard::apply_changes(&mut edited, &found.changes);
    assert_eq!(edited, after);
}

/// Each row: why, a panel as it was stored, the same after a save by Grafana 13 (as its legacy API renders it), and an edit beside it.
#[test]
fn what_grafana_13_renders_of_its_v2_is_no_edit_and_what_is_beside_it_is_one() {
    let source = |kind: &str, uid: &str| json!({"type": kind, "uid": uid});
    let target = |source: Value| json!([{"refId": "A", "datasource": source}]);
    let cases = [
        (
            "a data source is known by type and uid",
            json!({"targets": [{"refId": "A", "datasource": {"type": "__expr__", "uid": "__expr__", "name": "Expression"}}]}),
            json!({"targets": [{"refId": "A", "datasource": {"type": "__expr__", "uid": "__expr__"}}]}),
            json!({"targets": [{"refId": "A", "datasource": {"type": "__expr__", "uid": "other"}}]}),
        ),
        (
            "a panel's data source is worked out from its queries",
            json!({"targets": target(source("prometheus", "m"))}),
            json!({"datasource": source("prometheus", "m"), "targets": target(source("prometheus", "m"))}),
            json!({"datasource": source("prometheus", "n"), "targets": target(source("prometheus", "m"))}),
        ),
        (
            "two sources are mixed",
            json!({"datasource": source("loki", "l"), "targets": [{"refId": "A", "datasource": source("loki", "l")}, {"refId": "B", "datasource": source("__expr__", "__expr__")}]}),
            json!({"datasource": source("mixed", "-- Mixed --"), "targets": [{"refId": "A", "datasource": source("loki", "l")}, {"refId": "B", "datasource": source("__expr__", "__expr__")}]}),
            json!({"datasource": source("mixed", "-- Mixed --"), "targets": [{"refId": "A", "datasource": source("loki", "l")}, {"refId": "B", "datasource": source("loki", "m")}]}),
        ),
        (
            "a transformation's topic isn't converted",
            json!({"transformations": [{"id": "organize", "options": {"a": 1}, "topic": "series"}]}),
            json!({"transformations": [{"id": "organize", "options": {"a": 1}}]}),
            json!({"transformations": [{"id": "organize", "options": {"a": 2}}]}),
        ),
        (
            "a range without ends isn't converted",
            json!({"fieldConfig": {"defaults": {"mappings": [{"type": "range", "options": {"from": null, "to": null, "result": {"text": "a"}}}, {"type": "range", "options": {"from": 1, "to": 2, "result": {"text": "b"}}}]}}}),
            json!({"fieldConfig": {"defaults": {"mappings": [{"type": "range", "options": {"from": 1, "to": 2, "result": {"text": "b"}}}]}}}),
            json!({"fieldConfig": {"defaults": {"mappings": [{"type": "range", "options": {"from": null, "to": null, "result": {"text": "a"}}}]}}}),
        ),
        (
            "asks another panel without a query",
            json!({"datasource": source("datasource", "-- Dashboard --"), "targets": []}),
            json!({"targets": [{"refId": "A"}]}),
            json!({"targets": [{"refId": "A", "expr": "up"}]}),
        ),
    ];
    let page = |noted: &str, schema: u64, part: &Value| {
        let mut panel = json!({"id": 1, "type": "stat", "pluginVersion": noted});
        panel
            .as_object_mut()
            .unwrap()
            .extend(part.as_object().cloned().unwrap());
        json!({"schemaVersion": schema, "panels": [panel]})
    };
    for (why, before, after, edited) in cases {
        let before = page("9.4.3", 37, &before);
        let same = |after: &Value| compare(&before, &page("13.1.0", 42, after), &Context::default());
        assert!(same(&after).is_same(), "{why}: {:#?}", same(&after).changes);
        assert!(!same(&edited).is_same(), "{why} hides {edited}");
    }
}

/// A panel without an id of its own is given one; its place says which it was.
#[test]
fn a_panel_without_an_id_and_a_title_is_found_again() {
    let page = |id: Option<u64>, content: &str| {
        let grid = json!({"x": 0, "y": 0, "w": 24, "h": 3});
        let mut panel = json!({"type": "text", "options": {"content": content, "mode": "html"}, "gridPos": grid});
        if let Some(id) = id {
            panel["id"] = id.into();
        }
        let row = json!({"id": 0, "type": "row", "title": "R", "gridPos": {"x": 0, "y": 3, "w": 24, "h": 1}});
        json!({"schemaVersion": 42, "panels": [panel, row]})
    };
    let (before, after) = (page(None, "a"), page(Some(1), "a"));
    assert!(compare(&before, &after, &Context::default()).is_same());
    let edited = changes(&before, &page(Some(1), "b"));
    assert_eq!(edited.len(), 1, "{edited:?}");
}

/// A plugin that comes with Grafana, or that something else in the files names, may be the default data source's; another one
/// was written by hand.
#[test]
fn a_data_source_plugin_that_nothing_else_names_is_an_edit() {
    let panel = |sources: &[Option<&str>]| {
        let target = |(at, kind): (usize, &Option<&str>)| {
            let mut target = json!({"refId": format!("Q{at}"), "expr": "up"});
            if let Some(kind) = kind {
                target["datasource"] = json!({"type": kind, "uid": "a"});
            } else {
                target["datasource"] = json!({"uid": "a"});
            }
            target
        };
        let targets: Vec<Value> = sources.iter().enumerate().map(target).collect();
        json!({"schemaVersion": 42, "panels": [{"id": 1, "type": "stat", "targets": targets}]})
    };
    let same = |kinds: &[Option<&str>]| {
        let none: Vec<Option<&str>> = kinds.iter().map(|_| None).collect();
        compare(&panel(&none), &panel(kinds), &Context::default()).is_same()
    };
    assert!(same(&[Some("prometheus")]));
    assert!(same(&[Some("someones-datasource"), Some("someones-datasource")]));
    assert!(!same(&[Some("prometheusZq")]));
}

/// A singlestat's options of today's form stay beneath what the conversion makes of its settings, from 12 on.
#[test]
fn options_that_a_singlestat_had_already_are_kept() {
    let before = json!({"schemaVersion": 14, "panels": [{"id": 1, "type": "singlestat", "format": "s", "valueName": "avg", "options": {"legend": {"showLegend": true}}}]});
    let saved = |show: bool| {
        json!({"schemaVersion": 42, "panels": [{"id": 1, "type": "stat", "pluginVersion": "12.4.0",
            "fieldConfig": {"defaults": {"unit": "s", "color": {"mode": "thresholds"}, "thresholds": {"mode": "absolute", "steps": [{"color": "green", "value": null}, {"color": "red", "value": 80}]}}, "overrides": []},
            "options": {"legend": {"showLegend": show}, "colorMode": "none", "graphMode": "none", "orientation": "horizontal", "reduceOptions": {"calcs": ["mean"], "fields": "", "values": false}}}]})
    };
    assert!(compare(&before, &saved(true), &Context::default()).is_same());
    assert!(!compare(&before, &saved(false), &Context::default()).is_same());
}

/// A panel whose id is taken gets the next one when the page opens, not one far beyond.
#[test]
fn an_id_that_no_page_gives_is_an_edit() {
    let page = |ids: [u64; 3]| {
        let panel = |(at, id): (usize, &u64)| json!({"id": id, "type": "text", "gridPos": {"x": 0, "y": at * 9, "w": 12, "h": 9}});
        json!({"schemaVersion": 42, "panels": ids.iter().enumerate().map(panel).collect::<Vec<_>>()})
    };
    assert!(compare(&page([2, 2, 2]), &page([2, 3, 4]), &Context::default()).is_same());
    assert!(!compare(&page([2, 2, 2]), &page([2, 10, 4]), &Context::default()).is_same());
}

/// The page of 13.1 gives a panel of v2 without queries one that names no data source, and no other.
#[test]
fn a_query_of_a_named_plugin_taken_out_of_v2_is_told() {
    let page = |queries: Value| {
        json!({"elements": {"panel-1": {"kind": "Panel", "spec": {"id": 1, "title": "P",
            "data": {"kind": "QueryGroup", "spec": {"queries": queries, "transformations": [], "queryOptions": {}}},
            "vizConfig": {"kind": "VizConfig", "group": "timeseries", "version": "13.1.0", "spec": {"options": {}, "fieldConfig": {"defaults": {}, "overrides": []}}}}}},
            "layout": {"kind": "GridLayout", "spec": {"items": [{"kind": "GridLayoutItem", "spec": {"x": 0, "y": 0, "width": 12, "height": 8, "element": {"kind": "ElementReference", "name": "panel-1"}}}]}}})
    };
    let asks = |group: &str| json!([{"kind": "PanelQuery", "spec": {"refId": "A", "hidden": false, "query": {"kind": "DataQuery", "group": group, "version": "v0", "spec": {}}}}]);
    assert!(compare(&page(json!([])), &page(asks("")), &Context::default()).is_same());
    let named = page(asks("grafana-testdata-datasource"));
    assert!(!compare(&named, &page(json!([])), &Context::default()).is_same());
}

/// Only a migration from 6.x and the conversion to v2 drop a threshold's number.
#[test]
fn a_threshold_number_that_a_save_keeps_is_told_when_it_goes() {
    let page = |version: &str, step: Value| json!({"schemaVersion": 42, "panels": [{"id": 1, "type": "gauge", "pluginVersion": version, "fieldConfig": {"defaults": {"thresholds": {"mode": "absolute", "steps": [{"color": "green", "value": null}, step]}}, "overrides": []}}]});
    let (numbered, plain) = (
        json!({"color": "red", "value": 80, "index": 1}),
        json!({"color": "red", "value": 80}),
    );
    let saved = page("12.4.0", plain);
    assert!(compare(&page("6.4.0", numbered.clone()), &saved, &Context::default()).is_same());
    assert!(!compare(&page("12.4.0", numbered), &saved, &Context::default()).is_same());
}

#[test]
fn a_crosshair_of_before_step_14_that_became_another_tooltip_is_an_edit() {
    let before = json!({"title": "A", "schemaVersion": 12, "sharedCrosshair": true});
    let with = |tooltip: u64| json!({"title": "A", "schemaVersion": 42, "graphTooltip": tooltip});
    assert_eq!(changes(&before, &with(1)), Vec::new());
    assert_eq!(changes(&before, &with(2)), one("graphTooltip", ChangeKind::Added));
    assert_eq!(changes(&before, &with(0)), one("sharedCrosshair", ChangeKind::Removed));
}

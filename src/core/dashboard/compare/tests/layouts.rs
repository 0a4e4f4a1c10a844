//! Tabs, rows in them, automatic grids and the rules by which something is shown, which only v2 has.

use serde_json::{Value, json};

use super::super::{ChangeKind, Context, compare};
use super::{changes, one};

fn element(name: &str) -> Value {
    json!({"kind": "ElementReference", "name": name})
}

/// An automatic grid of these panels.
fn automatic(panels: &[&str]) -> Value {
    let item = |name: &&str| json!({"kind": "AutoGridLayoutItem", "spec": {"element": element(name)}});
    json!({"kind": "AutoGridLayout", "spec": {"maxColumnCount": 3, "columnWidthMode": "standard", "rowHeightMode": "standard",
        "items": panels.iter().map(item).collect::<Vec<_>>()}})
}

/// A grid of these panels, three in each line as the page makes it of an automatic one.
fn grid(panels: &[&str]) -> Value {
    let item = |(at, name): (usize, &&str)| json!({"kind": "GridLayoutItem", "spec": {"x": at % 3 * 8, "y": at / 3 * 10, "width": 8, "height": 10, "element": element(name)}});
    json!({"kind": "GridLayout", "spec": {"items": panels.iter().enumerate().map(item).collect::<Vec<_>>()}})
}

fn rules(items: &Value) -> Value {
    json!({"kind": "ConditionalRenderingGroup", "spec": {"visibility": "show", "condition": "and", "items": items}})
}

fn rule() -> Value {
    json!({"kind": "ConditionalRenderingVariable", "spec": {"variable": "env", "operator": "equals", "value": "a"}})
}

fn variable(name: &str) -> Value {
    json!({"kind": "CustomVariable", "spec": {"name": name, "query": "a,b", "current": {"text": "a", "value": "a"}, "options": [],
        "multi": false, "includeAll": false, "hide": "dontHide", "skipUrlSync": false, "allowCustomValue": true}})
}

const FIRST: &str = "/layout/spec/tabs/0/spec";
const ROW: &str = "/layout/spec/tabs/1/spec/layout/spec/rows/0/spec";

/// Two tabs: one with an automatic grid, rules and a variable of its own, one with two rows.
fn page() -> Value {
    let panel = |id: u64| json!({"kind": "Panel", "spec": {"id": id, "title": format!("P{id}"), "vizConfig": {"kind": "VizConfig", "group": "stat", "version": "", "spec": {"options": {}, "fieldConfig": {"defaults": {}, "overrides": []}}}}});
    let mut first = automatic(&["panel-1", "panel-2", "panel-3"]);
    first["spec"]["items"][0]["spec"]["conditionalRendering"] = rules(&json!([rule()]));
    json!({"title": "A", "variables": [], "preferences": {"layout": automatic(&[])},
        "elements": {"panel-1": panel(1), "panel-2": panel(2), "panel-3": panel(3), "panel-4": panel(4), "panel-5": panel(5)},
        "layout": {"kind": "TabsLayout", "spec": {"tabs": [
            {"kind": "TabsLayoutTab", "spec": {"title": "One", "layout": first, "conditionalRendering": rules(&json!([rule()])), "variables": [variable("own")]}},
            {"kind": "TabsLayoutTab", "spec": {"title": "Two", "layout": {"kind": "RowsLayout", "spec": {"rows": [
                {"kind": "RowsLayoutRow", "spec": {"title": "Up", "collapse": false, "hideHeader": true, "fillScreen": true, "layout": grid(&["panel-4"]), "conditionalRendering": rules(&json!([rule()]))}},
                {"kind": "RowsLayoutRow", "spec": {"title": "Down", "collapse": false, "layout": grid(&["panel-5"])}}]}}}}]}}})
}

/// The page with a part of it as somebody left it: null takes it out.
fn edited(pointer: &str, value: &Value) -> Value {
    let mut page = page();
    let (holder, key) = pointer.rsplit_once('/').unwrap();
    let holder = page.pointer_mut(holder).unwrap().as_object_mut().unwrap();
    match value {
        Value::Null => drop(holder.remove(key)),
        value => drop(holder.insert(key.to_owned(), value.clone())),
    }
    page
}

/// All of this the page of 13.1 holds and writes again (`layoutSerializers/`): what went was taken out by somebody.
#[test]
fn what_only_v2_says_of_a_layout_is_told_when_it_goes() {
    for (pointer, path) in [
        (
            format!("{FIRST}/conditionalRendering"),
            "panels[title=One].conditionalRendering",
        ),
        (format!("{FIRST}/variables"), "panels[title=One].variables"),
        (
            format!("{FIRST}/layout/spec/items/0/spec/conditionalRendering"),
            "panels[id=1].conditionalRendering",
        ),
        (
            format!("{ROW}/conditionalRendering"),
            "panels[title=Up].conditionalRendering",
        ),
        (format!("{ROW}/hideHeader"), "panels[title=Up].hideHeader"),
        (format!("{ROW}/fillScreen"), "panels[title=Up].fillScreen"),
        ("/preferences".to_owned(), "preferences"),
    ] {
        let after = edited(&pointer, &Value::Null);
        assert_eq!(changes(&page(), &after), one(path, ChangeKind::Removed), "{pointer}");
        assert_eq!(changes(&after, &page()), one(path, ChangeKind::Added), "{pointer}");
    }
}

/// Rules are written only where there is one (`RowsLayoutSerializer.ts` and its neighbours, 12.4 and 13.1).
#[test]
fn no_rules_and_an_empty_list_of_them_are_alike() {
    let empty = edited(&format!("{ROW}/conditionalRendering"), &rules(&json!([])));
    let none = edited(&format!("{ROW}/conditionalRendering"), &Value::Null);
    assert!(changes(&empty, &none).is_empty());
    assert_eq!(
        changes(&page(), &empty),
        one(
            "panels[title=Up].conditionalRendering.spec.items[0]",
            ChangeKind::Removed
        )
    );
}

/// A variable of a tab's own is one like the dashboard's, with the same that a page fills in.
#[test]
fn a_tab_s_own_variable_is_known_by_its_name() {
    let own = |edit: &dyn Fn(&mut Value)| {
        let mut own = variable("own");
        edit(&mut own["spec"]);
        edited(&format!("{FIRST}/variables"), &json!([own]))
    };
    let filled = own(&|own| own["valuesFormat"] = "csv".into());
    assert!(changes(&page(), &filled).is_empty());
    let edited_format = own(&|own| own["valuesFormat"] = "json".into());
    let at = |key: &str| format!("panels[title=One].variables[name=own].{key}");
    assert_eq!(
        changes(&page(), &edited_format),
        one(&at("valuesFormat"), ChangeKind::Added)
    );
    for (key, value) in [
        ("query", json!("a,b,c")),
        ("multi", json!(true)),
        ("name", json!("other")),
    ] {
        let after = own(&|own| own[key] = value.clone());
        assert_eq!(changes(&page(), &after), one(&at(key), ChangeKind::Changed));
    }
    let more = edited(
        &format!("{FIRST}/variables"),
        &json!([variable("own"), variable("more")]),
    );
    assert_eq!(
        changes(&page(), &more),
        one("panels[title=One].variables[name=more]", ChangeKind::Added)
    );
}

#[test]
fn a_list_in_another_order_is_told_by_what_is_in_it() {
    let told = |pointer: &str| {
        let mut after = page();
        after
            .pointer_mut(pointer)
            .unwrap()
            .as_array_mut()
            .unwrap()
            .rotate_left(1);
        let found = compare(&page(), &after, &Context::default()).changes;
        assert_eq!(found.len(), 1, "{found:?}");
        (found[0].place.keyed_path(), found[0].after.clone().unwrap())
    };
    assert_eq!(
        told("/layout/spec/tabs"),
        ("panels".to_owned(), json!(["tab \"Two\"", "tab \"One\""]))
    );
    assert_eq!(
        told("/layout/spec/tabs/1/spec/layout/spec/rows"),
        (
            "panels[title=Two].panels".to_owned(),
            json!(["row \"Down\"", "row \"Up\""])
        )
    );
    assert_eq!(
        told(&format!("{FIRST}/layout/spec/items")),
        (
            "panels[title=One].panels".to_owned(),
            json!(["panel \"P2\" (id 2)", "panel \"P3\" (id 3)", "panel \"P1\" (id 1)"])
        )
    );
}

/// A tab is the same one under another title, also where it begins with a row.
#[test]
fn a_renamed_tab_of_rows_is_one_change() {
    let after = edited("/layout/spec/tabs/1/spec/title", &"Three".into());
    assert_eq!(
        changes(&page(), &after),
        one("panels[title=Two].title", ChangeKind::Changed)
    );
}

/// Rows that were made tabs are told at the layout.
#[test]
fn rows_that_became_tabs_are_one_change() {
    let mut after = page();
    let layout = after.pointer_mut("/layout/spec/tabs/1/spec/layout").unwrap();
    let row = layout["spec"]["rows"][1]["spec"].clone();
    let before = edited(
        "/layout/spec/tabs/1/spec/layout/spec/rows",
        &json!([{"kind": "RowsLayoutRow", "spec": row}]),
    );
    let tab = json!({"kind": "TabsLayoutTab", "spec": {"title": row["title"], "layout": row["layout"]}});
    *layout = json!({"kind": "TabsLayout", "spec": {"tabs": [tab]}});
    let mut before = before;
    before["elements"].as_object_mut().unwrap().remove("panel-4");
    after["elements"].as_object_mut().unwrap().remove("panel-4");
    assert_eq!(
        changes(&before, &after),
        one("panels[title=Two].layout.kind", ChangeKind::Changed)
    );
}

/// Another kind of layout is one change; places that it doesn't give are told beside it.
#[test]
fn another_kind_of_layout_is_one_change() {
    let pointer = format!("{FIRST}/layout");
    let names = ["panel-1", "panel-2", "panel-3"];
    let plain = edited(&pointer, &automatic(&names));
    let on_grid = edited(&pointer, &grid(&names));
    assert_eq!(
        changes(&plain, &on_grid),
        one("panels[title=One].layout", ChangeKind::Removed)
    );
    assert_eq!(
        changes(&on_grid, &plain),
        one("panels[title=One].layout", ChangeKind::Added)
    );
    let mut wider = on_grid.clone();
    wider["layout"]["spec"]["tabs"][0]["spec"]["layout"]["spec"]["items"][2]["spec"]["height"] = 12.into();
    let found = changes(&plain, &wider);
    assert!(
        found.iter().any(|(path, _)| path.starts_with("panels[id=3].gridPos")),
        "{found:?}"
    );
}

#[test]
fn a_panel_that_goes_to_another_tab_or_row_is_told_at_the_panel() {
    let mut after = page();
    let items = |page: &mut Value, pointer: &str| page.pointer_mut(pointer).unwrap().as_array_mut().unwrap().clone();
    let mut first = items(&mut after, &format!("{FIRST}/layout/spec/items"));
    let moved = first.remove(1);
    let name = moved["spec"]["element"].clone();
    after["layout"]["spec"]["tabs"][0]["spec"]["layout"]["spec"]["items"] = first.into();
    let place = json!({"kind": "GridLayoutItem", "spec": {"x": 8, "y": 0, "width": 8, "height": 10, "element": name}});
    after
        .pointer_mut(&format!("{ROW}/layout/spec/items"))
        .unwrap()
        .as_array_mut()
        .unwrap()
        .push(place);
    let found = compare(&page(), &after, &Context::default()).changes;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].place.keyed_path(), "panels[id=2].row");
    assert_eq!(
        [&found[0].before, &found[0].after],
        [&Some(json!({"tab": "One"})), &Some("Up".into())]
    );
}

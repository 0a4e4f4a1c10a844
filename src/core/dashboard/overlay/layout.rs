//! Where the panels of a v2 dashboard lie, and how an overlay has them elsewhere.
//!
//! Tabs, rows, grids and automatic grids lie within each other. A panel lies in a grid or an automatic one, as an item that names its
//! element; rows and tabs lie in lists of their kind.

use serde_json::{Map, Value, json};

use super::change::NEW;
use super::names::{Found, Key, Noun, Thing, find, text};

/// What a place may say of a cell, and how an item of a grid calls it.
const CELL: [(&str, &str); 4] = [("x", "x"), ("y", "y"), ("w", "width"), ("h", "height")];

/// The kinds of layouts, and the list that each keeps.
fn list_of(layout: &Value) -> Option<&'static str> {
    match layout.get("kind")?.as_str()? {
        "GridLayout" | "AutoGridLayout" => Some("items"),
        "RowsLayout" => Some("rows"),
        "TabsLayout" => Some("tabs"),
        _ => None,
    }
}

fn is_grid(layout: &Value) -> bool {
    layout.get("kind").is_some_and(|kind| kind == "GridLayout")
}

/// All layouts, outer ones first.
fn layouts(dashboard: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec!["/layout".to_owned()];
    while let Some(pointer) = open.pop() {
        let Some(layout) = dashboard.pointer(&pointer) else {
            continue;
        };
        if let Some(list @ ("rows" | "tabs")) = list_of(layout) {
            let many = layout["spec"][list].as_array().map_or(0, Vec::len);
            open.extend(
                (0..many)
                    .rev()
                    .map(|at| format!("{pointer}/spec/{list}/{at}/spec/layout")),
            );
        }
        found.push(pointer);
    }
    found
}

/// All rows, or all tabs.
pub(super) fn containers(dashboard: &Value, noun: Noun) -> Vec<Found> {
    let list = if noun == Noun::Tab { "tabs" } else { "rows" };
    let mut all = Vec::new();
    for pointer in layouts(dashboard) {
        let layout = dashboard
            .pointer(&pointer)
            .filter(|layout| list_of(layout) == Some(list));
        let items = layout.and_then(|layout| layout["spec"][list].as_array());
        for (at, item) in items.into_iter().flatten().enumerate() {
            all.push(Found {
                pointer: format!("{pointer}/spec/{list}/{at}"),
                name: text(item, "/spec/title"),
                id: None,
            });
        }
    }
    all
}

/// Which item of which layout shows an element.
struct Item {
    layout: String,
    at: usize,
}

fn item_of(dashboard: &Value, element: &str) -> Option<Item> {
    layouts(dashboard).into_iter().find_map(|layout| {
        let items = dashboard.pointer(&format!("{layout}/spec/items"))?.as_array()?;
        let at = items
            .iter()
            .position(|item| text(item, "/spec/element/name") == element)?;
        Some(Item { layout, at })
    })
}

/// The elements that are shown at a place of the layout, or in it.
pub(super) fn shown(dashboard: &Value, pointer: &str) -> Vec<String> {
    fn collect(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                if fields.get("kind").is_some_and(|kind| kind == "ElementReference") {
                    found.push(text(value, "/name"));
                }
                fields.values().for_each(|value| collect(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| collect(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    if let Some(value) = dashboard.pointer(pointer).filter(|_| pointer.starts_with("/layout")) {
        collect(value, &mut found);
    }
    found
}

/// The element's name at a place among the elements.
fn name_of(pointer: &str) -> String {
    let last = pointer.rsplit('/').next().unwrap_or_default();
    last.replace("~1", "/").replace("~0", "~")
}

/// What a place names: that it lies in, or below.
struct Target {
    layout: String,
    /// The item below which it lies.
    below: Option<usize>,
    /// Whether it lies at the top.
    first: bool,
}

/// Puts a panel to its place: into a tab or a row, below another panel, or on a cell.
pub(super) fn place(dashboard: &mut Value, pointer: &str, wanted: &Value) -> Result<(), String> {
    let element = name_of(pointer);
    let Value::Object(wanted) = wanted else {
        return Err("it has x, y, w and h, in or below".into());
    };
    let known = |key: &str| matches!(key, "in" | "below") || CELL.iter().any(|(name, _)| *name == key);
    if let Some(key) = wanted.keys().find(|key| !known(key)) {
        return Err(format!("a place has no {key}; it has x, y, w and h, in or below"));
    }
    let now = item_of(dashboard, &element);
    let target = target(dashboard, wanted, now.as_ref())?;
    let layout = dashboard.pointer(&target.layout).cloned().unwrap_or_default();
    let own = now.as_ref().and_then(|now| {
        let items = dashboard.pointer(&format!("{}/spec/items/{}", now.layout, now.at))?;
        items.get("spec").and_then(Value::as_object).cloned()
    });
    let own = own.unwrap_or_else(|| Map::from_iter([("element".to_owned(), reference(&element))]));
    if !is_grid(&layout) {
        if let Some((key, _)) = CELL.iter().find(|(key, _)| wanted.contains_key(*key)) {
            return Err(format!(
                "an automatic grid places its panels itself, so that there is no {key}: say in or below"
            ));
        }
        let spec = own
            .into_iter()
            .filter(|(key, _)| !CELL.iter().any(|(_, name)| name == key));
        let item = json!({"kind": "AutoGridLayoutItem", "spec": spec.collect::<Map<_, _>>()});
        return insert(dashboard, now, &target, item);
    }
    let cell = cell(&layout, wanted, &own, &target)?;
    let mut spec = own;
    for ((_, name), value) in CELL.iter().zip(cell) {
        spec.insert((*name).to_owned(), value.into());
    }
    let makes_room = target.below.is_some() || target.first;
    let pointer = target.layout.clone();
    let same = now.as_ref().filter(|now| now.layout == pointer).map(|now| now.at);
    if makes_room {
        push_down(dashboard, &pointer, same, cell[1], cell[3]);
    }
    insert(dashboard, now, &target, json!({"kind": "GridLayoutItem", "spec": spec}))
}

fn reference(element: &str) -> Value {
    json!({"kind": "ElementReference", "name": element})
}

/// Where it goes.
fn target(dashboard: &Value, wanted: &Map<String, Value>, now: Option<&Item>) -> Result<Target, String> {
    let named = |key: &str, nouns: &[Noun], says: &str| -> Result<Option<(Noun, String)>, String> {
        let Some(value) = wanted.get(key) else { return Ok(None) };
        match value.as_str().map(Key::parse) {
            Some(Ok(Key::Thing(thing))) if nouns.contains(&thing.noun) && !thing.is_new => {
                Ok(Some((thing.noun, find(dashboard, &thing)?)))
            }
            _ => Err(format!("{key} names {says}")),
        }
    };
    let below = named(
        "below",
        &[Noun::Panel, Noun::Row],
        "a panel or a row, as in below: panel \"CPU\"",
    )?;
    let inside = named("in", &[Noun::Row, Noun::Tab], "a row or a tab, as in in: row \"Nodes\"")?;
    let open = |container: &str| {
        let layout = format!("{container}/spec/layout");
        match dashboard.pointer(&layout).and_then(list_of) {
            Some("items") => Ok(layout),
            Some(list) => Err(format!("it has {list} of its own: name one of them")),
            None => Err("it has no layout that could hold a panel".to_owned()),
        }
    };
    match (below, inside) {
        (Some(_), Some(_)) => Err("it has in or below, and not both".into()),
        (Some((Noun::Panel, other)), None) => {
            let item = item_of(dashboard, &name_of(&other)).ok_or("what it shall be below lies nowhere itself")?;
            Ok(Target {
                layout: item.layout,
                below: Some(item.at),
                first: false,
            })
        }
        (Some((_, container)), None) => Ok(Target {
            layout: open(&container)?,
            below: None,
            first: true,
        }),
        (None, Some((_, container))) => Ok(Target {
            layout: open(&container)?,
            below: None,
            first: false,
        }),
        (None, None) => {
            let layout = match now {
                Some(now) => now.layout.clone(),
                None => match dashboard.get("layout").and_then(list_of) {
                    Some("items") => "/layout".to_owned(),
                    Some(list) => {
                        return Err(format!(
                            "the dashboard has {list}: say in which of them it lies, as in in: {} \"…\"",
                            &list[..list.len() - 1]
                        ));
                    }
                    None => return Err("the dashboard has no layout that could hold a panel".into()),
                },
            };
            Ok(Target {
                layout,
                below: None,
                first: false,
            })
        }
    }
}

/// The cell on a grid: what is said, what follows from the neighbour, what it has.
fn cell(
    layout: &Value,
    wanted: &Map<String, Value>,
    own: &Map<String, Value>,
    target: &Target,
) -> Result<[u64; 4], String> {
    let items = layout.pointer("/spec/items").and_then(Value::as_array);
    let items = items.map_or(&[][..], Vec::as_slice);
    let number = |item: &Value, key: &str| {
        item.pointer(&format!("/spec/{key}"))
            .and_then(Value::as_u64)
            .unwrap_or(0)
    };
    let bottom = items
        .iter()
        .map(|item| number(item, "y") + number(item, "height"))
        .max()
        .unwrap_or(0);
    let had = |key: &str| own.get(key).and_then(Value::as_u64);
    let is_there = had("y").is_some() && !wanted.contains_key("in");
    let (x, y) = match (target.below.and_then(|at| items.get(at)), target.first) {
        (Some(above), _) => (number(above, "x"), number(above, "y") + number(above, "height")),
        (None, true) => (0, 0),
        (None, false) if is_there => (had("x").unwrap_or(0), had("y").unwrap_or(0)),
        (None, false) => (0, bottom),
    };
    let usual = [x, y, had("width").unwrap_or(NEW.0), had("height").unwrap_or(NEW.1)];
    let mut cell = usual;
    for (at, (key, _)) in CELL.iter().enumerate() {
        if let Some(value) = wanted.get(*key) {
            cell[at] = value.as_u64().ok_or_else(|| format!("{key} is a number"))?;
        }
    }
    Ok(cell)
}

/// Everything of a grid beside `but` that begins there or further down goes down.
fn push_down(dashboard: &mut Value, layout: &str, but: Option<usize>, from: u64, by: u64) {
    let items = dashboard
        .pointer_mut(&format!("{layout}/spec/items"))
        .and_then(Value::as_array_mut);
    for (at, item) in items.into_iter().flatten().enumerate() {
        if let Some(y) = item.pointer("/spec/y").and_then(Value::as_u64)
            && Some(at) != but
            && y >= from
        {
            item["spec"]["y"] = (y + by).into();
        }
    }
}

/// Takes the item out where it is, and puts it where it shall be.
fn insert(dashboard: &mut Value, now: Option<Item>, target: &Target, item: Value) -> Result<(), String> {
    let list = |layout: &str| format!("{layout}/spec/items");
    let mut after = target.below;
    // On a grid the list's order says nothing: there it keeps its turn.
    let stays = now
        .as_ref()
        .filter(|now| now.layout == target.layout && item["kind"] == "GridLayoutItem");
    if let Some(now) = stays {
        if let Some(there) = dashboard.pointer_mut(&format!("{}/{}", list(&now.layout), now.at)) {
            *there = item;
        }
        return Ok(());
    }
    if let Some(now) = now {
        if let Some(Value::Array(items)) = dashboard.pointer_mut(&list(&now.layout)) {
            items.remove(now.at);
        }
        if now.layout == target.layout && after.is_some_and(|after| after > now.at) {
            after = after.map(|after| after - 1);
        }
    }
    let Some(layout) = dashboard.pointer_mut(&target.layout) else {
        return Err("its place is gone".into());
    };
    if !layout["spec"]["items"].is_array() {
        layout["spec"]["items"] = json!([]);
    }
    if let Some(items) = layout["spec"]["items"].as_array_mut() {
        let at = match (after, target.first) {
            (Some(after), _) => after + 1,
            (None, true) => 0,
            (None, false) => items.len(),
        };
        items.insert(at.min(items.len()), item);
    }
    Ok(())
}

/// A row or a tab to another turn among its kind.
pub(super) fn turn(dashboard: &mut Value, pointer: &str, noun: Noun, wanted: &Value) -> Result<(), String> {
    let says = || format!("it has below, as in below: {} \"…\"", noun.word());
    let below = wanted
        .as_object()
        .filter(|wanted| wanted.len() == 1)
        .and_then(|wanted| wanted.get("below")?.as_str());
    let other = match Key::parse(below.ok_or_else(says)?) {
        Ok(Key::Thing(thing)) if thing.noun == noun && !thing.is_new => find(dashboard, &thing)?,
        _ => return Err(says()),
    };
    let split = |pointer: &str| -> Option<(String, usize)> {
        let (list, at) = pointer.rsplit_once('/')?;
        Some((list.to_owned(), at.parse().ok()?))
    };
    let (Some((list, from)), Some((there, to))) = (split(pointer), split(&other)) else {
        return Err(says());
    };
    if list != there {
        return Err(format!("the two {}s lie in different layouts", noun.word()));
    }
    if let Some(Value::Array(items)) = dashboard.pointer_mut(&list)
        && from != to
    {
        let item = items.remove(from);
        items.insert(if to > from { to } else { to + 1 }, item);
    }
    Ok(())
}

/// A new row or tab, with a grid in it: at the end of the layout that has its kind. Gives where it is.
pub(super) fn new_container(dashboard: &mut Value, thing: &Thing<'_>, title: &str) -> Result<String, String> {
    let (list, kind) = match thing.noun {
        Noun::Tab => ("tabs", "TabsLayoutTab"),
        _ => ("rows", "RowsLayoutRow"),
    };
    let all = layouts(dashboard);
    let mut fitting = all
        .iter()
        .filter(|pointer| dashboard.pointer(pointer).and_then(list_of) == Some(list));
    let (first, more) = (fitting.next().cloned(), fitting.next().is_some());
    let pointer = match (first, more) {
        (Some(pointer), false) => pointer,
        (Some(_), true) => {
            return Err(format!(
                "the dashboard has {list} in several places: put it into the file"
            ));
        }
        (None, _) => {
            return Err(format!(
                "the dashboard has no {list}: its layout is changed in its file"
            ));
        }
    };
    let items = dashboard.pointer_mut(&format!("{pointer}/spec/{list}"));
    let Some(items) = items.and_then(Value::as_array_mut) else {
        return Err(format!("{pointer} has no {list}"));
    };
    let mut spec = json!({"title": title, "layout": {"kind": "GridLayout", "spec": {"items": []}}});
    if thing.noun == Noun::Row {
        spec["collapse"] = false.into();
    }
    items.push(json!({"kind": kind, "spec": spec}));
    Ok(format!("{pointer}/spec/{list}/{}", items.len() - 1))
}

#[cfg(test)]
mod tests {
    use super::super::{OverlayError, overlay};
    use super::*;
    use crate::dashboard::Document;

    fn element(id: u64, title: &str) -> Value {
        json!({"kind": "Panel", "spec": {"id": id, "title": title,
            "data": {"kind": "QueryGroup", "spec": {"queries": [], "transformations": [], "queryOptions": {}}},
            "vizConfig": {"kind": "VizConfig", "group": "stat", "version": "", "spec": {"options": {}, "fieldConfig": {"defaults": {}, "overrides": []}}}}})
    }

    fn on_grid(name: &str, x: u64, y: u64, w: u64, h: u64) -> Value {
        json!({"kind": "GridLayoutItem", "spec": {"x": x, "y": y, "width": w, "height": h, "element": reference(name)}})
    }

    fn grid(items: &[Value]) -> Value {
        json!({"kind": "GridLayout", "spec": {"items": items}})
    }

    fn dashboard(layout: Value) -> Document {
        let elements =
            json!({"panel-1": element(1, "CPU"), "panel-2": element(2, "RAM"), "panel-3": element(3, "Disk")});
        Document::v2(
            "v2",
            "d",
            json!({"title": "D", "elements": elements, "layout": layout, "variables": [], "annotations": []}),
        )
    }

    /// A tab with two rows, one of which places its panels itself, and a tab with a grid.
    fn tabs() -> Document {
        let row = |title: &str, layout: Value| json!({"kind": "RowsLayoutRow", "spec": {"title": title, "collapse": false, "layout": layout}});
        let tab =
            |title: &str, layout: Value| json!({"kind": "TabsLayoutTab", "spec": {"title": title, "layout": layout}});
        let auto = json!({"kind": "AutoGridLayout", "spec": {"items": [
            {"kind": "AutoGridLayoutItem", "spec": {"element": reference("panel-2")}}]}});
        let rows = json!({"kind": "RowsLayout", "spec": {"rows": [
            row("Used", grid(&[on_grid("panel-1", 0, 0, 12, 8)])), row("Left", auto)]}});
        dashboard(json!({"kind": "TabsLayout", "spec": {"tabs": [
            tab("All", rows), tab("More", grid(&[on_grid("panel-3", 0, 0, 24, 4)]))]}}))
    }

    fn with(mut document: Document, patch: &Value) -> Result<Value, OverlayError> {
        overlay(&mut document, patch)?;
        Ok(document.into_content())
    }

    /// The items below a layout: element and cell.
    fn items(dashboard: &Value, layout: &str) -> Vec<(String, [u64; 4])> {
        let list = dashboard
            .pointer(&format!("{layout}/spec/items"))
            .and_then(Value::as_array)
            .unwrap();
        let number = |item: &Value, key: &str| item["spec"][key].as_u64().unwrap_or(0);
        list.iter()
            .map(|item| (text(item, "/spec/element/name"), CELL.map(|(_, key)| number(item, key))))
            .collect()
    }

    const USED: &str = "/layout/spec/tabs/0/spec/layout/spec/rows/0/spec/layout";
    const LEFT: &str = "/layout/spec/tabs/0/spec/layout/spec/rows/1/spec/layout";
    const MORE: &str = "/layout/spec/tabs/1/spec/layout";

    #[test]
    fn a_panel_moves_on_its_grid_and_what_is_below_makes_room() {
        let two = || {
            dashboard(grid(&[
                on_grid("panel-1", 0, 0, 12, 8),
                on_grid("panel-2", 0, 8, 12, 4),
                on_grid("panel-3", 12, 0, 12, 6),
            ]))
        };
        let found = with(
            two(),
            &json!({"panel \"Disk\"": {"place": {"below": "panel \"CPU\"", "w": 6}}}),
        )
        .unwrap();
        let wanted = [
            ("panel-1", [0, 0, 12, 8]),
            ("panel-2", [0, 14, 12, 4]),
            ("panel-3", [0, 8, 6, 6]),
        ];
        assert_eq!(
            items(&found, "/layout"),
            wanted.map(|(name, cell)| (name.to_owned(), cell))
        );
        let found = with(two(), &json!({"panel 1": {"place": {"h": 3}}})).unwrap();
        assert_eq!(items(&found, "/layout")[0].1, [0, 0, 12, 3]);
    }

    #[test]
    fn a_panel_goes_into_a_row_or_a_tab_and_takes_their_kind_of_place() {
        let found = with(tabs(), &json!({"panel \"CPU\"": {"place": {"in": "tab \"More\""}}})).unwrap();
        assert_eq!(items(&found, USED), []);
        assert_eq!(items(&found, MORE)[1], ("panel-1".to_owned(), [0, 4, 12, 8]));
        let found = with(tabs(), &json!({"panel \"Disk\"": {"place": {"in": "row \"Left\""}}})).unwrap();
        assert_eq!(
            found.pointer(&format!("{LEFT}/spec/items/1")).unwrap(),
            &json!({"kind": "AutoGridLayoutItem", "spec": {"element": reference("panel-3")}})
        );
        let found = with(tabs(), &json!({"panel \"RAM\"": {"place": {"below": "row \"Used\""}}})).unwrap();
        let wanted = [("panel-2", [0, 0, 12, 8]), ("panel-1", [0, 8, 12, 8])];
        assert_eq!(items(&found, USED), wanted.map(|(name, cell)| (name.to_owned(), cell)));
    }

    #[test]
    fn new_panels_rows_tabs_and_variables_come_in_the_words_of_the_classic_form() {
        let patch = json!({
            "new tab \"Own\"": {},
            "new panel \"Headroom\"": {"type": "timeseries", "unit": "bytes", "place": {"in": "tab \"Own\"", "h": 5},
                "targets": [{"refId": "A", "expr": "sum(up)", "datasource": {"type": "prometheus", "uid": "prom"}}]},
            "new row \"Third\"": {"collapse": true},
            "new variable \"zone\"": {"type": "custom", "query": "a,b"},
            "row \"Third\"": {"place": {"below": "row \"Used\""}},
        });
        let found = with(tabs(), &patch).unwrap();
        let element = &found["elements"]["panel-4"]["spec"];
        assert_eq!((&element["title"], &element["id"]), (&json!("Headroom"), &json!(4)));
        assert_eq!(element["vizConfig"]["group"], "timeseries");
        assert_eq!(element["vizConfig"]["spec"]["fieldConfig"]["defaults"]["unit"], "bytes");
        let query = &element["data"]["spec"]["queries"][0]["spec"];
        assert_eq!(
            (&query["refId"], &query["query"]["spec"]["expr"]),
            (&json!("A"), &json!("sum(up)"))
        );
        assert_eq!(
            items(&found, "/layout/spec/tabs/2/spec/layout"),
            [("panel-4".to_owned(), [0, 0, 12, 5])]
        );
        let rows = found.pointer("/layout/spec/tabs/0/spec/layout/spec/rows").unwrap();
        let titles: Vec<String> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| text(row, "/spec/title"))
            .collect();
        assert_eq!(titles, ["Used", "Third", "Left"]);
        assert_eq!(rows[1]["spec"]["collapse"], true);
        assert_eq!(
            (&found["variables"][0]["kind"], &found["variables"][0]["spec"]["name"]),
            (&json!("CustomVariable"), &json!("zone"))
        );
        let found = with(
            dashboard(grid(&[on_grid("panel-1", 0, 0, 12, 8)])),
            &json!({"new panel \"N\"": {"type": "stat"}}),
        )
        .unwrap();
        assert_eq!(items(&found, "/layout")[1], ("panel-4".to_owned(), [0, 8, 12, 8]));
    }

    #[test]
    fn a_tab_that_goes_takes_its_panels_along() {
        let found = with(tabs(), &json!({"tab \"All\"": null})).unwrap();
        assert_eq!(
            found["elements"].as_object().unwrap().keys().collect::<Vec<_>>(),
            ["panel-3"]
        );
    }

    #[test]
    fn what_can_not_be_is_an_error_with_the_way_out() {
        for (patch, expected) in [
            (
                json!({"new panel \"N\"": {"type": "stat"}}),
                "the dashboard has tabs: say in which of them it lies, as in in: tab",
            ),
            (
                json!({"panel \"CPU\"": {"place": {"in": "tab \"All\""}}}),
                "it has rows of its own: name one of them",
            ),
            (
                json!({"panel \"RAM\"": {"place": {"w": 6}}}),
                "an automatic grid places its panels itself",
            ),
            (
                json!({"panel \"RAM\"": {"place": {"in": "tab \"Mroe\""}}}),
                "there is no such tab; did you mean \"More\"?",
            ),
            (
                json!({"panel \"CPU\"": {"place": {"above": "panel \"RAM\""}}}),
                "a place has no above",
            ),
            (
                json!({"panel \"CPU\"": {"place": {"in": "panel \"RAM\""}}}),
                "in names a row or a tab",
            ),
            (
                json!({"row \"Used\"": {"place": {"x": 3}}}),
                "it has below, as in below: row",
            ),
        ] {
            let error = with(tabs(), &patch).unwrap_err().to_string();
            assert!(error.contains(expected), "{patch}: {error}");
        }
        let rows = with(dashboard(grid(&[])), &json!({"new row \"R\"": {}}))
            .unwrap_err()
            .to_string();
        assert!(
            rows.contains("the dashboard has no rows: its layout is changed in its file"),
            "{rows}"
        );
    }
}

//! What somebody did to a layout, in one sentence: panels moved together, a row taken away from around them, another order, another kind.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};

use super::parts::{Plain, Shown, element, panels_in};
use super::phrase::{GLANCE, cut};
use crate::dashboard::compare::{Change, ChangeKind, Place, Printable, Step};

/// From so many panels on, a move from one row or tab to another is one sentence.
const TOGETHER: usize = 2;

/// Lists whose elements have names that people know them by.
const LISTS: &[&str] = &[
    "list",
    "overrides",
    "properties",
    "tags",
    "targets",
    "transformations",
    "variables",
];

/// Gives panels that went from one row or tab to another together one sentence, with the one they left where that was taken away.
pub(super) fn moved_together(changes: &[Change], sentences: &mut [Option<String>]) {
    let mut ways: BTreeMap<[String; 2], Vec<usize>> = BTreeMap::new();
    for (position, change) in changes.iter().enumerate() {
        let is_panel =
            matches!(change.place.steps(), [_, Step::Item { noun: None, .. }, Step::Key(row)] if row == "row");
        if is_panel && change.kind == ChangeKind::Moved {
            ways.entry(ends(change)).or_default().push(position);
        }
    }
    for ([from, to], positions) in &ways {
        let panel = |at: &usize| Place::new(changes[*at].place.steps()[..2].to_vec()).to_string();
        let panels = positions.iter().map(panel).collect::<Vec<_>>().join(", ");
        let is_only_way = ways.keys().filter(|[other, _]| other == from).count() == 1;
        let left = bare(changes, ChangeKind::Removed, from).filter(|_| is_only_way);
        let around = bare(changes, ChangeKind::Added, to).filter(|_| from == NOWHERE);
        let told = match (left, around) {
            (Some(left), _) => {
                let where_to = if to == NOWHERE {
                    "kept".to_owned()
                } else {
                    format!("moved to {to}")
                };
                let told = format!("{from} removed, its panels {where_to}: {panels}");
                sentences[left] = Some(told.clone());
                told
            }
            (None, Some(around)) => {
                let told = format!("{to} added around {panels}");
                sentences[around] = Some(told.clone());
                told
            }
            (None, None) if positions.len() >= TOGETHER => {
                format!("{} panels moved from {from} to {to}: {panels}", positions.len())
            }
            (None, None) => continue,
        };
        for position in positions {
            sentences[*position] = Some(told.clone());
        }
    }
}

/// Gives a row that came or went with all that lay in it one sentence.
pub(super) fn whole_rows(changes: &[Change], sentences: &mut [Option<String>]) {
    let mut rows: BTreeMap<(bool, usize), Vec<usize>> = BTreeMap::new();
    for (position, change) in changes.iter().enumerate() {
        if let Some(row) = change.together {
            let came = change.kind == ChangeKind::Added;
            rows.entry((came, row)).or_default().push(position);
        }
    }
    for positions in rows.into_values() {
        let is_row = |at: &usize| {
            let value = changes[*at].after.as_ref().or(changes[*at].before.as_ref());
            value.and_then(|value| value.get("type")?.as_str()) == Some("row")
        };
        let (row, panels): (Vec<usize>, Vec<usize>) = positions.iter().partition(|at| is_row(at));
        // An ignored row, or panel, is not here; the rest is told as it is.
        let ([row], false) = (row.as_slice(), panels.is_empty()) else {
            continue;
        };
        let copied = changes[*row].copy_of.as_ref();
        let copied = copied.map_or_else(String::new, |original| format!(", a copy of {original},"));
        let names: Vec<String> = panels.iter().map(|at| changes[*at].place.to_string()).collect();
        let told = format!("{}{copied} with its panels: {}", changes[*row].place, names.join(", "));
        for position in positions {
            sentences[position] = Some(told.clone());
        }
    }
}

/// The row or tab of this name that was taken away, or put there, without a panel of its own, where there is one such.
fn bare(changes: &[Change], kind: ChangeKind, name: &str) -> Option<usize> {
    let is_it = |change: &Change| {
        let side = if kind == ChangeKind::Removed {
            &change.before
        } else {
            &change.after
        };
        let container = side.as_ref().filter(|_| change.kind == kind);
        let is_whole = matches!(change.place.steps(), [Step::Key(panels), Step::Item { .. }] if panels == "panels");
        is_whole
            && container.is_some_and(|container| panels_in(container) == 0 && named(container).as_deref() == Some(name))
    };
    let mut found = (0..changes.len()).filter(|at| is_it(&changes[*at]));
    found.next().filter(|_| found.next().is_none())
}

/// What a row or a tab is called, as [`ends`] do.
fn named(container: &Value) -> Option<String> {
    let title = container.get("title").and_then(Value::as_str).unwrap_or_default();
    match container.get("type")?.as_str()? {
        "row" => Some(end(Some(&title.into()))),
        "tab" => Some(end(Some(&json!({"tab": title})))),
        _ => None,
    }
}

const NOWHERE: &str = "no row";

/// `from tab "One" to row "Two"`
pub(super) fn way(change: &Change) -> String {
    let [from, to] = ends(change);
    format!("from {from} to {to}")
}

fn ends(change: &Change) -> [String; 2] {
    [end(change.before.as_ref()), end(change.after.as_ref())]
}

fn end(container: Option<&Value>) -> String {
    match container {
        Some(Value::String(title)) if title.is_empty() => "a row without a title".to_owned(),
        Some(Value::String(title)) => format!("row \"{}\"", Printable(title)),
        Some(Value::Object(tab)) => match tab.get("tab").and_then(Value::as_str) {
            Some(title) if !title.is_empty() => format!("tab \"{}\"", Printable(title)),
            _ => "a tab without a title".to_owned(),
        },
        Some(Value::Number(row)) => format!("row {row}"),
        _ => NOWHERE.to_owned(),
    }
}

/// A list in another order: what of it went elsewhere, where that is one (`variable "d" moved before variable "a"`), else both
/// orders.
pub(super) fn order(change: &Change) -> Option<String> {
    let names = |side: &Option<Value>| -> Option<Vec<String>> {
        let elements = side.as_ref()?.as_array()?.iter();
        Some(elements.map(|one| element_words(&change.place, one)).collect())
    };
    let (before, after) = (names(&change.before)?, names(&change.after)?);
    Some(match one_moved(&before, &after) {
        Some(told) => format!("{}{told}", lead(&change.place)),
        None => {
            let list = |names: &[String]| cut(&names.join(", "), GLANCE);
            format!(
                "{}: in another order, {} -> {}",
                change.place,
                list(&before),
                list(&after)
            )
        }
    })
}

/// What stands before an element's own words: what it belongs to, or, where those don't say what it is, the list.
fn lead(list: &Place) -> String {
    match list.last_key() {
        Some("panels") => String::new(),
        Some(key) if LISTS.contains(&key) => {
            let (around, _) = list.steps().split_at(own_keys(list));
            let around = Place::new(around.to_vec());
            if around.steps().is_empty() {
                String::new()
            } else {
                format!("{around} › ")
            }
        }
        _ => format!("{list}: "),
    }
}

/// Where the keys begin that lead to a list from what it belongs to.
fn own_keys(list: &Place) -> usize {
    let is_key = |step: &Step| matches!(step, Step::Key(_));
    list.steps()
        .iter()
        .rposition(|step| !is_key(step))
        .map_or(0, |last| last + 1)
}

/// Of two lists of the same names, what went elsewhere, where that is one.
fn one_moved(before: &[String], after: &[String]) -> Option<String> {
    // Of two of one name nobody can tell which.
    let mut known = HashSet::new();
    if !before.iter().all(|name| known.insert(name)) {
        return None;
    }
    // What stands alike at both ends stayed; of the rest, either end went to the other.
    let alike = |(one, other): &(&String, &String)| one == other;
    let start = before.iter().zip(after).take_while(alike).count();
    let (old, new) = (&before[start..], &after[start..]);
    let end = old.iter().rev().zip(new.iter().rev()).take_while(alike).count();
    let old = old.get(..old.len().checked_sub(end)?)?;
    let new = new.get(..new.len().checked_sub(end)?)?;
    let (moved, at) = match (old, new) {
        ([one, other], _) => return Some(format!("{one} and {other} changed places")),
        ([first, others @ ..], [rest @ .., last]) if first == last && others == rest => (first, start + rest.len()),
        ([rest @ .., last], [first, others @ ..]) if first == last && others == rest => (first, start),
        _ => return None,
    };
    Some(match after.get(at + 1) {
        Some(next) => format!("{moved} moved before {next}"),
        None => format!("{moved} moved to the end"),
    })
}

/// What an element of a list is called beside its neighbours.
fn element_words(list: &Place, one: &Value) -> String {
    let key = list.last_key().unwrap_or_default();
    match one {
        // Panels, rows and tabs are named in words already.
        Value::String(name) if key == "panels" => name.clone(),
        Value::String(name) if LISTS.contains(&key) => {
            let field = if key == "tags" { "" } else { "name" };
            let step = Step::Item {
                field,
                value: name.strip_prefix("byName:").unwrap_or(name).to_owned(),
                label: None,
                noun: None,
            };
            let (_, keys) = list.steps().split_at(own_keys(list));
            Place::new(keys.iter().cloned().chain([step]).collect()).to_string()
        }
        Value::Object(map) => {
            let title = map
                .get("title")
                .and_then(Value::as_str)
                .filter(|title| !title.is_empty());
            title.map_or_else(
                || element(key, one).trim_start_matches([':', ' ']).to_owned(),
                |title| format!("\"{}\"", Printable(title)),
            )
        }
        other => Shown(other).to_string(),
    }
}

/// Another kind of layout, however much it says.
pub(super) fn kinds(changes: &[Change], sentences: &mut [Option<String>]) {
    for (position, change) in changes.iter().enumerate() {
        let side = |value: Option<&Value>| value.and_then(|layout| layout.get("kind")?.as_str()).map(kind_words);
        let is_whole = change.place.last_key() == Some("layout");
        let around = |length: usize| Place::new(change.place.steps()[..length].to_vec());
        let length = change.place.steps().len();
        match (is_whole, side(change.before.as_ref()), side(change.after.as_ref())) {
            (true, None, Some(kind)) => {
                sentences[position] = Some(format!("{}: laid out as {kind}", around(length - 1)))
            }
            (true, Some(kind), None) => {
                sentences[position] = Some(format!("{}: no longer laid out as {kind}", around(length - 1)));
            }
            _ => {}
        }
    }
    // From one kind to another that both have a name: what one has and the other hasn't goes with it.
    let changed: Vec<usize> = (0..changes.len())
        .filter(|at| matches!(changes[*at].place.steps(), [.., Step::Key(layout), Step::Key(kind)] if layout == "layout" && kind == "kind"))
        .collect();
    for at in changed {
        let steps = changes[at].place.steps();
        let layout = &steps[..steps.len() - 1];
        let side = |value: &Option<Value>| value.as_ref().and_then(Value::as_str).map_or("a grid", kind_words);
        let (before, after) = (side(&changes[at].before), side(&changes[at].after));
        let around = Place::new(layout[..layout.len() - 1].to_vec());
        for (position, change) in changes.iter().enumerate() {
            if change.place.steps().starts_with(layout) {
                sentences[position] = Some(format!("{around}: laid out as {after} instead of {before}"));
            }
        }
    }
}

fn kind_words(kind: &str) -> &'static str {
    match kind {
        "AutoGridLayout" => "an auto grid",
        "TabsLayout" => "tabs",
        "RowsLayout" => "rows",
        _ => "something else",
    }
}

/// Gives the width of an automatic grid's columns, or the height of its rows, one sentence: a word and a number are one choice.
pub(super) fn sizes(changes: &[Change], sentences: &mut [Option<String>]) {
    for (mode, number, words) in [
        ("columnWidthMode", "columnWidth", "min column width"),
        ("rowHeightMode", "rowHeight", "row height"),
    ] {
        for (at, change) in changes.iter().enumerate() {
            let [around @ .., Step::Key(layout), Step::Key(key)] = change.place.steps() else {
                continue;
            };
            if layout != "layout" || key != mode {
                continue;
            }
            let is_number = |other: &Change| match other.place.steps() {
                [same @ .., Step::Key(layout), Step::Key(key)] => same == around && layout == "layout" && key == number,
                _ => false,
            };
            let other = changes.iter().position(is_number);
            let side = |of: fn(&Change) -> Option<&Value>| {
                let number = other.and_then(|at| of(&changes[at]));
                number
                    .or(of(change))
                    .map_or_else(|| "nothing".to_owned(), |value| Plain(value).to_string())
            };
            let (before, after) = (
                side(|change| change.before.as_ref()),
                side(|change| change.after.as_ref()),
            );
            let around = Place::new(around.to_vec());
            for position in [Some(at), other].into_iter().flatten() {
                sentences[position] = Some(format!("{around} › {words}: {before} -> {after}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::compare::{Context, compare};
    use crate::report::change::changes;
    use crate::report::semantic::Semantic;

    fn reference(name: &str) -> Value {
        json!({"kind": "ElementReference", "name": name})
    }

    /// A page of two tabs, each with an automatic grid of these panels.
    fn page(tabs: &[(&str, &[u64])]) -> Value {
        let tab = |(title, panels): &(&str, &[u64])| {
            let item = |id: &u64| json!({"kind": "AutoGridLayoutItem", "spec": {"element": reference(&format!("panel-{id}"))}});
            json!({"kind": "TabsLayoutTab", "spec": {"title": title, "layout": {"kind": "AutoGridLayout", "spec": {
                "columnWidthMode": "standard", "rowHeightMode": "standard", "items": panels.iter().map(item).collect::<Vec<_>>()}}}})
        };
        let element = |id: u64| json!({"kind": "Panel", "spec": {"id": id, "title": format!("P{id}")}});
        json!({"title": "A", "elements": {"panel-1": element(1), "panel-2": element(2), "panel-3": element(3)},
            "layout": {"kind": "TabsLayout", "spec": {"tabs": tabs.iter().map(tab).collect::<Vec<_>>()}}})
    }

    fn told(before: &Value, after: &Value) -> Vec<String> {
        let mut words: Vec<String> = changes(&compare(before, after, &Context::default()))
            .into_iter()
            .map(|change| change.words.unwrap_or(change.place))
            .collect();
        words.dedup();
        words
    }

    #[test]
    fn what_was_done_to_a_layout_is_one_sentence() {
        let before = page(&[("One", &[1, 2, 3]), ("Two", &[])]);
        assert_eq!(
            told(&before, &page(&[("One", &[2, 3, 1]), ("Two", &[])])),
            ["panel \"P1\" (id 1) moved to the end"]
        );
        assert_eq!(
            told(&before, &page(&[("One", &[2, 1, 3]), ("Two", &[])])),
            ["panel \"P1\" (id 1) and panel \"P2\" (id 2) changed places"]
        );
        assert_eq!(
            told(&before, &page(&[("One", &[1]), ("Two", &[2, 3])])),
            ["2 panels moved from tab \"One\" to tab \"Two\": panel \"P2\" (id 2), panel \"P3\" (id 3)"]
        );
        assert_eq!(
            told(&before, &page(&[("Two", &[1, 2, 3])])),
            [
                "tab \"One\" removed, its panels moved to tab \"Two\": panel \"P1\" (id 1), panel \"P2\" (id 2), panel \"P3\" (id 3)"
            ]
        );
        let ungrouped = compare(&before, &page(&[("Two", &[1, 2, 3])]), &Context::default());
        let report = Semantic::new(&ungrouped).to_string();
        assert!(
            report.starts_with("- tab \"One\" removed") && report.ends_with("\n1 removed.\n"),
            "{report}"
        );
        let with_panels = |ids: &[u64]| {
            let row = |y: u64, title: &str| json!({"id": 90 + y, "type": "row", "title": title, "collapsed": false, "panels": [], "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}});
            let panel = |(at, id): (usize, &u64)| json!({"id": id, "type": "stat", "title": format!("P{id}"), "gridPos": {"x": at * 8, "y": 1, "w": 8, "h": 8}});
            let inside = ids.iter().enumerate().map(panel);
            let first = (!ids.is_empty()).then(|| row(0, "One"));
            let all: Vec<Value> = first.into_iter().chain(inside).chain([row(9, "Two")]).collect();
            json!({"title": "A", "schemaVersion": 42, "panels": all})
        };
        let report = Semantic::new(&compare(&with_panels(&[1, 2]), &with_panels(&[]), &Context::default())).to_string();
        assert_eq!(
            report,
            "- row \"One\" with its panels: panel \"P1\" (id 1), panel \"P2\" (id 2)\n1 removed.\n"
        );
        let elements = json!({"panel-1": before["elements"]["panel-1"], "panel-2": before["elements"]["panel-2"]});
        let nowhere = json!({"title": "A", "elements": elements, "layout": {"kind": "GridLayout", "spec": {"items": [
            {"kind": "GridLayoutItem", "spec": {"x": 0, "y": 0, "width": 8, "height": 8, "element": reference("panel-1")}},
            {"kind": "GridLayoutItem", "spec": {"x": 8, "y": 0, "width": 8, "height": 8, "element": reference("panel-2")}}]}}});
        let mut around = nowhere.clone();
        let row =
            json!({"kind": "RowsLayoutRow", "spec": {"title": "New", "collapse": false, "layout": nowhere["layout"]}});
        around["layout"] = json!({"kind": "RowsLayout", "spec": {"rows": [row]}});
        let report = Semantic::new(&compare(&nowhere, &around, &Context::default())).to_string();
        assert_eq!(
            report,
            "↕ row \"New\" added around panel \"P1\" (id 1), panel \"P2\" (id 2)\n1 moved.\n"
        );
        let mut wide = before.clone();
        let grid = &mut wide["layout"]["spec"]["tabs"][0]["spec"]["layout"]["spec"];
        grid["columnWidthMode"] = "custom".into();
        grid["columnWidth"] = 420.into();
        assert_eq!(
            told(&before, &wide),
            ["tab \"One\" › min column width: standard -> 420"]
        );
    }

    #[test]
    fn another_order_is_told_by_what_went_elsewhere() {
        let variable = |name: &str| json!({"name": name, "type": "custom", "query": "1,2"});
        let link = |title: &str| json!({"title": title, "url": "/a", "type": "link"});
        let with = |key: &str, list: Vec<Value>| match key {
            "variables" => json!({"templating": {"list": list}}),
            "targets" => json!({"panels": [{"id": 1, "type": "stat", "title": "P", "targets": list}]}),
            key => json!({key: list}),
        };
        let of_order = |key: &str, of: &dyn Fn(&str) -> Value, orders: [&str; 2]| {
            let side = |order: &str| with(key, order.split(' ').map(of).collect());
            told(&side(orders[0]), &side(orders[1]))
        };
        for (order, words) in [
            ("d a b c", "variable \"d\" moved before variable \"a\""),
            ("a c d b", "variable \"b\" moved to the end"),
            ("a c b d", "variable \"b\" and variable \"c\" changed places"),
            (
                "d c b a",
                "variables: in another order, variable \"a\", variable \"b\", variable \"c\", variable \"d\" -> variable \"d\", \
                 variable \"c\", variable \"b\", variable \"a\"",
            ),
        ] {
            assert_eq!(of_order("variables", &variable, ["a b c d", order]), [words]);
        }
        assert_eq!(
            of_order("links", &link, ["a b c", "b c a"]),
            ["links: \"a\" moved to the end"]
        );
        let query = |name: &str| json!({"refId": name, "expr": format!("e{name}")});
        assert_eq!(
            of_order("targets", &query, ["A B C", "C A B"]),
            ["panel \"P\" (id 1) › query C moved before query A"]
        );
        // Of two of one name nobody can tell which.
        let alike = of_order("links", &link, ["a a c b", "b a a c"]);
        assert_eq!(
            alike,
            ["links: in another order, \"a\", \"a\", \"c\", \"b\" -> \"b\", \"a\", \"a\", \"c\""]
        );
    }
}

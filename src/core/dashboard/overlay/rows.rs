//! A row of a classic dashboard to another turn, with everything that is below it up to the next one.

use serde_json::Value;

use super::names::{Key, Noun, find};

/// Puts a row below another one's panels.
pub(super) fn turn(dashboard: &mut Value, pointer: &str, wanted: &Value) -> Result<(), String> {
    let says = || "a row goes below another one, as in below: row \"Nodes\"".to_owned();
    let below = wanted
        .as_object()
        .filter(|wanted| wanted.len() == 1)
        .and_then(|wanted| wanted.get("below")?.as_str());
    let other = match Key::parse(below.ok_or_else(says)?) {
        Ok(Key::Thing(thing)) if thing.noun == Noun::Row && !thing.is_new => find(dashboard, &thing)?,
        _ => return Err(says()),
    };
    let (Some((list, from)), Some((there, to))) = (split(pointer), split(&other)) else {
        return Err(says());
    };
    if list != there {
        return Err("the two rows lie in different lists".into());
    }
    let Some(items) = dashboard.pointer_mut(list).and_then(Value::as_array_mut) else {
        return Err(says());
    };
    match list {
        "/panels" if from != to => sections(items, from, to),
        _ if from != to => {
            // Rows from before Grafana 5 stand in their order.
            let row = items.remove(from);
            items.insert(if to > from { to } else { to + 1 }, row);
        }
        _ => {}
    }
    Ok(())
}

fn split(pointer: &str) -> Option<(&str, usize)> {
    let (list, at) = pointer.rsplit_once('/')?;
    Some((list, at.parse().ok()?))
}

fn number(item: &Value, key: &str) -> i64 {
    let cell = item.get("gridPos").and_then(|place| place.get(key));
    cell.and_then(Value::as_i64).unwrap_or(0)
}

/// Moves what begins with one row below what begins with another.
fn sections(items: &mut [Value], from: usize, to: usize) {
    let place = |item: &Value| (number(item, "y"), number(item, "x"));
    let was_sorted = items.is_sorted_by_key(place);
    let mut rows: Vec<(i64, usize)> = (0..items.len())
        .filter(|at| items[*at].get("type").is_some_and(|kind| kind == "row"))
        .map(|at| (number(&items[at], "y"), at))
        .collect();
    rows.sort_unstable();
    let end = items
        .iter()
        .map(|item| number(item, "y") + number(item, "h"))
        .max()
        .unwrap_or(0);
    let tops: Vec<i64> = rows.iter().map(|(y, _)| *y).chain([end]).collect();
    let section = |item: &Value| {
        tops[..rows.len()]
            .partition_point(|top| *top <= number(item, "y"))
            .checked_sub(1)
    };
    let turn = |at: usize| rows.iter().position(|(_, row)| *row == at);
    let (Some(moved), Some(other)) = (turn(from), turn(to)) else {
        return;
    };
    let of: Vec<Option<usize>> = items.iter().map(section).collect();
    let mut order: Vec<usize> = (0..rows.len()).filter(|turn| *turn != moved).collect();
    let after = order
        .iter()
        .position(|turn| *turn == other)
        .map_or(order.len(), |at| at + 1);
    order.insert(after, moved);
    let mut shift = vec![0; rows.len()];
    let mut top = tops[0];
    for turn in order {
        shift[turn] = top - tops[turn];
        top += tops[turn + 1] - tops[turn];
    }
    for (item, section) in items.iter_mut().zip(of) {
        let by = section.map_or(0, |section| shift[section]);
        move_by(item, by);
        for inside in item
            .get_mut("panels")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            move_by(inside, by);
        }
    }
    if was_sorted {
        items.sort_by_key(place);
    }
}

fn move_by(item: &mut Value, by: i64) {
    let y = number(item, "y") + by;
    if let Some(place) = item
        .get_mut("gridPos")
        .and_then(Value::as_object_mut)
        .filter(|_| by != 0)
    {
        place.insert("y".to_owned(), y.into());
    }
}

#[cfg(test)]
mod tests {
    use super::super::overlay;
    use crate::dashboard::Document;
    use serde_json::{Value, json};

    #[test]
    fn a_row_takes_its_panels_along() {
        let cell = |y: u64, h: u64| json!({"x": 0, "y": y, "w": 24, "h": h});
        let row = |title: &str, y: u64, panels: Value| json!({"type": "row", "title": title, "gridPos": cell(y, 1), "panels": panels});
        let panel = |title: &str, y: u64, h: u64| json!({"type": "stat", "title": title, "gridPos": cell(y, h)});
        let mut dashboard = Document::Classic(json!({"title": "D", "panels": [
            panel("Top", 0, 3), row("A", 3, json!([])), panel("a", 4, 6), row("B", 10, json!([panel("b", 11, 5)])),
            row("C", 11, json!([])), panel("c", 12, 4)]}));
        overlay(
            &mut dashboard,
            &json!({"row \"A\"": {"place": {"below": "row \"B\""}, "collapsed": true}}),
        )
        .unwrap();
        let found = dashboard.content();
        let lies = |at: usize| {
            (
                found["panels"][at]["title"].as_str().unwrap(),
                found["panels"][at]["gridPos"]["y"].as_i64().unwrap(),
            )
        };
        assert_eq!(
            (0..6).map(lies).collect::<Vec<_>>(),
            [("Top", 0), ("B", 3), ("A", 4), ("a", 5), ("C", 11), ("c", 12)]
        );
        assert_eq!(found["panels"][1]["panels"][0]["gridPos"]["y"], 4);
        assert_eq!(found["panels"][2]["collapsed"], true);
        overlay(&mut dashboard, &json!({"row \"A\"": {"place": {"below": "row \"C\""}}})).unwrap();
        overlay(&mut dashboard, &json!({"new row \"New\"": {}})).unwrap();
        let last = dashboard.content()["panels"].as_array().unwrap().last().unwrap();
        assert_eq!(
            (&last["type"], &last["title"], &last["gridPos"]),
            (&json!("row"), &json!("New"), &cell(16, 1))
        );
        let error = overlay(&mut dashboard, &json!({"row \"A\"": {"place": {"y": 3}}})).unwrap_err();
        assert!(error.to_string().contains("a row goes below another one"), "{error}");
    }
}

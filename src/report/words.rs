//! A difference in one sentence, where there is one: what somebody did, not where it stands in a file.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::layout;
use super::parts::{Plain, Shown, element, rules};
use super::phrase::{GLANCE, cut, plural};
use super::setting::{self, in_words};
use crate::dashboard::compare::{Change, ChangeKind, Place, Printable, Step, transformation};

/// The sentence of each change that has one. Changes that one sentence tells together, such as a panel's new place and
/// size, carry the same.
pub(super) fn sentences(changes: &[Change]) -> Vec<Option<String>> {
    let mut sentences = one_by_one(changes);
    defaults(changes, &mut sentences);
    filled_in(changes, &mut sentences);
    intervals(changes, &mut sentences);
    sources(changes, &mut sentences);
    sources_of_queries(changes, &mut sentences);
    time_range(changes, &mut sentences);
    setting::together(changes, &mut sentences);
    setting::query_types(changes, &mut sentences);
    setting::thresholds(changes, &mut sentences);
    layout::whole_rows(changes, &mut sentences);
    layout::moved_together(changes, &mut sentences);
    layout::kinds(changes, &mut sentences);
    layout::sizes(changes, &mut sentences);
    gather(changes, &mut sentences);
    sentences
}

/// Gives another time range one sentence: it is chosen as one.
fn time_range(changes: &[Change], sentences: &mut [Option<String>]) {
    let end = |key: &str| {
        let is_it = |change: &Change| matches!(change.place.steps(), [Step::Key(time), Step::Key(end)] if time == "time" && end == key);
        changes.iter().position(is_it)
    };
    let (Some(from), Some(to)) = (end("from"), end("to")) else {
        return;
    };
    let side = |of: fn(&Change) -> Option<&Value>| {
        let end = |at: usize| of(&changes[at]).map_or_else(|| "nothing".to_owned(), |value| Plain(value).to_string());
        format!("{} to {}", end(from), end(to))
    };
    let (before, after) = (
        side(|change| change.before.as_ref()),
        side(|change| change.after.as_ref()),
    );
    for at in [from, to] {
        sentences[at] = Some(format!("time range: {before} -> {after}"));
    }
}

/// Gives a variable's new default one sentence: its text and its value say the same.
fn defaults(changes: &[Change], sentences: &mut [Option<String>]) {
    let mut variables: BTreeMap<(String, &str), Vec<usize>> = BTreeMap::new();
    for (position, change) in changes.iter().enumerate() {
        // A variable of the dashboard's, or of a row's or a tab's.
        let (owner, inside) = match change.place.steps() {
            [Step::Key(templating), Step::Key(_), inside @ ..] if templating == "templating" => (None, inside),
            [list, row, Step::Key(variables), inside @ ..] if variables == "variables" => {
                (Some(Place::new(vec![list.clone(), row.clone()])), inside)
            }
            _ => continue,
        };
        if let [Step::Item { value, .. }, Step::Key(key), inside @ ..] = inside
            && key == "current"
            && !matches!(inside, [Step::Key(part), ..] if !matches!(part.as_str(), "text" | "value"))
        {
            let owner = owner.map_or_else(String::new, |owner| format!(" of {owner}"));
            variables.entry((owner, value)).or_default().push(position);
        }
    }
    for ((owner, name), positions) in variables {
        let sides = |of: fn(&Change) -> Option<&Value>| {
            default_of(positions.iter().map(|at| (&changes[*at], of(&changes[*at]))))
        };
        let (Some(before), Some(after)) = (
            sides(|change| change.before.as_ref()),
            sides(|change| change.after.as_ref()),
        ) else {
            continue;
        };
        for position in positions {
            sentences[position] = Some(format!(
                "default of variable `{}`{owner}: {before} -> {after}",
                Printable(name)
            ));
        }
    }
}

/// A variable's default as people see it: the text where it is told of, else the value. Of lists that changed in parts these are
/// what went and what came.
fn default_of<'c>(parts: impl Iterator<Item = (&'c Change, Option<&'c Value>)>) -> Option<String> {
    let (mut texts, mut values): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let (mut has_text, mut has_value) = (false, false);
    for (change, value) in parts {
        let steps = change.place.steps();
        let is_element = matches!(steps.last(), Some(Step::Index(_)));
        let key = steps.iter().rev().find_map(Step::key)?;
        let (found, has) = match key {
            "text" | "current" => (&mut texts, &mut has_text),
            "value" => (&mut values, &mut has_value),
            _ => return None,
        };
        *has = true;
        match value {
            None | Some(Value::Null) if is_element => {}
            None | Some(Value::Null) => found.push("nothing".to_owned()),
            Some(Value::Object(whole)) => found.push(Plain(whole.get("text").or(whole.get("value"))?).to_string()),
            Some(value) => found.push(Plain(value).to_string()),
        }
    }
    let told = match (has_text, has_value) {
        (true, _) => texts,
        (false, true) => values,
        (false, false) => return None,
    };
    let words = if told.is_empty() {
        "nothing".to_owned()
    } else {
        told.join(", ")
    };
    Some(cut(&words, GLANCE))
}

/// Gives the intervals that came and went one sentence: their form is one line.
fn intervals(changes: &[Change], sentences: &mut [Option<String>]) {
    let is_interval = |change: &Change| {
        let keys = change.place.steps();
        let is_list = |key: &Step| key.key() == Some("refresh_intervals");
        matches!(keys, [_, list, Step::Index(_)] if is_list(list))
    };
    let positions: Vec<usize> = (0..changes.len()).filter(|at| is_interval(&changes[*at])).collect();
    if positions.len() < 2 {
        return;
    }
    let those = |of: fn(&Change) -> Option<&Value>| -> String {
        let found = positions.iter().filter_map(|at| of(&changes[*at]));
        found
            .map(|value| Plain(value).to_string())
            .collect::<Vec<String>>()
            .join(", ")
    };
    let words = |verb: &str, list: String| (!list.is_empty()).then(|| format!("{list} {verb}"));
    let told = [
        words("taken out", those(|change| change.before.as_ref())),
        words("added", those(|change| change.after.as_ref())),
    ];
    let sentence = told.into_iter().flatten().collect::<Vec<String>>().join("; ");
    for position in positions {
        sentences[position] = Some(format!("auto refresh intervals: {sentence}"));
    }
}

/// Gives another data source one sentence: its plugin and its uid are one choice.
fn sources(changes: &[Change], sentences: &mut [Option<String>]) {
    for (first, pair) in changes.windows(2).enumerate() {
        let [one, other] = pair else { continue };
        let split = |change: &Change| {
            let (last, source) = change.place.steps().split_last()?;
            let is_source = source.last().and_then(Step::key) == Some("datasource");
            is_source.then(|| (Place::new(source.to_vec()), last.key().unwrap_or_default().to_owned()))
        };
        let (Some((place, part)), Some((same, rest))) = (split(one), split(other)) else {
            continue;
        };
        let (plugin, uid) = match (part.as_str(), rest.as_str()) {
            ("type", "uid") => (one, other),
            ("uid", "type") => (other, one),
            _ => continue,
        };
        if place != same {
            continue;
        }
        let side = |of: fn(&Change) -> Option<&Value>| {
            let parts = [of(plugin), of(uid)].into_iter().flatten();
            let words = parts
                .map(|part| Plain(part).to_string())
                .collect::<Vec<String>>()
                .join(" ");
            if words.is_empty() { "nothing".to_owned() } else { words }
        };
        let (before, after) = (
            side(|change| change.before.as_ref()),
            side(|change| change.after.as_ref()),
        );
        for at in [first, first + 1] {
            sentences[at] = Some(format!("{place}: {before} -> {after}"));
        }
    }
}

/// The words for what was there, and for what is.
type Sides = [Vec<String>; 2];
/// Which changes tell it.
type Positions = Vec<usize>;

/// Gives another data source of several queries of one panel one sentence: a panel's is chosen for all of them, and v2 has it with the
/// queries only.
fn sources_of_queries(changes: &[Change], sentences: &mut [Option<String>]) {
    // Of each query the words on both sides, and where they are from.
    let mut queries: BTreeMap<[String; 2], (Sides, Positions)> = BTreeMap::new();
    for (position, change) in changes.iter().enumerate() {
        let [panels, panel, targets, Step::Item { value: query, .. }, source, part] = change.place.steps() else {
            continue;
        };
        if [targets, source].map(Step::key) != [Some("targets"), Some("datasource")] {
            continue;
        }
        let panel = Place::new(vec![panels.clone(), panel.clone()]).to_string();
        let (words, positions) = queries.entry([panel, query.clone()]).or_default();
        positions.push(position);
        for (words, value) in words.iter_mut().zip([&change.before, &change.after]) {
            let first = if part.key() == Some("type") { 0 } else { words.len() };
            words.splice(first..first, value.iter().map(|value| Plain(value).to_string()));
        }
    }
    let mut alike: BTreeMap<(String, Sides), Vec<(String, Positions)>> = BTreeMap::new();
    for ([panel, query], (words, positions)) in queries {
        alike.entry((panel, words)).or_default().push((query, positions));
    }
    for ((panel, words), queries) in alike {
        if queries.len() < 2 {
            continue;
        }
        let [before, after] = words.map(|words| match words.is_empty() {
            true => "nothing".to_owned(),
            false => words.join(" "),
        });
        let names: Vec<String> = queries.iter().map(|(query, _)| Printable(query).to_string()).collect();
        let told = format!(
            "{panel} › data source of queries {}: {before} -> {after}",
            names.join(", ")
        );
        for position in queries.into_iter().flat_map(|(_, positions)| positions) {
            sentences[position] = Some(told.clone());
        }
    }
}

/// Gives what a plugin seems to have filled in by itself one sentence, however much it is.
fn filled_in(changes: &[Change], sentences: &mut [Option<String>]) {
    let mut plugins: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (position, change) in changes.iter().enumerate() {
        if let Some(filled_in) = &change.filled_in {
            plugins.entry(&filled_in.plugin).or_default().push(position);
        }
    }
    for (plugin, positions) in plugins {
        let rows = |at: &usize| {
            let change = &changes[*at];
            let value = change.after.as_ref().or(change.before.as_ref());
            let rows = change
                .filled_in
                .iter()
                .zip(value)
                .flat_map(|(filled_in, value)| filled_in.rows(value));
            rows.map(|row| row.path.to_string()).collect::<Vec<String>>()
        };
        let settings: BTreeSet<String> = positions.iter().flat_map(rows).collect();
        let panels: BTreeSet<Option<&str>> = positions.iter().map(|at| changes[*at].place.panel()).collect();
        let sentence = format!(
            "panel plugin \"{}\" filled in {} in {} (looks like its defaults)",
            Printable(plugin),
            plural(settings.len(), "setting", "settings"),
            plural(panels.len(), "panel", "panels"),
        );
        for position in positions {
            sentences[position] = Some(sentence.clone());
        }
    }
}

/// From so many panels on, one change made alike in all of them is one sentence.
const ALIKE: usize = 3;

/// A change in a panel without its panel: where in it, how, and from what to what.
type Alike<'c> = (&'c [Step], ChangeKind, String, String);

/// Gives changes that were made alike in several panels one sentence: `unit: "short" -> "bytes" in 12 panels: "CPU", …`.
fn gather(changes: &[Change], sentences: &mut [Option<String>]) {
    let said = |value: Option<&Value>| value.map_or_else(String::new, Value::to_string);
    let mut groups: HashMap<Alike<'_>, Vec<usize>> = HashMap::new();
    for (position, change) in changes.iter().enumerate() {
        if let [Step::Key(list), Step::Item { .. }, inside @ ..] = change.place.steps()
            && list == "panels"
            && !inside.is_empty()
            && !matches!(inside[0].key(), Some("gridPos" | "row"))
            && change.filled_in.is_none()
        {
            let (before, after) = (said(change.before.as_ref()), said(change.after.as_ref()));
            // Long texts are told by the words that differ.
            if before.len().max(after.len()) <= GLANCE {
                groups
                    .entry((inside, change.kind, before, after))
                    .or_default()
                    .push(position);
            }
        }
    }
    for ((inside, ..), positions) in groups.into_iter().filter(|(_, positions)| positions.len() >= ALIKE) {
        let change = &changes[positions[0]];
        let value = |value: Option<&Value>| {
            value.map_or_else(
                || "nothing".to_owned(),
                |value| cut(&in_words(&change.place.keyed_path(), value), GLANCE),
            )
        };
        let titles: Vec<String> = positions
            .iter()
            .take(NAMED)
            .filter_map(|at| title(&changes[*at]))
            .collect();
        let more = if positions.len() > titles.len() { ", …" } else { "" };
        let sentence = format!(
            "{}: {} -> {} in {} panels: {}{more}",
            place_in_panel(change, inside),
            value(change.before.as_ref()),
            value(change.after.as_ref()),
            positions.len(),
            titles.join(", ")
        );
        for position in positions {
            sentences[position] = Some(sentence.clone());
        }
    }
}

/// The words of a place without its panel's.
fn place_in_panel(change: &Change, inside: &[Step]) -> String {
    let panel = Place::new(change.place.steps()[..change.place.steps().len() - inside.len()].to_vec());
    let words = change.place.to_string();
    let rest = words.strip_prefix(&panel.to_string()).unwrap_or(&words);
    rest.trim_start_matches(" › ").to_owned()
}

/// So many panels are named in one sentence.
const NAMED: usize = 5;

fn title(change: &Change) -> Option<String> {
    match change.place.steps().get(1)? {
        Step::Item { label: Some(title), .. } if !title.is_empty() => Some(format!("\"{}\"", Printable(title))),
        Step::Item { value, .. } => Some(format!("id {}", Printable(value))),
        _ => None,
    }
}

fn one_by_one(changes: &[Change]) -> Vec<Option<String>> {
    let mut sentences = Vec::with_capacity(changes.len());
    let mut rest = changes;
    while let Some(change) = rest.first() {
        let together = match placed_panel(change) {
            Some(panel) => {
                let same = |next: &&Change| placed_panel(next).as_ref() == Some(&panel);
                let number = rest.iter().take_while(same).count();
                let sentence = format!("{panel}: {}", moves(&rest[..number]));
                sentences.extend(std::iter::repeat_n(Some(sentence), number));
                number
            }
            None => {
                sentences.push(alone(change));
                1
            }
        };
        rest = &rest[together..];
    }
    sentences
}

fn alone(change: &Change) -> Option<String> {
    let whole = change.after.as_ref().or(change.before.as_ref());
    match (change.kind, whole) {
        // One of a list of texts is known by itself, not by its position.
        (ChangeKind::Added | ChangeKind::Removed, Some(value)) if !value.is_object() && is_unnamed(&change.place) => {
            let list = Place::new(change.place.steps().split_last()?.1.to_vec());
            Some(match list.steps() {
                [Step::Key(tags)] if tags == "tags" => format!("tag {}", Shown(value)),
                _ => format!("{list}: {}", cut(&Shown(value).to_string(), GLANCE)),
            })
        }
        (ChangeKind::Added | ChangeKind::Removed, Some(value)) if is_item(&change.place) => {
            let copied = change
                .copy_of
                .as_ref()
                .map(|original| format!(", a copy of {original}"));
            let what = copied.unwrap_or_else(|| described(&change.place, value));
            Some(format!("{}{what}", change.place))
        }
        (ChangeKind::Added | ChangeKind::Removed, Some(value)) => listed(&change.place, value).or_else(|| deed(change)),
        _ => deed(change),
    }
}

fn is_item(place: &Place) -> bool {
    matches!(place.steps().last(), Some(Step::Item { .. } | Step::Index(_)))
}

fn is_unnamed(place: &Place) -> bool {
    matches!(place.steps().last(), Some(Step::Index(_)))
}

/// What came or went, in a few words.
fn described(place: &Place, value: &Value) -> String {
    let list = match place.steps() {
        [.., Step::Key(list), _] => list.as_str(),
        _ => "",
    };
    match element(list, value) {
        words if words.is_empty() => words,
        words => cut(&words, GLANCE + 2),
    }
}

/// A whole list that came or went, element by element.
fn listed(place: &Place, value: &Value) -> Option<String> {
    let list = place.last_key()?;
    const KNOWN: [&str; 7] = [
        "links",
        "mappings",
        "overrides",
        "tags",
        "targets",
        "transformations",
        "variables",
    ];
    let known = KNOWN.contains(&list);
    let elements = value.as_array().filter(|elements| known && !elements.is_empty())?;
    let name = |element: &Value| {
        let name = ["id", "refId", "name"]
            .iter()
            .find_map(|key| element.get(key)?.as_str());
        let matched = element
            .pointer("/matcher/options")
            .map(|options| Plain(options).to_string());
        let name = name.map(|name| match list {
            "transformations" => transformation(name),
            _ => name.to_owned(),
        });
        name.map(|name| Printable(&name).to_string())
            .or(matched)
            .unwrap_or_default()
    };
    let told = |one: &Value| {
        format!("{}{}", name(one), element(list, one))
            .trim_start_matches([':', ' '])
            .to_owned()
    };
    let all: Vec<String> = elements.iter().map(told).collect();
    Some(format!("{place}: {}", cut(&all.join("; "), GLANCE)))
}

/// What a person did, where there is a word for it.
fn deed(change: &Change) -> Option<String> {
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    let parent = Place::new(change.place.steps().split_last()?.1.to_vec());
    match (change.place.last_key()?, change.kind) {
        ("row", ChangeKind::Moved) => Some(format!("{parent}: moved {}", layout::way(change))),
        ("conditionalRendering", ChangeKind::Added | ChangeKind::Removed) => {
            Some(format!("{}: {}", change.place, rules(after.or(before)?)?))
        }
        (_, ChangeKind::Moved) => layout::order(change),
        ("title", ChangeKind::Changed) if is_panel(&parent) => Some(format!(
            "{parent}: renamed from {} to {}",
            Shown(before?),
            Shown(after?)
        )),
        ("type", ChangeKind::Changed) if is_panel(&parent) => Some(format!(
            "{parent}: visualization changed from {} to {}",
            Plain(before?),
            Plain(after?)
        )),
        ("collapsed", ChangeKind::Changed | ChangeKind::Added | ChangeKind::Removed) => {
            let open = after.and_then(Value::as_bool) != Some(true);
            Some(format!("{parent}: {}", if open { "opened" } else { "closed" }))
        }
        _ => None,
    }
}

fn is_panel(place: &Place) -> bool {
    matches!(place.steps(), [Step::Key(list), Step::Item { .. }] if list == "panels")
}

/// The panel whose place on the page a change is about.
fn placed_panel(change: &Change) -> Option<Place> {
    match change.place.steps() {
        [panel @ .., Step::Key(position), Step::Key(side)]
            if position == "gridPos"
                && matches!(side.as_str(), "x" | "y" | "w" | "h")
                && change.kind == ChangeKind::Changed =>
        {
            Some(Place::new(panel.to_vec()))
        }
        _ => None,
    }
}

/// `moved from column 0, line 8 to column 12, line 0, resized from 6 columns to 12 columns`
fn moves(changes: &[Change]) -> String {
    let part = |verb: &str, sides: [&str; 2]| {
        let mut found: Vec<&Change> = changes
            .iter()
            .filter(|change| change.place.last_key().is_some_and(|key| sides.contains(&key)))
            .collect();
        found.sort_by_key(|change| change.place.last_key() != Some(sides[0]));
        let said = |value: fn(&Change) -> Option<&Value>| -> String {
            let words: Vec<String> = found
                .iter()
                .filter_map(|change| {
                    let shown = Shown(value(change)?);
                    Some(match change.place.last_key()? {
                        "x" => format!("column {shown}"),
                        "y" => format!("line {shown}"),
                        "w" => format!("{shown} columns"),
                        _ => format!("{shown} lines"),
                    })
                })
                .collect();
            words.join(", ")
        };
        let (from, to) = (
            said(|change| change.before.as_ref()),
            said(|change| change.after.as_ref()),
        );
        (!found.is_empty()).then(|| format!("{verb} from {from} to {to}"))
    };
    let parts: Vec<String> = [part("moved", ["x", "y"]), part("resized", ["w", "h"])]
        .into_iter()
        .flatten()
        .collect();
    parts.join(", ")
}

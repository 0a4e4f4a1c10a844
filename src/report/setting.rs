//! Settings that a file says in parts: the form has one line for each.

use serde_json::Value;

use super::parts::{Plain, Shown, element};
use crate::dashboard::compare::{Change, ChangeKind, Place, Step, spoken, usual_thresholds, value_words};

/// A change of a panel's settings at the one setting that came or went, where the file has it in an object of its own:
/// `options.text: {"titleSize": 12}` is the text size of the title.
pub(super) fn at_leaf(change: &Change) -> Change {
    let mut change = change.clone();
    if !is_setting(&change.place) || change.filled_in.is_some() {
        return change;
    }
    let side = match change.kind {
        ChangeKind::Added => &mut change.after,
        ChangeKind::Removed => &mut change.before,
        ChangeKind::Changed | ChangeKind::Moved => return change,
    };
    while let Some(Value::Object(parts)) = side
        && parts.len() == 1
        && let Some((key, part)) = parts.iter().next()
    {
        change.place = change.place.key(key);
        *side = Some(part.clone());
    }
    change
}

/// Whether a place is a panel's options or field settings, or inside of them and of no list.
fn is_setting(place: &Place) -> bool {
    match place.steps() {
        [Step::Key(list), Step::Item { .. }, Step::Key(part), inside @ ..] if list == "panels" => {
            let keys = inside.iter().all(|step| step.key().is_some());
            keys && (part == "options" || part == "fieldConfig" && inside.len() > 1)
        }
        _ => false,
    }
}

/// Gives a setting whose parts changed one sentence: another color scheme comes with its color, another scale with its base.
pub(super) fn together(changes: &[Change], sentences: &mut [Option<String>]) {
    let mut start = 0;
    while let Some(first) = changes.get(start) {
        let of_one = |change: &&Change| whole(&change.place).is_some_and(|place| Some(place) == whole(&first.place));
        let number = changes[start..].iter().take_while(of_one).count();
        if number > 1
            && let Some(place) = whole(&first.place)
        {
            let parts = &changes[start..start + number];
            let (before, after) = (
                side(parts, |part| part.before.as_ref()),
                side(parts, |part| part.after.as_ref()),
            );
            let sentence = format!("{place}: {before} -> {after}");
            sentences[start..start + number].fill(Some(sentence));
        }
        start += number.max(1);
    }
}

/// Gives a query's other type one sentence: a file says in two switches whether it runs over a range, at an instant, or both.
pub(super) fn query_types(changes: &[Change], sentences: &mut [Option<String>]) {
    for (at, instant) in changes.iter().enumerate() {
        let Some(query) = query_of(instant, "instant") else {
            continue;
        };
        let Some(other) = changes
            .iter()
            .position(|change| query_of(change, "range") == Some(query))
        else {
            continue;
        };
        let kind = |of: fn(&Change) -> Option<&Value>| {
            let on = |change: &Change| of(change).and_then(Value::as_bool) == Some(true);
            match (on(instant), on(&changes[other])) {
                (true, true) => "Both",
                (true, false) => "Instant",
                (false, _) => "Range",
            }
        };
        let (before, after) = (
            kind(|change| change.before.as_ref()),
            kind(|change| change.after.as_ref()),
        );
        let sentence = format!("{} › type: {before} -> {after}", Place::new(query.to_vec()));
        for at in [at, other] {
            sentences[at] = Some(sentence.clone());
        }
    }
}

/// The query whose switch a change is about.
fn query_of<'c>(change: &'c Change, switch: &str) -> Option<&'c [Step]> {
    match change.place.steps().split_last()? {
        (Step::Key(key), query @ [.., Step::Key(list), Step::Item { .. }]) if key == switch && list == "targets" => {
            Some(query)
        }
        _ => None,
    }
}

/// Tells the steps of thresholds where one side has the usual ones without saying so: by what differs from those.
pub(super) fn thresholds(changes: &[Change], sentences: &mut [Option<String>]) {
    for (change, sentence) in changes.iter().zip(sentences) {
        if let Some(told) = steps(change) {
            *sentence = Some(told);
        }
    }
}

fn steps(change: &Change) -> Option<String> {
    let (key, whole) = change.place.steps().split_last()?;
    if key.key() != Some("steps")
        || !change
            .place
            .keyed_path()
            .ends_with("fieldConfig.defaults.thresholds.steps")
    {
        return None;
    }
    let usual = usual_thresholds();
    let (before, after) = match (change.before.as_ref(), change.after.as_ref()) {
        (None, Some(Value::Array(after))) => (&usual, after),
        (Some(Value::Array(before)), None) => (before, &usual),
        _ => return None,
    };
    let (before, after) = (in_order(before), in_order(after));
    let place = Place::new(whole.to_vec());
    let only = |one: &[String], other: &[String]| -> Vec<String> {
        one.iter().filter(|step| !other.contains(step)).cloned().collect()
    };
    let (gone, come) = (only(&before, &after), only(&after, &before));
    Some(match (gone.as_slice(), come.as_slice()) {
        ([gone], [come]) => format!("{place}: {gone} -> {come}"),
        ([], []) => return None,
        _ => {
            let part =
                |steps: &[String], verb: &str| (!steps.is_empty()).then(|| format!("{} {verb}", steps.join(", ")));
            let parts = [part(&gone, "taken out"), part(&come, "added")];
            format!(
                "{place}: {}",
                parts.into_iter().flatten().collect::<Vec<String>>().join("; ")
            )
        }
    })
}

/// Each step in words; the first one is from the lowest value on, however that is written.
fn in_order(steps: &[Value]) -> Vec<String> {
    let said = |(at, step): (usize, &Value)| {
        let mut step = step.clone();
        if let (0, Some(first)) = (at, step.as_object_mut()) {
            first.shift_remove("value");
        }
        element("steps", &step).trim_start_matches([':', ' ']).to_owned()
    };
    steps.iter().enumerate().map(said).collect()
}

/// The setting that a part of it belongs to.
fn whole(place: &Place) -> Option<Place> {
    let (part, whole) = place.steps().split_last()?;
    part.key()?;
    let is_whole = match whole {
        [.., Step::Key(defaults), Step::Key(key)] if defaults == "defaults" => key == "color",
        [.., Step::Key(custom), Step::Key(key)] if custom == "custom" => is_of_parts(key),
        [.., Step::Item { field: "id", value, .. }, Step::Key(key)] if key == "value" => {
            value == "color" || value.strip_prefix("custom.").is_some_and(is_of_parts)
        }
        _ => false,
    };
    is_whole.then(|| Place::new(whole.to_vec()))
}

/// Whether a path leads to a part of such a setting.
pub(super) fn is_part(path: &str) -> bool {
    let Some((whole, _)) = path.rsplit_once('.').filter(|_| path.starts_with("panels[")) else {
        return false;
    };
    if whole.contains("].targets[") {
        return path.ends_with("].instant") || path.ends_with("].range");
    }
    let custom = whole.rsplit_once(".defaults.custom.").map(|(_, key)| key);
    let of_override = || {
        whole
            .strip_suffix("].value")?
            .rsplit_once(".properties[id=")
            .map(|(_, id)| id)
    };
    match custom.or_else(of_override) {
        Some("color") => true,
        Some(id) => is_of_parts(id.strip_prefix("custom.").unwrap_or(id)),
        None => {
            whole.ends_with(".fieldConfig.defaults.color") || path.ends_with(".fieldConfig.defaults.thresholds.steps")
        }
    }
}

fn is_of_parts(key: &str) -> bool {
    matches!(
        key,
        "cellOptions" | "lineStyle" | "scaleDistribution" | "stacking" | "thresholdsStyle"
    )
}

/// What one side has of a setting: what it is called by first, then what goes with it.
fn side<'c>(parts: &'c [Change], of: fn(&'c Change) -> Option<&'c Value>) -> String {
    let mut words: Vec<(bool, String)> = Vec::new();
    for part in parts {
        let (Some(value), Some(key)) = (of(part), part.place.last_key()) else {
            continue;
        };
        let is_kind = matches!(key, "fill" | "mode" | "type");
        let said = in_words(&part.place.keyed_path(), value);
        words.push((
            !is_kind,
            if is_kind {
                said
            } else {
                format!("{} {said}", spoken(key))
            },
        ));
    }
    if words.is_empty() {
        return "nothing".to_owned();
    }
    words.sort_by_key(|(goes_with_it, _)| *goes_with_it);
    let words: Vec<String> = words.into_iter().map(|(_, words)| words).collect();
    words.join(", ")
}

/// A value as its form shows it, else as it is.
pub(super) fn in_words(path: &str, value: &Value) -> String {
    value_words(path, value).map_or_else(|| Plain(value).to_string(), |words| words.into_owned())
}

/// A value for a line of its own. A setting of parts is called by what it is, then by what goes with it.
pub(super) fn shown(path: &str, value: &Value) -> String {
    if let Some(words) = value_words(path, value) {
        return words.into_owned();
    }
    let Value::Object(parts) = value else {
        return Shown(value).to_string();
    };
    let kind = ["type", "mode", "fill"].into_iter().find_map(|key| {
        let words = value_words(&format!("{path}.{key}"), parts.get(key)?)?;
        Some((key, words))
    });
    match kind {
        Some((key, words)) => {
            let rest = parts.iter().filter(|(other, _)| *other != key);
            let rest = rest.map(|(key, value)| format!(", {} {}", spoken(key), shown(&format!("{path}.{key}"), value)));
            format!("{words}{}", rest.collect::<String>())
        }
        None => Shown(value).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn place(keys: &[&str]) -> Place {
        let panel = Step::Item {
            field: "id",
            value: "1".into(),
            label: Some("Load".into()),
            noun: None,
        };
        let panel = Place::new(vec![Step::Key("panels".into()), panel]);
        keys.iter().fold(panel, |place, key| place.key(key))
    }

    fn change(keys: &[&str], before: Option<Value>, after: Option<Value>) -> Change {
        Change {
            place: place(keys),
            kind: match (&before, &after) {
                (None, _) => ChangeKind::Added,
                (_, None) => ChangeKind::Removed,
                _ => ChangeKind::Changed,
            },
            before,
            after,
            filled_in: None,
            copy_of: None,
            together: None,
        }
    }

    #[test]
    fn one_setting_in_objects_of_its_own_is_told_as_that_setting() {
        let told = at_leaf(&change(&["options", "text"], None, Some(json!({"titleSize": 12}))));
        assert_eq!(told.place.keyed_path(), "panels[id=1].options.text.titleSize");
        assert_eq!(told.after, Some(json!(12)));
        let gone = at_leaf(&change(&["options", "a"], Some(json!({"b": {"c": true}})), None));
        assert_eq!(
            (gone.place.keyed_path().as_str(), gone.before),
            ("panels[id=1].options.a.b.c", Some(json!(true)))
        );
    }

    #[test]
    fn two_settings_and_what_is_no_setting_are_told_as_they_stand() {
        let several = change(
            &["options", "text"],
            None,
            Some(json!({"titleSize": 12, "valueSize": 9})),
        );
        assert_eq!(at_leaf(&several), several);
        let query = change(&["targets"], None, Some(json!({"expr": "up"})));
        assert_eq!(at_leaf(&query), query);
        let emptied = change(&["options", "text"], None, Some(json!({})));
        assert_eq!(at_leaf(&emptied), emptied);
    }

    #[test]
    fn another_scale_comes_with_its_base_and_another_color_scheme_with_its_color() {
        let scale = ["fieldConfig", "defaults", "custom", "scaleDistribution"];
        let color = ["fieldConfig", "defaults", "color"];
        let of = |whole: &[&'static str], key| [whole, &[key]].concat();
        let changes = [
            change(&of(&color, "fixedColor"), None, Some(json!("red"))),
            change(
                &of(&color, "mode"),
                Some(json!("palette-classic")),
                Some(json!("fixed")),
            ),
            change(&of(&scale, "log"), Some(json!(2)), None),
            change(&of(&scale, "type"), Some(json!("log")), Some(json!("linear"))),
            change(&["fieldConfig", "defaults", "unit"], None, Some(json!("bytes"))),
        ];
        let mut sentences = vec![None; changes.len()];
        together(&changes, &mut sentences);
        let panel = "panel \"Load\" (id 1)";
        assert_eq!(
            sentences[0].clone().unwrap_or_default(),
            format!("{panel} › color scheme: Classic palette -> Single color, fixed color red")
        );
        assert_eq!(
            sentences[2].clone().unwrap_or_default(),
            format!("{panel} › axis scale: Logarithmic, log 2 -> Linear")
        );
        assert_eq!((&sentences[0], &sentences[2]), (&sentences[1], &sentences[3]));
        assert_eq!(sentences[4], None);
        assert!(changes[..4].iter().all(|change| is_part(&change.place.keyed_path())));
        assert!(!is_part(&changes[4].place.keyed_path()));
    }

    #[test]
    fn thresholds_of_a_panel_that_had_the_usual_ones_are_told_by_what_is_other() {
        let keys = ["fieldConfig", "defaults", "thresholds", "steps"];
        let told = |steps: Value| {
            let changes = [change(&keys, None, Some(steps))];
            let mut sentences = vec![None];
            thresholds(&changes, &mut sentences);
            assert!(is_part(&changes[0].place.keyed_path()));
            sentences.remove(0).unwrap_or_default()
        };
        let (green, red) = (
            json!({"color": "green", "value": 0}),
            json!({"color": "red", "value": 80}),
        );
        let more = json!([green, red, {"color": "purple", "value": 90}]);
        let panel = "panel \"Load\" (id 1) › thresholds";
        assert_eq!(told(more), format!("{panel}: from 90 in purple added"));
        assert_eq!(told(json!([green])), format!("{panel}: from 80 in red taken out"));
        assert_eq!(
            told(json!([green, {"color": "red", "value": 85}])),
            format!("{panel}: from 80 in red -> from 85 in red")
        );
        let blue = json!({"color": "blue", "value": null});
        assert_eq!(
            told(json!([blue, red])),
            format!("{panel}: from the lowest value in green -> from the lowest value in blue")
        );
    }

    #[test]
    fn another_type_of_a_query_is_one_choice() {
        let query = |letter: &str, key: &str, before: Option<bool>, after: bool| {
            let mut steps = place(&["targets"]).steps().to_vec();
            steps.push(Step::Item {
                field: "refId",
                value: letter.into(),
                label: None,
                noun: None,
            });
            Change {
                place: Place::new(steps).key(key),
                ..change(&[key], before.map(Value::from), Some(after.into()))
            }
        };
        let changes = [
            query("A", "instant", None, true),
            query("A", "range", None, false),
            query("B", "instant", Some(false), true),
        ];
        let mut sentences = vec![None; 3];
        query_types(&changes, &mut sentences);
        let sentence = "panel \"Load\" (id 1) › query A › type: Range -> Instant";
        assert_eq!(sentences, [Some(sentence.to_owned()), Some(sentence.to_owned()), None]);
        assert!(is_part(&changes[0].place.keyed_path()) && is_part(&changes[1].place.keyed_path()));
    }

    #[test]
    fn a_part_of_an_overrides_setting_is_one_too() {
        let of =
            |id: &str| format!("panels[id=1].fieldConfig.overrides[matcher=byName:a].properties[id={id}].value.mode");
        assert!(is_part(&of("color")) && is_part(&of("custom.stacking")));
        assert!(!is_part(&of("unit")) && !is_part("templating.list[name=color].value.mode"));
    }
}

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Entangled;
use crate::dashboard::compare::{Change, ChangeKind, Comparison, Context, Explained, IgnoreRule, Ignored, compare};
use crate::dashboard::{Document, apply_changes, convert, migrate, whole_lists};
use crate::plan::Desired;

/// Gives what is to be saved live's side of everything that the user's ignore rules cover: what the user doesn't want to see
/// is not the repository's to change.
///
/// # Errors
///
/// What a rule covers can't be kept apart from what it doesn't; then nothing may be saved.
pub fn keep_ignored(desired: &mut Desired, live: &Document, context: &Context) -> Result<(), Entangled> {
    let rules = &desired.ignore;
    let (file, now) = (desired.dashboard.content(), live.content());
    let found = IgnoreRule::apply(rules, compare(file, now, context));
    let covered = covered(&found);
    if covered.is_empty() {
        return Ok(());
    }
    // What finds no place is seen below.
    let servers = migrate::Context::new(
        migrate::Generation::default(),
        context.data_sources.clone().unwrap_or_default(),
    );
    let kept = match &desired.dashboard {
        Document::Classic(_) => {
            let now = convert::in_classic(live, &servers).unwrap_or(Cow::Borrowed(now));
            with_changes(file, &now, covered)
        }
        Document::V2(v2) => {
            let now = convert::in_v2(live, &v2.version, &servers).unwrap_or_else(|_| now.clone());
            with_pieces(file, &now, |kept| {
                let left = IgnoreRule::apply(rules, compare(kept, live.content(), context));
                (places(&left.kept) == places(&found.kept)).then(|| self::covered(&left).len())
            })
        }
    };
    let live = now;
    // The comparison is the judge: nothing that is covered may differ any more, and all else as before.
    let left = IgnoreRule::apply(rules, compare(&kept, live, context));
    let (wanted, got) = (places(&found.kept), places(&left.kept));
    let other = |one: &BTreeMap<String, String>, other: &BTreeMap<String, String>| {
        let lost = one.iter().filter(|(path, _)| !other.contains_key(*path));
        lost.map(|(_, place)| place.clone()).collect::<Vec<_>>()
    };
    let uncovered = self::covered(&left).into_iter().map(|change| change.place.to_string());
    let lost: BTreeSet<String> = uncovered
        .chain(other(&wanted, &got))
        .chain(other(&got, &wanted))
        .collect();
    if lost.is_empty() {
        desired.dashboard = desired.dashboard.with(kept);
        return Ok(());
    }
    Err(Entangled(lost.into_iter().collect()))
}

/// Each piece costs a comparison: what isn't settled by then is refused.
const MOST_PIECES: usize = 200;

/// The file with live's side of what is covered.
fn with_changes(file: &Value, live: &Value, covered: Vec<Change>) -> Value {
    let mut kept = file.clone();
    apply_changes(&mut kept, &whole_lists(covered, file, live));
    kept
}

/// A v2 file with live's side of what is covered. Its places aren't those that rules and comparisons name; so each piece of it
/// that differs is taken from live by itself, and stays taken where less of what is covered differs then and all else as
/// before: `judge` says how much is left, and nothing where something else has changed.
fn with_pieces(file: &Value, live: &Value, judge: impl Fn(&Value) -> Option<usize>) -> Value {
    let mut pieces = Vec::new();
    differing(file, live, String::new(), &mut pieces);
    pieces.truncate(MOST_PIECES);
    let mut kept = file.clone();
    let mut left = judge(&kept);
    for at in pieces {
        let mut tried = kept.clone();
        let taken = match (tried.pointer_mut(&at), live.pointer(&at)) {
            (Some(place), Some(theirs)) => {
                place.clone_from(theirs);
                true
            }
            _ => take_key(&mut tried, live, &at),
        };
        if taken
            && let Some(now) = judge(&tried)
            && left.is_none_or(|left| now < left)
        {
            (kept, left) = (tried, Some(now));
        }
    }
    kept
}

/// A key that only one of the two has.
fn take_key(kept: &mut Value, live: &Value, at: &str) -> bool {
    let Some((holder, key)) = at.rsplit_once('/') else {
        return false;
    };
    let key = key.replace("~1", "/").replace("~0", "~");
    let Some(fields) = kept.pointer_mut(holder).and_then(Value::as_object_mut) else {
        return false;
    };
    match live.pointer(at) {
        Some(theirs) => drop(fields.insert(key, theirs.clone())),
        None => drop(fields.shift_remove(&key)),
    }
    true
}

/// Where two documents differ, as JSON pointers: as deep as both have the same shape.
fn differing(one: &Value, other: &Value, at: String, found: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let new = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(new) {
                let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                match (one.get(key), other.get(key)) {
                    (Some(one), Some(other)) => differing(one, other, at, found),
                    _ => found.push(at),
                }
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                differing(one, other, format!("{at}/{index}"), found);
            }
        }
        _ if one == other => {}
        _ => found.push(at),
    }
}

fn covered(found: &Ignored) -> Vec<Change> {
    let undecidable = found.undecidable.iter().map(|one: &Explained| Change {
        place: one.place.clone(),
        kind: match (&one.before, &one.after) {
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Removed,
            _ => ChangeKind::Changed,
        },
        before: one.before.clone(),
        after: one.after.clone(),
        filled_in: None,
        copy_of: None,
        together: None,
    });
    found.ignored.iter().cloned().chain(undecidable).collect()
}

/// The places that differ, by their keys: what people call them may be what differs.
fn places(comparison: &Comparison) -> BTreeMap<String, String> {
    let changes = comparison.changes.iter().map(|change| &change.place);
    let all = changes.chain(comparison.undecidable.iter().map(|one| &one.place));
    all.map(|place| (place.keyed_path(), place.to_string())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn dashboard(tags: &[&str], title: &str, overrides: Value) -> Value {
        json!({"uid": "u", "title": title, "schemaVersion": 37, "tags": tags,
            "links": [{"title": "a", "url": "/a"}, {"title": "b", "url": "/b"}],
            "panels": [{"id": 1, "type": "stat", "title": "One", "fieldConfig": {"defaults": {}, "overrides": overrides},
                "targets": [{"refId": "A", "expr": "up"}, {"refId": "B", "expr": "down"}]}]})
    }

    fn of(field: &str, unit: &str) -> Value {
        json!({"matcher": {"id": "byName", "options": field}, "properties": [{"id": "unit", "value": unit}]})
    }

    fn keep(rules: &[&str], desired: Value, live: &Value) -> Result<Value, Entangled> {
        let mut desired = Desired {
            label: "d".into(),
            uid: "u".parse().unwrap(),
            dashboard: Document::Classic(desired),
            folder: crate::dashboard::FolderPath::General,
            elements: Vec::new(),
            pulled: None,
            folder_uids: Vec::new(),
            ignore: rules.iter().map(|rule| rule.parse().unwrap()).collect(),
        };
        let live = Document::Classic(live.clone());
        keep_ignored(&mut desired, &live, &Context::default()).map(|()| desired.dashboard.into_content())
    }

    #[test]
    fn what_a_rule_covers_stays_as_live_has_it_whatever_its_form() {
        let rules = ["tags", "panels[id=1].fieldConfig.overrides", "panels[id=1].targets"];
        let ours = dashboard(
            &["a", "b", "c"],
            "Ours",
            json!([of("x", "s"), of("y", "s"), of("z", "s")]),
        );
        for tags in [
            &[][..],
            &["x"],
            &["c", "b", "a", "z", "y"],
            &["b"],
            &["a", "c"],
            &["c", "b", "a"],
        ] {
            for overrides in [
                json!([]),
                json!([of("y", "ms")]),
                json!([of("z", "s"), of("y", "ms"), of("q", "m")]),
            ] {
                let mut live = dashboard(tags, "Theirs", overrides.clone());
                live["panels"][0]["targets"] = json!([{"refId": "B", "expr": "other"}, {"refId": "A", "expr": "up"}]);
                let kept = keep(&rules, ours.clone(), &live).unwrap();
                assert_eq!(kept["title"], "Ours");
                assert_eq!(kept["tags"], json!(tags), "{overrides}");
                assert_eq!(kept["panels"][0]["fieldConfig"]["overrides"], overrides, "{tags:?}");
                assert_eq!(kept["panels"][0]["targets"], live["panels"][0]["targets"]);
            }
        }
    }

    #[test]
    fn what_can_t_be_kept_apart_is_not_saved() {
        let ours = dashboard(&[], "T", json!([]));
        let mut live = ours.clone();
        live["links"][0]["url"] = json!("/theirs");
        live["links"][1]["title"] = json!("theirs");
        let error = keep(&["links[0].url"], ours, &live).unwrap_err().to_string();
        assert!(error.contains("link 2"), "{error}");
    }
}

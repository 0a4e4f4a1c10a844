//! What holds of every merge.

use dashctl::dashboard::compare::{Context, compare};
use dashctl::dashboard::merge::{Choice, Merged, merge, merge_with};
use proptest::test_runner::TestRng;
use rand::RngExt as _;
use serde_json::{Value, json};

use super::edits::{Editor, KINDS};
use super::oracle::{CASES, rng};
use super::samples;

fn edited(base: &Value, who: &'static str, rng: &mut TestRng) -> Value {
    let mut side = base.clone();
    let mut editor = Editor { rng, who, count: 0 };
    for _ in 0..4 {
        let kind = editor.rng.random_range(0..KINDS);
        editor.edit(&mut side, kind, &|_| true);
    }
    side
}

/// What a comparison tells of, to say why a law doesn't hold.
fn differences(one: &Value, other: &Value) -> Vec<String> {
    let found = compare(one, other, &Context::default());
    found.changes.iter().map(|change| change.place.keyed_path()).collect()
}

#[test]
fn who_did_nothing_gives_way_and_the_same_change_is_no_conflict() {
    let samples = samples::all();
    let mut rng = rng();
    for case in 0..CASES / 3 {
        let base = &samples[case % samples.len()];
        let other = edited(base, "theirs", &mut rng);
        for (ours, theirs) in [(&other, base), (base, &other), (&other, &other)] {
            let merged = merge(base, ours, theirs);
            assert_eq!(
                (merged.document, merged.conflicts.len()),
                (other.clone(), 0),
                "case {case}"
            );
        }
    }
}

/// The same where the shortcut of the whole document doesn't help: the other side says one thing more.
#[test]
fn beside_one_setting_of_the_other_side_an_edit_comes_in_value_for_value() {
    let samples = samples::all();
    let mut rng = rng();
    for case in 0..CASES / 3 {
        let base = &samples[case % samples.len()];
        let ours = edited(base, "ours", &mut rng);
        let mut theirs = base.clone();
        theirs["description"] = json!("theirs");
        let id = dashctl::dashboard::panels(base)
            .iter()
            .find_map(|panel| panel["id"].as_u64());
        let mark = |side: &mut Value| {
            if let Some(panel) = id.and_then(|id| super::edits::panel_mut(side, id)) {
                panel["transparent"] = json!(true);
                return true;
            }
            false
        };
        if !mark(&mut theirs) {
            continue;
        }
        let mut wanted = ours.clone();
        wanted["description"] = json!("theirs");
        let stays = mark(&mut wanted);
        let merged = merge(base, &ours, &theirs);
        if stays {
            assert!(merged.conflicts.is_empty(), "case {case}: {:#?}", merged.conflicts);
            assert!(
                merged.document == wanted,
                "case {case}: {:?}",
                differences(&merged.document, &wanted)
            );
        }
        let merged = merge(base, &theirs, &ours);
        if stays {
            assert!(
                merged.document == wanted,
                "case {case}: {:?}",
                differences(&merged.document, &wanted)
            );
        }
    }
}

#[test]
fn without_conflicts_it_does_not_matter_who_is_who() {
    let samples = samples::all();
    let mut rng = rng();
    let mut clean = 0;
    for case in 0..CASES / 3 {
        let base = &samples[case % samples.len()];
        let ours = edited(base, "ours", &mut rng);
        let theirs = edited(base, "theirs", &mut rng);
        let (one, other) = (merge(base, &ours, &theirs), merge(base, &theirs, &ours));
        let places = |merged: &Merged| {
            merged
                .conflicts
                .iter()
                .map(|one| one.place.keyed_path())
                .collect::<Vec<_>>()
        };
        if one.conflicts.is_empty() != other.conflicts.is_empty() {
            let cells = |side: &Value| {
                side["panels"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|panel| format!("{}:{}", panel["id"], panel["gridPos"]))
                    .collect::<Vec<_>>()
            };
            eprintln!(
                "lost\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}",
                cells(base),
                cells(&ours),
                cells(&theirs),
                cells(&one.document),
                cells(&other.document)
            );
        }
        assert_eq!(
            one.conflicts.is_empty(),
            other.conflicts.is_empty(),
            "case {case}: {:?} {:?}",
            places(&one),
            places(&other)
        );
        if !one.conflicts.is_empty() {
            continue;
        }
        clean += 1;
        let found = compare(&one.document, &other.document, &Context::default());
        // What both added at one place stands in the order of the sides, and has the numbers and rows that follow from it.
        let told: Vec<String> = found
            .changes
            .iter()
            .map(|change| change.place.keyed_path())
            .filter(|path| !new_panel(base, path))
            .filter(|path| {
                !(path.ends_with(".gridPos.y")
                    || path.ends_with(".list")
                    || path == "panels"
                    || path.starts_with("links")
                    || path == "tags"
                    || path.starts_with("tags[")
                    || path.ends_with(".gridPos")
                    || path.ends_with(".id")
                    || path.ends_with(".overrides")
                    || path.ends_with(".targets"))
            })
            .collect();
        assert!(told.is_empty(), "case {case}: {told:?}");
    }
    assert!(clean > CASES / 20, "{clean}");
}

#[test]
fn a_conflict_is_settled_by_choosing() {
    let base = samples::small();
    let (mut ours, mut theirs) = (base.clone(), base.clone());
    ours["panels"][1]["title"] = json!("CPU, ours");
    theirs["panels"][1]["title"] = json!("CPU, theirs");
    theirs["panels"][1]["description"] = json!("theirs");
    let with =
        |choice: Option<Choice>| merge_with(&base, &ours, &theirs, &Context::default(), &move |_| choice.clone());
    let open = with(None);
    assert_eq!(open.conflicts.len(), 1);
    assert_eq!(open.conflicts[0].place.keyed_path(), "panels[id=2].title");
    assert_eq!(open.conflicts[0].place.to_string(), "panel \"CPU\" (id 2) › title");
    assert_eq!(open.document["panels"][1]["title"], "CPU, ours");
    assert_eq!(open.document["panels"][1]["description"], "theirs");
    assert_eq!(with(Some(Choice::Theirs)).document, theirs);
    let both = with(Some(Choice::Value(json!("CPU, both"))));
    assert_eq!(
        (both.conflicts.len(), &both.document["panels"][1]["title"]),
        (0, &json!("CPU, both"))
    );
}

/// Panels that both added have numbers in the order of the sides.
fn new_panel(base: &Value, path: &str) -> bool {
    let ids = dashctl::dashboard::panels(base)
        .into_iter()
        .filter_map(|panel| panel["id"].as_u64());
    let highest = ids.max().unwrap_or(0);
    let id = path
        .strip_prefix("panels[id=")
        .and_then(|rest| rest.split_once(']')?.0.parse::<u64>().ok());
    id.is_some_and(|id| id > highest)
}

/// Some value of a tree, replaced by one that doesn't belong there.
fn broken(value: &mut Value, rng: &mut TestRng) {
    let odd = [
        json!(null),
        json!(3),
        json!("x"),
        json!([]),
        json!({}),
        json!([null, 1]),
        json!([{"panels": 1}]),
    ];
    let stop = rng.random_range(0..4) == 0;
    match value {
        Value::Object(fields) if !stop && !fields.is_empty() => {
            let at = rng.random_range(0..fields.len());
            broken(fields.values_mut().nth(at).unwrap(), rng);
        }
        Value::Array(list) if !stop && !list.is_empty() => {
            let at = rng.random_range(0..list.len());
            broken(&mut list[at], rng);
        }
        other => *other = odd[rng.random_range(0..odd.len())].clone(),
    }
}

#[test]
fn what_is_no_dashboard_inside_is_merged_as_any_value() {
    let samples = samples::all();
    let mut rng = rng();
    for case in 0..CASES / 2 {
        let base = &samples[case % samples.len()];
        let mut sides = [
            base.clone(),
            edited(base, "ours", &mut rng),
            edited(base, "theirs", &mut rng),
        ];
        for _ in 0..3 {
            let which = rng.random_range(0..3);
            broken(&mut sides[which], &mut rng);
        }
        let [base, ours, theirs] = &sides;
        merge(base, ours, theirs);
        assert_eq!(&merge(base, ours, base).document, ours, "case {case}");
        assert_eq!(&merge(base, base, theirs).document, theirs, "case {case}");
    }
}

//! Both sides edit at random: nothing gets lost, and what has nothing to do with each other doesn't collide.

use dashctl::dashboard::merge::{Conflict, Merged, merge};
use proptest::test_runner::{Config, TestRng, TestRunner};
use rand::RngExt as _;
use serde_json::Value;

use super::edits::{Edit, Editor, KINDS, What};
use super::samples;

/// How many merges each test makes.
pub const CASES: usize = 1200;

pub fn rng() -> TestRng {
    TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(Default::default())).new_rng()
}

fn edited(base: &Value, who: &'static str, rng: &mut TestRng, most: usize) -> (Value, Vec<Edit>) {
    let mut side = base.clone();
    let mut edits = Vec::new();
    let many = rng.random_range(1..=most);
    let mut editor = Editor { rng, who, count: 0 };
    for _ in 0..many * 3 {
        if edits.len() == many {
            break;
        }
        let kind = editor.rng.random_range(0..KINDS);
        edits.extend(editor.edit(&mut side, kind, &|_| true));
    }
    (side, edits)
}

pub fn is_named(edit: &Edit, conflicts: &[Conflict]) -> bool {
    let place = edit.place();
    conflicts.iter().any(|conflict| {
        let path = conflict.place.keyed_path();
        path.starts_with(&place) || place.starts_with(&path)
    })
}

/// The edits of a side that are neither in the result nor named.
pub fn lost<'e>(edits: &'e [Edit], base: &Value, side: &Value, merged: &Merged) -> Vec<&'e Edit> {
    let shown = edits.iter().filter(|edit| edit.is_in(side) && !edit.is_in(base));
    shown
        .filter(|edit| !edit.is_in(&merged.document) && !is_named(edit, &merged.conflicts))
        .collect()
}

fn overlaps(dashboard: &Value) -> usize {
    let cell = |panel: &Value| ["x", "y", "w", "h"].map(|key| panel["gridPos"][key].as_i64().unwrap_or(0));
    let cells: Vec<[i64; 4]> = dashboard["panels"].as_array().into_iter().flatten().map(cell).collect();
    let collide = |one: &[i64; 4], other: &[i64; 4]| {
        one[0] < other[0] + other[2]
            && other[0] < one[0] + one[2]
            && one[1] < other[1] + other[3]
            && other[1] < one[1] + one[3]
    };
    (0..cells.len())
        .map(|at| cells[..at].iter().filter(|other| collide(&cells[at], other)).count())
        .sum()
}

#[test]
fn every_edit_of_both_sides_is_in_the_result_or_named() {
    let samples = samples::all();
    let mut rng = rng();
    let (mut edits, mut conflicts) = (0, 0);
    for case in 0..CASES {
        let base = &samples[case % samples.len()];
        let (ours, mine) = edited(base, "ours", &mut rng, 5);
        let (theirs, other) = edited(base, "theirs", &mut rng, 5);
        let merged = merge(base, &ours, &theirs);
        let gone = [lost(&mine, base, &ours, &merged), lost(&other, base, &theirs, &merged)].concat();
        assert!(
            gone.is_empty(),
            "case {case} ({}): lost {gone:#?}\nof {mine:#?}\nand {other:#?}\nnamed: {:#?}",
            base["title"],
            merged
                .conflicts
                .iter()
                .map(|one| one.place.keyed_path())
                .collect::<Vec<_>>()
        );
        edits += mine.len() + other.len();
        conflicts += merged.conflicts.len();
        if [base, &ours, &theirs].iter().all(|side| overlaps(side) == 0) {
            assert_eq!(overlaps(&merged.document), 0, "case {case}: {mine:#?} {other:#?}");
        }
    }
    println!("{CASES} merges, {edits} edits, {conflicts} conflicts, 0 lost");
    assert!(
        conflicts > 0 && edits > 2 * CASES,
        "{edits} edits, {conflicts} conflicts"
    );
}

#[test]
fn edits_of_different_places_never_collide() {
    let samples = samples::all();
    let mut rng = rng();
    for case in 0..CASES {
        let base = &samples[case % samples.len()];
        let mut sides = [base.clone(), base.clone()];
        let mut edits: [Vec<Edit>; 2] = [Vec::new(), Vec::new()];
        // Each panel and each kind that isn't one of a panel belongs to one side; one of them lays the page out.
        for _ in 0..8 {
            let kind = rng.random_range(0..KINDS);
            let side = match kind {
                9..=13 | 18 => case % 2,
                14..=16 => 1 - case % 2,
                _ => rng.random_range(0..2),
            };
            let among = move |id: u64| id % 2 == side as u64;
            let mut editor = Editor {
                rng: &mut rng,
                who: ["ours", "theirs"][side],
                count: edits[side].len(),
            };
            let edit = editor.edit(&mut sides[side], kind, &among);
            edits[side].extend(edit);
        }
        let [ours, theirs] = &sides;
        let merged = merge(base, ours, theirs);
        let told: Vec<String> = merged.conflicts.iter().map(|one| one.place.keyed_path()).collect();
        assert!(
            told.is_empty(),
            "case {case} ({}): {told:#?}\n{edits:#?}",
            base["title"]
        );
        let gone = [
            lost(&edits[0], base, ours, &merged),
            lost(&edits[1], base, theirs, &merged),
        ]
        .concat();
        assert!(gone.is_empty(), "case {case}: {gone:#?}");
    }
}

#[test]
fn a_deletion_beside_an_edit_is_told() {
    let base = samples::small();
    let mut rng = rng();
    let mut told = 0;
    for kind in 0..9 {
        let (mut ours, mut theirs) = (base.clone(), base.clone());
        let mut editor = Editor {
            rng: &mut rng,
            who: "ours",
            count: 0,
        };
        let Some(edit) = editor.edit(&mut ours, kind, &|id| id == 4) else {
            continue;
        };
        let deleted = editor.edit(&mut theirs, 9, &|id| id == 4).unwrap();
        assert_eq!(deleted.what, What::DeletePanel);
        let merged = merge(&base, &ours, &theirs);
        assert_eq!(merged.conflicts.len(), 1, "{edit:?}");
        assert_eq!(merged.conflicts[0].place.keyed_path(), "panels[id=4]");
        assert!(edit.is_in(&merged.document), "ours stays: {edit:?}");
        told += 1;
    }
    assert!(told > 6);
}

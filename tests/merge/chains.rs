//! The author publishes revisions, and the user has edits of the first: over rises of the schema, too.

use dashctl::dashboard::compare::{ChangeKind, Context, compare};
use dashctl::dashboard::merge::merge;
use rand::RngExt as _;
use serde_json::Value;

use super::edits::{Edit, Editor, KINDS, What};
use super::oracle::{CASES, lost, rng};
use super::samples;

#[test]
fn local_edits_survive_the_revisions_of_authors() {
    let chains = samples::chains();
    if chains.is_empty() {
        println!("ignored: the chains of revisions aren't there (DASHCTL_SHARED)");
        return;
    }
    let steps: Vec<(&str, &Value, &Value)> = chains
        .iter()
        .flat_map(|(name, all)| {
            let pairs = (0..all.len()).flat_map(move |one| (one + 1..all.len()).map(move |other| (one, other)));
            pairs.map(move |(one, other)| (name.as_str(), &all[one], &all[other]))
        })
        .collect();
    let mut rng = rng();
    let (mut made, mut carried, mut conflicts) = (0, 0, 0);
    for case in 0..CASES / 3 {
        let (name, base, theirs) = steps[case % steps.len()];
        let mut ours = base.clone();
        let mut edits: Vec<Edit> = Vec::new();
        let mut editor = Editor {
            rng: &mut rng,
            who: "ours",
            count: 0,
        };
        for _ in 0..4 {
            let kind = editor.rng.random_range(0..KINDS);
            edits.extend(editor.edit(&mut ours, kind, &|_| true));
        }
        let merged = merge(base, &ours, theirs);
        let gone = lost(&edits, base, &ours, &merged);
        let told: Vec<String> = merged.conflicts.iter().map(|one| one.place.to_string()).collect();
        assert!(
            gone.is_empty(),
            "case {case} of {name} ({} to {}): lost {gone:?}\nof {edits:?}\nnamed: {told:?}",
            base["schemaVersion"],
            theirs["schemaVersion"]
        );
        assert_eq!(
            merged.document["schemaVersion"], theirs["schemaVersion"],
            "in the newer schema"
        );
        // What is left of theirs is all of it but for what was edited here.
        let edited = compare(base, &ours, &Context::default());
        let left = compare(theirs, &merged.document, &Context::default());
        for change in &left.changes {
            let path = change.place.keyed_path();
            let mine = edited.changes.iter().any(|edit| {
                let edit = edit.place.keyed_path();
                edit.starts_with(&path)
                    || path.starts_with(&edit)
                    || of_one_panel(&edit, &path)
                    || edit.starts_with("tags") && path.starts_with("tags")
            });
            let is_gone = |edit: &Edit| edit.what == What::DeletePanel && change.kind == ChangeKind::Removed;
            // A new panel took a number that the author gave to another one: that got the next free number.
            let is_renumbered = path.starts_with("panels[id=") && edits.iter().any(|edit| edit.what == What::AddPanel);
            let mine = mine || is_renumbered || edits.iter().any(is_gone);
            assert!(
                mine || path.contains("gridPos"),
                "case {case} of {name}: {} isn't theirs; edits: {edits:#?}",
                change.place
            );
        }
        made += edits.len();
        carried += edits.iter().filter(|edit| edit.is_in(&merged.document)).count();
        conflicts += merged.conflicts.len();
    }
    println!("{made} edits over revisions: {carried} carried, {conflicts} conflicts, 0 lost");
    assert!(carried * 10 > made * 7, "{carried} of {made}");
}

/// An edit of an old form is another setting in the new one, of the same panel.
fn of_one_panel(one: &str, other: &str) -> bool {
    // An author may have given it another number.
    let is_inside = |path: &str| path.strip_prefix("panels[id=").is_some_and(|rest| rest.contains("]."));
    is_inside(one) && is_inside(other)
}

//! How true is a comparison? False alarms over saves and migrations in which nobody edited anything, misses over single edits.
//!
//! One trial per pair and per family of edits, over the real files beside the project; without them the trials are *ignored*.
//! `DASHCTL_MUTANTS=200` makes that many mutants per pair and family instead of the few that a debug build has time for;
//! `DASHCTL_SEED` chooses others. The score is printed.

#[path = "compare/carried.rs"]
mod carried;
#[path = "compare/corpus.rs"]
mod corpus;
#[path = "compare/ignored.rs"]
mod ignored;
#[path = "compare/inert.rs"]
mod inert;
#[path = "compare/keyed.rs"]
mod keyed;
#[path = "compare/mutate.rs"]
mod mutate;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dashctl::dashboard::DataSource;
use dashctl::dashboard::compare::{Comparison, Context, Place, compare};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

use corpus::Pair;
use ignored::Between;
use keyed::spot;
use mutate::{Choice, FAMILIES, Family, Mutant};

static SEEN: AtomicUsize = AtomicUsize::new(0);
static MADE: AtomicUsize = AtomicUsize::new(0);
static IGNORED: AtomicUsize = AtomicUsize::new(0);

/// What the edited copies of the catalog were really edited in, as a person finds by hand.
const EDITED: &[(&str, &str, &[&str])] = &[
    (
        "3119/rev2",
        "3119/live-grafana-8",
        &[
            "templating.list[name=Node].current.text",
            "templating.list[name=Node].current.value",
        ],
    ),
    ("6417/rev1", "6417/live-grafana-10", &[]),
    ("7249/rev1", "7249/live-grafana-8", &[]),
];

/// Saves without an edit that are told as edits all the same, and why.
const KNOWN: &[(&str, &str)] = &[
    (
        "ui-saves-13.1/d-panel-barchart-barchart-tooltips-legends/saved-saved.v2",
        "the classic rendering of 13.1.0-pre has left out the actions, and who applies it takes them out: that is to be told",
    ),
    (
        "ui-saves-13.1/g-dapr-grafana-sidecar-dashboard/saved-saved.v2",
        "the classic rendering of 13.1.0-pre has left out the null value mode, and who applies it takes it out",
    ),
];

fn main() {
    let arguments = Arguments::from_args();
    let trials = match corpus::shared() {
        Ok(shared) => {
            let pairs: Arc<Vec<Pair>> = Arc::new(corpus::pairs(&shared));
            let sources: Vec<DataSource> =
                serde_json::from_value(corpus::read(&shared.join("ui-saves-9.4/datasources.json"))).unwrap_or_default();
            let catalog = Arc::new(corpus::catalog(&shared));
            let saves: Arc<Vec<Pair>> = Arc::new(corpus::saves(&shared));
            let mut trials = unedited(&pairs, &sources);
            trials.extend(unedited(&saves, &sources));
            trials.extend(saved_mutants(&saves));
            trials.extend(read_back(&catalog));
            trials.extend(live_copies(&catalog));
            trials.extend(mutants(&pairs, &catalog));
            trials
        }
        Err(reason) => {
            // The reason is part of the name: libtest-mimic shows no other text for an ignored trial.
            vec![Trial::test(format!("comparison of real dashboards: {reason}"), || Ok(())).with_ignored_flag(true)]
        }
    };
    let conclusion = libtest_mimic::run(&arguments, trials);
    let (seen, made, ignored) = (
        SEEN.load(Ordering::Relaxed),
        MADE.load(Ordering::Relaxed),
        IGNORED.load(Ordering::Relaxed),
    );
    println!(
        "score: {seen} of {made} single edits seen and named; {ignored} more are edits that Grafana itself ignores"
    );
    conclusion.exit();
}

fn unedited(pairs: &Arc<Vec<Pair>>, sources: &[DataSource]) -> Vec<Trial> {
    (0..pairs.len())
        .map(|index| {
            let (pairs, sources) = (Arc::clone(pairs), sources.to_vec());
            Trial::test(format!("no alarm: {}", pairs[index].name), move || {
                let pair = &pairs[index];
                let mut contexts = vec![Context::default()];
                if pair.name.starts_with("ui-saves-9.4") {
                    contexts.push(Context::with_data_sources(sources));
                }
                for context in contexts {
                    let found = compare(&pair.before, &pair.after, &context);
                    if let Some((_, why)) = KNOWN.iter().find(|(name, _)| *name == pair.name) {
                        return match found.is_same() {
                            true => {
                                Err(format!("is quiet now, so the list of what isn't is out of date: {why}").into())
                            }
                            false => Ok(()),
                        };
                    }
                    expect_same(&found)?;
                    if !pair.one_way {
                        expect_same(&compare(&pair.after, &pair.before, &context))?;
                    }
                }
                Ok(())
            })
        })
        .collect()
}

/// No change, and nothing that can't be told: the ceiling of what may be "not comparable" in a pair without an edit is 0.
fn expect_same(found: &Comparison) -> Result<(), Failed> {
    match found.is_same() {
        true => Ok(()),
        false => Err(format!("{:#?}\n{:#?}", found.changes, found.undecidable).into()),
    }
}

/// A dashboard that was saved and read back: the server rewrites id, uid and version.
fn read_back(catalog: &Arc<Vec<(String, Value)>>) -> Vec<Trial> {
    (0..catalog.len())
        .map(|index| {
            let catalog = Arc::clone(catalog);
            Trial::test(format!("no alarm: {} read back", catalog[index].0), move || {
                let before = &catalog[index].1;
                let mut after = before.clone();
                for (key, value) in [("id", Value::from(4711)), ("uid", "cde".into()), ("version", 12.into())] {
                    after[key] = value;
                }
                expect_same(&compare(before, &after, &Context::default()))
            })
        })
        .collect()
}

fn live_copies(catalog: &Arc<Vec<(String, Value)>>) -> Vec<Trial> {
    EDITED
        .iter()
        .map(|(before, after, edits)| {
            let catalog = Arc::clone(catalog);
            Trial::test(format!("only the edits: {before} - {after}"), move || {
                let file = |name: &str| catalog.iter().find(|(found, _)| found == name).map(|(_, value)| value);
                let (Some(old), Some(new)) = (file(before), file(after)) else {
                    return Err("not in the catalog".into());
                };
                let found = compare(old, new, &Context::default());
                let places: Vec<String> = found.changes.iter().map(|change| change.place.keyed_path()).collect();
                match places == *edits && found.undecidable.is_empty() {
                    true => Ok(()),
                    false => Err(format!("{places:#?}").into()),
                }
            })
        })
        .collect()
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

fn mutants(pairs: &Arc<Vec<Pair>>, catalog: &Arc<Vec<(String, Value)>>) -> Vec<Trial> {
    let (count, seed) = (number("DASHCTL_MUTANTS", 6), number("DASHCTL_SEED", 1));
    let mut trials = carried::trials(catalog, count, seed);
    for family in FAMILIES {
        let pairs = Arc::clone(pairs);
        let catalog = Arc::clone(catalog);
        trials.push(Trial::test(format!("no miss: {family:?}"), move || {
            let mut missed = Vec::new();
            let mut choice = Choice::new(seed);
            for pair in pairs.iter() {
                for between in [Between::Same, Between::OldMutant, Between::NewMutant] {
                    hunt(*family, between, pair, count, &mut choice, &mut missed);
                }
            }
            for (name, dashboard) in catalog.iter() {
                let pair = Pair {
                    name: name.clone(),
                    before: dashboard.clone(),
                    after: dashboard.clone(),
                    one_way: false,
                };
                hunt(*family, Between::Same, &pair, count, &mut choice, &mut missed);
            }
            match missed.is_empty() {
                true => Ok(()),
                false => Err(format!("{} missed:\n{}", missed.len(), missed.join("\n")).into()),
            }
        }));
    }
    trials
}

/// Single edits of what was saved, each against the save itself and against what was there before it.
///
/// A sample of the places in every run, which with the edits of all pairs makes more than 20,000; `DASHCTL_MUTANTS=60` makes more.
fn saved_mutants(saves: &Arc<Vec<Pair>>) -> Vec<Trial> {
    let trial = |set: &'static str, family: &'static Family| {
        let saves = Arc::clone(saves);
        Trial::test(format!("no miss: {family:?} after a save, {set}"), move || {
            let mut choice = Choice::new(number("DASHCTL_SEED", 7) ^ (*family as u64) << 8);
            let mut missed = Vec::new();
            let count = number(
                "DASHCTL_MUTANTS",
                if matches!(family, Family::Leaf | Family::AddedKey) {
                    2
                } else {
                    1
                },
            );
            let edited = |name: &str| name.contains("-saved");
            for pair in saves
                .iter()
                .filter(|pair| pair.name.starts_with(set) && edited(&pair.name))
            {
                hunt_saved(*family, pair, count, &mut choice, &mut missed);
            }
            match missed.is_empty() {
                true => Ok(()),
                false => Err(format!("{} missed:\n{}", missed.len(), missed.join("\n")).into()),
            }
        })
    };
    ["ui-saves-10.2", "ui-saves-11.1", "ui-saves-12.4", "ui-saves-13.1"]
        .into_iter()
        .flat_map(|set| FAMILIES.iter().map(move |family| trial(set, family)))
        .collect()
}

fn hunt_saved(family: Family, pair: &Pair, count: u64, choice: &mut Choice, missed: &mut Vec<String>) {
    let places = mutate::places(family, &pair.after);
    for _ in 0..if places.is_empty() { 0 } else { count } {
        let path = &places[choice.below(places.len())];
        let Some(mutant) = mutate::mutate(family, &pair.after, path, choice) else {
            continue;
        };
        let added = matches!(family, Family::DuplicatedElement | Family::AddedElement);
        let spot = spot(if added { &mutant.dashboard } else { &pair.after }, &mutant.path);
        if ignored::reason(family, Between::NewMutant, &spot, &mutant, &pair.before).is_some()
            || ignored::of_v2(family, &spot, &mutant)
        {
            IGNORED.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let is_known = KNOWN.iter().any(|(name, _)| *name == pair.name);
        for (between, before) in [(Between::Same, &pair.after), (Between::NewMutant, &pair.before)] {
            // What is told there already is told beside the edit, too.
            if is_known && between == Between::NewMutant {
                continue;
            }
            // An edit that brings back what was there before the save is none.
            let was = mutate::get(before, &mutant.path);
            if family == Family::Leaf
                && (was == mutant.new.as_ref() || was.is_none() && mutant.new == Some(Value::Bool(false)))
            {
                continue;
            }
            if ignored::by_the_page(family, &spot, &mutant, &pair.before) {
                IGNORED.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            let found = compare(before, &mutant.dashboard, &Context::default());
            // Each row of the tables of defaults is held against Grafana's source and has generated tests of its own.
            if family == Family::RemovedKey && found.is_same() && ignored::is_default(&spot, &found) {
                IGNORED.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            MADE.fetch_add(1, Ordering::Relaxed);
            let verdict = match spot.is_v2() {
                true => judge_v2(family, &spot, &found),
                false => judge(family, between, &spot, &found),
            };
            match verdict {
                Ok(()) => drop(SEEN.fetch_add(1, Ordering::Relaxed)),
                Err(why) => missed.push(format!("{} {between:?} {}: {why}", pair.name, told(&spot, &mutant))),
            }
        }
    }
}

/// Found at all, as few changes, and in the same panel, if it is in one.
fn judge_v2(family: Family, spot: &keyed::Spot, found: &Comparison) -> Result<(), String> {
    if found.is_same() {
        return Err("not seen".to_owned());
    }
    let places: Vec<String> = found.changes.iter().map(|change| change.place.keyed_path()).collect();
    let whole = spot.keys.len() <= 3
        || spot.keys.last().is_some_and(|key| key == "group")
        // Another element takes the place of this one, and what is said of it there.
        || spot.pattern.ends_with("element.name")
        || !matches!(family, Family::Leaf | Family::AddedKey);
    if !whole && found.differences() > 2 {
        return Err(format!(
            "{} changes instead of one: {:?}",
            found.differences(),
            &places[..places.len().min(9)]
        ));
    }
    let Some(panel) = spot.panel.as_ref().filter(|_| !whole) else {
        return Ok(());
    };
    let is_there = |change: &dashctl::dashboard::compare::Change| {
        change.place.panel().is_some_and(|id| id == panel || id.contains('#'))
    };
    match found.changes.iter().any(is_there) {
        true => Ok(()),
        false => Err(format!("at another place: {places:?}")),
    }
}

fn hunt(family: Family, between: Between, pair: &Pair, count: u64, choice: &mut Choice, missed: &mut Vec<String>) {
    let (subject, other) = match between {
        Between::Same => (&pair.after, &pair.after),
        Between::OldMutant => (&pair.before, &pair.after),
        Between::NewMutant => (&pair.after, &pair.before),
    };
    let places = mutate::places(family, subject);
    if places.is_empty() {
        return;
    }
    for _ in 0..count {
        let path = &places[choice.below(places.len())];
        let Some(mutant) = mutate::mutate(family, subject, path, choice) else {
            continue;
        };
        let added = matches!(family, Family::DuplicatedElement | Family::AddedElement);
        let spot = spot(if added { &mutant.dashboard } else { subject }, &mutant.path);
        if ignored::reason(family, between, &spot, &mutant, other).is_some() {
            IGNORED.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let found = match between {
            Between::NewMutant | Between::Same => compare(other, &mutant.dashboard, &Context::default()),
            Between::OldMutant => compare(&mutant.dashboard, other, &Context::default()),
        };
        // Each row of the tables of defaults has generated tests of its own.
        if family == Family::RemovedKey && found.is_same() && ignored::is_default(&spot, &found) {
            IGNORED.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        MADE.fetch_add(1, Ordering::Relaxed);
        match judge(family, between, &spot, &found) {
            Ok(()) => {
                SEEN.fetch_add(1, Ordering::Relaxed);
            }
            Err(why) => missed.push(format!("{} {between:?} {}: {why}", pair.name, told(&spot, &mutant))),
        }
    }
}

/// Found at all, as few changes, and at the right place.
fn judge(family: Family, between: Between, spot: &keyed::Spot, found: &Comparison) -> Result<(), String> {
    if found.is_same() {
        return Err("not seen".to_owned());
    }
    let legacy = spot.pattern.starts_with("rows") || spot.pattern.ends_with("span") || spot.pattern.ends_with("height");
    let most = match family {
        // In rows everything after a panel moves with it, and one that changes its type has other settings.
        _ if between == Between::OldMutant && (legacy || spot.pattern == "panels[]") => 60,
        _ if spot.keys.last().is_some_and(|key| key == "type") && spot.keys.len() == 1 => 40,
        // Of several overrides for one field, one that is for another now leaves the others to be told apart by their order.
        _ if spot.pattern.contains("overrides[].matcher") => 8,
        Family::RemovedKey if matches!(spot.pattern.as_str(), "panels" | "rows") => 60,
        Family::PanelIntoRow => 4,
        Family::SwappedElements | Family::RemovedElement if between != Between::Same => 12,
        _ if between != Between::Same => 8,
        _ => 2,
    };
    if found.differences() > most {
        let places: Vec<String> = found
            .changes
            .iter()
            .take(9)
            .map(|change| change.place.keyed_path())
            .collect();
        return Err(format!("{} changes instead of one: {places:?}", found.differences()));
    }
    let places = found
        .changes
        .iter()
        .map(|change| &change.place)
        .chain(found.undecidable.iter().map(|entry| &entry.place));
    match places.clone().any(|place| fits(place, spot, between)) {
        true => Ok(()),
        false => Err(format!(
            "at another place: {:?}",
            places.map(Place::keyed_path).collect::<Vec<_>>()
        )),
    }
}

/// Whether a place is where the edit was made: the same panel, and the same keys as far as the forms allow.
fn fits(place: &Place, spot: &keyed::Spot, between: Between) -> bool {
    let path = place.keyed_path();
    // Of a panel whose id was edited, either id is right; of one that went into a row, its row.
    if spot.pattern == "panels[].panels" && path.starts_with("panels[") {
        return true;
    }
    if spot.keys.last().is_some_and(|key| key == "id") && path.ends_with(".id") || path.ends_with("].row") {
        return true;
    }
    if let Some(panel) = &spot.panel {
        let same_panel = place
            .panel()
            .is_some_and(|id| id == panel || id.split('#').next() == Some(panel.as_str()));
        let keys = spot
            .keys
            .iter()
            .filter(|key| key.as_str() != "panels")
            .take_while(|key| path.contains(key.as_str()))
            .count();
        // A page of 13 gives rows, and panels whose id is taken, new ids; the report names the ones that were there.
        let is_renumbered =
            between == Between::NewMutant && (spot.kind == "row" || place.panel().is_some_and(|id| id.contains('#')));
        let same_panel = same_panel || is_renumbered;
        return same_panel && (between != Between::Same || keys + 1 >= spot.keys.len().min(2)) || path == "panels";
    }
    let first = spot.pattern.split(['.', '[']).next().unwrap_or_default();
    path.starts_with(first) || first == "rows" || (first == "schemaVersion")
}

fn told(spot: &keyed::Spot, mutant: &Mutant) -> String {
    let cut = |value: &Option<Value>| {
        value
            .as_ref()
            .map_or_else(String::new, |value| value.to_string().chars().take(70).collect())
    };
    format!(
        "{} [{}] {} -> {}",
        spot.pattern,
        spot.kind,
        cut(&mutant.old),
        cut(&mutant.new)
    )
}

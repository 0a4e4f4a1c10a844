//! Can every edit be carried over? What a comparison names must be enough to make one dashboard of the other, in both
//! directions: a pull stands on the one, what ignore rules keep on the other.

use std::sync::Arc;

use dashctl::dashboard::compare::{Context, compare};
use dashctl::dashboard::{apply_changes, whole_lists};
use libtest_mimic::Trial;
use serde_json::Value;

use super::mutate::{self, Choice, FAMILIES, Family, Step};

pub fn trials(catalog: &Arc<Vec<(String, Value)>>, count: u64, seed: u64) -> Vec<Trial> {
    let one = |family: &'static Family| {
        let catalog = Arc::clone(catalog);
        Trial::test(format!("carried over: {family:?}"), move || {
            let mut choice = Choice::new(seed ^ (*family as u64 + 77));
            let mut stuck = Vec::new();
            for (name, dashboard) in catalog.iter() {
                // Panels in legacy rows have an order that only their rows tell; no Grafana of today saves that form.
                let in_rows = |path: &[Step]| path.first() == Some(&Step::Key("rows".to_owned()));
                let mut places = mutate::places(*family, dashboard);
                // Nor does one leave a panel's settings out, of which an old form has the parts elsewhere.
                let old = dashboard["schemaVersion"].as_u64().is_some_and(|version| version < 30);
                let settings = |path: &[Step]| old && path.last() == Some(&Step::Key("options".to_owned()));
                let removed = *family == Family::RemovedKey;
                places.retain(|path| !(in_rows(path) || removed && settings(path)));
                for _ in 0..if places.is_empty() { 0 } else { count } {
                    let path = &places[choice.below(places.len())];
                    if let Some(mutant) = mutate::mutate(*family, dashboard, path, &mut choice) {
                        let ways = [
                            ("there", dashboard, &mutant.dashboard),
                            ("back", &mutant.dashboard, dashboard),
                        ];
                        let stuck_on = |(way, one, other)| {
                            carry(one, other).map(|why| format!("{name} {:?} {way}: {why}", mutant.path))
                        };
                        stuck.extend(ways.into_iter().filter_map(stuck_on));
                    }
                }
            }
            match stuck.is_empty() {
                true => Ok(()),
                false => Err(format!("{} not carried over:\n{}", stuck.len(), stuck.join("\n")).into()),
            }
        })
    };
    FAMILIES.iter().map(one).collect()
}

fn carry(one: &Value, other: &Value) -> Option<String> {
    let context = Context::default();
    let changes = whole_lists(compare(one, other, &context).changes, one, other);
    let mut carried = one.clone();
    let open = apply_changes(&mut carried, &changes).len();
    if compare(&carried, other, &context).is_same() {
        return None;
    }
    let places: Vec<String> = changes.iter().map(|change| change.place.keyed_path()).collect();
    Some(format!("{open} of {places:?} had no place"))
}

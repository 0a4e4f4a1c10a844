use std::collections::BTreeSet;

use crate::dashboard::inputs::Candidate;
use crate::dashboard::references::{Mention, data_sources, library_panels};
use crate::grafana::{Error, Grafana};
use crate::plan::Desired;

/// What a dashboard refers to and the target lacks, in words that name the panel: data sources, placeholders that nothing
/// declares, and library panels that it doesn't bring along itself and that aren't `coming` before it.
///
/// # Errors
///
/// Not allowed, or the server can't be reached.
pub async fn missing_references(
    grafana: &Grafana,
    desired: &Desired,
    candidates: &[Candidate],
    coming: &BTreeSet<String>,
) -> Result<Vec<String>, Error> {
    let mut lacking = Lacking::default();
    for Mention { place, name, .. } in data_sources(desired.dashboard.content()) {
        if name.contains('$') || name.contains("[[") {
            lacking.add(
                place,
                format!("{name}, which is neither an input nor a variable of the dashboard"),
            );
        } else if !candidates.iter().any(|there| there.uid == name || there.name == name) {
            lacking.add(place, format!("the data source {name:?}, which the target lacks"));
        }
    }
    let brought = |uid: &str| {
        let is_it = |element: &serde_json::Value| element.get("uid").is_some_and(|own| own == uid);
        coming.contains(uid) || desired.elements.iter().any(is_it)
    };
    let mut asked = BTreeSet::new();
    for Mention { place, name: uid, .. } in library_panels(desired.dashboard.content()) {
        if !brought(&uid) && asked.insert(uid.clone()) && grafana.has_library_panel(&uid).await? != Some(true) {
            lacking.add(place, format!("the library panel {uid:?}, which the target lacks"));
        }
    }
    Ok(lacking.in_words())
}

/// What isn't there, in words, and the places that refer to it; as they were found.
#[derive(Default)]
struct Lacking(Vec<(String, Vec<String>)>);

impl Lacking {
    /// So many places are named.
    const NAMED: usize = 3;

    fn add(&mut self, place: String, what: String) {
        match self.0.iter_mut().find(|(known, _)| *known == what) {
            Some((_, places)) => places.push(place),
            None => self.0.push((what, vec![place])),
        }
    }

    fn in_words(self) -> Vec<String> {
        let line = |(what, places): (String, Vec<String>)| match &places[..] {
            [place] => format!("{place} refers to {what}"),
            [named @ .., last] if named.len() < Self::NAMED => {
                format!("{} and {last} refer to {what}", named.join(", "))
            }
            places => {
                let named = places[..Self::NAMED].join(", ");
                format!("{named} and {} others refer to {what}", places.len() - Self::NAMED)
            }
        };
        self.0.into_iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Lacking;

    #[test]
    fn what_many_places_refer_to_is_said_once() {
        let mut lacking = Lacking::default();
        let words = |number: usize| {
            let mut lacking = Lacking::default();
            (0..number).for_each(|place| lacking.add(format!("panel {place}"), "X".into()));
            lacking.in_words().join("; ")
        };
        assert_eq!(words(1), "panel 0 refers to X");
        assert_eq!(words(3), "panel 0, panel 1 and panel 2 refer to X");
        assert_eq!(words(30), "panel 0, panel 1, panel 2 and 27 others refer to X");
        lacking.add("a".into(), "X".into());
        lacking.add("a".into(), "Y".into());
        assert_eq!(lacking.in_words(), ["a refers to X", "a refers to Y"]);
    }
}

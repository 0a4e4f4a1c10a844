use std::collections::{BTreeMap, BTreeSet};

use crate::dashboard::inputs::Candidate;
use crate::dashboard::references::{Mention, data_sources, library_panels};
use crate::grafana::{Error, Grafana};
use crate::plan::Desired;

/// What one dashboard refers to. Finding it asks nobody.
#[derive(Debug)]
pub struct References {
    label: String,
    data_sources: Vec<Mention>,
    /// Those that it doesn't bring along itself.
    library_panels: Vec<Mention>,
}

impl From<&Desired> for References {
    fn from(desired: &Desired) -> Self {
        let content = desired.dashboard.content();
        let brought = |uid: &str| {
            let mut elements = desired.elements.iter();
            elements.any(|element| element.get("uid").is_some_and(|own| own == uid))
        };
        Self {
            label: desired.label.clone(),
            data_sources: data_sources(content),
            library_panels: library_panels(content)
                .into_iter()
                .filter(|mention| !brought(&mention.name))
                .collect(),
        }
    }
}

/// What dashboards refer to and the target lacks: data sources, placeholders that nothing declares, and library panels that
/// they don't bring along themselves and that don't come before them.
#[derive(Debug)]
pub struct MissingReferences<'g> {
    grafana: &'g Grafana,
    candidates: &'g [Candidate],
    /// Whether library panels are there, or come.
    library: BTreeMap<String, bool>,
    lacking: Lacking,
}

impl<'g> MissingReferences<'g> {
    /// Nothing has been looked at yet; `candidates` are the data sources that are there, `coming` the library panels that will
    /// be.
    pub fn new(grafana: &'g Grafana, candidates: &'g [Candidate], coming: &BTreeSet<String>) -> Self {
        Self {
            grafana,
            candidates,
            library: coming.iter().map(|uid| (uid.clone(), true)).collect(),
            lacking: Lacking::default(),
        }
    }

    /// Looks at one more dashboard.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn look_at(&mut self, references: References) -> Result<(), Error> {
        let label = references.label.as_str();
        for Mention { place, name, .. } in references.data_sources {
            if name.contains('$') || name.contains("[[") {
                let what = format!("{name}, which is neither an input nor a variable of the dashboard");
                self.lacking.add(label, place, what);
            } else if !self
                .candidates
                .iter()
                .any(|there| there.uid == name || there.name == name)
            {
                let what = format!("the data source {name:?}, which the target lacks");
                self.lacking.add(label, place, what);
            }
        }
        for Mention { place, name: uid, .. } in references.library_panels {
            if !self.is_in_library(&uid).await? {
                let what = format!("the library panel {uid:?}, which the target lacks");
                self.lacking.add(label, place, what);
            }
        }
        Ok(())
    }

    async fn is_in_library(&mut self, uid: &str) -> Result<bool, Error> {
        if let Some(there) = self.library.get(uid) {
            return Ok(*there);
        }
        let there = self.grafana.has_library_panel(uid).await? == Some(true);
        self.library.insert(uid.to_owned(), there);
        Ok(there)
    }

    /// What was found, in words that name dashboards and panels; what many dashboards refer to is said once.
    pub fn in_words(self) -> Vec<String> {
        self.lacking.in_words()
    }
}

/// All that isn't there, as it was found.
#[derive(Debug, Default)]
struct Lacking(Vec<Lack>);

/// Something that isn't there, in words, and the dashboards with the places that refer to it.
#[derive(Debug)]
struct Lack {
    what: String,
    dashboards: Vec<(String, Vec<String>)>,
}

impl Lacking {
    fn add(&mut self, label: &str, place: String, what: String) {
        let Some(lack) = self.0.iter_mut().find(|lack| lack.what == what) else {
            let dashboards = vec![(label.to_owned(), vec![place])];
            return self.0.push(Lack { what, dashboards });
        };
        match lack.dashboards.last_mut().filter(|(last, _)| last == label) {
            Some((_, places)) => places.push(place),
            None => lack.dashboards.push((label.to_owned(), vec![place])),
        }
    }

    fn in_words(self) -> Vec<String> {
        let mut lines = Vec::new();
        for Lack { what, dashboards } in self.0 {
            if dashboards.len() > NAMED {
                let labels: Vec<&str> = dashboards.iter().map(|(label, _)| label.as_str()).collect();
                lines.push(refer(&labels, &what));
                continue;
            }
            for (label, places) in dashboards {
                let places: Vec<&str> = places.iter().map(String::as_str).collect();
                lines.push(format!("{label}: {}", refer(&places, &what)));
            }
        }
        lines
    }
}

/// So many are named.
const NAMED: usize = 3;

fn refer(who: &[&str], what: &str) -> String {
    match who {
        [one] => format!("{one} refers to {what}"),
        [named @ .., last] if named.len() < NAMED => format!("{} and {last} refer to {what}", named.join(", ")),
        all => {
            let named = all[..NAMED].join(", ");
            format!("{named} and {} others refer to {what}", all.len() - NAMED)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lacking;

    #[test]
    fn what_many_places_refer_to_is_said_once() {
        let words = |places: usize, dashboards: usize| {
            let mut lacking = Lacking::default();
            for dashboard in 0..dashboards {
                (0..places)
                    .for_each(|place| lacking.add(&format!("d{dashboard}"), format!("panel {place}"), "X".into()));
            }
            lacking.in_words().join("; ")
        };
        assert_eq!(words(1, 1), "d0: panel 0 refers to X");
        assert_eq!(words(3, 1), "d0: panel 0, panel 1 and panel 2 refer to X");
        assert_eq!(words(30, 1), "d0: panel 0, panel 1, panel 2 and 27 others refer to X");
        assert_eq!(words(1, 2), "d0: panel 0 refers to X; d1: panel 0 refers to X");
        assert_eq!(words(9, 1000), "d0, d1, d2 and 997 others refer to X");
        let mut lacking = Lacking::default();
        lacking.add("d", "a".into(), "X".into());
        lacking.add("d", "a".into(), "Y".into());
        assert_eq!(lacking.in_words(), ["d: a refers to X", "d: a refers to Y"]);
    }
}

use std::collections::BTreeSet;

use crate::dashboard::inputs::Candidate;
use crate::dashboard::references::{data_sources, library_panels};
use crate::grafana::{Error, Grafana};
use crate::plan::Desired;

/// What a dashboard refers to and the target lacks, in words that name the panel: data sources, placeholders that nothing
/// declares, and library panels that it doesn't bring along itself.
///
/// # Errors
///
/// Not allowed, or the server can't be reached.
pub async fn missing_references(
    grafana: &Grafana,
    desired: &Desired,
    candidates: &[Candidate],
) -> Result<Vec<String>, Error> {
    let mut missing = Vec::new();
    for mention in data_sources(desired.dashboard.content()) {
        let (place, name) = (&mention.place, &mention.name);
        if name.contains('$') || name.contains("[[") {
            missing.push(format!(
                "{place} refers to {name}, which is neither an input nor a variable of the dashboard"
            ));
        } else if !candidates.iter().any(|there| there.uid == *name || there.name == *name) {
            missing.push(format!(
                "{place} refers to the data source {name:?}, which the target lacks"
            ));
        }
    }
    let brought = |uid: &str| {
        desired
            .elements
            .iter()
            .any(|element| element.get("uid").is_some_and(|own| own == uid))
    };
    let mut asked = BTreeSet::new();
    for mention in library_panels(desired.dashboard.content()) {
        let (place, uid) = (&mention.place, &mention.name);
        if !brought(uid) && asked.insert(uid.clone()) && grafana.has_library_panel(uid).await? != Some(true) {
            missing.push(format!(
                "{place} refers to the library panel {uid:?}, which the target lacks"
            ));
        }
    }
    Ok(missing)
}

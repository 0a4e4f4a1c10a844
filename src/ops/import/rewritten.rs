//! Queries in today's words, on the way in.

use std::sync::Arc;

use super::prepare::Prepared;
use super::{Batch, Import};
use crate::apply::Surroundings;
use crate::grafana::Grafana;
use crate::ops::verify::{Rewriter, diff};
use crate::verify::rewrite_all;

/// Rewrites the queries of the dashboards that are new, and shows what was rewritten. Gives what a person should know.
pub(super) async fn fix(
    import: &Import<'_>,
    grafana: &Arc<Grafana>,
    prepared: &mut Batch,
    surroundings: &Surroundings,
) -> Vec<String> {
    let own = import
        .repository
        .map_or(&[][..], |repository| &repository.config().renames);
    let rewriter = Rewriter::new(grafana, surroundings, own);
    let mut notes = Vec::new();
    for Prepared { gathered, desired } in prepared {
        let label = &desired.label;
        if gathered.known {
            notes.push(format!(
                "{label}: the repository has it already; `dashctl verify {label} --fix` rewrites its queries"
            ));
            continue;
        }
        match rewriter.rewrites(&desired.dashboard).await {
            Ok(rewrites) if rewrites.is_empty() => {}
            Ok(rewrites) => {
                import.person.show(&format!("{label}: rewritten\n{}", diff(&rewrites)));
                rewrite_all(desired.dashboard.content_mut(), &rewrites);
                gathered.locked.rewritten.extend(rewrites);
            }
            Err(error) => notes.push(format!("{label}: its queries stay as they are: {}", error.message())),
        }
    }
    notes
}

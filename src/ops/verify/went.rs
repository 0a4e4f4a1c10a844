//! Which panels had data at the last check, and have none now?

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{VerifyOptions, verify};
use crate::files::{read_regular, write_atomic};
use crate::ops::{Error, Person, TargetOptions};
use crate::repository::Repository;
use crate::verify::{DashboardVerdict, State};

/// The panels with data: by dashboard, by their ids.
type Seen = BTreeMap<String, BTreeSet<u64>>;

/// Looks at all dashboards of a repository on a target, and says which of their panels went empty since the last time; what
/// has data now is kept in `.dashctl/` for the next.
///
/// # Errors
///
/// A target or a Prometheus that can't be asked, or what was kept can't be read or written.
pub async fn went_empty(
    repository: &Repository,
    target: &TargetOptions,
    person: Arc<dyn Person>,
) -> Result<Vec<String>, Error> {
    let options = VerifyOptions {
        target: target.clone(),
        ..VerifyOptions::default()
    };
    let found = verify(&options, person).await?;
    let name = target.target.as_deref().unwrap_or("default");
    let file = file(repository, name);
    let before = before(&file)?;
    let mut gone = Vec::new();
    let mut now = Seen::new();
    for dashboard in &found.verdicts.dashboards {
        gone.extend(compare(dashboard, before.get(&dashboard.name)));
        let with_data = dashboard.panels.iter().filter(|panel| panel.state == State::Data);
        now.insert(dashboard.name.clone(), with_data.map(|panel| panel.id).collect());
    }
    let text = serde_json::to_string(&now).map_err(Error::new)?;
    write_atomic(&file, text.as_bytes())?;
    Ok(gone)
}

fn file(repository: &Repository, target: &str) -> PathBuf {
    let name = utf8_percent_encode(target, NON_ALPHANUMERIC);
    repository.root().join(".dashctl").join(format!("verify-{name}.json"))
}

fn before(file: &Path) -> Result<Seen, Error> {
    let wrong = |error: &dyn std::fmt::Display| {
        Error::new(format!("{}: {error}", file.display())).hint("delete it: the next check begins anew")
    };
    match read_regular(file) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| wrong(&error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Seen::new()),
        Err(error) => Err(wrong(&error)),
    }
}

/// A panel that can't be asked just now has not gone empty.
fn compare(now: &DashboardVerdict, before: Option<&BTreeSet<u64>>) -> Vec<String> {
    let had = |id: &u64| before.is_some_and(|before| before.contains(id));
    let gone = now
        .panels
        .iter()
        .filter(|panel| panel.state == State::Empty && had(&panel.id));
    gone.map(|panel| {
        let why = panel.queries.iter().find_map(|query| query.why.as_deref());
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        format!(
            "{}: panel {} {:?} went empty since the last check{why}",
            now.name, panel.id, panel.title
        )
    })
    .collect()
}

use std::time::Duration;

use tokio::time::Instant;

use super::readiness::{Readiness, readiness};
use super::survey::{PodTrouble, troubles};
use super::{Cluster, Error};
use crate::stack::{Kind, ObjectId};

/// How often is looked.
const PERIOD: Duration = Duration::from_secs(1);

/// An object that isn't ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub id: ObjectId,
    /// How far it is.
    pub what: String,
    /// What keeps it, as far as the cluster tells.
    pub troubles: Vec<PodTrouble>,
    /// Whether it has given up.
    pub failed: bool,
}

/// The kinds that take time to become ready.
pub fn takes_time(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet | Kind::PersistentVolumeClaim | Kind::Service
    )
}

/// Waits until all objects are ready, at most until `deadline`; gives those that aren't. `tell` hears of everything that
/// becomes ready and of every new reason for waiting, once.
///
/// # Errors
///
/// Not allowed, or the server can't be reached.
pub async fn wait(
    cluster: &Cluster,
    ids: &[ObjectId],
    deadline: Instant,
    mut tell: impl FnMut(&ObjectId, Result<(), &str>),
) -> Result<Vec<Waiting>, Error> {
    let mut open: Vec<(ObjectId, String)> = ids
        .iter()
        .filter(|id| takes_time(id.kind))
        .map(|id| (id.clone(), String::new()))
        .collect();
    loop {
        let mut waiting = Vec::new();
        let mut still = Vec::new();
        for (id, told) in open {
            match look(cluster, &id).await? {
                None => tell(&id, Ok(())),
                Some(state) => {
                    let line = state.line();
                    if line != told {
                        tell(&id, Err(&line));
                    }
                    waiting.push(state);
                    still.push((id, line));
                }
            }
        }
        open = still;
        let hopeless = !waiting.is_empty() && waiting.iter().all(|one| one.failed);
        if waiting.is_empty() || hopeless || Instant::now() + PERIOD > deadline {
            return Ok(waiting);
        }
        tokio::time::sleep(PERIOD).await;
    }
}

/// How an object is; `None` where it is ready.
///
/// # Errors
///
/// Not allowed, or the server can't be reached.
pub async fn look(cluster: &Cluster, id: &ObjectId) -> Result<Option<Waiting>, Error> {
    let Some(object) = cluster.get(id).await? else {
        return Ok(Some(Waiting {
            id: id.clone(),
            what: "it isn't there".into(),
            troubles: Vec::new(),
            failed: true,
        }));
    };
    let (what, failed) = match readiness(id.kind, &object) {
        Readiness::Ready => return Ok(None),
        Readiness::Waiting(what) => (what, false),
        Readiness::Failed(what) => (what, true),
    };
    Ok(Some(Waiting {
        id: id.clone(),
        what,
        troubles: troubles(cluster, id, &object).await?,
        failed,
    }))
}

impl Waiting {
    /// The state and what keeps it, in one line.
    pub fn line(&self) -> String {
        let troubles: Vec<String> = self.troubles.iter().map(ToString::to_string).collect();
        match troubles.is_empty() {
            true => self.what.clone(),
            false => format!("{}; {}", self.what, troubles.join("; ")),
        }
    }
}

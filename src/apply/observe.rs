use crate::dashboard::compare::Context;
use crate::grafana::{Error, ErrorKind, Grafana, LiveDashboard};
use crate::plan::{Base, Desired, Judgement, Mark, State, judge};

/// A dashboard as the target has it now, judged.
#[derive(Debug)]
pub struct Observed {
    /// What is there.
    pub live: Option<LiveDashboard>,
    /// What dashctl wrote last.
    pub base: Base,
    /// What that means.
    pub judgement: Judgement,
}

/// Reads a dashboard and judges it: one request where live means the same as desired, history only where it doesn't.
///
/// `folder_of` gives the titles from the root to the folder of this uid and title; `repository` is the id to look for
/// in marks.
///
/// # Errors
///
/// Not allowed, or the server can't be reached. History that may not be read is no error.
pub async fn observe(
    grafana: &Grafana,
    desired: &Desired,
    repository: &str,
    folder_of: impl Fn(&LiveDashboard) -> Vec<String>,
    context: &Context,
) -> Result<Observed, Error> {
    let live = grafana.dashboard(desired.uid.as_str()).await?;
    let folder = live.as_ref().map(folder_of).unwrap_or_default();
    let mut base = Base::NotNeeded;
    let mut judgement = judge(desired, live.as_ref(), &folder, &base, context);
    // Judged without a base, everything that differs and may be written is drift.
    if let (State::Drift, Some(live)) = (judgement.state, &live) {
        base = find_base(grafana, live, desired.uid.as_str(), repository).await?;
        judgement = judge(desired, Some(live), &folder, &base, context);
    }
    Ok(Observed { live, base, judgement })
}

/// The newest version that carries the repository's mark.
async fn find_base(grafana: &Grafana, live: &LiveDashboard, uid: &str, repository: &str) -> Result<Base, Error> {
    let versions = match grafana.versions(live, uid).await {
        Ok(versions) => versions,
        Err(error) if error.kind() == &ErrorKind::NotAllowed => return Ok(Base::NotAllowed),
        Err(error) => return Err(error),
    };
    let ours = |message: &str| Mark::parse(message).is_some_and(|mark| mark.repository == repository);
    let newest = versions.first().map_or(0, |entry| entry.version);
    for entry in &versions {
        // Lists show "Initial save" instead of version 1's message: only the version itself tells.
        if entry.version != 1 && !ours(&entry.message) {
            continue;
        }
        let version = match grafana.version(live, uid, entry.version).await {
            Ok(version) => version,
            // Pruned since the list was read.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Status(500)) => continue,
            Err(error) => return Err(error),
        };
        if ours(&version.message) {
            return Ok(Base::Found {
                version: version.version,
                dashboard: version.dashboard,
                newer: newest > version.version,
            });
        }
    }
    let complete = versions.iter().any(|entry| entry.version == 1);
    Ok(if complete { Base::NoMark } else { Base::PushedOut })
}

//! How does an older version of a dashboard come back?

use super::Error;
use super::history::{entry_of, live, summary};
use crate::apply::{FolderMaker, Origin, Outcome, Surroundings, Writer};
use crate::dashboard::compare::{Comparison, Context, compare};
use crate::grafana::{Grafana, LiveDashboard, Version};
use crate::plan::{Desired, Mark};

/// An older version that is to be saved again.
#[derive(Debug)]
pub struct Rollback<'a> {
    grafana: &'a Grafana,
    uid: String,
    live: LiveDashboard,
    surroundings: Surroundings,
    context: Context,
    /// The version.
    pub version: Version,
    /// What it changes.
    pub changes: Comparison,
}

impl<'a> Rollback<'a> {
    /// Finds the version: this one, or the newest that means something else than what is there now. Nothing where there is
    /// none.
    ///
    /// # Errors
    ///
    /// No such dashboard or version, a dashboard of another tool, or the server can't be reached.
    pub async fn find(grafana: &'a Grafana, uid: &str, to: Option<u64>) -> Result<Option<Self>, Error> {
        let live = live(grafana, uid).await?;
        if let Some(owner) = &live.foreign {
            return Err(Error::new(format!("{uid} is {owner}, and not for dashctl to write")));
        }
        let surroundings = Surroundings::read(grafana, false).await?;
        let context = surroundings.context();
        let Some(version) = wanted(to, grafana, &live, uid, &context).await? else {
            return Ok(None);
        };
        let changes = compare(live.document()?.content(), version.dashboard.content(), &context);
        Ok(Some(Self {
            grafana,
            uid: uid.to_owned(),
            live,
            surroundings,
            context,
            version,
            changes,
        }))
    }

    /// Saves it, as a new version.
    ///
    /// # Errors
    ///
    /// Not allowed, or somebody saved at the same time.
    pub async fn carry_out(self) -> Result<Outcome, Error> {
        let mut folders = FolderMaker::new(self.grafana, self.surroundings.folders);
        let number = self.version.version;
        let desired = Desired {
            label: self.uid.clone(),
            uid: self.uid.parse().map_err(Error::new)?,
            folder: folders.path_of(&self.live.folder_uid, &self.live.folder_title),
            dashboard: self.version.dashboard,
            elements: Vec::new(),
            pulled: None,
            folder_uids: Vec::new(),
            ignore: Vec::new(),
        };
        // No repository's mark: a rollback in Grafana is an edit, until the repository follows.
        let text = format!("back to version {number}: {}", summary(&self.changes));
        let origin = Origin {
            repository: Mark::NO_REPOSITORY,
            text: &text,
            managed: None,
        };
        let read = Some(&self.live.revision);
        let folder = folders.make(&desired.folder).await?;
        let writer = Writer::new(self.grafana, &self.context, origin);
        Ok(writer.save(&folder, &desired, read).await?)
    }
}

async fn wanted(
    to: Option<u64>,
    grafana: &Grafana,
    live: &LiveDashboard,
    uid: &str,
    context: &Context,
) -> Result<Option<Version>, Error> {
    let versions = grafana.versions(live, uid).await?;
    if let Some(to) = to {
        let entry = entry_of(&versions, uid, to)?;
        return Ok(Some(grafana.version(live, uid, entry).await?));
    }
    let now = live.document()?.content();
    for entry in versions.iter().filter(|entry| entry.version < live.revision.version) {
        let version = grafana.version(live, uid, entry).await?;
        if !compare(now, version.dashboard.content(), context).is_same() {
            return Ok(Some(version));
        }
    }
    Ok(None)
}

//! How do older versions of dashboards come back?

use futures::{StreamExt, TryStreamExt, stream};

use super::history::{entry_of, live, summary};
use super::writes::Tally;
use super::{Error, Person, Writes};
use crate::apply::{FolderMaker, Origin, Outcome, Surroundings, Writer};
use crate::dashboard::FolderPath;
use crate::dashboard::compare::{Comparison, Context, compare};
use crate::grafana::{Folder, Grafana, LiveDashboard, Version};
use crate::pace;
use crate::plan::{Desired, Mark};

/// How many are looked for at once.
const IN_FLIGHT: usize = 8;

/// What is done, and how.
#[derive(Debug, Clone, Default)]
pub struct RollbackOptions {
    /// The version; the one before the newest that means something where none is named.
    pub to: Option<u64>,
    /// How the writes go on.
    pub writes: Writes,
}

/// Older versions that are to be saved again.
#[derive(Debug)]
pub struct Rollbacks<'a> {
    grafana: &'a Grafana,
    surroundings: Surroundings,
    context: Context,
    /// For each dashboard that was asked for, by uid: its version, or nothing where none that is kept means anything else.
    pub found: Vec<(String, Option<Rollback>)>,
}

/// An older version that is to be saved again.
#[derive(Debug)]
pub struct Rollback {
    live: LiveDashboard,
    /// The version.
    pub version: Version,
    /// What it changes.
    pub changes: Comparison,
}

impl<'a> Rollbacks<'a> {
    /// Finds the version of each dashboard, before anything is written.
    ///
    /// # Errors
    ///
    /// No such dashboard or version, a dashboard of another tool, or the server can't be reached.
    pub async fn find(grafana: &'a Grafana, uids: &[String], options: &RollbackOptions) -> Result<Self, Error> {
        let surroundings = Surroundings::read(grafana, false).await?;
        let context = surroundings.context();
        let found = stream::iter(uids).map(async |uid: &String| {
            let found = find(grafana, uid, options.to, &context).await?;
            Ok::<_, Error>((uid.clone(), found))
        });
        let found = found.buffered(IN_FLIGHT).try_collect().await?;
        Ok(Self {
            grafana,
            surroundings,
            context,
            found,
        })
    }

    /// Those that change something.
    pub fn changing(&self) -> impl Iterator<Item = (&str, &Rollback)> {
        let all = self.found.iter();
        let changing = all.filter_map(|(uid, found)| Some((uid.as_str(), found.as_ref()?)));
        changing.filter(|(_, rollback)| !rollback.changes.is_same())
    }

    /// Saves those that change something, each as a new version, several at once. What was not begun has no result.
    ///
    /// # Errors
    ///
    /// A folder that can't be made. What Grafana refuses is in the result.
    pub async fn carry_out(
        &self,
        options: &RollbackOptions,
        person: &dyn Person,
    ) -> Result<Vec<(&str, Option<Result<Outcome, Error>>)>, Error> {
        let _writing = options.writes.begin(person);
        let mut folders = FolderMaker::new(self.grafana, self.surroundings.folders.clone());
        let mut jobs = Vec::new();
        for (uid, rollback) in self.changing() {
            let live = &rollback.live;
            let path = folders.path_of(&live.folder_uid, &live.folder_title);
            jobs.push((uid, rollback, folders.make(&path).await?, path));
        }
        let uids: Vec<&str> = jobs.iter().map(|(uid, ..)| *uid).collect();
        let tally = Tally::new(person, "saving older versions", jobs.len());
        let work = async |(uid, rollback, folder, path): (&str, &Rollback, Folder, FolderPath)| {
            let done = self.save(uid, rollback, &folder, path).await;
            tally.one(done.is_ok());
            let ended = options.writes.ended(&done);
            (done, ended)
        };
        let most = options.writes.most(None, None);
        let done = pace::run(jobs, most, || options.writes.are_stopped(), work).await;
        Ok(uids.into_iter().zip(done).collect())
    }

    async fn save(&self, uid: &str, rollback: &Rollback, folder: &Folder, path: FolderPath) -> Result<Outcome, Error> {
        let number = rollback.version.version;
        let desired = Desired {
            label: uid.to_owned(),
            uid: uid.parse().map_err(Error::new)?,
            folder: path,
            dashboard: rollback.version.dashboard.clone(),
            elements: Vec::new(),
            pulled: None,
            folder_uids: Vec::new(),
            ignore: Vec::new(),
        };
        // No repository's mark: a rollback in Grafana is an edit, until the repository follows.
        let text = format!("back to version {number}: {}", summary(&rollback.changes));
        let origin = Origin {
            repository: Mark::NO_REPOSITORY,
            text: &text,
            managed: None,
        };
        let writer = Writer::new(self.grafana, &self.context, origin);
        Ok(writer.save(folder, &desired, Some(&rollback.live.revision)).await?)
    }
}

/// The version: this one, or the newest that means something else than what is there now; nothing where there is none.
async fn find(grafana: &Grafana, uid: &str, to: Option<u64>, context: &Context) -> Result<Option<Rollback>, Error> {
    let live = live(grafana, uid).await?;
    if let Some(owner) = &live.foreign {
        return Err(Error::new(format!("{uid} is {owner}, and not for dashctl to write")));
    }
    let Some(version) = wanted(to, grafana, &live, uid, context).await? else {
        return Ok(None);
    };
    let changes = compare(live.document()?.content(), version.dashboard.content(), context);
    Ok(Some(Rollback { live, version, changes }))
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

use serde::Serialize;

use std::collections::BTreeSet;

use super::data_sources;
use super::library::{self, PanelItem};
use super::session::Session;
use super::survey::{Failed, Survey};
use super::{Error, Kind};
use crate::dashboard::FOLDER_ANNOTATION;
use crate::plan::{Action, DataSourceAction, Item, Permissions};
use crate::report::{DashboardReport, DataSourceReport, FailureReport, PlanReport, PlannedReport, Shard};
use crate::repository::Name;

/// What is looked at, and how.
#[derive(Debug, Clone)]
pub struct ReviewOptions {
    /// Names, uids, folders or globs; all dashboards of the repository where none is named.
    pub what: Vec<String>,
    /// How many dashboards are read at the same time.
    pub concurrency: usize,
    /// The part of the dashboards that is looked at.
    pub shard: Option<Shard>,
    /// Whether dashboards are read whose newest save says already that they are as dashctl wrote them.
    pub full: bool,
}

impl Default for ReviewOptions {
    fn default() -> Self {
        Self {
            what: Vec::new(),
            concurrency: 12,
            shard: None,
            full: false,
        }
    }
}

/// What `plan`, `apply` and `drift` have found out, before anything is done.
#[derive(Debug)]
pub struct Review {
    /// The repository and its target.
    pub session: Session,
    /// What was read once for all.
    pub survey: Survey,
    /// The library panels.
    pub library: Vec<PanelItem>,
    /// The dashboards.
    pub items: Vec<Item>,
    /// Those that could not be looked at.
    pub failed: Vec<Failed>,
    /// What is to be done with each declared data source, by name.
    pub data_sources: Vec<(String, DataSourceAction)>,
}

impl Review {
    /// Looks at everything that was asked for. Data sources only where no dashboard is named.
    ///
    /// # Errors
    ///
    /// A repository that is wrong, or a target that can't be reached.
    pub async fn make(session: Session, options: &ReviewOptions) -> Result<Self, Error> {
        Self::of(session, options, false).await
    }

    /// The same for a check, which writes nothing: a broken file is its own dashboard's failure, and the others are
    /// looked at.
    ///
    /// # Errors
    ///
    /// A `dashctl.yaml` or lock that is wrong, two dashboards of one uid, or a target that can't be reached.
    pub async fn make_all(session: Session, options: &ReviewOptions) -> Result<Self, Error> {
        Self::of(session, options, true).await
    }

    async fn of(session: Session, options: &ReviewOptions, go_on: bool) -> Result<Self, Error> {
        let (names, panels) = session.select_all(&options.what)?;
        let survey = Survey::begin(&session, &names, options.concurrency, !options.full)
            .await?
            .only(options.shard)
            .skipping_untouched(!options.full);
        let (items, mut failed) = match go_on {
            true => survey.all_items(names).await?,
            false => survey.items(names).await?,
        };
        let panels = with_used(&session, panels, &items, options)?;
        let (library, unseen) = library::look(&session, &survey, &panels, go_on).await?;
        failed.extend(unseen);
        // Data sources aren't divided: the first shard looks at them.
        let first = options.shard.is_none_or(|shard| shard.index == 0);
        let declared: &[_] = if options.what.is_empty() && first {
            &session.repository.config().datasources
        } else {
            &[]
        };
        let data_sources = data_sources::actions(&session.grafana, declared).await?;
        let review = Self {
            session,
            survey,
            library,
            items,
            failed,
            data_sources,
        };
        review.warn_of_idle_rules(options.what.is_empty() && options.shard.is_none());
        review.warn_of_annotations();
        Ok(review)
    }

    /// An ignore rule that names nothing is a slip of the pen, or has outlived its panel. The repository's own rules are
    /// judged only where all dashboards were looked at.
    fn warn_of_idle_rules(&self, all: bool) {
        let common = self.session.repository.config().ignore.len();
        for (at, rule) in self.session.repository.config().ignore.iter().enumerate() {
            if all && !self.items.is_empty() && self.items.iter().all(|item| item.idle_rules.contains(&at)) {
                self.session.person.warn(&format!(
                    "dashctl.yaml: ignore: {rule:?} names nothing in any dashboard"
                ));
            }
        }
        for item in &self.items {
            if item.idle_rules.iter().any(|at| *at >= common) {
                self.session.person.warn(&format!(
                    "dashboards/{}.yaml: an ignore rule names nothing in the dashboard",
                    item.name
                ));
            }
        }
    }

    /// The directory says in which folder a dashboard is; an object may say another one.
    fn warn_of_annotations(&self) {
        let folders = self.survey.folders();
        for item in self.items.iter().filter(|item| !item.folder_renamed) {
            let Some(uid) = &item.annotated_folder else { continue };
            let said = folders.path_of(uid);
            if said.as_ref() != Some(&item.folder) {
                let said = said.map_or_else(|| "not known here".to_owned(), |path| path.to_string());
                self.session.person.warn(&format!(
                    "{}: its annotation {FOLDER_ANNOTATION} says the folder with the uid {uid:?} ({said}), and its directory {}: \
                     the directory decides; move the file, or take the annotation out",
                    item.name, item.folder
                ));
            }
        }
    }

    /// The data sources that differ.
    pub fn differing_data_sources(&self) -> usize {
        self.data_sources
            .iter()
            .filter(|(_, action)| *action != DataSourceAction::Nothing)
            .count()
    }

    /// Whether anything differs.
    pub fn differs(&self) -> bool {
        self.all().any(Item::differs) || self.differing_data_sources() > 0
    }

    /// Whether anything is to be written.
    pub fn writes(&self, permissions: Permissions) -> bool {
        let writes = |(_, action): &(String, DataSourceAction)| {
            matches!(action, DataSourceAction::Create | DataSourceAction::Update(_))
        };
        self.all().any(|item| item.action(permissions).writes()) || self.data_sources.iter().any(writes)
    }

    /// How bad it is that some could not be looked at: nothing where all could, denied where nothing at all was allowed.
    pub fn failure(&self) -> Option<Kind> {
        if self.failed.is_empty() {
            None
        } else if self.all().next().is_none() && self.failed.iter().all(|failed| failed.error.kind() == Kind::Denied) {
            Some(Kind::Denied)
        } else {
            Some(Kind::Partial)
        }
    }

    /// Folders that will be made for the dashboards that are to be written.
    pub fn new_folders(&self, permissions: Permissions) -> Vec<String> {
        let mut folders: Vec<String> = Vec::new();
        for item in self.all().filter(|item| item.action(permissions).writes()) {
            let folder = item.folder.to_string();
            if !self.survey.has_folder(&item.folder) && !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        folders
    }

    /// What an apply would do.
    pub fn plan(&self, permissions: Permissions, deletions: usize) -> PlanReport {
        let url = self.session.grafana.url().to_owned();
        let planned = |item: &Item| PlannedReport {
            action: item.action(permissions),
            dashboard: DashboardReport::from(item),
        };
        PlanReport {
            target: self.session.target.clone().unwrap_or_else(|| url.clone()),
            url,
            dashboards: self.all().map(planned).collect(),
            folders: self.new_folders(permissions),
            data_sources: self.data_sources.iter().map(DataSourceReport::from).collect(),
            failed: self.failed.iter().map(FailureReport::from).collect(),
            deletions,
        }
    }

    /// Ends the session.
    pub async fn close(&self) {
        self.session.grafana.close().await;
    }
}

/// The library panels that were chosen, of them those that fall to the shard, and those that the chosen dashboards use: they are
/// written before.
fn with_used(
    session: &Session,
    chosen: Vec<Name>,
    items: &[Item],
    options: &ReviewOptions,
) -> Result<BTreeSet<Name>, Error> {
    let used: BTreeSet<&str> = items
        .iter()
        .flat_map(|item| &item.library)
        .map(String::as_str)
        .collect();
    let mut names: BTreeSet<Name> = chosen.into_iter().collect();
    if used.is_empty() && options.shard.is_none() {
        return Ok(names);
    }
    for name in session.repository.library_names()? {
        let Ok(entry) = session.repository.library_entry(&name, session.target.as_deref()) else {
            continue;
        };
        let uid = entry.uid.as_str();
        match options.shard {
            Some(shard) if !shard.has(uid) => drop(names.remove(&name)),
            _ if used.contains(uid) => drop(names.insert(name)),
            _ => {}
        }
    }
    Ok(names)
}

/// A error as machines read it.
#[derive(Debug, Serialize)]
pub struct FailedRow {
    /// The dashboard's name.
    pub name: String,
    /// What happened.
    pub error: String,
}

impl From<&Failed> for FailedRow {
    fn from(failed: &Failed) -> Self {
        Self {
            name: failed.name.clone(),
            error: failed.error.message(),
        }
    }
}

impl From<&Failed> for FailureReport {
    fn from(failed: &Failed) -> Self {
        Self {
            name: failed.name.clone(),
            error: failed.error.message(),
        }
    }
}

/// A dashboard with what is to be done about it, as machines read it.
#[derive(Debug, Serialize)]
pub struct PlannedRow<'a> {
    /// What is to be done.
    pub action: Action,
    /// The rest.
    #[serde(flatten)]
    pub item: &'a Item,
}

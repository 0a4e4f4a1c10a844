use serde::Serialize;

use super::connect::ConnectArgs;
use super::output::warn;
use super::session::Session;
use super::survey::{Failed, Survey};
use super::{Exit, Failure, datasource};
use crate::plan::{Action, DataSourceAction, Item, Permissions};
use crate::report::{FailureReport, Shard};

/// What is looked at, and how.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ReviewArgs {
    /// Names, uids, folders or globs; all dashboards of the repository where none is named
    #[arg(value_name = "WHAT")]
    pub what: Vec<String>,
    /// How many dashboards are read at the same time
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub concurrency: usize,
    /// The exit code if something differs; 0 for never
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub exit_code: u8,
    #[command(flatten)]
    pub connect: ConnectArgs,
    /// The part of the dashboards that is looked at.
    #[arg(skip)]
    pub shard: Option<Shard>,
}

/// What `plan`, `apply` and `drift` have found out, before anything is done.
#[derive(Debug)]
pub struct Review {
    /// The repository and its target.
    pub session: Session,
    /// What was read once for all.
    pub survey: Survey,
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
    pub async fn make(args: &ReviewArgs) -> Result<Self, Failure> {
        Self::of(args, false).await
    }

    /// The same for a check, which writes nothing: a broken file is its own dashboard's failure, and the others are
    /// looked at.
    ///
    /// # Errors
    ///
    /// A `dashctl.yaml` or lock that is wrong, two dashboards of one uid, or a target that can't be reached.
    pub async fn make_all(args: &ReviewArgs) -> Result<Self, Failure> {
        Self::of(args, true).await
    }

    async fn of(args: &ReviewArgs, go_on: bool) -> Result<Self, Failure> {
        Self::over(Session::open(&args.connect)?, args, go_on).await
    }

    /// The same over a session that is open already.
    ///
    /// # Errors
    ///
    /// The same.
    pub async fn over(session: Session, args: &ReviewArgs, go_on: bool) -> Result<Self, Failure> {
        let names = session.select(&args.what)?;
        let survey = Survey::begin(&session, &names, args.concurrency)
            .await?
            .only(args.shard);
        let (items, failed) = match go_on {
            true => survey.all_items(names).await?,
            false => survey.items(names).await?,
        };
        // Data sources aren't divided: the first shard looks at them.
        let first = args.shard.is_none_or(|shard| shard.index == 0);
        let declared: &[_] = if args.what.is_empty() && first {
            &session.repository.config().datasources
        } else {
            &[]
        };
        let data_sources = datasource::actions(&session.grafana, declared).await?;
        let review = Self {
            session,
            survey,
            items,
            failed,
            data_sources,
        };
        review.warn_of_idle_rules(args.what.is_empty() && args.shard.is_none());
        Ok(review)
    }

    /// An ignore rule that names nothing is a slip of the pen, or has outlived its panel. The repository's own rules are
    /// judged only where all dashboards were looked at.
    fn warn_of_idle_rules(&self, all: bool) {
        let common = self.session.repository.config().ignore.len();
        for (at, rule) in self.session.repository.config().ignore.iter().enumerate() {
            if all && !self.items.is_empty() && self.items.iter().all(|item| item.idle_rules.contains(&at)) {
                warn(&format!(
                    "dashctl.yaml: ignore: {rule:?} names nothing in any dashboard"
                ));
            }
        }
        for item in &self.items {
            if item.idle_rules.iter().any(|at| *at >= common) {
                warn(&format!(
                    "dashboards/{}.yaml: an ignore rule names nothing in the dashboard",
                    item.name
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
        self.items.iter().any(Item::differs) || self.differing_data_sources() > 0
    }

    /// Whether anything is to be written.
    pub fn writes(&self, permissions: Permissions) -> bool {
        let writes = |(_, action): &(String, DataSourceAction)| {
            matches!(action, DataSourceAction::Create | DataSourceAction::Update(_))
        };
        self.items.iter().any(|item| item.action(permissions).writes()) || self.data_sources.iter().any(writes)
    }

    /// The exit code that failures alone lead to: 3 where nothing at all was allowed.
    pub fn failure_exit(&self) -> Exit {
        if self.failed.is_empty() {
            Exit::Done
        } else if self.items.is_empty() && self.failed.iter().all(|failed| failed.failure.code() == Exit::Denied) {
            Exit::Denied
        } else {
            Exit::Partial
        }
    }

    /// Those that could not be looked at, in lines for people.
    pub fn failed_text(&self) -> String {
        self.failed
            .iter()
            .map(|failed| format!("x failed    {}: {}\n", failed.name, failed.failure.message()))
            .collect()
    }

    /// Folders that will be made for the dashboards that are to be written.
    pub fn new_folders(&self, permissions: Permissions) -> Vec<String> {
        let mut folders: Vec<String> = Vec::new();
        for item in self.items.iter().filter(|item| item.action(permissions).writes()) {
            let folder = item.folder.to_string();
            if self.survey.folders().by_path(&item.folder).is_none() && !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        folders
    }

    /// Ends the session.
    pub async fn close(&self) {
        self.session.grafana.close().await;
    }
}

/// A failure as machines read it.
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
            name: failed.name.to_string(),
            error: failed.failure.message(),
        }
    }
}

impl From<&Failed> for FailureReport {
    fn from(failed: &Failed) -> Self {
        Self {
            name: failed.name.to_string(),
            error: failed.failure.message(),
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

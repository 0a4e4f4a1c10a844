use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::format::PlanFormat;
use super::output::OutputArgs;
use super::prune;
use super::review::{FailedRow, PlannedRow, Review, ReviewArgs};
use super::{Exit, Failure};
use crate::plan::{Action, DataSourceAction, Item, Permissions};
use crate::report::{
    DashboardReport, DataSourceReport, FailureReport, Html, Markdown, PlanReport, PlanText, PlannedReport,
};

/// Shows what `apply` would do, and writes nothing
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl plan
  dashctl plan Kubernetes 'Teams/*' --out plan.json && dashctl apply plan.json
  dashctl plan -o markdown=comment.md -o html=plan.html -o text")]
pub struct Args {
    #[command(flatten)]
    review: ReviewArgs,
    /// Plan to take over dashboards that aren't this repository's
    #[arg(long)]
    adopt: bool,
    /// Plan to write over what others changed
    #[arg(long)]
    overwrite_drift: bool,
    /// Keep the plan in a file, for `dashctl apply FILE`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs<PlanFormat>,
}

#[derive(Serialize)]
struct PlanResult<'a> {
    version: u32,
    target: &'a str,
    dashboards: Vec<PlannedRow<'a>>,
    folders: Vec<String>,
    data_sources: Vec<DataSourceRow<'a>>,
    failed: Vec<FailedRow>,
}

#[derive(Serialize)]
struct DataSourceRow<'a> {
    name: &'a str,
    action: &'a DataSourceAction,
}

/// Runs the verb.
///
/// # Errors
///
/// A repository that is wrong, or a target that can't be reached.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let permissions = Permissions {
        adopt: args.adopt,
        overwrite_drift: args.overwrite_drift,
    };
    let review = Review::make(&args.review).await?;
    review.close().await;
    let result = PlanResult {
        version: 1,
        target: review.session.grafana.url(),
        dashboards: review
            .items
            .iter()
            .map(|item| PlannedRow {
                action: item.action(permissions),
                item,
            })
            .collect(),
        folders: review.new_folders(permissions),
        data_sources: review
            .data_sources
            .iter()
            .map(|(name, action)| DataSourceRow { name, action })
            .collect(),
        failed: review.failed.iter().map(FailedRow::from).collect(),
    };
    let waiting = prune::waiting(&review)?;
    let plan = report(&review, permissions, 0);
    args.output.write_each(|format, colour| match format {
        PlanFormat::Text => Ok(PlanText { plan: &plan, colour }.to_string() + &waiting),
        PlanFormat::Json => Ok(serde_json::to_string_pretty(&result).map_err(Failure::new)? + "\n"),
        PlanFormat::Markdown => Ok(Markdown::new(&plan).to_string()),
        PlanFormat::Html => Ok(Html::new(&plan).to_string()),
    })?;
    if let Some(path) = &args.out {
        SavedPlan::of(&review, permissions).write(path)?;
    }
    let differs = if review.differs() {
        Exit::differs(args.review.exit_code)
    } else {
        Exit::Done
    };
    Ok(differs.worse(review.failure_exit()))
}

/// A plan for people.
pub fn text(review: &Review, permissions: Permissions, deletions: usize) -> String {
    let plan = report(review, permissions, deletions);
    let colour = super::output::colours();
    PlanText { plan: &plan, colour }.to_string()
}

fn report(review: &Review, permissions: Permissions, deletions: usize) -> PlanReport {
    let url = review.session.grafana.url().to_owned();
    let planned = |item: &Item| PlannedReport {
        action: item.action(permissions),
        dashboard: DashboardReport::from(item),
    };
    PlanReport {
        target: review.session.target.clone().unwrap_or_else(|| url.clone()),
        url,
        dashboards: review.items.iter().map(planned).collect(),
        folders: review.new_folders(permissions),
        data_sources: review.data_sources.iter().map(DataSourceReport::from).collect(),
        failed: review.failed.iter().map(FailureReport::from).collect(),
        deletions,
    }
}

/// A plan in a file: enough to carry out exactly that, or to see that something has moved on.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedPlan {
    version: u32,
    repository: String,
    target: String,
    dashboards: Vec<SavedItem>,
    data_sources: Vec<String>,
    adopt: bool,
    overwrite_drift: bool,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedItem {
    name: String,
    uid: String,
    action: String,
    live_version: Option<u64>,
    content: String,
}

impl SavedPlan {
    /// The plan of a review.
    pub fn of(review: &Review, permissions: Permissions) -> Self {
        let changed = |(name, action): &(String, DataSourceAction)| {
            (*action != DataSourceAction::Nothing).then(|| format!("{name}: {}", serde_json::json!(action)))
        };
        Self {
            version: 1,
            repository: review.session.repository.config().repository.clone(),
            target: review.session.grafana.url().to_owned(),
            dashboards: review
                .items
                .iter()
                .filter_map(|item| saved(item, permissions))
                .collect(),
            data_sources: review.data_sources.iter().filter_map(changed).collect(),
            adopt: permissions.adopt,
            overwrite_drift: permissions.overwrite_drift,
        }
    }

    /// What the plan was allowed to do.
    pub fn permissions(&self) -> Permissions {
        Permissions {
            adopt: self.adopt,
            overwrite_drift: self.overwrite_drift,
        }
    }

    /// The dashboards that it is about.
    pub fn names(&self) -> Vec<String> {
        self.dashboards.iter().map(|item| globset::escape(&item.name)).collect()
    }

    /// Whether it covers data sources too.
    pub fn has_data_sources(&self) -> bool {
        !self.data_sources.is_empty()
    }

    /// Refuses a plan that the server or the repository has moved on from.
    ///
    /// # Errors
    ///
    /// What is different now.
    pub fn check(&self, now: &Self) -> Result<(), Failure> {
        let mut moved: Vec<String> = Vec::new();
        if (&self.repository, &self.target) != (&now.repository, &now.target) {
            moved.push(format!("the plan is for {} on {}", self.repository, self.target));
        }
        for item in &self.dashboards {
            match now.dashboards.iter().find(|other| other.name == item.name) {
                Some(other) if other == item => {}
                Some(other) if other.content != item.content => moved.push(format!("{}: its file changed", item.name)),
                Some(_) | None => moved.push(format!("{}: it changed in Grafana", item.name)),
            }
        }
        if self.data_sources != now.data_sources {
            moved.push("data sources changed".into());
        }
        if moved.is_empty() {
            return Ok(());
        }
        Err(Failure::new(format!(
            "the plan no longer holds, so nothing was written:\n  {}",
            moved.join("\n  ")
        ))
        .hint("make a new one with `dashctl plan --out FILE`"))
    }

    fn write(&self, path: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self).map_err(Failure::new)? + "\n";
        crate::files::write_atomic(path, text.as_bytes())?;
        Ok(())
    }

    /// Reads a plan.
    ///
    /// # Errors
    ///
    /// The file can't be read, or is no plan.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text =
            std::fs::read(path).map_err(|error| Failure::new(format!("{} can't be read: {error}", path.display())))?;
        serde_json::from_slice(&text).map_err(|error| {
            Failure::new(format!("{} is no plan: {error}", path.display()))
                .hint("make one with `dashctl plan --out FILE`")
        })
    }
}

fn saved(item: &Item, permissions: Permissions) -> Option<SavedItem> {
    let action = item.action(permissions);
    if matches!(action, Action::Nothing) {
        return None;
    }
    Some(SavedItem {
        name: item.name.clone(),
        uid: item.uid.clone(),
        action: action.to_string(),
        live_version: item.live.as_ref().map(|live| live.version),
        content: item.content.clone(),
    })
}

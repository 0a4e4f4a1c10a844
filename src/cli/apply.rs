use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::output::OutputArgs;
use super::plan::{self, SavedPlan};
use super::prune;
use super::review::{FailedRow, Review, ReviewArgs};
use super::session::Session;
use super::{Exit, Failure, ask, datasource};
use crate::apply::{self as carry_out, FolderMaker, keep_ignored, save};
use crate::plan::{Action, DataSourceAction, Item, Permissions, Refusal, State};
use crate::repository::Name;

/// Makes Grafana what the repository says: writes only what differs
///
/// Dashboards that others changed since are left alone, unless --overwrite-drift. Nothing is deleted, unless --prune, and
/// then only what left this repository and carries its mark.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  dashctl apply
  dashctl apply Kubernetes --yes -m 'new thresholds'
  dashctl plan --out plan.json && dashctl apply plan.json --yes")]
pub struct Args {
    #[command(flatten)]
    review: ReviewArgs,
    /// Write over what others changed in Grafana
    #[arg(long)]
    overwrite_drift: bool,
    /// Take over dashboards that aren't this repository's
    #[arg(long)]
    adopt: bool,
    /// Delete what left the repository
    #[arg(long)]
    prune: bool,
    /// Show what would be done; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Don't ask before writing
    #[arg(short, long)]
    yes: bool,
    /// A text for Grafana's version history
    #[arg(short, long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    message: String,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Serialize)]
struct ApplyResult {
    dashboards: Vec<AppliedRow>,
    data_sources: Vec<AppliedRow>,
    failed: Vec<FailedRow>,
    requests: usize,
}

#[derive(Debug, Serialize)]
struct AppliedRow {
    name: String,
    result: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip)]
    exit: Option<Exit>,
}

/// Runs the verb.
///
/// # Errors
///
/// Anything that is found wrong before the first write. What fails later is listed.
pub async fn run(mut args: Args) -> Result<Exit, Failure> {
    let saved = saved_plan(&mut args)?;
    let review = Review::make(&args.review).await?;
    let result = apply(&args, saved.as_ref(), &review).await;
    review.close().await;
    result
}

/// `apply FILE`: a single argument that is a file, and no dashboard.
fn saved_plan(args: &mut Args) -> Result<Option<SavedPlan>, Failure> {
    let [only] = &args.review.what[..] else { return Ok(None) };
    let path = Path::new(only).to_owned();
    if !path.is_file() {
        return Ok(None);
    }
    let saved = SavedPlan::read(&path)?;
    let permissions = saved.permissions();
    args.adopt |= permissions.adopt;
    args.overwrite_drift |= permissions.overwrite_drift;
    // A plan with data sources was made over everything.
    args.review.what = if saved.has_data_sources() {
        Vec::new()
    } else {
        saved.names()
    };
    if args.review.what.is_empty() && !saved.has_data_sources() {
        return Err(Failure::new("the plan has nothing to do"));
    }
    Ok(Some(saved))
}

/// Applies a repository through a session that is open already; it was asked before, and drift is left alone.
///
/// # Errors
///
/// Anything that is found wrong before the first write. What fails later is listed.
pub async fn apply_over(session: Session) -> Result<Exit, Failure> {
    let args = Args {
        yes: true,
        ..Args::default()
    };
    over(session, &args).await
}

/// Shows what [`apply_over`] would do.
///
/// # Errors
///
/// The same.
pub async fn foresee_over(session: Session) -> Result<Exit, Failure> {
    let args = Args {
        dry_run: true,
        ..Args::default()
    };
    over(session, &args).await
}

async fn over(session: Session, args: &Args) -> Result<Exit, Failure> {
    let review_args = ReviewArgs {
        concurrency: 12,
        ..ReviewArgs::default()
    };
    let review = Review::over(session, &review_args, false).await?;
    apply(args, None, &review).await
}

async fn apply(args: &Args, saved: Option<&SavedPlan>, review: &Review) -> Result<Exit, Failure> {
    let permissions = Permissions {
        adopt: args.adopt,
        overwrite_drift: args.overwrite_drift,
    };
    if let Some(saved) = saved {
        saved.check(&SavedPlan::of(review, permissions))?;
    }
    let doomed = if args.prune && args.review.what.is_empty() {
        prune::find(review, permissions).await?
    } else {
        Vec::new()
    };
    let plan = format!(
        "{}{}",
        prune::text(&doomed),
        plan::text(review, permissions, prune::count(&doomed))
    );
    let writes = review.writes(permissions) || prune::count(&doomed) > 0;
    if args.dry_run || !writes {
        super::output::print(&plan)?;
        prune::forget(review, &doomed, args.dry_run)?;
        let kept = prune::kept(&doomed) > 0 || args.dry_run && prune::count(&doomed) > 0;
        let differs = if review.differs() || kept {
            Exit::differs(args.review.exit_code)
        } else {
            Exit::Done
        };
        return Ok(differs.worse(review.failure_exit()));
    }
    if !review.session.grafana.is_sandbox().await? {
        let question = format!("{plan}Write this to {}?", review.session.grafana.url());
        if !ask::confirm(&question, args.yes)? {
            return Err(Failure::new("nothing was written, as you said"));
        }
    }
    let mut result = ApplyResult {
        data_sources: data_sources(review).await,
        dashboards: dashboards(args, review, permissions).await?,
        failed: review.failed.iter().map(FailedRow::from).collect(),
        requests: 0,
    };
    result.dashboards.extend(
        prune::carry_out(review, &doomed)
            .await?
            .into_iter()
            .map(|(name, result)| row(name, result)),
    );
    result.requests = review.session.grafana.requests();
    args.output
        .write(&result, || format!("{}{}", review.failed_text(), text(&result)))?;
    Ok(exit(args, review, &result, permissions, prune::kept(&doomed) > 0))
}

fn exit(args: &Args, review: &Review, result: &ApplyResult, permissions: Permissions, kept: bool) -> Exit {
    let rows = result.dashboards.iter().chain(&result.data_sources);
    let failed: Vec<Exit> = rows.filter_map(|row| row.exit).collect();
    let all_denied = !failed.is_empty()
        && failed.iter().all(|exit| *exit == Exit::Denied)
        && result.dashboards.iter().all(|row| row.exit.is_some());
    let mut exit = review.failure_exit();
    if all_denied {
        exit = exit.worse(Exit::Denied);
    } else if !failed.is_empty() {
        exit = exit.worse(Exit::Partial);
    }
    let left_alone = review
        .items
        .iter()
        .any(|item| item.differs() && !item.action(permissions).writes());
    if left_alone || kept {
        exit.worse(Exit::differs(args.review.exit_code))
    } else {
        exit
    }
}

async fn data_sources(review: &Review) -> Vec<AppliedRow> {
    let mut rows = Vec::new();
    let session = &review.session;
    for (declared, (name, action)) in session.repository.config().datasources.iter().zip(&review.data_sources) {
        if matches!(action, DataSourceAction::Create | DataSourceAction::Update(_)) {
            let word = if *action == DataSourceAction::Create {
                "created"
            } else {
                "updated"
            };
            let done = datasource::carry_out_one(&session.grafana, session.vault.as_ref(), declared).await;
            rows.push(row(format!("data source {name}"), done.map(|()| word.to_owned())));
        }
    }
    rows
}

async fn dashboards(args: &Args, review: &Review, permissions: Permissions) -> Result<Vec<AppliedRow>, Failure> {
    let mut folders = FolderMaker::new(&review.session.grafana, review.survey.folders().clone());
    let mut rows = Vec::new();
    for item in &review.items {
        let mut action = item.action(permissions);
        if action == Action::Refuse(Refusal::Drift) && may_overwrite(args, item)? {
            action = item.action(Permissions {
                overwrite_drift: true,
                ..permissions
            });
        }
        match action {
            Action::Nothing => {}
            Action::Refuse(reason) => rows.push(row(item.name.clone(), Ok(format!("left alone: {reason}")))),
            _ => rows.push(write_one(args, review, &mut folders, item, &action).await),
        }
    }
    Ok(rows)
}

/// Drift is somebody's work: on a terminal each dashboard is asked about by itself.
fn may_overwrite(args: &Args, item: &Item) -> Result<bool, Failure> {
    if args.yes || !ask::can_ask() {
        return Ok(false);
    }
    let who = item
        .edits
        .first()
        .map(|edit| format!(" by {}", edit.author))
        .unwrap_or_default();
    ask::confirm(&format!("{} has drift{who}. Write over it?", item.name), false)
}

async fn write_one(
    args: &Args,
    review: &Review,
    folders: &mut FolderMaker<'_>,
    item: &Item,
    action: &Action,
) -> AppliedRow {
    let done = async {
        let name = Name::parse(&item.name).map_err(Failure::new)?;
        let mut desired = review.survey.desired(&name)?;
        if item.live.is_some() && !desired.ignore.is_empty() {
            let observed = review.survey.observe(&desired).await?;
            if let Some(live) = &observed.live {
                keep_ignored(&mut desired, live.document.classic()?, review.survey.context()).map_err(Failure::new)?;
            }
        }
        let mark = (
            review.session.repository.config().repository.as_str(),
            args.message.as_str(),
        );
        let read = item.live.as_ref().map(|live| live.version);
        match save(
            &review.session.grafana,
            folders,
            &desired,
            read,
            mark,
            review.survey.context(),
        )
        .await
        {
            Ok(outcome) => Ok(format!("{}, version {}", past(action), outcome.version)),
            Err(error @ carry_out::Error::Conflict(_)) => {
                // Somebody was faster: say what it is now, and leave it to them.
                let observed = review.survey.observe(&desired).await?;
                let now = review.survey.item(&desired, observed);
                let who = now
                    .edits
                    .first()
                    .map(|edit| format!(" by {}", edit.author))
                    .unwrap_or_default();
                let state = if now.state == State::InSync {
                    "the same as desired".into()
                } else {
                    now.state.to_string()
                };
                Err(Failure::new(format!("{error}; now it is {state}{who}")))
            }
            Err(error) => Err(Failure::from(error)),
        }
    };
    row(item.name.clone(), done.await)
}

fn past(action: &Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Move => "moved",
        Action::Adopt => "adopted",
        _ => "updated",
    }
}

fn row(name: String, done: Result<String, Failure>) -> AppliedRow {
    match done {
        Ok(result) => AppliedRow {
            name,
            result,
            error: None,
            exit: None,
        },
        Err(failure) => AppliedRow {
            name,
            result: "failed".into(),
            exit: Some(failure.code()),
            error: Some(failure.message()),
        },
    }
}

fn text(result: &ApplyResult) -> String {
    let mut text = String::new();
    for row in result.data_sources.iter().chain(&result.dashboards) {
        let error = row.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
        // Writing to a String can't fail.
        let _ = writeln!(text, "{}: {}{}", row.name, row.result, super::output::printable(&error));
    }
    let failed = result
        .dashboards
        .iter()
        .chain(&result.data_sources)
        .filter(|row| row.error.is_some())
        .count();
    if failed > 0 {
        let _ = writeln!(
            text,
            "{failed} failed. What is applied already stays; once the cause is gone, running it again does the rest."
        );
    }
    text
}

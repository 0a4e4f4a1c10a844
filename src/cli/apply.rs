use std::path::Path;

use super::output::{OutputArgs, colours, print};
use super::review::{ReviewArgs, failed_text};
use super::writes::WritesArgs;
use super::{Exit, Failure, ask};
use crate::ops::{Apply, ApplyOptions, Review, SavedPlan};
use crate::plan::Permissions;

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
    /// Write over what others changed in Grafana
    #[arg(long)]
    overwrite_drift: bool,
    /// Take over dashboards that aren't this repository's
    #[arg(long)]
    adopt: bool,
    /// Delete what left the repository
    #[arg(long)]
    prune: bool,
    /// Refuse dashboards that refer to data sources or library panels which the target lacks, instead of a warning
    #[arg(long)]
    strict: bool,
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
    #[command(flatten)]
    review: ReviewArgs,
    #[command(flatten)]
    writes: WritesArgs,
}

/// Runs the verb.
///
/// # Errors
///
/// Anything that is found wrong before the first write. What fails later is listed.
pub async fn run(mut args: Args) -> Result<Exit, Failure> {
    let saved = saved_plan(&mut args)?;
    let person = super::ask::Terminal { yes: args.yes };
    let mut review = args.review.make_with(person).await?;
    let result = apply(&args, saved.as_ref(), &mut review).await;
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

async fn apply(args: &Args, saved: Option<&SavedPlan>, review: &mut Review) -> Result<Exit, Failure> {
    let options = ApplyOptions {
        permissions: Permissions {
            adopt: args.adopt,
            overwrite_drift: args.overwrite_drift,
        },
        prune: args.prune,
        message: args.message.clone(),
        writes: args.writes.options(),
    };
    review.foresee(options.permissions, args.strict).await?;
    let review = &*review;
    let all = args.review.what.is_empty();
    let apply = Apply::prepare(review, &options, saved, all).await?;
    let plan = apply.text(colours());
    let differs = Exit::differs(args.review.exit_code);
    let failure = Exit::of(review.failure());
    if args.dry_run || !apply.writes() {
        print(&plan)?;
        if !args.dry_run {
            apply.forget()?;
        }
        let something = review.differs() || apply.keeps() || args.dry_run && apply.deletions() > 0;
        return Ok(failure.worse(if something { differs } else { Exit::Done }));
    }
    let question = format!("{plan}Write this to {}?", review.session.grafana.url());
    if !review.session.grafana.is_sandbox().await? && !ask::confirm(&question, args.yes)? {
        return Err(Failure::new("nothing was written, as you said"));
    }
    let result = apply.carry_out().await?;
    args.output
        .write(&result, || format!("{}{}", failed_text(review), result))?;
    let exit = failure.worse(Exit::of(result.failure()));
    Ok(match apply.leaves_alone() || apply.keeps() {
        true => exit.worse(differs),
        false => exit,
    })
}

//! `dashctl pull`: what others changed in Grafana comes into the repository.

use super::ask::Terminal;
use super::output::{OutputArgs, colours, print, printable};
use super::review::ReviewArgs;
use super::{Exit, Failure};
use crate::ops::pull::{self, Adopted, PullOptions, Pulled, Row};
use crate::report::Semantic;
use crate::repository::library_label;

/// Takes what others changed in Grafana into the repository's files; writes nothing in Grafana
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl pull
  dashctl pull Kubernetes/pods --dry-run
  dashctl pull --commit --branch dashctl/drift
  dashctl pull --new --all                  begins a repository from a grown Grafana
  dashctl pull --new 4XuMd2Iiz os6Bh8Omk")]
pub struct Args {
    /// Take in dashboards that the repository doesn't know yet: the uids that are named, or --all
    #[arg(long)]
    new: bool,
    /// With --new: every dashboard that the repository doesn't know
    #[arg(long, requires = "new")]
    all: bool,
    /// Make a Git commit of each version that people saved in Grafana, with its author, time and message
    #[arg(long, conflicts_with = "new")]
    commit: bool,
    /// With --commit: the branch that the commits go to, on top of what is checked out; no file is touched. It may hold
    /// commits of earlier pulls, which are made anew, and nobody else's
    #[arg(long, value_name = "NAME", requires = "commit")]
    branch: Option<String>,
    /// Show what would be done; write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    review: ReviewArgs,
}

/// Runs the verb.
///
/// # Errors
///
/// A repository that is wrong, or a target that can't be reached. What fails for one dashboard is in its row.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    if args.new {
        return adopt(&args).await;
    }
    let review = args.review.make().await?;
    let options = PullOptions {
        what: args.review.what.clone(),
        branch: args.branch.clone(),
        dry_run: args.dry_run,
    };
    let rows = match args.commit {
        true => pull::commit(&options, &review).await,
        false => pull::pull(&options, &review).await,
    };
    review.close().await;
    let rows = rows?;
    args.output.write(&rows, || text(&rows, args.dry_run))?;
    let failure = Exit::of(review.failure());
    Ok(match rows.iter().any(|row| row.result.is_trouble()) {
        true => failure.worse(Exit::Partial),
        false => failure,
    })
}

/// `pull --new`: dashboards that the repository doesn't know become files of it.
async fn adopt(args: &Args) -> Result<Exit, Failure> {
    if args.all != args.review.what.is_empty() {
        return Err(Failure::usage("--new takes uids, or --all, and not both"));
    }
    let session = args.review.session(Terminal::default())?;
    let adopted = pull::adopt(&session, &args.review.what, args.dry_run).await;
    session.grafana.close().await;
    let adopted = adopted?;
    print(&adopted_text(&adopted, args.dry_run))?;
    Ok(match adopted.left_out.iter().all(|one| one.expected) {
        true => Exit::Done,
        false => Exit::Partial,
    })
}

fn adopted_text(adopted: &Adopted, dry_run: bool) -> String {
    let word = if dry_run { "would be new" } else { "new" };
    let new = adopted
        .new
        .iter()
        .map(|(name, uid)| format!("{name}: {word} (uid {uid})\n"));
    let panels = adopted
        .library
        .iter()
        .map(|(name, uid)| format!("{}: {word} (uid {uid})\n", library_label(name)));
    let left_out = adopted.left_out.iter();
    let left_out = left_out.map(|one| format!("{} (uid {}): left out: {}\n", one.title, one.uid, one.why.message()));
    let text: String = new.chain(panels).chain(left_out).collect();
    match text.is_empty() {
        true => "Nothing that the repository doesn't know.\n".to_owned(),
        false => text,
    }
}

fn text(rows: &[Row], dry_run: bool) -> String {
    if rows.is_empty() {
        return "Nothing to pull.\n".to_owned();
    }
    let mut text = String::new();
    for row in rows {
        let would = if dry_run && row.result == Pulled::Pulled {
            "would be "
        } else {
            ""
        };
        text.push_str(&format!("{}: {would}{}\n", row.name, row.result));
        for note in &row.notes {
            text.push_str(&format!("    {}\n", printable(note)));
        }
        for commit in &row.commits {
            text.push_str(&format!("    {}\n", printable(&commit.to_string())));
        }
        if row.edited.is_same() {
            continue;
        }
        for line in Semantic::new(&row.edited).colour(colours()).to_string().lines() {
            text.push_str(&format!("    {line}\n"));
        }
    }
    text
}

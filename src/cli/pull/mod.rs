//! `dashctl pull`: what others changed in Grafana comes into the repository.
//!
//! Only files are written. Where the schema is the same, the file gets the changes and keeps its face; where it rose,
//! live's form is taken whole. Where the file has changes of its own, the two are merged with Grafana's history as the
//! base, and what collides is left with markers. `--commit` makes a Git commit of each version that people saved instead.

mod adopt;
mod commit;
mod draft;
mod merge;
mod steps;

use serde::Serialize;

use super::output::{OutputArgs, print, printable};
use super::review::{Review, ReviewArgs};
use super::{Exit, Failure};
use crate::apply::Observed;
use crate::catalog::Sha256;
use crate::dashboard::compare::{Comparison, compare};
use crate::plan::{Base, Item, State, pulled_hash};
use crate::report::Semantic;
use crate::repository::{Lock, Locked, Name, Repository};
use commit::CommitRow;
use draft::Draft;

/// Takes what others changed in Grafana into the repository's files; writes nothing in Grafana
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl pull
  dashctl pull Kubernetes/pods --dry-run
  dashctl pull --commit --branch dashctl/drift
  dashctl pull --new --all                  begins a repository from a grown Grafana
  dashctl pull --new 4XuMd2Iiz os6Bh8Omk")]
pub struct Args {
    #[command(flatten)]
    review: ReviewArgs,
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
}

/// What became of one dashboard.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    name: String,
    result: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    commits: Vec<CommitRow>,
    edited: Comparison,
}

/// Runs the verb.
///
/// # Errors
///
/// A repository that is wrong, or a target that can't be reached. What fails for one dashboard is in its row.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    if args.new {
        return adopt::run(&args).await;
    }
    let review = Review::make(&args.review).await?;
    let rows = match args.commit {
        true => commit::run(&args, &review).await,
        false => pull_each(&args, &review, async |item| pull_one(&args, &review, item).await).await,
    };
    review.close().await;
    let mut rows = rows?;
    rows.extend(
        review
            .failed
            .iter()
            .map(|failed| failed_row(&failed.name.to_string(), &failed.failure.message())),
    );
    args.output.write(&rows, || text(&rows, args.dry_run))?;
    let failed = rows.iter().any(|row| matches!(row.result, "failed" | "conflict"));
    Ok(if failed {
        Exit::Partial.worse(review.failure_exit())
    } else {
        review.failure_exit()
    })
}

/// Takes in, one by one, what there is to take in. What fails for one dashboard is in its row.
async fn pull_each(
    args: &Args,
    review: &Review,
    mut pull: impl AsyncFnMut(&Item) -> Result<Row, Failure>,
) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for item in &review.items {
        let named = !args.review.what.is_empty();
        match item.state {
            State::Drift | State::Diverged => {}
            State::Unowned if named => {}
            State::Missing if named => {
                rows.push(note(
                    &item.name,
                    "nothing to pull",
                    "it isn't in Grafana; `dashctl remove` takes it out of the repository",
                ));
                continue;
            }
            _ => continue,
        }
        rows.push(match pull(item).await {
            Ok(row) => row,
            Err(failure) => failed_row(&item.name, &failure.message()),
        });
    }
    Ok(rows)
}

fn failed_row(name: &str, why: &str) -> Row {
    note(name, "failed", why)
}

fn note(name: &str, result: &'static str, note: &str) -> Row {
    Row {
        name: name.to_owned(),
        result,
        notes: vec![note.to_owned()],
        commits: Vec::new(),
        edited: Comparison::default(),
    }
}

async fn pull_one(args: &Args, review: &Review, item: &Item) -> Result<Row, Failure> {
    let repository = &review.session.repository;
    let name = Name::parse(&item.name).map_err(Failure::new)?;
    let desired = review.survey.desired(&name)?;
    let Observed {
        live, base, judgement, ..
    } = review.survey.observe(&desired).await?;
    let Some(live) = live else {
        return Err(Failure::new("it is no longer in Grafana"));
    };
    let now = live.document.classic()?;
    let base = match &base {
        Base::Found { dashboard, .. } => Some(dashboard),
        _ => None,
    };
    let edited = match base {
        Some(_) => judgement.drift,
        // Without a base, everything in which live differs from desired counts as edited.
        None => compare(&desired.dashboard, now, review.survey.context()),
    };
    let Some(mut draft) = Draft::read(review, &name)? else {
        return Ok(Row {
            edited,
            ..note(&item.name, "left alone", TEMPLATED)
        });
    };
    let read = draft.text().to_owned();
    let taken = draft.take(now, base, &edited)?;
    let mut notes = taken.notes;
    let to = destination(item, &name)?;
    notes.extend(moved(&name, &to));
    if !args.dry_run {
        let hash = (!taken.conflict).then(|| pulled_hash(now));
        write(repository, (&name, &item.uid), &to, (&read, &taken.text), hash)?;
    }
    Ok(Row {
        name: item.name.clone(),
        result: if taken.conflict { "conflict" } else { "pulled" },
        notes,
        commits: Vec::new(),
        edited,
    })
}

const TEMPLATED: &str = "a template makes it; put the changes into the template by hand";

/// Somebody moved it in Grafana: the files follow.
fn destination(item: &Item, name: &Name) -> Result<Name, Failure> {
    let Some(folder) = item.moved_from.as_ref().filter(|_| item.state != State::Pending) else {
        return Ok(name.clone());
    };
    Name::new(folder, "x")
        .and_then(|there| there.beside(name.stem()))
        .map_err(Failure::new)
}

fn moved(from: &Name, to: &Name) -> Option<String> {
    (from != to).then(|| format!("moved to {to}, as in Grafana"))
}

/// The lock remembers what was `taken`, so that the next check begins there; a conflict isn't taken before somebody has
/// settled it.
fn write(
    repository: &Repository,
    (from, uid): (&Name, &str),
    to: &Name,
    (read, text): (&str, &str),
    taken: Option<String>,
) -> Result<(), Failure> {
    let root = repository.root();
    let mut change = repository.begin()?;
    if from != to && change.has(&to.json(root))? {
        return Err(Failure::new(format!(
            "{} is there already",
            repository.relative(&to.json(root)).display()
        )));
    }
    if std::fs::read_to_string(from.json(root)).is_ok_and(|now| now != read) {
        return Err(Failure::new(format!(
            "{} was changed at the same time; run it again",
            repository.relative(&from.json(root)).display()
        )));
    }
    change.write(&to.json(root), text.as_bytes())?;
    if from != to {
        if let Ok(sidecar) = std::fs::read(from.yaml(root)) {
            change.write(&to.yaml(root), &sidecar)?;
        }
        change.remove(&from.json(root))?;
        change.remove(&from.yaml(root))?;
    }
    remember(change.lock(), (from, uid), to, text, taken);
    Ok(change.commit()?)
}

/// Pins what the file was made of: `taken` is the checksum of the live content.
fn remember(lock: &mut Lock, (from, uid): (&Name, &str), to: &Name, text: &str, taken: Option<String>) {
    let locked = lock.take(from, uid).unwrap_or_else(|| Locked {
        uid: uid.to_owned(),
        source: "file".into(),
        revision: None,
        sha256: Sha256::of(text.as_bytes()).to_string(),
        pulled: None,
        removed: false,
    });
    let pulled = taken.or_else(|| locked.pulled.clone());
    lock.insert(to.clone(), Locked { pulled, ..locked });
}

fn text(rows: &[Row], dry_run: bool) -> String {
    if rows.is_empty() {
        return "Nothing to pull.\n".to_owned();
    }
    let mut text = String::new();
    for row in rows {
        let would = if dry_run && row.result == "pulled" {
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
        for line in Semantic::new(&row.edited)
            .colour(super::output::colours())
            .to_string()
            .lines()
        {
            text.push_str(&format!("    {line}\n"));
        }
    }
    text
}

/// Prints the rows of an adoption.
fn print_lines(lines: &[String]) -> Result<(), Failure> {
    print(&lines.concat())
}

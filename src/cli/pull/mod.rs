//! `dashctl pull`: what others changed in Grafana comes into the repository.
//!
//! Only files are written. Where the schema is the same, the file gets the changes and keeps its face; where it rose,
//! live's form is taken whole. Where the file has changes of its own, the two are merged with Grafana's history as the
//! base, and what collides is left with markers.

mod adopt;
mod merge;

use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use super::output::{OutputArgs, print, printable};
use super::review::{Review, ReviewArgs};
use super::{Exit, Failure};
use crate::apply::Observed;
use crate::catalog::Sha256;
use crate::dashboard::compare::{Comparison, compare};
use crate::plan::{Base, Item, State, pulled_hash};
use crate::report::Semantic;
use crate::repository::{EntryParts, Locked, Name, Repository, Sidecar, rewrite};
use merge::{Merged, Sides};

/// Takes what others changed in Grafana into the repository's files; writes nothing in Grafana
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl pull
  dashctl pull Kubernetes/pods --dry-run
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
    let rows = pull_all(&args, &review).await;
    review.close().await;
    let rows = rows?;
    args.output.write(&rows, || text(&rows, args.dry_run))?;
    let failed = rows.iter().any(|row| matches!(row.result, "failed" | "conflict"));
    Ok(if failed {
        Exit::Partial.worse(review.failure_exit())
    } else {
        review.failure_exit()
    })
}

async fn pull_all(args: &Args, review: &Review) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for item in &review.items {
        let named = !args.review.what.is_empty();
        match item.state {
            State::Drift | State::Diverged => {}
            State::Unowned if named => {}
            State::Missing if named => {
                rows.push(note(
                    item,
                    "nothing to pull",
                    "it isn't in Grafana; `dashctl remove` takes it out of the repository",
                ));
                continue;
            }
            _ => continue,
        }
        rows.push(match pull_one(args, review, item).await {
            Ok(row) => row,
            Err(failure) => note(item, "failed", failure.message()),
        });
    }
    Ok(rows)
}

fn note(item: &Item, result: &'static str, note: &str) -> Row {
    Row {
        name: item.name.clone(),
        result,
        notes: vec![note.to_owned()],
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
    let edited = if matches!(base, Base::Found { .. }) {
        judgement.drift
    } else {
        reversed(&desired.dashboard, &live.dashboard, review)
    };
    let sidecar = Sidecar::read(&name.yaml(repository.root()))?.unwrap_or_default();
    if sidecar.template.is_some() {
        return Ok(Row {
            name: item.name.clone(),
            result: "left alone",
            notes: vec!["a template makes it; put the changes into the template by hand".into()],
            edited,
        });
    }
    let path = name.json(repository.root());
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    let file = crate::dashboard::parse(text.as_bytes()).map_err(Failure::new)?;
    let (_, answers) = review.survey.answers(&name)?;
    let sides = Sides {
        file: &file,
        desired: &desired.dashboard,
        live: &live.dashboard,
        base: match &base {
            Base::Found { dashboard, .. } => Some(dashboard),
            _ => None,
        },
        answers: &answers,
        reference: review.survey.reference(),
        context: review.survey.context(),
    };
    let merged = sides.merge().map_err(Failure::new)?;
    let mut notes = merged.notes(&edited, sides.reshaped());
    if let Merged::Clean { file: new, .. } = &merged {
        verify(review, &name, &sidecar, new, &sides)?;
    }
    let new_text = match &merged {
        Merged::Clean { file, whole: false } => rewrite(&text, file).map_err(Failure::new)?,
        Merged::Clean { file, whole: true } => crate::dashboard::to_sorted_text(file),
        Merged::Conflict { ours, theirs, .. } => {
            let ours = rewrite(&text, ours).map_err(Failure::new)?;
            merge::with_markers(&ours, &rewrite(&ours, theirs).map_err(Failure::new)?)
        }
    };
    let to = destination(item, &name, &mut notes)?;
    if !args.dry_run {
        let taken = matches!(merged, Merged::Clean { .. }).then(|| pulled_hash(&live.dashboard));
        write(repository, (&name, &item.uid), &to, &new_text, taken)?;
    }
    Ok(Row {
        name: item.name.clone(),
        result: match merged {
            Merged::Conflict { .. } => "conflict",
            Merged::Clean { .. } => "pulled",
        },
        notes,
        edited,
    })
}

/// Without a base, everything in which live differs from desired counts as edited.
fn reversed(desired: &Value, live: &Value, review: &Review) -> Comparison {
    compare(desired, live, review.survey.context())
}

/// What would be written must mean what live means, apart from the file's own changes. Anything else is not written.
fn verify(review: &Review, name: &Name, sidecar: &Sidecar, file: &Value, sides: &Sides<'_>) -> Result<(), Failure> {
    let parts = EntryParts {
        name: name.clone(),
        path: PathBuf::from(name.as_str()),
        sidecar: sidecar.clone(),
        dashboard: file.clone(),
        target: review.session.target.as_deref(),
    };
    let desired = review.survey.desired_of(parts.build()?)?;
    let left = compare(&desired.dashboard, sides.live, sides.context);
    let own = sides.own_changes();
    let lost: Vec<String> = left
        .changes
        .iter()
        .map(|change| &change.place)
        .chain(left.undecidable.iter().map(|one| &one.place))
        .filter(|place| !own.iter().any(|own| merge::overlap(&own.place, place)))
        .map(ToString::to_string)
        .collect();
    if lost.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "not written, since these changes could not be put into the file (an overlay, title or uid of its YAML file may decide them): {}",
        lost.join("; ")
    )))
}

/// Somebody moved it in Grafana: the files follow.
fn destination(item: &Item, name: &Name, notes: &mut Vec<String>) -> Result<Name, Failure> {
    let Some(folder) = item.moved_from.as_ref().filter(|_| item.state != State::Pending) else {
        return Ok(name.clone());
    };
    let path: Vec<&str> = if folder == "General" {
        Vec::new()
    } else {
        folder.split('/').collect()
    };
    let stem = name.as_str().rsplit('/').next().unwrap_or_default();
    let to = Name::new(&path, stem).map_err(Failure::new)?;
    notes.push(format!("moved to {to}, as in Grafana"));
    Ok(to)
}

/// The new files first, then the lock, then the old files go: at every moment the dashboard is there. The lock remembers
/// what was `taken`, so that the next check begins there; a conflict isn't taken before somebody has settled it.
fn write(
    repository: &Repository,
    (from, uid): (&Name, &str),
    to: &Name,
    text: &str,
    taken: Option<String>,
) -> Result<(), Failure> {
    let root = repository.root();
    if from != to && to.json(root).exists() {
        return Err(Failure::new(format!(
            "{} is there already",
            repository.relative(&to.json(root)).display()
        )));
    }
    let mut lock = repository.lock()?;
    repository.write(&to.json(root), text.as_bytes())?;
    if from != to
        && let Ok(sidecar) = std::fs::read(from.yaml(root))
    {
        repository.write(&to.yaml(root), &sidecar)?;
    }
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
    repository.write_lock(&lock)?;
    if from == to {
        return Ok(());
    }
    for old in [from.json(root), from.yaml(root)] {
        match std::fs::remove_file(&old) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::new(format!("{} can't be removed: {error}", old.display())));
            }
            _ => {}
        }
    }
    Ok(())
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

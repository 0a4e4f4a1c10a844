//! How does what others changed in Grafana come into the repository?
//!
//! Only files are written. Where the schema is the same, the file gets the changes and keeps its face; where it rose,
//! live's form is taken whole. Where the file has changes of its own, the two are merged with Grafana's history as the
//! base, and what collides is left with markers. [`commit`] makes a Git commit of each version that people saved instead.

mod adopt;
mod adopted_panels;
mod commit;
mod draft;
mod folders;
mod library;
mod merge;
mod own_ids;
mod steps;

use futures::{StreamExt, stream};
use serde::Serialize;

use super::apply::learn_folders;
use super::{Error, Review};
use crate::apply::Observed;
use crate::catalog::Sha256;
use crate::dashboard::compare::{Comparison, compare};
use crate::plan::{Base, Desired, Item, State, pulled_hash};
use crate::repository::{Lock, Locked, Name, Repository};
pub use adopt::{Adopted, LeftOut, adopt};
pub use commit::CommitRow;
use draft::Draft;

/// What is taken in, and how.
#[derive(Debug, Clone, Default)]
pub struct PullOptions {
    /// The words that chose the dashboards, where some were chosen: these are taken over even where the repository doesn't
    /// own them.
    pub what: Vec<String>,
    /// With commits: the branch that they go to, instead of the one that is checked out.
    pub branch: Option<String>,
    /// Whether it only says what would be done.
    pub dry_run: bool,
}

/// What became of a dashboard, in one word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub enum Pulled {
    /// Its files have what Grafana has.
    #[serde(rename = "pulled")]
    Pulled,
    /// Both sides changed the same places.
    #[serde(rename = "conflict")]
    Conflict,
    /// It could not be taken in.
    #[serde(rename = "failed")]
    Failed,
    /// It isn't for dashctl to change.
    #[serde(rename = "left alone")]
    LeftAlone,
    /// There is nothing to take in.
    #[default]
    #[serde(rename = "nothing to pull")]
    Nothing,
}

impl Pulled {
    /// Whether somebody has to look at it.
    pub fn is_trouble(self) -> bool {
        matches!(self, Self::Conflict | Self::Failed)
    }
}

impl std::fmt::Display for Pulled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pulled => "pulled",
            Self::Conflict => "conflict",
            Self::Failed => "failed",
            Self::LeftAlone => "left alone",
            Self::Nothing => "nothing to pull",
        })
    }
}

/// What became of one dashboard.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// In one word.
    pub result: Pulled,
    /// What a person should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The commits that were made of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commits: Vec<CommitRow>,
    /// What people changed.
    pub edited: Comparison,
}

/// Takes what others changed into the files.
///
/// # Errors
///
/// A repository that can't be read. What fails for one dashboard is in its row.
pub async fn pull(options: &PullOptions, review: &Review) -> Result<Vec<Row>, Error> {
    let mut rows = library::pull_panels(options, review);
    rows.extend(pull_all(options, review).await);
    folders::follow(options, review, &mut rows)?;
    if !options.dry_run {
        learn_folders(review, &review.survey.folder_maker());
    }
    Ok(with_failed(rows, review))
}

/// The same, as a commit of each version that people saved since base, with its author, time and message. What goes wrong
/// leaves all branches as they were.
///
/// # Errors
///
/// No Git, files that aren't committed, or a branch that can't be moved.
pub async fn commit(options: &PullOptions, review: &Review) -> Result<Vec<Row>, Error> {
    let mut rows = commit::run(options, review).await?;
    rows.extend(library::without_commits(review));
    Ok(with_failed(rows, review))
}

fn with_failed(mut rows: Vec<Row>, review: &Review) -> Vec<Row> {
    let failed = review.failed.iter();
    rows.extend(failed.map(|failed| failed_row(&failed.name.to_string(), &failed.error.message())));
    rows
}

/// Reads several at once, and writes their files one by one, in their order. What fails for one dashboard is in its row.
async fn pull_all(options: &PullOptions, review: &Review) -> Vec<Row> {
    let wanted = review.items.iter().filter(|item| is_wanted(options, item));
    let mut reading = stream::iter(wanted)
        .map(async |item: &Item| (item, read(review, item).await))
        .buffered(review.survey.concurrency());
    let mut rows = Vec::new();
    while let Some((item, read)) = reading.next().await {
        let row = read.and_then(|read| match read {
            Some((desired, observed)) => take_in(options, review, item, &desired, observed),
            None if item.state == State::Missing => Ok(missing(item)),
            None => folders::followed(item, &name_of(item)?),
        });
        rows.push(row.unwrap_or_else(|error| failed_row(&item.name, &error.message())));
    }
    rows
}

/// Whether there is something to take in, or to say to whoever asked for it by name.
fn is_wanted(options: &PullOptions, item: &Item) -> bool {
    let named = !options.what.is_empty();
    match item.state {
        State::Drift | State::Diverged => true,
        State::Unowned | State::Missing => named,
        _ => false,
    }
}

fn missing(item: &Item) -> Row {
    let why = "it isn't in Grafana; `dashctl remove` takes it out of the repository";
    note(&item.name, Pulled::Nothing, why)
}

fn name_of(item: &Item) -> Result<Name, Error> {
    Name::parse(&item.name).map_err(Error::new)
}

/// What a dashboard shall be and what Grafana has; nothing where that needn't be known.
async fn read(review: &Review, item: &Item) -> Result<Option<(Desired, Observed)>, Error> {
    if item.state == State::Missing || item.folder_renamed && item.changes.is_same() {
        return Ok(None);
    }
    let desired = review.survey.desired(&name_of(item)?)?;
    let observed = review.survey.observe(&desired).await?;
    Ok(Some((desired, observed)))
}

fn failed_row(name: &str, why: &str) -> Row {
    note(name, Pulled::Failed, why)
}

fn note(name: &str, result: Pulled, note: &str) -> Row {
    Row {
        name: name.to_owned(),
        result,
        notes: vec![note.to_owned()],
        commits: Vec::new(),
        edited: Comparison::default(),
    }
}

fn take_in(
    options: &PullOptions,
    review: &Review,
    item: &Item,
    desired: &Desired,
    observed: Observed,
) -> Result<Row, Error> {
    let repository = &review.session.repository;
    let name = name_of(item)?;
    let Observed {
        live, base, judgement, ..
    } = observed;
    let Some(live) = live else {
        return Err(Error::new("it is no longer in Grafana"));
    };
    let now = live.document()?;
    let base = match &base {
        Base::Found { dashboard, .. } => Some(dashboard),
        _ => None,
    };
    let edited = match base {
        Some(_) => judgement.drift,
        // Without a base, everything in which live differs from desired counts as edited.
        None => compare(desired.dashboard.content(), now.content(), review.survey.context()),
    };
    let Some(mut draft) = Draft::read(review, &name)? else {
        return Ok(Row {
            edited,
            ..note(&item.name, Pulled::LeftAlone, TEMPLATED)
        });
    };
    let read = draft.text().to_owned();
    let taken = draft.take(now, base, &edited)?;
    let mut notes = taken.notes;
    let to = destination(item, &name)?;
    notes.extend(moved(&name, &to));
    if !options.dry_run {
        let hash = (!taken.conflict).then(|| pulled_hash(now.content()));
        write(repository, (&name, &item.uid), &to, (&read, &taken.text), hash)?;
    }
    Ok(Row {
        name: item.name.clone(),
        result: if taken.conflict {
            Pulled::Conflict
        } else {
            Pulled::Pulled
        },
        notes,
        commits: Vec::new(),
        edited,
    })
}

const TEMPLATED: &str = "a template makes it; put the changes into the template by hand";

/// Somebody moved it in Grafana: the files follow.
fn destination(item: &Item, name: &Name) -> Result<Name, Error> {
    let Some(folder) = item.moved_from.as_ref().filter(|_| item.state != State::Pending) else {
        return Ok(name.clone());
    };
    Name::new(folder, "x")
        .and_then(|there| there.beside(name.stem()))
        .map_err(Error::new)
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
) -> Result<(), Error> {
    let root = repository.root();
    let mut change = repository.begin()?;
    let old = from.own_file(root);
    let is_yaml = old == from.yaml(root);
    let new = if is_yaml { to.yaml(root) } else { to.json(root) };
    if from != to && change.has(&new)? {
        return Err(Error::new(format!(
            "{} is there already",
            repository.relative(&new).display()
        )));
    }
    if std::fs::read_to_string(&old).is_ok_and(|now| now != read) {
        return Err(Error::new(format!(
            "{} was changed at the same time; run it again",
            repository.relative(&old).display()
        )));
    }
    change.write(&new, text.as_bytes())?;
    if from != to {
        if let (false, Ok(sidecar)) = (is_yaml, std::fs::read(from.yaml(root))) {
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
        rewritten: Vec::new(),
        removed: false,
    });
    let pulled = taken.or_else(|| locked.pulled.clone());
    lock.insert(to.clone(), Locked { pulled, ..locked });
}

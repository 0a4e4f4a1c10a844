use std::collections::BTreeMap;
use std::fmt;

use futures::{StreamExt, stream};
use serde::Serialize;
use url::Url;

use super::super::{Error, Review};
use super::steps::{self, Step};
use super::{PullOptions, Row, failed_row, is_wanted, missing, remember};
use crate::git::{self, Commit, Content, Git, Past};
use crate::grafana::Author;
use crate::plan::{Item, State};
use crate::repository::{CONFIG_FILE, LOCK_FILE, Lock, Name};

/// The longest subject.
const SUBJECT: usize = 100;

/// A commit, as people and machines are told of it.
#[derive(Debug, Serialize)]
pub struct CommitRow {
    /// The commit; none where nothing was to be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    /// The version in Grafana that it holds.
    version: u64,
    /// Who saved it.
    author: String,
    /// When (RFC 3339).
    when: String,
    /// The first line of its message.
    subject: String,
}

impl fmt::Display for CommitRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            version,
            author,
            when,
            subject,
            ..
        } = self;
        let commit = self
            .commit
            .as_deref()
            .map_or("would be", |commit| &commit[..commit.len().min(10)]);
        write!(f, "{commit}  version {version} by {author} at {when}: {subject}")
    }
}

/// `pull --commit`: each version that people saved since base becomes a commit, with its author, time and message. What
/// goes wrong leaves all branches as they were.
///
/// # Errors
///
/// No Git, files that aren't committed, or a branch that can't be moved.
pub(super) async fn run(options: &PullOptions, review: &Review) -> Result<Vec<Row>, Error> {
    let place = Place::find(options, review)?;
    place.require_committed(review)?;
    let mut all: Vec<Step> = Vec::new();
    let mut rows = Vec::new();
    let wanted = review.items.iter().filter(|item| is_wanted(options, item));
    let mut replaying = stream::iter(wanted)
        .map(async |item: &Item| match item.state {
            State::Missing => (item, None),
            _ => (item, Some(steps::replay(review, item).await)),
        })
        .buffered(review.survey.concurrency());
    while let Some((item, replayed)) = replaying.next().await {
        rows.push(match replayed {
            None => missing(item),
            Some(Err(error)) => failed_row(&item.name, &error.message()),
            Some(Ok(replay)) => {
                all.extend(replay.steps);
                Row {
                    name: item.name.clone(),
                    result: replay.result,
                    notes: replay.notes,
                    commits: Vec::new(),
                    edited: replay.edited,
                }
            }
        });
    }
    drop(replaying);
    if all.is_empty() {
        if rows.is_empty() && saw_all(options, review) && !options.dry_run {
            place.empty(review)?;
        }
        return Ok(rows);
    }
    all.sort_by_key(|step| step.when);
    let mut tell = |name: &Name, row: CommitRow| {
        if let Some(found) = rows.iter_mut().find(|found| found.name == name.as_str()) {
            found.commits.push(row);
        }
    };
    if options.dry_run {
        all.iter().for_each(|step| tell(&step.name, step.row(None)));
    } else {
        place.commit(review, &all, &mut tell)?;
    }
    Ok(rows)
}

/// Where the commits go.
struct Place {
    git: Git,
    /// What they build on.
    head: String,
    /// The branch, where it isn't the one that is checked out, and where it ends now.
    branch: Option<(String, Option<String>)>,
    /// What is on the branch already, where it can be gone on with: the commit, by uid and version.
    known: BTreeMap<(String, u64), String>,
    /// What the commits go to, for people.
    label: String,
}

impl Place {
    fn find(options: &PullOptions, review: &Review) -> Result<Self, Error> {
        let git = Git::open(review.session.repository.root()).map_err(|error| {
            Error::new(error)
                .hint("--commit needs the repository in Git, and the program git; `dashctl pull` needs neither")
        })?;
        let head = git.head()?;
        let current = git.current_branch()?;
        let wanted = options.branch.clone().filter(|branch| current.as_ref() != Some(branch));
        let Some(branch) = wanted else {
            let label = current.ok_or_else(|| Error::usage("no branch is checked out; name one with --branch"))?;
            return Ok(Self {
                git,
                head,
                branch: None,
                known: BTreeMap::new(),
                label,
            });
        };
        let tip = git
            .tip(&branch)
            .map_err(|error| Error::usage(error).hint("name another one with --branch"))?;
        let mut known = BTreeMap::new();
        if let Some(tip) = &tip {
            let beyond = git.beyond(&head, tip)?;
            if let Some(other) = beyond.iter().find(|past| past.origin.is_none()) {
                return Err(somebodys(&git, &branch, other)?);
            }
            // On top of what is checked out now, commits of earlier pulls stay: Grafana may not have their versions any more.
            let goes_on = git.beyond(tip, &head)?.is_empty();
            let pulled: Option<BTreeMap<_, _>> = beyond.iter().rev().map(version_of).collect();
            let stays = |pulled: &BTreeMap<_, _>| goes_on && (!saw_all(options, review) || all_differ(review, pulled));
            known = pulled.filter(stays).unwrap_or_default();
        }
        Ok(Self {
            git,
            head,
            label: branch.clone(),
            branch: Some((branch, tip)),
            known,
        })
    }

    /// The commit that new ones build on.
    fn start(&self) -> &str {
        match &self.branch {
            Some((_, Some(tip))) if !self.known.is_empty() => tip,
            _ => &self.head,
        }
    }

    /// The commit of this step, or of a later one, that is there already.
    fn has(&self, uid: &str, step: &Step) -> Option<&String> {
        let key = (uid.to_owned(), step.version);
        let newest = self
            .known
            .keys()
            .filter(|(known, _)| known == uid)
            .map(|(_, version)| *version)
            .max();
        let there = newest.is_some_and(|newest| newest >= step.version) && step.to == step.name;
        there
            .then(|| {
                self.known
                    .get(&key)
                    .or_else(|| self.known.get(&(uid.to_owned(), newest?)))
            })
            .flatten()
    }

    /// The commits build on what is committed, and are made from the files: both must be the same.
    fn require_committed(&self, review: &Review) -> Result<(), Error> {
        let edited = |item: &&Item| is_edited(item);
        let of_item = |item: &Item| ["json", "yaml"].map(|ending| format!("dashboards/{}.{ending}", item.name));
        let mut files = vec![CONFIG_FILE.to_owned(), LOCK_FILE.to_owned()];
        files.extend(review.items.iter().filter(edited).flat_map(of_item));
        let open = self.git.uncommitted(&files)?;
        if open.is_empty() {
            return Ok(());
        }
        Err(Error::new(format!("not committed yet: {}", open.join(", ")))
            .hint("commit or stash these first; `dashctl pull` without --commit takes changes into files as they are"))
    }

    fn commit(&self, review: &Review, steps: &[Step], tell: &mut impl FnMut(&Name, CommitRow)) -> Result<(), Error> {
        let repository = &review.session.repository;
        let mut lock = match self.git.file_at(self.start(), LOCK_FILE)? {
            Some(text) => Lock::of_text(&text)?,
            None => Lock::default(),
        };
        let mut commits = self.git.commits_on(self.start())?;
        let host = host(review.session.grafana.url());
        let mut made = 0;
        for step in steps {
            let uid = uid_of(review, &step.name);
            if let Some(commit) = self.has(uid, step) {
                tell(&step.name, step.row(Some(commit.clone())));
                continue;
            }
            remember(&mut lock, (&step.name, uid), &step.to, &step.text, step.taken.clone());
            if step.to != step.name {
                lock.learn_folders(review.survey.folder_maker().known(&step.to.folder()));
            }
            let is_yaml = step.name.own_file(repository.root()) == step.name.yaml(repository.root());
            let ending = if is_yaml { "yaml" } else { "json" };
            let left_behind = self.left_behind(review, steps, step, &mut lock)?;
            let mut files = vec![
                (file(&step.to, ending), Content::Bytes(step.text.clone().into_bytes())),
                (LOCK_FILE.to_owned(), Content::Bytes(lock.to_string().into_bytes())),
            ];
            if step.to != step.name {
                files.push((file(&step.name, ending), Content::Gone));
                if let ("json", Ok(sidecar)) = (ending, std::fs::read(step.name.yaml(repository.root()))) {
                    files.push((file(&step.name, "yaml"), Content::Gone));
                    files.push((file(&step.to, "yaml"), Content::Bytes(sidecar)));
                }
            }
            files.extend(left_behind);
            let commit = Commit {
                author: author(&step.author, &host),
                when: step.when,
                message: format!("{}\n\n{}", step.subject(), step.body),
                origin: origin(uid, step.version, review.session.grafana.url()),
                files,
            };
            if let Some(hash) = commits.add(&commit)? {
                tell(&step.name, step.row(Some(hash)));
                made += 1;
            }
        }
        self.arrive(review, commits.tip(), made)
    }

    /// What else lies in the directory of a folder that was renamed or moved: what stayed behind would make a second folder
    /// at the next apply. It goes with the first of the folder's dashboards, as it is committed.
    fn left_behind(
        &self,
        review: &Review,
        steps: &[Step],
        step: &Step,
        lock: &mut Lock,
    ) -> Result<Vec<(String, Content)>, Error> {
        let folder = step.name.folder();
        let goes_with = |other: &&Step| other.to != other.name && other.name.folder() == folder;
        let first = steps.iter().find(goes_with);
        let is_first = first.is_some_and(|first| std::ptr::eq(first, step));
        if review.survey.renamed(&folder).is_none() || !is_first {
            return Ok(Vec::new());
        }
        let mut files = Vec::new();
        let names = review.session.repository.names()?.into_iter();
        for name in names.filter(|name| name.folder() == folder && steps.iter().all(|step| step.name != *name)) {
            let to = step.to.beside(name.stem()).map_err(Error::new)?;
            let before = files.len();
            for ending in ["json", "yaml"] {
                if let Some(text) = self.git.file_at(self.start(), &file(&name, ending))? {
                    files.push((file(&name, ending), Content::Gone));
                    files.push((file(&to, ending), Content::Bytes(text.into_bytes())));
                }
            }
            if files.len() == before {
                let person = &review.session.person;
                person.warn(&format!(
                    "{name} isn't committed and stays behind; its folder is {} now: move its files there",
                    to.folder()
                ));
            } else if let Some(locked) = lock.remove(&name) {
                lock.insert(to, locked);
            }
        }
        Ok(files)
    }

    /// Where nothing is left to pull, the branch has nothing any more either: all that it held was taken back.
    fn empty(&self, review: &Review) -> Result<(), Error> {
        let Some((branch, Some(old))) = &self.branch else {
            return Ok(());
        };
        if !self.git.beyond(&self.head, old)?.is_empty() {
            self.git.move_branch(branch, &self.head, Some(old))?;
            review.session.person.warn(&format!(
                "{branch} holds nothing any more, as what it held was taken back; it ended at {old}"
            ));
        }
        Ok(())
    }

    fn arrive(&self, review: &Review, tip: &str, made: usize) -> Result<(), Error> {
        let commits = if made == 1 {
            "1 commit".to_owned()
        } else {
            format!("{made} commits")
        };
        match &self.branch {
            None => self.git.fast_forward(tip)?,
            Some((branch, Some(old))) if old == tip => {
                review
                    .session
                    .person
                    .progress(&format!("{branch} has all of it already"));
                return Ok(());
            }
            Some((branch, old)) => {
                self.git.move_branch(branch, tip, old.as_deref())?;
                if let Some(old) = old.as_ref().filter(|old| **old != self.head && self.known.is_empty()) {
                    review
                        .session
                        .person
                        .warn(&format!("{branch} was made anew; it ended at {old}"));
                }
            }
        }
        review
            .session
            .person
            .progress(&format!("{commits} on {}; nothing was pushed", self.label));
        Ok(())
    }
}

impl Step {
    fn subject(&self) -> String {
        let whole = format!("{}: {}", self.name, self.subject);
        match whole.char_indices().nth(SUBJECT) {
            Some((end, _)) => format!("{}…", &whole[..end]),
            None => whole,
        }
    }

    fn row(&self, commit: Option<String>) -> CommitRow {
        CommitRow {
            commit,
            version: self.version,
            author: self.author.to_string(),
            when: self.when.to_string(),
            subject: self.subject(),
        }
    }
}

/// What a commit's trailer says of where it came from.
fn origin(uid: &str, version: u64, url: &str) -> String {
    format!("{uid} version {version} of {url}")
}

/// The uid and the version of a commit that an earlier pull made.
fn version_of(past: &Past) -> Option<((String, u64), String)> {
    let (uid, rest) = past.origin.as_ref()?.split_once(" version ")?;
    let version = rest.split(' ').next()?.parse().ok()?;
    Some(((uid.to_owned(), version), past.commit.clone()))
}

/// Whether every dashboard was looked at: of one that wasn't, nothing says that its edits were taken back.
fn saw_all(options: &PullOptions, review: &Review) -> bool {
    options.what.is_empty() && review.failed.is_empty()
}

/// Whether all dashboards that an earlier pull took still differ: an edit that was taken back leaves the branch.
fn all_differ(review: &Review, pulled: &BTreeMap<(String, u64), String>) -> bool {
    let differs = |uid: &str| review.items.iter().any(|item| item.uid == uid && is_edited(item));
    pulled.keys().all(|(uid, _)| differs(uid))
}

fn is_edited(item: &Item) -> bool {
    matches!(item.state, State::Drift | State::Diverged | State::Unowned)
}

/// Why a branch is left alone on which somebody else has been.
fn somebodys(git: &Git, branch: &str, other: &Past) -> Result<Error, Error> {
    let found = format!("{} ({})", other.commit, other.summary);
    Ok(match git.is_shallow()? {
        true => Error::new(format!(
            "this clone has only the newest commits, so it can't be told whether {found} of the branch {branch} is in what is checked out"
        ))
        .hint("fetch the history first: git fetch --unshallow"),
        false => Error::new(format!(
            "the branch {branch} holds a commit that dashctl didn't make, or that somebody has changed, and that isn't in what is checked out: {found}"
        ))
        .hint("merge that branch, or name another one with --branch"),
    })
}

fn file(name: &Name, ending: &str) -> String {
    format!("dashboards/{name}.{ending}")
}

fn uid_of<'a>(review: &'a Review, name: &Name) -> &'a str {
    let item = review.items.iter().find(|item| item.name == name.as_str());
    item.map_or("", |item| &item.uid)
}

fn host(url: &str) -> String {
    let url: Option<Url> = url.parse().ok();
    url.and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default()
}

/// Grafana knows people by login. A login that is an address stays one; another gets an address that can't be anybody's.
fn author(author: &Author, host: &str) -> git::Author {
    let (name, local) = match author {
        Author::User(login) => (login.clone(), login.as_str()),
        Author::Token => ("a token of Grafana".to_owned(), "token"),
        Author::Unknown => ("several people in Grafana".to_owned(), "unknown"),
    };
    let email = match local.contains('@') {
        true => local.to_owned(),
        false => format!("{}@{host}.invalid", local.replace(char::is_whitespace, "-")),
    };
    git::Author { name, email }
}

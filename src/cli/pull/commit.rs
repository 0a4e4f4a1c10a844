use std::fmt;

use serde::Serialize;
use url::Url;

use super::super::Failure;
use super::super::output::{progress, warn};
use super::super::review::Review;
use super::steps::{self, Step};
use super::{Args, Row, pull_each, remember};
use crate::git::{self, Commit, Content, Git};
use crate::grafana::Author;
use crate::plan::{Item, State};
use crate::repository::{CONFIG_FILE, LOCK_FILE, Name};

/// The longest subject.
const SUBJECT: usize = 100;

/// A commit, as people and machines are told of it.
#[derive(Debug, Serialize)]
pub(super) struct CommitRow {
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
pub(super) async fn run(args: &Args, review: &Review) -> Result<Vec<Row>, Failure> {
    let place = Place::find(args, review)?;
    place.require_committed(review)?;
    let mut all: Vec<Step> = Vec::new();
    let mut rows = pull_each(args, review, async |item| {
        let way = steps::way(review, item).await?;
        all.extend(way.steps);
        Ok(Row {
            name: item.name.clone(),
            result: way.result,
            notes: way.notes,
            commits: Vec::new(),
            edited: way.edited,
        })
    })
    .await?;
    if all.is_empty() {
        return Ok(rows);
    }
    all.sort_by_key(|step| step.when);
    let mut tell = |name: &Name, row: CommitRow| {
        if let Some(found) = rows.iter_mut().find(|found| found.name == name.as_str()) {
            found.commits.push(row);
        }
    };
    if args.dry_run {
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
    /// What the commits go to, for people.
    label: String,
}

impl Place {
    fn find(args: &Args, review: &Review) -> Result<Self, Failure> {
        let git = Git::open(review.session.repository.root()).map_err(|error| {
            Failure::new(error)
                .hint("--commit needs the repository in Git, and the program git; `dashctl pull` needs neither")
        })?;
        let head = git.head()?;
        let current = git.current_branch()?;
        let wanted = args.branch.clone().filter(|branch| current.as_ref() != Some(branch));
        let Some(branch) = wanted else {
            let label = current.ok_or_else(|| Failure::usage("no branch is checked out; name one with --branch"))?;
            return Ok(Self {
                git,
                head,
                branch: None,
                label,
            });
        };
        let tip = git.tip(&branch)?;
        let beyond = tip.as_ref().map_or(Ok(Vec::new()), |tip| git.beyond(&head, tip))?;
        if let Some(other) = beyond.iter().find(|past| !past.own) {
            return Err(Failure::new(format!(
                "the branch {branch} holds a commit that dashctl didn't make and that isn't in what is checked out: {} ({})",
                other.commit, other.summary
            ))
            .hint("merge that branch, or name another one with --branch"));
        }
        Ok(Self {
            git,
            head,
            label: branch.clone(),
            branch: Some((branch, tip)),
        })
    }

    /// The commits build on what is committed, and are made from the files: both must be the same.
    fn require_committed(&self, review: &Review) -> Result<(), Failure> {
        let edited = |item: &&Item| matches!(item.state, State::Drift | State::Diverged | State::Unowned);
        let of_item = |item: &Item| ["json", "yaml"].map(|ending| format!("dashboards/{}.{ending}", item.name));
        let mut files = vec![CONFIG_FILE.to_owned(), LOCK_FILE.to_owned()];
        files.extend(review.items.iter().filter(edited).flat_map(of_item));
        let open = self.git.uncommitted(&files)?;
        if open.is_empty() {
            return Ok(());
        }
        Err(Failure::new(format!("not committed yet: {}", open.join(", ")))
            .hint("commit or stash these first; `dashctl pull` without --commit takes changes into files as they are"))
    }

    fn commit(&self, review: &Review, steps: &[Step], tell: &mut impl FnMut(&Name, CommitRow)) -> Result<(), Failure> {
        let repository = &review.session.repository;
        let mut lock = repository.lock()?;
        let mut commits = self.git.commits_on(&self.head)?;
        let host = host(review.session.grafana.url());
        let mut made = 0;
        for step in steps {
            let uid = uid_of(review, &step.name);
            remember(&mut lock, (&step.name, uid), &step.to, &step.text, step.taken.clone());
            let mut files = vec![
                (file(&step.to, "json"), Content::Bytes(step.text.clone().into_bytes())),
                (LOCK_FILE.to_owned(), Content::Bytes(lock.to_string().into_bytes())),
            ];
            if step.to != step.name {
                files.push((file(&step.name, "json"), Content::Gone));
                if let Ok(sidecar) = std::fs::read(step.name.yaml(repository.root())) {
                    files.push((file(&step.name, "yaml"), Content::Gone));
                    files.push((file(&step.to, "yaml"), Content::Bytes(sidecar)));
                }
            }
            let commit = Commit {
                author: author(&step.author, &host),
                when: step.when,
                message: format!("{}\n\n{}", step.subject(), step.body),
                origin: format!("{uid} version {} of {}", step.version, review.session.grafana.url()),
                files,
            };
            if let Some(hash) = commits.add(&commit)? {
                tell(&step.name, step.row(Some(hash)));
                made += 1;
            }
        }
        self.arrive(commits.tip(), made)
    }

    fn arrive(&self, tip: &str, made: usize) -> Result<(), Failure> {
        let commits = if made == 1 {
            "1 commit".to_owned()
        } else {
            format!("{made} commits")
        };
        match &self.branch {
            None => self.git.fast_forward(tip)?,
            Some((branch, Some(old))) if old == tip => {
                progress(&format!("{branch} has these {commits} already"));
                return Ok(());
            }
            Some((branch, old)) => {
                self.git.move_branch(branch, tip, old.as_deref())?;
                if let Some(old) = old.as_ref().filter(|old| **old != self.head) {
                    warn(&format!("{branch} was made anew; it ended at {old}"));
                }
            }
        }
        progress(&format!("{commits} on {}; nothing was pushed", self.label));
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

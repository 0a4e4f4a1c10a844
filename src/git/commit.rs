use std::ffi::OsStr;

use jiff::Timestamp;
use tempfile::TempDir;

use super::{Error, Git};

/// The trailer by which commits of dashctl's own are known again.
const TRAILER: &str = "Dashctl-Pull";

/// Who made the change that a commit holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// A name; signs that Git can't have in one are left out.
    pub name: String,
    /// An address.
    pub email: String,
}

/// What a file is to be in a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// It has these bytes.
    Bytes(Vec<u8>),
    /// It isn't there.
    Gone,
}

/// A commit that is to be made.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Who made the change.
    pub author: Author,
    /// When.
    pub when: Timestamp,
    /// Subject and body.
    pub message: String,
    /// What the commit came from; it stands in a trailer, by which [`Past`] knows the commit again.
    pub origin: String,
    /// Files, named from the folder, and what they are to be.
    pub files: Vec<(String, Content)>,
}

/// Commits in the making, one upon the other. No branch shows them until [`Git::move_branch`] or [`Git::fast_forward`].
#[derive(Debug)]
pub struct Commits<'a> {
    git: &'a Git,
    tip: String,
    /// Holds an index of its own: the user's isn't touched.
    scratch: TempDir,
    committer: Author,
}

/// What is on a branch beyond another commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The commit, shortened.
    pub commit: String,
    /// Its author and subject.
    pub summary: String,
    /// What it came from, where dashctl made it and nobody has changed it since.
    pub origin: Option<String>,
}

impl Git {
    /// Begins commits upon this one.
    ///
    /// # Errors
    ///
    /// It can't be read.
    pub fn commits_on(&self, parent: &str) -> Result<Commits<'_>, Error> {
        let commits = Commits {
            git: self,
            tip: parent.to_owned(),
            scratch: tempfile::tempdir()?,
            committer: self.committer(),
        };
        commits.index(&["read-tree", parent], &[])?;
        Ok(commits)
    }

    /// The commits of `tip` that `base` doesn't have, newest first.
    ///
    /// # Errors
    ///
    /// Git can't tell.
    pub fn beyond(&self, base: &str, tip: &str) -> Result<Vec<Past>, Error> {
        let format = format!("--format=%h%x00%an: %s%x00%at %ct%x00%(trailers:key={TRAILER},valueonly)%x01");
        let listed = self.run(&["log", &format, &format!("{base}..{tip}")])?;
        let entry = |text: &str| {
            let mut parts = text.trim_start().splitn(4, '\0').map(str::to_owned);
            let commit = parts.next().filter(|commit| !commit.is_empty())?;
            let summary = parts.next()?;
            // Who amends or rebases a commit leaves its trailer, and another time.
            let untouched = parts
                .next()?
                .split_once(' ')
                .is_some_and(|(author, committer)| author == committer);
            let origin = parts.next()?.trim().to_owned();
            Some(Past {
                commit,
                summary,
                origin: Some(origin).filter(|origin| untouched && !origin.is_empty()),
            })
        };
        Ok(listed.split('\u{1}').filter_map(entry).collect())
    }

    /// Commits these files, and nothing else that is in the index. Gives the commit, shortened.
    ///
    /// # Errors
    ///
    /// Git refuses: a hook, say, or no name to commit by.
    pub fn commit_files(&self, files: &[String], message: &str) -> Result<String, Error> {
        let with = |first: &[&str]| -> Result<String, Error> {
            let mut args = vec!["--literal-pathspecs"];
            args.extend(first);
            args.push("--");
            args.extend(files.iter().map(String::as_str));
            self.run(&args)
        };
        with(&["add"])?;
        let committer = self.committer();
        let (name, email) = (
            format!("user.name={}", committer.name),
            format!("user.email={}", committer.email),
        );
        with(&["-c", &name, "-c", &email, "commit", "--quiet", "--message", message])?;
        self.line(&["rev-parse", "--short", "HEAD"])
    }

    /// Whoever Git is set up for; where it isn't set up, as in many CI jobs, dashctl.
    fn committer(&self) -> Author {
        let asked = |variable: &str, setting: &str| {
            let set = std::env::var(variable).ok().filter(|value| !value.is_empty());
            set.or_else(|| {
                self.line(&["config", "--get", setting])
                    .ok()
                    .filter(|value| !value.is_empty())
            })
        };
        Author {
            name: asked("GIT_COMMITTER_NAME", "user.name").unwrap_or_else(|| "dashctl".to_owned()),
            email: asked("GIT_COMMITTER_EMAIL", "user.email").unwrap_or_else(|| "dashctl@localhost".to_owned()),
        }
    }
}

impl Commits<'_> {
    /// Makes one more commit; nothing where it would change nothing. The committer's time is the author's, so that the
    /// same edits upon the same commit always make the same commits, and making them again makes nothing new.
    ///
    /// # Errors
    ///
    /// Git refuses; no branch was touched.
    pub fn add(&mut self, commit: &Commit) -> Result<Option<String>, Error> {
        for (file, content) in &commit.files {
            self.put(&self.git.path_of(file), content)?;
        }
        let tree = self.index(&["write-tree"], &[])?;
        if tree == self.git.line(&["rev-parse", &format!("{}^{{tree}}", self.tip)])? {
            return Ok(None);
        }
        let date = format!("@{} +0000", commit.when.as_second());
        let author = commit.author.clean();
        let committer = self.committer.clean();
        let variables = [
            ("GIT_AUTHOR_NAME", author.name.as_str()),
            ("GIT_AUTHOR_EMAIL", author.email.as_str()),
            ("GIT_AUTHOR_DATE", date.as_str()),
            ("GIT_COMMITTER_NAME", committer.name.as_str()),
            ("GIT_COMMITTER_EMAIL", committer.email.as_str()),
            ("GIT_COMMITTER_DATE", date.as_str()),
        ]
        .map(|(name, value)| (name, OsStr::new(value)));
        let (text, origin) = (lines(&commit.message), one_line(&commit.origin));
        let message = format!("{}\n\n{TRAILER}: {origin}\n", text.trim_end());
        let args = ["commit-tree", &tree, "-p", &self.tip];
        let made = self.git.run_with(&args, &variables, message.as_bytes())?;
        self.tip = made.trim_end().to_owned();
        Ok(Some(self.tip.clone()))
    }

    /// The newest commit.
    pub fn tip(&self) -> &str {
        &self.tip
    }

    /// The mode that a file has; another one stays an executable.
    fn mode(&self, path: &str) -> Result<String, Error> {
        let entry = self.index(&["--literal-pathspecs", "ls-files", "--stage", "--", path], &[])?;
        let mode = entry.split(' ').next().filter(|mode| *mode == "100755");
        Ok(mode.unwrap_or("100644").to_owned())
    }

    fn put(&self, path: &str, content: &Content) -> Result<(), Error> {
        let entry = match content {
            // With its path, so that the repository's own rules for line ends hold.
            Content::Bytes(bytes) => {
                let args = ["hash-object", "-w", "--stdin", "--path", path];
                let blob = self.git.run_with(&args, &[], bytes)?;
                format!("{} {}\t{path}\0", self.mode(path)?, blob.trim_end())
            }
            // The mode 0 takes a file out.
            Content::Gone => format!("0 {}\t{path}\0", "0".repeat(self.tip.len())),
        };
        self.index(&["update-index", "-z", "--index-info"], entry.as_bytes())
            .map(drop)
    }

    fn index(&self, args: &[&str], input: &[u8]) -> Result<String, Error> {
        let file = self.scratch.path().join("index");
        let variables = [("GIT_INDEX_FILE", file.as_os_str())];
        Ok(self.git.run_with(args, &variables, input)?.trim_end().to_owned())
    }
}

impl Author {
    /// Git ends a name at `<`, an address at `>`, and a line at its end; and it takes no empty name.
    fn clean(&self) -> Self {
        let clean = |text: &str| -> String {
            let kept = text.chars().filter(|sign| !sign.is_control() && !"<>".contains(*sign));
            kept.collect::<String>().trim().to_owned()
        };
        let name = clean(&self.name);
        let any = name.chars().any(char::is_alphanumeric);
        Self {
            name: if any { name } else { "unknown".to_owned() },
            email: clean(&self.email),
        }
    }
}

/// A log is read on a terminal, which what others wrote must not drive.
fn lines(message: &str) -> String {
    message.lines().map(|line| one_line(line) + "\n").collect()
}

fn one_line(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_control()).collect()
}

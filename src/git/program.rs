use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Error;

/// The clone that a folder lies in.
#[derive(Debug, Clone)]
pub struct Git {
    folder: PathBuf,
    /// The folder's path from the top of the work tree, empty or ending in `/`.
    prefix: String,
}

impl Git {
    /// The clone that `folder` lies in.
    ///
    /// # Errors
    ///
    /// There is no `git`, or the folder is in no work tree.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let mut git = Self {
            folder: folder.to_owned(),
            prefix: String::new(),
        };
        git.prefix = match git.line(&["rev-parse", "--show-prefix"]) {
            Ok(prefix) => prefix,
            // Another user's clone is refused too, and git says what to do about it.
            Err(Error::Refused { message, .. }) if message.contains("not a git repository") => {
                return Err(Error::NoWorkTree(folder.to_owned()));
            }
            Err(error) => return Err(error),
        };
        Ok(git)
    }

    /// Sets a setting of this clone.
    ///
    /// # Errors
    ///
    /// Git refuses.
    pub fn set(&self, key: &str, value: &str) -> Result<(), Error> {
        self.line(&["config", "--local", key, value]).map(drop)
    }

    /// The commit that is checked out.
    ///
    /// # Errors
    ///
    /// There is none yet.
    pub fn head(&self) -> Result<String, Error> {
        self.commit_of("HEAD")?.ok_or(Error::NoCommit)
    }

    /// The branch that is checked out; none where the head is detached.
    ///
    /// # Errors
    ///
    /// Git can't tell.
    pub fn current_branch(&self) -> Result<Option<String>, Error> {
        let name = self.line(&["branch", "--show-current"])?;
        Ok(Some(name).filter(|name| !name.is_empty()))
    }

    /// The newest commit of a branch, where there is such a branch.
    ///
    /// # Errors
    ///
    /// A name that can't be a branch.
    pub fn tip(&self, branch: &str) -> Result<Option<String>, Error> {
        // What git would take for another name (`@{-1}`), or for two (`HEAD`), isn't one.
        let misleading = branch == "HEAD" || branch.starts_with("refs/");
        match self.line(&["check-ref-format", "--branch", branch]) {
            Ok(same) if same == branch && !misleading => self.commit_of(&format!("refs/heads/{branch}")),
            Ok(_) | Err(Error::Refused { .. }) => Err(Error::BranchName(branch.to_owned())),
            Err(error) => Err(error),
        }
    }

    fn commit_of(&self, name: &str) -> Result<Option<String>, Error> {
        let name = format!("{name}^{{commit}}");
        match self.line(&["rev-parse", "--verify", "--quiet", &name]) {
            Ok(commit) => Ok(Some(commit)),
            Err(Error::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Which of these files, named from the folder, differ from what is committed, or aren't committed at all.
    ///
    /// # Errors
    ///
    /// Git can't tell.
    pub fn uncommitted(&self, files: &[String]) -> Result<Vec<String>, Error> {
        let mut args = vec![
            "--literal-pathspecs",
            "status",
            "--porcelain",
            "--untracked-files=all",
            "-z",
            "--",
        ];
        args.extend(files.iter().map(String::as_str));
        let found = self.run(&args)?;
        // XY, a space, the path; a renamed file's old path follows as an entry of its own.
        let entries = found.split('\0').filter(|entry| entry.len() > 3);
        let named = entries.map(|entry| entry.get(3..).unwrap_or_default());
        Ok(named
            .map(|path| path.strip_prefix(&self.prefix).unwrap_or(path).to_owned())
            .collect())
    }

    /// Whether the clone has no more than the newest commits.
    ///
    /// # Errors
    ///
    /// Git can't tell.
    pub fn is_shallow(&self) -> Result<bool, Error> {
        Ok(self.line(&["rev-parse", "--is-shallow-repository"])? == "true")
    }

    /// A file, named from the folder, as a commit has it; nothing where it has none.
    ///
    /// # Errors
    ///
    /// Git can't be run.
    pub fn file_at(&self, commit: &str, file: &str) -> Result<Option<String>, Error> {
        match self.run(&["show", &format!("{commit}:{}", self.path_of(file))]) {
            Ok(text) => Ok(Some(text)),
            Err(Error::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The commits that changed a file, named from the folder, newest first, and no more than that many.
    ///
    /// # Errors
    ///
    /// Git can't tell: there is no commit yet, say.
    pub fn commits_of(&self, file: &str, most: usize) -> Result<Vec<String>, Error> {
        let most = format!("--max-count={most}");
        let listed = self.run(&["--literal-pathspecs", "log", "--format=%H", &most, "--", file])?;
        Ok(listed.lines().map(str::to_owned).collect())
    }

    /// Makes a branch that isn't checked out end at `new`, if it still ends at `old`.
    ///
    /// # Errors
    ///
    /// It is checked out somewhere, or was moved in the meantime.
    pub fn move_branch(&self, branch: &str, new: &str, old: Option<&str>) -> Result<(), Error> {
        let wanted = format!("branch refs/heads/{branch}");
        let mut folder = PathBuf::new();
        for line in self.run(&["worktree", "list", "--porcelain"])?.lines() {
            if let Some(path) = line.strip_prefix("worktree ") {
                folder = path.into();
            } else if line == wanted {
                return Err(Error::CheckedOut {
                    branch: branch.to_owned(),
                    folder,
                });
            }
        }
        let name = format!("refs/heads/{branch}");
        // Git takes an old value of zeroes as "it must not exist yet".
        let nothing = "0".repeat(new.len());
        self.run(&[
            "update-ref",
            "-m",
            "dashctl pull --commit",
            &name,
            new,
            old.unwrap_or(&nothing),
        ])?;
        Ok(())
    }

    /// Moves the branch that is checked out on to `new`, with the files: Git refuses where that would write over anything.
    ///
    /// # Errors
    ///
    /// Files that were changed and not committed, or `new` doesn't build on the branch.
    pub fn fast_forward(&self, new: &str) -> Result<(), Error> {
        self.run(&["merge", "--quiet", "--ff-only", new]).map(drop)
    }

    /// The path from the top of the work tree of a file named from the folder.
    pub(super) fn path_of(&self, file: &str) -> String {
        format!("{}{file}", self.prefix)
    }

    pub(super) fn line(&self, args: &[&str]) -> Result<String, Error> {
        Ok(self.run(args)?.trim_end_matches('\n').to_owned())
    }

    pub(super) fn run(&self, args: &[&str]) -> Result<String, Error> {
        self.run_with(args, &[], &[])
    }

    /// Runs `git` in the folder, with `input` on its standard input, and gives what it wrote.
    pub(super) fn run_with(&self, args: &[&str], variables: &[(&str, &OsStr)], input: &[u8]) -> Result<String, Error> {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.folder).args(args);
        command.envs(variables.iter().copied()).env("LC_ALL", "C");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(Error::NoProgram)?;
        let mut stdin = child.stdin.take();
        let written = stdin.as_mut().map_or(Ok(()), |stdin| stdin.write_all(input));
        drop(stdin);
        let output = child.wait_with_output()?;
        if output.status.success() {
            written?;
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let subcommand = args.iter().find(|arg| !arg.starts_with('-'));
        Err(Error::Refused {
            command: subcommand.copied().unwrap_or_default().to_owned(),
            message: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        })
    }
}

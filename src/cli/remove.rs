use super::output::print;
use super::selection::Selection;
use super::session::repository_here;
use super::{Exit, Failure};
use crate::catalog::Sha256;
use crate::repository::Locked;

/// Takes dashboards out of the repository; `apply --prune` then deletes them in Grafana
///
/// The files leave dashboards/, and dashctl.lock remembers them as removed. Pristine files under vendor/ stay.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Names, uids, folders or globs
    #[arg(required = true, value_name = "WHAT")]
    what: Vec<String>,
}

/// Runs the verb.
///
/// # Errors
///
/// No such dashboard, or a file that can't be removed.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let repository = repository_here()?;
    let names = Selection::new(&args.what)?.names(&repository, None)?;
    let mut lock = repository.lock()?;
    let mut entries = Vec::new();
    for name in names {
        entries.push(repository.entry(&name, None)?);
    }
    for entry in &entries {
        let json = entry.name.json(repository.root());
        let known = lock.take(&entry.name, entry.uid.as_str());
        let locked = known.unwrap_or_else(|| Locked {
            uid: entry.uid.to_string(),
            source: "file".into(),
            revision: None,
            sha256: Sha256::of(&std::fs::read(&json).unwrap_or_default()).to_string(),
            pulled: None,
            removed: false,
        });
        lock.insert(
            entry.name.clone(),
            Locked {
                removed: true,
                ..locked
            },
        );
    }
    // The lock first: a file that stays behind is seen, a dashboard that nobody remembers is not.
    repository.write_lock(&lock)?;
    for entry in &entries {
        for path in [entry.name.json(repository.root()), entry.name.yaml(repository.root())] {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Failure::new(format!("{} can't be removed: {error}", path.display()))
                        .hint("the lock has it as removed already; delete the file yourself"));
                }
                _ => {}
            }
        }
        print(&format!("{}: removed\n", entry.name))?;
    }
    print("In Grafana they stay until `dashctl apply --prune`.\n")?;
    Ok(Exit::Done)
}

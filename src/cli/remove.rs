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
    let mut entries = Vec::new();
    for name in names {
        entries.push(repository.entry(&name, None)?);
    }
    let mut change = repository.begin()?;
    for entry in &entries {
        let json = entry.name.json(repository.root());
        let known = change.lock().take(&entry.name, entry.uid.as_str());
        let locked = known.unwrap_or_else(|| Locked {
            uid: entry.uid.to_string(),
            source: "file".into(),
            revision: None,
            sha256: Sha256::of(&std::fs::read(&json).unwrap_or_default()).to_string(),
            pulled: None,
            removed: false,
        });
        change.lock().insert(
            entry.name.clone(),
            Locked {
                removed: true,
                ..locked
            },
        );
        change.remove(&json)?;
        change.remove(&entry.name.yaml(repository.root()))?;
    }
    change.commit()?;
    for entry in &entries {
        print(&format!("{}: removed\n", entry.name))?;
    }
    print("In Grafana they stay until `dashctl apply --prune`.\n")?;
    Ok(Exit::Done)
}

use super::{Error, Selection};
use crate::catalog::Sha256;
use crate::repository::{Locked, Name, Repository};

/// Takes dashboards out of the repository: their files go, and the lock remembers them as removed. Gives their names.
///
/// # Errors
///
/// No such dashboard, or a disk that refuses.
pub fn remove(repository: &Repository, what: &[String]) -> Result<Vec<Name>, Error> {
    let names = Selection::new(what)?.names(repository, None)?;
    let mut entries = Vec::new();
    for name in names {
        entries.push(repository.entry(&name, None)?);
    }
    let mut change = repository.begin()?;
    for entry in &entries {
        let known = change.lock().take(&entry.name, entry.uid.as_str());
        let locked = known.unwrap_or_else(|| Locked {
            uid: entry.uid.to_string(),
            source: "file".into(),
            revision: None,
            sha256: Sha256::of(&std::fs::read(&entry.path).unwrap_or_default()).to_string(),
            pulled: None,
            rewritten: Vec::new(),
            removed: false,
        });
        change.lock().insert(
            entry.name.clone(),
            Locked {
                removed: true,
                ..locked
            },
        );
        change.remove(&entry.name.json(repository.root()))?;
        change.remove(&entry.name.yaml(repository.root()))?;
    }
    change.commit()?;
    Ok(entries.into_iter().map(|entry| entry.name).collect())
}

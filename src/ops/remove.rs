use super::{Error, Selection};
use crate::catalog::Sha256;
use crate::repository::{Entry, Locked, LockedPanel, Repository, Transaction, library_label, rewrite_yaml};

/// A dashboard that a template makes beside others leaves the list of these.
fn take_out_of_many(repository: &Repository, change: &mut Transaction<'_>, entry: &Entry) -> Result<(), Error> {
    let Some(each) = entry.sidecar.template.as_ref().and_then(|used| used.each.as_ref()) else {
        return Ok(());
    };
    let shown = repository.relative(&entry.path).display().to_string();
    let at = |error: &dyn std::fmt::Display| Error::new(format!("{shown}: {error}"));
    // Another one of the same list may have left it before.
    let text = change.text(&entry.path)?.unwrap_or_default();
    let mut value = crate::dashboard::content(&text).map_err(|error| at(&error))?;
    let list = value
        .pointer_mut("/template/each")
        .and_then(serde_json::Value::as_object_mut);
    let list = list.ok_or_else(|| at(&"template.each is no list of names"))?;
    list.shift_remove(entry.name.stem());
    match list.is_empty() || each.len() <= 1 {
        true => Ok(change.remove(&entry.path)?),
        false => {
            let rewritten = rewrite_yaml(&text, &value).map_err(|error| at(&error))?;
            change.write(&entry.path, rewritten.text.as_bytes())?;
            Ok(())
        }
    }
}

/// Takes dashboards and library panels out of the repository: their files go, and the lock remembers them as removed. Gives their
/// names.
///
/// # Errors
///
/// No such dashboard, or a disk that refuses.
pub fn remove(repository: &Repository, what: &[String]) -> Result<Vec<String>, Error> {
    let (names, panels) = Selection::new(what)?.names_and_library(repository, None)?;
    let panels = panels.iter().map(|name| repository.library_entry(name, None));
    let panels = panels.collect::<Result<Vec<_>, _>>()?;
    let mut entries = Vec::new();
    for name in names {
        entries.push(repository.entry(&name, None)?);
    }
    let mut change = repository.begin()?;
    for entry in &entries {
        take_out_of_many(repository, &mut change, entry)?;
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
    for entry in &panels {
        let locked = change.lock().panel(entry.uid.as_str()).cloned();
        let locked = LockedPanel {
            uid: entry.uid.to_string(),
            removed: true,
            ..locked.unwrap_or_default()
        };
        change.lock().insert_panel(entry.name.clone(), locked);
        change.remove(&entry.name.library_file(repository.root()))?;
        change.remove(&entry.name.library_sidecar(repository.root()))?;
    }
    change.commit()?;
    let panels = panels.iter().map(|entry| library_label(&entry.name));
    Ok(entries
        .iter()
        .map(|entry| entry.name.to_string())
        .chain(panels)
        .collect())
}

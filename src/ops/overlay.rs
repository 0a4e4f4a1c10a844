//! How do the edits of a dashboard that was imported become an overlay, so that its file stays as its author made it?

use serde_json::Value;

use super::{Error, Selection};
use crate::catalog::Sha256;
use crate::dashboard::{self, overlay_between, to_sorted_text};
use crate::files::read_regular;
use crate::repository::{Locked, Name, Repository, Sidecar};

/// A dashboard whose edits are an overlay now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlaid {
    /// Its name.
    pub name: Name,
    /// How many keys the overlay has; none where its file is as it came.
    pub keys: usize,
}

/// Makes overlays of what differs between dashboards' files and the pristine bytes that they were imported from.
///
/// # Errors
///
/// A dashboard that wasn't imported, has an overlay already, or differs in a way that an overlay can't say: nothing is
/// written then, of any.
pub fn overlay_from_diff(repository: &Repository, what: &[String]) -> Result<Vec<Overlaid>, Error> {
    let names = Selection::new(what)?.names(repository, None)?;
    let mut change = repository.begin()?;
    let mut all = Vec::new();
    for name in names {
        let locked = change.lock().get(&name).filter(|locked| !locked.removed).cloned();
        let mut pristine = pristine(repository, &name, locked.as_ref())?;
        let at = |error: &dyn std::fmt::Display| Error::new(format!("{name}: {error}; nothing was written"));
        let path = name.json(repository.root());
        let file = read(&path)?;
        // Library panels have files of their own.
        if let (None, Some(fields)) = (file.get("__elements"), pristine.as_object_mut()) {
            fields.shift_remove("__elements");
        }
        let made = overlay_between(&pristine, &file).map_err(|error| at(&error))?;
        let keys = made.as_ref().and_then(Value::as_object).map_or(0, serde_json::Map::len);
        if let Some(overlay) = made {
            let yaml = name.yaml(repository.root());
            let sidecar = Sidecar::read(&yaml)?.unwrap_or_default();
            if sidecar.overlay.is_some() {
                let again = at(&"it has an overlay already");
                return Err(again.hint(format!(
                    "move what its YAML file says into {}, or say the new edits in the overlay yourself",
                    path.display()
                )));
            }
            let text = match yaml.exists() {
                true => {
                    String::from_utf8(read_regular(&yaml).map_err(|error| at(&error))?).map_err(|error| at(&error))?
                }
                false => String::new(),
            };
            let overlay =
                serde_saphyr::to_string(&serde_json::json!({"overlay": overlay})).map_err(|error| at(&error))?;
            let text = match text.is_empty() || text.ends_with('\n') {
                true => text + &overlay,
                false => format!("{text}\n{overlay}"),
            };
            change.write(&path, to_sorted_text(&pristine).as_bytes())?;
            change.write(&yaml, text.as_bytes())?;
        }
        all.push(Overlaid { name, keys });
    }
    change.commit()?;
    Ok(all)
}

/// The dashboard as it came.
fn pristine(repository: &Repository, name: &Name, locked: Option<&Locked>) -> Result<Value, Error> {
    let not_imported = || {
        Error::usage(format!(
            "{name} wasn't imported from a catalog: there is nothing that its file could be compared with"
        ))
    };
    let locked = locked.ok_or_else(not_imported)?;
    let revision = locked.revision.as_ref().ok_or_else(not_imported)?;
    let path = repository.pristine_path(&locked.source, revision);
    let bytes = read_regular(&path).map_err(|error| {
        Error::new(format!("{}: {error}", path.display()))
            .hint("take the pristine file back from Git, or import the same revision again")
    })?;
    if Sha256::of(&bytes).to_string() != locked.sha256 {
        return Err(Error::new(format!("{} isn't what dashctl.lock says", path.display()))
            .hint("take the pristine file back from Git, or import the same revision again"));
    }
    let mut document = dashboard::parse(&bytes).map_err(|error| Error::new(format!("{}: {error}", path.display())))?;
    let mut content = std::mem::take(document.content_mut());
    crate::verify::rewrite_all(&mut content, &locked.rewritten);
    Ok(content)
}

fn read(path: &std::path::Path) -> Result<Value, Error> {
    let at = |error: &dyn std::fmt::Display| Error::new(format!("{}: {error}", path.display()));
    let bytes = read_regular(path).map_err(|error| at(&error))?;
    let document = dashboard::parse(&bytes).map_err(|error| at(&error))?;
    Ok(document.into_content())
}

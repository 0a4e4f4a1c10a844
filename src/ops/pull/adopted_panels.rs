//! The library panels that newly known dashboards use: without their files a dashboard could be applied nowhere else.

use std::collections::BTreeSet;

use super::super::library::{Record, Written, schema_of_pages};
use super::super::{Error, Session};
use crate::dashboard::references::library_panels;
use crate::dashboard::{FolderPath, LibraryPanel, Uid, to_sorted_text};
use crate::grafana::{Folders, LiveDashboard};
use crate::plan::panel_hash;
use crate::repository::{Name, Transaction, library_label, slug};

/// A library panel that is to have a file.
#[derive(Debug)]
pub(super) struct AdoptedPanel {
    pub name: Name,
    pub panel: LibraryPanel,
}

/// Those that these dashboards use and that the repository hasn't. One that Grafana hasn't either is told.
///
/// # Errors
///
/// Library panels of the repository that can't be read, or a server that can't be reached.
pub(super) async fn find<'d>(
    session: &Session,
    folders: &Folders,
    dashboards: impl Iterator<Item = (&'d Name, &'d LiveDashboard)>,
) -> Result<Vec<AdoptedPanel>, Error> {
    let (repository, grafana) = (&session.repository, &session.grafana);
    let own = repository.library(session.target.as_deref())?;
    let mut known: BTreeSet<String> = own.iter().map(|entry| entry.uid.to_string()).collect();
    let mut names: BTreeSet<Name> = own.into_iter().map(|entry| entry.name).collect();
    let mut found = Vec::new();
    let mut schema = None;
    for (user, live) in dashboards {
        for mention in library_panels(live.document()?.content()) {
            let uid = mention.name;
            if !known.insert(uid.clone()) {
                continue;
            }
            let there = match uid.parse::<Uid>() {
                Ok(_) => grafana.live_library_panel(&uid).await?,
                Err(_) => None,
            };
            let Some(there) = there else {
                session.person.warn(&format!(
                    "{user}: {} refers to the library panel {uid:?}, which isn't there",
                    mention.place
                ));
                continue;
            };
            let schema = match schema {
                Some(schema) => schema,
                None => *schema.insert(schema_of_pages(grafana).await?),
            };
            let folder = match there.folder_uid.as_str() {
                "" => FolderPath::General,
                uid => folders
                    .path_of(uid)
                    .unwrap_or_else(|| FolderPath::of([there.folder_title.as_str()])),
            };
            let name = free_name(&folder, &there.panel.name, &names)?;
            names.insert(name.clone());
            found.push(AdoptedPanel {
                name,
                panel: LibraryPanel {
                    schema: Some(schema),
                    mark: None,
                    ..there.panel
                },
            });
        }
    }
    Ok(found)
}

fn free_name(folder: &FolderPath, panel: &str, names: &BTreeSet<Name>) -> Result<Name, Error> {
    let stem = slug(panel);
    let suffixes = std::iter::once(String::new()).chain((2..1000).map(|number| format!("-{number}")));
    for suffix in suffixes {
        let name = Name::new(folder, &format!("{stem}{suffix}")).map_err(Error::new)?;
        if !names.contains(&name) {
            return Ok(name);
        }
    }
    Err(Error::new(format!("no free name for the library panel {panel:?}")))
}

impl AdoptedPanel {
    /// Writes its file, and pins what was taken.
    ///
    /// # Errors
    ///
    /// A file that is there by now, or a disk that refuses.
    pub(super) fn write(&self, root: &std::path::Path, change: &mut Transaction<'_>) -> Result<(), Error> {
        let file = self.name.library_file(root);
        if change.has(&file)? {
            return Err(Error::new(format!(
                "{}.json was written at the same time; run it again",
                library_label(&self.name)
            )));
        }
        change.write(&file, to_sorted_text(&self.panel.as_file()).as_bytes())?;
        let record = Record {
            name: self.name.clone(),
            uid: self.panel.uid.clone(),
            written: Written::Pulled(panel_hash(&self.panel, &self.name.folder())),
        };
        record.enter(change.lock());
        Ok(())
    }
}

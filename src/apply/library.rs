use super::Error;
use crate::dashboard::LibraryPanel;
use crate::grafana::{ErrorKind, Folder, Grafana, LibrarySave};
use crate::plan::{Desired, panel_hash, panel_mark};

/// Saves a library panel over the version that was `read`, or as a new one, into a folder that is there. Gives its version.
///
/// # Errors
///
/// [`Error::Conflict`] when somebody else saved in the meantime: theirs stays. After an answer that got lost, the panel is read to
/// find out what happened.
pub async fn save_panel(
    grafana: &Grafana,
    repository: &str,
    desired: &Desired,
    folder: &Folder,
    read: Option<u64>,
) -> Result<u64, Error> {
    let panel = panel_of(desired);
    let save = LibrarySave {
        uid: &panel.uid,
        name: &panel.name,
        model: &panel.marked(&panel_mark(repository, &panel, &desired.folder, read)),
        folder,
        read,
    };
    match grafana.save_library_panel(&save).await {
        Ok(version) => Ok(version),
        Err(error) if error.is_ambiguous() => {
            let now = grafana.live_library_panel(&panel.uid).await?;
            match now {
                Some(now) if is_it(&now.panel, desired) && now.folder_uid == folder.uid => Ok(now.version),
                now if now.as_ref().map(|now| now.version) == read => Err(Error::NotCarriedOut(error)),
                _ => Err(Error::Conflict(error)),
            }
        }
        Err(error) if matches!(error.kind(), ErrorKind::Conflict(_)) => Err(Error::Conflict(error)),
        // All versions say it with 400, be it the uid or the name.
        Err(error) if error.message().contains("name or UID already exists") => Err(match read {
            None if grafana.has_library_panel(&panel.uid).await? == Some(true) => Error::Conflict(error),
            _ => Error::LibraryNameTaken {
                name: panel.name,
                folder: desired.folder.to_string(),
            },
        }),
        Err(error) => Err(Error::Grafana(error)),
    }
}

/// The panel of a dashboard that has only that one.
fn panel_of(desired: &Desired) -> LibraryPanel {
    LibraryPanel::of_dashboard(desired.dashboard.content()).unwrap_or_else(|| LibraryPanel {
        uid: desired.uid.to_string(),
        name: desired.title().to_owned(),
        model: serde_json::Value::Object(serde_json::Map::new()),
        inputs: Vec::new(),
        mark: None,
        schema: None,
    })
}

fn is_it(live: &LibraryPanel, desired: &Desired) -> bool {
    panel_hash(live, &desired.folder) == panel_hash(&panel_of(desired), &desired.folder)
}

use super::{Error, Origin};
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
    origin: Origin<'_>,
    desired: &Desired,
    folder: &Folder,
    read: Option<u64>,
) -> Result<u64, Error> {
    let panel = LibraryPanel::of_dashboard(desired.dashboard.content());
    let panel = panel.ok_or_else(|| Error::NoPanel(desired.label.clone()))?;
    let mark = panel_mark(origin.repository, &panel, &desired.folder, read);
    let mark = format!("{mark} {}", origin.text);
    let save = LibrarySave {
        uid: &panel.uid,
        name: &panel.name,
        model: &panel.marked(mark.trim_end()),
        folder,
        read,
    };
    match grafana.save_library_panel(&save).await {
        Ok(version) => Ok(version),
        Err(error) if error.is_ambiguous() => {
            let now = grafana.live_library_panel(&panel.uid).await?;
            match now {
                Some(now)
                    if panel_hash(&now.panel, &desired.folder) == panel_hash(&panel, &desired.folder)
                        && now.folder_uid == folder.uid =>
                {
                    Ok(now.version)
                }
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

use super::Error;
use crate::dashboard::{FolderPath, url_part};
use crate::grafana::{Grafana, Hit};
use crate::plan::Desired;

/// The first Grafana that takes several dashboards of one title in a folder.
const APART: (u32, u32) = (12, 0);
/// The first Grafana in which a dashboard may be called like a folder.
const APART_FROM_FOLDERS: (u32, u32) = (11, 0);

/// Whether the server keeps titles apart that are one as parts of a URL: before 12. One that hides its version is taken for
/// a new one, since it says no by itself.
///
/// # Errors
///
/// The server can't be reached.
pub(super) async fn takes_each_title_once(grafana: &Grafana) -> Result<bool, Error> {
    Ok(grafana.version_numbers().await?.is_some_and(|version| version < APART))
}

/// The dashboards among `desired` whose titles others have in the same folder, with who has them. `folder` finds the uid
/// of a folder that is there, and `titles` are those of all folders.
///
/// # Errors
///
/// The server can't be reached.
pub async fn taken_titles(
    grafana: &Grafana,
    desired: &[&Desired],
    folder: impl Fn(&FolderPath) -> Option<String>,
    titles: Vec<String>,
) -> Result<Vec<Option<String>>, Error> {
    let nothing = vec![None; desired.len()];
    let version = grafana.version_numbers().await?;
    let Some(version) = version.filter(|version| *version < APART && !desired.is_empty()) else {
        return Ok(nothing);
    };
    let hits = grafana.dashboards().await?;
    let folders = match version < APART_FROM_FOLDERS {
        true => titles,
        false => Vec::new(),
    };
    let mut taken = nothing;
    for (at, one) in desired.iter().enumerate() {
        let slug = url_part(one.title());
        let there = folder(&one.folder);
        let same = |hit: &&Hit| {
            hit.uid != one.uid.as_str() && Some(&hit.folder_uid) == there.as_ref() && url_part(&hit.title) == slug
        };
        let before = desired[..at]
            .iter()
            .find(|other| other.uid != one.uid && other.folder == one.folder && url_part(other.title()) == slug);
        let (folder, title) = (&one.folder, one.title());
        taken[at] = if let Some(hit) = hits.iter().find(same) {
            let (other, uid) = (&hit.title, &hit.uid);
            Some(format!(
                "the folder {folder} has {other:?} (uid {uid}), which this Grafana doesn't tell from {title:?}"
            ))
        } else if let Some(other) = before {
            let other = &other.label;
            Some(format!(
                "this Grafana doesn't tell its title {title:?} from that of {other}, in the same folder"
            ))
        } else {
            let like = folders.iter().find(|other| url_part(other) == slug);
            like.map(|other| {
                format!("a folder is called {other:?}, and this Grafana takes no dashboard {title:?} beside it")
            })
        };
    }
    Ok(taken)
}

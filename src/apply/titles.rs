use super::{Error, FolderMaker};
use crate::dashboard::url_part;
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

/// The dashboards among `desired` whose titles others have in the same folder, with who has them.
///
/// # Errors
///
/// The server can't be reached.
pub async fn taken_titles(
    grafana: &Grafana,
    desired: &[&Desired],
    folders: &mut FolderMaker<'_>,
) -> Result<Vec<Option<String>>, Error> {
    let version = grafana.version_numbers().await?;
    let Some(version) = version.filter(|version| *version < APART && !desired.is_empty()) else {
        return Ok(vec![None; desired.len()]);
    };
    let mut there = Vec::new();
    for one in desired {
        there.push(folders.find(&one.folder).await?.map(|folder| folder.uid));
    }
    let hits = grafana.dashboards().await?;
    // What is written gets other titles: it is held against the new ones.
    let (own, others): (Vec<Hit>, Vec<Hit>) = hits
        .into_iter()
        .partition(|hit| desired.iter().any(|one| hit.uid == one.uid.as_str()));
    let folders = match version < APART_FROM_FOLDERS {
        true => folders.titles(),
        false => Vec::new(),
    };
    let is_in = |hit: &Hit, at: usize| Some(&hit.folder_uid) == there[at].as_ref();
    let stays = |at: usize| {
        let one = desired[at];
        let same = |hit: &Hit| hit.uid == one.uid.as_str() && hit.title == one.title() && is_in(hit, at);
        own.iter().any(same)
    };
    let taken = |at: usize| {
        let one = desired[at];
        let slug = url_part(one.title());
        let is_before = |other: &usize| {
            let (is_first, other) = (*other < at || stays(*other), desired[*other]);
            is_first && other.uid != one.uid && other.folder == one.folder && url_part(other.title()) == slug
        };
        let hit = others.iter().find(|hit| is_in(hit, at) && url_part(&hit.title) == slug);
        let before = (0..desired.len()).find(is_before).map(|other| desired[other]);
        let folder = folders.iter().find(|folder| url_part(folder) == slug);
        clash(one, hit, before, folder)
    };
    let clashes = (0..desired.len()).map(|at| if stays(at) { None } else { taken(at) });
    Ok(clashes.collect())
}

/// In words, what a title clashes with.
fn clash(one: &Desired, hit: Option<&Hit>, before: Option<&Desired>, folder: Option<&String>) -> Option<String> {
    let (inside, title) = (&one.folder, one.title());
    if let Some(Hit { title: other, uid, .. }) = hit {
        return Some(format!(
            "the folder {inside} has {other:?} (uid {uid}), which this Grafana doesn't tell from {title:?}"
        ));
    }
    if let Some(other) = before {
        let other = &other.label;
        return Some(format!(
            "this Grafana doesn't tell its title {title:?} from that of {other}, in the same folder"
        ));
    }
    folder.map(|other| format!("a folder is called {other:?}, and this Grafana takes no dashboard {title:?} beside it"))
}

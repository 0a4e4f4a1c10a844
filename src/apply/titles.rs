use std::collections::{HashMap, HashSet};

use super::{Error, FolderMaker};
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

/// A title that a dashboard shall have in a folder.
#[derive(Debug, Clone)]
pub struct Claim {
    /// How the dashboard is called.
    pub label: String,
    uid: String,
    folder: FolderPath,
    title: String,
}

impl From<&Desired> for Claim {
    fn from(desired: &Desired) -> Self {
        Self {
            label: desired.label.clone(),
            uid: desired.uid.to_string(),
            folder: desired.folder.clone(),
            title: desired.title().to_owned(),
        }
    }
}

/// For each claim, in words, who has the title in the same folder, or claims it before.
///
/// # Errors
///
/// The server can't be reached.
pub async fn taken_titles(
    grafana: &Grafana,
    claims: &[Claim],
    folders: &mut FolderMaker<'_>,
) -> Result<Vec<Option<String>>, Error> {
    let version = grafana.version_numbers().await?;
    let Some(version) = version.filter(|version| *version < APART && !claims.is_empty()) else {
        return Ok(vec![None; claims.len()]);
    };
    let mut there: HashMap<&FolderPath, Option<String>> = HashMap::new();
    for claim in claims {
        if !there.contains_key(&claim.folder) {
            let found = folders.find(&claim.folder).await?;
            there.insert(&claim.folder, found.map(|folder| folder.uid));
        }
    }
    let there = |claim: &Claim| there.get(&claim.folder).and_then(Option::as_deref);
    let hits = grafana.dashboards().await?;
    // What is written gets other titles: it is held against the new ones.
    let uids: HashSet<&str> = claims.iter().map(|claim| claim.uid.as_str()).collect();
    let (own, others): (Vec<&Hit>, Vec<&Hit>) = hits.iter().partition(|hit| uids.contains(hit.uid.as_str()));
    let own: HashMap<&str, &Hit> = own.into_iter().map(|hit| (hit.uid.as_str(), hit)).collect();
    let others: HashMap<(&str, String), &Hit> = others
        .into_iter()
        .map(|hit| ((hit.folder_uid.as_str(), url_part(&hit.title)), hit))
        .collect();
    let folders: HashMap<String, String> = match version < APART_FROM_FOLDERS {
        true => folders
            .titles()
            .into_iter()
            .map(|title| (url_part(&title), title))
            .collect(),
        false => HashMap::new(),
    };
    let stays = |claim: &Claim| {
        own.get(claim.uid.as_str())
            .is_some_and(|hit| hit.title == claim.title && Some(hit.folder_uid.as_str()) == there(claim))
    };
    // Those that stay have their titles before anybody else.
    let mut first: HashMap<(&FolderPath, String), &Claim> = HashMap::new();
    let (staying, moving): (Vec<&Claim>, Vec<&Claim>) = claims.iter().partition(|claim| stays(claim));
    for claim in staying.into_iter().chain(moving) {
        first.entry((&claim.folder, url_part(&claim.title))).or_insert(claim);
    }
    let taken = |claim: &Claim| {
        let slug = url_part(&claim.title);
        let hit = there(claim).and_then(|folder| others.get(&(folder, slug.clone())).copied());
        let before = first
            .get(&(&claim.folder, slug.clone()))
            .filter(|other| other.uid != claim.uid);
        clash(claim, hit, before.copied(), folders.get(&slug))
    };
    Ok(claims
        .iter()
        .map(|claim| if stays(claim) { None } else { taken(claim) })
        .collect())
}

/// In words, what a title clashes with.
fn clash(claim: &Claim, hit: Option<&Hit>, before: Option<&Claim>, folder: Option<&String>) -> Option<String> {
    let (inside, title) = (&claim.folder, &claim.title);
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

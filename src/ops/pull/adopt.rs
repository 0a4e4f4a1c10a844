use std::collections::{BTreeMap, BTreeSet};

use super::super::preview::is_preview;
use super::super::{Error, Session};
use super::adopted_panels;
use crate::dashboard::{FolderPath, Uid, wrap};
use crate::grafana::{Grafana, Hit, LiveDashboard};
use crate::plan::{pulled_hash, pulled_text};
use crate::repository::{GRAFANA, Locked, Name, Repository, Transaction, slug};

/// What became of dashboards that the repository didn't know.
#[derive(Debug, Default)]
pub struct Adopted {
    /// Those that have files now, by name and uid.
    pub new: Vec<(Name, String)>,
    /// The library panels that they use and that have files now, by name and uid.
    pub library: Vec<(Name, String)>,
    /// Those that were left out.
    pub left_out: Vec<LeftOut>,
}

/// A dashboard that was left out.
#[derive(Debug)]
pub struct LeftOut {
    /// Its title.
    pub title: String,
    /// Its uid.
    pub uid: String,
    /// Why.
    pub why: Error,
    /// Whether that is as it should be: it is another tool's, and nobody has asked for it by name.
    pub expected: bool,
}

/// Makes files of dashboards that the repository doesn't know: of these uids, or of all where none is named.
///
/// # Errors
///
/// A uid that isn't there or is known, or a repository that can't be read or written.
pub async fn adopt(session: &Session, uids: &[String], dry_run: bool) -> Result<Adopted, Error> {
    let repository = &session.repository;
    let mut names: BTreeSet<Name> = repository.names()?.into_iter().collect();
    let mut known = BTreeSet::new();
    for name in &names {
        known.insert(repository.entry(name, session.target.as_deref())?.uid.to_string());
    }
    let folders = session.grafana.folders().await?;
    let hits = session.grafana.dashboards().await?;
    let mut adopted = Adopted::default();
    let mut files = Vec::new();
    for hit in wanted(uids, hits, &known)? {
        match live(&session.grafana, &hit.uid).await {
            Ok(live) => {
                let folder = folders.path_of(&live.folder_uid);
                let folder = folder.unwrap_or_else(|| FolderPath::of([live.folder_title.as_str()]));
                let name = free_name(&folder, &hit, &names)?;
                names.insert(name.clone());
                adopted.new.push((name.clone(), hit.uid));
                files.push((name, live));
            }
            Err(LiveError { why, foreign }) => adopted.left_out.push(LeftOut {
                title: hit.title,
                uid: hit.uid,
                why,
                expected: foreign && uids.is_empty(),
            }),
        }
    }
    warn_of_cases(session, &names);
    let panels = adopted_panels::find(session, &folders, files.iter().map(|(name, live)| (name, live))).await?;
    let named = panels.iter().map(|one| (one.name.clone(), one.panel.uid.clone()));
    adopted.library = named.collect();
    if !dry_run && !files.is_empty() {
        let mut change = repository.begin()?;
        for (name, live) in &files {
            write(repository, &mut change, name, live)?;
        }
        for panel in &panels {
            panel.write(repository.root(), &mut change)?;
        }
        change.commit()?;
    }
    Ok(adopted)
}

fn wanted(uids: &[String], hits: Vec<Hit>, known: &BTreeSet<String>) -> Result<Vec<Hit>, Error> {
    if uids.is_empty() {
        let is_new = |hit: &Hit| !known.contains(&hit.uid) && !is_preview(hit);
        return Ok(hits.into_iter().filter(is_new).collect());
    }
    let mut wanted = Vec::new();
    for uid in uids {
        if known.contains(uid) {
            return Err(Error::usage(format!(
                "{uid} is in the repository already; `dashctl pull` takes its changes"
            )));
        }
        let hit = hits.iter().find(|hit| hit.uid == *uid);
        let hit = hit.ok_or_else(|| Error::new(format!("there is no dashboard with the uid {uid:?}")))?;
        wanted.push(hit.clone());
    }
    Ok(wanted)
}

/// Names that only upper and lower case tell apart are one on some file systems.
fn warn_of_cases(session: &Session, names: &BTreeSet<Name>) {
    let mut seen: BTreeMap<String, &Name> = BTreeMap::new();
    for name in names {
        if let Some(other) = seen.insert(name.as_str().to_lowercase(), name) {
            session.person.warn(&format!(
                "{other} and {name} differ only in upper and lower case, and are one on some file systems"
            ));
        }
    }
}

/// Why a dashboard can't be taken in.
struct LiveError {
    why: Error,
    foreign: bool,
}

impl<E: Into<Error>> From<E> for LiveError {
    fn from(why: E) -> Self {
        Self {
            why: why.into(),
            foreign: false,
        }
    }
}

async fn live(grafana: &Grafana, uid: &str) -> Result<LiveDashboard, LiveError> {
    uid.parse::<Uid>().map_err(Error::new)?;
    let live = grafana.dashboard(uid).await?.ok_or_else(|| Error::new("it is gone"))?;
    if let Some(owner) = &live.foreign {
        return Err(LiveError {
            why: Error::new(owner),
            foreign: true,
        });
    }
    live.document()?;
    Ok(live)
}

fn free_name(folder: &FolderPath, hit: &Hit, names: &BTreeSet<Name>) -> Result<Name, Error> {
    let stem = slug(&hit.title);
    let suffixes = std::iter::once(String::new()).chain((2..1000).map(|number| format!("-{number}")));
    for suffix in suffixes {
        let name = Name::new(folder, &format!("{stem}{suffix}")).map_err(Error::new)?;
        if !names.contains(&name) {
            return Ok(name);
        }
    }
    Err(Error::new(format!("no free name for {:?}", hit.title)))
}

fn write(
    repository: &Repository,
    change: &mut Transaction<'_>,
    name: &Name,
    live: &LiveDashboard,
) -> Result<(), Error> {
    let dashboard = live.document()?;
    let uid = dashboard.uid().to_owned();
    let text = pulled_text(&wrap(dashboard));
    let hash = pulled_hash(dashboard.content());
    if change.has(&name.json(repository.root()))? {
        return Err(Error::new(format!(
            "dashboards/{name}.json was written at the same time; run it again"
        )));
    }
    change.write(&name.json(repository.root()), text.as_bytes())?;
    let locked = Locked {
        uid,
        source: GRAFANA.into(),
        revision: None,
        sha256: hash.clone(),
        pulled: Some(hash),
        rewritten: Vec::new(),
        removed: false,
    };
    change.lock().insert(name.clone(), locked);
    Ok(())
}

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::Mutex;

use super::super::session::{desired, ignore_rules, unanswered, wishes};
use super::super::{Error, Person};
use super::template_lines;
use crate::apply::{Asking, Observed, Renamed, observe};
use crate::dashboard::compare::{Context, IgnoreRule, in_classic_words};
use crate::dashboard::inputs::{Answers, Candidate, Reference};
use crate::dashboard::references::library_panels;
use crate::dashboard::{Document, FolderPath};
use crate::grafana::{Folders, Grafana, LiveDashboard};
use crate::plan::{Base, Desired, Item, Live, State, TemplateLine, content_hash};
use crate::repository::{Entry, Lock, Name, Repository};

/// What all looks at a target share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) grafana: Arc<Grafana>,
    pub(super) repository: Repository,
    pub(super) person: Arc<dyn Person>,
    pub(super) target: Option<String>,
    pub(super) candidates: Vec<Candidate>,
    pub(super) reference: Reference,
    pub(super) context: Context,
    pub(super) folders: Folders,
    pub(super) late: Mutex<Late>,
    /// Folders that the target can't have, and why.
    pub(super) impossible: BTreeMap<FolderPath, String>,
    /// Folders that somebody renamed or moved, by the path that the repository knows.
    pub(super) renamed: BTreeMap<FolderPath, Renamed>,
    /// Folders of the repository that are there, whatever they are called now.
    pub(super) there: BTreeSet<FolderPath>,
    pub(super) lock: Lock,
    /// The uids of the repository's library panels.
    pub(super) library: BTreeSet<String>,
    pub(super) trusts_notes: bool,
}

/// Folders that the list of them lacked.
#[derive(Debug, Default)]
pub(super) struct Late {
    folders: Folders,
    asked: BTreeSet<String>,
}

impl Late {
    pub(super) fn after(folders: &Folders) -> Self {
        Self {
            folders: folders.clone(),
            asked: BTreeSet::new(),
        }
    }
}

/// A folder that isn't known otherwise.
fn titled(live: &LiveDashboard) -> FolderPath {
    FolderPath::of([live.folder_title.as_str()])
}

impl Shared {
    pub(super) fn desired(&self, name: &Name) -> Result<Desired, Error> {
        let entry = self.repository.entry(name, self.target.as_deref())?;
        self.resolve(entry).map(|(desired, _)| desired)
    }

    pub(super) fn resolve(&self, entry: Entry) -> Result<(Desired, Answers), Error> {
        let config = Some(self.repository.config());
        let wishes = wishes(config, self.target.as_deref(), &entry);
        let rules = ignore_rules(config, &entry)?;
        let name = entry.name.clone();
        let (mut desired, answers) = desired(entry, &wishes, &self.candidates, self.reference, rules)
            .map_err(|open| unanswered(&name, &open))?;
        let locked = self.lock.of(&name, desired.uid.as_str());
        desired.pulled = locked.and_then(|locked| locked.pulled.clone());
        desired.folder_uids = self.lock.uids_of(&desired.folder);
        // What has a file of its own is written from that.
        desired.elements.retain(|element| {
            let uid = element.get("uid").and_then(serde_json::Value::as_str);
            !uid.is_some_and(|uid| self.library.contains(uid))
        });
        Ok((desired, answers))
    }

    /// Judges a dashboard; reads it where nobody has yet.
    pub(super) async fn observe(
        &self,
        desired: &Desired,
        read: Option<LiveDashboard>,
    ) -> Result<Observed, crate::grafana::Error> {
        let live = match read {
            None => self.grafana.dashboard(desired.uid.as_str()).await?,
            read => read,
        };
        let asking = Asking {
            repository: &self.repository.config().repository,
            trusts_notes: self.trusts_notes,
        };
        let folder = match &live {
            Some(live) => self.path_of(&live.folder_uid).await?,
            None => None,
        };
        let folder_of = |live: &LiveDashboard| folder.clone().unwrap_or_else(|| titled(live));
        observe(&self.grafana, desired, live, asking, folder_of, &self.context).await
    }

    /// The library panels of the repository that a dashboard uses.
    fn library_of(&self, desired: &Desired) -> Vec<String> {
        if self.library.is_empty() {
            return Vec::new();
        }
        let used = library_panels(desired.dashboard.content())
            .into_iter()
            .map(|one| one.name);
        used.filter(|uid| self.library.contains(uid)).collect()
    }

    /// What it means that a file has another uid than the one that is pinned.
    fn changed_uid(&self, desired: &Desired, state: State) -> Option<String> {
        let name = Name::parse(&desired.label).ok().filter(|_| state == State::Missing)?;
        let pinned = self.lock.get(&name).filter(|locked| !locked.removed)?;
        (pinned.uid != desired.uid.as_str()).then(|| {
            format!(
                "its uid was {:?}: this makes a new dashboard, and the one with the old uid stays as it is",
                pinned.uid
            )
        })
    }

    /// Who renamed its folder, and when.
    fn renamed_note(&self, folder: &FolderPath) -> Option<String> {
        let renamed = self.renamed.get(folder)?;
        let edit = renamed.edit.as_ref();
        let by = edit.filter(|edit| !edit.by.is_empty());
        let by = by.map(|edit| format!(" by {}", edit.by)).unwrap_or_default();
        let when = edit.filter(|edit| !edit.when.is_empty());
        let when = when.map(|edit| format!(" at {}", edit.when)).unwrap_or_default();
        let (uid, now) = (&renamed.uid, &renamed.now);
        Some(format!(
            "the folder {folder} (uid {uid}) was renamed or moved{by}{when}, and is {now} now"
        ))
    }

    pub(super) fn folder_of(&self, live: &LiveDashboard) -> FolderPath {
        self.folders.path_of(&live.folder_uid).unwrap_or_else(|| titled(live))
    }

    /// Where the folder with this uid is. One that the list of folders lacks is asked for by itself, once: it may have been
    /// made since, or a server under load has ended the list early.
    pub(super) async fn path_of(&self, uid: &str) -> Result<Option<FolderPath>, crate::grafana::Error> {
        if self.folders.knows_way_to(uid) {
            return Ok(self.folders.path_of(uid));
        }
        let mut late = self.late.lock().await;
        if !late.folders.knows_way_to(uid) && late.asked.insert(uid.to_owned()) {
            self.grafana.read_folder(&mut late.folders, uid).await?;
        }
        Ok(late.folders.path_of(uid))
    }

    pub(super) fn item(&self, desired: &Desired, observed: Observed) -> Item {
        let idle = |rule: &IgnoreRule| {
            let live = observed.live.as_ref().and_then(|live| live.document.as_ref().ok());
            let names_something = |side: &Document| rule.names_something_in(&in_classic_words(side.content()));
            !names_something(&desired.dashboard) && !live.is_some_and(names_something)
        };
        let idle_rules = desired
            .ignore
            .iter()
            .enumerate()
            .filter(|(_, rule)| idle(rule))
            .map(|(at, _)| at)
            .collect();
        let mut judgement = observed.judgement;
        // Noise is for `diff --all`; a check of thousands must not hold it.
        judgement.changes.noise = Vec::new();
        judgement.drift.noise = Vec::new();
        let mut item = Item {
            name: desired.label.clone(),
            uid: desired.uid.to_string(),
            title: desired.title().to_owned(),
            folder: desired.folder.clone(),
            state: judgement.state,
            moved_from: judgement.moved_from,
            folder_renamed: judgement.folder_renamed,
            note: match judgement.folder_renamed {
                true => self.renamed_note(&desired.folder).or(judgement.note),
                false => judgement.note.or_else(|| self.changed_uid(desired, judgement.state)),
            },
            base: match observed.base {
                Base::Found { version, .. } => Some(version),
                _ => None,
            },
            changes: judgement.changes,
            drift: judgement.drift,
            ignored: judgement.ignored,
            flattens: judgement.flattens,
            outlines: judgement.outlines,
            idle_rules,
            annotated_folder: None,
            library: self.library_of(desired),
            template: Vec::new(),
            edits: observed.edits,
            live: observed.live.map(|live| Live {
                version: live.revision.version,
                title: live.title().to_owned(),
                revision: live.revision,
                url: live.url,
                updated: live.updated,
                updated_by: live.updated_by,
            }),
            content: match judgement.state {
                // Nobody asks, and it costs more than the comparison.
                State::InSync | State::Resave => String::new(),
                _ => observed
                    .content
                    .unwrap_or_else(|| content_hash(desired.dashboard.content())),
            },
        };
        item.template = self.template_lines(&item);
        item
    }

    /// Which line of its template each change comes from. That none can be told is no failure of a check.
    fn template_lines(&self, item: &Item) -> Vec<TemplateLine> {
        let name = Name::parse(&item.name)
            .ok()
            .filter(|_| !item.changes.changes.is_empty());
        let origin = name.and_then(|name| self.repository.origin(&name, self.target.as_deref()).ok().flatten());
        origin.map_or_else(Vec::new, |origin| template_lines(&origin, &item.changes))
    }
}

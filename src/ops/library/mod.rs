//! What is to be done with the library panels of a repository?
//!
//! A library panel is looked at as a dashboard that has only it: states, words and permissions are those of dashboards. What
//! differs is where its past is known from ([`panel_base`]), and that dashboards use it: it is written before them, and deleted
//! after them.

mod past;
mod prune;
mod write;

pub use prune::{PanelLeaver, carry_out as carry_out_prune, find as find_leavers, forget, waiting};
pub use write::write_panels;
pub(super) use write::{Record, Written, remember, written};

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};

use super::session::{self, Session};
use super::survey::{Failed, Survey};
use super::{Error, Review};
use crate::apply::{self, Observed};
use crate::dashboard::compare::Context;
use crate::dashboard::inputs::{Answers, Candidate, Reference};
use crate::dashboard::{Document, FolderPath, LibraryPanel, NEWEST_SCHEMA, page_schema};
use crate::grafana::{Grafana, Hit, LiveDashboard, LiveLibraryPanel, LiveRevision};
use crate::plan::{Base, Desired, Edit, Item, Judgement, KnownPanel, PanelBase, State, is_known, judge, panel_base};
use crate::repository::{Entry, Lock, Name, Repository, library_label};

/// A library panel of the repository, and what Grafana has of it.
#[derive(Debug)]
pub struct PanelItem {
    /// Its name below `library/`.
    pub name: Name,
    /// What it is in, as a dashboard would be; `library/<folder>/<name>` is its name there.
    pub item: Item,
    /// What it shall be.
    pub desired: Desired,
    /// What Grafana has.
    pub live: Option<LiveLibraryPanel>,
    /// What dashctl wrote or pulled last, where that is known.
    pub base: Option<Document>,
}

/// So many dashboards that use a panel are named.
const NAMED: usize = 5;

/// Looks at library panels. With `go_on`, a broken file is its own panel's failure.
///
/// # Errors
///
/// A file that is no library panel, two of one uid, or a server that can't be reached.
pub async fn look(
    session: &Session,
    survey: &Survey,
    names: &BTreeSet<Name>,
    go_on: bool,
) -> Result<(Vec<PanelItem>, Vec<Failed>), Error> {
    let (mut items, mut failed) = (Vec::new(), Vec::new());
    if names.is_empty() {
        return Ok((items, failed));
    }
    let mut wanted = Vec::new();
    let mut uids: BTreeMap<String, Name> = BTreeMap::new();
    for name in names {
        let looked = session.repository.library_entry(name, session.target.as_deref());
        let resolved = looked
            .map_err(Error::from)
            .and_then(|entry| resolve(session, survey, entry));
        match resolved {
            Ok((desired, _)) => {
                if let Some(first) = uids.insert(desired.uid.to_string(), name.clone()) {
                    return Err(Error::new(format!(
                        "library/{first} and library/{name} both have the uid {:?}",
                        desired.uid.as_str()
                    ))
                    .hint("give one of them another in its file"));
                }
                wanted.push((name.clone(), desired));
            }
            Err(error) if go_on => failed.push(failure(name, error)),
            Err(error) => return Err(error),
        }
    }
    if !session.grafana.has_library().await? {
        failed.extend(wanted.iter().map(|(name, _)| failure(name, no_library())));
        return Ok((items, failed));
    }
    let pages = schema_of_pages(&session.grafana).await?;
    let mut looks = stream::iter(wanted)
        .map(async |(name, desired)| {
            let looked = look_at(session, survey, (&name, &desired), pages).await;
            (name, desired, looked)
        })
        .buffered(survey.concurrency());
    while let Some((name, desired, looked)) = looks.next().await {
        match looked {
            Ok((item, live, base)) => items.push(PanelItem {
                name,
                item,
                desired,
                live,
                base,
            }),
            Err(error) => failed.push(failure(&name, error)),
        }
    }
    Ok((items, failed))
}

fn failure(name: &Name, error: Error) -> Failed {
    Failed {
        name: library_label(name),
        error,
    }
}

/// Why library panels can't be had from a server.
pub fn no_library() -> Error {
    Error::new(
        "this Grafana has no library panels (they came with 8.0); dashboards that use them can't be applied to it",
    )
}

/// What a library panel shall be on the session's target, and the answers that lead there.
pub(super) fn resolve(session: &Session, survey: &Survey, entry: Entry) -> Result<(Desired, Answers), Error> {
    let place = Place {
        repository: &session.repository,
        target: session.target.as_deref(),
        candidates: survey.candidates(),
        reference: survey.reference(),
        lock: survey.lock(),
    };
    place.resolve(entry)
}

/// What a library panel's inputs are answered with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub repository: &'a Repository,
    pub target: Option<&'a str>,
    pub candidates: &'a [Candidate],
    pub reference: Reference,
    pub lock: &'a Lock,
}

impl Place<'_> {
    pub fn resolve(&self, entry: Entry) -> Result<(Desired, Answers), Error> {
        let label = library_label(&entry.name);
        let wishes = session::wishes(Some(self.repository.config()), self.target, &entry);
        // The repository's own rules are about dashboards.
        let rules = session::ignore_rules(None, &entry)?;
        let resolved = session::desired(entry, &wishes, self.candidates, self.reference, rules);
        let (desired, answers) = resolved.map_err(|open| {
            let lines: Vec<String> = open.iter().map(|open| format!("{label}: {open}")).collect();
            Error::new(format!("inputs stay open:\n  {}", lines.join("\n  "))).hint(format!(
                "answer them under `answers:` in {label}.yaml, or for all of a target in dashctl.yaml"
            ))
        })?;
        let locked = self.lock.panel(desired.uid.as_str());
        let desired = Desired {
            pulled: locked.and_then(|locked| locked.pulled.clone()),
            folder_uids: self.lock.uids_of(&desired.folder),
            label,
            ..desired
        };
        Ok((desired, answers))
    }
}

async fn look_at(
    session: &Session,
    survey: &Survey,
    (name, desired): (&Name, &Desired),
    pages: u64,
) -> Result<(Item, Option<LiveLibraryPanel>, Option<Document>), Error> {
    if let Some(why) = survey.impossible(&desired.folder) {
        return Err(Error::new(why));
    }
    let mut live = session.grafana.live_library_panel(desired.uid.as_str()).await?;
    let known = Known {
        repository: &session.repository.config().repository,
        target: &target_key(session),
        lock: survey.lock(),
        context: survey.context(),
        pages,
    };
    let folder_of = |live: &LiveDashboard| survey.folder_of(live);
    known.date(desired, live.as_mut(), folder_of);
    let past = |hashes: &[String]| past::find(session, survey, name, hashes);
    let observed = known.observe(desired, live.as_ref(), folder_of, past);
    let base = match &observed.base {
        Base::Found { dashboard, .. } => Some(dashboard.clone()),
        _ => None,
    };
    let mut item = survey.item(desired, observed);
    if item.differs() && live.is_some() {
        let users = users(&session.grafana, desired.uid.as_str()).await;
        add_note(&mut item, &used_by(&users?));
    }
    Ok((item, live, base))
}

fn add_note(item: &mut Item, words: &str) {
    if !words.is_empty() {
        let note = item.note.take().map(|note| format!("{note}; ")).unwrap_or_default();
        item.note = Some(format!("{note}{words}"));
    }
}

/// The dashboards that use a panel, by title.
pub(super) async fn users(grafana: &Grafana, uid: &str) -> Result<Vec<Hit>, apply::Error> {
    let mut users = grafana.users_of_library_panel(uid).await?;
    users.sort_by(|one, other| one.title.cmp(&other.title));
    Ok(users)
}

pub(super) fn used_by(users: &[Hit]) -> String {
    let names: Vec<String> = users.iter().take(NAMED).map(|hit| format!("{:?}", hit.title)).collect();
    let more = match users.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match users.len() {
        0 => String::new(),
        1 => format!("the dashboard {} uses it", names[0]),
        number => format!("{number} dashboards use it: {}{more}", names.join(", ")),
    }
}

/// What the lock calls a target: its name, or its URL where it has none.
pub(super) fn target_key(session: &Session) -> String {
    session
        .target
        .clone()
        .unwrap_or_else(|| session.grafana.url().to_owned())
}

/// What is known of library panels' past, and what comparisons have to know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    pub repository: &'a str,
    pub target: &'a str,
    pub lock: &'a Lock,
    pub context: &'a Context,
    /// The schema that this Grafana's pages save.
    pub pages: u64,
}

/// The schema that this Grafana's pages save; the newest where it doesn't tell its version.
pub(super) async fn schema_of_pages(grafana: &Grafana) -> Result<u64, Error> {
    let version = grafana.health().await?.version;
    Ok(version
        .and_then(|version| page_schema(&version))
        .unwrap_or(NEWEST_SCHEMA))
}

impl Known<'_> {
    /// What was written and pulled of the panel.
    pub fn past(&self, uid: &str) -> KnownPanel<'_> {
        let locked = self.lock.panel(uid);
        KnownPanel {
            repository: self.repository,
            written: locked
                .and_then(|locked| locked.written.get(self.target))
                .map(String::as_str),
            pulled: locked.and_then(|locked| locked.pulled.as_deref()),
        }
    }

    /// Which schema the model is of that Grafana has: what dashctl wrote is as in the file, everything else as a page saves it.
    pub fn date(
        &self,
        desired: &Desired,
        live: Option<&mut LiveLibraryPanel>,
        folder_of: impl Fn(&LiveDashboard) -> FolderPath,
    ) {
        let Some(live) = live else { return };
        let own = LibraryPanel::of_dashboard(desired.dashboard.content());
        let past = self.past(desired.uid.as_str());
        live.panel.schema = match is_known(live, &folder_of(&as_dashboard(live)), &past) {
            true => own.and_then(|own| own.schema),
            false => Some(self.pages),
        };
    }

    /// Judges a library panel as it was read. `past` finds what had one of some checksums.
    pub fn observe(
        &self,
        desired: &Desired,
        live: Option<&LiveLibraryPanel>,
        folder_of: impl Fn(&LiveDashboard) -> FolderPath,
        past: impl Fn(&[String]) -> Option<Document>,
    ) -> Observed {
        let as_dashboard = live.map(as_dashboard);
        let folder = as_dashboard.as_ref().map(&folder_of).unwrap_or_default();
        let judge = |base: &Base| judge(desired, as_dashboard.as_ref(), &folder, base, self.context);
        let (mut base, mut edits) = (Base::NotNeeded, Vec::new());
        let mut judgement = judge(&base);
        if let (State::Drift, Some(live)) = (judgement.state, live)
            && !(judgement.folder_renamed && judgement.changes.is_same())
        {
            match panel_base(desired, live, &folder, &self.past(desired.uid.as_str())) {
                PanelBase::Like(found) => {
                    base = found;
                    judgement = judge(&base);
                }
                PanelBase::BothChanged(hashes) => match past(&hashes) {
                    Some(dashboard) => {
                        base = Base::Found {
                            version: live.version.saturating_sub(1),
                            dashboard,
                            newer: true,
                            marked: true,
                        };
                        judgement = judge(&base);
                    }
                    None => {
                        judgement = Judgement {
                            state: State::Diverged,
                            note: Some(BOTH.to_owned()),
                            ..judge(&Base::PushedOut)
                        };
                    }
                },
            }
            if judgement.state.is_drift() {
                edits.push(edit(live));
            }
        }
        Observed {
            live: as_dashboard,
            base,
            edits,
            judgement,
            content: None,
        }
    }
}

const BOTH: &str = "the file and Grafana's have both changed, and what it was in between is neither in Grafana, which keeps no history of \
                    library panels, nor in a commit; compared with the file only";

fn edit(live: &LiveLibraryPanel) -> Edit {
    Edit {
        version: live.version,
        author: live.updated_by.clone(),
        when: live.updated.clone(),
        message: String::new(),
        saved_from_ui: None,
    }
}

fn as_dashboard(live: &LiveLibraryPanel) -> LiveDashboard {
    LiveDashboard {
        document: Ok(Document::Classic(live.panel.as_dashboard())),
        revision: LiveRevision::numbered(live.version),
        id: None,
        folder_uid: live.folder_uid.clone(),
        folder_title: live.folder_title.clone(),
        url: "/library-panels".to_owned(),
        updated_by: live.updated_by.clone(),
        updated: live.updated.clone(),
        foreign: None,
    }
}

impl Review {
    /// Everything that was looked at: library panels first, as they are written first.
    pub fn all(&self) -> impl Iterator<Item = &Item> {
        self.library.iter().map(|panel| &panel.item).chain(&self.items)
    }
}

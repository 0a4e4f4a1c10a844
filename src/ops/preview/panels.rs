//! Scratch copies of library panels: a copy of a dashboard shows what the files say, and not what Grafana has in its library.
//!
//! What dashboards bear as tags stands in the mark of a library panel: until when it may lie there, and what it is kept for.

use std::collections::BTreeMap;

use super::super::library::{Place, used_by, users};
use super::super::{Error, Person, Session};
use super::{Ended, FOLDER, UID};
use crate::apply::{Origin, Surroundings, save_panel};
use crate::dashboard::references::{library_panels, refer};
use crate::dashboard::{Document, FolderPath, LibraryPanel};
use crate::grafana::{Folder, Grafana, LiveLibraryPanel};
use crate::plan::{Desired, Mark, panel_hash};
use crate::repository::{Entry, Lock, Repository};

/// Begins the name of a copy, and stands before its run.
const NAME: &str = "[preview ";
/// Begins what stands after the mark in a copy's model.
const UNTIL: &str = " preview until ";
/// Begins what it is kept for there.
const FOR: &str = " for ";
/// The longest name that every version takes (`library_element.name`, `libraryElementsMigration` of grafana/grafana, 8.0 to 13.1).
const LONGEST_NAME: usize = 150;

/// The repository's library panels as the files have them now, by uid.
#[derive(Debug)]
pub(super) struct Library {
    entries: BTreeMap<String, Entry>,
    lock: Lock,
}

impl Library {
    /// Reads them. A broken file is told, and none of the library: a dashboard that needs it shows what Grafana has.
    ///
    /// # Errors
    ///
    /// They can't be listed, or the lock can't be read.
    pub(super) fn read(repository: &Repository, target: Option<&str>, person: &dyn Person) -> Result<Self, Error> {
        let mut entries = BTreeMap::new();
        for name in repository.library_names()? {
            match repository.library_entry(&name, target) {
                Ok(entry) => drop(entries.insert(entry.uid.to_string(), entry)),
                Err(error) => person.warn(&error.to_string()),
            }
        }
        Ok(Self {
            entries,
            lock: repository.lock()?,
        })
    }

    /// How many of them these dashboards use.
    pub(super) fn used_by<'d>(&self, dashboards: impl Iterator<Item = &'d Desired>) -> usize {
        let uids = dashboards.flat_map(|desired| library_panels(desired.dashboard.content()));
        let used: std::collections::BTreeSet<String> = uids.map(|mention| mention.name).collect();
        used.iter().filter(|uid| self.entries.contains_key(*uid)).count()
    }

    /// What the files say that the panel with this uid is on the target.
    fn panel(
        &self,
        uid: &str,
        repository: &Repository,
        session: &Session,
        surroundings: &Surroundings,
    ) -> Result<Option<Desired>, Error> {
        let Some(entry) = self.entries.get(uid) else {
            return Ok(None);
        };
        let candidates = surroundings.candidates();
        let place = Place {
            repository,
            target: session.target.as_deref(),
            candidates: &candidates,
            reference: surroundings.reference,
            lock: &self.lock,
        };
        Ok(Some(place.resolve(entry.clone())?.0))
    }
}

/// A copy of a library panel.
#[derive(Debug, Clone)]
struct PanelCopy {
    /// How the panel is called that it is one of.
    label: String,
    /// The copy as it was saved last.
    saved: LibraryPanel,
    /// Somebody else saved it: it is theirs.
    left: bool,
}

/// The copies of library panels of one preview.
#[derive(Debug)]
pub(super) struct PanelCopies {
    run: String,
    until: String,
    kept_for: Option<String>,
    folder: Folder,
    /// By the uid of the panel that it is a copy of.
    copies: BTreeMap<String, PanelCopy>,
}

impl PanelCopies {
    /// Copies that lie in this folder, and of which there are none yet.
    pub(super) fn new(run: &str, until: &str, kept_for: Option<&String>, folder: &Folder) -> Self {
        Self {
            run: run.to_owned(),
            until: until.to_owned(),
            kept_for: kept_for.cloned(),
            folder: folder.clone(),
            copies: BTreeMap::new(),
        }
    }

    /// The dashboard with copies in place of library panels, which are made where there are none yet: of those that are files,
    /// and of those that it brings along itself and the target lacks.
    ///
    /// # Errors
    ///
    /// Inputs of a panel without an answer, or a Grafana that refuses.
    pub(super) async fn put_in(
        &mut self,
        mut desired: Desired,
        library: &Library,
        repository: &Repository,
        (session, surroundings): (&Session, &Surroundings),
    ) -> Result<Desired, Error> {
        for mention in library_panels(desired.dashboard.content()) {
            let uid = mention.name;
            if self.copies.contains_key(&uid) {
                continue;
            }
            let own = library.panel(&uid, repository, session, surroundings)?;
            let (label, panel) = match own {
                Some(own) => (own.label.clone(), LibraryPanel::of_dashboard(own.dashboard.content())),
                None => {
                    let mut elements = desired.elements.iter().filter_map(|one| LibraryPanel::of(one).ok());
                    let brought = elements.find(|panel| panel.uid == uid);
                    let is_there = match brought {
                        Some(_) => session.grafana.has_library_panel(&uid).await? != Some(false),
                        None => true,
                    };
                    let brought = brought.filter(|_| !is_there);
                    let name = brought.as_ref().map(|panel| panel.name.as_str()).unwrap_or_default();
                    (format!("{}, library panel {name:?}", desired.label), brought)
                }
            };
            let Some(panel) = panel else { continue };
            // A Grafana before 8 has no library: its dashboards refer to nothing.
            if self.copies.is_empty() && !session.grafana.has_library().await? {
                continue;
            }
            let copy = PanelCopy {
                saved: self.scratch(panel, None),
                label,
                left: false,
            };
            self.save(&session.grafana, &copy, None).await?;
            self.copies.insert(uid, copy);
        }
        let copies = self.copies.iter();
        let named = copies.map(|(uid, copy)| (uid.clone(), (copy.saved.uid.clone(), copy.saved.name.clone())));
        refer(desired.dashboard.content_mut(), &named.collect());
        Ok(desired)
    }

    /// The panel under a uid and a name of the copy's own.
    fn scratch(&self, panel: LibraryPanel, now: Option<&LibraryPanel>) -> LibraryPanel {
        let uid = match now {
            Some(now) => now.uid.clone(),
            None => format!("{UID}{}-l{}", self.run, self.copies.len()),
        };
        let begin = format!("{NAME}{}] ", self.run);
        let name = |number: usize| {
            let end = match number {
                1 => String::new(),
                number => format!(" ({number})"),
            };
            let room = LONGEST_NAME.saturating_sub(begin.chars().count() + end.chars().count());
            let own: String = panel.name.chars().take(room).collect();
            format!("{begin}{own}{end}")
        };
        // In one folder there are no two of one name, and panels of several folders lie in it.
        let is_taken = |name: &String| {
            let mut copies = self.copies.values();
            copies.any(|copy| copy.saved.uid != uid && copy.saved.name == *name)
        };
        let free = (1..).map(name).find(|name| !is_taken(name));
        LibraryPanel {
            name: free.unwrap_or_default(),
            uid: uid.clone(),
            mark: None,
            ..panel
        }
    }

    async fn save(&self, grafana: &Grafana, copy: &PanelCopy, read: Option<u64>) -> Result<(), Error> {
        let desired = Desired {
            label: copy.label.clone(),
            uid: copy.saved.uid.parse().map_err(Error::new)?,
            dashboard: Document::Classic(copy.saved.as_dashboard()),
            folder: FolderPath::of([FOLDER]),
            elements: Vec::new(),
            pulled: None,
            folder_uids: Vec::new(),
            ignore: Vec::new(),
        };
        let kept_for = self
            .kept_for
            .as_ref()
            .map(|what| format!("{FOR}{what}"))
            .unwrap_or_default();
        let origin = Origin {
            repository: Mark::NO_REPOSITORY,
            text: &format!("{}{}{kept_for}", UNTIL.trim_start(), self.until),
            managed: None,
        };
        save_panel(grafana, origin, &desired, &self.folder, read).await?;
        Ok(())
    }

    /// Saves those again of which the files say something else by now. What can't be is told.
    pub(super) async fn save_again(
        &mut self,
        library: &Library,
        repository: &Repository,
        (session, surroundings): (&Session, &Surroundings),
    ) {
        let person = &session.person;
        for (uid, mut copy) in self.copies.clone() {
            let again = async {
                // What is no file any more stays as it was.
                let own = library.panel(&uid, repository, session, surroundings)?;
                let panel = own.and_then(|own| LibraryPanel::of_dashboard(own.dashboard.content()));
                let Some(panel) = panel.map(|panel| self.scratch(panel, Some(&copy.saved))) else {
                    return Ok(false);
                };
                if copy.left || panel == copy.saved {
                    return Ok(false);
                }
                let live = session.grafana.live_library_panel(&panel.uid).await?;
                if let Some(live) = &live
                    && !is_ours(live)
                {
                    copy.left = true;
                    return Ok(true);
                }
                copy.saved = panel;
                self.save(&session.grafana, &copy, live.map(|live| live.version))
                    .await?;
                Ok::<_, Error>(true)
            };
            match again.await {
                Ok(false) => {}
                Ok(true) if copy.left => person.warn(&format!(
                    "{}: somebody edited the copy {}: it is left as it is",
                    copy.label, copy.saved.uid
                )),
                Ok(true) => person.progress(&format!("{}: saved again", copy.label)),
                Err(error) => {
                    person.warn(&format!("{}: {}", copy.label, error.message()));
                    continue;
                }
            }
            self.copies.insert(uid, copy);
        }
    }

    /// Deletes the copies, but those that somebody else has edited, or uses.
    pub(super) async fn end(&self, grafana: &Grafana) -> Vec<Ended> {
        let mut all = Vec::new();
        for copy in self.copies.values() {
            all.push(Ended {
                name: copy.label.clone(),
                gone: delete(grafana, &copy.saved.uid).await,
            });
        }
        all
    }
}

/// Until when a copy may lie there, and what it is kept for, as its mark says.
struct Term<'m> {
    until: &'m str,
    kept_for: Option<&'m str>,
}

impl<'m> Term<'m> {
    fn of(live: &'m LiveLibraryPanel) -> Option<Self> {
        let mark = live.panel.mark.as_deref()?;
        let (_, term) = mark.split_once(UNTIL)?;
        let (until, kept_for) = match term.split_once(FOR) {
            Some((until, kept_for)) => (until, Some(kept_for)),
            None => (term, None),
        };
        Some(Self { until, kept_for })
    }
}

/// Deletes the copies whose time is over by `now`.
pub(super) async fn sweep_over(grafana: &Grafana, now: &str) -> Result<Vec<Ended>, Error> {
    let is_over = |term: &Term<'_>| term.until.parse::<jiff::Timestamp>().is_ok() && term.until < now;
    sweep(grafana, is_over).await
}

/// Deletes the copies that are kept for something.
pub(super) async fn sweep_for(grafana: &Grafana, kept_for: &str) -> Result<Vec<Ended>, Error> {
    sweep(grafana, |term| term.kept_for == Some(kept_for)).await
}

async fn sweep(grafana: &Grafana, wanted: impl Fn(&Term<'_>) -> bool) -> Result<Vec<Ended>, Error> {
    let mut all = Vec::new();
    for live in grafana.library_panels(NAME).await? {
        if live.panel.uid.starts_with(UID) && Term::of(&live).is_some_and(|term| wanted(&term)) {
            all.push(Ended {
                gone: delete(grafana, &live.panel.uid).await,
                name: live.panel.name,
            });
        }
    }
    Ok(all)
}

/// Whether it is as a preview saved it: a page's save leaves the mark of another content, or none.
fn is_ours(live: &LiveLibraryPanel) -> bool {
    let mark = live.panel.mark.as_deref().and_then(Mark::parse);
    let folder = FolderPath::of([live.folder_title.as_str()]);
    mark.is_some_and(|mark| mark.hash == panel_hash(&live.panel, &folder))
}

async fn delete(grafana: &Grafana, uid: &str) -> Result<(), Error> {
    let Some(live) = grafana.live_library_panel(uid).await? else {
        return Ok(());
    };
    if !is_ours(&live) {
        let url = grafana.url();
        return Err(
            Error::new(format!("somebody edited the copy {uid} in {url}: it is left as it is"))
                .hint("delete it in Grafana where nobody needs it"),
        );
    }
    // 12 deletes one that is in use.
    let users = users(grafana, uid).await?;
    if !users.is_empty() {
        return Err(Error::new(format!("the copy {uid} stays: {}", used_by(&users))));
    }
    Ok(grafana.delete_library_panel(uid).await?)
}

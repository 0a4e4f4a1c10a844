//! The library panels that shared dashboards bring along: they become files of the repository, and are written before the
//! dashboards that use them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::library::{Known, Place, Record, remember, used_by, users, written};
use super::super::{Error, session};
use super::Import;
use super::gather::Gathered;
use super::prepare::Prepared;
use crate::apply::{FolderMaker, Origin, Surroundings, save_panel};
use crate::dashboard::compare::{Context, compare};
use crate::dashboard::references::library_panels;
use crate::dashboard::{Document, LibraryPanel, to_sorted_text};
use crate::grafana::{Grafana, LiveDashboard};
use crate::plan::{Action, Desired, Permissions, Refusal, State};
use crate::repository::{
    Entry, EntryParts, Lock, LockedPanel, Name, Repository, Sidecar, Transaction, library_label, slug,
};

/// A library panel that an import makes a file of.
#[derive(Debug)]
pub(super) struct Brought {
    name: Name,
    panel: LibraryPanel,
    /// Where the dashboard came from.
    source: Option<String>,
    /// Answers to its inputs, as the dashboard's were answered.
    answers: BTreeMap<String, String>,
}

/// What has a file of its own is no longer part of the dashboard's.
pub(super) fn without_elements(mut dashboard: Value) -> Value {
    if let Some(fields) = dashboard.as_object_mut() {
        fields.shift_remove("__elements");
    }
    dashboard
}

/// The library panels of dashboards that are imported for the first time, or at another revision, that have no file yet.
///
/// # Errors
///
/// Another model under the same uid: in the repository, or in another of these dashboards.
pub(super) fn brought(import: &Import<'_>, gathered: &[Gathered]) -> Result<Vec<Brought>, Error> {
    let Some(repository) = import.repository else {
        return Ok(Vec::new());
    };
    let known = repository.library(import.target)?;
    let mut taken: BTreeSet<Name> = known.iter().map(|entry| entry.name.clone()).collect();
    let mut brought: Vec<Brought> = Vec::new();
    for one in gathered.iter().filter(|one| !one.known) {
        let name = &one.entry.name;
        for panel in LibraryPanel::brought_by(one.entry.dashboard.content()) {
            let clash = |other: &str| {
                Error::new(format!(
                    "{name} brings the library panel {:?} (uid {:?}) along, and {other} has another one under this uid; nothing was written",
                    panel.name, panel.uid
                ))
                .hint("a uid stands for one panel: give one of the two another uid, in its file and in the dashboards that use it")
            };
            if let Some(own) = known.iter().find(|entry| entry.uid.as_str() == panel.uid) {
                match is_same(&panel, own.dashboard.content()) {
                    true => continue,
                    false => return Err(clash(&format!("{}.json", library_label(&own.name)))),
                }
            }
            if let Some(other) = brought.iter().find(|other| other.panel.uid == panel.uid) {
                match is_same(&panel, &other.panel.as_dashboard()) {
                    true => continue,
                    false => return Err(clash("another of the imported dashboards")),
                }
            }
            let name = free_name(name, &panel.name, &mut taken)?;
            brought.push(Brought {
                name,
                panel,
                source: one.entry.sidecar.source.clone(),
                answers: one.entry.sidecar.answers.clone(),
            });
        }
    }
    Ok(brought)
}

fn is_same(panel: &LibraryPanel, other: &Value) -> bool {
    let (panel, other) = (panel.as_dashboard(), other);
    compare(&panel, other, &Context::default()).is_same()
}

/// A name in the folder of the dashboard that no other library panel has.
fn free_name(dashboard: &Name, name: &str, taken: &mut BTreeSet<Name>) -> Result<Name, Error> {
    let stem = slug(name);
    for number in 1..1000 {
        let stem = match number {
            1 => stem.clone(),
            number => format!("{stem}-{number}"),
        };
        let name = dashboard.beside(&stem).map_err(Error::new)?;
        if taken.insert(name.clone()) {
            return Ok(name);
        }
    }
    Err(Error::new(format!("no free name for the library panel {name:?}")))
}

impl Brought {
    /// What was chosen for the dashboard's inputs counts for its library panels: nothing is asked twice.
    pub(super) fn answer(&mut self, prepared: &[Prepared]) {
        for one in prepared {
            let own = LibraryPanel::brought_by(one.gathered.entry.dashboard.content());
            if own.iter().any(|panel| panel.uid == self.panel.uid) {
                self.answers.extend(one.gathered.entry.sidecar.answers.clone());
            }
        }
    }

    fn sidecar(&self) -> Sidecar {
        let asks = |name: &str| {
            self.panel
                .inputs
                .iter()
                .any(|input| input.get("name").is_some_and(|own| own == name))
        };
        let answers = self.answers.iter().filter(|(name, _)| asks(name));
        Sidecar {
            source: self.source.clone(),
            answers: answers.map(|(name, answer)| (name.clone(), answer.clone())).collect(),
            ..Sidecar::default()
        }
    }

    fn entry(&self, repository: &Repository, target: Option<&str>) -> Result<Entry, Error> {
        let parts = EntryParts {
            name: self.name.clone(),
            path: self.name.library_file(repository.root()),
            sidecar: self.sidecar(),
            dashboard: Document::Classic(self.panel.as_dashboard()),
            target,
        };
        Ok(parts.build()?)
    }

    /// Writes its files and its line in the lock.
    pub(super) fn write(&self, repository: &Repository, change: &mut Transaction<'_>) -> Result<(), Error> {
        let file = self.name.library_file(repository.root());
        if change.has(&file)? {
            return Err(Error::new(format!(
                "{} was made at the same time; run it again",
                repository.relative(&file).display()
            )));
        }
        change.write(&file, to_sorted_text(&self.panel.as_file()).as_bytes())?;
        let sidecar = self.sidecar();
        if !sidecar.answers.is_empty() {
            let yaml = sidecar.to_yaml().map_err(Error::new)?;
            change.write(&self.name.library_sidecar(repository.root()), yaml.as_bytes())?;
        }
        let locked = LockedPanel {
            uid: self.panel.uid.clone(),
            ..LockedPanel::default()
        };
        change.lock().insert_panel(self.name.clone(), locked);
        Ok(())
    }
}

/// A library panel that the imported dashboards use, and what is to be done with it in Grafana.
#[derive(Debug)]
pub(super) struct UsedPanel {
    name: Name,
    desired: Desired,
    read: Option<u64>,
    action: Action,
    note: Option<String>,
}

/// Looks at the library panels that the dashboards use and that the repository has, those that were just `brought` included.
///
/// # Errors
///
/// A server without library panels, inputs that stay open, or a panel that is there and isn't the repository's.
pub(super) async fn used(
    import: &Import<'_>,
    grafana: &Grafana,
    prepared: &[Prepared],
    brought: &[Brought],
    surroundings: &Surroundings,
    (lock, context): (&Lock, &Context),
    folders: &mut FolderMaker<'_>,
) -> Result<Vec<UsedPanel>, Error> {
    let Some(repository) = import.repository else {
        return Ok(Vec::new());
    };
    let uids: BTreeSet<String> = prepared
        .iter()
        .flat_map(|one| library_panels(one.desired.dashboard.content()))
        .map(|mention| mention.name)
        .collect();
    let mut entries = Vec::new();
    for one in brought {
        entries.push(one.entry(repository, import.target)?);
    }
    let own = repository.library(import.target)?;
    entries.extend(own.into_iter().filter(|entry| uids.contains(entry.uid.as_str())));
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    if !grafana.has_library().await? {
        return Err(super::super::library::no_library());
    }
    let candidates = surroundings.candidates();
    let place = Place {
        repository,
        target: import.target,
        candidates: &candidates,
        reference: surroundings.reference,
        lock,
    };
    let target = import.target.map_or_else(|| grafana.url().to_owned(), str::to_owned);
    let known = Known {
        repository: &repository.config().repository,
        target: &target,
        lock,
        context,
        pages: super::super::library::schema_of_pages(grafana).await?,
    };
    let permissions = Permissions {
        adopt: import.options.adopt,
        overwrite_drift: import.options.adopt,
    };
    let (mut found, mut refused) = (Vec::new(), Vec::new());
    for mut entry in entries {
        let name = entry.name.clone();
        add_flags(import, &mut entry);
        let (desired, _) = place.resolve(entry)?;
        folders.find(&desired.folder).await?;
        folders.check(&desired.folder).await?;
        let mut live = grafana.live_library_panel(desired.uid.as_str()).await?;
        let folder_of = |live: &LiveDashboard| folders.path_of(&live.folder_uid, &live.folder_title);
        known.date(&desired, live.as_mut(), folder_of);
        let observed = known.observe(&desired, live.as_ref(), folder_of, |_| None);
        let action = observed.judgement.action(permissions);
        let mut note = None;
        if let (Action::Refuse(reason), Some(live)) = (&action, &live) {
            let users = used_by(&users(grafana, desired.uid.as_str()).await?);
            let by = if users.is_empty() { users } else { format!(" ({users})") };
            let words = format!(
                "{} (uid {}, {:?} in Grafana): {reason}{by}",
                desired.label, desired.uid, live.panel.name
            );
            // Of a panel that is the repository's, the dashboard can be made all the same.
            match observed.judgement.state {
                State::Drift | State::Diverged if *reason == Refusal::Drift => {
                    note = Some(format!("{words}; left alone"))
                }
                _ => refused.push(words),
            }
        }
        found.push(UsedPanel {
            name,
            desired,
            read: live.map(|live| live.version),
            action,
            note,
        });
    }
    match refused.is_empty() {
        true => Ok(found),
        false => Err(Error::new(format!("nothing was written:\n  {}", refused.join("\n  ")))),
    }
}

/// What the import's flags say counts for library panels as well.
fn add_flags(import: &Import<'_>, entry: &mut Entry) {
    let inputs = import.options.inputs.iter().cloned();
    entry.sidecar.answers.extend(inputs);
    let declared = crate::dashboard::inputs::declared(entry.dashboard.content());
    for input in declared {
        if let (Some(source), crate::dashboard::inputs::InputKind::DataSource { .. }) =
            (import.options.data_sources.first(), &input.kind)
            && !session::wishes(import.repository.map(Repository::config), import.target, entry)
                .by_input
                .contains_key(&input.name)
        {
            entry.sidecar.answers.insert(input.name, source.clone());
        }
    }
}

impl UsedPanel {
    /// Its uid.
    pub(super) fn uid(&self) -> &str {
        self.desired.uid.as_str()
    }

    /// Whether it is to be written in Grafana.
    pub(super) fn writes(&self) -> bool {
        self.action.writes()
    }

    /// What would become of it, where anything would.
    pub(super) fn foreseen(&self) -> Option<String> {
        match self.writes() {
            true => Some(format!("{}: would {}", self.desired.label, self.action)),
            false => self.note.clone(),
        }
    }
}

/// Writes library panels, one after the other: what became of each, in words, and why some failed, by uid.
pub(super) async fn write(
    import: &Import<'_>,
    grafana: &Grafana,
    panels: &[UsedPanel],
    folders: &mut FolderMaker<'_>,
) -> (Vec<String>, BTreeMap<String, String>) {
    let (mut notes, mut failed) = (Vec::new(), BTreeMap::new());
    let mut records: Vec<Record> = Vec::new();
    let Some(repository) = import.repository else {
        return (notes, failed);
    };
    let target = import.target.map_or_else(|| grafana.url().to_owned(), str::to_owned);
    for panel in panels {
        if !panel.writes() {
            notes.extend(panel.note.clone());
            continue;
        }
        let saved = async {
            let folder = folders.make(&panel.desired.folder).await?;
            let origin = Origin {
                repository: import.repository_id(),
                text: "",
                managed: None,
            };
            save_panel(grafana, origin, &panel.desired, &folder, panel.read).await
        };
        match saved.await {
            Ok(version) => {
                records.extend(written(&panel.name, &panel.desired, target.clone()));
                let done = super::super::applied::past(&panel.action);
                notes.push(format!("{}: {done}, version {version}", panel.desired.label));
            }
            Err(error) => {
                failed.insert(panel.uid().to_owned(), format!("{}: {error}", panel.desired.label));
            }
        }
    }
    if let Err(error) = remember(repository, records) {
        notes.push(format!(
            "dashctl.lock doesn't remember the library panels: {}",
            error.message()
        ));
    }
    (notes, failed)
}

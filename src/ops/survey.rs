use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::{StreamExt, stream};

use super::session::{Session, desired, ignore_rules, unanswered, wishes};
use super::writes::Tally;
use super::{Error, Person};
use crate::apply::{self, Asking, FolderMaker, NewestSaves, Observed, Renamed, Surroundings, observe};
use crate::dashboard::compare::{Change, Comparison, Context, IgnoreRule, in_classic_words};
use crate::dashboard::inputs::{Answers, Candidate, Reference};
use crate::dashboard::references::library_panels;
use crate::dashboard::{Document, FolderPath};
use crate::grafana::apis::{Unread, WholePages};
use crate::grafana::{Folders, Grafana, LiveDashboard};
use crate::plan::{Base, Desired, Item, Live, State, TemplateLine, content_hash};
use crate::report::Shard;
use crate::repository::{Entry, Lock, Name, Origin, Repository};

/// A look at many dashboards of a target, some at a time. Holds what they all need, read once.
#[derive(Debug, Clone)]
pub struct Survey {
    shared: Arc<Shared>,
    saves: Arc<NewestSaves>,
    concurrency: usize,
    shard: Option<Shard>,
}

#[derive(Debug)]
struct Shared {
    grafana: Arc<Grafana>,
    repository: Repository,
    person: Arc<dyn Person>,
    target: Option<String>,
    candidates: Vec<Candidate>,
    reference: Reference,
    context: Context,
    folders: Folders,
    /// Folders that the target can't have, and why.
    impossible: BTreeMap<FolderPath, String>,
    /// Folders that somebody renamed or moved, by the path that the repository knows.
    renamed: BTreeMap<FolderPath, Renamed>,
    /// Folders of the repository that are there, whatever they are called now.
    there: BTreeSet<FolderPath>,
    lock: Lock,
    /// The uids of the repository's library panels.
    library: BTreeSet<String>,
    trusts_notes: bool,
}

/// A dashboard that could not be looked at.
#[derive(Debug)]
pub struct Failed {
    /// Its name.
    pub name: String,
    /// Why.
    pub error: Error,
}

impl Survey {
    /// Reads what all dashboards need: data sources and folders. Whether what dashctl noted beside a dashboard may stand for
    /// its history is for the caller to say.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn begin(
        session: &Session,
        names: &[Name],
        concurrency: usize,
        trusts_notes: bool,
    ) -> Result<Self, Error> {
        let surroundings = Surroundings::read(&session.grafana, false).await?;
        if let Some(why) = session.grafana.hides_forms().await? {
            session.person.warn(&format!(
                "{why}: dashboards that are stored as v2 can't be told from classic ones, and are taken for what the legacy API \
                 makes of them"
            ));
        }
        let lock = session.repository.lock()?;
        let maker = FolderMaker::new(&session.grafana, surroundings.folders.clone());
        let mut maker = maker.with_pins(lock.folders());
        let library_names = session.repository.library_names()?;
        let paths: BTreeSet<FolderPath> = names.iter().chain(&library_names).map(Name::folder).collect();
        // What is wrong with a file is said where the library itself is looked at.
        let target = session.target.as_deref();
        let library = library_names
            .iter()
            .map(|name| session.repository.library_entry(name, target));
        let library = library.filter_map(|entry| Some(entry.ok()?.uid.to_string())).collect();
        let mut impossible = BTreeMap::new();
        let mut renamed = BTreeMap::new();
        let mut there = BTreeSet::new();
        for path in paths {
            if maker.find(&path).await?.is_some() {
                there.insert(path.clone());
            }
            if let Some(found) = maker.renamed(&path).await? {
                renamed.insert(path.clone(), found);
            }
            match maker.check(&path).await {
                Err(error @ (apply::Error::NoNesting(_) | apply::Error::FolderTaken { .. })) => {
                    drop(impossible.insert(path, error.to_string()))
                }
                other => other?,
            }
        }
        Ok(Self {
            shared: Arc::new(Shared {
                grafana: session.grafana.clone(),
                repository: session.repository.clone(),
                person: session.person.clone(),
                target: session.target.clone(),
                candidates: surroundings.candidates(),
                reference: surroundings.reference,
                context: surroundings.context().with_fill_ins(&session.repository.config().noise),
                folders: maker.into_folders(),
                impossible,
                renamed,
                there,
                lock,
                library,
                trusts_notes,
            }),
            saves: Arc::default(),
            concurrency: concurrency.clamp(1, 64),
            shard: None,
        })
    }

    /// The same look, which leaves unread what is known to be as dashctl wrote it, where a list of `number` dashboards or
    /// more tells that at once.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn skipping_untouched(self, number: usize) -> Result<Self, Error> {
        let saves = NewestSaves::read(&self.shared.grafana, number).await?;
        Ok(Self {
            saves: Arc::new(saves),
            ..self
        })
    }

    /// The same look at a part of the dashboards only.
    #[must_use]
    pub fn only(self, shard: Option<Shard>) -> Self {
        Self { shard, ..self }
    }

    /// Looks at dashboards, and holds a broken file against its own dashboard only: a check goes on with the others.
    ///
    /// # Errors
    ///
    /// Two dashboards of one uid.
    pub async fn all_items(&self, names: Vec<Name>) -> Result<(Vec<Item>, Vec<Failed>), Error> {
        self.look_at(names, |name, error| {
            Ok(Failed {
                name: name.to_string(),
                error,
            })
        })
        .await
    }

    /// Looks at dashboards: each in a task of its own, so that parsing and comparing use all cores, and no more
    /// documents are held than are in flight.
    ///
    /// # Errors
    ///
    /// A file of the repository that is no dashboard, two of one uid, or inputs without an answer: the repository
    /// itself is wrong. What Grafana refuses for one dashboard is that dashboard's own error.
    pub async fn items(&self, names: Vec<Name>) -> Result<(Vec<Item>, Vec<Failed>), Error> {
        self.look_at(names, |_, error| Err(error)).await
    }

    /// Several targets may be looked at side by side.
    fn doing(&self) -> String {
        let target = self.shared.target.as_deref();
        let of = target.map_or_else(String::new, |target| format!(" of {target}"));
        format!("looking at dashboards{of}")
    }

    async fn look_at(
        &self,
        names: Vec<Name>,
        broken: impl Fn(Name, Error) -> Result<Failed, Error>,
    ) -> Result<(Vec<Item>, Vec<Failed>), Error> {
        let tally = Tally::new(self.shared.person.as_ref(), self.doing(), names.len());
        let mut looks = Looks::new(&tally);
        if self.saves.is_empty() {
            let all = names.into_iter().map(|name| (name, Reading::Now)).collect();
            self.look_at_some(all, &mut looks, &broken).await?;
            return Ok(looks.in_order());
        }
        // What the list can't settle is read afterwards, when it is known how much that is.
        let all = names.into_iter().map(|name| (name, Reading::Later)).collect();
        self.look_at_some(all, &mut looks, &broken).await?;
        let mut left = std::mem::take(&mut looks.postponed);
        let uids = left.keys().map(String::as_str);
        if let Some(mut pages) = self.saves.pages(&self.shared.grafana, uids).await? {
            self.look_at_pages(&mut pages, &mut left, &mut looks, &broken).await?;
        }
        let left = left.into_values().map(|name| (name, Reading::Now)).collect();
        self.look_at_some(left, &mut looks, &broken).await?;
        Ok(looks.in_order())
    }

    /// Looks at those that pages give, which are `left` no more then: at one page while the next one comes.
    async fn look_at_pages(
        &self,
        pages: &mut WholePages<'_>,
        left: &mut BTreeMap<String, Name>,
        looks: &mut Looks<'_>,
        broken: impl Fn(Name, Error) -> Result<Failed, Error>,
    ) -> Result<(), Error> {
        let mut page = pages.next(|uid| left.contains_key(uid)).await?;
        while let Some(dashboards) = page {
            let wanted = |listed: Unread| Some((left.remove(&listed.name)?, Reading::Listed(Box::new(listed))));
            let wanted = dashboards.into_iter().filter_map(wanted).collect();
            let next = pages.next(|uid| left.contains_key(uid));
            let (looked, next) = futures::join!(self.look_at_some(wanted, looks, &broken), next);
            looked?;
            page = next?;
        }
        Ok(())
    }

    async fn look_at_some(
        &self,
        dashboards: Vec<(Name, Reading)>,
        looks: &mut Looks<'_>,
        broken: impl Fn(Name, Error) -> Result<Failed, Error>,
    ) -> Result<(), Error> {
        let mut running = stream::iter(dashboards)
            .map(|(name, reading)| {
                let shared = self.shared.clone();
                let saves = self.saves.clone();
                let shard = self.shard;
                let task = tokio::spawn({
                    let name = name.clone();
                    async move { shared.look(&name, shard, &saves, reading).await }
                });
                async move { (name, task.await) }
            })
            .buffered(self.concurrency);
        while let Some((name, looked)) = running.next().await {
            let looked = looked.map_err(|error| Error::new(format!("{name}: {error}")))?;
            if !matches!(looked, Looked::Postponed(_)) {
                looks.tally.one(matches!(looked, Looked::Item(_) | Looked::Elsewhere));
            }
            match looked {
                Looked::Item(item) => {
                    looks.claim(&item.uid, &name)?;
                    looks.items.insert(name, *item);
                }
                Looked::Elsewhere => {}
                Looked::Failed(error) => looks.failed.push(Failed {
                    name: name.to_string(),
                    error,
                }),
                Looked::Broken(error) => looks.failed.push(broken(name, error)?),
                Looked::Postponed(uid) => {
                    looks.claim(&uid, &name)?;
                    looks.postponed.insert(uid, name);
                }
            }
        }
        Ok(())
    }

    /// What one dashboard shall be.
    ///
    /// # Errors
    ///
    /// A file that is no dashboard, or inputs without an answer.
    pub fn desired(&self, name: &Name) -> Result<Desired, Error> {
        self.shared.desired(name)
    }

    /// What an entry comes to on the target, and the answers that lead there.
    ///
    /// # Errors
    ///
    /// Inputs without an answer.
    pub fn resolve(&self, entry: Entry) -> Result<(Desired, Answers), Error> {
        self.shared.resolve(entry)
    }

    /// The target's data sources.
    pub fn candidates(&self) -> &[Candidate] {
        &self.shared.candidates
    }

    /// How the target refers to data sources.
    pub fn reference(&self) -> Reference {
        self.shared.reference
    }

    /// One dashboard with its documents.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn observe(&self, desired: &Desired) -> Result<Observed, Error> {
        Ok(self.shared.observe(desired, None).await?)
    }

    /// How many requests are in flight at once.
    pub fn concurrency(&self) -> usize {
        self.concurrency
    }

    /// What a comparison has to know of the target.
    pub fn context(&self) -> &Context {
        &self.shared.context
    }

    /// Why a folder can't be on the target, where it can't.
    pub fn impossible(&self, folder: &FolderPath) -> Option<&str> {
        self.shared.impossible.get(folder).map(String::as_str)
    }

    /// The lock, as it was when the look began.
    pub fn lock(&self) -> &Lock {
        &self.shared.lock
    }

    /// The uids of the repository's library panels.
    pub fn library(&self) -> &BTreeSet<String> {
        &self.shared.library
    }

    /// The folder that a dashboard or library panel lies in.
    pub fn folder_of(&self, live: &LiveDashboard) -> FolderPath {
        self.shared.folder_of(live)
    }

    /// The folders that were read.
    pub fn folders(&self) -> &Folders {
        &self.shared.folders
    }

    /// Where a folder of the repository is now, if somebody renamed or moved it.
    pub fn renamed(&self, folder: &FolderPath) -> Option<&Renamed> {
        self.shared.renamed.get(folder)
    }

    /// Whether a folder of the repository is there, whatever it is called now.
    pub fn has_folder(&self, folder: &FolderPath) -> bool {
        self.shared.there.contains(folder) || *folder == FolderPath::General
    }

    /// One who finds and makes folders, and knows those that the repository has seen.
    pub fn folder_maker(&self) -> FolderMaker<'_> {
        FolderMaker::new(&self.shared.grafana, self.shared.folders.clone()).with_pins(self.shared.lock.folders())
    }

    /// An item of an observed dashboard.
    pub fn item(&self, desired: &Desired, observed: Observed) -> Item {
        self.shared.item(desired, observed)
    }
}

/// Which line of its template each change comes from.
pub(super) fn template_lines(origin: &Origin, changes: &Comparison) -> Vec<TemplateLine> {
    let line = |change: &Change| {
        Some(TemplateLine {
            place: change.place.to_string(),
            path: change.place.keyed_path(),
            line: origin.line(&change.place)?.to_string(),
        })
    };
    changes.changes.iter().filter_map(line).collect()
}

/// When Grafana's side of a dashboard is read.
enum Reading {
    /// Not before it is known how many must be; not at all where a list tells that nobody touched it.
    Later,
    Now,
    /// It stands in a page.
    Listed(Box<Unread>),
}

/// What was seen so far.
struct Looks<'a> {
    tally: &'a Tally<'a>,
    items: BTreeMap<Name, Item>,
    failed: Vec<Failed>,
    /// What must be read to know, by uid.
    postponed: BTreeMap<String, Name>,
    /// Which dashboard has which uid.
    uids: BTreeMap<String, Name>,
}

impl<'a> Looks<'a> {
    fn new(tally: &'a Tally<'a>) -> Self {
        Self {
            tally,
            items: BTreeMap::new(),
            failed: Vec::new(),
            postponed: BTreeMap::new(),
            uids: BTreeMap::new(),
        }
    }

    /// No two dashboards have one uid.
    fn claim(&mut self, uid: &str, name: &Name) -> Result<(), Error> {
        match self.uids.insert(uid.to_owned(), name.clone()) {
            Some(first) if first != *name => Err(Error::new(format!("{first} and {name} both have the uid {uid:?}"))
                .hint("give one of them another with `uid:` in its YAML file")),
            _ => Ok(()),
        }
    }

    /// In the order of the files, whatever order they were seen in.
    fn in_order(mut self) -> (Vec<Item>, Vec<Failed>) {
        self.failed.sort_by(|one, other| one.name.cmp(&other.name));
        (self.items.into_values().collect(), self.failed)
    }
}

enum Looked {
    Item(Box<Item>),
    /// Another shard looks at it.
    Elsewhere,
    Failed(Error),
    Broken(Error),
    /// What is there must be read; its uid.
    Postponed(String),
}

impl Shared {
    async fn look(&self, name: &Name, shard: Option<Shard>, saves: &NewestSaves, reading: Reading) -> Looked {
        let entry = self.repository.entry(name, self.target.as_deref());
        let resolved = entry.map_err(Error::from).and_then(|entry| {
            let annotated_folder = entry.annotated_folder.clone();
            Ok((self.resolve(entry)?.0, annotated_folder))
        });
        let (desired, annotated_folder) = match resolved {
            Ok(resolved) => resolved,
            Err(error) => return Looked::Broken(error),
        };
        if shard.is_some_and(|shard| !shard.has(desired.uid.as_str())) {
            return Looked::Elsewhere;
        }
        if let Some(reason) = self.impossible.get(&desired.folder) {
            return Looked::Failed(Error::new(reason));
        }
        match self.grafana.refuses_form(&desired.dashboard).await {
            Ok(None) => {}
            Ok(Some(why)) => return Looked::Failed(Error::new(why)),
            Err(error) => return Looked::Failed(error.into()),
        }
        let live = match reading {
            Reading::Later => {
                let id = &self.repository.config().repository;
                let folder_of = |uid: &str| self.folders.path_of(uid);
                let Some(live) = saves.untouched(&self.grafana, &desired, id, folder_of).await else {
                    return Looked::Postponed(desired.uid.to_string());
                };
                return Looked::Item(Box::new(Item {
                    live: Some(live),
                    annotated_folder,
                    ..self.item(&desired, Observed::in_sync())
                }));
            }
            Reading::Now => None,
            Reading::Listed(listed) => match self.grafana.apis().await {
                Ok(Some(apis)) => listed.live(&apis).await,
                _ => None,
            },
        };
        match self.observe(&desired, live).await {
            Ok(observed) => Looked::Item(Box::new(Item {
                annotated_folder,
                ..self.item(&desired, observed)
            })),
            Err(error) => Looked::Failed(error.into()),
        }
    }

    fn desired(&self, name: &Name) -> Result<Desired, Error> {
        let entry = self.repository.entry(name, self.target.as_deref())?;
        self.resolve(entry).map(|(desired, _)| desired)
    }

    fn resolve(&self, entry: Entry) -> Result<(Desired, Answers), Error> {
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
    async fn observe(&self, desired: &Desired, read: Option<LiveDashboard>) -> Result<Observed, crate::grafana::Error> {
        let live = match read {
            None => self.grafana.dashboard(desired.uid.as_str()).await?,
            read => read,
        };
        let asking = Asking {
            repository: &self.repository.config().repository,
            trusts_notes: self.trusts_notes,
        };
        observe(
            &self.grafana,
            desired,
            live,
            asking,
            |live| self.folder_of(live),
            &self.context,
        )
        .await
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

    fn folder_of(&self, live: &LiveDashboard) -> FolderPath {
        let known = self.folders.path_of(&live.folder_uid);
        known.unwrap_or_else(|| FolderPath::of([live.folder_title.as_str()]))
    }

    fn item(&self, desired: &Desired, observed: Observed) -> Item {
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
                _ => content_hash(desired.dashboard.content()),
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

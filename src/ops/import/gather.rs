use std::collections::BTreeMap;
use std::path::Path;

use super::super::{Cause, Error, Source};
use super::library::without_elements;
use super::{Import, UidChoice};
use crate::catalog::{self, Catalog, Pristine, Revision, Sha256, Wanted};
use crate::dashboard::{self, Document, FolderPath, Uid, inputs};
use crate::grafana::Folders;
use crate::repository::{Entry, EntryParts, Lock, Locked, Name, Sidecar, slug};
use crate::verify::rewrite_all;

/// A dashboard that was fetched and checked, with the files that it will become.
#[derive(Debug)]
pub(super) struct Gathered {
    /// The catalog's id.
    pub id: Option<u32>,
    /// What the lock will hold.
    pub locked: Locked,
    /// The desired dashboard, inputs open.
    pub entry: Entry,
    /// Files to write: pristine bytes and the JSON; empty where the repository has them already.
    pub pristine: Option<Vec<u8>>,
    /// Whether the repository has this dashboard already: its files stay as they are.
    pub known: bool,
}

/// What a catalog or a file gave.
struct Content {
    id: Option<u32>,
    revision: Option<Revision>,
    bytes: Vec<u8>,
    dashboard: Document,
}

impl Content {
    fn of(pristine: Pristine) -> Self {
        Self {
            id: Some(pristine.id),
            revision: Some(pristine.revision),
            bytes: pristine.bytes,
            dashboard: pristine.dashboard,
        }
    }
}

/// Fetches what was asked for, one after the other.
pub(super) struct Gatherer<'a> {
    import: Import<'a>,
    source: Source,
    catalog: Box<dyn Catalog + 'a>,
    may_fall_back: bool,
    /// The folder that the file at hand says it is in.
    annotated: Option<FolderPath>,
    lock: Lock,
    names: Vec<Name>,
    /// What a person should know besides the result.
    pub notes: Vec<String>,
}

impl<'a> Gatherer<'a> {
    pub(super) fn new(import: Import<'a>, sandbox: bool) -> Result<Self, Error> {
        let source = import.source()?;
        // Only into a sandbox, and only where the user didn't say where from.
        let may_fall_back = sandbox && import.options.source.is_none() && source == Source::GrafanaCom;
        Ok(Self {
            catalog: source.open(
                import.environment,
                import.grafana.map(|grafana| &**grafana),
                may_fall_back,
            )?,
            lock: import
                .repository
                .map(crate::repository::Repository::lock)
                .transpose()?
                .unwrap_or_default(),
            names: import
                .repository
                .map(crate::repository::Repository::names)
                .transpose()?
                .unwrap_or_default(),
            import,
            source,
            may_fall_back,
            annotated: None,
            notes: Vec::new(),
        })
    }

    pub(super) async fn gather(&mut self, wanted: &Wanted) -> Result<Gathered, Error> {
        match wanted {
            Wanted::File(path) => self.gather_file(path).await,
            Wanted::Drift => self.gather_bytes(Path::new("dashctl-drift.json"), catalog::DRIFT.to_vec()),
            Wanted::Catalog { id, revision } => match self.gather_id(*id, *revision).await {
                Err(error) if self.may_fall_back && is_unreachable(&error) => {
                    self.fall_back(&error)?;
                    self.gather_id(*id, *revision).await
                }
                gathered => gathered,
            },
        }
    }

    fn fall_back(&mut self, error: &Error) -> Result<(), Error> {
        self.notes
            .push(format!("{error}; using the bundled editions, which are dashctl's own"));
        self.source = Source::Bundled;
        self.may_fall_back = false;
        self.catalog = self.source.open(self.import.environment, None, false)?;
        Ok(())
    }

    async fn gather_id(&mut self, id: u32, wanted: Option<Revision>) -> Result<Gathered, Error> {
        let source = format!("{}/{id}", self.source.lock_name());
        let known = self
            .lock
            .by_source(&source)
            .map(|(name, locked)| (name.clone(), locked.clone()));
        let pinned = known.as_ref().and_then(|(_, locked)| revision(locked));
        let at_home = match known {
            Some((name, locked)) => self.home(&name, &locked.uid)?.map(|name| (name, locked)),
            None => None,
        };
        let Some((name, locked)) = at_home else {
            // Files that somebody deleted by hand come again as they were pinned.
            let revision = match wanted.or(pinned) {
                Some(revision) => revision,
                None => self.catalog.newest(id).await?,
            };
            let pristine = catalog::fetch(&*self.catalog, id, revision).await?;
            return self.fresh(&source, pristine);
        };
        self.mention_home(&name, &id.to_string());
        match wanted {
            Some(revision) if Some(revision) != pinned => {
                let pristine = catalog::fetch(&*self.catalog, id, revision).await?;
                return self.replace(name, &locked, pristine);
            }
            Some(_) => {}
            None => self.mention_newer(id, pinned).await,
        }
        self.known(name, locked, id).await
    }

    fn home(&self, locked: &Name, uid: &str) -> Result<Option<Name>, Error> {
        match self.import.repository {
            Some(repository) => Ok(repository.home_of(locked, uid, self.import.target)?),
            None => Ok(None),
        }
    }

    /// A dashboard that the repository has stays where it is: its files say in which folder.
    fn mention_home(&mut self, name: &Name, what: &str) {
        let asked = self.import.options.folder.is_some().then(|| self.import.folder());
        if let Some(folder) = asked
            && name.folder() != folder
        {
            self.notes.push(format!(
                "{what} is in the repository already, as dashboards/{name}.json, and stays there; to move it, move its \
                 files (`git mv`) to dashboards/{}/ and run `dashctl apply`",
                folder.directories().join("/")
            ));
        }
    }

    /// A newer revision is worth a word, and its absence no error: the pinned one is what was asked for.
    async fn mention_newer(&mut self, id: u32, pinned: Option<Revision>) {
        if let (Ok(newest), Some(pinned)) = (self.catalog.newest(id).await, pinned)
            && newest > pinned
        {
            self.notes.push(format!(
                "{id}: revision {newest} is out; {pinned} is pinned (`dashctl upgrade` takes it, and keeps what was edited here)"
            ));
        }
    }

    /// The repository has it: its own file is what is desired. The pristine bytes must still be those pinned.
    async fn known(&mut self, name: Name, locked: Locked, id: u32) -> Result<Gathered, Error> {
        let Some(repository) = self.import.repository else {
            return Err(Error::new("a lock without a repository"));
        };
        let revision = revision(&locked);
        let path = repository.pristine_path(&locked.source, locked.revision.as_deref().unwrap_or_default());
        let (bytes, pristine) = match (std::fs::read(&path), revision) {
            (Ok(bytes), _) => (bytes, None),
            (Err(_), Some(revision)) => {
                let bytes = self.catalog.download(id, revision).await?;
                (bytes.clone(), Some(bytes))
            }
            (Err(error), None) => return Err(Error::new(format!("{}: {error}", path.display()))),
        };
        let found = Sha256::of(&bytes).to_string();
        if found != locked.sha256 {
            let what = match &pristine {
                Some(_) => format!(
                    "{} revision {}",
                    locked.source,
                    locked.revision.as_deref().unwrap_or_default()
                ),
                None => repository.relative(&path).display().to_string(),
            };
            let pinned = locked.sha256;
            return Err(catalog::Error::Changed { what, pinned, found }.into());
        }
        Ok(Gathered {
            id: Some(id),
            entry: repository.entry(&name, self.import.target)?,
            locked,
            pristine,
            known: true,
        })
    }

    /// Another revision than the pinned one: it takes the file's place where nobody has edited that.
    fn replace(&mut self, name: Name, locked: &Locked, pristine: Pristine) -> Result<Gathered, Error> {
        let Some(repository) = self.import.repository else {
            return Err(Error::new("a lock without a repository"));
        };
        let old = repository.pristine_path(&locked.source, locked.revision.as_deref().unwrap_or_default());
        let json = name.json(repository.root());
        let rewritten = |mut dashboard: Document| {
            rewrite_all(dashboard.content_mut(), &locked.rewritten);
            dashboard
        };
        let pinned = std::fs::read(&old).ok().and_then(|bytes| dashboard::parse(&bytes).ok());
        let pinned = pinned.map(rewritten);
        let now = std::fs::read_to_string(&json).unwrap_or_default();
        // A rewrite keeps the text of the file around it, so that only what it means can be compared then.
        let is_it = |pinned: &Document| {
            let whole = dashboard::wrap(pinned);
            // Library panels have files of their own; until they had, they stood in the dashboard's.
            let ways = [without_elements(whole.clone()), whole];
            ways.iter().any(|pinned| match locked.rewritten.is_empty() {
                true => dashboard::to_sorted_text(pinned) == now,
                false => dashboard::content(&now).is_ok_and(|now| now == *pinned),
            })
        };
        if !pinned.as_ref().is_some_and(is_it) {
            return Err(Error::new(format!(
                "{}: revision {} is pinned, and {} has edits of its own, which revision {} would overwrite",
                locked.source,
                locked.revision.as_deref().unwrap_or("?"),
                repository.relative(&json).display(),
                pristine.revision
            ))
            .hint(format!(
                "`dashctl upgrade {name} --to {}` brings both together",
                pristine.revision
            )));
        }
        let sidecar = Sidecar::read(&name.yaml(repository.root()))?.unwrap_or_default();
        let source = locked.source.clone();
        let mut content = Content::of(pristine);
        content.dashboard = rewritten(content.dashboard);
        let mut gathered = self.build(name, sidecar, &source, content)?;
        gathered.locked.rewritten.clone_from(&locked.rewritten);
        Ok(gathered)
    }

    fn fresh(&mut self, source: &str, pristine: Pristine) -> Result<Gathered, Error> {
        let uid = self.uid(&pristine.dashboard, || Uid::of_catalog(pristine.id));
        let sidecar = self.sidecar(source, &pristine.dashboard, uid);
        let name = self.name(&pristine.dashboard, &sidecar, Some(pristine.id))?;
        self.build(name, sidecar, source, Content::of(pristine))
    }

    /// The folder that an object says it is in, where the target has it.
    async fn annotated_folder(&mut self, path: &Path, bytes: &[u8]) -> Result<Option<FolderPath>, Error> {
        let content = dashboard::content(&String::from_utf8_lossy(bytes)).unwrap_or_default();
        let Some(uid) = dashboard::folder_annotation(&content).filter(|_| self.import.options.folder.is_none()) else {
            return Ok(None);
        };
        let mut folders = Folders::default();
        let found = match self.import.grafana {
            Some(grafana) => grafana.read_folder(&mut folders, uid).await?,
            None => None,
        };
        if found.is_none() {
            let (path, usual) = (path.display(), self.import.folder());
            self.notes.push(format!(
                "{path} is in the folder with the uid {uid}, which isn't known here; it goes to {usual} (or say --folder)"
            ));
        }
        Ok(found.and_then(|_| folders.path_of(uid)))
    }

    async fn gather_file(&mut self, path: &Path) -> Result<Gathered, Error> {
        let bytes =
            std::fs::read(path).map_err(|error| Error::new(format!("{} can't be read: {error}", path.display())))?;
        self.annotated = self.annotated_folder(path, &bytes).await?;
        let gathered = self.gather_bytes(path, bytes);
        self.annotated = None;
        if let Ok(Gathered {
            entry, known: false, ..
        }) = &gathered
            && path
                .extension()
                .is_some_and(|ending| ending == "yaml" || ending == "yml")
        {
            let (path, name) = (path.display(), &entry.name);
            let note = format!("{path} is YAML: dashboards/{name}.json has it as JSON, without its comments");
            self.notes.push(note);
        }
        gathered
    }

    /// Bytes that are imported as a file of this name is.
    fn gather_bytes(&mut self, path: &Path, bytes: Vec<u8>) -> Result<Gathered, Error> {
        let value = dashboard::parse(&bytes).map_err(|error| Error::new(format!("{}: {error}", path.display())))?;
        let uid = self.uid(&value, || {
            // The same file must find the same dashboard again.
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            format!(
                "file-{}",
                &Sha256::of(format!("{stem}/{}", value.title()).as_bytes()).to_string()[..12]
            )
            .parse()
            .unwrap_or_else(|_| Uid::random())
        });
        let sidecar = self.sidecar("file", &value, uid);
        let sha256 = Sha256::of(&bytes).to_string();
        if let Some(known) = self.known_file(&value, &sidecar, &sha256)? {
            self.mention_home(&known.entry.name, &path.display().to_string());
            return Ok(known);
        }
        let name = self.name(&value, &sidecar, None)?;
        let content = Content {
            id: None,
            revision: None,
            bytes,
            dashboard: value,
        };
        self.build(name, sidecar, "file", content)
    }

    /// A file that was imported before, with the same bytes.
    fn known_file(&self, value: &Document, sidecar: &Sidecar, sha256: &str) -> Result<Option<Gathered>, Error> {
        let Some(repository) = self.import.repository else {
            return Ok(None);
        };
        let uid = sidecar.uid.as_deref().unwrap_or_else(|| value.uid());
        let found = self
            .lock
            .entries()
            .find(|(_, locked)| locked.uid == uid && locked.source == "file" && !locked.removed);
        let Some((name, locked)) = found else { return Ok(None) };
        let Some(name) = self.home(name, uid)? else {
            return Ok(None);
        };
        if locked.sha256 != sha256 {
            return Err(Error::new(format!(
                "{name} was imported from a file with other bytes, and is now at home in {}",
                repository.relative(&name.json(repository.root())).display()
            ))
            .hint("edit it there, or import the new file under another uid (--uid new)"));
        }
        Ok(Some(Gathered {
            id: None,
            locked: locked.clone(),
            entry: repository.entry(&name, self.import.target)?,
            pristine: None,
            known: true,
        }))
    }

    fn uid(&self, dashboard: &Document, otherwise: impl Fn() -> Uid) -> Option<Uid> {
        let own = dashboard.uid();
        match &self.import.options.uid {
            UidChoice::Keep if own.is_empty() => Some(otherwise()),
            UidChoice::Keep => None,
            UidChoice::New => Some(Uid::random()),
            UidChoice::Is(uid) => Some(uid.clone()),
        }
    }

    fn sidecar(&self, source: &str, dashboard: &Document, uid: Option<Uid>) -> Sidecar {
        let title = self
            .import
            .options
            .title
            .clone()
            .filter(|title| title != dashboard.title());
        let declared = [
            inputs::declared(dashboard.content()),
            inputs::undeclared(dashboard.content()),
        ]
        .concat();
        let given = |name: &String| declared.iter().any(|input| input.name == *name);
        let answers = self
            .import
            .options
            .inputs
            .iter()
            .filter(|(name, _)| given(name))
            .cloned();
        Sidecar {
            source: Some(source.to_owned()),
            uid: uid.map(|uid| uid.to_string()),
            title,
            answers: answers.collect::<BTreeMap<_, _>>(),
            ..Sidecar::default()
        }
    }

    /// A name that no other dashboard of the repository has.
    fn name(&mut self, dashboard: &Document, sidecar: &Sidecar, id: Option<u32>) -> Result<Name, Error> {
        let folder = self.annotated.clone().unwrap_or_else(|| self.import.folder());
        let stem = slug(sidecar.title.as_deref().unwrap_or_else(|| dashboard.title()));
        let suffixes = std::iter::once(String::new())
            .chain(id.map(|id| format!("-{id}")))
            .chain((2..1000).map(|number| format!("-{number}")));
        for suffix in suffixes {
            let name = Name::new(&folder, &format!("{stem}{suffix}"))
                .map_err(|error| Error::usage(error).hint("folders become directories; say another with --folder"))?;
            if !self.names.contains(&name) {
                self.names.push(name.clone());
                return Ok(name);
            }
        }
        Err(Error::new(format!("no free name for {stem:?}")))
    }

    fn build(&mut self, name: Name, sidecar: Sidecar, source: &str, content: Content) -> Result<Gathered, Error> {
        let Content {
            id,
            revision,
            bytes,
            dashboard,
        } = content;
        let sha256 = Sha256::of(&bytes).to_string();
        let path = match self.import.repository {
            Some(repository) => name.json(repository.root()),
            None => source.into(),
        };
        let entry = EntryParts {
            name,
            path,
            sidecar,
            dashboard,
            target: self.import.target,
        };
        let entry = entry
            .build()
            .map_err(|error| Error::new(error).hint("choose another with --uid new or --uid VALUE"))?;
        Ok(Gathered {
            id,
            locked: Locked {
                uid: entry.uid.to_string(),
                source: source.to_owned(),
                revision: revision.map(|revision| revision.to_string()),
                sha256,
                pulled: None,
                rewritten: Vec::new(),
                removed: false,
            },
            entry,
            pristine: Some(bytes),
            known: false,
        })
    }

    /// What can only be seen with all of them together: two of one uid.
    pub(super) fn finish(&self, gathered: &[Gathered]) -> Result<(), Error> {
        for (at, one) in gathered.iter().enumerate() {
            let uid = one.entry.uid.as_str();
            let twice = gathered[..at].iter().find(|other| other.entry.uid.as_str() == uid);
            let locked = self
                .lock
                .entries()
                .find(|(_, locked)| locked.uid == uid && !locked.removed);
            let home = match locked {
                Some((name, _)) => self.home(name, uid)?.filter(|home| *home != one.entry.name),
                None => None,
            };
            let other = match (twice, home) {
                (Some(other), _) => other.entry.name.clone(),
                (None, Some(name)) => name,
                (None, None) => continue,
            };
            return Err(same_uid(&one.entry.name, &other, uid));
        }
        Ok(())
    }
}

/// The error where two dashboards of a repository would have one uid.
pub(super) fn same_uid(one: &Name, other: &Name, uid: &str) -> Error {
    Error::new(format!("{one} and {other} have the same uid {uid:?}"))
        .hint("import one of them by itself with --uid new")
}

fn is_unreachable(error: &Error) -> bool {
    matches!(error.cause(), Cause::Catalog(error) if error.is_unreachable())
}

fn revision(locked: &Locked) -> Option<Revision> {
    locked.revision.as_ref().and_then(|text| text.parse().ok())
}

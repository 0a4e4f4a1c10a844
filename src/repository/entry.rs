use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::CONFLICTS;
use super::files::{self, conflict_marker};
use super::{Error, Name, Origin, Repository, Sidecar, template};
use crate::dashboard::{self, Document, Uid};
use crate::files::read_regular;

/// A dashboard of the repository, as its files say.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its name.
    pub name: Name,
    /// The file that it is made of: its JSON, or the sidecar that names a template.
    pub path: PathBuf,
    /// Its sidecar, empty where there is none.
    pub sidecar: Sidecar,
    /// The dashboard, with its inputs open, uid, title and overlays of the sidecar applied.
    pub dashboard: Document,
    /// Its uid.
    pub uid: Uid,
    /// The uid of the folder that it says it is in, where it is an object with such an annotation.
    pub annotated_folder: Option<String>,
}

/// What an entry is made of, before it is one.
#[derive(Debug)]
pub struct EntryParts<'a> {
    /// The entry's name.
    pub name: Name,
    /// The file that messages name.
    pub path: PathBuf,
    /// The sidecar.
    pub sidecar: Sidecar,
    /// The dashboard as the file has it.
    pub dashboard: Document,
    /// The target whose overlay counts.
    pub target: Option<&'a str>,
}

impl EntryParts<'_> {
    /// The entry.
    ///
    /// # Errors
    ///
    /// A uid that Grafana wouldn't take, or an overlay that leaves no dashboard.
    pub fn build(self) -> Result<Entry, Error> {
        let Self {
            name,
            path,
            sidecar,
            mut dashboard,
            target,
        } = self;
        let of_target = target
            .and_then(|name| sidecar.targets.get(name))
            .and_then(|target| target.overlay.as_ref());
        for overlay in [sidecar.overlay.as_ref(), of_target].into_iter().flatten() {
            dashboard::overlay(&mut dashboard, overlay).map_err(|source| Error::Overlay {
                path: path.clone(),
                source,
            })?;
        }
        if let Some(title) = &sidecar.title {
            dashboard.content_mut()["title"] = title.as_str().into();
        }
        if let Some(uid) = &sidecar.uid {
            dashboard.set_uid(uid);
        }
        let uid = dashboard.uid().parse().map_err(|source| Error::Uid {
            path: path.clone(),
            source,
        })?;
        Ok(Entry {
            name,
            path,
            sidecar,
            dashboard,
            uid,
            annotated_folder: None,
        })
    }
}

impl Repository {
    /// All dashboards of the repository, for a target, sorted by name.
    ///
    /// # Errors
    ///
    /// A file that is no dashboard, conflict markers, two files with one uid, a template that doesn't render.
    pub fn entries(&self, target: Option<&str>) -> Result<Vec<Entry>, Error> {
        let entries = self.names()?.into_iter().map(|name| self.entry(&name, target));
        of_distinct_uids(entries, |uid, first, second| Error::SameUid { uid, first, second })
    }

    /// The names of all dashboards, sorted.
    ///
    /// # Errors
    ///
    /// A folder that can't be read.
    pub fn names(&self) -> Result<Vec<Name>, Error> {
        let root = self.root().join("dashboards");
        let mut names = Vec::new();
        if root.is_dir() {
            collect(&root, &root, &is_dashboard, &mut names)?;
        }
        let mut all = Vec::new();
        for name in names {
            match self.many(&name)? {
                None => all.push(name),
                Some(each) => {
                    for stem in each {
                        all.push(name.beside(&stem).map_err(|error| Error::Setting {
                            path: name.yaml(self.root()),
                            key: "template.each".into(),
                            what: error.to_string(),
                        })?);
                    }
                }
            }
        }
        let mut names = all;
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// The names that one file's template makes many dashboards of.
    fn many(&self, name: &Name) -> Result<Option<Vec<String>>, Error> {
        let yaml = name.yaml(self.root());
        // Only a file that says so is read: a list of thousands of dashboards must not read all of them.
        let says_each = files::read(&yaml)
            .ok()
            .flatten()
            .is_some_and(|text| text.contains("each:"));
        if !says_each || name.json(self.root()).exists() {
            return Ok(None);
        }
        // What is wrong with the file is said where the dashboard is looked at.
        let Ok(Some(sidecar)) = Sidecar::read(&yaml) else {
            return Ok(None);
        };
        let each = sidecar.template.and_then(|used| used.each);
        Ok(each.map(|each| each.into_keys().collect()))
    }

    /// The YAML file that says how a dashboard differs from its JSON, or how it is made, and what stands in it: its own one, or the
    /// one in the same directory whose template makes many.
    ///
    /// # Errors
    ///
    /// A file that can't be read, or two that make a dashboard of this name.
    pub fn sidecar(&self, name: &Name) -> Result<(PathBuf, Sidecar), Error> {
        let yaml = name.yaml(self.root());
        let own = Sidecar::read(&yaml)?;
        let makes_many = |sidecar: &Sidecar| sidecar.template.as_ref().is_some_and(|used| used.each.is_some());
        let makes = |sidecar: &Sidecar| {
            let each = sidecar.template.as_ref().and_then(|used| used.each.as_ref());
            each.is_some_and(|each| each.contains_key(name.stem()))
        };
        match own {
            Some(sidecar) if !makes_many(&sidecar) || makes(&sidecar) => return Ok((yaml, sidecar)),
            None if name.json(self.root()).exists() => return Ok((yaml, Sidecar::default())),
            _ => {}
        }
        let folder = yaml.parent().unwrap_or(self.root()).to_owned();
        let mut found: Option<(PathBuf, Sidecar)> = None;
        let items = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = items.map(|item| item.path()).collect();
        paths.sort();
        for path in paths.into_iter().filter(|path| is_dashboard(path) && *path != yaml) {
            let text = files::read(&path).ok().flatten().unwrap_or_default();
            if path.extension().is_none_or(|ending| ending != "yaml") || !text.contains("each:") {
                continue;
            }
            if let Some(sidecar) = Sidecar::read(&path)?.filter(|sidecar| makes(sidecar)) {
                if let Some((first, _)) = &found {
                    return Err(Error::MadeTwice {
                        name: name.to_string(),
                        first: first.clone(),
                        second: path,
                    });
                }
                found = Some((path, sidecar));
            }
        }
        Ok(found.unwrap_or_else(|| (yaml, Sidecar::default())))
    }

    /// Where in its template each part of a dashboard comes from; nothing where no template makes it.
    ///
    /// # Errors
    ///
    /// Files that can't be read.
    pub fn origin(&self, name: &Name, target: Option<&str>) -> Result<Option<Origin>, Error> {
        let (yaml, sidecar) = self.sidecar(name)?;
        let Some(used) = &sidecar.template else { return Ok(None) };
        let used = template::Used {
            template: used,
            sidecar: &sidecar,
            each: used.each.is_some().then_some(name.stem()),
        };
        let lines = template::trace(self, &used, target)?;
        let yaml = self.relative(&yaml).display().to_string();
        let made = self.entry(name, target)?.dashboard.into_content();
        Ok(lines.map(|lines| Origin { lines, yaml, made }))
    }

    /// Where a dashboard's files are now: under the name that the lock has, or, where somebody moved them, under the
    /// one whose dashboard has this uid.
    ///
    /// # Errors
    ///
    /// A folder that can't be read. Other dashboards' files may be broken.
    pub fn home_of(&self, locked: &Name, uid: &str, target: Option<&str>) -> Result<Option<Name>, Error> {
        if locked.json(self.root()).exists() || locked.yaml(self.root()).exists() {
            return Ok(Some(locked.clone()));
        }
        let is_it = |name: &Name| self.entry(name, target).is_ok_and(|entry| entry.uid.as_str() == uid);
        Ok(self.names()?.into_iter().find(is_it))
    }

    /// The uid that a dashboard seems to have, read without the rest of it where its files say it plainly.
    ///
    /// # Errors
    ///
    /// The same as [`Self::entry`]'s, of what was read.
    pub fn uid(&self, name: &Name, target: Option<&str>) -> Result<Uid, Error> {
        files::inside(self.root(), &name.json(self.root()))?;
        let (_, sidecar) = self.sidecar(name)?;
        if sidecar.template.is_none() {
            let path = name.own_file(self.root());
            let plain = match sidecar.uid {
                None => read_regular(&path).ok().and_then(|bytes| dashboard::plain_uid(&bytes)),
                uid => uid,
            };
            if let Some(uid) = plain.and_then(|uid| uid.parse().ok()) {
                return Ok(uid);
            }
        }
        Ok(self.entry(name, target)?.uid)
    }

    /// One dashboard, for a target.
    ///
    /// # Errors
    ///
    /// The same as [`Self::entries`]'s.
    pub fn entry(&self, name: &Name, target: Option<&str>) -> Result<Entry, Error> {
        files::inside(self.root(), &name.json(self.root()))?;
        let (yaml, sidecar) = self.sidecar(name)?;
        let (path, dashboard, annotated_folder) = match &sidecar.template {
            Some(used) => {
                let used = template::Used {
                    template: used,
                    sidecar: &sidecar,
                    each: used.each.is_some().then_some(name.stem()),
                };
                (yaml, template::render(self, &used, target)?, None)
            }
            None => {
                let path = name.own_file(self.root());
                let (dashboard, annotated_folder) = read_dashboard(&path)?;
                (path, dashboard, annotated_folder)
            }
        };
        let entry = EntryParts {
            name: name.clone(),
            path,
            sidecar,
            dashboard,
            target,
        }
        .build()?;
        Ok(Entry {
            annotated_folder,
            ..entry
        })
    }
}

/// The entries, of which no two may have one uid.
pub(super) fn of_distinct_uids(
    entries: impl Iterator<Item = Result<Entry, Error>>,
    twice: fn(String, PathBuf, PathBuf) -> Error,
) -> Result<Vec<Entry>, Error> {
    let mut by_uid: BTreeMap<Uid, PathBuf> = BTreeMap::new();
    let mut all = Vec::new();
    for entry in entries {
        let entry = entry?;
        if let Some(first) = by_uid.insert(entry.uid.clone(), entry.path.clone()) {
            return Err(twice(entry.uid.to_string(), first, entry.path));
        }
        all.push(entry);
    }
    Ok(all)
}

/// The names of the files below `folder` that are `wanted`.
pub(super) fn collect(
    root: &Path,
    folder: &Path,
    wanted: &dyn Fn(&Path) -> bool,
    names: &mut Vec<Name>,
) -> Result<(), Error> {
    let failed = |source| Error::Read {
        path: folder.to_owned(),
        source,
    };
    for item in std::fs::read_dir(folder).map_err(failed)? {
        let item = item.map_err(failed)?;
        let path = item.path();
        if item.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if path.is_dir() {
            if item.file_type().is_ok_and(|kind| kind.is_symlink()) && leads_back(&path, folder) {
                return Err(Error::Ring { path });
            }
            collect(root, &path, wanted, names)?;
        } else if wanted(&path)
            && let Some(name) = path.strip_prefix(root).ok().and_then(Name::of_file)
        {
            names.push(name);
        }
    }
    Ok(())
}

/// Whether a symbolic link leads to a folder that it lies in itself.
fn leads_back(link: &Path, folder: &Path) -> bool {
    match (link.canonicalize(), folder.canonicalize()) {
        (Ok(target), Ok(folder)) => folder.starts_with(target),
        _ => false,
    }
}

/// A JSON file, or a YAML file on its own (which must then name a template).
fn is_dashboard(path: &Path) -> bool {
    if path.to_str().is_some_and(|path| path.ends_with(CONFLICTS)) {
        return false;
    }
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("json") => true,
        Some("yaml") => !path.with_extension("json").exists(),
        _ => false,
    }
}

/// The dashboard in a file, and the uid of the folder that it says it is in.
fn read_dashboard(path: &Path) -> Result<(Document, Option<String>), Error> {
    let bytes = read_regular(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    let read = dashboard::parse_strictly(&bytes).map(|dashboard| (dashboard, dashboard::annotated_folder(&bytes)));
    read.map_err(|source| match conflict_marker(&String::from_utf8_lossy(&bytes)) {
        Some(line) => Error::MergeConflict {
            path: path.to_owned(),
            line,
        },
        None => Error::Dashboard {
            path: path.to_owned(),
            source,
        },
    })
}

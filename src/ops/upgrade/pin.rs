//! What is pinned of a dashboard, and the bytes that were pinned.

use super::super::{Environment, Error, Selection, Source};
use crate::catalog::{self, Catalog, Pristine, Revision, Sha256};
use crate::dashboard::Document;
use crate::repository::{Locked, Name, Repository};
use crate::verify::rewrite_all;

/// A pinned dashboard of the repository.
#[derive(Debug, Clone)]
pub struct Pin {
    /// The dashboard.
    pub name: Name,
    /// What the lock says of it.
    pub locked: Locked,
    /// The catalog's id.
    pub id: u32,
    /// The pinned revision.
    pub revision: Revision,
}

/// Dashboards that aren't pinned, each with why.
pub type Unpinned = Vec<(Name, Error)>;

/// The pinned dashboards that are meant: all of them where no word was said; of those that are named and aren't pinned it is said
/// why.
///
/// # Errors
///
/// A word that no dashboard answers to, or files that can't be read.
pub fn pins(repository: &Repository, words: &[String]) -> Result<(Vec<Pin>, Unpinned), Error> {
    let lock = repository.lock()?;
    let (mut pins, mut other) = (Vec::new(), Vec::new());
    for name in Selection::new(words)?.names(repository, None)? {
        let uid = repository.entry(&name, None).map(|entry| entry.uid.to_string());
        let locked = match &uid {
            Ok(uid) => lock.of(&name, uid),
            Err(_) => lock.get(&name),
        };
        match locked
            .filter(|locked| !locked.removed)
            .and_then(|locked| pin(&name, locked))
        {
            Some(pin) => pins.push(pin),
            None if words.is_empty() => {}
            None => other.push((
                name,
                Error::new("no revision of a catalog is pinned for it, so there is nothing to upgrade to"),
            )),
        }
    }
    Ok((pins, other))
}

fn pin(name: &Name, locked: &Locked) -> Option<Pin> {
    let (catalog, id) = locked.source.split_once('/')?;
    matches!(catalog, "grafana.com" | "bundled").then(|| {
        Some(Pin {
            name: name.clone(),
            id: id.parse().ok()?,
            revision: locked.revision.as_ref()?.parse().ok()?,
            locked: locked.clone(),
        })
    })?
}

impl Pin {
    /// The pinned revision's bytes, as `vendor/` has them.
    ///
    /// # Errors
    ///
    /// They are missing, or aren't those that were pinned; what to do about it is said.
    pub fn pristine(&self, repository: &Repository) -> Result<Pristine, Error> {
        let path = repository.pristine_path(&self.locked.source, &self.revision.to_string());
        let shown = repository.relative(&path).display().to_string();
        let again = format!(
            "`dashctl import {}@{} --no-apply` fetches them again, and changes nothing else",
            self.id, self.revision
        );
        let bytes = match crate::files::read_regular(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::new(format!(
                    "{shown} is missing: without the bytes of the pinned revision {} it can't be told what was edited here",
                    self.revision
                ))
                .hint(again));
            }
            Err(error) => return Err(Error::new(format!("{shown}: {error}"))),
        };
        let found = Sha256::of(&bytes).to_string();
        if found != self.locked.sha256 {
            return Err(Error::new(format!(
                "{shown} has other bytes than those pinned in dashctl.lock: sha256 {found} instead of {}",
                self.locked.sha256
            ))
            .hint(format!("`git checkout -- {shown}`, or remove it: then {again}")));
        }
        Ok(Pristine::check(self.id, self.revision, bytes)?)
    }

    /// Another revision, from the catalog; bytes that `vendor/` has of it already must be the same.
    ///
    /// # Errors
    ///
    /// The catalog doesn't have it or can't be reached, or its bytes changed.
    pub async fn fetch(
        &self,
        repository: &Repository,
        catalog: &dyn Catalog,
        revision: Revision,
    ) -> Result<Pristine, Error> {
        let path = repository.pristine_path(&self.locked.source, &revision.to_string());
        let pristine = catalog::fetch(catalog, self.id, revision).await?;
        match crate::files::read_regular(&path) {
            Ok(bytes) if bytes != pristine.bytes => Err(Error::new(format!(
                "{} of an earlier run has other bytes than the catalog serves now",
                repository.relative(&path).display()
            ))
            .hint("look at what differs, then remove the file and run it again")),
            _ => Ok(pristine),
        }
    }

    /// The dashboard of a revision as this repository wants it: with the queries rewritten that were rewritten here, and with the
    /// uid that it has here.
    pub fn as_here(&self, pristine: &Pristine, uid: &Document) -> Document {
        let mut dashboard = pristine.dashboard.clone();
        rewrite_all(dashboard.content_mut(), &self.locked.rewritten);
        // Library panels have files of their own.
        if uid.content().get("__elements").is_none()
            && let Some(fields) = dashboard.content_mut().as_object_mut()
        {
            fields.shift_remove("__elements");
        }
        match (&mut dashboard, uid) {
            (Document::Classic(dashboard), Document::Classic(own)) => {
                if let Some(fields) = dashboard.as_object_mut() {
                    match own.get("uid") {
                        Some(uid) => drop(fields.insert("uid".into(), uid.clone())),
                        None => drop(fields.shift_remove("uid")),
                    }
                }
            }
            (dashboard, own) => dashboard.set_uid(own.uid()),
        }
        dashboard
    }
}

/// Whether a template makes the dashboard: then no file of it can be merged.
///
/// # Errors
///
/// A sidecar that can't be read.
pub fn refuse_template(repository: &Repository, name: &Name) -> Result<(), Error> {
    let (_, sidecar) = repository.sidecar(name)?;
    match sidecar.template {
        None => Ok(()),
        Some(used) => Err(Error::new(format!(
            "the template templates/{} makes it, so there is no file to merge a new revision into",
            used.file
        ))
        .hint(
            "compare the revisions with `dashctl diff ID@OLD ID@NEW`, and put what is wanted into the template by hand",
        )),
    }
}

/// The catalogs that pins come from, each opened where it is needed.
pub struct Catalogs<'a> {
    environment: &'a Environment,
    source: Source,
    main: Option<Box<dyn Catalog>>,
    bundled: Box<dyn Catalog>,
}

impl<'a> Catalogs<'a> {
    /// The source that was asked for, or is usual in this repository.
    ///
    /// # Errors
    ///
    /// A source that can't be used here.
    pub fn new(environment: &'a Environment, repository: &Repository, source: Option<&Source>) -> Result<Self, Error> {
        let usual = || match &repository.config().defaults.source {
            Some(text) => text
                .parse()
                .map_err(|error| Error::new(format!("dashctl.yaml: defaults.source: {error}"))),
            None => Ok(Source::GrafanaCom),
        };
        let source = match source {
            Some(source) => source.clone(),
            None => match usual()? {
                // Without a target's Grafana there is nobody to ask through; bundled editions have no newer ones of others.
                Source::Gnet | Source::Bundled => Source::GrafanaCom,
                source => source,
            },
        };
        if source == Source::Gnet {
            return Err(
                Error::usage("revisions are fetched without a Grafana: not through --source gnet")
                    .hint("use grafana.com, or a mirror: --source mirror=DIR"),
            );
        }
        Ok(Self {
            environment,
            source,
            main: None,
            bundled: Source::Bundled.open(environment, None, false)?,
        })
    }

    /// The catalog of a pinned dashboard.
    ///
    /// # Errors
    ///
    /// It can't be opened.
    pub fn of(&mut self, pin: &Pin) -> Result<&dyn Catalog, Error> {
        if matches!(pin.revision, Revision::Bundled(_)) {
            return Ok(&*self.bundled);
        }
        if self.main.is_none() {
            self.main = Some(self.source.open(self.environment, None, false)?);
        }
        Ok(self.main.as_deref().unwrap_or(&*self.bundled))
    }
}

//! Which dashboards are meant, and as what?

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::dashboard::Wanted;
use crate::catalog::{self, Wanted as Imported};
use crate::dashboard::convert::in_classic;
use crate::dashboard::inputs::{self, Answer, GivenAnswers, Reference};
use crate::dashboard::{Document, LibraryPanel, migrate};
use crate::ops::reader::{self, OfRepository};
use crate::ops::session::wishes;
use crate::ops::{Error, Person, Selection, Source};
use crate::repository::Name;
use crate::verify::queries::library_panels;

/// A dashboard with where it was read.
#[derive(Debug)]
pub struct Read {
    /// As it is looked at.
    pub wanted: Wanted,
    /// Its name in the repository, or its file.
    pub home: Home,
}

/// Where a dashboard lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// In the repository, under this name.
    Repository(Name),
    /// In a file.
    File(PathBuf),
    /// Elsewhere: nothing can be written there.
    Elsewhere,
}

/// What dashboards are read with.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// Where they are.
    pub from: reader::Reader<'a>,
    /// Who is told of what can't be read.
    pub person: &'a dyn Person,
}

impl Reader<'_> {
    /// The dashboards that were asked for: files, catalog ids, names, uids, folders and globs of the repository, uids of a
    /// Grafana. All of the repository where nothing was said. Those that can't be read are told, with how many they are.
    ///
    /// # Errors
    ///
    /// A word that means nothing, or a catalog that can't be reached.
    pub async fn read(&self, words: &[String]) -> Result<(Vec<Read>, usize), Error> {
        let (mut read, mut names, mut failed) = (Vec::new(), Vec::new(), 0);
        if words.is_empty() {
            let repository = self.from.repository.ok_or_else(|| {
                Error::usage("nothing was named, and this is no dashctl repository").hint("name files or catalog ids")
            })?;
            names = repository.names()?;
        }
        for word in words {
            if let Some(chosen) = self.of_repository(word)? {
                names.extend(chosen);
            } else if Path::new(word).is_file() || word.ends_with(".json") {
                read.push(self.file(Path::new(word)).await?);
            } else if let Ok(Imported::Catalog { id, revision }) = word.parse() {
                read.push(self.catalog(id, revision, word).await?);
            } else {
                read.push(self.live(word).await?);
            }
        }
        names.sort();
        names.dedup();
        for name in names {
            match self.entry(&name).await {
                Ok(one) => read.push(one),
                Err(error) => {
                    failed += 1;
                    self.person.warn(&format!("{name}: {}", error.message()));
                }
            }
        }
        Ok((read, failed))
    }

    /// The names in the repository that a word means; nothing where it means none there.
    fn of_repository(&self, word: &str) -> Result<Option<Vec<Name>>, Error> {
        let Some(repository) = self.from.repository else {
            return Ok(None);
        };
        let words = [word.to_owned()];
        if let Ok(names) = Selection::new(&words)?.names(repository, self.from.target) {
            return Ok(Some(names));
        }
        let Ok(Imported::Catalog { id, revision: None }) = word.parse() else {
            return Ok(None);
        };
        let lock = repository.lock()?;
        let sources = [Source::GrafanaCom, Source::Bundled].map(|source| format!("{}/{id}", source.lock_name()));
        let found = sources.iter().find_map(|source| lock.by_source(source));
        Ok(found.map(|(name, _)| vec![name.clone()]))
    }

    async fn entry(&self, name: &Name) -> Result<Read, Error> {
        let made = match self.from.entry(name)? {
            OfRepository::Desired(made) => (made.dashboard, made.elements),
            OfRepository::Open(entry) => answered_by_itself(entry.dashboard),
        };
        self.wanted(name.to_string(), made, Home::Repository(name.clone()))
            .await
    }

    async fn file(&self, path: &Path) -> Result<Read, Error> {
        let wrong = |error: &dyn std::fmt::Display| Error::new(format!("{}: {error}", path.display()));
        let bytes = std::fs::read(path).map_err(|error| wrong(&error))?;
        let document = crate::dashboard::parse(&bytes).map_err(|error| wrong(&error))?;
        let home = Home::File(path.to_owned());
        self.wanted(path.display().to_string(), self.answered(document), home)
            .await
    }

    async fn catalog(&self, id: u32, revision: Option<catalog::Revision>, word: &str) -> Result<Read, Error> {
        let dashboard = self.from.revision(id, revision).await?;
        self.wanted(word.to_owned(), self.answered(dashboard), Home::Elsewhere)
            .await
    }

    /// The dashboard that is live under a uid.
    ///
    /// # Errors
    ///
    /// There is none, or it can't be read.
    pub async fn live(&self, uid: &str) -> Result<Read, Error> {
        let unknown = || {
            Error::usage(format!("no dashboard answers to {uid:?}"))
                .hint("name a file, a catalog id, a name, folder or uid of the repository, or a uid of Grafana")
        };
        let grafana = self.from.grafana.ok_or_else(unknown)?;
        let live = grafana.dashboard(uid).await?.ok_or_else(unknown)?;
        self.wanted(uid.to_owned(), (live.document?, Vec::new()), Home::Elsewhere)
            .await
    }

    /// A dashboard of a file, its inputs answered by what the target has.
    fn answered(&self, document: Document) -> Answered {
        self.answered_with(document, &GivenAnswers::default())
    }

    fn answered_with(&self, document: Document, wishes: &GivenAnswers) -> Answered {
        let Some(surroundings) = self.from.surroundings else {
            return answered_by_itself(document);
        };
        let candidates = surroundings.candidates();
        match inputs::answer(
            &inputs::asked(document.content(), wishes, &candidates),
            wishes,
            &candidates,
        ) {
            Ok(answers) => filled(document, &answers, surroundings.reference),
            Err(_) => answered_by_itself(document),
        }
    }

    async fn wanted(&self, name: String, made: Answered, home: Home) -> Result<Read, Error> {
        let (document, elements) = made;
        let context = migrate::Context::default();
        let classic = in_classic(&document, &context);
        let json = classic
            .map_err(|error| Error::new(format!("{name}: {error}")))?
            .into_owned();
        let mut library = of_elements(&elements);
        for uid in library_panels(&json) {
            if !library.contains_key(&uid)
                && let Some(panel) = self.of_library(&uid)?
            {
                library.insert(uid.clone(), panel);
            }
            if let (Some(grafana), false) = (self.from.grafana, library.contains_key(&uid))
                && let Some(panel) = grafana.library_panel(&uid).await?
            {
                library.insert(uid, panel);
            }
        }
        Ok(Read {
            wanted: Wanted {
                name,
                uid: document.uid().to_owned(),
                json,
                library,
            },
            home,
        })
    }
}

impl Reader<'_> {
    /// The repository's own library panel of this uid: what an apply would make of it counts, not what is there.
    fn of_library(&self, uid: &str) -> Result<Option<Value>, Error> {
        let Some(repository) = self.from.repository else {
            return Ok(None);
        };
        for name in repository.library_names()? {
            // A broken file is told of where the library itself is looked at.
            let Ok(entry) = repository.library_entry(&name, self.from.target) else {
                continue;
            };
            if entry.uid.as_str() != uid {
                continue;
            }
            let wishes = wishes(Some(repository.config()), self.from.target, &entry);
            let (document, _) = self.answered_with(entry.dashboard, &wishes);
            let panel = LibraryPanel::of_dashboard(document.content());
            return Ok(panel.map(|panel| panel.model));
        }
        Ok(None)
    }
}

/// A dashboard with its inputs answered, and the library panels that its file carries.
type Answered = (Document, Vec<Value>);

fn of_elements(elements: &[Value]) -> BTreeMap<String, Value> {
    let one = |element: &Value| Some((element.get("uid")?.as_str()?.to_owned(), element.get("model")?.clone()));
    elements.iter().filter_map(one).collect()
}

fn filled(document: Document, answers: &inputs::Answers, reference: Reference) -> Answered {
    let elements = inputs::elements(document.content(), answers, reference);
    (
        document.map(|content| inputs::resolve(content, answers, reference)),
        elements,
    )
}

/// Without a target an input is a data source of its plugin, whichever it is, and a constant what its author set.
fn answered_by_itself(document: Document) -> Answered {
    let asked = inputs::asked(document.content(), &GivenAnswers::default(), &[]);
    let answer = |input: &inputs::Input| match &input.kind {
        inputs::InputKind::DataSource { plugin } => Answer::DataSource(inputs::Candidate {
            name: plugin.clone(),
            uid: plugin.clone(),
            plugin: plugin.clone(),
            is_default: true,
        }),
        inputs::InputKind::Constant { default } => Answer::Constant(default.clone().unwrap_or_default()),
    };
    let answers = asked.iter().map(|input| (input.name.clone(), answer(input))).collect();
    filled(document, &answers, Reference::Object)
}

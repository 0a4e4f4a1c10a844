use std::sync::Arc;

use tokio::sync::Mutex;

use super::Error;
use crate::dashboard::compare::{Context, compare};
use crate::grafana::{self, ErrorKind, Folder, Grafana, LibrarySave, LiveRevision, Managed, Save};
use crate::plan::{Desired, Mark, MarkedSave, Note, content_hash};

/// What a save did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The page to look at it, from the server's root.
    pub url: String,
    /// The version that it made.
    pub version: u64,
}

/// Who saves, as Grafana's history tells it from then on.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The repository's id, or [`Mark::NO_REPOSITORY`].
    pub repository: &'a str,
    /// The user's own text.
    pub text: &'a str,
    /// Whether Grafana's pages shall show where dashboards come from; nothing where that stays as it is.
    pub managed: Option<bool>,
}

/// Who writes dashboards to a target, several at once if need be.
#[derive(Debug)]
pub struct Writer<'a> {
    grafana: &'a Grafana,
    context: &'a Context,
    origin: Origin<'a>,
    turns: LibraryTurns,
}

/// Two dashboards may bring the same library panel along: those who save them take turns at making it.
pub type LibraryTurns = Arc<Mutex<()>>;

impl<'a> Writer<'a> {
    /// One that writes as `origin` says.
    pub fn new(grafana: &'a Grafana, context: &'a Context, origin: Origin<'a>) -> Self {
        Self {
            grafana,
            context,
            origin,
            turns: LibraryTurns::default(),
        }
    }

    /// The same, beside others who share the turns.
    #[must_use]
    pub fn taking(self, turns: &LibraryTurns) -> Self {
        Self {
            turns: turns.clone(),
            ..self
        }
    }

    /// Saves a dashboard over what was `read`, or as a new one, into a folder that is there: its library panels first.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] when somebody else saved in the meantime: theirs stays. After an answer that got lost, the
    /// dashboard is read to find out what happened.
    pub async fn save(
        &self,
        folder: &Folder,
        desired: &Desired,
        read: Option<&LiveRevision>,
    ) -> Result<Outcome, Error> {
        let Self { grafana, context, .. } = *self;
        if !desired.elements.is_empty() {
            let _alone = self.turns.lock().await;
            make_library_panels(grafana, desired, folder).await?;
        }
        let mark = Mark::new(self.origin.repository, desired.dashboard.content());
        let of_save = match grafana.apis().await? {
            Some(_) => MarkedSave::after(read),
            None => None,
        };
        let mark = mark.of_save(of_save);
        let message = mark.message(self.origin.text);
        let managed = match self.origin.managed {
            None => Managed::AsBefore,
            Some(false) => Managed::Not,
            Some(true) => Managed::From {
                repository: self.origin.repository.to_owned(),
                path: format!("dashboards/{}.json", desired.label),
                checksum: content_hash(desired.dashboard.content()),
            },
        };
        let save = Save {
            managed: &managed,
            dashboard: &desired.dashboard,
            folder,
            read,
            message: &message,
            note: &Note::now(mark).to_string(),
        };
        match grafana.save(&save).await {
            Ok(saved) => Ok(Outcome {
                url: saved.url,
                version: saved.version,
            }),
            // Grafana has stored it and says so: the panels show an error, whatever is read back.
            Err(error) if error.message().contains("connecting library panels") => Err(Error::Grafana(error)),
            Err(error) if error.is_ambiguous() => find_out(grafana, desired, read, folder, context, error).await,
            Err(error) => Err(explain(error, desired)),
        }
    }
}

fn explain(error: grafana::Error, desired: &Desired) -> Error {
    match error.kind() {
        ErrorKind::Conflict(Some(word)) if word == "name-exists" => Error::TitleTaken {
            title: desired.title().to_owned(),
            folder: desired.folder.to_string(),
        },
        ErrorKind::Conflict(_) => Error::Conflict(error),
        _ => Error::Grafana(error),
    }
}

/// The answer got lost: did the save happen? Read, and compare what is there with what was sent.
async fn find_out(
    grafana: &Grafana,
    desired: &Desired,
    read: Option<&LiveRevision>,
    folder: &Folder,
    context: &Context,
    error: grafana::Error,
) -> Result<Outcome, Error> {
    let Some(now) = grafana.dashboard(desired.uid.as_str()).await? else {
        return Err(Error::NotCarriedOut(error));
    };
    if read.is_some_and(|read| !now.revision.is_other(read)) {
        return Err(Error::NotCarriedOut(error));
    }
    let same = now.document.as_ref().is_ok_and(|now| {
        now.is_v2() == desired.dashboard.is_v2()
            && compare(desired.dashboard.content(), now.content(), context).is_same()
    });
    if same && now.folder_uid == folder.uid {
        return Ok(Outcome {
            url: now.url,
            version: now.revision.version,
        });
    }
    Err(Error::Conflict(error))
}

/// Library panels come before the dashboard that refers to them; one that is there already belongs to others and
/// stays as it is.
async fn make_library_panels(grafana: &Grafana, desired: &Desired, folder: &Folder) -> Result<(), Error> {
    for element in &desired.elements {
        let text = |key: &str| element.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
        let (uid, name) = (text("uid"), text("name"));
        match grafana.has_library_panel(uid).await? {
            Some(true) => {}
            Some(false) => {
                let save = LibrarySave {
                    uid,
                    name,
                    model: element.get("model").unwrap_or(&serde_json::Value::Null),
                    folder,
                    read: None,
                };
                let made = grafana.save_library_panel(&save).await;
                made.map_err(|source| Error::LibraryPanel {
                    name: name.to_owned(),
                    source,
                })?;
            }
            None => return Err(Error::NoLibrary(name.to_owned())),
        }
    }
    Ok(())
}

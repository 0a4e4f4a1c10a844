//! How do dashboards look before they are applied?
//!
//! Scratch copies of them lie in a folder of their own for a while: title and uid say what they are, and a tag by which every
//! dashctl knows them. They are saved again whenever the files change, and deleted at the end; those of a run that was killed
//! are deleted by the next one, when their time is over. A copy that somebody else has edited is never written over or
//! deleted: it is said where it is. Library panels that are files have copies as well (`panels.rs`).

mod panels;

use std::time::Duration;

use serde_json::Value;

use panels::{Library, PanelCopies};

use super::files::{Files, POLL};
use super::{Error, Person, Session, desired, unanswered, wishes};
use crate::apply::{FolderMaker, Origin, Surroundings, Writer};
use crate::dashboard::references::library_panels;
use crate::dashboard::{FolderPath, Uid};
use crate::grafana::{Folder, Grafana, Hit, LiveDashboard};
use crate::plan::{Desired, Mark, content_hash};
use crate::repository::{Name, Repository, library_label};

/// The folder of the copies.
const FOLDER: &str = "dashctl preview";
/// The tag that every copy bears.
const TAG: &str = "dashctl-preview";
/// Begins the tag that says until when a copy may lie there.
const UNTIL: &str = "dashctl-preview-until ";
/// Begins the tag that says what a copy is kept for.
const FOR: &str = "dashctl-preview-for ";
/// Begins a copy's uid.
const UID: &str = "preview-";

/// What is shown, and how long.
#[derive(Debug, Clone)]
pub struct PreviewOptions {
    /// Names, uids, folders or globs; all dashboards where none is named.
    pub what: Vec<String>,
    /// After that time the copies may go.
    pub ttl: Duration,
    /// What they are kept for, such as a pull request; else they go with the run.
    pub kept_for: Option<String>,
}

/// Copies that lie in Grafana.
#[derive(Debug)]
pub struct Preview {
    session: Session,
    surroundings: Surroundings,
    folder: Folder,
    run: String,
    tags: Vec<String>,
    panels: PanelCopies,
    /// The copies, in the order of their names.
    pub copies: Vec<Copy>,
}

/// A copy.
#[derive(Debug, Clone)]
pub struct Copy {
    /// The dashboard that it is one of.
    pub name: Name,
    /// Its uid.
    pub uid: Uid,
    /// The page to look at it.
    pub url: String,
    /// What was saved last, to know whether the files say something else by now.
    content: Value,
    /// Somebody else saved it: it is theirs.
    left: bool,
}

/// What became of a copy at the end.
#[derive(Debug)]
pub struct Ended {
    /// Its title, or the name of its dashboard.
    pub name: String,
    /// Whether it is gone; else why it was left, or could not be deleted.
    pub gone: Result<(), Error>,
}

/// Whether a dashboard is such a copy: checks leave them alone.
pub(super) fn is_preview(hit: &Hit) -> bool {
    hit.tags.iter().any(|tag| tag == TAG)
}

impl Preview {
    /// Deletes copies whose time is over, and saves those that were asked for, after asking.
    ///
    /// # Errors
    ///
    /// A file that is no dashboard, inputs without an answer, nobody agrees, or Grafana refuses; copies that were saved
    /// already are deleted again.
    pub async fn begin(session: Session, options: &PreviewOptions) -> Result<Self, Error> {
        let names = chosen(&session, &options.what)?;
        let surroundings = Surroundings::read(&session.grafana, false).await?;
        let mut wanted = Vec::new();
        for name in &names {
            wanted.push((name.clone(), of(&session.repository, &session, &surroundings, name)?));
        }
        let library = Library::read(&session.repository, session.target.as_deref(), &*session.person)?;
        let question = format!(
            "Save {} of dashboards{} into the folder {FOLDER:?} of {}?",
            copies(names.len()),
            match library.used_by(wanted.iter().map(|(_, desired)| desired)) {
                0 => String::new(),
                many => format!(", and {} of library panels,", copies(many)),
            },
            session.grafana.url()
        );
        if !session.person.confirm(&question)? {
            return Err(Error::new("nothing was written"));
        }
        let mut over = sweep(&session.grafana, |hit| is_over(hit, &now())).await?;
        over.extend(panels::sweep_over(&session.grafana, &now()).await?);
        over.iter().for_each(|ended| tell(&*session.person, ended));
        if let Some(kept_for) = &options.kept_for {
            // The copies of an earlier state of the same request make way.
            for ended in end_for(&session.grafana, kept_for).await? {
                tell(&*session.person, &ended);
            }
        }
        let until = jiff::Timestamp::now() + jiff::SignedDuration::try_from(options.ttl).map_err(Error::new)?;
        let until = until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut tags = vec![TAG.to_owned(), format!("{UNTIL}{until}")];
        tags.extend(options.kept_for.iter().map(|what| format!("{FOR}{what}")));
        let folder = FolderMaker::new(&session.grafana, surroundings.folders.clone())
            .make(&FolderPath::of([FOLDER]))
            .await?;
        let run: String = Uid::random().as_str().chars().take(6).collect();
        let mut preview = Self {
            panels: PanelCopies::new(&run, &until, options.kept_for.as_ref(), &folder),
            session,
            surroundings,
            folder,
            run,
            tags,
            copies: Vec::new(),
        };
        for (name, desired) in wanted {
            if let Err(error) = preview.add(name, desired, &library).await {
                let person = preview.session.person.clone();
                for ended in preview.end().await {
                    if let Err(left) = ended.gone {
                        person.warn(&format!("{}: its copy is still there: {}", ended.name, left.message()));
                    }
                }
                return Err(error);
            }
        }
        Ok(preview)
    }

    async fn add(&mut self, name: Name, desired: Desired, library: &Library) -> Result<(), Error> {
        let there = (&self.session, &self.surroundings);
        let desired = self
            .panels
            .put_in(desired, library, &self.session.repository, there)
            .await?;
        let uid: Uid = format!("{UID}{}-{}", self.run, self.copies.len())
            .parse()
            .map_err(Error::new)?;
        let mut copy = Copy {
            content: desired.dashboard.content().clone(),
            name,
            uid,
            url: String::new(),
            left: false,
        };
        copy.url = self.save(&copy, desired, None).await?;
        self.copies.push(copy);
        Ok(())
    }

    /// Saves a copy as the files say now. Gives its page.
    async fn save(&self, copy: &Copy, mut desired: Desired, live: Option<&LiveDashboard>) -> Result<String, Error> {
        let title = format!("[preview {}] {}", self.run, desired.title());
        desired.dashboard.set_uid(copy.uid.as_str());
        let content = desired.dashboard.content_mut();
        content["title"] = title.into();
        let own = content
            .get("tags")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        content["tags"] = own
            .into_iter()
            .chain(self.tags.iter().cloned().map(Value::from))
            .collect();
        desired.uid = copy.uid.clone();
        desired.folder = FolderPath::of([FOLDER]);
        // Library panels that it brings along would stay after it.
        desired.elements = Vec::new();
        let text = format!("preview of {}", copy.name);
        let origin = Origin {
            repository: Mark::NO_REPOSITORY,
            text: &text,
            managed: None,
        };
        let context = self.surroundings.context();
        let writer = Writer::new(&self.session.grafana, &context, origin);
        let saved = writer
            .save(&self.folder, &desired, live.map(|live| &live.revision))
            .await?;
        Ok(self.session.grafana.url().trim_end_matches('/').to_owned() + &saved.url)
    }

    /// Follows the files until `stop` ends: what they say is saved at once. What can't be is told, and tried again when they
    /// change next.
    pub async fn follow(&mut self, stop: impl Future<Output = ()>) {
        let mut files = Files::of(self.session.repository.root());
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(POLL / 4) => {}
            }
            if files.have_changed().await {
                self.save_again().await;
            }
        }
    }

    async fn save_again(&mut self) {
        let person = self.session.person.clone();
        // The settings may have changed as well.
        let repository = match Repository::discover(self.session.repository.root()) {
            Ok(Some(repository)) => repository,
            Ok(None) => return person.warn("the repository is gone"),
            Err(error) => return person.warn(&error.to_string()),
        };
        let library = match Library::read(&repository, self.session.target.as_deref(), &*person) {
            Ok(library) => library,
            Err(error) => return person.warn(&error.message()),
        };
        let there = (&self.session, &self.surroundings);
        self.panels.save_again(&library, &repository, there).await;
        for at in 0..self.copies.len() {
            let copy = self.copies[at].clone();
            let again = async {
                let there = (&self.session, &self.surroundings);
                let desired = of(&repository, &self.session, &self.surroundings, &copy.name)?;
                let desired = self.panels.put_in(desired, &library, &repository, there).await?;
                if copy.left || *desired.dashboard.content() == copy.content {
                    return Ok(None);
                }
                let content = desired.dashboard.content().clone();
                let live = self.session.grafana.dashboard(copy.uid.as_str()).await?;
                if let Some(live) = &live
                    && !is_ours(&self.session.grafana, live, copy.uid.as_str()).await?
                {
                    return Ok(Some(None));
                }
                self.save(&copy, desired, live.as_ref()).await?;
                Ok::<_, Error>(Some(Some(content)))
            };
            match again.await {
                Ok(None) => {}
                Ok(Some(Some(content))) => {
                    self.copies[at].content = content;
                    person.progress(&format!("{}: saved again", copy.name));
                }
                Ok(Some(None)) => {
                    self.copies[at].left = true;
                    person.warn(&format!(
                        "{}: somebody edited the copy {}: it is left as it is",
                        copy.name, copy.url
                    ));
                }
                Err(error) => person.warn(&format!("{}: {}", copy.name, error.message())),
            }
        }
    }

    /// Deletes the copies, but those that somebody else has edited.
    pub async fn end(self) -> Vec<Ended> {
        let mut all = Vec::new();
        for copy in &self.copies {
            all.push(Ended {
                name: copy.name.to_string(),
                gone: delete(&self.session.grafana, copy.uid.as_str()).await,
            });
        }
        all.extend(self.panels.end(&self.session.grafana).await);
        self.session.grafana.close().await;
        all
    }

    /// Leaves them where they are.
    pub async fn leave(self) {
        self.session.grafana.close().await;
    }
}

/// Deletes the copies that are kept for something.
///
/// # Errors
///
/// They can't be listed. What can't be deleted is in the result.
pub async fn end_for(grafana: &Grafana, kept_for: &str) -> Result<Vec<Ended>, Error> {
    let tag = format!("{FOR}{kept_for}");
    let mut all = sweep(grafana, |hit| hit.tags.contains(&tag)).await?;
    all.extend(panels::sweep_for(grafana, kept_for).await?);
    Ok(all)
}

fn copies(many: usize) -> String {
    match many {
        1 => "a copy".to_owned(),
        many => format!("{many} copies"),
    }
}

/// The dashboards that were asked for: of a library panel those that use it.
fn chosen(session: &Session, what: &[String]) -> Result<Vec<Name>, Error> {
    let (mut names, panels) = session.select_all(what)?;
    if what.is_empty() || panels.is_empty() {
        return Ok(names);
    }
    let (repository, target) = (&session.repository, session.target.as_deref());
    for panel in panels {
        let uid = repository.library_entry(&panel, target)?.uid;
        let uses = |name: &Name| {
            // What is wrong with another dashboard's file is said where that is looked at.
            let mentions = repository
                .entry(name, target)
                .map(|entry| library_panels(entry.dashboard.content()));
            mentions.is_ok_and(|all| all.iter().any(|mention| mention.name == uid.as_str()))
        };
        let users: Vec<Name> = repository.names()?.into_iter().filter(uses).collect();
        if users.is_empty() {
            return Err(Error::usage(format!(
                "no dashboard of the repository uses {}: there is nothing to look at it in",
                library_label(&panel)
            )));
        }
        names.extend(users);
    }
    names.sort();
    names.dedup();
    Ok(names)
}

/// Says on the way what became of copies of earlier runs.
fn tell(person: &dyn Person, ended: &Ended) {
    match &ended.gone {
        Ok(()) => person.progress(&format!("{}: deleted; its time was over", ended.name)),
        Err(error) => person.warn(&format!("{}: {}", ended.name, error.message())),
    }
}

async fn sweep(grafana: &Grafana, wanted: impl Fn(&Hit) -> bool) -> Result<Vec<Ended>, Error> {
    let mut all = Vec::new();
    for hit in grafana.dashboards().await? {
        if is_preview(&hit) && hit.uid.starts_with(UID) && wanted(&hit) {
            all.push(Ended {
                gone: delete(grafana, &hit.uid).await,
                name: hit.title,
            });
        }
    }
    Ok(all)
}

fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Whether its time is over.
fn is_over(hit: &Hit, now: &str) -> bool {
    hit.tags
        .iter()
        .filter_map(|tag| tag.strip_prefix(UNTIL))
        .any(|until| until.parse::<jiff::Timestamp>().is_ok() && until < now)
}

/// What the repository says of a dashboard now, answers in it.
fn of(repository: &Repository, session: &Session, surroundings: &Surroundings, name: &Name) -> Result<Desired, Error> {
    let target = session.target.as_deref();
    let entry = repository.entry(name, target)?;
    let wishes = wishes(Some(repository.config()), target, &entry);
    let answered = desired(
        entry,
        &wishes,
        &surroundings.candidates(),
        surroundings.reference,
        Vec::new(),
    );
    let (desired, _) = answered.map_err(|open| unanswered(name, &open))?;
    Ok(desired)
}

/// Whether the newest version is one that a preview saved.
async fn is_ours(grafana: &Grafana, live: &LiveDashboard, uid: &str) -> Result<bool, Error> {
    let entries = grafana.versions(live, uid).await?;
    let content = || {
        content_hash(
            live.document()
                .map(crate::dashboard::Document::content)
                .unwrap_or(&Value::Null),
        )
    };
    // The legacy API forgets the message of the first version.
    let first = |entry: &crate::grafana::VersionEntry| entry.version == 1 && entry.object.is_none();
    Ok(entries.first().is_some_and(|entry| {
        first(entry)
            || Mark::parse(&entry.message).is_some_and(|mark| {
                entry.message.contains(" preview of ") && mark.wrote(entry.object.as_deref(), content)
            })
    }))
}

async fn delete(grafana: &Grafana, uid: &str) -> Result<(), Error> {
    let Some(live) = grafana.dashboard(uid).await? else {
        return Ok(());
    };
    if !is_ours(grafana, &live, uid).await? {
        let url = grafana.url();
        return Err(
            Error::new(format!("somebody edited the copy {uid} in {url}: it is left as it is"))
                .hint("`dashctl pull --new` takes it into a repository; delete it in Grafana where nobody needs it"),
        );
    }
    Ok(grafana.delete_dashboard(uid).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copys_time_is_over_when_its_tag_says_so_and_never_without_one() {
        let hit = |tags: &[&str]| -> Hit {
            serde_json::from_value(serde_json::json!({"uid": "preview-1", "title": "x", "tags": tags})).unwrap()
        };
        let until = format!("{UNTIL}2026-01-02T00:00:00Z");
        let copy = hit(&[TAG, &until]);
        assert!(is_preview(&copy));
        assert!(is_over(&copy, "2026-01-02T00:00:01Z") && !is_over(&copy, "2026-01-01T23:59:59Z"));
        assert!(!is_over(&hit(&[TAG]), "2026-01-02T00:00:01Z"));
        assert!(!is_over(&hit(&[TAG, &format!("{UNTIL}soon")]), "2026-01-02T00:00:01Z"));
    }
}

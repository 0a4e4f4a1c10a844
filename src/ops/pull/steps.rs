use jiff::Timestamp;
use serde_json::Value;

use super::super::{Error, Review};
use super::draft::Draft;
use super::{Pulled, TEMPLATED, destination, moved};
use crate::apply::Observed;
use crate::dashboard::compare::{Comparison, IgnoreRule, compare};
use crate::dashboard::{Document, apply_changes, schema_version, whole_lists};
use crate::grafana::{Author, ErrorKind, Grafana, LiveDashboard, Version};
use crate::plan::{Base, Desired, Item, pulled_hash};
use crate::report::Semantic;
use crate::repository::Name;

/// The most lines of differences that a commit's message repeats.
const MOST_LINES: usize = 100;
const UNSETTLED: &str = "no commit was made of it: `dashctl pull` without --commit leaves markers to choose at";

/// What a dashboard's file was after one version that somebody saved.
pub(super) struct Step {
    /// The dashboard's name before.
    pub name: Name,
    /// The dashboard's name after.
    pub to: Name,
    /// The version.
    pub version: u64,
    /// Who saved it.
    pub author: Author,
    /// When; never before the step that came before it.
    pub when: Timestamp,
    /// What was done, in one line, without the dashboard's name.
    pub subject: String,
    /// What was done, whole.
    pub body: String,
    /// The file's text.
    pub text: String,
    /// The checksum of the version's content, where the file has all of it.
    pub taken: Option<String>,
}

/// What people saved of a dashboard, put into its file one version after the other.
#[derive(Default)]
pub(super) struct Replay {
    /// Step by step, oldest first; empty where a template makes the dashboard, or where both sides changed the same.
    pub steps: Vec<Step>,
    /// What became of it.
    pub result: Pulled,
    /// What a person should know.
    pub notes: Vec<String>,
    /// What people changed, all in all.
    pub edited: Comparison,
}

/// Follows what people saved of a dashboard since base, version by version.
///
/// # Errors
///
/// The dashboard or its history can't be read, or a change can't be put into the file.
pub(super) async fn replay(review: &Review, item: &Item) -> Result<Replay, Error> {
    let name = Name::parse(&item.name).map_err(Error::new)?;
    let desired = review.survey.desired(&name)?;
    let Observed {
        live, base, judgement, ..
    } = review.survey.observe(&desired).await?;
    let live = live.ok_or_else(|| Error::new("it is no longer in Grafana"))?;
    let repository = &review.session.repository;
    let own = name.own_file(repository.root());
    if own.is_symlink() {
        return Err(Error::new(format!(
            "{} is a symbolic link, in whose place a commit would put a file",
            repository.relative(&own).display()
        )));
    }
    let Some(draft) = Draft::read(review, &name)? else {
        return Ok(Replay {
            result: Pulled::LeftAlone,
            notes: vec![TEMPLATED.to_owned()],
            ..Replay::default()
        });
    };
    let edited = match &base {
        Base::Found { .. } => judgement.drift,
        _ => compare(
            desired.dashboard.content(),
            live.document()?.content(),
            review.survey.context(),
        ),
    };
    let versions = match item.folder_renamed && item.changes.is_same() {
        true => Vec::new(),
        false => saved_since(&review.session.grafana, &live, &desired, &base).await?,
    };
    let mut replayer = Replayer {
        review,
        draft,
        rules: &desired.ignore,
        desired: desired.dashboard.content(),
        before: match base {
            Base::Found { dashboard, .. } => Some(dashboard),
            _ => None,
        },
        replay: Replay {
            result: Pulled::Pulled,
            edited,
            ..Replay::default()
        },
        left: Vec::new(),
        stuck: None,
        name,
    };
    for saved in versions {
        replayer.take(saved)?;
    }
    match replayer.stuck.take() {
        Some(Stuck::Failed(error)) => return Err(error),
        Some(Stuck::Conflict(mut notes)) => {
            notes.push(UNSETTLED.to_owned());
            return Ok(Replay {
                result: Pulled::Conflict,
                notes,
                edited: replayer.replay.edited,
                ..Replay::default()
            });
        }
        None => replayer.move_with(item, &live)?,
    }
    Ok(replayer.replay)
}

/// A version, and what to say of it besides its message.
struct Saved {
    version: Version,
    remark: Option<String>,
}

/// The versions after base, oldest first. Where none is known to be base, the whole kept history as far as it tells
/// anything; where that may not be read, what is there now.
async fn saved_since(
    grafana: &Grafana,
    live: &LiveDashboard,
    desired: &Desired,
    base: &Base,
) -> Result<Vec<Saved>, Error> {
    let (after, remark) = match base {
        Base::Found { version, .. } => (*version, None),
        Base::PushedOut => (
            0,
            Some("this and all edits before it, of which Grafana keeps no versions any more"),
        ),
        Base::NotAllowed => return Ok(vec![now(live, "edited in Grafana; its history may not be read")?]),
        Base::NoMark | Base::NotNeeded => {
            return Ok(vec![now(live, "taken over from Grafana, with its whole history")?]);
        }
    };
    let uid = desired.uid.as_str();
    let mut saved = Vec::new();
    let listed = grafana.versions(live, uid).await?;
    for entry in listed.iter().rev().filter(|entry| entry.version > after) {
        match grafana.version(live, uid, entry).await {
            Ok(version) => saved.push(Saved { version, remark: None }),
            // Pruned since the list was read: its edits are seen in the next one.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Status(500)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    if let (Some(first), Some(remark)) = (saved.first_mut(), remark) {
        first.version.author = Author::Unknown;
        first.remark = Some(remark.to_owned());
    }
    Ok(saved)
}

fn now(live: &LiveDashboard, remark: &str) -> Result<Saved, Error> {
    Ok(Saved {
        version: Version {
            version: live.revision.version,
            created: live.updated.clone(),
            author: match live.updated_by.as_str() {
                "" | "Anonymous" => Author::Token,
                login => Author::User(login.to_owned()),
            },
            message: String::new(),
            dashboard: live.document()?.clone(),
        },
        remark: Some(remark.to_owned()),
    })
}

/// Why a version can't be taken.
enum Stuck {
    /// Both sides changed the same places.
    Conflict(Vec<String>),
    Failed(Error),
}

struct Replayer<'a> {
    review: &'a Review,
    name: Name,
    draft: Draft<'a>,
    rules: &'a [IgnoreRule],
    desired: &'a Value,
    /// The version that the file has all of.
    before: Option<Document>,
    /// Versions that could not be taken by themselves, and come with the next one.
    left: Vec<String>,
    /// Why the newest of them could not.
    stuck: Option<Stuck>,
    replay: Replay,
}

impl Replayer<'_> {
    fn take(&mut self, saved: Saved) -> Result<(), Error> {
        let Saved { version, remark } = saved;
        let dashboard = version.dashboard.clone();
        let edited = self.edited(self.before_that(), dashboard.content());
        // A page of v2 has no schema of its own: a classic file keeps its form for as long as it can.
        let (from, to) = (self.schema()?, dashboard.classic().map_or(0, schema_version));
        let reshaped = to > from;
        let subject = format!("re-shaped by Grafana (schema {from} to {to}), nothing edited");
        let taken = Some(pulled_hash(dashboard.content()));
        if edited.is_same() {
            if reshaped {
                let step = self.step(&version, dashboard, &edited, subject, taken);
                self.settle(&version, step);
            }
            return Ok(());
        }
        if reshaped && let Some(shaped) = self.without(dashboard.content()) {
            // Where the form can't be taken by itself, it is taken with the edit.
            let _ = self.step(
                &version,
                Document::Classic(shaped),
                &Comparison::default(),
                subject,
                None,
            );
        }
        let subject = remark.unwrap_or_else(|| first_line(&version.message));
        let step = self.step(&version, dashboard, &edited, subject, taken);
        self.settle(&version, step);
        Ok(())
    }

    /// What could not be taken by itself may well be taken with the version after it, which has it too.
    fn settle(&mut self, version: &Version, step: Result<(), Stuck>) {
        match step {
            Ok(()) => self.stuck = None,
            Err(stuck) => {
                self.left
                    .push(format!("version {} by {}", version.version, version.author));
                self.stuck = Some(stuck);
            }
        }
    }

    /// Brings the file to what `dashboard` is.
    fn step(
        &mut self,
        version: &Version,
        dashboard: Document,
        edited: &Comparison,
        subject: String,
        hash: Option<String>,
    ) -> Result<(), Stuck> {
        let taken = self.draft.take(&dashboard, self.before.as_ref(), edited);
        let taken = taken.map_err(Stuck::Failed)?;
        if taken.conflict {
            return Err(Stuck::Conflict(taken.notes));
        }
        self.push(version, subject, edited, hash);
        self.before = Some(dashboard);
        Ok(())
    }

    /// What people changed, as far as the user wants to see it.
    fn edited(&self, before: &Value, after: &Value) -> Comparison {
        let found = IgnoreRule::apply(self.rules, compare(before, after, self.review.survey.context()));
        let mut edited = found.kept;
        edited.noise.clear();
        edited
    }

    /// The form of a version that Grafana re-shaped, without the edits that were saved with it; nothing where the two
    /// can't be told apart.
    fn without(&self, dashboard: &Value) -> Option<Value> {
        let before = self.before_that();
        let back = self.edited(dashboard, before);
        let mut shaped = dashboard.clone();
        apply_changes(&mut shaped, &whole_lists(back.changes, dashboard, before));
        self.edited(before, &shaped).is_same().then_some(shaped)
    }

    /// What the next version is compared with.
    fn before_that(&self) -> &Value {
        self.before.as_ref().map_or(self.desired, Document::content)
    }

    /// The schema of a classic file.
    fn schema(&self) -> Result<u64, Error> {
        let file = crate::dashboard::parse(self.draft.text().as_bytes()).map_err(Error::new)?;
        Ok(schema_version(file.content()))
    }

    fn push(&mut self, version: &Version, subject: String, edited: &Comparison, taken: Option<String>) {
        let saved = version.created.parse().unwrap_or(Timestamp::UNIX_EPOCH);
        let when = self.replay.steps.last().map_or(saved, |last| last.when.max(saved));
        let mut body = body(&version.message, edited);
        if !self.left.is_empty() {
            body.push_str(&format!(
                "\n\nWith what came before and can't be taken by itself: {}.",
                self.left.join(", ")
            ));
            self.left.clear();
        }
        self.replay.steps.push(Step {
            name: self.name.clone(),
            to: self.name.clone(),
            version: version.version,
            author: version.author.clone(),
            when,
            body,
            subject,
            text: self.draft.text().to_owned(),
            taken,
        });
    }

    /// Somebody moved it in Grafana, of which a history says nothing: the files follow in the end.
    fn move_with(&mut self, item: &Item, live: &LiveDashboard) -> Result<(), Error> {
        let to = destination(item, &self.name)?;
        let Some(note) = moved(&self.name, &to) else {
            return Ok(());
        };
        let repository = &self.review.session.repository;
        let there = to.own_file(repository.root());
        if there.exists() {
            return Err(Error::new(format!(
                "{} is there already",
                repository.relative(&there).display()
            )));
        }
        let saved = now(live, "")?;
        self.push(&saved.version, note.clone(), &Comparison::default(), None);
        if let Some(step) = self.replay.steps.last_mut() {
            step.to = to;
        }
        self.replay.notes.push(note);
        Ok(())
    }
}

fn first_line(message: &str) -> String {
    match message.trim().lines().next() {
        Some(line) => line.trim().to_owned(),
        None => "edited in Grafana".to_owned(),
    }
}

/// The rest of a message, and the differences in words.
fn body(message: &str, edited: &Comparison) -> String {
    let rest: Vec<&str> = message.trim().lines().skip(1).collect();
    let words = match edited.is_same() {
        true => String::new(),
        false => Semantic::new(edited).to_string(),
    };
    let mut lines: Vec<&str> = words.lines().collect();
    let more = lines.len().saturating_sub(MOST_LINES);
    lines.truncate(MOST_LINES);
    let mut body = format!("{}\n\n{}", rest.join("\n").trim(), lines.join("\n"));
    if more > 0 {
        body.push_str(&format!("\n… and {more} more lines"));
    }
    body.trim().to_owned()
}

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::applied::{AppliedRow, decide, not_begun, past, place, row};
use super::library::{self, PanelLeaver};
use super::prune::{self, Leaver};
use super::writes::{Tally, Writes};
use super::{Error, FailedRow, Kind, Review, SavedPlan, Survey, data_sources};
use crate::apply::{self as carry_out, FolderMaker, LibraryTurns, Origin, Writer, keep_ignored};
use crate::dashboard::compare::Printable;
use crate::dashboard::{FolderPath, url_part};
use crate::grafana::{Folder, Grafana, LiveRevision};
use crate::pace::{self, apart};
use crate::plan::{Action, DataSourceAction, Desired, Item, Permissions, State};
use crate::report::{PlanReport, PlanText};
use crate::repository::{Name, Repository};

/// What an apply may do, and what it says in Grafana's history.
#[derive(Debug, Clone, Default)]
pub struct ApplyOptions {
    /// What the user has allowed besides the harmless.
    pub permissions: Permissions,
    /// Whether what left the repository is deleted.
    pub prune: bool,
    /// A text for Grafana's version history.
    pub message: String,
    /// How the writes go on.
    pub writes: Writes,
}

/// What an apply is about to do.
#[derive(Debug)]
pub struct Apply<'a> {
    review: &'a Review,
    options: &'a ApplyOptions,
    /// The dashboards that left the repository, and what becomes of them.
    pub doomed: Vec<Leaver>,
    /// The library panels that did.
    pub doomed_panels: Vec<PanelLeaver>,
}

/// What an apply did.
#[derive(Debug, Serialize)]
pub struct ApplyResult {
    /// The dashboards that were written or left alone.
    pub dashboards: Vec<AppliedRow>,
    /// The data sources that were written.
    pub data_sources: Vec<AppliedRow>,
    /// What could not be looked at.
    pub failed: Vec<FailedRow>,
    /// How many requests it took.
    pub requests: usize,
}

impl<'a> Apply<'a> {
    /// What is to be done after a review; with a saved plan, exactly that.
    ///
    /// # Errors
    ///
    /// A plan that no longer holds, or the server can't be reached.
    pub async fn prepare(
        review: &'a Review,
        options: &'a ApplyOptions,
        saved: Option<&SavedPlan>,
        all: bool,
    ) -> Result<Self, Error> {
        if let Some(saved) = saved {
            saved.check(&SavedPlan::of(review, options.permissions))?;
        }
        let (mut doomed, mut doomed_panels) = (Vec::new(), Vec::new());
        if options.prune && all {
            doomed = prune::find(review, options.permissions).await?;
            let going = doomed
                .iter()
                .filter_map(Leaver::doomed_uid)
                .map(str::to_owned)
                .collect();
            doomed_panels = library::find_leavers(review, options.permissions, &going).await?;
        }
        Ok(Self {
            review,
            options,
            doomed,
            doomed_panels,
        })
    }

    /// Whether anything is to be written in Grafana.
    pub fn writes(&self) -> bool {
        self.review.writes(self.options.permissions) || self.deletions() > 0
    }

    /// How many dashboards and library panels are to be deleted.
    pub fn deletions(&self) -> usize {
        prune::count(&self.doomed) + self.doomed_panels.iter().filter(|one| one.is_doomed()).count()
    }

    /// Whether something that left the repository stays in Grafana all the same.
    pub fn keeps(&self) -> bool {
        prune::kept(&self.doomed) > 0 || self.doomed_panels.iter().any(PanelLeaver::is_kept)
    }

    /// What is to be done, for people.
    pub fn plan(&self) -> PlanReport {
        self.review.plan(self.options.permissions, self.deletions())
    }

    /// The same as text: what left the repository first.
    pub fn text(&self, colour: bool) -> String {
        let plan = self.plan();
        let mut text: String = self.doomed.iter().map(|leaver| format!("{leaver}\n")).collect();
        text.extend(self.doomed_panels.iter().map(|leaver| format!("{leaver}\n")));
        text.push_str(&PlanText { plan: &plan, colour }.to_string());
        text
    }

    /// Forgets what left the repository and is gone in Grafana: all that is left to do where nothing is to be written.
    ///
    /// # Errors
    ///
    /// The lock can't be written.
    pub fn forget(&self) -> Result<(), Error> {
        learn_folders(self.review, &self.review.survey.folder_maker());
        prune::forget(self.review, &self.doomed)?;
        library::forget(self.review, &self.doomed_panels)
    }

    /// Whether something differs that is left as it is.
    pub fn leaves_alone(&self) -> bool {
        let permissions = self.options.permissions;
        let left = |item: &Item| item.differs() && !item.action(permissions).writes();
        self.review.all().any(left)
    }

    /// Does it, after the questions that it takes: data sources, library panels, dashboards, several at once, then what is to go.
    /// What fails is in its row.
    ///
    /// # Errors
    ///
    /// The lock can't be written, or a question could not be asked.
    pub async fn carry_out(&self) -> Result<ApplyResult, Error> {
        let (review, options) = (self.review, self.options);
        let panels = decide(
            review,
            options.permissions,
            review.library.iter().map(|panel| &panel.item),
        )?;
        let actions = decide(review, options.permissions, review.items.iter())?;
        let _writing = options.writes.begin(review.session.person.as_ref());
        let mut folders = review.survey.folder_maker();
        let data_sources = write_data_sources(review).await;
        let mut dashboards = library::write_panels(review, panels, &options.writes, &mut folders).await;
        // A dashboard that was saved before its library panel would show an error.
        let goes_on = options.writes.keep_going || dashboards.iter().all(|row| row.error.is_none());
        dashboards.extend(write_dashboards(options, review, actions, &mut folders, goes_on).await);
        let mut result = ApplyResult {
            data_sources,
            dashboards,
            failed: review.failed.iter().map(FailedRow::from).collect(),
            requests: 0,
        };
        learn_folders(review, &folders);
        // After a failure nothing new is begun, and a deletion least of all.
        let failed = result.dashboards.iter().any(|row| row.error.is_some()) && !options.writes.keep_going;
        let pruned = prune::carry_out(review, &self.doomed, &options.writes, failed).await?;
        result
            .dashboards
            .extend(pruned.into_iter().map(|(name, done)| match done {
                Some(done) => row(name, done),
                None => not_begun(name),
            }));
        let failed = failed || result.dashboards.iter().any(|row| row.error.is_some()) && !options.writes.keep_going;
        let panels = library::carry_out_prune(review, &self.doomed_panels, &options.writes, failed).await?;
        result.dashboards.extend(panels);
        result.requests = review.session.grafana.requests();
        Ok(result)
    }
}

impl ApplyResult {
    /// How many failed.
    pub fn failures(&self) -> usize {
        self.rows().filter(|row| row.error.is_some()).count()
    }

    /// All rows, data sources first.
    pub fn rows(&self) -> impl Iterator<Item = &AppliedRow> {
        self.data_sources.iter().chain(&self.dashboards)
    }

    /// How bad that is: denied where nothing at all was allowed.
    pub fn failure(&self) -> Option<Kind> {
        let failed: Vec<Kind> = self.rows().filter_map(|row| row.kind).collect();
        let all_denied =
            failed.iter().all(|kind| *kind == Kind::Denied) && self.dashboards.iter().all(|row| row.kind.is_some());
        match (failed.is_empty(), all_denied) {
            (true, _) => None,
            (false, true) => Some(Kind::Denied),
            (false, false) => Some(Kind::Partial),
        }
    }
}

impl fmt::Display for ApplyResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in self.rows() {
            let error = row.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
            writeln!(f, "{}: {}{}", row.name, row.result, Printable(&error))?;
        }
        let begun = |row: &&AppliedRow| row.error.is_none() && row.kind.is_some();
        let not_begun = match self.rows().filter(begun).count() {
            0 => String::new(),
            number => format!(", {number} not begun"),
        };
        match self.failures() {
            0 if not_begun.is_empty() => Ok(()),
            failed => writeln!(
                f,
                "{failed} failed{not_begun}. What is applied already stays; once the cause is gone, running it again does the rest."
            ),
        }
    }
}

async fn write_data_sources(review: &Review) -> Vec<AppliedRow> {
    let session = &review.session;
    let all = session.repository.config().datasources.iter().zip(&review.data_sources);
    let written: Vec<_> = all
        .filter_map(|(declared, (_, action))| match action {
            DataSourceAction::Create => Some((declared, "created")),
            DataSourceAction::Update(_) => Some((declared, "updated")),
            DataSourceAction::Nothing | DataSourceAction::Refuse(_) => None,
        })
        .collect();
    if written.is_empty() {
        return Vec::new();
    }
    let declared = written.iter().map(|(declared, _)| *declared);
    match data_sources::make(&session.grafana, session.vault.as_ref(), declared).await {
        Ok(done) => written
            .iter()
            .zip(done)
            .map(|((declared, word), done)| {
                row(
                    format!("data source {}", declared.name),
                    done.map(|()| (*word).to_owned()),
                )
            })
            .collect(),
        Err(error) => vec![row("data sources".to_owned(), Err(error))],
    }
}

/// Folders, parents first, then the dashboards, several at once.
async fn write_dashboards(
    options: &ApplyOptions,
    review: &Review,
    actions: Vec<Action>,
    folders: &mut FolderMaker<'_>,
    mut goes_on: bool,
) -> Vec<AppliedRow> {
    let writes = &options.writes;
    let mut rows: Vec<Option<AppliedRow>> = Vec::new();
    let mut jobs = Vec::new();
    for (item, action) in review.items.iter().zip(actions) {
        match action {
            Action::Nothing => {}
            Action::Refuse(reason) => rows.push(Some(row(item.name.clone(), Ok(format!("left alone: {reason}"))))),
            _ if !goes_on || writes.are_stopped() => rows.push(Some(not_begun(item.name.clone()))),
            action => match place(folders, item).await {
                Ok(Some(folder)) => {
                    jobs.push((rows.len(), item, action, folder));
                    rows.push(None);
                }
                Ok(None) => rows.push(Some(row(
                    item.name.clone(),
                    Ok(format!("its folder is {} again", item.folder)),
                ))),
                Err(error) => {
                    goes_on = writes.keep_going;
                    rows.push(Some(row(item.name.clone(), Err(error))));
                }
            },
        }
    }
    let session = &review.session;
    let config = session.repository.config();
    let saving = Arc::new(Saving {
        survey: review.survey.clone(),
        grafana: session.grafana.clone(),
        repository: config.repository.clone(),
        text: options.message.clone(),
        managed: config.managed,
        turns: LibraryTurns::default(),
    });
    let tally = Tally::new(session.person.as_ref(), "writing dashboards", jobs.len());
    let work = async |((_, item, action, folder), desired): (Job<'_>, _)| {
        let save = OneSave {
            read: item.live.as_ref().map(|live| live.revision.clone()),
            flattens: item.flattens.clone(),
            action,
            folder,
        };
        let saving = saving.clone();
        let done = apart(async move { saving.one(desired.await?, save).await }).await;
        tally.one(done.is_ok());
        let ended = writes.ended(&done);
        (row(item.name.clone(), done), ended)
    };
    let most = writes.most(Some(&session.repository), session.target.as_deref());
    for jobs in out_of_the_way_first(jobs) {
        let places: Vec<(usize, String)> = jobs.iter().map(|(at, item, ..)| (*at, item.name.clone())).collect();
        let jobs = jobs.into_iter().map(|job| {
            let (name, survey) = (Name::parse(&job.1.name), review.survey.clone());
            (job, apart(async move { survey.desired(&name.map_err(Error::new)?) }))
        });
        let written = pace::run(jobs, most, || !goes_on || writes.are_stopped(), work).await;
        for ((at, name), done) in places.into_iter().zip(written) {
            goes_on &= done
                .as_ref()
                .is_some_and(|row| row.error.is_none() || writes.keep_going);
            rows[at] = Some(done.unwrap_or_else(|| not_begun(name)));
        }
    }
    rows.into_iter().flatten().collect()
}

/// A dashboard to be written: its place among the rows, what is to be done, and where it goes.
type Job<'a> = (usize, &'a Item, Action, Folder);

/// Those that have a title which another one shall have, by the server's word for it, and then the others.
fn out_of_the_way_first(jobs: Vec<Job<'_>>) -> [Vec<Job<'_>>; 2] {
    let taken: BTreeSet<(FolderPath, String)> = jobs
        .iter()
        .map(|(_, item, ..)| (item.folder.clone(), url_part(&item.title)))
        .collect();
    let (first, then) = jobs.into_iter().partition(|(_, item, ..)| {
        let wanted = (item.folder.clone(), url_part(&item.title));
        let now = item.live.as_ref().map(|live| {
            let folder = item.moved_from.as_ref().unwrap_or(&item.folder);
            (folder.clone(), url_part(&live.title))
        });
        now.is_some_and(|now| now != wanted && taken.contains(&now))
    });
    [first, then]
}

/// The lock remembers the folders that dashboards are in by their uids, so that they are found again under another name. A
/// repository that can't be written is told of, and no failure: all that was asked for is done.
pub(super) fn learn_folders(review: &Review, folders: &FolderMaker<'_>) {
    let at_home = review
        .all()
        .filter(|item| review.survey.renamed(&item.folder).is_none());
    let found: Vec<_> = at_home.flat_map(|item| folders.known(&item.folder)).collect();
    if let Err(error) = remember_folders(&review.session.repository, found) {
        let person = &review.session.person;
        person.warn(&format!(
            "dashctl.lock doesn't remember the folders' uids: {}",
            error.message()
        ));
    }
}

/// Writes down where folders are, if that is news.
pub(super) fn remember_folders(repository: &Repository, found: Vec<(String, FolderPath)>) -> Result<(), Error> {
    if !repository.lock()?.learn_folders(found.iter().cloned()) {
        return Ok(());
    }
    let mut change = repository.begin()?;
    change.lock().learn_folders(found);
    Ok(change.commit()?)
}

/// What the saves of an apply share. Each is a task of its own: making dashboards ready for the wire uses all cores.
#[derive(Debug)]
struct Saving {
    survey: Survey,
    grafana: Arc<Grafana>,
    repository: String,
    text: String,
    managed: bool,
    turns: LibraryTurns,
}

/// How one dashboard is saved.
#[derive(Debug)]
struct OneSave {
    read: Option<LiveRevision>,
    flattens: Vec<&'static str>,
    action: Action,
    folder: Folder,
}

impl Saving {
    async fn one(&self, mut desired: Desired, save: OneSave) -> Result<String, Error> {
        let Self { survey, .. } = self;
        if save.read.is_some() && !desired.ignore.is_empty() {
            let observed = survey.observe(&desired).await?;
            if let Some(live) = &observed.live {
                keep_ignored(&mut desired, live.document()?, survey.context()).map_err(Error::new)?;
            }
        }
        let origin = Origin {
            repository: &self.repository,
            text: &self.text,
            managed: Some(self.managed),
        };
        let writer = Writer::new(&self.grafana, survey.context(), origin).taking(&self.turns);
        match writer.save(&save.folder, &desired, save.read.as_ref()).await {
            Ok(outcome) => Ok(format!(
                "{}, version {}{}",
                past(&save.action),
                outcome.version,
                flattened(&save.flattens)
            )),
            Err(error @ carry_out::Error::Conflict(_)) => {
                // Somebody was faster: say what it is now, and leave it to them.
                let observed = survey.observe(&desired).await?;
                let now = survey.item(&desired, observed);
                let who = now
                    .edits
                    .first()
                    .map(|edit| format!(" by {}", edit.author))
                    .unwrap_or_default();
                let state = if now.state == State::InSync {
                    "the same as desired".into()
                } else {
                    now.state.to_string()
                };
                Err(Error::new(format!("{error}; now it is {state}{who}")))
            }
            Err(error) => Err(Error::from(error)),
        }
    }
}

fn flattened(parts: &[&str]) -> String {
    match parts.is_empty() {
        true => String::new(),
        false => format!("; flattened: {}", parts.join(", ")),
    }
}

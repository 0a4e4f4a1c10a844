//! `dashctl import`: from a catalog or a file into the repository and into Grafana.
//!
//! Everything is fetched, checked, answered and read before the first write; then files, then Grafana.

mod args;
mod carry_out;
mod gather;
mod prepare;
mod result;

pub use args::Args;
pub use result::ImportResult;

use super::source::Source;
use super::{Environment, Exit, Failure, ask};
use crate::apply::{FolderMaker, Surroundings};
use crate::dashboard::FolderPath;
use crate::grafana::Grafana;
use crate::repository::Repository;
use gather::Gatherer;
use prepare::Prepared;

/// Runs the verb.
///
/// # Errors
///
/// Anything that is found wrong before the first write. What fails later is listed in the result.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let environment = Environment::of_process();
    args.check()?;
    let here = std::env::current_dir().map_err(|error| Failure::new(format!("the current folder: {error}")))?;
    let repository = Repository::discover(&here)?;
    if args.no_apply && repository.is_none() {
        return Err(
            Failure::usage("--no-apply only writes files, and this is no dashctl repository")
                .hint("make one with `dashctl init`"),
        );
    }
    let connected = match args.no_apply {
        true => None,
        false => Some(args.connect.connect(repository.as_ref(), &environment)?),
    };
    let import = Import {
        args: &args,
        environment: &environment,
        repository: repository.as_ref(),
        target: connected.as_ref().and_then(|connected| connected.target.as_deref()),
        grafana: connected.as_ref().map(|connected| &connected.grafana),
    };
    let result = import.run().await;
    if let Some(connected) = &connected {
        connected.grafana.close().await;
    }
    let result = result?;
    args.output.write(&result, || result.to_string())?;
    Ok(result.exit())
}

/// One import, with everything that it stands on.
#[derive(Debug, Clone, Copy)]
pub struct Import<'a> {
    /// What was asked for.
    pub args: &'a Args,
    /// The environment.
    pub environment: &'a Environment,
    /// The repository, where there is one.
    pub repository: Option<&'a Repository>,
    /// The target's name in the repository.
    pub target: Option<&'a str>,
    /// The Grafana to save in; none for files only.
    pub grafana: Option<&'a Grafana>,
}

impl Import<'_> {
    /// Fetches, answers, asks and writes.
    ///
    /// # Errors
    ///
    /// Anything that is found wrong before the first write.
    pub async fn run(&self) -> Result<ImportResult, Failure> {
        let sandbox = match self.grafana {
            Some(grafana) => grafana.is_sandbox().await?,
            None => false,
        };
        let mut gatherer = Gatherer::new(*self, sandbox)?;
        let mut gathered = Vec::new();
        for wanted in &self.args.what {
            gathered.push(gatherer.gather(wanted).await?);
        }
        gatherer.finish(&gathered)?;
        let Some(grafana) = self.grafana else {
            return carry_out::files_only(self, gathered, gatherer.notes);
        };
        let surroundings = Surroundings::read(grafana, true).await?;
        let context = surroundings.context();
        let (prepared, mut notes) = prepare::prepare(self, gathered, &surroundings)?;
        notes.splice(0..0, gatherer.notes);
        let mut folders = FolderMaker::new(grafana, surroundings.folders);
        let observed = prepare::observe_all(self, grafana, &prepared, &mut folders, &context).await?;
        let work = carry_out::Work::new(self, prepared, observed, notes)?;
        if self.args.dry_run {
            return Ok(work.foreseen());
        }
        let writes = work.writes();
        if writes > 0 && !sandbox && !ask::confirm(&self.question(grafana, &work), self.args.yes)? {
            return Err(Failure::new("nothing was written, as you said"));
        }
        work.carry_out(grafana, &mut folders, &context).await
    }

    fn question(&self, grafana: &Grafana, work: &carry_out::Work<'_>) -> String {
        let target = self.target.map(|name| format!("target {name}, ")).unwrap_or_default();
        format!(
            "{}\nSave {} in {target}{}?",
            work.foreseen(),
            count(work.writes(), "dashboard"),
            grafana.url()
        )
    }

    /// The repository's id as it stands in marks.
    fn repository_id(&self) -> &str {
        self.repository.map_or(crate::plan::Mark::NO_REPOSITORY, |repository| {
            &repository.config().repository
        })
    }

    /// The source that was asked for, or is usual here.
    fn source(&self) -> Result<Source, Failure> {
        if let Some(source) = &self.args.source {
            return Ok(source.clone());
        }
        match self
            .repository
            .and_then(|repository| repository.config().defaults.source.as_ref())
        {
            Some(text) => text
                .parse()
                .map_err(|error| Failure::new(format!("dashctl.yaml: defaults.source: {error}"))),
            None => Ok(Source::GrafanaCom),
        }
    }

    /// The folder that was asked for, or is usual here.
    fn folder(&self) -> FolderPath {
        let usual = || {
            let folder = self
                .repository
                .and_then(|repository| repository.config().defaults.folder.as_ref());
            folder.and_then(|text| text.parse().ok())
        };
        self.args.folder.clone().or_else(usual).unwrap_or_default()
    }
}

/// `1 dashboard`, `2 dashboards`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// What an import works on, until it is carried out.
type Batch = Vec<Prepared>;

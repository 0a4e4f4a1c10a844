//! Will dashboards show data, why not, and what would?
//!
//! Each query is asked as the panel asks it: its variables have the target's values, its time range and steps are the
//! panel's. The Prometheus is asked through Grafana's data source proxy, at its own URL, or a file stands for it.

mod brief;
mod dashboard;
mod explain;
mod fix;
mod look_up;
mod question;
mod saved;
mod source;
mod sources;
mod wanted;
mod went;

pub use brief::{ANSWERS, SETTLED, brief};
pub use fix::{Fixed, Rewriter, diff};
pub use saved::save;
pub use wanted::Home;
pub use went::went_empty;

use std::path::PathBuf;
use std::sync::Arc;

use url::Url;

use super::reader;
use super::session::find_repository;
use super::{Connected, Environment, Error, Person, TargetOptions};
use crate::apply::Surroundings;
use crate::prometheus::Prometheus;
use crate::repository::Repository;
use crate::verify::{Metrics, Renames, Verdicts};
use dashboard::Verifier;
use source::Door;
use sources::Sources;
use wanted::Reader;

/// What is looked at, and how.
#[derive(Debug, Clone, Default)]
pub struct VerifyOptions {
    /// Names, uids, folders and globs of the repository, files, catalog ids, uids of a Grafana; all of the repository where
    /// nothing is said.
    pub what: Vec<String>,
    /// The Grafana that is meant.
    pub target: TargetOptions,
    /// What answers the queries.
    pub against: Against,
    /// Whether queries are rewritten by the rename rules.
    pub fix: bool,
    /// Whether nothing is written.
    pub dry_run: bool,
}

/// What answers the queries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Against {
    /// The Prometheus behind each data source, through Grafana.
    #[default]
    Grafana,
    /// One Prometheus, at its own URL.
    Prometheus(Url),
    /// A file of metrics.
    File(PathBuf),
}

/// What came of it.
#[derive(Debug)]
pub struct Verified {
    /// What was found.
    pub verdicts: Verdicts,
    /// What was rewritten.
    pub fixed: Vec<Fixed>,
    /// How many dashboards could not be read.
    pub unread: usize,
    /// The Prometheuses that could not be asked, with why.
    pub down: Vec<String>,
}

/// The connection to what answers.
#[derive(Debug)]
struct Open {
    repository: Option<Repository>,
    target: Option<String>,
    grafana: Option<Arc<crate::grafana::Grafana>>,
    surroundings: Option<Surroundings>,
    sources: Sources,
}

/// Looks at dashboards, and rewrites their queries where that was asked for.
///
/// # Errors
///
/// A word that means nothing, a target or a file that can't be read, or a Prometheus of which nothing at all could be asked.
pub async fn verify(options: &VerifyOptions, person: Arc<dyn Person>) -> Result<Verified, Error> {
    let environment = Environment::of_process();
    let open = open(options, &environment).await?;
    let reader = Reader {
        from: reader::Reader {
            repository: open.repository.as_ref(),
            target: open.target.as_deref(),
            grafana: open.grafana.as_deref(),
            surroundings: open.surroundings.as_ref(),
            environment: &environment,
        },
        person: &*person,
    };
    let found = async {
        let (mut read, unread) = reader.read(&options.what).await?;
        let own = open
            .repository
            .as_ref()
            .map_or(&[][..], |repository| &repository.config().renames);
        let renames = Renames::with(own);
        let verifier = Verifier {
            sources: &open.sources,
            renames: &renames,
            fix_all: options.fix,
            now: now(),
        };
        let several = read.len() > 1;
        let mut verdicts = Verdicts::default();
        let mut fixed = Vec::new();
        for one in &mut read {
            if several {
                person.progress(&format!("looking at {}", one.wanted.name));
            }
            let verdict = match options.fix {
                true => fix::look_and_fix(&verifier, one, &mut fixed).await,
                false => verifier.look_at(&one.wanted).await,
            };
            verdicts.dashboards.push(verdict);
        }
        Ok::<_, Error>((verdicts, fixed, unread))
    }
    .await;
    if let Some(grafana) = &open.grafana {
        grafana.close().await;
    }
    let (mut verdicts, fixed, unread) = found?;
    verdicts.requests = open.sources.all().map(|source| source.requests()).sum();
    let down = down(&open.sources);
    if !fixed.is_empty() && !options.dry_run {
        fix::write(open.repository.as_ref(), &fixed, &*person)?;
    }
    nothing_asked(&verdicts, &down)?;
    Ok(Verified {
        verdicts,
        fixed,
        unread,
        down,
    })
}

async fn open(options: &VerifyOptions, environment: &Environment) -> Result<Open, Error> {
    let repository = find_repository()?;
    let sources = match &options.against {
        Against::Prometheus(url) => {
            let prometheus = Prometheus::new(url.clone()).and_then(|one| one.patient(options.target.timeout));
            let prometheus = prometheus.map_err(Error::new)?;
            Some(Sources::one(&shown(url), Door::Direct(prometheus), Metrics::default()))
        }
        Against::File(path) => {
            let wrong = |error: &dyn std::fmt::Display| Error::new(format!("{}: {error}", path.display()));
            let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
            let metrics = Metrics::read(&text).map_err(|error| {
                wrong(&error).hint("make one with `dashctl verify --save-metrics FILE`, or save an exporter's /metrics")
            })?;
            Some(Sources::one(&path.display().to_string(), Door::File, metrics))
        }
        Against::Grafana => None,
    };
    if let Some(sources) = sources {
        let target = options.target.target.clone();
        return Ok(Open {
            repository,
            target,
            grafana: None,
            surroundings: None,
            sources,
        });
    }
    let Connected { grafana, target, .. } = options.target.connect(repository.as_ref(), environment)?;
    let grafana = Arc::new(grafana);
    let surroundings = Surroundings::read(&grafana, false).await?;
    Ok(Open {
        repository,
        target,
        sources: Sources::of_grafana(&grafana, surroundings.data_sources.clone()),
        grafana: Some(grafana),
        surroundings: Some(surroundings),
    })
}

/// A URL without what may be secret in it.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both fail only where there is no host, and so nothing to hide.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

fn down(sources: &Sources) -> Vec<String> {
    let down = sources.all().filter_map(|source| Some((source, source.down()?)));
    down.map(|(source, refused)| format!("{}: {}", source.name, refused.said))
        .collect()
}

/// Where no query at all was answered, there is no verdict.
fn nothing_asked(verdicts: &Verdicts, down: &[String]) -> Result<(), Error> {
    use crate::verify::State;
    let queries = || {
        let dashboards = verdicts.dashboards.iter();
        dashboards.flat_map(|one| one.panels.iter().flat_map(|panel| &panel.queries).chain(&one.variables))
    };
    let answered = queries().any(|query| matches!(query.state, State::Data | State::Empty));
    match down.first() {
        Some(why) if !answered => Err(Error::new(format!("asking Prometheus: {why}"))
            .hint("`dashctl datasource check` tells whether Grafana reaches it; --offline --metrics FILE needs none")),
        _ => Ok(()),
    }
}

/// The time, in seconds since 1970.
fn now() -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of our age are exact in it")]
    let milliseconds = jiff::Timestamp::now().as_millisecond() as f64;
    milliseconds / 1000.0
}

//! What differs between two dashboards, wherever they are?
//!
//! Without operands, or with words that choose dashboards of the repository, live is compared with desired. With two
//! sides (files, revisions, live dashboards, their versions) one is compared with the other.

mod file;
mod of_git;
mod operand;

pub use of_git::{Between, of_files};

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::library::PanelItem;
use super::reader::Reader;
use super::survey::template_lines;
use super::{
    Environment, Error, Kind, Person, Review, ReviewOptions, Session, TargetOptions, find_repository, repository_here,
};
use crate::apply::Surroundings;
use crate::dashboard::Document;
use crate::dashboard::compare::{Comparison, Context, IgnoreRule, compare};
use crate::plan::{Item, TemplateLine};
use crate::repository::{Name, Repository};
use operand::Operand;

/// What is compared.
#[derive(Debug, Clone, Default)]
pub struct DiffOptions {
    /// Two sides, or words that choose dashboards of the repository.
    pub what: Vec<String>,
    /// Whether dashboards are compared as well that don't differ.
    pub all: bool,
    /// A saved list of data sources of the Grafana that both sides are for.
    pub data_sources: Option<PathBuf>,
    /// Which Grafana, and as whom.
    pub target: TargetOptions,
}

/// Two dashboards, and what they are called.
#[derive(Debug)]
pub struct Pair {
    /// The dashboard's name, where it is one of the repository.
    pub name: Option<String>,
    /// What the sides are called.
    pub labels: [String; 2],
    /// The sides.
    pub sides: [Value; 2],
    /// What differs.
    pub comparison: Comparison,
    /// How many differences the user's ignore rules cover.
    pub ignored: usize,
    /// Which line of its template each change comes from, where a template makes it.
    pub template: Vec<TemplateLine>,
}

/// What was compared.
#[derive(Debug)]
pub struct Differences {
    /// Pair by pair.
    pub pairs: Vec<Pair>,
    /// Whether there is one that differs and can't be shown.
    pub unread: bool,
    /// How bad it is that some could not be looked at.
    pub failure: Option<Kind>,
}

/// Compares.
///
/// # Errors
///
/// A side that can't be read or is no dashboard, or a server that can't be reached.
pub async fn diff(options: &DiffOptions, person: Arc<dyn Person>) -> Result<Differences, Error> {
    let operands: Vec<Operand> = options.what.iter().map(|word| Operand::parse(word)).collect();
    let pair = match &operands[..] {
        [one, other] if one.is_a_side() || other.is_a_side() => two(options, one, other).await?,
        [Operand::Version(uid, version)] => {
            let live = Operand::Live(uid.clone());
            two(options, &Operand::Version(uid.clone(), *version), &live).await?
        }
        [Operand::File(path)] => {
            let uid = file::dashboard(path)?
                .get("uid")
                .and_then(Value::as_str)
                .map(str::to_owned);
            let uid = uid.ok_or_else(|| Error::usage(format!("{} has no uid; name the other side", path.display())))?;
            two(options, &Operand::File(path.clone()), &Operand::Live(uid)).await?
        }
        words if words.iter().any(Operand::is_a_side) => {
            return Err(Error::usage(
                "a file, a revision or a version is compared with one other side",
            ));
        }
        _ => return of_repository(options, person).await,
    };
    Ok(Differences {
        pairs: vec![pair],
        unread: false,
        failure: None,
    })
}

/// One side compared with the other. A Grafana is asked only where a side is live, or one was named.
async fn two(options: &DiffOptions, one: &Operand, other: &Operand) -> Result<Pair, Error> {
    let environment = Environment::of_process();
    let repository = find_repository()?;
    let wanted = options.target.url.is_some() || options.target.target.is_some();
    let connected = match wanted || one.is_live(repository.as_ref()) || other.is_live(repository.as_ref()) {
        true => Some(options.target.connect(repository.as_ref(), &environment)?),
        false => None,
    };
    let grafana = connected.as_ref().map(|connected| &connected.grafana);
    let surroundings = match grafana {
        Some(grafana) => Some(Surroundings::read(grafana, false).await?),
        None => None,
    };
    let reader = Reader {
        repository: repository.as_ref(),
        target: connected.as_ref().and_then(|connected| connected.target.as_deref()),
        grafana,
        surroundings: surroundings.as_ref(),
        environment: &environment,
    };
    let sides = async { Ok::<_, Error>([one.read(&reader).await?, other.read(&reader).await?]) }.await;
    if let Some(grafana) = grafana {
        grafana.close().await;
    }
    let sides = sides?;
    let context = match (&options.data_sources, &surroundings) {
        (Some(path), _) => Context::with_data_sources(file::data_sources(path)?),
        (None, Some(surroundings)) => surroundings.context(),
        (None, None) => Context::default(),
    };
    let context = match &repository {
        Some(repository) => context.with_fill_ins(&repository.config().noise),
        None => context,
    };
    let label = |operand: &Operand| match operand {
        Operand::File(path) => path.display().to_string(),
        Operand::Catalog(id, revision) => format!("{id}@{revision}"),
        Operand::Version(uid, version) => format!("{uid}@v{version}"),
        Operand::Live(uid) => format!("{uid} (live)"),
        Operand::Named(word) => word.clone(),
    };
    Ok(Pair {
        name: None,
        labels: [label(one), label(other)],
        comparison: compare(&sides[0], &sides[1], &context),
        sides,
        ignored: 0,
        template: Vec::new(),
    })
}

/// Live and desired of the dashboards that were chosen.
async fn of_repository(options: &DiffOptions, person: Arc<dyn Person>) -> Result<Differences, Error> {
    let session = Session::open(repository_here()?, &options.target, person)?;
    let chosen = ReviewOptions {
        what: options.what.clone(),
        ..ReviewOptions::default()
    };
    let review = Review::make_all(session, &chosen).await?;
    let person = &review.session.person;
    for failed in &review.failed {
        person.warn(&format!("{}: {}", failed.name, failed.error.message()));
    }
    let mut pairs = panels(options, &review);
    let mut unread = false;
    for item in review.items.iter().filter(|item| options.all || Item::differs(item)) {
        let name = Name::parse(&item.name).map_err(Error::new)?;
        let desired = review.survey.desired(&name)?;
        let live = review.session.grafana.dashboard(desired.uid.as_str()).await?;
        let live = match live.map(|live| live.document).transpose() {
            Ok(live) => live.map(Document::into_content).unwrap_or_default(),
            Err(other) => {
                person.warn(&format!("{name}: {other}"));
                unread = true;
                continue;
            }
        };
        let found = compare(desired.dashboard.content(), &live, review.survey.context()).reversed();
        let found = IgnoreRule::apply(&desired.ignore, found);
        let Session { repository, target, .. } = &review.session;
        let origin = repository.origin(&name, target.as_deref())?;
        let template = origin.map_or_else(Vec::new, |origin| template_lines(&origin, &found.kept));
        pairs.push(Pair {
            template,
            name: Some(item.name.clone()),
            labels: [format!("{} (live)", item.uid), file_of(repository, &name)?],
            sides: [live, desired.dashboard.into_content()],
            comparison: found.kept,
            ignored: found.ignored.len() + found.undecidable.len(),
        });
    }
    review.close().await;
    Ok(Differences {
        pairs,
        unread,
        failure: review.failure(),
    })
}

/// Live and desired of the library panels that were chosen, each as a dashboard of that panel.
fn panels(options: &DiffOptions, review: &Review) -> Vec<Pair> {
    let wanted = review
        .library
        .iter()
        .filter(|panel| options.all || panel.item.differs());
    let pair = |panel: &PanelItem| {
        let live = panel
            .live
            .as_ref()
            .map(|live| live.panel.as_dashboard())
            .unwrap_or_default();
        let desired = panel.desired.dashboard.content().clone();
        let found = compare(&desired, &live, review.survey.context()).reversed();
        let found = IgnoreRule::apply(&panel.desired.ignore, found);
        Pair {
            name: Some(panel.item.name.clone()),
            labels: [
                format!("{} (live)", panel.item.uid),
                format!("{}.json", panel.item.name),
            ],
            sides: [live, desired],
            comparison: found.kept,
            ignored: found.ignored.len() + found.undecidable.len(),
            template: Vec::new(),
        }
    };
    wanted.map(pair).collect()
}

/// The file that makes a dashboard: its own, or the one whose template makes many.
fn file_of(repository: &Repository, name: &Name) -> Result<String, Error> {
    let (yaml, sidecar) = repository.sidecar(name)?;
    let file = match sidecar.template {
        Some(_) => yaml,
        None => name.json(repository.root()),
    };
    Ok(repository.relative(&file).display().to_string())
}

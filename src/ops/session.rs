use std::sync::Arc;

use super::selection::Selection;
use super::{Connected, Environment, Error, Person, TargetOptions, Vault};
use crate::dashboard::compare::IgnoreRule;
use crate::dashboard::inputs::{self, Answers, Candidate, GivenAnswers, Reference, Unanswered};
use crate::grafana::Grafana;
use crate::plan::Desired;
use crate::repository::{Config, Entry, Name, Repository};

/// A repository and the Grafana that it is applied to.
#[derive(Debug)]
pub struct Session {
    /// The repository.
    pub repository: Repository,
    /// The client.
    pub grafana: Arc<Grafana>,
    /// The target's name in the repository.
    pub target: Option<String>,
    /// Who is told and asked.
    pub person: Arc<dyn Person>,
    /// The secrets that the repository may name, where the user has confirmed that this Grafana may get them.
    pub vault: Option<Vault>,
}

/// The repository that the current folder lies in.
///
/// # Errors
///
/// There is none, or its settings can't be read.
pub fn repository_here() -> Result<Repository, Error> {
    find_repository()?.ok_or_else(|| {
        Error::usage("this is no dashctl repository: there is no dashctl.yaml here or above")
            .hint("make one with `dashctl init`")
    })
}

/// The repository that the current folder lies in, if any.
///
/// # Errors
///
/// Its settings can't be read.
pub fn find_repository() -> Result<Option<Repository>, Error> {
    let here = std::env::current_dir().map_err(|error| Error::new(format!("the current folder: {error}")))?;
    Ok(Repository::discover(&here)?)
}

impl Session {
    /// Opens the connection to a repository's target.
    ///
    /// # Errors
    ///
    /// No target, or settings that can't be used.
    pub fn open(repository: Repository, target: &TargetOptions, person: Arc<dyn Person>) -> Result<Self, Error> {
        let environment = Environment::of_process();
        let Connected {
            grafana, target, vault, ..
        } = target.connect(Some(&repository), &environment)?;
        Ok(Self {
            repository,
            grafana: Arc::new(grafana),
            target,
            person,
            vault,
        })
    }

    /// The names of the dashboards that were asked for; all of them where nothing was.
    ///
    /// # Errors
    ///
    /// A word that no dashboard answers to.
    pub fn select(&self, what: &[String]) -> Result<Vec<Name>, Error> {
        Selection::new(what)?.names(&self.repository, self.target.as_deref())
    }

    /// The names of the dashboards and of the library panels that were asked for; all of them where nothing was.
    ///
    /// # Errors
    ///
    /// A word that neither answers to.
    pub fn select_all(&self, what: &[String]) -> Result<(Vec<Name>, Vec<Name>), Error> {
        Selection::new(what)?.names_and_library(&self.repository, self.target.as_deref())
    }
}

/// What the repository says about answers, for one target.
pub fn wishes(config: Option<&Config>, target: Option<&str>, entry: &Entry) -> GivenAnswers {
    let of_target = target
        .and_then(|name| config?.targets.get(name))
        .map(|target| &target.answers);
    let mut by_input = of_target.cloned().unwrap_or_default();
    by_input.extend(entry.sidecar.answers(target));
    GivenAnswers {
        by_input,
        data_sources: config
            .and_then(|config| config.defaults.datasource.clone())
            .into_iter()
            .collect(),
    }
}

/// The ignore rules of the repository and of a dashboard's own sidecar.
///
/// # Errors
///
/// A text that is no rule, with the file that it stands in.
pub fn ignore_rules(config: Option<&Config>, entry: &Entry) -> Result<Vec<IgnoreRule>, Error> {
    let of_config = config.map(|config| config.ignore.as_slice()).unwrap_or_default();
    let parse = |file: String, text: &String| {
        text.parse()
            .map_err(|error| Error::new(format!("{file}: ignore: {text:?}: {error}")))
    };
    let mut rules = Vec::new();
    for text in of_config {
        rules.push(parse("dashctl.yaml".to_owned(), text)?);
    }
    for text in &entry.sidecar.ignore {
        rules.push(parse(format!("dashboards/{}.yaml", entry.name), text)?);
    }
    Ok(rules)
}

/// What a dashboard of the repository shall be on a target.
///
/// # Errors
///
/// Inputs that nothing answers.
pub fn desired(
    entry: Entry,
    wishes: &GivenAnswers,
    candidates: &[Candidate],
    reference: Reference,
    ignore: Vec<IgnoreRule>,
) -> Result<(Desired, Answers), Vec<Unanswered>> {
    let answers = inputs::answer(
        &inputs::asked(entry.dashboard.content(), wishes, candidates),
        wishes,
        candidates,
    )?;
    let desired = Desired {
        label: entry.name.to_string(),
        folder: entry.name.folder(),
        uid: entry.uid,
        elements: inputs::elements(entry.dashboard.content(), &answers, reference),
        dashboard: entry
            .dashboard
            .map(|dashboard| inputs::resolve(dashboard, &answers, reference)),
        pulled: None,
        folder_uids: Vec::new(),
        ignore,
    };
    Ok((desired, answers))
}

/// Inputs that stay open, as a error.
pub fn unanswered(name: &Name, open: &[Unanswered]) -> Error {
    let lines: Vec<String> = open.iter().map(|open| format!("{name}: {open}")).collect();
    Error::new(format!("inputs stay open:\n  {}", lines.join("\n  "))).hint(format!(
        "answer them under `answers:` in dashboards/{name}.yaml, or for all dashboards of a target in dashctl.yaml"
    ))
}

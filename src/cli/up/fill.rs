use std::sync::Arc;

use super::{Args, prometheus, the_seven};
use crate::cli::ask::Terminal;
use crate::cli::output::print;
use crate::cli::{Environment, Exit, Failure, apply};
use crate::grafana::Grafana;
use crate::ops::import::Import;
use crate::ops::{Person, Session, Unattended, Vault, data_sources};
use crate::repository::{DeclaredDataSource, Repository};
use crate::stack::Settings;

/// What goes into a Grafana that has just come up: the data source, and the repository's dashboards or the seven.
pub struct Fill<'a> {
    args: &'a Args,
    repository: Option<&'a Repository>,
    own: Option<DeclaredDataSource>,
    shown_as: Option<String>,
}

impl<'a> Fill<'a> {
    /// With the data source of the stack's own Prometheus, at the URL that Grafana reaches it at, unless the repository
    /// declares one with its uid or name.
    pub fn new(args: &'a Args, repository: Option<&'a Repository>, settings: &Settings, url: &str) -> Self {
        let own = prometheus(url, &settings.prometheus.scrape_interval);
        let declared = repository.map_or(&[][..], |repository| &repository.config().datasources);
        let is_declared = declared.iter().any(|one| one.uid == own.uid || one.name == own.name);
        Self {
            args,
            repository,
            own: (settings.prometheus.enabled && !is_declared).then_some(own),
            shown_as: None,
        }
    }

    /// Shows this URL in place of Grafana's: a forwarded port ends with the run.
    #[must_use]
    pub fn shown_as(self, url: Option<String>) -> Self {
        Self { shown_as: url, ..self }
    }

    /// Puts it there.
    ///
    /// # Errors
    ///
    /// What Grafana refused, or a source of dashboards that can't be reached.
    pub async fn carry_out(&self, grafana: &Arc<Grafana>) -> Result<Exit, Failure> {
        if let Some(own) = &self.own {
            let done = data_sources::ensure(grafana, own).await?;
            print(&format!("data source {}: {done}\n", own.name))?;
        }
        let Some(repository) = self.repository else {
            return self.import(grafana).await;
        };
        let is_empty = repository.names()?.is_empty();
        let applied = apply::over(session(repository, grafana), false).await?;
        match is_empty {
            true => Ok(applied.worse(self.import(grafana).await?)),
            false => Ok(applied),
        }
    }

    /// Shows what would be put there.
    ///
    /// # Errors
    ///
    /// Grafana can't be read, or a source of dashboards can't be reached.
    pub async fn foresee(&self, grafana: &Arc<Grafana>) -> Result<Exit, Failure> {
        if let Some(own) = &self.own {
            let there = grafana.data_sources().await?.iter().any(|source| source.uid == own.uid);
            let words = if there { "is there" } else { "would be created" };
            print(&format!("data source {}: {words}\n", own.name))?;
        }
        match self.repository {
            Some(repository) if !repository.names()?.is_empty() => {
                apply::over(session(repository, grafana), true).await
            }
            _ => self.import(grafana).await,
        }
    }

    async fn import(&self, grafana: &Grafana) -> Result<Exit, Failure> {
        let import = Import {
            options: &the_seven(self.args),
            // The question was asked before anything began.
            person: &Unattended,
            environment: &Environment::of_process(),
            repository: self.repository,
            target: None,
            grafana: Some(grafana),
        };
        let result = import.run().await?;
        let shown = match &self.shown_as {
            Some(url) => result.to_string().replace(grafana.url().trim_end_matches('/'), url),
            None => result.to_string(),
        };
        print(&shown)?;
        Ok(Exit::of(result.failure()))
    }
}

fn session(repository: &Repository, grafana: &Arc<Grafana>) -> Session {
    let target = repository.config().target(None).ok().flatten();
    Session {
        person: Arc::new(Terminal { yes: true }) as Arc<dyn Person>,
        target: target.map(|(name, _)| name.to_owned()),
        repository: repository.clone(),
        grafana: grafana.clone(),
        vault: Some(Vault::of_own_stack(grafana, &Environment::of_process())),
    }
}

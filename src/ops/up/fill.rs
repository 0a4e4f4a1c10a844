use std::sync::Arc;

use super::{Finish, UpOptions, prometheus, the_seven};
use crate::grafana::Grafana;
use crate::ops::import::Import;
use crate::ops::verify::{SETTLED, brief};
use crate::ops::{
    Apply, ApplyOptions, Environment, Error, Review, ReviewOptions, Session, Unattended, Vault, data_sources,
};
use crate::repository::{DeclaredDataSource, Repository};
use crate::stack::Settings;

/// What goes into a Grafana that has just come up: the data source, and the repository's dashboards or the seven.
pub struct Fill<'a> {
    options: &'a UpOptions,
    repository: Option<&'a Repository>,
    own: Option<DeclaredDataSource>,
    shown_as: Option<String>,
}

impl<'a> Fill<'a> {
    /// With the data source of the stack's own Prometheus, at the URL that Grafana reaches it at, unless the repository
    /// declares one with its uid or name.
    pub fn new(options: &'a UpOptions, repository: Option<&'a Repository>, settings: &Settings, url: &str) -> Self {
        let own = prometheus(url, &settings.prometheus.scrape_interval);
        let declared = repository.map_or(&[][..], |repository| &repository.config().datasources);
        let is_declared = declared.iter().any(|one| one.uid == own.uid || one.name == own.name);
        Self {
            options,
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
    pub async fn carry_out(&self, grafana: &Arc<Grafana>) -> Result<Finish, Error> {
        if let Some(own) = &self.own {
            let done = data_sources::ensure(grafana, own).await?;
            self.options.person.show(&format!("data source {}: {done}\n", own.name));
        }
        let Some(repository) = self.repository else {
            return self.import(grafana).await;
        };
        let is_empty = repository.names()?.is_empty();
        let applied = self.apply(repository, grafana, false).await?;
        match is_empty {
            true => Ok(applied.and(self.import(grafana).await?)),
            false => Ok(applied),
        }
    }

    /// Shows what would be put there.
    ///
    /// # Errors
    ///
    /// Grafana can't be read, or a source of dashboards can't be reached.
    pub async fn foresee(&self, grafana: &Arc<Grafana>) -> Result<Finish, Error> {
        if let Some(own) = &self.own {
            let there = grafana.data_sources().await?.iter().any(|source| source.uid == own.uid);
            let words = if there { "is there" } else { "would be created" };
            self.options
                .person
                .show(&format!("data source {}: {words}\n", own.name));
        }
        match self.repository {
            Some(repository) if !repository.names()?.is_empty() => self.apply(repository, grafana, true).await,
            _ => self.import(grafana).await,
        }
    }

    async fn import(&self, grafana: &Arc<Grafana>) -> Result<Finish, Error> {
        let import = Import {
            options: &the_seven(self.options.source.clone(), self.options.dry_run),
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
        self.options.person.show(&shown);
        if self.options.verify
            && !self.options.dry_run
            && let Some(line) = brief(grafana, &result.saved(), SETTLED).await
        {
            self.options.person.show(&format!("{line}\n"));
        }
        Ok(Finish::of(result.failure()))
    }

    /// Applies the repository, or shows what that would do. Drift is left alone; the question was asked before.
    async fn apply(&self, repository: &Repository, grafana: &Arc<Grafana>, dry_run: bool) -> Result<Finish, Error> {
        let person = &self.options.person;
        let target = repository.config().target(None).ok().flatten();
        let session = Session {
            person: person.clone(),
            target: target.map(|(name, _)| name.to_owned()),
            repository: repository.clone(),
            grafana: grafana.clone(),
            vault: Some(Vault::of_own_stack(grafana, &Environment::of_process())),
        };
        let mut review = Review::make(session, &ReviewOptions::default()).await?;
        let options = ApplyOptions::default();
        review.foresee(options.permissions, false).await?;
        let apply = Apply::prepare(&review, &options, None, true).await?;
        let failure = Finish::of(review.failure());
        if dry_run || !apply.writes() {
            person.show(&apply.text(person.colours()));
            return Ok(failure.differs_if(review.differs()));
        }
        let result = apply.carry_out().await?;
        for failed in &review.failed {
            person.show(&format!("x failed    {}: {}\n", failed.name, failed.error.message()));
        }
        person.show(&result.to_string());
        Ok(failure
            .and(Finish::of(result.failure()))
            .differs_if(apply.leaves_alone()))
    }
}

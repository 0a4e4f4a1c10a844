use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{Args, notes, prometheus, the_seven};
use crate::cli::import::Import;
use crate::cli::output::{print, progress, warn};
use crate::cli::session::Session;
use crate::cli::stack::{Page, StackSession, ids, possible, reset_command, wait_until_ready, write};
use crate::cli::{Environment, Exit, Failure, apply, ask, datasource};
use crate::grafana::{Connection, Credentials, ErrorKind, Grafana};
use crate::prometheus::Prometheus;
use crate::report::StackText;
use crate::repository::DeclaredDataSource;
use crate::stack::kubernetes::{AdminPassword, Forward, StackPlan, forward};
use crate::stack::{Kind, ObjectId};

/// How long Prometheus gets for the first scrape of what it has just found.
const FIRST_SCRAPE: Duration = Duration::from_secs(45);

/// Installs the stack in a cluster, and fills its Grafana.
///
/// # Errors
///
/// What was found wrong before the first write, what isn't ready in time, or what Grafana refused.
pub async fn run(args: &Args) -> Result<Exit, Failure> {
    let deadline = Instant::now() + args.install.timeout;
    let session = StackSession::open(&args.cluster).await?;
    let password = session.password(&args.install).await?;
    let objects = session.objects(password.as_ref())?;
    session.preflight(&objects).await?;
    let plan = session.plan(objects, args.install.adopt).await?;
    let up = Up::new(args, session, deadline);
    if args.dry_run {
        return up.foresee(&plan, password.as_ref()).await;
    }
    up.install(&plan).await?;
    let wanted = ids(&plan);
    let (balancers, workloads): (Vec<ObjectId>, Vec<ObjectId>) =
        wanted.into_iter().partition(|id| id.kind == Kind::Service);
    wait_until_ready(&up.session, &workloads, deadline).await?;
    up.finish(password.as_ref(), &balancers).await
}

/// A stack that is being brought up.
pub(super) struct Up<'a> {
    args: &'a Args,
    pub session: StackSession,
    deadline: Instant,
}

impl<'a> Up<'a> {
    pub fn new(args: &'a Args, session: StackSession, deadline: Instant) -> Self {
        Self {
            args,
            session,
            deadline,
        }
    }

    /// When the workloads are ready: what Grafana holds, what Prometheus scrapes, and how to reach both.
    ///
    /// # Errors
    ///
    /// What Grafana refused, or a load balancer without an address.
    pub async fn finish(&self, password: Option<&AdminPassword>, balancers: &[ObjectId]) -> Result<Exit, Failure> {
        let exit = match password {
            Some(password) => self.fill(password).await?,
            None => Exit::Done,
        };
        self.show_targets().await?;
        // A load balancer may take minutes, and nothing above needs it.
        let addressed = wait_until_ready(&self.session, balancers, self.deadline).await;
        print(&notes::text(&self.session, password).await?)?;
        addressed.map(|()| exit)
    }

    async fn install(&self, plan: &StackPlan) -> Result<(), Failure> {
        let force = self.args.install.force_conflicts;
        possible(plan, force)?;
        if !plan.has_work() {
            return print(&format!(
                "The stack is installed in {} as the settings say: nothing to change.\n",
                self.session.place()
            ));
        }
        let text = StackText { plan, drift: false };
        let question = format!(
            "{text}Install this, and the data source and dashboards, in {}?",
            self.session.place()
        );
        if !ask::confirm(&question, self.args.yes)? {
            return Err(Failure::new("nothing was written, as you said"));
        }
        write(&self.session, plan, force).await
    }

    /// The data source, then the dashboards.
    async fn fill(&self, password: &AdminPassword) -> Result<Exit, Failure> {
        let (grafana, _forward) = self.grafana(password).await?;
        let filled = self.fill_through(grafana.clone()).await;
        grafana.close().await;
        filled
    }

    async fn fill_through(&self, grafana: Arc<Grafana>) -> Result<Exit, Failure> {
        if let Some(own) = self.own_data_source() {
            let done = datasource::ensure(&grafana, &own).await?;
            print(&format!("data source {}: {done}\n", own.name))?;
        }
        let environment = Environment::of_process();
        let Some(repository) = self.session.repository.clone() else {
            return self.import(&grafana, &environment, None).await;
        };
        let is_empty = repository.names()?.is_empty();
        let target = repository
            .config()
            .target(None)
            .ok()
            .flatten()
            .map(|(name, _)| name.to_owned());
        let session = Session {
            repository: repository.clone(),
            grafana: grafana.clone(),
            target,
            environment: environment.clone(),
        };
        let exit = apply::apply_over(session).await?;
        if is_empty {
            let imported = self.import(&grafana, &environment, Some(&repository)).await?;
            return Ok(exit.worse(imported));
        }
        Ok(exit)
    }

    async fn import(
        &self,
        grafana: &Grafana,
        environment: &Environment,
        repository: Option<&crate::repository::Repository>,
    ) -> Result<Exit, Failure> {
        let args = crate::cli::import::Args {
            dry_run: self.args.dry_run,
            ..the_seven(self.args)
        };
        let import = Import {
            args: &args,
            environment,
            repository,
            target: None,
            grafana: Some(grafana),
        };
        let result = import.run().await?;
        // The forwarded port ends with this run; the usual one is where `stack forward` brings Grafana.
        let usual = format!("http://127.0.0.1:{}", Page::Grafana.port());
        let shown = match self.args.grafana_url {
            Some(_) => result.to_string(),
            None => result.to_string().replace(grafana.url().trim_end_matches('/'), &usual),
        };
        print(&shown)?;
        Ok(result.exit())
    }

    /// The data source of the stack's own Prometheus, unless the repository declares one with its uid.
    fn own_data_source(&self) -> Option<DeclaredDataSource> {
        let settings = &self.session.settings;
        let url = format!(
            "http://prometheus-server.{}.svc.cluster.local",
            settings.namespaces.prometheus
        );
        let own = prometheus(&url, &settings.prometheus.scrape_interval);
        let declared = self
            .session
            .repository
            .as_ref()
            .map(|repository| &repository.config().datasources);
        let is_declared = declared.is_some_and(|all| all.iter().any(|one| one.uid == own.uid || one.name == own.name));
        (settings.prometheus.enabled && !is_declared).then_some(own)
    }

    /// A session in the new Grafana, which proves that the Secret's password logs in.
    async fn grafana(&self, password: &AdminPassword) -> Result<(Arc<Grafana>, Option<Forward>), Failure> {
        let (url, forward) = match &self.args.grafana_url {
            Some(url) => (url.clone(), None),
            None => {
                let forward = self.forward(Page::Grafana).await?;
                let url = format!("http://{}", forward.local).parse().map_err(Failure::new)?;
                (url, Some(forward))
            }
        };
        let credentials = Credentials::Password {
            user: password.user.clone(),
            password: password.password.clone(),
        };
        let grafana = Grafana::new(Connection::new(url, credentials))?;
        self.until_it_answers(&grafana).await?;
        match grafana.identity().await {
            Ok(identity) => progress(&format!(
                "Grafana: the password of {} logs in (organisation {})",
                password.id, identity.org_name
            )),
            Err(error) if error.kind() == &ErrorKind::NotAuthenticated => {
                return Err(Failure::from(error).hint(format!(
                    "the password in {} isn't Grafana's any more: it counts only when the database is made. Set it anew: {}",
                    password.id,
                    reset_command(&self.session.settings)
                )));
            }
            Err(error) => return Err(error.into()),
        }
        Ok((Arc::new(grafana), forward))
    }

    /// A pod is ready a moment before it answers through all that lies between.
    async fn until_it_answers(&self, grafana: &Grafana) -> Result<(), Failure> {
        loop {
            match grafana.health().await {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > self.deadline => return Err(error.into()),
                Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
            }
        }
    }

    async fn forward(&self, page: Page) -> Result<Forward, Failure> {
        let local = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        Ok(forward(&self.session.cluster, &page.service(&self.session.settings), local).await?)
    }

    /// What Prometheus scrapes, up and down, by job: the tutorial's look at its page of targets.
    async fn show_targets(&self) -> Result<(), Failure> {
        if !self.session.settings.prometheus.enabled {
            return Ok(());
        }
        let forward = self.forward(Page::Prometheus).await?;
        let url = format!("http://{}", forward.local).parse().map_err(Failure::new)?;
        let server = Prometheus::new(url).map_err(Failure::new)?;
        let until = (Instant::now() + FIRST_SCRAPE).min(self.deadline);
        let jobs = loop {
            let jobs = server.jobs().await;
            let fresh = jobs
                .as_ref()
                .is_ok_and(|jobs| !jobs.is_empty() && jobs.values().all(|job| job.unknown == 0));
            if fresh || Instant::now() > until {
                break jobs;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        };
        match jobs {
            Ok(jobs) => print(&notes::targets(&jobs)),
            Err(error) => {
                warn(&error.to_string());
                Ok(())
            }
        }
    }

    /// `--dry-run`: the objects, and the dashboards as far as there is a Grafana to compare with.
    async fn foresee(&self, plan: &StackPlan, password: Option<&AdminPassword>) -> Result<Exit, Failure> {
        print(&StackText { plan, drift: false }.to_string())?;
        possible(plan, self.args.install.force_conflicts)?;
        let differs = if plan.has_work() { Exit::Differs } else { Exit::Done };
        let Some(password) = password else { return Ok(differs) };
        let there = password.exists && (self.args.grafana_url.is_some() || self.forward(Page::Grafana).await.is_ok());
        if !there {
            print(&notes::dashboards_to_come(self.session.repository.as_ref())?)?;
            return Ok(differs);
        }
        let (grafana, _forward) = self.grafana(password).await?;
        let foreseen = self.foresee_dashboards(grafana.clone()).await;
        grafana.close().await;
        Ok(differs.worse(foreseen?))
    }

    async fn foresee_dashboards(&self, grafana: Arc<Grafana>) -> Result<Exit, Failure> {
        if let Some(own) = self.own_data_source() {
            let there = grafana.data_sources().await?.iter().any(|source| source.uid == own.uid);
            let words = if there { "is there" } else { "would be created" };
            print(&format!("data source {}: {words}\n", own.name))?;
        }
        let environment = Environment::of_process();
        match self.session.repository.clone() {
            Some(repository) if !repository.names()?.is_empty() => {
                let target = repository
                    .config()
                    .target(None)
                    .ok()
                    .flatten()
                    .map(|(name, _)| name.to_owned());
                let session = Session {
                    repository,
                    grafana,
                    target,
                    environment,
                };
                apply::foresee_over(session).await
            }
            repository => self.import(&grafana, &environment, repository.as_ref()).await,
        }
    }
}

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::fill::Fill;
use super::{Finish, UpOptions, notes, targets};
use crate::grafana::{Connection, Credentials, ErrorKind, Grafana};
use crate::ops::Error;
use crate::ops::person::declined;
use crate::ops::stack::{Page, StackSession, ids, possible, reset_command, wait_until_ready, write};
use crate::report::StackText;
use crate::stack::kubernetes::{AdminPassword, Forward, StackPlan, forward};
use crate::stack::{Kind, ObjectId};

/// Installs the stack in a cluster, and fills its Grafana.
///
/// # Errors
///
/// What was found wrong before the first write, what isn't ready in time, or what Grafana refused.
pub async fn run(options: &UpOptions) -> Result<Finish, Error> {
    let deadline = Instant::now() + options.install.timeout;
    let session = StackSession::open(&options.cluster, options.person.clone()).await?;
    let password = session.password(&options.install).await?;
    let objects = session.objects(password.as_ref())?;
    session.preflight(&objects).await?;
    let plan = session.plan(objects, options.install.adopt).await?;
    let up = Up::new(options, session, deadline);
    if options.dry_run {
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
    options: &'a UpOptions,
    pub session: StackSession,
    deadline: Instant,
}

impl<'a> Up<'a> {
    pub fn new(options: &'a UpOptions, session: StackSession, deadline: Instant) -> Self {
        Self {
            options,
            session,
            deadline,
        }
    }

    /// When the workloads are ready: what Grafana holds, what Prometheus scrapes, and how to reach both.
    ///
    /// # Errors
    ///
    /// What Grafana refused, or a load balancer without an address.
    pub async fn finish(&self, password: Option<&AdminPassword>, balancers: &[ObjectId]) -> Result<Finish, Error> {
        let exit = match password {
            Some(password) => self.fill(password).await?,
            None => Finish::default(),
        };
        self.show_targets().await?;
        // A load balancer may take minutes, and nothing above needs it.
        let addressed = wait_until_ready(&self.session, balancers, self.deadline).await;
        self.options.person.show(&notes::text(&self.session, password).await?);
        addressed?;
        Ok(exit)
    }

    async fn install(&self, plan: &StackPlan) -> Result<(), Error> {
        let force = self.options.install.force_conflicts;
        possible(plan, force)?;
        if !plan.has_work() {
            self.options.person.show(&format!(
                "The stack is installed in {} as the settings say: nothing to change.
",
                self.session.place()
            ));
            return Ok(());
        }
        let text = StackText { plan, drift: false };
        let question = format!(
            "{text}Install this, and the data source and dashboards, in {}?",
            self.session.place()
        );
        if !self.options.person.confirm(&question)? {
            return Err(declined());
        }
        write(&self.session, plan, force).await
    }

    /// The data source, then the dashboards.
    async fn fill(&self, password: &AdminPassword) -> Result<Finish, Error> {
        let (grafana, _forward) = self.grafana(password).await?;
        let filled = self.contents().carry_out(&grafana).await;
        grafana.close().await;
        filled
    }

    /// What goes into Grafana, which reaches Prometheus by its name within the cluster.
    fn contents(&self) -> Fill<'_> {
        let settings = &self.session.settings;
        let url = format!(
            "http://prometheus-server.{}.svc.cluster.local",
            settings.namespaces.prometheus
        );
        let usual = || format!("http://127.0.0.1:{}", Page::Grafana.port());
        let shown_as = self.options.grafana_url.is_none().then(usual);
        Fill::new(self.options, self.session.repository.as_ref(), settings, &url).shown_as(shown_as)
    }

    /// A session in the new Grafana, which proves that the Secret's password logs in.
    async fn grafana(&self, password: &AdminPassword) -> Result<(Arc<Grafana>, Option<Forward>), Error> {
        let (url, forward) = match &self.options.grafana_url {
            Some(url) => (url.clone(), None),
            None => {
                let forward = self.forward(Page::Grafana).await?;
                let url = format!("http://{}", forward.local).parse().map_err(Error::new)?;
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
            Ok(identity) => self.options.person.progress(&format!(
                "Grafana: the password of {} logs in (organisation {})",
                password.id, identity.org_name
            )),
            Err(error) if error.kind() == &ErrorKind::NotAuthenticated => {
                return Err(Error::from(error).hint(format!(
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
    async fn until_it_answers(&self, grafana: &Grafana) -> Result<(), Error> {
        loop {
            match grafana.health().await {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > self.deadline => return Err(error.into()),
                Err(_) => tokio::time::sleep(Duration::from_secs(1)).await,
            }
        }
    }

    async fn forward(&self, page: Page) -> Result<Forward, Error> {
        let local = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        Ok(forward(&self.session.cluster, &page.service(&self.session.settings), local).await?)
    }

    /// What Prometheus scrapes, up and down, by job: the tutorial's look at its page of targets.
    async fn show_targets(&self) -> Result<(), Error> {
        if !self.session.settings.prometheus.enabled {
            return Ok(());
        }
        let forward = self.forward(Page::Prometheus).await?;
        targets::show(
            &format!("http://{}", forward.local),
            self.deadline,
            &*self.options.person,
        )
        .await
    }

    /// `--dry-run`: the objects, and the dashboards as far as there is a Grafana to compare with.
    async fn foresee(&self, plan: &StackPlan, password: Option<&AdminPassword>) -> Result<Finish, Error> {
        self.options.person.show(&StackText { plan, drift: false }.to_string());
        possible(plan, self.options.install.force_conflicts)?;
        let differs = Finish::default().differs_if(plan.has_work());
        let Some(password) = password else { return Ok(differs) };
        let there =
            password.exists && (self.options.grafana_url.is_some() || self.forward(Page::Grafana).await.is_ok());
        if !there {
            self.options
                .person
                .show(&notes::dashboards_to_come(self.session.repository.as_ref())?);
            return Ok(differs);
        }
        let (grafana, _forward) = self.grafana(password).await?;
        let foreseen = self.contents().foresee(&grafana).await;
        grafana.close().await;
        Ok(differs.and(foreseen?))
    }
}

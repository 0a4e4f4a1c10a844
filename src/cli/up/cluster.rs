use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::fill::Fill;
use super::{Args, notes, targets};
use crate::cli::output::{print, progress};
use crate::cli::stack::Page;
use crate::cli::{Exit, Failure, ask};
use crate::grafana::{Connection, Credentials, ErrorKind, Grafana};
use crate::ops::stack::{StackSession, ids, possible, reset_command, wait_until_ready, write};
use crate::report::StackText;
use crate::stack::kubernetes::{AdminPassword, Forward, StackPlan, forward};
use crate::stack::{Kind, ObjectId};

/// Installs the stack in a cluster, and fills its Grafana.
///
/// # Errors
///
/// What was found wrong before the first write, what isn't ready in time, or what Grafana refused.
pub async fn run(args: &Args) -> Result<Exit, Failure> {
    let deadline = Instant::now() + args.install.timeout;
    let session = args.cluster.open().await?;
    let password = session.password(&(&args.install).into()).await?;
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
        addressed?;
        Ok(exit)
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
        Ok(write(&self.session, plan, force).await?)
    }

    /// The data source, then the dashboards.
    async fn fill(&self, password: &AdminPassword) -> Result<Exit, Failure> {
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
        let shown_as = self.args.grafana_url.is_none().then(usual);
        Fill::new(self.args, self.session.repository.as_ref(), settings, &url).shown_as(shown_as)
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
        targets::show(&format!("http://{}", forward.local), self.deadline).await
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
        let foreseen = self.contents().foresee(&grafana).await;
        grafana.close().await;
        Ok(differs.worse(foreseen?))
    }
}

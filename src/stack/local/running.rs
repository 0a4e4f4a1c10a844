use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt as _, join_all, pending, select_all};

use super::command::command;
use super::configuration;
use super::process::Process;
use super::{Component, Error, LocalPlan, Lock, Program};
use crate::grafana::Secret;

/// What starting takes beside the plan.
#[derive(Debug)]
pub struct Start {
    /// The folder, as this process alone has it.
    pub lock: Lock,
    /// The password of Grafana's admin, which the folder's file has too.
    pub password: Secret,
    /// A program that starts another and ends it when its own parent ends, even killed: `PROGRAM leash PARENT -- …`.
    pub leash: Option<PathBuf>,
    /// What stands in for Grafana, where the plan says so.
    pub stand_in: Box<dyn StandIn>,
}

/// Something within this process that answers as a Grafana does.
pub trait StandIn: std::fmt::Debug + Send {
    /// Starts it.
    fn start<'a>(&'a mut self, place: StandInPlace) -> BoxFuture<'a, Result<(), String>>;

    /// Ends it; one that was never started has ended.
    fn stop<'a>(&'a mut self) -> BoxFuture<'a, Result<(), String>>;
}

/// Where and for whom a stand-in is.
#[derive(Debug)]
pub struct StandInPlace {
    /// Where it listens; it chooses where nothing is said.
    pub address: Option<SocketAddr>,
    /// Where it keeps its store.
    pub data: PathBuf,
    /// The admin's login name.
    pub user: String,
    /// The admin's password.
    pub password: Secret,
}

/// The stack as it runs. [`LocalStack::stop`] ends it in order; dropped, its processes are killed.
pub struct LocalStack {
    processes: Vec<Process>,
    stand_in: Box<dyn StandIn>,
    // Given back when everything has ended.
    _lock: Lock,
}

impl LocalStack {
    /// Writes the configurations and starts everything. On Linux the processes end with the thread that calls this.
    ///
    /// # Errors
    ///
    /// What can't be written or started; what was started before is stopped.
    pub async fn start(plan: &LocalPlan, start: Start, grace: Duration) -> Result<Self, Error> {
        configuration::write(plan)?;
        let mut stack = Self {
            processes: Vec::new(),
            stand_in: start.stand_in,
            _lock: start.lock,
        };
        match stack.start_parts(plan, &start.password, start.leash).await {
            Ok(()) => Ok(stack),
            Err(error) => {
                // The first error is the one that matters.
                let _ = stack.stop(grace).await;
                Err(error)
            }
        }
    }

    async fn start_parts(&mut self, plan: &LocalPlan, password: &Secret, leash: Option<PathBuf>) -> Result<(), Error> {
        for part in &plan.parts {
            match command(plan, part, leash.as_deref()) {
                Some(command) => self.processes.push(Process::start(plan, part, command)?),
                None => self
                    .stand_in
                    .start(place(plan, password))
                    .await
                    .map_err(Error::StandIn)?,
            }
        }
        Ok(())
    }

    /// Waits until everything is ready, telling of each.
    ///
    /// # Errors
    ///
    /// One that ended or isn't ready in time.
    pub async fn until_ready(&mut self, timeout: Duration, tell: impl Fn(Component)) -> Result<(), Error> {
        // A second installation is refused and harmless.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // No proxy of the environment's lies between this machine and itself.
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(5))
            .build();
        let http = http.map_err(Error::Client)?;
        let tell = &tell;
        let all = self.processes.iter_mut().map(|process| {
            let http = &http;
            async move {
                process.until_ready(http, timeout).await?;
                tell(process.component());
                Ok(())
            }
        });
        futures::future::try_join_all(all).await.map(drop)
    }

    /// Waits until one of the processes ends, which none should.
    pub async fn end(&mut self) -> Error {
        let all: Vec<_> = self.processes.iter_mut().map(|process| process.end().boxed()).collect();
        match all.is_empty() {
            true => pending().await,
            false => select_all(all).await.0,
        }
    }

    /// Ends everything: asks, and kills after the grace. Which ones had to be killed.
    ///
    /// # Errors
    ///
    /// What couldn't be ended; the others are.
    pub async fn stop(mut self, grace: Duration) -> Result<Vec<Component>, Error> {
        self.processes.iter_mut().for_each(Process::terminate);
        let all = self.processes.into_iter().map(|process| async move {
            let component = process.component();
            let in_time = process.stop(grace).await?;
            Ok((!in_time).then_some(component))
        });
        let ended: Vec<Result<Option<Component>, Error>> = join_all(all).await;
        self.stand_in.stop().await.map_err(Error::StandIn)?;
        let killed: Result<Vec<Option<Component>>, Error> = ended.into_iter().collect();
        Ok(killed?.into_iter().flatten().collect())
    }
}

fn place(plan: &LocalPlan, password: &Secret) -> StandInPlace {
    let part = plan.parts.iter().find(|part| part.program == Program::Sandbox);
    StandInPlace {
        address: part.and_then(|part| part.address.parse().ok()),
        data: plan.folder.sandbox(),
        user: plan.settings.grafana.admin.user.clone(),
        password: password.clone(),
    }
}

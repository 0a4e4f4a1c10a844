//! How does the drift check become a service?
//!
//! The same check, round after round: one at a time, a failing target less often, the repository as it is
//! on disk at that moment. What was found last is served as a page, as JSON and as metrics.

mod backoff;
mod findings;
mod past;
mod rounds;
mod serve;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::check::{Check, CheckOptions};
use super::files::{self, Files};
use super::{Error, Person, Receivers, repository_here};
use crate::notify::Seen;
use findings::Findings;
use rounds::Rounds;
use serve::Server;

/// How long a round that is under way may go on after the watch was asked to stop.
const GRACE: Duration = Duration::from_secs(5);
/// More often than this, a check is a load.
const SELDOM: Duration = Duration::from_secs(10);

/// What a watch does.
#[derive(Debug, Clone)]
pub struct WatchOptions {
    /// What is looked at.
    pub check: CheckOptions,
    /// How often, give or take a tenth.
    pub every: Duration,
    /// Where the report, metrics and health are served, if anywhere.
    pub listen: Option<SocketAddr>,
    /// Whether it also tells which panels went empty.
    pub verify: bool,
    /// Who is told.
    pub receivers: Receivers,
}

/// A watch that has begun: it looks at the repository of the current folder, round after round.
pub struct Watch {
    options: WatchOptions,
    person: Arc<dyn Person>,
    findings: Arc<Findings>,
    seen: Seen,
    server: Option<Server>,
    files: Files,
}

impl Watch {
    /// Begins: reads the repository, and listens.
    ///
    /// # Errors
    ///
    /// No repository, an address that can't be listened on, or a state file that is in use.
    pub async fn begin(options: WatchOptions, person: Arc<dyn Person>) -> Result<Self, Error> {
        let check = Check::of(repository_here()?, &options.check, person.clone())?;
        let seen = options.receivers.seen()?;
        let findings = Arc::new(Findings::new(options.receivers.metrics_dashboards)?);
        let server = match options.listen {
            Some(address) => Some(Server::start(address, findings.clone()).await?),
            None => None,
        };
        announce(&options, &check, server.as_ref(), &*person);
        Ok(Self {
            files: Files::of(check.root()),
            options,
            person,
            findings,
            seen,
            server,
        })
    }

    /// Goes on until `stop` ends. Nothing else ends it: what goes wrong is told, and tried again.
    pub async fn until(mut self, stop: impl Future<Output = ()>) {
        let mut rounds = Rounds::new(&self.options, &*self.person, self.findings.clone(), self.seen);
        tokio::pin!(stop);
        loop {
            {
                let round = rounds.round(&self.person);
                tokio::pin!(round);
                tokio::select! {
                    () = &mut round => {}
                    () = &mut stop => {
                        // What it writes, it writes whole; what it would have told is told by the next watch.
                        let _ = tokio::time::timeout(GRACE, round).await;
                        break;
                    }
                }
            }
            tokio::select! {
                changed = wait(self.options.every, &mut self.files, &*self.person) => if changed { rounds.begin_anew() },
                () = &mut stop => break,
            }
        }
        if let Some(server) = self.server {
            server.stop().await;
        }
        self.person.progress("watch: stopped");
    }
}

fn announce(options: &WatchOptions, check: &Check, server: Option<&Server>, person: &dyn Person) {
    if options.every < SELDOM {
        person.warn(&format!("a check every {:?} is a load for Grafana", options.every));
    }
    let number = check.targets().count();
    let targets = if number == 1 {
        "1 target".to_owned()
    } else {
        format!("{number} targets")
    };
    let at = server
        .map(|server| format!("; the report is at {}", server.url()))
        .unwrap_or_default();
    person.progress(&format!("watch: {targets}, every {:?}{at}", options.every));
    if let Some(address) = options.listen.filter(|address| !address.ip().is_loopback()) {
        person.warn(&format!(
            "{address} can be reached from other machines, and asks nobody for a password"
        ));
    }
}

/// Waits until the next round is due: when the time has come, give or take a tenth so that many watches don't ask at the
/// same moment, or when the repository's files have changed, and tells whether they have.
async fn wait(every: Duration, files: &mut Files, person: &dyn Person) -> bool {
    let next = tokio::time::Instant::now() + every.mul_f64(rand::random_range(0.9..1.1));
    loop {
        let poll = tokio::time::Instant::now() + files::POLL;
        tokio::time::sleep_until(next.min(poll)).await;
        if next <= poll {
            return false;
        }
        if files.have_changed().await {
            person.progress("watch: the repository has changed");
            return true;
        }
    }
}

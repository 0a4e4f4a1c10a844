//! `dashctl watch`: the drift check as a service.
//!
//! The same check as `dashctl drift`, round after round: one at a time, a failing target less often, the repository as it is
//! on disk at that moment. What was found last is served as a page, as JSON and as metrics.

mod backoff;
mod board;
mod files;
mod rounds;
mod serve;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::drift::{Check, CheckArgs, ReceiverArgs};
use super::output::{progress, warn};
use super::stack::duration;
use super::{Exit, Failure, interrupted};
use board::Board;
use files::Files;
use rounds::Rounds;
use serve::Server;

/// How long a round that is under way may go on after the watch was asked to stop.
const GRACE: Duration = Duration::from_secs(5);
/// More often than this, a check is a load.
const SELDOM: Duration = Duration::from_secs(10);
/// Less often than this, nobody needs a process that waits.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// Checks for drift again and again, tells who is to be told, and shows what it found
///
/// The first check is made at once, and one as soon as the repository's files change. A Grafana that can't be looked at is
/// asked less and less often, up to once an hour. Files with secrets are read anew for each check.
#[derive(Debug, clap::Args)]
#[command(mut_arg("exit_code", |arg| arg.hide(true)))]
#[command(after_help = "With --listen:
  /            the report as a page
  /api/report  the report as JSON (dashctl schema drift)
  /metrics     figures for Prometheus
  /healthz     200 while the process answers
  /readyz      200 once there is a report

Examples:
  dashctl watch --every 5m --listen 127.0.0.1:9180
  dashctl watch --all-targets --webhook @slack-url --webhook-template slack --state sent.json")]
pub struct Args {
    #[command(flatten)]
    check: CheckArgs,
    /// How often to check (30s, 5m, 1h), give or take a tenth
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = every)]
    every: Duration,
    /// Serve the report, metrics and health at this address
    #[arg(long, value_name = "ADDRESS", value_parser = listen)]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    receivers: ReceiverArgs,
}

fn every(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("there must be some time between two checks".to_owned()),
        every if every > LONGEST => Err("a watch checks once a week at least (7d is 168h)".to_owned()),
        every => Ok(every),
    }
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    let no = |_| "it takes an IP address and a port, such as 127.0.0.1:9180 or [::1]:9180".to_owned();
    text.parse().map_err(no)
}

/// Runs the verb until it is interrupted.
///
/// # Errors
///
/// No repository, an address that can't be listened on, or a state file that is in use. Later nothing ends it: what goes
/// wrong is told, and tried again.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    refuse_standard_input(&args)?;
    let check = Check::of(&args.check)?;
    let seen = args.receivers.seen()?;
    let board = Arc::new(Board::new(args.receivers.metrics_dashboards())?);
    let server = match args.listen {
        Some(address) => Some(Server::start(address, board.clone()).await?),
        None => None,
    };
    announce(&args, &check, server.as_ref());
    let mut files = Files::of(check.root());
    let mut rounds = Rounds::new(&args, board, seen);
    let stop = interrupted();
    tokio::pin!(stop);
    loop {
        {
            let round = rounds.round();
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
            changed = wait(args.every, &mut files) => if changed { rounds.begin_anew() },
            () = &mut stop => break,
        }
    }
    if let Some(server) = server {
        server.stop().await;
    }
    progress("watch: stopped");
    Ok(Exit::Done)
}

/// A secret is read anew for each check, and standard input can be read only once.
fn refuse_standard_input(args: &Args) -> Result<(), Failure> {
    let connect = &args.check.review.connect;
    let is_input = |file: &Option<std::path::PathBuf>| file.as_deref() == Some(Path::new("-"));
    if is_input(&connect.token_file) || is_input(&connect.password_file) {
        return Err(
            Failure::usage("a watch reads secrets anew for each check, which standard input doesn't allow")
                .hint("name a file, or set the environment"),
        );
    }
    Ok(())
}

fn announce(args: &Args, check: &Check, server: Option<&Server>) {
    if args.every < SELDOM {
        warn(&format!("a check every {:?} is a load for Grafana", args.every));
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
    progress(&format!("watch: {targets}, every {:?}{at}", args.every));
    if let Some(address) = args.listen.filter(|address| !address.ip().is_loopback()) {
        warn(&format!(
            "{address} can be reached from other machines, and asks nobody for a password"
        ));
    }
}

/// Waits until the next round is due: when the time has come, give or take a tenth so that many watches don't ask at the
/// same moment, or when the repository's files have changed, and tells whether they have.
async fn wait(every: Duration, files: &mut Files) -> bool {
    let next = tokio::time::Instant::now() + every.mul_f64(rand::random_range(0.9..1.1));
    loop {
        let poll = tokio::time::Instant::now() + files::POLL;
        tokio::time::sleep_until(next.min(poll)).await;
        if next <= poll {
            return false;
        }
        if files.have_changed().await {
            progress("watch: the repository has changed");
            return true;
        }
    }
}

//! `dashctl watch`: the drift check as a service.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::ask::Terminal;
use super::drift::{CheckArgs, ReceiverArgs};
use super::stack::duration;
use super::{Exit, Failure, interrupted};
use crate::ops::watch::{Watch, WatchOptions};

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
    /// How often to check (30s, 5m, 1h), give or take a tenth
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = every)]
    every: Duration,
    /// Serve the report, metrics and health at this address
    #[arg(long, value_name = "ADDRESS", value_parser = listen)]
    listen: Option<SocketAddr>,
    /// Tell also which panels went empty since the last check (see dashctl verify)
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    check: CheckArgs,
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
    let options = WatchOptions {
        check: args.check.options(),
        every: args.every,
        listen: args.listen,
        verify: args.verify,
        receivers: args.receivers.into(),
    };
    let watch = Watch::begin(options, Arc::new(Terminal::default())).await?;
    watch.until(interrupted()).await;
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

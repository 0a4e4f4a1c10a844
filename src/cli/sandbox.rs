//! The verb `sandbox`: the embedded server alone, until it is interrupted.

use std::{
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    time::Duration,
};

use super::{Exit, Failure};
use crate::sandbox::{Error, Fault, Options, Sandbox, Token, User, Version};

/// Runs a toy Grafana on this machine: stores dashboards, answers Grafana's HTTP API, draws nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  A Grafana 9.4 on port 3000 that forgets everything at the end:
    dashctl sandbox
  A free port, and a store that survives restarts:
    dashctl sandbox --listen 127.0.0.1:0 --data ./grafana
  Grafana 7.5 with dashboards from files:
    dashctl sandbox --grafana-version 7.5 --provision ./dashboards
  More users, a known token, and room for ten dashboards:
    dashctl sandbox --user eve:secret:Viewer --token Editor=my-token --quota 10
  Two failing searches, one request to come back later, and 50 ms for everything:
    dashctl sandbox --fault 'GET /api/search=503*2' \\
      --fault '* /api/*=429,Retry-After:1*1' --delay 50

Faults are METHOD PATH=EFFECT, with *TIMES at the end to show them only so often.
METHOD may be *, PATH may hold * for any characters. EFFECT is one of
  503                   answer this status; nothing is done
  429,Retry-After:1     the same with headers
  delay:MILLISECONDS    wait, then do what was asked
  close                 close the connection; nothing is done
  lose                  do what was asked, then close the connection without an answer

The first line on standard output is \"sandbox: \" and the URL with the real port.")]
pub struct Args {
    /// The address to listen on; only loopback addresses are accepted, port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
    /// Which Grafana to behave like: 7.5, 9.4, 10.2, 11.1, 12.4 or 13.1
    #[arg(long, value_name = "VERSION", default_value_t)]
    grafana_version: Version,
    /// Keep the store in this folder; without it nothing is kept
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Keep nothing, which is also what happens without --data
    #[arg(long, conflicts_with = "data")]
    ephemeral: bool,
    /// Provision the dashboards (*.json) in this folder and its subfolders
    #[arg(long, value_name = "DIR")]
    provision: Option<PathBuf>,
    /// The password of the user admin
    #[arg(long, value_name = "PASSWORD", default_value = "admin")]
    admin_password: String,
    /// One more user (repeatable); ROLE is Viewer, Editor or Admin
    #[arg(long = "user", value_name = "NAME:PASSWORD:ROLE")]
    users: Vec<User>,
    /// A token that is valid from the start (repeatable)
    #[arg(long = "token", value_name = "ROLE=VALUE")]
    tokens: Vec<Token>,
    /// Allow only so many dashboards
    #[arg(long, value_name = "N")]
    quota: Option<usize>,
    /// Keep so many versions of each dashboard
    #[arg(long, value_name = "N", default_value_t = 20)]
    versions_to_keep: usize,
    /// Show a failure (repeatable), see below
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<Fault>,
    /// Wait so many milliseconds before every answer
    #[arg(long, value_name = "MS")]
    delay: Option<u64>,
    /// Pass /api/gnet on to this URL, such as https://grafana.com; without it the sandbox is offline
    #[arg(long, value_name = "URL")]
    grafana_com: Option<String>,
}

impl From<Args> for Options {
    fn from(args: Args) -> Self {
        Self {
            listen: args.listen,
            version: args.grafana_version,
            data: args.data.filter(|_| !args.ephemeral),
            provision: args.provision,
            admin_password: args.admin_password,
            users: args.users,
            tokens: args.tokens,
            quota: args.quota,
            versions_to_keep: args.versions_to_keep,
            faults: args.faults,
            delay: args.delay.map(Duration::from_millis),
            grafana_com: args.grafana_com,
        }
    }
}

/// Runs the verb until it is interrupted.
///
/// # Errors
///
/// The address can't be listened on, the store is in use or damaged, or a provisioned file is not a dashboard.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let options = Options::from(args);
    let password = options.admin_password.clone();
    let kept = options.data.clone();
    let sandbox = Sandbox::start(options).await.map_err(explained)?;
    // A reader that has taken the first line may close the pipe; that is no reason to stop.
    let _ = announce(&sandbox, &password, kept);
    interrupted()
        .await
        .map_err(|error| Failure::new(format!("could not wait for a signal: {error}")))?;
    sandbox.stop().await.map_err(explained)?;
    anstream::eprintln!("sandbox: stopped");
    Ok(Exit::Done)
}

/// What to do about an error.
fn explained(error: Error) -> Failure {
    match &error {
        Error::NotLoopback(_) => Failure::usage(&error).hint("use --listen 127.0.0.1:3000"),
        Error::Listen { .. } => Failure::new(&error).hint("--listen 127.0.0.1:0 takes a free port"),
        Error::Locked(_) => Failure::new(&error).hint("stop the other sandbox, or use another --data folder"),
        Error::Damaged { .. } => Failure::new(&error).hint("remove the line, or use another --data folder"),
        Error::Provision { .. } => Failure::new(&error).hint("--provision takes a folder of dashboards as JSON files"),
        _ => Failure::new(&error),
    }
}

/// Says where the sandbox is; the first line is for scripts.
fn announce(sandbox: &Sandbox, password: &str, kept: Option<PathBuf>) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "sandbox: {}", sandbox.url())?;
    writeln!(stdout, "user admin, password {password}")?;
    match kept {
        Some(folder) => writeln!(stdout, "store: {}", folder.display())?,
        None => writeln!(stdout, "store: in memory, nothing is kept (--data DIR keeps it)")?,
    }
    writeln!(stdout, "stop with Ctrl-C")?;
    stdout.flush()
}

/// Waits for Ctrl-C or, as services are stopped, SIGTERM.
async fn interrupted() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminated = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupt = tokio::signal::ctrl_c() => interrupt,
            _ = terminated.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

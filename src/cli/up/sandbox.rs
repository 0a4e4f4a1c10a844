use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde::Serialize;

use super::Args;
use crate::cli::output::print;
use crate::cli::{Environment, Exit, Failure, interrupted};
use crate::grafana::{Connection, Credentials, Grafana, Secret};
use crate::ops::import::{Import, ImportResult};
use crate::ops::up::{prometheus, the_seven};
use crate::ops::{
    Unattended,
    data_sources::{self, Ensured},
};
use crate::sandbox::{self, Sandbox};

/// The port that Grafana has everywhere.
const PORT: u16 = 3000;

#[derive(Serialize)]
struct UpResult {
    url: String,
    datasource: Ensured,
    requests: usize,
    #[serde(flatten)]
    import: ImportResult,
}

/// Starts the sandbox, fills it, and keeps it up until it is interrupted, or is done with `--exit`.
///
/// # Errors
///
/// The sandbox can't start, or an import fails.
pub async fn run(args: &Args) -> Result<Exit, Failure> {
    let environment = Environment::of_process();
    let sandbox = start(args, &environment).await?;
    let done = tokio::select! {
        done = fill(args, &environment, &sandbox) => Some(done),
        () = interrupted() => None,
    };
    let exit = match done {
        None => Ok(Exit::Interrupted),
        Some(Err(failure)) => Err(failure),
        Some(Ok(result)) => {
            args.output.write(&result, || text(&result))?;
            if !args.exit {
                print(&next_steps(&result.url, args.ephemeral))?;
                interrupted().await;
            }
            Ok(Exit::of(result.import.failure()))
        }
    };
    sandbox.stop().await.map_err(Failure::new)?;
    exit
}

async fn start(args: &Args, environment: &Environment) -> Result<Sandbox, Failure> {
    let data = match (&args.data, args.ephemeral) {
        (_, true) => None,
        (Some(folder), false) => Some(folder.clone()),
        (None, false) => Some(
            environment
                .state_folder()
                .ok_or_else(|| {
                    Failure::usage("your state folder can't be found")
                        .hint("say where with --data DIR, or use --ephemeral")
                })?
                .join("sandbox"),
        ),
    };
    let usual = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT);
    let options = |listen| sandbox::Options {
        listen,
        data: data.clone(),
        ..sandbox::Options::default()
    };
    match Sandbox::start(options(args.listen.unwrap_or(usual))).await {
        // Something else is on Grafana's port, as a Grafana may well be.
        Err(sandbox::Error::Listen { source, .. })
            if args.listen.is_none() && source.kind() == ErrorKind::AddrInUse =>
        {
            Sandbox::start(options(SocketAddr::new(usual.ip(), 0))).await
        }
        other => other,
    }
    .map_err(|error| Failure::new(error).hint("another address with --listen, another folder with --data"))
}

async fn fill(args: &Args, environment: &Environment, sandbox: &Sandbox) -> Result<UpResult, Failure> {
    let url = sandbox.url().parse().map_err(Failure::new)?;
    let credentials = Credentials::Password {
        user: "admin".into(),
        password: Secret::new("admin"),
    };
    let grafana = Arc::new(Grafana::new(Connection::new(url, credentials))?);
    let prometheus = prometheus(args.prometheus.as_str(), "15s");
    let made = data_sources::ensure(&grafana, &prometheus).await?;
    let import = Import {
        options: &the_seven(args.source.clone(), false),
        person: &Unattended,
        environment,
        repository: None,
        target: None,
        grafana: Some(&grafana),
    };
    let result = import.run().await;
    grafana.close().await;
    Ok(UpResult {
        url: sandbox.url().to_owned(),
        datasource: made,
        requests: grafana.requests(),
        import: result?,
    })
}

fn text(result: &UpResult) -> String {
    format!(
        "sandbox: {} (admin:admin) - a stand-in for Grafana that stores dashboards and draws nothing\n\
         data source Prometheus: {}\n\n{}",
        result.url, result.datasource, result.import
    )
}

fn next_steps(url: &str, ephemeral: bool) -> String {
    let kept = if ephemeral {
        "Nothing is kept."
    } else {
        "What it stores is kept for the next start."
    };
    format!(
        "\nIn a second terminal:\n\
         \x20 export GRAFANA_URL={url} GRAFANA_USER=admin GRAFANA_PASSWORD=admin\n\
         \x20 dashctl status\n\
         \x20 dashctl datasource list\n\
         \x20 dashctl init my-dashboards && cd my-dashboards && dashctl import 6417 --source bundled --adopt\n\
         Or open {url} in a browser.\n\n\
         Ctrl-C ends it. {kept}\n"
    )
}

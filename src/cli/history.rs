use super::connect::ConnectArgs;
use super::output::{OutputArgs, table};
use super::{Environment, Exit, Failure};
use crate::ops::find_repository;
use crate::ops::history::{Row, history, uid_of};

/// Lists a dashboard's versions in Grafana: who, when, with which message, and what changed
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The dashboard's uid, or its name in the repository
    #[arg(value_name = "UID")]
    what: String,
    /// How many of the newest versions
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Runs the verb.
///
/// # Errors
///
/// No such dashboard, its history may not be read, or the server can't be reached.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let repository = find_repository()?;
    let connected = args.connect.connect(repository.as_ref(), &Environment::of_process())?;
    let uid = uid_of(&args.what, repository.as_ref(), connected.target.as_deref());
    let rows = history(&connected.grafana, &uid, args.limit).await;
    connected.grafana.close().await;
    let rows = rows?;
    args.output.write(&rows, || {
        let row = |row: &Row| {
            vec![
                row.version.to_string(),
                row.when.clone(),
                row.author.clone(),
                row.message.clone(),
                row.summary.clone(),
            ]
        };
        table(&["VERSION", "WHEN", "WHO", "MESSAGE", "CHANGE"], rows.iter().map(row))
    })?;
    Ok(Exit::Done)
}

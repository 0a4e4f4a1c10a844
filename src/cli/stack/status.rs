use super::args::ClusterArgs;
use crate::cli::output::{OutputArgs, table};
use crate::cli::{Exit, Failure};
use crate::ops::stack::{Row, show_waiting};

/// Shows what was installed, and why something isn't ready
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// Runs the verb.
///
/// # Errors
///
/// No such cluster, or one that can't be read.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let status = args.cluster.open().await?.status().await?;
    args.output.write(&status, || {
        let ready = match status.ready {
            true => "Everything is ready.".to_owned(),
            false => format!("Not ready:\n{}", show_waiting(&status.waiting)),
        };
        format!("{}\n{ready}\n", text(&status.objects))
    })?;
    Ok(if status.ready { Exit::Done } else { Exit::Differs })
}

fn text(rows: &[Row]) -> String {
    let cells = |row: &Row| {
        let ready = if row.ready { "yes" } else { "no" };
        [
            row.namespace.as_str(),
            row.kind,
            &row.name,
            ready,
            &row.count,
            &row.address,
            &row.age,
        ]
        .map(str::to_owned)
        .to_vec()
    };
    table(
        &["NAMESPACE", "KIND", "NAME", "READY", "PODS", "ADDRESS", "AGE"],
        rows.iter().map(cells),
    )
}

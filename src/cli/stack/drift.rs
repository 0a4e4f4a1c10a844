use super::args::ClusterArgs;
use super::plan::StackResult;
use crate::cli::output::OutputArgs;
use crate::cli::{Exit, Failure};
use crate::report::StackText;

/// Tells what differs between the cluster and the settings: who changed or added which field, and when
///
/// Needs no right to write: without one, the fields that the manifests name are compared.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The exit code if something differs; 0 for never
    #[arg(long, value_name = "N", default_value_t = 2)]
    exit_code: u8,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// Runs the verb.
///
/// # Errors
///
/// A setting that can't be, or a cluster that can't be reached or read.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let session = args.cluster.open().await?;
    // The password isn't looked at: a drift check needs no right to read Secrets.
    let plan = session.plan(session.objects(None)?, false).await?;
    let result = StackResult::of(&session, &plan);
    args.output.write(&result, || {
        let text = StackText {
            plan: &plan,
            drift: true,
        };
        text.to_string()
    })?;
    Ok(match plan.differs() {
        true => Exit::differs(args.exit_code),
        false => Exit::Done,
    })
}

//! `dashctl import`: from a catalog or a file into the repository and into Grafana.

mod args;

pub use args::Args;

use super::ask::Terminal;
use super::{Environment, Exit, Failure};
use crate::ops::find_repository;
use crate::ops::import::Import;

/// Runs the verb.
///
/// # Errors
///
/// Anything that is found wrong before the first write. What fails later is listed in the result.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let environment = Environment::of_process();
    args.check()?;
    let repository = find_repository()?;
    if args.no_apply && repository.is_none() {
        return Err(
            Failure::usage("--no-apply only writes files, and this is no dashctl repository")
                .hint("make one with `dashctl init`"),
        );
    }
    let connected = match args.no_apply {
        true => None,
        false => Some(args.connect.connect(repository.as_ref(), &environment)?),
    };
    let import = Import {
        options: &args.options(),
        environment: &environment,
        repository: repository.as_ref(),
        target: connected.as_ref().and_then(|connected| connected.target.as_deref()),
        person: &Terminal { yes: args.yes },
        grafana: connected.as_ref().map(|connected| &connected.grafana),
    };
    let result = import.run().await;
    if let Some(connected) = &connected {
        connected.grafana.close().await;
    }
    let result = result?;
    args.output.write(&result, || result.to_string())?;
    Ok(Exit::of(result.failure()))
}

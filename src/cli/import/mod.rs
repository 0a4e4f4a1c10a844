//! `dashctl import`: from a catalog or a file into the repository and into Grafana.

mod args;

pub use args::Args;

use std::sync::Arc;

use super::ask::Terminal;
use super::output::progress;
use super::{Environment, Exit, Failure};
use crate::ops::import::Import;
use crate::ops::verify::{ANSWERS, brief};
use crate::ops::{Connected, find_repository};

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
    let (grafana, target) = match connected {
        Some(Connected { grafana, target, .. }) => (Some(Arc::new(grafana)), target),
        None => (None, None),
    };
    let import = Import {
        options: &args.options(),
        environment: &environment,
        repository: repository.as_ref(),
        target: target.as_deref(),
        person: &Terminal { yes: args.yes },
        grafana: grafana.as_ref(),
    };
    let result = import.run().await;
    let line = match (&grafana, &result) {
        (Some(grafana), Ok(result)) if !args.no_verify && !args.dry_run => {
            brief(grafana, &result.saved(), ANSWERS).await
        }
        _ => None,
    };
    if let Some(grafana) = &grafana {
        grafana.close().await;
    }
    let result = result?;
    args.output.write(&result, || result.to_string())?;
    if let Some(line) = line {
        progress(&line);
    }
    Ok(Exit::of(result.failure()))
}

use super::{Exit, Failure};

mod render;

/// The monitoring stack: Prometheus, its exporters, Alertmanager, Pushgateway and Grafana
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Render(render::Args),
}

/// Runs the verb.
///
/// # Errors
///
/// As the verb says.
pub fn run(args: Args) -> Result<Exit, Failure> {
    match args.verb {
        Verb::Render(args) => render::run(&args),
    }
}

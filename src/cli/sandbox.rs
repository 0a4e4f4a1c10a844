use std::net::SocketAddr;

use super::{Exit, Failure};

/// Runs the embedded Grafana-compatible server alone.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The address to listen on; only loopback addresses are accepted.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
}

/// Runs the verb until it is interrupted.
///
/// # Errors
///
/// The address can't be listened on.
pub async fn run(_args: Args) -> Result<Exit, Failure> {
    Err(Failure::new("not built yet"))
}

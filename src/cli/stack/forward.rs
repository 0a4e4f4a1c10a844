use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::args::ClusterArgs;
use crate::cli::output::print;
use crate::cli::{Exit, Failure, interrupted};
use crate::ops::stack::Page;
use crate::stack::kubernetes::forward;

/// Brings the stack's pages to ports of this machine, until it is interrupted
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl stack forward                      Prometheus on 9090, Grafana on 3000, and so on
  dashctl stack forward grafana=8080")]
pub struct Args {
    /// Which: prometheus, grafana, alertmanager, pushgateway; with =PORT for another port than the usual (0: a free one)
    #[arg(value_name = "NAME[=PORT]", value_parser = wanted)]
    what: Vec<(Page, Option<u16>)>,
    #[command(flatten)]
    cluster: ClusterArgs,
}

fn wanted(text: &str) -> Result<(Page, Option<u16>), String> {
    let (name, port) = match text.split_once('=') {
        Some((name, port)) => (name, Some(port.parse().map_err(|_| format!("{port:?} is no port"))?)),
        None => (text, None),
    };
    let is_it = |page: &Page| page.name().eq_ignore_ascii_case(name);
    let page = Page::ALL.into_iter().find(is_it);
    let page =
        page.ok_or_else(|| format!("there are prometheus, grafana, alertmanager and pushgateway, not {name:?}"))?;
    Ok((page, port))
}

/// Runs the verb.
///
/// # Errors
///
/// Nothing installed, no ready pod, or a port that is taken.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let session = args.cluster.open().await?;
    let mut what = args.what.clone();
    if what.is_empty() {
        let enabled = Page::ALL.into_iter().filter(|page| page.is_enabled(&session.settings));
        what = enabled.map(|page| (page, None)).collect();
    }
    let mut open = Vec::new();
    for (page, port) in what {
        let local = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port.unwrap_or_else(|| page.port()));
        let one = forward(&session.cluster, &page.service(&session.settings), local)
            .await
            .map_err(|error| {
                Failure::from(error).hint(format!(
                    "another port with {}=PORT; `dashctl stack status` shows whether it is ready",
                    page.name().to_lowercase()
                ))
            })?;
        print(&format!("{}: http://{}{}\n", page.name(), one.local, page.path()))?;
        open.push(one);
    }
    print("Ctrl-C ends it.\n")?;
    interrupted().await;
    drop(open);
    Ok(Exit::Done)
}

//! Uses the library: what differs between a dashboard file and the dashboard that a Grafana has?
//!
//! `cargo run --example live_diff -- dashboard.json`, with `GRAFANA_URL` and `GRAFANA_TOKEN` set.

use std::error::Error;

use dashctl::dashboard::DataSource;
use dashctl::dashboard::compare::{Context, compare};
use dashctl::dashboard::parse;
use dashctl::grafana::{Connection, Credentials, Grafana, Secret};
use dashctl::report::Semantic;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("which file?")?;
    let file = parse(&std::fs::read(path)?)?;
    let uid = Some(file.uid())
        .filter(|uid| !uid.is_empty())
        .ok_or("the file has no uid")?;

    let credentials = match std::env::var("GRAFANA_TOKEN") {
        Ok(token) => Credentials::Token(Secret::new(token)),
        Err(_) => Credentials::Anonymous,
    };
    let grafana = Grafana::new(Connection::new(std::env::var("GRAFANA_URL")?.parse()?, credentials))?;
    let live = grafana
        .dashboard(uid)
        .await?
        .ok_or("Grafana has no dashboard with this uid")?;
    let sources = grafana.data_sources().await?.into_iter().map(|source| DataSource {
        name: source.name,
        uid: source.uid,
        kind: source.kind,
        is_default: source.is_default,
    });

    let found = compare(
        file.content(),
        live.document()?.content(),
        &Context::with_data_sources(sources.collect()),
    );
    print!("{}", Semantic::new(&found));
    Ok(())
}

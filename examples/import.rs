//! Imports three dashboards into a Grafana, which a plain folder is enough for.
//!
//! `GRAFANA_URL=… GRAFANA_TOKEN=… cargo run --example import`

use std::sync::Arc;

use dashctl::dashboard::FolderPath;
use dashctl::ops::import::{Import, ImportOptions, ImportResult};
use dashctl::ops::{Environment, Source, TargetOptions, Unattended};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", import(&TargetOptions::default()).await?);
    Ok(())
}

/// Imports dashctl's own editions of three dashboards; without a source, they would come from grafana.com.
///
/// # Errors
///
/// What is found wrong before the first write.
pub async fn import(target: &TargetOptions) -> Result<ImportResult, Box<dyn std::error::Error>> {
    let environment = Environment::of_process();
    let grafana = Arc::new(target.connect(None, &environment)?.grafana);
    let options = ImportOptions {
        what: vec!["6417".parse()?, "8588".parse()?, "3119".parse()?],
        folder: Some(FolderPath::of(["Kubernetes"])),
        source: Some(Source::Bundled),
        ..ImportOptions::default()
    };
    let import = Import {
        options: &options,
        environment: &environment,
        repository: None,
        target: None,
        // Whoever is to be asked before a write, or told of the progress, is given here.
        person: &Unattended,
        grafana: Some(&grafana),
    };
    let result = import.run().await;
    grafana.close().await;
    Ok(result?)
}

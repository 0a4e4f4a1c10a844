//! Checks a repository for drift, and prints who has changed what in Grafana since it was applied.
//!
//! `GRAFANA_TOKEN=… cargo run --example check -- FOLDER`

use std::path::Path;
use std::sync::Arc;

use dashctl::ops::{Check, CheckOptions, Unattended};
use dashctl::repository::Repository;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    for line in check(Path::new(&folder), &CheckOptions::default()).await? {
        println!("{line}");
    }
    Ok(())
}

/// A line for each dashboard that somebody has changed.
///
/// # Errors
///
/// No repository, no target, or a target that can't be reached.
pub async fn check(folder: &Path, options: &CheckOptions) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let repository = Repository::discover(folder)?.ok_or("no dashctl.yaml here or above")?;
    let check = Check::of(repository, options, Arc::new(Unattended))?;
    let (report, errors) = check.make(options).await;
    if let Some(error) = errors.into_iter().next() {
        return Err(error.into());
    }
    let mut lines = Vec::new();
    for dashboard in report.targets.iter().flat_map(|target| target.drifted()) {
        for edit in &dashboard.edits {
            let what: Vec<&str> = dashboard.drift.iter().map(|change| change.place.as_str()).collect();
            lines.push(format!("{}: {edit}: {}", dashboard.name, what.join("; ")));
        }
    }
    Ok(lines)
}

//! Renders the monitoring stack as the manifests of a Kubernetes cluster.
//!
//! `cargo run --example render | kubectl apply --server-side -f -`

use std::error::Error;

use dashctl::stack::{Settings, render, to_yaml};

fn main() -> Result<(), Box<dyn Error>> {
    let mut settings = Settings::default();
    settings.pushgateway.enabled = false;
    print!("{}", manifests(&settings)?);
    Ok(())
}

/// One YAML document for each object.
///
/// # Errors
///
/// Settings that can't be.
pub fn manifests(settings: &Settings) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    for object in render(settings)? {
        text.push_str("---\n");
        text.push_str(&to_yaml(object.manifest())?);
    }
    Ok(text)
}

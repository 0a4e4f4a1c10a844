use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::catalog::BUNDLED;
use crate::dashboard::compare::Printable;
use crate::ops::Error;
use crate::ops::stack::{Page, StackSession};
use crate::prometheus::Job;
use crate::report::table;
use crate::repository::Repository;
use crate::stack::kubernetes::{AdminPassword, addresses};

/// What `helm install` says at its end, and more: names within the cluster, addresses outside of it, how to get there from
/// here, and how to get the password.
///
/// # Errors
///
/// The cluster can't be read.
pub async fn text(session: &StackSession, password: Option<&AdminPassword>) -> Result<String, Error> {
    let mut text = String::from("\nWithin the cluster:\n");
    let mut from_here = String::new();
    let mut outside = String::new();
    for page in Page::ALL.into_iter().filter(|page| page.is_enabled(&session.settings)) {
        let id = page.service(&session.settings);
        let namespace = id.namespace.clone().unwrap_or_default();
        let service = session.cluster.get(&id).await?.unwrap_or_default();
        let port = service
            .pointer("/spec/ports/0/port")
            .and_then(serde_json::Value::as_u64)
            .unwrap_or(80);
        let shown = if port == 80 { String::new() } else { format!(":{port}") };
        // Writing to a String can't fail, here and below.
        let _ = writeln!(
            text,
            "  {:<13} http://{}.{namespace}.svc.cluster.local{shown}",
            page.name(),
            id.name
        );
        let _ = writeln!(
            from_here,
            "  kubectl port-forward -n {namespace} svc/{} {}:{port}",
            id.name,
            page.port()
        );
        for address in addresses(&service) {
            let _ = writeln!(outside, "  {:<13} http://{}{shown}", page.name(), Printable(&address));
        }
    }
    if !outside.is_empty() {
        let _ = write!(
            text,
            "Load balancer (plain HTTP: put TLS before it, or let it into few networks):\n{outside}"
        );
    }
    let _ = write!(
        text,
        "From here (`dashctl stack forward` does all of them):\n{from_here}"
    );
    if let Some(password) = password {
        let _ = writeln!(
            text,
            "Grafana's login is {}; its password:\n  kubectl get secret -n {} {} -o jsonpath='{{.data.admin-password}}' | base64 -d",
            password.user,
            password.id.namespace.as_deref().unwrap_or_default(),
            password.id.name
        );
    }
    Ok(text)
}

/// What is scraped, by job.
pub fn targets(jobs: &BTreeMap<String, Job>) -> String {
    let row = |(name, job): (&String, &Job)| {
        vec![
            name.clone(),
            job.up.to_string(),
            job.down.to_string(),
            match job.unknown {
                0 => job.error.clone().unwrap_or_default(),
                unknown => format!("{unknown} not scraped yet"),
            },
        ]
    };
    match jobs.is_empty() {
        true => "Prometheus has found nothing to scrape yet.\n".to_owned(),
        false => format!("\n{}", table(&["SCRAPE JOB", "UP", "DOWN", ""], jobs.iter().map(row))),
    }
}

/// What will be imported when there is a Grafana.
///
/// # Errors
///
/// The repository can't be read.
pub fn dashboards_to_come(repository: Option<&Repository>) -> Result<String, Error> {
    let names = match repository {
        Some(repository) => repository.names()?,
        None => Vec::new(),
    };
    let mut text = String::from("+ create    data source Prometheus\n");
    for name in &names {
        let _ = writeln!(text, "+ create    dashboard {name}");
    }
    if names.is_empty() {
        for edition in BUNDLED {
            let _ = writeln!(
                text,
                "+ import    dashboard {} into the folder {}",
                edition.id,
                super::FOLDER
            );
        }
    }
    Ok(text)
}

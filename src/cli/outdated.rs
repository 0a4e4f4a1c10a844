//! `dashctl outdated`: which imported dashboards have a newer revision.

use super::format::OutdatedFormat;
use super::output::{OutputArgs, printable, table};
use super::{Environment, Exit, Failure};
use crate::dashboard::compare::Comparison;
use crate::ops::upgrade::{OutdatedOptions, OutdatedRow, outdated};
use crate::ops::{Source, repository_here};
use crate::report::Semantic;

/// Tells which imported dashboards have a newer revision, what changed, and whether an upgrade would conflict
///
/// Asks the catalog about one dashboard after the other, so slowly that it isn't throttled. Nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl outdated
  dashctl outdated Kubernetes --changes
  dashctl outdated --source mirror=../mirror -o markdown=outdated.md -o json")]
pub struct Args {
    /// Names, uids, folders or globs; all pinned dashboards where none is named
    #[arg(value_name = "WHAT")]
    what: Vec<String>,
    /// Tell what changed revision by revision
    #[arg(long)]
    changes: bool,
    /// Where revisions come from: grafana.com or mirror=DIR
    #[arg(long, value_name = "SOURCE")]
    source: Option<Source>,
    /// The exit code if something is outdated; 0 for never
    #[arg(long, value_name = "N", default_value_t = 2)]
    exit_code: u8,
    #[command(flatten)]
    output: OutputArgs<OutdatedFormat>,
}

/// Runs the verb.
///
/// # Errors
///
/// No repository, or a word that no dashboard answers to. What can't be found out of one dashboard is in its row.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let repository = repository_here()?;
    let options = OutdatedOptions {
        what: args.what.clone(),
        source: args.source.clone(),
        each: args.changes,
    };
    let rows = outdated(&options, &repository, &Environment::of_process()).await?;
    args.output.write_each(|format, colour| match format {
        OutdatedFormat::Text => Ok(text(&rows, colour)),
        OutdatedFormat::Json => Ok(serde_json::to_string_pretty(&rows).map_err(Failure::new)? + "\n"),
        OutdatedFormat::Markdown => Ok(markdown(&rows)),
    })?;
    let found = match rows.iter().any(|row| row.outdated) {
        true => Exit::differs(args.exit_code),
        false => Exit::Done,
    };
    Ok(match rows.iter().any(|row| row.error.is_some()) {
        true => found.worse(Exit::Partial),
        false => found,
    })
}

const HEADER: [&str; 7] = ["NAME", "SOURCE", "PINNED", "NEWEST", "UPDATED", "DOWNLOADS", "UPGRADE"];

fn cells(row: &OutdatedRow) -> Vec<String> {
    let dash = || "-".to_owned();
    let updated = match (&row.updated, row.days) {
        (Some(day), Some(days)) => format!("{day} ({days} days ago)"),
        (Some(day), None) => day.clone(),
        (None, _) => dash(),
    };
    let upgrade = match (&row.error, row.outdated, &row.conflicts) {
        (Some(_), _, _) => "failed".to_owned(),
        (None, false, _) => "up to date".to_owned(),
        (None, true, Some(conflicts)) if !conflicts.is_empty() => match conflicts.len() {
            1 => "1 conflict".to_owned(),
            many => format!("{many} conflicts"),
        },
        (None, true, _) => "clean".to_owned(),
    };
    vec![
        row.name.clone(),
        row.source.clone(),
        row.pinned.clone(),
        row.newest.clone().unwrap_or_else(dash),
        updated,
        row.downloads.map_or_else(dash, |downloads| downloads.to_string()),
        upgrade,
    ]
}

fn text(rows: &[OutdatedRow], colour: bool) -> String {
    if rows.is_empty() {
        return "No dashboard of this repository is pinned to a revision.\n".to_owned();
    }
    let mut text = table(&HEADER, rows.iter().map(cells));
    for row in rows {
        if let Some(error) = &row.error {
            text.push_str(&format!("{}: failed: {}\n", printable(&row.name), printable(error)));
        }
        if !row.outdated {
            continue;
        }
        let newest = row.newest.as_deref().unwrap_or_default();
        let mut part = |title: String, changes: &Comparison| {
            text.push_str(&format!("{}: {title}\n", printable(&row.name)));
            let words = Semantic::new(changes).colour(colour).to_string();
            text.extend(words.lines().map(|line| format!("    {line}\n")));
        };
        match row.revisions.is_empty() {
            true => part(format!("revision {} -> {newest}", row.pinned), &row.changes),
            false => row
                .revisions
                .iter()
                .for_each(|one| part(format!("revision {}", one.revision), &one.changes)),
        }
        for place in row.conflicts.iter().flatten() {
            text.push_str(&format!("    an upgrade would conflict at {}\n", printable(place)));
        }
    }
    if rows.iter().any(|row| row.outdated) {
        text.push_str("Next: dashctl upgrade --dry-run\n");
    }
    text
}

fn markdown(rows: &[OutdatedRow]) -> String {
    let safe = |text: &str| {
        printable(text)
            .replace('\\', "\\\\")
            .replace('|', "\\|")
            .replace('<', "&lt;")
            .replace('`', "\\`")
    };
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(&HEADER.map(str::to_lowercase));
    text.push_str(&line(&HEADER.map(|_| "---".to_owned())));
    for row in rows {
        let cells: Vec<String> = cells(row).iter().map(|cell| safe(cell)).collect();
        text.push_str(&line(&cells));
    }
    for row in rows {
        if let Some(error) = &row.error {
            text.push_str(&format!("\n**{}**: failed: {}\n", safe(&row.name), safe(error)));
        }
        if !row.outdated {
            continue;
        }
        text.push_str(&format!(
            "\n<details><summary>{}: revision {} → {}</summary>\n\n",
            safe(&row.name),
            safe(&row.pinned),
            safe(row.newest.as_deref().unwrap_or_default())
        ));
        // An indented block shows everything as it is.
        let words = Semantic::new(&row.changes).to_string();
        text.extend(words.lines().map(|line| format!("    {line}\n")));
        for place in row.conflicts.iter().flatten() {
            text.push_str(&format!("    an upgrade would conflict at {}\n", printable(place)));
        }
        text.push_str("\n</details>\n");
    }
    text
}

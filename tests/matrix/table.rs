//! The table of `docs/works-on.md`, and whether the file has it as it is.

use std::panic::catch_unwind;
use std::path::Path;
use std::sync::OnceLock;

use libtest_mimic::Failed;

use super::steps::{Outcome, STEPS, grafana};
use super::{VERSIONS, page};

const FILE: &str = "docs/works-on.md";
/// Set to anything, it has the file written anew.
const WRITE: &str = "DASHCTL_WRITE_DOCS";

static OUTCOMES: [[OnceLock<Outcome>; VERSIONS.len()]; STEPS.len()] =
    [const { [const { OnceLock::new() }; VERSIONS.len()] }; STEPS.len()];

/// How a step ended on a version; it runs once, whoever asks.
pub fn outcome(row: usize, column: usize) -> &'static Outcome {
    OUTCOMES[row][column].get_or_init(|| {
        catch_unwind(|| (STEPS[row].run)(VERSIONS[column])).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            Outcome::Broken(text.unwrap_or_else(|| "it panicked".to_owned()))
        })
    })
}

/// Whether the file says what is so.
pub fn hold() -> Result<(), Failed> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let text = text();
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(path, text)?;
        return Ok(());
    }
    if std::fs::read_to_string(path).unwrap_or_default() != text {
        let how = format!("{FILE} isn't true any more; `{WRITE}=1 cargo test --test matrix` writes it anew:\n{text}");
        return Err(how.into());
    }
    Ok(())
}

fn text() -> String {
    let steps: String = STEPS
        .iter()
        .map(|step| format!("* **{}**: {}.\n", step.name, step.what))
        .collect();
    format!(
        "<!-- Written by `{WRITE}=1 cargo test --test matrix`, which fails where this isn't true. -->\n\
         # Which Grafana it works on\n\n\
         Every step is run against every version on each change. What answers is dashctl's own sandbox, which is held to\n\
         recordings of real servers of the versions named here: each recorded request must get the recorded answer\n\
         (`tests/conformance`). An edit is made by the request by which that version's own page saves, on a classic file of its\n\
         own schema; a file of an older schema is re-shaped by `pull`, which says so.\n\n\
         {}\n\
         Where it says no, dashctl says so, and writes nothing.\n\n\
         ## What each step is\n\n{steps}",
        table()
    )
}

fn table() -> String {
    let mut rows = vec![
        row("", VERSIONS.iter().map(|version| version.number().to_owned())),
        row("---", VERSIONS.iter().map(|_| "---".to_owned())),
        row("API for dashboards", VERSIONS.iter().map(|version| api(*version))),
        row(
            "its page saves by",
            VERSIONS.iter().map(|version| format!("`{}`", page::route(*version))),
        ),
    ];
    rows.extend(STEPS.iter().enumerate().map(|(at, step)| {
        let cells = (0..VERSIONS.len()).map(|column| match outcome(at, column) {
            Outcome::Works => "yes".to_owned(),
            Outcome::Not(why) => format!("no: {why}"),
            Outcome::Broken(_) => "**broken**".to_owned(),
        });
        row(step.name, cells)
    }));
    rows.concat()
}

fn row(first: &str, cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.collect();
    format!("| {first} | {} |\n", cells.join(" | "))
}

/// What `status` says is used.
fn api(version: dashctl::sandbox::Version) -> String {
    let status = grafana(version).run(&["status", "-o", "json"]).exit(0).json();
    let api = &status["grafana"]["api"];
    let served: Vec<&str> = api["versions"]
        .as_array()
        .map(|served| served.iter().filter_map(|served| served.as_str()).collect())
        .unwrap_or_default();
    match served.is_empty() {
        true => "`/api`".to_owned(),
        false => format!("`/apis`: {}", served.join(", ")),
    }
}

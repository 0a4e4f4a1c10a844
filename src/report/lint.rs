use std::fmt;

use serde::Serialize;

use crate::dashboard::compare::Printable;
use crate::lint::{Finding, Level};

/// A dashboard's file with what was found in it.
#[derive(Debug, Clone, Serialize)]
pub struct Linted {
    /// The file, as people name it.
    pub file: String,
    /// The findings.
    pub findings: Vec<Finding>,
    /// The file's text, which tells where they are.
    #[serde(skip)]
    pub text: String,
}

/// Findings for people: one a line.
#[derive(Debug, Clone, Copy)]
pub struct LintText<'a>(pub &'a [Linted]);

impl fmt::Display for LintText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for linted in self.0 {
            for finding in &linted.findings {
                let Finding {
                    rule,
                    level,
                    path,
                    title,
                    message,
                    ..
                } = finding;
                let panel = match title.is_empty() {
                    true => String::new(),
                    false => format!(" (panel {:?})", Printable(title).to_string()),
                };
                let file = Printable(&linted.file);
                writeln!(
                    f,
                    "{file}: {path}{panel}: {}: {} [{rule}]",
                    word(*level),
                    Printable(message)
                )?;
            }
        }
        let count: usize = self.0.iter().map(|linted| linted.findings.len()).sum();
        let files = self.0.len();
        if files == 0 {
            return f.write_str("No dashboards.\n");
        }
        let (findings, dashboards) = (plural(count, "finding"), plural(files, "dashboard"));
        writeln!(f, "{findings} in {dashboards}.")
    }
}

fn plural(number: usize, noun: &str) -> String {
    match number {
        0 => format!("No {noun}s"),
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}

/// How a level is called.
pub(super) fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

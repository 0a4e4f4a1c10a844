use std::fmt;

use serde::Serialize;

use crate::dashboard::compare::Printable;
use crate::lint::{Finding, Level};

/// The file of a dashboard, or of a library panel, with what was found in it.
#[derive(Debug, Clone, Serialize)]
pub struct Linted {
    /// The file, as people name it.
    pub file: String,
    /// The findings.
    pub findings: Vec<Finding>,
    /// Whether it is a library panel's.
    #[serde(skip)]
    pub is_library_panel: bool,
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
        let panels = self.0.iter().filter(|linted| linted.is_library_panel).count();
        let files = match (self.0.len() - panels, panels) {
            (0, 0) => return f.write_str("No dashboards.\n"),
            (dashboards, 0) => plural(dashboards, "dashboard"),
            (0, panels) => plural(panels, "library panel"),
            (dashboards, panels) => format!(
                "{} and {}",
                plural(dashboards, "dashboard"),
                plural(panels, "library panel")
            ),
        };
        writeln!(f, "{} in {files}.", plural(count, "finding"))
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

//! `dashctl lint`: what is wrong with dashboards, without any server.

use super::ask::Terminal;
use super::format::LintFormat;
use super::output::{OutputArgs, print, table};
use super::{Exit, Failure};
use crate::lint::{Level, RULES};
use crate::ops::lint::lint_all;
use crate::report::{LintText, Sarif};

/// Tells what is wrong with dashboards, without any server
///
/// Without WHAT: all dashboards of the repository. Rules are turned off in dashctl.yaml, everywhere, in a dashboard or in one
/// panel: lint: {off: [{rule: missing-unit, dashboard: Kubernetes/pods, panel: 3}]}
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl lint
  dashctl lint Kubernetes ./mine.json
  dashctl lint -o sarif=lint.sarif -o text")]
pub struct Args {
    /// What to look at: names, uids, folders or globs of the repository, or files
    #[arg(value_name = "WHAT")]
    what: Vec<String>,
    /// List the rules
    #[arg(long)]
    rules: bool,
    /// The exit code if there is an error or a warning; 0 for never
    #[arg(long, value_name = "N", default_value_t = 2)]
    exit_code: u8,
    #[command(flatten)]
    output: OutputArgs<LintFormat>,
}

/// Runs the verb.
///
/// # Errors
///
/// A word that means nothing, or a result that can't be written.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    if args.rules {
        let level = |level: Level| format!("{level:?}").to_lowercase();
        let rows = RULES
            .iter()
            .map(|rule| vec![rule.name.into(), level(rule.level), rule.what.into()]);
        print(&table(&["RULE", "LEVEL", "WHAT"], rows))?;
        return Ok(Exit::Done);
    }
    let (linted, unread) = lint_all(&args.what, &Terminal::default())?;
    args.output.write_each(|format, _| match format {
        LintFormat::Text => Ok(LintText(&linted).to_string()),
        LintFormat::Json => Ok(serde_json::to_string_pretty(&linted).map_err(Failure::new)? + "\n"),
        LintFormat::Sarif => Ok(Sarif(&linted).to_string()),
    })?;
    let bad = linted
        .iter()
        .flat_map(|one| &one.findings)
        .any(|finding| finding.level > Level::Note);
    let found = if bad { Exit::differs(args.exit_code) } else { Exit::Done };
    Ok(if unread > 0 { found.worse(Exit::Partial) } else { found })
}

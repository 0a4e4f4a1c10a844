//! `dashctl verify`: will these dashboards show data here?

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use url::Url;

use super::ask::Terminal;
use super::connect::ConnectArgs;
use super::output::{OutputArgs, is_verbose, progress};
use super::{Exit, Failure};
use crate::ops::verify::{Against, Fixed, Verified, VerifyOptions, save, verify};
use crate::report::VerifyText;
use crate::verify::Verdicts;

/// Tells which panels show data here and which don't, why not, and what would
///
/// Each query, variable and annotation query of a Prometheus is asked as the panel asks it. Without WHAT: all dashboards of
/// the repository.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl verify
  dashctl verify 6417 ./mine.json
  dashctl verify Kubernetes --prometheus http://localhost:9090
  dashctl verify 8588 --fix                          rewrites queries by the rename rules, after asking
  dashctl verify --save-metrics metrics.json
  dashctl verify --offline --metrics metrics.json    for CI without a Prometheus")]
pub struct Args {
    /// What to look at: names, uids, folders or globs of the repository, files, catalog ids, uids of Grafana
    #[arg(value_name = "WHAT")]
    what: Vec<String>,
    /// Ask the Prometheus at this URL, instead of those of Grafana's data sources
    #[arg(long, value_name = "URL")]
    prometheus: Option<Url>,
    /// Ask no server: a file of metrics stands for it
    #[arg(long, requires = "metrics", conflicts_with_all = ["prometheus", "save_metrics"])]
    offline: bool,
    /// The metrics that there are: an answer of /api/v1/series, or what exporters expose
    #[arg(long, value_name = "FILE", requires = "offline")]
    metrics: Option<PathBuf>,
    /// Write the metrics that there are into a file, for --offline
    #[arg(long, value_name = "FILE", conflicts_with_all = ["what", "fix"])]
    save_metrics: Option<PathBuf>,
    /// Rewrite queries by the rename rules where the old name is gone and the new one is there, and write them into the files
    #[arg(long)]
    fix: bool,
    /// With --fix: show what would be rewritten, and write nothing
    #[arg(long, requires = "fix")]
    dry_run: bool,
    /// Don't ask before writing
    #[arg(short, long)]
    yes: bool,
    /// List also what has data
    #[arg(long)]
    all: bool,
    /// The exit code if something is empty; 0 for never
    #[arg(long, value_name = "N", default_value_t = 2)]
    exit_code: u8,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// What machines read.
#[derive(Serialize)]
struct Told<'a> {
    fixed: &'a [Fixed],
    down: &'a [String],
    #[serde(flatten)]
    verdicts: &'a Verdicts,
}

/// Runs the verb.
///
/// # Errors
///
/// A word that means nothing, or a target, Prometheus or file that can't be asked or read.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let options = args.options();
    if let Some(file) = &args.save_metrics {
        let count = save(&options, file).await?;
        progress(&format!("{count} series are in {}", file.display()));
        return Ok(Exit::Done);
    }
    let found = verify(&options, Arc::new(Terminal { yes: args.yes })).await?;
    let told = Told {
        verdicts: &found.verdicts,
        fixed: &found.fixed,
        down: &found.down,
    };
    let all = args.all || is_verbose();
    args.output.write(&told, || text(&found, all, args.dry_run))?;
    Ok(exit(&found, Exit::differs(args.exit_code)))
}

fn text(found: &Verified, all: bool, dry_run: bool) -> String {
    let mut text = String::new();
    for fixed in &found.fixed {
        let done = if dry_run { "would be rewritten" } else { "rewritten" };
        text.push_str(&format!("{}: {} {done}\n{}", fixed.name, queries(fixed), fixed.diff()));
    }
    text.push_str(&VerifyText::new(&found.verdicts).all(all).to_string());
    text
}

fn queries(fixed: &Fixed) -> String {
    match fixed.rewrites.len() {
        1 => "1 query".into(),
        number => format!("{number} queries"),
    }
}

fn exit(found: &Verified, empty: Exit) -> Exit {
    for down in &found.down {
        Failure::new(format!("asking Prometheus: {down}")).report();
    }
    let partial = match found.unread > 0 || !found.down.is_empty() {
        true => Exit::Partial,
        false => Exit::Done,
    };
    match found.verdicts.dashboards.iter().any(|one| one.is_empty_somewhere()) {
        true => partial.worse(empty),
        false => partial,
    }
}

impl Args {
    fn options(&self) -> VerifyOptions {
        let against = match (&self.prometheus, &self.metrics) {
            (Some(url), _) => Against::Prometheus(url.clone()),
            (None, Some(file)) => Against::File(file.clone()),
            (None, None) => Against::Grafana,
        };
        VerifyOptions {
            what: self.what.clone(),
            target: (&self.connect).into(),
            against,
            fix: self.fix,
            dry_run: self.dry_run,
        }
    }
}

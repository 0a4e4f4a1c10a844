use super::super::connect::ConnectArgs;
use super::super::output::OutputArgs;
use super::super::writes::WritesArgs;
use super::super::{Exit, Failure};
use crate::catalog::Wanted;
use crate::dashboard::{FolderPath, UidError};
use crate::ops::Source;
use crate::ops::import::{ImportOptions, UidChoice};

/// Imports dashboards: fetched, checked, inputs answered, pinned, and saved in Grafana
///
/// Inside of a repository the dashboard also becomes a file: its pristine bytes under vendor/, its JSON with open
/// inputs and a small YAML file under dashboards/, revision and checksum in dashctl.lock. Importing again changes
/// nothing. A dashboard that is in Grafana already and isn't this repository's is refused, unless --adopt.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = "Examples:
  dashctl import 6417
  dashctl import 6417 8588@1 ./mine.json --folder Kubernetes
  dashctl import https://grafana.com/grafana/dashboards/7249-kubernetes-cluster/ --datasource Prometheus
  dashctl import 3119 --uid new --title 'Cluster (copy)'
  dashctl import 13770 --source mirror=vendor --dry-run
  dashctl import dashctl-drift              shows what scheduled drift checks have found")]
pub struct Args {
    /// What to import: an id (6417), an id with a revision (6417@1), a grafana.com URL, or a .json or .yaml file
    #[arg(required = true, value_name = "WHAT")]
    pub what: Vec<Wanted>,
    /// The Grafana folder, as titles: Kubernetes or Teams/Platform; \/ is a slash within a title. Made where it is missing
    #[arg(long, value_name = "PATH")]
    pub folder: Option<FolderPath>,
    /// The title instead of the file's own (for one dashboard)
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// The uid: keep (the file's own), new (a random one) or a certain one (for one dashboard)
    #[arg(long, value_name = "keep|new|UID", default_value = "keep", value_parser = uid_choice)]
    pub uid: UidChoice,
    /// The data source (name or uid) that answers inputs of its type; repeatable
    #[arg(long = "datasource", value_name = "NAME")]
    pub data_sources: Vec<String>,
    /// The answer to one input: the name or uid of a data source, or a constant's text; repeatable
    #[arg(long = "input", value_name = "NAME=VALUE", value_parser = pair)]
    pub inputs: Vec<(String, String)>,
    /// Where dashboards come from: grafana.com, gnet (through Grafana), mirror=DIR or bundled
    #[arg(long, value_name = "SOURCE")]
    pub source: Option<Source>,
    /// Take over dashboards that are in Grafana already and aren't this repository's
    #[arg(long)]
    pub adopt: bool,
    /// Refuse dashboards whose panel plugins the target lacks, instead of a warning
    #[arg(long)]
    pub require_plugins: bool,
    /// Refuse dashboards that refer to data sources or library panels which the target lacks, instead of a warning
    #[arg(long)]
    pub strict: bool,
    /// Rewrite queries by the rename rules where the target has the new names and not the old ones
    #[arg(long, conflicts_with = "no_apply")]
    pub fix: bool,
    /// Don't say how many panels have data
    #[arg(long)]
    pub no_verify: bool,
    /// Only write files, save nothing in Grafana
    #[arg(long, conflicts_with = "dry_run")]
    pub no_apply: bool,
    /// Show what would be done; write nothing anywhere
    #[arg(long)]
    pub dry_run: bool,
    /// Don't ask before writing
    #[arg(short, long)]
    pub yes: bool,
    /// A text for Grafana's version history
    #[arg(short, long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub message: String,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub writes: WritesArgs,
    #[command(flatten)]
    pub connect: ConnectArgs,
}

fn uid_choice(text: &str) -> Result<UidChoice, String> {
    Ok(match text {
        "keep" => UidChoice::Keep,
        "new" => UidChoice::New,
        other => UidChoice::Is(other.parse().map_err(|error: UidError| error.to_string())?),
    })
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Args {
    /// What clap can't see.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let single = self.title.is_some() || matches!(self.uid, UidChoice::Is(_));
        if single && self.what.len() > 1 {
            return Err(Failure::usage(
                "--title and a certain --uid go with one dashboard, and several were asked for",
            )
            .exit(Exit::Usage));
        }
        if self.title.as_ref().is_some_and(|title| title.trim().is_empty()) {
            return Err(Failure::usage(
                "--title is empty, and Grafana takes no dashboard without a title",
            ));
        }
        Ok(())
    }

    /// The options without the arguments.
    pub(super) fn options(&self) -> ImportOptions {
        ImportOptions {
            what: self.what.clone(),
            folder: self.folder.clone(),
            title: self.title.clone(),
            uid: self.uid.clone(),
            data_sources: self.data_sources.clone(),
            inputs: self.inputs.clone(),
            source: self.source.clone(),
            adopt: self.adopt,
            require_plugins: self.require_plugins,
            strict: self.strict,
            fix: self.fix,
            dry_run: self.dry_run,
            message: self.message.clone(),
            writes: self.writes.options(),
        }
    }
}

//! `dashctl diff`: what differs, in the words of the person who made the edits.
//!
//! Without operands, or with words that choose dashboards of the repository, live is compared with desired. With two
//! sides (files, revisions, live dashboards, their versions) one is compared with the other.

mod file;
mod operand;

use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

use super::connect::ConnectArgs;
use super::format::DiffFormat;
use super::output::{OutputArgs, printable, warn};
use super::review::{Review, ReviewArgs};
use super::session::find_repository;
use super::{Environment, Exit, Failure};
use crate::apply::Surroundings;
use crate::dashboard::compare::{Comparison, Context, IgnoreRule, compare};
use crate::report::{Difference, Markdown, Semantic};
use crate::repository::{Name, Repository};
use operand::{Operand, Reader};

/// Shows what differs, in the words of the person who made the edits
///
/// Without WHAT, or with names, uids, folders or globs: what an apply would change in Grafana. With two sides: one
/// compared with the other. A side is a JSON file, a catalog revision (6417@1), a version of a live dashboard (uid@v3), or
/// a name or uid.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Formats: semantic (in words; the default) · unified (line by line, noise too) · json · markdown (a pull request's comment)

Examples:
  dashctl diff
  dashctl diff Kubernetes/pods
  dashctl diff before.json after.json --datasources datasources.json
  dashctl diff dashboard.json 4XuMd2Iiz
  dashctl diff 6417@1 6417@2
  dashctl diff 4XuMd2Iiz@v3                  that version, and what is live now"
)]
pub struct Args {
    /// What to compare
    #[arg(value_name = "WHAT")]
    what: Vec<String>,
    #[command(flatten)]
    output: OutputArgs<DiffFormat>,
    /// Also list what differs without an edit, with the rule that says so
    #[arg(long)]
    all: bool,
    /// The data sources of the Grafana that both sides are for, as GET /api/datasources lists them
    #[arg(long, value_name = "FILE")]
    datasources: Option<PathBuf>,
    /// The exit code if something differs; 0 for never
    #[arg(long, value_name = "N", default_value_t = 2)]
    exit_code: u8,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Two dashboards, and what they are called.
struct Pair {
    name: Option<String>,
    labels: [String; 2],
    sides: [Value; 2],
    comparison: Comparison,
    /// How many differences the user's ignore rules cover.
    ignored: usize,
}

/// Runs the verb.
///
/// # Errors
///
/// A side that can't be read or is no dashboard, or a server that can't be reached.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let operands: Vec<Operand> = args.what.iter().map(|word| Operand::parse(word)).collect();
    let (pairs, failures) = match &operands[..] {
        [one, other] if one.is_a_side() || other.is_a_side() => (vec![two(&args, one, other).await?], Exit::Done),
        [Operand::Version(uid, version)] => {
            let live = Operand::Live(uid.clone());
            let pair = two(&args, &Operand::Version(uid.clone(), *version), &live).await?;
            (vec![pair], Exit::Done)
        }
        [Operand::File(path)] => {
            let uid = file::dashboard(path)?
                .get("uid")
                .and_then(Value::as_str)
                .map(str::to_owned);
            let uid =
                uid.ok_or_else(|| Failure::usage(format!("{} has no uid; name the other side", path.display())))?;
            let pair = two(&args, &Operand::File(path.clone()), &Operand::Live(uid)).await?;
            (vec![pair], Exit::Done)
        }
        words if words.iter().any(Operand::is_a_side) => {
            return Err(Failure::usage(
                "a file, a revision or a version is compared with one other side",
            ));
        }
        _ => of_repository(&args).await?,
    };
    show(&args, &pairs)?;
    let same = pairs.iter().all(|pair| pair.comparison.is_same());
    let differs = if same {
        Exit::Done
    } else {
        Exit::differs(args.exit_code)
    };
    Ok(differs.worse(failures))
}

/// One side compared with the other. A Grafana is asked only where a side is live, or one was named.
async fn two(args: &Args, one: &Operand, other: &Operand) -> Result<Pair, Failure> {
    let environment = Environment::of_process();
    let repository = find_repository()?;
    let wanted = args.connect.url.is_some() || args.connect.target.is_some();
    let connected = match wanted || one.is_live(repository.as_ref()) || other.is_live(repository.as_ref()) {
        true => Some(args.connect.connect(repository.as_ref(), &environment)?),
        false => None,
    };
    let grafana = connected.as_ref().map(|connected| &connected.grafana);
    let surroundings = match grafana {
        Some(grafana) => Some(Surroundings::read(grafana, false).await?),
        None => None,
    };
    let reader = Reader {
        repository: repository.as_ref(),
        target: connected.as_ref().and_then(|connected| connected.target.as_deref()),
        grafana,
        surroundings: surroundings.as_ref(),
        environment: &environment,
    };
    let sides = async { Ok::<_, Failure>([reader.read(one).await?, reader.read(other).await?]) }.await;
    if let Some(grafana) = grafana {
        grafana.close().await;
    }
    let sides = sides?;
    let context = match (&args.datasources, &surroundings) {
        (Some(path), _) => Context::with_data_sources(file::data_sources(path)?),
        (None, Some(surroundings)) => surroundings.context(),
        (None, None) => Context::default(),
    };
    let label = |operand: &Operand| match operand {
        Operand::File(path) => path.display().to_string(),
        Operand::Catalog(id, revision) => format!("{id}@{revision}"),
        Operand::Version(uid, version) => format!("{uid}@v{version}"),
        Operand::Live(uid) => format!("{uid} (live)"),
        Operand::Named(word) => word.clone(),
    };
    Ok(Pair {
        name: None,
        labels: [label(one), label(other)],
        comparison: compare(&sides[0], &sides[1], &context),
        sides,
        ignored: 0,
    })
}

/// Live and desired of the dashboards that were chosen.
async fn of_repository(args: &Args) -> Result<(Vec<Pair>, Exit), Failure> {
    let review = Review::make_all(&ReviewArgs {
        what: args.what.clone(),
        concurrency: 12,
        exit_code: args.exit_code,
        connect: args.connect.clone(),
        shard: None,
    })
    .await?;
    for failed in &review.failed {
        warn(&format!("{}: {}", failed.name, failed.failure.message()));
    }
    let mut pairs = Vec::new();
    let mut exit = review.failure_exit();
    for item in review.items.iter().filter(|item| args.all || item.differs()) {
        let name = Name::parse(&item.name).map_err(Failure::new)?;
        let desired = review.survey.desired(&name)?;
        let live = review.session.grafana.dashboard(desired.uid.as_str()).await?;
        let live = match live.map(|live| live.document.into_classic()).transpose() {
            Ok(live) => live.unwrap_or_default(),
            Err(other) => {
                warn(&format!("{name}: {other}"));
                exit = exit.worse(Exit::differs(args.exit_code));
                continue;
            }
        };
        let found = compare(&live, &desired.dashboard, review.survey.context());
        let found = IgnoreRule::apply(&desired.ignore, found);
        pairs.push(Pair {
            name: Some(item.name.clone()),
            labels: [
                format!("{} (live)", item.uid),
                file_of(&review.session.repository, &name),
            ],
            sides: [live, desired.dashboard],
            comparison: found.kept,
            ignored: found.ignored.len() + found.undecidable.len(),
        });
    }
    review.close().await;
    Ok((pairs, exit))
}

fn file_of(repository: &Repository, name: &Name) -> String {
    repository.relative(&name.json(repository.root())).display().to_string()
}

fn show(args: &Args, pairs: &[Pair]) -> Result<(), Failure> {
    args.output.write_each(|format, colour| match format {
        DiffFormat::Semantic => Ok(text(pairs, |pair| match pair.sides[0].is_null() {
            true => "+ not in Grafana yet\n".to_owned(),
            false => {
                let words = Semantic::new(&pair.comparison).colour(colour).noise(args.all);
                words.to_string()
            }
        })),
        DiffFormat::Unified => Ok(text(pairs, unified)),
        DiffFormat::Json => json(args, pairs),
        DiffFormat::Markdown => {
            let differences: Vec<Difference<'_>> = pairs.iter().map(Pair::difference).collect();
            Ok(Markdown::new(&differences[..]).to_string())
        }
    })
}

fn text(pairs: &[Pair], body: impl Fn(&Pair) -> String) -> String {
    let mut text = String::new();
    for pair in pairs {
        if let Some(name) = &pair.name {
            text.push_str(&format!("{}\n", printable(name)));
        }
        text.push_str(&body(pair));
        if pair.ignored > 0 {
            text.push_str(&format!("{} more covered by ignore rules.\n", pair.ignored));
        }
    }
    if pairs.is_empty() {
        text.push_str("Nothing differs.\n");
    }
    text
}

impl Pair {
    fn difference(&self) -> Difference<'_> {
        Difference {
            name: self.name.as_deref().unwrap_or(&self.labels[1]),
            sides: [&self.labels[0], &self.labels[1]],
            new: self.sides[0].is_null(),
            comparison: &self.comparison,
            ignored: self.ignored,
        }
    }
}

/// One pair as machines read it.
#[derive(Serialize)]
struct JsonPair<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    before: &'a str,
    after: &'a str,
    same: bool,
    ignored: usize,
    changes: Value,
    undecidable: Value,
    noise: Value,
}

fn json(args: &Args, pairs: &[Pair]) -> Result<String, Failure> {
    let value = |value: Result<Value, serde_json::Error>| value.map_err(Failure::new);
    let mut all = Vec::new();
    for pair in pairs {
        let found = &pair.comparison;
        all.push(JsonPair {
            name: pair.name.as_deref(),
            before: &pair.labels[0],
            after: &pair.labels[1],
            same: found.is_same(),
            ignored: pair.ignored,
            changes: value(serde_json::to_value(&found.changes))?,
            undecidable: value(serde_json::to_value(&found.undecidable))?,
            noise: if args.all {
                value(serde_json::to_value(&found.noise))?
            } else {
                found.noise.len().into()
            },
        });
    }
    // Two sides are one result; dashboards of a repository are a list.
    let text = match &all[..] {
        [only] if only.name.is_none() => serde_json::to_string_pretty(only),
        list => serde_json::to_string_pretty(list),
    };
    Ok(text.map_err(Failure::new)? + "\n")
}

fn unified(pair: &Pair) -> String {
    let text = |value: &Value| crate::dashboard::to_sorted_text(value);
    let (old, new) = (text(&pair.sides[0]), text(&pair.sides[1]));
    let diff = similar::TextDiff::from_lines(&old, &new);
    let diff = diff.unified_diff().header(&pair.labels[0], &pair.labels[1]).to_string();
    // A string of the dashboard may hold anything; JSON has escaped its control characters but DEL and C1.
    diff.lines().map(|line| format!("{}\n", printable(line))).collect()
}

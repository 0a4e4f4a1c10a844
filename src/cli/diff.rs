//! `dashctl diff`: what differs, in the words of the person who made the edits.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::ask::Terminal;
use super::connect::ConnectArgs;
use super::format::DiffFormat;
use super::output::{OutputArgs, colours, is_verbose, print, printable};
use super::{Exit, Failure};
use crate::ops::diff::{Between, DiffOptions, Pair, diff, of_files};
use crate::plan::TemplateLine;
use crate::report::{Difference, FromTemplate, Html, Markdown, PictureText, Semantic};

/// Shows what differs, in the words of the person who made the edits
///
/// Without WHAT, or with names, uids, folders or globs: what an apply would change in Grafana. With two sides: one
/// compared with the other. A side is a JSON file, a catalog revision (6417@1), a version of a live dashboard (uid@v3), or
/// a name or uid.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Formats: semantic (in words; the default) · unified (line by line, noise too) · json · markdown (a pull request's comment)
  · html (one page for a browser, with the dashboard drawn)

Examples:
  dashctl diff
  dashctl diff Kubernetes/pods
  dashctl diff before.json after.json --datasources datasources.json
  dashctl diff dashboard.json 4XuMd2Iiz
  dashctl diff 6417@1 6417@2
  git config diff.dashctl.command 'dashctl diff --git'   for files with diff=dashctl in .gitattributes
  dashctl diff 4XuMd2Iiz@v3                  that version, and what is live now"
)]
pub struct Args {
    /// What to compare
    #[arg(value_name = "WHAT")]
    what: Vec<String>,
    /// Called by Git: PATH OLD-FILE OLD-HEX OLD-MODE NEW-FILE NEW-HEX NEW-MODE, as diff.<driver>.command and
    /// GIT_EXTERNAL_DIFF are; it exits 0 then
    #[arg(long, requires = "what")]
    git: bool,
    /// Also list what differs without an edit, with the rule that says so
    #[arg(long)]
    all: bool,
    /// Draw the dashboard with what differs in it, too
    #[arg(long)]
    picture: bool,
    /// The data sources of the Grafana that both sides are for, as GET /api/datasources lists them
    #[arg(long, value_name = "FILE")]
    datasources: Option<PathBuf>,
    /// The exit code if something differs; 0 for never
    #[arg(long, value_name = "N", default_value_t = 2)]
    exit_code: u8,
    #[command(flatten)]
    output: OutputArgs<DiffFormat>,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Runs the verb.
///
/// # Errors
///
/// A side that can't be read or is no dashboard, or a server that can't be reached.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    if args.git {
        return of_git(&args);
    }
    let options = DiffOptions {
        what: args.what.clone(),
        all: args.all,
        data_sources: args.datasources.clone(),
        target: (&args.connect).into(),
    };
    let found = diff(&options, Arc::new(Terminal::default())).await?;
    show(&args, &found.pairs)?;
    let same = !found.unread && found.pairs.iter().all(|pair| pair.comparison.is_same());
    let differs = if same {
        Exit::Done
    } else {
        Exit::differs(args.exit_code)
    };
    Ok(differs.worse(Exit::of(found.failure)))
}

/// One file of a `git diff`, told in words.
fn of_git(args: &Args) -> Result<Exit, Failure> {
    // A file in conflict comes by its name alone (git(1), GIT_EXTERNAL_DIFF).
    let [path, old, _, _, new, ..] = &args.what[..] else {
        let name = args.what.first().map(String::as_str).unwrap_or_default();
        print(&format!("{}: a merge conflict is not settled\n", printable(name)))?;
        return Ok(Exit::Done);
    };
    let found = of_files(path, [old.as_ref(), new.as_ref()])?;
    print(&format!("diff --dashctl {}\n", printable(path)))?;
    print(&match found {
        Between::Dashboards(comparison) => {
            let words = Semantic::new(&comparison);
            words.colour(colours()).noise(args.all).paths(is_verbose()).to_string()
        }
        Between::Texts(lines) => lines.lines().map(|line| format!("{}\n", printable(line))).collect(),
    })?;
    Ok(Exit::Done)
}

fn show(args: &Args, pairs: &[Pair]) -> Result<(), Failure> {
    args.output.write_each(|format, colour| match format {
        DiffFormat::Semantic => Ok(text(pairs, |pair| match pair.sides[0].is_null() {
            true => "+ not in Grafana yet\n".to_owned(),
            false => {
                let words = Semantic::new(&pair.comparison)
                    .colour(colour)
                    .noise(args.all)
                    .paths(is_verbose());
                let picture = args.picture.then(|| {
                    let sides = [&pair.sides[0], &pair.sides[1]];
                    PictureText::between(sides, &pair.comparison, colour).to_string()
                });
                words.to_string() + &picture.unwrap_or_default()
            }
        })),
        DiffFormat::Unified => Ok(text(pairs, unified)),
        DiffFormat::Json => json(args, pairs),
        DiffFormat::Markdown => {
            let differences: Vec<Difference<'_>> = pairs.iter().map(difference).collect();
            Ok(Markdown::new(&differences[..]).to_string())
        }
        DiffFormat::Html => {
            let differences: Vec<Difference<'_>> = pairs.iter().map(difference).collect();
            Ok(Html::new(&differences[..]).to_string())
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
        text.push_str(&FromTemplate(&pair.template).to_string());
        if pair.ignored > 0 {
            text.push_str(&format!("{} more covered by ignore rules.\n", pair.ignored));
        }
    }
    if pairs.is_empty() {
        text.push_str("Nothing differs.\n");
    }
    text
}

fn difference(pair: &Pair) -> Difference<'_> {
    Difference {
        name: pair.name.as_deref().unwrap_or(&pair.labels[1]),
        sides: [&pair.labels[0], &pair.labels[1]],
        new: pair.sides[0].is_null(),
        dashboards: [&pair.sides[0], &pair.sides[1]],
        comparison: &pair.comparison,
        ignored: pair.ignored,
        template: &pair.template,
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
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    template: &'a [TemplateLine],
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
            template: &pair.template,
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

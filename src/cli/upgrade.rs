//! `dashctl upgrade`: newer revisions of imported dashboards, merged with what was edited here.

use super::ask::Terminal;
use super::output::{OutputArgs, colours, printable};
use super::{Environment, Exit, Failure};
use crate::catalog::Revision;
use crate::dashboard::merge::Choice;
use crate::ops::upgrade::{On, UpgradeOptions, UpgradeRow, Upgraded, abort, upgrade};
use crate::ops::{Source, repository_here};
use crate::report::{Conflicts, Semantic};

/// Brings newer revisions of imported dashboards into the repository, and keeps what was edited here
///
/// A three-way merge of the pinned revision, the file and the new revision. File, vendor/ and dashctl.lock change together;
/// nothing is written in Grafana. Where both changed the same place, it is asked on a terminal, settled by --ours, --theirs or --on, or
/// left in NAME.conflicts.yaml beside the dashboard, whose file stays as it is (exit code 2): write the answers there, then
/// --continue.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl upgrade --dry-run
  dashctl upgrade Kubernetes/pods --to 3
  dashctl upgrade Kubernetes --on 'panels[id=3].title=ours' --theirs
  dashctl upgrade --continue
  dashctl upgrade --commit")]
pub struct Args {
    /// Names, uids, folders or globs; all pinned dashboards where none is named
    #[arg(value_name = "WHAT")]
    what: Vec<String>,
    /// The revision, instead of the newest one
    #[arg(long, value_name = "REV")]
    to: Option<Revision>,
    /// Where both changed the same place, keep what the file has
    #[arg(long, conflicts_with = "theirs")]
    ours: bool,
    /// Where both changed the same place, take what the new revision has
    #[arg(long)]
    theirs: bool,
    /// What counts at this place and in it: PATH=ours or PATH=theirs (repeatable; goes before --ours and --theirs)
    #[arg(long, value_name = "PATH=SIDE")]
    on: Vec<On>,
    /// Go on with upgrades that wait for answers in their NAME.conflicts.yaml
    #[arg(long = "continue", conflicts_with_all = ["to", "abort"])]
    go_on: bool,
    /// Give up upgrades that wait for answers: all files are as they were
    #[arg(long, conflicts_with_all = ["to", "on", "ours", "theirs", "commit", "dry_run"])]
    abort: bool,
    /// Make one Git commit of what was upgraded
    #[arg(long, conflicts_with = "dry_run")]
    commit: bool,
    /// Show what would be done; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Where revisions come from: grafana.com or mirror=DIR
    #[arg(long, value_name = "SOURCE")]
    source: Option<Source>,
    #[command(flatten)]
    output: OutputArgs,
}

/// Runs the verb.
///
/// # Errors
///
/// No repository, a word that no dashboard answers to, or files that aren't committed with --commit.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let repository = repository_here()?;
    let rows = if args.abort {
        abort(&args.what, &repository)?
    } else {
        let options = UpgradeOptions {
            what: args.what.clone(),
            to: args.to,
            source: args.source.clone(),
            all: match (args.ours, args.theirs) {
                (true, _) => Some(Choice::Ours),
                (_, true) => Some(Choice::Theirs),
                _ => None,
            },
            on: args.on.clone(),
            go_on: args.go_on,
            commit: args.commit,
            dry_run: args.dry_run,
        };
        upgrade(&options, &repository, &Environment::of_process(), &Terminal::default()).await?
    };
    args.output.write(&rows, || text(&rows, &args))?;
    let has = |result: Upgraded| rows.iter().any(|row| row.result == result);
    let conflict = if has(Upgraded::Conflict) {
        Exit::Differs
    } else {
        Exit::Done
    };
    Ok(match has(Upgraded::Failed) {
        true if rows.len() == 1 => Exit::Failed,
        true => conflict.worse(Exit::Partial),
        false => conflict,
    })
}

fn text(rows: &[UpgradeRow], args: &Args) -> String {
    let mut text = String::new();
    for row in rows {
        text.push_str(&line(row, args.dry_run));
        if matches!(row.result, Upgraded::Upgraded | Upgraded::Conflict) {
            let changes = Semantic::new(&row.changes).colour(colours()).to_string();
            text.extend(changes.lines().map(|line| format!("    {line}\n")));
        }
        if row.own_edits > 0 && row.result == Upgraded::Upgraded {
            text.push_str(&format!("    your own edits stay: {}\n", row.own_edits));
        }
        let conflicts = Conflicts(&row.conflicts).to_string();
        text.extend(conflicts.lines().map(|line| format!("    {line}\n")));
        text.extend(row.notes.iter().map(|note| format!("    note: {}\n", printable(note))));
        if row.result == Upgraded::Conflict && !args.dry_run {
            text.push_str(&format!(
                "    answer in dashboards/{0}.conflicts.yaml, then: dashctl upgrade {0} --continue    (or --abort)\n",
                row.name
            ));
        }
    }
    let many = |result: Upgraded| rows.iter().filter(|row| row.result == result).count();
    match (rows.is_empty(), args.go_on || args.abort) {
        (true, true) => return "No upgrade waits for answers.\n".to_owned(),
        (true, false) => return "No dashboard of this repository is pinned to a revision.\n".to_owned(),
        _ if args.abort => return text,
        _ => {}
    }
    text.push_str(&format!(
        "{}: {}, up to date: {}, in conflict: {}, failed: {}\n",
        if args.dry_run { "Would be upgraded" } else { "Upgraded" },
        many(Upgraded::Upgraded),
        many(Upgraded::UpToDate),
        many(Upgraded::Conflict),
        many(Upgraded::Failed)
    ));
    if many(Upgraded::Upgraded) > 0 && !args.dry_run {
        text.push_str("Next: dashctl plan\n");
    }
    text
}

fn line(row: &UpgradeRow, dry_run: bool) -> String {
    let name = printable(&row.name);
    let revision = |text: &Option<String>| text.clone().unwrap_or_default();
    let (from, to) = (revision(&row.from), revision(&row.to));
    match row.result {
        Upgraded::Upgraded if dry_run => format!("{name}: would go from revision {from} to {to}\n"),
        Upgraded::Upgraded => format!("{name}: revision {from} -> {to}\n"),
        Upgraded::UpToDate => format!("{name}: up to date (revision {from})\n"),
        Upgraded::Conflict => format!("{name}: conflict between revision {to} and the file; the file stays as it is\n"),
        Upgraded::Failed => format!(
            "{name}: failed: {}\n",
            printable(row.error.as_deref().unwrap_or_default())
        ),
        Upgraded::Aborted => format!("{name}: the upgrade was given up; nothing of it is left\n"),
    }
}

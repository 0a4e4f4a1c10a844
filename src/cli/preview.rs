use std::sync::Arc;
use std::time::Duration;

use super::ask::Terminal;
use super::connect::ConnectArgs;
use super::interrupt::interrupted;
use super::output::{print, printable, progress};
use super::stack::duration;
use super::{Environment, Exit, Failure};
use crate::ops::preview::{Ended, Preview, PreviewOptions, end_for};
use crate::ops::{Session, find_repository, repository_here};

/// Saves scratch copies of dashboards in Grafana, follows the files, and deletes the copies at the end
///
/// The copies lie in the folder "dashctl preview"; titles, uids and a tag tell them from others, and drift checks leave them alone.
/// Whenever the files change, the copies are saved again. Ctrl-C ends the preview and deletes them; what a killed run has left, the
/// next preview deletes once its time (--ttl) is over. A copy that somebody has edited in Grafana is never written over or deleted.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl preview Kubernetes/pods
  dashctl preview --ttl 30m
  dashctl preview --for PR-12 --yes          in CI: the copies stay, and a second run replaces them
  dashctl preview --end PR-12                deletes them")]
pub struct Args {
    /// Names, uids, folders or globs; all dashboards of the repository where none is named
    #[arg(value_name = "WHAT")]
    what: Vec<String>,
    /// How long the copies may lie there (30m, 8h); with --for a week where nothing is said
    #[arg(long, value_name = "TIME", value_parser = duration)]
    ttl: Option<Duration>,
    /// Save the copies for this, such as a pull request, and leave them
    #[arg(long = "for", value_name = "NAME", value_parser = label)]
    kept_for: Option<String>,
    /// Delete the copies that were saved for this
    #[arg(long, value_name = "NAME", value_parser = label, conflicts_with_all = ["what", "ttl", "kept_for"])]
    end: Option<String>,
    /// Don't ask before writing
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// A tag in Grafana is what it becomes: short, and one word.
fn label(text: &str) -> Result<String, String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "-_./#".contains(c);
    match !text.is_empty() && text.len() <= 28 && text.chars().all(fine) {
        true => Ok(text.to_owned()),
        false => Err("it has at most 28 letters, digits, and - _ . / #".into()),
    }
}

/// Runs the verb.
///
/// # Errors
///
/// No repository, inputs without an answer, or a Grafana that refuses.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    if let Some(name) = &args.end {
        let connected = args
            .connect
            .connect(find_repository()?.as_ref(), &Environment::of_process())?;
        let ended = end_for(&connected.grafana, name).await;
        connected.grafana.close().await;
        return tell(ended?);
    }
    let day = Duration::from_secs(24 * 60 * 60);
    let options = PreviewOptions {
        ttl: args
            .ttl
            .unwrap_or(if args.kept_for.is_some() { 7 * day } else { day / 3 }),
        what: args.what,
        kept_for: args.kept_for,
    };
    let person = Arc::new(Terminal { yes: args.yes });
    let session = Session::open(repository_here()?, &(&args.connect).into(), person)?;
    let mut preview = Preview::begin(session, &options).await?;
    for copy in &preview.copies {
        print(&format!("{}: {}\n", copy.name, printable(&copy.url)))?;
    }
    if options.kept_for.is_some() {
        preview.leave().await;
        return Ok(Exit::Done);
    }
    progress("the copies follow the files; Ctrl-C deletes them");
    let over = async {
        tokio::select! {
            () = interrupted() => {}
            () = tokio::time::sleep(options.ttl) => {}
        }
    };
    preview.follow(over).await;
    tell(preview.end().await)
}

fn tell(ended: Vec<Ended>) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    for one in ended {
        match one.gone {
            Ok(()) => print(&format!("{}: deleted\n", printable(&one.name)))?,
            Err(error) => exit = exit.worse(Failure::from(error).at(one.name).exit(Exit::Partial).report()),
        }
    }
    Ok(exit)
}

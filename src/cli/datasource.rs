use super::connect::ConnectArgs;
use super::output::{OutputArgs, printable, table};
use super::{Environment, Exit, Failure, ask};
use crate::ops::data_sources::{Applied, Checked, DataSources, Listed};
use crate::ops::find_repository;

/// Lists, makes and checks data sources
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Lists the target's data sources, and how they stand to those that dashctl.yaml declares
    List(Common),
    /// Makes the declared data sources, and updates those that differ
    #[command(after_help = "Example:\n  dashctl datasource apply --dry-run")]
    Apply {
        #[command(flatten)]
        common: Common,
        /// Show what would be done; write nothing
        #[arg(long)]
        dry_run: bool,
        /// Don't ask before writing
        #[arg(short, long)]
        yes: bool,
    },
    /// Asks data sources through Grafana whether they work: all, or those that are named
    Check {
        /// Names or uids
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, clap::Args)]
struct Common {
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Runs the verb.
///
/// # Errors
///
/// Not allowed, or the server can't be reached. Data sources that fail one by one are listed.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let (Verb::List(common) | Verb::Apply { common, .. } | Verb::Check { common, .. }) = &args.verb;
    let repository = find_repository()?;
    let connected = common
        .connect
        .connect(repository.as_ref(), &Environment::of_process())?;
    let all = DataSources::new(&connected, repository.as_ref());
    let result = match &args.verb {
        Verb::List(common) => list(&all, &common.output).await,
        Verb::Apply { common, dry_run, yes } => {
            let url = connected.grafana.url();
            let ask = !dry_run && !connected.grafana.is_sandbox().await?;
            apply(&all, &common.output, *dry_run, ask.then_some((url, *yes))).await
        }
        Verb::Check { names, common } => check(&all, &common.output, names).await,
    };
    connected.grafana.close().await;
    result
}

async fn list(all: &DataSources<'_>, output: &OutputArgs) -> Result<Exit, Failure> {
    let rows = all.list().await?;
    output.write(&rows, || {
        let row = |row: &Listed| {
            let default = if row.default { "yes" } else { "" };
            vec![
                row.name.clone(),
                row.uid.clone(),
                row.kind.clone(),
                row.url.clone(),
                default.into(),
                row.declared.to_string(),
            ]
        };
        table(
            &["NAME", "UID", "TYPE", "URL", "DEFAULT", "DECLARED"],
            rows.iter().map(row),
        )
    })?;
    Ok(Exit::Done)
}

async fn apply(
    all: &DataSources<'_>,
    output: &OutputArgs,
    dry_run: bool,
    question: Option<(&str, bool)>,
) -> Result<Exit, Failure> {
    if all.is_empty() {
        return Err(Failure::usage("no data sources are declared here")
            .hint("declare them under `datasources:` in dashctl.yaml (`dashctl init` writes an example)"));
    }
    let changes = all.plan().await?;
    if !dry_run {
        changes.check_secrets()?;
    }
    if let (true, Some((url, yes))) = (changes.writes(), question) {
        let question = format!("{}\nWrite to {url}?", text(&changes.foreseen()));
        if !ask::confirm(&question, yes)? {
            return Err(Failure::new("nothing was written, as you said"));
        }
    }
    let rows = match dry_run {
        true => changes.foreseen(),
        false => changes.carry_out().await,
    };
    output.write(&rows, || text(&rows))?;
    Ok(match rows.iter().any(|row| row.failed) {
        true => Exit::Partial,
        false => Exit::Done,
    })
}

fn text(rows: &[Applied]) -> String {
    let mut text = table(
        &["NAME", "UID", "RESULT"],
        rows.iter()
            .map(|row| vec![row.name.clone(), row.uid.clone(), row.result.clone()]),
    );
    for row in rows {
        for change in &row.changes {
            text.push_str(&format!("  {}: {}\n", printable(&row.name), change));
        }
    }
    text
}

async fn check(all: &DataSources<'_>, output: &OutputArgs, names: &[String]) -> Result<Exit, Failure> {
    let rows = all.check(names).await?;
    output.write(&rows, || {
        let row = |row: &Checked| {
            let ok = if row.ok { "ok" } else { "down" };
            vec![row.name.clone(), row.uid.clone(), ok.into(), row.message.clone()]
        };
        table(&["NAME", "UID", "HEALTH", "MESSAGE"], rows.iter().map(row))
    })?;
    Ok(match rows.iter().all(|row| row.ok) {
        true => Exit::Done,
        false => Exit::Partial,
    })
}

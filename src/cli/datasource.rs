use serde::Serialize;

use super::connect::ConnectArgs;
use super::output::{OutputArgs, printable, table};
use super::{Environment, Exit, Failure, ask};
use crate::grafana::{DataSource, Grafana, Secret};
use crate::ops::{Connected, Vault, unconfirmed};
use crate::plan::{DataSourceAction, FieldChange, data_source_action, data_source_body};
use crate::repository::{DeclaredDataSource, Repository};

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
    connect: ConnectArgs,
    #[command(flatten)]
    output: OutputArgs,
}

struct Session {
    repository: Option<Repository>,
    connected: Connected,
}

/// Runs the verb.
///
/// # Errors
///
/// Not allowed, or the server can't be reached. Data sources that fail one by one are listed.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let common = match &args.verb {
        Verb::List(common) | Verb::Apply { common, .. } | Verb::Check { common, .. } => common,
    };
    let environment = Environment::of_process();
    let here = std::env::current_dir().map_err(|error| Failure::new(format!("the current folder: {error}")))?;
    let repository = Repository::discover(&here)?;
    let connected = common.connect.connect(repository.as_ref(), &environment)?;
    let session = Session { repository, connected };
    let result = match &args.verb {
        Verb::List(common) => list(&session, &common.output).await,
        Verb::Apply { common, dry_run, yes } => apply(&session, &common.output, *dry_run, *yes).await,
        Verb::Check { names, common } => check(&session, &common.output, names).await,
    };
    session.connected.grafana.close().await;
    result
}

impl Session {
    fn grafana(&self) -> &Grafana {
        &self.connected.grafana
    }

    fn declared(&self) -> &[DeclaredDataSource] {
        self.repository
            .as_ref()
            .map_or(&[], |repository| &repository.config().datasources)
    }

    /// What is to be done with each declared data source.
    async fn plan(&self) -> Result<Vec<Planned<'_>>, Failure> {
        plan(self.grafana(), self.declared()).await
    }
}

struct Planned<'a> {
    declared: &'a DeclaredDataSource,
    live: Option<(DataSource, serde_json::Map<String, serde_json::Value>)>,
    action: DataSourceAction,
}

impl Planned<'_> {
    fn writes(&self) -> bool {
        matches!(self.action, DataSourceAction::Create | DataSourceAction::Update(_))
    }
}

async fn plan<'a>(grafana: &Grafana, all: &'a [DeclaredDataSource]) -> Result<Vec<Planned<'a>>, Failure> {
    let there = grafana.data_sources().await?;
    let mut planned = Vec::new();
    for declared in all {
        let live = match there.iter().find(|source| source.uid == declared.uid) {
            Some(source) => grafana
                .data_source(&source.uid)
                .await?
                .map(|full| (source.clone(), full)),
            None => None,
        };
        let action = data_source_action(declared, live.as_ref().map(|(_, full)| full), &there);
        planned.push(Planned { declared, live, action });
    }
    Ok(planned)
}

#[derive(Serialize)]
struct Listed {
    name: String,
    uid: String,
    #[serde(rename = "type")]
    kind: String,
    url: String,
    default: bool,
    declared: &'static str,
}

async fn list(session: &Session, output: &OutputArgs) -> Result<Exit, Failure> {
    let there = session.grafana().data_sources().await?;
    let declared = session.declared();
    let mut rows: Vec<Listed> = there.iter().map(|source| listed(source, declared)).collect();
    let missing = declared
        .iter()
        .filter(|declared| !there.iter().any(|source| source.uid == declared.uid));
    rows.extend(missing.map(|declared| Listed {
        name: declared.name.clone(),
        uid: declared.uid.clone(),
        kind: declared.kind.clone(),
        url: declared.url.clone(),
        default: declared.default,
        declared: "yes, and missing",
    }));
    output.write(&rows, || {
        let row = |row: &Listed| {
            let default = if row.default { "yes" } else { "" };
            vec![
                row.name.clone(),
                row.uid.clone(),
                row.kind.clone(),
                row.url.clone(),
                default.into(),
                row.declared.into(),
            ]
        };
        table(
            &["NAME", "UID", "TYPE", "URL", "DEFAULT", "DECLARED"],
            rows.iter().map(row),
        )
    })?;
    Ok(Exit::Done)
}

fn listed(source: &DataSource, declared: &[DeclaredDataSource]) -> Listed {
    let url = source
        .fields
        .get("url")
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    Listed {
        name: source.name.clone(),
        uid: source.uid.clone(),
        kind: source.kind.clone(),
        url: url.to_owned(),
        default: source.is_default,
        declared: if declared.iter().any(|declared| declared.uid == source.uid) {
            "yes"
        } else {
            ""
        },
    }
}

#[derive(Serialize)]
struct Applied {
    name: String,
    uid: String,
    result: String,
    changes: Vec<FieldChange>,
}

async fn apply(session: &Session, output: &OutputArgs, dry_run: bool, yes: bool) -> Result<Exit, Failure> {
    if session.declared().is_empty() {
        return Err(Failure::usage("no data sources are declared here")
            .hint("declare them under `datasources:` in dashctl.yaml (`dashctl init` writes an example)"));
    }
    let planned = session.plan().await?;
    let sandbox = session.grafana().is_sandbox().await?;
    let writes = planned.iter().any(Planned::writes);
    for one in planned.iter().filter(|one| !dry_run && one.writes()) {
        vault_of(session.grafana(), session.connected.vault.as_ref(), one.declared)?;
    }
    if writes && !dry_run && !sandbox {
        let foreseen: Vec<Applied> = planned.iter().map(|one| foreseen(one, "would ")).collect();
        let question = format!("{}\nWrite to {}?", applied_text(&foreseen), session.grafana().url());
        if !ask::confirm(&question, yes)? {
            return Err(Failure::new("nothing was written, as you said"));
        }
    }
    let mut rows = Vec::new();
    let mut exit = Exit::Done;
    for one in &planned {
        let mut row = foreseen(one, if dry_run { "would " } else { "" });
        if !dry_run && let Err(failure) = carry_out(session.grafana(), session.connected.vault.as_ref(), one).await {
            row.result = format!("failed: {}", failure.message());
            exit = exit.worse(Exit::Partial);
        }
        if matches!(one.action, DataSourceAction::Refuse(_)) {
            exit = exit.worse(Exit::Partial);
        }
        rows.push(row);
    }
    output.write(&rows, || applied_text(&rows))?;
    Ok(exit)
}

fn foreseen(one: &Planned<'_>, would: &str) -> Applied {
    let (result, changes) = match &one.action {
        DataSourceAction::Create if would.is_empty() => ("created".into(), Vec::new()),
        DataSourceAction::Create => (format!("{would}create"), Vec::new()),
        DataSourceAction::Update(changes) if would.is_empty() => ("updated".into(), changes.clone()),
        DataSourceAction::Update(changes) => (format!("{would}update"), changes.clone()),
        DataSourceAction::Nothing => ("unchanged".into(), Vec::new()),
        DataSourceAction::Refuse(reason) => (format!("refused: {reason}"), Vec::new()),
    };
    Applied {
        name: one.declared.name.clone(),
        uid: one.declared.uid.clone(),
        result,
        changes,
    }
}

fn applied_text(rows: &[Applied]) -> String {
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

async fn carry_out(grafana: &Grafana, vault: Option<&Vault>, one: &Planned<'_>) -> Result<(), Failure> {
    match (&one.action, &one.live) {
        (DataSourceAction::Create, _) => {
            let secrets = secrets(grafana, vault, one.declared)?;
            let body = data_source_body(one.declared, None);
            Ok(grafana.create_data_source(&body, &secrets).await?)
        }
        (DataSourceAction::Update(_), Some((source, full))) => {
            let secrets = secrets(grafana, vault, one.declared)?;
            let body = data_source_body(one.declared, Some(full));
            Ok(grafana.update_data_source(source, &body, &secrets).await?)
        }
        _ => Ok(()),
    }
}

/// The declared secrets, out of the vault that is open for this Grafana.
fn secrets(
    grafana: &Grafana,
    vault: Option<&Vault>,
    declared: &DeclaredDataSource,
) -> Result<Vec<(String, Secret)>, Failure> {
    let Some(vault) = vault_of(grafana, vault, declared)? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for (key, variable) in &declared.secrets {
        let secret = vault.get(variable).ok_or_else(|| {
            Failure::new(format!(
                "data source {}: {variable}, which dashctl.yaml names for {key}, is not set",
                declared.name
            ))
        })?;
        found.push((key.clone(), secret.clone()));
    }
    Ok(found)
}

/// The vault that the declared secrets are in; none is needed where there are none.
fn vault_of<'a>(
    grafana: &Grafana,
    vault: Option<&'a Vault>,
    declared: &DeclaredDataSource,
) -> Result<Option<&'a Vault>, Failure> {
    match vault.filter(|vault| vault.is_for(grafana)) {
        _ if declared.secrets.is_empty() => Ok(None),
        Some(vault) => Ok(Some(vault)),
        None => Err(unconfirmed(&grafana.origin()).into()),
    }
}

#[derive(Serialize)]
struct Checked {
    name: String,
    uid: String,
    ok: bool,
    message: String,
}

async fn check(session: &Session, output: &OutputArgs, names: &[String]) -> Result<Exit, Failure> {
    let there = session.grafana().data_sources().await?;
    let named = |source: &&DataSource| names.is_empty() || names.iter().any(|n| *n == source.name || *n == source.uid);
    let chosen: Vec<&DataSource> = there.iter().filter(named).collect();
    if let Some(unknown) = names
        .iter()
        .find(|n| !there.iter().any(|source| **n == source.name || **n == source.uid))
    {
        return Err(
            Failure::new(format!("there is no data source {unknown:?}")).hint("`dashctl datasource list` shows them")
        );
    }
    let mut rows = Vec::new();
    for source in chosen {
        let health = session.grafana().check_data_source(source).await?;
        rows.push(Checked {
            name: source.name.clone(),
            uid: source.uid.clone(),
            ok: health.ok,
            message: health.message,
        });
    }
    output.write(&rows, || {
        let row = |row: &Checked| {
            let ok = if row.ok { "ok" } else { "down" };
            vec![row.name.clone(), row.uid.clone(), ok.into(), row.message.clone()]
        };
        table(&["NAME", "UID", "HEALTH", "MESSAGE"], rows.iter().map(row))
    })?;
    Ok(if rows.iter().all(|row| row.ok) {
        Exit::Done
    } else {
        Exit::Partial
    })
}

/// What is to be done with each declared data source, by name; used by `dashctl plan` and `drift`.
///
/// # Errors
///
/// Not allowed, or the server can't be reached.
pub async fn actions(
    grafana: &Grafana,
    declared: &[DeclaredDataSource],
) -> Result<Vec<(String, DataSourceAction)>, Failure> {
    if declared.is_empty() {
        return Ok(Vec::new());
    }
    let planned = plan(grafana, declared).await?;
    Ok(planned
        .into_iter()
        .map(|one| (one.declared.name.clone(), one.action))
        .collect())
}

/// Reads one declared data source again and makes it what is declared; used by `dashctl apply`.
///
/// # Errors
///
/// Not allowed, a secret that isn't set, or the server can't be reached.
pub async fn carry_out_one(
    grafana: &Grafana,
    vault: Option<&Vault>,
    declared: &DeclaredDataSource,
) -> Result<(), Failure> {
    for one in plan(grafana, std::slice::from_ref(declared)).await? {
        carry_out(grafana, vault, &one).await?;
    }
    Ok(())
}

/// Makes sure that a target has one data source; used by `dashctl up`.
///
/// # Errors
///
/// Not allowed, read-only and different, or the server can't be reached.
pub async fn ensure(grafana: &Grafana, declared: &DeclaredDataSource) -> Result<&'static str, Failure> {
    let planned = plan(grafana, std::slice::from_ref(declared)).await?;
    let Some(one) = planned.first() else {
        return Ok("unchanged");
    };
    match (&one.action, &one.live) {
        (DataSourceAction::Create, _) => {
            grafana
                .create_data_source(&data_source_body(declared, None), &[])
                .await?;
            Ok("created")
        }
        (DataSourceAction::Update(_), Some((source, full))) => {
            grafana
                .update_data_source(source, &data_source_body(declared, Some(full)), &[])
                .await?;
            Ok("updated")
        }
        (DataSourceAction::Refuse(reason), _) => {
            Err(Failure::new(format!("the data source {}: {reason}", declared.name)))
        }
        (DataSourceAction::Nothing | DataSourceAction::Update(_), _) => Ok("unchanged"),
    }
}

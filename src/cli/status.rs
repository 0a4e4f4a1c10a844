use serde::Serialize;

use super::connect::ConnectArgs;
use super::output::{OutputArgs, printable, table};
use super::{Environment, Exit, Failure};
use crate::grafana::ApiInUse;
use crate::ops::Setting;
use crate::repository::Repository;

/// Says which Grafana is meant, who we are to it, and which setting came from where
#[derive(Debug, clap::Args)]
#[command(after_help = "Where settings come from, the first that is set wins:
  the URL      --url; --target; GRAFANA_URL (GRAFANA_SERVER); the target of dashctl.yaml
  credentials  flags; GRAFANA_TOKEN (GRAFANA_API_KEY), GRAFANA_AUTH, GRAFANA_USER with GRAFANA_PASSWORD,
               all of these for GRAFANA_URL's origin only; ~/.config/dashctl/config.yaml or the file in
               DASHCTL_CREDENTIALS, per origin; DASHCTL_SECRET_… variables that dashctl.yaml names
  others       GRAFANA_ORG_ID, GRAFANA_CA_CERT, GRAFANA_TLS_CERT, GRAFANA_TLS_KEY, GRAFANA_HTTP_HEADERS")]
pub struct Args {
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    connect: ConnectArgs,
}

#[derive(Serialize)]
struct Status {
    repository: Option<String>,
    target: Option<String>,
    settings: Vec<Setting>,
    grafana: GrafanaStatus,
}

#[derive(Serialize)]
struct GrafanaStatus {
    version: Option<String>,
    database: String,
    sandbox: bool,
    user: Option<String>,
    organisation: String,
    organisation_id: u64,
    api: ApiInUse,
}

/// Runs the verb.
///
/// # Errors
///
/// No Grafana is named, it can't be reached, or it doesn't let us in. What is known by then is shown first.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let environment = Environment::of_process();
    let here = std::env::current_dir().map_err(|error| Failure::new(format!("the current folder: {error}")))?;
    let repository = Repository::discover(&here)?;
    let connected = args.connect.connect(repository.as_ref(), &environment)?;
    let found = ask(&connected.grafana).await;
    connected.grafana.close().await;
    let mut status = Status {
        repository: repository.map(|repository| repository.root().display().to_string()),
        target: connected.target,
        settings: connected.settings,
        grafana: match found {
            Ok(found) => found,
            Err(failure) => {
                // Which settings led here is what helps now.
                anstream::eprint!("{}", settings(&args.connect, &environment)?);
                return Err(failure);
            }
        },
    };
    status.grafana.organisation = printable(&status.grafana.organisation);
    args.output.write(&status, || text(&status))?;
    Ok(Exit::Done)
}

async fn ask(grafana: &crate::grafana::Grafana) -> Result<GrafanaStatus, Failure> {
    let health = grafana.health().await?;
    let identity = grafana.identity().await?;
    Ok(GrafanaStatus {
        version: health.version,
        database: health.database,
        sandbox: grafana.is_sandbox().await?,
        user: identity.login,
        organisation: identity.org_name,
        organisation_id: identity.org_id,
        api: grafana.api_in_use().await?,
    })
}

fn settings(connect: &ConnectArgs, environment: &Environment) -> Result<String, Failure> {
    let here = std::env::current_dir().map_err(|error| Failure::new(format!("the current folder: {error}")))?;
    let repository = Repository::discover(&here)?;
    Ok(settings_table(
        &connect.connect(repository.as_ref(), environment)?.settings,
    ))
}

fn settings_table(settings: &[Setting]) -> String {
    let row = |setting: &Setting| vec![setting.name.to_owned(), setting.value.clone(), setting.from.clone()];
    table(&["SETTING", "VALUE", "FROM"], settings.iter().map(row))
}

fn text(status: &Status) -> String {
    let mut rows = vec![
        [
            "repository".to_owned(),
            status.repository.clone().unwrap_or_else(|| "none here".into()),
        ],
        [
            "target".to_owned(),
            status.target.clone().unwrap_or_else(|| "none".into()),
        ],
    ];
    let grafana = &status.grafana;
    let version = grafana.version.clone().unwrap_or_else(|| "of a hidden version".into());
    let sandbox = if grafana.sandbox { ", dashctl's sandbox" } else { "" };
    rows.push([
        "Grafana".into(),
        format!("{version}{sandbox}, database {}", grafana.database),
    ]);
    let api = &grafana.api;
    let versions = match api.versions.is_empty() {
        true => String::new(),
        false => format!(" ({})", api.versions.join(", ")),
    };
    rows.push([
        "API for dashboards".into(),
        format!("{}{versions}: {}", api.path, api.why),
    ]);
    rows.push(["user".into(), grafana.user.clone().unwrap_or_else(|| "a token".into())]);
    rows.push([
        "organisation".into(),
        format!("{} (id {})", grafana.organisation, grafana.organisation_id),
    ]);
    let facts = table(&["WHAT", "IS"], rows.into_iter().map(Vec::from));
    format!("{facts}\n{}", settings_table(&status.settings))
}

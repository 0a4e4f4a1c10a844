//! What data sources does a target have, and how do they stand to those that the repository declares?

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::vault::unconfirmed;
use super::{Connected, Error, Vault};
use crate::grafana::{DataSource, Grafana, Secret};
use crate::plan::{DataSourceAction, FieldChange, data_source_action, data_source_body};
use crate::repository::{DeclaredDataSource, Repository};

/// The data sources of a target, and those that a repository declares.
#[derive(Debug)]
pub struct DataSources<'a> {
    grafana: &'a Grafana,
    vault: Option<&'a Vault>,
    declared: &'a [DeclaredDataSource],
}

impl<'a> DataSources<'a> {
    /// Those of a target; `declared` where there is a repository.
    pub fn new(connected: &'a Connected, repository: Option<&'a Repository>) -> Self {
        Self {
            grafana: &connected.grafana,
            vault: connected.vault.as_ref(),
            declared: repository.map_or(&[], |repository| &repository.config().datasources),
        }
    }

    /// Whether the repository declares any.
    pub fn is_empty(&self) -> bool {
        self.declared.is_empty()
    }

    /// What there is, and what is declared and missing.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn list(&self) -> Result<Vec<Listed>, Error> {
        let there = self.grafana.data_sources().await?;
        let mut rows: Vec<Listed> = there.iter().map(|source| self.listed(source)).collect();
        let missing = self
            .declared
            .iter()
            .filter(|declared| !there.iter().any(|source| source.uid == declared.uid));
        rows.extend(missing.map(|declared| Listed {
            name: declared.name.clone(),
            uid: declared.uid.clone(),
            kind: declared.kind.clone(),
            url: declared.url.clone(),
            default: declared.default,
            declared: Declared::Missing,
        }));
        Ok(rows)
    }

    fn listed(&self, source: &DataSource) -> Listed {
        let url = source.fields.get("url").and_then(Value::as_str).unwrap_or_default();
        let declared = self.declared.iter().any(|declared| declared.uid == source.uid);
        Listed {
            name: source.name.clone(),
            uid: source.uid.clone(),
            kind: source.kind.clone(),
            url: url.to_owned(),
            default: source.is_default,
            declared: if declared { Declared::Yes } else { Declared::No },
        }
    }

    /// What is to be done with each declared one, after all were read.
    ///
    /// # Errors
    ///
    /// Not allowed, the server can't be reached, or a secret would go where the user has not confirmed that it may.
    pub async fn plan(&self) -> Result<Changes<'a>, Error> {
        let planned = plan(self.grafana, self.declared).await?;
        Ok(Changes {
            grafana: self.grafana,
            vault: self.vault,
            planned,
        })
    }

    /// Asks data sources through Grafana whether they work: all, or those of these names or uids.
    ///
    /// # Errors
    ///
    /// A name that nothing answers to, not allowed, or the server can't be reached.
    pub async fn check(&self, names: &[String]) -> Result<Vec<Checked>, Error> {
        let there = self.grafana.data_sources().await?;
        let is = |source: &DataSource, name: &String| *name == source.name || *name == source.uid;
        let unknown = names.iter().find(|name| !there.iter().any(|source| is(source, name)));
        if let Some(unknown) = unknown {
            return Err(
                Error::new(format!("there is no data source {unknown:?}")).hint("`dashctl datasource list` shows them")
            );
        }
        let mut rows = Vec::new();
        for source in &there {
            if names.is_empty() || names.iter().any(|name| is(source, name)) {
                let health = self.grafana.check_data_source(source).await?;
                rows.push(Checked {
                    name: source.name.clone(),
                    uid: source.uid.clone(),
                    ok: health.ok,
                    message: health.message,
                });
            }
        }
        Ok(rows)
    }
}

/// One data source of a list.
#[derive(Debug, Serialize)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Its plugin.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it asks.
    pub url: String,
    /// Whether it is the default.
    pub default: bool,
    /// Whether the repository declares it.
    pub declared: Declared,
}

/// Whether a repository declares a data source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Declared {
    /// It is there by other hands.
    #[serde(rename = "")]
    No,
    /// And it is there.
    #[serde(rename = "yes")]
    Yes,
    /// But it isn't there.
    #[serde(rename = "yes, and missing")]
    Missing,
}

impl fmt::Display for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::No => "",
            Self::Yes => "yes",
            Self::Missing => "yes, and missing",
        })
    }
}

/// What was needed for a data source to be there as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ensured {
    /// It wasn't there.
    Created,
    /// It was another.
    Updated,
    /// Nothing.
    Unchanged,
}

impl fmt::Display for Ensured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
        })
    }
}

/// A data source and whether it works.
#[derive(Debug, Serialize)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Whether it works.
    pub ok: bool,
    /// What it said.
    pub message: String,
}

/// What became of one data source, or would.
#[derive(Debug, Serialize)]
pub struct Applied {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// In words.
    pub result: String,
    /// The fields that differ.
    pub changes: Vec<FieldChange>,
    /// Whether it is not as declared after all.
    #[serde(skip)]
    pub failed: bool,
}

/// What is to be done with the declared data sources.
#[derive(Debug)]
pub struct Changes<'a> {
    grafana: &'a Grafana,
    vault: Option<&'a Vault>,
    planned: Vec<Planned<'a>>,
}

impl Changes<'_> {
    /// Whether anything is to be written.
    pub fn writes(&self) -> bool {
        self.planned.iter().any(Planned::writes)
    }

    /// What would be done.
    pub fn foreseen(&self) -> Vec<Applied> {
        self.planned.iter().map(|one| foreseen(one, "would ")).collect()
    }

    /// Refuses what would send a secret to where the user has not confirmed that it may go.
    ///
    /// # Errors
    ///
    /// It would.
    pub fn check_secrets(&self) -> Result<(), Error> {
        let mut written = self.planned.iter().filter(|one| one.writes());
        written.try_for_each(|one| vault_of(self.grafana, self.vault, one.declared).map(drop))
    }

    /// Does it. What fails is in its row.
    pub async fn carry_out(&self) -> Vec<Applied> {
        let mut rows = Vec::new();
        for one in &self.planned {
            let mut row = foreseen(one, "");
            if let Err(error) = carry_out(self.grafana, self.vault, one).await {
                row.result = format!("failed: {}", error.message());
                row.failed = true;
            }
            rows.push(row);
        }
        rows
    }
}

#[derive(Debug)]
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

async fn plan<'a>(
    grafana: &Grafana,
    all: impl IntoIterator<Item = &'a DeclaredDataSource>,
) -> Result<Vec<Planned<'a>>, Error> {
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
        failed: matches!(one.action, DataSourceAction::Refuse(_)),
    }
}

async fn carry_out(grafana: &Grafana, vault: Option<&Vault>, one: &Planned<'_>) -> Result<(), Error> {
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
) -> Result<Vec<(String, Secret)>, Error> {
    let Some(vault) = vault_of(grafana, vault, declared)? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for (key, variable) in &declared.secrets {
        let secret = vault.get(variable).ok_or_else(|| {
            Error::new(format!(
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
) -> Result<Option<&'a Vault>, Error> {
    match vault.filter(|vault| vault.is_for(grafana)) {
        _ if declared.secrets.is_empty() => Ok(None),
        Some(vault) => Ok(Some(vault)),
        None => Err(unconfirmed(&grafana.origin())),
    }
}

/// What is to be done with each declared data source, by name; used by `dashctl plan` and `drift`.
///
/// # Errors
///
/// Not allowed, or the server can't be reached.
pub async fn actions(
    grafana: &Grafana,
    declared: &[DeclaredDataSource],
) -> Result<Vec<(String, DataSourceAction)>, Error> {
    if declared.is_empty() {
        return Ok(Vec::new());
    }
    let planned = plan(grafana, declared).await?;
    Ok(planned
        .into_iter()
        .map(|one| (one.declared.name.clone(), one.action))
        .collect())
}

/// Reads declared data sources again and makes each what is declared; used by `dashctl apply`.
///
/// # Errors
///
/// They can't be read. What goes wrong with one of them is its own.
pub async fn make(
    grafana: &Grafana,
    vault: Option<&Vault>,
    declared: impl IntoIterator<Item = &DeclaredDataSource>,
) -> Result<Vec<Result<(), Error>>, Error> {
    let mut done = Vec::new();
    for one in plan(grafana, declared).await? {
        done.push(carry_out(grafana, vault, &one).await);
    }
    Ok(done)
}

/// Makes sure that a target has one data source; used by `dashctl up`.
///
/// # Errors
///
/// Not allowed, read-only and different, or the server can't be reached.
pub async fn ensure(grafana: &Grafana, declared: &DeclaredDataSource) -> Result<Ensured, Error> {
    let planned = plan(grafana, [declared]).await?;
    let Some(one) = planned.first() else {
        return Ok(Ensured::Unchanged);
    };
    match (&one.action, &one.live) {
        (DataSourceAction::Create, _) => {
            grafana
                .create_data_source(&data_source_body(declared, None), &[])
                .await?;
            Ok(Ensured::Created)
        }
        (DataSourceAction::Update(_), Some((source, full))) => {
            grafana
                .update_data_source(source, &data_source_body(declared, Some(full)), &[])
                .await?;
            Ok(Ensured::Updated)
        }
        (DataSourceAction::Refuse(reason), _) => {
            Err(Error::new(format!("the data source {}: {reason}", declared.name)))
        }
        (DataSourceAction::Nothing | DataSourceAction::Update(_), _) => Ok(Ensured::Unchanged),
    }
}

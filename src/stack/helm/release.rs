use std::fmt;
use std::future::pending;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Error, Major, Program};

/// A chart, wherever the user has it.
#[derive(Debug, Clone, Default)]
pub struct Chart {
    /// A folder, an archive, `oci://…`, `repository/name`, or a name with [`Chart::repository`].
    pub reference: String,
    /// The URL of the repository that it is in.
    pub repository: Option<String>,
    /// Its version; without one the newest.
    pub version: Option<String>,
}

/// How an upgrade shall go.
#[derive(Debug, Clone)]
pub struct Upgrade {
    /// Wait until everything is ready.
    pub wait: bool,
    /// Go back to the revision before when it fails.
    pub roll_back: bool,
    /// Write over what others changed. Only Helm 4 asks: Helm 3 always does.
    pub force_conflicts: bool,
    /// Adopt objects that don't belong to the release.
    pub take_ownership: bool,
    /// How long Helm waits for anything.
    pub timeout: Duration,
}

/// What Helm says a release is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It is there.
    Deployed,
    /// Its last operation failed.
    Failed,
    /// An installation was begun.
    PendingInstall,
    /// An upgrade was begun.
    PendingUpgrade,
    /// A rollback was begun.
    PendingRollback,
    /// Being removed.
    Uninstalling,
    /// Removed, with its history kept.
    Uninstalled,
    /// A revision that another one followed.
    Superseded,
    /// Something else.
    #[serde(other)]
    Unknown,
}

/// The newest revision of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// What it is.
    pub status: Status,
    /// Its number, from 1.
    pub revision: u64,
    /// When it was made, as Helm says it.
    pub since: String,
    /// Helm's words on it.
    pub description: String,
}

/// A release of a chart: its name and namespace, before or after it is installed.
#[derive(Debug, Clone)]
pub struct Release {
    program: Program,
    name: String,
    namespace: String,
}

/// What is read of `helm status -o json`; the values in it, with their secrets, are left alone.
#[derive(Deserialize)]
struct StatusAnswer {
    version: u64,
    info: Info,
}

#[derive(Deserialize)]
struct Info {
    status: Status,
    #[serde(default)]
    last_deployed: String,
    #[serde(default)]
    description: String,
}

#[derive(Deserialize)]
struct HistoryEntry {
    revision: u64,
    status: Status,
}

impl Default for Upgrade {
    fn default() -> Self {
        Self {
            wait: true,
            roll_back: false,
            force_conflicts: false,
            take_ownership: false,
            timeout: Duration::from_secs(300),
        }
    }
}

impl State {
    /// Whether its last operation went well.
    pub fn is_deployed(&self) -> bool {
        self.status == Status::Deployed
    }
}

impl Release {
    /// The release of this name.
    pub fn new(program: Program, name: &str, namespace: &str) -> Self {
        Self {
            program,
            name: name.to_owned(),
            namespace: namespace.to_owned(),
        }
    }

    /// Its newest revision; `None` where it isn't installed.
    ///
    /// # Errors
    ///
    /// Helm can't be run, can't reach the cluster, or may not read the release.
    pub async fn state(&self) -> Result<Option<State>, Error> {
        let answer: StatusAnswer = match self.ask(&["status"]).await {
            Err(Error::Failed { words, .. }) if words.contains("release: not found") => return Ok(None),
            other => other?,
        };
        Ok(Some(State {
            status: answer.info.status,
            revision: answer.version,
            since: answer.info.last_deployed,
            description: answer.info.description,
        }))
    }

    /// Its newest revision, as [`Self::state`] gives it, where another operation can follow.
    ///
    /// # Errors
    ///
    /// [`Error::Stuck`] in an operation that was never finished, or the same as [`Self::state`].
    pub async fn check(&self) -> Result<Option<State>, Error> {
        let state = self.state().await?;
        if let Some(state) = &state {
            self.refuse_if_stuck(state).await?;
        }
        Ok(state)
    }

    /// The manifests that it has applied.
    ///
    /// # Errors
    ///
    /// It isn't there, or Helm fails.
    pub async fn manifest(&self) -> Result<String, Error> {
        let arguments = ["get", "manifest", &self.name, "--namespace", &self.namespace];
        self.program.run(&arguments, &[], pending()).await
    }

    /// Installs or upgrades it. The values go through a pipe: no process list shows them.
    ///
    /// # Errors
    ///
    /// The release is stuck in an operation that was never finished, Helm fails, or `stop` came first.
    pub async fn upgrade(
        &self,
        chart: &Chart,
        values: &Value,
        upgrade: &Upgrade,
        stop: impl Future<Output = ()>,
    ) -> Result<State, Error> {
        self.check().await?;
        let flags = self.upgrade_flags(chart, upgrade);
        let arguments: Vec<_> = flags.iter().map(String::as_str).collect();
        let answer = self
            .program
            .run(&arguments, values.to_string().as_bytes(), stop)
            .await?;
        let answer: StatusAnswer = self.understand(&arguments, &answer)?;
        Ok(State {
            status: answer.info.status,
            revision: answer.version,
            since: answer.info.last_deployed,
            description: answer.info.description,
        })
    }

    /// Goes back to a revision.
    ///
    /// # Errors
    ///
    /// There is no such revision, or Helm fails.
    pub async fn roll_back(&self, revision: u64) -> Result<(), Error> {
        let revision = revision.to_string();
        let arguments = ["rollback", &self.name, &revision, "--namespace", &self.namespace];
        self.program.run(&arguments, &[], pending()).await.map(drop)
    }

    /// Removes it with everything that Helm made for it.
    ///
    /// # Errors
    ///
    /// It isn't there, or Helm fails.
    pub async fn uninstall(&self) -> Result<(), Error> {
        let arguments = ["uninstall", &self.name, "--namespace", &self.namespace, "--wait"];
        self.program.run(&arguments, &[], pending()).await.map(drop)
    }

    /// The manifests that an installation with these values would apply, for a Kubernetes of this version.
    ///
    /// # Errors
    ///
    /// The chart can't be had, or refuses the values.
    pub async fn render(&self, chart: &Chart, values: &Value, kubernetes: Option<&str>) -> Result<String, Error> {
        let mut flags = self.base_flags("template");
        flags.extend(kubernetes.map(|version| format!("--kube-version={version}")));
        let flags = self.with_chart(flags, chart);
        let arguments: Vec<_> = flags.iter().map(String::as_str).collect();
        self.program
            .run(&arguments, values.to_string().as_bytes(), pending())
            .await
    }

    async fn refuse_if_stuck(&self, state: &State) -> Result<(), Error> {
        if !state.status.is_pending() {
            return Ok(());
        }
        let history: Vec<HistoryEntry> = self.ask(&["history"]).await?;
        let good = history
            .iter()
            .rev()
            .find(|entry| matches!(entry.status, Status::Deployed | Status::Superseded));
        // A first installation has nothing to go back to.
        let revision = good.map(|entry| entry.revision.to_string());
        let mut way_out = match &revision {
            Some(revision) => vec!["rollback", &self.name, revision],
            None => vec!["uninstall", &self.name],
        };
        way_out.extend(["--namespace", &self.namespace]);
        Err(Error::Stuck {
            name: self.name.clone(),
            namespace: self.namespace.clone(),
            status: state.status.clone(),
            since: state.since.clone(),
            way_out: self.program.command_line(&way_out),
        })
    }

    fn upgrade_flags(&self, chart: &Chart, upgrade: &Upgrade) -> Vec<String> {
        let mut flags = self.base_flags("upgrade");
        flags.extend(["--install", "--create-namespace", "--output=json"].map(str::to_owned));
        flags.push(format!("--timeout={}s", upgrade.timeout.as_secs()));
        let four = self.program.major() == Major::Four;
        let chosen = [
            (upgrade.wait, "--wait"),
            (
                upgrade.roll_back,
                if four { "--rollback-on-failure" } else { "--atomic" },
            ),
            (upgrade.force_conflicts && four, "--force-conflicts"),
            (upgrade.take_ownership, "--take-ownership"),
        ];
        flags.extend(
            chosen
                .iter()
                .filter(|(wanted, _)| *wanted)
                .map(|(_, flag)| (*flag).to_owned()),
        );
        self.with_chart(flags, chart)
    }

    fn base_flags(&self, verb: &str) -> Vec<String> {
        vec![
            verb.to_owned(),
            self.name.clone(),
            format!("--namespace={}", self.namespace),
            "--values=-".to_owned(),
        ]
    }

    fn with_chart(&self, mut flags: Vec<String>, chart: &Chart) -> Vec<String> {
        flags.insert(2, chart.reference.clone());
        flags.extend(chart.repository.iter().map(|url| format!("--repo={url}")));
        flags.extend(chart.version.iter().map(|version| format!("--version={version}")));
        flags
    }

    /// What a verb that reads says of the release.
    async fn ask<T: DeserializeOwned>(&self, verb: &[&str]) -> Result<T, Error> {
        let rest = [&self.name, "--namespace", &self.namespace, "--output", "json"];
        let arguments: Vec<_> = verb.iter().copied().chain(rest).collect();
        let answer = self.program.run(&arguments, &[], pending()).await?;
        self.understand(&arguments, &answer)
    }

    fn understand<T: DeserializeOwned>(&self, arguments: &[&str], answer: &str) -> Result<T, Error> {
        serde_json::from_str(answer).map_err(|source| Error::Answer {
            command: self.program.command_line(arguments),
            source,
        })
    }
}

impl Status {
    /// Whether an operation was begun and not ended: Helm refuses all others until then.
    pub fn is_pending(&self) -> bool {
        matches!(
            self,
            Self::PendingInstall | Self::PendingUpgrade | Self::PendingRollback
        )
    }
}

/// As Helm writes it.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Deployed => "deployed",
            Self::Failed => "failed",
            Self::PendingInstall => "pending-install",
            Self::PendingUpgrade => "pending-upgrade",
            Self::PendingRollback => "pending-rollback",
            Self::Uninstalling => "uninstalling",
            Self::Uninstalled => "uninstalled",
            Self::Superseded => "superseded",
            Self::Unknown => "unknown",
        })
    }
}

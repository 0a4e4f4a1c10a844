use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Cron;
use crate::nearest::did_you_mean;
use crate::stack::Quantity;

/// How often a check runs where nothing is said.
const EVERY: &str = "1h";

/// The section `schedule:` of `dashctl.yaml`: when drift is looked for, where, and who is told.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How often: `15m`, `1h`, `6h`, `1d`. The minute is the repository's own, so that not all run on the full hour.
    pub every: Option<String>,
    /// When, instead of `every`: the five fields of cron, such as `17 6 * * 1-5`.
    pub cron: Option<String>,
    /// The time zone of `cron`, by its IANA name; UTC where nothing is said.
    pub time_zone: Option<String>,
    /// The targets that are checked; all of them where none is named.
    pub targets: Vec<String>,
    /// Whether drift is written over (`apply --overwrite-drift`) after it was told of.
    pub revert: bool,
    /// Who is told, besides the log.
    pub receivers: Option<Receivers>,
    /// A file of the repository with the certificate authority that signed Grafana's certificate, where that isn't one that
    /// everybody trusts: `ca.pem`.
    pub ca_certificate: Option<String>,
    /// The image that holds dashctl; the project's Dockerfile builds it.
    pub image: Option<String>,
    /// The command that installs dashctl on a CI's machine.
    pub install: Option<String>,
    /// What only a CronJob has.
    pub kubernetes: Kubernetes,
}

/// Who is told of a check. What is secret isn't written here: only that it is there.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Receivers {
    /// The URL of a Pushgateway that gets figures.
    pub pushgateway: Option<String>,
    /// The URL of an Alertmanager that gets alerts.
    pub alertmanager: Option<String>,
    /// The form of the messages to a webhook: `generic` or `slack`. Its URL is a secret, named `webhook`.
    pub webhook: Option<Webhook>,
}

/// The form of a webhook's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Webhook {
    /// dashctl's own JSON.
    Generic,
    /// As Slack and Mattermost take it.
    Slack,
}

impl Webhook {
    /// As `--webhook-template` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Slack => "slack",
        }
    }
}

/// What only a CronJob has.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Kubernetes {
    /// The context of the kubeconfig; without it the current one, which is shown before anything is done.
    pub context: Option<String>,
    /// The namespace, which must be there; `dashctl` where nothing is said.
    pub namespace: Option<String>,
    /// The name of the CronJob and of what belongs to it; `dashctl-drift` where nothing is said.
    pub name: Option<String>,
    /// The Secret with the credentials, which somebody makes by hand; as the CronJob where nothing is said.
    pub secret: Option<String>,
    /// In how many parts the dashboards are checked, each by a pod of its own.
    pub shards: Option<u16>,
    /// Where the repository is cloned from at each run; without it, its files go along as a ConfigMap.
    pub git: Option<Git>,
    /// A PersistentVolumeClaim, made by hand, that remembers which messages a webhook got, so that each is sent once.
    pub state_claim: Option<String>,
    /// What a pod asks for, and may use at most.
    pub resources: Resources,
}

/// Where the repository is cloned from.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Git {
    /// The URL, without user and password: these come from the Secret's key `git`, if it has one.
    pub url: String,
    /// The branch or tag; the remote's own choice where nothing is said.
    #[serde(rename = "ref", default)]
    pub reference: Option<String>,
    /// The image that holds git.
    pub image: String,
    /// The folder in it that has `dashctl.yaml`; the root where nothing is said.
    #[serde(default)]
    pub folder: Option<String>,
}

/// What a container asks for, and may use at most.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Resources {
    /// What is kept free for it: `cpu`, `memory`.
    pub requests: BTreeMap<String, Quantity>,
    /// What it may use at most.
    pub limits: BTreeMap<String, Quantity>,
}

impl Default for Resources {
    fn default() -> Self {
        let entry = |key: &str, value: &str| (key.to_owned(), Quantity::from(value));
        Self {
            requests: [entry("cpu", "50m"), entry("memory", "64Mi")].into(),
            limits: [entry("memory", "256Mi")].into(),
        }
    }
}

/// A setting that can't be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("schedule.{key}: {what}")]
pub struct WrongSetting {
    /// The key below `schedule`, such as `kubernetes.git.url`.
    pub key: String,
    /// What is wrong with it.
    pub what: String,
}

pub(super) fn wrong(key: &str, what: impl ToString) -> WrongSetting {
    WrongSetting {
        key: key.to_owned(),
        what: what.to_string(),
    }
}

impl Settings {
    /// When the check runs; `repository` is the repository's id.
    ///
    /// # Errors
    ///
    /// A time that can't be.
    pub fn cron(&self, repository: &str) -> Result<Cron, WrongSetting> {
        match (&self.cron, &self.every) {
            (Some(cron), _) => cron.parse().map_err(|error| wrong("cron", error)),
            (None, every) => {
                let every = every.as_deref().unwrap_or(EVERY);
                Cron::every(every, repository).map_err(|error| wrong("every", error))
            }
        }
    }

    /// Checks what their types don't. `targets` are the repository's.
    ///
    /// # Errors
    ///
    /// The first setting that can't be, by its key.
    pub fn check(&self, targets: &[&str]) -> Result<(), WrongSetting> {
        match (&self.every, &self.cron) {
            (Some(_), Some(_)) => return Err(wrong("cron", "either `every` or `cron`, not both")),
            (Some(every), None) => drop(Cron::every(every, "").map_err(|error| wrong("every", error))?),
            (None, Some(cron)) => drop(cron.parse::<Cron>().map_err(|error| wrong("cron", error))?),
            (None, None) => {}
        }
        if let Some(zone) = &self.time_zone {
            check_zone(zone).map_err(|what| wrong("time_zone", what))?;
        }
        for name in &self.targets {
            if !targets.contains(&name.as_str()) {
                let what = format!(
                    "there is no target {name:?}; there are {}{}",
                    targets.join(", "),
                    did_you_mean(name, targets.iter().copied())
                );
                return Err(wrong("targets", what));
            }
        }
        if let Some(image) = &self.image {
            check_image(image).map_err(|what| wrong("image", what))?;
        }
        if let Some(path) = &self.ca_certificate {
            check_file(path).map_err(|what| wrong("ca_certificate", what))?;
        }
        let receivers = self.receivers.clone().unwrap_or_default();
        for (key, url) in [
            ("receivers.pushgateway", &receivers.pushgateway),
            ("receivers.alertmanager", &receivers.alertmanager),
        ] {
            if let Some(url) = url {
                check_url(url).map_err(|what| wrong(key, what))?;
            }
        }
        self.kubernetes.check()?;
        if self.revert && self.kubernetes.shards.is_some_and(|shards| shards > 1) {
            let what = "can't be divided into shards: each part would write everything; leave out `revert` or `shards`";
            return Err(wrong("revert", what));
        }
        Ok(())
    }
}

impl Kubernetes {
    fn check(&self) -> Result<(), WrongSetting> {
        // A Job's name has 11 more, and a pod's name is a host's.
        for (key, name, longest) in [
            ("kubernetes.namespace", &self.namespace, 63),
            ("kubernetes.name", &self.name, 52),
            ("kubernetes.secret", &self.secret, 63),
            ("kubernetes.state_claim", &self.state_claim, 63),
        ] {
            if let Some(name) = name {
                check_name(name, longest).map_err(|what| wrong(key, what))?;
            }
        }
        if self.shards.is_some_and(|shards| !(1..=1000).contains(&shards)) {
            return Err(wrong("kubernetes.shards", "there can be 1 to 1000"));
        }
        if let Some(git) = &self.git {
            git.check()
                .map_err(|(key, what)| wrong(&format!("kubernetes.git.{key}"), what))?;
        }
        for (key, amounts) in [
            ("requests", &self.resources.requests),
            ("limits", &self.resources.limits),
        ] {
            for (name, amount) in amounts {
                let key = format!("kubernetes.resources.{key}.{name}");
                amount.canonical().map_err(|error| wrong(&key, error))?;
            }
        }
        Ok(())
    }
}

impl Git {
    fn check(&self) -> Result<(), (&'static str, String)> {
        check_url(&self.url).map_err(|what| ("url", what))?;
        check_image(&self.image).map_err(|what| ("image", what))?;
        // Git would take what begins with a dash for an option.
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        if let Some(reference) = &self.reference
            && (reference.is_empty() || reference.starts_with('-') || !reference.chars().all(plain))
        {
            return Err(("ref", format!("{reference:?} is no branch or tag")));
        }
        if let Some(folder) = &self.folder {
            let inside = folder.split('/').all(|part| !matches!(part, "" | "." | ".."));
            if !inside || folder.chars().any(char::is_control) {
                return Err((
                    "folder",
                    format!("{folder:?} is no folder inside of the repository, such as grafana/prod"),
                ));
            }
        }
        Ok(())
    }
}

fn check_name(name: &str, longest: usize) -> Result<(), String> {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    if name.len() <= longest && name.chars().all(fine) && ends(name.chars().next()) && ends(name.chars().last()) {
        return Ok(());
    }
    Err(format!(
        "{name:?} is no name: at most {longest} of a-z, 0-9 and -, with a letter or digit at both ends"
    ))
}

/// A URL that may be read by everybody: neither user nor password in it.
fn check_url(text: &str) -> Result<(), String> {
    let url: url::Url = text.parse().map_err(|error| format!("not a URL: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "a user or password in a URL would be read by everybody who reads this; it belongs into a Secret".into(),
        );
    }
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(()),
        other => Err(format!(
            "a URL of {other:?} is none that is reached from everywhere; it takes https or http"
        )),
    }
}

/// A file of the repository, by a path that is the same word in every language that it is put into.
fn check_file(path: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let part = |part: &str| !matches!(part, "" | "." | "..") && !part.starts_with('-') && part.chars().all(plain);
    match path.split('/').all(part) {
        true => Ok(()),
        false => Err(format!(
            "{path:?} is no path below the repository's folder, of letters, digits, -, _ and ., such as tls/ca.pem"
        )),
    }
}

fn check_zone(name: &str) -> Result<(), String> {
    let found = jiff::tz::TimeZone::get(name);
    match found.as_ref().ok().and_then(jiff::tz::TimeZone::iana_name) {
        Some(proper) if proper == name => Ok(()),
        // Not everybody takes a name in other letters.
        Some(proper) if proper.eq_ignore_ascii_case(name) => Err(format!("{name:?} is written {proper}")),
        _ => Err(format!(
            "{name:?} is no time zone; it takes an IANA name, such as UTC or Europe/Berlin"
        )),
    }
}

fn check_image(image: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@".contains(c);
    match image.is_empty() || image.starts_with('-') || !image.chars().all(plain) {
        true => Err(format!(
            "{image:?} is no image, such as registry.example.com/dashctl:0.1.0"
        )),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(yaml: &str) -> String {
        let settings: Settings = serde_saphyr::from_str(yaml).unwrap();
        settings.check(&["prod", "staging"]).unwrap_err().to_string()
    }

    #[test]
    fn what_cannot_be_is_named_by_its_key_and_a_secret_is_not_repeated() {
        for (yaml, part) in [
            ("{every: 7m}", "schedule.every: "),
            ("{cron: '61 * * * *'}", "schedule.cron: \"61\" is no minute"),
            ("{every: 1h, cron: '1 * * * *'}", "not both"),
            ("{time_zone: Europe/Berlln}", "schedule.time_zone: "),
            ("{time_zone: europe/berlin}", "is written Europe/Berlin"),
            ("{time_zone: local}", "schedule.time_zone: "),
            ("{targets: [prod, dev]}", "no target \"dev\"; there are prod, staging"),
            ("{image: 'a b'}", "schedule.image: "),
            (
                "{receivers: {pushgateway: 'http://u:hunter2@p'}}",
                "schedule.receivers.pushgateway: a user or password",
            ),
            (
                "{receivers: {alertmanager: 'file:///etc'}}",
                "schedule.receivers.alertmanager: ",
            ),
            ("{ca_certificate: /etc/ca.pem}", "schedule.ca_certificate: "),
            ("{ca_certificate: '../ca.pem'}", "schedule.ca_certificate: "),
            ("{kubernetes: {name: Drift}}", "schedule.kubernetes.name: "),
            ("{kubernetes: {shards: 0}}", "schedule.kubernetes.shards: "),
            (
                "{kubernetes: {git: {url: 'https://u@h/r', image: git}}}",
                "schedule.kubernetes.git.url: a user",
            ),
            (
                "{kubernetes: {git: {url: 'https://h/r', image: git, ref: --upload-pack=x}}}",
                "no branch or tag",
            ),
            (
                "{kubernetes: {git: {url: 'https://h/r', image: git, folder: ../x}}}",
                "schedule.kubernetes.git.folder: ",
            ),
            (
                "{kubernetes: {resources: {limits: {memory: 1Gib}}}}",
                "schedule.kubernetes.resources.limits.memory: ",
            ),
            ("{revert: true, kubernetes: {shards: 2}}", "schedule.revert: "),
        ] {
            let error = error(yaml);
            assert!(error.contains(part) && !error.contains("hunter2"), "{yaml}: {error}");
        }
        let fine = "{every: 1h, time_zone: Europe/Berlin, targets: [prod], image: 'r.example:5000/d:1@sha256:ab'}";
        let settings: Settings = serde_saphyr::from_str(fine).unwrap();
        assert_eq!(settings.check(&["prod"]), Ok(()));
        for zone in ["UTC", "Etc/UTC", "America/New_York"] {
            assert_eq!(check_zone(zone), Ok(()));
        }
    }
}

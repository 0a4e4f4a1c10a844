//! How does the check come to run by itself?
//!
//! [`Settings`] say when, where and who is told; [`Schedule`] is what they mean for one repository. [`kubernetes`],
//! [`systemd`], [`github`] and [`gitlab`] each write it in their platform's words: pure functions of values, which know
//! no cluster and no file. Nothing secret is ever part of what they write: they name the place where it is put by hand.

mod ci;
mod cron;
pub mod github;
pub mod gitlab;
pub mod kubernetes;
mod mark;
pub mod outdated;
pub mod preview;
mod run;
mod settings;
pub mod systemd;

pub use cron::{Cron, CronError};
pub use mark::{Origin, marked, origin};
pub use settings::{Git, Kubernetes, Receivers, Resources, Settings, Webhook, WrongSetting};

use std::path::PathBuf;

use crate::template::TemplateError;
use settings::wrong;

/// Why there is nothing to write.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// A setting that can't be.
    #[error(transparent)]
    Setting(#[from] WrongSetting),
    /// Something that this platform needs to be told, or can't do.
    #[error("{0}")]
    Platform(String),
    /// A template that doesn't make what it should: a fault of dashctl's.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// An object that isn't what an API server takes.
    #[error("{0}")]
    Object(String),
}

/// A file to write, below the folder that is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Its customary place.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// One Grafana that is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name in `dashctl.yaml`.
    pub name: String,
    /// Its URL.
    pub url: String,
}

/// What a repository's settings mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// When.
    pub cron: Cron,
    /// In which time zone, by its IANA name.
    pub time_zone: String,
    /// The Grafanas that are checked; at least one, or none where newer revisions are asked for: that asks no Grafana.
    pub targets: Vec<Target>,
    /// Whether these are all that the repository has, and will be when it gets others.
    pub all: bool,
    /// Whether drift is written over after it was told of.
    pub revert: bool,
    /// Who is told.
    pub receivers: Receivers,
    /// The file with the certificate authority to trust, as the repository's folder sees it.
    pub ca_certificate: Option<String>,
}

/// What differs between platforms in the check's command.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The file with the webhook's URL; without it, the platform adds the webhook by itself.
    pub webhook: Option<String>,
    /// The file that remembers which messages were sent.
    pub state: Option<String>,
    /// The part of the dashboards that is checked, as `--shard` takes it.
    pub shard: Option<String>,
}

impl Schedule {
    /// Resolves the settings of the repository of this id, whose targets these are.
    ///
    /// # Errors
    ///
    /// A setting that can't be, or no target at all.
    pub fn of(settings: &Settings, repository: &str, targets: &[Target]) -> Result<Self, WrongSetting> {
        let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
        settings.check(&names)?;
        let cron = settings.cron(repository)?;
        let wanted = |target: &&Target| settings.targets.is_empty() || settings.targets.contains(&target.name);
        let chosen: Vec<Target> = targets.iter().filter(wanted).cloned().collect();
        if chosen.is_empty() {
            let what = "dashctl.yaml names no target, and a check that runs by itself must know which Grafana is meant: \
                        name it below `targets:`";
            return Err(wrong("targets", what));
        }
        if let Some(target) = chosen
            .iter()
            .find(|target| target.name.chars().any(|c| c.is_control() || c == ','))
        {
            let what = format!(
                "the name {:?} has a comma or a control character; give it a plain one",
                target.name
            );
            return Err(wrong("targets", what));
        }
        Ok(Self {
            cron,
            time_zone: settings.time_zone.clone().unwrap_or_else(|| "UTC".into()),
            all: chosen.len() == targets.len(),
            targets: chosen,
            revert: settings.revert,
            receivers: settings.receivers.clone().unwrap_or_default(),
            ca_certificate: settings.ca_certificate.clone(),
        })
    }

    /// The question for newer revisions, as `dashctl outdated` asks it. Nobody is told but whoever looks at how it ended.
    ///
    /// # Errors
    ///
    /// A setting that can't be.
    pub fn outdated(settings: &Settings, repository: &str) -> Result<Self, WrongSetting> {
        let settings = Settings {
            // Catalogs throttle who asks much, and revisions are published by the week.
            every: match (&settings.every, &settings.cron) {
                (None, None) => Some("1d".into()),
                _ => settings.every.clone(),
            },
            targets: Vec::new(),
            ..settings.clone()
        };
        settings.check(&[])?;
        Ok(Self {
            cron: settings.cron(repository)?,
            time_zone: settings.time_zone.clone().unwrap_or_else(|| "UTC".into()),
            targets: Vec::new(),
            all: true,
            revert: false,
            receivers: Receivers::default(),
            ca_certificate: settings.ca_certificate.clone(),
        })
    }

    /// Whether it asks for newer revisions.
    pub fn is_outdated(&self) -> bool {
        self.targets.is_empty()
    }

    /// The same with every text of the user's as a platform must be given it, so that it is taken for nothing else.
    #[must_use]
    fn with_text(&self, escape: impl Fn(&str) -> String) -> Self {
        let mut escaped = self.clone();
        for target in &mut escaped.targets {
            target.name = escape(&target.name);
            target.url = escape(&target.url);
        }
        for url in [&mut escaped.receivers.pushgateway, &mut escaped.receivers.alertmanager] {
            *url = url.as_deref().map(&escape);
        }
        escaped
    }

    /// The arguments of the check of all targets that are meant.
    fn check_all(&self, places: &Places) -> Vec<String> {
        let which = match &self.targets[..] {
            [] => return vec!["outdated".to_owned()],
            [only] => format!("--target={}", only.name),
            _ if self.all => "--all-targets".to_owned(),
            some => {
                let names: Vec<&str> = some.iter().map(|target| target.name.as_str()).collect();
                format!("--targets={}", names.join(","))
            }
        };
        self.check(which, places)
    }

    /// The arguments of the check of one target.
    fn check_one(&self, target: &Target, places: &Places) -> Vec<String> {
        self.check(format!("--target={}", target.name), places)
    }

    fn check(&self, which: String, places: &Places) -> Vec<String> {
        let mut words = vec!["drift".to_owned(), which];
        if let Some(shard) = &places.shard {
            words.push(format!("--shard={shard}"));
        }
        if let Some(url) = &self.receivers.pushgateway {
            words.push(format!("--pushgateway={url}"));
        }
        if let Some(url) = &self.receivers.alertmanager {
            words.push(format!("--alertmanager={url}"));
            words.push(format!("--interval={}m", self.cron.longest_pause()));
        }
        if let (Some(webhook), Some(file)) = (self.receivers.webhook, &places.webhook) {
            words.push(format!("--webhook=@{file}"));
            words.push(format!("--webhook-template={}", webhook.name()));
            words.extend(places.state.iter().map(|state| format!("--state={state}")));
        }
        words
    }

    /// The arguments that write the repository's dashboards over what others changed.
    fn revert_one(target: &Target) -> Vec<String> {
        let target = format!("--target={}", target.name);
        ["apply", "--overwrite-drift", "--yes", &target]
            .map(str::to_owned)
            .to_vec()
    }

    /// How long a check may take, in seconds: the next one is not to wait for it, and an hour is enough for anything.
    fn deadline(&self) -> u32 {
        self.cron.shortest_pause().clamp(1, 60) * 60
    }

    /// Who is told, for comments.
    fn told(&self) -> String {
        let Receivers {
            pushgateway,
            alertmanager,
            webhook,
        } = &self.receivers;
        let told: Vec<&str> = [
            (pushgateway.is_some(), "the Pushgateway"),
            (alertmanager.is_some(), "the Alertmanager"),
            (webhook.is_some(), "the webhook"),
        ]
        .into_iter()
        .filter_map(|(is_told, name)| is_told.then_some(name))
        .collect();
        match &told[..] {
            [] => "nobody but the log".into(),
            [only] => (*only).into(),
            [first @ .., last] => format!("{} and {last}", first.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn targets(names: &[&str]) -> Vec<Target> {
        let target = |name: &&str| Target {
            name: (*name).to_owned(),
            url: format!(
                "https://{}.example.com",
                name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
            ),
        };
        names.iter().map(target).collect()
    }

    pub(super) fn schedule(yaml: &str, names: &[&str]) -> Schedule {
        Schedule::of(&serde_saphyr::from_str(yaml).unwrap(), "r-test", &targets(names)).unwrap()
    }

    #[test]
    fn the_command_says_which_targets_and_who_is_told() {
        let words = |yaml: &str, names: &[&str]| schedule(yaml, names).check_all(&Places::default()).join(" ");
        assert_eq!(words("{}", &["a"]), "drift --target=a");
        assert_eq!(words("{}", &["a", "b"]), "drift --all-targets");
        assert_eq!(words("{targets: [b]}", &["a", "b"]), "drift --target=b");
        assert_eq!(words("{targets: [a, c]}", &["a", "b", "c"]), "drift --targets=a,c");
        let told = schedule(
            "{every: 15m, receivers: {pushgateway: 'http://p:9091', alertmanager: 'http://a:9093', webhook: slack}}",
            &["a"],
        );
        let places = Places {
            webhook: Some("/secret/webhook".into()),
            state: Some("/state/seen".into()),
            shard: Some("0/2".into()),
        };
        assert_eq!(
            told.check_all(&places).join(" "),
            "drift --target=a --shard=0/2 --pushgateway=http://p:9091 --alertmanager=http://a:9093 --interval=15m \
             --webhook=@/secret/webhook --webhook-template=slack --state=/state/seen"
        );
        assert_eq!(told.told(), "the Pushgateway, the Alertmanager and the webhook");
    }

    #[test]
    fn a_check_without_a_target_is_refused_and_so_is_a_name_that_no_command_can_hold() {
        let error = |names: &[&str]| {
            let result = Schedule::of(&Settings::default(), "r", &targets(names));
            result.unwrap_err().to_string()
        };
        assert!(error(&[]).contains("names no target"));
        assert!(error(&["a,b"]).contains("a comma"));
        assert!(error(&["a\nb"]).contains("control character"));
    }
}

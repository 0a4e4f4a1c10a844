//! How does a drift check that runs by itself get into a cluster, and how did its runs go?

use std::time::Duration;

use jiff::SignedDuration;
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use super::stack::{ClusterOptions, carry_out, not_allowed};
use super::{Error, Person};
use crate::repository::{self, Repository};
use crate::schedule::kubernetes::{self, Manifests, Run, Source, namespace_command};
use crate::schedule::{Kubernetes, Receivers, Schedule, ScheduleError, Settings, Target, WrongSetting};
use crate::stack::kubernetes::{Choice, Cluster, Inventory, StackPlan, Uninstall, rights};
use crate::stack::{Kind, Object, ObjectId};

/// What the settings mean for the repository.
///
/// # Errors
///
/// A setting that can't be, or no target.
pub fn schedule(repository: &Repository, settings: &Settings) -> Result<Schedule, Error> {
    let config = repository.config();
    let target = |(name, target): (&String, &repository::Target)| Target {
        name: name.clone(),
        url: target.url.clone(),
    };
    let targets: Vec<Target> = config.targets.iter().map(target).collect();
    Ok(Schedule::of(settings, &config.repository, &targets)?)
}

/// The question for newer revisions of the repository's imported dashboards.
///
/// # Errors
///
/// A setting that can't be.
pub fn outdated_schedule(repository: &Repository, settings: &Settings) -> Result<Schedule, Error> {
    Ok(Schedule::outdated(settings, &repository.config().repository)?)
}

/// The Grafana that previews of pull requests go to.
///
/// # Errors
///
/// None, or several and none that is meant.
pub fn target_of_previews(repository: &Repository, settings: &Settings) -> Result<Target, Error> {
    let config = repository.config();
    let name = match &settings.targets[..] {
        [] => None,
        [only] => Some(only.as_str()),
        _ => {
            return Err(
                Error::usage("a preview goes to one Grafana, and several targets are meant")
                    .hint("say which with --target NAME"),
            );
        }
    };
    match config.target(name) {
        Ok(Some((name, target))) => Ok(Target {
            name: name.to_owned(),
            url: target.url.clone(),
        }),
        Ok(None) => Err(Error::usage("dashctl.yaml names no target that previews could go to")
            .hint("name the Grafana for previews below `targets:`")),
        Err(names) => Err(Error::usage(format!(
            "a preview goes to one Grafana, and dashctl.yaml has {}",
            names.join(", ")
        ))
        .hint("say which with --target NAME, or set default_target")),
    }
}

/// Where nobody is named that is told, and the repository's own stack has a Pushgateway, that one is: the stack's alerts
/// are about what it gets.
#[must_use]
pub fn tell_the_stack(repository: &Repository, mut settings: Settings) -> Settings {
    let stack = repository.config().stack.as_ref();
    if let (None, Some(stack)) = (&settings.receivers, stack.filter(|stack| stack.pushgateway.enabled)) {
        settings.receivers = Some(Receivers {
            pushgateway: Some(format!(
                "http://prometheus-prometheus-pushgateway.{}.svc.cluster.local:9091",
                stack.namespaces.prometheus
            )),
            ..Receivers::default()
        });
    }
    settings
}

/// The CronJob and what belongs to it. The person is told of what may not be as it was meant.
///
/// # Errors
///
/// A setting that can't be, or files that don't go along.
pub fn manifests(
    schedule: &Schedule,
    repository: &Repository,
    settings: &Settings,
    person: &dyn Person,
) -> Result<Manifests, Error> {
    if !schedule.is_outdated() {
        warn_of_impatient_alerts(repository, schedule, person);
    }
    let image = kubernetes::image(settings.image.as_deref())?;
    if let Some(words) = kubernetes::image_warning(image) {
        person.warn(&words);
    }
    let receivers = &schedule.receivers;
    if *receivers == Receivers::default() && !schedule.is_outdated() {
        person.warn(
            "nobody is told of drift but the pods' logs; name who is, with `receivers:`, --pushgateway, --alertmanager or \
             --webhook",
        );
    }
    if receivers.webhook.is_some() && settings.kubernetes.state_claim.is_none() {
        person.warn(
            "nothing remembers which messages the webhook got, so each run tells of all drift; `kubernetes.state_claim` \
             names a claim that does",
        );
    }
    let source = match &settings.kubernetes.git {
        Some(git) => Source::Git(git.clone()),
        None if schedule.is_outdated() => Source::Files(repository.pinned_files()?),
        None => Source::Files(repository.check_files()?),
    };
    Ok(kubernetes::render(schedule, &settings.kubernetes, image, &source)?)
}

/// The stack's rules fire when two checks in a row didn't come: they must know how often to expect one.
fn warn_of_impatient_alerts(repository: &Repository, schedule: &Schedule, person: &dyn Person) {
    let Some(stack) = repository.config().stack.as_ref().filter(|stack| stack.rules.enabled) else {
        return;
    };
    let expected = &stack.rules.drift_interval;
    let pause = schedule.cron.longest_pause();
    let longest = Duration::from_secs(u64::from(pause) * 60);
    let is_shorter = |expected: SignedDuration| expected.unsigned_abs() < longest;
    if expected.parse().is_ok_and(is_shorter) {
        person.warn(&format!(
            "the stack's alerts expect a check every {expected}, and up to {pause} minutes lie between two of these: set \
             stack.rules.drift_interval to {pause}m"
        ));
    }
}

/// A check in a cluster, installed or to be.
#[derive(Debug)]
pub struct ScheduledCheck<'a> {
    settings: &'a Kubernetes,
    cluster: Cluster,
    inventory: Inventory,
    person: &'a dyn Person,
}

/// The CronJob and its runs, for machines.
#[derive(Debug, Serialize)]
pub struct Status {
    version: u32,
    /// The CronJob's name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// When it runs, as cron says it.
    pub schedule: String,
    /// In which time zone.
    pub time_zone: String,
    /// Whether it is suspended.
    pub suspended: bool,
    /// When it was due last (RFC 3339).
    pub last_scheduled: Option<String>,
    /// Its runs, the newest first.
    pub runs: Vec<Run>,
}

impl<'a> ScheduledCheck<'a> {
    /// Finds the cluster, and what was installed there.
    ///
    /// # Errors
    ///
    /// No such cluster, or one that doesn't let us in.
    pub async fn open(
        settings: &'a Settings,
        repository: &Repository,
        choice: &ClusterOptions,
        person: &'a dyn Person,
    ) -> Result<Self, Error> {
        let settings = &settings.kubernetes;
        let of_stack = repository.config().stack.as_ref();
        let of_stack = of_stack.and_then(|stack| stack.context.clone());
        let own = choice.context.clone().or_else(|| settings.context.clone());
        let cluster = Cluster::connect(&Choice {
            kubeconfig: choice.kubeconfig.clone(),
            context: own.or(of_stack),
        })
        .await?;
        let inventory = Inventory::read(&cluster, settings.namespace(), settings.name()).await?;
        Ok(Self {
            settings,
            cluster,
            inventory,
            person,
        })
    }

    /// In whose cluster this is, for questions.
    pub fn place(&self) -> String {
        format!("context {}, {}", self.cluster.context(), self.cluster.url())
    }

    /// Whether nothing of it was installed yet.
    pub fn is_new(&self) -> bool {
        self.inventory.objects.is_empty()
    }

    /// The Secret with the credentials, which people make.
    pub fn secret(&self) -> &str {
        self.settings.secret()
    }

    /// What an install would do.
    ///
    /// # Errors
    ///
    /// What would go wrong: rights or a namespace that are missing.
    pub async fn plan(&self, objects: Vec<Object>, adopt: bool) -> Result<StackPlan, Error> {
        self.preflight(&objects).await?;
        let plan = StackPlan::make(&self.cluster, objects, &self.inventory, adopt).await?;
        for text in &plan.warnings {
            self.person.warn(&format!("the API server says: {text}"));
        }
        Ok(plan)
    }

    /// Stops at what would go wrong.
    async fn preflight(&self, objects: &[Object]) -> Result<(), Error> {
        let missing = rights(&self.cluster, objects).await?;
        if !missing.is_empty() {
            return Err(not_allowed(&missing)
                .hint("`dashctl schedule kubernetes` without --apply gives the manifests to somebody who may"));
        }
        let namespace = self.settings.namespace();
        match self
            .cluster
            .get_path(&format!("/api/v1/namespaces/{namespace}"))
            .await?
        {
            Some(_) => Ok(()),
            None => Err(
                Error::new(format!("there is no namespace {namespace}; nothing was written")).hint(format!(
                    "make it with `{}`, and in it the Secret with the credentials; or name another with --namespace",
                    namespace_command(namespace)
                )),
            ),
        }
    }

    /// Installs it, or brings it to what the plan says.
    ///
    /// # Errors
    ///
    /// What stopped it, and what was done before.
    pub async fn install(&self, plan: &StackPlan, force: bool, deadline: Instant) -> Result<(), Error> {
        carry_out(&self.cluster, &self.inventory, plan, force, deadline, self.person).await
    }

    /// What a removal would delete.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn removal(&self) -> Result<Uninstall, Error> {
        Ok(Uninstall::plan(&self.cluster, self.inventory.clone(), false).await?)
    }

    /// Removes it, with its runs.
    ///
    /// # Errors
    ///
    /// Another run at work, or what isn't gone at the deadline.
    pub async fn remove(&self, removal: Uninstall, deadline: Instant) -> Result<(), Error> {
        let tell = |text: &str| self.person.progress(text);
        Ok(removal.carry_out(&self.cluster, deadline, &tell).await?)
    }

    /// The CronJob and its last runs.
    ///
    /// # Errors
    ///
    /// Nothing is installed, or the cluster can't be read.
    pub async fn status(&self) -> Result<Status, Error> {
        let id = ObjectId {
            kind: Kind::CronJob,
            namespace: Some(self.settings.namespace().to_owned()),
            name: self.settings.name().to_owned(),
        };
        let Some(cron_job) = self.cluster.get(&id).await? else {
            return Err(Error::new(format!("there is no {id} in {}", self.place()))
                .hint("`dashctl schedule kubernetes --apply` installs it"));
        };
        let text = |pointer: &str| cron_job.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Ok(Status {
            version: 1,
            name: id.name.clone(),
            namespace: self.settings.namespace().to_owned(),
            schedule: text("/spec/schedule").unwrap_or_default(),
            time_zone: text("/spec/timeZone").unwrap_or_default(),
            suspended: cron_job.pointer("/spec/suspend") == Some(&Value::Bool(true)),
            last_scheduled: text("/status/lastScheduleTime"),
            runs: self.runs(&cron_job).await?,
        })
    }

    /// The newest first.
    async fn runs(&self, cron_job: &Value) -> Result<Vec<Run>, Error> {
        let namespace = self.settings.namespace();
        let list = async |path: String| self.cluster.list(&path, "").await;
        let jobs = list(format!("/apis/batch/v1/namespaces/{namespace}/jobs")).await?;
        let pods = list(format!("/api/v1/namespaces/{namespace}/pods")).await?;
        let mut runs: Vec<Run> = jobs.iter().filter_map(|job| Run::of(cron_job, job, &pods)).collect();
        runs.sort_by(|a, b| b.started.cmp(&a.started));
        Ok(runs)
    }
}

impl From<ScheduleError> for Error {
    fn from(error: ScheduleError) -> Self {
        match error {
            ScheduleError::Setting(_) | ScheduleError::Platform(_) => Self::usage(error),
            ScheduleError::Template(_) | ScheduleError::Object(_) => Self::new(error),
        }
    }
}

impl From<WrongSetting> for Error {
    fn from(error: WrongSetting) -> Self {
        ScheduleError::from(error).into()
    }
}

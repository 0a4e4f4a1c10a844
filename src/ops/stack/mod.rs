//! How does the stack get into a cluster, and what stands in its way?

mod status;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{Confirmed, Environment, Error, Kind, Person, Vault, find_repository};
use crate::dashboard::compare::Printable;
use crate::grafana::Secret;
use crate::repository::Repository;
use crate::stack::kubernetes::{
    self, AdminPassword, Choice, Cluster, Fate, Finding, Given, How, INVENTORY, Inventory, StackPlan, Uninstall,
    Waiting, admin_password, install, preflight, rights, wait,
};
use crate::stack::{Kind as ObjectKind, Object, ObjectId, Settings, admin_secret, render};
pub use status::{Row, Status};

/// How long another run that is at work is waited for, where nothing else is said.
const PATIENCE: Duration = Duration::from_secs(120);

/// What somebody does who may not install.
const RIGHTS: &str = "installing takes the rights of a cluster administrator; `dashctl stack render` gives the manifests to \
                      somebody who has them";

/// Which cluster is meant.
#[derive(Debug, Clone, Default)]
pub struct ClusterOptions {
    /// The kubeconfig; without it `KUBECONFIG`, `~/.kube/config`, or what a pod has.
    pub kubeconfig: Option<PathBuf>,
    /// The context; without it that of `stack.context`, or the current one.
    pub context: Option<String>,
}

/// How an install goes about it.
#[derive(Debug, Clone)]
pub struct InstallOptions {
    /// Whether objects are taken over that Helm or others made.
    pub adopt: bool,
    /// Whether fields are taken back that others have changed.
    pub force_conflicts: bool,
    /// A file with the admin's password, `-` for standard input; used only where the cluster has none yet.
    pub admin_password_file: Option<PathBuf>,
    /// How long to wait until everything is ready, in all.
    pub timeout: Duration,
}

impl Default for InstallOptions {
    fn default() -> Self {
        Self {
            adopt: false,
            force_conflicts: false,
            admin_password_file: None,
            timeout: Duration::from_secs(600),
        }
    }
}

/// The settings, and the cluster that they are for.
#[derive(Debug)]
pub struct StackSession {
    /// What is wanted.
    pub settings: Settings,
    /// Where.
    pub cluster: Cluster,
    /// What was installed.
    pub inventory: Inventory,
    /// The repository that the settings are from, if they are.
    pub repository: Option<Repository>,
    /// Who is told and asked.
    pub person: Arc<dyn Person>,
    /// How long another run that is at work is waited for.
    pub deadline: Instant,
}

impl StackSession {
    /// Reads the settings and finds the cluster.
    ///
    /// # Errors
    ///
    /// Settings that can't be, no cluster, or one that doesn't let us in.
    pub async fn open(choice: &ClusterOptions, person: Arc<dyn Person>) -> Result<Self, Error> {
        let repository = find_repository()?;
        Self::with(choice, settings(repository.as_ref()), repository, person).await
    }

    /// The same for one who is going to write: without the right to, says all that is missing.
    ///
    /// # Errors
    ///
    /// As [`StackSession::open`].
    pub async fn open_to_write(
        choice: &ClusterOptions,
        deadline: Instant,
        person: Arc<dyn Person>,
    ) -> Result<Self, Error> {
        let denied = match Self::open(choice, person).await {
            Ok(session) => return Ok(Self { deadline, ..session }),
            Err(error) if error.kind() == Kind::Denied => error,
            Err(error) => return Err(error),
        };
        let settings = settings(find_repository()?.as_ref());
        let objects = render(&settings)?;
        let cluster = cluster(choice, &settings).await?;
        match rights(&cluster, &objects).await {
            Ok(missing) if !missing.is_empty() => Err(not_allowed(&missing).hint(RIGHTS)),
            _ => Err(denied),
        }
    }

    async fn with(
        choice: &ClusterOptions,
        settings: Settings,
        repository: Option<Repository>,
        person: Arc<dyn Person>,
    ) -> Result<Self, Error> {
        let cluster = cluster(choice, &settings).await?;
        let inventory = Inventory::read(&cluster, home(&settings), INVENTORY).await?;
        Ok(Self {
            settings,
            cluster,
            inventory,
            repository,
            person,
            deadline: Instant::now() + PATIENCE,
        })
    }

    /// The password that the cluster has, or is going to have.
    ///
    /// # Errors
    ///
    /// A file or variable that can't be read, or a Secret without the password's key.
    pub async fn password(&self, options: &InstallOptions) -> Result<Option<AdminPassword>, Error> {
        if !self.settings.grafana.enabled {
            return Ok(None);
        }
        let given = given(&self.settings, options)?;
        let found = admin_password(&self.cluster, &self.settings, given).await?;
        if found.differs {
            self.person.warn(&format!(
                "{} has another password than the one given, and stays as it is: Grafana took its password when its \
                 database was made. To change it: {}",
                found.id,
                reset_command(&self.settings)
            ));
        }
        Ok(Some(found))
    }

    /// The objects of the stack, with the admin's Secret where the cluster has none yet.
    ///
    /// # Errors
    ///
    /// A setting that can't be.
    pub fn objects(&self, password: Option<&AdminPassword>) -> Result<Vec<Object>, Error> {
        let mut objects = render(&self.settings)?;
        if let Some(password) = password.filter(|password| !password.exists) {
            objects.push(admin_secret(&self.settings, &password.password)?);
            objects.sort_by(|a, b| a.id().cmp(b.id()));
        }
        Ok(objects)
    }

    /// What an install would do.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn plan(&self, objects: Vec<Object>, adopt: bool) -> Result<StackPlan, Error> {
        let plan = StackPlan::make(&self.cluster, objects, &self.inventory, adopt).await?;
        for text in &plan.warnings {
            self.person.warn(&format!("the API server says: {text}"));
        }
        if plan.only_subset {
            self.person.warn(
                "an apply may not even be tried with these rights, so only the fields that the manifests name were compared",
            );
        }
        Ok(plan)
    }

    /// Stops at what would go wrong, before anything is written.
    ///
    /// # Errors
    ///
    /// All findings, with what to do.
    pub async fn preflight(&self, objects: &[Object]) -> Result<(), Error> {
        let (mut denied, mut problems) = (Vec::new(), Vec::new());
        for finding in preflight(&self.cluster, objects).await? {
            match finding {
                right @ Finding::NoRight { .. } => denied.push(right),
                Finding::Problem(problem) => problems.push(problem),
                Finding::Warning(text) => self.person.warn(&text),
            }
        }
        if !denied.is_empty() {
            return Err(not_allowed(&denied).hint(RIGHTS));
        }
        match problems.is_empty() {
            true => Ok(()),
            false => Err(Error::new(format!("nothing was written:\n  {}", problems.join("\n  ")))),
        }
    }

    /// What an uninstall would delete, and what it would keep: data stays unless `delete_data`.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn removal(&self, delete_data: bool) -> Result<Uninstall, Error> {
        Ok(Uninstall::plan(&self.cluster, self.inventory.clone(), delete_data).await?)
    }

    /// Uninstalls, and tells of each object.
    ///
    /// # Errors
    ///
    /// Another run at work, or what isn't gone at the deadline and what holds it.
    pub async fn remove(&self, removal: Uninstall, deadline: Instant) -> Result<(), Error> {
        let tell = |text: &str| self.person.progress(text);
        Ok(removal.carry_out(&self.cluster, deadline, &tell).await?)
    }

    /// The context that was asked for, to be passed on to other programs.
    pub fn context_flag<'a>(&'a self, choice: &'a ClusterOptions) -> Option<&'a str> {
        choice.context.as_deref().or(self.settings.context.as_deref())
    }

    /// In whose cluster this is, for questions.
    pub fn place(&self) -> String {
        format!("context {}, {}", self.cluster.context(), self.cluster.url())
    }
}

fn settings(repository: Option<&Repository>) -> Settings {
    let stack = repository.and_then(|repository| repository.config().stack.clone());
    stack.unwrap_or_default()
}

async fn cluster(choice: &ClusterOptions, settings: &Settings) -> Result<Cluster, kubernetes::Error> {
    let context = choice.context.clone().or_else(|| settings.context.clone());
    let kubeconfig = choice.kubeconfig.clone();
    Cluster::connect(&Choice { kubeconfig, context }).await
}

/// Which rights are missing.
pub fn not_allowed(findings: &[Finding]) -> Error {
    let line = |finding: &Finding| match finding {
        Finding::NoRight { verb, id } => {
            let namespace = id.namespace.as_ref();
            let place = namespace.map(|name| format!(" in the namespace {name}"));
            Some(format!("{verb} {}{}", id.kind.plural(), place.unwrap_or_default()))
        }
        Finding::Problem(_) | Finding::Warning(_) => None,
    };
    let lines: Vec<String> = findings.iter().filter_map(line).collect();
    Error::new(format!(
        "nothing was written, since you may not:\n  {}",
        lines.join("\n  ")
    ))
    .kind_is(Kind::Denied)
}

/// The namespace that remembers what was installed.
fn home(settings: &Settings) -> &str {
    let only_grafana = !(settings.prometheus.enabled
        || settings.alertmanager.enabled
        || settings.kube_state_metrics.enabled
        || settings.pushgateway.enabled);
    match only_grafana {
        true => &settings.namespaces.grafana,
        false => &settings.namespaces.prometheus,
    }
}

/// How Grafana's password is set again, when the Secret and the database have parted.
pub fn reset_command(settings: &Settings) -> String {
    format!(
        "kubectl exec -n {} deploy/grafana -- grafana cli admin reset-admin-password NEW",
        settings.namespaces.grafana
    )
}

/// The admin's password as a file or the settings' variable gives it, or that one shall be made up.
///
/// # Errors
///
/// It can't be read, isn't set, or is empty.
pub fn given(settings: &Settings, options: &InstallOptions) -> Result<Given, Error> {
    let text = match (&options.admin_password_file, &settings.grafana.admin.password) {
        (Some(path), _) if path.as_os_str() == "-" => {
            std::io::read_to_string(std::io::stdin()).map_err(|error| Error::new(format!("standard input: {error}")))?
        }
        (Some(path), _) => std::fs::read_to_string(path)
            .map_err(|error| Error::new(format!("{} can't be read: {error}", path.display())))?,
        (None, Some(name)) => {
            let own = Confirmed::own("the stack that the user installs");
            let vault = Vault::open(&own, &Environment::of_process());
            let secret = vault.get(name).cloned().ok_or_else(|| {
                Error::usage(format!("stack.grafana.admin.password names {name}, which is not set"))
                    .hint("set it, or pass --admin-password-file")
            })?;
            return Ok(Given::Is(secret));
        }
        (None, None) => return Ok(Given::Generate),
    };
    let secret = Secret::new(&text);
    match secret.is_empty() {
        true => Err(Error::usage("the admin's password is empty")),
        false => Ok(Given::Is(secret)),
    }
}

/// The objects that shall be there when all is done.
pub fn ids(plan: &StackPlan) -> Vec<ObjectId> {
    let wanted = plan.objects.iter().filter(|planned| planned.object.is_some());
    wanted.map(|planned| planned.id.clone()).collect()
}

/// Stops before the first write where something can't be done, or is somebody else's.
///
/// # Errors
///
/// All that stands in the way.
pub fn possible(plan: &StackPlan, force: bool) -> Result<(), Error> {
    let mut reasons = Vec::new();
    for planned in &plan.objects {
        match &planned.fate {
            Fate::Refuse(owner) => reasons.push(format!("{}: {owner}; --adopt takes it over", planned.id)),
            Fate::Recreate(reason) => reasons.push(format!(
                "{}: it can't be changed in place, only made anew ({reason}); --dry-run shows how",
                planned.id
            )),
            _ => {}
        }
    }
    if !force {
        for (id, change, owner) in plan.conflicts() {
            reasons.push(format!(
                "{id}: {} was set by {owner}; --force-conflicts takes it back",
                change.path
            ));
        }
    }
    match reasons.is_empty() {
        true => Ok(()),
        false => Err(Error::new(format!(
            "nothing was written:\n  {}",
            reasons
                .iter()
                .map(|reason| shown(reason))
                .collect::<Vec<_>>()
                .join("\n  ")
        ))),
    }
}

/// Carries out a plan, and tells of each object.
///
/// # Errors
///
/// What stopped it, and what was done before.
pub async fn write(session: &StackSession, plan: &StackPlan, force: bool) -> Result<(), Error> {
    carry_out(
        &session.cluster,
        &session.inventory,
        plan,
        force,
        session.deadline,
        &*session.person,
    )
    .await
}

/// The same without a stack's session.
///
/// # Errors
///
/// The same.
pub async fn carry_out(
    cluster: &Cluster,
    inventory: &Inventory,
    plan: &StackPlan,
    force: bool,
    deadline: Instant,
    person: &dyn Person,
) -> Result<(), Error> {
    possible(plan, force)?;
    let how = How {
        force,
        deadline,
        tell: &|text: &str| person.progress(text),
    };
    let installed = install(cluster, plan, inventory, how).await;
    let done: String = installed
        .done
        .iter()
        .map(|(id, word)| format!("{id}: {word}\n"))
        .collect();
    person.show(&done);
    match installed.failed {
        None => Ok(()),
        Some(error) => {
            let error = Error::from(error);
            let kind = error.kind();
            Err(error
                .hint(format!(
                    "{} of {} objects were written before; running it again goes on from there",
                    installed.done.len(),
                    plan.objects.len()
                ))
                .kind_is(kind))
        }
    }
}

/// Waits for the objects, telling on standard error how each one comes along.
///
/// # Errors
///
/// What isn't ready at the deadline, and why.
pub async fn wait_until_ready(session: &StackSession, ids: &[ObjectId], deadline: Instant) -> Result<(), Error> {
    let tell = |id: &ObjectId, state: Result<(), &str>| match state {
        Ok(()) => session.person.progress(&format!("{id}: ready")),
        Err(what) => session.person.progress(&format!("{id}: {}", shown(what))),
    };
    let waiting = wait(&session.cluster, ids, deadline, tell).await?;
    match waiting.is_empty() {
        true => Ok(()),
        false => Err(Error::new(format!("not ready in time:\n{}", show_waiting(&waiting)))
            .hint("running it again waits on; --timeout gives it more time, `dashctl stack status` shows the whole")
            .kind_is(Kind::Partial)),
    }
}

/// What isn't ready, and why, in lines.
pub fn show_waiting(waiting: &[Waiting]) -> String {
    let mut text = String::new();
    for one in waiting {
        text.push_str(&format!("  {}: {}\n", one.id, shown(&one.what)));
        for trouble in &one.troubles {
            text.push_str(&format!("    {}\n", shown(&trouble.to_string())));
        }
    }
    text.trim_end().to_owned()
}

/// A program of the stack with something to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Prometheus.
    Prometheus,
    /// Grafana.
    Grafana,
    /// Alertmanager.
    Alertmanager,
    /// Pushgateway.
    Pushgateway,
}

impl Page {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Prometheus, Self::Grafana, Self::Alertmanager, Self::Pushgateway];

    /// Its usual port.
    pub fn port(self) -> u16 {
        match self {
            Self::Prometheus => 9090,
            Self::Grafana => 3000,
            Self::Alertmanager => 9093,
            Self::Pushgateway => 9091,
        }
    }

    /// Its Service.
    pub fn service(self, settings: &Settings) -> ObjectId {
        let namespace = match self {
            Self::Grafana => &settings.namespaces.grafana,
            _ => &settings.namespaces.prometheus,
        };
        let name = match self {
            Self::Prometheus => "prometheus-server",
            Self::Grafana => "grafana",
            Self::Alertmanager => "prometheus-alertmanager",
            Self::Pushgateway => "prometheus-prometheus-pushgateway",
        };
        ObjectId {
            kind: ObjectKind::Service,
            namespace: Some(namespace.clone()),
            name: name.to_owned(),
        }
    }

    /// Whether it is installed.
    pub fn is_enabled(self, settings: &Settings) -> bool {
        match self {
            Self::Prometheus => settings.prometheus.enabled,
            Self::Grafana => settings.grafana.enabled,
            Self::Alertmanager => settings.alertmanager.enabled,
            Self::Pushgateway => settings.pushgateway.enabled,
        }
    }

    /// What is to be seen there.
    pub fn path(self) -> &'static str {
        match self {
            Self::Prometheus => "/targets",
            _ => "/",
        }
    }

    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prometheus => "Prometheus",
            Self::Grafana => "Grafana",
            Self::Alertmanager => "Alertmanager",
            Self::Pushgateway => "Pushgateway",
        }
    }
}

fn shown(text: &str) -> String {
    Printable(text).to_string()
}

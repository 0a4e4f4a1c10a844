use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

use crate::cli::output::warn;
use crate::cli::{Environment, Exit, Failure};
use crate::grafana::Secret;
use crate::ops::{Confirmed, Vault};
use crate::repository::Repository;
use crate::stack::kubernetes::{
    self, AdminPassword, Choice, Cluster, Finding, Given, INVENTORY, Inventory, StackPlan, admin_password, preflight,
    rights,
};
use crate::stack::{Object, Settings, admin_secret, render};

/// How long another run that is at work is waited for, where nothing else is said.
const PATIENCE: Duration = Duration::from_secs(120);

/// What somebody does who may not install.
const RIGHTS: &str = "installing takes the rights of a cluster administrator; `dashctl stack render` gives the manifests to \
                      somebody who has them";

/// Which cluster is meant.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ClusterArgs {
    /// The kubeconfig; without it KUBECONFIG, ~/.kube/config, or what a pod has
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The context; without it that of `stack.context`, or the current one
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
}

/// How an install goes about it.
#[derive(Debug, Clone, clap::Args)]
pub struct InstallArgs {
    /// Take over objects that Helm or others made
    #[arg(long)]
    pub adopt: bool,
    /// Take back fields that others have changed
    #[arg(long)]
    pub force_conflicts: bool,
    /// A file with the admin's password, - for standard input; used only where the cluster has none yet
    #[arg(long, value_name = "FILE")]
    pub admin_password_file: Option<PathBuf>,
    /// How long to wait until everything is ready, in all (90s, 10m)
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    pub timeout: Duration,
}

/// `90s`, `10m`, `1h30m`; a number alone is seconds.
pub fn duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    let span: jiff::SignedDuration = text.parse().map_err(|error: jiff::Error| error.to_string())?;
    Duration::try_from(span).map_err(|_| "it can't be negative".to_owned())
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
    /// How long another run that is at work is waited for.
    pub deadline: Instant,
}

impl StackSession {
    /// Reads the settings and finds the cluster.
    ///
    /// # Errors
    ///
    /// Settings that can't be, no cluster, or one that doesn't let us in.
    pub async fn open(args: &ClusterArgs) -> Result<Self, Failure> {
        let repository = repository()?;
        Self::with(args, settings(repository.as_ref()), repository).await
    }

    /// The same for one who is going to write: without the right to, says all that is missing.
    ///
    /// # Errors
    ///
    /// As [`StackSession::open`].
    pub async fn open_to_write(args: &ClusterArgs, deadline: Instant) -> Result<Self, Failure> {
        let denied = match Self::open(args).await {
            Ok(session) => return Ok(Self { deadline, ..session }),
            Err(failure) if failure.code() == Exit::Denied => failure,
            Err(failure) => return Err(failure),
        };
        let settings = settings(repository()?.as_ref());
        let objects = render(&settings)?;
        let cluster = cluster(args, &settings).await?;
        match rights(&cluster, &objects).await {
            Ok(missing) if !missing.is_empty() => Err(not_allowed(&missing).hint(RIGHTS)),
            _ => Err(denied),
        }
    }

    async fn with(args: &ClusterArgs, settings: Settings, repository: Option<Repository>) -> Result<Self, Failure> {
        let cluster = cluster(args, &settings).await?;
        let inventory = Inventory::read(&cluster, home(&settings), INVENTORY).await?;
        Ok(Self {
            settings,
            cluster,
            inventory,
            repository,
            deadline: Instant::now() + PATIENCE,
        })
    }

    /// The password that the cluster has, or is going to have.
    ///
    /// # Errors
    ///
    /// A file or variable that can't be read, or a Secret without the password's key.
    pub async fn password(&self, args: &InstallArgs) -> Result<Option<AdminPassword>, Failure> {
        if !self.settings.grafana.enabled {
            return Ok(None);
        }
        let given = given(&self.settings, args)?;
        let found = admin_password(&self.cluster, &self.settings, given).await?;
        if found.differs {
            warn(&format!(
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
    pub fn objects(&self, password: Option<&AdminPassword>) -> Result<Vec<Object>, Failure> {
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
    pub async fn plan(&self, objects: Vec<Object>, adopt: bool) -> Result<StackPlan, Failure> {
        let plan = StackPlan::make(&self.cluster, objects, &self.inventory, adopt).await?;
        for text in &plan.warnings {
            warn(&format!("the API server says: {text}"));
        }
        if plan.only_subset {
            warn(
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
    pub async fn preflight(&self, objects: &[Object]) -> Result<(), Failure> {
        let (mut denied, mut problems) = (Vec::new(), Vec::new());
        for finding in preflight(&self.cluster, objects).await? {
            match finding {
                right @ Finding::NoRight { .. } => denied.push(right),
                Finding::Problem(problem) => problems.push(problem),
                Finding::Warning(text) => warn(&text),
            }
        }
        if !denied.is_empty() {
            return Err(not_allowed(&denied).hint(RIGHTS));
        }
        match problems.is_empty() {
            true => Ok(()),
            false => Err(Failure::new(format!(
                "nothing was written:\n  {}",
                problems.join("\n  ")
            ))),
        }
    }

    /// The context that was asked for, to be passed on to other programs.
    pub fn context_flag<'a>(&'a self, args: &'a ClusterArgs) -> Option<&'a str> {
        args.context.as_deref().or(self.settings.context.as_deref())
    }

    /// In whose cluster this is, for questions.
    pub fn place(&self) -> String {
        format!("context {}, {}", self.cluster.context(), self.cluster.url())
    }
}

fn repository() -> Result<Option<Repository>, Failure> {
    let here = std::env::current_dir().map_err(|error| Failure::new(format!("the current folder: {error}")))?;
    Ok(Repository::discover(&here)?)
}

fn settings(repository: Option<&Repository>) -> Settings {
    let stack = repository.and_then(|repository| repository.config().stack.clone());
    stack.unwrap_or_default()
}

async fn cluster(args: &ClusterArgs, settings: &Settings) -> Result<Cluster, kubernetes::Error> {
    let context = args.context.clone().or_else(|| settings.context.clone());
    let kubeconfig = args.kubeconfig.clone();
    Cluster::connect(&Choice { kubeconfig, context }).await
}

/// Which rights are missing.
pub fn not_allowed(findings: &[Finding]) -> Failure {
    let line = |finding: &Finding| match finding {
        Finding::NoRight { verb, id } => {
            let namespace = id.namespace.as_ref();
            let place = namespace.map(|name| format!(" in the namespace {name}"));
            Some(format!("{verb} {}{}", id.kind.plural(), place.unwrap_or_default()))
        }
        Finding::Problem(_) | Finding::Warning(_) => None,
    };
    let lines: Vec<String> = findings.iter().filter_map(line).collect();
    Failure::new(format!(
        "nothing was written, since you may not:\n  {}",
        lines.join("\n  ")
    ))
    .exit(Exit::Denied)
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
pub fn given(settings: &Settings, args: &InstallArgs) -> Result<Given, Failure> {
    let text = match (&args.admin_password_file, &settings.grafana.admin.password) {
        (Some(path), _) if path.as_os_str() == "-" => std::io::read_to_string(std::io::stdin())
            .map_err(|error| Failure::new(format!("standard input: {error}")))?,
        (Some(path), _) => std::fs::read_to_string(path)
            .map_err(|error| Failure::new(format!("{} can't be read: {error}", path.display())))?,
        (None, Some(name)) => {
            let own = Confirmed::own("the stack that the user installs");
            let vault = Vault::open(&own, &Environment::of_process());
            let secret = vault.get(name).cloned().ok_or_else(|| {
                Failure::usage(format!("stack.grafana.admin.password names {name}, which is not set"))
                    .hint("set it, or pass --admin-password-file")
            })?;
            return Ok(Given::Is(secret));
        }
        (None, None) => return Ok(Given::Generate),
    };
    let secret = Secret::new(&text);
    match secret.is_empty() {
        true => Err(Failure::usage("the admin's password is empty")),
        false => Ok(Given::Is(secret)),
    }
}

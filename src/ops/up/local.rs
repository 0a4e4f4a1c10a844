use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::fill::Fill;
use super::{Finish, UpOptions, notes, targets};
use crate::grafana::{Connection, Credentials, ErrorKind, Grafana, Secret};
use crate::ops::stack::given;
use crate::ops::{Environment, Error, Kind, SandboxStandIn, find_repository};
use crate::report::table;
use crate::repository::Repository;
use crate::stack::Settings;
use crate::stack::local::{Component, Folder, LocalPassword, LocalPlan, LocalStack, Places, Program, Programs, Start};

/// How long a process gets to end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(20);

/// Runs the stack on this machine until it is interrupted, or with --exit until Grafana is filled.
///
/// # Errors
///
/// What is missing, can't be started, ends by itself, or what Grafana refused. Everything has been stopped then.
pub async fn run(options: &UpOptions) -> Result<Finish, Error> {
    let deadline = Instant::now() + options.install.timeout;
    let repository = find_repository()?;
    let settings = repository
        .as_ref()
        .and_then(|repository| repository.config().stack.clone());
    let settings = settings.unwrap_or_default();
    let programs = Programs::find(&settings, &places(options))?;
    let folder = Folder::at(&data_folder(options)?)?;
    let ports = options.local.ports.iter().copied().collect();
    if options.dry_run {
        return foresee(
            options,
            &LocalPlan::new(&settings, folder, &programs, &ports)?,
            repository.as_ref(),
        );
    }
    let up = Up {
        options,
        repository,
        deadline,
    };
    up.run(&settings, folder, &programs, &ports).await
}

fn places(options: &UpOptions) -> Places {
    Places {
        path: std::env::var_os("PATH").unwrap_or_default(),
        grafana_home: options.local.grafana_home.clone(),
        allow_sandbox: options.local.allow_sandbox,
    }
}

fn data_folder(options: &UpOptions) -> Result<PathBuf, Error> {
    if let Some(folder) = &options.local.data {
        return Ok(folder.clone());
    }
    let state = Environment::of_process().state_folder();
    let state =
        state.ok_or_else(|| Error::usage("your state folder can't be found").hint("say where with --data DIR"))?;
    Ok(state.join("stack"))
}

/// What would be started, and where; nothing is.
fn foresee(options: &UpOptions, plan: &LocalPlan, repository: Option<&Repository>) -> Result<Finish, Error> {
    plan.folder.check_free()?;
    let row = |part: &crate::stack::local::Part| {
        let program = match &part.program {
            Program::File(file) | Program::Grafana { file, .. } => file.display().to_string(),
            Program::Sandbox => "the sandbox, within dashctl".to_owned(),
        };
        vec![part.component.title().to_owned(), part.url(), program]
    };
    options.person.show("Would be started on this machine:\n");
    options
        .person
        .show(&table(&["COMPONENT", "URL", "PROGRAM"], plan.parts.iter().map(row)));
    options.person.show(&format!(
        "with everything that they store in {}\n\n",
        plan.folder.path().display()
    ));
    if plan.part(Component::Grafana).is_some() {
        options.person.show("Into an empty Grafana would go:\n");
        options.person.show(&notes::dashboards_to_come(repository)?);
    }
    Ok(Finish::default().differs_if(true))
}

struct Up<'a> {
    options: &'a UpOptions,
    repository: Option<Repository>,
    deadline: Instant,
}

impl Up<'_> {
    async fn run(
        &self,
        settings: &Settings,
        folder: Folder,
        programs: &Programs,
        ports: &BTreeMap<Component, u16>,
    ) -> Result<Finish, Error> {
        let lock = folder.lock()?;
        for (component, pid) in lock.stop_leftovers(GRACE).await? {
            self.options.person.progress(&format!(
                "{component} of an earlier run was still there, as process {pid}: stopped"
            ));
        }
        let plan = LocalPlan::new(settings, folder, programs, ports)?;
        let kept = LocalPassword::keep(&lock, given(settings, &self.options.install)?)?;
        if kept.differs {
            self.options.person.warn(&other_password(&plan));
        }
        let start = Start {
            lock,
            password: kept.password.clone(),
            leash: leash(),
            stand_in: Box::new(SandboxStandIn::default()),
        };
        let mut stack = LocalStack::start(&plan, start, GRACE).await?;
        let brought_up = tokio::select! {
            exit = self.bring_up(&mut stack, &plan, settings, &kept.password) => exit.map(Some),
            () = (self.options.stop)() => Ok(None),
        };
        let exit = match brought_up {
            Ok(Some(exit)) if !self.options.local.exit => tokio::select! {
                // This is how it ends when all is well.
                () = (self.options.stop)() => Ok(exit),
                error = stack.end() => Err(error.into()),
            },
            other => other.map(|exit| exit.unwrap_or(Finish::of(Some(Kind::Interrupted)))),
        };
        self.options.person.progress("stopping");
        let killed = stack.stop(GRACE).await;
        for component in killed? {
            self.options.person.warn(&format!(
                "{component} didn't end within {} s and was killed",
                GRACE.as_secs()
            ));
        }
        exit
    }

    /// Waits until all is ready, fills Grafana, and says where everything is.
    async fn bring_up(
        &self,
        stack: &mut LocalStack,
        plan: &LocalPlan,
        settings: &Settings,
        password: &Secret,
    ) -> Result<Finish, Error> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let tell = |component: Component| self.options.person.progress(&format!("{}: ready", component.title()));
        stack.until_ready(left, tell).await?;
        let exit = tokio::select! {
            exit = self.fill(plan, settings, password) => exit?,
            error = stack.end() => return Err(error.into()),
        };
        if !self.options.local.exit {
            self.options.person.show(&text(plan, settings));
        }
        Ok(exit)
    }

    /// Data source, dashboards, and the table of targets.
    async fn fill(&self, plan: &LocalPlan, settings: &Settings, password: &Secret) -> Result<Finish, Error> {
        let prometheus = plan.part(Component::Prometheus).map(|part| part.url());
        let mut exit = Finish::default();
        if plan.part(Component::Grafana).is_some() {
            let grafana = Arc::new(login(plan, settings, password).await?);
            let url = prometheus.clone().unwrap_or_default();
            let contents = Fill::new(self.options, self.repository.as_ref(), settings, &url);
            let filled = contents.carry_out(&grafana).await;
            grafana.close().await;
            exit = filled?;
        }
        if let Some(url) = prometheus {
            targets::show(&url, self.deadline, &*self.options.person).await?;
        }
        Ok(exit)
    }
}

/// This very program, even where its file was replaced in the meantime. It takes Linux to make a child end with it.
fn leash() -> Option<PathBuf> {
    cfg!(target_os = "linux").then(|| "/proc/self/exe".into())
}

/// A session in Grafana, which proves that the password logs in.
async fn login(plan: &LocalPlan, settings: &Settings, password: &Secret) -> Result<Grafana, Error> {
    let url = plan.part(Component::Grafana).map(|part| part.url()).unwrap_or_default();
    let credentials = Credentials::Password {
        user: settings.grafana.admin.user.clone(),
        password: password.clone(),
    };
    let grafana = Grafana::new(Connection::new(url.parse().map_err(Error::new)?, credentials))?;
    match grafana.identity().await {
        Ok(_) => Ok(grafana),
        Err(error) if error.kind() == &ErrorKind::NotAuthenticated => {
            Err(Error::from(error).hint(other_password(plan)))
        }
        Err(error) => Err(error.into()),
    }
}

fn other_password(plan: &LocalPlan) -> String {
    let way_out = match plan.reset_command() {
        Some(command) => format!("set it anew, there and in the file: {command}"),
        None => "the sandbox takes it from there at each start: write the new one into the file".to_owned(),
    };
    format!(
        "the password in {} was made at the first start and stays; {way_out}",
        plan.folder.password().display()
    )
}

/// Where everything is, and how to end it.
fn text(plan: &LocalPlan, settings: &Settings) -> String {
    let mut text = String::from("\nOn this machine, and for nobody else:\n");
    for part in &plan.parts {
        let words = match part.program {
            Program::Sandbox => "  (the sandbox: it stores dashboards and draws nothing)",
            Program::File(_) | Program::Grafana { .. } => "",
        };
        text.push_str(&format!("  {:<13} {}{words}\n", part.component.title(), part.url()));
    }
    let folder = plan.folder.path().display();
    if plan.part(Component::Grafana).is_some() {
        text.push_str(&format!(
            "Grafana's login is {}; its password:\n  cat {}\n",
            settings.grafana.admin.user,
            plan.folder.password().display()
        ));
    }
    text.push_str(&format!(
        "Logs: {}\nCtrl-C (or kill {}) ends everything. What it stores is in {folder}, and there for the next start.\n",
        plan.folder.logs().display(),
        std::process::id()
    ));
    text
}

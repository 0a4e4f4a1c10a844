use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::fill::Fill;
use super::{Args, here, notes, targets};
use crate::cli::output::{print, progress, table, warn};
use crate::cli::{Environment, Exit, Failure, interrupted};
use crate::grafana::{Connection, Credentials, ErrorKind, Grafana, Secret};
use crate::ops::SandboxStandIn;
use crate::ops::stack::given;
use crate::repository::Repository;
use crate::stack::Settings;
use crate::stack::local::{Component, Folder, LocalPassword, LocalPlan, LocalStack, Places, Program, Programs, Start};

/// How long a process gets to end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(20);

/// What only the engine local takes.
#[derive(Debug, clap::Args)]
pub struct LocalArgs {
    /// With the engine local: an unpacked Grafana, where none is on PATH
    #[arg(long, value_name = "DIR")]
    grafana_home: Option<PathBuf>,
    /// With the engine local: let the embedded sandbox stand in where there is no Grafana
    #[arg(long)]
    allow_sandbox: bool,
    /// With the engine local: where a component listens, 0 for a free port; NAME is prometheus, node-exporter, alertmanager,
    /// pushgateway or grafana; repeatable
    #[arg(long = "port", value_name = "NAME=PORT", value_parser = port)]
    ports: Vec<(Component, u16)>,
}

impl LocalArgs {
    /// Refuses these flags where another engine would ignore them.
    ///
    /// # Errors
    ///
    /// One of them was given.
    pub fn refuse(&self, engine: &str) -> Result<(), Failure> {
        let given = [
            ("--grafana-home", self.grafana_home.is_some()),
            ("--allow-sandbox", self.allow_sandbox),
            ("--port", !self.ports.is_empty()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            Some((flag, _)) => Err(Failure::usage(format!(
                "{flag} is for --engine local, not for {engine}"
            ))),
            None => Ok(()),
        }
    }
}

fn port(text: &str) -> Result<(Component, u16), String> {
    let (name, port) = text.split_once('=').ok_or("it is written NAME=PORT")?;
    let component = name.parse().map_err(|error| format!("{error}"))?;
    let port = port.parse().map_err(|_| format!("{port:?} is no port"))?;
    Ok((component, port))
}

/// Runs the stack on this machine until it is interrupted, or with --exit until Grafana is filled.
///
/// # Errors
///
/// What is missing, can't be started, ends by itself, or what Grafana refused. Everything has been stopped then.
pub async fn run(args: &Args) -> Result<Exit, Failure> {
    refuse_cluster_flags(args)?;
    let deadline = Instant::now() + args.install.timeout;
    let repository = Repository::discover(&here()?)?;
    let settings = repository
        .as_ref()
        .and_then(|repository| repository.config().stack.clone());
    let settings = settings.unwrap_or_default();
    let programs = Programs::find(&settings, &places(args))?;
    let folder = Folder::at(&data_folder(args)?)?;
    let ports = args.local.ports.iter().copied().collect();
    if args.dry_run {
        return foresee(
            &LocalPlan::new(&settings, folder, &programs, &ports)?,
            repository.as_ref(),
        );
    }
    let up = Up {
        args,
        repository,
        deadline,
    };
    up.run(&settings, folder, &programs, &ports).await
}

/// Refuses what would be ignored here.
fn refuse_cluster_flags(args: &Args) -> Result<(), Failure> {
    let given = [
        ("--grafana-url", args.grafana_url.is_some()),
        ("--kubeconfig", args.cluster.kubeconfig.is_some()),
        ("--context", args.cluster.context.is_some()),
        ("--adopt", args.install.adopt),
        ("--force-conflicts", args.install.force_conflicts),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        Some((flag, _)) => Err(Failure::usage(format!(
            "{flag} is for a cluster, not for --engine local"
        ))),
        None => Ok(()),
    }
}

fn places(args: &Args) -> Places {
    Places {
        path: std::env::var_os("PATH").unwrap_or_default(),
        grafana_home: args.local.grafana_home.clone(),
        allow_sandbox: args.local.allow_sandbox,
    }
}

fn data_folder(args: &Args) -> Result<PathBuf, Failure> {
    if let Some(folder) = &args.data {
        return Ok(folder.clone());
    }
    let state = Environment::of_process().state_folder();
    let state =
        state.ok_or_else(|| Failure::usage("your state folder can't be found").hint("say where with --data DIR"))?;
    Ok(state.join("stack"))
}

/// What would be started, and where; nothing is.
fn foresee(plan: &LocalPlan, repository: Option<&Repository>) -> Result<Exit, Failure> {
    plan.folder.check_free()?;
    let row = |part: &crate::stack::local::Part| {
        let program = match &part.program {
            Program::File(file) | Program::Grafana { file, .. } => file.display().to_string(),
            Program::Sandbox => "the sandbox, within dashctl".to_owned(),
        };
        vec![part.component.title().to_owned(), part.url(), program]
    };
    print("Would be started on this machine:\n")?;
    print(&table(&["COMPONENT", "URL", "PROGRAM"], plan.parts.iter().map(row)))?;
    print(&format!(
        "with everything that they store in {}\n\n",
        plan.folder.path().display()
    ))?;
    if plan.part(Component::Grafana).is_some() {
        print("Into an empty Grafana would go:\n")?;
        print(&notes::dashboards_to_come(repository)?)?;
    }
    Ok(Exit::Differs)
}

struct Up<'a> {
    args: &'a Args,
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
    ) -> Result<Exit, Failure> {
        let lock = folder.lock()?;
        for (component, pid) in lock.stop_leftovers(GRACE).await? {
            progress(&format!(
                "{component} of an earlier run was still there, as process {pid}: stopped"
            ));
        }
        let plan = LocalPlan::new(settings, folder, programs, ports)?;
        let kept = LocalPassword::keep(&lock, given(settings, &(&self.args.install).into())?)?;
        if kept.differs {
            warn(&other_password(&plan));
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
            () = interrupted() => Ok(None),
        };
        let exit = match brought_up {
            Ok(Some(exit)) if !self.args.exit => tokio::select! {
                // This is how it ends when all is well.
                () = interrupted() => Ok(exit),
                error = stack.end() => Err(error.into()),
            },
            other => other.map(|exit| exit.unwrap_or(Exit::Interrupted)),
        };
        progress("stopping");
        let killed = stack.stop(GRACE).await;
        for component in killed? {
            warn(&format!(
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
    ) -> Result<Exit, Failure> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let tell = |component: Component| progress(&format!("{}: ready", component.title()));
        stack.until_ready(left, tell).await?;
        let exit = tokio::select! {
            exit = self.fill(plan, settings, password) => exit?,
            error = stack.end() => return Err(error.into()),
        };
        if !self.args.exit {
            print(&text(plan, settings))?;
        }
        Ok(exit)
    }

    /// Data source, dashboards, and the table of targets.
    async fn fill(&self, plan: &LocalPlan, settings: &Settings, password: &Secret) -> Result<Exit, Failure> {
        let prometheus = plan.part(Component::Prometheus).map(|part| part.url());
        let mut exit = Exit::Done;
        if plan.part(Component::Grafana).is_some() {
            let grafana = Arc::new(login(plan, settings, password).await?);
            let url = prometheus.clone().unwrap_or_default();
            let contents = Fill::new(self.args, self.repository.as_ref(), settings, &url);
            let filled = contents.carry_out(&grafana).await;
            grafana.close().await;
            exit = filled?;
        }
        if let Some(url) = prometheus {
            targets::show(&url, self.deadline).await?;
        }
        Ok(exit)
    }
}

/// This very program, even where its file was replaced in the meantime. It takes Linux to make a child end with it.
fn leash() -> Option<PathBuf> {
    cfg!(target_os = "linux").then(|| "/proc/self/exe".into())
}

/// A session in Grafana, which proves that the password logs in.
async fn login(plan: &LocalPlan, settings: &Settings, password: &Secret) -> Result<Grafana, Failure> {
    let url = plan.part(Component::Grafana).map(|part| part.url()).unwrap_or_default();
    let credentials = Credentials::Password {
        user: settings.grafana.admin.user.clone(),
        password: password.clone(),
    };
    let grafana = Grafana::new(Connection::new(url.parse().map_err(Failure::new)?, credentials))?;
    match grafana.identity().await {
        Ok(_) => Ok(grafana),
        Err(error) if error.kind() == &ErrorKind::NotAuthenticated => {
            Err(Failure::from(error).hint(other_password(plan)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_component_and_a_number() {
        assert_eq!(port("grafana=3001"), Ok((Component::Grafana, 3001)));
        assert!(port("grafana").is_err() && port("grafana=70000").is_err());
        assert!(port("loki=1").unwrap_err().contains("there are prometheus"));
    }
}

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::{Component, LocalPlan, Part, Program};

/// Variables of dashctl's own that are none of a child's business, or that would overrule its configuration file.
const PRIVATE: [&str; 6] = [
    "DASHCTL_SECRET_",
    "GRAFANA_",
    "GF_SERVER_",
    "GF_PATHS_",
    "GF_DATABASE_",
    "GF_SECURITY_ADMIN_",
];

/// What starts a component; `leash` is a program that starts another and ends it when its own parent ends.
pub(super) fn command(plan: &LocalPlan, part: &Part, leash: Option<&Path>) -> Option<Command> {
    let (file, args) = match &part.program {
        Program::Sandbox => return None,
        Program::File(file) => (file, own_args(plan, part)),
        Program::Grafana { file, home } => (file, grafana_args(plan, file, home)),
    };
    let mut command = match leash {
        Some(leash) => {
            let mut command = Command::new(leash);
            command.args(["leash", &std::process::id().to_string(), "--"]).arg(file);
            command
        }
        None => Command::new(file),
    };
    for (name, _) in std::env::vars_os() {
        if is_private(&name) {
            command.env_remove(name);
        }
    }
    command
        .args(args)
        .current_dir(plan.folder.data(part.component))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    // Ctrl-C in a terminal goes to its whole group; dashctl ends the others itself, in order.
    #[cfg(unix)]
    command.process_group(0);
    Some(command)
}

fn is_private(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    PRIVATE.iter().any(|prefix| name.starts_with(prefix))
}

fn own_args(plan: &LocalPlan, part: &Part) -> Vec<OsString> {
    let listen = ("--web.listen-address=", part.address.clone().into());
    let config = |name| ("--config.file=", plan.folder.config(name).into_os_string());
    let data = |below: &str| plan.folder.data(part.component).join(below).into_os_string();
    let mut args: Vec<(&str, OsString)> = vec![listen];
    match part.component {
        Component::Prometheus => {
            let settings = &plan.settings.prometheus;
            args.push(config("prometheus.yml"));
            args.push(("--storage.tsdb.path=", data("tsdb")));
            args.push(("--storage.tsdb.retention.time=", settings.retention.clone().into()));
            if let Some(size) = &settings.retention_size {
                args.push(("--storage.tsdb.retention.size=", size.into()));
            }
        }
        Component::Alertmanager => {
            args.push(config("alertmanager.yml"));
            args.push(("--storage.path=", data("state")));
            // Without this it looks for others of its kind, on every address of the machine.
            args.push(("--cluster.listen-address=", OsString::new()));
        }
        Component::Pushgateway => args.push(("--persistence.file=", data("metrics"))),
        Component::NodeExporter | Component::Grafana => {}
    }
    let joined = args.into_iter().map(|(flag, value)| {
        let mut arg = OsString::from(flag);
        arg.push(value);
        arg
    });
    joined.collect()
}

fn grafana_args(plan: &LocalPlan, file: &Path, home: &Path) -> Vec<OsString> {
    // `grafana` has several verbs; `grafana-server` of older versions is the server.
    let is_server = file.file_name().is_some_and(|name| name == "grafana-server");
    let verb = (!is_server).then(|| "server".into());
    let named = [
        "--homepath".into(),
        home.into(),
        "--config".into(),
        plan.grafana_ini().into(),
    ];
    verb.into_iter().chain(named).collect()
}

//! The check as a systemd service with its timer.

use std::path::{Component, Path, PathBuf};

use serde_json::json;

use super::{Places, Rendered, Schedule, ScheduleError};
use crate::template::Templates;

/// Every template with its text. These are no YAML: what is put in was made a word of systemd's before.
const TEMPLATES: &[(&str, &str)] = &[
    ("service", include_str!("../../templates/schedule/service.hbs")),
    ("timer", include_str!("../../templates/schedule/timer.hbs")),
];

/// Folders that `ProtectHome=` hides.
const HOMES: [&str; 3] = ["/home", "/root", "/run/user"];

/// Where things are on the machine.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The units' name, without an ending.
    pub name: String,
    /// The program.
    pub program: PathBuf,
    /// The repository's folder.
    pub folder: PathBuf,
    /// The folder with the secrets, which only root may read.
    pub secrets: PathBuf,
}

/// Renders the service and its timer.
///
/// # Errors
///
/// A path that isn't absolute, or that a unit can't hold.
pub fn render(schedule: &Schedule, machine: &Machine) -> Result<[Rendered; 2], ScheduleError> {
    for (what, path) in [
        ("--program", &machine.program),
        ("--folder", &machine.folder),
        ("--secrets", &machine.secrets),
    ] {
        check_path(path).map_err(|why| ScheduleError::Platform(format!("{what} {}: {why}", path.display())))?;
    }
    check_name(&machine.name)?;
    let templates = Templates::new(TEMPLATES)?;
    let name = &machine.name;
    let folder = unexpanded(&machine.folder.display().to_string());
    let credentials: Vec<_> = credential_names(schedule)
        .map(|name| json!({"name": name, "file": unexpanded(&machine.secrets.join(name).display().to_string())}))
        .collect();
    let service = json!({
        "outdated": schedule.is_outdated(),
        "told": schedule.told(),
        "name": name,
        "commands": commands(schedule, machine),
        "deadline": schedule.deadline(),
        "folder": folder,
        "folder_word": word(&folder),
        "credentials": credentials,
        "ca_certificate": schedule.ca_certificate,
        "at_home": HOMES.iter().any(|home| machine.folder.starts_with(home)),
    });
    let timer = json!({
        "what": if schedule.is_outdated() { "question for newer revisions" } else { "drift check" },
        "name": name,
        "calendar": schedule.cron.on_calendar(&schedule.time_zone),
        // A tenth of the pause: enough to be apart, too little to meet the next.
        "delay": (schedule.cron.shortest_pause() * 6).min(900),
    });
    let rendered = |ending: &str, text| Rendered {
        path: format!("{name}.{ending}").into(),
        text,
    };
    Ok([
        rendered("service", templates.text("service", &service)?),
        rendered("timer", templates.text("timer", &timer)?),
    ])
}

/// What somebody does by hand, once.
pub fn by_hand(schedule: &Schedule, machine: &Machine) -> String {
    let mut text = "As root, once:\n".to_owned();
    if schedule.is_outdated() {
        return text + &enabling(machine);
    }
    for name in credential_names(schedule) {
        let file = crate::shell::quoted(&machine.secrets.join(name).display().to_string());
        text.push_str(&format!("  install -D -m 0600 FILE {file}\n"));
    }
    text.push_str("where FILE has for credentials.yaml this form:\n  credentials:\n");
    for target in &schedule.targets {
        text.push_str(&format!("    {}: {{token: TOKEN}}\n", target.url));
    }
    text + &enabling(machine)
}

fn enabling(machine: &Machine) -> String {
    format!(
        "  install -m 0644 {name}.service {name}.timer /etc/systemd/system/\n  systemctl daemon-reload\n  systemctl enable --now \
         {name}.timer\n",
        name = machine.name
    )
}

fn credential_names(schedule: &Schedule) -> impl Iterator<Item = &'static str> {
    let webhook = schedule.receivers.webhook.map(|_| "webhook");
    let credentials = (!schedule.is_outdated()).then_some("credentials.yaml");
    credentials.into_iter().chain(webhook)
}

/// The commands, one after the other: what was found is told before it is written over. One that fails ends it.
fn commands(schedule: &Schedule, machine: &Machine) -> Vec<String> {
    let schedule = schedule.with_text(unexpanded);
    let places = Places {
        webhook: Some("%d/webhook".into()),
        state: Some("%S/".to_owned() + &machine.name + "/sent.json"),
        shard: None,
    };
    let program = word(&unexpanded(&machine.program.display().to_string()));
    let mut all = vec![schedule.check_all(&places)];
    if schedule.revert {
        all.extend(schedule.targets.iter().map(Schedule::revert_one));
    }
    let line = |words: Vec<String>| {
        let words: Vec<String> = words.iter().map(|text| word(text)).collect();
        format!("{program} {}", words.join(" "))
    };
    all.into_iter().map(line).collect()
}

/// systemd would fill in specifiers and variables.
fn unexpanded(text: &str) -> String {
    text.replace('%', "%%").replace('$', "$$")
}

/// One word of a command line, as systemd reads it.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%$".contains(c);
    match text.chars().all(plain) && !text.is_empty() {
        true => text.to_owned(),
        false => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

fn check_path(path: &Path) -> Result<(), &'static str> {
    let text = path.to_str().ok_or("its name is no UTF-8 text")?;
    if !path.is_absolute() {
        return Err("the path must be absolute: systemd starts nowhere");
    }
    if path.components().any(|part| part == Component::ParentDir) {
        return Err("the path has `..` in it");
    }
    // The service has folders of its own under these names.
    if path.starts_with("/tmp") || path.starts_with("/var/tmp") {
        return Err("the service doesn't see the machine's temporary files; put it somewhere else");
    }
    // Directives of one path take everything to the end of the line; LoadCredential= parts at a colon.
    match text
        .chars()
        .any(|c| c.is_control() || matches!(c, ':' | '"' | '\'' | '\\'))
        || text.ends_with(' ')
    {
        true => Err("a unit can't hold this path: a colon, a quote, a backslash or a control character is in it"),
        false => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), ScheduleError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match name.is_empty() || name.len() > 200 || name.starts_with(['-', '.']) || !name.chars().all(plain) {
        true => Err(ScheduleError::Platform(format!(
            "{name:?} is no name of a unit: letters, digits, - and _, and not a dash first"
        ))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::schedule;
    use super::*;

    fn machine(folder: &str) -> Machine {
        Machine {
            name: "dashctl-drift".into(),
            program: "/usr/local/bin/dashctl".into(),
            folder: folder.into(),
            secrets: "/etc/dashctl".into(),
        }
    }

    #[test]
    fn a_hostile_name_stays_one_word() {
        let schedule = schedule("{revert: true}", &["a %h $HOME \"; rm -rf"]);
        let [service, _] = render(&schedule, &machine("/srv/dashboards")).unwrap();
        let lines: Vec<_> = service
            .text
            .lines()
            .filter(|line| line.starts_with("ExecStart="))
            .collect();
        assert_eq!(
            lines,
            [
                "ExecStart=/usr/local/bin/dashctl drift \"--target=a %%h $$HOME \\\"; rm -rf\"",
                "ExecStart=/usr/local/bin/dashctl apply --overwrite-drift --yes \"--target=a %%h $$HOME \\\"; rm -rf\"",
            ]
        );
    }

    #[test]
    fn a_folder_below_home_is_shown_alone() {
        let schedule = schedule("{}", &["a"]);
        let text = |folder: &str| render(&schedule, &machine(folder)).unwrap()[0].text.clone();
        assert!(text("/srv/my dashboards").contains("ProtectHome=yes\n"));
        let home = text("/home/ann/50% of it");
        assert!(
            home.contains("ProtectHome=tmpfs\nBindReadOnlyPaths=\"/home/ann/50%% of it\"\n"),
            "{home}"
        );
        assert!(home.contains("WorkingDirectory=/home/ann/50%% of it\n"), "{home}");
    }

    #[test]
    fn a_path_that_a_unit_cannot_hold_is_refused() {
        let schedule = schedule("{}", &["a"]);
        for folder in [
            "dashboards",
            "/tmp/dashboards",
            "/srv/../etc",
            "/srv/a:b",
            "/srv/a\nExecStart=/bin/sh",
        ] {
            let error = render(&schedule, &machine(folder)).unwrap_err().to_string();
            assert!(error.starts_with("--folder "), "{error}");
        }
        let named = Machine {
            name: "a b".into(),
            ..machine("/srv/d")
        };
        assert!(render(&schedule, &named).is_err());
    }
}

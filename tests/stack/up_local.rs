use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use super::machine::{Machine, signal};
use super::need::trial;
use super::program::programs;

/// Scraped every second, so that the first scrapes don't take long.
const FAST: &str = "prometheus: {scrape_interval: 1s, evaluation_interval: 1s}";
/// Only Pushgateway and Grafana.
const SMALL: &str = "prometheus: {enabled: false}, alertmanager: {enabled: false}, node_exporter: {enabled: false}";
const FREE: [&str; 11] = [
    "--allow-sandbox",
    "--port",
    "prometheus=0",
    "--port",
    "node-exporter=0",
    "--port",
    "alertmanager=0",
    "--port",
    "pushgateway=0",
    "--port",
    "grafana=0",
];
const SMALL_FREE: [&str; 5] = ["--allow-sandbox", "--port", "pushgateway=0", "--port", "grafana=0"];

pub fn trials() -> Vec<Trial> {
    let all = programs(&[
        "prometheus",
        "prometheus-node-exporter",
        "prometheus-alertmanager",
        "prometheus-pushgateway",
    ]);
    let pushgateway = programs(&["prometheus-pushgateway"]);
    let prometheus = programs(&["prometheus"]);
    vec![
        Trial::test("up_local_names_what_is_missing_with_its_package", missing),
        trial("up_local_says_what_it_would_do_and_does_nothing", &all, dry_run),
        trial("up_local_brings_all_up_and_takes_all_down", &all, up_and_down),
        trial("up_local_ends_when_one_of_its_processes_dies", &all, one_dies),
        trial(
            "up_local_avoids_taken_ports_and_the_data_source_follows",
            &prometheus,
            taken,
        ),
        trial("up_local_was_killed_and_starts_again", &pushgateway, killed),
        trial("up_local_stops_what_a_killed_one_left_behind", &pushgateway, leftover),
        trial("up_local_starts_a_grafana_from_its_folder", &pushgateway, grafana_home),
    ]
}

fn missing() -> Result<(), Failed> {
    let machine = Machine::new(FAST).without_programs();
    machine
        .up(&[])
        .exit(1)
        .err("prometheus (Debian's package prometheus)")
        .err("prometheus-node-exporter or node_exporter (Debian's package prometheus-node-exporter)")
        .err("--allow-sandbox");
    assert!(!machine.data().exists(), "nothing was made");
    let home = machine.root().join("grafana");
    machine
        .up(&["--grafana-home", home.to_str().unwrap()])
        .exit(64)
        .err("has no bin/grafana");
    Ok(())
}

fn dry_run() -> Result<(), Failed> {
    let machine = Machine::new(&format!("engine: local, {FAST}"));
    let output = machine.dashctl(&["up", "--dry-run", "--allow-sandbox"]).output()?;
    let text = String::from_utf8(output.stdout)?;
    assert_eq!(output.status.code(), Some(2), "{text}");
    for words in [
        "node-exporter  http://127.0.0.1:",
        "the sandbox, within dashctl",
        "dashboard 13770",
    ] {
        assert!(text.contains(words), "no {words:?} in:\n{text}");
    }
    let made: Vec<_> = fs::read_dir(machine.root())?.collect();
    assert_eq!(made.len(), 1, "only the repository is there: {made:?}");
    Ok(())
}

fn up_and_down() -> Result<(), Failed> {
    let machine = Machine::new(FAST);
    let mut up = machine.stay_up(&FREE);
    for job in ["prometheus", "node-exporter", "alertmanager", "prometheus-pushgateway"] {
        let row = up.said.lines().find(|line| line.starts_with(&format!("{job} ")));
        let columns: Vec<&str> = row
            .unwrap_or_else(|| panic!("no {job}:\n{}", up.said))
            .split_whitespace()
            .collect();
        assert_eq!(columns[1..], ["1", "0"], "{job} is up");
    }
    let query = "/api/datasources/proxy/uid/prometheus/api/v1/query?query=up";
    let answer = up.get("grafana", query);
    let results = answer["data"]["result"].as_array().unwrap();
    let jobs: BTreeSet<&str> = results
        .iter()
        .map(|one| one["metric"]["job"].as_str().unwrap())
        .collect();
    assert_eq!(jobs.len(), 4, "{answer}");
    assert!(results.iter().all(|one| one["value"][1] == "1"), "{answer}");
    assert_eq!(
        up.get("grafana", "/api/search?type=dash-db").as_array().unwrap().len(),
        7
    );
    let checked = machine
        .dashctl(&["datasource", "check"])
        .env("GRAFANA_URL", format!("http://127.0.0.1:{}", machine.port("grafana")))
        .envs([("GRAFANA_USER", "admin"), ("GRAFANA_PASSWORD", &up.password())])
        .output()?;
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    is_private(&machine, &up.password())?;
    machine
        .up(&["--allow-sandbox"])
        .exit(1)
        .err("a stack runs already from")
        .err(&format!("dashctl is process {}", up.id()));
    signal("INT", up.id());
    assert_eq!(up.end(), Some(0), "{}", up.stderr());
    machine.wait_until_left(&[]);
    // The same ports are free again, and are taken again; nothing else is new.
    let ports = machine.read("run/ports.json");
    let again = machine.up(&["--allow-sandbox", "--exit"]).exit(0);
    assert!(
        again.stdout.starts_with("data source Prometheus: unchanged\n"),
        "{}",
        again.stdout
    );
    for word in ["created", "updated"] {
        assert!(!again.stdout.contains(word), "{}", again.stdout);
    }
    assert_eq!(machine.read("run/ports.json"), ports);
    machine.wait_until_left(&[]);
    Ok(())
}

/// Nobody else on the machine or its networks sees anything.
fn is_private(machine: &Machine, password: &str) -> Result<(), Failed> {
    let file = machine.data().join("grafana-password");
    assert_eq!(fs::metadata(file)?.permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(machine.data())?.permissions().mode() & 0o777, 0o700);
    let mut seen = 0;
    for name in ["prometheus", "node-exporter", "alertmanager", "pushgateway"] {
        let mark: Value = serde_json::from_str(&machine.read(&format!("run/{name}.json")))?;
        let process = format!("/proc/{}", mark["pid"]);
        for what in ["cmdline", "environ"] {
            let text = fs::read_to_string(format!("{process}/{what}"))?;
            assert!(!text.contains(password) && !text.contains("hunter2"), "{name}: {text}");
        }
        assert!(!machine.read(&format!("logs/{name}.log")).contains(password));
        let port = format!(":{:04X} ", machine.port(name));
        let is_listening = |line: &&str| line.contains(&port) && line.split_whitespace().nth(3) == Some("0A");
        let sockets = fs::read_to_string("/proc/net/tcp")? + &fs::read_to_string("/proc/net/tcp6").unwrap_or_default();
        for line in sockets.lines().filter(is_listening) {
            assert!(
                line.contains(&format!("0100007F{port}")),
                "{name} listens elsewhere: {line}"
            );
            seen += 1;
        }
    }
    assert_eq!(seen, 4, "each listens once");
    Ok(())
}

fn one_dies() -> Result<(), Failed> {
    // At once: with its own last words.
    let machine = Machine::new(FAST).with_program("prometheus-pushgateway", "echo out of cheese >&2; sleep 1; exit 3");
    machine
        .up(&FREE)
        .exit(1)
        .err("pushgateway ended by itself (exit status: 3)")
        .err("\n  out of cheese");
    machine.wait_until_left(&[]);
    // Later, when all was well; and what it said before is kept.
    machine.forget_program("prometheus-pushgateway");
    let mut up = machine.stay_up(&FREE);
    assert_eq!(machine.read("logs/pushgateway.log.1"), "out of cheese\n");
    let mark: Value = serde_json::from_str(&machine.read("run/node-exporter.json"))?;
    signal("KILL", u32::try_from(mark["pid"].as_u64().unwrap())?);
    assert_eq!(up.end(), Some(1));
    assert!(
        up.stderr()
            .contains("node-exporter ended by itself (signal: 9 (SIGKILL))"),
        "{}",
        up.stderr()
    );
    machine.wait_until_left(&[]);
    Ok(())
}

fn taken() -> Result<(), Failed> {
    let settings = format!(
        "{FAST}, alertmanager: {{enabled: false}}, node_exporter: {{enabled: false}}, pushgateway: {{enabled: false}}"
    );
    let machine = Machine::new(&settings);
    let free = [
        "--allow-sandbox",
        "--exit",
        "--port",
        "prometheus=0",
        "--port",
        "grafana=0",
    ];
    let first = machine.up(&free).exit(0).out("data source Prometheus: created");
    // What is left out is neither started nor scraped.
    let table: Vec<&str> = first
        .stdout
        .lines()
        .skip_while(|line| !line.starts_with("SCRAPE JOB"))
        .skip(1)
        .collect();
    assert_eq!(table.len(), 1, "{}", first.stdout);
    assert!(table[0].starts_with("prometheus "));
    let logs: Vec<_> = fs::read_dir(machine.data().join("logs"))?
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(logs, ["prometheus.log"]);
    let port = machine.port("prometheus");
    let _taken = TcpListener::bind(("127.0.0.1", port))?;
    let asked = format!("prometheus={port}");
    machine
        .up(&["--allow-sandbox", "--port", &asked])
        .exit(1)
        .err(&format!(
            "port {port}, which was chosen for prometheus, can't be listened on"
        ))
        .err("prometheus=0 for a free one");
    // A port that nobody asked for gives way, and everything that names it follows.
    machine
        .up(&["--allow-sandbox", "--exit"])
        .exit(0)
        .out("data source Prometheus: updated");
    assert_ne!(machine.port("prometheus"), port);
    let config = machine.read("config/prometheus.yml");
    assert!(
        config.contains(&format!("127.0.0.1:{}", machine.port("prometheus"))),
        "{config}"
    );
    machine
        .up(&["--allow-sandbox", "--port", "pushgateway=0"])
        .exit(64)
        .err("pushgateway");
    machine
        .up(&["--allow-sandbox", "-o", "json"])
        .exit(64)
        .err("-o is for --sandbox");
    Ok(())
}

fn killed() -> Result<(), Failed> {
    let machine = Machine::new(SMALL);
    let mut up = machine.stay_up(&SMALL_FREE);
    assert_eq!(machine.left().len(), 1);
    signal("KILL", up.id());
    assert_eq!(up.end(), None);
    machine.wait_until_left(&[]);
    machine.up(&["--allow-sandbox", "--exit"]).exit(0);
    machine.wait_until_left(&[]);
    Ok(())
}

fn leftover() -> Result<(), Failed> {
    let deaf = "trap '' TERM; echo deaf; while :; do sleep 1; done";
    let machine = Machine::new(SMALL).with_program("prometheus-pushgateway", deaf);
    let mut child = machine.begin(&SMALL_FREE);
    let until = Instant::now() + Duration::from_secs(30);
    let is_deaf = || fs::read_to_string(machine.data().join("logs/pushgateway.log")).is_ok_and(|log| !log.is_empty());
    while !(is_deaf() && machine.data().join("run/pushgateway.json").exists()) {
        assert!(Instant::now() < until, "it was never started");
        std::thread::sleep(Duration::from_millis(50));
    }
    let mark: Value = serde_json::from_str(&machine.read("run/pushgateway.json")).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!machine.left().is_empty(), "it is still there");
    machine.forget_program("prometheus-pushgateway");
    machine.up(&["--allow-sandbox", "--exit"]).exit(0).err(&format!(
        "pushgateway of an earlier run was still there, as process {}: stopped",
        mark["pid"]
    ));
    machine.wait_until_left(&[]);
    Ok(())
}

/// No package of Debian's has Grafana: a script takes its arguments as Grafana does, and becomes the sandbox.
fn grafana_home() -> Result<(), Failed> {
    let machine = Machine::new(SMALL);
    let home = machine.root().join("grafana");
    let script = format!(
        "set -e; test \"$1 $2 $4\" = 'server --homepath --config'; test -f \"$3/conf/defaults.ini\"\n\
         of() {{ sed -n \"s/^$1 = \\\"\\(.*\\)\\\"$/\\1/p\" \"$config\"; }}\n\
         config=$5; secret=$(of admin_password | sed 's/^$__file{{\\(.*\\)}}$/\\1/')\n\
         exec '{}' sandbox --listen \"$(of http_addr):$(of http_port)\" --data \"$(of data)\" \
         --admin-password \"$(cat \"$secret\")\"",
        env!("CARGO_BIN_EXE_dashctl")
    );
    machine.program(&home.join("bin/grafana"), &script);
    fs::create_dir(home.join("conf"))?;
    fs::write(home.join("conf/defaults.ini"), "")?;
    let args = [
        "--grafana-home",
        home.to_str().unwrap(),
        "--port",
        "grafana=0",
        "--port",
        "pushgateway=0",
    ];
    let mut up = machine.stay_up(&args);
    assert_eq!(
        up.get("grafana", "/api/search?type=dash-db").as_array().unwrap().len(),
        7
    );
    assert!(!up.said.contains("sandbox"), "{}", up.said);
    assert!(machine.read("logs/grafana.log").starts_with("sandbox: "));
    signal("TERM", up.id());
    assert_eq!(up.end(), Some(0), "{}", up.stderr());
    machine.wait_until_left(&[]);
    Ok(())
}

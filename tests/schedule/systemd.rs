use std::collections::BTreeSet;
use std::process::Command;

use dashctl::sandbox::{Options, Sandbox};
use dashctl::schedule::Cron;
use libtest_mimic::{Failed, Trial};
use serde_json::json;

use super::need::{Need, trial};
use super::repository::{HOSTILE, Repository, said};

const SYSTEMD: Need = Need {
    name: "systemd",
    program: "systemd-analyze",
};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("systemd_takes_the_units", &SYSTEMD, verify),
        trial("the_service_reaches_little_of_the_machine", &SYSTEMD, exposure),
        trial("systemd_runs_when_cron_would", &SYSTEMD, calendar),
        Trial::test("the_services_command_checks_and_tells_drift_from_failure", command),
    ]
}

/// Everything that a unit can have, with a name that would be something else in one.
fn repository() -> Repository {
    let receivers = json!({"pushgateway": "http://p:9091/$x%20", "alertmanager": "http://a:9093", "webhook": "slack"});
    let schedule =
        json!({"cron": "0 6 13 * 1-5", "time_zone": "Europe/Berlin", "revert": true, "receivers": receivers});
    Repository::new(
        &[(HOSTILE, "https://g.example.com"), ("b", "https://b.example.com")],
        &schedule,
    )
}

const FOLDERS: [&str; 2] = ["/srv/dashboards of 50% $x", "/home/ann/my dashboards"];

fn render(repository: &Repository, folder: &str) -> String {
    let program = env!("CARGO_BIN_EXE_dashctl");
    let to = repository.path().join("units");
    let to = to.to_str().unwrap();
    repository.schedule(&[
        "systemd",
        "--program",
        program,
        "--folder",
        folder,
        "--out",
        to,
        "--force",
    ])
}

fn verify() -> Result<(), Failed> {
    let repository = repository();
    for folder in FOLDERS {
        render(&repository, folder);
        let units =
            ["dashctl-drift.service", "dashctl-drift.timer"].map(|unit| repository.path().join("units").join(unit));
        let output = Command::new("systemd-analyze")
            .arg("verify")
            .arg("--man=no")
            .args(&units)
            .output()?;
        assert!(output.status.success(), "{}", said(&output));
        // What it doesn't understand, it only says.
        let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!complaints.contains("dashctl-drift"), "{complaints}");
    }
    Ok(())
}

fn exposure() -> Result<(), Failed> {
    let repository = repository();
    for folder in FOLDERS {
        let words = render(&repository, folder);
        assert!(
            words.contains("systemd-analyze security: Overall exposure level"),
            "{words}"
        );
        let unit = repository.path().join("units/dashctl-drift.service");
        let output = Command::new("systemd-analyze")
            // In tenths.
            .args(["security", "--no-pager", "--offline=yes", "--threshold=20"])
            .arg(&unit)
            .output()?;
        assert!(output.status.success(), "{}", said(&output));
    }
    Ok(())
}

fn calendar() -> Result<(), Failed> {
    for text in [
        "*/20 * * * *",
        "5 8-10 * * 1-5",
        "0 6 13 * 5",
        "30 23 29 2 *",
        "0 0 1 */3 *",
        "15 4 * * 0",
        "59 23 31 12 *",
        "0 12 1,15 jun sat",
    ] {
        let cron: Cron = text.parse()?;
        let mut found = BTreeSet::new();
        for line in cron.on_calendar("UTC") {
            let output = Command::new("systemd-analyze")
                .args([
                    "calendar",
                    "--iterations=12",
                    "--base-time=2025-12-31 23:59:59 UTC",
                    &line,
                ])
                .env("TZ", "UTC")
                .output()?;
            assert!(output.status.success(), "{}", said(&output));
            let times = String::from_utf8(output.stdout)?;
            // `Next elapse: Tue 2026-01-13 06:00:00 UTC`, `Iter. #2: …`
            let times = times
                .lines()
                .filter(|line| line.contains("Next elapse:") || line.contains("Iter. #"));
            found.extend(times.map(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                format!("{} {}", words[words.len() - 3], &words[words.len() - 2][..5])
            }));
        }
        let found: Vec<String> = found.into_iter().take(8).collect();
        assert_eq!(found, expected(text, 8), "{text}: {:?}", cron.on_calendar("UTC"));
    }
    Ok(())
}

/// The first runs after the beginning of 2026, as cron's manual defines them: day by day, minute by minute.
fn expected(text: &str, count: usize) -> Vec<String> {
    let fields: Vec<&str> = text.split(' ').collect();
    let mut found = Vec::new();
    for date in jiff::civil::date(2026, 1, 1).series(jiff::Span::new().days(1)) {
        let day = has(fields[2], date.day(), 1);
        let weekday = has(fields[4], date.weekday().to_sunday_zero_offset(), 0);
        let either = match (fields[2], fields[4]) {
            ("*", _) | (_, "*") => day && weekday,
            _ => day || weekday,
        };
        if !either || !has(fields[3], date.month(), 1) {
            continue;
        }
        let minutes = (0..24).flat_map(|hour| (0..60).map(move |minute| (hour, minute)));
        let runs = minutes.filter(|(hour, minute)| has(fields[1], *hour, 0) && has(fields[0], *minute, 0));
        found.extend(runs.map(|(hour, minute)| format!("{date} {hour:02}:{minute:02}")));
        if found.len() >= count {
            break;
        }
    }
    found.truncate(count);
    found
}

fn has(field: &str, value: i8, low: i8) -> bool {
    let named = |text: &str| match text {
        "jun" | "sat" => 6,
        number => number.parse::<i8>().unwrap(),
    };
    field
        .split(',')
        .any(|part| match (part.split_once('/'), part.split_once('-')) {
            (Some((_, step)), _) => (value - low) % named(step) == 0,
            (None, Some((from, to))) => (named(from)..=named(to)).contains(&value),
            (None, None) => part == "*" || named(part) == value,
        })
}

fn command() -> Result<(), Failed> {
    let runtime = tokio::runtime::Runtime::new()?;
    let grafana = runtime.block_on(Sandbox::start(Options::default()))?;
    let repository = Repository::new(&[(HOSTILE, grafana.url())], &json!({}));
    repository.write(
        "dashboards/one.json",
        "{\"uid\": \"one\", \"title\": \"One\", \"panels\": []}",
    );
    render(&repository, "/srv/dashboards");
    let service = std::fs::read_to_string(repository.path().join("units/dashctl-drift.service"))?;
    let line = |key: &str| {
        service
            .lines()
            .find_map(|line| line.strip_prefix(key))
            .unwrap()
            .to_owned()
    };
    assert_eq!(line("SuccessExitStatus="), "2");
    let run = |password: &str| {
        let file = format!(
            "credentials: {{{:?}: {{user: admin, password: {password}}}}}",
            grafana.url()
        );
        repository.write("credentials/credentials.yaml", &file);
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(repository.path().join("credentials/credentials.yaml"), private).unwrap();
        let words = words(&line("ExecStart="));
        let credentials = line("Environment=DASHCTL_CREDENTIALS=");
        let credentials = credentials.replace("%d", repository.path().join("credentials").to_str().unwrap());
        let mut command = repository.command();
        // The first word is the program.
        assert_eq!(words[0], env!("CARGO_BIN_EXE_dashctl"));
        command
            .args(&words[1..])
            .env("DASHCTL_CREDENTIALS", credentials)
            .output()
            .unwrap()
    };
    let output = run("admin");
    assert_eq!(
        output.status.code(),
        Some(2),
        "nothing was applied yet: {}",
        said(&output)
    );
    let output = run("wrong");
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(!repository.path().join("owned").exists());
    Ok(())
}

/// The words of a command line, as systemd.service(5) and systemd.syntax(7) define them for what is used here.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut quoted, mut rest) = (false, line.chars());
    while let Some(c) = rest.next() {
        let last = words.len() - 1;
        match c {
            '"' => quoted = !quoted,
            '\\' => words[last].push(rest.next().unwrap()),
            ' ' if !quoted => words.push(String::new()),
            '%' | '$' => {
                assert_eq!(rest.next(), Some(c), "a specifier or a variable: {line}");
                words[last].push(c);
            }
            c => words[last].push(c),
        }
    }
    words
}

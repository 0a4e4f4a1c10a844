//! Does Prometheus itself read every expression of the bundled editions?
//!
//! Grafana's variables and macros are replaced by values as Grafana would give, and `promtool check rules` reads the rest.
//! Without promtool the trials are reported as ignored, or fail when `DASHCTL_REQUIRE` names `prometheus` or `all`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "bundled/expressions.rs"]
mod expressions;

use std::process::{Command, ExitCode};
use std::{env, fs};

use dashctl::catalog::{BUNDLED, DRIFT};
use dashctl::dashboard::parse;
use dashctl::verify::{self, Kind, Scope, Steps, Window};
use expressions::{Expression, expressions};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};

fn main() -> ExitCode {
    let missing = Command::new("promtool").arg("--version").output().is_err();
    let editions = BUNDLED
        .iter()
        .map(|edition| (format!("edition {}", edition.id), edition.bytes));
    let read = editions
        .chain([("dashctl-drift".to_owned(), DRIFT)])
        .map(|(name, bytes)| trial(&format!("{name} is read"), missing, || check(bytes)));
    let refused = trial("a wrong expression is refused", missing, wrong_is_refused);
    libtest_mimic::run(&Arguments::from_args(), read.chain([refused]).collect()).exit_code()
}

fn trial(name: &str, missing: bool, run: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    let name = format!("{name}{}", if missing { " (no promtool)" } else { "" });
    Trial::test(name, run).with_ignored_flag(missing && !required())
}

fn required() -> bool {
    let required = env::var("DASHCTL_REQUIRE").unwrap_or_default();
    required
        .split(',')
        .any(|name| ["prometheus", "all"].contains(&name.trim()))
}

fn check(bytes: &[u8]) -> Result<(), Failed> {
    let dashboard = parse(bytes).map_err(|error| error.to_string())?.into_content();
    let found = expressions(&dashboard);
    if found.is_empty() {
        return Err("no expressions".into());
    }
    let expanded = found.into_iter().map(|Expression { place, text }| Expression {
        place,
        text: expand(&text, &dashboard),
    });
    promtool(&expanded.collect::<Vec<_>>()).map_err(Failed::from)
}

/// Has promtool read them all, as a file of recording rules.
fn promtool(expressions: &[Expression]) -> Result<(), String> {
    let rules: Vec<Value> = expressions
        .iter()
        .enumerate()
        .map(|(at, expression)| json!({"record": format!("query:{at}"), "expr": expression.text}))
        .collect();
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("rules.yml");
    // JSON is YAML.
    let text = json!({"groups": [{"name": "edition", "rules": rules}]}).to_string();
    fs::write(&file, text).map_err(|error| error.to_string())?;
    let ran = Command::new("promtool")
        .args(["check", "rules"])
        .arg(&file)
        .output()
        .map_err(|error| format!("promtool: {error}"))?;
    let said = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
    if ran.status.success() && said.contains(&format!("{} rules found", expressions.len())) {
        return Ok(());
    }
    let places: Vec<String> = expressions
        .iter()
        .enumerate()
        .map(|(at, expression)| format!("query:{at} is {}: {}", expression.place, expression.text))
        .collect();
    Err(format!("{said}\n{}", places.join("\n")))
}

/// Puts values where Grafana would.
fn expand(expression: &str, dashboard: &Value) -> String {
    let window = Window::of(dashboard, 1_700_000_000.0);
    let mut scope = Scope::default();
    window.macros(&mut scope);
    let steps = Steps {
        step: 60.0,
        rate: 240.0,
    };
    steps.macros(&mut scope);
    for variable in verify::variables(dashboard) {
        let options = match variable.kind {
            Kind::Fixed => variable.fixed(),
            _ => ["first", "se-cond.x"].map(String::from).into(),
        };
        variable.choose(&options, window, &mut scope);
    }
    verify::expand(expression, &scope)
}

fn wrong_is_refused() -> Result<(), Failed> {
    let right = Expression {
        place: "here".into(),
        text: "sum by (job) (up)".into(),
    };
    promtool(&[right])?;
    for wrong in ["sum(rate(up))", "sum by (a (up)", "up{job=~\"(\"}", "$left_over"] {
        let expression = Expression {
            place: "here".into(),
            text: wrong.into(),
        };
        if promtool(&[expression]).is_ok() {
            return Err(format!("promtool takes {wrong}").into());
        }
    }
    Ok(())
}

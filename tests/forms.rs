//! Does dashctl turn a dashboard into the form that a real Grafana server turned it into?
//!
//! `ui-saves-12.4` and `ui-saves-13.1` hold genuine dashboards as they were stored and as two servers gave them at other
//! versions of `/apis`, before anybody opened them. One trial per dashboard and version, as equality of JSON, where null
//! and nothing are alike. The data is found through `DASHCTL_SHARED`, by default `../shared`; without it the trials are
//! *ignored*, with the reason.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use dashctl::dashboard::DataSource;
use dashctl::dashboard::convert::{to_classic, to_v2};
use dashctl::dashboard::migrate::{Context, Generation, migrate};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

/// What is turned into what, and by which server.
struct Form {
    name: &'static str,
    folder: &'static str,
    generation: Generation,
    from: &'static str,
    to: &'static str,
    turn: fn(&Value, &Context) -> Result<Value, String>,
}

const FORMS: [Form; 5] = [
    Form {
        name: "migrated by 13.1",
        folder: "ui-saves-13.1",
        generation: Generation::V13,
        from: "stored.json",
        to: "stored.v1.json",
        turn: migrated,
    },
    Form {
        name: "migrated by 12.4",
        folder: "ui-saves-12.4",
        generation: Generation::V12,
        from: "stored.json",
        to: "stored.v1beta1.json",
        turn: migrated,
    },
    Form {
        name: "v2 by 13.1",
        folder: "ui-saves-13.1",
        generation: Generation::V13,
        from: "stored.v1.json",
        to: "stored.v2.json",
        turn: as_v2,
    },
    Form {
        name: "migrated and v2 by 13.1",
        folder: "ui-saves-13.1",
        generation: Generation::V13,
        from: "stored.json",
        to: "stored.v2.json",
        turn: migrated_as_v2,
    },
    Form {
        name: "classic by 13.1",
        folder: "ui-saves-13.1",
        generation: Generation::V13,
        from: "saved.v2.json",
        to: "saved.json",
        turn: as_classic,
    },
];

fn migrated(classic: &Value, context: &Context) -> Result<Value, String> {
    migrate(classic, context).map_err(|error| error.to_string())
}

fn as_v2(classic: &Value, context: &Context) -> Result<Value, String> {
    to_v2(classic, context).map_err(|error| error.to_string())
}

fn migrated_as_v2(classic: &Value, context: &Context) -> Result<Value, String> {
    as_v2(&migrated(classic, context)?, context)
}

fn as_classic(v2: &Value, context: &Context) -> Result<Value, String> {
    to_classic(v2, context).map_err(|error| error.to_string())
}

/// What may stand where a dashboard has something else: nothing of it may bring a conversion down.
const ODD: [&str; 12] = [
    "null",
    "true",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "1e308",
    "\"\"",
    "\"$x\"",
    "[null]",
    "[{}]",
    "{}",
    r#"{"x":9223372036854775807,"y":9223372036854775807,"w":9223372036854775807,"h":9223372036854775807}"#,
];

fn main() {
    let shared = env::var_os("DASHCTL_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let trials = FORMS
        .iter()
        .flat_map(|form| trials(form, &shared.join(form.folder)))
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trials(form: &'static Form, folder: &Path) -> Vec<Trial> {
    let Ok(entries) = fs::read_dir(folder) else {
        let required = env::var("DASHCTL_REQUIRE").unwrap_or_default();
        let required = required.split(',').any(|name| name.trim() == "all");
        let name = format!("{} (no {})", form.name, folder.display());
        let missing = || Err(Failed::from("the recorded dashboards are required and not there"));
        return vec![Trial::test(name, missing).with_ignored_flag(!required)];
    };
    let mut folders: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join(form.to).exists())
        .collect();
    folders.sort();
    let trials = |folder: PathBuf| {
        let dashboard = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let exact = folder.clone();
        [
            Trial::test(format!("{}: {dashboard}", form.name), move || check(form, &exact)),
            Trial::test(format!("{} with odd values: {dashboard}", form.name), move || {
                survive(form, &folder)
            }),
        ]
    };
    folders.into_iter().flat_map(trials).collect()
}

/// The same turn with every leaf, list and object replaced in turn, a few at a time, by something odd.
fn survive(form: &Form, folder: &Path) -> Result<(), Failed> {
    let context = Context::new(form.generation, servers_sources());
    let original = spec(read(&folder.join(form.from)));
    let mut places = Vec::new();
    collect(&original, String::new(), &mut places);
    // A stride keeps the time within a second or two for large dashboards.
    for first in (0..places.len()).step_by(places.len() / 40 + 1) {
        let mut odd = original.clone();
        for (place, text) in places
            .iter()
            .skip(first)
            .step_by(97)
            .zip(ODD.iter().cycle().skip(first))
        {
            if let Some(value) = odd.pointer_mut(place) {
                *value = serde_json::from_str(text)?;
            }
        }
        // An error is an answer; a panic fails the trial.
        let _ = (form.turn)(&odd, &context);
    }
    Ok(())
}

fn collect(value: &Value, at: String, places: &mut Vec<String>) {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(key, value)| collect(value, format!("{at}/{}", escaped(key)), places)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| collect(value, format!("{at}/{index}"), places)),
        _ => {}
    }
    places.push(at);
}

fn check(form: &Form, folder: &Path) -> Result<(), Failed> {
    let context = Context::new(form.generation, servers_sources());
    let wanted = spec(read(&folder.join(form.to)));
    let made = (form.turn)(&spec(read(&folder.join(form.from))), &context)?;
    let mut differences = Vec::new();
    differ(&wanted, &made, String::new(), &mut differences);
    match differences.is_empty() {
        true => Ok(()),
        false => Err(differences.join("\n").into()),
    }
}

/// The default data source of the servers that were recorded; the others named in the dashboards didn't exist there.
fn servers_sources() -> Vec<DataSource> {
    vec![DataSource {
        name: "Prometheus".to_owned(),
        uid: "ds-prometheus".to_owned(),
        kind: "prometheus".to_owned(),
        is_default: true,
    }]
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// What is stored of an answer: `spec` of `/apis`, and of the legacy API all that it doesn't add itself.
fn spec(mut answer: Value) -> Value {
    if let Some(spec) = answer.get_mut("spec") {
        return spec.take();
    }
    if let Some(fields) = answer.as_object_mut() {
        fields.retain(|key, _| !["id", "uid", "version"].contains(&key.as_str()));
    }
    answer
}

fn differ(wanted: &Value, made: &Value, at: String, found: &mut Vec<String>) {
    match (wanted, made) {
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => {}
        (Value::Object(a), Value::Object(b)) => {
            let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
            for key in keys {
                let side = |fields: &serde_json::Map<String, Value>| fields.get(key).cloned().unwrap_or_default();
                differ(&side(a), &side(b), format!("{at}/{key}"), found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                differ(a, b, format!("{at}/{index}"), found);
            }
        }
        _ if wanted == made => {}
        _ => found.push(format!("{at}: {wanted} was recorded, {made} was made")),
    }
}

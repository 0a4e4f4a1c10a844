//! One dashboard at every version of the API: what isn't stored so is migrated and converted.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    Version,
    store::{Body, Edition, Source, Store},
};
use crate::dashboard::{
    DataSource,
    convert::{Form, between, to_classic, to_v2},
    migrate::{Context, Generation, migrate},
};

/// A dashboard at a version.
pub struct View {
    pub spec: Spec,
    pub status: Value,
}

/// The content at a version.
pub enum Spec {
    /// As it is stored.
    Stored(Arc<Body>),
    Converted(Value),
}

impl Spec {
    /// The content as a value.
    pub fn value(self) -> Value {
        match self {
            Self::Stored(body) => Value::Object(body.value()),
            Self::Converted(value) => value,
        }
    }

    /// Writes the content.
    pub fn write(&self, out: &mut String) {
        match self {
            Self::Stored(body) => body.write_plain(out),
            Self::Converted(value) => out.push_str(&value.to_string()),
        }
    }
}

/// What a migration knows of the server.
pub fn context(store: &Store, version: Version) -> Context {
    let source = |source: &Source| DataSource {
        name: source.name.clone(),
        uid: source.uid.clone(),
        kind: source.kind.clone(),
        is_default: source.is_default,
    };
    let generation = if version >= Version::V13_1 {
        Generation::V13
    } else {
        Generation::V12
    };
    Context::new(generation, store.sources.values().map(source).collect())
}

fn form(api: &str) -> Option<Form> {
    match api {
        "v2" => Some(Form::V2),
        "v2beta1" => Some(Form::V2beta1),
        "v2alpha1" => Some(Form::V2alpha1),
        _ => None,
    }
}

/// Whether both are one to the server: v1 and v1beta1 are.
fn same_version(one: &str, other: &str) -> bool {
    let plain = |api: &str| {
        api.strip_suffix("beta1")
            .filter(|api| *api == "v1")
            .unwrap_or(api)
            .to_owned()
    };
    plain(one) == plain(other)
}

/// The version that the status tells when an edition is read at a version: none where it is the stored one. 13 goes on
/// telling what it told once; 12 tells the stored one, wherever it converts.
pub fn told(edition: &Edition, api: &str, version: Version) -> Option<String> {
    let stored = &edition.object.stored;
    let converted = (!same_version(stored, api)).then(|| stored.clone());
    let before = edition.object.told.clone();
    match version >= Version::V13_1 {
        true => before.or(converted),
        false => converted.or(before),
    }
}

/// An edition at a version.
pub fn at(store: &Store, version: Version, edition: &Edition, api: &str) -> View {
    let (spec, failed) = match is_stored_form(&edition.object.stored, api) {
        true => (Spec::Stored(edition.body.clone()), None),
        false => {
            let stored = Value::Object(edition.body.value());
            match convert(&stored, &edition.object.stored, api, &context(store, version)) {
                Ok(converted) => (Spec::Converted(converted), None),
                Err(error) => (Spec::Stored(edition.body.clone()), Some(error)),
            }
        }
    };
    let mut status = json!({});
    if let Some(told) = told(edition, api, version) {
        status["conversion"] = json!({ "failed": failed.is_some(), "storedVersion": told });
        if let Some(error) = failed {
            status["conversion"]["error"] = json!(error);
        }
    }
    View { spec, status }
}

/// The classic dashboard that the older routes give.
pub fn classic(store: &Store, version: Version, edition: &Edition) -> Value {
    at(store, version, edition, "v0alpha1").spec.value()
}

/// Whether what is stored at a version is given as it is at another one.
fn is_stored_form(from: &str, to: &str) -> bool {
    match (form(from), form(to)) {
        (None, None) => to == "v0alpha1" || from != "v0alpha1",
        _ => from == to,
    }
}

/// A `spec` from one version to another.
///
/// # Errors
///
/// It has no such form: the answer that says so.
pub fn convert(spec: &Value, from: &str, to: &str, context: &Context) -> Result<Value, String> {
    let text = |error: crate::dashboard::convert::Error| error.to_string();
    match (form(from), form(to)) {
        _ if is_stored_form(from, to) => Ok(spec.clone()),
        (None, None) => migrate(spec, context).map_err(|error| error.to_string()),
        (None, Some(form)) => {
            let migrated = migrate(spec, context).map_err(|error| error.to_string())?;
            Ok(between(&to_v2(&migrated, context).map_err(text)?, Form::V2, form))
        }
        (Some(form), None) => to_classic(&between(spec, form, Form::V2), context).map_err(text),
        (Some(one), Some(other)) => Ok(between(spec, one, other)),
    }
}

/// What is stored of a `spec` that is sent at a version: v1 is migrated at once, v2 keeps the fields that it knows.
pub fn to_store(spec: Value, api: &str, context: &Context) -> Value {
    match api {
        "v0alpha1" => spec,
        "v1" | "v1beta1" => migrate(&spec, context).unwrap_or(spec),
        _ => typed(&spec),
    }
}

/// A v2 `spec` as a server reads it: what it doesn't know is dropped, and what isn't there is empty.
fn typed(spec: &Value) -> Value {
    const OPTIONAL: [&str; 5] = ["description", "editable", "liveNow", "revision", "preferences"];
    let part = |key: &str| spec.get(key).cloned();
    let of = |key: &str, is: fn(&Value) -> bool, empty: Value| part(key).filter(is).unwrap_or(empty);
    let time = json!({
        "from": "", "to": "", "autoRefresh": "", "autoRefreshIntervals": null, "hideTimepicker": false, "fiscalYearStartMonth": 0,
    });
    let mut made = json!({
        "annotations": of("annotations", Value::is_array, Value::Null),
        "cursorSync": of("cursorSync", Value::is_string, json!("")),
        "elements": of("elements", Value::is_object, Value::Null),
        "layout": of("layout", Value::is_object, json!({ "kind": "GridLayout", "spec": { "items": null } })),
        "links": of("links", Value::is_array, Value::Null),
        "preload": of("preload", Value::is_boolean, json!(false)),
        "tags": of("tags", Value::is_array, Value::Null),
        "timeSettings": of("timeSettings", Value::is_object, time),
        "title": of("title", Value::is_string, json!("")),
        "variables": of("variables", Value::is_array, Value::Null),
    });
    // An array of annotations is v2's, an object the classic form's.
    for key in OPTIONAL {
        if let Some(value) = part(key).filter(|_| spec.get("elements").is_some()) {
            made[key] = value;
        }
    }
    made
}

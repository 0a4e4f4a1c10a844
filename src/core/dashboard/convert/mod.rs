//! How does a classic dashboard become a v2 one, and what is left of a v2 dashboard in the classic form?
//!
//! The server keeps a dashboard as it was stored and converts it when it is asked for another version. These are its
//! conversions, quirks included, as pure functions of the `spec`s:
//!
//! * [`to_v2`]: a classic dashboard of the newest schema (what [`migrate`] makes) as v2;
//! * [`to_classic`]: a v2 dashboard as classic. Lossy, and nothing in the result says so: tabs become rows, an auto grid
//!   becomes a grid, conditional rendering, rows inside of rows and what the classic form has no word for are gone;
//! * [`between`]: the same v2 dashboard as another [`Form`] of v2;
//! * [`beyond_classic`]: what of a v2 dashboard the classic form has no word for.
//!
//! The facts are those of `grafana/grafana apps/dashboard/pkg/migration/conversion` (`v1_to_v2alpha1.go`,
//! `v2alpha1_to_v1.go`, `v2beta1_to_v2alpha1.go`, `v2beta1_to_v2.go`) in 13.1, and its `v1beta1` twins in 12.4.0; which
//! fields may be absent is told by `apps/dashboard/pkg/apis/dashboard/v2/dashboard_spec_gen.go`. The code is not theirs.
//!
//! Not done: the repetition of a library panel that is kept only in the library (`LibraryElementIndexProvider`).

mod beyond;
mod classic;
mod forms;
mod v2;
pub(in crate::dashboard) mod words;

pub use beyond::beyond_classic;
pub use forms::{Form, between};

use std::borrow::Cow;

use serde_json::Value;

use super::Document;
use super::migrate::fields::Fields;
use super::migrate::{Context, migrate};

/// The key under which v2 keeps a query that is only a text in the classic form.
const LEGACY_TEXT: &str = "__legacyStringValue";

/// Why a dashboard can't be converted; the server answers with `status.conversion.failed` then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a JSON object.
    #[error("a dashboard is a JSON object")]
    NotAnObject,
    /// The layout names a panel that isn't there.
    #[error("panel with uid {0} not found in the dashboard elements")]
    MissingElement(String),
    /// A classic dashboard that can't be brought to the newest schema.
    #[error("{0}")]
    NotMigrated(String),
    /// A version of v2 that came after this dashctl.
    #[error("the form of {0} is not known to this dashctl")]
    UnknownForm(String),
    /// An element is neither a panel nor a library panel.
    #[error("failed to convert panel {0}: element has neither PanelKind nor LibraryPanelKind")]
    UnknownElement(String),
}

/// The classic form of a dashboard, as a server gives it.
///
/// # Errors
///
/// [`Error`] where it can't be had.
pub fn in_classic<'d>(document: &'d Document, context: &Context) -> Result<Cow<'d, Value>, Error> {
    match document {
        Document::Classic(dashboard) => Ok(Cow::Borrowed(dashboard)),
        Document::V2(v2) => {
            let newest = between(&v2.spec, form_of(&v2.version)?, Form::V2);
            let mut classic = to_classic(&newest, context)?;
            classic["uid"] = v2.uid.as_str().into();
            Ok(Cow::Owned(classic))
        }
    }
}

/// The content of a dashboard in the form of this version of v2, as a server gives it.
///
/// # Errors
///
/// [`Error`] where it can't be had.
pub fn in_v2(document: &Document, version: &str, context: &Context) -> Result<Value, Error> {
    let to = form_of(version)?;
    match document {
        Document::V2(v2) => Ok(between(&v2.spec, form_of(&v2.version)?, to)),
        Document::Classic(dashboard) => {
            let migrated = migrate(dashboard, context).map_err(|error| Error::NotMigrated(error.to_string()))?;
            Ok(between(&to_v2(&migrated, context)?, Form::V2, to))
        }
    }
}

fn form_of(version: &str) -> Result<Form, Error> {
    Form::of(version).ok_or_else(|| Error::UnknownForm(version.to_owned()))
}

/// The v2 `spec` of a classic dashboard of the newest schema.
///
/// # Errors
///
/// [`Error::NotAnObject`]; everything else a server leaves out in silence.
pub fn to_v2(classic: &Value, context: &Context) -> Result<Value, Error> {
    let classic = classic.get("dashboard").unwrap_or(classic);
    let Value::Object(classic) = classic else {
        return Err(Error::NotAnObject);
    };
    Ok(v2::spec(classic.clone(), context))
}

/// The classic dashboard that a server gives for a v2 `spec`.
///
/// # Errors
///
/// [`Error`] where the layout and the elements don't belong together.
pub fn to_classic(v2: &Value, context: &Context) -> Result<Value, Error> {
    match v2 {
        Value::Object(spec) => classic::dashboard(spec, context),
        _ => Err(Error::NotAnObject),
    }
}

/// An object without its null fields: what a server leaves out when it writes.
fn present(value: Value) -> Value {
    match value {
        Value::Object(mut fields) => {
            fields.retain(|_, value| !value.is_null());
            Value::Object(fields)
        }
        other => other,
    }
}

/// A text that isn't empty.
fn text_of(fields: &Fields, key: &str) -> Option<String> {
    let text = fields.get(key).and_then(Value::as_str)?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// A field of that type, or nothing.
fn only(fields: &Fields, key: &str, is: fn(&Value) -> bool) -> Option<Value> {
    fields.get(key).filter(|value| is(value)).cloned()
}

/// The texts of a list.
fn texts(list: Option<&Value>) -> Vec<&str> {
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// The objects of a list.
fn objects(list: Option<&Value>) -> impl Iterator<Item = &Fields> {
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
}

/// A list that has something in it, or nothing.
fn filled<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

#[cfg(test)]
mod tests;

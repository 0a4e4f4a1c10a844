//! What does a Grafana server make of an old dashboard when it is asked for it today?
//!
//! From Grafana 12 on a classic dashboard is stored as it was sent and migrated when it is read at `v1` or `v1beta1`: the
//! frontend's defaults are filled in, one step per schema version lifts it to [`LATEST_SCHEMA`], and what equals a default is
//! taken out again. [`migrate`] does the same, as a pure function, quirks included: where the server's result differs from
//! what the browser makes, it is the server's that counts here.
//!
//! The facts are those of `grafana/grafana apps/dashboard/pkg/migration` (`migrate.go`, `frontend_defaults.go`,
//! `schemaversion/v2.go` to `v42.go`) and `conversion/v0alpha1_to_v1.go`, in 12.4.0 and 13.1; the code is not.
//!
//! * [`migrate`] takes the dashboard and a [`Context`]: which [`Generation`] of servers, and the data sources it has.
//! * [`Error`] says which dashboard can't be migrated.

mod clean;
mod context;
pub(super) mod fields;
pub(super) mod fill;
pub(super) mod steps;

pub use context::{Context, Generation};

use serde_json::Value;

use fields::{Fields, list, objects, shift, text};

/// The schema version of every dashboard that a server of Grafana 12.4 or 13.1 gives at `v1` or `v1beta1`.
pub const LATEST_SCHEMA: i64 = 42;

/// Why a server can't migrate a dashboard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a JSON object.
    #[error("a dashboard is a JSON object")]
    NotAnObject,
    /// Its schema version is negative.
    #[error("schema version {0} is older than the first")]
    TooOld(i64),
    /// Its schema version is newer than the newest one that the server knows.
    #[error("schema version {0} is newer than {LATEST_SCHEMA}, the newest that is known")]
    TooNew(i64),
    /// A panel of a row that no row of the grid can hold.
    #[error("a panel with a span of {0} of 12 columns fits in no row")]
    TooWide(i64),
}

/// What the server answers for this classic dashboard at `v1` or `v1beta1`.
///
/// # Errors
///
/// [`Error`] where the server fails as well: it then answers with the dashboard as it is and `status.conversion.failed`.
pub fn migrate(dashboard: &Value, context: &Context) -> Result<Value, Error> {
    let Value::Object(mut dashboard) = dashboard.clone() else {
        return Err(Error::NotAnObject);
    };
    for export_only in ["__elements", "__inputs", "__requires"] {
        shift(&mut dashboard, export_only);
    }
    fill::remember_originals(&mut dashboard);
    fill::dashboard(&mut dashboard);
    let from = schema_version(&dashboard);
    if from < 0 {
        return Err(Error::TooOld(from));
    }
    if from > LATEST_SCHEMA {
        return Err(Error::TooNew(from));
    }
    dashboard.insert("schemaVersion".into(), from.into());
    steps::run(&mut dashboard, from, context)?;
    fill::built_in_annotation(&mut dashboard);
    clean::dashboard(&mut dashboard);
    variable_data_sources(&mut dashboard);
    Ok(Value::Object(dashboard))
}

/// The schema version as a server reads it: 0 where there is none or no number.
fn schema_version(dashboard: &Fields) -> i64 {
    match dashboard.get("schemaVersion") {
        Some(Value::String(text)) => text.parse().unwrap_or(0),
        Some(value) => fields::whole(value).unwrap_or(0),
        None => 0,
    }
}

/// `"$datasource"` becomes `{"uid": "$datasource"}` in query variables, panels and targets (`v0alpha1_to_v1.go`).
fn variable_data_sources(dashboard: &mut Fields) {
    for variable in objects(list(dashboard, "templating", "list")) {
        if text(variable, "type") == "query" {
            variable_reference(variable);
        }
    }
    panel_data_sources(dashboard.get_mut("panels"));
}

fn panel_data_sources(panels: Option<&mut Value>) {
    for panel in objects(panels) {
        if text(panel, "type") == "row" {
            panel_data_sources(panel.get_mut("panels"));
        }
        variable_reference(panel);
        objects(panel.get_mut("targets")).for_each(variable_reference);
    }
}

fn variable_reference(holder: &mut Fields) {
    let Some(Value::String(name)) = holder.get("datasource") else {
        return;
    };
    if name.starts_with('$') {
        let reference = serde_json::json!({ "uid": name });
        holder.insert("datasource".into(), reference);
    }
}

#[cfg(test)]
mod tests;

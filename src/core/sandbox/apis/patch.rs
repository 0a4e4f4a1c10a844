//! Patches: the JSON patch and the merge patch.

use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::super::{call::Call, reply::Reply};
use super::status;

/// The object after the patch that was sent.
///
/// # Errors
///
/// The body is no patch, or one that leads nowhere: the answer that says so.
pub fn apply(call: &Call, mut object: Value) -> Result<Map<String, Value>, Box<Reply>> {
    let kind = call
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if kind.starts_with("application/json-patch+json") {
        let patch: json_patch::Patch =
            serde_json::from_slice(&call.body).map_err(|error| Box::new(status::bad_request(&error.to_string())))?;
        json_patch::patch(&mut object, &patch).map_err(|error| Box::new(status::bad_request(&error.to_string())))?;
    } else {
        let patch: Value =
            serde_json::from_slice(&call.body).map_err(|error| Box::new(status::bad_request(&error.to_string())))?;
        json_patch::merge(&mut object, &patch);
    }
    match object {
        Value::Object(object) => Ok(object),
        _ => status::bad_request("a patch must leave an object").refuse(),
    }
}

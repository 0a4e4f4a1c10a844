use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::dashboard;

/// The part of a URL that Grafana makes from a title; also what it compares titles by.
///
/// A title with nothing that can stand in a URL becomes its own base64, as Grafana does it.
pub fn slug(title: &str) -> String {
    dashboard::slug(title).unwrap_or_else(|| URL_SAFE_NO_PAD.encode(title))
}

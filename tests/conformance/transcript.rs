use std::{fs, path::Path};

use libtest_mimic::Failed;
use serde::Deserialize;
use serde_json::Value;

/// A recording of a real server.
#[derive(Debug, Deserialize)]
pub struct Transcript {
    pub exchanges: Vec<Exchange>,
}

/// One request and its answer.
#[derive(Debug, Deserialize)]
pub struct Exchange {
    pub step: String,
    /// Who asked.
    pub auth: String,
    pub method: String,
    pub path: String,
    /// The header `Accept`, where it isn't the usual one.
    pub accept: Option<String>,
    /// The body's type, where it isn't the usual one.
    pub request_content_type: Option<String>,
    pub request: Option<Value>,
    /// A body that JSON values can't hold: malformed, or with number forms that matter.
    pub request_raw: Option<String>,
    pub status: u16,
    pub content_type: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub response: Option<Value>,
}

/// An exchange that is sent but not compared.
#[derive(Debug)]
pub struct Exception {
    pub step: &'static str,
    /// Why the sandbox doesn't answer as recorded.
    pub reason: &'static str,
}

impl Transcript {
    /// Reads a recording.
    pub fn read(path: &Path) -> Result<Self, Failed> {
        let text = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// The file-provisioned dashboard that the recorded server was started with, and the name of its file.
    pub fn provisioned(&self) -> Option<(&str, Value)> {
        let mut answers = self.exchanges.iter().filter_map(|exchange| exchange.response.as_ref());
        let answer = answers.find(|answer| answer["meta"]["provisioned"] == true)?;
        let mut dashboard = answer["dashboard"].clone();
        dashboard
            .as_object_mut()?
            .retain(|key, _| !["id", "version"].contains(&key.as_str()));
        Some((answer["meta"]["provisionedExternalId"].as_str()?, dashboard))
    }
}

/// Tells a recorded `null` from nothing recorded.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

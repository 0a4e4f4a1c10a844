use std::collections::BTreeMap;

use dashctl::sandbox::{Options, Sandbox, Version};
use libtest_mimic::Failed;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use super::{
    compare::Comparison,
    transcript::{Exception, Exchange, Transcript},
};

/// The shortest uid that may have been generated.
const SHORTEST: usize = 9;
/// Ids above are made of a time.
const LARGE: i64 = 1_000_000_000;
/// What a client sends back as it got it.
const OPAQUE: [&str; 3] = ["resourceVersion", "continue", "continueToken"];

/// Whether the server made up this name of an object: by `generateName`, or six letters and digits.
fn is_generated(name: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let letters = name.chars().take(2).all(|letter| letter.is_ascii_lowercase());
    name.starts_with("gen-") || name.len() == 6 && letters && name.chars().all(plain)
}

/// Replays a recording against a fresh sandbox and says which exchanges differ, and where.
pub async fn replay(
    transcript: &Transcript,
    version: Version,
    exceptions: &[Exception],
) -> Result<Vec<String>, Failed> {
    // Another trial may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let provision = tempfile::tempdir()?;
    if let Some((name, dashboard)) = transcript.provisioned() {
        std::fs::write(provision.path().join(name), dashboard.to_string())?;
    }
    let options = Options {
        version,
        provision: Some(provision.path().to_owned()),
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await?;
    let mut replay = Replay::new(sandbox.url())?;
    let mut differences = Vec::new();
    for exchange in &transcript.exchanges {
        let found = replay.exchange(exchange).await?;
        if !found.is_empty() && exceptions.iter().all(|exception| exception.step != exchange.step) {
            differences.push(format!(
                "{}: {} {}\n{}",
                exchange.step,
                exchange.method,
                exchange.path,
                found.join("\n")
            ));
        }
    }
    sandbox.stop().await?;
    Ok(differences)
}

/// What the replay has learned so far.
struct Replay {
    base: String,
    client: Client,
    /// By the name under which the recording asks with it.
    tokens: BTreeMap<String, String>,
    /// What recorded generated names are called now.
    learned: BTreeMap<String, String>,
    /// What recorded ids of service accounts are now.
    accounts: BTreeMap<String, String>,
}

impl Replay {
    fn new(base: &str) -> Result<Self, Failed> {
        Ok(Self {
            base: base.to_owned(),
            client: Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .build()?,
            tokens: BTreeMap::new(),
            learned: BTreeMap::new(),
            accounts: BTreeMap::new(),
        })
    }

    async fn exchange(&mut self, exchange: &Exchange) -> Result<Vec<String>, Failed> {
        let response = self.request(exchange)?.send().await?;
        let status = response.status().as_u16();
        let content_type = response
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let text = response.text().await?;
        let got: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        let mut comparison = Comparison {
            learned: &|text| self.carried(text),
            differences: Vec::new(),
        };
        if status != exchange.status {
            comparison
                .differences
                .push(format!("    status {} -> {status} {got}", exchange.status));
        } else {
            if content_type != exchange.content_type {
                comparison
                    .differences
                    .push(format!("    type {:?} -> {content_type:?}", exchange.content_type));
            }
            if let Some(recorded) = &exchange.response {
                comparison.compare("", recorded, &got);
            }
        }
        let differences = comparison.differences;
        self.learn(exchange, &got);
        Ok(differences)
    }

    fn request(&self, exchange: &Exchange) -> Result<RequestBuilder, Failed> {
        let method = Method::from_bytes(exchange.method.as_bytes())?;
        let request = self
            .client
            .request(method, format!("{}{}", self.base, self.path(&exchange.path)));
        let request = match exchange.auth.as_str() {
            "admin" => request.basic_auth("admin", Some("admin")),
            "bad" => request.basic_auth("admin", Some("wrong")),
            "badtoken" => request.bearer_auth("nonsense"),
            name => match self.tokens.get(name) {
                Some(token) => request.bearer_auth(token),
                None => request,
            },
        };
        let request = match &exchange.accept {
            Some(accept) => request.header("accept", accept),
            None => request,
        };
        let body = exchange
            .request_raw
            .clone()
            .or_else(|| exchange.request.as_ref().map(Value::to_string));
        Ok(match body {
            Some(body) => request
                .header(
                    "content-type",
                    exchange.request_content_type.as_deref().unwrap_or("application/json"),
                )
                .body(self.carried(&body)),
            None => request,
        })
    }

    fn path(&self, path: &str) -> String {
        let mut segments: Vec<&str> = path.split('/').collect();
        if let ["", "api", "serviceaccounts", id, ..] = segments.as_slice()
            && let Some(now) = self.accounts.get(*id)
        {
            segments[3] = now;
        }
        self.carried(&segments.join("/"))
    }

    /// A text with what has been learned put in.
    fn carried(&self, text: &str) -> String {
        self.learned
            .iter()
            .fold(text.to_owned(), |text, (recorded, now)| text.replace(recorded, now))
    }

    fn learn(&mut self, exchange: &Exchange, got: &Value) {
        let Some(recorded) = &exchange.response else {
            return;
        };
        self.learn_uids(recorded, got);
        let Some(request) = exchange.request.as_ref().filter(|_| exchange.method == "POST") else {
            return;
        };
        if let Some(key) = got["key"].as_str() {
            let role = request["role"].as_str().unwrap_or_default();
            let account = request["name"]
                .as_str()
                .and_then(|name| name.split('-').nth(1))
                .unwrap_or_default();
            let stands_in = request["name"]
                .as_str()
                .is_some_and(|name| name.starts_with("standin-"));
            let name = if exchange.path == "/api/auth/keys" {
                role.to_owned()
            } else if stands_in {
                account.to_owned()
            } else {
                format!("sa-{account}")
            };
            self.tokens.insert(name, key.to_owned());
        }
        if exchange.path == "/api/serviceaccounts" {
            self.accounts.insert(recorded["id"].to_string(), got["id"].to_string());
        }
    }

    fn learn_uids(&mut self, recorded: &Value, got: &Value) {
        match (recorded, got) {
            (Value::Object(recorded), Value::Object(got)) => {
                for (key, recorded) in recorded {
                    match (recorded, got.get(key)) {
                        (Value::String(recorded), Some(Value::String(got)))
                            if OPAQUE.contains(&key.as_str()) && !recorded.is_empty() && !got.is_empty() =>
                        {
                            self.learned.insert(recorded.clone(), got.clone());
                        }
                        (Value::String(recorded), Some(Value::String(got)))
                            if ["name", "uid"].contains(&key.as_str()) && recorded != got && is_generated(recorded) =>
                        {
                            self.learned.insert(recorded.clone(), got.clone());
                        }
                        (Value::Number(recorded), Some(Value::Number(got)))
                            if key == "id" && recorded.as_i64().is_some_and(|id| id > LARGE) =>
                        {
                            self.learned.insert(recorded.to_string(), got.to_string());
                        }
                        (Value::String(recorded), Some(Value::String(got))) if key == "uid" => {
                            if recorded != got && recorded.len() >= SHORTEST {
                                self.learned.insert(recorded.clone(), got.clone());
                            }
                        }
                        (recorded, Some(got)) => self.learn_uids(recorded, got),
                        (_, None) => {}
                    }
                }
            }
            (Value::Array(recorded), Value::Array(got)) => {
                recorded
                    .iter()
                    .zip(got)
                    .for_each(|(recorded, got)| self.learn_uids(recorded, got));
            }
            _ => {}
        }
    }
}

use axum::{
    body::Bytes,
    http::{HeaderMap, Method, Uri},
};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{
    Role,
    identity::Identity,
    reply::{Outcome, Reply},
    state::State,
    store::{Edition, Store},
};

/// A request that was read whole, with the one who asks.
#[derive(Debug)]
pub struct Call<'a> {
    pub state: &'a State,
    pub method: Method,
    pub path: Vec<String>,
    pub query: Vec<(String, String)>,
    pub raw_query: Option<String>,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub who: Identity,
}

impl<'a> Call<'a> {
    /// Takes a request apart.
    pub fn new(state: &'a State, method: Method, uri: &Uri, headers: HeaderMap, body: Bytes, who: Identity) -> Self {
        let raw_query = uri.query().map(str::to_owned);
        let query = url::form_urlencoded::parse(raw_query.as_deref().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
        Self {
            state,
            method,
            path: segments(uri.path()),
            query,
            raw_query,
            headers,
            body,
            who,
        }
    }

    /// The method and the path's segments, to be matched against routes.
    pub fn route(&self) -> (&str, Vec<&str>) {
        (self.method.as_str(), self.path.iter().map(String::as_str).collect())
    }

    /// The first value of a query parameter, when it has one.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters(name).next().filter(|value| !value.is_empty())
    }

    /// All values of a query parameter.
    pub fn parameters(&self, name: &str) -> impl Iterator<Item = &str> {
        self.query
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// A query parameter as a number; 0 when it isn't there or isn't one, as in Grafana.
    pub fn number(&self, name: &str) -> i64 {
        self.parameter(name).and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// The request's body, a JSON object; `required` are the fields that 7.5 names when there is none.
    ///
    /// # Errors
    ///
    /// The body is no JSON object.
    pub fn object(&self, required: &[&str]) -> Result<Map<String, Value>, Box<Reply>> {
        let malformed = |reason: &str| self.state.version().malformed(reason, required).refuse();
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => malformed("json: cannot unmarshal value into Go value"),
            Err(error) if error.is_eof() => malformed("unexpected EOF"),
            Err(error) => malformed(&error.to_string()),
        }
    }

    /// Whether the caller may see or, with more than a viewer's role, edit an edition: everything in a folder, at the root
    /// only what was granted when it was made; administrators all of it.
    pub fn may_reach(&self, edition: &Edition, role: Role) -> bool {
        let shared = edition.object.granted || edition.object.annotations.contains_key("grafana.app/folder");
        self.may(Role::Admin) || shared && self.may(role)
    }

    /// Reads the store.
    pub fn read<T>(&self, work: impl FnOnce(&Store) -> T) -> T {
        work(&self.state.store())
    }

    /// Changes the store; what the work changed is kept as a whole, and answered only when it is kept.
    pub fn write(&self, work: impl FnOnce(&mut Store) -> Outcome) -> Outcome {
        let mut store = self.state.store_mut();
        let outcome = work(&mut store);
        match store.commit() {
            Ok(()) => outcome,
            Err(error) => Reply::message(500, &error.to_string()).refuse(),
        }
    }
}

fn segments(path: &str) -> Vec<String> {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect()
}

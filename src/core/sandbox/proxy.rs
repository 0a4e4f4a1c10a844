//! Requests that the sandbox passes on: to data sources, and to grafana.com when it may.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value};

use super::{
    Role, Version,
    call::Call,
    datasources::Name,
    reply::{JSON_UPPER, Reply},
    store::Source,
};
use crate::answer;

/// What must be written with a percent sign in a segment of a path.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// What is passed on of a request.
const ASKED: [HeaderName; 4] = [
    header::ACCEPT,
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    HeaderName::from_static("x-dashboard-uid"),
];

/// Where a request is passed on to.
struct Target {
    url: String,
    headers: HeaderMap,
    login: Option<(String, String)>,
    /// The answer when nobody answers there.
    unreachable: Reply,
}

/// Answers a request that must be passed on; nothing for all others.
pub async fn forward(call: &Call<'_>) -> Option<Reply> {
    Some(match target(call)? {
        Ok(target) => target.ask(call).await,
        Err(refusal) => *refusal,
    })
}

fn target(call: &Call) -> Option<Result<Target, Box<Reply>>> {
    let (_, path) = call.route();
    let is_9 = call.state.version().is_9();
    let (name, rest, resource) = match path.as_slice() {
        ["api", "gnet", rest @ ..] => return Some(catalog(call, rest)),
        ["api", "datasources", "proxy", "uid", uid, rest @ ..] if is_9 => (Name::Uid(uid), rest, false),
        ["api", "datasources", "proxy", id, rest @ ..] => (Name::Id(id), rest, false),
        ["api", "datasources", "uid", uid, "resources", rest @ ..] if is_9 => (Name::Uid(uid), rest, true),
        ["api", "datasources", id, "resources", rest @ ..] => (Name::Id(id), rest, true),
        _ => return None,
    };
    Some(data_source(call, name, rest, resource))
}

fn catalog(call: &Call, rest: &[&str]) -> Result<Target, Box<Reply>> {
    call.signed_in()?;
    match &call.state.options.grafana_com {
        None => Reply::empty(502).refuse(),
        Some(base) => Ok(Target {
            url: joined(&format!("{}/api", base.trim_end_matches('/')), rest, call),
            headers: HeaderMap::new(),
            login: None,
            unreachable: Reply::empty(502),
        }),
    }
}

impl Version {
    /// What a resource call answers when it fails: 7.5 had no plugin to make it.
    fn resource_failed(self) -> Reply {
        match self {
            Self::V7_5 => Reply::message(404, "Plugin not found"),
            _ => {
                let mut reply = self.error(500, "Failed to call resource");
                reply.content_type = Some(JSON_UPPER.to_owned());
                reply
            }
        }
    }
}

fn data_source(call: &Call, name: Name, rest: &[&str], resource: bool) -> Result<Target, Box<Reply>> {
    call.needs(Role::Viewer, "datasources:query")?;
    let version = call.state.version();
    if resource && !version.is_9() {
        return version.resource_failed().refuse();
    }
    call.read(|store| match name.find(store) {
        None => version.error(404, "Unable to find datasource").refuse(),
        Some(source) => Ok(Target {
            url: joined(source.url.trim_end_matches('/'), rest, call),
            headers: own_headers(source),
            login: login(source),
            unreachable: if resource {
                version.resource_failed()
            } else {
                Reply::empty(502)
            },
        }),
    })
}

fn joined(base: &str, rest: &[&str], call: &Call) -> String {
    let encoded = |segment: &&str| utf8_percent_encode(segment, SEGMENT).to_string();
    let path: Vec<String> = rest.iter().map(encoded).collect();
    let query = call
        .raw_query
        .as_deref()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    format!("{base}/{}{query}", path.join("/"))
}

fn secret<'a>(secrets: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    secrets.get(key).and_then(Value::as_str)
}

fn login(source: &Source) -> Option<(String, String)> {
    let password = secret(&source.secrets, "basicAuthPassword").unwrap_or_default();
    source
        .basic_auth
        .then(|| (source.basic_auth_user.clone(), password.to_owned()))
}

/// The headers that a data source is set up with: `httpHeaderName1` in its settings, `httpHeaderValue1` in its secrets.
fn own_headers(source: &Source) -> HeaderMap {
    let named = source.json.iter().filter_map(|(key, name)| {
        let number = key.strip_prefix("httpHeaderName")?;
        let value = secret(&source.secrets, &format!("httpHeaderValue{number}"))?;
        let name = HeaderName::from_bytes(name.as_str()?.as_bytes()).ok()?;
        Some((name, HeaderValue::from_str(value).ok()?))
    });
    named.collect()
}

impl Target {
    async fn ask(self, call: &Call<'_>) -> Reply {
        let mut headers: HeaderMap = ASKED
            .iter()
            .filter_map(|name| Some((name.clone(), call.headers.get(name)?.clone())))
            .collect();
        headers.extend(self.headers);
        let mut request = call
            .state
            .client
            .request(call.method.clone(), &self.url)
            .headers(headers);
        if let Some((user, password)) = self.login {
            request = request.basic_auth(user, Some(password));
        }
        match request.body(call.body.clone()).send().await {
            Ok(response) => answered(response).await.unwrap_or(self.unreachable),
            Err(_) => self.unreachable,
        }
    }
}

async fn answered(response: reqwest::Response) -> Option<Reply> {
    let status = response.status().as_u16();
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let body = answer::read(response, answer::LARGEST).await.ok()?;
    Some(Reply {
        status,
        content_type,
        headers: Vec::new(),
        body: body.to_vec(),
    })
}

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Version;

/// What Grafana's handlers write.
pub const JSON: &str = "application/json";
/// What Grafana's middlewares write.
pub const JSON_UPPER: &str = "application/json; charset=UTF-8";
/// What the binding of request bodies in 7.5 writes.
pub const JSON_LOWER: &str = "application/json; charset=utf-8";
/// What pages are written as.
pub const HTML: &str = "text/html; charset=UTF-8";

/// A time as Grafana writes it.
pub fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// An answer, before it is HTTP.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub content_type: Option<String>,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub body: Vec<u8>,
}

/// A refusal leaves a handler early with `?`; it is boxed because answers are large and refusals rare.
pub type Outcome = Result<Reply, Box<Reply>>;

impl Reply {
    /// An answer with this status and text.
    pub fn text(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            content_type: Some(content_type.to_owned()),
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// An answer without body and content type.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            content_type: None,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// An answer of a handler.
    pub fn json(status: u16, value: &Value) -> Self {
        Self::text(status, JSON, value.to_string())
    }

    /// `{"message": …}`.
    pub fn message(status: u16, message: &str) -> Self {
        Self::json(status, &json!({ "message": message }))
    }

    /// `{"message": …}` as a middleware writes it.
    pub fn notice(status: u16, message: &str) -> Self {
        Self::text(status, JSON_UPPER, json!({ "message": message }).to_string())
    }

    /// `{"message": …, "status": …}`.
    pub fn tagged(status: u16, message: &str, tag: &str) -> Self {
        Self::json(status, &json!({ "message": message, "status": tag }))
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// The same answer, to leave a handler early.
    ///
    /// # Errors
    ///
    /// Always: this answer.
    pub fn refuse<T>(self) -> Result<T, Box<Self>> {
        Err(Box::new(self))
    }

    /// The answer as HTTP.
    pub fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if let Some(value) = self.content_type.and_then(|text| HeaderValue::from_str(&text).ok()) {
            response.headers_mut().insert(header::CONTENT_TYPE, value);
        }
        for (name, value) in self.headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}

impl Version {
    /// An error that a handler reports with its cause: from 9 on it carries a trace id.
    pub(super) fn error(self, status: u16, message: &str) -> Reply {
        match self {
            Self::V7_5 => Reply::message(status, message),
            _ => Reply::json(status, &json!({ "message": message, "traceID": "" })),
        }
    }

    /// An error that has an id of its own, from 10 on; from 12 on in the form of an object's refusal.
    pub(super) fn identified(self, status: u16, id: &str, message: &str) -> Reply {
        let mut body = json!({ "message": message, "messageId": id, "statusCode": status });
        if !self.has_apis() {
            body["traceID"] = json!("");
        }
        Reply::json(status, &body)
    }

    /// A request body without the fields that must be there: 7.5 names them, 9 doesn't.
    pub(super) fn required(self, missing: &[&str]) -> Reply {
        match self {
            Self::V7_5 => Reply::text(422, JSON_LOWER, Value::Array(required(missing)).to_string()),
            _ => self.error(400, "bad request data"),
        }
    }

    /// A request body that is not the JSON it should be; 7.5 goes on to name what is missing.
    pub(super) fn malformed(self, reason: &str, missing: &[&str]) -> Reply {
        match self {
            Self::V7_5 => {
                let mut faults = vec![json!({ "classification": "DeserializationError", "message": reason })];
                faults.extend(required(missing));
                Reply::text(400, JSON_LOWER, Value::Array(faults).to_string())
            }
            _ => self.error(400, "bad request data"),
        }
    }
}

fn required(missing: &[&str]) -> Vec<Value> {
    let fault = |name| json!({ "fieldNames": [name], "classification": "RequiredError", "message": "Required" });
    missing.iter().map(fault).collect()
}

use std::fmt;

use serde_json::Value;

/// What kind of failure a request to the API server met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// No kubeconfig, no such context, or a setting in it that can't be used.
    Settings,
    /// No connection.
    Unreachable,
    /// 401: the credentials are not accepted.
    NotAuthenticated,
    /// 403: no right to do this.
    NotAllowed,
    /// 404.
    NotFound,
    /// 409 of an apply: others own fields of it.
    Conflict,
    /// 409 otherwise: it exists already, or somebody wrote at the same time.
    Raced,
    /// 422: the object isn't valid, or a field can't change.
    Invalid,
    /// Any other answer.
    Status(u16),
}

/// One of the reasons that the API server gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The field's path, such as `.spec.replicas` or `spec.selector`.
    pub field: String,
    /// What is wrong with it; for a conflict, who owns it.
    pub message: String,
}

/// A request to the API server that failed: what was done, on what, what came back.
#[derive(Debug, Clone)]
pub struct Error {
    kind: ErrorKind,
    doing: String,
    message: String,
    causes: Vec<Cause>,
}

impl Error {
    /// A failure without an answer.
    pub(super) fn new(kind: ErrorKind, doing: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self {
            kind,
            doing: doing.to_string(),
            message: message.to_string(),
            causes: Vec::new(),
        }
    }

    /// What the API server answered; `body` is a `Status` object.
    pub(super) fn answered(doing: impl fmt::Display, status: u16, body: &[u8]) -> Self {
        let said: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let causes: Vec<Value> = said
            .pointer("/details/causes")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let of_fields = causes
            .iter()
            .any(|cause| text(cause, "reason") == "FieldManagerConflict");
        let kind = match status {
            401 => ErrorKind::NotAuthenticated,
            403 => ErrorKind::NotAllowed,
            404 => ErrorKind::NotFound,
            409 if of_fields => ErrorKind::Conflict,
            409 => ErrorKind::Raced,
            422 => ErrorKind::Invalid,
            other => ErrorKind::Status(other),
        };
        let message = match text(&said, "message") {
            empty if empty.is_empty() => format!("the API server answered {status}"),
            message => message,
        };
        let cause = |cause: &Value| Cause {
            field: text(cause, "field"),
            message: text(cause, "message"),
        };
        Self {
            kind,
            doing: doing.to_string(),
            message,
            causes: causes.iter().map(cause).collect(),
        }
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The API server's own words.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The fields that it is about.
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// Whether the object has to be deleted and made again for this change: a field that can't change once set.
    pub fn needs_recreation(&self) -> bool {
        const WORDS: [&str; 4] = [
            "field is immutable",
            "may not change once set",
            "updates to statefulset spec for fields other than",
            "spec is immutable after creation",
        ];
        let said = |text: &str| WORDS.iter().any(|words| text.contains(words)) || is_fixed(text);
        self.kind == ErrorKind::Invalid && (said(&self.message) || self.causes.iter().any(|cause| said(&cause.message)))
    }

    /// Whether a Deployment's rolling update settings are in the way of the strategy `Recreate`.
    pub fn is_about_rolling_update(&self) -> bool {
        self.kind == ErrorKind::Invalid && self.message.contains("spec.strategy.rollingUpdate")
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self.kind {
            ErrorKind::Settings => Some("say which cluster with --kubeconfig FILE and --context NAME"),
            ErrorKind::Unreachable => Some("is this the right context (--context), and does `kubectl get nodes` work?"),
            ErrorKind::NotAuthenticated => Some("log in again; the credentials of the kubeconfig are not accepted"),
            ErrorKind::NotAllowed => Some("installing takes the rights of a cluster administrator"),
            _ => None,
        }
    }
}

/// `updates to parameters are forbidden.` and the like, as storage classes say it.
fn is_fixed(text: &str) -> bool {
    text.contains("updates to ") && text.contains(" are forbidden")
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.doing, self.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_of_fields_is_told_from_a_race() {
        let body = br#"{"kind":"Status","message":"Apply failed with 1 conflict","details":{"causes":[
            {"reason":"FieldManagerConflict","message":"conflict with \"kubectl\"","field":".spec.replicas"}]}}"#;
        let error = Error::answered("applying x", 409, body);
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert_eq!(error.causes()[0].field, ".spec.replicas");
        assert_eq!(Error::answered("x", 409, b"{}").kind(), ErrorKind::Raced);
        assert_eq!(
            Error::answered("x", 502, b"<html>").to_string(),
            "x: the API server answered 502"
        );
    }

    #[test]
    fn fields_that_can_not_change_are_recognised() {
        for message in [
            "spec.selector: Invalid value: {}: field is immutable",
            "spec.loadBalancerClass: Invalid value: \"a\": may not change once set",
            "spec: Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden",
            "parameters: Forbidden: updates to parameters are forbidden.",
            "spec: Forbidden: spec is immutable after creation except resources.requests",
        ] {
            let body = serde_json::json!({"message": message}).to_string();
            assert!(
                Error::answered("x", 422, body.as_bytes()).needs_recreation(),
                "{message}"
            );
        }
        let other = br#"{"message":"spec.template.spec.containers: Required value"}"#;
        assert!(!Error::answered("x", 422, other).needs_recreation());
    }
}

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::Document;
use super::envelope::{content, unwrap};
use super::invalid::{Invalid, MAX_BYTES};

/// Reads a dashboard of either form, as JSON or as YAML; one that is wrapped in `{"dashboard": …}` (as Grafana's API answers)
/// or is the `spec` of a Kubernetes object is unwrapped.
///
/// # Errors
///
/// [`Invalid`] says what the bytes are instead.
pub fn parse(bytes: &[u8]) -> Result<Document, Invalid> {
    if bytes.len() > MAX_BYTES {
        return Err(Invalid::TooLarge(bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| Invalid::Encoding(error.valid_up_to()))?;
    check(unwrap(content(text)?)?)
}

/// The uid of a dashboard as JSON, found without reading the rest of it; nothing where it takes more than that: [`parse`] knows.
pub fn plain_uid(bytes: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Plain {
        uid: Option<String>,
        metadata: Option<Named>,
        spec: Option<IgnoredAny>,
        dashboard: Option<IgnoredAny>,
    }
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    match serde_json::from_slice(bytes).ok()? {
        Plain { dashboard: Some(_), .. } => None,
        Plain {
            spec: Some(_),
            metadata,
            ..
        } => Some(metadata?.name),
        Plain { uid, .. } => uid,
    }
}

fn check(document: Document) -> Result<Document, Invalid> {
    let Some(fields) = document.content().as_object() else {
        return Err(Invalid::NotADashboard("it is not an object"));
    };
    let list = |key: &str| fields.get(key).is_some_and(Value::is_array);
    let title = fields.get("title").and_then(Value::as_str);
    if title.is_none()
        && let Some(message) = fields.get("message").and_then(Value::as_str)
    {
        return Err(Invalid::ErrorMessage(message.to_owned()));
    }
    if title.is_none_or(|title| title.trim().is_empty()) {
        return Err(Invalid::NotADashboard("it has no title"));
    }
    if document.is_v2() {
        let has = |key: &str| fields.get(key).is_some_and(Value::is_object);
        if !has("elements") || !has("layout") {
            return Err(Invalid::NotADashboard("of the v2 form, but without elements or layout"));
        }
    } else if !list("panels") && !list("rows") {
        return Err(Invalid::NotADashboard("it has neither panels nor rows"));
    }
    Ok(document)
}

/// A dashboard's title.
pub fn title(dashboard: &Value) -> &str {
    dashboard.get("title").and_then(Value::as_str).unwrap_or_default()
}

/// The version of a dashboard's schema; 0 where it says none.
pub fn schema_version(dashboard: &Value) -> u64 {
    dashboard.get("schemaVersion").and_then(Value::as_u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_dashboard_is_named() {
        let kind = |text: &str| parse(text.as_bytes()).map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(kind(r#"{"title":"A","panels":[]}"#), Ok(()));
        assert_eq!(kind(r#"{"title":"A","rows":[]}"#), Ok(()));
        assert_eq!(kind("\u{feff}{\"title\":\"A\",\"panels\":[]}"), Ok(()));
        assert_eq!(kind(r#"{"meta":{},"dashboard":{"title":"A","panels":[]}}"#), Ok(()));
        assert_eq!(
            kind(r#"{"code":"InvalidArgument","message":"Field is required: revision"}"#),
            Err("an error message instead of a dashboard: Field is required: revision".into())
        );
        assert_eq!(
            kind("{\"title\":\"A\",\n \"panels\":[}"),
            Err("not JSON: expected value at line 2, column 12".into())
        );
        assert!(kind("[]").is_err());
        assert!(kind(r#"{"title":"A"}"#).is_err());
        assert!(kind(r#"{"title":" ","panels":[]}"#).is_err());
        assert_eq!(kind(r#"{"title":"A","elements":{},"layout":{}}"#), Ok(()));
        assert!(kind(r#"{"title":"A","elements":{}}"#).unwrap_err().contains("layout"));
    }

    #[test]
    fn a_plain_uid_is_the_one_that_the_whole_dashboard_has() {
        let v2 = r#"{"title":"A","elements":{},"layout":{}}"#;
        let object = format!(
            r#"{{"apiVersion":"dashboard.grafana.app/v2","kind":"Dashboard","metadata":{{"name":"o"}},"spec":{v2}}}"#
        );
        for text in [r#"{"panels":[{"uid":"x"}],"title":"A","uid":"u"}"#, object.as_str()] {
            let uid = plain_uid(text.as_bytes());
            assert!(uid.is_some(), "{text}");
            assert_eq!(
                uid.as_deref(),
                parse(text.as_bytes()).ok().as_ref().map(Document::uid),
                "{text}"
            );
        }
        for text in [
            r#"{"title":"A","panels":[]}"#,
            r#"{"dashboard":{"uid":"u","title":"A","panels":[]},"uid":"x"}"#,
            r#"{"uid":7,"title":"A","panels":[]}"#,
            "title: A\nuid: u\npanels: []\n",
        ] {
            assert_eq!(plain_uid(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn hostile_bytes_are_refused() {
        assert_eq!(parse(b"{\"title\":\"\xff\"}"), Err(Invalid::Encoding(10)));
        assert!(matches!(
            parse("[".repeat(100_000).as_bytes()),
            Err(Invalid::Json { .. })
        ));
        assert_eq!(parse(&vec![b' '; MAX_BYTES + 1]), Err(Invalid::TooLarge(MAX_BYTES + 1)));
    }
}

use serde_json::Value;

/// A dashboard's JSON in the form in which it is stored, known from where it was read. What works on classic dashboards
/// can't be given one of the other form by mistake.
#[derive(Debug, PartialEq)]
pub enum Document {
    /// Panels in a list, as every Grafana knows it.
    Classic(Value),
    /// Elements and a layout, as Grafana 13 saves it.
    V2(V2),
}

/// By hand, because a derived one would be built again in each crate that uses it, and those aren't all optimised.
impl Clone for Document {
    fn clone(&self) -> Self {
        match self {
            Self::Classic(content) => Self::Classic(content.clone()),
            Self::V2(v2) => Self::V2(v2.clone()),
        }
    }
}

/// A dashboard in the v2 form.
#[derive(Debug, Clone, PartialEq)]
pub struct V2 {
    /// The version of the API whose form this is: `v2`, `v2beta1` or `v2alpha1`.
    pub version: String,
    /// The dashboard's uid, which isn't part of the content; `""` where there is none yet.
    pub uid: String,
    /// The content.
    pub spec: Value,
}

/// A classic dashboard was needed, and this is a v2 one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it has the v2 form ({0}), and a classic dashboard is needed here")]
pub struct NotClassic(String);

/// A server stores a dashboard in a form in which it doesn't give it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stored as {stored}, which {why}; dashctl doesn't touch what it can't read")]
pub struct Unreadable {
    /// The version that it is stored in.
    pub stored: String,
    /// Its title, as far as it can be told.
    pub title: String,
    /// Why it can't be read.
    pub why: String,
}

impl Document {
    /// One in the v2 form of this version.
    pub fn v2(version: &str, uid: &str, spec: Value) -> Self {
        Self::V2(V2 {
            version: version.to_owned(),
            uid: uid.to_owned(),
            spec,
        })
    }

    /// Its content, whichever the form: what comparisons, titles and checksums are made of.
    pub fn content(&self) -> &Value {
        match self {
            Self::Classic(dashboard) => dashboard,
            Self::V2(v2) => &v2.spec,
        }
    }

    /// Its content, whichever the form.
    pub fn into_content(self) -> Value {
        match self {
            Self::Classic(dashboard) => dashboard,
            Self::V2(v2) => v2.spec,
        }
    }

    /// The same form with another content.
    #[must_use]
    pub fn with(&self, content: Value) -> Self {
        match self {
            Self::Classic(_) => Self::Classic(content),
            Self::V2(v2) => Self::v2(&v2.version, &v2.uid, content),
        }
    }

    /// The same form with what `change` makes of the content.
    #[must_use]
    pub fn map(mut self, change: impl FnOnce(Value) -> Value) -> Self {
        let content = self.content_mut();
        *content = change(content.take());
        self
    }

    /// The classic dashboard.
    ///
    /// # Errors
    ///
    /// It isn't one.
    pub fn classic(&self) -> Result<&Value, NotClassic> {
        match self {
            Self::Classic(dashboard) => Ok(dashboard),
            Self::V2(v2) => Err(NotClassic(v2.version.clone())),
        }
    }

    /// Its title, whichever the form.
    pub fn title(&self) -> &str {
        super::title(self.content())
    }

    /// Its uid; `""` where it has none.
    pub fn uid(&self) -> &str {
        match self {
            Self::Classic(dashboard) => dashboard.get("uid").and_then(Value::as_str).unwrap_or_default(),
            Self::V2(v2) => &v2.uid,
        }
    }

    /// Gives it another uid.
    pub fn set_uid(&mut self, uid: &str) {
        match self {
            Self::Classic(dashboard) => dashboard["uid"] = uid.into(),
            Self::V2(v2) => uid.clone_into(&mut v2.uid),
        }
    }

    /// Its content, to be changed.
    pub fn content_mut(&mut self) -> &mut Value {
        match self {
            Self::Classic(dashboard) => dashboard,
            Self::V2(v2) => &mut v2.spec,
        }
    }

    /// Whether it has the v2 form.
    pub fn is_v2(&self) -> bool {
        matches!(self, Self::V2(_))
    }
}

use serde_json::Value;

/// A dashboard's JSON in the form in which it is stored, known from where it was read. What works on classic dashboards
/// can't be given one of the other form by mistake.
#[derive(Debug, Clone)]
pub enum Document {
    /// Panels in a list, as every Grafana knows it.
    Classic(Value),
    /// Elements and a layout, as Grafana 13 saves it.
    V2(V2),
}

/// A dashboard in the v2 form, which dashctl compares and never writes over.
#[derive(Debug, Clone)]
pub struct V2 {
    stored: String,
    title: String,
    spec: Option<Value>,
}

/// A classic dashboard was needed, and it is stored in another form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stored in the v2 form ({stored}), which dashctl compares and doesn't write over")]
pub struct NotClassic {
    stored: String,
}

impl Document {
    /// One that is stored as this version says, such as `v2`; `converted` is what the server makes of it for those who
    /// don't know the form, `spec` the content as it is stored, where the server gives it.
    pub fn v2(stored: &str, converted: &Value, spec: Option<Value>) -> Self {
        Self::V2(V2 {
            stored: stored.to_owned(),
            title: super::title(converted).to_owned(),
            spec,
        })
    }

    /// The classic dashboard.
    ///
    /// # Errors
    ///
    /// It isn't one.
    pub fn classic(&self) -> Result<&Value, NotClassic> {
        match self {
            Self::Classic(dashboard) => Ok(dashboard),
            Self::V2(v2) => Err(v2.refusal()),
        }
    }

    /// The classic dashboard.
    ///
    /// # Errors
    ///
    /// It isn't one.
    pub fn into_classic(self) -> Result<Value, NotClassic> {
        match self {
            Self::Classic(dashboard) => Ok(dashboard),
            Self::V2(v2) => Err(v2.refusal()),
        }
    }

    /// What a comparison takes: the content in its own form, where it is known.
    ///
    /// # Errors
    ///
    /// It is stored in a form whose content the server doesn't give.
    pub fn comparable(&self) -> Result<&Value, NotClassic> {
        match self {
            Self::Classic(dashboard) => Ok(dashboard),
            Self::V2(v2) => v2.spec().ok_or_else(|| v2.refusal()),
        }
    }

    /// As [`comparable`](Self::comparable).
    ///
    /// # Errors
    ///
    /// It is stored in a form whose content the server doesn't give.
    pub fn into_comparable(self) -> Result<Value, NotClassic> {
        match self {
            Self::Classic(dashboard) => Ok(dashboard),
            Self::V2(v2) => {
                let refusal = v2.refusal();
                v2.spec.ok_or(refusal)
            }
        }
    }

    /// Its title, whichever the form.
    pub fn title(&self) -> &str {
        match self {
            Self::Classic(dashboard) => super::title(dashboard),
            Self::V2(v2) => &v2.title,
        }
    }
}

impl V2 {
    /// Its content as it is stored; `None` where the server that told of the form doesn't give it.
    pub fn spec(&self) -> Option<&Value> {
        self.spec.as_ref()
    }

    /// Why it can't be taken for a classic dashboard.
    pub fn refusal(&self) -> NotClassic {
        NotClassic {
            stored: self.stored.clone(),
        }
    }
}

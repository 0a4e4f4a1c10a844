//! What a migration needs to know about the server.

use serde_json::{Value, json};

use crate::dashboard::DataSource;

/// Which servers' rules are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Generation {
    /// 12.x, as seen in 12.4.0.
    V12,
    /// 13.x, as seen in 13.1.
    #[default]
    V13,
}

/// The server that migrates or converts.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Whose rules.
    pub generation: Generation,
    /// Its data sources.
    pub data_sources: Vec<DataSource>,
}

impl Context {
    /// A server of that generation with those data sources.
    pub fn new(generation: Generation, data_sources: Vec<DataSource>) -> Self {
        Self {
            generation,
            data_sources,
        }
    }

    pub(in crate::dashboard) fn default_source(&self) -> Option<&DataSource> {
        self.data_sources.iter().rfind(|source| source.is_default)
    }

    /// A data source by its name, else by its uid.
    pub(in crate::dashboard) fn find_source(&self, name_or_uid: &str) -> Option<&DataSource> {
        let named = |source: &&DataSource| source.name == name_or_uid;
        self.data_sources
            .iter()
            .find(named)
            .or_else(|| self.source_by_uid(name_or_uid))
    }

    pub(in crate::dashboard) fn source_by_uid(&self, uid: &str) -> Option<&DataSource> {
        self.data_sources.iter().find(|source| source.uid == uid)
    }

    pub(in crate::dashboard) fn default_reference(&self) -> Value {
        self.default_source().map_or(Value::Null, reference)
    }

    /// A name, a uid or a reference as a reference; `Null` stands for the default data source, which may not exist
    /// (`schemaversion/datasource_utils.go`, `MigrateDatasourceNameToRef`).
    pub(in crate::dashboard) fn reference_of(&self, name: Option<&Value>) -> Value {
        match name {
            Some(Value::Object(fields)) => {
                let named = |key| {
                    fields
                        .get(key)
                        .and_then(Value::as_str)
                        .is_some_and(|text| !text.is_empty())
                };
                match named("uid") || named("type") {
                    true => Value::Object(fields.clone()),
                    false => Value::Null,
                }
            }
            None | Some(Value::Null) => self.default_reference(),
            Some(Value::String(name)) if name.is_empty() => json!({}),
            Some(Value::String(name)) => self.named_reference(name),
            Some(_) => Value::Null,
        }
    }

    /// The same where the default stays unsaid.
    pub(in crate::dashboard) fn reference_unless_default(&self, name: Option<&Value>) -> Value {
        match name {
            None | Some(Value::Null) => Value::Null,
            Some(Value::String(name)) if name == "default" => Value::Null,
            other => self.reference_of(other),
        }
    }

    /// A server of 12.x has no other reading of "default" than its default data source.
    fn named_reference(&self, name: &str) -> Value {
        if name == "default" {
            match (self.default_source(), self.generation) {
                (Some(source), _) => return reference(source),
                (None, Generation::V12) => return Value::Null,
                (None, Generation::V13) => {}
            }
        }
        match self.find_source(name) {
            Some(source) => reference(source),
            None => json!({ "uid": name }),
        }
    }
}

fn reference(source: &DataSource) -> Value {
    json!({ "uid": source.uid, "type": source.kind })
}

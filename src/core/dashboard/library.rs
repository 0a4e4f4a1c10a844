//! What is a library panel, apart from dashboards?
//!
//! A panel that several dashboards share: Grafana keeps it under a uid and a name, with the panel itself as its `model`. Here it
//! is looked at as a dashboard with that one panel ([`LibraryPanel::as_dashboard`]): what a save changes by itself, what an edit
//! is and how it is said is then the same as for every other panel.

use serde_json::{Map, Value, json};

use super::invalid::Invalid;

/// The key of a model that holds dashctl's mark.
///
/// A library element has no history and no message; of what it has, only the model is kept as it was sent (`syncFieldsWithModel`,
/// `pkg/services/libraryelements/database.go`), and people read its description. The pages of Grafana up to 10 keep a key that they
/// don't know; from 11 on they write the model anew at each save (`libraryVizPanelToSaveModel`,
/// `public/app/features/library-panels/state/api.ts`), so that a save there takes the mark off.
pub const MARK: &str = "dashctl";

/// The schema of what the newest pages save.
pub const NEWEST_SCHEMA: u64 = super::migrate::LATEST_SCHEMA as u64;

/// What a dashboard that uses the panel says about it, and the panel itself doesn't: its place and id there.
const OF_THE_DASHBOARD: [&str; 4] = ["gridPos", "id", "libraryPanel", "span"];

/// A library panel.
#[derive(Debug, Clone, PartialEq)]
pub struct LibraryPanel {
    /// Its uid.
    pub uid: String,
    /// Its name, by which people choose it.
    pub name: String,
    /// The panel, without its mark and without what a dashboard says about it.
    pub model: Value,
    /// The inputs that the model refers to, as a shared dashboard declares them.
    pub inputs: Vec<Value>,
    /// The mark in the model, where it bore one.
    pub mark: Option<String>,
    /// The schema of the dashboards that the model is as in, where that is known: a library element has none itself, and what a
    /// migration of Grafana's does can only be told from an edit with it.
    pub schema: Option<u64>,
}

impl LibraryPanel {
    /// The panel of a file, of an entry of `__elements`, or of Grafana's answer.
    ///
    /// # Errors
    ///
    /// What is missing.
    pub fn of(value: &Value) -> Result<Self, Invalid> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some(Value::Object(model)) = value.get("model") else {
            return Err(Invalid::NotALibraryPanel("it has no `model`"));
        };
        let mut model = model.clone();
        let mark = model.shift_remove(MARK);
        for key in OF_THE_DASHBOARD {
            model.shift_remove(key);
        }
        // What Grafana puts in where it is missing.
        if model.get("description").is_some_and(|text| text == "") {
            model.shift_remove("description");
        }
        let (uid, name) = (text("uid"), text("name"));
        if uid.is_empty() || name.is_empty() {
            return Err(Invalid::NotALibraryPanel("it has no `uid` or no `name`"));
        }
        Ok(Self {
            uid,
            name,
            model: Value::Object(model),
            inputs: value
                .get("__inputs")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default(),
            mark: mark.and_then(|mark| Some(mark.as_str()?.to_owned())),
            schema: value.get("schemaVersion").and_then(Value::as_u64),
        })
    }

    /// Whether a file's content is that of a library panel, and not of a dashboard, by what it has at its top.
    pub fn is_one(value: &Value) -> bool {
        value.get("model").is_some_and(Value::is_object) && value.get("panels").is_none()
    }

    /// The library panels that a shared dashboard brings along, each with the inputs that it refers to: a map by uid, or a list in
    /// older files. What is none of them is left out.
    pub fn brought_by(dashboard: &Value) -> Vec<Self> {
        let found: Vec<&Value> = match dashboard.get("__elements") {
            Some(Value::Object(by_uid)) => by_uid.values().collect(),
            Some(Value::Array(list)) => list.iter().collect(),
            _ => Vec::new(),
        };
        let inputs = dashboard.get("__inputs").and_then(Value::as_array);
        let with_inputs = |element: &Value| {
            let mut panel = Self::of(element).ok()?;
            let text = panel.model.to_string();
            let used = |input: &&Value| {
                let name = input.get("name").and_then(Value::as_str).unwrap_or_default();
                text.contains(&format!("${{{name}}}"))
            };
            panel.inputs = inputs.into_iter().flatten().filter(used).cloned().collect();
            panel.schema = dashboard.get("schemaVersion").and_then(Value::as_u64);
            Some(panel)
        };
        found.into_iter().filter_map(with_inputs).collect()
    }

    /// The dashboard that has this panel and nothing else.
    pub fn as_dashboard(&self) -> Value {
        let mut panel = Map::new();
        panel.insert("id".into(), json!(1));
        panel.extend(self.model.as_object().cloned().unwrap_or_default());
        let mut dashboard =
            json!({ "uid": self.uid, "title": self.name, "panels": [panel], "schemaVersion": self.schema() });
        if !self.inputs.is_empty() {
            dashboard["__inputs"] = Value::Array(self.inputs.clone());
        }
        dashboard
    }

    /// The panel that such a dashboard was made of, or has become.
    pub fn of_dashboard(dashboard: &Value) -> Option<Self> {
        let text = |key: &str| dashboard.get(key)?.as_str();
        let element = json!({
            "uid": text("uid")?, "name": text("title")?, "model": dashboard.pointer("/panels/0")?,
            "__inputs": dashboard.get("__inputs").cloned().unwrap_or_else(|| json!([])),
            "schemaVersion": dashboard.get("schemaVersion"),
        });
        Self::of(&element).ok()
    }

    /// The file that a repository keeps of it.
    pub fn as_file(&self) -> Value {
        let mut file = json!({ "kind": 1, "model": self.model, "name": self.name, "uid": self.uid });
        if !self.inputs.is_empty() {
            file["__inputs"] = Value::Array(self.inputs.clone());
        }
        if let Some(schema) = self.schema {
            file["schemaVersion"] = schema.into();
        }
        file
    }

    /// A file of it with the panel as it is now. What else the file says stays, such as the place that some dashboard gave it.
    pub fn within(&self, file: &Value) -> Value {
        let mut file = file.clone();
        let old = file
            .get("model")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        let mut model = self.model.clone();
        if let Some(fields) = model.as_object_mut() {
            let kept = OF_THE_DASHBOARD.iter().filter_map(|key| old.get_key_value(*key));
            fields.extend(kept.map(|(key, value)| (key.clone(), value.clone())));
            let empty = old.get("description").filter(|text| *text == "");
            if let (Some(empty), false) = (empty, fields.contains_key("description")) {
                fields.insert("description".to_owned(), empty.clone());
            }
        }
        if let Some(fields) = file.as_object_mut() {
            fields.insert("name".to_owned(), self.name.as_str().into());
            fields.insert("model".to_owned(), model);
            match self.inputs.is_empty() {
                true => drop(fields.shift_remove("__inputs")),
                false => drop(fields.insert("__inputs".to_owned(), Value::Array(self.inputs.clone()))),
            }
            let assumed = Self {
                schema: None,
                ..self.clone()
            }
            .schema();
            let says = fields.contains_key("schemaVersion");
            if let Some(schema) = self.schema.filter(|schema| says || *schema != assumed) {
                fields.insert("schemaVersion".to_owned(), schema.into());
            }
        }
        file
    }

    /// The schema, as far as it can be told: by the version of Grafana that saved the panel last.
    pub fn schema(&self) -> u64 {
        let saved_by = || self.model.get("pluginVersion")?.as_str();
        let schema = self.schema.or_else(|| page_schema(saved_by()?));
        // Library panels came with 8, and those that say nothing are made by newer ones mostly.
        schema.unwrap_or(36)
    }

    /// The model as it is sent, with a mark in it.
    pub fn marked(&self, mark: &str) -> Value {
        let mut model = self.model.clone();
        if let Some(fields) = model.as_object_mut() {
            fields.insert(MARK.into(), mark.into());
        }
        model
    }
}

/// The schema that the pages of a version of Grafana save; nothing for what is no version
/// (`DASHBOARD_SCHEMA_VERSION`, `public/app/features/dashboard/state/DashboardMigrator.ts`; 9.4 to 13.1 as they were recorded).
pub fn page_schema(version: &str) -> Option<u64> {
    let mut parts = version.split('.').map(|part| part.parse::<u64>().unwrap_or_default());
    Some(match (parts.next()?, parts.next().unwrap_or_default()) {
        (0, _) => return None,
        (1..=6, _) => 18,
        (7, _) => 27,
        (8, _) => 30,
        (9, 0..=3) => 36,
        (9, _) => 37,
        (10, 0..=1) => 38,
        (10 | 11, _) => 39,
        (12, 0..=3) => 41,
        _ => NEWEST_SCHEMA,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element() -> Value {
        json!({"uid": "lib", "name": "CPU", "kind": 1, "type": "stat", "model": {"type": "stat", "title": "CPU", "description": "",
            "datasource": {"uid": "${DS_P}"}, "id": 7, "gridPos": {"h": 1}, "libraryPanel": {"uid": "lib"}, "dashctl": "m"}})
    }

    #[test]
    fn a_panel_becomes_a_file_and_a_dashboard_and_comes_back() {
        let panel = LibraryPanel::of(&element()).unwrap();
        assert_eq!(panel.mark.as_deref(), Some("m"));
        let model = json!({"type": "stat", "title": "CPU", "datasource": {"uid": "${DS_P}"}});
        assert_eq!(panel.model, model);
        let bare = LibraryPanel {
            mark: None,
            schema: Some(37),
            ..panel.clone()
        };
        assert_eq!(LibraryPanel::of(&bare.as_file()).unwrap(), bare);
        assert_eq!(LibraryPanel::of_dashboard(&bare.as_dashboard()).unwrap(), bare);
        assert_eq!(
            LibraryPanel::of(&json!({"uid": "a", "name": "b", "model": panel.marked("x")}))
                .unwrap()
                .mark
                .as_deref(),
            Some("x")
        );
    }

    #[test]
    fn a_files_own_words_stay_when_the_panel_changes() {
        let mut file = element();
        file["model"].as_object_mut().unwrap().shift_remove(MARK);
        let panel = LibraryPanel::of(&file).unwrap();
        assert_eq!(panel.within(&file), file);
        let mut wanted = file.clone();
        wanted["model"]["title"] = json!("Load");
        let mut changed = panel.clone();
        changed.model["title"] = json!("Load");
        assert_eq!(changed.within(&file), wanted);
    }

    #[test]
    fn a_shared_dashboard_gives_each_panel_the_inputs_that_it_uses() {
        let inputs = json!([{"name": "DS_P", "type": "datasource"}, {"name": "VAR_X", "type": "constant"}]);
        for elements in [json!({"lib": element()}), json!([element()])] {
            let brought = LibraryPanel::brought_by(&json!({"__inputs": inputs, "__elements": elements}));
            assert_eq!(brought.len(), 1);
            assert_eq!(brought[0].inputs, [inputs[0].clone()]);
        }
    }

    #[test]
    fn what_is_no_library_panel_says_what_is_missing() {
        for (value, what) in [
            (json!({"uid": "a", "name": "b"}), "no `model`"),
            (json!({"model": {}}), "no `uid`"),
        ] {
            assert!(LibraryPanel::of(&value).unwrap_err().to_string().contains(what));
        }
    }
}

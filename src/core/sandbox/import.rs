//! `/api/dashboards/import`: a dashboard with open inputs, and the answers to them.

use serde_json::{Map, Value, json};

use super::{
    Role, Version,
    call::Call,
    dashboards::check_quota,
    reply::{Outcome, Reply},
    save::Draft,
    store::{Dashboard, Store},
};

/// The route about import.
pub fn route(call: &Call) -> Option<Outcome> {
    let (method, path) = call.route();
    match (method, path.as_slice()) {
        ("POST", ["api", "dashboards", "import"]) => Some(import(call)),
        _ => None,
    }
}

fn import(call: &Call) -> Outcome {
    let version = call.state.version();
    call.needs_guarded(Role::Editor, "dashboards:create", "Access denied to save dashboard")?;
    let mut sent = call.object(&[])?;
    let Some(Value::Object(dashboard)) = sent.remove("dashboard") else {
        return version.error(422, "Dashboard must be set").refuse();
    };
    // Later 9.x names the input that is missing; the recorded servers failed.
    let Some(answers) = answers(&dashboard, sent.get("inputs")) else {
        return version.unanswered(&dashboard, sent.get("inputs")).refuse();
    };
    let content = fill(dashboard, &answers);
    let revision = content.get("revision").and_then(Value::as_i64).unwrap_or(1);
    let mut draft = Draft::new(content, version);
    call.write(|store| {
        // Every import counts as a new dashboard here, also one that writes over an old one.
        check_quota(call, store, 0)?;
        draft.folder = version.folder(store, &sent)?;
        draft.overwrite = sent.get("overwrite").and_then(Value::as_bool).unwrap_or(false);
        draft.plugin = text(&sent, "pluginId").to_owned();
        draft.author = call.who.account;
        draft.imported = true;
        let saved = draft.save(store, &call.state.options);
        let row = saved.or_else(|refusal| version.not_saved(&refusal, "").refuse())?;
        Ok(Reply::json(200, &version.imported(store, &row, revision)))
    })
}

impl Version {
    /// An input without an answer: 11 and later name it.
    fn unanswered(self, dashboard: &Map<String, Value>, inputs: Option<&Value>) -> Reply {
        if self < Self::V11_1 {
            return self.error(500, "Failed to save dashboard");
        }
        let asked = dashboard
            .get("__inputs")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let given = |name: &str| {
            let mut given = inputs
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_object);
            given.any(|answer| text(answer, "name") == name)
        };
        let missing = asked
            .filter_map(Value::as_object)
            .map(|input| text(input, "name"))
            .find(|name| !given(name));
        let message = format!(
            "dashboard import failed: missing dashboard input variable {}",
            missing.unwrap_or_default()
        );
        match self.has_apis() {
            true => Reply::message(400, &message),
            false => self.error(400, &message),
        }
    }

    fn imported(self, store: &Store, row: &Dashboard, revision: i64) -> Value {
        let mut answer = Map::new();
        if self.is_9() {
            answer.insert("uid".to_owned(), json!(row.uid));
            let folder = store
                .dashboards
                .get(&row.folder)
                .map_or("", |folder| folder.uid.as_str());
            answer.insert("folderUid".to_owned(), json!(folder));
        }
        let common = [
            ("pluginId", json!(row.plugin)),
            ("title", json!(row.title)),
            ("imported", json!(true)),
            ("importedUri", json!(format!("db/{}", row.slug))),
            ("importedUrl", json!(row.url())),
            ("slug", json!(row.slug)),
            ("dashboardId", json!(row.id)),
            ("folderId", json!(row.folder)),
            ("importedRevision", json!(revision)),
            ("revision", json!(revision)),
            ("description", json!("")),
            ("path", json!("")),
            ("removed", json!(false)),
        ];
        answer.extend(common.map(|(key, value)| (key.to_owned(), value)));
        if self >= Self::V10_2 {
            answer.retain(|key, _| !["importedRevision", "revision"].contains(&key.as_str()));
        }
        Value::Object(answer)
    }
}

fn text<'a>(object: &'a Map<String, Value>, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The placeholder and the answer of each input; nothing when one is unanswered.
fn answers(dashboard: &Map<String, Value>, inputs: Option<&Value>) -> Option<Vec<(String, String)>> {
    let given: Vec<&Map<String, Value>> = inputs
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .collect();
    let asked = dashboard.get("__inputs").and_then(Value::as_array);
    let mut answers = Vec::new();
    for input in asked.into_iter().flatten().filter_map(Value::as_object) {
        let name = text(input, "name");
        let value = if text(input, "pluginId") == "__expr__" {
            "__expr__"
        } else {
            let fits = |answer: &&&Map<String, Value>| {
                text(answer, "type") == text(input, "type") && [name, "*"].contains(&text(answer, "name"))
            };
            text(given.iter().find(fits)?, "value")
        };
        answers.push((format!("${{{name}}}"), value.to_owned()));
    }
    Some(answers)
}

fn fill(dashboard: Map<String, Value>, answers: &[(String, String)]) -> Map<String, Value> {
    let kept = dashboard
        .into_iter()
        .filter(|(key, _)| !["__inputs", "__requires"].contains(&key.as_str()));
    kept.map(|(key, value)| (key, filled(value, answers))).collect()
}

fn filled(value: Value, answers: &[(String, String)]) -> Value {
    match value {
        Value::String(text) => {
            let text = answers.iter().fold(text, |text, (name, answer)| {
                if text.contains(name.as_str()) {
                    text.replace(name.as_str(), answer)
                } else {
                    text
                }
            });
            Value::String(text)
        }
        Value::Array(items) => items.into_iter().map(|item| filled(item, answers)).collect(),
        Value::Object(object) => object
            .into_iter()
            .map(|(key, value)| (key, filled(value, answers)))
            .collect(),
        other => other,
    }
}

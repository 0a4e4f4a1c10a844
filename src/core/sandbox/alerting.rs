//! Just enough of the alerting provisioning API of 9 for a folder to hold alert rules: the sandbox never evaluates one.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    Role, Version,
    call::Call,
    reply::{Outcome, Reply, time},
    store::{Change, Rule, Store},
    uids::short_uid,
};

/// The routes about alerting.
pub fn route(call: &Call) -> Option<Outcome> {
    let (method, path) = call.route();
    let ["api", "v1", "provisioning", rest @ ..] = path.as_slice() else {
        return None;
    };
    if !call.state.version().is_9() {
        return None;
    }
    Some(match (method, rest) {
        ("GET", ["alert-rules"]) => list(call),
        ("POST", ["alert-rules"]) => create(call),
        ("GET", ["alert-rules", uid]) => read(call, uid),
        ("DELETE", ["alert-rules", uid]) => delete(call, uid),
        ("GET", ["contact-points"]) if call.state.version().has_apis() => fixed(call, &json!([])),
        ("GET", ["policies"]) if call.state.version().has_apis() => fixed(
            call,
            &json!({ "receiver": "empty", "group_by": ["grafana_folder", "alertname"] }),
        ),
        ("GET", ["contact-points"]) => fixed(
            call,
            &json!([{
                "uid": "",
                "name": "email receiver",
                "type": "email",
                "settings": { "addresses": "<example@email.com>" },
                "disableResolveMessage": false,
            }]),
        ),
        ("GET", ["policies"]) => fixed(
            call,
            &json!({ "receiver": "grafana-default-email", "group_by": ["grafana_folder", "alertname"] }),
        ),
        _ => return None,
    })
}

fn fixed(call: &Call, answer: &Value) -> Outcome {
    call.needs(Role::Admin, "alert.provisioning:read")?;
    Ok(Reply::json(200, answer))
}

fn found<'s>(store: &'s Store, uid: &str) -> Result<&'s Rule, Box<Reply>> {
    match store.rules.values().find(|rule| rule.uid == uid) {
        Some(rule) => Ok(rule),
        None => Err(Box::new(Reply::empty(404))),
    }
}

fn list(call: &Call) -> Outcome {
    call.needs(Role::Admin, "alert.provisioning:read")?;
    call.read(|store| {
        Ok(Reply::json(
            200,
            &store.rules.values().map(|rule| json!(rule.rule)).collect(),
        ))
    })
}

fn read(call: &Call, uid: &str) -> Outcome {
    call.needs(Role::Admin, "alert.provisioning:read")?;
    call.read(|store| Ok(Reply::json(200, &json!(found(store, uid)?.rule))))
}

fn create(call: &Call) -> Outcome {
    call.needs(Role::Admin, "alert.provisioning:write")?;
    let mut sent = call.object(&[])?;
    let text = |key: &str| sent.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (uid, folder_uid) = (text("uid"), text("folderUID"));
    let uid = if uid.is_empty() { short_uid() } else { uid };
    call.write(|store| {
        if found(store, &uid).is_ok() {
            return call
                .state
                .version()
                .error(409, "rule group or rule with the same uid already exists")
                .refuse();
        }
        let id = store.last.rule + 1;
        for query in sent.get_mut("data").and_then(Value::as_array_mut).into_iter().flatten() {
            complete(query);
        }
        let own = [
            ("id", json!(id)),
            ("uid", json!(uid)),
            ("orgID", json!(1)),
            ("updated", json!(time(Timestamp::now()))),
            ("provenance", json!("api")),
        ];
        sent.extend(own.map(|(key, value)| (key.to_owned(), value)));
        call.state.version().add_to_rule(&mut sent);
        let answer = Reply::json(201, &json!(sent));
        store.change(Change::Rule(Rule {
            id,
            uid,
            folder_uid,
            rule: sent,
        }));
        Ok(answer)
    })
}

impl Version {
    /// What later versions say about a rule.
    fn add_to_rule(self, rule: &mut Map<String, Value>) {
        if self >= Self::V10_2 {
            rule.insert("isPaused".to_owned(), json!(false));
        }
        if self.has_apis() {
            rule.insert("keep_firing_for".to_owned(), json!("0s"));
        }
        if self >= Self::V11_1 {
            rule.insert("notification_settings".to_owned(), Value::Null);
            rule.insert("record".to_owned(), Value::Null);
        }
    }
}

/// Puts in what Grafana adds to a query.
fn complete(query: &mut Value) {
    let Some(query) = query.as_object_mut() else {
        return;
    };
    query.entry("queryType").or_insert_with(|| json!(""));
    if let Some(model) = query.get_mut("model").and_then(Value::as_object_mut) {
        add(model, "intervalMs", 1000);
        add(model, "maxDataPoints", 43_200);
    }
}

fn add(model: &mut Map<String, Value>, key: &str, number: i64) {
    model.entry(key).or_insert_with(|| json!(number));
}

fn delete(call: &Call, uid: &str) -> Outcome {
    call.needs(Role::Admin, "alert.provisioning:write")?;
    call.write(|store| {
        let id = found(store, uid)?.id;
        store.change(Change::RuleGone(id));
        Ok(Reply::empty(204))
    })
}

//! Who a `user:<uid>` is, which everybody may ask.

use serde_json::{Value, json};

use super::super::{call::Call, reply::Reply, store::Account};

pub fn display(call: &Call) -> Reply {
    call.read(|store| {
        let keys: Vec<&str> = call.parameters("key").collect();
        let found: Vec<Value> = keys
            .iter()
            .filter_map(|key| store.accounts.values().find(|account| named(account) == **key))
            .map(described)
            .collect();
        let invalid: Vec<&&str> = keys
            .iter()
            .filter(|key| store.accounts.values().all(|account| named(account) != ***key))
            .collect();
        let mut body = json!({
            "kind": "DisplayList",
            "apiVersion": "iam.grafana.app/v0alpha1",
            "metadata": {},
            "keys": keys,
            "display": found,
        });
        if !invalid.is_empty() {
            body["invalidKeys"] = json!(invalid);
        }
        Reply::json(200, &body)
    })
}

/// How objects name their authors.
pub fn named(account: &Account) -> String {
    let kind = if account.is_service() {
        "service-account"
    } else {
        "user"
    };
    format!("{kind}:{}", account.uid())
}

fn described(account: &Account) -> Value {
    let kind = if account.is_service() {
        "service-account"
    } else {
        "user"
    };
    let shown = if account.name.is_empty() {
        &account.login
    } else {
        &account.name
    };
    json!({
        "identity": { "type": kind, "name": account.uid() },
        "displayName": shown,
        "internalId": account.id,
    })
}

use serde_json::{Map, Value, json};

use super::cluster::MANAGER;
use super::{Cluster, Error};
use crate::stack::ObjectId;

/// Programs that write whole manifests without server-side apply: what they set stays theirs for ever, unless it is
/// handed over.
const CLIENT_SIDE: [&str; 4] = ["helm", "kubectl-client-side-apply", "kubectl-create", "python"];

/// Whether what this program has set is handed over.
pub(super) fn is_client_side(manager: &str) -> bool {
    CLIENT_SIDE.contains(&manager)
}

/// Hands the fields of client-side tools over to dashctl, so that what the manifest no longer names can go.
///
/// # Errors
///
/// What the API server says; somebody writing at the same time.
pub(super) async fn take_over(cluster: &Cluster, id: &ObjectId, live: &Value) -> Result<(), Error> {
    let Some(fields) = live.pointer("/metadata/managedFields").and_then(Value::as_array) else {
        return Ok(());
    };
    let Some(handed_over) = hand_over(fields) else {
        return Ok(());
    };
    let operations = json!([
        {"op": "replace", "path": "/metadata/managedFields", "value": handed_over},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": live.pointer("/metadata/resourceVersion")},
    ]);
    cluster.patch(id, &operations).await.map(drop)
}

/// The entries with those of client-side tools as one of dashctl's; `None` where there are none.
fn hand_over(entries: &[Value]) -> Option<Vec<Value>> {
    let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let is_theirs = |entry: &Value| {
        let (manager, operation) = (text(entry, "manager"), text(entry, "operation"));
        let kind = operation == "Update" || manager == "helm";
        kind && text(entry, "subresource").is_empty() && is_client_side(&manager)
    };
    let is_ours = |entry: &Value| text(entry, "manager") == MANAGER && text(entry, "operation") == "Apply";
    let (theirs, mut rest): (Vec<Value>, Vec<Value>) = entries.iter().cloned().partition(is_theirs);
    let first = theirs.first()?.clone();
    let mut fields = Value::Object(Map::new());
    let ours = rest.iter().filter(|entry| is_ours(entry));
    for entry in theirs.iter().chain(ours) {
        merge(&mut fields, entry.get("fieldsV1").unwrap_or(&Value::Null));
    }
    rest.retain(|entry| !is_ours(entry));
    rest.push(json!({
        "manager": MANAGER, "operation": "Apply", "apiVersion": first.get("apiVersion"), "time": first.get("time"),
        "fieldsType": "FieldsV1", "fieldsV1": fields,
    }));
    Some(rest)
}

/// The union of two sets of fields.
fn merge(into: &mut Value, from: &Value) {
    if let (Some(into), Some(from)) = (into.as_object_mut(), from.as_object()) {
        for (key, below) in from {
            merge(into.entry(key).or_insert_with(|| json!({})), below);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_helm_set_becomes_ours_and_the_rest_stays() {
        let entries = [
            json!({"manager": "helm", "operation": "Update", "apiVersion": "v1", "time": "t",
                "fieldsV1": {"f:data": {"f:a": {}, "f:b": {}}}}),
            json!({"manager": "kubectl-edit", "operation": "Update", "fieldsV1": {"f:data": {"f:c": {}}}}),
            json!({"manager": "dashctl", "operation": "Apply", "fieldsV1": {"f:data": {"f:d": {}}}}),
        ];
        let after = hand_over(&entries).unwrap();
        assert_eq!(after.len(), 2);
        assert_eq!(after[0]["manager"], "kubectl-edit");
        assert_eq!(after[1]["manager"], "dashctl");
        assert_eq!(
            after[1]["fieldsV1"],
            json!({"f:data": {"f:a": {}, "f:b": {}, "f:d": {}}})
        );
        assert_eq!(hand_over(&entries[1..]), None);
    }
}

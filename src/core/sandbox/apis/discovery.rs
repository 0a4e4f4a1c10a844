//! Which groups, versions and resources there are.

use serde_json::{Value, json};

use super::super::{
    Version,
    reply::{Outcome, Reply},
};
use super::{DASHBOARDS, FOLDERS, status};

fn versions(version: Version, group: &str) -> Value {
    let named = |api: &&str| json!({ "groupVersion": format!("{group}/{api}"), "version": api });
    let list: Vec<Value> = version.versions_of(group).iter().map(named).collect();
    json!({ "name": group, "preferredVersion": list.first(), "versions": list })
}

/// The groups that the sandbox has; a Grafana has a dozen more.
pub fn groups(version: Version) -> Reply {
    let group = |name: &&str| {
        let mut group = versions(version, name);
        group["serverAddressByClientCIDRs"] = json!([{ "clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1" }]);
        group
    };
    let groups: Vec<Value> = [DASHBOARDS, FOLDERS].iter().map(group).collect();
    Reply::json(200, &json!({ "kind": "APIGroupList", "groups": groups }))
}

pub fn group(version: Version, name: &str) -> Outcome {
    if version.versions_of(name).is_empty() {
        return status::no_resource().refuse();
    }
    let mut group = versions(version, name);
    group["kind"] = json!("APIGroup");
    group["apiVersion"] = json!("v1");
    Ok(Reply::json(200, &group))
}

pub fn resources(version: Version, group: &str, api: &str) -> Outcome {
    if !version.serves(group, api) {
        return status::no_resource().refuse();
    }
    let verbs = match version {
        Version::V12_4 => json!(["create", "delete", "deletecollection", "get", "list", "patch", "update"]),
        _ => json!(["create", "delete", "get", "list", "patch", "update"]),
    };
    let resource = |name: &str, singular: &str, kind: &str, verbs: &Value| json!({ "name": name, "singularName": singular, "namespaced": true, "kind": kind, "verbs": verbs });
    let get = json!(["get"]);
    let mut list = match group {
        FOLDERS => vec![resource("folders", "folder", "Folder", &verbs)],
        _ => vec![
            resource("dashboards", "dashboard", "Dashboard", &verbs),
            resource("dashboards/dto", "", "DashboardWithAccessInfo", &get),
        ],
    };
    if group == DASHBOARDS && api == "v0alpha1" {
        list.extend([
            resource("snapshots", "snapshot", "Snapshot", &json!(["delete", "get", "list"])),
            resource("snapshots/dashboard", "", "Dashboard", &get),
            resource("snapshots/deletekey", "", "DashboardSnapshotWithDeleteKey", &get),
        ]);
        if version == Version::V12_4 {
            list.pop();
        }
    }
    let body = json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": format!("{group}/{api}"),
        "resources": list,
    });
    Ok(Reply::json(200, &body))
}

//! `/apis`: dashboards and folders as objects in the manner of Kubernetes, as Grafana serves them from 12 on.
//!
//! Each noun has its file; what they share is here: which versions of the API there are, what an object looks like, and how
//! a refusal does. The facts are the recordings of 12.4.0 and 13.1.

mod dashboards;
mod discovery;
mod display;
mod folders;
mod list;
mod object;
mod patch;
mod search;
mod status;

use super::{Version, call::Call, reply::Outcome};

/// The group of dashboards.
const DASHBOARDS: &str = "dashboard.grafana.app";
/// The group of folders.
const FOLDERS: &str = "folder.grafana.app";
/// The only namespace: that of the one organisation.
const NAMESPACE: &str = "default";

/// The routes below `/apis`.
pub fn route(call: &Call) -> Option<Outcome> {
    if !call.state.version().has_apis() || call.path.first().map(String::as_str) != Some("apis") {
        return None;
    }
    Some(call.signed_in().and_then(|()| {
        let (method, path) = call.route();
        answer(call, method, &path[1..])
    }))
}

fn answer(call: &Call, method: &str, path: &[&str]) -> Outcome {
    let version = call.state.version();
    match (method, path) {
        ("GET", []) => Ok(discovery::groups(version)),
        ("GET", [group]) => discovery::group(version, group),
        ("GET", [group, api]) => discovery::resources(version, group, api),
        (_, [DASHBOARDS, api, "namespaces", NAMESPACE, rest @ ..]) if version.serves(DASHBOARDS, api) => match rest {
            ["dashboards", rest @ ..] => dashboards::answer(call, method, api, rest),
            ["search"] if method == "GET" && *api == "v0alpha1" => search::search(call),
            _ => status::no_resource().refuse(),
        },
        (_, [FOLDERS, api, "namespaces", NAMESPACE, "folders", rest @ ..]) if version.serves(FOLDERS, api) => {
            folders::answer(call, method, api, rest)
        }
        ("GET", ["iam.grafana.app", "v0alpha1", "namespaces", NAMESPACE, "display"]) => Ok(display::display(call)),
        _ => status::no_resource().refuse(),
    }
}

impl Version {
    /// The versions of a group, the preferred one first.
    fn versions_of(self, group: &str) -> &'static [&'static str] {
        match (group, self) {
            (DASHBOARDS, Self::V12_4) => &["v1beta1", "v0alpha1", "v2beta1", "v2alpha1"],
            (DASHBOARDS, _) => &["v2", "v2beta1", "v2alpha1", "v0alpha1", "v1", "v1beta1"],
            (FOLDERS, Self::V12_4) => &["v1beta1"],
            (FOLDERS, _) => &["v1", "v1beta1"],
            _ => &[],
        }
    }

    fn serves(self, group: &str, api: &str) -> bool {
        self.versions_of(group).contains(&api)
    }
}

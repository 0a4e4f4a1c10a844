//! Who may do what, and how each version says no.

use rand::RngExt as _;
use serde_json::{Value, json};

use super::{
    Role, Version,
    call::Call,
    reply::{JSON_UPPER, Outcome, Reply},
};

impl Call<'_> {
    /// Lets anybody on who is signed in.
    ///
    /// # Errors
    ///
    /// Nobody is signed in: the answer that says so.
    pub fn signed_in(&self) -> Result<(), Box<Reply>> {
        if self.who.signed_in {
            Ok(())
        } else {
            match self.state.version() >= Version::V10_2 {
                true => self
                    .state
                    .version()
                    .unauthorized("auth.unauthorized", "Unauthorized")
                    .refuse(),
                false => Reply::notice(401, "Unauthorized").refuse(),
            }
        }
    }

    /// Whether the caller's role is this one or more.
    pub fn may(&self, role: Role) -> bool {
        self.who.role >= Some(role)
    }

    /// Lets a role on that the middleware checks; `actions` are the permissions that 9 names in its refusal.
    ///
    /// # Errors
    ///
    /// The role is too low: the answer that says so.
    pub fn needs(&self, role: Role, actions: &str) -> Result<(), Box<Reply>> {
        self.signed_in()?;
        if self.may(role) {
            Ok(())
        } else {
            self.state.version().denied(actions, "Permission denied").refuse()
        }
    }

    /// Lets a role on that in 7.5 not the middleware checks but the handler, with this message.
    ///
    /// # Errors
    ///
    /// The role is too low: the answer that says so.
    pub fn needs_guarded(&self, role: Role, actions: &str, message: &str) -> Result<(), Box<Reply>> {
        self.signed_in()?;
        if self.may(role) {
            return Ok(());
        }
        match self.state.version() {
            Version::V7_5 => Reply::message(403, message).refuse(),
            version => version.denied(actions, message).refuse(),
        }
    }
}

impl Version {
    pub(super) fn denied(self, actions: &str, message: &str) -> Reply {
        match self {
            Self::V7_5 => Reply::notice(403, message),
            _ => {
                let number = rand::rng().random_range(1_000_000_000_u64..10_000_000_000);
                let message =
                    format!("You'll need additional permissions to perform this action. Permissions needed: {actions}");
                let body = json!({
                    "accessErrorId": format!("ACE{number}"),
                    "message": message,
                    "title": "Access denied",
                });
                Reply::text(403, JSON_UPPER, body.to_string())
            }
        }
    }

    /// The role that may read data sources: in 9 everybody.
    pub(super) fn reads_sources(self) -> Role {
        match self {
            Self::V7_5 => Role::Admin,
            _ => Role::Viewer,
        }
    }
}

/// What each role may do, as `/api/access-control/user/permissions` tells it from 9 on.
const PERMISSIONS: [(Role, &str, &str); 17] = [
    (Role::Viewer, "dashboards:read", "dashboards:*"),
    (Role::Viewer, "folders:read", "folders:*"),
    (Role::Viewer, "datasources:read", "datasources:*"),
    (Role::Viewer, "datasources:query", "datasources:*"),
    (Role::Viewer, "orgs:read", ""),
    (Role::Editor, "dashboards:create", "folders:*"),
    (Role::Editor, "dashboards:write", "dashboards:*"),
    (Role::Editor, "dashboards:delete", "dashboards:*"),
    (Role::Editor, "folders:create", ""),
    (Role::Editor, "folders:write", "folders:*"),
    (Role::Editor, "folders:delete", "folders:*"),
    (Role::Admin, "datasources:create", ""),
    (Role::Admin, "datasources:write", "datasources:*"),
    (Role::Admin, "datasources:delete", "datasources:*"),
    (Role::Admin, "serviceaccounts:read", "serviceaccounts:*"),
    (Role::Admin, "serviceaccounts:create", ""),
    (Role::Admin, "serviceaccounts:write", "serviceaccounts:*"),
];

/// The routes about permissions.
pub fn route(call: &Call) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["api", "access-control", "user", "permissions"]) if call.state.version().is_9() => own(call),
        ("GET", ["api", "dashboards", "uid", uid, "permissions"]) if call.state.version().is_9() => {
            let found = call.read(|store| store.by_uid(uid).is_some());
            listed(call, found, "Dashboard not found")
        }
        ("GET", ["api", "dashboards", "id", id, "permissions"]) => {
            let found = call.read(|store| id.parse().is_ok_and(|id| store.dashboards.contains_key(&id)));
            listed(call, found, "Dashboard not found")
        }
        ("GET", ["api", "folders", uid, "permissions"]) => {
            let found = call.read(|store| store.folder(uid).is_some());
            listed(call, found, "folder not found")
        }
        _ => return None,
    })
}

fn own(call: &Call) -> Outcome {
    call.signed_in()?;
    let held = PERMISSIONS.iter().filter(|(role, ..)| call.may(*role));
    let body: Value = held
        .map(|(_, action, scope)| ((*action).to_owned(), json!([scope])))
        .collect();
    Ok(Reply::json(200, &body))
}

/// Nothing has permissions of its own: the roles decide.
fn listed(call: &Call, found: bool, missing: &str) -> Outcome {
    call.needs(Role::Admin, "dashboards.permissions:read")?;
    if found {
        Ok(Reply::json(200, &json!([])))
    } else {
        call.state.version().error(404, missing).refuse()
    }
}

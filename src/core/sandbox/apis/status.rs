//! Refusals, which are objects of their own.

use serde_json::{Value, json};

use super::super::reply::Reply;

/// What a refusal is about.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    pub group: &'static str,
    pub plural: &'static str,
    pub kind: &'static str,
}

pub const DASHBOARD: Kind = Kind {
    group: super::DASHBOARDS,
    plural: "dashboards",
    kind: "Dashboard",
};
pub const FOLDER: Kind = Kind {
    group: super::FOLDERS,
    plural: "folders",
    kind: "Folder",
};

fn failure(code: u16, more: &Value) -> Reply {
    let mut status = json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code });
    if let (Some(status), Some(more)) = (status.as_object_mut(), more.as_object()) {
        status.extend(more.clone());
    }
    Reply::json(code, &status)
}

/// There is no such path.
pub fn no_resource() -> Reply {
    let message = "the server could not find the requested resource";
    failure(404, &json!({ "message": message, "reason": "NotFound", "details": {} }))
}

/// The caller's role doesn't allow it; nothing says why.
pub fn forbidden() -> Reply {
    failure(403, &json!({}))
}

/// A message alone.
pub fn internal(message: &str) -> Reply {
    failure(500, &json!({ "message": message }))
}

pub fn bad_request(message: &str) -> Reply {
    failure(400, &json!({ "message": message, "reason": "BadRequest" }))
}

/// A folder with something in it stays.
pub fn not_empty() -> Reply {
    let message = "Folder cannot be deleted: folder is not empty";
    failure(
        400,
        &json!({ "message": message, "reason": "BadRequest", "details": { "uid": "folder.not-empty" } }),
    )
}

impl Kind {
    fn named(self, code: u16, reason: &str, name: &str, message: &str) -> Reply {
        let details = json!({ "name": name, "group": self.group, "kind": self.plural });
        failure(
            code,
            &json!({ "message": message, "reason": reason, "details": details }),
        )
    }

    pub fn not_found(self, name: &str) -> Reply {
        let message = format!("{}.{} \"{name}\" not found", self.plural, self.group);
        self.named(404, "NotFound", name, &message)
    }

    pub fn exists(self, name: &str) -> Reply {
        let message = format!("{}.{} \"{name}\" already exists", self.plural, self.group);
        self.named(409, "AlreadyExists", name, &message)
    }

    pub fn conflict(self, name: &str) -> Reply {
        let message = format!(
            "Operation cannot be fulfilled on {}.{} \"{name}\": the object has been modified; please apply your changes to the \
             latest version and try again",
            self.plural, self.group
        );
        self.named(409, "Conflict", name, &message)
    }

    /// Fields that are wrong: reason, message and field of each.
    pub fn invalid(self, name: &str, causes: &[(&str, String, &str)]) -> Reply {
        let told: Vec<String> = causes
            .iter()
            .map(|(_, message, field)| format!("{field}: {message}"))
            .collect();
        let told = match told.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let causes: Vec<Value> = causes
            .iter()
            .map(|(reason, message, field)| json!({ "reason": reason, "message": message, "field": field }))
            .collect();
        let mut details = json!({ "group": self.group, "kind": self.kind, "causes": causes });
        if !name.is_empty() {
            details["name"] = json!(name);
        }
        let message = format!("{}.{} \"{name}\" is invalid: {told}", self.kind, self.group);
        failure(
            422,
            &json!({ "message": message, "reason": "Invalid", "details": details }),
        )
    }

    /// An object is gone.
    pub fn deleted(self, name: &str, uid: &str) -> Reply {
        let details = json!({ "name": name, "group": self.group, "kind": self.plural, "uid": uid });
        let status =
            json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details });
        Reply::json(200, &status)
    }
}

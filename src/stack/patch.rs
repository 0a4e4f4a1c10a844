use serde_json::Value;

use super::manifest::{self, ManifestError};
use super::object::{Object, ObjectId, UnknownKind};
use super::settings::{Patch, PatchTarget};

/// Why a patch can't be applied.
#[derive(Debug, thiserror::Error)]
pub enum PatchError {
    /// It matches nothing.
    #[error("there is no {kind} {name:?}{place}; there are: {there}")]
    NoMatch {
        /// The kind that it names.
        kind: String,
        /// The name that it names.
        name: String,
        /// The namespace, in words; empty where it names none.
        place: String,
        /// Those of its kind that there are, or the kinds.
        there: String,
    },
    /// It isn't a list of operations.
    #[error("json: not a list of operations (RFC 6902): {0}")]
    Form(serde_json::Error),
    /// An operation fails.
    #[error("{object}: {source}")]
    Operation {
        /// On which object.
        object: ObjectId,
        /// Which, and why.
        source: Box<json_patch::PatchError>,
    },
    /// It makes the object another one.
    #[error("{0}: a patch can't change kind, name or namespace; the settings say where things are")]
    Identity(ObjectId),
    /// What it makes is no object at all.
    #[error("{object}: {source}")]
    Kind {
        /// Of which object.
        object: ObjectId,
        /// What is missing.
        source: Box<UnknownKind>,
    },
    /// What it makes is nothing that a server takes.
    #[error("{object}: {source}")]
    Manifest {
        /// Of which object.
        object: ObjectId,
        /// What is wrong with it.
        source: Box<ManifestError>,
    },
}

/// Applies a patch to every object that it matches. Each is checked by itself, so that a mistake is known as this
/// patch's.
///
/// # Errors
///
/// It matches nothing, doesn't apply, or makes something that can't be.
pub(super) fn apply(patch: &Patch, objects: &mut [Object]) -> Result<(), PatchError> {
    let mut matched = false;
    for object in objects.iter_mut().filter(|object| matches(&patch.target, object.id())) {
        matched = true;
        *object = patched(patch, object)?;
    }
    if matched {
        Ok(())
    } else {
        Err(no_match(&patch.target, objects))
    }
}

fn matches(target: &PatchTarget, id: &ObjectId) -> bool {
    target.kind == id.kind.name()
        && target.name == id.name
        && (target.namespace.is_none() || target.namespace == id.namespace)
}

fn patched(patch: &Patch, object: &Object) -> Result<Object, PatchError> {
    let id = || object.id().clone();
    let mut manifest = object.manifest().clone();
    if let Some(merge) = &patch.merge {
        json_patch::merge(&mut manifest, merge);
    }
    let operations: json_patch::Patch =
        serde_json::from_value(Value::Array(patch.json.clone())).map_err(PatchError::Form)?;
    json_patch::patch(&mut manifest, &operations).map_err(|source| PatchError::Operation {
        object: id(),
        source: Box::new(source),
    })?;
    let manifest = manifest::canonical(object.id().kind, manifest).map_err(|source| PatchError::Manifest {
        object: id(),
        source: Box::new(source),
    })?;
    let made = Object::new(manifest).map_err(|source| PatchError::Kind {
        object: id(),
        source: Box::new(source),
    })?;
    if made.id() == object.id() {
        Ok(made)
    } else {
        Err(PatchError::Identity(id()))
    }
}

fn no_match(target: &PatchTarget, objects: &[Object]) -> PatchError {
    let of_kind: Vec<_> = objects
        .iter()
        .filter(|object| object.id().kind.name() == target.kind)
        .map(|object| object.id().to_string())
        .collect();
    let mut kinds: Vec<_> = objects
        .iter()
        .map(|object| object.id().kind.name().to_owned())
        .collect();
    kinds.dedup();
    PatchError::NoMatch {
        kind: target.kind.clone(),
        name: target.name.clone(),
        place: target
            .namespace
            .as_ref()
            .map(|name| format!(" in {name:?}"))
            .unwrap_or_default(),
        there: if of_kind.is_empty() { kinds } else { of_kind }.join(", "),
    }
}

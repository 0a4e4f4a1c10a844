use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A change to rendered objects: a merge patch (RFC 7386) or a JSON patch (RFC 6902).
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Patch {
    /// Which objects.
    pub target: PatchTarget,
    /// A part of the object that is laid over it; `null` removes a field, a list replaces the whole list.
    pub merge: Option<Value>,
    /// Operations, such as `{op: add, path: /spec/template/spec/containers/0/args/-, value: --log.level=debug}`.
    pub json: Vec<Value>,
}

/// Which objects a patch changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchTarget {
    /// The kind, such as `Deployment`.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The namespace; without it any.
    #[serde(default)]
    pub namespace: Option<String>,
}

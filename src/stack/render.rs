//! Which objects do the settings mean?

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::manifest;
use super::object::{Object, ObjectId, UnknownKind};
use super::patch::{self, PatchError};
use super::settings::{Settings, WrongSetting};
use super::template::Templates;
use super::values::values;
use crate::grafana::Secret;
use crate::template::TemplateError;

/// Why there are no manifests; every message names the setting, the patch or the object.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A setting that can't be.
    #[error("stack.{key}: {what}")]
    Setting {
        /// The key below `stack`.
        key: String,
        /// What is wrong with it.
        what: String,
    },
    /// A patch that can't be applied.
    #[error("stack.patches[{index}]: {source}")]
    Patch {
        /// Which, from 0.
        index: usize,
        /// Why.
        source: Box<PatchError>,
    },
    /// A template that doesn't make what it should: a fault of dashctl's.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// An object that isn't what a server takes: a fault of dashctl's, or a setting that it doesn't check.
    #[error("{object}: {source}")]
    Manifest {
        /// Which object.
        object: ObjectId,
        /// What is wrong with it.
        source: Box<manifest::ManifestError>,
    },
    /// A manifest of no known kind.
    #[error(transparent)]
    Kind(#[from] UnknownKind),
    /// Two objects of one name.
    #[error("{0} is there twice; give one of the components another namespace or name")]
    Twice(ObjectId),
}

impl RenderError {
    pub(super) fn template(name: &str, message: impl fmt::Display) -> Self {
        Self::Template(TemplateError::new(name, message))
    }
}

impl From<WrongSetting> for RenderError {
    fn from(error: WrongSetting) -> Self {
        Self::Setting {
            key: error.key,
            what: error.what,
        }
    }
}

/// The objects of the stack, in the order in which they are applied. The same settings make the same bytes. The admin's
/// Secret isn't among them: see [`admin_secret`].
///
/// # Errors
///
/// A setting that can't be, or a patch that doesn't fit.
pub fn render(settings: &Settings) -> Result<Vec<Object>, RenderError> {
    settings.check()?;
    let templates = Templates::new()?;
    let values = values(settings)?;
    let mut objects = Vec::new();
    for name in wanted(settings) {
        for document in templates.documents(name, &values)? {
            let object = Object::new(document)?;
            objects.push(canonical(object)?);
        }
    }
    objects.sort_by(|a, b| a.id().cmp(b.id()));
    for (index, patch) in settings.patches.iter().enumerate() {
        patch::apply(patch, &mut objects).map_err(|source| RenderError::Patch {
            index,
            source: Box::new(source),
        })?;
    }
    if let Some(pair) = objects.windows(2).find(|pair| pair[0].id() == pair[1].id()) {
        return Err(RenderError::Twice(pair[0].id().clone()));
    }
    Ok(objects)
}

/// The Secret that Grafana takes its first admin from. Its values are sent as `data`: whoever sends `stringData` owns
/// that field, and keys that go away would stay.
///
/// # Errors
///
/// The settings' Secret has no proper name.
pub fn admin_secret(settings: &Settings, password: &Secret) -> Result<Object, RenderError> {
    settings.check()?;
    let admin = &settings.grafana.admin;
    let object = Object::new(json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": admin.secret,
            "namespace": settings.namespaces.grafana,
            "labels": {
                "app.kubernetes.io/name": "grafana",
                "app.kubernetes.io/instance": "grafana",
                "app.kubernetes.io/component": "grafana",
                "app.kubernetes.io/part-of": "grafana",
                "app.kubernetes.io/managed-by": "dashctl",
            },
        },
        "type": "Opaque",
        "data": {
            "admin-user": STANDARD.encode(&admin.user),
            "admin-password": STANDARD.encode(password.expose()),
        },
    }))?;
    canonical(object)
}

/// The object as a server keeps it, after it was checked against its kind.
///
/// # Errors
///
/// A field that its kind doesn't have, or a value that can't be.
pub fn canonical(object: Object) -> Result<Object, RenderError> {
    let id = object.id().clone();
    let manifest = manifest::canonical(id.kind, object.into_manifest()).map_err(|source| RenderError::Manifest {
        object: id,
        source: Box::new(source),
    })?;
    Ok(Object::new(manifest)?)
}

/// The templates of the components that are wanted.
fn wanted(settings: &Settings) -> impl Iterator<Item = &'static str> {
    [
        (true, "cluster.yaml"),
        (settings.prometheus.enabled, "prometheus-rights.yaml"),
        (settings.prometheus.enabled, "prometheus.yaml"),
        (settings.alertmanager.enabled, "alertmanager.yaml"),
        (settings.kube_state_metrics.enabled, "kube-state-metrics.yaml"),
        (settings.node_exporter.enabled, "node-exporter.yaml"),
        (settings.pushgateway.enabled, "pushgateway.yaml"),
        (settings.grafana.enabled, "grafana.yaml"),
    ]
    .into_iter()
    .filter_map(|(wanted, name)| wanted.then_some(name))
}

#[cfg(test)]
mod tests;

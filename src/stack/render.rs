//! Which objects do the settings mean?

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::error::RenderError;
use super::manifest;
use super::object::Object;
use super::patch;
use super::settings::Settings;
use super::template::Templates;
use super::values::values;
use crate::grafana::Secret;

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

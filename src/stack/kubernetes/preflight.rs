use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

use super::readiness::text;
use super::{Cluster, Error};
use crate::stack::{Kind, Object, ObjectId};

const DEFAULT_CLASS: &str = "/metadata/annotations/storageclass.kubernetes.io~1is-default-class";

/// Something that would make an install fail, or leave it waiting for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// We may not do this.
    NoRight {
        /// What, such as `create`.
        verb: &'static str,
        /// With what.
        id: ObjectId,
    },
    /// Anything else: what it is, and what to do.
    Problem(String),
    /// Not a reason to stop.
    Warning(String),
}

/// Looks for what would go wrong, before anything is written.
///
/// # Errors
///
/// The server can't be reached, or may not even be asked.
pub async fn preflight(cluster: &Cluster, objects: &[Object]) -> Result<Vec<Finding>, Error> {
    let mut findings = rights(cluster, objects).await?;
    findings.extend(namespaces(cluster, objects).await?);
    findings.extend(storage(cluster, objects).await?);
    Ok(findings)
}

/// The rights that are missing; one question per kind and namespace.
///
/// # Errors
///
/// The server can't be reached, or may not even be asked.
pub async fn rights(cluster: &Cluster, objects: &[Object]) -> Result<Vec<Finding>, Error> {
    const VERBS: [&str; 3] = ["get", "create", "patch"];
    let mut asked: BTreeSet<(Kind, Option<String>)> = BTreeSet::new();
    let first_of_kind = objects
        .iter()
        .map(Object::id)
        .filter(|id| asked.insert((id.kind, id.namespace.clone())));
    let questions: Vec<(&'static str, ObjectId)> = first_of_kind
        .flat_map(|id| VERBS.map(|verb| (verb, id.clone())))
        .collect();
    let answers: Vec<Option<Finding>> = stream::iter(questions)
        .map(|(verb, id)| async move {
            let may = cluster.may(verb, &id).await?;
            Ok::<_, Error>((!may).then_some(Finding::NoRight { verb, id }))
        })
        .buffered(8)
        .try_collect()
        .await?;
    Ok(answers.into_iter().flatten().collect())
}

async fn namespaces(cluster: &Cluster, objects: &[Object]) -> Result<Vec<Finding>, Error> {
    let names: BTreeSet<&String> = objects
        .iter()
        .filter_map(|object| object.id().namespace.as_ref())
        .collect();
    let mut findings = Vec::new();
    for name in names {
        let found = cluster.get_path(&format!("/api/v1/namespaces/{name}")).await?;
        let made = objects
            .iter()
            .any(|object| object.id().kind == Kind::Namespace && object.id().name == *name);
        if found.is_none() && !made {
            findings.push(Finding::Problem(format!(
                "there is no namespace {name}, and stack.namespaces.create is off; make it, or let dashctl do so"
            )));
        }
        if found.is_some_and(|namespace| text(&namespace, "/status/phase") == "Terminating") {
            findings.push(Finding::Problem(format!(
                "the namespace {name} is being deleted; wait until it is gone (`kubectl get namespace {name}` shows what it \
                 still waits for), then install again"
            )));
        }
    }
    Ok(findings)
}

/// A claim whose class doesn't exist, or that has none where there is no default, stays pending for ever.
async fn storage(cluster: &Cluster, objects: &[Object]) -> Result<Vec<Finding>, Error> {
    let wanted: BTreeSet<Option<String>> = objects.iter().flat_map(classes).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let classes = cluster.list("/apis/storage.k8s.io/v1/storageclasses", "").await?;
    let ours = objects
        .iter()
        .filter(|object| object.id().kind == Kind::StorageClass)
        .map(Object::manifest);
    let all: Vec<&Value> = classes.iter().chain(ours).collect();
    let mut findings = Vec::new();
    for class in wanted {
        match class {
            Some(name) if name.is_empty() => {}
            Some(name) => match all.iter().find(|class| text(class, "/metadata/name") == name) {
                Some(class) => findings.extend(provisioner(cluster, class).await?),
                None => findings.push(Finding::Problem(format!(
                    "there is no storage class {name:?}, so volumes would be pending for ever; there are {}",
                    names(&classes)
                ))),
            },
            None => findings.extend(default_class(&classes)),
        }
    }
    Ok(findings)
}

/// The storage classes that an object's claims name; `None` stands for the cluster's default.
fn classes(object: &Object) -> Vec<Option<String>> {
    let manifest = object.manifest();
    let class = |spec: &Value| spec.get("storageClassName").and_then(Value::as_str).map(str::to_owned);
    match object.id().kind {
        Kind::PersistentVolumeClaim => manifest.get("spec").map(class).into_iter().collect(),
        Kind::StatefulSet => {
            let templates = manifest.pointer("/spec/volumeClaimTemplates").and_then(Value::as_array);
            templates
                .into_iter()
                .flatten()
                .filter_map(|template| template.get("spec"))
                .map(class)
                .collect()
        }
        _ => Vec::new(),
    }
}

fn default_class(classes: &[Value]) -> Option<Finding> {
    let defaults: Vec<&str> = classes
        .iter()
        .filter(|class| text(class, DEFAULT_CLASS) == "true")
        .map(|class| text(class, "/metadata/name"))
        .collect();
    match defaults[..] {
        [_] => None,
        [] => Some(Finding::Problem(format!(
            "the cluster has no default storage class, so volumes would be pending for ever; name one as \
             `stack.storage_class` ({}), or let dashctl create one",
            names(classes)
        ))),
        _ => Some(Finding::Warning(format!(
            "the cluster has several default storage classes ({}); the newest one is taken",
            defaults.join(", ")
        ))),
    }
}

fn names(classes: &[Value]) -> String {
    match classes {
        [] => "there are none".to_owned(),
        some => some
            .iter()
            .map(|class| text(class, "/metadata/name"))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

/// A class is a promise of its provisioner's, which has to be there.
async fn provisioner(cluster: &Cluster, class: &Value) -> Result<Option<Finding>, Error> {
    let provisioner = text(class, "/provisioner");
    // Only CSI drivers announce themselves; `kubernetes.io/…` and the local ones of small clusters don't.
    if !provisioner.contains("csi") {
        return Ok(None);
    }
    let driver = cluster
        .get_path(&format!("/apis/storage.k8s.io/v1/csidrivers/{provisioner}"))
        .await?;
    Ok(driver.is_none().then(|| {
        Finding::Problem(format!(
            "the storage class {:?} needs the CSI driver {provisioner}, which isn't installed, so volumes would be pending \
             for ever{}",
            text(class, "/metadata/name"),
            match provisioner {
                "ebs.csi.aws.com" => "; on EKS: the add-on aws-ebs-csi-driver with its IAM role",
                _ => "",
            }
        ))
    }))
}

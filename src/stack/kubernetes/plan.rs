use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::Value;

use super::changes::{FieldChange, FieldPath, changes, subset_changes};
use super::fields::{ManagedFields, Owner};
use super::{Apply, Cluster, Error, ErrorKind, Inventory, adoption};
use crate::stack::{Kind, Object, ObjectId};

/// How many objects are looked at at the same time.
const IN_FLIGHT: usize = 8;
const HELM_RELEASE: &str = "/metadata/annotations/meta.helm.sh~1release-name";
const MANAGED_BY: &str = "/metadata/labels/app.kubernetes.io~1managed-by";

/// What an install would do with one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// Made.
    Create,
    /// Nothing.
    Unchanged,
    /// Changed in place.
    Change,
    /// It would have to be deleted and made again, which dashctl never does by itself: the reason.
    Recreate(String),
    /// Left alone, since it is somebody else's: whose.
    Refuse(String),
    /// Used as it is: it was there before and has what is needed.
    Use,
    /// Deleted: installed once, and no longer part of the stack.
    Delete,
}

/// A field that somebody has added to an object of the stack; an install leaves it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Addition {
    /// Where.
    pub path: FieldPath,
    /// What.
    pub value: Option<Value>,
    /// Who.
    pub owner: Owner,
}

impl Addition {
    fn removed(self) -> FieldChange {
        FieldChange {
            path: self.path,
            before: self.value,
            after: None,
            owner: Some(self.owner),
        }
    }
}

/// One object of a plan.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The object.
    pub id: ObjectId,
    /// What becomes of it.
    pub fate: Fate,
    /// The fields that change.
    pub changes: Vec<FieldChange>,
    /// What others have added.
    pub additions: Vec<Addition>,
    /// Whether it was somebody else's so far: then what that one has set is taken over or goes, as was asked for.
    pub adopted: bool,
    /// The manifest as it is to be applied; `None` for what is deleted.
    pub object: Option<Object>,
    /// What is there now.
    pub live: Option<Value>,
}

/// What an install would do.
#[derive(Debug, Clone)]
pub struct StackPlan {
    /// The objects, in the order in which they are applied; those to delete last.
    pub objects: Vec<Planned>,
    /// What the API server warned of.
    pub warnings: Vec<String>,
    /// Whether only the manifests' own fields could be compared, because an apply may not even be tried.
    pub only_subset: bool,
    /// Whether objects of others are taken over.
    pub adopt: bool,
    /// What is planned, for messages.
    pub subject: String,
}

impl StackPlan {
    /// Asks the API server what an apply of these objects would do; nothing is written.
    ///
    /// # Errors
    ///
    /// Not allowed even to read, the server can't be reached, or a manifest that it takes for invalid.
    pub async fn make(
        cluster: &Cluster,
        objects: Vec<Object>,
        inventory: &Inventory,
        adopt: bool,
    ) -> Result<Self, Error> {
        let missing = missing_namespaces(cluster, &objects).await?;
        let wanted: BTreeSet<ObjectId> = objects.iter().map(|object| object.id().clone()).collect();
        let planned: Vec<(Planned, bool)> = stream::iter(objects)
            .map(|object| plan_one(cluster, object, &missing, adopt))
            .buffered(IN_FLIGHT)
            .try_collect()
            .await?;
        let only_subset = planned.iter().any(|(_, subset)| *subset);
        let mut objects: Vec<Planned> = planned.into_iter().map(|(planned, _)| planned).collect();
        for id in inventory.objects.iter().rev().filter(|id| !wanted.contains(id)) {
            objects.extend(obsolete(cluster, id).await?);
        }
        Ok(Self {
            objects,
            warnings: cluster.take_warnings(),
            only_subset,
            adopt,
            subject: inventory.subject().to_owned(),
        })
    }

    /// How many objects have this fate.
    pub fn count(&self, fate: impl Fn(&Fate) -> bool) -> usize {
        self.objects.iter().filter(|planned| fate(&planned.fate)).count()
    }

    /// Whether an install has anything to do.
    pub fn has_work(&self) -> bool {
        self.objects
            .iter()
            .any(|planned| matches!(planned.fate, Fate::Create | Fate::Change | Fate::Delete))
    }

    /// Whether anything is not as the settings say, or was added by others.
    pub fn differs(&self) -> bool {
        self.objects
            .iter()
            .any(|planned| !matches!(planned.fate, Fate::Unchanged | Fate::Use) || !planned.additions.is_empty())
    }

    /// The fields that others have changed, by object: an install takes them back only by force.
    pub fn conflicts(&self) -> impl Iterator<Item = (&ObjectId, &FieldChange, &Owner)> {
        self.objects
            .iter()
            .filter(|planned| planned.fate == Fate::Change && !planned.adopted)
            .flat_map(|planned| {
                let owned = planned
                    .changes
                    .iter()
                    .filter_map(|change| Some((change, change.owner.as_ref()?)));
                owned.map(|(change, owner)| (&planned.id, change, owner))
            })
    }
}

async fn missing_namespaces(cluster: &Cluster, objects: &[Object]) -> Result<BTreeSet<String>, Error> {
    let names: BTreeSet<&String> = objects
        .iter()
        .filter_map(|object| object.id().namespace.as_ref())
        .collect();
    let mut missing = BTreeSet::new();
    for name in names {
        if cluster.get_path(&format!("/api/v1/namespaces/{name}")).await?.is_none() {
            missing.insert(name.clone());
        }
    }
    Ok(missing)
}

impl Planned {
    /// An object that isn't there, or is used as it is.
    fn new(object: Object, fate: Fate) -> Self {
        Self {
            id: object.id().clone(),
            fate,
            changes: Vec::new(),
            additions: Vec::new(),
            adopted: false,
            object: Some(object),
            live: None,
        }
    }
}

/// Plans one object; says also whether only a subset could be compared.
async fn plan_one(
    cluster: &Cluster,
    object: Object,
    missing_namespaces: &BTreeSet<String>,
    adopt: bool,
) -> Result<(Planned, bool), Error> {
    let namespace = object.id().namespace.as_ref();
    if namespace.is_some_and(|namespace| missing_namespaces.contains(namespace)) {
        return Ok((Planned::new(object, Fate::Create), false));
    }
    let Some(live) = cluster.get(object.id()).await? else {
        let only_subset = try_create(cluster, &object).await?;
        return Ok((Planned::new(object, Fate::Create), only_subset));
    };
    if object.id().kind == Kind::Namespace && owner_of(&live).is_some() {
        // One that dashctl didn't make is used as it is. It is never taken over: an uninstall would delete it.
        let used = Planned {
            live: Some(live),
            ..Planned::new(object, Fate::Use)
        };
        return Ok((used, false));
    }
    let object = without_replicas_of_others(object, &live);
    match owner_of(&live).or_else(|| other_stack(&object, &live)) {
        Some(owner) if !adopt => Ok((somebody_elses(object, live, owner), false)),
        stranger => ours(cluster, object, live, stranger.is_some()).await,
    }
}

/// An object that is somebody else's, and stays so.
fn somebody_elses(object: Object, live: Value, owner: String) -> Planned {
    let mut changes = subset_changes(&live, object.manifest());
    changes.retain(|change| !is_label(change));
    name_owners(&mut changes, &ManagedFields::of(&live));
    let fate = match changes.is_empty() && object.id().kind == Kind::StorageClass {
        true => Fate::Use,
        false => Fate::Refuse(owner),
    };
    Planned {
        changes,
        live: Some(live),
        ..Planned::new(object, fate)
    }
}

/// An object that is ours, or is taken over.
async fn ours(cluster: &Cluster, object: Object, live: Value, adopted: bool) -> Result<(Planned, bool), Error> {
    let (fate, mut changes, only_subset) = compare(cluster, &object, &live).await?;
    let owners = ManagedFields::of(&live);
    name_owners(&mut changes, &owners);
    let mut additions = additions(&owners, &object, &live);
    if adopted {
        let going = additions.extract_if(.., |one| adoption::is_client_side(&one.owner.manager));
        changes.extend(going.map(Addition::removed));
    }
    let planned = Planned {
        changes,
        additions,
        adopted,
        live: Some(live),
        ..Planned::new(object, fate)
    };
    Ok((planned, only_subset))
}

fn name_owners(changes: &mut [FieldChange], owners: &ManagedFields<'_>) {
    for change in changes {
        change.owner = owners.owner(&change.path);
    }
}

/// A dry run finds what is wrong with a new object before anything is written; says whether even that isn't allowed.
async fn try_create(cluster: &Cluster, object: &Object) -> Result<bool, Error> {
    match cluster.apply(object, DRY).await {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == ErrorKind::NotAllowed && !is_escalation(&error) => Ok(true),
        Err(error) => Err(error),
    }
}

const DRY: Apply = Apply {
    dry_run: true,
    force: true,
};

async fn compare(cluster: &Cluster, object: &Object, live: &Value) -> Result<(Fate, Vec<FieldChange>, bool), Error> {
    let subset = || subset_changes(live, object.manifest());
    let found = |changes: Vec<FieldChange>, only_subset| match changes.is_empty() {
        true => (Fate::Unchanged, changes, only_subset),
        false => (Fate::Change, changes, only_subset),
    };
    match cluster.apply(object, DRY).await {
        Ok(then) => Ok(found(changes(live, &then), false)),
        Err(error) if error.needs_recreation() => Ok((Fate::Recreate(error.message().to_owned()), subset(), false)),
        Err(error) if error.is_about_rolling_update() => Ok((Fate::Change, subset(), false)),
        Err(error) if error.kind() == ErrorKind::NotAllowed && !is_escalation(&error) => Ok(found(subset(), true)),
        Err(error) => Err(error),
    }
}

/// A role with rights that we don't have ourselves can't be made, whatever we may do otherwise.
fn is_escalation(error: &Error) -> bool {
    error.message().contains("attempting to grant RBAC permissions")
}

/// Whose an object is that doesn't carry our label.
fn owner_of(live: &Value) -> Option<String> {
    let text = |pointer| live.pointer(pointer).and_then(Value::as_str);
    match (text(HELM_RELEASE), text(MANAGED_BY)) {
        (Some(release), _) => Some(format!("it belongs to the Helm release {release:?}")),
        (None, Some("dashctl")) => None,
        (None, Some(other)) => Some(format!("it is managed by {other}")),
        (None, None) => Some("it was there already, and dashctl didn't make it".into()),
    }
}

/// Objects without a namespace have the same names in every stack: a second one would take the first one's rights away.
fn other_stack(object: &Object, live: &Value) -> Option<String> {
    if object.id().kind != Kind::ClusterRoleBinding {
        return None;
    }
    let namespace = |manifest: &Value| {
        let found = manifest.pointer("/subjects/0/namespace").and_then(Value::as_str);
        found.map(str::to_owned)
    };
    let theirs = namespace(live)?;
    (namespace(object.manifest()).as_ref() != Some(&theirs)).then(|| {
        format!(
            "it serves the stack in the namespace {theirs}, and a cluster has room for one; uninstall that one first"
        )
    })
}

fn is_label(change: &FieldChange) -> bool {
    change
        .path
        .to_string()
        .starts_with("metadata.labels[app.kubernetes.io/")
}

/// An autoscaler decides how many there are.
fn without_replicas_of_others(object: Object, live: &Value) -> Object {
    if object.manifest().pointer("/spec/replicas").is_none() || !ManagedFields::of(live).is_autoscaled() {
        return object;
    }
    let mut manifest = object.manifest().clone();
    if let Some(spec) = manifest.get_mut("spec").and_then(Value::as_object_mut) {
        spec.shift_remove("replicas");
    }
    Object::new(manifest).unwrap_or(object)
}

fn additions(owners: &ManagedFields<'_>, object: &Object, live: &Value) -> Vec<Addition> {
    let found = owners.additions(live).into_iter();
    let unknown = found.filter(|(path, _)| path.find(object.manifest()).is_none());
    unknown
        .map(|(path, owner)| Addition {
            value: path.find(live).cloned(),
            path,
            owner,
        })
        .collect()
}

/// What was installed once and isn't wanted any more. Volumes, namespaces and storage classes hold data or serve others:
/// only an uninstall that says so deletes them.
async fn obsolete(cluster: &Cluster, id: &ObjectId) -> Result<Option<Planned>, Error> {
    const KEPT: [Kind; 4] = [
        Kind::Namespace,
        Kind::StorageClass,
        Kind::PersistentVolumeClaim,
        Kind::Secret,
    ];
    if KEPT.contains(&id.kind) {
        return Ok(None);
    }
    let live = cluster.get(id).await?;
    let ours = |live: &Value| live.pointer(MANAGED_BY).and_then(Value::as_str) == Some("dashctl");
    Ok(live.filter(ours).map(|live| Planned {
        id: id.clone(),
        fate: Fate::Delete,
        changes: Vec::new(),
        additions: Vec::new(),
        adopted: false,
        object: None,
        live: Some(live),
    }))
}

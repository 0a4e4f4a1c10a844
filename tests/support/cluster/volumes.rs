use serde_json::{Value, json};

use super::fate::Volume;
use super::world::{World, list, uid};

/// Set by the scheduler when a pod that waits for the claim has its node.
const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
/// Set by the controllers when they leave a claim to a provisioner.
const PROVISIONER: &str = "volume.kubernetes.io/storage-provisioner";

impl World {
    /// What the provisioner of a volume driver does: makes volumes for claims, and takes away those that were released.
    pub async fn volumes_turn(&mut self) -> Result<(), kube::Error> {
        let classes = list(&self.api, "storageclasses", "storage.k8s.io/v1", "StorageClass").await?;
        for claim in list(&self.api, "persistentvolumeclaims", "v1", "PersistentVolumeClaim").await? {
            let class = classes
                .iter()
                .find(|class| class["metadata"]["name"] == claim["spec"]["storageClassName"]);
            if let Some(class) = class.filter(|class| wants_volume(&claim, class)) {
                self.provision(&claim, class).await?;
            }
        }
        for volume in list(&self.api, "persistentvolumes", "v1", "PersistentVolume").await? {
            let is_released = volume["status"]["phase"] == "Released";
            if is_released && volume["spec"]["persistentVolumeReclaimPolicy"] == "Delete" {
                let name = volume["metadata"]["name"].as_str().unwrap_or_default();
                self.api.delete(&format!("/api/v1/persistentvolumes/{name}")).await?;
            }
        }
        Ok(())
    }

    async fn provision(&mut self, claim: &Value, class: &Value) -> Result<(), kube::Error> {
        let rule = self.script.lock().unwrap().volumes.of(claim);
        match rule {
            Volume::Never => Ok(()),
            Volume::Fails(words) => {
                let driver = class["provisioner"].as_str().unwrap_or_default();
                let message = format!(
                    "failed to provision volume with StorageClass {}: {words}",
                    class["metadata"]["name"]
                );
                self.warn(claim, driver, "ProvisioningFailed", &message).await;
                Ok(())
            }
            Volume::Provisioned => {
                let volume = volume(claim, class);
                match self.api.create("/api/v1/persistentvolumes", &volume).await {
                    // The one of the last turn, which the controllers haven't bound yet.
                    Err(error) if super::api::code(&error) == Some(409) => Ok(()),
                    other => other.map(drop),
                }
            }
        }
    }
}

fn wants_volume(claim: &Value, class: &Value) -> bool {
    let annotations = &claim["metadata"]["annotations"];
    let is_waiting = claim["status"]["phase"] == "Pending" && claim["metadata"]["deletionTimestamp"].is_null();
    let is_ours = annotations[PROVISIONER] == class["provisioner"];
    let has_consumer = class["volumeBindingMode"] != "WaitForFirstConsumer" || annotations[SELECTED_NODE].is_string();
    is_waiting && is_ours && has_consumer
}

fn volume(claim: &Value, class: &Value) -> Value {
    let name = format!("pvc-{}", uid(claim));
    let policy = class["reclaimPolicy"].as_str().unwrap_or("Delete");
    json!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": {"pv.kubernetes.io/provisioned-by": class["provisioner"]}},
        "spec": {
            "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
            "accessModes": claim["spec"]["accessModes"],
            "volumeMode": "Filesystem",
            "persistentVolumeReclaimPolicy": policy,
            "storageClassName": class["metadata"]["name"],
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": claim["metadata"]["name"],
                "namespace": claim["metadata"]["namespace"], "uid": claim["metadata"]["uid"]},
            "csi": {"driver": class["provisioner"], "volumeHandle": name},
        },
    })
}

use serde_json::{Value, json};

use super::fate::Balancer;
use super::world::{World, list, path, uid};

/// Holds a Service until the cloud has taken its load balancer away.
const FINALIZER: &str = "service.k8s.aws/resources";

impl World {
    /// What a load balancer controller does.
    pub async fn balancers_turn(&mut self) -> Result<(), kube::Error> {
        for service in list(&self.api, "services", "v1", "Service").await? {
            let is_balanced = service["spec"]["type"] == "LoadBalancer";
            if service["metadata"]["deletionTimestamp"].is_string() {
                self.release(&service).await?;
            } else if is_balanced && service["status"]["loadBalancer"]["ingress"].is_null() {
                self.balance(&service).await?;
            }
        }
        Ok(())
    }

    async fn balance(&mut self, service: &Value) -> Result<(), kube::Error> {
        let rule = self.script.lock().unwrap().balancers.of(service);
        let (ingress, delay) = match rule {
            Balancer::Hostname(delay) => (json!({"hostname": hostname(service)}), delay),
            // An address that documentation may use.
            Balancer::Ip(delay) => (json!({"ip": "203.0.113.7", "ipMode": "VIP"}), delay),
            Balancer::Never => return Ok(()),
            Balancer::Fails(words) => {
                self.warn(service, "service", "FailedBuildModel", &words).await;
                return Ok(());
            }
        };
        let path = path("services", service);
        let held = finalizers(service).any(|finalizer| finalizer == FINALIZER);
        if !held {
            let all: Vec<_> = finalizers(service).chain([FINALIZER]).collect();
            self.api.merge(&path, &json!({"metadata": {"finalizers": all}})).await?;
        }
        if self.known_for(service) < delay {
            return Ok(());
        }
        let status = json!({"status": {"loadBalancer": {"ingress": [ingress]}}});
        self.api.merge(&format!("{path}/status"), &status).await.map(drop)
    }

    async fn release(&mut self, service: &Value) -> Result<(), kube::Error> {
        let others: Vec<_> = finalizers(service).filter(|name| *name != FINALIZER).collect();
        if others.len() == finalizers(service).count() {
            return Ok(());
        }
        let patch = json!({"metadata": {"finalizers": others}});
        self.api.merge(&path("services", service), &patch).await.map(drop)
    }
}

fn finalizers(service: &Value) -> impl Iterator<Item = &str> {
    let list = service["metadata"]["finalizers"].as_array();
    list.into_iter().flatten().filter_map(Value::as_str)
}

/// In the form of a network load balancer of AWS.
fn hostname(service: &Value) -> String {
    let text = |key: &str| service["metadata"][key].as_str().unwrap_or_default().to_owned();
    let short = |text: String| text.chars().take(8).collect::<String>();
    let unique: String = uid(service).chars().filter(char::is_ascii_hexdigit).take(10).collect();
    format!(
        "k8s-{}-{}-{unique}.elb.eu-west-1.amazonaws.com",
        short(text("namespace")),
        short(text("name"))
    )
}

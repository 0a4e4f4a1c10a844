use std::net::SocketAddr;

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::readiness::{list, text};
use super::survey::pods;
use super::{Cluster, Error, ErrorKind};
use crate::stack::ObjectId;

/// A port of this machine that leads to a Service's pod; it ends when this is dropped.
#[derive(Debug)]
pub struct Forward {
    /// The local address.
    pub local: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Forward {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Listens on `local` (port 0 for a free one) and carries each connection to a ready pod of the Service, through the API
/// server, as `kubectl port-forward` does. A pod that goes is replaced by the next one.
///
/// # Errors
///
/// No such Service, no ready pod, or a port that is taken.
pub async fn forward(cluster: &Cluster, service: &ObjectId, local: SocketAddr) -> Result<Forward, Error> {
    let doing = format!("forwarding a port to {service}");
    // Who asks shall learn at once that there is no pod, and not at the first connection.
    find_pod(cluster, service).await?;
    let listener = TcpListener::bind(local).await;
    let listener = listener.map_err(|error| Error::new(ErrorKind::Settings, &doing, format!("{local}: {error}")))?;
    let local = listener
        .local_addr()
        .map_err(|error| Error::new(ErrorKind::Settings, &doing, error))?;
    let carrier = Carrier {
        cluster: cluster.share(),
        service: service.clone(),
    };
    let task = tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let carrier = carrier.clone();
            tokio::spawn(async move {
                if let Err(error) = carrier.carry(connection).await {
                    log::warn!("{error}");
                }
            });
        }
    });
    Ok(Forward { local, task })
}

#[derive(Debug, Clone)]
struct Carrier {
    cluster: std::sync::Arc<Cluster>,
    service: ObjectId,
}

impl Carrier {
    async fn carry(&self, mut connection: TcpStream) -> Result<(), Error> {
        let (pod, port) = find_pod(&self.cluster, &self.service).await?;
        let lost = |error: &dyn std::fmt::Display| {
            let doing = format!("forwarding a port to pod {pod}");
            Error::new(ErrorKind::Unreachable, doing, error)
        };
        let namespace = self.service.namespace.as_deref().unwrap_or_default();
        let pods: Api<Pod> = Api::namespaced(self.cluster.client().clone(), namespace);
        let mut forwarder = pods.portforward(&pod, &[port]).await.map_err(|error| lost(&error))?;
        let mut stream = forwarder
            .take_stream(port)
            .ok_or_else(|| lost(&"the port is not forwarded"))?;
        // Either side may end it.
        let _ = tokio::io::copy_bidirectional(&mut connection, &mut stream).await;
        Ok(())
    }
}

/// A ready pod of a Service, and the port of it that the Service's first port leads to.
async fn find_pod(cluster: &Cluster, service: &ObjectId) -> Result<(String, u16), Error> {
    let doing = format!("forwarding a port to {service}");
    let missing = |what: &str| Error::new(ErrorKind::NotFound, &doing, what);
    let found = cluster.get(service).await?.ok_or_else(|| missing("it isn't there"))?;
    let namespace = service.namespace.as_deref().unwrap_or_default();
    let pods = pods(cluster, namespace, &found).await?;
    let pod = pods
        .iter()
        .find(|pod| is_ready(pod))
        .ok_or_else(|| missing("none of its pods is ready"))?;
    let port = found.pointer("/spec/ports/0").unwrap_or(&Value::Null);
    let target = port
        .get("targetPort")
        .or_else(|| port.get("port"))
        .unwrap_or(&Value::Null);
    let number = match target {
        Value::String(name) => named_port(pod, name),
        other => other.as_u64(),
    };
    let number = number.and_then(|number| u16::try_from(number).ok());
    Ok((
        text(pod, "/metadata/name").to_owned(),
        number.ok_or_else(|| missing("its port leads nowhere"))?,
    ))
}

fn is_ready(pod: &Value) -> bool {
    let ready = |condition: &Value| text(condition, "/type") == "Ready" && text(condition, "/status") == "True";
    pod.pointer("/metadata/deletionTimestamp").is_none() && list(pod, "/status/conditions").iter().any(ready)
}

fn named_port(pod: &Value, name: &str) -> Option<u64> {
    list(pod, "/spec/containers")
        .iter()
        .flat_map(|container| list(container, "/ports"))
        .find(|port| text(port, "/name") == name)?
        .get("containerPort")?
        .as_u64()
}

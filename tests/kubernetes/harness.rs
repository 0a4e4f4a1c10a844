//! The stage on which everything else is tested is itself true: what the control plane decides is decided by the real
//! one, and what is played has the effects that it has in a real cluster.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::cluster::{Balancer, Cluster, Ended, Fate, Room, Volume, code, trial, trial_on_any};
use super::manifests::{config_map, cron_job, deployment, load_balancer, stateful_set, storage_class};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("the_control_plane_is_the_wanted_version", version),
        trial_on_any("an_apply_meets_what_others_own", conflict),
        trial_on_any("a_dry_run_writes_nothing", dry_run),
        trial_on_any("a_restricted_namespace_refuses_a_privileged_pod", restricted),
        trial("a_guest_may_do_what_is_granted", rights),
        trial("a_deployment_is_available_when_its_pods_are_ready", available),
        trial("troubled_pods_say_why", troubles),
        trial("an_evicted_pod_is_replaced", evicted),
        trial("a_node_without_room_leaves_pods_unscheduled", no_room),
        trial("a_claim_binds_when_a_pod_wants_it", claims),
        trial("a_load_balancer_comes_late_or_never", balancers),
        trial("a_cron_job_runs_a_process", cron),
        trial("a_port_of_a_pod_is_forwarded", forward),
        trial("nothing_is_left_running", nothing_left),
    ]
}

fn version() -> Result<(), Failed> {
    let version = Cluster::shared().get("/version").unwrap();
    assert_eq!(version["gitVersion"], "v1.37.2");
    Ok(())
}

fn conflict() -> Result<(), Failed> {
    let cluster = Cluster::given_or_shared();
    cluster.namespace("dashctl-test-conflict", json!({}));
    cluster.apply(&config_map("dashctl-test-conflict", "shared", "ours"), "dashctl", "")?;
    let refused = cluster.apply(&config_map("dashctl-test-conflict", "shared", "theirs"), "somebody", "");
    let refused = refused.unwrap_err();
    assert_eq!(code(&refused), Some(409));
    assert!(refused.to_string().contains("dashctl"), "{refused}");
    let forced = cluster.apply(
        &config_map("dashctl-test-conflict", "shared", "theirs"),
        "somebody",
        "&force=true",
    )?;
    let managers = forced["metadata"]["managedFields"].as_array().unwrap();
    let owner = |manager: &str| {
        let entry = managers.iter().find(|entry| entry["manager"] == manager);
        entry.is_some_and(|entry| entry["fieldsV1"]["f:data"]["f:text"].is_object())
    };
    assert!(owner("somebody") && !owner("dashctl"), "{managers:?}");
    cluster.delete("/api/v1/namespaces/dashctl-test-conflict");
    Ok(())
}

fn dry_run() -> Result<(), Failed> {
    let cluster = Cluster::given_or_shared();
    cluster.namespace("dashctl-test-dry", json!({}));
    let would_be = cluster.apply(&deployment("dashctl-test-dry", "web"), "dashctl", "&dryRun=All")?;
    assert_eq!(
        would_be["spec"]["strategy"]["type"], "RollingUpdate",
        "defaults are seen"
    );
    assert!(
        cluster
            .get("/apis/apps/v1/namespaces/dashctl-test-dry/deployments/web")
            .is_none()
    );
    cluster.delete("/api/v1/namespaces/dashctl-test-dry");
    Ok(())
}

fn restricted() -> Result<(), Failed> {
    let cluster = Cluster::given_or_shared();
    cluster.namespace(
        "dashctl-test-restricted",
        json!({"pod-security.kubernetes.io/enforce": "restricted"}),
    );
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [
        {"name": "c", "image": "registry.invalid/c:1", "securityContext": {"privileged": true}}]}});
    let refused = cluster
        .try_create("/api/v1/namespaces/dashctl-test-restricted/pods", &pod)
        .unwrap_err();
    assert_eq!(code(&refused), Some(403));
    assert!(
        refused
            .to_string()
            .contains("violates PodSecurity \"restricted:latest\""),
        "{refused}"
    );
    cluster.delete("/api/v1/namespaces/dashctl-test-restricted");
    Ok(())
}

fn rights() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    let may_list = |resource: &str| {
        let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {
            "user": "guest", "resourceAttributes": {"verb": "list", "resource": resource}}});
        let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        cluster.create(path, &review)["status"]["allowed"] == true
    };
    assert!(!may_list("secrets") && !may_list("configmaps"));
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "guest"},
        "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]}]});
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": "guest"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "guest"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "guest"}]});
    cluster.apply(&role, "test", "")?;
    cluster.apply(&binding, "test", "")?;
    cluster.wait("the grant holds", || may_list("configmaps").then_some(()));
    assert!(!may_list("secrets"));
    assert!(cluster.get_as_guest("/api/v1/configmaps").is_ok());
    assert_eq!(code(&cluster.get_as_guest("/api/v1/secrets").unwrap_err()), Some(403));
    Ok(())
}

fn available() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    cluster.namespace("available", json!({}));
    cluster.pods("available/late", Fate::ReadyAfter(Duration::from_secs(2)));
    cluster.pods("available/crash", Fate::CrashLoop(3));
    for name in ["late", "crash"] {
        cluster.apply(&deployment("available", name), "test", "")?;
    }
    let ready = |name: &str| {
        let path = format!("/apis/apps/v1/namespaces/available/deployments/{name}");
        cluster.get(&path).unwrap()["status"]["availableReplicas"] == 1
    };
    cluster.wait("the pod crashes", || {
        waiting(&cluster, "available", "crash", "CrashLoopBackOff")
    });
    cluster.wait("the late one is ready", || ready("late").then_some(()));
    assert!(!ready("crash"), "a crashing pod makes nothing available");
    cluster.pods("available/crash", Fate::Ready);
    cluster.wait("the crash is mended", || ready("crash").then_some(()));
    cluster.pods("available/late", Fate::NotReady);
    cluster.wait("a probe fails", || (!ready("late")).then_some(()));
    Ok(())
}

fn troubles() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    cluster.namespace("troubles", json!({}));
    cluster.pods("troubles/image", Fate::ImagePullBackOff);
    cluster.pods(
        "troubles/config",
        Fate::ConfigError("secret \"admin\" not found".into()),
    );
    let words = "Multi-Attach error for volume \"pvc-1\": it is already attached to another node";
    cluster.pods("troubles/volume", Fate::NoVolume("FailedAttachVolume", words.into()));
    let expected = [
        (
            "image",
            "ImagePullBackOff",
            "Failed: Failed to pull image \"registry.invalid/main:1\"",
        ),
        (
            "config",
            "CreateContainerConfigError",
            "Failed: Error: secret \"admin\" not found",
        ),
        ("volume", "ContainerCreating", "FailedAttachVolume: Multi-Attach error"),
    ];
    for (name, reason, event) in expected {
        cluster.apply(&deployment("troubles", name), "test", "")?;
        let pod = cluster.wait(reason, || waiting(&cluster, "troubles", name, reason));
        cluster.wait(event, || {
            let events = cluster.events("troubles", &pod);
            events.iter().any(|told| told.starts_with(event)).then_some(())
        });
    }
    Ok(())
}

fn evicted() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    cluster.namespace("evicted", json!({}));
    cluster.apply(&deployment("evicted", "web"), "test", "")?;
    let ready_pod = || {
        let pods = cluster.list("/api/v1/namespaces/evicted/pods");
        pods.into_iter().find(is_ready).map(|pod| name(&pod))
    };
    let first = cluster.wait("the pod is ready", ready_pod);
    assert_eq!(cluster.evict("evicted", "web"), 1);
    let second = cluster.wait("another pod is ready", ready_pod);
    assert_ne!(first, second);
    let first = cluster
        .get(&format!("/api/v1/namespaces/evicted/pods/{first}"))
        .unwrap();
    assert_eq!(first["status"]["reason"], "Evicted");
    Ok(())
}

fn no_room() -> Result<(), Failed> {
    let cluster = Cluster::start();
    cluster.node(
        "node-1",
        Room {
            memory: "64Mi",
            ..Room::default()
        },
    );
    cluster.wait("the node has no room", || {
        let node = cluster.get("/api/v1/nodes/node-1")?;
        (node["status"]["allocatable"]["memory"] == "64Mi").then_some(())
    });
    let mut large = deployment("default", "large");
    large["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({"requests": {"memory": "1Gi"}});
    cluster.apply(&large, "test", "")?;
    let words = cluster.wait("the scheduler finds no node", || {
        let pod = cluster.list("/api/v1/namespaces/default/pods").into_iter().next()?;
        let conditions = pod["status"]["conditions"].as_array()?.clone();
        let scheduled = conditions
            .into_iter()
            .find(|condition| condition["type"] == "PodScheduled")?;
        (scheduled["reason"] == "Unschedulable").then(|| scheduled["message"].to_string())
    });
    assert!(
        words.contains("0/1 nodes are available: 1 Insufficient memory"),
        "{words}"
    );
    cluster.node("node-2", Room::default());
    cluster.wait("it runs on another node", || {
        let pod = cluster.list("/api/v1/namespaces/default/pods").into_iter().next()?;
        (pod["spec"]["nodeName"] == "node-2" && is_ready(&pod)).then_some(())
    });
    Ok(())
}

fn claims() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    cluster.namespace("claims", json!({}));
    cluster.apply(&storage_class("ebs-obs-sc"), "test", "")?;
    cluster.volumes(
        "claims/data-broken",
        Volume::Fails("could not create volume in EC2".into()),
    );
    let lone = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"namespace": "claims", "name": "lone"},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "ebs-obs-sc",
            "resources": {"requests": {"storage": "1Gi"}}}});
    cluster.apply(&lone, "test", "")?;
    for name in ["kept", "broken"] {
        cluster.apply(&stateful_set("claims", name, "ebs-obs-sc"), "test", "")?;
    }
    let phase = |claim: &str| {
        let claim = cluster.get(&format!("/api/v1/namespaces/claims/persistentvolumeclaims/{claim}"))?;
        claim["status"]["phase"].as_str().map(str::to_owned)
    };
    cluster.wait("the claim binds", || (phase("data-kept-0")? == "Bound").then_some(()));
    cluster.wait("its set is ready", || {
        let set = cluster.get("/apis/apps/v1/namespaces/claims/statefulsets/kept")?;
        (set["status"]["readyReplicas"] == 1).then_some(())
    });
    cluster.wait("the broken one says why", || {
        let events = cluster.events("claims", "data-broken-0");
        events
            .iter()
            .any(|told| told.contains("could not create volume in EC2"))
            .then_some(())
    });
    assert_eq!(phase("data-broken-0").unwrap(), "Pending");
    assert_eq!(phase("lone").unwrap(), "Pending", "no pod wants it yet");
    cluster.delete("/apis/apps/v1/namespaces/claims/statefulsets/kept");
    cluster.delete("/api/v1/namespaces/claims/persistentvolumeclaims/data-kept-0");
    cluster.wait("the volume goes with its claim", || {
        let volumes = cluster.list("/api/v1/persistentvolumes");
        let left = volumes
            .iter()
            .any(|volume| volume["spec"]["claimRef"]["name"] == "data-kept-0");
        (!left).then_some(())
    });
    Ok(())
}

fn balancers() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    cluster.namespace("balancers", json!({}));
    cluster.balancers("balancers/late", Balancer::Hostname(Duration::from_secs(2)));
    cluster.balancers("balancers/never", Balancer::Never);
    cluster.balancers("balancers/fails", Balancer::Fails("no subnet found".into()));
    for name in ["late", "never", "fails"] {
        cluster.apply(&load_balancer("balancers", name), "test", "")?;
    }
    let ingress = |name: &str| {
        let service = cluster
            .get(&format!("/api/v1/namespaces/balancers/services/{name}"))
            .unwrap();
        service["status"]["loadBalancer"]["ingress"][0]["hostname"]
            .as_str()
            .map(str::to_owned)
    };
    assert_eq!(ingress("late"), None);
    let hostname = cluster.wait("the hostname comes", || ingress("late"));
    assert!(hostname.ends_with(".elb.eu-west-1.amazonaws.com"), "{hostname}");
    assert_eq!(ingress("never"), None);
    cluster.wait("the failure is told", || {
        let events = cluster.events("balancers", "fails");
        events
            .contains(&"FailedBuildModel: no subnet found".to_owned())
            .then_some(())
    });
    cluster.delete("/api/v1/namespaces/balancers/services/late");
    cluster.wait("the cloud lets the Service go", || {
        cluster
            .get("/api/v1/namespaces/balancers/services/late")
            .is_none()
            .then_some(())
    });
    Ok(())
}

/// Runs the pod's first container as a process of this machine.
fn as_process(pod: &Value) -> Ended {
    let command = pod["spec"]["containers"][0]["command"].as_array().unwrap();
    let words: Vec<_> = command.iter().map(|word| word.as_str().unwrap()).collect();
    let output = Command::new(words[0]).args(&words[1..]).output().unwrap();
    Ended {
        exit_code: output.status.code().unwrap(),
        message: String::from_utf8(output.stdout).unwrap(),
    }
}

fn cron() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    cluster.namespace("cron", json!({}));
    cluster.pods("cron/", Fate::run(as_process));
    for (name, script, outcome) in [
        ("good", "echo done", "Complete"),
        ("bad", "echo drift; exit 2", "Failed"),
    ] {
        cluster.apply(&cron_job("cron", name, &["sh", "-c", script]), "test", "")?;
        cluster.due_now("cron", name);
        cluster.wait("the CronJob's Job ends", || {
            let jobs = cluster.list("/apis/batch/v1/namespaces/cron/jobs");
            let job = jobs
                .iter()
                .find(|job| job["metadata"]["ownerReferences"][0]["name"] == name)?;
            let conditions = job["status"]["conditions"].as_array()?;
            conditions
                .iter()
                .any(|condition| condition["type"] == outcome)
                .then_some(())
        });
    }
    let pods = cluster.list("/api/v1/namespaces/cron/pods");
    let bad = pods.iter().find(|pod| name(pod).starts_with("bad")).unwrap();
    let ended = &bad["status"]["containerStatuses"][0]["state"]["terminated"];
    assert_eq!(
        (ended["exitCode"].as_u64(), &ended["message"]),
        (Some(2), &json!("drift\n"))
    );
    Ok(())
}

fn forward() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    cluster.namespace("forward", json!({}));
    cluster.apply(&deployment("forward", "web"), "test", "")?;
    let server = TcpListener::bind("127.0.0.1:0")?;
    cluster.forward("forward/web", 3000, server.local_addr()?);
    // Answers what it is told, once.
    std::thread::spawn(move || {
        let (mut connection, _) = server.accept().unwrap();
        let mut told = [0; 4];
        connection.read_exact(&mut told).unwrap();
        connection.write_all(&told).unwrap();
    });
    let pod = cluster.wait("the pod is ready", || {
        let pods = cluster.list("/api/v1/namespaces/forward/pods");
        pods.into_iter().find(is_ready).map(|pod| name(&pod))
    });
    let pods: kube::Api<Pod> = kube::Api::namespaced(cluster.client(), "forward");
    cluster.block_on(async {
        let mut forwarder = pods.portforward(&pod, &[3000]).await?;
        let mut stream = forwarder.take_stream(3000).unwrap();
        stream.write_all(b"ping").await?;
        let mut answer = [0; 4];
        stream.read_exact(&mut answer).await?;
        assert_eq!(&answer, b"ping");
        let mut closed = pods.portforward(&pod, &[9999]).await?;
        let refusal = closed.take_error(9999).unwrap().await.unwrap_or_default();
        assert!(refusal.contains("connection refused"), "{refusal}");
        Ok(())
    })
}

fn nothing_left() -> Result<(), Failed> {
    let cluster = Cluster::start();
    let folder = cluster.kubeconfig().parent().unwrap().to_owned();
    let server = cluster.get("/version").is_some();
    drop(cluster);
    assert!(server && !folder.exists());
    let processes = std::fs::read_dir("/proc")?.filter_map(Result::ok);
    for process in processes {
        let command = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        assert!(!command.contains(folder.to_str().unwrap()), "{command}");
    }
    Ok(())
}

/// The name of a pod whose first container waits for this reason.
fn waiting(cluster: &Cluster, namespace: &str, prefix: &str, reason: &str) -> Option<String> {
    let pods = cluster.list(&format!("/api/v1/namespaces/{namespace}/pods"));
    let found = pods.iter().find(|pod| {
        let state = &pod["status"]["containerStatuses"][0]["state"];
        name(pod).starts_with(prefix) && state["waiting"]["reason"] == reason
    });
    found.map(name)
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array();
    let mut conditions = conditions.into_iter().flatten();
    conditions.any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

fn name(object: &Value) -> String {
    object["metadata"]["name"].as_str().unwrap().to_owned()
}

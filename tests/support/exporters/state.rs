use super::page::Page;
use super::world::{DEPLOYMENTS, NAMESPACES, NODES, PHASES, PODS, Pod, VOLUMES};

fn yes(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}

/// kube-state-metrics 2.x, with its default allowlists.
pub fn state(page: &mut Page) {
    PODS.iter().for_each(|one| pod(page, one));
    workloads(page);
    for namespace in NAMESPACES {
        page.gauge("kube_namespace_created", &format!("namespace=\"{namespace}\""), 1.7e9);
    }
    for (namespace, claim, ..) in VOLUMES {
        let labels = format!("namespace=\"{namespace}\",persistentvolumeclaim=\"{claim}\"");
        let info = format!("{labels},storageclass=\"gp3\",volumename=\"pvc-{claim}\"");
        page.gauge("kube_persistentvolumeclaim_info", &info, 1.0);
    }
    for (service, kind) in [("web", "LoadBalancer"), ("cart", "ClusterIP")] {
        let labels = format!("namespace=\"shop\",service=\"{service}\",uid=\"u-{service}\"");
        page.gauge("kube_service_spec_type", &format!("{labels},type=\"{kind}\""), 1.0);
        page.gauge("kube_service_info", &labels, 1.0);
    }
    page.gauge(
        "kube_ingress_info",
        "namespace=\"shop\",ingress=\"web\",ingressclass=\"nginx\"",
        1.0,
    );
    page.gauge(
        "kube_networkpolicy_created",
        "namespace=\"shop\",networkpolicy=\"deny\"",
        1.7e9,
    );
    NODES.iter().for_each(|one| node(page, one));
}

fn pod(page: &mut Page, pod: &Pod) {
    let own = format!(
        "namespace=\"{}\",pod=\"{}\",uid=\"u-{}\"",
        pod.namespace, pod.name, pod.name
    );
    let node = pod.node.unwrap_or_default();
    let (kind, owner) = pod.owner;
    page.gauge(
        "kube_pod_info",
        &format!("{own},node=\"{node}\",host_ip=\"10.0.1.1\",pod_ip=\"10.1.0.1\",created_by_kind=\"{kind}\",created_by_name=\"{owner}\",host_network=\"false\""),
        1.0,
    );
    page.gauge("kube_pod_created", &own, 1.7e9);
    page.gauge("kube_pod_start_time", &own, 1.7e9);
    page.gauge(
        "kube_pod_owner",
        &format!("{own},owner_kind=\"{kind}\",owner_name=\"{owner}\",owner_is_controller=\"true\""),
        1.0,
    );
    for phase in PHASES {
        page.gauge(
            "kube_pod_status_phase",
            &format!("{own},phase=\"{phase}\""),
            yes(phase == pod.phase),
        );
    }
    let runs = pod.phase == "Running" && pod.waiting.is_none();
    for (condition, is) in [("true", runs), ("false", !runs), ("unknown", false)] {
        page.gauge(
            "kube_pod_status_ready",
            &format!("{own},condition=\"{condition}\""),
            yes(is),
        );
    }
    for container in pod.containers {
        let own = format!("{own},container=\"{container}\"");
        for (resource, unit, request) in [("cpu", "core", 0.1), ("memory", "byte", 6.4e7)] {
            let labels = format!("{own},node=\"{node}\",resource=\"{resource}\",unit=\"{unit}\"");
            page.gauge("kube_pod_container_resource_requests", &labels, request);
            page.gauge("kube_pod_container_resource_limits", &labels, request * 2.0);
        }
        page.gauge("kube_pod_container_status_running", &own, yes(runs));
        page.gauge("kube_pod_container_status_ready", &own, yes(runs));
        page.gauge("kube_pod_container_status_waiting", &own, yes(pod.waiting.is_some()));
        page.gauge(
            "kube_pod_container_status_terminated",
            &own,
            yes(matches!(pod.phase, "Succeeded" | "Failed")),
        );
        page.counter("kube_pod_container_status_restarts_total", &own, pod.restarts);
        if let Some(reason) = pod.waiting {
            page.gauge(
                "kube_pod_container_status_waiting_reason",
                &format!("{own},reason=\"{reason}\""),
                1.0,
            );
        }
        if pod.restarts > 0.0 {
            page.gauge(
                "kube_pod_container_status_last_terminated_reason",
                &format!("{own},reason=\"OOMKilled\""),
                1.0,
            );
        }
    }
}

fn workloads(page: &mut Page) {
    for (namespace, name, wanted, there) in DEPLOYMENTS {
        let own = format!("namespace=\"{namespace}\",deployment=\"{name}\"");
        for (metric, value) in [
            ("created", 1.7e9),
            ("metadata_generation", 2.0),
            ("status_observed_generation", 2.0),
            ("spec_replicas", wanted),
            ("status_replicas", wanted),
            ("status_replicas_available", there),
            ("status_replicas_unavailable", wanted - there),
            ("status_replicas_updated", wanted),
        ] {
            page.gauge(&format!("kube_deployment_{metric}"), &own, value);
        }
        for condition in ["Available", "Progressing"] {
            for status in ["true", "false", "unknown"] {
                let is = status == if there < wanted { "false" } else { "true" };
                page.gauge(
                    "kube_deployment_status_condition",
                    &format!("{own},condition=\"{condition}\",status=\"{status}\""),
                    yes(is),
                );
            }
        }
    }
    for pod in PODS.iter().filter(|pod| pod.owner.0 == "ReplicaSet") {
        let (set, deployment) = (pod.owner.1, pod.owner.1.rsplit_once('-').unwrap().0);
        let labels = format!(
            "namespace=\"{}\",replicaset=\"{set}\",owner_kind=\"Deployment\",owner_name=\"{deployment}\",owner_is_controller=\"true\"",
            pod.namespace
        );
        page.gauge("kube_replicaset_owner", &labels, 1.0);
    }
    let cart = "namespace=\"shop\",statefulset=\"cart\"";
    for metric in [
        "created",
        "replicas",
        "status_replicas",
        "status_replicas_ready",
        "status_replicas_updated",
        "status_replicas_current",
    ] {
        page.gauge(&format!("kube_statefulset_{metric}"), cart, 2.0);
    }
    let proxy = "namespace=\"kube-system\",daemonset=\"kube-proxy\"";
    for (metric, value) in [
        ("created", 1.7e9),
        ("status_desired_number_scheduled", 3.0),
        ("status_current_number_scheduled", 3.0),
        ("status_number_available", 3.0),
        ("status_number_ready", 3.0),
        ("status_number_misscheduled", 0.0),
        ("status_number_unavailable", 0.0),
        ("status_updated_number_scheduled", 3.0),
    ] {
        page.gauge(&format!("kube_daemonset_{metric}"), proxy, value);
    }
    for (job, failed) in [("report-28500000", false), ("import", true)] {
        let own = format!("namespace=\"shop\",job_name=\"{job}\"");
        page.gauge("kube_job_status_active", &own, 0.0);
        page.gauge("kube_job_status_succeeded", &own, yes(!failed));
        page.gauge(
            "kube_job_status_failed",
            &format!("{own},reason=\"BackoffLimitExceeded\""),
            yes(failed),
        );
        for condition in ["true", "false", "unknown"] {
            page.gauge(
                "kube_job_failed",
                &format!("{own},condition=\"{condition}\""),
                yes((condition == "true") == failed),
            );
        }
    }
    page.gauge(
        "kube_cronjob_spec_suspend",
        "namespace=\"shop\",cronjob=\"report\"",
        0.0,
    );
    page.gauge(
        "kube_cronjob_status_last_schedule_time",
        "namespace=\"shop\",cronjob=\"report\"",
        1.7e9,
    );
    for metric in [
        "spec_max_replicas",
        "spec_min_replicas",
        "status_current_replicas",
        "status_desired_replicas",
    ] {
        page.gauge(
            &format!("kube_horizontalpodautoscaler_{metric}"),
            "namespace=\"shop\",horizontalpodautoscaler=\"web\"",
            2.0,
        );
    }
    for metric in ["current_healthy", "desired_healthy", "pod_disruptions_allowed"] {
        page.gauge(
            &format!("kube_poddisruptionbudget_status_{metric}"),
            "namespace=\"shop\",poddisruptionbudget=\"web\"",
            1.0,
        );
    }
}

fn node(page: &mut Page, node: &str) {
    let own = format!("node=\"{node}\"");
    page.gauge(
        "kube_node_info",
        &format!("{own},internal_ip=\"10.0.1.1\",kubelet_version=\"v1.31.0\",container_runtime_version=\"containerd://1.7\",os_image=\"Linux\",kernel_version=\"6.1\""),
        1.0,
    );
    page.gauge("kube_node_spec_unschedulable", &own, 0.0);
    if node == "node-1" {
        page.gauge("kube_node_role", &format!("{own},role=\"control-plane\""), 1.0);
    }
    for (resource, unit, amount) in [
        ("cpu", "core", 4.0),
        ("memory", "byte", 1.6e10),
        ("pods", "integer", 110.0),
    ] {
        let labels = format!("{own},resource=\"{resource}\",unit=\"{unit}\"");
        page.gauge("kube_node_status_capacity", &labels, amount);
        page.gauge("kube_node_status_allocatable", &labels, amount * 0.95);
    }
    for condition in [
        "Ready",
        "MemoryPressure",
        "DiskPressure",
        "PIDPressure",
        "NetworkUnavailable",
    ] {
        for status in ["true", "false", "unknown"] {
            let is = status == if condition == "Ready" { "true" } else { "false" };
            page.gauge(
                "kube_node_status_condition",
                &format!("{own},condition=\"{condition}\",status=\"{status}\""),
                yes(is),
            );
        }
    }
}

//! What a current cluster with the scrape jobs of the prometheus chart serves: the metrics that the editions may ask for, by
//! exporter, each with the labels that may be matched.
//!
//! Kubernetes 1.29–1.34, containerd, chart 29: rendered relabel rules, kubernetes/kubernetes pkg/kubelet, google/cadvisor
//! lib/metrics, kube-state-metrics docs/metrics (2.x), node-exporter 1.x.

/// Where metrics come from.
pub struct Exporter {
    /// Its name, for messages.
    pub name: &'static str,
    /// Labels that scraping adds to each of its series and that mean what they say. (`node` isn't one of
    /// kube-state-metrics', and `namespace` isn't one of node-exporter's: they'd be the exporter's own place.)
    pub target: &'static [&'static str],
    /// Metrics with their own labels.
    pub metrics: &'static [(&'static str, &'static [&'static str])],
}

const CONTAINER: &[&str] = &["id", "name", "image", "namespace", "pod", "container"];
/// Reported once per pod, at its sandbox: no `container` on containerd.
const SANDBOX: &[&str] = &["id", "name", "image", "namespace", "pod", "interface"];
const VOLUME: &[&str] = &["namespace", "persistentvolumeclaim"];
const POD: &[&str] = &["namespace", "pod", "uid"];
const POD_CONTAINER: &[&str] = &["namespace", "pod", "uid", "container"];
const POD_CONTAINER_REASON: &[&str] = &["namespace", "pod", "uid", "container", "reason"];
const RESOURCES: &[&str] = &["namespace", "pod", "uid", "container", "node", "resource", "unit"];
const DEPLOYMENT: &[&str] = &["namespace", "deployment"];
const STATEFUL_SET: &[&str] = &["namespace", "statefulset"];
const DAEMON_SET: &[&str] = &["namespace", "daemonset"];
const JOB: &[&str] = &["namespace", "job_name"];
const CRON_JOB: &[&str] = &["namespace", "cronjob"];
const AUTOSCALER: &[&str] = &["namespace", "horizontalpodautoscaler"];
const BUDGET: &[&str] = &["namespace", "poddisruptionbudget"];
const NODE_RESOURCE: &[&str] = &["node", "resource", "unit"];
const REQUEST: &[&str] = &[
    "verb",
    "code",
    "resource",
    "subresource",
    "group",
    "version",
    "scope",
    "component",
    "dry_run",
];
const DEVICE: &[&str] = &["device"];
const FILE_SYSTEM: &[&str] = &["device", "fstype", "mountpoint"];
const NONE: &[&str] = &[];

/// All of them.
pub const EXPORTERS: &[Exporter] = &[
    Exporter {
        name: "cAdvisor, in the kubelet (job kubernetes-nodes-cadvisor)",
        target: &["instance", "kubernetes_io_hostname"],
        metrics: &[
            ("container_cpu_usage_seconds_total", CONTAINER),
            ("container_cpu_cfs_periods_total", CONTAINER),
            ("container_cpu_cfs_throttled_periods_total", CONTAINER),
            ("container_memory_working_set_bytes", CONTAINER),
            ("container_memory_rss", CONTAINER),
            ("container_memory_cache", CONTAINER),
            (
                "container_memory_failures_total",
                &["namespace", "pod", "container", "failure_type", "scope"],
            ),
            ("container_threads", CONTAINER),
            ("container_start_time_seconds", CONTAINER),
            ("container_fs_reads_bytes_total", CONTAINER),
            ("container_fs_writes_bytes_total", CONTAINER),
            ("container_network_receive_bytes_total", SANDBOX),
            ("container_network_receive_packets_total", SANDBOX),
            ("container_network_receive_packets_dropped_total", SANDBOX),
            ("container_network_receive_errors_total", SANDBOX),
            ("container_network_transmit_bytes_total", SANDBOX),
            ("container_network_transmit_packets_total", SANDBOX),
            ("container_network_transmit_packets_dropped_total", SANDBOX),
            ("container_network_transmit_errors_total", SANDBOX),
        ],
    },
    Exporter {
        name: "the kubelet (job kubernetes-nodes)",
        target: &["instance", "kubernetes_io_hostname"],
        metrics: &[
            ("kubelet_running_pods", NONE),
            ("kubelet_volume_stats_used_bytes", VOLUME),
            ("kubelet_volume_stats_capacity_bytes", VOLUME),
        ],
    },
    Exporter {
        name: "kube-state-metrics 2.x (job kubernetes-service-endpoints)",
        target: NONE,
        metrics: &[
            (
                "kube_pod_info",
                &[
                    "namespace",
                    "pod",
                    "uid",
                    "node",
                    "host_ip",
                    "pod_ip",
                    "created_by_kind",
                    "created_by_name",
                    "priority_class",
                    "host_network",
                ],
            ),
            ("kube_pod_created", POD),
            (
                "kube_pod_owner",
                &[
                    "namespace",
                    "pod",
                    "uid",
                    "owner_kind",
                    "owner_name",
                    "owner_is_controller",
                ],
            ),
            ("kube_pod_status_phase", &["namespace", "pod", "uid", "phase"]),
            ("kube_pod_status_ready", &["namespace", "pod", "uid", "condition"]),
            ("kube_pod_container_resource_requests", RESOURCES),
            ("kube_pod_container_resource_limits", RESOURCES),
            ("kube_pod_container_status_running", POD_CONTAINER),
            ("kube_pod_container_status_ready", POD_CONTAINER),
            ("kube_pod_container_status_restarts_total", POD_CONTAINER),
            ("kube_pod_container_status_waiting_reason", POD_CONTAINER_REASON),
            ("kube_pod_container_status_last_terminated_reason", POD_CONTAINER_REASON),
            ("kube_deployment_metadata_generation", DEPLOYMENT),
            ("kube_deployment_spec_replicas", DEPLOYMENT),
            (
                "kube_deployment_status_condition",
                &["namespace", "deployment", "condition", "status"],
            ),
            ("kube_deployment_status_observed_generation", DEPLOYMENT),
            ("kube_deployment_status_replicas_available", DEPLOYMENT),
            ("kube_deployment_status_replicas_unavailable", DEPLOYMENT),
            ("kube_deployment_status_replicas_updated", DEPLOYMENT),
            (
                "kube_replicaset_owner",
                &[
                    "namespace",
                    "replicaset",
                    "owner_kind",
                    "owner_name",
                    "owner_is_controller",
                ],
            ),
            ("kube_statefulset_replicas", STATEFUL_SET),
            ("kube_statefulset_status_replicas_ready", STATEFUL_SET),
            ("kube_statefulset_status_replicas_updated", STATEFUL_SET),
            ("kube_daemonset_status_desired_number_scheduled", DAEMON_SET),
            ("kube_daemonset_status_number_available", DAEMON_SET),
            ("kube_daemonset_status_number_misscheduled", DAEMON_SET),
            ("kube_daemonset_status_number_unavailable", DAEMON_SET),
            ("kube_daemonset_status_updated_number_scheduled", DAEMON_SET),
            ("kube_job_failed", &["namespace", "job_name", "condition"]),
            ("kube_job_status_active", JOB),
            ("kube_job_status_failed", &["namespace", "job_name", "reason"]),
            ("kube_job_status_succeeded", JOB),
            ("kube_cronjob_spec_suspend", CRON_JOB),
            ("kube_cronjob_status_last_schedule_time", CRON_JOB),
            ("kube_horizontalpodautoscaler_spec_max_replicas", AUTOSCALER),
            ("kube_horizontalpodautoscaler_spec_min_replicas", AUTOSCALER),
            ("kube_horizontalpodautoscaler_status_current_replicas", AUTOSCALER),
            ("kube_poddisruptionbudget_status_current_healthy", BUDGET),
            ("kube_poddisruptionbudget_status_desired_healthy", BUDGET),
            ("kube_poddisruptionbudget_status_pod_disruptions_allowed", BUDGET),
            ("kube_persistentvolumeclaim_info", VOLUME),
            ("kube_namespace_created", &["namespace"]),
            ("kube_service_spec_type", &["namespace", "service", "uid", "type"]),
            ("kube_ingress_info", &["namespace", "ingress", "ingressclass"]),
            ("kube_networkpolicy_created", &["namespace", "networkpolicy"]),
            (
                "kube_node_info",
                &[
                    "node",
                    "internal_ip",
                    "kubelet_version",
                    "container_runtime_version",
                    "os_image",
                    "kernel_version",
                ],
            ),
            ("kube_node_spec_unschedulable", &["node"]),
            ("kube_node_status_allocatable", NODE_RESOURCE),
            ("kube_node_status_capacity", NODE_RESOURCE),
            ("kube_node_status_condition", &["node", "condition", "status"]),
        ],
    },
    Exporter {
        name: "node-exporter 1.x (job kubernetes-service-endpoints)",
        target: &["node"],
        metrics: &[
            ("node_context_switches_total", NONE),
            ("node_cpu_seconds_total", &["cpu", "mode"]),
            ("node_disk_io_time_seconds_total", DEVICE),
            ("node_disk_read_bytes_total", DEVICE),
            ("node_disk_reads_completed_total", DEVICE),
            ("node_disk_writes_completed_total", DEVICE),
            ("node_disk_written_bytes_total", DEVICE),
            ("node_filesystem_avail_bytes", FILE_SYSTEM),
            ("node_filesystem_size_bytes", FILE_SYSTEM),
            ("node_load1", NONE),
            ("node_load5", NONE),
            ("node_memory_MemAvailable_bytes", NONE),
            ("node_memory_MemTotal_bytes", NONE),
            ("node_netstat_TcpExt_ListenOverflows", NONE),
            ("node_netstat_Tcp_CurrEstab", NONE),
            ("node_netstat_Tcp_OutSegs", NONE),
            ("node_netstat_Tcp_RetransSegs", NONE),
            ("node_network_receive_bytes_total", DEVICE),
            ("node_network_receive_drop_total", DEVICE),
            ("node_network_transmit_bytes_total", DEVICE),
            ("node_network_transmit_drop_total", DEVICE),
            ("node_nf_conntrack_entries", NONE),
            ("node_nf_conntrack_entries_limit", NONE),
        ],
    },
    Exporter {
        name: "the API server (job kubernetes-api-servers)",
        target: &["instance"],
        metrics: &[
            ("apiserver_request_total", REQUEST),
            ("apiserver_request_duration_seconds_bucket", REQUEST),
        ],
    },
    Exporter {
        name: "Prometheus itself, about every scrape",
        target: &["instance", "job"],
        metrics: &[("up", NONE)],
    },
];

/// Names that old dashboards ask for and that no current cluster has.
pub const DEAD_LABELS: &[&str] = &[
    "pod_name",
    "container_name",
    "io_kubernetes_container_name",
    "io_kubernetes_pod_name",
    "kubernetes_io_role",
    "kubernetes_node",
    "kubernetes_namespace",
    "kubernetes_name",
    "kubernetes_pod_name",
    "nodename",
    "beta_kubernetes_io_instance_type",
    "failure_domain_beta_kubernetes_io_zone",
    "quantile",
    "cluster",
];

use super::page::Page;
use super::world::{VOLUMES, pods_on};

/// `/metrics/cadvisor` of a kubelet on containerd: containers, their pods' sandboxes and cgroups, and the machine.
pub fn cadvisor(page: &mut Page, node: &str) {
    for pod in pods_on(node) {
        let of_pod = format!("namespace=\"{}\",pod=\"{}\"", pod.namespace, pod.name);
        for (at, container) in pod.containers.iter().enumerate() {
            let id = format!("/kubepods.slice/kubepods-{}.slice/cri-{container}.scope", pod.name);
            let labels = format!(
                "id=\"{id}\",name=\"{at:064x}\",image=\"registry/{container}:1\",{of_pod},container=\"{container}\""
            );
            // One of them comes near its limit.
            usage(page, &labels, if *container == "cart" { 1.1e8 } else { 5.0e7 });
            page.counter(
                "container_memory_failures_total",
                &format!("{labels},failure_type=\"pgmajfault\",scope=\"container\""),
                0.1,
            );
            let of_disk = format!("{labels},device=\"/dev/vda\"");
            page.counter("container_fs_reads_bytes_total", &of_disk, 1000.0);
            page.counter("container_fs_writes_bytes_total", &of_disk, 2000.0);
            page.counter("container_cpu_cfs_periods_total", &labels, 10.0);
            page.counter("container_cpu_cfs_throttled_periods_total", &labels, 1.0);
        }
        let cgroup = format!(
            "id=\"/kubepods.slice/kubepods-{}.slice\",name=\"\",image=\"\",{of_pod},container=\"\"",
            pod.name
        );
        usage(page, &cgroup, 6.0e7);
        let sandbox = format!(
            "id=\"/kubepods.slice/{}/sandbox\",name=\"{:064x}\",image=\"registry/pause:3.9\",{of_pod},interface=\"eth0\"",
            pod.name, 7
        );
        network(page, &sandbox);
    }
    let machine = "id=\"/\",name=\"\",image=\"\",namespace=\"\",pod=\"\",container=\"\"";
    usage(page, machine, 8.0e9);
    network(
        page,
        "id=\"/\",name=\"\",image=\"\",namespace=\"\",pod=\"\",interface=\"eth0\"",
    );
    page.gauge("container_fs_usage_bytes", "id=\"/\",device=\"/dev/vda1\"", 2.0e10);
    page.gauge("container_fs_limit_bytes", "id=\"/\",device=\"/dev/vda1\"", 8.0e10);
    let machine = format!("machine_id=\"{node}\",system_uuid=\"{node}\",boot_id=\"{node}\"");
    page.gauge("machine_cpu_cores", &machine, 4.0);
    page.gauge("machine_memory_bytes", &machine, 1.6e10);
}

fn usage(page: &mut Page, labels: &str, memory: f64) {
    page.counter(
        "container_cpu_usage_seconds_total",
        &format!("{labels},cpu=\"total\""),
        0.05,
    );
    for (metric, value) in [
        ("container_memory_working_set_bytes", memory),
        ("container_memory_usage_bytes", memory * 1.1),
        ("container_memory_rss", memory * 0.8),
        ("container_memory_cache", 1.0e7),
        ("container_memory_swap", 0.0),
        ("container_memory_failcnt", 0.0),
        ("container_threads", 12.0),
        ("container_processes", 3.0),
        ("container_start_time_seconds", 1.7e9),
        ("container_spec_memory_reservation_limit_bytes", 0.0),
        ("container_spec_memory_limit_bytes", 1.0e8),
    ] {
        page.gauge(metric, labels, value);
    }
}

fn network(page: &mut Page, labels: &str) {
    for way in ["receive", "transmit"] {
        for (what, a_second) in [
            ("bytes", 5000.0),
            ("packets", 20.0),
            ("errors", 0.001),
            ("packets_dropped", 0.01),
        ] {
            page.counter(&format!("container_network_{way}_{what}_total"), labels, a_second);
        }
    }
}

/// `/metrics` of a kubelet.
pub fn kubelet(page: &mut Page, node: &str) {
    page.gauge("kubelet_running_pods", "", 6.0);
    page.gauge("kubelet_running_containers", "container_state=\"running\"", 8.0);
    page.gauge("kubelet_node_name", &format!("node=\"{node}\""), 1.0);
    for (namespace, claim, _, bytes, full) in VOLUMES.iter().filter(|volume| volume.2 == node) {
        let labels = format!("namespace=\"{namespace}\",persistentvolumeclaim=\"{claim}\"");
        page.gauge("kubelet_volume_stats_capacity_bytes", &labels, *bytes);
        page.gauge("kubelet_volume_stats_used_bytes", &labels, bytes * full);
        page.gauge("kubelet_volume_stats_available_bytes", &labels, bytes * (1.0 - full));
    }
}

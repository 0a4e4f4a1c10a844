use super::page::Page;

/// node-exporter 1.x.
pub fn node_exporter(page: &mut Page, node: &str) {
    for cpu in 0..2 {
        for (mode, share) in [
            ("idle", 0.7),
            ("user", 0.2),
            ("system", 0.06),
            ("iowait", 0.02),
            ("steal", 0.0),
            ("nice", 0.0),
            ("irq", 0.0),
            ("softirq", 0.02),
        ] {
            page.counter(
                "node_cpu_seconds_total",
                &format!("cpu=\"{cpu}\",mode=\"{mode}\""),
                share,
            );
        }
    }
    for (metric, value) in [
        ("node_load1", 0.5),
        ("node_load5", 0.4),
        ("node_load15", 0.3),
        ("node_memory_MemTotal_bytes", 1.6e10),
        ("node_memory_MemFree_bytes", 4.0e9),
        ("node_memory_MemAvailable_bytes", 8.0e9),
        ("node_memory_Buffers_bytes", 2.0e8),
        ("node_memory_Cached_bytes", 4.0e9),
        ("node_memory_SwapTotal_bytes", 0.0),
        ("node_boot_time_seconds", 1.7e9),
        ("node_filefd_allocated", 2000.0),
        ("node_filefd_maximum", 1.0e6),
        ("node_nf_conntrack_entries", 900.0),
        ("node_nf_conntrack_entries_limit", 2.6e5),
        ("node_netstat_Tcp_CurrEstab", 80.0),
    ] {
        page.gauge(metric, "", value);
    }
    for metric in [
        "node_context_switches_total",
        "node_intr_total",
        "node_forks_total",
        "node_netstat_Tcp_OutSegs",
        "node_netstat_Tcp_RetransSegs",
        "node_netstat_TcpExt_ListenOverflows",
    ] {
        page.counter(metric, "", 10.0);
    }
    for metric in [
        "io_time_seconds",
        "read_bytes",
        "written_bytes",
        "reads_completed",
        "writes_completed",
    ] {
        page.counter(&format!("node_disk_{metric}_total"), "device=\"vda\"", 0.5);
    }
    page.gauge("node_disk_io_now", "device=\"vda\"", 1.0);
    for (mount, full) in [("/", 0.4), ("/var/lib/data", 0.97)] {
        let labels = format!("device=\"/dev/vda1\",fstype=\"ext4\",mountpoint=\"{mount}\"");
        page.gauge("node_filesystem_size_bytes", &labels, 8.0e10);
        page.gauge("node_filesystem_free_bytes", &labels, 8.0e10 * (1.0 - full));
        page.gauge("node_filesystem_avail_bytes", &labels, 7.9e10 * (1.0 - full));
    }
    for way in ["receive", "transmit"] {
        for what in ["bytes", "packets", "errs", "drop"] {
            page.counter(&format!("node_network_{way}_{what}_total"), "device=\"eth0\"", 3.0);
        }
    }
    let name = format!(
        "domainname=\"(none)\",machine=\"x86_64\",nodename=\"{node}\",release=\"6.1\",sysname=\"Linux\",version=\"#1\""
    );
    page.gauge("node_uname_info", &name, 1.0);
}

/// The API server's own.
pub fn api_server(page: &mut Page) {
    for (verb, code) in [
        ("GET", "200"),
        ("LIST", "200"),
        ("WATCH", "200"),
        ("POST", "201"),
        ("GET", "404"),
        ("GET", "500"),
    ] {
        let own = format!(
            "verb=\"{verb}\",resource=\"pods\",subresource=\"\",group=\"\",version=\"v1\",scope=\"namespace\",component=\"apiserver\",dry_run=\"\""
        );
        page.counter("apiserver_request_total", &format!("{own},code=\"{code}\""), 2.0);
        if matches!(code, "200" | "201") {
            for (bound, share) in [("0.05", 0.6), ("0.5", 0.9), ("1", 0.99), ("+Inf", 1.0)] {
                page.counter(
                    "apiserver_request_duration_seconds_bucket",
                    &format!("{own},le=\"{bound}\""),
                    2.0 * share,
                );
            }
            page.counter("apiserver_request_duration_seconds_count", &own, 2.0);
            page.counter("apiserver_request_duration_seconds_sum", &own, 0.2);
        }
    }
}

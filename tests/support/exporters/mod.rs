//! A small cluster as its exporters tell of it, for a Prometheus that scrapes it: three nodes, four namespaces, workloads with
//! restarts, pods that wait or failed, and a volume that is full.
//!
//! The Prometheus reaches all of them through one HTTP proxy, so that targets have the addresses, and with them the labels,
//! that they have in a cluster. The first answer of each tells of the last fifty minutes, too.

mod kubelet;
mod machine;
mod page;
mod state;
mod world;

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use page::Page;
use world::NODES;

/// The past that a first answer tells of.
const MINUTES: u32 = 50;

/// The exporters, at their proxy.
pub struct Exporters {
    address: SocketAddr,
}

struct State {
    /// When the cluster began, in seconds since 1970.
    began: f64,
    told: Mutex<BTreeSet<String>>,
}

impl Exporters {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            began: SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64(),
            told: Mutex::default(),
        });
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = state.clone();
                std::thread::spawn(move || serve(&stream, &state));
            }
        });
        Self { address }
    }

    /// A rendered configuration, its discovery replaced by this cluster's targets, scraped each second.
    pub fn scraped_by(&self, config: &mut Value, folder: &std::path::Path) {
        config["global"]["scrape_interval"] = "1s".into();
        config["global"]["scrape_timeout"] = "1s".into();
        for job in config["scrape_configs"].as_array_mut().unwrap() {
            let fields = job.as_object_mut().unwrap();
            for key in [
                "scrape_interval",
                "scrape_timeout",
                "authorization",
                "tls_config",
                "scheme",
            ] {
                fields.remove(key);
            }
            let Some(discovery) = fields.remove("kubernetes_sd_configs") else {
                continue;
            };
            let role = discovery[0]["role"].as_str().unwrap().to_owned();
            let file = folder.join(format!("{role}.json"));
            std::fs::write(&file, targets(&role).to_string()).unwrap();
            fields.insert("file_sd_configs".into(), json!([{"files": [file.to_str().unwrap()]}]));
            fields.insert("proxy_url".into(), format!("http://{}", self.address).into());
        }
    }
}

/// What the discovery of Kubernetes finds.
fn targets(role: &str) -> Value {
    let annotated = |name: &str, label: &str, address: String, node: &str| {
        json!({"targets": [address], "labels": {
            "__meta_kubernetes_namespace": "prometheus",
            "__meta_kubernetes_service_name": name,
            "__meta_kubernetes_service_label_app_kubernetes_io_name": label,
            "__meta_kubernetes_service_annotation_prometheus_io_scrape": "true",
            "__meta_kubernetes_pod_node_name": node}})
    };
    match role {
        "node" => {
            let node = |(at, name): (usize, &&str)| {
                json!({"targets": [format!("10.0.1.{}:10250", at + 1)], "labels": {
                    "__meta_kubernetes_node_name": name,
                    "instance": name,
                    "__meta_kubernetes_node_label_kubernetes_io_hostname": name,
                    "__meta_kubernetes_node_label_kubernetes_io_arch": "amd64",
                    "__meta_kubernetes_node_label_kubernetes_io_os": "linux"}})
            };
            NODES.iter().enumerate().map(node).collect()
        }
        "endpointslice" => {
            let mut all = vec![
                json!({"targets": ["10.0.9.1:443"], "labels": {
                    "__meta_kubernetes_namespace": "default",
                    "__meta_kubernetes_service_name": "kubernetes",
                    "__meta_kubernetes_endpointslice_port_name": "https"}}),
                annotated(
                    "prometheus-kube-state-metrics",
                    "kube-state-metrics",
                    "10.1.0.8:8080".into(),
                    "node-2",
                ),
            ];
            all.extend(NODES.iter().enumerate().map(|(at, node)| {
                let address = format!("10.0.1.{}:9100", at + 1);
                annotated(
                    "prometheus-prometheus-node-exporter",
                    "prometheus-node-exporter",
                    address,
                    node,
                )
            }));
            Value::Array(all)
        }
        _ => json!([]),
    }
}

/// Answers `GET http://address/path`.
fn serve(stream: &TcpStream, state: &State) {
    let mut lines = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if lines.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        let mut line = String::new();
        while lines.read_line(&mut line).is_ok_and(|length| length > 2) {
            line.clear();
        }
        let url = first.split_whitespace().nth(1).unwrap_or_default().to_owned();
        let is_first = state.told.lock().unwrap().insert(url.clone());
        let mut page = Page::of(if is_first { MINUTES } else { 0 }, state.began);
        let found = fill(&mut page, url.trim_start_matches("http://"));
        if is_first {
            page.up_before();
        }
        let (status, body) = if found {
            ("200 OK", page.text())
        } else {
            ("404 Not Found", String::new())
        };
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let mut out = stream;
        if out
            .write_all(head.as_bytes())
            .and_then(|()| out.write_all(body.as_bytes()))
            .is_err()
        {
            return;
        }
    }
}

fn fill(page: &mut Page, address: &str) -> bool {
    let node = |at: &str| at.parse::<usize>().ok().and_then(|at| NODES.get(at - 1)).copied();
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    let (host, port) = host.split_once(':').unwrap_or((host, "80"));
    let on = host.strip_prefix("10.0.1.").and_then(node);
    match (on, port, path) {
        (Some(node), "10250", "metrics/cadvisor") => kubelet::cadvisor(page, node),
        (Some(node), "10250", "metrics") => kubelet::kubelet(page, node),
        (Some(node), "9100", "metrics") => machine::node_exporter(page, node),
        (None, "8080", "metrics") => state::state(page),
        (None, "443", "metrics") => machine::api_server(page),
        _ => return false,
    }
    true
}

use std::path::Path;

use serde_json::{Value, json};

/// Puts files of recorded targets in the place of the API server, and takes away what only a pod has: its token.
/// Gives the number of targets over all jobs.
///
/// Debian's Prometheus is built without the discovery of Kubernetes; its relabelling is that of any other.
pub fn from_files(config: &mut Value, folder: &Path) -> usize {
    let found: Value = serde_json::from_str(include_str!("fixtures/discovered.json")).unwrap();
    let jobs = config["scrape_configs"].as_array_mut().unwrap();
    let mut total = 0;
    for job in jobs {
        let fields = job.as_object_mut().unwrap();
        let Some(discovery) = fields.remove("kubernetes_sd_configs") else {
            continue;
        };
        assert_eq!(discovery.as_array().map(Vec::len), Some(1));
        let role = discovery[0].as_object().filter(|fields| fields.len() == 1).unwrap()["role"]
            .as_str()
            .unwrap();
        let targets = found[role]
            .as_array()
            .unwrap_or_else(|| panic!("nothing is recorded of the role {role}"));
        total += targets.len();
        let file = folder.join(format!("{role}.json"));
        std::fs::write(&file, found[role].to_string()).unwrap();
        fields.insert("file_sd_configs".into(), json!([{"files": [file.to_str().unwrap()]}]));
        fields.remove("authorization");
        fields.remove("tls_config");
    }
    total
}

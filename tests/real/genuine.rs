use std::path::{Path, PathBuf};

use dashctl::sandbox::{Options, Version};
use libtest_mimic::{Failed, Trial};

use super::catalog::Catalog;
use super::need::folder_trial;
use super::scene::{Scene, writes};

/// The genuine downloads that are at hand: id, revision, file.
const GENUINE: [(u32, u32); 5] = [(3119, 2), (6417, 1), (8588, 1), (7249, 1), (13770, 1)];

pub fn trials() -> Vec<Trial> {
    let shared = std::env::var_os("DASHCTL_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let catalog = shared.join("catalog");
    let versions = [("7_5", Version::V7_5), ("9_4", Version::V9_4)];
    versions
        .into_iter()
        .map(|(name, version)| {
            let folder = catalog.clone();
            folder_trial(&format!("genuine_files_into_{name}"), "shared", &catalog, move || {
                import(&folder, version)
            })
        })
        .collect()
}

fn import(folder: &Path, version: Version) -> Result<(), Failed> {
    let mut catalog = Catalog::default();
    for (id, revision) in GENUINE {
        catalog = catalog.with(
            id,
            revision,
            std::fs::read(folder.join(format!("{id}/rev{revision}.json")))?,
        );
    }
    let options = Options {
        version,
        ..Options::default()
    };
    let scene = Scene::new()
        .with_sandbox(options)
        .with_data_source("Prometheus", "prom", true)
        .with_catalog(catalog)
        .with_repository();
    let ids: Vec<String> = GENUINE.iter().map(|(id, _)| id.to_string()).collect();
    let mut args = vec!["import", "--folder", "Kubernetes"];
    args.extend(ids.iter().map(String::as_str));
    let json = {
        let mut args = args.clone();
        args.extend(["-o", "json"]);
        scene.run(&args).exit(0).json()
    };
    for row in json["dashboards"].as_array().unwrap() {
        assert_eq!(row["result"], "created", "{row}");
        let live = scene.dashboard(row["uid"].as_str().unwrap()).unwrap();
        let text = live.to_string();
        assert!(
            !text.contains("${DS_") && !text.contains("__inputs"),
            "an input stayed open: {}",
            row["title"]
        );
    }
    let (files, _) = (scene.files(), scene.requests());
    scene.run(&args).exit(0).out("unchanged").no_out("created");
    assert_eq!(scene.files(), files);
    scene.run(&["drift"]).exit(0).out("5 in sync");
    assert_eq!(writes(&scene.requests()), [""; 0]);
    Ok(())
}

//! A pod's containers as processes of this machine, with the volumes laid out and the variables filled in as a kubelet
//! does it.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Weak;

use base64::Engine as _;
use serde_json::Value;
use tempfile::TempDir;

use super::cluster::{Cluster, Ended};

/// Runs the containers one after the other; the first that fails ends the pod, as it does before the pod's last one.
/// What is on this machine and no image is in `variables`, such as where git finds its repository.
pub fn run(cluster: &Weak<Cluster>, pod: &Value, variables: &[(&str, &str)]) -> Ended {
    let cluster = cluster.upgrade().expect("the cluster outlives its pods");
    let root = tempfile::tempdir().unwrap();
    if let Err(message) = lay_out(&cluster, pod, root.path()) {
        return Ended { exit_code: 1, message };
    }
    let mut ended = Ended::default();
    for container in list(&pod["spec"]["initContainers"]).chain(list(&pod["spec"]["containers"])) {
        ended = run_one(pod, container, &root, variables);
        if ended.exit_code != 0 {
            break;
        }
    }
    ended
}

fn run_one(pod: &Value, container: &Value, root: &TempDir, variables: &[(&str, &str)]) -> Ended {
    let environment = environment(pod, container);
    let here = |text: &str| on_this_machine(container, root.path(), text);
    let words = |key: &str| -> Vec<String> {
        let words = list(&container[key]).map(|word| expanded(word.as_str().unwrap(), &environment));
        words.map(|word| here(&word)).collect()
    };
    let mut command = words("command");
    if command.is_empty() {
        // The image's entrypoint.
        command.push(env!("CARGO_BIN_EXE_dashctl").to_owned());
    }
    command.extend(words("args"));
    let folder = match container["workingDir"].as_str() {
        Some(folder) => PathBuf::from(here(folder)),
        None => root.path().to_owned(),
    };
    let output = Command::new(&command[0])
        .args(&command[1..])
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .envs(environment.iter().map(|(name, value)| (name, here(value))))
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let exit_code = output.status.code().unwrap_or(137);
    let falls_back = exit_code != 0 && container["terminationMessagePolicy"] == "FallbackToLogsOnError";
    Ended {
        exit_code,
        message: match falls_back {
            true => text(&output.stdout) + &text(&output.stderr),
            false => String::new(),
        },
    }
}

/// A container's paths begin where its volumes are mounted. What a path becomes isn't looked at again: it may begin with
/// the path of another mount.
fn on_this_machine(container: &Value, root: &Path, text: &str) -> String {
    let mounts: Vec<(&str, PathBuf)> = list(&container["volumeMounts"])
        .map(|mount| {
            let folder = root.join(mount["name"].as_str().unwrap());
            (mount["mountPath"].as_str().unwrap(), folder)
        })
        .collect();
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mount = mounts.iter().find(|(path, _)| rest.starts_with(path));
        match mount {
            Some((path, folder)) => {
                out.push_str(folder.to_str().unwrap());
                rest = &rest[path.len()..];
            }
            None => {
                let first = rest.chars().next().unwrap();
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

fn environment(pod: &Value, container: &Value) -> BTreeMap<String, String> {
    let mut environment = BTreeMap::new();
    for variable in list(&container["env"]) {
        let value = match variable["valueFrom"]["fieldRef"]["fieldPath"].as_str() {
            Some(path) => field(pod, path),
            None => variable["value"].as_str().unwrap_or_default().to_owned(),
        };
        environment.insert(variable["name"].as_str().unwrap().to_owned(), value);
    }
    environment
}

/// `metadata.labels['batch.kubernetes.io/job-completion-index']`
fn field(pod: &Value, path: &str) -> String {
    let (map, key) = path.split_once("['").unwrap();
    let map = map.strip_prefix("metadata.").unwrap();
    pod["metadata"][map][key.trim_end_matches("']")]
        .as_str()
        .unwrap_or_else(|| panic!("the pod has no {path}"))
        .to_owned()
}

/// `$(NAME)` becomes the variable's value, `$$` a dollar; what isn't known stays.
fn expanded(text: &str, environment: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let name = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = name
            && let Some(value) = environment.get(name)
        {
            out.push_str(value);
            rest = after;
        } else {
            out.push('$');
        }
    }
    out + rest
}

fn lay_out(cluster: &Cluster, pod: &Value, root: &Path) -> Result<(), String> {
    let namespace = pod["metadata"]["namespace"].as_str().unwrap();
    for volume in list(&pod["spec"]["volumes"]) {
        let folder = root.join(volume["name"].as_str().unwrap());
        std::fs::create_dir(&folder).unwrap();
        let (source, name, collection) = if volume["configMap"].is_object() {
            (&volume["configMap"], &volume["configMap"]["name"], "configmaps")
        } else if volume["secret"].is_object() {
            (&volume["secret"], &volume["secret"]["secretName"], "secrets")
        } else {
            continue;
        };
        let name = name.as_str().unwrap();
        let found = cluster.get(&format!("/api/v1/namespaces/{namespace}/{collection}/{name}"));
        let optional = source["optional"] == true;
        let Some(found) = found else {
            if optional {
                continue;
            }
            return Err(format!("MountVolume.SetUp failed: {collection} {name:?} not found"));
        };
        let mut files = BTreeMap::new();
        for item in list(&source["items"]) {
            let (key, path) = (item["key"].as_str().unwrap(), item["path"].as_str().unwrap());
            match found["data"][key].as_str() {
                Some(text) if collection == "secrets" => {
                    let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
                    files.insert(path, bytes);
                }
                Some(text) => drop(files.insert(path, text.as_bytes().to_vec())),
                None if optional => {}
                None => return Err(format!("references non-existent {collection} key: {key}")),
            }
        }
        // The kubelet's default is 0644.
        let mode = source["defaultMode"].as_u64().unwrap_or(0o644);
        atomic(&folder, &files, u32::try_from(mode).unwrap());
    }
    Ok(())
}

/// As the kubelet's atomic writer: the files lie in a hidden folder, to which links lead.
fn atomic(folder: &Path, files: &BTreeMap<&str, Vec<u8>>, mode: u32) {
    let hidden = folder.join("..2026_01_01_00_00_00.1");
    for (path, bytes) in files {
        let path = hidden.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    }
    symlink("..2026_01_01_00_00_00.1", folder.join("..data")).unwrap();
    let mut tops: Vec<&str> = files.keys().map(|path| path.split('/').next().unwrap()).collect();
    tops.dedup();
    for top in tops {
        symlink(format!("..data/{top}"), folder.join(top)).unwrap();
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

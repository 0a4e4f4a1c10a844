//! The check as a CronJob, whose Jobs are Indexed where it is divided.
//!
//! Drift doesn't make a Job fail (`--exit-code 0`): the receivers tell of it, and a Job that failed always means that
//! something could not be checked. An alert on failed Jobs couldn't tell the one from the other.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub use super::run::{Outcome, Run};
use super::settings::{Kubernetes, wrong};
use super::{Git, Places, Schedule, ScheduleError};
use crate::grafana::origin_of;
use crate::shell;
use crate::stack::{Object, canonical, to_yaml};
use crate::template::Templates;

/// Every template with its text.
const TEMPLATES: &[(&str, &str)] = &[
    (
        "cronjob.yaml",
        include_str!("../../templates/schedule/cronjob.yaml.hbs"),
    ),
    ("restricted", include_str!("../../templates/stack/restricted.hbs")),
];

/// What an API server takes as one ConfigMap is 1 MiB; some of it is needed for the rest of the object.
const LARGEST: usize = 900 << 10;
/// The files that mean something to people keep their names as keys.
const PLAIN: [&str; 2] = ["dashctl.yaml", "dashctl.lock"];

/// Where a pod gets the repository from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// These files, by their paths in the repository.
    Files(BTreeMap<String, String>),
    /// A clone that is made at each run.
    Git(Git),
}

/// The objects, and the same as a text with comments.
#[derive(Debug, Clone)]
pub struct Manifests {
    /// In the order in which they are applied.
    pub objects: Vec<Object>,
    /// For files.
    pub text: String,
}

impl Kubernetes {
    /// The namespace.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or("dashctl")
    }

    /// The name of the CronJob.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("dashctl-drift")
    }

    /// The name of the Secret.
    pub fn secret(&self) -> &str {
        self.secret.as_deref().unwrap_or(self.name())
    }

    fn shards(&self) -> u16 {
        self.shards.unwrap_or(1)
    }
}

/// Renders the check.
///
/// # Errors
///
/// A repository that is too large for a ConfigMap, or an object that no API server would take.
pub fn render(
    schedule: &Schedule,
    settings: &Kubernetes,
    image: &str,
    source: &Source,
) -> Result<Manifests, ScheduleError> {
    let config_map = match source {
        Source::Files(files) => Some(config_map(settings, files)?),
        Source::Git(_) => None,
    };
    let values = values(schedule, settings, image, source, config_map.as_ref());
    let rest = Templates::new(TEMPLATES)?.text("cronjob.yaml", &values)?;
    let mut text = comment(schedule, settings);
    let mut objects = Vec::new();
    if let Some(object) = config_map {
        text.push_str(&to_yaml(object.manifest()).map_err(ScheduleError::Object)?);
        text.push_str("---\n");
        objects.push(object);
    }
    text.push_str(&rest);
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(&rest).map_err(|error| ScheduleError::Object(error.to_string()))?;
    for document in documents {
        let object = Object::new(document).map_err(|error| ScheduleError::Object(error.to_string()))?;
        objects.push(canonical(object).map_err(|error| ScheduleError::Object(error.to_string()))?);
    }
    objects.sort_by(|a, b| a.id().cmp(b.id()));
    Ok(Manifests { objects, text })
}

/// What somebody does by hand, once: the commands that make the Secret, which never pass through dashctl.
pub fn by_hand(schedule: &Schedule, settings: &Kubernetes) -> String {
    let (namespace, secret) = (settings.namespace(), settings.secret());
    if schedule.is_outdated() {
        return format!("The namespace must be there (kubectl create namespace {namespace}). No secret is needed.\n");
    }
    let mut origins: Vec<String> = schedule.targets.iter().map(|target| origin(&target.url)).collect();
    origins.sort();
    origins.dedup();
    let mut text = format!(
        "The credentials are not part of this. Make the Secret once, in a namespace that is there \
         (kubectl create namespace {namespace}), from a file of this form:\n  credentials:\n"
    );
    for origin in origins {
        text.push_str(&format!(
            "    {origin}: {{token: TOKEN}}   # or {{user: NAME, password: PASSWORD}}\n"
        ));
    }
    let mut keys = vec!["credentials.yaml"];
    if schedule.receivers.webhook.is_some() {
        keys.push("webhook");
        text.push_str("and one that holds the webhook's URL:\n");
    }
    let files: Vec<String> = keys.iter().map(|key| format!("--from-file={key}=FILE")).collect();
    text.push_str(&format!(
        "  kubectl --namespace {namespace} create secret generic {secret} {}\n",
        files.join(" ")
    ));
    if settings.git.is_some() {
        text.push_str(
            "Where git needs a user and a password, --from-file=git=FILE adds them, a file of two lines: username=NAME and \
             password=PASSWORD.\n",
        );
    }
    text
}

fn origin(url: &str) -> String {
    url.parse().map_or_else(|_| url.to_owned(), |url| origin_of(&url))
}

/// What is not said by a tag: which image it will be next week.
pub fn image_warning(image: &str) -> Option<String> {
    if image.contains('@') {
        return None;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    match name.split_once(':') {
        None | Some((_, "latest")) => Some(format!(
            "the image {image} is another one after each build; name a version, or better a digest (…@sha256:…)"
        )),
        Some(_) => None,
    }
}

fn comment(schedule: &Schedule, settings: &Kubernetes) -> String {
    if schedule.is_outdated() {
        return "# The scheduled question for newer revisions. The Job fails where a dashboard is outdated (its pod's exit code is 2), or \
                where not\n# everything could be asked for. It asks no Grafana.\n"
            .to_owned();
    }
    let divided = match settings.shards() {
        1 => String::new(),
        shards => format!("# Each run is {shards} pods, each with its own part of the dashboards.\n"),
    };
    format!(
        "# The scheduled drift check. Drift is told to {}, and doesn't make the Job fail:\n# a Job that failed could not \
         check everything, or not tell of it.\n{divided}# The Secret {} is made by hand.\n",
        schedule.told(),
        settings.secret()
    )
}

fn labels(settings: &Kubernetes) -> Value {
    json!({
        "app.kubernetes.io/name": "dashctl",
        "app.kubernetes.io/instance": settings.name(),
        "app.kubernetes.io/component": "drift-check",
        "app.kubernetes.io/managed-by": "dashctl",
    })
}

/// The files of the repository. A name with the hash of what is in it makes every change another object: pods that run
/// already go on with what they began with.
fn config_map(settings: &Kubernetes, files: &BTreeMap<String, String>) -> Result<Object, ScheduleError> {
    let data: BTreeMap<String, &String> = files.iter().map(|(path, text)| (key(path), text)).collect();
    let size: usize = data.iter().map(|(key, text)| key.len() + text.len()).sum();
    if size > LARGEST {
        let largest = files.iter().max_by_key(|(_, text)| text.len());
        let largest = largest.map(|(path, text)| format!(", the largest is {path} with {} KiB", text.len() >> 10));
        return Err(ScheduleError::Platform(format!(
            "the repository's {} files have {} KiB together{}, and a ConfigMap holds {} KiB: let the pods clone it, with \
             --git URL --git-image IMAGE",
            files.len(),
            size >> 10,
            largest.unwrap_or_default(),
            LARGEST >> 10
        )));
    }
    let mut hash = Sha256::new();
    for (path, text) in files {
        // The lengths keep one file's end from being taken for the next one's beginning.
        hash.update(format!("{} {path} {}\n{text}", path.len(), text.len()));
    }
    let manifest = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": format!("{}-{}", settings.name(), HEXLOWER.encode(&hash.finalize()[..5])),
            "namespace": settings.namespace(),
            "labels": labels(settings),
        },
        "immutable": true,
        "data": data,
    });
    Object::new(manifest).map_err(|error| ScheduleError::Object(error.to_string()))
}

/// A key of a ConfigMap has no folder, and few characters. The hash keeps apart what would look alike.
fn key(path: &str) -> String {
    if PLAIN.contains(&path) {
        return path.to_owned();
    }
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') {
            c
        } else {
            '_'
        }
    };
    let name: String = path.chars().map(plain).collect();
    let tail = &name[name.len().saturating_sub(200)..];
    format!("{}_{tail}", HEXLOWER.encode(&Sha256::digest(path.as_bytes())[..5]))
}

fn values(
    schedule: &Schedule,
    settings: &Kubernetes,
    image: &str,
    source: &Source,
    config_map: Option<&Object>,
) -> Value {
    let (items, git, folder) = match source {
        Source::Files(files) => {
            let items = files
                .keys()
                .map(|path| json!({"key": key(path), "path": path}))
                .collect();
            (items, Value::Null, None)
        }
        Source::Git(git) => (
            Vec::new(),
            json!({"image": git.image, "command": clone(git)}),
            git.folder.as_ref(),
        ),
    };
    let mut secret_items = Vec::new();
    if !schedule.is_outdated() {
        secret_items.push(json!({"key": "credentials.yaml", "path": "credentials.yaml"}));
    }
    if schedule.receivers.webhook.is_some() {
        secret_items.push(json!({"key": "webhook", "path": "webhook"}));
    }
    let mut steps = steps(schedule, settings);
    let before = steps.len() - 1;
    // The last is the pod's own container, those before it are its init containers.
    steps[before]["main"] = true.into();
    json!({
        "name": settings.name(),
        "namespace": settings.namespace(),
        "labels": labels(settings),
        "cron": schedule.cron.to_string(),
        "time_zone": schedule.time_zone,
        "deadline": schedule.deadline(),
        "sharded": settings.shards() > 1,
        "shards": settings.shards(),
        "has_init": before > 0 || !git.is_null(),
        "git": git,
        "steps": steps,
        "image": image,
        "ca_certificate": schedule.ca_certificate,
        "working_dir": folder.map_or_else(|| "/repository".to_owned(), |folder| format!("/repository/{folder}")),
        "resources": settings.resources,
        "config_map": config_map.map(|object| object.id().name.clone()).unwrap_or_default(),
        "items": items,
        "secret": settings.secret(),
        "secret_items": secret_items,
        "state_claim": settings.state_claim,
    })
}

/// The containers, which run one after the other: what was found is told before it is written over.
fn steps(schedule: &Schedule, settings: &Kubernetes) -> Vec<Value> {
    let schedule = schedule.with_text(unexpanded);
    let sharded = settings.shards() > 1;
    let state = |part: &str| format!("/var/lib/dashctl/{}-sent{part}.json", settings.name());
    let places = Places {
        webhook: Some("/etc/dashctl/secret/webhook".into()),
        state: settings
            .state_claim
            .as_ref()
            .map(|_| state(if sharded { "-$(JOB_COMPLETION_INDEX)" } else { "" })),
        shard: sharded.then(|| format!("$(JOB_COMPLETION_INDEX)/{}", settings.shards())),
    };
    let step = |name: &str, mut args: Vec<String>| {
        // Drift is told by receivers; that something is outdated, by the Job that failed.
        if !schedule.is_outdated() {
            args.push("--exit-code=0".into());
        }
        json!({"name": name, "args": args, "main": false})
    };
    let mut steps = vec![step("check", schedule.check_all(&places))];
    if schedule.revert {
        for (number, target) in schedule.targets.iter().enumerate() {
            steps.push(step(&format!("revert-{}", number + 1), Schedule::revert_one(target)));
        }
    }
    steps
}

/// Kubernetes would fill in `$(NAME)`.
fn unexpanded(word: &str) -> String {
    word.replace("$(", "$$(")
}

/// Clones into the empty volume. The password comes from a file, in the form that git's credential helpers speak, and
/// goes to this host only.
fn clone(git: &Git) -> Vec<String> {
    let helper = "!f() { test \"$1\" != get || cat /etc/dashctl/git/credential 2>/dev/null || true; }; f";
    let mut words = vec![
        "git".to_owned(),
        "-c".to_owned(),
        format!("credential.{}.helper={helper}", origin(&git.url)),
        "clone".to_owned(),
        "--depth=1".to_owned(),
        "--single-branch".to_owned(),
    ];
    words.extend(git.reference.iter().map(|reference| format!("--branch={reference}")));
    words.extend(["--", &git.url, "/repository"].map(str::to_owned));
    words.iter().map(|word| unexpanded(word)).collect()
}

/// The command that makes the namespace, for messages.
pub fn namespace_command(namespace: &str) -> String {
    shell::line(&["kubectl", "create", "namespace", namespace].map(str::to_owned))
}

/// Checks that the image was named.
///
/// # Errors
///
/// It wasn't.
pub fn image(image: Option<&str>) -> Result<&str, ScheduleError> {
    Ok(image.ok_or_else(|| {
        wrong(
            "image",
            "is not set: name the image that holds dashctl here or with --image; the project's Dockerfile builds it, and \
             none is published",
        )
    })?)
}

#[cfg(test)]
mod tests {
    use super::super::tests::schedule;
    use super::*;
    use crate::stack::Kind;
    use crate::template::assert_quoted;

    fn files(paths: &[&str]) -> Source {
        Source::Files(
            paths
                .iter()
                .map(|path| ((*path).to_owned(), format!("text of {path}")))
                .collect(),
        )
    }

    fn pod(manifests: &Manifests) -> Value {
        let job = manifests.objects.last().unwrap().manifest();
        job.pointer("/spec/jobTemplate/spec/template/spec").unwrap().clone()
    }

    #[test]
    fn every_text_that_is_put_in_stands_within_quotes() {
        let yaml = |text: &'static str, name: &'static str| (name, text);
        let all = [
            TEMPLATES[0],
            yaml(include_str!("../../templates/schedule/github.yml.hbs"), "github.yml"),
            yaml(include_str!("../../templates/schedule/gitlab.yml.hbs"), "gitlab.yml"),
        ];
        let seen = assert_quoted("templates/schedule", &all);
        assert!(seen > 15, "only {seen} tags");
    }

    #[test]
    fn a_hostile_name_is_neither_yaml_nor_filled_in() {
        let schedule = schedule("{revert: true}", &["x\": $(JOB_COMPLETION_INDEX) #"]);
        let made = render(
            &schedule,
            &Kubernetes::default(),
            "d:1",
            &files(&["dashboards/${{x}} \": {/é.json"]),
        )
        .unwrap();
        let pod = pod(&made);
        assert_eq!(
            pod["initContainers"][0]["args"][1],
            "--target=x\": $$(JOB_COMPLETION_INDEX) #"
        );
        assert_eq!(
            pod["containers"][0]["args"][3],
            "--target=x\": $$(JOB_COMPLETION_INDEX) #"
        );
        let item = &pod["volumes"][0]["configMap"]["items"][0];
        assert_eq!(item["path"], "dashboards/${{x}} \": {/é.json");
        let documents: Vec<Value> = serde_saphyr::from_multiple(&made.text).unwrap();
        let key = item["key"].as_str().unwrap();
        assert_eq!(documents[0]["data"][key], "text of dashboards/${{x}} \": {/é.json");
    }

    #[test]
    fn paths_that_look_alike_have_keys_of_their_own() {
        let paths = [
            "dashboards/a b.json",
            "dashboards/a_b.json",
            "dashboards/a/b.json",
            "dashboards_a_b.json",
        ];
        let long = format!("dashboards/{}.json", "é".repeat(300));
        let keys: std::collections::BTreeSet<String> =
            paths.iter().chain([&long.as_str()]).map(|path| key(path)).collect();
        assert_eq!(keys.len(), 5);
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        assert!(
            keys.iter().all(|key| key.len() <= 253 && key.chars().all(plain)),
            "{keys:?}"
        );
    }

    #[test]
    fn another_content_is_another_config_map() {
        let name = |source: &Source| {
            let made = render(&schedule("{}", &["a"]), &Kubernetes::default(), "d:1", source).unwrap();
            made.objects
                .iter()
                .find(|object| object.id().kind == Kind::ConfigMap)
                .unwrap()
                .id()
                .name
                .clone()
        };
        assert_eq!(name(&files(&["a", "b"])), name(&files(&["b", "a"])));
        assert_ne!(name(&files(&["a", "b"])), name(&files(&["a", "c"])));
    }

    #[test]
    fn a_divided_check_keeps_apart_what_was_sent() {
        let schedule = schedule("{receivers: {webhook: generic}}", &["a"]);
        let settings = Kubernetes {
            shards: Some(4),
            state_claim: Some("sent".into()),
            ..Kubernetes::default()
        };
        let made = render(&schedule, &settings, "d:1", &files(&["dashctl.yaml"])).unwrap();
        let args = pod(&made)["containers"][0]["args"].to_string();
        assert!(
            args.contains("--state=/var/lib/dashctl/dashctl-drift-sent-$(JOB_COMPLETION_INDEX).json"),
            "{args}"
        );
        assert!(args.contains("--shard=$(JOB_COMPLETION_INDEX)/4"), "{args}");
        assert_eq!(pod(&made)["volumes"][2]["persistentVolumeClaim"]["claimName"], "sent");
    }
}

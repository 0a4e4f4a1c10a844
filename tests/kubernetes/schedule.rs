//! The life of a scheduled check: looked at, installed, run by the real controllers, divided, looked at, removed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use dashctl::sandbox::{Options, Sandbox};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use super::cluster::{Cluster, Fate, trial};
use super::container;
use super::receiver::pushgateway;
use super::user::{Ended, User, differing, versions};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("a_schedule_is_applied_once_runs_and_is_removed", life),
        trial("a_divided_schedule_checks_each_part_once", divided),
        trial("a_run_that_failed_says_why", failed),
        trial("a_schedule_goes_back_to_desired_where_that_is_asked_for", revert),
        trial("a_schedule_clones_its_repository", cloned),
        trial("a_schedule_leaves_what_others_made", foreign),
    ]
}

/// A Grafana, a repository that was applied to it, and a cluster that is to check it.
struct Stage {
    cluster: Arc<Cluster>,
    grafana: Sandbox,
    user: User,
    namespace: &'static str,
    pushed: Arc<Mutex<Vec<String>>>,
    pushgateway: String,
}

impl Stage {
    fn set(namespace: &'static str, dashboards: &[&str]) -> Self {
        // A second installation is refused and harmless.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let cluster = Cluster::shared();
        // What runs here has to pass as the strictest level wants it.
        cluster.namespace(namespace, json!({"pod-security.kubernetes.io/enforce": "restricted"}));
        let grafana = cluster.block_on(Sandbox::start(Options::default())).unwrap();
        let user = User::new(&cluster, &json!({}));
        let (pushgateway, pushed) = pushgateway();
        let stage = Self {
            cluster,
            grafana,
            user,
            namespace,
            pushed,
            pushgateway,
        };
        stage.wants(&json!({}));
        for uid in dashboards {
            let text = json!({"uid": uid, "title": format!("Title of {uid}"), "panels": []}).to_string();
            stage.write(&format!("dashboards/A folder/{uid}.json"), &text);
        }
        stage.dashctl(&["apply", "--yes"]).exits(0);
        stage.secret("admin");
        let weak = Arc::downgrade(&stage.cluster);
        let which = format!("{namespace}/");
        stage
            .cluster
            .pods(&which, Fate::run(move |pod| container::run(&weak, pod, &[])));
        stage
    }

    /// Changes the section `schedule:`.
    fn wants(&self, more: &Value) {
        let mut schedule = json!({"image": "registry.invalid/dashctl:0.1.0",
            "receivers": {"pushgateway": self.pushgateway}, "kubernetes": {"namespace": self.namespace}});
        for (key, value) in more.as_object().unwrap() {
            schedule[key] = value.clone();
        }
        schedule["kubernetes"]["namespace"] = self.namespace.into();
        let config = json!({"version": 1, "repository": "r-test", "schedule": schedule,
            "targets": {"prod": {"url": self.grafana.url()}}});
        self.write("dashctl.yaml", &config.to_string());
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.user.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn secret(&self, password: &str) {
        let file = format!(
            "credentials: {{{:?}: {{user: admin, password: {password}}}}}",
            self.grafana.url()
        );
        let secret = json!({"apiVersion": "v1", "kind": "Secret",
            "metadata": {"namespace": self.namespace, "name": "dashctl-drift"},
            "data": {"credentials.yaml": base64(&file)}});
        self.cluster.apply(&secret, "somebody", "&force=true").unwrap();
    }

    fn dashctl(&self, arguments: &[&str]) -> Ended {
        let mut command = self.user.command();
        command.args(arguments);
        for (name, value) in [
            ("GRAFANA_URL", self.grafana.url()),
            ("GRAFANA_USER", "admin"),
            ("GRAFANA_PASSWORD", "admin"),
        ] {
            command.env(name, value);
        }
        Ended::of(command.spawn().unwrap())
    }

    /// `dashctl schedule kubernetes …` on the cluster.
    fn schedule(&self, arguments: &[&str]) -> Ended {
        let kubeconfig = self.cluster.kubeconfig().to_str().unwrap().to_owned();
        let all = [&["schedule", "kubernetes", "--kubeconfig", &kubeconfig], arguments].concat();
        self.dashctl(&all)
    }

    /// Somebody edits a dashboard in Grafana.
    fn edit(&self, uid: &str) {
        let url = format!("{}/api/dashboards", self.grafana.url());
        self.cluster.block_on(async {
            let client = reqwest::Client::new();
            let get = client
                .get(format!("{url}/uid/{uid}"))
                .basic_auth("admin", Some("admin"));
            let found: Value = serde_json::from_slice(&get.send().await.unwrap().bytes().await.unwrap()).unwrap();
            let mut dashboard = found["dashboard"].clone();
            dashboard["title"] = "Edited by hand".into();
            let body = json!({"dashboard": dashboard, "folderUid": found["meta"]["folderUid"], "overwrite": true});
            let post = client.post(format!("{url}/db")).basic_auth("admin", Some("admin"));
            let post = post.header("content-type", "application/json").body(body.to_string());
            assert_eq!(post.send().await.unwrap().status(), 200);
        });
    }

    fn title(&self, uid: &str) -> Value {
        let url = format!("{}/api/dashboards/uid/{uid}", self.grafana.url());
        self.cluster.block_on(async {
            let get = reqwest::Client::new().get(url).basic_auth("admin", Some("admin"));
            let found: Value = serde_json::from_slice(&get.send().await.unwrap().bytes().await.unwrap()).unwrap();
            found["dashboard"]["title"].clone()
        })
    }

    fn path(&self, collection: &str) -> String {
        format!("/apis/batch/v1/namespaces/{}/{collection}", self.namespace)
    }

    /// Waits until the CronJob's first Job has ended, and gives it.
    fn first_run(&self) -> Value {
        self.cluster.due_now(self.namespace, "dashctl-drift");
        self.ended(|_| true)
    }

    /// Makes a Job of the CronJob, as `kubectl create job --from=cronjob/…` does, and waits until it has ended.
    fn run_now(&self, name: &str) -> Value {
        let cron_job = self.cluster.get(&self.path("cronjobs/dashctl-drift")).unwrap();
        let job = json!({"apiVersion": "batch/v1", "kind": "Job",
            "metadata": {"name": name, "namespace": self.namespace, "labels": cron_job["spec"]["jobTemplate"]["metadata"]["labels"],
                "annotations": {"cronjob.kubernetes.io/instantiate": "manual"},
                "ownerReferences": [{"apiVersion": "batch/v1", "kind": "CronJob", "name": "dashctl-drift", "controller": true,
                    "uid": cron_job["metadata"]["uid"]}]},
            "spec": cron_job["spec"]["jobTemplate"]["spec"]});
        self.cluster.create(&self.path("jobs"), &job);
        self.ended(|job| job["metadata"]["name"] == name)
    }

    fn ended(&self, which: impl Fn(&Value) -> bool) -> Value {
        self.cluster.wait("the Job ends", || {
            let jobs = self.cluster.list(&self.path("jobs"));
            jobs.into_iter()
                .filter(|job| which(job))
                .find(|job| outcome(job).is_some())
        })
    }

    fn pods(&self) -> Vec<Value> {
        self.cluster
            .list(&format!("/api/v1/namespaces/{}/pods", self.namespace))
    }

    /// What the containers said when they ended.
    fn said(&self) -> Vec<String> {
        let said = |pod: &Value| pod["status"]["containerStatuses"][0]["state"].to_string();
        self.pods().iter().map(said).collect()
    }

    /// The versions of this namespace's objects: others' trials run on the same cluster.
    fn versions(&self) -> BTreeMap<String, String> {
        let mut all = versions(&self.cluster);
        all.retain(|key, _| key.contains(&format!(" {}/", self.namespace)));
        all
    }
}

fn outcome(job: &Value) -> Option<&'static str> {
    let conditions = job["status"]["conditions"].as_array()?;
    ["Complete", "Failed"].into_iter().find(|outcome| {
        conditions
            .iter()
            .any(|one| one["type"] == *outcome && one["status"] == "True")
    })
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn life() -> Result<(), Failed> {
    let stage = Stage::set("schedule-life", &["one", "two"]);
    let empty = stage.versions();
    looked_at(&stage);
    assert_eq!(differing(&empty, &stage.versions()), [""; 0], "looking writes nothing");
    installed_once(&stage);
    rendered_is_installed(&stage);
    run_and_told(&stage);
    changed(&stage);
    stage
        .schedule(&["--remove", "--dry-run"])
        .exits(2)
        .says(&["- delete    CronJob schedule-life/dashctl-drift"]);
    let removed = stage.schedule(&["--remove", "--yes"]).exits(0);
    removed.says(&["The Secret dashctl-drift, which was made by hand, stays"]);
    let left: Vec<String> = differing(&empty, &stage.versions());
    assert_eq!(left, [""; 0], "everything is gone, and the Secret is as it was");
    stage.cluster.wait("its runs are gone", || {
        stage.cluster.list(&stage.path("jobs")).is_empty().then_some(())
    });
    let again = stage.schedule(&["--remove", "--yes"]).exits(0);
    again.says(&["Nothing to delete"]);
    Ok(())
}

fn looked_at(stage: &Stage) {
    let nowhere = stage.schedule(&["--apply", "--yes", "--namespace", "nowhere"]).exits(1);
    nowhere.complains(&[
        "there is no namespace nowhere; nothing was written",
        "kubectl create namespace nowhere",
    ]);
    let status = stage.schedule(&["--status"]).exits(1);
    status.complains(&["there is no CronJob schedule-life/dashctl-drift"]);
    let dry = stage.schedule(&["--apply", "--dry-run"]).exits(2);
    dry.says(&["3 to create"]);
    let unasked = stage.schedule(&["--apply"]).exits(64);
    unasked.complains(&["There is no terminal to ask on"]);
}

fn installed_once(stage: &Stage) {
    let applied = stage.schedule(&["--apply", "--yes"]).exits(0);
    applied.says(&[
        "CronJob schedule-life/dashctl-drift: created",
        "create secret generic dashctl-drift",
    ]);
    stage.schedule(&["--status"]).exits(0).says(&["It hasn't run yet."]);
    let installed = stage.versions();
    stage.schedule(&["--apply", "--yes"]).exits(0).says(&["Nothing to do"]);
    assert_eq!(differing(&installed, &stage.versions()), [""; 0], "it is as it was");
}

fn run_and_told(stage: &Stage) {
    stage.edit("one");
    let job = stage.first_run();
    assert_eq!(
        outcome(&job),
        Some("Complete"),
        "drift is no failure: {:?}",
        stage.said()
    );
    let pushed = stage.pushed.lock().unwrap().clone();
    let [told] = &pushed[..] else { panic!("{pushed:?}") };
    let group = "PUT /metrics/job/dashctl_drift/repository/r%2Dtest/target/prod ";
    assert!(told.starts_with(group), "{told}");
    let counts = ["state=\"drift\"} 1", "state=\"in-sync\"} 1"];
    assert!(counts.iter().all(|count| told.contains(count)), "{told}");
    let status = stage.schedule(&["--status"]).exits(0).says(&["RUN", "done", "1/1"]);
    assert!(!status.stdout.contains("failed"), "{status}");
}

/// A changed file is another ConfigMap, and the one before goes.
fn changed(stage: &Stage) {
    let maps = || -> Vec<String> {
        let path = format!("/api/v1/namespaces/{}/configmaps", stage.namespace);
        let found = stage.cluster.list(&path).into_iter();
        let names = found.map(|map| map["metadata"]["name"].as_str().unwrap().to_owned());
        names.filter(|name| name.starts_with("dashctl-drift-")).collect()
    };
    let before = maps();
    stage.write("dashboards/three.json", "{\"uid\": \"three\", \"title\": \"Three\"}");
    let applied = stage.schedule(&["--apply", "--yes"]).exits(0);
    applied.says(&[": created", ": changed", ": deleted"]);
    let after = maps();
    assert_eq!((before.len(), after.len()), (1, 1));
    assert_ne!(before, after);
}

/// The text for files is what an apply sends: a server takes it strictly, and it changes nothing.
fn rendered_is_installed(stage: &Stage) {
    let text = stage.schedule(&[]).exits(0).stdout;
    let documents: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
    assert_eq!(documents.len(), 3);
    for document in documents {
        let id = dashctl::stack::Object::new(document.clone()).unwrap().id().clone();
        let live = stage
            .cluster
            .get(&id.path())
            .unwrap_or_else(|| panic!("{id} isn't there"));
        let then = stage.cluster.apply(&document, "dashctl", "&dryRun=All").unwrap();
        for part in ["spec", "data", "immutable", "automountServiceAccountToken"] {
            assert_eq!(then[part], live[part], "{id}: {part}");
        }
        assert_eq!(then["metadata"]["labels"], live["metadata"]["labels"], "{id}");
    }
}

fn divided() -> Result<(), Failed> {
    let uids: Vec<String> = (0..12).map(|number| format!("d-{number}")).collect();
    let uids: Vec<&str> = uids.iter().map(String::as_str).collect();
    let stage = Stage::set("schedule-divided", &uids);
    stage.edit("d-3");
    stage.schedule(&["--apply", "--yes", "--shards", "3"]).exits(0);
    let job = stage.first_run();
    assert_eq!(outcome(&job), Some("Complete"), "{:?}", stage.said());
    assert_eq!(job["status"]["completedIndexes"], "0-2");
    let mut pushed = stage.pushed.lock().unwrap().clone();
    pushed.sort();
    let groups: Vec<&str> = pushed.iter().map(|told| told.split(' ').nth(1).unwrap()).collect();
    let group = |part: &str| {
        use base64::Engine as _;
        let part = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(part);
        format!("/metrics/job/dashctl_drift/repository/r%2Dtest/target/prod/shard@base64/{part}")
    };
    assert_eq!(groups, [group("0/3"), group("1/3"), group("2/3")]);
    let count = |state: &str| -> u32 {
        let start = format!("dashctl_drift_dashboards{{state=\"{state}\"}} ");
        let numbers = pushed
            .iter()
            .flat_map(|told| told.lines())
            .filter_map(|line| line.strip_prefix(&start));
        numbers.map(|number| number.parse::<u32>().unwrap()).sum()
    };
    assert_eq!(
        (count("drift"), count("in-sync")),
        (1, 11),
        "each dashboard falls to one part: {pushed:?}"
    );
    stage.schedule(&["--status"]).exits(0).says(&["3/3"]);
    Ok(())
}

fn failed() -> Result<(), Failed> {
    let stage = Stage::set("schedule-failed", &["one"]);
    stage.secret("wrong");
    stage.schedule(&["--apply", "--yes"]).exits(0);
    let job = stage.first_run();
    assert_eq!(outcome(&job), Some("Failed"), "{job}");
    assert_eq!(stage.pods().len(), 1, "a wrong password isn't tried again and again");
    let status =
        stage
            .schedule(&["--status"])
            .exits(2)
            .says(&["failed", "0/1", "check ended with 3:", "BackoffLimitExceeded"]);
    assert!(!status.stdout.contains("wrong"), "{status}");
    let json: Value = serde_json::from_str(&stage.schedule(&["--status", "-o", "json"]).exits(2).stdout)?;
    assert_eq!(json["runs"][0]["outcome"], "failed");
    stage.secret("admin");
    // The newest by the second.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let job = stage.run_now("again");
    assert_eq!(outcome(&job), Some("Complete"), "{:?}", stage.said());
    stage
        .schedule(&["--status"])
        .exits(0)
        .says(&["again", "done", "failed"]);
    Ok(())
}

fn revert() -> Result<(), Failed> {
    let stage = Stage::set("schedule-revert", &["one"]);
    stage.wants(&json!({"revert": true}));
    stage.edit("one");
    stage.schedule(&["--apply", "--yes"]).exits(0);
    assert_eq!(stage.title("one"), "Edited by hand");
    let job = stage.first_run();
    assert_eq!(outcome(&job), Some("Complete"), "{:?}", stage.said());
    let pushed = stage.pushed.lock().unwrap().clone();
    assert!(
        pushed.len() == 1 && pushed[0].contains("state=\"drift\"} 1"),
        "it was told first: {pushed:?}"
    );
    assert_eq!(stage.title("one"), "Title of one");
    stage
        .schedule(&["--apply", "--yes", "--shards", "2"])
        .exits(64)
        .complains(&["schedule.revert"]);
    Ok(())
}

fn cloned() -> Result<(), Failed> {
    let stage = Stage::set("schedule-cloned", &["one"]);
    stage.edit("one");
    let remote = tempfile::tempdir()?;
    let folder = remote.path().join("grafana/prod");
    std::fs::create_dir_all(folder.join("dashboards/A folder"))?;
    for file in ["dashctl.yaml", "dashctl.lock", "dashboards/A folder/one.json"] {
        // Nothing was imported, so there may be no lock.
        if stage.user.path(file).exists() {
            std::fs::copy(stage.user.path(file), folder.join(file))?;
        }
    }
    let git = |arguments: &[&str]| {
        let who = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
        let ended = Command::new("git")
            .current_dir(remote.path())
            .args(who)
            .args(arguments)
            .output()
            .unwrap();
        assert!(ended.status.success(), "{ended:?}");
    };
    git(&["init", "--quiet", "--initial-branch=live"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message=all"]);
    let flags = [
        "--git",
        "https://git.example.com/dashboards.git",
        "--git-ref",
        "live",
        "--git-image",
        "registry.invalid/git:2",
        "--git-folder",
        "grafana/prod",
    ];
    stage.schedule(&[&["--apply", "--yes"], &flags[..]].concat()).exits(0);
    clones_from(&stage, remote.path());
    let job = stage.first_run();
    assert_eq!(outcome(&job), Some("Complete"), "{:?}", stage.said());
    assert!(stage.pushed.lock().unwrap()[0].contains("state=\"drift\"} 1"));
    Ok(())
}

/// The host of the example is a folder of this machine.
fn clones_from(stage: &Stage, remote: &Path) {
    let weak = Arc::downgrade(&stage.cluster);
    let key = format!("url.file://{}.insteadOf", remote.display());
    let run = move |pod: &Value| {
        let instead = [
            ("GIT_CONFIG_COUNT", "2"),
            ("GIT_CONFIG_KEY_0", key.as_str()),
            ("GIT_CONFIG_VALUE_0", "https://git.example.com/dashboards.git"),
            ("GIT_CONFIG_KEY_1", "safe.directory"),
            ("GIT_CONFIG_VALUE_1", "*"),
        ];
        container::run(&weak, pod, &instead)
    };
    stage.cluster.pods(&format!("{}/", stage.namespace), Fate::run(run));
}

fn foreign() -> Result<(), Failed> {
    let stage = Stage::set("schedule-foreign", &["one"]);
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": {"namespace": stage.namespace, "name": "dashctl-drift", "labels": {"app.kubernetes.io/managed-by": "Helm"}}});
    stage.cluster.apply(&account, "somebody", "")?;
    let before = stage.versions();
    let refused = stage.schedule(&["--apply", "--yes"]).exits(1);
    refused.complains(&["nothing was written", "it is managed by Helm; --adopt takes it over"]);
    assert_eq!(differing(&before, &stage.versions()), [""; 0]);
    stage
        .schedule(&["--remove", "--yes"])
        .exits(0)
        .says(&["Nothing to delete"]);
    assert_eq!(differing(&before, &stage.versions()), [""; 0]);
    stage.schedule(&["--apply", "--yes", "--adopt"]).exits(0);
    // What was changed by hand is seen, and taken back only by force.
    stage.cluster.merge(
        &stage.path("cronjobs/dashctl-drift"),
        &json!({"spec": {"schedule": "0 0 * * *"}}),
    );
    stage
        .schedule(&["--apply", "--yes"])
        .exits(1)
        .complains(&["spec.schedule was set by", "--force-conflicts"]);
    stage.schedule(&["--apply", "--yes", "--force-conflicts"]).exits(0);
    Ok(())
}

use serde_json::{Value, json};

use super::apply::{dashboard, edit, scene};
use super::receiver::Receiver;
use super::scene::Scene;

/// Two dashboards that somebody has changed.
fn drifted() -> Scene {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    edit(&scene, "pods", "/title", &json!("Pods <!channel>"));
    edit(&scene, "nodes", "/title", &json!("Other"));
    scene
}

#[test]
fn with_a_state_each_change_is_sent_once_and_without_one_each_time() {
    let scene = drifted();
    let hook = Receiver::start();
    let url = hook.url();
    let drift = |more: &[&str]| scene.run(&[&["drift", "--webhook", &url], more].concat()).exit(2);
    drift(&[]);
    drift(&[]);
    assert_eq!(hook.taken().len(), 4);
    let state = ["--state", "kept/sent.json"];
    std::fs::create_dir(scene.path("kept")).unwrap();
    drift(&state);
    drift(&state);
    let taken = hook.taken();
    assert_eq!(taken.len(), 2, "{taken:?}");
    assert_ne!(taken[0].1["fingerprint"], taken[1].1["fingerprint"]);
    edit(&scene, "pods", "/title", &json!("Once more"));
    drift(&state);
    let taken = hook.taken();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].1["dashboard"]["edits"][0]["version"], 3);
}

#[test]
fn a_webhook_that_refuses_is_told_apart_and_told_again_later() {
    let scene = drifted();
    let hook = Receiver::start();
    hook.answer(503);
    let url = hook.url();
    let args = ["drift", "--webhook", &url, "--state", "sent.json"];
    let ran = scene
        .run(&args)
        .exit(4)
        .out("2 drift")
        .err("the webhook at http://127.0.0.1:")
        .err("503");
    assert!(!ran.stderr.contains("SECRET-PART"), "{}", ran.stderr);
    hook.answer(200);
    scene.run(&args).exit(2);
    assert_eq!(hook.taken().len(), 2, "what was refused is sent by the next check");
    scene.run(&args).exit(2);
    assert_eq!(hook.taken().len(), 0);
}

#[test]
fn a_receiver_that_can_t_be_told_has_a_cause_and_a_next_step() {
    let scene = drifted();
    for receiver in ["--pushgateway", "--alertmanager", "--webhook"] {
        scene
            .run(&["drift", receiver, "http://127.0.0.1:9/hook/SECRET-PART"])
            .exit(4)
            .err(" at http://127.0.0.1:9: connection refused\n  hint: is the URL right");
    }
    let hook = Receiver::start();
    for (status, hint) in [
        (403, "--webhook-header"),
        (404, "is the path"),
        (503, "trouble of its own"),
    ] {
        hook.answer(status);
        scene
            .run(&["drift", "--webhook", &hook.url()])
            .exit(4)
            .err(&format!("it answered {status}\n  hint: "))
            .err(hint);
    }
}

#[test]
fn figures_go_into_a_folder_that_is_there() {
    let scene = drifted();
    scene.requests();
    scene
        .run(&["drift", "--textfile", "typo/drift.prom"])
        .exit(64)
        .err("there is no folder typo");
    assert!(!scene.path("typo").exists());
    assert_eq!(scene.requests().len(), 0, "found before the check begins");
    scene.run(&["drift", "--textfile", "drift.prom"]).exit(2);
    assert!(scene.read("drift.prom").contains("dashctl_drift_last_run"));
}

#[test]
fn a_state_that_is_empty_is_new_and_one_that_is_broken_says_what_to_do() {
    let scene = drifted().file("sent.json", "");
    let hook = Receiver::start();
    let url = hook.url();
    let args = ["drift", "--webhook", &url, "--state", "sent.json"];
    scene.run(&args).exit(2);
    assert_eq!(hook.taken().len(), 2);
    scene.run(&args).exit(2);
    assert_eq!(hook.taken().len(), 0);
    scene.write("sent.json", "{\"version\": 1, \"sent\"");
    scene
        .run(&args)
        .exit(4)
        .out("2 drift")
        .err("error: the webhook is told nothing: sent.json: it is no state of dashctl's")
        .err("hint: delete it to start anew; then all drift that there is now is told once more");
    assert_eq!(hook.taken().len(), 0);
}

#[test]
fn templates_and_secret_headers_come_from_files() {
    let scene = drifted();
    let hook = Receiver::start();
    scene.write("url", &format!("{}\n", hook.url()));
    scene.write("key", "Bearer very-secret\n");
    let base = [
        "-v",
        "drift",
        "pods",
        "--webhook",
        "@url",
        "--webhook-header",
        "Authorization=@key",
    ];
    let with = |template: &str| scene.run(&[&base[..], &["--webhook-template", template]].concat());
    let ran = with("slack").exit(2);
    assert!(
        !ran.stderr.contains("very-secret") && !ran.stderr.contains("SECRET-PART"),
        "{}",
        ran.stderr
    );
    let (headers, message) = hook.taken().remove(0);
    assert_eq!(headers["authorization"], "Bearer very-secret");
    assert!(
        message["text"]
            .as_str()
            .unwrap()
            .starts_with("Pods was changed in Grafana by admin"),
        "{message}"
    );
    scene.write(
        "own.json.hbs",
        "{\"who\": \"{{dashboard.edits.0.author}}\", \"what\": {{json dashboard.drift}}}",
    );
    with("own.json.hbs").exit(2);
    let (_, message) = hook.taken().remove(0);
    assert_eq!(message["who"], "admin");
    assert_eq!(message["what"][0]["after"], "Pods <!channel>");
    scene.write("own.json.hbs", "{\"who\": {{dashboard.nobody}}");
    with("own.json.hbs")
        .exit(4)
        .out("1 drift")
        .err("the template own.json.hbs");
    scene.requests();
    with("missing.hbs").exit(64).err("missing.hbs can't be read");
    scene.write("broken.hbs", "{\"who\":\n {{#each edits}");
    with("broken.hbs").exit(64).err("broken.hbs is no template");
    scene
        .run(&["watch", "--webhook", "@url", "--webhook-template", "missing.hbs"])
        .exit(64)
        .err("missing.hbs can't be read");
    assert_eq!(scene.requests().len(), 0, "found before the check begins");
    scene.run(&["drift", "--webhook", "@nowhere"]).exit(64).err("nowhere");
    assert_eq!(hook.taken().len(), 0);
}

#[test]
fn shards_together_look_at_every_dashboard_once() {
    let scene = scene();
    for number in 0..20 {
        let uid = format!("d{number}");
        scene.write(&format!("dashboards/M/{uid}.json"), &dashboard(&uid, &uid, "up"));
    }
    scene.run(&["apply"]).exit(0);
    let mut seen = Vec::new();
    for index in 0..3 {
        let shard = format!("{index}/3");
        let report = scene.run(&["drift", "--shard", &shard, "-o", "json"]).exit(0).json();
        assert_eq!(report["shard"], json!({"index": index, "of": 3}));
        let rows = report["targets"][0]["dashboards"].as_array().unwrap().clone();
        assert!(rows.len() > 1 && rows.len() < 15, "{}", rows.len());
        seen.extend(rows.into_iter().map(|row| row["uid"].clone()));
    }
    seen.sort_by_key(Value::to_string);
    seen.dedup();
    assert_eq!(seen.len(), 22);
    for wrong in ["3/3", "0/0", "1", "a/b", "1/2/3"] {
        scene.run(&["drift", "--shard", wrong]).exit(64).err("a shard is I/N");
    }
}

#[test]
fn alerts_begin_with_the_edit_and_last_beyond_the_next_check_and_a_failing_check_is_one_too() {
    let scene = drifted();
    let manager = Receiver::start();
    let url = manager.url();
    let drift = |more: &[&str]| {
        let args = ["drift", "--alertmanager", &url, "--interval", "30m"];
        scene.run(&[&args[..], more].concat())
    };
    let told = |number: usize| -> Vec<Value> {
        let (_, alerts) = manager.taken().remove(0);
        assert_eq!(alerts.as_array().unwrap().len(), number, "{alerts:#}");
        alerts.as_array().unwrap().clone()
    };
    drift(&[]).exit(2);
    let first = told(2);
    let saved = scene.api("GET", "/api/dashboards/uid/pods/versions/2", None).1;
    let pods = first.iter().find(|alert| alert["labels"]["uid"] == "pods").unwrap();
    let time = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(time(&pods["startsAt"]), time(&saved["created"]));
    let left = time(&pods["endsAt"]).duration_since(jiff::Timestamp::now()).as_mins();
    assert!((50..=60).contains(&left), "{left} minutes");
    drift(&[]).exit(2);
    let again = told(2);
    let labels = |alerts: &[Value]| alerts.iter().map(|alert| alert["labels"].clone()).collect::<Vec<_>>();
    assert_eq!(
        labels(&first),
        labels(&again),
        "what is the same alert has the same labels"
    );
    drift(&["--alert-per", "target"]).exit(2);
    assert_eq!(told(1)[0]["labels"]["alertname"], "DashboardsDrifted");
    let scene = scene.with_token("expired");
    let args = ["drift", "--alertmanager", &url];
    scene.run(&args).exit(3);
    let failing = told(1);
    assert_eq!(failing[0]["labels"]["alertname"], "DashboardDriftCheckFailing");
    assert!(
        failing[0]["annotations"]["description"]
            .as_str()
            .unwrap()
            .contains("401"),
        "{failing:#?}"
    );
    assert!(!failing[0].to_string().contains("expired"), "{failing:#?}");
}

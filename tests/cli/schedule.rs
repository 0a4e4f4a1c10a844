use serde_json::Value;

use super::scene::Scene;

const HEAD: &str = "version: 1\nrepository: r-test\ntargets:\n  prod: {url: 'https://prod.example.com'}\n";
const IMAGE: [&str; 2] = ["--image", "registry.example.com/dashctl:0.1.0"];

/// A repository with this section `schedule:`.
fn scene(schedule: &str) -> Scene {
    Scene::new()
        .file("dashctl.yaml", &format!("{HEAD}schedule:\n  {schedule}\n"))
        .file(
            "dashboards/A B/one.json",
            "{\"uid\": \"one\", \"title\": \"<b>\", \"panels\": []}\n",
        )
        .file("vendor/bundled/1/rev1.json", "{\"pristine\": true}")
}

fn documents(text: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn kubernetes<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["schedule", "kubernetes"], &IMAGE[..], more].concat()
}

#[test]
fn a_check_is_rendered_from_the_repositorys_own_settings_without_a_cluster_and_without_a_secret() {
    let scene = scene("{cron: '17 6 * * 1-5', time_zone: Europe/Berlin, receivers: {webhook: slack}}");
    let ran = scene
        .run(&kubernetes(&[]))
        .exit(0)
        .err("create secret generic dashctl-drift --from-file=credentials.yaml=FILE --from-file=webhook=FILE")
        .err("https://prod.example.com: {token: TOKEN}")
        .err("each run tells of all drift");
    let found = documents(&ran.stdout);
    let kinds: Vec<_> = found.iter().map(|object| object["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ConfigMap", "ServiceAccount", "CronJob"]);
    let files: Vec<&str> = found[0]["data"]
        .as_object()
        .unwrap()
        .values()
        .filter_map(Value::as_str)
        .collect();
    assert!(files.iter().any(|text| text.contains("\"uid\": \"one\"")));
    assert!(
        !ran.stdout.contains("pristine"),
        "what a check doesn't read stays at home"
    );
    let spec = &found[2]["spec"];
    assert_eq!(
        (&spec["schedule"], &spec["timeZone"]),
        (&"17 6 * * 1,2,3,4,5".into(), &"Europe/Berlin".into())
    );
    assert_eq!(ran.stdout, scene.run(&kubernetes(&[])).stdout, "the same bytes again");
    // The path of each file is what its key stands for.
    let items = &spec["jobTemplate"]["spec"]["template"]["spec"]["volumes"][0]["configMap"]["items"];
    let item = items
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["path"] == "dashboards/A B/one.json")
        .unwrap();
    let key = item["key"].as_str().unwrap();
    assert!(found[0]["data"][key].is_string() && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)));
}

#[test]
fn a_certificate_authority_of_ones_own_goes_along_to_every_platform() {
    let scene = scene("{ca_certificate: tls/ca.pem, install: 'true', image: 'd:1'}");
    scene.run(&kubernetes(&[])).exit(1).err("tls/ca.pem can't be read");
    scene.write("tls/ca.pem", "-----BEGIN CERTIFICATE-----\n");
    let made = scene.run(&kubernetes(&[])).exit(0);
    made.out("-----BEGIN CERTIFICATE-----")
        .out("{name: GRAFANA_CA_CERT, value: \"tls/ca.pem\"}");
    let systemd = ["schedule", "systemd", "--folder", "/srv/d"];
    scene
        .run(&systemd)
        .exit(0)
        .out("Environment=GRAFANA_CA_CERT=tls/ca.pem\n");
    for ci in ["github", "gitlab"] {
        scene
            .run(&["schedule", ci])
            .exit(0)
            .out("GRAFANA_CA_CERT: \"tls/ca.pem\"");
    }
}

#[test]
fn flags_win_over_the_settings() {
    let scene = scene("{cron: '17 6 * * 1-5', kubernetes: {namespace: a, shards: 2}}");
    let flags = [
        "--every",
        "6h",
        "--namespace",
        "b",
        "--name",
        "check",
        "--shards",
        "3",
        "--time-zone",
        "UTC",
    ];
    let found = documents(&scene.run(&kubernetes(&flags)).exit(0).stdout);
    let job = &found[2];
    assert_eq!(
        (&job["metadata"]["namespace"], &job["metadata"]["name"]),
        (&"b".into(), &"check".into())
    );
    let minutes = job["spec"]["schedule"].as_str().unwrap().to_owned();
    assert!(
        minutes.ends_with(" * * *") && minutes.matches(',').count() == 3,
        "{minutes}"
    );
    assert_eq!(job["spec"]["jobTemplate"]["spec"]["completions"], 3);
}

#[test]
fn the_stacks_own_pushgateway_is_told_where_nobody_else_is() {
    let scene = scene("{}\nstack: {namespaces: {prometheus: monitoring}}");
    let told = "http://prometheus-prometheus-pushgateway.monitoring.svc.cluster.local:9091";
    scene
        .run(&kubernetes(&[]))
        .exit(0)
        .out(&format!("--pushgateway={told}"));
    scene
        .run(&kubernetes(&["--pushgateway", "http://other:9091"]))
        .exit(0)
        .out("--pushgateway=http://other:9091")
        .no_out(told);
    let alone = Scene::new().file("dashctl.yaml", HEAD);
    alone
        .run(&kubernetes(&[]))
        .exit(0)
        .err("nobody is told of drift")
        .no_out("--pushgateway");
}

#[test]
fn files_are_replaced_until_somebody_edits_them() {
    let scene = scene("{install: 'cargo install dashctl'}");
    let github = |more: &[&str]| scene.run(&[&["schedule", "github", "--out", "."], more].concat());
    let path = ".github/workflows/dashctl-drift.yml";
    github(&[])
        .exit(0)
        .out(path)
        .out("gh secret set GRAFANA_TOKEN < TOKEN_FILE");
    github(&[]).exit(0).out("nothing changed");
    github(&["--every", "15m"]).exit(0).out(path);
    let edited = scene.read(path).replace("ubuntu-latest", "self-hosted");
    scene.write(path, &edited);
    github(&["--every", "30m"])
        .exit(1)
        .err("was edited since dashctl made it; nothing was written")
        .err("--force");
    assert_eq!(scene.read(path), edited);
    github(&["--every", "30m", "--force"]).exit(0).out(path);
    scene.write(path, "on: push\n");
    github(&["--force"])
        .exit(1)
        .err("isn't made by dashctl")
        .err("move it away");
    assert_eq!(scene.read(path), "on: push\n");
    // All or nothing.
    scene.write("units/dashctl-drift.timer", "[Timer]\n");
    scene
        .run(&["schedule", "systemd", "--out", "units", "--folder", "/srv/d"])
        .exit(1)
        .err("dashctl-drift.timer");
    assert!(!scene.files().contains_key("units/dashctl-drift.service"));
}

#[test]
fn the_image_is_named_and_an_image_of_no_version_is_warned_of() {
    let scene = scene("{}");
    scene
        .run(&["schedule", "kubernetes"])
        .exit(64)
        .err("schedule.image: is not set")
        .err("--image");
    let image = |name: &str| scene.run(&["schedule", "kubernetes", "--image", name]).exit(0);
    for name in ["registry.example.com:5000/dashctl", "dashctl:latest"] {
        image(name).err("another one after each build");
    }
    for name in [
        "dashctl:0.1.0",
        "dashctl@sha256:0123",
        "registry.example.com:5000/dashctl:1",
    ] {
        assert!(!image(name).stderr.contains("another one"), "{name}");
    }
}

#[test]
fn a_repository_that_is_too_large_for_a_config_map_is_cloned() {
    let scene = scene("{}");
    let large = format!(
        "{{\"uid\": \"big\", \"title\": \"{}\", \"panels\": []}}",
        "x".repeat(950 << 10)
    );
    scene.write("dashboards/big.json", &large);
    scene
        .run(&kubernetes(&[]))
        .exit(64)
        .err("the largest is dashboards/big.json with 950 KiB")
        .err("--git URL --git-image IMAGE");
    let git = ["--git", "https://git.example.com/d.git", "--git-image", "git:2"];
    let found = documents(&scene.run(&kubernetes(&git)).exit(0).err("--from-file=git=FILE").stdout);
    assert_eq!(found.len(), 2, "no ConfigMap");
    scene.run(&kubernetes(&git[..2])).exit(64).err("--git-image");
    scene
        .run(&kubernetes(&[
            "--git",
            "https://me:hunter2@git.example.com/d.git",
            "--git-image",
            "git:2",
        ]))
        .exit(64)
        .err("schedule.kubernetes.git.url: a user or password in a URL");
}

#[test]
fn what_is_wrong_is_named_by_its_key_in_the_file_and_by_every_verb() {
    for (schedule, what) in [
        ("{evry: 1h}", "line 6 column 4: unknown field `evry`"),
        (
            "{every: 7m}",
            "dashctl.yaml: schedule.every: every \"7m\" can't be said evenly",
        ),
        (
            "{cron: '@daily'}",
            "dashctl.yaml: schedule.cron: \"@daily\" has 1 fields",
        ),
        (
            "{targets: [dev]}",
            "dashctl.yaml: schedule.targets: there is no target \"dev\"; there are prod",
        ),
        (
            "{receivers: {pushgateway: 'http://u:hunter2@p'}}",
            "dashctl.yaml: schedule.receivers.pushgateway: ",
        ),
    ] {
        let ran = scene(schedule).run(&["schedule", "systemd"]).exit(1).err(what);
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
    let wrong = |args: &[&str], what: &str| drop(scene("{}").run(&[&["schedule"], args].concat()).exit(64).err(what));
    wrong(&["systemd", "--cron", "0 0 30 2 *"], "days that never come");
    wrong(
        &["systemd", "--folder", "here"],
        "--folder here: the path must be absolute",
    );
    wrong(
        &["systemd", "--time-zone", "Mars/Base"],
        "\"Mars/Base\" is no time zone",
    );
    wrong(&["github", "--target", "prod"], "--install");
    wrong(&["github", "--install", "x", "--every", "1m"], "every 5 minutes");
    wrong(&["gitlab"], "--install");
    wrong(
        &["kubernetes", "--image", "x:1", "--apply", "--status"],
        "cannot be used with",
    );
    wrong(
        &["kubernetes", "--image", "x:1", "--apply", "--out", "."],
        "cannot be used with",
    );
    wrong(
        &["kubernetes", "--status", "--name", "../x"],
        "schedule.kubernetes.name: ",
    );
    wrong(
        &["kubernetes", "--remove", "--namespace", "a/b"],
        "schedule.kubernetes.namespace: ",
    );
    wrong(&["kubernetes", "--image", "x:1", "--yes"], "--apply|--status|--remove");
    wrong(&["kubernetes", "--image", "x:1", "-o", "json"], "-o is for --status");
    Scene::new()
        .run(&["schedule", "systemd"])
        .exit(64)
        .err("this is no dashctl repository");
    let none = Scene::new().file("dashctl.yaml", "version: 1\nrepository: r-test\n");
    none.run(&["schedule", "systemd"])
        .exit(64)
        .err("dashctl.yaml names no target");
}

#[test]
fn without_a_cluster_apply_status_and_remove_say_so() {
    let scene = scene("{}");
    for what in ["--apply", "--status", "--remove"] {
        let ran = scene
            .run(&kubernetes(&[what, "--kubeconfig", "none.yaml", "--yes"]))
            .exit(1);
        assert!(ran.stderr.contains("none.yaml"), "{what}: {}", ran.stderr);
    }
}

#[test]
fn some_of_the_targets_are_checked_at_once() {
    let scene = super::apply::scene();
    let url = scene.sandbox().url().to_owned();
    let config = format!(
        "version: 1\nrepository: r-test\ntargets: {{a: {{url: '{url}'}}, b: {{url: '{url}'}}, c: {{url: 'http://127.0.0.1:9'}}}}\n"
    );
    scene.write("dashctl.yaml", &config);
    let report = scene.run(&["drift", "--targets", "a,b", "-o", "json"]).exit(2).json();
    let names: Vec<_> = report["targets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["target"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["a", "b"]);
    scene
        .run(&["drift", "--targets", "a,x"])
        .exit(64)
        .err("no target \"x\"; it has a, b, c");
    scene.run(&["drift", "--targets", "a", "--all-targets"]).exit(64);
}

#[test]
fn the_rules_of_drift_fit_the_schedule() {
    let scene = scene("{cron: '17 6 * * 1-5'}");
    // From Friday to Monday nobody expects a check.
    scene
        .run(&["schedule", "rules"])
        .exit(0)
        .out("alert: DashboardDriftCheckStale")
        .out("> 518400")
        .err("rule_files");
    scene
        .run(&["schedule", "rules", "--every", "15m"])
        .exit(0)
        .out("> 1800");
    scene
        .run(&["schedule", "rules", "--every", "soon"])
        .exit(64)
        .err("soon");
    scene.run(&["schedule", "rules", "--out", "rules"]).exit(0);
    assert!(
        scene
            .read("rules/dashctl-drift.rules.yml")
            .contains("- name: dashctl-drift")
    );
}

#[test]
fn newer_revisions_are_asked_for_on_every_platform_once_a_day_and_without_a_secret() {
    let scene = scene("{every: 15m, receivers: {webhook: slack}, install: 'cargo install dashctl'}");
    let lock =
        "version: 1\ndashboards:\n- {name: \"A B/one\", uid: one, source: bundled/1, revision: \"1\", sha256: ab}\n";
    scene.write("dashctl.lock", lock);
    let ran = scene
        .run(&kubernetes(&["--outdated"]))
        .exit(0)
        .err("No secret is needed");
    let found = documents(&ran.stdout);
    let kinds: Vec<_> = found.iter().map(|object| object["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ConfigMap", "ServiceAccount", "CronJob"]);
    assert!(
        ran.stdout.contains("pristine"),
        "what an upgrade would change is told by the pinned bytes"
    );
    let job = &found[2];
    assert_eq!(job["metadata"]["name"], "dashctl-outdated");
    let pod = &job["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    assert_eq!(pod["containers"][0]["args"], serde_json::json!(["outdated"]));
    assert!(
        !ran.stdout.contains("credentials") && !ran.stdout.contains("secretName"),
        "{}",
        ran.stdout
    );
    let daily = |cron: &str| {
        let fields: Vec<&str> = cron.split(' ').collect();
        fields.len() == 5 && fields[0].parse::<u8>().is_ok() && fields[1].parse::<u8>().is_ok()
    };
    assert!(
        daily(job["spec"]["schedule"].as_str().unwrap()),
        "{}",
        job["spec"]["schedule"]
    );
    let systemd = ["schedule", "systemd", "--outdated", "--folder", "/srv/dashboards"];
    let units = scene.run(&systemd).exit(0);
    let units = units
        .out("dashctl-outdated.service")
        .out("/usr/local/bin/dashctl outdated\n");
    assert!(
        !units.stdout.contains("SuccessExitStatus") && !units.stdout.contains("LoadCredential"),
        "{}",
        units.stdout
    );
    for platform in ["github", "gitlab"] {
        let text = scene.run(&["schedule", platform, "--outdated"]).exit(0).stdout;
        assert!(text.contains("dashctl outdated") && !text.contains("GRAFANA"), "{text}");
        assert_eq!(documents(&text).len(), 1);
    }
    scene
        .run(&["schedule", "github", "--outdated", "--revert"])
        .exit(64)
        .err("asks a catalog and no Grafana");
}

#[test]
fn a_preview_goes_to_one_grafana() {
    let scene = scene("{install: 'cargo install dashctl'}");
    for platform in ["github", "gitlab"] {
        let text = scene.run(&["schedule", platform, "--preview"]).exit(0).stdout;
        assert!(
            text.contains("dashctl preview --yes") && text.contains("--end="),
            "{text}"
        );
        assert!(text.contains("https://prod.example.com"), "{text}");
        assert_eq!(documents(&text).len(), 1);
    }
    scene.write(
        "dashctl.yaml",
        &format!("{HEAD}  test: {{url: 'https://test.example.com'}}\nschedule: {{install: x}}\n"),
    );
    scene
        .run(&["schedule", "github", "--preview"])
        .exit(64)
        .err("a preview goes to one Grafana, and dashctl.yaml has prod, test")
        .err("--target");
    let text = scene
        .run(&["schedule", "github", "--preview", "--target", "test"])
        .exit(0)
        .stdout;
    assert!(text.contains("https://test.example.com"));
}

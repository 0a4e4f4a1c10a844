use serde_json::{Value, json};

use super::apply::{dashboard, edit, scene};
use super::scene::Scene;

/// One dashboard that somebody changed, one in sync, and a folder to lie in.
fn drifted() -> Scene {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    edit(&scene, "pods", "/panels/0/title", &json!("Renamed <b>by hand</b>"));
    edit(&scene, "pods", "/panels/1/gridPos/y", &json!(8));
    scene
}

#[test]
fn every_format_at_once_each_to_its_own_file() {
    let scene = drifted();
    let ran = scene
        .run(&[
            "drift",
            "-o",
            "json=out/drift.json",
            "-o",
            "junit=out/drift.xml",
            "-o",
            "html=out/drift.html",
            "-o",
            "github=out/annotations",
            "-o",
            "text=out/drift.txt",
            "-o",
            "markdown",
        ])
        .exit(2)
        .out("### 🟠 Dashboard drift: 1 of 2 dashboards differs")
        .out("| 🟠 drift | [<code>pods</code>](")
        .out("renamed from \"First\" to");
    assert_eq!(ran.stderr, "");
    let junit = scene.read("out/drift.xml");
    let document = roxmltree::Document::parse(&junit).unwrap();
    let cases: Vec<_> = document
        .descendants()
        .filter(|node| node.has_tag_name("testcase"))
        .collect();
    assert_eq!(cases.len(), 2, "{junit}");
    let failure = document
        .descendants()
        .find(|node| node.has_tag_name("failure"))
        .unwrap();
    assert_eq!(failure.attribute("type"), Some("drift"));
    assert!(
        failure.text().unwrap().contains("to \"Renamed <b>by hand</b>\""),
        "{junit}"
    );
    let page = scene.read("out/drift.html");
    assert!(
        page.contains("Renamed &lt;b&gt;by hand&lt;/b&gt;") && !page.contains("<b>by hand"),
        "{page}"
    );
    assert!(
        page.contains(&format!("href=\"{}/d/pods/", scene.sandbox().url())),
        "{page}"
    );
    let annotations = scene.read("out/annotations");
    assert!(
        annotations.starts_with("::warning file=dashboards/pods.json,title=drift%3A pods"),
        "{annotations}"
    );
    let checkout = scene.path("work").parent().unwrap().to_owned();
    let mut inside = scene.command("".as_ref(), &["report", "show", "out/drift.json", "-o", "github"]);
    let inside = inside.env("GITHUB_WORKSPACE", checkout).output().unwrap();
    let inside = String::from_utf8(inside.stdout).unwrap();
    assert!(
        inside.starts_with("::warning file=work/dashboards/pods.json,"),
        "{inside}"
    );
    let text = scene.read("out/drift.txt");
    assert!(
        text.contains("! drift     pods (uid pods)") && !text.contains('\u{1b}'),
        "{text}"
    );
}

#[test]
fn a_report_that_was_kept_tells_the_same_as_the_check_itself() {
    let scene = drifted();
    scene.write("dashboards/nodes2.json", &dashboard("nodes2", "Nodes", "up"));
    let check = scene.run(&["drift", "-o", "json=drift.json", "-o", "text"]).exit(2);
    assert!(
        check.stdout.contains(": moved from line 0 to line 8"),
        "{}",
        check.stdout
    );
    let shown = scene.run(&["report", "show", "drift.json"]).exit(0);
    assert_eq!(shown.stdout, check.stdout);
    scene
        .run(&["report", "show", "drift.json", "-o", "markdown"])
        .exit(0)
        .out("<details>");
    scene.write("bad.json", "{\"version\": 9}");
    scene
        .run(&["report", "show", "bad.json"])
        .exit(1)
        .err("bad.json")
        .err("version 9");
    scene.run(&["report", "show", "none.json"]).exit(1).err("none.json");
}

#[test]
fn a_format_that_makes_no_sense_is_refused_before_anything_is_done() {
    let scene = drifted();
    scene.requests();
    for (args, why) in [
        (
            &["drift", "-o", "yaml"][..],
            "text, json, junit, markdown, html and github",
        ),
        (&["plan", "-o", "junit"][..], "text, json, markdown and html"),
        (
            &["diff", "-o", "junit"][..],
            "semantic, unified, json, markdown and html",
        ),
        (&["history", "pods", "-o", "html"][..], "text and json"),
        (
            &["drift", "-o", "text", "-o", "json"][..],
            "two results for standard output",
        ),
        (
            &["drift", "-o", "json=a/../x", "-o", "html=x"][..],
            "two results for the file",
        ),
        (&["drift", "-o", "json="][..], "a file name is missing"),
    ] {
        std::fs::create_dir_all(scene.path("a")).unwrap();
        scene.run(args).exit(64).err(why);
    }
    assert!(scene.requests().is_empty(), "nothing was asked of Grafana");
    scene
        .run(&["drift", "--help"])
        .exit(0)
        .out("junit, markdown, html and github");
    scene
        .run(&["plan", "--help"])
        .exit(0)
        .out("text, json, markdown and html");
}

#[test]
fn a_file_that_cannot_be_written_keeps_neither_the_others_nor_the_verdict() {
    let scene = drifted();
    scene.write("blocked", "a file, and no folder");
    scene
        .run(&[
            "drift",
            "-o",
            "junit=blocked/drift.xml",
            "-o",
            "html=blocked/drift.html",
            "-o",
            "json=drift.json",
            "-o",
            "text",
        ])
        .exit(1)
        .out("! drift     pods")
        .err("blocked/drift.xml can't be written")
        .err("blocked/drift.html can't be written")
        .err("1 of 2 dashboards differs");
    assert!(scene.read("drift.json").contains("\"drift\""));
    scene
        .run(&["report", "merge", "drift.json", "-o", "html=blocked/x"])
        .exit(1)
        .err("blocked/x")
        .err("1 of 2 dashboards differs");
}

#[test]
fn the_json_is_valid_by_the_schema_that_is_published() {
    let scene = drifted();
    let declared = "version: 1\nrepository: r-test\ndatasources:\n  - {name: Prometheus, uid: prom, type: prometheus, url: 'http://other', default: true}\n  - {name: New, uid: new, type: prometheus, url: 'http://new'}\n";
    scene.write("dashctl.yaml", declared);
    scene.write("dashboards/broken.json", "{");
    scene.write("dashboards/new.json", &dashboard("new", "New", "up"));
    scene.save_by_hand(&json!({"uid": "by-hand", "title": "By hand", "panels": []}), "", "");
    let report = scene.run(&["drift", "--unmanaged", "-o", "json"]).exit(4).json();
    let schema = scene.run(&["schema", "drift"]).exit(0).json();
    let mut compiler = boon::Compiler::new();
    compiler.add_resource("http://schema.test/drift.json", schema).unwrap();
    let mut schemas = boon::Schemas::new();
    let index = compiler.compile("http://schema.test/drift.json", &mut schemas).unwrap();
    schemas.validate(&report, index).unwrap();
    let mut wrong = report.clone();
    wrong["targets"][0]["dashboards"][0]["state"] = json!("happy");
    assert!(
        schemas.validate(&wrong, index).is_err(),
        "a schema that takes anything proves nothing"
    );
    let change = report["targets"][0]["dashboards"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["uid"] == "pods")
        .map(|one| {
            one["drift"]
                .as_array()
                .unwrap()
                .iter()
                .find(|change| change["path"] == "panels[id=2].gridPos.y")
        });
    assert!(
        change.flatten().unwrap()["words"]
            .as_str()
            .unwrap()
            .contains("moved from"),
        "{report:#}"
    );
}

#[test]
fn shards_come_to_the_report_of_one_check() {
    let scene = drifted();
    for number in 0..12 {
        let uid = format!("d{number}");
        scene.write(&format!("dashboards/M/{uid}.json"), &dashboard(&uid, &uid, "up"));
    }
    scene.write("dashboards/broken.json", "{");
    for uid in ["one", "two", "three"] {
        scene.save_by_hand(&json!({"uid": uid, "title": uid, "panels": []}), "", "");
    }
    let facts = |mut report: Value| {
        for key in ["seconds", "checked_at"] {
            report[key].take();
        }
        let target = &mut report["targets"][0];
        target["requests"].take();
        let unmanaged = target["unmanaged"].as_array_mut().unwrap();
        unmanaged.sort_by_key(|one| one["uid"].as_str().unwrap().to_owned());
        report
    };
    let whole = scene.run(&["drift", "--unmanaged", "-o", "json"]).exit(4).json();
    assert_eq!(whole["targets"][0]["unmanaged"].as_array().unwrap().len(), 3);
    for index in 0..3 {
        scene
            .run(&[
                "drift",
                "--unmanaged",
                "--shard",
                &format!("{index}/3"),
                "-o",
                &format!("json={index}.json"),
            ])
            .exit(4);
    }
    let merged = scene
        .run(&["report", "merge", "2.json", "0.json", "1.json", "-o", "json"])
        .exit(4);
    assert_eq!(facts(merged.json()), facts(whole));
    std::fs::remove_file(scene.path("dashboards/broken.json")).unwrap();
    for index in 0..2 {
        scene
            .run(&[
                "drift",
                "--shard",
                &format!("{index}/2"),
                "-o",
                &format!("json={index}.json"),
                "--exit-code",
                "0",
            ])
            .exit(0);
    }
    scene
        .run(&["report", "merge", "0.json", "1.json"])
        .exit(2)
        .out("14 checked");
    scene
        .run(&["report", "merge", "0.json", "1.json", "--exit-code", "0"])
        .exit(0);
    scene
        .run(&["report", "merge", "1.json"])
        .exit(4)
        .out("x failed    shard 0/2: its report is missing");
    scene
        .run(&["report", "merge", "0.json", "0.json"])
        .exit(1)
        .err("both have shard 0/2");
    scene.run(&["report", "merge"]).exit(64);
}

#[test]
fn a_part_of_the_dashboards_does_not_make_the_others_unmanaged() {
    let scene = drifted();
    scene.run(&["drift", "pods", "--unmanaged"]).exit(2).no_out("unmanaged");
}

#[test]
fn a_plan_is_a_comment_and_a_page() {
    let scene = drifted();
    scene.write("dashboards/K/nodes.json", &dashboard("nodes", "Nodes | all", "changed"));
    scene.write("dashboards/New/one.json", &dashboard("one", "One", "up"));
    scene
        .run(&["plan", "-o", "markdown", "-o", "html=plan.html"])
        .exit(2)
        .out("1 to create, 1 to change, 0 to delete, 1 with drift")
        .out("| 🔵 create | folder <code>New</code>")
        .out("| 🟠 refused | [<code>pods</code>](")
        .out("What changes in Grafana:")
        .out("```diff");
    let page = scene.read("plan.html");
    for part in [
        "Dashboard plan",
        "data-state=\"update\"",
        "data-state=\"create\"",
        "--overwrite-drift",
    ] {
        assert!(page.contains(part), "{part:?}:\n{page}");
    }
}

#[test]
fn differences_are_a_comment() {
    let scene = drifted();
    scene
        .run(&["diff", "-o", "markdown"])
        .exit(2)
        .out("### 🔵 Dashboard differences: 1 dashboard differs")
        .out("from pods (live) to dashboards/pods.json")
        .out("to \"First\"");
    scene.write("a.json", &dashboard("u", "A", "up"));
    scene.write("b.json", &dashboard("u", "B", "up"));
    scene
        .run(&["diff", "a.json", "b.json", "-o", "markdown=diff.md", "-o", "json"])
        .exit(2)
        .out("\"same\": false");
    assert!(scene.read("diff.md").contains("-     \"A\""));
    scene
        .run(&["diff", "a.json", "a.json", "-o", "markdown"])
        .exit(0)
        .out("Nothing differs");
}

#[test]
fn a_grafana_that_cannot_be_reached_is_named_and_no_password_with_it() {
    let mut scene = Scene::new().with_repository();
    scene.set("GRAFANA_URL", "http://127.0.0.1:9/");
    let report = scene.run(&["drift", "-o", "json"]).exit(1).json();
    assert_eq!(report["targets"][0]["target"], "http://127.0.0.1:9");
    assert_eq!(report["targets"][0]["url"], "http://127.0.0.1:9");
    for format in ["json", "html", "junit", "markdown", "github", "text"] {
        let ran = scene
            .run(&["drift", "--url", "http://me:hunter2@127.0.0.1:9", "-o", format])
            .exit(1)
            .out("the URL holds credentials")
            .no_out("hunter2");
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_result_may_go_to_a_device_and_a_report_come_from_standard_input() {
    let scene = drifted();
    let ran = scene
        .run(&[
            "drift",
            "-o",
            "json=/dev/stdout",
            "-o",
            "text=/dev/null",
            "-o",
            "html=/dev/stderr",
        ])
        .exit(2)
        .err("<!doctype html>");
    assert_eq!(ran.json()["targets"][0]["outcome"], "differs");
    scene
        .run(&["drift", "-o", "json=/dev/stdout", "-o", "text"])
        .exit(64)
        .err("two results for standard output");
    scene.write("drift.json", &ran.stdout);
    let show = |input: std::fs::File| {
        let mut command = scene.command("".as_ref(), &["report", "show", "-"]);
        let output = command.stdin(input).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, shown, _) = show(std::fs::File::open(scene.path("drift.json")).unwrap());
    assert!(code == Some(0) && shown.contains("1 in sync, 1 drift"), "{shown}");
    let (code, _, error) = show(std::fs::File::open("/dev/null").unwrap());
    assert!(code == Some(1) && error.contains("standard input: "), "{error}");
}

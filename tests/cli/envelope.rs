//! Dashboards as Kubernetes objects, as other tools keep them in Git.

use serde_json::json;

use super::apply::{edit, scene};
use super::scene::Scene;

fn object(version: &str, uid: &str, folder: &str) -> String {
    format!(
        "{{\n  \"kind\": \"Dashboard\",\n  \"apiVersion\": \"dashboard.grafana.app/{version}\",\n  \"metadata\": {{\"name\": \"{uid}\",\n    \
         \"annotations\": {{\"grafana.app/folder\": \"{folder}\"}}}},\n  \"spec\": {{\n    \"title\": \"Object\",\n    \
         \"schemaVersion\": 37, \"tags\": [],\n    \"panels\": [\n      {{\"id\": 1, \"type\": \"stat\", \"title\": \"A\", \"gridPos\": \
         {{\"h\": 8, \"w\": 12, \"x\": 0, \"y\": 0}},\n       \"targets\": [{{\"refId\": \"A\", \"expr\": \"up\"}}]}}\n    ]\n  }}\n}}\n"
    )
}

#[test]
fn an_object_in_the_repository_is_a_dashboard_and_a_pull_keeps_its_form() {
    for version in ["v0alpha1", "v1beta1", "v1"] {
        let scene = scene();
        let text = object(version, "svc", "elsewhere");
        scene.write("dashboards/K/svc.json", &text);
        scene.run(&["plan"]).exit(2).out("+ create    K/svc (uid svc)");
        scene.run(&["apply"]).exit(0);
        scene.run(&["drift"]).exit(0);
        edit(&scene, "svc", "/panels/0/targets/0/expr", &json!("down"));
        scene.run(&["drift"]).exit(2).out("! drift     K/svc");
        scene.run(&["pull"]).exit(0).out("K/svc: pulled");
        assert_eq!(scene.read("dashboards/K/svc.json"), text.replace("\"up\"", "\"down\""));
        scene.run(&["drift"]).exit(0);
    }
}

#[test]
fn an_import_finds_the_folder_that_an_object_says() {
    let scene = Scene::new().with_grafana().with_repository();
    scene.api(
        "POST",
        "/api/folders",
        Some(&json!({"uid": "f-1", "title": "Services"})),
    );
    scene.write("../svc.json", &object("v1beta1", "svc", "f-1"));
    scene.run(&["import", "--yes", "../svc.json"]).exit(0).out("created");
    assert_eq!(scene.meta("svc")["folderUid"], "f-1");
    assert!(
        scene
            .read("dashboards/Services/object.json")
            .contains("dashboard.grafana.app/v1beta1")
    );
    scene.run(&["import", "--yes", "../svc.json"]).exit(0).out("unchanged");
    scene.run(&["drift"]).exit(0);
    scene.write(
        "../other.json",
        &object("v1", "other", "nowhere").replace("Object", "Other"),
    );
    scene
        .run(&["import", "--yes", "../other.json"])
        .exit(0)
        .out("folder with the uid nowhere");
}

#[test]
fn an_object_in_yaml_comes_in_and_another_kind_is_named() {
    let scene = Scene::new().with_grafana().with_repository();
    let yaml = "apiVersion: dashboard.grafana.app/v1beta1\nkind: Dashboard\nmetadata:\n  name: in-yaml\nspec:\n  title: In YAML\n  \
                schemaVersion: 37\n  panels:\n  - id: 1\n    type: stat\n    title: A\n    gridPos: {h: 8, w: 12, x: 0, y: 0}\n";
    scene.write("../d.yaml", yaml);
    let imported = scene.run(&["import", "--yes", "../d.yaml"]).exit(0).out("created");
    imported.out("dashboards/in-yaml.json has it as JSON, without its comments");
    scene.run(&["drift"]).exit(0);
    scene.write(
        "dashboards/K/own.yaml",
        &yaml.replace("in-yaml", "own").replace("In YAML", "Own"),
    );
    scene.run(&["plan"]).exit(2).out("+ create    K/own (uid own)");
    scene.run(&["apply"]).exit(0);
    scene.run(&["drift"]).exit(0).out("2 in sync");
    edit(&scene, "own", "/panels/0/title", &json!("B"));
    let own = scene.read("dashboards/K/own.yaml");
    scene.run(&["pull"]).exit(0).out("K/own: pulled");
    assert_eq!(scene.read("dashboards/K/own.yaml"), own.replace("title: A", "title: B"));
    assert!(!scene.path("dashboards/K/own.json").exists());
    scene.run(&["drift"]).exit(0).out("2 in sync");
    for kind in ["Folder", "Playlist", "Team"] {
        scene.write("../x.yaml", &yaml.replace("Dashboard\n", &format!("{kind}\n")));
        scene
            .run(&["import", "--yes", "../x.yaml"])
            .exit(1)
            .err(&format!("a {kind} (dashboard.grafana.app/v1beta1)"));
    }
}

#[test]
fn a_pull_keeps_the_form_and_the_comments_of_a_yaml_file() {
    let scene = Scene::new().with_grafana().with_repository();
    let yaml = "# The team's own.\napiVersion: dashboard.grafana.app/v1\nkind: Dashboard\nmetadata: {name: own}\nspec:\n  # In words\n  \
                title: 'Own'  # a name\n  schemaVersion: 37\n  panels:\n  - id: 1  # the first\n    type: stat\n    title: A\n    \
                gridPos: {h: 8, w: 12, x: 0, y: 0}\n    targets:\n    - {refId: A, expr: up}\n";
    scene.write("dashboards/K/own.yaml", yaml);
    scene.run(&["apply"]).exit(0);
    edit(&scene, "own", "/panels/0/targets/0/expr", &json!("down"));
    scene.run(&["pull"]).exit(0).out("K/own: pulled");
    assert_eq!(
        scene.read("dashboards/K/own.yaml"),
        yaml.replace("expr: up", "expr: down")
    );
    let mut live = scene.dashboard("own").unwrap();
    let panel = json!({"id": 2, "type": "text", "title": "New", "gridPos": {"h": 8, "w": 12, "x": 12, "y": 0}});
    live["panels"].as_array_mut().unwrap().push(panel);
    scene.save_by_hand(&live, "", "moved to the top, too");
    scene.run(&["pull"]).exit(0).out("moved to own");
    let text = scene.read("dashboards/own.yaml");
    for kept in [
        "# The team's own.\n",
        "# In words\n  title: 'Own'  # a name",
        "- id: 1  # the first",
        "title: New",
    ] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    assert!(!scene.path("dashboards/K").exists());
    scene.run(&["drift"]).exit(0).out("1 in sync");
    // What an anchor says in two places can't be changed in one.
    let anchored = text.replace("{h: 8, w: 12, x: 0, y: 0}", "&place {h: 8, w: 12, x: 0, y: 0}");
    scene.write("dashboards/own.yaml", &format!("{anchored}  links: [{{a: *place}}]\n"));
    scene.run(&["apply"]).exit(0);
    edit(&scene, "own", "/panels/0/gridPos/h", &json!(9));
    scene.run(&["pull"]).exit(0).out("own: pulled");
    scene.run(&["drift"]).exit(0).out("1 in sync");
}

#[test]
fn an_annotation_of_another_folder_than_the_directory_s_is_told() {
    let scene = Scene::new().with_grafana().with_repository();
    scene.api(
        "POST",
        "/api/folders",
        Some(&json!({"uid": "f-1", "title": "Services"})),
    );
    scene.write("dashboards/Services/here.json", &object("v1", "here", "f-1"));
    scene.write(
        "dashboards/K/there.json",
        &object("v1", "there", "f-1").replace("Object", "There"),
    );
    scene.write(
        "dashboards/K/lost.json",
        &object("v1", "lost", "nowhere").replace("Object", "Lost"),
    );
    let plan = scene.run(&["plan"]).exit(2);
    let plan = plan.err("K/there: its annotation grafana.app/folder says the folder with the uid \"f-1\" (Services)");
    let plan = plan.err("K/lost: ").err("\"nowhere\" (not known here)");
    assert!(!plan.stderr.contains("Services/here"), "{}", plan.stderr);
}

#[test]
fn a_byte_order_mark_stays_where_a_pull_edits() {
    let scene = scene();
    let text = format!("\u{feff}{}", scene.read("dashboards/pods.json"));
    scene.write("dashboards/pods.json", &text);
    scene.run(&["apply"]).exit(0);
    edit(&scene, "pods", "/panels/0/targets/0/expr", &json!("down"));
    scene.run(&["pull"]).exit(0).out("pods: pulled");
    assert_eq!(
        scene.read("dashboards/pods.json"),
        text.replace("kube_pod_info", "down")
    );
}

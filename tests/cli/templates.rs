//! One template that makes many dashboards, and which of its lines a change comes from.

use serde_json::{Value, json};

use super::apply::edit;
use super::scene::{Scene, writes};

const TEMPLATE: &str = r#"{
  "uid": "svc-{{values.name}}",
  "title": "Service {{values.name}}",
  "schemaVersion": 37,
  "panels": [
    {{> parts/cpu}},
    {
      "id": 2, "type": "stat", "gridPos": {"h": 8, "w": 12, "x": 12, "y": 0},
      "title": "Errors of {{values.name}}",
      "fieldConfig": {"defaults": {"unit": "{{values.unit}}"}, "overrides": []}
    }
    {{#each values.more}}
    , {"id": 1{{@index}}, "type": "text", "title": "{{this}}", "gridPos": {"h": 2, "w": 12, "x": 0, "y": 8}}
    {{/each}}
  ]
}
"#;
const PART: &str = r#"{
  "id": 1, "type": "timeseries", "gridPos": {"h": 8, "w": 12, "x": 0, "y": 0},
  "title": "CPU",
  "targets": [{"refId": "A", "expr": "cpu{service=\"{{values.name}}\"}", "legendFormat": "{{pod}}"}]
}
"#;
const MANY: &str = "# All services.\ntemplate:\n  file: service.json.hbs\n  values: {unit: s}\n  each:\n    cart: {}\n    # Slow by nature.\n    checkout: {unit: ms, more: [One, Two]}\n";

fn scene() -> Scene {
    let config = "version: 1\nrepository: r-test\nvalues: {more: []}\n";
    Scene::new()
        .with_grafana()
        .file("dashctl.yaml", config)
        .file("templates/service.json.hbs", TEMPLATE)
        .file("templates/parts/cpu.hbs", PART)
        .file("dashboards/Services/all.yaml", MANY)
}

fn unit(scene: &Scene, uid: &str) -> Value {
    scene.dashboard(uid).unwrap()["panels"][1]["fieldConfig"]["defaults"]["unit"].clone()
}

#[test]
fn one_template_makes_many_dashboards() {
    let scene = scene();
    scene
        .run(&["plan"])
        .exit(2)
        .out("+ create    Services/cart (uid svc-cart)")
        .out("+ create    Services/checkout (uid svc-checkout)")
        .no_out("Services/all");
    scene.run(&["apply"]).exit(0);
    assert_eq!(
        (unit(&scene, "svc-cart"), unit(&scene, "svc-checkout")),
        (json!("s"), json!("ms"))
    );
    assert_eq!(scene.dashboard("svc-checkout").unwrap()["panels"][3]["title"], "Two");
    scene.requests();
    scene.run(&["drift", "Services"]).exit(0).out("2 in sync");
    scene.run(&["apply"]).exit(0);
    assert_eq!(writes(&scene.requests()), [""; 0]);
    let one = scene.run(&["render", "Services/cart"]).exit(0).json();
    assert_eq!(one["title"], "Service cart");
    // What a template makes has no file of its own to pull into.
    edit(&scene, "svc-cart", "/title", &json!("Mine"));
    scene.run(&["pull"]).out("a template makes it");
}

#[test]
fn a_target_has_values_of_its_own() {
    let scene = scene();
    let target = format!(
        "version: 1\nrepository: r-test\nvalues: {{more: []}}\ntargets:\n  prod: {{url: '{}'}}\n",
        scene.sandbox().url()
    );
    scene.write("dashctl.yaml", &target);
    scene.write(
        "dashboards/Services/all.yaml",
        &format!("{MANY}targets:\n  prod: {{values: {{unit: percent}}}}\n"),
    );
    let shown = scene
        .run(&["render", "Services/checkout", "--target", "prod"])
        .exit(0)
        .json();
    assert_eq!(shown["panels"][1]["fieldConfig"]["defaults"]["unit"], "percent");
}

#[test]
fn a_change_says_which_line_of_the_template_it_comes_from() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    // Literal text of the template, a tag in a part, and a value.
    scene.write(
        "templates/service.json.hbs",
        &TEMPLATE.replace("\"Errors of", "\"Failures of"),
    );
    scene.write("templates/parts/cpu.hbs", &PART.replace("cpu{", "cpu_seconds{"));
    scene.write(
        "dashboards/Services/all.yaml",
        &MANY.replace("unit: s", "unit: h").replace("[One, Two]", "[One, Three]"),
    );
    scene
        .run(&["plan", "Services/cart"])
        .exit(2)
        .out("from templates/service.json.hbs:9: panel")
        .out("from templates/service.json.hbs:10: panel")
        .out("from templates/parts/cpu.hbs:4: panel \"CPU\" (id 1) › query A › expr");
    scene
        .run(&["diff", "Services/checkout"])
        .exit(2)
        .out("from templates/service.json.hbs:13: panel");
    let line = "from templates/parts/cpu.hbs:4: panel \"CPU\" (id 1) › query A › expr";
    let escaped = line.replace('"', "&quot;");
    for (verb, format, line) in [
        ("plan", "html", escaped.as_str()),
        ("plan", "markdown", line),
        ("drift", "html", &escaped),
        ("drift", "markdown", line),
        ("diff", "html", &escaped),
        ("diff", "markdown", line),
    ] {
        scene.run(&[verb, "Services/cart", "-o", format]).exit(2).out(line);
    }
    let plan = scene.run(&["plan", "Services/cart", "-o", "json"]).exit(2).json();
    let lines = &plan["dashboards"][0]["template"];
    assert!(
        lines
            .as_array()
            .unwrap()
            .iter()
            .any(|line| line["path"] == "panels[id=1].targets[refId=A].expr"
                && line["line"] == "templates/parts/cpu.hbs:4"),
        "{lines}"
    );
}

#[test]
fn what_is_not_exact_says_so() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    // Taken out of the template: its line is no more.
    scene.write(
        "templates/service.json.hbs",
        &TEMPLATE.replace(
            ",\n      \"fieldConfig\": {\"defaults\": {\"unit\": \"{{values.unit}}\"}, \"overrides\": []}",
            "",
        ),
    );
    scene
        .run(&["plan", "Services/cart"])
        .exit(2)
        .out("from somewhere in what begins at templates/service.json.hbs:7: panel");
    // Changed by an overlay.
    scene.write("templates/service.json.hbs", TEMPLATE);
    scene.write(
        "dashboards/Services/all.yaml",
        &format!("{MANY}overlay:\n  panel 2: {{unit: bytes}}\n"),
    );
    scene
        .run(&["plan", "Services/cart"])
        .exit(2)
        .out("from the overlay of dashboards/Services/all.yaml, on templates/service.json.hbs:10: panel");
}

#[test]
fn one_of_many_leaves_the_list_and_is_pruned() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    scene
        .run(&["remove", "Services/cart"])
        .exit(0)
        .out("Services/cart: removed");
    let left = scene.read("dashboards/Services/all.yaml");
    assert!(left.contains("# Slow by nature.") && !left.contains("cart:"), "{left}");
    scene
        .run(&["apply", "--prune", "--yes"])
        .exit(0)
        .out("Services/cart: deleted");
    scene.run(&["remove", "Services/checkout"]).exit(0);
    assert!(!scene.path("dashboards/Services/all.yaml").exists());
}

#[test]
fn mistakes_are_named() {
    let scene = scene();
    scene.write(
        "dashboards/Services/more.yaml",
        "template: {file: service.json.hbs, each: {cart: {}}}\n",
    );
    scene
        .run(&["plan"])
        .exit(1)
        .err("dashboards/Services/all.yaml and")
        .err("both make a dashboard called Services/cart");
    scene.write(
        "dashboards/Services/more.yaml",
        "template: {file: service.json.hbs, each: {'../x': {}}}\n",
    );
    scene
        .run(&["plan"])
        .exit(1)
        .err("template.each")
        .err("can't be the name");
    scene.write(
        "dashboards/Services/more.yaml",
        "template: {file: service.json.hbs, values: {unit: s}, each: {a: {name: b}, c: {name: b}}}\n",
    );
    scene.run(&["plan"]).exit(1).err("the uid \"svc-b\"");
}

use super::scene::Scene;

const UGLY: &str = "{\"title\": \"T\",\n\t\"panels\":[ ], \"a\": 1e3, \"b\": 1.0}";
const FORMED: &str = "{\n  \"a\": 1e3,\n  \"b\": 1.0,\n  \"panels\": [],\n  \"title\": \"T\"\n}\n";

#[test]
fn dashboards_get_the_houses_form_once() {
    let yaml = "# beside it\ntitle:   T\n";
    let scene = Scene::new()
        .with_repository()
        .file("dashboards/A/one.json", UGLY)
        .file("dashboards/A/one.yaml", yaml)
        .file("dashboards/two.json", FORMED);
    scene
        .run(&["fmt", "--check"])
        .exit(2)
        .out("dashboards/A/one.json: would change")
        .no_out("two");
    assert_eq!(scene.read("dashboards/A/one.json"), UGLY);
    scene.run(&["fmt"]).exit(0).out("dashboards/A/one.json: formatted");
    assert_eq!(scene.read("dashboards/A/one.json"), FORMED);
    assert_eq!(scene.read("dashboards/A/one.yaml"), yaml);
    let ran = scene.run(&["fmt"]).exit(0);
    assert_eq!(ran.stdout, "");
    scene.run(&["fmt", "--check"]).exit(0);
}

#[test]
fn what_is_no_dashboard_stays_as_it_is() {
    let scene = Scene::new()
        .file("broken.json", "{\"title\": ")
        .file("twice.json", "{\"title\": \"T\", \"panels\": [], \"title\": \"U\"}")
        .file("fine.json", UGLY);
    scene
        .run(&["fmt", "broken.json", "twice.json", "fine.json", "x.yaml"])
        .exit(4)
        .err("broken.json")
        .err("twice.json")
        .err("x.yaml: only JSON files")
        .out("fine.json: formatted");
    assert_eq!(scene.read("fine.json"), FORMED);
    assert!(scene.read("twice.json").contains("\"U\""));
    scene.run(&["fmt"]).exit(64);
}

#[test]
fn library_panels_get_it_as_well() {
    let ugly = "{\"uid\": \"l\", \"name\": \"L\", \"model\": {\"type\": \"stat\", \"min\": 1.0} }";
    let formed =
        "{\n  \"model\": {\n    \"min\": 1.0,\n    \"type\": \"stat\"\n  },\n  \"name\": \"L\",\n  \"uid\": \"l\"\n}\n";
    let scene = Scene::new().with_repository().file("library/A/load.json", ugly);
    scene
        .run(&["fmt", "--check"])
        .exit(2)
        .out("library/A/load.json: would change");
    scene.run(&["fmt"]).exit(0).out("library/A/load.json: formatted");
    assert_eq!(scene.read("library/A/load.json"), formed);
    scene.run(&["fmt", "library/A/load.json"]).exit(0);
    let twice = ugly.replace("\"min\"", "\"type\"");
    scene.write("library/A/load.json", &twice);
    scene.run(&["fmt"]).exit(4).err("the key \"type\" stands twice");
    assert_eq!(scene.read("library/A/load.json"), twice);
}

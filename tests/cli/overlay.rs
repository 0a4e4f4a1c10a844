use serde_json::{Value, json};

use super::catalog::Catalog;
use super::import::SHARED;
use super::scene::Scene;

fn imported() -> Scene {
    let scene = Scene::new()
        .with_grafana()
        .with_repository()
        .with_catalog(Catalog::default().with(6417, 1, SHARED));
    scene.run(&["import", "6417", "--yes"]).exit(0);
    scene
}

fn the_file(scene: &Scene) -> String {
    let files = scene.files();
    let mut names = files
        .keys()
        .filter(|name| name.starts_with("dashboards/") && name.ends_with(".json"));
    names.next().unwrap().trim_end_matches(".json").to_owned()
}

#[test]
fn an_overlay_by_names_is_planned_applied_and_no_drift() {
    let scene = imported();
    let name = the_file(&scene);
    let before: Value = serde_json::from_str(&scene.read(&format!("{name}.json"))).unwrap();
    let title = before["panels"][0]["title"].as_str().unwrap();
    let yaml = scene.read(&format!("{name}.yaml"));
    let with = |overlay: &str| scene.write(&format!("{name}.yaml"), &format!("{yaml}overlay:\n{overlay}"));
    with(&format!("  panel {title:?}: {{unit: percent, description: Mine}}\n"));
    scene.run(&["plan"]).exit(2).out("unit").out("Mine");
    scene.run(&["apply", "--yes"]).exit(0);
    scene.run(&["drift"]).exit(0);
    assert_eq!(
        serde_json::from_str::<Value>(&scene.read(&format!("{name}.json"))).unwrap(),
        before
    );
    // An overlay that lost its panel is heard of, with the nearest name.
    with(&format!("  panel \"{title}x\": {{unit: percent}}\n"));
    let nearest = format!("did you mean {title:?}?");
    scene.run(&["plan"]).exit(1).err("there is no such panel").err(&nearest);
    scene.run(&["drift"]).exit(4).out("there is no such panel");
}

#[test]
fn edits_of_an_imported_file_become_an_overlay() {
    let scene = imported();
    let name = the_file(&scene);
    let (json, yaml) = (format!("{name}.json"), format!("{name}.yaml"));
    let pristine = scene.read(&json);
    scene.run(&["overlay", "from-diff", "*"]).exit(0).out("as it came");
    let mut edited: Value = serde_json::from_str(&pristine).unwrap();
    edited["refresh"] = json!("7m");
    edited["panels"][0]["description"] = json!("Ours");
    scene.write(&json, &dashctl::dashboard::to_sorted_text(&edited));
    scene.run(&["apply", "--yes"]).exit(0);
    scene.write(&yaml, &(scene.read(&yaml) + "# A comment that stays\n"));
    scene
        .run(&["overlay", "from-diff", "*"])
        .exit(0)
        .out("an overlay of 2 keys");
    assert_eq!(scene.read(&json), pristine);
    let said = scene.read(&yaml);
    assert!(
        said.contains("# A comment that stays") && said.contains("description: Ours"),
        "{said}"
    );
    // For Grafana nothing changed.
    scene.run(&["drift"]).exit(0);
    scene.run(&["plan"]).exit(0);
    // A second one isn't laid over the first, and what no overlay can say is left as it is.
    scene.write(&json, &dashctl::dashboard::to_sorted_text(&edited));
    let before = scene.files();
    scene
        .run(&["overlay", "from-diff", "*"])
        .exit(1)
        .err("it has an overlay already");
    assert_eq!(scene.files(), before);
    let plain: String = said
        .lines()
        .take_while(|line| !line.starts_with("overlay:"))
        .map(|line| format!("{line}\n"))
        .collect();
    scene.write(&yaml, &plain);
    edited["panels"][0]["description"] = Value::Null;
    scene.write(&json, &edited.to_string());
    let before = scene.files();
    scene
        .run(&["overlay", "from-diff", "*"])
        .exit(1)
        .err("an overlay can't say it")
        .err("/panels/0/description");
    assert_eq!(scene.files(), before);
}

#[test]
fn only_what_was_imported_can_be_compared() {
    let scene = Scene::new().with_repository().file("dashboards/own.json", SHARED);
    scene
        .run(&["overlay", "from-diff", "own"])
        .exit(64)
        .err("own wasn't imported from a catalog");
    scene
        .run(&["overlay", "from-diff", "wn"])
        .exit(64)
        .err("did you mean \"own\"?");
}

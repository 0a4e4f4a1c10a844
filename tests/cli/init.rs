use super::scene::Scene;

#[test]
fn a_folder_becomes_a_repository_once() {
    let scene = Scene::new();
    scene.run(&["init"]).exit(0).out("dashctl.yaml").out("dashctl import");
    let before = scene.files();
    scene.run(&["init"]).exit(1).err("is there already");
    assert_eq!(scene.files(), before);
}

#[test]
fn each_repository_has_an_id_of_its_own() {
    let scene = Scene::new();
    scene.run(&["init", "a"]).exit(0);
    scene
        .run(&["init", "b", "--url", "https://grafana.example.com"])
        .exit(0);
    let id = |path: &str| {
        let text = scene.read(path);
        text.lines()
            .find(|line| line.starts_with("repository: "))
            .unwrap()
            .to_owned()
    };
    assert_ne!(id("a/dashctl.yaml"), id("b/dashctl.yaml"));
    assert!(scene.read("b/dashctl.yaml").contains("https://grafana.example.com"));
}

use std::path::{Path, PathBuf};

use super::scene::Scene;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for item in std::fs::read_dir(from).unwrap() {
        let path: PathBuf = item.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn the_sample_repository_does_what_its_comments_say() {
    let scene = Scene::new().with_sandbox(dashctl::sandbox::Options::default());
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/repository"),
        &scene.path("work"),
    );
    scene.run(&["datasource", "apply"]).exit(0).out("created");
    scene.run(&["plan"]).exit(2).out("Plan: 2 to create");
    scene.run(&["apply"]).exit(0).out("Services/checkout: created");
    scene.run(&["drift"]).exit(0).out("2 in sync");
    let live = scene.dashboard("service-checkout").unwrap();
    assert_eq!(live["panels"][1]["title"], "Slower than 0.5 s");
    assert_eq!(live["panels"][0]["targets"][0]["legendFormat"], "{{code}}");
    let expr = live["panels"][1]["targets"][1]["expr"].as_str().unwrap();
    assert!(
        expr.starts_with("histogram_quantile(0.99") && expr.contains("job=\"checkout\""),
        "{expr}"
    );
}

#[test]
fn the_sample_repositorys_check_is_rendered_by_the_commands_of_its_comments() {
    let scene = Scene::new();
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/repository"),
        &scene.path("work"),
    );
    scene
        .run(&["schedule", "github", "--out", "."])
        .exit(0)
        .out("gh secret set GRAFANA_TOKEN");
    let workflow = scene.read(".github/workflows/dashctl-drift.yml");
    assert!(
        workflow.contains("GRAFANA_URL: \"https://grafana.example.com\""),
        "{workflow}"
    );
    let image = [
        "schedule",
        "kubernetes",
        "--image",
        "registry.example.com/dashctl:0.1.0",
    ];
    scene
        .run(&image)
        .exit(0)
        .out("--target=production")
        .out("service.json.hbs");
}

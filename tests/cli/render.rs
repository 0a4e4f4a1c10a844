use serde_json::Value;

use super::scene::Scene;

#[test]
fn what_templates_and_overlays_come_to_is_shown_without_a_server() {
    let scene = Scene::new()
        .file("dashctl.yaml", "version: 1\nrepository: r-test\nvalues: {unit: s}\ntargets:\n  prod: {url: 'http://127.0.0.1:9', values: {unit: ms}}\n  test: {url: 'http://127.0.0.1:9'}\n")
        .file("templates/service.json.hbs", "{\"title\": \"{{values.service}}\", \"uid\": \"{{values.service}}\", \"panels\": [{{> parts/panel}}]}")
        .file("templates/parts/panel.hbs", "{\"id\": 1, \"type\": \"stat\", \"title\": \"In {{values.unit}}\", \"legend\": \"{{pod}}\"}\n")
        .file("dashboards/S/cart.yaml", "template: {file: service.json.hbs, values: {service: cart}}\noverlay:\n  panel 1: {description: Ours}\n")
        .file("dashboards/S/shop.yaml", "template: {file: service.json.hbs, values: {service: shop}}\n");
    let cart = |args: &[&str]| scene.run(&[&["render", "cart"], args].concat()).exit(0).json();
    assert_eq!(cart(&["--target", "test"])["panels"][0]["title"], "In s");
    let prod = cart(&["--target", "prod"]);
    assert_eq!(
        (&prod["panels"][0]["title"], &prod["panels"][0]["legend"]),
        (&"In ms".into(), &"{{pod}}".into())
    );
    assert_eq!(prod["panels"][0]["description"], "Ours");
    scene
        .run(&["render"])
        .exit(64)
        .err("2 dashboards are meant")
        .err("--out");
    scene
        .run(&["render", "--target", "prud", "cart"])
        .exit(64)
        .err("did you mean \"prod\"?");
    scene
        .run(&["render", "--target", "prod", "--out", "out"])
        .exit(0)
        .out("out/S/cart.json")
        .out("out/S/shop.json");
    let shop: Value = serde_json::from_str(&scene.read("out/S/shop.json")).unwrap();
    assert_eq!(shop["title"], "shop");
    scene.write("templates/service.json.hbs", "{\"panels\": [{{> parts/none}}]}");
    scene
        .run(&["render", "S/cart"])
        .exit(1)
        .err("{{> parts/none}}: there is no");
}

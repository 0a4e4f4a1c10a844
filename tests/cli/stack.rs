use serde_json::Value;

use super::scene::Scene;

const HEAD: &str = "version: 1\nrepository: r-test\n";

fn documents(text: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(text).unwrap()
}

fn named<'a>(documents: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let found = documents
        .iter()
        .find(|d| d["kind"] == kind && d["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}"))
}

#[test]
fn manifests_are_rendered_without_a_repository_and_without_a_secret() {
    let scene = Scene::new();
    let ran = scene
        .run(&["stack", "render"])
        .exit(0)
        .err("create secret generic grafana");
    let yaml = documents(&ran.stdout);
    assert!(yaml.iter().all(|document| document["kind"] != "Secret"));
    named(&yaml, "Deployment", "prometheus-server");
    let list = scene.run(&["stack", "render", "-o", "json"]).exit(0).json();
    assert_eq!(list["kind"], "List");
    assert_eq!(list["items"].as_array().unwrap(), &yaml, "both formats say the same");
    assert_eq!(
        ran.stdout,
        scene.run(&["stack", "render"]).stdout,
        "the same bytes again"
    );
}

#[test]
fn files_stand_in_the_order_in_which_they_are_applied_and_are_replaced_only_by_force() {
    let scene = Scene::new().file("dashctl.yaml", HEAD);
    let render = |args: &[&str]| scene.run(&[&["stack", "render", "--to", "deploy"], args].concat());
    render(&[])
        .exit(0)
        .out("deploy/13-deployment-grafana.yaml")
        .out("create secret generic");
    let first = scene.files();
    let files: Vec<_> = first.keys().filter(|name| name.starts_with("deploy/")).collect();
    assert_eq!(files[0], "deploy/01-namespace-grafana.yaml");
    assert_eq!(files.len(), 31);
    assert_eq!(
        documents(&first["deploy/13-deployment-grafana.yaml"])[0]["metadata"]["name"],
        "grafana"
    );

    render(&[]).exit(1).err("deploy isn't empty").err("--force");
    render(&["--force"]).exit(0).out("nothing changed");
    assert_eq!(scene.files(), first);

    // Left out: its files go, the user's own stay.
    scene.write(
        "dashctl.yaml",
        &format!("{HEAD}stack: {{pushgateway: {{enabled: false}}}}\n"),
    );
    scene.write("deploy/mine.yaml", "kind: Mine\n");
    render(&["--force"]).exit(0).out("pushgateway.yaml: removed");
    let second = scene.files();
    assert!(second.keys().all(|name| !name.contains("pushgateway")));
    assert_eq!(second["deploy/mine.yaml"], "kind: Mine\n");
}

#[test]
fn a_file_that_somebody_took_over_is_not_replaced() {
    let scene = Scene::new();
    scene.write("deploy/13-deployment-grafana.yaml", "kind: Mine\n");
    scene
        .run(&["stack", "render", "--to", "deploy", "--force"])
        .exit(1)
        .err("deploy/13-deployment-grafana.yaml isn't made by dashctl");
    assert_eq!(scene.files().len(), 1, "nothing was written");
}

#[test]
fn what_is_wrong_is_named_by_its_key() {
    for (stack, what) in [
        (
            "prometheus: {storage: {size: 8Gib}}",
            "dashctl.yaml: stack.prometheus.storage.size: \"8Gib\"",
        ),
        ("promtheus: {}", "unknown field `promtheus`"),
        (
            "patches: [{target: {kind: Service, name: grafana}, merge: {spec: {typ: x}}}]",
            "stack.patches[0]: Service grafana/grafana: /spec/typ",
        ),
        (
            "grafana: {admin: {password: hunter2}}",
            "stack.grafana.admin.password: must be the name of an environment variable",
        ),
    ] {
        let scene = Scene::new().file("dashctl.yaml", &format!("{HEAD}stack:\n  {stack}\n"));
        let ran = scene.run(&["stack", "render"]).exit(1).err(what);
        assert!(!ran.stderr.contains("hunter2"));
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn the_same_settings_make_values_for_the_charts() {
    let stack = "stack: {storage_class: {name: gp3}, patches: [{target: {kind: Service, name: grafana}, merge: {}}]}\n";
    let scene = Scene::new().file("dashctl.yaml", &format!("{HEAD}{stack}"));
    scene
        .run(&["stack", "render", "--helm-values", "--to", "values"])
        .exit(0)
        .err("stack.patches")
        .err("node-exporter must be there");
    let prometheus = &documents(&scene.read("values/prometheus-values.yaml"))[0];
    assert_eq!(prometheus["alertmanager"]["persistence"]["storageClass"], "gp3");
    let grafana = &documents(&scene.read("values/grafana-values.yaml"))[0];
    assert_eq!(grafana["persistence"]["storageClassName"], "gp3");
    assert_eq!(grafana["admin"]["existingSecret"], "grafana");
}

#[test]
fn the_tutorial_is_what_its_comments_say() {
    let text = include_str!("../../examples/tutorial/dashctl.yaml");
    let scene = Scene::new().file("dashctl.yaml", text);
    let objects = documents(&scene.run(&["stack", "render"]).exit(0).stdout);
    let class = named(&objects, "StorageClass", "ebs-obs-sc");
    assert_eq!(class["provisioner"], "ebs.csi.aws.com");
    assert_eq!(class["volumeBindingMode"], "WaitForFirstConsumer");
    for (name, size) in [("prometheus-server", "8Gi"), ("grafana", "10Gi")] {
        let claim = &named(&objects, "PersistentVolumeClaim", name)["spec"];
        assert_eq!(
            (&claim["storageClassName"], &claim["resources"]["requests"]["storage"]),
            (&"ebs-obs-sc".into(), &size.into())
        );
    }
    let alertmanager = &named(&objects, "StatefulSet", "prometheus-alertmanager")["spec"]["volumeClaimTemplates"][0];
    assert_eq!(alertmanager["spec"]["storageClassName"], "ebs-obs-sc");
    let service = named(&objects, "Service", "grafana");
    assert_eq!(service["spec"]["type"], "LoadBalancer");
    assert_eq!(service["spec"]["loadBalancerClass"], "service.k8s.aws/nlb");
    let scheme = &service["metadata"]["annotations"]["service.beta.kubernetes.io/aws-load-balancer-scheme"];
    assert_eq!(scheme, "internet-facing");
    // The data source's address is that of a Service that is made, and its interval that of the scrapes.
    let config: Value = serde_saphyr::from_str(text).unwrap();
    let source = &config["datasources"][0];
    assert_eq!(source["url"], "http://prometheus-server.prometheus.svc.cluster.local");
    let prometheus = named(&objects, "Service", "prometheus-server");
    assert_eq!(
        (
            &prometheus["metadata"]["namespace"],
            prometheus["spec"]["ports"][0]["port"].as_u64()
        ),
        (&"prometheus".into(), Some(80))
    );
    assert_eq!(
        source["json_data"]["timeInterval"],
        config["stack"]["prometheus"]["scrape_interval"]
    );
}

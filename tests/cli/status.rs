use dashctl::sandbox::Options;

use super::scene::Scene;

#[test]
fn it_says_which_setting_won() {
    let mut scene = Scene::new().with_grafana();
    let url = scene.sandbox().url().to_owned();
    scene
        .run(&["status"])
        .exit(0)
        .out("9.4")
        .out("Main Org.")
        .out("admin")
        .out("GRAFANA_URL")
        .out("GRAFANA_USER and GRAFANA_PASSWORD");
    let json = scene.run(&["status", "-o", "json"]).exit(0).json();
    assert_eq!(json["grafana"]["sandbox"], true);
    assert_eq!(json["settings"][0]["from"], "GRAFANA_URL");
    scene.set("GRAFANA_URL", "http://127.0.0.1:9");
    scene.set("DASHCTL_CREDENTIALS", scene.path("mine.yaml").to_str().unwrap());
    scene.write(
        "mine.yaml",
        &format!("credentials:\n  {url}: {{user: admin, password: admin}}\n"),
    );
    scene
        .run(&["status", "--url", &url])
        .exit(0)
        .out("--url")
        .out("mine.yaml");
}

#[test]
fn a_wrong_password_is_tried_once_and_exits_with_3() {
    let mut scene = Scene::new().with_sandbox(Options::default());
    scene.set("GRAFANA_PASSWORD", "wrong");
    scene
        .run(&["status"])
        .exit(3)
        .err("401")
        .err("GRAFANA_TOKEN")
        .err("GRAFANA_USER and GRAFANA_PASSWORD");
    let logins = scene
        .requests()
        .iter()
        .filter(|request| request.path == "/login")
        .count();
    assert_eq!(logins, 1, "a second try would bring the account closer to its lock-out");
}

#[test]
fn a_token_that_can_t_be_one_is_refused_before_anything_is_sent_and_never_shown() {
    let mut scene = Scene::new().with_grafana();
    for name in ["GRAFANA_USER", "GRAFANA_PASSWORD"] {
        scene.set(name, "");
    }
    scene.write("token", "glsa_first\nglsa_second\n");
    scene.requests();
    let url = scene.sandbox().url().to_owned();
    let refused = |scene: &Scene, args: &[&str], what: &str| {
        let ran = scene
            .run(args)
            .exit(64)
            .err(what)
            .err("hint: it must be the token alone");
        assert!(!ran.stderr.contains("glsa"), "{}", ran.stderr);
        assert_eq!(scene.requests().len(), 0, "nothing is sent");
    };
    let args = ["status", "--token-file", "token"];
    refused(&scene, &args, "--token-file token: the token has more than one line");
    let token = scene.path("token").display().to_string();
    let credentials = scene.path("credentials.yaml").display().to_string();
    scene.write(
        "credentials.yaml",
        &format!("credentials: {{'{url}': {{token_file: '{token}'}}}}"),
    );
    scene.set("DASHCTL_CREDENTIALS", &credentials);
    let named = format!("{credentials}, token_file {token}: the token has more than one line");
    refused(&scene, &["status"], &named);
    scene.set("GRAFANA_TOKEN", "glsa_\u{7}x");
    refused(
        &scene,
        &["status"],
        "GRAFANA_TOKEN: the token has a control character in it",
    );
}

#[test]
fn a_server_that_is_not_there_is_said_so() {
    let scene = Scene::new();
    scene
        .run(&["status", "--url", "http://127.0.0.1:9"])
        .exit(1)
        .err("GET /api/health")
        .err("refused");
    scene
        .run(&["status"])
        .exit(64)
        .err("no Grafana is named")
        .err("up --sandbox");
}

#[test]
fn the_session_is_ended() {
    let scene = Scene::new().with_grafana();
    scene.requests();
    scene.run(&["status"]).exit(0);
    let paths: Vec<String> = scene.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths.last().map(String::as_str), Some("/logout"), "{paths:?}");
    assert_eq!(paths.iter().filter(|path| *path == "/login").count(), 1);
}

#[test]
fn a_credentials_file_that_others_can_read_is_refused_with_the_command_that_mends_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut scene = Scene::new().with_grafana();
    let url = scene.sandbox().url().to_owned();
    let path = scene.path("mine.yaml");
    scene.write("mine.yaml", &format!("trusted: ['{url}']\n"));
    scene.set("DASHCTL_CREDENTIALS", path.to_str().unwrap());
    scene.run(&["status"]).exit(0);
    for mode in [0o640, 0o604, 0o660] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        scene.requests();
        scene
            .run(&["status"])
            .exit(1)
            .err("others on this machine can read")
            .err(&format!("hint: chmod 600 {}", path.display()));
        assert_eq!(scene.requests().len(), 0);
    }
    // What a cluster mounts has the rights that its manifest says, and whoever runs there can't change them.
    let mounted = scene.path("mounted");
    std::fs::create_dir_all(mounted.join("..2026_01_01_00_00_00.1")).unwrap();
    std::fs::rename(&path, mounted.join("..2026_01_01_00_00_00.1/mine.yaml")).unwrap();
    std::os::unix::fs::symlink("..2026_01_01_00_00_00.1", mounted.join("..data")).unwrap();
    std::os::unix::fs::symlink("..data/mine.yaml", mounted.join("mine.yaml")).unwrap();
    scene.set("DASHCTL_CREDENTIALS", mounted.join("mine.yaml").to_str().unwrap());
    scene.run(&["status"]).exit(0);
}

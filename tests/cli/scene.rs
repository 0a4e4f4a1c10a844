use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dashctl::sandbox::{Options, Request, Role, Sandbox, Token, Version};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::catalog::Catalog;

/// A folder, a Grafana and a catalog for one test, and the program run in their midst.
pub struct Scene {
    folder: TempDir,
    runtime: Runtime,
    sandbox: Option<Sandbox>,
    catalog: Option<Catalog>,
    variables: BTreeMap<String, String>,
}

impl Scene {
    /// An empty folder and nothing else; grafana.com can't be reached from here.
    pub fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let mut scene = Self {
            folder: tempfile::tempdir().unwrap(),
            runtime,
            sandbox: None,
            catalog: None,
            variables: BTreeMap::new(),
        };
        std::fs::create_dir_all(scene.path("work")).unwrap();
        // Port 9 is nobody's: a connection there is refused at once.
        scene.set("DASHCTL_CATALOG_URL", "http://127.0.0.1:9");
        scene
    }

    /// With a Grafana 9.4 that has the data source `Prometheus`, and credentials for it in the environment.
    pub fn with_grafana(self) -> Self {
        self.with_grafana_of(Version::default())
    }

    /// The same of another version.
    pub fn with_grafana_of(self, version: Version) -> Self {
        let options = Options {
            version,
            ..Options::default()
        };
        self.with_sandbox(options).with_data_source("Prometheus", "prom", true)
    }

    /// With a sandbox of these options, and an admin's credentials for it in the environment.
    pub fn with_sandbox(mut self, options: Options) -> Self {
        let sandbox = self.runtime.block_on(Sandbox::start(options)).unwrap();
        self.set("GRAFANA_URL", sandbox.url());
        self.set("GRAFANA_USER", "admin");
        self.set("GRAFANA_PASSWORD", "admin");
        self.sandbox = Some(sandbox);
        self
    }

    /// Reaches the sandbox through a proxy that hides what it is: to dashctl it is a Grafana like any other.
    pub fn incognito(mut self) -> Self {
        let url = self
            .runtime
            .block_on(super::proxy::start(self.sandbox().url().to_owned()));
        self.set("GRAFANA_URL", &url);
        self
    }

    /// Reaches the sandbox through a proxy whose list of dashboards never ends.
    pub fn with_an_endless_list(mut self) -> Self {
        let server = self.sandbox().url().to_owned();
        let url = self.runtime.block_on(super::proxy::start_endless(server));
        self.set("GRAFANA_URL", &url);
        self
    }

    /// A token of this role instead of the admin's password; the sandbox must know it (see [`token`]).
    pub fn with_token(mut self, value: &str) -> Self {
        self.variables.remove("GRAFANA_USER");
        self.variables.remove("GRAFANA_PASSWORD");
        self.set("GRAFANA_TOKEN", value);
        self
    }

    pub fn with_data_source(self, name: &str, uid: &str, default: bool) -> Self {
        let body = serde_json::json!({"name": name, "uid": uid, "type": "prometheus", "access": "proxy",
            "url": "http://127.0.0.1:9", "isDefault": default});
        self.api("POST", "/api/datasources", Some(&body));
        self
    }

    /// With a catalog that answers as grafana.com does.
    pub fn with_catalog(mut self, catalog: Catalog) -> Self {
        let catalog = self.runtime.block_on(catalog.start());
        self.set("DASHCTL_CATALOG_URL", &catalog.url());
        self.catalog = Some(catalog);
        self
    }

    /// With a repository of a known id.
    pub fn with_repository(self) -> Self {
        self.file("dashctl.yaml", "version: 1\nrepository: r-test\n")
    }

    pub fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.into(), value.into());
    }

    pub fn catalog(&self) -> &Catalog {
        self.catalog.as_ref().unwrap()
    }

    pub fn sandbox(&self) -> &Sandbox {
        self.sandbox.as_ref().unwrap()
    }

    /// A path in the folder that the program runs in.
    pub fn path(&self, path: &str) -> PathBuf {
        if path == "work" {
            self.folder.path().join("work")
        } else {
            self.folder.path().join("work").join(path)
        }
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        // As under the umask of a careful user: some of them hold credentials.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Every file below the working folder with its text, but for what dashctl keeps for itself.
    pub fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        let root = self.path("work");
        let mut open = vec![root.clone()];
        while let Some(folder) = open.pop() {
            for item in std::fs::read_dir(folder).unwrap() {
                let path = item.unwrap().path();
                if path.ends_with(".dashctl") {
                    continue;
                }
                if path.is_dir() {
                    open.push(path);
                } else {
                    let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                    files.insert(
                        name,
                        String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned(),
                    );
                }
            }
        }
        files
    }

    /// Runs the program in the working folder, with only this scene's environment.
    pub fn run(&self, args: &[&str]) -> Ran {
        self.run_in(Path::new(""), args)
    }

    pub fn run_in(&self, folder: &Path, args: &[&str]) -> Ran {
        let output = self.command(folder, args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran {
            what: format!("dashctl {}", args.join(" ")),
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    pub fn command(&self, folder: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dashctl"));
        let home = self.folder.path().join("home");
        command
            .args(args)
            .current_dir(self.path("work").join(folder))
            .env_clear()
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_STATE_HOME", home.join("state"))
            .envs(&self.variables)
            .stdin(Stdio::null());
        command
    }

    /// Asks the sandbox directly, as its admin.
    pub fn api(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        self.api_as("admin", method, path, body)
    }

    /// Asks the sandbox as a user whose password is the login.
    pub fn api_as(&self, login: &str, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        // A second installation is refused and harmless.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url = format!("{}{path}", self.sandbox().url());
        let method = method.parse().unwrap();
        self.runtime.block_on(async {
            let mut request = reqwest::Client::new()
                .request(method, url)
                .basic_auth(login, Some(login));
            if let Some(body) = body {
                request = request
                    .header("content-type", "application/json")
                    .body(body.to_string());
            }
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            let bytes = answer.bytes().await.unwrap();
            (status, serde_json::from_slice(&bytes).unwrap_or_default())
        })
    }

    /// The dashboard that the sandbox holds under this uid.
    pub fn dashboard(&self, uid: &str) -> Option<Value> {
        let (status, mut body) = self.api("GET", &format!("/api/dashboards/uid/{uid}"), None);
        (status == 200).then(|| body["dashboard"].take())
    }

    pub fn meta(&self, uid: &str) -> Value {
        self.api("GET", &format!("/api/dashboards/uid/{uid}"), None).1["meta"].take()
    }

    /// The messages of a dashboard's versions, newest first, as the versions themselves have them.
    pub fn messages(&self, uid: &str) -> Vec<String> {
        let (_, list) = self.api("GET", &format!("/api/dashboards/uid/{uid}/versions"), None);
        let number = |entry: &Value| entry["version"].as_u64().unwrap();
        let one = |n: u64| {
            self.api("GET", &format!("/api/dashboards/uid/{uid}/versions/{n}"), None)
                .1
        };
        // 11.6 and later wrap the list.
        let list = list.get("versions").unwrap_or(&list);
        list.as_array()
            .unwrap()
            .iter()
            .map(|e| one(number(e))["message"].as_str().unwrap().to_owned())
            .collect()
    }

    /// A person saves a dashboard in Grafana's UI.
    pub fn save_by_hand(&self, dashboard: &Value, folder: &str, message: &str) {
        self.save_as("admin", dashboard, folder, message);
    }

    /// The same of a user whose password is the login.
    pub fn save_as(&self, login: &str, dashboard: &Value, folder: &str, message: &str) {
        let body =
            serde_json::json!({"dashboard": dashboard, "folderUid": folder, "message": message, "overwrite": true});
        let (status, answer) = self.api_as(login, "POST", "/api/dashboards/db", Some(&body));
        assert_eq!(status, 200, "{answer}");
    }

    /// The requests that the sandbox got since the last call, those of this test's own included.
    pub fn requests(&self) -> Vec<Request> {
        let requests = self.sandbox().requests();
        self.sandbox().clear_requests();
        requests
    }
}

/// The requests that write something.
pub fn writes(requests: &[Request]) -> Vec<String> {
    let session = |request: &&Request| request.method != "GET" && request.path != "/login";
    requests
        .iter()
        .filter(session)
        .map(|request| format!("{} {}", request.method, request.path))
        .collect()
}

/// A token that a sandbox knows from the start.
pub fn token(role: Role, value: &str) -> Token {
    Token {
        role,
        value: value.into(),
    }
}

/// How a run of the program ended.
pub struct Ran {
    what: String,
    code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn exit(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "{}\n--- stdout\n{}\n--- stderr\n{}",
            self.what,
            self.stdout,
            self.stderr
        );
        self
    }

    pub fn code(&self) -> i32 {
        self.code.unwrap_or_else(|| panic!("{} was killed", self.what))
    }

    pub fn out(self, part: &str) -> Self {
        assert!(
            self.stdout.contains(part),
            "{}: no {part:?} in stdout:\n{}",
            self.what,
            self.stdout
        );
        self
    }

    pub fn no_out(self, part: &str) -> Self {
        assert!(
            !self.stdout.contains(part),
            "{}: {part:?} in stdout:\n{}",
            self.what,
            self.stdout
        );
        self
    }

    pub fn err(self, part: &str) -> Self {
        assert!(
            self.stderr.contains(part),
            "{}: no {part:?} in stderr:\n{}",
            self.what,
            self.stderr
        );
        self
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{}: {error}:\n{}", self.what, self.stdout))
    }
}

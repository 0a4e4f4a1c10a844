use std::collections::BTreeMap;
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use serde_json::json;
use tempfile::TempDir;

use super::api::Api;
use super::tools;

/// How often it is tried when somebody else took a port that was free a moment ago.
const ATTEMPTS: usize = 3;
const READY_WITHIN: Duration = Duration::from_secs(60);

/// Who the API server knows: token, user, group. A guest may do what everybody may, and what a test grants to `guest`.
const USERS: [(&str, &str, &str); 4] = [
    ("admin-token", "admin", "system:masters"),
    ("controllers-token", "system:kube-controller-manager", ""),
    ("scheduler-token", "system:kube-scheduler", ""),
    ("guest-token", "guest", ""),
];

/// etcd, an API server, the controllers and the scheduler, on free ports of this machine, until it is dropped.
///
/// A part holds the reading end of a pipe to this process and ends with it, so that none is left where a test is killed.
pub struct ControlPlane {
    parts: Vec<Part>,
    folder: TempDir,
    /// Where the API server asks for the ports of a pod.
    pub kubelet: u16,
}

struct Part {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

/// Whether another attempt can go well: a port was taken in the meantime, or a busy machine was slow to start etcd.
fn is_passing(reason: &str) -> bool {
    ["address already in use", "etcd grpc connection not ready"]
        .iter()
        .any(|words| reason.contains(words))
}

impl ControlPlane {
    /// Starts everything and waits until the API server is ready.
    pub fn start() -> Self {
        for attempt in 1.. {
            match Self::attempt() {
                Ok(started) => return started,
                Err(reason) if attempt < ATTEMPTS && is_passing(&reason) => {}
                Err(reason) => panic!("{reason}"),
            }
        }
        unreachable!()
    }

    /// The kubeconfig of one of [`USERS`].
    pub fn kubeconfig(&self, user: &str) -> PathBuf {
        self.folder.path().join(format!("{user}.kubeconfig"))
    }

    fn attempt() -> Result<Self, String> {
        let [etcd, secure, kubelet] = free_ports();
        let mut plane = Self {
            parts: Vec::new(),
            folder: tempfile::tempdir().unwrap(),
            kubelet,
        };
        plane.write_keys();
        plane.write_forwards(&BTreeMap::new());
        plane.spawn("etcd", plane.etcd_flags(etcd));
        plane.spawn("apiserver", plane.api_server_flags(etcd, secure));
        plane.await_certificate()?;
        plane.write_kubeconfigs(secure);
        plane.await_ready()?;
        plane.spawn("controllers", plane.controllers_flags());
        plane.spawn("scheduler", plane.scheduler_flags());
        plane.spawn("kubelet", plane.kubelet_flags());
        Ok(plane)
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn write_keys(&self) {
        let key = Command::new(tools::program("kubernetes")).arg("key").output().unwrap();
        assert!(key.status.success(), "{}", String::from_utf8_lossy(&key.stderr));
        std::fs::write(self.path("service-accounts.key"), key.stdout).unwrap();
        let lines = USERS.map(|(token, user, group)| format!("{token},{user},{user},{group}\n"));
        std::fs::write(self.path("tokens.csv"), lines.concat()).unwrap();
    }

    fn etcd_flags(&self, port: u16) -> Vec<String> {
        let url = format!("http://127.0.0.1:{port}");
        vec![
            format!("--data-dir={}", self.path("etcd")),
            format!("--listen-client-urls={url}"),
            format!("--advertise-client-urls={url}"),
            // It has no peers; whatever port it gets, nobody asks there.
            "--listen-peer-urls=http://127.0.0.1:0".into(),
            "--unsafe-no-fsync".into(),
            "--log-level=warn".into(),
        ]
    }

    fn api_server_flags(&self, etcd: u16, port: u16) -> Vec<String> {
        vec![
            format!("--etcd-servers=http://127.0.0.1:{etcd}"),
            format!("--cert-dir={}", self.path("certificates")),
            "--bind-address=127.0.0.1".into(),
            format!("--secure-port={port}"),
            format!("--token-auth-file={}", self.path("tokens.csv")),
            format!("--service-account-key-file={}", self.path("service-accounts.key")),
            format!(
                "--service-account-signing-key-file={}",
                self.path("service-accounts.key")
            ),
            "--service-account-issuer=https://kubernetes.default.svc".into(),
            "--service-cluster-ip-range=10.96.0.0/16".into(),
            "--authorization-mode=RBAC".into(),
            "--allow-privileged=true".into(),
        ]
    }

    fn controllers_flags(&self) -> Vec<String> {
        vec![
            self.kubeconfig_flag("system:kube-controller-manager"),
            format!(
                "--service-account-private-key-file={}",
                self.path("service-accounts.key")
            ),
            "--use-service-account-credentials=true".into(),
            // Attaching waits for a volume driver's program on the node, which nobody plays.
            "--controllers=*,-persistentvolume-attach-detach-controller".into(),
            "--leader-elect=false".into(),
            "--secure-port=0".into(),
        ]
    }

    fn scheduler_flags(&self) -> Vec<String> {
        vec![
            self.kubeconfig_flag("system:kube-scheduler"),
            "--leader-elect=false".into(),
            "--secure-port=0".into(),
        ]
    }

    fn kubelet_flags(&self) -> Vec<String> {
        vec![
            format!("--port={}", self.kubelet),
            format!("--forwards={}", self.path("forwards.json")),
        ]
    }

    /// Where the ports of pods are: from `NAMESPACE/PREFIX:PORT` to an address of this machine.
    pub fn write_forwards(&self, forwards: &BTreeMap<String, String>) {
        // Renamed, so that nobody reads half of it.
        std::fs::write(self.path("forwards.new"), serde_json::to_vec(forwards).unwrap()).unwrap();
        std::fs::rename(self.path("forwards.new"), self.path("forwards.json")).unwrap();
    }

    fn kubeconfig_flag(&self, user: &str) -> String {
        format!("--kubeconfig={}", self.kubeconfig(user).display())
    }

    /// The API server's certificate is its own; every kubeconfig has it, so that everybody verifies it.
    fn write_kubeconfigs(&self, port: u16) {
        let certificate = std::fs::read(self.path("certificates/apiserver.crt")).unwrap();
        let certificate = base64::engine::general_purpose::STANDARD.encode(certificate);
        for (token, user, _) in USERS {
            let kubeconfig = json!({
                "apiVersion": "v1", "kind": "Config", "current-context": "dashctl-test",
                "clusters": [{"name": "dashctl-test", "cluster": {
                    "server": format!("https://127.0.0.1:{port}"), "certificate-authority-data": certificate}}],
                "users": [{"name": user, "user": {"token": token}}],
                "contexts": [{"name": "dashctl-test", "context": {"cluster": "dashctl-test", "user": user}}],
            });
            let path = self.kubeconfig(user);
            std::fs::write(&path, serde_json::to_string_pretty(&kubeconfig).unwrap()).unwrap();
            owner_only(&path);
        }
    }

    fn spawn(&mut self, name: &'static str, flags: Vec<String>) {
        let log = self.folder.path().join(format!("{name}.log"));
        let output = File::create(&log).unwrap();
        let mut command = Command::new(tools::program("kubernetes"));
        // A part's first word is the name under which it owns fields.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::arg0(&mut command, real_name(name));
        let child = command
            .arg(name)
            .args(flags)
            .current_dir(self.folder.path())
            .env_remove("KUBECONFIG")
            .stdin(Stdio::piped())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        self.parts.push(Part { name, child, log });
    }

    /// The key is written after the certificate, so that both are whole when both are there and the port is open.
    fn await_certificate(&mut self) -> Result<(), String> {
        let certificate = self.folder.path().join("certificates/apiserver.crt");
        let key = self.folder.path().join("certificates/apiserver.key");
        self.wait("the API server makes its certificate", || {
            certificate.is_file() && key.metadata().is_ok_and(|key| key.len() > 0)
        })
    }

    fn await_ready(&mut self) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let kubeconfig = self.kubeconfig(USERS[0].1);
        let api = runtime.block_on(Api::connect(&kubeconfig));
        self.wait("the API server is ready", || runtime.block_on(api.is_ready()))
    }

    fn wait(&mut self, what: &str, there: impl Fn() -> bool) -> Result<(), String> {
        let deadline = Instant::now() + READY_WITHIN;
        while !there() {
            self.assert_running()?;
            if Instant::now() > deadline {
                let logs = self.parts.iter().map(Part::last_words).collect::<String>();
                return Err(format!("waited {READY_WITHIN:?} until {what}\n{logs}"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Says which part ended by itself, and its last words.
    pub fn assert_running(&mut self) -> Result<(), String> {
        for part in &mut self.parts {
            if let Some(status) = part.child.try_wait().unwrap() {
                return Err(format!("{} ended with {status}\n{}", part.name, part.last_words()));
            }
        }
        Ok(())
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        // Those that ask go before those that answer.
        while let Some(mut part) = self.parts.pop() {
            let _ = part.child.kill();
            let _ = part.child.wait();
        }
    }
}

impl Part {
    fn last_words(&self) -> String {
        let log = std::fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<_> = log.lines().collect();
        let last = lines[lines.len().saturating_sub(12)..].join("\n");
        format!("--- {}\n{last}\n", self.name)
    }
}

/// Ports that nobody uses now, all different.
fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    let listeners = [(); COUNT].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

/// The program's name in a real cluster.
#[cfg(unix)]
fn real_name(part: &str) -> &str {
    match part {
        "apiserver" => "kube-apiserver",
        "controllers" => "kube-controller-manager",
        "scheduler" => "kube-scheduler",
        other => other,
    }
}

/// Helm warns of a kubeconfig that others can read.
fn owner_only(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    #[cfg(not(unix))]
    let _ = path;
}

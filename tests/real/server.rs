use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A program on a free port; it ends with the test.
pub struct Server {
    child: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Server {
    pub fn start(program: &str, arguments: impl Fn(&str, SocketAddr) -> Vec<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let child = Command::new(program)
            .args(arguments(folder.path().to_str().unwrap(), address))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self {
            child,
            address,
            _folder: folder,
        };
        let deadline = Instant::now() + Duration::from_secs(30);
        while std::net::TcpStream::connect(address).is_err() {
            assert!(Instant::now() < deadline, "{program} doesn't listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }

    /// A Prometheus with this configuration, and these rules in `rules.yml` beside it.
    pub fn prometheus(config: &str, rules: &str) -> Self {
        Self::start("prometheus", |folder, address| {
            std::fs::write(format!("{folder}/prometheus.yml"), config).unwrap();
            std::fs::write(format!("{folder}/rules.yml"), rules).unwrap();
            vec![
                format!("--config.file={folder}/prometheus.yml"),
                format!("--storage.tsdb.path={folder}/data"),
                format!("--web.listen-address={address}"),
            ]
        })
    }

    /// An Alertmanager that notifies nobody.
    pub fn alertmanager() -> Self {
        Self::start("prometheus-alertmanager", |folder, address| {
            let config = format!("{folder}/alertmanager.yml");
            std::fs::write(&config, "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n").unwrap();
            vec![
                format!("--config.file={config}"),
                format!("--storage.path={folder}/data"),
                format!("--web.listen-address={address}"),
                "--cluster.listen-address=".into(),
            ]
        })
    }

    /// An empty Pushgateway.
    pub fn pushgateway() -> Self {
        Self::start("prometheus-pushgateway", |_, address| {
            // Debian's keeps what was pushed, in one file for all that run on a machine.
            vec![format!("--web.listen-address={address}"), "--persistence.file=".into()]
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it answers, as JSON.
    pub fn get(&self, path: &str) -> Value {
        // A second installation is refused and harmless.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url = format!("{}{path}", self.url());
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let bytes = runtime.block_on(async { reqwest::get(url).await.unwrap().bytes().await.unwrap() });
        serde_json::from_slice(&bytes).unwrap()
    }
}

/// Waits for something that a server comes to by itself.
pub fn wait<T>(what: &str, there: impl Fn() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = there() {
            return found;
        }
        assert!(Instant::now() < deadline, "no {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

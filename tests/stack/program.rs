use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::need::{self, Need};

/// The need of a test for several programs: named by the first that is missing.
pub fn programs(all: &[&'static str]) -> Need {
    let missing = all.iter().find(|name| need::program(name).is_none());
    Need {
        name: "prometheus",
        program: missing.unwrap_or(&all[0]),
    }
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A program that listens on a port of this machine. It ends with the test.
pub struct Program {
    child: Child,
    name: &'static str,
    port: u16,
    log: std::path::PathBuf,
}

impl Program {
    pub fn start(name: &'static str, port: u16, folder: &Path, args: &[String]) -> Self {
        let log = folder.join(format!("{name}.log"));
        let child = Command::new(name)
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut program = Self { child, name, port, log };
        program.wait("listens", |program| {
            TcpStream::connect(("127.0.0.1", program.port)).is_ok()
        });
        program
    }

    /// Prometheus with this configuration.
    pub fn prometheus(port: u16, folder: &Path, config: &str) -> Self {
        let file = folder.join("prometheus.yml");
        std::fs::write(&file, config).unwrap();
        let args = [
            format!("--config.file={}", file.display()),
            format!("--storage.tsdb.path={}", folder.join("data").display()),
            format!("--web.listen-address=127.0.0.1:{port}"),
        ];
        Self::start("prometheus", port, folder, &args)
    }

    /// Waits until something is so, or says what the program's log says.
    pub fn wait(&mut self, what: &str, so: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !so(self) {
            let ended = self.child.try_wait().unwrap();
            if ended.is_some() || Instant::now() > deadline {
                let log = std::fs::read_to_string(&self.log).unwrap();
                panic!("{} never {what} (ended: {ended:?}):\n{log}", self.name);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The `data` of an answer of its API; `Null` while there is none.
    pub fn api(&self, path: &str) -> Value {
        let answer = self.get(path).unwrap_or_default();
        serde_json::from_str::<Value>(&answer).map_or(Value::Null, |mut body| body["data"].take())
    }

    fn get(&self, path: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer
            .split_once("\r\n\r\n")
            .map(|(_, body)| body.to_owned())
            .unwrap_or_default())
    }

    /// Sends a body with PUT; the status.
    pub fn put(&self, path: &str, body: &str) -> u16 {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "PUT {path} HTTP/1.0\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

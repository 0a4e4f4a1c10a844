use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// No run takes longer than this, or something is wrong.
const PATIENCE: Duration = Duration::from_secs(90);

/// A user's machine for `dashctl up --engine local`: a home, a PATH, a repository's settings and a folder for the data.
pub struct Machine {
    folder: tempfile::TempDir,
    path: Vec<PathBuf>,
}

impl Machine {
    /// With this section `stack:`, and the programs of the real machine.
    pub fn new(stack: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let machine = Self {
            path: std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect(),
            folder,
        };
        fs::create_dir_all(machine.folder.path().join("work")).unwrap();
        machine.settle(stack);
        machine
    }

    /// Writes the settings.
    pub fn settle(&self, stack: &str) {
        let text = format!("version: 1\nrepository: r-test\nstack: {{{stack}}}\n");
        fs::write(self.folder.path().join("work/dashctl.yaml"), text).unwrap();
    }

    /// A machine on which nothing is installed.
    pub fn without_programs(mut self) -> Self {
        self.path.clear();
        self
    }

    /// With a program of this name that is found before the real one.
    pub fn with_program(mut self, name: &str, script: &str) -> Self {
        let bin = self.folder.path().join("bin");
        self.program(&bin.join(name), script);
        self.path.insert(0, bin);
        self
    }

    /// With the program gone again.
    pub fn forget_program(&self, name: &str) {
        fs::remove_file(self.folder.path().join("bin").join(name)).unwrap();
    }

    pub fn program(&self, file: &Path, script: &str) {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The folder that the stack keeps everything in.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("stack")
    }

    /// A file below it.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.data().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn dashctl(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dashctl"));
        command
            .args(args)
            .current_dir(self.folder.path().join("work"))
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PATH", std::env::join_paths(&self.path).unwrap())
            // A secret that none of the processes shall see.
            .env("DASHCTL_SECRET_OTHER", "hunter2")
            .stdin(Stdio::null());
        command
    }

    fn up_command(&self, args: &[&str]) -> Command {
        let mut command = self.dashctl(&["up", "--engine", "local", "--source", "bundled", "--data"]);
        command.arg(self.data()).args(args);
        command
    }

    /// Runs `dashctl up` to its end.
    pub fn up(&self, args: &[&str]) -> Ended {
        let child = self
            .up_command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (send, receive) = channel();
        let id = child.id();
        std::thread::spawn(move || send.send(child.wait_with_output().unwrap()));
        match receive.recv_timeout(PATIENCE) {
            Ok(output) => Ended::of(&output),
            Err(error) => {
                signal("KILL", id);
                panic!("dashctl up {args:?} doesn't end: {error}")
            }
        }
    }

    /// Starts `dashctl up` without waiting for anything.
    pub fn begin(&self, args: &[&str]) -> Child {
        let err = fs::File::create(self.folder.path().join("stderr")).unwrap();
        self.up_command(args)
            .stdout(Stdio::piped())
            .stderr(err)
            .spawn()
            .unwrap()
    }

    /// Starts `dashctl up` and waits until it says that everything is there.
    pub fn stay_up(&self, args: &[&str]) -> Up<'_> {
        let mut child = self.begin(args);
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            while out.read_line(&mut line).is_ok_and(|read| read > 0) && send.send(std::mem::take(&mut line)).is_ok() {}
        });
        let mut up = Up {
            machine: self,
            child,
            lines,
            said: String::new(),
        };
        up.wait_for("ends everything");
        up
    }

    /// What is still running in the folder: the processes whose current folder lies in it.
    pub fn left(&self) -> Vec<String> {
        let data = self.data().canonicalize().unwrap();
        let mut left = Vec::new();
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let there = fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(&data));
            if there {
                let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
                left.push(name.trim().to_owned());
            }
        }
        left.sort();
        left
    }

    /// Waits until that is so.
    pub fn wait_until_left(&self, what: &[&str]) {
        let until = Instant::now() + Duration::from_secs(30);
        while self.left() != what {
            assert!(
                Instant::now() < until,
                "still there: {:?}, and not {what:?}",
                self.left()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Where a component listened last.
    pub fn port(&self, component: &str) -> u16 {
        let ports: Value = serde_json::from_str(&self.read("run/ports.json")).unwrap();
        ports[component].as_u64().unwrap().try_into().unwrap()
    }
}

/// How a run of `dashctl up` ended.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    pub fn exit(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "--- stdout\n{}\n--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    pub fn out(self, part: &str) -> Self {
        assert!(self.stdout.contains(part), "no {part:?} in:\n{}", self.stdout);
        self
    }

    pub fn err(self, part: &str) -> Self {
        assert!(self.stderr.contains(part), "no {part:?} in:\n{}", self.stderr);
        self
    }
}

/// A `dashctl up` that stays up. It ends with the test.
pub struct Up<'a> {
    machine: &'a Machine,
    child: Child,
    lines: Receiver<String>,
    pub said: String,
}

impl Up<'_> {
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn wait_for(&mut self, words: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.said.contains(words) {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => self.said.push_str(&line),
                Err(why) => panic!(
                    "it never said {words:?} ({why}):\n{}\n--- stderr\n{}",
                    self.said,
                    self.stderr()
                ),
            }
        }
    }

    pub fn stderr(&self) -> String {
        fs::read_to_string(self.machine.root().join("stderr")).unwrap()
    }

    /// Waits for the end; the exit code.
    pub fn end(&mut self) -> Option<i32> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                while let Ok(line) = self.lines.recv_timeout(Duration::from_secs(5)) {
                    self.said.push_str(&line);
                }
                return status.code();
            }
            assert!(Instant::now() < until, "it doesn't end:\n{}", self.stderr());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn password(&self) -> String {
        self.machine.read("grafana-password")
    }

    /// What a component of the stack answers, asked as Grafana's admin.
    pub fn get(&self, component: &str, path: &str) -> Value {
        let port = self.machine.port(component);
        let login = STANDARD.encode(format!("admin:{}", self.password()));
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nAuthorization: Basic {login}\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{component}{path}: {error}:\n{answer}"))
    }
}

impl Drop for Up<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal by its name.
pub fn signal(name: &str, id: u32) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &id.to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

//! The program on a terminal, as a person has it before them: what is said, and what is typed.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::scene::Scene;

pub const ENTER: &str = "\r";
pub const DOWN: &str = "\x1b[B";

/// A run of the program on a terminal of its own.
pub struct OnTerminal {
    child: Child,
    keys: File,
    said: Arc<Mutex<String>>,
    /// What was waited for ends here.
    at: usize,
}

impl OnTerminal {
    pub fn run(scene: &Scene, args: &[&str]) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let theirs = || {
            let path = Path::new(name.to_str().unwrap());
            File::options().read(true).write(true).open(path).unwrap()
        };
        let mut command = scene.command(Path::new(""), args);
        command.env("TERM", "xterm");
        let child = command
            .stdin(theirs())
            .stdout(theirs())
            .stderr(theirs())
            .spawn()
            .unwrap();
        let keys = File::from(ours);
        let mut screen = keys.try_clone().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let text = said.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The end is an error on Linux, and nothing read elsewhere.
            while let Ok(read @ 1..) = screen.read(&mut bytes) {
                text.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..read]));
            }
        });
        Self {
            child,
            keys,
            said,
            at: 0,
        }
    }

    /// Waits until the program says this, after what was waited for before.
    pub fn wait_for(&mut self, words: &str) -> &mut Self {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let said = self.said.lock().unwrap().clone();
            if let Some(found) = said.get(self.at..).and_then(|rest| rest.find(words)) {
                self.at += found + words.len();
                return self;
            }
            assert!(Instant::now() < deadline, "no {words:?}:\n{said}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn press(&mut self, keys: &str) -> &mut Self {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self
    }

    /// How it ended.
    pub fn end(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

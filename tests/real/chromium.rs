use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use libtest_mimic::Failed;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How the browser is run: without a screen, and without asking anybody on the network for anything.
pub const FLAGS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A browser with one page, driven as a person would: real keys and clicks.
///
/// It speaks the DevTools protocol over pipes: <https://chromedevtools.github.io/devtools-protocol/>.
pub struct Browser {
    process: Child,
    commands: ChildStdin,
    answers: Receiver<Value>,
    session: Option<String>,
    sent: u64,
    /// What the page complained of: exceptions, console messages, refusals of its policy.
    pub complaints: Vec<String>,
    _profile: TempDir,
}

impl Browser {
    pub fn start() -> Result<Self, Failed> {
        let profile = tempfile::tempdir()?;
        // The browser reads commands from descriptor 3 and answers on 4.
        let mut process = Command::new("sh")
            .args(["-c", "exec chromium \"$@\" 3<&0 4>&1 </dev/null >/dev/null", "sh"])
            .args(FLAGS)
            .args([
                "--remote-debugging-pipe",
                "--window-size=1200,1100",
                "--hide-scrollbars",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let commands = process.stdin.take().ok_or("no pipe")?;
        let output = process.stdout.take().ok_or("no pipe")?;
        let (send, answers) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(output).split(0) {
                let message = message.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
                // Nobody listens any more, or the browser has ended.
                let Some(message) = message else { break };
                if send.send(message).is_err() {
                    break;
                }
            }
        });
        let mut browser = Self {
            process,
            commands,
            answers,
            session: None,
            sent: 0,
            complaints: Vec::new(),
            _profile: profile,
        };
        let target = browser.ask("Target.createTarget", json!({"url": "about:blank"}))?;
        let attached = browser.ask(
            "Target.attachToTarget",
            json!({"targetId": target["targetId"], "flatten": true}),
        )?;
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "DOM"] {
            browser.ask(&format!("{domain}.enable"), json!({}))?;
        }
        Ok(browser)
    }

    /// One command, and its result.
    pub fn ask(&mut self, method: &str, params: Value) -> Result<Value, Failed> {
        self.sent += 1;
        let mut message = json!({"id": self.sent, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.commands.write_all(format!("{message}\0").as_bytes())?;
        self.commands.flush()?;
        loop {
            let mut answer = self.next(method)?;
            if answer["id"] == self.sent {
                return match answer.get("error") {
                    Some(error) => Err(format!("{method}: {error}").into()),
                    None => Ok(answer["result"].take()),
                };
            }
        }
    }

    fn next(&mut self, wanted: &str) -> Result<Value, Failed> {
        let message = self.answers.recv_timeout(PATIENCE);
        let message = message.map_err(|error| format!("the browser didn't answer {wanted}: {error}"))?;
        if let Some("Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded") =
            message["method"].as_str()
        {
            self.complaints.push(message["params"].to_string());
        }
        Ok(message)
    }

    /// Opens a page, and waits until it is there.
    pub fn open(&mut self, url: &str) -> Result<(), Failed> {
        // A fragment of the page that is open would load nothing.
        self.ask("Page.navigate", json!({"url": "about:blank"}))?;
        self.ask("Page.navigate", json!({"url": url}))?;
        while self.next(url)?["method"] != "Page.loadEventFired" {}
        for _ in 0..100 {
            if self.evaluate("document.readyState + location.protocol")? != "completeabout:" {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(format!("{url} doesn't open").into())
    }

    pub fn evaluate(&mut self, expression: &str) -> Result<Value, Failed> {
        let mut answer = self.ask(
            "Runtime.evaluate",
            json!({"expression": expression, "returnByValue": true}),
        )?;
        match answer.get("exceptionDetails") {
            Some(details) => Err(format!("{expression}: {details}").into()),
            None => Ok(answer["result"]["value"].take()),
        }
    }

    /// Fails unless an expression is true.
    pub fn expect(&mut self, expression: &str) -> Result<(), Failed> {
        match self.evaluate(expression)? {
            Value::Bool(true) => Ok(()),
            other => Err(format!("{expression}: {other}").into()),
        }
    }

    /// Presses a key, as a person does.
    pub fn press(&mut self, key: &str) -> Result<(), Failed> {
        let (code, text) = match key {
            "Enter" => (13, "\r"),
            "Escape" => (27, ""),
            "ArrowDown" => (40, ""),
            "ArrowUp" => (38, ""),
            // As keyboards send them, by the character.
            other => (u32::from(other.to_ascii_uppercase().as_bytes()[0]), other),
        };
        let kind = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
        let code_name = match key {
            " " => "Space",
            other => other,
        };
        let event = |kind: &str| json!({"type": kind, "key": key, "code": code_name, "text": text, "windowsVirtualKeyCode": code});
        self.ask("Input.dispatchKeyEvent", event(kind))?;
        let mut up = event("keyUp");
        up["text"] = "".into();
        self.ask("Input.dispatchKeyEvent", up)?;
        Ok(())
    }

    pub fn type_in(&mut self, text: &str) -> Result<(), Failed> {
        self.ask("Input.insertText", json!({"text": text})).map(drop)
    }

    pub fn click(&mut self, x: u32, y: u32) -> Result<(), Failed> {
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
            self.ask("Input.dispatchMouseEvent", event)?;
        }
        Ok(())
    }

    /// The page's HTML as the browser has it, also where no script may run.
    pub fn html(&mut self) -> Result<String, Failed> {
        let root = self.ask("DOM.getDocument", json!({"depth": 0}))?;
        let mut html = self.ask("DOM.getOuterHTML", json!({"nodeId": root["root"]["nodeId"]}))?;
        match html["outerHTML"].take() {
            Value::String(html) => Ok(html),
            other => Err(format!("no HTML: {other}").into()),
        }
    }

    /// Light or dark, screen or paper.
    pub fn media(&mut self, media: &str, scheme: &str) -> Result<(), Failed> {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.ask(
            "Emulation.setEmulatedMedia",
            json!({"media": media, "features": features}),
        )
        .map(drop)
    }

    /// Keeps a picture, where `DASHCTL_TEST_PICTURES` names a folder for a person to look at them.
    pub fn picture(&mut self, name: &str) -> Result<(), Failed> {
        let Some(folder) = std::env::var_os("DASHCTL_TEST_PICTURES") else {
            return Ok(());
        };
        let mut shot = self.ask("Page.captureScreenshot", json!({"captureBeyondViewport": true}))?;
        let Value::String(data) = shot["data"].take() else {
            return Err("no picture".into());
        };
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::STANDARD.decode(data)?;
        Ok(std::fs::write(Path::new(&folder).join(name), bytes)?)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

use std::io::Write as _;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use serde::Serialize;

use super::Failure;
use crate::dashboard::compare::Printable;

/// A format and where it goes: `text`, `json`, `json=result.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The format.
    pub format: Format,
    /// The file; standard output where none is named.
    pub file: Option<PathBuf>,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err("a file name is missing after =".into()),
            Some((format, file)) => (format, Some(file.into())),
            None => (text, None),
        };
        let format = match format {
            "text" => Format::Text,
            "json" => Format::Json,
            other => return Err(format!("{other:?} is no format here; there are text and json")),
        };
        Ok(Self { format, file })
    }
}

/// Where results go.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct OutputArgs {
    /// The format of the result, and the file it goes to: text, json, json=FILE; repeatable
    #[arg(short, long = "output", value_name = "FORMAT[=FILE]")]
    pub output: Vec<Output>,
}

impl OutputArgs {
    /// Writes a result in every format that was asked for; text to standard output where none was.
    ///
    /// # Errors
    ///
    /// A file that can't be written.
    pub fn write(&self, result: &impl Serialize, text: impl Fn() -> String) -> Result<(), Failure> {
        self.write_each(|format| match format {
            Format::Text => Ok(text()),
            Format::Json => Ok(serde_json::to_string_pretty(result).map_err(Failure::new)? + "\n"),
        })
    }

    fn write_each(&self, render: impl Fn(Format) -> Result<String, Failure>) -> Result<(), Failure> {
        let default = [Output {
            format: Format::Text,
            file: None,
        }];
        let outputs = if self.output.is_empty() {
            &default[..]
        } else {
            &self.output[..]
        };
        let mut failed = None;
        for output in outputs {
            let content = render(output.format)?;
            let written = match &output.file {
                Some(path) => {
                    let plain = anstream::adapter::strip_str(&content).to_string();
                    crate::files::write_atomic(path, plain.as_bytes())
                        .map(drop)
                        .map_err(Failure::from)
                }
                None => print(&content),
            };
            failed = failed.or(written.err());
        }
        failed.map_or(Ok(()), Err)
    }
}

/// Whether standard output shows colours; where it doesn't, words that differ are marked in the text.
pub fn colours() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

/// Whether warnings are not wanted.
static QUIET: AtomicBool = AtomicBool::new(false);

/// From now on [`warn`] says nothing.
pub fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Says on standard error what a person should know and no program needs.
pub fn warn(text: &str) {
    if !QUIET.load(Ordering::Relaxed) {
        anstream::eprintln!("warning: {text}");
    }
}

/// Says on standard error how far something has come.
pub fn progress(text: &str) {
    if !QUIET.load(Ordering::Relaxed) {
        anstream::eprintln!("{text}");
    }
}

/// Tells on standard error about each request: method, path, status, size. Never a header or a body, which may hold
/// secrets.
pub fn be_verbose() {
    // A second call finds the first's logger, which is the same.
    if log::set_logger(&StandardError).is_ok() {
        log::set_max_level(log::LevelFilter::Info);
    }
}

struct StandardError;

impl log::Log for StandardError {
    /// Other crates may log what they send.
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("dashctl")
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            anstream::eprintln!("{}", printable(&record.args().to_string()));
        }
    }

    fn flush(&self) {}
}

/// Writes to standard output; a reader that has gone (`| head`) is no error.
///
/// # Errors
///
/// Standard output can't be written.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("standard output can't be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// A table without lines, as kubectl draws it. What a server said can't move the cursor or change colours.
pub fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header.iter().copied());
    for row in rows {
        table.add_row(row.iter().map(|cell| printable(cell)));
    }
    let text = table.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines
        .iter()
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .collect()
}

/// Text whose control and direction characters are made visible.
pub fn printable(text: &str) -> String {
    Printable(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_may_name_its_file() {
        let parse = |text: &str| text.parse::<Output>().map(|output| (output.format, output.file));
        assert_eq!(parse("json"), Ok((Format::Json, None)));
        assert_eq!(parse("json=a=b.json"), Ok((Format::Json, Some("a=b.json".into()))));
        assert!(parse("json=").is_err());
        assert!(parse("yaml").unwrap_err().contains("text and json"));
    }

    #[test]
    fn a_hostile_title_cannot_reach_the_terminal() {
        let text = table(&["TITLE"], [vec!["\u{1b}[2Jgone\r\n".to_owned()]]);
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
}

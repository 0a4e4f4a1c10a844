use std::collections::BTreeSet;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use indicatif::MultiProgress;
use serde::Serialize;

use super::Failure;
use super::format::{Format, Plain};
use crate::dashboard::compare::Printable;
pub use crate::report::table;

/// A format and where it goes: `text`, `json`, `json=result.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output<F> {
    /// The format.
    pub format: F,
    /// The file; standard output where none is named.
    pub file: Option<PathBuf>,
}

impl<F: Format> FromStr for Output<F> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err("a file name is missing after =".into()),
            Some((format, "/dev/stdout")) => (format, None),
            Some((format, file)) => (format, Some(file.into())),
            None => (text, None),
        };
        let format = F::from_str(format, false)
            .map_err(|_| format!("{format:?} is no format here; there are {}", names::<F>()))?;
        Ok(Self { format, file })
    }
}

/// `text, json and html`
fn names<F: Format>() -> String {
    let values = F::value_variants()
        .iter()
        .filter_map(clap::ValueEnum::to_possible_value);
    let names: Vec<String> = values.map(|value| value.get_name().to_owned()).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// Where results go.
#[derive(Debug, Clone)]
pub struct OutputArgs<F = Plain> {
    /// Each format that was asked for; the default one where there is none.
    pub output: Vec<Output<F>>,
}

impl<F> Default for OutputArgs<F> {
    fn default() -> Self {
        Self { output: Vec::new() }
    }
}

/// By hand, because the formats are the verb's own, and two results must not go to the same place.
impl<F: Format> clap::Args for OutputArgs<F> {
    fn augment_args(command: clap::Command) -> clap::Command {
        let argument = clap::Arg::new("output").short('o').long("output");
        command.arg(
            argument
                .value_name("FORMAT[=FILE]")
                .action(clap::ArgAction::Append)
                .value_parser(|text: &str| text.parse::<Output<F>>())
                .help(format!(
                    "The format of the result, and the file it goes to; repeatable. There are {}",
                    names::<F>()
                )),
        )
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl<F: Format> clap::FromArgMatches for OutputArgs<F> {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        let output: Vec<Output<F>> = matches.get_many("output").into_iter().flatten().cloned().collect();
        let places: Vec<Option<PathBuf>> = output.iter().map(|one| one.file.as_deref().map(place)).collect();
        let doubled = |(at, place): (usize, &Option<PathBuf>)| places[..at].contains(place).then(|| place.clone());
        let wrong = match places.iter().enumerate().find_map(doubled) {
            None => return Ok(Self { output }),
            Some(None) => "two results for standard output; give all but one a file, as in -o json=FILE".to_owned(),
            Some(Some(file)) => format!("two results for the file {}", file.display()),
        };
        Err(clap::Error::raw(
            clap::error::ErrorKind::ArgumentConflict,
            format!("{wrong}\n"),
        ))
    }

    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// A file, however it is written: `out/../drift.json` is `drift.json`.
fn place(file: &Path) -> PathBuf {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    // A folder that isn't there yet has only one way to be written that matters: the one that makes it.
    let folder = std::fs::canonicalize(folder).or_else(|_| std::path::absolute(folder));
    let folder = folder.unwrap_or_else(|_| file.to_owned());
    file.file_name()
        .map_or_else(|| folder.clone(), |name| folder.join(name))
}

impl OutputArgs {
    /// Writes a result in every format that was asked for; text to standard output where none was.
    ///
    /// # Errors
    ///
    /// A file that can't be written; the others are.
    pub fn write(&self, result: &impl Serialize, text: impl Fn() -> String) -> Result<(), Failure> {
        self.write_each(|format, _| match format {
            Plain::Text => Ok(text()),
            Plain::Json => Ok(serde_json::to_string_pretty(result).map_err(Failure::new)? + "\n"),
        })
    }
}

impl<F: Format> OutputArgs<F> {
    /// Writes what `render` makes of each format that was asked for; it is told whether colours are wanted.
    ///
    /// # Errors
    ///
    /// The first that can't be made or written; the others are told on standard error, and what can be written is.
    pub fn write_each(&self, render: impl Fn(F, bool) -> Result<String, Failure>) -> Result<(), Failure> {
        self.stream_each(|format, colour, out| put(out, &render(format, colour)?))
    }

    /// The same of results that are large: what is written is not held as a whole where it goes to standard output.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn stream_each(&self, render: impl Fn(F, bool, &mut dyn Write) -> Result<(), Failure>) -> Result<(), Failure> {
        let default = [Output {
            format: F::DEFAULT,
            file: None,
        }];
        let outputs = if self.output.is_empty() {
            &default[..]
        } else {
            &self.output[..]
        };
        let mut failed = outputs.iter().filter_map(|output| output.write(&render).err());
        let Some(first) = failed.next() else {
            return Ok(());
        };
        for other in failed {
            other.report();
        }
        Err(first)
    }
}

impl<F: Format> Output<F> {
    fn write(&self, render: impl Fn(F, bool, &mut dyn Write) -> Result<(), Failure>) -> Result<(), Failure> {
        match &self.file {
            Some(path) => {
                let mut content = Vec::new();
                render(self.format, false, &mut content)?;
                if self.format.may_have_colours() {
                    content = anstream::adapter::strip_bytes(&content).into_vec();
                }
                Ok(crate::files::write_result(path, &content)?)
            }
            None => {
                let out: &mut dyn Write = match self.format.may_have_colours() {
                    true => &mut anstream::stdout().lock(),
                    false => &mut std::io::stdout().lock(),
                };
                let mut out = BufWriter::new(Reader { out, has_gone: false });
                render(self.format, colours(), &mut out)?;
                out.flush().map_err(|error| unwritten(&error))
            }
        }
    }
}

/// Whether standard output shows colours; where it doesn't, words that differ are marked in the text.
pub fn colours() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

/// The bars at the bottom of the terminal, one below the other; lines are written above them.
pub fn bars() -> &'static MultiProgress {
    static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);
    &BARS
}

/// Whether warnings are not wanted.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Whether they aren't.
pub fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// From now on [`warn`] says nothing.
pub fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// The warnings that were said.
static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
/// So many of them are remembered: a watch runs for years.
const REMEMBERED: usize = 1000;

/// Says on standard error what a person should know and no program needs; once, however often it is found.
pub fn warn(text: &str) {
    if QUIET.load(Ordering::Relaxed) {
        return;
    }
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if said.len() >= REMEMBERED {
        said.clear();
    }
    if said.insert(text.to_owned()) {
        bars().suspend(|| anstream::eprintln!("warning: {text}"));
    }
}

/// Says on standard error how far something has come.
pub fn progress(text: &str) {
    if !QUIET.load(Ordering::Relaxed) {
        bars().suspend(|| anstream::eprintln!("{text}"));
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

/// Whether more is told than most people want to know.
pub fn is_verbose() -> bool {
    log::max_level() >= log::LevelFilter::Info
}

struct StandardError;

impl log::Log for StandardError {
    /// Other crates may log what they send.
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("dashctl")
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            bars().suspend(|| anstream::eprintln!("{}", printable(&record.args().to_string())));
        }
    }

    fn flush(&self) {}
}

/// Whoever reads standard output; one who has gone (`| head`) is no error.
struct Reader<W> {
    out: W,
    has_gone: bool,
}

impl<W: Write> Reader<W> {
    fn unless_gone<T>(&mut self, done: std::io::Result<T>, otherwise: T) -> std::io::Result<T> {
        match done {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                self.has_gone = true;
                Ok(otherwise)
            }
            done => done,
        }
    }
}

impl<W: Write> Write for Reader<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.has_gone {
            return Ok(bytes.len());
        }
        let written = self.out.write(bytes);
        self.unless_gone(written, bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if self.has_gone {
            return Ok(());
        }
        let flushed = self.out.flush();
        self.unless_gone(flushed, ())
    }
}

fn unwritten(error: &std::io::Error) -> Failure {
    Failure::new(format!("standard output can't be written: {error}"))
}

/// Writes what is shown.
///
/// # Errors
///
/// Standard output can't be written.
pub fn put(out: &mut dyn Write, shown: &dyn std::fmt::Display) -> Result<(), Failure> {
    write!(out, "{shown}").map_err(|error| unwritten(&error))
}

/// Writes a result as programs read it.
///
/// # Errors
///
/// The same.
pub fn put_json(out: &mut dyn Write, result: &impl Serialize) -> Result<(), Failure> {
    serde_json::to_writer_pretty(&mut *out, result).map_err(|error| unwritten(&error.into()))?;
    put(out, &"\n")
}

/// Writes to standard output; a reader that has gone (`| head`) is no error.
///
/// # Errors
///
/// Standard output can't be written.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(unwritten(&error)),
        _ => Ok(()),
    }
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
        let parse = |text: &str| text.parse::<Output<Plain>>().map(|output| (output.format, output.file));
        assert_eq!(parse("json"), Ok((Plain::Json, None)));
        assert_eq!(parse("json=a=b.json"), Ok((Plain::Json, Some("a=b.json".into()))));
        assert_eq!(parse("json=/dev/stdout"), Ok((Plain::Json, None)));
        assert!(parse("json=").is_err());
        assert!(parse("yaml").unwrap_err().contains("text and json"));
    }

    #[test]
    fn a_file_is_the_same_however_it_is_written() {
        assert_eq!(place("a.json".as_ref()), place("./src/../a.json".as_ref()));
        assert_eq!(place("none/a.json".as_ref()), place("./none/a.json".as_ref()));
        assert_ne!(place("a.json".as_ref()), place("b.json".as_ref()));
    }

    struct Refusing(std::io::ErrorKind);

    impl Write for Refusing {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn a_reader_that_has_gone_is_no_error_and_a_full_disk_is() {
        let written = |kind| {
            let mut out = Reader {
                out: Refusing(kind),
                has_gone: false,
            };
            put(&mut out, &"text").and_then(|()| put_json(&mut out, &[1]))
        };
        assert!(written(std::io::ErrorKind::BrokenPipe).is_ok());
        assert!(written(std::io::ErrorKind::StorageFull).is_err());
    }

    #[test]
    fn a_hostile_title_cannot_reach_the_terminal() {
        let text = table(&["TITLE"], [vec!["\u{1b}[2Jgone\r\n".to_owned()]]);
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
}

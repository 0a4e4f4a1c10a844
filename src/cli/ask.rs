use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::Failure;
use crate::ops::{Count, Error, Person};

/// Whether somebody is there to answer.
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks before a write; `--yes` has answered already. The last line of `question` is the question itself.
///
/// # Errors
///
/// Nobody is there to ask, and `--yes` was not given.
pub fn confirm(question: &str, yes: bool) -> Result<bool, Failure> {
    if yes {
        return Ok(true);
    }
    if !can_ask() {
        return Err(Failure::usage(format!(
            "{question} There is no terminal to ask on, so nothing was written"
        ))
        .hint("repeat it with --yes, or look first with --dry-run"));
    }
    // The prompt is drawn again with the answer: what leads to it is printed once.
    let (before, last) = question.rsplit_once('\n').unwrap_or(("", question));
    if !before.is_empty() {
        anstream::eprintln!("{before}");
    }
    dialoguer::Confirm::new()
        .with_prompt(last)
        .default(false)
        .interact()
        .map_err(|error| Failure::new(format!("the question could not be asked: {error}")))
}

/// Asks which of several it shall be.
///
/// # Errors
///
/// The terminal went away.
pub fn choose(question: &str, choices: &[String]) -> Result<usize, Failure> {
    let (before, last) = question.rsplit_once('\n').unwrap_or(("", question));
    if !before.is_empty() {
        anstream::eprintln!("{before}");
    }
    dialoguer::Select::new()
        .with_prompt(last)
        .items(choices)
        .default(0)
        .interact()
        .map_err(|error| Failure::new(format!("the question could not be asked: {error}")))
}

/// Lets a text be edited in the user's editor, as Git does.
///
/// # Errors
///
/// No editor can be run, or it failed.
pub fn edit(text: &str) -> Result<String, Failure> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let editor = set("VISUAL")
        .or_else(|| set("EDITOR"))
        .unwrap_or_else(|| "vi".to_owned());
    let failed = |error: &dyn std::fmt::Display| {
        Failure::new(format!("the editor {editor:?} can't be used: {error}")).hint("set EDITOR")
    };
    let file = tempfile::Builder::new()
        .prefix("dashctl-")
        .suffix(".json")
        .tempfile()
        .map_err(|error| failed(&error))?;
    std::fs::write(file.path(), text).map_err(|error| failed(&error))?;
    // EDITOR may hold arguments: `code --wait`.
    let mut words = editor.split_whitespace();
    let status = std::process::Command::new(words.next().unwrap_or("vi"))
        .args(words)
        .arg(file.path())
        .status()
        .map_err(|error| failed(&error))?;
    if !status.success() {
        return Err(failed(&status));
    }
    std::fs::read_to_string(file.path()).map_err(|error| failed(&error))
}

/// The person at the terminal, or whoever started the program without one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terminal {
    /// Every question was answered with yes already.
    pub yes: bool,
}

impl Person for Terminal {
    fn progress(&self, text: &str) {
        super::output::progress(text);
    }

    fn writing_begins(&self, stop: &Arc<AtomicBool>) {
        super::interrupt::ends(Some(stop.clone()));
    }

    fn writing_ends(&self) {
        super::interrupt::ends(None);
        super::meter::stop();
    }

    fn count(&self, count: Count<'_>) {
        super::meter::show(count);
    }

    fn warn(&self, text: &str) {
        super::output::warn(text);
    }

    fn show(&self, text: &str) {
        // Who doesn't read on is no reason to stop.
        let _ = super::output::print(text);
    }

    fn colours(&self) -> bool {
        super::output::colours()
    }

    fn confirm(&self, question: &str) -> Result<bool, Error> {
        confirm(question, self.yes).map_err(Failure::into_error)
    }

    fn choose(&self, question: &str, choices: &[String]) -> Result<Option<usize>, Error> {
        match can_ask() && !self.yes {
            true => choose(question, choices).map(Some).map_err(Failure::into_error),
            false => Ok(None),
        }
    }

    fn edit(&self, text: &str) -> Result<Option<String>, Error> {
        match can_ask() {
            true => edit(text).map(Some).map_err(Failure::into_error),
            false => Ok(None),
        }
    }

    fn give_up(&self, question: &str) -> Result<bool, Error> {
        match can_ask() && !self.yes {
            true => confirm(question, false).map_err(Failure::into_error),
            false => Ok(false),
        }
    }
}

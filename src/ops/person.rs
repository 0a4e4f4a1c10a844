use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{Count, Error};

/// Whoever wants the work done: is told how far it has come and what they should know, and asked before something is
/// written that isn't a toy.
pub trait Person: std::fmt::Debug + Send + Sync {
    /// How far it has come.
    fn progress(&self, _text: &str) {}

    /// How far many alike things have come; told after each of them.
    fn count(&self, _count: Count<'_>) {}

    /// From now on it writes: whoever wants it to stop sets this, and what is in flight is finished then.
    fn writing_begins(&self, _stop: &Arc<AtomicBool>) {}

    /// It has written.
    fn writing_ends(&self) {}

    /// What a person should know and no program needs.
    fn warn(&self, _text: &str) {}

    /// A part of the result that is there before the whole is.
    fn show(&self, _text: &str) {}

    /// Whether colours are seen.
    fn colours(&self) -> bool {
        false
    }

    /// Whether it shall be done; the last line of the question is the question itself.
    ///
    /// # Errors
    ///
    /// Nobody is there to ask.
    fn confirm(&self, question: &str) -> Result<bool, Error>;

    /// Which of several it shall be; nothing where nobody can choose.
    ///
    /// # Errors
    ///
    /// The question could not be asked.
    fn choose(&self, _question: &str, _choices: &[String]) -> Result<Option<usize>, Error> {
        Ok(None)
    }

    /// What a person makes of a text in an editor; nothing where nobody can edit.
    ///
    /// # Errors
    ///
    /// The editor can't be run.
    fn edit(&self, _text: &str) -> Result<Option<String>, Error> {
        Ok(None)
    }

    /// Whether what somebody else has made shall be written over, dashboard by dashboard.
    ///
    /// # Errors
    ///
    /// The question could not be asked.
    fn give_up(&self, _question: &str) -> Result<bool, Error> {
        Ok(false)
    }
}

/// Nobody: what was asked for is done, what was not is left alone, and nothing is said.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unattended;

impl Person for Unattended {
    fn confirm(&self, _question: &str) -> Result<bool, Error> {
        Ok(true)
    }
}

/// The error where a person said no.
pub(super) fn declined() -> Error {
    Error::new("nothing was written, as you said")
}

use std::fmt;

use super::Exit;
use crate::dashboard::compare::Printable;
use crate::ops::{Error, Kind};

/// An error as a person meets it, and the exit code that it leads to.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    error: Error,
}

impl Failure {
    /// A failure that ends the program with exit code 1.
    pub fn new(message: impl fmt::Display) -> Self {
        Error::new(message).into()
    }

    /// A failure of usage, exit code 64.
    pub fn usage(message: impl fmt::Display) -> Self {
        Error::usage(message).into()
    }

    /// The same failure with what to do next.
    #[must_use]
    pub fn hint(self, hint: impl fmt::Display) -> Self {
        let error = self.error.hint(hint);
        Self { error, ..self }
    }

    /// The same failure with where it was met, around what is known of that already.
    #[must_use]
    pub fn at(self, place: impl fmt::Display) -> Self {
        let error = self.error.at(place);
        Self { error, ..self }
    }

    /// The same failure with another exit code.
    #[must_use]
    pub fn exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// The exit code that it leads to.
    pub fn code(&self) -> Exit {
        self.exit
    }

    /// What happened, without the place and the hint.
    pub fn message(&self) -> String {
        self.error.message()
    }

    /// The error, without the exit code.
    pub fn into_error(self) -> Error {
        self.error
    }

    /// Writes the failure to stderr and gives the exit code to leave with.
    pub fn report(self) -> Exit {
        super::meter::stop();
        anstream::eprintln!("{self}");
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let red = anstyle::AnsiColor::Red.on_default().bold();
        write!(f, "{red}error:{red:#} ")?;
        if let Some(place) = self.error.place() {
            write!(f, "{place}: ")?;
        }
        // Some of it was said by servers. Its lines are ours.
        for (at, line) in self.message().split('\n').enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{}", Printable(line))?;
        }
        if let Some(hint) = self.error.advice() {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        let exit = Exit::from(error.kind());
        Self { exit, error }
    }
}

impl Exit {
    /// The exit code of what went wrong, if anything did.
    pub fn of(kind: Option<Kind>) -> Self {
        kind.map_or(Self::Done, Self::from)
    }
}

impl From<Kind> for Exit {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Failed => Self::Failed,
            Kind::Usage => Self::Usage,
            Kind::Denied => Self::Denied,
            Kind::Partial => Self::Partial,
            Kind::Interrupted => Self::Interrupted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_where_it_was_met_and_drives_no_terminal() {
        let failure = Failure::new("no \u{1b}[2Jsuch\n  thing")
            .at("asking http://g")
            .at("target a")
            .hint("try");
        let text = anstream::adapter::strip_str(&failure.to_string()).to_string();
        assert_eq!(
            text,
            "error: target a: asking http://g: no \\u{1b}[2Jsuch\n  thing\n  hint: try"
        );
        assert_eq!(failure.message(), "no \u{1b}[2Jsuch\n  thing");
    }
}

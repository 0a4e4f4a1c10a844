use std::fmt;

use super::Exit;
use crate::dashboard::compare::Printable;

/// An error as a person meets it: what was being done, on what, what happened, and what to do next.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    /// On what it was being done: a target, a server. Said on standard error only: what shows the message elsewhere stands
    /// beside that already.
    place: Option<String>,
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// A failure that ends the program with exit code 1.
    pub fn new(message: impl fmt::Display) -> Self {
        Self {
            exit: Exit::Failed,
            place: None,
            message: message.to_string(),
            hint: None,
        }
    }

    /// A failure of usage, exit code 64.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self::new(message).exit(Exit::Usage)
    }

    /// The same failure with what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// The same failure with where it was met, around what is known of that already.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.place = Some(match self.place {
            Some(inner) => format!("{place}: {inner}"),
            None => place.to_string(),
        });
        self
    }

    /// The same failure with another exit code.
    #[must_use]
    pub fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// The exit code that it leads to.
    pub fn code(&self) -> Exit {
        self.exit
    }

    /// What happened, without the place and the hint.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Writes the failure to stderr and gives the exit code to leave with.
    pub fn report(self) -> Exit {
        anstream::eprintln!("{self}");
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let red = anstyle::AnsiColor::Red.on_default().bold();
        write!(f, "{red}error:{red:#} ")?;
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        // Some of it was said by servers. Its lines are ours.
        for (at, line) in self.message.split('\n').enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{}", Printable(line))?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl From<crate::grafana::Error> for Failure {
    fn from(error: crate::grafana::Error) -> Self {
        let exit = if error.is_denied() { Exit::Denied } else { Exit::Failed };
        let mut failure = Self::new(&error).exit(exit);
        if let Some(server) = error.server() {
            failure = failure.at(format!("asking {server}"));
        }
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<crate::apply::Error> for Failure {
    fn from(error: crate::apply::Error) -> Self {
        match error {
            crate::apply::Error::Grafana(error) => error.into(),
            other => Self::new(other),
        }
    }
}

impl From<crate::files::WriteError> for Failure {
    fn from(error: crate::files::WriteError) -> Self {
        Self::new(error)
    }
}

impl From<crate::stack::RenderError> for Failure {
    fn from(error: crate::stack::RenderError) -> Self {
        Self::new(error)
    }
}

impl From<crate::stack::helm::Error> for Failure {
    fn from(error: crate::stack::helm::Error) -> Self {
        let stopped = matches!(error, crate::stack::helm::Error::Stopped { .. });
        let failure = Self::new(error);
        if stopped {
            failure.exit(Exit::Interrupted)
        } else {
            failure
        }
    }
}

impl From<crate::git::Error> for Failure {
    fn from(error: crate::git::Error) -> Self {
        Self::new(error)
    }
}

impl From<crate::repository::Error> for Failure {
    fn from(error: crate::repository::Error) -> Self {
        Self::new(error)
    }
}

impl From<crate::catalog::Error> for Failure {
    fn from(error: crate::catalog::Error) -> Self {
        let unreachable = error.is_unreachable();
        let failure = Self::new(error);
        if unreachable {
            failure.hint(
                "other sources: --source gnet (through your Grafana), --source mirror=DIR (a folder of files, such as \
                 another repository's vendor/), --source bundled (dashctl's own editions)",
            )
        } else {
            failure
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

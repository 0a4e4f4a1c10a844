use std::fmt;

use crate::dashboard::{NotClassic, Unreadable};
use crate::stack::{helm, kubernetes, local};
use crate::{apply, catalog, files, git, grafana, notify, repository, stack};

/// What went wrong: on what, what happened, and what to do next. [`Error::cause`] is for programs, the rest for people.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    place: Option<String>,
    hint: Option<String>,
    cause: Cause,
}

/// How bad an error is for the whole of what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It failed.
    Failed,
    /// What was asked for can't be: options that contradict each other, or names that nothing answers to.
    Usage,
    /// Not authenticated or not allowed.
    Denied,
    /// The work was done, but for a part of it.
    Partial,
    /// Somebody asked for an end of it.
    Interrupted,
}

/// Where an error comes from.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// A Grafana said no, or said nothing.
    #[error(transparent)]
    Grafana(#[from] grafana::Error),
    /// A plan could not be carried out.
    #[error(transparent)]
    Apply(apply::Error),
    /// The repository's files are wrong, or can't be read or written.
    #[error(transparent)]
    Repository(#[from] repository::Error),
    /// A catalog has no such dashboard, or can't be reached.
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    /// A file can't be written.
    #[error(transparent)]
    Write(#[from] files::WriteError),
    /// Git refuses.
    #[error(transparent)]
    Git(#[from] git::Error),
    /// The stack's manifests can't be made.
    #[error(transparent)]
    Render(#[from] stack::RenderError),
    /// A cluster says no, or says nothing.
    #[error(transparent)]
    Kubernetes(#[from] kubernetes::Error),
    /// Somebody who was to be told of a check could not be.
    #[error(transparent)]
    Notify(#[from] notify::Error),
    /// A dashboard has the v2 form where a classic one is needed.
    #[error(transparent)]
    NotClassic(#[from] NotClassic),
    /// A dashboard is stored in a form in which the server doesn't give it.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// Helm refuses.
    #[error(transparent)]
    Helm(#[from] helm::Error),
    /// The stack's processes on this machine.
    #[error(transparent)]
    Local(#[from] local::Error),
    /// What dashctl itself refuses or can't do, in words.
    #[error("{0}")]
    Said(String),
}

impl Error {
    /// Something that failed, in words.
    pub fn new(message: impl fmt::Display) -> Self {
        Self::of(Kind::Failed, Cause::Said(message.to_string()))
    }

    /// Something that can't be asked for, in words.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self::of(Kind::Usage, Cause::Said(message.to_string()))
    }

    fn of(kind: Kind, cause: Cause) -> Self {
        Self(Box::new(Inner {
            kind,
            place: None,
            hint: None,
            cause,
        }))
    }

    fn advised(self, hint: Option<impl fmt::Display>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// The same error with what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.0.hint = Some(hint.to_string());
        self
    }

    /// The same error with where it was met, around what is known of that already.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.0.place = Some(match self.0.place {
            Some(inner) => format!("{place}: {inner}"),
            None => place.to_string(),
        });
        self
    }

    /// The same error of another kind.
    #[must_use]
    pub fn kind_is(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    /// How bad it is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Where it comes from.
    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// Whether a Grafana asked for less at once, or shows that it can't keep up.
    pub fn is_overload(&self) -> bool {
        match self.cause() {
            Cause::Grafana(error) => error.is_overload(),
            Cause::Apply(error) => error.grafana().is_some_and(grafana::Error::is_overload),
            _ => false,
        }
    }

    /// On what it was met: a target, a server.
    pub fn place(&self) -> Option<&str> {
        self.0.place.as_deref()
    }

    /// What to do next.
    pub fn advice(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// What happened, without the place and the advice.
    pub fn message(&self) -> String {
        self.0.cause.to_string()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.cause.fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.source()
    }
}

impl From<grafana::Error> for Error {
    fn from(error: grafana::Error) -> Self {
        let kind = if error.is_denied() { Kind::Denied } else { Kind::Failed };
        let place = error.server().map(|server| format!("asking {server}"));
        let hint = error.hint();
        let error = Self::of(kind, Cause::Grafana(error)).advised(hint);
        match place {
            Some(place) => error.at(place),
            None => error,
        }
    }
}

impl From<apply::Error> for Error {
    fn from(error: apply::Error) -> Self {
        match error {
            apply::Error::Grafana(error) => error.into(),
            other => Self::of(Kind::Failed, Cause::Apply(other)),
        }
    }
}

impl From<catalog::Error> for Error {
    fn from(error: catalog::Error) -> Self {
        let unreachable = error.is_unreachable();
        let error = Self::of(Kind::Failed, Cause::Catalog(error));
        if unreachable {
            error.hint(
                "other sources: --source gnet (through your Grafana), --source mirror=DIR (a folder of files, such as \
                 another repository's vendor/), --source bundled (dashctl's own editions)",
            )
        } else {
            error
        }
    }
}

impl From<kubernetes::Error> for Error {
    fn from(error: kubernetes::Error) -> Self {
        use kubernetes::ErrorKind;
        let kind = match error.kind() {
            ErrorKind::NotAuthenticated | ErrorKind::NotAllowed => Kind::Denied,
            _ => Kind::Failed,
        };
        let hint = error.hint();
        Self::of(kind, Cause::Kubernetes(error)).advised(hint)
    }
}

impl From<helm::Error> for Error {
    fn from(error: helm::Error) -> Self {
        let kind = match error {
            helm::Error::Stopped { .. } => Kind::Interrupted,
            _ => Kind::Failed,
        };
        Self::of(kind, Cause::Helm(error))
    }
}

impl From<local::Error> for Error {
    fn from(error: local::Error) -> Self {
        let kind = match &error {
            local::Error::LeftOut(_) | local::Error::Nothing | local::Error::NoGrafana { .. } => Kind::Usage,
            _ => Kind::Failed,
        };
        Self::of(kind, Cause::Local(error))
    }
}

impl From<notify::Error> for Error {
    fn from(error: notify::Error) -> Self {
        let hint = error.hint();
        // The check itself was made, so that not all has failed.
        Self::of(Kind::Partial, Cause::Notify(error)).advised(hint)
    }
}

macro_rules! failed {
    ($($error:ty => $cause:ident),+ $(,)?) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::of(Kind::Failed, Cause::$cause(error))
            }
        }
    )+};
}

failed! {
    repository::Error => Repository,
    files::WriteError => Write,
    NotClassic => NotClassic,
    Unreadable => Unreadable,
    git::Error => Git,
    stack::RenderError => Render,
}

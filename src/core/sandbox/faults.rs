use std::{str::FromStr, time::Duration};

use axum::http::HeaderName;
use globset::{Glob, GlobMatcher};

use super::reply::{JSON, Reply};

/// A failure that the sandbox shows instead of, or around, its answer.
///
/// ```
/// use dashctl_core::sandbox::Fault;
///
/// let twice: Fault = "GET /api/search=503*2".parse().unwrap();
/// let slow_down: Fault = "* /api/*=429,Retry-After:1*1".parse().unwrap();
/// let lost: Fault = "POST /api/dashboards/db=lose*1".parse().unwrap();
/// # let _ = (twice, slow_down, lost);
/// ```
#[derive(Debug, Clone)]
pub struct Fault {
    method: Option<String>,
    path: GlobMatcher,
    effect: Effect,
    /// How many requests it lets through first.
    after: usize,
    times: Option<usize>,
}

/// What a [`Fault`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Answers this, and does nothing else.
    Answer {
        /// The status.
        status: u16,
        /// The body, sent as JSON.
        body: String,
        /// More headers, such as `Retry-After`.
        headers: Vec<(String, String)>,
    },
    /// Waits, then does what was asked.
    Delay(Duration),
    /// Closes the connection; nothing was done.
    Close,
    /// Does what was asked, then closes the connection: the answer is lost.
    Lose,
}

/// A fault that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ParseFaultError {
    /// Not of the form `METHOD PATH=EFFECT`.
    #[error("a fault is written 'METHOD PATH=EFFECT*TIMES', as in 'GET /api/search=503*2'")]
    Form,
    /// Not an effect.
    #[error("{0:?} is not an effect: use a status such as 503 or 429,Retry-After:1, delay:MILLISECONDS, close or lose")]
    Effect(String),
    /// Not a pattern.
    #[error("the path is not a pattern: {0}")]
    Path(#[from] globset::Error),
}

impl Fault {
    /// A fault for requests to a path; `*` stands for any characters, `/` too. A method of `*` means all.
    ///
    /// # Errors
    ///
    /// The path is not a pattern.
    pub fn new(method: &str, path: &str, effect: Effect) -> Result<Self, ParseFaultError> {
        Ok(Self {
            method: (method != "*").then(|| method.to_uppercase()),
            path: Glob::new(path)?.compile_matcher(),
            effect,
            after: 0,
            times: None,
        })
    }

    /// The same fault, shown only so many times.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// The same fault, not shown to the first so many requests that it is for.
    #[must_use]
    pub fn after(mut self, requests: usize) -> Self {
        self.after = requests;
        self
    }

    fn meets(&self, method: &str, path: &str) -> bool {
        self.times != Some(0)
            && self.method.as_deref().is_none_or(|wanted| wanted == method)
            && self.path.is_match(path)
    }
}

/// Takes the first fault that a request meets.
pub fn take(faults: &mut [Fault], method: &str, path: &str) -> Option<Effect> {
    let mut met = faults.iter_mut().filter(|fault| fault.meets(method, path));
    let fault = met.find_map(|fault| match fault.after {
        0 => Some(fault),
        left => {
            fault.after = left - 1;
            None
        }
    })?;
    if let Some(times) = &mut fault.times {
        *times -= 1;
    }
    Some(fault.effect.clone())
}

impl Effect {
    /// An answer with a status and Grafana's usual body.
    pub fn status(status: u16) -> Self {
        Self::Answer {
            status,
            body: r#"{"message":"injected fault"}"#.to_owned(),
            headers: Vec::new(),
        }
    }
}

/// The answer of [`Effect::Answer`].
pub fn reply(status: u16, body: &str, headers: &[(String, String)]) -> Reply {
    headers
        .iter()
        .filter_map(|(name, value)| Some((HeaderName::from_str(name).ok()?, value)))
        .fold(Reply::text(status, JSON, body), |reply, (name, value)| {
            reply.header(name, value)
        })
}

impl FromStr for Fault {
    type Err = ParseFaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (target, effect) = text.rsplit_once('=').ok_or(ParseFaultError::Form)?;
        let (method, path) = target.split_once(' ').ok_or(ParseFaultError::Form)?;
        let (effect, times) = match effect.rsplit_once('*') {
            Some((effect, times)) => (effect, Some(times.parse().map_err(|_| ParseFaultError::Form)?)),
            None => (effect, None),
        };
        let mut fault = Self::new(method, path.trim(), effect.parse()?)?;
        fault.times = times;
        Ok(fault)
    }
}

impl FromStr for Effect {
    type Err = ParseFaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || ParseFaultError::Effect(text.to_owned());
        match text {
            "close" => return Ok(Self::Close),
            "lose" => return Ok(Self::Lose),
            _ => {}
        }
        if let Some(milliseconds) = text.strip_prefix("delay:") {
            return milliseconds
                .parse()
                .map(Duration::from_millis)
                .map(Self::Delay)
                .map_err(|_| unknown());
        }
        let mut parts = text.split(',');
        let status = parts
            .next()
            .and_then(|status| status.parse().ok())
            .filter(|status| (200..600).contains(status));
        let mut effect = Self::status(status.ok_or_else(unknown)?);
        for part in parts {
            let (name, value) = part.split_once(':').ok_or_else(unknown)?;
            if let Self::Answer { headers, .. } = &mut effect {
                headers.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
        Ok(effect)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Effect, Fault, take};

    fn fault(text: &str) -> Fault {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_fault_meets_its_method_and_path_so_many_times() {
        let mut faults = [fault("GET /api/*=503*2")];
        assert_eq!(take(&mut faults, "POST", "/api/search"), None);
        assert_eq!(take(&mut faults, "GET", "/api/search"), Some(Effect::status(503)));
        assert_eq!(
            take(&mut faults, "GET", "/api/dashboards/uid/a"),
            Some(Effect::status(503))
        );
        assert_eq!(take(&mut faults, "GET", "/api/search"), None);
    }

    #[test]
    fn every_effect_can_be_written() {
        assert_eq!(fault("* /a=close").effect, Effect::Close);
        assert_eq!(fault("* /a=lose*1").effect, Effect::Lose);
        assert_eq!(fault("* /a=delay:20").effect, Effect::Delay(Duration::from_millis(20)));
        let Effect::Answer { status, headers, .. } = fault("* /a=429,Retry-After:3*1").effect else {
            panic!("an answer");
        };
        assert_eq!(
            (status, headers),
            (429, vec![("Retry-After".to_owned(), "3".to_owned())])
        );
    }

    #[test]
    fn what_is_not_a_fault_is_refused() {
        for text in [
            "",
            "GET /a",
            "/a=503",
            "GET /a=",
            "GET /a=boom",
            "GET /a=503*x",
            "GET /a=99",
        ] {
            assert!(text.parse::<Fault>().is_err(), "{text}");
        }
    }
}

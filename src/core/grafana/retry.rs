use std::time::Duration;

use rand::RngExt;

/// The number of times that a request is sent at most.
pub(super) const ATTEMPTS: u32 = 4;
/// The longest delay that a server's `Retry-After` may ask for.
const LONGEST: Duration = Duration::from_secs(30);

/// How an attempt ended, as far as repeating it is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// No connection came about: the request surely did not arrive.
    NotSent,
    /// The connection broke or the answer came too late.
    Lost,
    /// The server couldn't, and says that it is about its own trouble: a locked database.
    Busy,
    /// A status, with the delay that the server asked for.
    Answered(u16, Option<Duration>),
}

/// Whether and after which delay a request is sent again.
///
/// Reads are repeated on connect errors, broken connections, a busy server, 429, 502, 503 and 504; writes only when they surely did
/// not take effect: no connection, or 429.
pub(super) fn delay(outcome: Outcome, read: bool, attempt: u32) -> Option<Duration> {
    if attempt >= ATTEMPTS {
        return None;
    }
    let asked = match outcome {
        Outcome::NotSent => None,
        Outcome::Lost | Outcome::Busy if read => None,
        Outcome::Answered(429, asked) => asked,
        Outcome::Answered(502..=504, asked) if read => asked,
        _ => return None,
    };
    Some(asked.map_or_else(|| backoff(attempt), |asked| asked.min(LONGEST)))
}

/// 0.2 s, 0.4 s, 0.8 s, … with jitter of half of it, so that many clients don't come back at once.
fn backoff(attempt: u32) -> Duration {
    let full = Duration::from_millis(200) * 2u32.pow(attempt.saturating_sub(1).min(6));
    full.mul_f64(rand::rng().random_range(0.5..=1.0))
}

/// `Retry-After` in seconds, or as an HTTP date.
pub(super) fn retry_after(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let when = jiff::fmt::rfc2822::parse(value.trim()).ok()?.timestamp();
    let wait = when.as_second() - jiff::Timestamp::now().as_second();
    Some(Duration::from_secs(wait.try_into().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_are_repeated_only_when_they_surely_did_not_take_effect() {
        assert!(delay(Outcome::NotSent, false, 1).is_some());
        assert!(delay(Outcome::Answered(429, None), false, 1).is_some());
        assert_eq!(delay(Outcome::Lost, false, 1), None);
        assert_eq!(delay(Outcome::Busy, false, 1), None);
        assert_eq!(delay(Outcome::Answered(503, None), false, 1), None);
    }

    #[test]
    fn reads_are_repeated_a_few_times_and_no_more() {
        for outcome in [
            Outcome::NotSent,
            Outcome::Lost,
            Outcome::Busy,
            Outcome::Answered(503, None),
        ] {
            assert!(delay(outcome, true, 1).is_some());
            assert_eq!(delay(outcome, true, ATTEMPTS), None);
        }
        assert_eq!(delay(Outcome::Answered(500, None), true, 1), None);
    }

    #[test]
    fn retry_after_is_honoured_within_bounds() {
        assert_eq!(retry_after("2"), Some(Duration::from_secs(2)));
        let asked = retry_after("86400");
        assert_eq!(delay(Outcome::Answered(429, asked), true, 1), Some(LONGEST));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("soon"), None);
    }
}

use std::time::Duration;

/// A target that can't be looked at is asked at least so often.
const LONGEST: Duration = Duration::from_secs(3600);

/// How many rounds a failing target is spared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Backoff {
    failures: u32,
    spared: u32,
}

impl Backoff {
    /// Whether the target's turn has come; if not, it has come one round nearer.
    pub fn is_due(&mut self) -> bool {
        let due = self.spared == 0;
        self.spared = self.spared.saturating_sub(1);
        due
    }

    /// The target could be looked at.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// It could not: the next try comes after 1, 2, 4, … rounds, an hour at the longest. Gives the time until then.
    pub fn failed(&mut self, every: Duration) -> Duration {
        let most = LONGEST.as_nanos() / every.as_nanos().max(1);
        let most = u32::try_from(most).unwrap_or(u32::MAX).max(1);
        let rounds = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX).min(most);
        self.failures = (self.failures + 1).min(31);
        self.spared = rounds - 1;
        every.saturating_mul(rounds)
    }

    /// How many times in a row the target could not be looked at.
    pub fn failures(self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_target_is_asked_less_and_less_often_up_to_once_an_hour() {
        let every = Duration::from_secs(600);
        let mut backoff = Backoff::default();
        let mut tried = Vec::new();
        for round in 0..30 {
            if backoff.is_due() {
                tried.push(round);
                backoff.failed(every);
            }
        }
        assert_eq!(tried, [0, 1, 3, 7, 13, 19, 25]);
        backoff.succeeded();
        assert!(backoff.is_due() && backoff.is_due());
    }

    #[test]
    fn a_watch_that_is_seldom_itself_tries_every_time() {
        let mut backoff = Backoff::default();
        for _ in 0..100 {
            assert!(backoff.is_due());
            assert_eq!(backoff.failed(Duration::from_secs(7200)), Duration::from_secs(7200));
        }
    }
}

use std::process::ExitCode;

/// How the program ended, as its exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, nothing differs.
    Done,
    /// 1: failed.
    Failed,
    /// 2: something differs: drift, pending, missing, not comparable.
    Differs,
    /// 3: not authenticated or not allowed, so that nothing could be done.
    Denied,
    /// 4: some of the work failed; the failures are listed.
    Partial,
    /// 64: wrong usage.
    Usage,
    /// 130: interrupted.
    Interrupted,
    /// A code that the user chose with `--exit-code`.
    Chosen(u8),
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Differs => 2,
            Self::Denied => 3,
            Self::Partial => 4,
            Self::Usage => 64,
            Self::Interrupted => 130,
            Self::Chosen(code) => code,
        }
    }

    /// The exit code for a difference, as `--exit-code` says: 2, another one, or 0 for none.
    pub fn differs(code: u8) -> Self {
        match code {
            0 => Self::Done,
            2 => Self::Differs,
            code => Self::Chosen(code),
        }
    }

    /// Of two outcomes the one that the program must show: 130 > 64 > 3 > 1 > 4 > 2 > 0.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        if self.rank() >= other.rank() { self } else { other }
    }

    fn rank(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Differs | Self::Chosen(_) => 1,
            Self::Partial => 2,
            Self::Failed => 3,
            Self::Denied => 4,
            Self::Usage => 5,
            Self::Interrupted => 6,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_worst_outcome_wins_in_the_documented_order() {
        let order = [
            Exit::Done,
            Exit::Differs,
            Exit::Partial,
            Exit::Failed,
            Exit::Denied,
            Exit::Usage,
            Exit::Interrupted,
        ];
        for (rank, mild) in order.iter().enumerate() {
            for severe in &order[rank..] {
                assert_eq!(mild.worse(*severe), *severe);
                assert_eq!(severe.worse(*mild), *severe);
            }
        }
    }
}

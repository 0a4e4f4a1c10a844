use std::fmt;
use std::str::FromStr;

/// A revision of a catalog dashboard: grafana.com's number, or one of our own bundled editions. The two are never
/// mixed: an edition is no revision of the author's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Revision {
    /// A bundled edition, written `bundled-N`.
    Bundled(u32),
    /// grafana.com's number.
    Number(u32),
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Bundled(number) => write!(f, "bundled-{number}"),
        }
    }
}

impl FromStr for Revision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0);
        match text.strip_prefix("bundled-") {
            Some(rest) => number(rest).map(Self::Bundled),
            None => number(text).map(Self::Number),
        }
        .ok_or_else(|| format!("{text:?} is no revision: a number from 1"))
    }
}

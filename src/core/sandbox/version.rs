use std::{fmt, str::FromStr};

/// Which recorded Grafana the sandbox behaves like.
///
/// What differs between them is said by methods on this type, each beside the noun it concerns; later is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Version {
    /// Grafana 7.5.5: numeric ids in many routes, no folder uids on save, no library panels.
    V7_5,
    /// Grafana 9.4.0: uid routes, service accounts, library panels, permission errors in words.
    #[default]
    V9_4,
    /// Grafana 10.2.3: the last but one with Angular panels.
    V10_2,
    /// Grafana 11.1.1: the last that is recorded without use of `/apis`.
    V11_1,
    /// Grafana 12.4.0: `/apis` with v1beta1 before v2beta1.
    V12_4,
    /// Grafana 13.1, a build of June 2026 that calls itself 13.1.0-pre: `/apis` with v2 before all.
    V13_1,
}

/// Every version, as it is asked for, and its full number.
const VERSIONS: [(Version, &str, &str); 6] = [
    (Version::V7_5, "7.5", "7.5.5"),
    (Version::V9_4, "9.4", "9.4.0"),
    (Version::V10_2, "10.2", "10.2.3"),
    (Version::V11_1, "11.1", "11.1.1"),
    (Version::V12_4, "12.4", "12.4.0"),
    (Version::V13_1, "13.1", "13.1.0-pre"),
];

/// A version that the sandbox can't show.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox behaves like Grafana {known}, not {0}", known = known())]
pub struct ParseVersionError(String);

fn known() -> String {
    let names: Vec<&str> = VERSIONS.iter().map(|(_, name, _)| *name).collect();
    names.join(", ")
}

impl Version {
    fn names(self) -> (&'static str, &'static str) {
        let found = VERSIONS.iter().find(|(version, ..)| *version == self);
        found.map_or(("", ""), |(_, name, number)| (name, number))
    }

    /// The full version number that `/api/health` tells.
    pub fn number(self) -> &'static str {
        self.names().1
    }

    /// Whether the routes exist that came with Grafana 8 and 9: uids everywhere, library panels, service accounts.
    pub(super) fn is_9(self) -> bool {
        self >= Self::V9_4
    }

    /// Whether dashboards are objects of `/apis`, and the older routes only another way to them.
    pub(super) fn has_apis(self) -> bool {
        self >= Self::V12_4
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.names().0)
    }
}

impl FromStr for Version {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = VERSIONS
            .iter()
            .find(|(_, name, number)| *name == text || *number == text);
        found
            .map(|(version, ..)| *version)
            .ok_or_else(|| ParseVersionError(text.to_owned()))
    }
}

use std::fmt;

use serde::{Deserialize, Serialize};

use super::judgement::State;

/// What the user has allowed besides the harmless.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Take over dashboards that carry no mark of this repository.
    pub adopt: bool,
    /// Write over what somebody else changed.
    pub overwrite_drift: bool,
}

/// What is done with one dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Make it.
    Create,
    /// Save the desired one over the live one.
    Update,
    /// Save it into another folder; its content stays.
    Move,
    /// Take it over, and save the desired one over it.
    Adopt,
    /// Nothing.
    Nothing,
    /// Leave it alone, for this reason.
    Refuse(Refusal),
}

/// Why a dashboard is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// Somebody changed it since dashctl wrote it.
    Drift,
    /// It isn't this repository's.
    Unowned,
    /// Another tool owns it.
    Foreign,
    /// It can't be read as it is stored.
    Unsupported,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Drift => "somebody changed it in Grafana since; look with `dashctl diff`",
            Self::Unowned => "it is there already and isn't this repository's; `--adopt` takes it over",
            Self::Foreign => "another tool owns it",
            Self::Unsupported => "it can't be read as it is stored, and what can't be read isn't written over",
        })
    }
}

impl Action {
    /// The action that a state and the user's permissions lead to; `only_moved` says that nothing but the folder differs.
    pub fn of(state: State, only_moved: bool, permissions: Permissions) -> Self {
        let write = if only_moved { Self::Move } else { Self::Update };
        match state {
            State::Missing => Self::Create,
            State::InSync | State::Resave => Self::Nothing,
            State::Pending => write,
            State::Drift | State::Diverged if permissions.overwrite_drift => write,
            State::Drift | State::Diverged => Self::Refuse(Refusal::Drift),
            State::Unowned if permissions.adopt => Self::Adopt,
            State::Unowned => Self::Refuse(Refusal::Unowned),
            State::Foreign => Self::Refuse(Refusal::Foreign),
            State::Unsupported => Self::Refuse(Refusal::Unsupported),
        }
    }

    /// Whether it writes to Grafana.
    pub fn writes(&self) -> bool {
        !matches!(self, Self::Nothing | Self::Refuse(_))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create => f.pad("create"),
            Self::Update => f.pad("update"),
            Self::Move => f.pad("move"),
            Self::Adopt => f.pad("adopt"),
            Self::Nothing => f.pad("unchanged"),
            Self::Refuse(_) => f.pad("refused"),
        }
    }
}

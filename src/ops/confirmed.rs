use url::Url;

use crate::grafana::{Grafana, origin_of};

/// An origin that the user has said may get credentials: by a flag, in the environment, in their own settings, or because
/// the server is one that they have just started. A repository can't say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed(String);

impl Confirmed {
    /// The origin of a URL that the user has confirmed.
    pub(super) fn by_user(url: &Url) -> Self {
        Self(origin_of(url))
    }

    /// The origin of a Grafana that the user has just started or installed.
    pub(super) fn started(grafana: &Grafana) -> Self {
        Self(grafana.origin())
    }

    /// The user's own cluster or machine, which they have named or are sitting at.
    pub(super) fn own(place: &str) -> Self {
        Self(place.to_owned())
    }

    /// The origin.
    pub fn origin(&self) -> &str {
        &self.0
    }
}

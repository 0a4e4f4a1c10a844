use std::fmt;

use serde_json::Value;

use crate::catalog::Sha256;
use crate::dashboard::{sort_keys, to_sorted_text};

/// The longest message that Grafana stores.
const LONGEST_MESSAGE: usize = 500;

/// What dashctl writes into the message of a save, so that it finds in Grafana's own history what it wrote:
/// `dashctl/<version> <repository id> <12 hex of the content's sha256>`, then the user's own text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The repository's id; `-` for a save outside of any repository.
    pub repository: String,
    /// The first 12 hex digits of the sha256 of the content that was sent.
    pub hash: String,
}

impl Mark {
    /// The id that stands for no repository.
    pub const NO_REPOSITORY: &'static str = "-";

    /// The mark for saving `dashboard` from a repository.
    pub fn new(repository: &str, dashboard: &Value) -> Self {
        Self {
            repository: repository.to_owned(),
            hash: content_hash(dashboard),
        }
    }

    /// The mark that a message begins with, whichever dashctl wrote it.
    pub fn parse(message: &str) -> Option<Self> {
        let mut words = message.split_ascii_whitespace();
        let version = words.next()?.strip_prefix("dashctl/")?;
        let (repository, hash) = (words.next()?, words.next()?);
        let hex = hash.len() == 12 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        (hex && version.starts_with(|c: char| c.is_ascii_digit())).then(|| Self {
            repository: repository.to_owned(),
            hash: hash.to_owned(),
        })
    }

    /// The whole message: the mark, and the user's own text as far as there is room.
    pub fn message(&self, text: &str) -> String {
        let message = format!("{self} {}", text.trim());
        message.trim_end().chars().take(LONGEST_MESSAGE).collect()
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "dashctl/{} {} {}",
            env!("CARGO_PKG_VERSION"),
            self.repository,
            self.hash
        )
    }
}

/// 12 hex digits that tell one content from another: of the sorted compact JSON, without what the server sets.
pub fn content_hash(dashboard: &Value) -> String {
    let mut sorted = sort_keys(dashboard);
    if let Some(fields) = sorted.as_object_mut() {
        for key in ["id", "version"] {
            fields.shift_remove(key);
        }
    }
    Sha256::of(sorted.to_string().as_bytes()).to_string()[..12].to_owned()
}

/// The checksum of live content that a pull took: by it the version is found again in the history.
pub fn pulled_hash(live: &Value) -> String {
    Sha256::of(pulled_text(live).as_bytes()).to_string()
}

/// The text of the file that `pull --new` makes of a live dashboard: all but what the server sets.
pub fn pulled_text(live: &Value) -> String {
    let mut dashboard = live.clone();
    if let Some(fields) = dashboard.as_object_mut() {
        for key in ["id", "version"] {
            fields.shift_remove(key);
        }
    }
    to_sorted_text(&dashboard)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_mark_is_found_again_in_its_message() {
        let mark = Mark::new("r-1", &json!({"title": "A"}));
        let message = mark.message("  because\n");
        assert!(message.ends_with(" because"));
        assert_eq!(Mark::parse(&message), Some(mark.clone()));
        assert_eq!(Mark::parse(&mark.message("")), Some(mark));
        for other in [
            "",
            "Initial save",
            "dashctl/1.0 r-1",
            "dashctl/x r-1 0123456789ab",
            "saved by dashctl/1.0 r 0123456789ab",
        ] {
            assert_eq!(Mark::parse(other), None, "{other}");
        }
    }

    #[test]
    fn what_the_server_sets_does_not_count_as_content() {
        let sent = json!({"title": "A", "panels": []});
        let stored = json!({"panels": [], "title": "A", "id": 7, "version": 3});
        assert_eq!(content_hash(&sent), content_hash(&stored));
        assert_ne!(content_hash(&sent), content_hash(&json!({"title": "B", "panels": []})));
    }

    #[test]
    fn a_long_text_is_cut_where_grafana_would_refuse_it() {
        assert_eq!(
            Mark::new("r", &json!({})).message(&"ü".repeat(900)).chars().count(),
            500
        );
    }
}

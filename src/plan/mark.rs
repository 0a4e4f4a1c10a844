use std::fmt;

use serde_json::Value;

use crate::catalog::Sha256;
use crate::dashboard::Text;
use crate::grafana::LiveRevision;
use crate::grafana::Metadata;

/// The longest message that Grafana stores.
const LONGEST_MESSAGE: usize = 500;

/// What dashctl writes into the message of a save, so that it finds in Grafana's own history what it wrote:
/// `dashctl/<version> <repository id> <12 hex of the content's sha256>`, then the user's own text.
///
/// Where the server has objects, an edit can keep the message of the save before it, so that the message alone proves
/// nothing there. After the checksum stands then `@<number>`, the version that the save makes, and in a save over something
/// `:<8 hex>` of the object's own uid: a later edit has another number, and an object that was made again another uid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The repository's id; `-` for a save outside of any repository.
    pub repository: String,
    /// The first 12 hex digits of the sha256 of the content that was sent.
    pub hash: String,
    /// Which save it was written for, where that is to be told.
    pub save: Option<MarkedSave>,
}

/// The save that a mark was written for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkedSave {
    /// The version that it makes.
    pub number: u64,
    /// 8 hex digits that tell the object from one that was made after its deletion; none where the save makes it.
    pub object: Option<String>,
}

impl MarkedSave {
    /// The save that follows what was `read`.
    pub fn after(read: Option<&LiveRevision>) -> Option<Self> {
        let Some(read) = read else {
            return Some(Self {
                number: 1,
                object: None,
            });
        };
        let object = read.object.as_ref()?;
        Some(Self {
            number: read.version + 1,
            object: Some(digits(&object.uid)),
        })
    }

    /// Whether it made this version without a doubt.
    pub fn surely_made(&self, version: &Metadata) -> bool {
        self.made(version) && (self.object.is_some() || version.last_written_by_us() == Some(true))
    }

    /// Whether it names this version's object.
    pub(super) fn is_of(&self, version: &Metadata) -> bool {
        self.object
            .as_ref()
            .is_some_and(|object| *object == digits(&version.uid))
    }

    /// Whether it made this version; of an object that it made itself and whose writers the server doesn't tell, as far as
    /// is known.
    pub fn made(&self, version: &Metadata) -> bool {
        self.number == version.number()
            && match &self.object {
                Some(_) => self.is_of(version),
                None => version.last_written_by_us() != Some(false),
            }
    }
}

fn digits(uid: &str) -> String {
    Sha256::of(uid.as_bytes()).to_string()[..8].to_owned()
}

impl Mark {
    /// The id that stands for no repository.
    pub const NO_REPOSITORY: &'static str = "-";

    /// The mark for saving `dashboard` from a repository.
    pub fn new(repository: &str, dashboard: &Value) -> Self {
        Self {
            repository: repository.to_owned(),
            hash: content_hash(dashboard),
            save: None,
        }
    }

    /// The same mark, for this save alone.
    #[must_use]
    pub fn of_save(self, save: Option<MarkedSave>) -> Self {
        Self { save, ..self }
    }

    /// The mark that a message begins with, whichever dashctl wrote it.
    pub fn parse(message: &str) -> Option<Self> {
        let mut words = message.split_ascii_whitespace();
        let version = words.next()?.strip_prefix("dashctl/")?;
        let (repository, content) = (words.next()?, words.next()?);
        let (hash, save) = match content.split_once('@') {
            Some((hash, save)) => (hash, Some(parse_save(save)?)),
            None => (content, None),
        };
        (is_hex(hash, 12) && version.starts_with(|c: char| c.is_ascii_digit())).then(|| Self {
            repository: repository.to_owned(),
            hash: hash.to_owned(),
            save,
        })
    }

    /// The whole message: the mark, and the user's own text as far as there is room.
    pub fn message(&self, text: &str) -> String {
        let message = format!("{self} {}", text.trim());
        message.trim_end().chars().take(LONGEST_MESSAGE).collect()
    }

    /// Whether this version is what was written with the mark, and not an edit that has kept the message. `content` is asked
    /// for only where the mark doesn't say which save it was written for, as one by the legacy API.
    pub fn wrote(&self, version: Option<&Metadata>, content: impl FnOnce() -> String) -> bool {
        match (version, &self.save) {
            // The legacy API has no way of keeping a message.
            (None, _) => true,
            (Some(version), Some(save)) if save.made(version) => true,
            // A save that turned out to change nothing makes no version.
            (Some(version), Some(save)) => save.number == version.number() + 1 && content() == self.hash,
            (Some(_), None) => content() == self.hash,
        }
    }
}

fn parse_save(text: &str) -> Option<MarkedSave> {
    let (number, object) = match text.split_once(':') {
        Some((number, object)) => (
            number,
            Some(Some(object).filter(|object| is_hex(object, 8))?.to_owned()),
        ),
        None => (text, None),
    };
    Some(MarkedSave {
        number: number.parse().ok()?,
        object,
    })
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { repository, hash, save } = self;
        write!(f, "dashctl/{} {repository} {hash}", env!("CARGO_PKG_VERSION"))?;
        match save {
            Some(MarkedSave { number, object: None }) => write!(f, "@{number}"),
            Some(MarkedSave {
                number,
                object: Some(object),
            }) => write!(f, "@{number}:{object}"),
            None => Ok(()),
        }
    }
}

/// What the server sets in a dashboard's content.
const SERVERS: [&str; 2] = ["id", "version"];

/// 12 hex digits that tell one content from another: of the sorted compact JSON, without what the server sets.
pub fn content_hash(dashboard: &Value) -> String {
    let text = Text::of(dashboard).sorted().without(&SERVERS).to_string();
    Sha256::of(text.as_bytes()).to_string()[..12].to_owned()
}

/// The checksum of live content that a pull took: by it the version is found again in the history.
pub fn pulled_hash(live: &Value) -> String {
    Sha256::of(pulled_text(live).as_bytes()).to_string()
}

/// The text of the file that `pull --new` makes of a live dashboard: all but what the server sets.
pub fn pulled_text(live: &Value) -> String {
    format!("{:#}\n", Text::of(live).sorted().without(&SERVERS))
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
        assert_eq!(Mark::parse(&mark.message("")), Some(mark.clone()));
        for object in [None, Some("0123abcd".to_owned())] {
            let mark = mark.clone().of_save(Some(MarkedSave { number: 7, object }));
            assert_eq!(Mark::parse(&mark.message("why")), Some(mark));
        }
        for other in [
            "",
            "Initial save",
            "dashctl/1.0 r-1",
            "dashctl/x r-1 0123456789ab",
            "saved by dashctl/1.0 r 0123456789ab",
            "dashctl/1.0 r 0123456789ab@x",
            "dashctl/1.0 r 0123456789ab@1:short",
        ] {
            assert_eq!(Mark::parse(other), None, "{other}");
        }
    }

    #[test]
    fn what_the_server_sets_does_not_count_as_content() {
        let sent = json!({"title": "A", "panels": []});
        let stored = json!({"panels": [], "title": "A", "id": 7, "version": 3});
        assert_eq!(content_hash(&sent), content_hash(&stored));
        // Marks of years ago are still to be found: of `{"panels":[],"title":"A"}`.
        assert_eq!(content_hash(&sent), "c56723690c85");
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

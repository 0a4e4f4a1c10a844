use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::Mark;
use crate::grafana::Metadata;

/// How far the clock here and the server's may be apart, with the way in between, so that a note still tells an object from
/// one that somebody made again. Where they are further apart, history is asked.
const APART: SignedDuration = SignedDuration::from_secs(10);

/// What dashctl writes beside the content of a dashboard: its mark, and when. The message, where the mark stands as well, is
/// replaced by the next save; this stays where others save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Which save it is of.
    pub mark: Mark,
    /// When that began.
    at: Timestamp,
}

impl Note {
    /// For the save that begins now.
    pub fn now(mark: Mark) -> Self {
        Self {
            mark,
            at: Timestamp::now(),
        }
    }

    /// A note as it is written.
    pub fn parse(text: &str) -> Option<Self> {
        let (mark, at) = text.rsplit_once(' ')?;
        Some(Self {
            mark: Mark::parse(mark)?,
            at: at.parse().ok()?,
        })
    }

    /// Whether this version of the very object that was saved is the first one after that save.
    pub fn is_followed_by(&self, version: &Metadata) -> bool {
        let Some(save) = &self.mark.save else { return false };
        version.number() == save.number + 1
            && match &save.object {
                Some(_) => save.is_of(version),
                // A creation can't name its object: one that somebody made again was made later, and by another client.
                None => {
                    let made = version.created();
                    version.ever_written_by_us() != Some(false)
                        && made.is_some_and(|made| made.duration_since(self.at).abs() <= APART)
                }
            }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:.0}", self.mark, self.at)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::MarkedSave;

    fn version(uid: &str, generation: u64, made: &str) -> Metadata {
        let metadata = json!({"uid": uid, "generation": generation, "creationTimestamp": made});
        serde_json::from_value(metadata).unwrap()
    }

    #[test]
    fn a_note_is_of_one_object_and_of_the_version_before() {
        let note = Note::parse("dashctl/0.1.0 r 0123456789ab@1 2026-11-28T07:13:43Z").unwrap();
        assert_eq!(Note::parse(&note.to_string()), Some(note.clone()));
        assert!(note.is_followed_by(&version("u", 2, "2026-11-28T07:13:45Z")));
        assert!(!note.is_followed_by(&version("u", 1, "2026-11-28T07:13:45Z")));
        assert!(!note.is_followed_by(&version("u", 3, "2026-11-28T07:13:45Z")));
        assert!(
            !note.is_followed_by(&version("u", 2, "2026-11-28T07:14:45Z")),
            "made again"
        );
        assert!(!note.is_followed_by(&version("u", 2, "")));
        let written_by = |managers: &[&str]| {
            let fields: Vec<_> = managers.iter().map(|manager| json!({"manager": manager})).collect();
            let metadata = json!({"uid": "u", "generation": 2, "creationTimestamp": "2026-11-28T07:13:45Z", "managedFields": fields});
            serde_json::from_value::<Metadata>(metadata).unwrap()
        };
        assert!(note.is_followed_by(&written_by(&["dashctl", "kubectl"])));
        assert!(!note.is_followed_by(&written_by(&["kubectl"])), "made again at once");

        let save = |number: u64, uid: &str| {
            let read = crate::grafana::LiveRevision {
                version: number - 1,
                object: Some(std::sync::Arc::new(version(uid, number - 1, ""))),
            };
            MarkedSave::after(Some(&read))
        };
        let note = Note::now(Mark::new("r", &json!({})).of_save(save(5, "u")));
        assert!(note.is_followed_by(&version("u", 6, "2020-01-01T00:00:00Z")));
        assert!(!note.is_followed_by(&version("other", 6, "2020-01-01T00:00:00Z")));
        assert!(!note.is_followed_by(&version("u", 5, "2020-01-01T00:00:00Z")));
    }

    #[test]
    fn what_is_no_note_is_none() {
        for text in [
            "",
            "dashctl/0.1.0 r 0123456789ab@1",
            "dashctl/0.1.0 r 0123456789ab@1 soon",
            "x 2026-11-28T07:13:43Z",
        ] {
            assert_eq!(Note::parse(text), None, "{text}");
        }
        let unnumbered = Note::parse("dashctl/0.1.0 r 0123456789ab 2026-11-28T07:13:43Z").unwrap();
        assert!(!unnumbered.is_followed_by(&version("u", 2, "2026-11-28T07:13:43Z")));
    }
}

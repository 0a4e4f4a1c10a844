//! Who changed a library panel? Grafana keeps no history of one, so that its base is known by checksums alone.

use serde_json::{Number, Value, json};

use super::{Base, Desired, Mark, MarkedSave, content_hash};
use crate::dashboard::{Document, FolderPath, LibraryPanel};
use crate::grafana::LiveLibraryPanel;

/// What the repository knows of a library panel's past on a target.
#[derive(Debug, Clone, Copy, Default)]
pub struct KnownPanel<'a> {
    /// The repository's id, as it stands in marks.
    pub repository: &'a str,
    /// The checksum of what was written to this target last, as the lock has it.
    pub written: Option<&'a str>,
    /// The checksum of what a pull took last, as the lock has it.
    pub pulled: Option<&'a str>,
}

/// What is known of the panel as dashctl left it.
#[derive(Debug)]
pub enum PanelBase {
    /// As for a dashboard.
    Like(Base),
    /// Somebody changed it, and the file was changed as well. Grafana doesn't know what it was in between; these are the checksums
    /// that it had.
    BothChanged(Vec<String>),
}

/// 12 hex digits that tell a library panel from another one: of its name, its folder and its model.
pub fn panel_hash(panel: &LibraryPanel, folder: &FolderPath) -> String {
    content_hash(&json!({
        "folder": folder.to_string(), "name": panel.name, "model": with_plain_numbers(&panel.model),
    }))
}

/// The mark of a save of a library panel over what was `read`.
pub fn panel_mark(repository: &str, panel: &LibraryPanel, folder: &FolderPath, read: Option<u64>) -> String {
    let mark = Mark {
        repository: repository.to_owned(),
        hash: panel_hash(panel, folder),
        save: Some(MarkedSave {
            number: read.unwrap_or_default() + 1,
            object: None,
        }),
    };
    mark.to_string()
}

/// Whether dashctl wrote it from this repository: its mark says so, whatever became of it since.
pub fn bears_mark_of(panel: &LibraryPanel, repository: &str) -> bool {
    mark_of(panel, repository).is_some()
}

fn mark_of(panel: &LibraryPanel, repository: &str) -> Option<Mark> {
    let mark = Mark::parse(panel.mark.as_deref()?)?;
    (mark.repository == repository).then_some(mark)
}

/// Whether Grafana has a library panel as it was written or pulled last.
pub fn is_known(live: &LiveLibraryPanel, live_folder: &FolderPath, known: &KnownPanel<'_>) -> bool {
    let hash = panel_hash(&live.panel, live_folder);
    let mark = mark_of(&live.panel, known.repository);
    let hashes = [
        mark.as_ref().map(|mark| mark.hash.as_str()),
        known.written,
        known.pulled,
    ];
    hashes.contains(&Some(hash.as_str()))
}

/// Finds the base of a library panel that differs from desired.
pub fn panel_base(
    desired: &Desired,
    live: &LiveLibraryPanel,
    live_folder: &FolderPath,
    known: &KnownPanel<'_>,
) -> PanelBase {
    let mark = mark_of(&live.panel, known.repository);
    let written = mark.as_ref().map(|mark| mark.hash.as_str()).or(known.written);
    let hashes = [written, known.pulled];
    let has = |hash: &str| hashes.contains(&Some(hash));
    let found = |version, dashboard: Value, newer| {
        PanelBase::Like(Base::Found {
            version,
            dashboard: Document::Classic(dashboard),
            newer,
            marked: written.is_some(),
        })
    };
    if has(&panel_hash(&live.panel, live_folder)) {
        return found(live.version, live.panel.as_dashboard(), false);
    }
    if hashes == [None, None] {
        return PanelBase::Like(Base::NoMark);
    }
    let own = LibraryPanel::of_dashboard(desired.dashboard.content());
    if own.is_some_and(|own| has(&panel_hash(&own, &desired.folder))) {
        let number = mark.as_ref().and_then(|mark| Some(mark.save.as_ref()?.number));
        let version = number.unwrap_or_else(|| live.version.saturating_sub(1));
        return found(version, desired.dashboard.content().clone(), true);
    }
    PanelBase::BothChanged(hashes.into_iter().flatten().map(str::to_owned).collect())
}

/// Grafana writes numbers anew (`syncFieldsWithModel`): `1.0` comes back as `1`.
fn with_plain_numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) => plain(number).map_or_else(|| value.clone(), Value::Number),
        Value::Array(list) => list.iter().map(with_plain_numbers).collect(),
        Value::Object(fields) => {
            let plain = fields
                .iter()
                .map(|(key, value)| (key.clone(), with_plain_numbers(value)));
            Value::Object(plain.collect())
        }
        other => other.clone(),
    }
}

fn plain(number: &Number) -> Option<Number> {
    let float = number.as_f64()?;
    // Beyond these a float isn't every integer any more.
    match float.fract() == 0.0 && float.abs() < 9e15 {
        #[allow(clippy::cast_possible_truncation)]
        true => Some(Number::from(float as i64)),
        false => Number::from_f64(float),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(title: &str) -> LibraryPanel {
        LibraryPanel::of(&json!({"uid": "lib", "name": "CPU", "model": {"type": "stat", "title": title}})).unwrap()
    }

    fn folder() -> FolderPath {
        FolderPath::of(["K"])
    }

    fn desired(title: &str) -> Desired {
        Desired {
            label: "library/K/cpu".into(),
            uid: "lib".parse().unwrap(),
            dashboard: Document::Classic(panel(title).as_dashboard()),
            folder: folder(),
            elements: Vec::new(),
            pulled: None,
            folder_uids: Vec::new(),
            ignore: Vec::new(),
        }
    }

    fn live(title: &str, mark: Option<String>) -> LiveLibraryPanel {
        LiveLibraryPanel {
            panel: LibraryPanel { mark, ..panel(title) },
            version: 4,
            folder_uid: "k".into(),
            folder_title: "K".into(),
            updated_by: "ann".into(),
            updated: String::new(),
        }
    }

    fn base(desired_title: &str, live: &LiveLibraryPanel, known: KnownPanel<'_>) -> PanelBase {
        let known = KnownPanel {
            repository: "r",
            ..known
        };
        panel_base(&desired(desired_title), live, &folder(), &known)
    }

    fn newer(base: &PanelBase) -> Option<bool> {
        match base {
            PanelBase::Like(Base::Found { newer, .. }) => Some(*newer),
            _ => None,
        }
    }

    #[test]
    fn a_mark_tells_an_edit_from_a_file_that_moved_on() {
        let mark = |title: &str| Some(panel_mark("r", &panel(title), &folder(), Some(3)));
        let none = KnownPanel::default();
        assert_eq!(newer(&base("B", &live("A", mark("A")), none)), Some(false), "pending");
        assert_eq!(newer(&base("A", &live("B", mark("A")), none)), Some(true), "drift");
        let both = base("B", &live("C", mark("A")), none);
        let was = panel_hash(&panel("A"), &folder());
        assert!(matches!(both, PanelBase::BothChanged(hashes) if hashes == [was]));
        let others = Some(panel_mark("other", &panel("A"), &folder(), None));
        assert!(matches!(
            base("B", &live("A", others), none),
            PanelBase::Like(Base::NoMark)
        ));
    }

    #[test]
    fn where_a_page_took_the_mark_off_the_lock_tells() {
        let hash = |title: &str| panel_hash(&panel(title), &folder());
        let (a, b) = (hash("A"), hash("B"));
        let written = |hash| KnownPanel {
            written: Some(hash),
            ..KnownPanel::default()
        };
        assert_eq!(newer(&base("A", &live("B", None), written(&a))), Some(true));
        assert_eq!(newer(&base("B", &live("A", None), written(&a))), Some(false));
        let pulled = KnownPanel {
            pulled: Some(&b),
            ..written(&a)
        };
        assert_eq!(newer(&base("C", &live("B", None), pulled)), Some(false));
    }

    #[test]
    fn numbers_that_grafana_writes_otherwise_are_the_same() {
        let of = |model: &str| {
            let model: Value = serde_json::from_str(model).unwrap();
            panel_hash(&LibraryPanel { model, ..panel("") }, &folder())
        };
        assert_eq!(
            of(r#"{"a": 1.0, "b": 1e3, "c": 0.10}"#),
            of(r#"{"c": 0.1, "b": 1000, "a": 1}"#)
        );
        assert_ne!(of(r#"{"a": 1.5}"#), of(r#"{"a": 1}"#));
    }
}

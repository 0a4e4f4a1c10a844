use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::Deserialize;

use super::name::Name;
use super::{Error, files};
use crate::dashboard::FolderPath;
use crate::verify::Rewrite;

/// `dashctl.lock`: what is pinned. Generated, sorted by name, one block per dashboard, so that two branches that add
/// different dashboards merge without a conflict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    entries: BTreeMap<Name, Locked>,
    library: BTreeMap<Name, LockedPanel>,
    folders: BTreeMap<String, FolderPath>,
}

/// The source of dashboards that `pull --new` took from Grafana.
pub const GRAFANA: &str = "grafana";

/// What is pinned of one dashboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// Its uid.
    pub uid: String,
    /// Where it came from: `grafana.com/6417`, `bundled/6417`, `file` or [`GRAFANA`].
    pub source: String,
    /// The revision; files have none.
    pub revision: Option<String>,
    /// SHA-256 of the pristine bytes, in hex.
    pub sha256: String,
    /// The checksum of the live content that a pull took last: by it the version is found again in Grafana's history.
    pub pulled: Option<String>,
    /// The queries that rename rules have rewritten, so that an upgrade can do it again.
    pub rewritten: Vec<Rewrite>,
    /// It left the repository, and may still be in Grafana until pruned.
    pub removed: bool,
}

/// What is pinned of one library panel.
///
/// Grafana keeps no history of library panels, and a save in a page of Grafana 11 or later takes dashctl's mark off: what was
/// written and pulled last is then known from here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LockedPanel {
    /// Its uid.
    pub uid: String,
    /// The checksum of what was written last, by target.
    pub written: BTreeMap<String, String>,
    /// The checksum of what a pull took last.
    pub pulled: Option<String>,
    /// It left the repository, and may still be in Grafana until pruned.
    pub removed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    version: u32,
    #[serde(default)]
    dashboards: Vec<WireEntry>,
    #[serde(default)]
    library: Vec<WirePanel>,
    #[serde(default)]
    folders: Vec<WireFolder>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WirePanel {
    name: String,
    uid: String,
    #[serde(default)]
    written: BTreeMap<String, String>,
    #[serde(default)]
    pulled: Option<String>,
    #[serde(default)]
    removed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireFolder {
    path: String,
    uid: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireEntry {
    name: String,
    uid: String,
    source: String,
    #[serde(default)]
    revision: Option<String>,
    sha256: String,
    #[serde(default)]
    pulled: Option<String>,
    #[serde(default)]
    rewritten: Vec<Rewrite>,
    #[serde(default)]
    removed: bool,
}

impl Lock {
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        match files::read(path)? {
            Some(text) => Self::parse(path, &text),
            None => Ok(Self::default()),
        }
    }

    /// The lock of this text.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn of_text(text: &str) -> Result<Self, Error> {
        Self::parse(Path::new(super::LOCK_FILE), text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let wire: Wire = files::yaml(path, text)?;
        let wrong = |key: String, what: String| Error::Setting {
            path: path.to_owned(),
            key,
            what,
        };
        if wire.version != 1 {
            return Err(wrong(
                "version".into(),
                format!("this dashctl reads version 1, not {}", wire.version),
            ));
        }
        let mut entries = BTreeMap::new();
        for entry in wire.dashboards {
            let name = Name::parse(&entry.name).map_err(|error| wrong("name".into(), error.to_string()))?;
            let locked = Locked {
                uid: entry.uid,
                source: entry.source,
                revision: entry.revision,
                sha256: entry.sha256,
                pulled: entry.pulled,
                rewritten: entry.rewritten,
                removed: entry.removed,
            };
            if entries.insert(name, locked).is_some() {
                return Err(wrong(
                    entry.name,
                    "stands here twice; keep one of the two blocks".into(),
                ));
            }
        }
        let mut library = BTreeMap::new();
        for panel in wire.library {
            let name = Name::parse(&panel.name).map_err(|error| wrong("name".into(), error.to_string()))?;
            let locked = LockedPanel {
                uid: panel.uid,
                written: panel.written,
                pulled: panel.pulled,
                removed: panel.removed,
            };
            if library.insert(name, locked).is_some() {
                return Err(wrong(
                    format!("library: {}", panel.name),
                    "stands here twice; keep one of the two blocks".into(),
                ));
            }
        }
        let folder = |folder: WireFolder| {
            let Ok(path) = folder.path.parse();
            (folder.uid, path)
        };
        Ok(Self {
            entries,
            library,
            folders: wire.folders.into_iter().map(folder).collect(),
        })
    }

    /// The entries, by name.
    pub fn entries(&self) -> impl Iterator<Item = (&Name, &Locked)> {
        self.entries.iter()
    }

    /// The library panels, by name.
    pub fn library(&self) -> impl Iterator<Item = (&Name, &LockedPanel)> {
        self.library.iter()
    }

    /// What is pinned of the library panel with this uid, so that files that were moved keep what is known of them.
    pub fn panel(&self, uid: &str) -> Option<&LockedPanel> {
        self.library.values().find(|locked| locked.uid == uid)
    }

    /// Pins a library panel; its uid has one entry. Says whether that is news.
    pub fn insert_panel(&mut self, name: Name, locked: LockedPanel) -> bool {
        let before = self.library.clone();
        self.library.retain(|_, other| other.uid != locked.uid);
        self.library.insert(name, locked);
        self.library != before
    }

    /// Forgets a library panel.
    pub fn remove_panel(&mut self, uid: &str) {
        self.library.retain(|_, locked| locked.uid != uid);
    }

    /// Grafana's folders by uid, each with the path at which the repository saw it last. Targets have uids of their own.
    pub fn folders(&self) -> &BTreeMap<String, FolderPath> {
        &self.folders
    }

    /// The uids under which a folder was seen.
    pub fn uids_of(&self, folder: &FolderPath) -> Vec<String> {
        let here = self.folders.iter().filter(|(_, path)| *path == folder);
        here.map(|(uid, _)| uid.clone()).collect()
    }

    /// Remembers where folders are; says whether that is news.
    pub fn learn_folders(&mut self, folders: impl IntoIterator<Item = (String, FolderPath)>) -> bool {
        let mut news = false;
        for (uid, path) in folders {
            news |= self.folders.insert(uid, path.clone()) != Some(path);
        }
        news
    }

    /// What is pinned under this name.
    pub fn get(&self, name: &Name) -> Option<&Locked> {
        self.entries.get(name)
    }

    /// What is pinned of this dashboard: found by its uid, so that files that were moved keep what is known of them;
    /// else under its name.
    pub fn of(&self, name: &Name, uid: &str) -> Option<&Locked> {
        self.key_of(name, uid).and_then(|key| self.entries.get(key))
    }

    /// Takes out what is pinned of this dashboard, found as [`Self::of`] does: a uid has one entry.
    pub fn take(&mut self, name: &Name, uid: &str) -> Option<Locked> {
        let key = self.key_of(name, uid)?.clone();
        self.entries.remove(&key)
    }

    fn key_of<'a>(&'a self, name: &Name, uid: &str) -> Option<&'a Name> {
        let same_uid = |(key, locked): &(&'a Name, &'a Locked)| locked.uid == uid && (*key == name || !locked.removed);
        let own = self.entries.get_key_value(name);
        own.filter(|(_, locked)| locked.uid == uid)
            .or_else(|| self.entries.iter().find(same_uid))
            .or(own)
            .map(|(key, _)| key)
    }

    /// The dashboard that came from `source`, unless it was removed.
    pub fn by_source(&self, source: &str) -> Option<(&Name, &Locked)> {
        self.entries
            .iter()
            .find(|(_, locked)| locked.source == source && !locked.removed)
    }

    /// Pins a dashboard.
    pub fn insert(&mut self, name: Name, locked: Locked) {
        self.entries.insert(name, locked);
    }

    /// Forgets a dashboard.
    pub fn remove(&mut self, name: &Name) -> Option<Locked> {
        self.entries.remove(name)
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every JSON string is a YAML string too.
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        f.write_str("# Generated by dashctl: what was imported, and the checksums. Keep it in Git; don't edit it.\nversion: 1\n")?;
        f.write_str(if self.entries.is_empty() {
            "dashboards: []\n"
        } else {
            "dashboards:\n"
        })?;
        for (name, locked) in &self.entries {
            writeln!(f, "\n- name: {}", quoted(name.as_str()))?;
            writeln!(f, "  uid: {}", quoted(&locked.uid))?;
            writeln!(f, "  source: {}", quoted(&locked.source))?;
            if let Some(revision) = &locked.revision {
                writeln!(f, "  revision: {}", quoted(revision))?;
            }
            writeln!(f, "  sha256: {}", quoted(&locked.sha256))?;
            if let Some(pulled) = &locked.pulled {
                writeln!(f, "  pulled: {}", quoted(pulled))?;
            }
            if !locked.rewritten.is_empty() {
                writeln!(f, "  rewritten:")?;
            }
            for rewrite in &locked.rewritten {
                writeln!(f, "  - {}", serde_json::to_string(rewrite).map_err(|_| fmt::Error)?)?;
            }
            if locked.removed {
                writeln!(f, "  removed: true")?;
            }
        }
        if !self.library.is_empty() {
            f.write_str("\nlibrary:\n")?;
        }
        for (name, locked) in &self.library {
            writeln!(f, "\n- name: {}", quoted(name.as_str()))?;
            writeln!(f, "  uid: {}", quoted(&locked.uid))?;
            if !locked.written.is_empty() {
                f.write_str("  written:\n")?;
            }
            for (target, checksum) in &locked.written {
                writeln!(f, "    {}: {}", quoted(target), quoted(checksum))?;
            }
            if let Some(pulled) = &locked.pulled {
                writeln!(f, "  pulled: {}", quoted(pulled))?;
            }
            if locked.removed {
                writeln!(f, "  removed: true")?;
            }
        }
        if !self.folders.is_empty() {
            f.write_str("\nfolders:\n")?;
        }
        let mut folders: Vec<(&FolderPath, &String)> = self.folders.iter().map(|(uid, path)| (path, uid)).collect();
        folders.sort();
        for (path, uid) in folders {
            writeln!(f, "\n- path: {}", quoted(&path.to_string()))?;
            writeln!(f, "  uid: {}", quoted(uid))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock() -> Lock {
        let mut lock = Lock::default();
        for (name, id) in [("b", 2), ("A/쿠버", 1)] {
            lock.insert(
                Name::parse(name).unwrap(),
                Locked {
                    uid: format!("gnet-{id}"),
                    source: format!("grafana.com/{id}"),
                    revision: Some("3".into()),
                    sha256: "ab".into(),
                    pulled: (id == 1).then(|| "cd".into()),
                    rewritten: Vec::new(),
                    removed: id == 2,
                },
            );
        }
        lock
    }

    #[test]
    fn a_lock_reads_back_as_it_was_written() {
        let mut lock = lock();
        let titles = [vec!["K"], vec!["A/B", "General"], vec!["General"]];
        let name = Name::parse("b").unwrap();
        let mut locked = lock.get(&name).unwrap().clone();
        locked.rewritten.push(Rewrite {
            from: "a{name=~\"^k8s_.*\"}\n# b: c".into(),
            to: "a{container!=\"\"}\n# b: c".into(),
            by: Vec::new(),
        });
        lock.insert(name, locked);
        lock.learn_folders(titles.map(|titles| (titles.concat(), FolderPath::of(titles))));
        for (name, removed) in [("K/cpu", false), ("load", true)] {
            let locked = LockedPanel {
                uid: format!("uid-{removed}"),
                written: BTreeMap::from([("http://a:1".to_owned(), "0123456789ab".to_owned())]),
                pulled: removed.then(|| "cd".into()),
                removed,
            };
            lock.insert_panel(Name::parse(name).unwrap(), locked);
        }
        let text = lock.to_string();
        assert_eq!(Lock::parse(Path::new("l"), &text).unwrap(), lock);
        assert!(text.find("A/쿠버").unwrap() < text.find("\"b\"").unwrap(), "sorted");
        assert_eq!(
            Lock::parse(Path::new("l"), &Lock::default().to_string()).unwrap(),
            Lock::default()
        );
    }

    #[test]
    fn a_lock_in_conflict_or_with_doubles_is_refused() {
        let text = lock().to_string();
        let conflict = text.replace("- name: \"b\"", "<<<<<<< ours\n- name: \"b\"");
        let error = Lock::parse(Path::new("dashctl.lock"), &conflict)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("dashctl.lock:12: a merge conflict"), "{error}");
        let double = text.replace("A/쿠버", "b");
        assert!(
            Lock::parse(Path::new("l"), &double)
                .unwrap_err()
                .to_string()
                .contains("twice")
        );
    }

    #[test]
    fn a_dashboard_whose_files_were_moved_is_found_by_its_uid() {
        let mut lock = lock();
        let (old, new) = (Name::parse("A/쿠버").unwrap(), Name::parse("B/moved").unwrap());
        assert_eq!(
            lock.of(&new, "gnet-1").map(|locked| locked.source.as_str()),
            Some("grafana.com/1")
        );
        assert!(lock.of(&new, "gnet-9").is_none());
        assert!(lock.of(&old, "renamed").is_some(), "another uid under its own name");
        assert!(lock.take(&new, "gnet-1").is_some());
        assert!(lock.get(&old).is_none());
    }

    #[test]
    fn a_removed_dashboard_is_no_source_any_more() {
        assert!(lock().by_source("grafana.com/1").is_some());
        assert!(lock().by_source("grafana.com/2").is_none());
    }
}

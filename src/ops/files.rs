use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often the files are looked at.
pub(super) const POLL: Duration = Duration::from_secs(2);

/// The files of a repository that a check reads: have they changed, and come to rest?
#[derive(Debug)]
pub(super) struct Files {
    root: PathBuf,
    known: u64,
    /// They changed since the last look at them.
    moving: bool,
}

impl Files {
    /// The files as they are now.
    pub fn of(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            known: fingerprint(root),
            moving: false,
        }
    }

    /// Whether they have changed and are at rest again: in the middle of a `git pull` there is nothing to check.
    pub async fn have_changed(&mut self) -> bool {
        let root = self.root.clone();
        let now = tokio::task::spawn_blocking(move || fingerprint(&root))
            .await
            .unwrap_or(self.known);
        let changed = now != self.known;
        self.known = now;
        let settled = self.moving && !changed;
        self.moving = changed;
        settled
    }
}

/// Names, sizes and times of all files; what can't be read is told by the check itself.
fn fingerprint(root: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut open: Vec<PathBuf> = ["dashctl.yaml", "dashctl.lock", "dashboards", "library", "templates"]
        .map(|name| root.join(name))
        .into();
    while let Some(path) = open.pop() {
        // A link is what it says itself: following one might not end.
        let Ok(found) = path.symlink_metadata() else {
            continue;
        };
        (&path, found.len(), found.modified().ok()).hash(&mut hasher);
        if found.is_dir()
            && let Ok(items) = path.read_dir()
        {
            let mut items: Vec<PathBuf> = items.flatten().map(|item| item.path()).collect();
            items.sort();
            open.append(&mut items);
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_change_is_told_once_when_the_files_have_come_to_rest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dashboards/K/a.json");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "1").unwrap();
        std::fs::write(folder.path().join("other"), "1").unwrap();
        let mut files = Files::of(folder.path());
        assert!(!files.have_changed().await);
        std::fs::write(&path, "12").unwrap();
        assert!(!files.have_changed().await, "it may go on");
        std::fs::write(&path, "123").unwrap();
        assert!(!files.have_changed().await, "it did");
        assert!(files.have_changed().await);
        assert!(!files.have_changed().await);
        std::fs::write(folder.path().join("other"), "12").unwrap();
        assert!(!files.have_changed().await && !files.have_changed().await);
        std::fs::remove_file(&path).unwrap();
        assert!(!files.have_changed().await && files.have_changed().await);
    }
}

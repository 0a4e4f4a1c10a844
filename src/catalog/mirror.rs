use std::path::PathBuf;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::{Catalog, Error, Revision};

/// A folder of catalog files: `grafana.com/<id>/rev<N>.json` (as `vendor/` of a repository) or `<id>/rev<N>.json`.
#[derive(Debug, Clone)]
pub struct Mirror {
    root: PathBuf,
}

impl Mirror {
    /// The mirror at `root`.
    ///
    /// # Errors
    ///
    /// There is no such folder.
    pub fn open(root: PathBuf) -> Result<Self, Error> {
        if !root.is_dir() {
            return Err(Error::NoMirror(root));
        }
        let nested = root.join("grafana.com");
        Ok(Self {
            root: if nested.is_dir() { nested } else { root },
        })
    }

    fn revisions(&self, id: u32) -> Result<Vec<Revision>, Error> {
        let path = self.root.join(id.to_string());
        let items = match std::fs::read_dir(&path) {
            Ok(items) => items,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(self.unknown(id)),
            Err(source) => return Err(Error::File { path, source }),
        };
        let name = |item: std::fs::DirEntry| item.file_name().into_string().ok();
        let revision = |name: String| name.strip_prefix("rev")?.strip_suffix(".json")?.parse().ok();
        Ok(items.filter_map(|item| revision(name(item.ok()?)?)).collect())
    }

    fn unknown(&self, id: u32) -> Error {
        Error::NoSuchDashboard {
            catalog: format!("the mirror {}", self.root.display()),
            id,
        }
    }

    fn newest_of(&self, id: u32) -> Result<Revision, Error> {
        self.revisions(id)?.into_iter().max().ok_or_else(|| self.unknown(id))
    }

    fn bytes_of(&self, id: u32, revision: Revision) -> Result<Vec<u8>, Error> {
        let path = self.root.join(id.to_string()).join(format!("rev{revision}.json"));
        match std::fs::read(&path) {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Error::NoSuchRevision {
                catalog: format!("the mirror {}", self.root.display()),
                id,
                revision,
                newest: Some(self.newest_of(id)?),
            }),
            Err(source) => Err(Error::File { path, source }),
        }
    }
}

impl Catalog for Mirror {
    fn name(&self) -> &'static str {
        "mirror"
    }

    fn newest(&self, id: u32) -> BoxFuture<'_, Result<Revision, Error>> {
        let newest = self.newest_of(id);
        async { newest }.boxed()
    }

    fn download(&self, id: u32, revision: Revision) -> BoxFuture<'_, Result<Vec<u8>, Error>> {
        let bytes = self.bytes_of(id, revision);
        async { bytes }.boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn both_layouts_are_mirrors_and_the_highest_number_is_the_newest() {
        for layout in ["grafana.com/7", "7"] {
            let folder = tempfile::tempdir().unwrap();
            let files = folder.path().join(layout);
            std::fs::create_dir_all(&files).unwrap();
            for name in ["rev2.json", "rev10.json", "notes.txt", "revx.json"] {
                std::fs::write(files.join(name), name).unwrap();
            }
            let mirror = Mirror::open(folder.path().to_owned()).unwrap();
            assert_eq!(mirror.newest(7).await.unwrap(), Revision::Number(10));
            assert_eq!(mirror.download(7, Revision::Number(2)).await.unwrap(), b"rev2.json");
            let error = mirror.download(7, Revision::Number(3)).await.unwrap_err().to_string();
            assert!(
                error.ends_with("no revision 3 of dashboard 7; the newest is 10"),
                "{error}"
            );
            assert!(matches!(mirror.newest(8).await, Err(Error::NoSuchDashboard { .. })));
        }
        assert!(Mirror::open("nowhere".into()).is_err());
    }
}

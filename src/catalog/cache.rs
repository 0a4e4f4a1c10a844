use std::path::PathBuf;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::{About, Catalog, Error, Revision, Sha256};

/// How long a download is kept: long enough to spare the catalog, short enough to notice that a revision changed.
const LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// Another catalog with its downloads kept for a day in the user's cache folder.
pub struct Cache<C> {
    inner: C,
    folder: Option<PathBuf>,
}

impl<C: Catalog> Cache<C> {
    /// Keeps `inner`'s downloads below `folder`, apart for each `base` URL; without a folder nothing is kept.
    pub fn new(inner: C, folder: Option<PathBuf>, base: &str) -> Self {
        let key = &Sha256::of(base.as_bytes()).to_string()[..12];
        Self {
            inner,
            folder: folder.map(|folder| folder.join("catalog").join(key)),
        }
    }

    /// The catalog behind the cache.
    pub fn inner(&self) -> &C {
        &self.inner
    }

    fn path(&self, id: u32, revision: Revision) -> Option<PathBuf> {
        Some(
            self.folder
                .as_ref()?
                .join(id.to_string())
                .join(format!("rev{revision}.json")),
        )
    }

    async fn through(&self, id: u32, revision: Revision) -> Result<Vec<u8>, Error> {
        let path = self.path(id, revision);
        if let Some(bytes) = path.as_ref().and_then(fresh) {
            return Ok(bytes);
        }
        let bytes = self.inner.download(id, revision).await?;
        if let Some(path) = path
            && crate::dashboard::parse(&bytes).is_ok()
        {
            // A cache that can't be written only costs the next download.
            let _ = crate::files::write_atomic(&path, &bytes);
        }
        Ok(bytes)
    }
}

fn fresh(path: &PathBuf) -> Option<Vec<u8>> {
    let age = std::fs::metadata(path).ok()?.modified().ok()?.elapsed().ok()?;
    if age > LIFETIME {
        return None;
    }
    std::fs::read(path).ok()
}

impl<C: Catalog> Catalog for Cache<C> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn newest(&self, id: u32) -> BoxFuture<'_, Result<Revision, Error>> {
        self.inner.newest(id)
    }

    fn about(&self, id: u32) -> BoxFuture<'_, Result<About, Error>> {
        self.inner.about(id)
    }

    fn download(&self, id: u32, revision: Revision) -> BoxFuture<'_, Result<Vec<u8>, Error>> {
        self.through(id, revision).boxed()
    }
}

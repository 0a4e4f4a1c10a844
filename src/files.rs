//! How does a file get new content without ever being half-written?

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What a write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// The file is new.
    Created,
    /// Its bytes changed.
    Changed,
    /// It had these bytes already; nothing was touched.
    Unchanged,
}

/// A file that can't be written; what was there before is still whole.
#[derive(Debug, thiserror::Error)]
#[error("{} can't be written: {source}", path.display())]
pub struct WriteError {
    path: PathBuf,
    source: std::io::Error,
}

/// Reads a file whole. Only a regular one: opening a pipe or a device could wait for ever.
///
/// # Errors
///
/// It isn't there, is something else, or the disk refuses.
pub fn read_regular(path: &Path) -> std::io::Result<Vec<u8>> {
    let kind = std::fs::metadata(path)?.file_type();
    if !kind.is_file() {
        let what = if kind.is_dir() {
            "a folder"
        } else {
            "not a regular file"
        };
        return Err(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            format!("it is {what}"),
        ));
    }
    std::fs::read(path)
}

/// Writes a file so that at every moment either the old or the new bytes are there, whole, and makes the folders that
/// it needs. A file that has these bytes already isn't touched.
///
/// # Errors
///
/// The disk refuses.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<Written, WriteError> {
    let failed = |source| WriteError {
        path: path.to_owned(),
        source,
    };
    let written = match read_regular(path) {
        Ok(there) if there == bytes => return Ok(Written::Unchanged),
        Ok(_) => Written::Changed,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Written::Created,
        Err(source) => return Err(failed(source)),
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".dashctl-").suffix(".tmp");
    // As any new file of this user's: the umask takes its part.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let permissions = std::fs::metadata(path).map_or(std::fs::Permissions::from_mode(0o644), |m| m.permissions());
        builder.permissions(permissions);
    }
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_only_where_its_bytes_change() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/c.json");
        assert_eq!(write_atomic(&path, b"1").unwrap(), Written::Created);
        let first = std::fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(write_atomic(&path, b"1").unwrap(), Written::Unchanged);
        assert_eq!(std::fs::metadata(&path).unwrap().modified().unwrap(), first);
        assert_eq!(write_atomic(&path, b"2").unwrap(), Written::Changed);
        assert_eq!(std::fs::read(&path).unwrap(), b"2");
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "no temporary file is left"
        );
    }
}

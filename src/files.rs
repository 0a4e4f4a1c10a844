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

/// Writes a result to where a person wants it: a file as [`write_atomic`] does; what is there and is no file, a device or a
/// pipe, is written to and stays what it is.
///
/// # Errors
///
/// The disk, or whoever reads there, refuses.
pub fn write_result(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let replaced = match std::fs::metadata(path) {
        Ok(there) => (there.is_file() && !is_open_file(path)) || there.is_dir(),
        Err(_) => true,
    };
    if replaced {
        return write_atomic(path, bytes).map(drop);
    }
    let open = std::fs::File::options().append(true).open(path);
    let written = open.and_then(|mut file| file.write_all(bytes));
    written.map_err(|source| WriteError {
        path: path.to_owned(),
        source,
    })
}

/// Whether a path only stands for a file that a process has open, such as `/dev/stderr`: to replace it would change the
/// system, not the file.
fn is_open_file(path: &Path) -> bool {
    let leads_to_process = |found: std::io::Result<PathBuf>| found.is_ok_and(|path| path.starts_with("/proc"));
    let folder = path.parent().map(std::fs::canonicalize);
    leads_to_process(std::fs::read_link(path)) || folder.is_some_and(leads_to_process)
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

    #[cfg(target_os = "linux")]
    #[test]
    fn a_result_replaces_a_file_and_is_written_to_what_is_none() {
        use std::os::unix::fs::FileTypeExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result");
        write_result(&path, b"1").unwrap();
        write_result(&path, b"2").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"2");
        write_result("/dev/null".as_ref(), b"gone").unwrap();
        let null = std::fs::metadata("/dev/null").unwrap();
        assert!(null.file_type().is_char_device());
        assert!(
            write_result(folder.path(), b"3")
                .unwrap_err()
                .to_string()
                .contains("a folder")
        );
        // An open file under its number in /proc stays the same file.
        use std::os::fd::AsRawFd as _;
        use std::os::unix::fs::MetadataExt as _;
        let open = std::fs::File::open(&path).unwrap();
        let before = open.metadata().unwrap().ino();
        write_result(format!("/proc/self/fd/{}", open.as_raw_fd()).as_ref(), b"3").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"23");
        assert_eq!(std::fs::metadata(&path).unwrap().ino(), before);
    }
}

use std::io::Write as _;

use super::{Error, Lock};
use crate::grafana::Secret;
use crate::stack::kubernetes::{Given, generated_password};

/// The password of Grafana's admin, as the folder has it. Grafana takes it when its database is made, and looks at it
/// never again.
#[derive(Debug, Clone)]
pub struct LocalPassword {
    /// The password.
    pub password: Secret,
    /// Whether another one was given than the folder has; it stays as it is.
    pub differs: bool,
}

impl LocalPassword {
    /// The one that the folder has, else the given one, else a new one, which is kept in a file for its user alone.
    ///
    /// # Errors
    ///
    /// The file can't be read or written.
    pub fn keep(lock: &Lock, given: Given) -> Result<Self, Error> {
        let path = lock.folder().password();
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let password = Secret::new(text);
                let differs = matches!(&given, Given::Is(given) if *given != password);
                return Ok(Self { password, differs });
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(Error::File { path, source }),
        }
        let password = match given {
            Given::Is(password) => password,
            Given::Generate => generated_password(),
        };
        // Temporary files are made for their user alone.
        let written = tempfile::NamedTempFile::new_in(lock.folder().path()).and_then(|mut file| {
            file.write_all(password.expose().as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)
        });
        written.map_err(Error::file(path))?;
        Ok(Self {
            password,
            differs: false,
        })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::stack::local::Folder;

    #[test]
    fn the_first_password_stays_and_is_for_its_user_alone() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::at(root.path()).unwrap();
        let lock = folder.lock().unwrap();
        let first = LocalPassword::keep(&lock, Given::Generate).unwrap();
        assert!(first.password.expose().len() > 20);
        let mode = std::fs::metadata(folder.password()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = LocalPassword::keep(&lock, Given::Is(Secret::new("other"))).unwrap();
        assert!(again.differs && again.password == first.password);
    }
}

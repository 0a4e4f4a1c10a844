//! Which files does a check need, where it runs without a clone of the repository?

use std::collections::BTreeMap;
use std::path::Path;

use super::{CONFIG_FILE, Error, LOCK_FILE, Repository, files};

impl Repository {
    /// The files that a check reads, by their paths in the repository: the settings, the lock, the dashboards with what
    /// lies beside them, the templates, and the certificate authority that the schedule names. Not the pristine files, nor
    /// anything else that happens to be there.
    ///
    /// # Errors
    ///
    /// A file that can't be read, is no text, or lies outside of the repository.
    pub fn check_files(&self) -> Result<BTreeMap<String, String>, Error> {
        let mut found = BTreeMap::new();
        for file in [CONFIG_FILE, LOCK_FILE] {
            self.take(&self.root().join(file), &mut found)?;
        }
        for name in self.names()? {
            self.take(&name.json(self.root()), &mut found)?;
            self.take(&name.yaml(self.root()), &mut found)?;
            // One file may make many dashboards.
            if !name.json(self.root()).exists() && !name.yaml(self.root()).exists() {
                self.take(&self.sidecar(&name)?.0, &mut found)?;
            }
        }
        for name in self.library_names()? {
            self.take(&name.library_file(self.root()), &mut found)?;
            self.take(&name.library_sidecar(self.root()), &mut found)?;
        }
        self.take_templates(&self.root().join("templates"), &mut found)?;
        let schedule = self.config().schedule.as_ref();
        if let Some(certificate) = schedule.and_then(|schedule| schedule.ca_certificate.as_ref()) {
            self.take_named(certificate, &mut found)?;
        }
        Ok(found)
    }

    /// The same with the pristine files that are pinned: what an upgrade would change is told by them.
    ///
    /// # Errors
    ///
    /// As [`Self::check_files`].
    pub fn pinned_files(&self) -> Result<BTreeMap<String, String>, Error> {
        let mut found = self.check_files()?;
        for (_, locked) in self.lock()?.entries().filter(|(_, locked)| !locked.removed) {
            if let Some(revision) = &locked.revision {
                self.take(&self.pristine_path(&locked.source, revision), &mut found)?;
            }
        }
        Ok(found)
    }

    fn take_templates(&self, folder: &Path, found: &mut BTreeMap<String, String>) -> Result<(), Error> {
        let failed = |source| Error::Read {
            path: folder.to_owned(),
            source,
        };
        let items = match std::fs::read_dir(folder) {
            Ok(items) => items,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        for item in items {
            let item = item.map_err(failed)?;
            // A link may lead back to a folder that it lies in.
            if item.file_type().map_err(failed)?.is_dir() {
                self.take_templates(&item.path(), found)?;
            } else if item.path().extension().is_some_and(|ending| ending == "hbs") {
                self.take(&item.path(), found)?;
            }
        }
        Ok(())
    }

    /// Takes a file that the settings name: it must be there.
    fn take_named(&self, file: &str, found: &mut BTreeMap<String, String>) -> Result<(), Error> {
        let path = self.root().join(file);
        if !path.exists() {
            let source = std::io::ErrorKind::NotFound.into();
            return Err(Error::Read { path, source });
        }
        self.take(&path, found)
    }

    /// Takes a file where there is one.
    fn take(&self, path: &Path, found: &mut BTreeMap<String, String>) -> Result<(), Error> {
        let Some(text) = files::read(path)? else { return Ok(()) };
        files::inside(self.root(), path)?;
        let parts: Option<Vec<&str>> = self.relative(path).iter().map(|part| part.to_str()).collect();
        let Some(parts) = parts else {
            let source = std::io::Error::new(std::io::ErrorKind::InvalidFilename, "its name is no UTF-8 text");
            return Err(Error::Read {
                path: path.to_owned(),
                source,
            });
        };
        found.insert(parts.join("/"), text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_check_reads_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("dashctl.yaml", "version: 1\nrepository: r\n");
        for path in [
            "dashctl.lock",
            "dashboards/A B/x.json",
            "dashboards/A B/x.yaml",
            "dashboards/y.yaml",
            "templates/deep/t.json.hbs",
        ] {
            write(path, if path.ends_with(".yaml") { "title: T\n" } else { path });
        }
        for path in [
            "vendor/v.json",
            ".git/config",
            "README.md",
            "dashboards/notes.txt",
            "dashboards/.hidden/z.json",
            "templates/.t.swp",
            "secret.yaml",
        ] {
            write(path, "no");
        }
        let repository = Repository::discover(folder.path()).unwrap().unwrap();
        let files: Vec<String> = repository.check_files().unwrap().into_keys().collect();
        assert_eq!(
            files,
            [
                "dashboards/A B/x.json",
                "dashboards/A B/x.yaml",
                "dashboards/y.yaml",
                "dashctl.lock",
                "dashctl.yaml",
                "templates/deep/t.json.hbs"
            ]
        );
        write(
            "dashctl.yaml",
            "version: 1\nrepository: r\nschedule: {ca_certificate: tls/ca.pem}\n",
        );
        let repository = Repository::discover(folder.path()).unwrap().unwrap();
        assert!(repository.check_files().unwrap_err().to_string().contains("tls/ca.pem"));
        write("tls/ca.pem", "-----BEGIN CERTIFICATE-----");
        assert!(repository.check_files().unwrap().contains_key("tls/ca.pem"));
        write("dashboards/bad.json", "");
        std::fs::write(folder.path().join("dashboards/bad.json"), [0xff, 0xfe]).unwrap();
        assert!(repository.check_files().unwrap_err().to_string().contains("bad.json"));
    }
}

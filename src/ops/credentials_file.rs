use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::confirmed::Confirmed;
use super::environment::Environment;
use super::error::Error;
use crate::grafana::{Credentials, Secret, origin_of};

/// The user's own settings: credentials per origin, and the origins for which a repository may name secrets.
/// `~/.config/dashctl/config.yaml`, or the file in `DASHCTL_CREDENTIALS`.
#[derive(Debug, Default)]
pub struct CredentialsFile {
    path: PathBuf,
    by_origin: BTreeMap<String, Entry>,
    trusted: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Wire {
    #[serde(default)]
    credentials: BTreeMap<String, Entry>,
    #[serde(default)]
    trusted: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    token: Option<Secret>,
    token_file: Option<PathBuf>,
    user: Option<String>,
    password: Option<Secret>,
    password_file: Option<PathBuf>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<credentials>")
    }
}

impl CredentialsFile {
    /// Reads the file, if there is one.
    ///
    /// # Errors
    ///
    /// A file that can't be read or has an unknown key; the message shows no line of it, since it holds secrets.
    pub fn read(environment: &Environment) -> Result<Self, Error> {
        let named = environment.get("DASHCTL_CREDENTIALS").map(PathBuf::from);
        let path = match (&named, environment.config_folder()) {
            (Some(path), _) => path.clone(),
            (None, Some(folder)) => folder.join("config.yaml"),
            (None, None) => return Ok(Self::default()),
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => return Ok(Self::default()),
            Err(error) => return Err(Error::new(format!("{} can't be read: {error}", path.display()))),
        };
        refuse_readable_by_others(&path)?;
        let wire: Wire = serde_saphyr::from_str(&text).map_err(|error| {
            let place = error
                .location()
                .map(|at| format!(" at line {}", at.line()))
                .unwrap_or_default();
            Error::new(format!("{} doesn't follow its form{place}", path.display())).hint(
                "credentials: {https://grafana.example.com: {token: …, or token_file, or user with password or \
                 password_file}}; trusted: [https://…]",
            )
        })?;
        let origin = |url: &str| normal_origin(&path, url);
        let mut by_origin = BTreeMap::new();
        for (url, entry) in wire.credentials {
            by_origin.insert(origin(&url)?, entry);
        }
        let trusted = wire.trusted.iter().map(|url| origin(url)).collect::<Result<_, _>>()?;
        Ok(Self {
            path,
            by_origin,
            trusted,
        })
    }

    /// The credentials for an origin, and where they stand.
    ///
    /// # Errors
    ///
    /// A secret's file that can't be read.
    pub fn get(&self, to: &Confirmed) -> Result<Option<(Credentials, String)>, Error> {
        let origin = to.origin();
        let Some(entry) = self.by_origin.get(origin) else {
            return Ok(None);
        };
        let token = secret(entry.token.as_ref(), entry.token_file.as_deref())?;
        let password = secret(entry.password.as_ref(), entry.password_file.as_deref())?;
        let credentials = match (token, &entry.user, password) {
            (Some(token), _, _) => Credentials::Token(token),
            (None, Some(user), Some(password)) => Credentials::Password {
                user: user.clone(),
                password,
            },
            _ => {
                return Err(Error::new(format!(
                    "{}: {origin} has neither a token nor a user with a password",
                    self.path.display()
                )));
            }
        };
        let own = self.path.display();
        let source = match &entry.token_file {
            Some(file) if entry.token.is_none() => format!("{own}, token_file {}", file.display()),
            _ => own.to_string(),
        };
        Ok(Some((credentials, source)))
    }

    /// Whether the user has confirmed that a repository may name secrets for this origin.
    pub fn confirms(&self, origin: &str) -> bool {
        self.by_origin.contains_key(origin) || self.trusted.iter().any(|trusted| trusted == origin)
    }
}

/// Refuses a file of the user's own that others on the machine can read. One that a cluster mounts has the rights that
/// whoever runs the cluster gave it, and can't be given others.
#[cfg(unix)]
fn refuse_readable_by_others(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(found) = std::fs::metadata(path) else {
        return Ok(());
    };
    let own = found.uid() == rustix::process::geteuid().as_raw();
    if !own || !found.is_file() || found.mode() & 0o077 == 0 || is_mounted_by_a_cluster(path) {
        return Ok(());
    }
    let path = path.display();
    Err(Error::new(format!(
        "others on this machine can read {path}, which holds credentials"
    ))
    .hint(format!("chmod 600 {}", crate::shell::quoted(&path.to_string()))))
}

/// Whether a file lies as the kubelet lays out the files of a Secret: behind a link, in a folder like `..2026_11_27_13_35_20.1`
/// (Kubernetes, `pkg/volume/util/atomic_writer.go`).
#[cfg(unix)]
fn is_mounted_by_a_cluster(path: &Path) -> bool {
    let found = path.canonicalize();
    found.is_ok_and(|path| path.iter().any(|part| part.as_encoded_bytes().starts_with(b"..")))
}

#[cfg(not(unix))]
fn refuse_readable_by_others(_: &Path) -> Result<(), Error> {
    Ok(())
}

fn normal_origin(path: &Path, url: &str) -> Result<String, Error> {
    let url: url::Url = url
        .parse()
        .map_err(|error| Error::new(format!("{}: {url:?}: {error}", path.display())))?;
    Ok(origin_of(&url))
}

fn secret(text: Option<&Secret>, file: Option<&Path>) -> Result<Option<Secret>, Error> {
    match (text, file) {
        (Some(text), _) => Ok(Some(text.clone())),
        (None, Some(file)) => read_secret(file).map(Some),
        (None, None) => Ok(None),
    }
}

/// Refuses a token that can't be sent before anything is; `source` is the flag, variable or file that it came from.
///
/// # Errors
///
/// The token has more than one line, or characters that no token has.
pub fn refuse_unsendable(credentials: &Credentials, source: &str) -> Result<(), Error> {
    match credentials.unsendable() {
        Some(why) => Err(
            Error::usage(format!("{source}: the token {why}, so that it can't be one"))
                .hint("it must be the token alone, as Grafana showed it once, in one line"),
        ),
        None => Ok(()),
    }
}

/// A secret from a file, or from standard input for `-`.
///
/// # Errors
///
/// The file can't be read, or is empty.
pub fn read_secret(path: &Path) -> Result<Secret, Error> {
    let failed = |error: std::io::Error| Error::new(format!("the secret in {} can't be read: {error}", path.display()));
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin()).map_err(failed)?
    } else {
        std::fs::read_to_string(path).map_err(failed)?
    };
    let secret = Secret::new(text);
    if secret.is_empty() {
        return Err(Error::new(format!(
            "{} is empty; a secret was expected in it",
            path.display()
        )));
    }
    Ok(secret)
}

use std::fmt;
use std::path::{Path, PathBuf};

use crate::dashboard::{FolderPath, escape};

/// The name of a dashboard in a repository: `<folder>/<file>` without the ending, as it lies under `dashboards/`.
/// The folder part stands for the Grafana folder ([`FolderPath::directories`]); a name without one is in General.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// Why a text is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} can't be the name of a dashboard's file or folder: {why}")]
pub struct NameError {
    name: String,
    why: &'static str,
}

impl Name {
    /// The name of a file in the directory that stands for a folder.
    ///
    /// # Errors
    ///
    /// A stem that can't be a file's name.
    pub fn new(folder: &FolderPath, stem: &str) -> Result<Self, NameError> {
        let stem = escape(stem);
        check(&stem)?;
        let mut parts = folder.directories();
        parts.push(stem);
        Ok(Self(parts.join("/")))
    }

    /// A name as it is written: `Kubernetes/pods`.
    ///
    /// # Errors
    ///
    /// A part that can't be a file's name everywhere, or that leads out of the repository.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        text.split('/').try_for_each(check)?;
        Ok(Self(text.to_owned()))
    }

    /// Another file in the same directory.
    ///
    /// # Errors
    ///
    /// A stem that can't be a file's name.
    pub fn beside(&self, stem: &str) -> Result<Self, NameError> {
        match self.0.rsplit_once('/') {
            Some((directory, _)) => Self::parse(&format!("{directory}/{stem}")),
            None => Self::parse(stem),
        }
    }

    /// The name of a file under `dashboards/`.
    pub(super) fn of_file(path: &Path) -> Option<Self> {
        let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
        let joined = parts?.join("/");
        Some(Self(
            joined
                .strip_suffix(".json")
                .or_else(|| joined.strip_suffix(".yaml"))?
                .to_owned(),
        ))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder in Grafana that its directory stands for.
    pub fn folder(&self) -> FolderPath {
        match self.0.rsplit_once('/') {
            Some((directory, _)) => FolderPath::of_directories(directory.split('/')),
            None => FolderPath::General,
        }
    }

    /// The name of its file, without folder and ending.
    pub fn stem(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The path of the dashboard's JSON in the repository at `root`.
    pub fn json(&self, root: &Path) -> PathBuf {
        self.file(root, "json")
    }

    /// The path of its sidecar.
    pub fn yaml(&self, root: &Path) -> PathBuf {
        self.file(root, "yaml")
    }

    /// The file that the dashboard itself stands in: JSON, or YAML that stands alone.
    pub fn own_file(&self, root: &Path) -> PathBuf {
        let (json, yaml) = (self.json(root), self.yaml(root));
        match json.exists() || !yaml.exists() {
            true => json,
            false => yaml,
        }
    }

    fn file(&self, root: &Path, ending: &str) -> PathBuf {
        root.join("dashboards").join(format!("{}.{ending}", self.0))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check(part: &str) -> Result<(), NameError> {
    let why = if part.is_empty() {
        "a part of it is empty"
    } else if part == "." || part == ".." {
        "it leads out of its folder"
    } else if part.starts_with('.') {
        "it begins with a dot"
    } else if part.len() > 200 {
        "it is too long"
    } else if part
        .chars()
        .any(|c| c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|'))
    {
        "it has a character that file names can't have everywhere"
    } else if part.ends_with(' ') || part.ends_with('.') || part.starts_with(' ') {
        "it begins or ends with a blank or a dot"
    } else {
        return Ok(());
    };
    Err(NameError {
        name: part.to_owned(),
        why,
    })
}

/// A title as a file's stem: lower case, words joined by `-`. Letters of every script stay.
pub fn slug(title: &str) -> String {
    let words = title
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let mut slug = words.map(str::to_lowercase).collect::<Vec<_>>().join("-");
    while slug.len() > 100 {
        slug.pop();
    }
    if slug.is_empty() { "dashboard".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_in_the_repository() {
        for bad in [
            "../x",
            "a/../../x",
            "/etc/x",
            "a//b",
            "",
            ".git/x",
            "a\\b",
            "c:x",
            "a\u{0}b",
            "trailing.",
        ] {
            assert!(Name::parse(bad).is_err(), "{bad:?}");
        }
        let name = Name::parse("Kubernetes/Core/pods").unwrap();
        assert_eq!(name.folder(), FolderPath::of(["Kubernetes", "Core"]));
        assert_eq!(
            name.json(Path::new("r")),
            Path::new("r/dashboards/Kubernetes/Core/pods.json")
        );
        assert_eq!(Name::of_file(Path::new("Kubernetes/Core/pods.json")), Some(name));
    }

    #[test]
    fn a_title_becomes_a_file_name() {
        assert_eq!(slug("Kubernetes Cluster (Prometheus)"), "kubernetes-cluster-prometheus");
        assert_eq!(slug("쿠버네티스 클러스터"), "쿠버네티스-클러스터");
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert_eq!(slug("!?"), "dashboard");
    }
}

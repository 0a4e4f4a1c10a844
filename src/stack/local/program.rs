use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Component, Error};
use crate::stack::Settings;

/// Where Debian and Grafana's own packages keep Grafana's files.
const PACKAGED_HOME: &str = "/usr/share/grafana";
/// The file that every folder of Grafana has, and without which it doesn't start.
const DEFAULTS: &str = "conf/defaults.ini";

/// What a component is run by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// A program that needs nothing but its arguments.
    File(PathBuf),
    /// Grafana's program, and the folder with its pages and defaults.
    Grafana {
        /// `grafana`, or `grafana-server` of older ones.
        file: PathBuf,
        /// What it calls its home path.
        home: PathBuf,
    },
    /// The sandbox within dashctl, in place of Grafana.
    Sandbox,
}

/// Where programs are looked for.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The variable `PATH`.
    pub path: OsString,
    /// An unpacked Grafana.
    pub grafana_home: Option<PathBuf>,
    /// Whether the sandbox may stand in where there is no Grafana.
    pub allow_sandbox: bool,
}

/// The programs of the components that the settings want.
#[derive(Debug, Clone)]
pub struct Programs(BTreeMap<Component, Program>);

impl Programs {
    /// Finds them all.
    ///
    /// # Errors
    ///
    /// All that are missing, each with the package that has it.
    pub fn find(settings: &Settings, places: &Places) -> Result<Self, Error> {
        let (mut found, mut missing) = (BTreeMap::new(), Vec::new());
        for component in Component::ALL.into_iter().filter(|one| one.is_wanted(settings)) {
            match places.program(component)? {
                Some(program) => drop(found.insert(component, program)),
                None => missing.push(component),
            }
        }
        match (missing.is_empty(), found.is_empty()) {
            (false, _) => Err(Error::Missing(missing)),
            (true, true) => Err(Error::Nothing),
            (true, false) => Ok(Self(found)),
        }
    }

    /// The components in the order in which they are started, with their programs.
    pub fn iter(&self) -> impl Iterator<Item = (Component, &Program)> {
        self.0.iter().map(|(component, program)| (*component, program))
    }
}

impl Places {
    fn program(&self, component: Component) -> Result<Option<Program>, Error> {
        if component != Component::Grafana {
            return Ok(self.on_path(component).map(Program::File));
        }
        let grafana = match &self.grafana_home {
            Some(home) => Some(at_home(home)?),
            None => self.on_path(component).map(packaged).transpose()?,
        };
        Ok(grafana.or(self.allow_sandbox.then_some(Program::Sandbox)))
    }

    fn on_path(&self, component: Component) -> Option<PathBuf> {
        let names = component.programs().iter();
        names
            .flat_map(|name| std::env::split_paths(&self.path).map(move |folder| folder.join(name)))
            // An empty entry of PATH is the current folder, which nobody means here.
            .find(|file| file.is_absolute() && is_program(file))
    }
}

/// The Grafana of an unpacked archive.
fn at_home(home: &Path) -> Result<Program, Error> {
    let home = std::path::absolute(home).map_err(Error::file(home))?;
    let mut files = Component::Grafana
        .programs()
        .iter()
        .map(|name| home.join("bin").join(name));
    let Some(file) = files.find(|file| is_program(file)) else {
        let missing = "bin/grafana";
        return Err(Error::NoGrafana { folder: home, missing });
    };
    with_defaults(file, home)
}

/// A Grafana on PATH: a link into its home, or a packaged one.
fn packaged(file: PathBuf) -> Result<Program, Error> {
    let real = file.canonicalize().map_err(Error::file(&file))?;
    let beside = real
        .parent()
        .and_then(Path::parent)
        .filter(|home| home.join(DEFAULTS).is_file());
    let home = beside.map_or_else(|| PACKAGED_HOME.into(), Path::to_owned);
    with_defaults(file, home)
}

fn with_defaults(file: PathBuf, home: PathBuf) -> Result<Program, Error> {
    match home.join(DEFAULTS).is_file() {
        true => Ok(Program::Grafana { file, home }),
        false => Err(Error::NoGrafana {
            folder: home,
            missing: DEFAULTS,
        }),
    }
}

fn is_program(file: &Path) -> bool {
    let Ok(metadata) = std::fs::metadata(file) else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    metadata.is_file()
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn program(folder: &Path, name: &str) -> PathBuf {
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        file
    }

    fn only_grafana() -> Settings {
        let mut settings = Settings::default();
        settings.prometheus.enabled = false;
        settings.node_exporter.enabled = false;
        settings.alertmanager.enabled = false;
        settings.pushgateway.enabled = false;
        settings
    }

    #[test]
    fn all_that_is_missing_is_said_at_once_with_its_package() {
        let folder = tempfile::tempdir().unwrap();
        program(folder.path(), "prometheus");
        program(folder.path(), "node_exporter");
        // A file that can't be run is no program.
        std::fs::write(folder.path().join("alertmanager"), "").unwrap();
        let places = Places {
            path: folder.path().into(),
            allow_sandbox: true,
            ..Places::default()
        };
        let message = Programs::find(&Settings::default(), &places).unwrap_err().to_string();
        assert!(
            message.contains("alertmanager (Debian's package prometheus-alertmanager)"),
            "{message}"
        );
        assert!(message.contains("Debian's package prometheus-pushgateway"), "{message}");
        assert!(
            !message.contains("node_exporter") && !message.contains("apt.grafana.com"),
            "{message}"
        );
    }

    #[test]
    fn a_grafana_that_is_there_wins_over_the_sandbox() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("grafana-13");
        let file = program(&home, "bin/grafana");
        let mut places = Places {
            path: home.join("bin").into(),
            allow_sandbox: true,
            ..Places::default()
        };
        let error = Programs::find(
            &only_grafana(),
            &Places {
                grafana_home: Some(home.clone()),
                ..Places::default()
            },
        );
        assert!(error.unwrap_err().to_string().contains("it has no conf/defaults.ini"));
        program(&home, DEFAULTS);
        let found = Programs::find(&only_grafana(), &places).unwrap();
        let home = home.canonicalize().unwrap();
        assert_eq!(found.iter().next().unwrap().1, &Program::Grafana { file, home });
        places.path = folder.path().into();
        let found = Programs::find(&only_grafana(), &places).unwrap();
        assert_eq!(found.iter().next().unwrap().1, &Program::Sandbox);
    }
}

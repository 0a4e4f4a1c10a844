use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use libtest_mimic::{Failed, Trial};

use crate::need;

/// Names the kubeconfig of a cluster to use instead of one that the test starts.
pub const GIVEN_CLUSTER: &str = "DASHCTL_TEST_KUBECONFIG";

/// A trial on a cluster of the test's own, with its node, its volumes and its load balancers played.
pub fn trial(name: &str, test: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    let reason = missing(&["kubernetes"]);
    need::unless(reason.is_none(), name, "kubernetes", reason.unwrap_or_default(), test)
}

/// A trial that any cluster will do for: it plays nothing.
pub fn trial_on_any(name: &str, test: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    if env::var_os(GIVEN_CLUSTER).is_some() {
        return Trial::test(name, test);
    }
    trial(name, test)
}

/// A trial with both Helms on a cluster of the test's own.
pub fn helm_trial(name: &str, test: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    let reason = missing(&["kubernetes", "helm3", "helm4"]);
    need::unless(reason.is_none(), name, "helm", reason.unwrap_or_default(), test)
}

/// Where one of the programs is that `tests/kubernetes/build` makes.
pub fn program(name: &str) -> PathBuf {
    folder().as_ref().map(|folder| folder.join(name)).unwrap()
}

fn missing(programs: &[&str]) -> Option<String> {
    let folder = match folder() {
        Ok(folder) => folder,
        Err(reason) => return Some(reason.clone()),
    };
    let missing = programs.iter().find(|name| !folder.join(name).is_file())?;
    Some(format!(
        "{missing} is not in {}: run tests/kubernetes/build",
        folder.display()
    ))
}

/// The script knows its folder; nobody else needs to.
fn folder() -> &'static Result<PathBuf, String> {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kubernetes/build");
        let output = Command::new(&script)
            .arg("--folder")
            .output()
            .map_err(|error| format!("{}: {error}", script.display()))?;
        if !output.status.success() {
            return Err(format!(
                "{}: {}",
                script.display(),
                String::from_utf8_lossy(&output.stderr)
            ));
        }
        Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end()))
    })
}

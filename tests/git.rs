//! With the real `git`: commits beside the work tree, and `dashctl pull --commit`.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code, missing_docs)]

#[path = "cli/catalog.rs"]
mod catalog;
#[path = "git/clone.rs"]
mod clone;
#[path = "git/commits.rs"]
mod commits;
#[path = "compare/corpus.rs"]
mod corpus;
#[path = "git/genuine.rs"]
mod genuine;
#[path = "git/library.rs"]
mod library;
#[path = "support/need.rs"]
mod need;
#[path = "cli/proxy.rs"]
mod proxy;
#[path = "git/pull.rs"]
mod pull;
#[path = "cli/scene.rs"]
mod scene;

use std::process::ExitCode;

use libtest_mimic::{Failed, Trial};

use need::{Need, trial};

fn main() -> ExitCode {
    let arguments = libtest_mimic::Arguments::from_args();
    let trials = [commits::trials(), pull::trials(), library::trials(), genuine::trials()]
        .into_iter()
        .flatten()
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A trial that needs the program `git`.
fn with_git(name: &str, test: fn()) -> Trial {
    let need = Need {
        name: "git",
        program: "git",
    };
    trial(name, &need, move || {
        test();
        Ok::<(), Failed>(())
    })
}

//! What is shipped: the release's workflow as actionlint reads it, and the scripts of the packages and of the action, run as they
//! will be run, with programs in place of `gh` and of a downloaded `dashctl`.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code, missing_docs)]

#[path = "support/actionlint.rs"]
mod actionlint;
#[path = "support/need.rs"]
mod need;

use std::process::ExitCode;

#[cfg(unix)]
#[path = "packaging/action.rs"]
mod action;
#[cfg(unix)]
#[path = "packaging/archive.rs"]
mod archive;
#[cfg(unix)]
#[path = "packaging/component.rs"]
mod component;

fn main() -> ExitCode {
    let arguments = libtest_mimic::Arguments::from_args();
    let all = [
        #[cfg(unix)]
        action::trials(),
        #[cfg(unix)]
        archive::trials(),
        #[cfg(unix)]
        component::trials(),
    ];
    libtest_mimic::run(&arguments, all.into_iter().flatten().collect()).exit_code()
}

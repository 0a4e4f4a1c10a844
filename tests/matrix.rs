//! What works on which Grafana: every step on every recorded version, and the table of `docs/works-on.md`, which must be true.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code, missing_docs)]

#[path = "cli/catalog.rs"]
mod catalog;
#[path = "matrix/page.rs"]
mod page;
#[path = "cli/proxy.rs"]
mod proxy;
#[path = "cli/scene.rs"]
mod scene;
#[path = "matrix/steps.rs"]
mod steps;
#[path = "matrix/table.rs"]
mod table;

use std::process::ExitCode;

use dashctl::sandbox::Version;
use libtest_mimic::{Arguments, Trial};

const VERSIONS: [Version; 6] = [
    Version::V7_5,
    Version::V9_4,
    Version::V10_2,
    Version::V11_1,
    Version::V12_4,
    Version::V13_1,
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let cells = steps::STEPS.iter().enumerate().flat_map(|(row, step)| {
        VERSIONS.iter().enumerate().map(move |(column, version)| {
            let name = format!("{} on {version}", step.name);
            Trial::test(name, move || match table::outcome(row, column) {
                steps::Outcome::Broken(why) => Err(why.into()),
                steps::Outcome::Works | steps::Outcome::Not(_) => Ok(()),
            })
        })
    });
    let held = Trial::test("docs/works-on.md says what is so", table::hold);
    libtest_mimic::run(&arguments, cells.chain([held]).collect()).exit_code()
}

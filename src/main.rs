//! The `dashctl` program: parse, run, leave with the right exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    dashctl::cli::main(std::env::args_os()).into()
}

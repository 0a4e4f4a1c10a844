//! The `dashctl` program: parse, run, leave with the right exit code.

use std::process::ExitCode;

/// A check of thousands of dashboards makes and drops millions of small values; measured by `cargo bench --bench drift`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    dashctl::cli::main(std::env::args_os()).into()
}

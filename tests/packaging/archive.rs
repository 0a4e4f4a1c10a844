use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use super::actionlint;

pub fn trials() -> Vec<Trial> {
    vec![
        actionlint::trial("actionlint_takes_the_release", || {
            actionlint::reads(&project().join(".github/workflows/release.yml"))
        }),
        Trial::test("an_archive_holds_the_program_its_completions_and_its_pages", archive),
        Trial::test(
            "the_formula_has_the_sums_of_the_archives_and_wants_all_of_them",
            formula,
        ),
    ]
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn archive() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    // The program of this test run, where cargo puts one that is built for a target.
    let built = folder.path().join("x/debug");
    std::fs::create_dir_all(&built)?;
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_dashctl"), built.join("dashctl"))?;
    let out = folder.path().join("out");
    let packed = Command::new(project().join("packaging/pack"))
        .args(["x", out.to_str().unwrap(), "debug"])
        .env("CARGO_TARGET_DIR", folder.path())
        .output()?;
    assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
    let name = format!("dashctl-{}-x", env!("CARGO_PKG_VERSION"));
    let listed = Command::new("tar")
        .arg("-tzf")
        .arg(out.join(format!("{name}.tar.gz")))
        .output()?;
    let listed = String::from_utf8(listed.stdout)?;
    for file in [
        "dashctl",
        "LICENSE",
        "README.md",
        "completions/dashctl.bash",
        "completions/_dashctl",
        "completions/dashctl.fish",
        "man/dashctl.1",
        "man/dashctl-import.1",
        "man/dashctl-stack-install.1",
    ] {
        assert!(
            listed.lines().any(|line| line == format!("{name}/{file}")),
            "{file}: {listed}"
        );
    }
    Ok(())
}

fn formula() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let sums = folder.path().join("SHA256SUMS");
    let targets = [
        "aarch64-apple-darwin",
        "x86_64-apple-darwin",
        "aarch64-unknown-linux-musl",
        "x86_64-unknown-linux-musl",
    ];
    let line = |(at, target): (usize, &&str)| format!("{at:064}  dashctl-1.2.3-{target}.tar.gz\n");
    std::fs::write(&sums, targets.iter().enumerate().map(line).collect::<String>())?;
    let made = make(&sums)?;
    assert!(made.status.success());
    let text = String::from_utf8(made.stdout)?;
    for (at, target) in targets.iter().enumerate() {
        let url = format!("url \"https://github.com/o/r/releases/download/v1.2.3/dashctl-1.2.3-{target}.tar.gz\"");
        let (_, after) = text.split_once(&url).unwrap_or_else(|| panic!("{target}: {text}"));
        let sum = format!("sha256 \"{at:064}\"");
        assert_eq!(after.lines().nth(1).unwrap().trim(), sum);
    }
    std::fs::write(&sums, targets.iter().enumerate().skip(1).map(line).collect::<String>())?;
    let refused = make(&sums)?;
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("aarch64-apple-darwin"));
    Ok(())
}

fn make(sums: &PathBuf) -> Result<std::process::Output, Failed> {
    let script = project().join("packaging/homebrew/formula");
    Ok(Command::new(script).args(["o/r", "1.2.3"]).arg(sums).output()?)
}

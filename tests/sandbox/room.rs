use std::{fs, path::Path};

/// Every file of a folder and its subfolders.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

/// The room itself, and the pure one that migrates and converts dashboards, with the data sources that it asks for.
const ALLOWED: [&str; 2] = ["crate::sandbox", "crate::dashboard"];

#[test]
fn the_sandbox_uses_no_other_room_but_the_one_that_turns_dashboards() {
    let files = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sandbox"));
    assert!(files.len() > 10);
    for (file, text) in files {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("///")) {
            let own = ALLOWED
                .iter()
                .fold(line.to_owned(), |line, allowed| line.replace(allowed, ""));
            assert!(!own.contains("crate::") && !own.contains("dashctl::"), "{file}: {line}");
        }
        // Out of `src/sandbox/` by way of the parents.
        let nested = file.contains("/store/") || file.contains("/apis/");
        let up = if nested {
            "super::super::super::"
        } else {
            "super::super::"
        };
        assert!(!text.contains(up), "{file}");
    }
}

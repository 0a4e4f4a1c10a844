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

#[test]
fn the_sandbox_uses_no_other_room() {
    let files = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sandbox"));
    assert!(files.len() > 10);
    for (file, text) in files {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("///")) {
            let own = line.replace("crate::sandbox", "");
            assert!(!own.contains("crate::") && !own.contains("dashctl::"), "{file}: {line}");
        }
        // Out of `src/sandbox/` by way of the parents.
        let up = if file.contains("/store/") {
            "super::super::super::"
        } else {
            "super::super::"
        };
        assert!(!text.contains(up), "{file}");
    }
}

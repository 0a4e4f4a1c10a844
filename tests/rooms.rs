//! Who may use whom: the table of `src/lib.rs`, room by room, as the files really have it.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each room may use, in the order of the table.
const ROOMS: [(&str, &[&str]); 25] = [
    ("files", &[]),
    ("shell", &[]),
    ("cause", &[]),
    ("nearest", &[]),
    ("pace", &[]),
    ("promql", &[]),
    ("template", &[]),
    ("dashboard", &["nearest"]),
    ("verify", &["promql", "dashboard"]),
    ("lint", &["promql", "dashboard", "verify"]),
    ("answer", &["cause", "dashboard"]),
    ("catalog", &["files", "cause", "dashboard", "answer"]),
    ("grafana", &["cause", "dashboard", "answer"]),
    ("stack", &["files", "template", "grafana"]),
    ("git", &[]),
    ("schedule", &["shell", "nearest", "template", "grafana", "stack"]),
    (
        "repository",
        &[
            "files",
            "nearest",
            "template",
            "dashboard",
            "verify",
            "lint",
            "stack",
            "schedule",
        ],
    ),
    ("plan", &["dashboard", "catalog", "grafana", "repository"]),
    ("apply", &["dashboard", "grafana", "plan"]),
    ("prometheus", &["cause", "answer"]),
    ("report", &["template", "dashboard", "verify", "lint", "stack", "plan"]),
    (
        "notify",
        &["files", "cause", "template", "dashboard", "answer", "plan", "report"],
    ),
    ("sandbox", &["dashboard", "answer"]),
    (
        "ops",
        &[
            "files",
            "shell",
            "nearest",
            "pace",
            "promql",
            "dashboard",
            "verify",
            "lint",
            "catalog",
            "grafana",
            "stack",
            "git",
            "schedule",
            "repository",
            "plan",
            "apply",
            "prometheus",
            "report",
            "notify",
            "sandbox",
        ],
    ),
    (
        "cli",
        &[
            "files",
            "shell",
            "nearest",
            "dashboard",
            "verify",
            "lint",
            "catalog",
            "grafana",
            "stack",
            "schedule",
            "repository",
            "plan",
            "prometheus",
            "report",
            "notify",
            "sandbox",
            "ops",
        ],
    ),
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The rooms of the crate `dashctl-core`.
fn core() -> BTreeSet<String> {
    let text = fs::read_to_string(source().join("core/lib.rs")).unwrap();
    modules(&text).map(str::to_owned).collect()
}

/// The modules that a crate's first file has.
fn modules(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
}

/// The folder that a room's file or folder is in.
fn home(room: &str) -> PathBuf {
    match core().contains(room) {
        true => source().join("core"),
        false => source(),
    }
}

/// The Rust files of a room, with what they are without their tests and comments.
fn files(room: &str) -> Vec<(PathBuf, String)> {
    let mut open: Vec<PathBuf> = vec![home(room).join(room), home(room).join(format!("{room}.rs"))];
    open.retain(|path| path.exists());
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|item| item.unwrap().path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            found.push((path, lines.collect::<Vec<_>>().join("\n")));
        }
    }
    found
}

/// The rooms that a piece of code names.
fn used(code: &str) -> BTreeSet<String> {
    let word = |rest: &str| {
        rest.split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
            .unwrap()
            .to_owned()
    };
    let mut rooms = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            // `use crate::{a, b::C}`
            Some(list) => rooms.extend(list.split('}').next().unwrap().split(',').map(|part| word(part.trim()))),
            None => drop(rooms.insert(word(rest))),
        }
    }
    rooms
}

#[test]
fn each_room_uses_no_more_than_the_table_says() {
    let names: BTreeSet<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    for (room, allowed) in ROOMS.iter() {
        let mut real: BTreeMap<String, PathBuf> = BTreeMap::new();
        for (path, code) in files(room) {
            let of_rooms = used(&code)
                .into_iter()
                .filter(|name| names.contains(name.as_str()) && name != room);
            real.extend(of_rooms.map(|name| (name, path.clone())));
        }
        for (name, path) in &real {
            assert!(
                allowed.contains(&name.as_str()),
                "{room} may not use {name}: {}",
                path.display()
            );
        }
    }
}

#[test]
fn a_room_uses_only_what_stands_above_it() {
    for (at, (room, allowed)) in ROOMS.iter().enumerate() {
        let above: Vec<&str> = ROOMS[..at].iter().map(|(room, _)| *room).collect();
        for other in *allowed {
            assert!(above.contains(other), "{room} uses {other}, which stands below it");
        }
    }
}

#[test]
fn the_table_of_the_crates_first_page_has_these_rooms_in_this_order() {
    let text = fs::read_to_string(source().join("lib.rs")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! | [`"));
    let shown: Vec<&str> = rows
        .map(|row| row.split('`').next().unwrap().trim_start_matches("mod@"))
        .collect();
    let rooms: Vec<&str> = ROOMS
        .iter()
        .map(|(room, _)| *room)
        .filter(|room| *room != "lib")
        .collect();
    assert_eq!(shown, rooms);
    let core = core();
    let modules = modules(&text).chain(core.iter().map(String::as_str));
    assert_eq!(modules.collect::<BTreeSet<_>>(), rooms.into_iter().collect());
}

#[test]
fn the_rooms_of_the_core_are_given_on_under_their_own_names() {
    let text = fs::read_to_string(source().join("lib.rs")).unwrap();
    let list = text
        .split("pub use dashctl_core::{")
        .nth(1)
        .unwrap()
        .split('}')
        .next()
        .unwrap();
    let given: BTreeSet<String> = list.split(',').map(|room| room.trim().to_owned()).collect();
    assert_eq!(given, core());
    for (room, _) in ROOMS {
        for (path, code) in files(room) {
            assert!(
                !code.contains("dashctl_core"),
                "{}: rooms are named by `crate::`, whichever crate they are in",
                path.display()
            );
        }
    }
}

#[test]
fn the_sandbox_leads_nowhere_else() {
    for (path, code) in files("sandbox") {
        let up = match ["/store/", "/apis/"]
            .iter()
            .any(|room| path.to_str().unwrap().contains(room))
        {
            true => "super::super::super::",
            false => "super::super::",
        };
        assert!(!code.contains(up), "{}", path.display());
    }
}

/// The parts of a room (its files and folders), and which of its parts each one names.
fn parts(room: &str) -> BTreeMap<String, BTreeSet<String>> {
    let home = home(room).join(room);
    let part_of = |path: &Path| -> Option<String> {
        let first = path.strip_prefix(&home).ok()?.iter().next()?.to_str()?;
        Some(first.trim_end_matches(".rs").to_owned())
    };
    let files: Vec<(PathBuf, String)> = files(room)
        .into_iter()
        .filter(|(path, _)| path.starts_with(&home))
        .collect();
    let names: BTreeSet<String> = files
        .iter()
        .filter_map(|(path, _)| part_of(path))
        .filter(|name| name != "mod")
        .collect();
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, code) in &files {
        let part = part_of(path).unwrap();
        if !names.contains(&part) {
            continue;
        }
        // How a file says "the room": one `super` for each folder, and for itself where it isn't its folder's `mod.rs`.
        let folders = path.strip_prefix(&home).unwrap().iter().count() - 1;
        let ups = folders + usize::from(!path.ends_with("mod.rs"));
        let named = paths_after(code, &"super::".repeat(ups)).chain(paths_after(code, &format!("crate::{room}::")));
        let others = named.filter(|name| names.contains(name) && *name != part);
        uses.entry(part.clone()).or_default().extend(others.collect::<Vec<_>>());
    }
    uses
}

/// The first words of the paths that go on after `prefix`, those of lists in braces too.
fn paths_after<'c>(code: &'c str, prefix: &str) -> impl Iterator<Item = String> + use<'c> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let starts: Vec<usize> = code.match_indices(prefix).map(|(at, _)| at).collect();
    let length = prefix.len();
    starts
        .into_iter()
        .filter(move |at| !code[..*at].ends_with("super::") && !code[..*at].ends_with("crate::"))
        .flat_map(move |at| {
            let rest = &code[at + length..];
            let list = match rest.strip_prefix('{') {
                Some(list) => list.split("};").next().unwrap_or(list),
                None => rest.split(|c| !is_word(c)).next().unwrap_or_default(),
            };
            let mut depth = 0;
            let items = list.split(move |c| {
                depth += i32::from(c == '{') - i32::from(c == '}');
                c == ',' && depth == 0
            });
            let firsts = items.map(|item| item.trim().split(|c| !is_word(c)).next().unwrap_or_default().to_owned());
            firsts.collect::<Vec<_>>()
        })
}

#[test]
fn no_part_of_a_room_uses_one_that_uses_it() {
    for (room, _) in ROOMS {
        let mut open = parts(room);
        // Takes away what uses nothing that is left; what can't be taken away goes in circles.
        loop {
            let before = open.len();
            let left: BTreeSet<String> = open.keys().cloned().collect();
            open.retain(|_, uses| uses.iter().any(|name| left.contains(name)));
            if open.len() == before {
                break;
            }
        }
        assert!(open.is_empty(), "{room} goes in circles: {open:?}");
    }
}

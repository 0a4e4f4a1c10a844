//! What was a library panel before the file and Grafana's both changed?
//!
//! Grafana keeps no history of library panels, but Git keeps one of their files: the version is looked for that has the checksum of
//! what was written or pulled last.

use super::super::session::Session;
use super::super::survey::Survey;
use super::resolve;
use crate::dashboard::{Document, LibraryPanel, parse_library_panel};
use crate::git::Git;
use crate::plan::{Desired, panel_hash};
use crate::repository::{Entry, Name, library_label};

/// So many commits of a file are looked at, the newest first.
const MOST: usize = 100;

/// The panel with one of these checksums, as it was on the target. Nothing where Git doesn't have it: no commit was made of it, the
/// clone has the newest commits only, or there is no clone at all.
pub(super) fn find(session: &Session, survey: &Survey, name: &Name, hashes: &[String]) -> Option<Document> {
    let repository = &session.repository;
    let git = Git::open(repository.root()).ok()?;
    let entry = repository.library_entry(name, session.target.as_deref()).ok()?;
    let file = format!("{}.json", library_label(name));
    let commits = git.commits_of(&file, MOST).ok()?;
    commits.iter().find_map(|commit| {
        let text = git.file_at(commit, &file).ok()??;
        // What was broken then is none.
        let panel = parse_library_panel(text.as_bytes()).ok()?;
        let then = Entry {
            dashboard: Document::Classic(panel.as_dashboard()),
            ..entry.clone()
        };
        let (desired, _) = resolve(session, survey, then).ok()?;
        has_hash(&desired, hashes).then_some(desired.dashboard)
    })
}

fn has_hash(desired: &Desired, hashes: &[String]) -> bool {
    let panel = LibraryPanel::of_dashboard(desired.dashboard.content());
    panel.is_some_and(|panel| hashes.contains(&panel_hash(&panel, &desired.folder)))
}

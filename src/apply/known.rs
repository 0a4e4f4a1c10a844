use crate::dashboard::Document;
use crate::grafana::{Version, VersionEntry};
use crate::plan::{Mark, content_hash};

/// By what a repository knows a version of a dashboard again.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The repository's id, as it stands in marks.
    pub repository: &'a str,
    /// The checksum of the content that a pull took last.
    pub pulled: Option<&'a str>,
    /// What the file says, where there is one.
    pub desired: Option<&'a Document>,
}

impl<'a> Known<'a> {
    /// What the file says, where a version is without a doubt our own save of it: then it needn't be read.
    pub(super) fn as_sent(&self, entry: &VersionEntry) -> Option<&'a Document> {
        let desired = self.desired?;
        let mark = self.mark(&entry.message)?;
        let sure = mark.save.as_ref()?.surely_made(entry.object.as_deref()?);
        (sure && mark.hash == content_hash(desired.content())).then_some(desired)
    }

    /// This repository's mark in a message, where there is one.
    pub(super) fn mark(&self, message: &str) -> Option<Mark> {
        Mark::parse(message).filter(|mark| mark.repository == self.repository)
    }

    /// Whether dashctl wrote a version from this repository.
    pub(super) fn has_written(&self, entry: &VersionEntry, version: &Version) -> bool {
        let content = || content_hash(version.dashboard.content());
        self.mark(&version.message)
            .is_some_and(|mark| mark.wrote(entry.object.as_deref(), content))
    }
}

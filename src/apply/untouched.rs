//! Which dashboards needn't be read, because the newest save of them is our own and holds what the file says?
//!
//! Where the server has objects, a list without contents carries the message of each dashboard's newest save, and so our
//! [`Mark`]: what was sent, and which save it was. A dashboard is untouched where all of this holds:
//!
//! * the mark is this repository's, and its checksum is that of what the file comes to on this target now;
//! * the mark was written for this very version of this very object. A later change of the content or of the folder makes
//!   another version, whoever makes it and by whichever API (Grafana, `pkg/storage/unified/apistore/prepare.go`: the
//!   generation rises where spec or folder differ), so that an edit that keeps the message is seen, and so is an older
//!   version that somebody restores with its message;
//! * an object that was deleted and made again has another uid, which the mark of every save over something names; the mark
//!   of a creation can't, and counts only where the server tells that nobody else has written the object;
//! * it is in the folder where it shall be, and no other tool has put its name to it.
//!
//! What can't be seen so: somebody who forges a mark. `--full` reads everything.

use std::sync::Arc;

use crate::dashboard::FolderPath;
use crate::grafana::{Grafana, LiveRevision, Metadata};
use crate::plan::{Desired, Live, Mark, content_hash};

/// The newest save of a dashboard, as a list tells it.
#[derive(Debug, Clone)]
pub struct NewestSave(Arc<Metadata>);

impl NewestSave {
    /// What stands beside the content in a list.
    pub fn new(listed: Arc<Metadata>) -> Self {
        Self(listed)
    }

    /// The uid of the folder that it is in.
    pub fn folder(&self) -> &str {
        self.0.folder()
    }

    /// The dashboard's uid.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether this repository made it, without a doubt: what it sent then is what is there.
    pub fn is_ours(&self, repository: &str) -> bool {
        self.mark(repository).is_some()
    }

    fn mark(&self, repository: &str) -> Option<Mark> {
        let Self(save) = self;
        let mark = Mark::parse(save.message()).filter(|mark| mark.repository == repository)?;
        let sure = mark.save.as_ref()?.surely_made(save) && save.manager().is_none_or(|manager| manager.is_dashctl());
        sure.then_some(mark)
    }

    /// What Grafana has of a dashboard that is as we wrote it; nothing where it must be read to know. `folder` is where it is.
    pub async fn untouched(
        &self,
        grafana: &Grafana,
        desired: &Desired,
        repository: &str,
        folder: Option<&FolderPath>,
    ) -> Option<Live> {
        let Self(save) = self;
        let mark = self.mark(repository)?;
        let is_it = save.name == desired.uid.as_str() && folder? == &desired.folder;
        if !is_it || mark.hash != content_hash(desired.dashboard.content()) {
            return None;
        }
        let author = save.author();
        Some(Live {
            version: save.number(),
            title: desired.title().to_owned(),
            url: save.page(desired.title()),
            updated: save.saved().to_owned(),
            updated_by: match grafana.apis().await {
                Ok(Some(apis)) => apis.name_of(author).await,
                _ => author.to_owned(),
            },
            revision: LiveRevision {
                version: save.number(),
                object: Some(Arc::clone(save)),
            },
        })
    }
}

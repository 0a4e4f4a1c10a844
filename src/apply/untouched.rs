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

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::dashboard::FolderPath;
use crate::grafana::apis::{Apis, WholePages};
use crate::grafana::{Error, Grafana, LiveRevision, Metadata};
use crate::plan::{Desired, Live, Mark, content_hash};

/// Fewer dashboards than this are read one by one.
const WORTHWHILE: usize = 16;
/// A page of the list costs a server about as much as this many dashboards that are read one by one.
const DASHBOARDS_A_PAGE: usize = 8;
/// And so does a page of whole dashboards (a real 13.1: 15 pages in 3.8 s, 1,000 dashboards one by one in 17 s).
const DASHBOARDS_A_WHOLE_PAGE: usize = 15;

/// What a target has of dashboards besides their contents, as far as it was read.
#[derive(Debug, Default)]
pub struct NewestSaves {
    by_uid: BTreeMap<String, Arc<Metadata>>,
    /// How many pages the list has, where it was read to its end.
    pages: Option<usize>,
}

impl NewestSaves {
    /// Reads the list, where that is less than reading `number` dashboards.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn read(grafana: &Grafana, number: usize) -> Result<Self, Error> {
        let Some(apis) = grafana.apis().await?.filter(|_| number >= WORTHWHILE) else {
            return Ok(Self::default());
        };
        let list = apis.list_metadata(number.div_ceil(DASHBOARDS_A_PAGE)).await?;
        let saves = list.dashboards.into_iter();
        Ok(Self {
            by_uid: saves.map(|save| (save.name.clone(), Arc::new(save))).collect(),
            pages: list.pages,
        })
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.by_uid.is_empty()
    }

    /// Pages of whole dashboards, where they cost less than reading those of these uids one by one that are in the list.
    ///
    /// # Errors
    ///
    /// The server can't be reached.
    pub async fn pages<'g>(
        &self,
        grafana: &'g Grafana,
        uids: impl Iterator<Item = &str>,
    ) -> Result<Option<WholePages<'g>>, Error> {
        let number = uids.filter(|uid| self.by_uid.contains_key(*uid)).count();
        match self.pages {
            Some(pages) if number > pages * DASHBOARDS_A_WHOLE_PAGE => Ok(grafana.apis().await?.map(Apis::whole_pages)),
            _ => Ok(None),
        }
    }

    /// What Grafana has of a dashboard that is as we wrote it; nothing where it must be read to know.
    pub async fn untouched(
        &self,
        grafana: &Grafana,
        desired: &Desired,
        repository: &str,
        folder_of: impl Fn(&str) -> Option<FolderPath>,
    ) -> Option<Live> {
        let save = self.by_uid.get(desired.uid.as_str())?;
        let mark = Mark::parse(save.message()).filter(|mark| mark.repository == repository)?;
        let sure = mark.save.as_ref()?.surely_made(save)
            && save.manager().is_none_or(|manager| manager.is_dashctl())
            && folder_of(save.folder())? == desired.folder;
        if !sure || mark.hash != content_hash(desired.dashboard.content()) {
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

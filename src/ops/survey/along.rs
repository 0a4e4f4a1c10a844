//! Looks at dashboards along a server's list of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt, stream};

use super::super::Error;
use super::super::writes::Tally;
use super::looks::{Looks, Reading};
use super::{Failed, Survey};
use crate::apply::{Course, NewestSave};
use crate::grafana::apis::{Apis, DashboardPage, DashboardPages, Listed, Place};
use crate::pace::apart;
use crate::repository::Name;

impl Survey {
    /// Looks at those that the server's list gives or tells to be as we wrote them, at one page while the next one comes. The
    /// others are left.
    pub(super) async fn look_along(
        &self,
        apis: Apis<'_>,
        mut course: Course,
        names: Vec<Name>,
        looks: &mut Looks<'_>,
        broken: impl Fn(Name, Error) -> Result<Failed, Error>,
    ) -> Result<Vec<Name>, Error> {
        let repository = self.shared.repository.config().repository.as_str();
        let mut pages = apis.dashboard_pages();
        let mut again = Vec::new();
        let first = turn(&mut pages, &mut course, &mut again, |_| true);
        let (mut left, first) = futures::join!(self.with_uids(names, looks.tally), first);
        let mut page = first?;
        while let Some(DashboardPage { place, dashboards }) = page {
            let is_whole = matches!(dashboards, Listed::Whole(_));
            let (found, touched) = left.take(dashboards, repository);
            course.saw(touched);
            let mut wants_again = !is_whole && course.again(touched);
            again.extend(wants_again.then(|| place.clone()));
            let next = async {
                match left.by_uid.is_empty() {
                    true => Ok(None),
                    false => turn(&mut pages, &mut course, &mut again, |uid| left.by_uid.contains_key(uid)).await,
                }
            };
            let (looked, next) = futures::join!(self.look_at_some(found, looks, &broken), next);
            looked?;
            page = next?;
            // What the repository says is another thing by now: that is known only when its file is read.
            let changed = std::mem::take(&mut looks.postponed);
            wants_again = !wants_again && !is_whole && course.again(touched + changed.len());
            again.extend(wants_again.then_some(place));
            left.by_uid.extend(changed);
            if page.is_none() && !again.is_empty() {
                page = turn(&mut pages, &mut course, &mut again, |uid| left.by_uid.contains_key(uid)).await?;
            }
        }
        Ok(left.into_names())
    }

    /// By which uids the list names them. What is wrong with a file is said where it is looked at.
    async fn with_uids(&self, names: Vec<Name>, tally: &Tally<'_>) -> Left {
        let mut left = Left::default();
        let mut known = stream::iter(names)
            .map(|name| {
                let shared = self.shared.clone();
                apart(async move {
                    let uid = shared.repository.uid(&name, shared.target.as_deref());
                    (name, uid.ok())
                })
            })
            .buffered(self.concurrency);
        while let Some((name, uid)) = known.next().await {
            match uid {
                Some(uid) if self.shard.is_some_and(|shard| !shard.has(uid.as_str())) => tally.one(true),
                Some(uid) => left.others.extend(left.by_uid.insert(uid.to_string(), name)),
                None => left.others.push(name),
            }
        }
        left
    }
}

/// The next page, or one that is to be had once more.
async fn turn(
    pages: &mut DashboardPages<'_>,
    course: &mut Course,
    again: &mut Vec<Place>,
    wanted: impl Fn(&str) -> bool,
) -> Result<Option<DashboardPage>, Error> {
    if let Some(place) = again.pop() {
        let dashboards = Listed::Whole(pages.again(&place, wanted).await?);
        return Ok(Some(DashboardPage { place, dashboards }));
    }
    match course.ahead() {
        Some(extent) => Ok(pages.next(extent, wanted).await?),
        None => Ok(None),
    }
}

/// What is to be looked at and wasn't found in a list yet.
#[derive(Default)]
struct Left {
    by_uid: BTreeMap<String, Name>,
    /// Those that no list can give: their uid isn't known, or another one has it, too.
    others: Vec<Name>,
}

impl Left {
    /// Those of a page that can be looked at with what it holds, and how many of the page must be read to be known.
    fn take(&mut self, page: Listed, repository: &str) -> (Vec<(Name, Reading)>, usize) {
        let mut found = Vec::new();
        let mut touched = 0;
        match page {
            Listed::Metadata(saves) => {
                for save in saves.into_iter().map(NewestSave::new) {
                    match self.by_uid.contains_key(save.name()) {
                        true if !save.is_ours(repository) => touched += 1,
                        true => {
                            let name = self.by_uid.remove(save.name());
                            found.extend(name.map(|name| (name, Reading::Saved(save))));
                        }
                        false => {}
                    }
                }
            }
            Listed::Whole(dashboards) => {
                for dashboard in dashboards {
                    let save = NewestSave::new(Arc::clone(&dashboard.metadata));
                    if let Some(name) = self.by_uid.remove(save.name()) {
                        touched += usize::from(!save.is_ours(repository));
                        found.push((name, Reading::Whole(save, Box::new(dashboard))));
                    }
                }
            }
        }
        (found, touched)
    }

    fn into_names(self) -> Vec<Name> {
        let mut names: Vec<Name> = self.by_uid.into_values().chain(self.others).collect();
        names.sort();
        names
    }
}

use std::collections::BTreeMap;

use futures::{StreamExt, stream};

use super::super::Error;
use super::super::writes::Tally;
use super::shared::Shared;
use super::{Failed, Survey};
use crate::apply::{Course, NewestSave, Observed};
use crate::grafana::apis::Unread;
use crate::plan::{Desired, Item, Live};
use crate::report::Shard;
use crate::repository::Name;

impl Survey {
    /// Several targets may be looked at side by side.
    fn doing(&self) -> String {
        let target = self.shared.target.as_deref();
        let of = target.map_or_else(String::new, |target| format!(" of {target}"));
        format!("looking at dashboards{of}")
    }

    pub(super) async fn look_at(
        &self,
        names: Vec<Name>,
        broken: impl Fn(Name, Error) -> Result<Failed, Error>,
    ) -> Result<(Vec<Item>, Vec<Failed>), Error> {
        let tally = Tally::new(self.shared.person.as_ref(), self.doing(), names.len());
        let mut looks = Looks::new(&tally);
        let mut left = names;
        if let Some(course) = Course::of(left.len()).filter(|_| self.by_list)
            && let Some(apis) = self.shared.grafana.apis().await?
        {
            left = self.look_along(apis, course, left, &mut looks, &broken).await?;
        }
        let left = left.into_iter().map(|name| (name, Reading::Now)).collect();
        self.look_at_some(left, &mut looks, &broken).await?;
        Ok(looks.in_order())
    }

    pub(super) async fn look_at_some(
        &self,
        dashboards: Vec<(Name, Reading)>,
        looks: &mut Looks<'_>,
        broken: impl Fn(Name, Error) -> Result<Failed, Error>,
    ) -> Result<(), Error> {
        let mut running = stream::iter(dashboards)
            .map(|(name, reading)| {
                let shared = self.shared.clone();
                let shard = self.shard;
                let task = tokio::spawn({
                    let name = name.clone();
                    async move { shared.look(&name, shard, reading).await }
                });
                async move { (name, task.await) }
            })
            .buffered(self.concurrency);
        while let Some((name, looked)) = running.next().await {
            let looked = looked.map_err(|error| Error::new(format!("{name}: {error}")))?;
            if !matches!(looked, Looked::Postponed(_)) {
                looks.tally.one(matches!(looked, Looked::Item(_) | Looked::Elsewhere));
            }
            match looked {
                Looked::Item(item) => {
                    looks.claim(&item.uid, &name)?;
                    looks.items.insert(name, *item);
                }
                Looked::Elsewhere => {}
                Looked::Failed(error) => looks.failed.push(Failed {
                    name: name.to_string(),
                    error,
                }),
                Looked::Broken(error) => looks.failed.push(broken(name, error)?),
                Looked::Postponed(uid) => {
                    looks.claim(&uid, &name)?;
                    looks.postponed.insert(uid, name);
                }
            }
        }
        Ok(())
    }
}

/// What is known of Grafana's side of a dashboard.
pub(super) enum Reading {
    /// Nothing: it is read.
    Now,
    /// What a list tells of its newest save. Where that doesn't settle it, it is looked at later.
    Saved(NewestSave),
    /// It stands in a page.
    Whole(NewestSave, Box<Unread>),
}

/// What was seen so far.
pub(super) struct Looks<'a> {
    pub(super) tally: &'a Tally<'a>,
    items: BTreeMap<Name, Item>,
    failed: Vec<Failed>,
    /// What must be read to know, by uid.
    pub(super) postponed: BTreeMap<String, Name>,
    /// Which dashboard has which uid.
    uids: BTreeMap<String, Name>,
}

impl<'a> Looks<'a> {
    fn new(tally: &'a Tally<'a>) -> Self {
        Self {
            tally,
            items: BTreeMap::new(),
            failed: Vec::new(),
            postponed: BTreeMap::new(),
            uids: BTreeMap::new(),
        }
    }

    /// No two dashboards have one uid.
    fn claim(&mut self, uid: &str, name: &Name) -> Result<(), Error> {
        match self.uids.insert(uid.to_owned(), name.clone()) {
            Some(first) if first != *name => Err(Error::new(format!("{first} and {name} both have the uid {uid:?}"))
                .hint("give one of them another with `uid:` in its YAML file")),
            _ => Ok(()),
        }
    }

    /// In the order of the files, whatever order they were seen in.
    fn in_order(mut self) -> (Vec<Item>, Vec<Failed>) {
        self.failed.sort_by(|one, other| one.name.cmp(&other.name));
        (self.items.into_values().collect(), self.failed)
    }
}

enum Looked {
    Item(Box<Item>),
    /// Another shard looks at it.
    Elsewhere,
    Failed(Error),
    Broken(Error),
    /// What is there must be read; its uid.
    Postponed(String),
}

impl Shared {
    async fn look(&self, name: &Name, shard: Option<Shard>, reading: Reading) -> Looked {
        let entry = self.repository.entry(name, self.target.as_deref());
        let resolved = entry.map_err(Error::from).and_then(|entry| {
            let annotated_folder = entry.annotated_folder.clone();
            Ok((self.resolve(entry)?.0, annotated_folder))
        });
        let (desired, annotated_folder) = match resolved {
            Ok(resolved) => resolved,
            Err(error) => return Looked::Broken(error),
        };
        if shard.is_some_and(|shard| !shard.has(desired.uid.as_str())) {
            return Looked::Elsewhere;
        }
        if let Some(reason) = self.impossible.get(&desired.folder) {
            return Looked::Failed(Error::new(reason));
        }
        match self.grafana.refuses_form(&desired.dashboard).await {
            Ok(None) => {}
            Ok(Some(why)) => return Looked::Failed(Error::new(why)),
            Err(error) => return Looked::Failed(error.into()),
        }
        let (save, unread) = match reading {
            Reading::Now => (None, None),
            Reading::Saved(save) => (Some(save), None),
            Reading::Whole(save, unread) => (Some(save), Some(unread)),
        };
        if let Some(save) = &save
            && let Some(live) = self.untouched(save, &desired).await
        {
            return Looked::Item(Box::new(Item {
                live: Some(live),
                annotated_folder,
                ..self.item(&desired, Observed::in_sync())
            }));
        }
        // It is another dashboard's where the files say another uid than they seemed to.
        let unread = unread.filter(|unread| unread.metadata.name == desired.uid.as_str());
        let live = match (unread, self.grafana.apis().await) {
            (Some(unread), Ok(Some(apis))) => unread.live(&apis).await,
            (None, _) if save.is_some() => return Looked::Postponed(desired.uid.to_string()),
            _ => None,
        };
        match self.observe(&desired, live).await {
            Ok(observed) => Looked::Item(Box::new(Item {
                annotated_folder,
                ..self.item(&desired, observed)
            })),
            Err(error) => Looked::Failed(error.into()),
        }
    }

    /// What Grafana has of a dashboard that nobody has touched since we wrote it.
    async fn untouched(&self, save: &NewestSave, desired: &Desired) -> Option<Live> {
        let repository = &self.repository.config().repository;
        // Where that fails, the dashboard is read, and the failure told.
        let folder = self.path_of(save.folder()).await.ok().flatten();
        save.untouched(&self.grafana, desired, repository, folder.as_ref())
            .await
    }
}

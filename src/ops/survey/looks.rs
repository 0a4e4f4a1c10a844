use std::collections::BTreeMap;

use futures::{StreamExt, stream};

use super::super::Error;
use super::super::writes::Tally;
use super::shared::Shared;
use super::{Failed, Survey};
use crate::apply::{NewestSaves, Observed};
use crate::grafana::apis::{Unread, WholePages};
use crate::plan::Item;
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
        if self.saves.is_empty() {
            let all = names.into_iter().map(|name| (name, Reading::Now)).collect();
            self.look_at_some(all, &mut looks, &broken).await?;
            return Ok(looks.in_order());
        }
        // What the list can't settle is read afterwards, when it is known how much that is.
        let all = names.into_iter().map(|name| (name, Reading::Later)).collect();
        self.look_at_some(all, &mut looks, &broken).await?;
        let mut left = std::mem::take(&mut looks.postponed);
        let uids = left.keys().map(String::as_str);
        if let Some(mut pages) = self.saves.pages(&self.shared.grafana, uids).await? {
            self.look_at_pages(&mut pages, &mut left, &mut looks, &broken).await?;
        }
        let left = left.into_values().map(|name| (name, Reading::Now)).collect();
        self.look_at_some(left, &mut looks, &broken).await?;
        Ok(looks.in_order())
    }

    /// Looks at those that pages give, which are `left` no more then: at one page while the next one comes.
    async fn look_at_pages(
        &self,
        pages: &mut WholePages<'_>,
        left: &mut BTreeMap<String, Name>,
        looks: &mut Looks<'_>,
        broken: impl Fn(Name, Error) -> Result<Failed, Error>,
    ) -> Result<(), Error> {
        let mut page = pages.next(|uid| left.contains_key(uid)).await?;
        while let Some(dashboards) = page {
            let wanted = |listed: Unread| Some((left.remove(&listed.name)?, Reading::Listed(Box::new(listed))));
            let wanted = dashboards.into_iter().filter_map(wanted).collect();
            let next = pages.next(|uid| left.contains_key(uid));
            let (looked, next) = futures::join!(self.look_at_some(wanted, looks, &broken), next);
            looked?;
            page = next?;
        }
        Ok(())
    }

    async fn look_at_some(
        &self,
        dashboards: Vec<(Name, Reading)>,
        looks: &mut Looks<'_>,
        broken: impl Fn(Name, Error) -> Result<Failed, Error>,
    ) -> Result<(), Error> {
        let mut running = stream::iter(dashboards)
            .map(|(name, reading)| {
                let shared = self.shared.clone();
                let saves = self.saves.clone();
                let shard = self.shard;
                let task = tokio::spawn({
                    let name = name.clone();
                    async move { shared.look(&name, shard, &saves, reading).await }
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

/// When Grafana's side of a dashboard is read.
enum Reading {
    /// Not before it is known how many must be; not at all where a list tells that nobody touched it.
    Later,
    Now,
    /// It stands in a page.
    Listed(Box<Unread>),
}

/// What was seen so far.
struct Looks<'a> {
    tally: &'a Tally<'a>,
    items: BTreeMap<Name, Item>,
    failed: Vec<Failed>,
    /// What must be read to know, by uid.
    postponed: BTreeMap<String, Name>,
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
    async fn look(&self, name: &Name, shard: Option<Shard>, saves: &NewestSaves, reading: Reading) -> Looked {
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
        let live = match reading {
            Reading::Later => {
                let id = &self.repository.config().repository;
                let folder_of = |uid: &str| self.folders.path_of(uid);
                let Some(live) = saves.untouched(&self.grafana, &desired, id, folder_of).await else {
                    return Looked::Postponed(desired.uid.to_string());
                };
                return Looked::Item(Box::new(Item {
                    live: Some(live),
                    annotated_folder,
                    ..self.item(&desired, Observed::in_sync())
                }));
            }
            Reading::Now => None,
            Reading::Listed(listed) => match self.grafana.apis().await {
                Ok(Some(apis)) => listed.live(&apis).await,
                _ => None,
            },
        };
        match self.observe(&desired, live).await {
            Ok(observed) => Looked::Item(Box::new(Item {
                annotated_folder,
                ..self.item(&desired, observed)
            })),
            Err(error) => Looked::Failed(error.into()),
        }
    }
}

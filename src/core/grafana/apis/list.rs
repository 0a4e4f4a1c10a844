//! Lists, page by page. A server ends a page at about two megabytes of what is stored, whatever the limit.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;

use super::super::live::LiveDashboard;
use super::super::metadata::Metadata;
use super::super::path::segment;
use super::super::transport::Allowance;
use super::super::{Error, ErrorKind};
use super::Apis;
use super::object::{Arrived, Object};

/// What asks for metadata alone; a server that can't gives whole objects, of which only the metadata is read.
const METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
const PAGE: usize = 500;
/// A page at another version costs a server less than this many dashboards that are read one by one.
const WORTH_A_PAGE: usize = 8;

/// What a page holds of each dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What stands beside its content, messages included: a thirtieth of the bytes, and half of a server's work.
    Metadata,
    /// All of it.
    Whole,
}

/// A page of a server's dashboards.
#[derive(Debug)]
pub struct DashboardPage {
    /// Where it is in the list.
    pub place: Place,
    /// What it holds.
    pub dashboards: Listed,
}

/// Where a page is in a list: what stands in its address to find it again, at any version and extent.
#[derive(Debug, Clone)]
pub struct Place(String);

/// What a page holds.
#[derive(Debug)]
pub enum Listed {
    /// What stands beside the contents.
    Metadata(Vec<Arc<Metadata>>),
    /// Dashboards.
    Whole(Vec<Unread>),
}

/// An entry of a list of metadata.
#[derive(Deserialize)]
struct Entry {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Page<T> {
    #[serde(default)]
    metadata: Position,
    /// `null` in a list of metadata that has none.
    items: Option<Vec<T>>,
}

#[derive(Default, Deserialize)]
struct Position {
    #[serde(default, rename = "continue")]
    token: String,
}

impl<'g> Apis<'g> {
    /// The dashboards that the caller may see, page by page. What they may not read is left out in silence, and a server under
    /// load was seen to end a list before its end without a word (13.1: 207 of 1,001): "not in the list" is not "not there".
    pub fn dashboard_pages(self) -> DashboardPages<'g> {
        DashboardPages {
            reader: Reader::new(&self.path(self.classic()), ""),
            apis: self,
        }
    }
}

/// The metadata of all pages.
pub(super) async fn metadata(apis: &Apis<'_>, path: &str, selectors: &str) -> Result<Vec<Metadata>, Error> {
    let listed: Vec<Entry> = read_pages(apis, path, selectors, Extent::Metadata).await?;
    Ok(listed.into_iter().map(|listed| listed.metadata).collect())
}

/// The items of all pages, whole.
pub(super) async fn pages<T: DeserializeOwned>(apis: &Apis<'_>, path: &str, selectors: &str) -> Result<Vec<T>, Error> {
    read_pages(apis, path, selectors, Extent::Whole).await
}

async fn read_pages<T: DeserializeOwned>(
    apis: &Apis<'_>,
    path: &str,
    selectors: &str,
    extent: Extent,
) -> Result<Vec<T>, Error> {
    let mut reader = Reader::new(path, selectors);
    let mut items = Vec::new();
    while let Some(page) = reader.next(apis, extent).await? {
        if page.is_first {
            items.clear();
        }
        items.extend(page.items);
    }
    Ok(items)
}

/// Where one is in a list. A token that the server no longer takes begins the list anew, once.
#[derive(Debug)]
struct Reader {
    path: String,
    query: String,
    allowance: Allowance,
    /// What the next page is asked for with: nothing after the last one.
    token: Option<String>,
    may_begin_anew: bool,
}

/// One page of a list.
struct PageOf<T> {
    items: Vec<T>,
    /// Whether the list begins with it: what was read before doesn't count any more.
    is_first: bool,
    place: Place,
}

impl Reader {
    fn new(path: &str, selectors: &str) -> Self {
        let selectors = match selectors {
            "" => String::new(),
            selectors => format!("&{selectors}"),
        };
        Self {
            path: path.to_owned(),
            query: format!("?limit={PAGE}{selectors}"),
            allowance: Allowance::default(),
            token: Some(String::new()),
            may_begin_anew: true,
        }
    }

    async fn next<T: DeserializeOwned>(&mut self, apis: &Apis<'_>, extent: Extent) -> Result<Option<PageOf<T>>, Error> {
        while let Some(token) = self.token.take() {
            let mut query = self.query.clone();
            if !token.is_empty() {
                query.push_str(&format!("&continue={}", segment(&token)));
            }
            let path = format!("{}{query}", self.path);
            let transport = &apis.grafana.transport;
            match transport
                .get_page::<Page<T>>(&path, extent.accept(), &mut self.allowance)
                .await
            {
                Ok(page) => {
                    self.token = Some(page.metadata.token).filter(|token| !token.is_empty());
                    return Ok(Some(PageOf {
                        items: page.items.unwrap_or_default(),
                        is_first: token.is_empty(),
                        place: Place(query),
                    }));
                }
                Err(error) if self.may_begin_anew && !token.is_empty() && is_too_old(&error) => {
                    self.may_begin_anew = false;
                    self.token = Some(String::new());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

/// The dashboards of a server, page by page, each page to the extent that is asked for.
#[derive(Debug)]
pub struct DashboardPages<'g> {
    apis: Apis<'g>,
    reader: Reader,
}

/// A dashboard of a page whose content nobody has looked at yet: parsed, a page takes ten times the memory.
#[derive(Debug)]
pub struct Unread {
    /// What stands beside its content.
    pub metadata: Arc<Metadata>,
    is_as_stored: bool,
    /// As it is at the version of its page.
    item: Box<RawValue>,
    /// The same state at v2.
    v2: Option<Box<RawValue>>,
}

impl Extent {
    fn accept(self) -> Option<&'static str> {
        (self == Self::Metadata).then_some(METADATA)
    }
}

impl Unread {
    /// Nothing where it is no object: then it is read by itself, which says what is wrong.
    fn new(item: Box<RawValue>) -> Option<Self> {
        let arrived: Arrived<IgnoredAny> = serde_json::from_str(item.get()).ok()?;
        Some(Self {
            is_as_stored: arrived.is_as_stored(),
            metadata: Arc::new(arrived.metadata),
            item,
            v2: None,
        })
    }

    /// The dashboard; nothing where its stored form can't be told from its page.
    pub async fn live(self, apis: &Apis<'_>) -> Option<LiveDashboard> {
        let object = |item: Box<RawValue>| {
            let arrived: Arrived = serde_json::from_str(item.get()).ok()?;
            Some(Object::from(arrived)).filter(|object| object.failed.is_none())
        };
        let classic = object(self.item)?;
        let stored = match self.is_as_stored {
            true => classic,
            false => apis.stored_of(classic, object(self.v2?)?)?,
        };
        Some(apis.live(stored).await)
    }
}

impl DashboardPages<'_> {
    /// The next page; nothing after the last one. Of a page of whole dashboards those that are `wanted`.
    ///
    /// # Errors
    ///
    /// The server's.
    pub async fn next(
        &mut self,
        extent: Extent,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Option<DashboardPage>, Error> {
        // Whoever asks lets go of one page before the next: only a page is bounded.
        self.reader.allowance = Allowance::default();
        if extent == Extent::Metadata {
            let page = self.reader.next::<Entry>(&self.apis, extent).await?;
            return Ok(page.map(|page| DashboardPage {
                place: page.place,
                dashboards: Listed::Metadata(page.items.into_iter().map(|entry| Arc::new(entry.metadata)).collect()),
            }));
        }
        let Some(page) = self.reader.next(&self.apis, extent).await? else {
            return Ok(None);
        };
        Ok(Some(DashboardPage {
            dashboards: Listed::Whole(self.unread(&page.place, page.items, wanted).await),
            place: page.place,
        }))
    }

    /// A page that was there before, whole: of its dashboards those that are `wanted`, and none where the server no longer
    /// knows where that page began.
    ///
    /// # Errors
    ///
    /// The server's.
    pub async fn again(&mut self, place: &Place, wanted: impl Fn(&str) -> bool) -> Result<Vec<Unread>, Error> {
        let path = self.apis.path(self.apis.classic());
        match self.page_at(&path, place).await {
            Ok(items) => Ok(self.unread(place, items, wanted).await),
            Err(error) if is_too_old(&error) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// A page of classic dashboards tells which aren't stored so; where they are many, the same page at v2 gives them, or tells
    /// that they are classic all the same: as [`Apis::read`] finds it out by a request at each version.
    async fn unread(&self, place: &Place, items: Vec<Box<RawValue>>, wanted: impl Fn(&str) -> bool) -> Vec<Unread> {
        let items = items.into_iter().filter_map(Unread::new);
        let mut items: Vec<Unread> = items.filter(|item| wanted(&item.metadata.name)).collect();
        if items.iter().filter(|item| !item.is_as_stored).count() >= WORTH_A_PAGE {
            let mut at_v2 = self.at_v2(place).await;
            for item in items.iter_mut().filter(|item| !item.is_as_stored) {
                // Another state of it is no word on this one.
                let same = at_v2.remove(&item.metadata.name);
                let same = same.filter(|v2| v2.metadata.resource_version == item.metadata.resource_version);
                item.v2 = same.map(|v2| v2.item);
            }
        }
        items
    }

    /// The same page at the newest v2, by uid; nothing where it can't be had: then dashboards are read one by one.
    async fn at_v2(&self, place: &Place) -> BTreeMap<String, Unread> {
        let Some(version) = self.apis.newest_v2("") else {
            return BTreeMap::new();
        };
        let items = self.page_at(&self.apis.path(version), place).await.unwrap_or_default();
        let items = items.into_iter().filter_map(Unread::new);
        items.map(|item| (item.metadata.name.clone(), item)).collect()
    }

    async fn page_at(&self, path: &str, place: &Place) -> Result<Vec<Box<RawValue>>, Error> {
        let path = format!("{path}{}", place.0);
        let transport = &self.apis.grafana.transport;
        let page: Page<Box<RawValue>> = transport.get_page(&path, None, &mut Allowance::default()).await?;
        Ok(page.items.unwrap_or_default())
    }
}

/// 410 by the manner of Kubernetes; a token that Grafana can't read is 500 and says so.
fn is_too_old(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Status(410) => true,
        ErrorKind::Status(500) => error.message().contains("continue token"),
        _ => false,
    }
}

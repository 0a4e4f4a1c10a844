//! Lists, page by page. A server ends a page at about two megabytes of what is stored, whatever the limit.

use std::collections::BTreeMap;

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

/// What stands beside the contents of a server's dashboards.
#[derive(Debug)]
pub struct MetadataList {
    /// One a dashboard.
    pub dashboards: Vec<Metadata>,
    /// How many pages they come in, where these are all.
    pub pages: Option<usize>,
}

/// An entry of a list of metadata.
#[derive(Deserialize)]
struct Listed {
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
    /// What stands beside the content of the dashboards that the caller may see, messages included, as far as it comes in
    /// `most` pages. What they may not read is left out in silence: "not in the list" is not "not there".
    ///
    /// # Errors
    ///
    /// The server's.
    pub async fn list_metadata(&self, most: usize) -> Result<MetadataList, Error> {
        let path = self.path(self.classic());
        let (listed, pages) = read_pages::<Listed>(self, &path, "", Some(METADATA), most).await?;
        let dashboards = listed.into_iter().map(|listed| listed.metadata).collect();
        Ok(MetadataList { dashboards, pages })
    }

    /// Every dashboard that the caller may see, whole.
    pub fn whole_pages(self) -> WholePages<'g> {
        WholePages {
            reader: Reader::new(&self.path(self.classic()), "", None),
            apis: self,
        }
    }
}

/// The metadata of all pages.
pub(super) async fn metadata(apis: &Apis<'_>, path: &str, selectors: &str) -> Result<Vec<Metadata>, Error> {
    let listed: Vec<Listed> = pages(apis, path, selectors, Some(METADATA)).await?;
    Ok(listed.into_iter().map(|listed| listed.metadata).collect())
}

/// The items of all pages.
pub(super) async fn pages<T: DeserializeOwned>(
    apis: &Apis<'_>,
    path: &str,
    selectors: &str,
    accept: Option<&'static str>,
) -> Result<Vec<T>, Error> {
    Ok(read_pages(apis, path, selectors, accept, usize::MAX).await?.0)
}

/// The items of all pages, or of the first so many; and how many pages there are, where these are all.
async fn read_pages<T: DeserializeOwned>(
    apis: &Apis<'_>,
    path: &str,
    selectors: &str,
    accept: Option<&'static str>,
    most: usize,
) -> Result<(Vec<T>, Option<usize>), Error> {
    let mut reader = Reader::new(path, selectors, accept);
    let mut items = Vec::new();
    let mut read = 0;
    while read < most
        && let Some(page) = reader.next(apis).await?
    {
        if page.is_first {
            items.clear();
            read = 0;
        }
        items.extend(page.items);
        read += 1;
    }
    Ok((items, reader.token.is_none().then_some(read)))
}

/// Where one is in a list. A token that the server no longer takes begins the list anew, once.
#[derive(Debug)]
struct Reader {
    path: String,
    query: String,
    accept: Option<&'static str>,
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
    /// What stands in its address to find it again, at any version.
    query: String,
}

impl Reader {
    fn new(path: &str, selectors: &str, accept: Option<&'static str>) -> Self {
        let selectors = match selectors {
            "" => String::new(),
            selectors => format!("&{selectors}"),
        };
        Self {
            path: path.to_owned(),
            query: format!("?limit={PAGE}{selectors}"),
            accept,
            allowance: Allowance::default(),
            token: Some(String::new()),
            may_begin_anew: true,
        }
    }

    async fn next<T: DeserializeOwned>(&mut self, apis: &Apis<'_>) -> Result<Option<PageOf<T>>, Error> {
        while let Some(token) = self.token.take() {
            let mut query = self.query.clone();
            if !token.is_empty() {
                query.push_str(&format!("&continue={}", segment(&token)));
            }
            let path = format!("{}{query}", self.path);
            let transport = &apis.grafana.transport;
            match transport
                .get_page::<Page<T>>(&path, self.accept, &mut self.allowance)
                .await
            {
                Ok(page) => {
                    self.token = Some(page.metadata.token).filter(|token| !token.is_empty());
                    return Ok(Some(PageOf {
                        items: page.items.unwrap_or_default(),
                        is_first: token.is_empty(),
                        query,
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

/// The dashboards of a server, whole, page by page.
#[derive(Debug)]
pub struct WholePages<'g> {
    apis: Apis<'g>,
    reader: Reader,
}

/// A dashboard of a page whose content nobody has looked at yet: parsed, a page takes ten times the memory.
#[derive(Debug)]
pub struct Unread {
    /// Its uid.
    pub name: String,
    resource_version: String,
    is_as_stored: bool,
    /// As it is at the version of its page.
    item: Box<RawValue>,
    /// The same state at v2.
    v2: Option<Box<RawValue>>,
}

impl Unread {
    /// Nothing where it is no object: then it is read by itself, which says what is wrong.
    fn new(item: Box<RawValue>) -> Option<Self> {
        let arrived: Arrived<IgnoredAny> = serde_json::from_str(item.get()).ok()?;
        Some(Self {
            is_as_stored: arrived.is_as_stored(),
            name: arrived.metadata.name,
            resource_version: arrived.metadata.resource_version,
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

impl WholePages<'_> {
    /// Those of the next page that are wanted; nothing after the last page. A page of classic dashboards tells which aren't
    /// stored so; where they are many, the same page at v2 gives them, or tells that they are classic all the same: as
    /// [`Apis::read`] finds it out by a request at each version.
    ///
    /// # Errors
    ///
    /// The server's.
    pub async fn next(&mut self, wanted: impl Fn(&str) -> bool) -> Result<Option<Vec<Unread>>, Error> {
        // Whoever asks lets go of one page before the next: only a page is bounded.
        self.reader.allowance = Allowance::default();
        let Some(page) = self.reader.next::<Box<RawValue>>(&self.apis).await? else {
            return Ok(None);
        };
        let items = page.items.into_iter().filter_map(Unread::new);
        let mut items: Vec<Unread> = items.filter(|item| wanted(&item.name)).collect();
        if items.iter().filter(|item| !item.is_as_stored).count() >= WORTH_A_PAGE {
            let mut at_v2 = self.at_v2(&page.query).await;
            for item in items.iter_mut().filter(|item| !item.is_as_stored) {
                // Another state of it is no word on this one.
                let same = at_v2.remove(&item.name);
                let same = same.filter(|v2| v2.resource_version == item.resource_version);
                item.v2 = same.map(|v2| v2.item);
            }
        }
        Ok(Some(items))
    }

    /// The same page at the newest v2, by uid; nothing where it can't be had: then dashboards are read one by one.
    async fn at_v2(&mut self, query: &str) -> BTreeMap<String, Unread> {
        let Some(version) = self.apis.newest_v2("") else {
            return BTreeMap::new();
        };
        let path = format!("{}{query}", self.apis.path(version));
        let transport = &self.apis.grafana.transport;
        let page: Result<Page<Box<RawValue>>, Error> =
            transport.get_page(&path, None, &mut self.reader.allowance).await;
        let items = page.ok().and_then(|page| page.items).unwrap_or_default();
        let items = items.into_iter().filter_map(Unread::new);
        items.map(|item| (item.name.clone(), item)).collect()
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

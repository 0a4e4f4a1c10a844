//! Lists, page by page. A server ends a page at about two megabytes of what is stored, whatever the limit.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::super::metadata::Metadata;
use super::super::path::segment;
use super::super::transport::Allowance;
use super::super::{Error, ErrorKind};
use super::Apis;
use super::object::{Arrived, Object};

/// What asks for metadata alone; a server that can't gives whole objects, of which only the metadata is read.
const METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
const PAGE: usize = 500;
/// However many pages there are.
pub(super) const ALL: usize = usize::MAX;

/// An entry of a list of metadata.
#[derive(Deserialize)]
struct Listed {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Page<T> {
    #[serde(default)]
    metadata: Position,
    #[serde(default = "Vec::new")]
    items: Vec<T>,
}

#[derive(Default, Deserialize)]
struct Position {
    #[serde(default, rename = "continue")]
    token: String,
}

impl Apis<'_> {
    /// What stands beside the content of the dashboards that the caller may see, messages included, as far as it comes in
    /// `pages`. What they may not read is left out in silence: "not in the list" is not "not there".
    ///
    /// # Errors
    ///
    /// The server's.
    pub async fn list_metadata(&self, pages: usize) -> Result<Vec<Metadata>, Error> {
        metadata(self, &self.path(self.classic()), "", pages).await
    }

    /// Every dashboard that the caller may see, whole, at one version: `v0alpha1` costs a server the least.
    ///
    /// # Errors
    ///
    /// The server's.
    pub async fn list(&self, version: &str) -> Result<Vec<Object>, Error> {
        let items: Vec<Arrived> = pages(self, &self.path(version), "", None, ALL).await?;
        Ok(items.into_iter().map(Object::from).collect())
    }
}

/// The metadata of all pages.
pub(super) async fn metadata(
    apis: &Apis<'_>,
    path: &str,
    selectors: &str,
    most: usize,
) -> Result<Vec<Metadata>, Error> {
    let listed: Vec<Listed> = pages(apis, path, selectors, Some(METADATA), most).await?;
    Ok(listed.into_iter().map(|listed| listed.metadata).collect())
}

/// The items of all pages, or of the first so many. A token that the server no longer takes begins the list anew, once.
pub(super) async fn pages<T: DeserializeOwned>(
    apis: &Apis<'_>,
    path: &str,
    selectors: &str,
    accept: Option<&'static str>,
    most: usize,
) -> Result<Vec<T>, Error> {
    let mut again = true;
    let mut items = Vec::new();
    let mut token = String::new();
    let mut allowance = Allowance::default();
    let mut read = 0;
    loop {
        let mut path = format!("{path}?limit={PAGE}");
        if !selectors.is_empty() {
            path.push('&');
            path.push_str(selectors);
        }
        if !token.is_empty() {
            path.push_str(&format!("&continue={}", segment(&token)));
        }
        let page = apis
            .grafana
            .transport
            .get_page::<Page<T>>(&path, accept, &mut allowance);
        match page.await {
            Ok(mut page) => {
                items.append(&mut page.items);
                token = page.metadata.token;
                read += 1;
                if token.is_empty() || read == most {
                    return Ok(items);
                }
            }
            Err(error) if again && !token.is_empty() && is_too_old(&error) => {
                again = false;
                read = 0;
                items.clear();
                token.clear();
            }
            Err(error) => return Err(error),
        }
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

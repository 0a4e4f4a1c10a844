//! One dashboard, in the form in which it is stored.

use super::super::metadata::{Metadata, is_v2};
use super::super::path::segment;
use super::super::{Error, ErrorKind, Grafana};
use super::object::{Arrived, Object, is_known};
use super::{Apis, dashboards, list};

impl Apis<'_> {
    /// A dashboard in the form in which it is stored; `None` where there is none. A second request where that may be v2. Where
    /// [`Object::told`] still names a version of v2, the server can't give that.
    ///
    /// # Errors
    ///
    /// The server's.
    pub async fn read(&self, name: &str) -> Result<Option<Object>, Error> {
        self.as_stored(name, None).await
    }

    /// A dashboard at the version that it is stored in, now or as it was `at` a resource version.
    async fn as_stored(&self, name: &str, at: Option<&str>) -> Result<Option<Object>, Error> {
        let Some(classic) = self.get(self.classic(), name, at).await? else {
            return Ok(None);
        };
        // What is stored in this form needs no conversion, and so there is nothing to tell.
        let Some(told) = &classic.told else {
            return Ok(Some(classic));
        };
        let Some(version) = self.newest_v2(told).filter(|_| is_known(told)) else {
            return Ok(Some(classic));
        };
        let v2 = self.get(version, name, at).await?;
        Ok(v2.map(|v2| stored(classic, v2)))
    }

    /// A dashboard as it is stored, of both forms that [`Self::read`] would ask for; nothing where it would ask otherwise.
    pub(super) fn stored_of(&self, classic: Object, v2: Object) -> Option<Object> {
        let told = classic.told.as_deref()?;
        (is_known(told) && self.newest_v2(told)? == v2.version).then(|| stored(classic, v2))
    }

    /// The version at which a dashboard is read that may be stored as v2.
    pub(super) fn newest_v2<'a>(&'a self, told: &'a str) -> Option<&'a str> {
        let mut served = self.served.versions.iter().map(String::as_str);
        match is_v2(told) && self.serves(told) {
            true => Some(told),
            false => served.find(|version| is_v2(version)),
        }
    }

    /// A dashboard at one version of the API, converted by the server where it is stored in another.
    ///
    /// # Errors
    ///
    /// The server's.
    pub async fn read_at(&self, version: &str, name: &str) -> Result<Option<Object>, Error> {
        self.grafana.object(version, name).await
    }

    /// A dashboard as it was stored at a resource version; `None` where that is gone.
    ///
    /// # Errors
    ///
    /// The server's.
    pub async fn stored_edition(&self, name: &str, resource_version: &str) -> Result<Option<Object>, Error> {
        self.as_stored(name, Some(resource_version)).await
    }

    async fn get(&self, version: &str, name: &str, at: Option<&str>) -> Result<Option<Object>, Error> {
        match at {
            Some(resource_version) => self.edition(version, name, resource_version).await,
            None => self.read_at(version, name).await,
        }
    }

    /// The same at one version of the API.
    ///
    /// # Errors
    ///
    /// The server's.
    pub async fn edition(&self, version: &str, name: &str, resource_version: &str) -> Result<Option<Object>, Error> {
        let path = format!(
            "{}/{}?resourceVersion={}",
            self.path(version),
            segment(name),
            segment(resource_version)
        );
        let found = self.grafana.transport.find::<Arrived>(&path).await?;
        Ok(found.map(Object::from))
    }

    /// What stands beside each save of a dashboard, newest first: [`Self::history`] without the contents.
    ///
    /// # Errors
    ///
    /// The server's.
    pub async fn history_metadata(&self, name: &str) -> Result<Vec<Metadata>, Error> {
        let pages = list::metadata(self, &self.path(self.classic()), &of_history(name)).await;
        none_where_not_found(pages)
    }

    /// Every save of a dashboard, newest first, whole. The message of each is the one that was sent with it, also where a
    /// later save without a change has replaced it in the object. What was before a deletion isn't part of it.
    ///
    /// # Errors
    ///
    /// The server's.
    pub async fn history(&self, version: &str, name: &str) -> Result<Vec<Object>, Error> {
        let pages = list::pages::<Arrived>(self, &self.path(version), &of_history(name)).await;
        none_where_not_found(pages.map(|items| items.into_iter().map(Object::from).collect()))
    }
}

/// Which of a dashboard's two forms is the stored one, where the classic one tells that it may not be.
fn stored(classic: Object, v2: Object) -> Object {
    match classic.told.as_deref() {
        _ if v2.is_stored_as_v2() => v2,
        // An earlier save was v2, this one isn't.
        Some(told) if is_v2(told) => Object { told: None, ..classic },
        _ => classic,
    }
}

fn of_history(name: &str) -> String {
    format!(
        "labelSelector=grafana.app%2Fget-history%3Dtrue&fieldSelector=metadata.name%3D{}",
        segment(name)
    )
}

fn none_where_not_found<T>(pages: Result<Vec<T>, Error>) -> Result<Vec<T>, Error> {
    match pages {
        Err(error) if error.kind() == &ErrorKind::NotFound => Ok(Vec::new()),
        pages => pages,
    }
}

impl Grafana {
    /// A dashboard at one version of the API of objects; nothing where there is none or the server has no such API.
    pub(in crate::grafana) async fn object(&self, version: &str, name: &str) -> Result<Option<Object>, Error> {
        let path = format!("{}/{}", dashboards(version, &self.namespace().await?), segment(name));
        let found = self.transport.find::<Arrived>(&path).await?;
        Ok(found.map(Object::from))
    }
}

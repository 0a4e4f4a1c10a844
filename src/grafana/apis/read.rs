//! One dashboard, in the form in which it is stored.

use super::super::path::segment;
use super::super::{Error, ErrorKind, Grafana};
use super::object::{Arrived, Object};
use super::{Apis, dashboards, list};

impl Apis<'_> {
    /// A dashboard as it is stored; `None` where there is none. Two requests where it is stored in another form than the
    /// preferred one.
    ///
    /// # Errors
    ///
    /// The server's; [`ErrorKind::Foreign`] for a stored form that the server itself no longer serves.
    pub async fn read(&self, name: &str) -> Result<Option<Object>, Error> {
        let Some(object) = self.read_at(self.preferred(), name).await? else {
            return Ok(None);
        };
        if object.stored == object.version {
            return Ok(Some(object));
        }
        if !self.serves(&object.stored) {
            let what = format!(
                "dashboard {name} is stored as {}, which this server doesn't serve",
                object.stored
            );
            return Err(Error::foreign(
                &format!("GET {}/{name}", self.path(&object.stored)),
                what,
            ));
        }
        self.read_at(&object.stored, name).await
    }

    /// A dashboard at one version of the API, converted by the server where it is stored in another.
    ///
    /// # Errors
    ///
    /// The server's.
    pub async fn read_at(&self, version: &str, name: &str) -> Result<Option<Object>, Error> {
        self.grafana.object(version, name).await
    }

    /// A dashboard as it was at a resource version; `None` where that is gone.
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

    /// Every save of a dashboard, newest first, whole. The message of each is the one that was sent with it, also where a
    /// later save without a change has replaced it in the object. What was before a deletion isn't part of it.
    ///
    /// # Errors
    ///
    /// The server's.
    pub async fn history(&self, version: &str, name: &str) -> Result<Vec<Object>, Error> {
        let selectors = format!(
            "labelSelector=grafana.app%2Fget-history%3Dtrue&fieldSelector=metadata.name%3D{}",
            segment(name)
        );
        let pages = list::pages::<Arrived>(self, &self.path(version), &selectors, None).await;
        match pages {
            Ok(items) => Ok(items.into_iter().map(Object::from).collect()),
            Err(error) if error.kind() == &ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
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

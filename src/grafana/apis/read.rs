//! One dashboard, in the form in which it is stored.

use super::super::path::segment;
use super::super::{Error, ErrorKind};
use super::object::{Arrived, Object};
use super::{Apis, list};

/// The form of the legacy API.
const LEGACY: &str = "v0alpha1";

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
        let Some(told) = object.told.clone() else {
            return Ok(Some(object));
        };
        // Told at the version that it names: it was saved by the legacy API since.
        let stored = if told == object.version { LEGACY } else { told.as_str() };
        if !self.serves(stored) {
            let what = format!("dashboard {name} is stored as {stored}, which this server doesn't serve");
            return Err(Error::foreign(&format!("GET {}/{name}", self.path(stored)), what));
        }
        let again = self.read_at(stored, name).await?;
        match again {
            // The same contradiction one step later.
            Some(again) if again.told.as_deref() == Some(stored) && stored != LEGACY => {
                self.read_at(LEGACY, name).await
            }
            other => Ok(other),
        }
    }

    /// A dashboard at one version of the API, converted by the server where it is stored in another.
    ///
    /// # Errors
    ///
    /// The server's.
    pub async fn read_at(&self, version: &str, name: &str) -> Result<Option<Object>, Error> {
        let path = format!("{}/{}", self.path(version), segment(name));
        let found = self.grafana.transport.find::<Arrived>(&path).await?;
        Ok(found.map(Object::from))
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

//! Display names of authors.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::Error;
use super::super::path::segment;
use super::Apis;

/// How many are asked for at once, so that the URL stays short.
const AT_ONCE: usize = 50;

#[derive(Deserialize)]
struct Display {
    #[serde(default)]
    display: Vec<Person>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    identity: Identity,
    #[serde(default)]
    display_name: String,
}

#[derive(Deserialize)]
struct Identity {
    #[serde(rename = "type")]
    kind: String,
    name: String,
}

impl Apis<'_> {
    /// An author's display name, or the author itself where there is none to be had: who saved it is worth a word, and no
    /// error. Each is asked for once.
    pub async fn name_of(&self, author: &str) -> String {
        // Held while the server is asked, so that others wait for the answer instead of asking as well.
        let mut known = self.served.names.lock().await;
        if let Some(name) = known.get(author) {
            return name.clone();
        }
        let found = self.names_of(&[author]).await.unwrap_or_default().remove(author);
        let name = found
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| author.to_owned());
        known.insert(author.to_owned(), name.clone());
        name
    }

    /// The display names of authors such as `user:<uid>`; whom the server doesn't know is left out.
    ///
    /// # Errors
    ///
    /// The server's.
    pub async fn names_of(&self, authors: &[&str]) -> Result<BTreeMap<String, String>, Error> {
        let mut wanted: Vec<&str> = authors.iter().copied().filter(|author| author.contains(':')).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut names = BTreeMap::new();
        for some in wanted.chunks(AT_ONCE) {
            let keys: Vec<String> = some.iter().map(|author| format!("key={}", segment(author))).collect();
            let path = format!(
                "/apis/iam.grafana.app/v0alpha1/namespaces/{}/display?{}",
                segment(&self.served.namespace),
                keys.join("&")
            );
            let display: Option<Display> = self.grafana.transport.find(&path).await?;
            for person in display.into_iter().flat_map(|display| display.display) {
                let author = format!("{}:{}", person.identity.kind, person.identity.name);
                names.insert(author, person.display_name);
            }
        }
        Ok(names)
    }
}

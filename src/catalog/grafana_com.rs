use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::fetch::{Answer, Fetch};
use super::{About, Catalog, Error, Revision};

/// The least time between two requests: bursts of downloads are refused for long
/// (grafana-ansible-collection issue 457).
const PACE: Duration = Duration::from_millis(250);
/// How long 429 is borne in all.
const PATIENCE: Duration = Duration::from_secs(60);

/// grafana.com's catalog, asked directly or through a Grafana's proxy. One request at a time, paced.
pub struct GrafanaCom<'a> {
    name: &'static str,
    fetch: Box<dyn Fetch + 'a>,
    last: Mutex<Option<Instant>>,
}

/// What to look for in the catalog.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Free text.
    pub text: String,
    /// The id of a data source plugin, such as `prometheus`.
    pub data_source: Option<String>,
    /// How many entries at most.
    pub limit: usize,
}

/// An entry of the catalog.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// The id to import it by.
    pub id: u64,
    /// Its title.
    pub title: String,
    /// How often it was downloaded.
    pub downloads: u64,
    /// Its newest revision.
    pub revision: u64,
    /// When it was updated last (a date).
    pub updated: String,
    /// Its data source, as the catalog names it.
    pub datasource: String,
}

impl std::fmt::Debug for GrafanaCom<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GrafanaCom")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<'a> GrafanaCom<'a> {
    /// The catalog behind `fetch`; `name` is how it is called in messages.
    pub fn new(name: &'static str, fetch: impl Fetch + 'a) -> Self {
        Self {
            name,
            fetch: Box::new(fetch),
            last: Mutex::new(None),
        }
    }

    /// Searches the catalog as its web page does: most downloaded first.
    ///
    /// # Errors
    ///
    /// The catalog can't be reached, or answers with something else.
    pub async fn search(&self, query: &Query) -> Result<Vec<Summary>, Error> {
        let mut path = format!(
            "/dashboards?orderBy=downloads&direction=desc&page=1&pageSize={}&includeLogo=0&includeScreenshots=false&filter={}",
            query.limit.clamp(1, 1000),
            utf8_percent_encode(&query.text, NON_ALPHANUMERIC)
        );
        if let Some(source) = &query.data_source {
            path.push_str(&format!(
                "&dataSourceSlugIn={}",
                utf8_percent_encode(source, NON_ALPHANUMERIC)
            ));
        }
        let answer = self.get(&path).await?;
        if answer.status == 404 {
            // Reported for a data source that the catalog doesn't know.
            return Ok(Vec::new());
        }
        let found = self.json(&path, answer)?;
        let items = found
            .get("items")
            .and_then(Value::as_array)
            .ok_or_else(|| Error::Answer {
                catalog: self.name.into(),
                path,
                status: 200,
                message: "the answer holds no list of dashboards".into(),
            })?;
        Ok(items.iter().filter_map(summary).take(query.limit).collect())
    }

    /// A GET that keeps the pace and bears 429 for a while.
    async fn get(&self, path: &str) -> Result<Answer, Error> {
        let mut last = self.last.lock().await;
        let started = Instant::now();
        let mut delay = Duration::from_secs(2);
        loop {
            if let Some(last) = *last {
                tokio::time::sleep_until(last + PACE).await;
            }
            let answer = self.fetch.get(path).await.map_err(|message| Error::Unreachable {
                catalog: self.name.into(),
                message,
            });
            *last = Some(Instant::now());
            let answer = answer?;
            if answer.status != 429 {
                return Ok(answer);
            }
            let wait = answer.retry_after.unwrap_or(delay);
            if started.elapsed() + wait > PATIENCE {
                return Err(Error::TooMany {
                    catalog: self.name.into(),
                    waited_seconds: started.elapsed().as_secs(),
                });
            }
            tokio::time::sleep(wait).await;
            delay *= 2;
        }
    }

    fn json(&self, path: &str, answer: Answer) -> Result<Value, Error> {
        let failed = |message: String| Error::Answer {
            catalog: self.name.into(),
            path: path.to_owned(),
            status: answer.status,
            message,
        };
        let parsed: Result<Value, _> = serde_json::from_slice(&answer.body);
        match parsed {
            _ if matches!(answer.status, 502..=504) => Err(self.proxy_failed(answer.status)),
            Ok(value) if answer.status == 200 => Ok(value),
            Ok(value) => Err(failed(message_of(&value))),
            Err(error) => Err(failed(format!("not JSON: {error}"))),
        }
    }

    /// A Grafana without a way to the internet answers 502 to its `/api/gnet` proxy.
    fn proxy_failed(&self, status: u16) -> Error {
        Error::Unreachable {
            catalog: self.name.into(),
            message: format!("status {status}"),
        }
    }

    async fn newest_of(&self, id: u32) -> Result<Revision, Error> {
        Ok(self.about_it(id).await?.newest)
    }

    async fn about_it(&self, id: u32) -> Result<About, Error> {
        let path = format!("/dashboards/{id}");
        let answer = self.get(&path).await?;
        if answer.status == 404 {
            return Err(Error::NoSuchDashboard {
                catalog: self.name.into(),
                id,
            });
        }
        let entry = self.json(&path, answer)?;
        let number = entry
            .get("revision")
            .and_then(Value::as_u64)
            .and_then(|number| u32::try_from(number).ok());
        let newest = number.filter(|number| *number > 0).map(Revision::Number);
        Ok(About {
            newest: newest.ok_or_else(|| Error::Answer {
                catalog: self.name.into(),
                path,
                status: 200,
                message: "the entry names no revision".into(),
            })?,
            downloads: entry.get("downloads").and_then(Value::as_u64),
            updated: entry.get("updatedAt").and_then(Value::as_str).map(str::to_owned),
        })
    }

    async fn bytes_of(&self, id: u32, revision: Revision) -> Result<Vec<u8>, Error> {
        let path = format!("/dashboards/{id}/revisions/{revision}/download");
        let answer = self.get(&path).await?;
        match answer.status {
            200 => Ok(answer.body),
            404 => Err(match self.newest_of(id).await {
                Ok(newest) => Error::NoSuchRevision {
                    catalog: self.name.into(),
                    id,
                    revision,
                    newest: Some(newest),
                },
                Err(error) => error,
            }),
            502..=504 => Err(self.proxy_failed(answer.status)),
            status => Err(Error::Answer {
                catalog: self.name.into(),
                path,
                status,
                message: serde_json::from_slice(&answer.body).map_or_else(|_| "(no JSON)".into(), |v| message_of(&v)),
            }),
        }
    }
}

impl Catalog for GrafanaCom<'_> {
    fn name(&self) -> &str {
        self.name
    }

    fn newest(&self, id: u32) -> BoxFuture<'_, Result<Revision, Error>> {
        self.newest_of(id).boxed()
    }

    fn about(&self, id: u32) -> BoxFuture<'_, Result<About, Error>> {
        self.about_it(id).boxed()
    }

    fn download(&self, id: u32, revision: Revision) -> BoxFuture<'_, Result<Vec<u8>, Error>> {
        self.bytes_of(id, revision).boxed()
    }
}

fn message_of(value: &Value) -> String {
    value
        .get("message")
        .and_then(Value::as_str)
        .unwrap_or("(no message)")
        .to_owned()
}

fn summary(item: &Value) -> Option<Summary> {
    let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
    let number = |key: &str| item.get(key).and_then(Value::as_u64).unwrap_or(0);
    Some(Summary {
        id: item.get("id")?.as_u64()?,
        title: text("name").to_owned(),
        downloads: number("downloads"),
        revision: number("revision"),
        updated: text("updatedAt").chars().take(10).collect(),
        datasource: text("datasource").to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::sync::Mutex as StdMutex;

    struct Canned(StdMutex<VecDeque<Answer>>);

    impl Canned {
        fn catalog(answers: &[(u16, &str)]) -> GrafanaCom<'static> {
            let answers = answers.iter().map(|(status, body)| Answer {
                status: *status,
                retry_after: Some(Duration::ZERO),
                body: body.as_bytes().to_vec(),
            });
            GrafanaCom::new("grafana.com", Self(StdMutex::new(answers.collect())))
        }
    }

    impl Fetch for Canned {
        fn get<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Answer, String>> {
            let next = self.0.lock().unwrap().pop_front();
            async { next.ok_or_else(|| "connection refused".to_owned()) }.boxed()
        }
    }

    #[tokio::test]
    async fn a_limit_is_borne_and_then_the_answer_taken() {
        let catalog = Canned::catalog(&[(429, ""), (200, r#"{"revision": 3}"#)]);
        assert_eq!(catalog.newest(1).await.unwrap(), Revision::Number(3));
    }

    #[tokio::test]
    async fn what_is_not_there_is_told_apart() {
        let error = Canned::catalog(&[(404, "{}")]).newest(1).await.unwrap_err();
        assert_eq!(error.to_string(), "grafana.com has no dashboard 1");
        let catalog = Canned::catalog(&[(404, "{}"), (200, r#"{"revision": 3}"#)]);
        let error = catalog.download(1, Revision::Number(9)).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "grafana.com has no revision 9 of dashboard 1; the newest is 3"
        );
        let error = Canned::catalog(&[]).newest(1).await.unwrap_err();
        assert!(error.is_unreachable());
    }

    #[tokio::test]
    async fn an_error_document_is_no_dashboard() {
        let body = r#"{"code":"InvalidArgument","message":"Field is required: revision"}"#;
        let catalog = Canned::catalog(&[(200, body)]);
        let error = super::super::fetch(&catalog, 1, Revision::Number(1)).await.unwrap_err();
        assert!(error.to_string().contains("Field is required: revision"), "{error}");
    }

    #[tokio::test]
    async fn a_search_reads_what_the_catalog_lists() {
        let body = r#"{"page":1,"items":[{"id":6417,"name":"K8s","downloads":5,"revision":1,
            "updatedAt":"2018-06-05T10:00:00.000Z","datasource":"Prometheus"}, {"name":"no id"}]}"#;
        let query = Query {
            limit: 10,
            ..Query::default()
        };
        let found = Canned::catalog(&[(200, body)]).search(&query).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].id, found[0].updated.as_str()), (6417, "2018-06-05"));
    }
}

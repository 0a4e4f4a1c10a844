use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value;
use tokio::sync::OnceCell;

use crate::grafana::{DataSource, Grafana};
use crate::prometheus::{self, Answer, Prometheus, Refused};
use crate::verify::Metrics;

/// How a Prometheus is reached.
#[derive(Debug)]
pub enum Door {
    /// At its own URL.
    Direct(Prometheus),
    /// Through a Grafana's data source.
    Through(Arc<Grafana>, Box<DataSource>),
    /// Not at all: its metrics are in a file.
    File,
}

/// What one question was answered with.
type Asked = Result<Arc<Answer>, Refused>;

/// A Prometheus that dashboards ask, with all that it has answered in this run.
#[derive(Debug)]
pub struct Source {
    /// As messages name it.
    pub name: String,
    /// Seconds between two scrapes, as the data source says.
    pub scrape: f64,
    door: Door,
    answers: Mutex<HashMap<String, Arc<OnceCell<Asked>>>>,
    requests: AtomicUsize,
    /// How many requests got no answer.
    unanswered: AtomicUsize,
    /// Why it is asked no more.
    down: OnceLock<Refused>,
    /// What is known of its metrics.
    pub metrics: Mutex<Metrics>,
}

impl Source {
    /// One that nothing was asked of yet.
    pub fn new(name: String, scrape: f64, door: Door, metrics: Metrics) -> Self {
        Self {
            name,
            scrape,
            door,
            answers: Mutex::default(),
            requests: AtomicUsize::new(0),
            unanswered: AtomicUsize::new(0),
            down: OnceLock::new(),
            metrics: Mutex::new(metrics),
        }
    }

    /// Whether its metrics are in a file.
    pub fn is_file(&self) -> bool {
        matches!(self.door, Door::File)
    }

    /// How many requests it got.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// Why it is asked no more, if it isn't.
    pub fn down(&self) -> Option<&Refused> {
        self.down.get()
    }

    /// What it has, as far as that was asked.
    pub fn known(&self) -> std::sync::MutexGuard<'_, Metrics> {
        self.metrics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the API, each question once. After it could not be reached nothing more is asked: each query would wait as long.
    ///
    /// # Errors
    ///
    /// It can't be reached, or refuses.
    pub async fn ask(&self, path: &str, parameters: &[(&str, String)]) -> Asked {
        let key = format!("{path}?{}", prometheus::encoded(parameters));
        let cell = {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.entry(key).or_default().clone()
        };
        cell.get_or_init(|| self.ask_now(path, parameters)).await.clone()
    }

    async fn ask_now(&self, path: &str, parameters: &[(&str, String)]) -> Asked {
        if let Some(down) = self.down.get() {
            return Err(down.clone());
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        let answer = match &self.door {
            Door::Direct(prometheus) => prometheus.ask(path, parameters).await,
            Door::Through(grafana, source) => through(grafana, source, path, parameters).await,
            Door::File => Err(Refused {
                status: None,
                said: "nothing is asked where the metrics are in a file".into(),
            }),
        };
        if let Err(refused) = &answer
            && self.is_final(refused.status)
        {
            // Another one may have been quicker: then its words stay.
            let _ = self.down.set(refused.clone());
        }
        answer.map(Arc::new)
    }

    /// Whether the next question would end the same. One that took too long may have been a large one.
    fn is_final(&self, status: Option<u16>) -> bool {
        match status {
            None => self.unanswered.fetch_add(1, Ordering::Relaxed) > 0,
            Some(status) => matches!(status, 401 | 403 | 502 | 504),
        }
    }

    /// The texts of a list that it answers with.
    ///
    /// # Errors
    ///
    /// It can't be reached, or refuses.
    pub async fn texts(&self, path: &str, parameters: &[(&str, String)]) -> Result<Vec<String>, Refused> {
        let answer = self.ask(path, parameters).await?;
        let list = answer.content.as_array().map_or(&[][..], Vec::as_slice);
        Ok(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// Its version; nothing where it doesn't tell.
    pub async fn version(&self) -> Option<String> {
        let answer = self.ask("status/buildinfo", &[]).await.ok()?;
        Some(answer.content.get("version")?.as_str()?.to_owned())
    }
}

async fn through(
    grafana: &Grafana,
    source: &DataSource,
    path: &str,
    parameters: &[(&str, String)],
) -> Result<Answer, Refused> {
    let encoded = prometheus::encoded(parameters);
    let in_body = encoded.len() > prometheus::LONGEST_QUERY;
    let path = format!("api/v1/{path}");
    match grafana.ask_data_source(source, &path, encoded, in_body).await {
        Ok(body) => prometheus::read(200, &body),
        Err(error) => Err(Refused {
            status: error.status(),
            said: match (error.status(), error.message()) {
                (Some(502..=504), "(no text)") => "Grafana can't reach it".into(),
                (Some(_), said) => said.to_owned(),
                (None, _) => error.to_string(),
            },
        }),
    }
}

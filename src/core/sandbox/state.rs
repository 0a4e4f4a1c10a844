use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use super::{Error, Fault, Options, Version, store::Store};

/// How many requests the log remembers.
const REMEMBERED: usize = 100_000;
/// How long a data source may take to accept a connection, and to answer.
const CONNECT: Duration = Duration::from_secs(3);
const ANSWER: Duration = Duration::from_secs(30);

/// One line of a sandbox's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method, such as `GET`.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The status that was answered; 0 when a fault closed the connection instead.
    pub status: u16,
}

/// What every request shares.
#[derive(Debug)]
pub struct State {
    pub options: Options,
    pub client: reqwest::Client,
    store: RwLock<Store>,
    faults: Mutex<Vec<Fault>>,
    log: Mutex<VecDeque<Request>>,
}

impl State {
    /// Makes what requests share.
    ///
    /// # Errors
    ///
    /// The client for data sources could not be made.
    pub fn new(options: Options, store: Store) -> Result<Self, Error> {
        // Another part of the program may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self {
            client,
            store: RwLock::new(store),
            faults: Mutex::new(options.faults.clone()),
            log: Mutex::default(),
            options,
        })
    }

    /// The version to behave like.
    pub fn version(&self) -> Version {
        self.options.version
    }

    /// The store, to read.
    pub fn store(&self) -> RwLockReadGuard<'_, Store> {
        // A handler that panicked has changed nothing by halves that a later request could not live with.
        self.store.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store, to change.
    pub fn store_mut(&self) -> RwLockWriteGuard<'_, Store> {
        self.store.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The failures that are still to be shown.
    pub fn faults(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The log, oldest first.
    pub fn log(&self) -> MutexGuard<'_, VecDeque<Request>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a line to the log.
    pub fn record(&self, request: Request) {
        let mut log = self.log();
        if log.len() == REMEMBERED {
            log.pop_front();
        }
        log.push_back(request);
    }
}

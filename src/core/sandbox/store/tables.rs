use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::rows::{Account, Dashboard, Edition, Element, Key, Rule, Session, Source, Trashed};

/// One change of the store: what the journal is made of, and the only way in which tables change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Change {
    Dashboard(Dashboard),
    DashboardGone(i64),
    Edition(Edition),
    EditionGone(i64, i64),
    Source(Source),
    SourceGone(i64),
    Account(Account),
    AccountGone(i64),
    Key(Key),
    KeyGone(i64),
    Session(Session),
    SessionGone(String),
    Element(Element),
    ElementGone(i64),
    Rule(Rule),
    RuleGone(i64),
    Trashed(Box<Trashed>),
    /// The ids that were given out, so that none is given twice.
    Sequences(Sequences),
}

/// The highest id that was given out in each table.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Sequences {
    pub dashboard: i64,
    pub edition: i64,
    pub source: i64,
    pub account: i64,
    pub key: i64,
    pub element: i64,
    pub rule: i64,
    #[serde(default)]
    pub resource: i64,
}

/// The rows, and the ways to find them.
#[derive(Debug, Default)]
pub struct Tables {
    pub dashboards: BTreeMap<i64, Dashboard>,
    /// By dashboard and [order](Edition::order).
    pub editions: BTreeMap<(i64, i64), Edition>,
    pub sources: BTreeMap<i64, Source>,
    pub accounts: BTreeMap<i64, Account>,
    pub keys: BTreeMap<i64, Key>,
    pub sessions: HashMap<String, Session>,
    pub elements: BTreeMap<i64, Element>,
    pub rules: BTreeMap<i64, Rule>,
    /// What was deleted, oldest first.
    pub trash: Vec<Trashed>,
    pub last: Sequences,
    by_uid: HashMap<String, i64>,
    /// Dashboards and folders by the slug of their title, which is what Grafana calls the same name.
    by_slug: HashMap<String, Vec<i64>>,
    by_token: HashMap<String, i64>,
}

impl Tables {
    /// Carries out one change.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::Dashboard(row) => self.put_dashboard(row),
            Change::DashboardGone(id) => self.take_dashboard(id),
            Change::Edition(row) => self.put_edition(row),
            Change::EditionGone(dashboard, version) => {
                self.editions.remove(&(dashboard, version));
            }
            Change::Source(row) => {
                self.last.source = self.last.source.max(row.id);
                self.sources.insert(row.id, row);
            }
            Change::SourceGone(id) => {
                self.sources.remove(&id);
            }
            Change::Account(row) => {
                self.last.account = self.last.account.max(row.id);
                self.accounts.insert(row.id, row);
            }
            Change::AccountGone(id) => {
                self.accounts.remove(&id);
            }
            Change::Key(row) => {
                self.last.key = self.last.key.max(row.id);
                self.by_token.insert(row.hash.clone(), row.id);
                self.keys.insert(row.id, row);
            }
            Change::KeyGone(id) => {
                if let Some(row) = self.keys.remove(&id) {
                    self.by_token.remove(&row.hash);
                }
            }
            Change::Session(row) => {
                self.sessions.insert(row.hash.clone(), row);
            }
            Change::SessionGone(hash) => {
                self.sessions.remove(&hash);
            }
            Change::Element(row) => {
                self.last.element = self.last.element.max(row.id);
                self.elements.insert(row.id, row);
            }
            Change::ElementGone(id) => {
                self.elements.remove(&id);
            }
            Change::Rule(row) => {
                self.last.rule = self.last.rule.max(row.id);
                self.rules.insert(row.id, row);
            }
            Change::RuleGone(id) => {
                self.rules.remove(&id);
            }
            Change::Trashed(row) => {
                self.last.resource = self.last.resource.max(row.resource_version);
                self.trash.push(*row);
            }
            Change::Sequences(last) => self.last = last,
        }
    }

    /// The dashboard or folder with this uid.
    pub fn by_uid(&self, uid: &str) -> Option<&Dashboard> {
        self.by_uid.get(uid).and_then(|id| self.dashboards.get(id))
    }

    /// The dashboards and folders whose titles make this slug, oldest first.
    pub fn by_slug(&self, slug: &str) -> impl Iterator<Item = &Dashboard> {
        self.by_slug
            .get(slug)
            .into_iter()
            .flatten()
            .filter_map(|id| self.dashboards.get(id))
    }

    /// The key whose secret has this hash.
    pub fn by_token(&self, hash: &str) -> Option<&Key> {
        self.by_token.get(hash).and_then(|id| self.keys.get(id))
    }

    /// The folder with this uid.
    pub fn folder(&self, uid: &str) -> Option<&Dashboard> {
        self.by_uid(uid).filter(|row| row.is_folder)
    }

    /// The history of a dashboard, oldest first.
    pub fn history(&self, dashboard: i64) -> impl DoubleEndedIterator<Item = &Edition> {
        self.editions
            .range((dashboard, i64::MIN)..=(dashboard, i64::MAX))
            .map(|(_, row)| row)
    }

    /// Who an account is, as lists and dashboards name it: people by login, everything else is nobody.
    pub fn author(&self, account: i64) -> String {
        let user = self.accounts.get(&account).filter(|account| !account.is_service());
        user.map_or_else(|| "Anonymous".to_owned(), |account| account.login.clone())
    }

    /// The newest edition of that version.
    pub fn edition(&self, dashboard: i64, version: i64) -> Option<&Edition> {
        self.history(dashboard).rev().find(|row| row.version == version)
    }

    /// The newest edition.
    pub fn newest(&self, dashboard: i64) -> Option<&Edition> {
        self.history(dashboard).next_back()
    }

    /// Everything there is, as the changes that make it.
    pub fn snapshot(&self) -> impl Iterator<Item = Change> {
        let dashboards = self.dashboards.values().cloned().map(Change::Dashboard);
        let editions = self.editions.values().cloned().map(Change::Edition);
        let sources = self.sources.values().cloned().map(Change::Source);
        let accounts = self.accounts.values().cloned().map(Change::Account);
        let keys = self.keys.values().cloned().map(Change::Key);
        let sessions = self.sessions.values().cloned().map(Change::Session);
        let elements = self.elements.values().cloned().map(Change::Element);
        let rules = self.rules.values().cloned().map(Change::Rule);
        let trash = self.trash.iter().cloned().map(|row| Change::Trashed(Box::new(row)));
        let last = std::iter::once(Change::Sequences(self.last.clone()));
        // The newest edition brings a dashboard its text, so dashboards come first.
        dashboards
            .chain(editions)
            .chain(sources)
            .chain(accounts)
            .chain(keys)
            .chain(sessions)
            .chain(elements)
            .chain(rules)
            .chain(trash)
            .chain(last)
    }

    fn put_dashboard(&mut self, row: Dashboard) {
        self.forget_names(row.id);
        self.last.dashboard = self.last.dashboard.max(row.id);
        self.by_uid.insert(row.uid.clone(), row.id);
        let same = self.by_slug.entry(row.slug.clone()).or_default();
        let place = same.partition_point(|id| *id < row.id);
        same.insert(place, row.id);
        self.dashboards.insert(row.id, row);
    }

    fn take_dashboard(&mut self, id: i64) {
        self.forget_names(id);
        self.dashboards.remove(&id);
        let gone: Vec<(i64, i64)> = self.history(id).map(|row| (row.dashboard, row.order())).collect();
        for key in gone {
            self.editions.remove(&key);
        }
    }

    fn forget_names(&mut self, id: i64) {
        if let Some(old) = self.dashboards.get(&id) {
            self.by_uid.remove(&old.uid);
            if let Some(same) = self.by_slug.get_mut(&old.slug) {
                same.retain(|other| *other != id);
            }
        }
    }

    fn put_edition(&mut self, row: Edition) {
        self.last.edition = self.last.edition.max(row.id);
        self.last.resource = self.last.resource.max(row.object.resource_version);
        if let Some(dashboard) = self.dashboards.get_mut(&row.dashboard)
            && dashboard.version == row.version
        {
            dashboard.body = row.body.clone();
        }
        self.editions.insert((row.dashboard, row.order()), row);
    }
}

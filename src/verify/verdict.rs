//! What was found out, as data.

use serde::Serialize;

use super::reason::Reason;
use super::rewrite::Rewrite;

/// Whether there is data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// There is.
    Data,
    /// There is none.
    Empty,
    /// It can't be asked.
    Error,
    /// It is no question for a Prometheus.
    NotChecked,
}

/// One query, variable or annotation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueryVerdict {
    /// `A`, `B`; the name of a variable or an annotation.
    pub name: String,
    /// The query as the dashboard has it.
    pub query: String,
    /// The query as it was asked; empty where it wasn't.
    pub asked: String,
    /// Whether there is data.
    pub state: State,
    /// Whether the query is switched off.
    pub hidden: bool,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The reason in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What Prometheus warned of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What a rename rule would make of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Rewrite>,
}

/// One panel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PanelVerdict {
    /// Its id.
    pub id: u64,
    /// Its title.
    pub title: String,
    /// Its plugin.
    pub plugin: String,
    /// Whether it shows data.
    pub state: State,
    /// Its queries.
    pub queries: Vec<QueryVerdict>,
}

/// One dashboard.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DashboardVerdict {
    /// Its name in the repository, or its file.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Its title.
    pub title: String,
    /// How many panels show data.
    pub with_data: usize,
    /// How many panels were looked at.
    pub checked: usize,
    /// How many panels ask something else than a Prometheus.
    pub not_checked: usize,
    /// Its panels.
    pub panels: Vec<PanelVerdict>,
    /// Its variables.
    pub variables: Vec<QueryVerdict>,
    /// Its annotations.
    pub annotations: Vec<QueryVerdict>,
    /// The queries that were rewritten.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rewritten: Vec<Rewrite>,
}

/// All that were looked at.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Verdicts {
    /// The dashboards.
    pub dashboards: Vec<DashboardVerdict>,
    /// How many requests it took.
    pub requests: usize,
}

impl PanelVerdict {
    /// Of its queries: a panel shows data where one that is switched on has some.
    pub fn of(id: u64, title: String, plugin: String, queries: Vec<QueryVerdict>) -> Self {
        let on: Vec<State> = queries
            .iter()
            .filter(|query| !query.hidden)
            .map(|query| query.state)
            .collect();
        let state = [State::Data, State::Error, State::Empty]
            .into_iter()
            .find(|state| on.contains(state));
        Self {
            id,
            title,
            plugin,
            state: state.unwrap_or(State::NotChecked),
            queries,
        }
    }
}

impl DashboardVerdict {
    /// Counts the panels.
    #[must_use]
    pub fn counted(self) -> Self {
        let count = |state: State| self.panels.iter().filter(|panel| panel.state == state).count();
        Self {
            with_data: count(State::Data),
            checked: self.panels.len() - count(State::NotChecked),
            not_checked: count(State::NotChecked),
            ..self
        }
    }

    /// Whether something is empty that isn't switched off. An annotation that tells of nothing is none of it.
    pub fn is_empty_somewhere(&self) -> bool {
        let missing = |query: &QueryVerdict| !query.hidden && matches!(query.state, State::Empty | State::Error);
        self.panels.iter().flat_map(|panel| &panel.queries).any(missing)
            || self.variables.iter().any(missing)
            || self.annotations.iter().any(|one| one.state == State::Error)
    }
}

impl QueryVerdict {
    /// One that wasn't checked yet.
    pub fn new(name: &str, query: &str) -> Self {
        Self {
            name: name.to_owned(),
            query: query.to_owned(),
            asked: String::new(),
            state: State::NotChecked,
            hidden: false,
            reason: None,
            why: None,
            warnings: Vec::new(),
            fix: None,
        }
    }

    /// One with its reason.
    #[must_use]
    pub fn because(self, reason: Option<Reason>) -> Self {
        Self {
            why: reason.as_ref().map(ToString::to_string),
            reason,
            ..self
        }
    }
}

//! One dashboard: its variables first, then all its queries at once, then why some of them find nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::explain::{self, Unexplained};
use super::question::{self, Answered, Question};
use super::source::Source;
use super::sources::{Resolved, Sources};
use crate::dashboard::title;
use crate::pace::{self, Ended};
use crate::verify::{
    self, Asked, DashboardVerdict, Kind, Panel, PanelVerdict, Place, QueryVerdict, Reason, Renames, Scope, State,
    Variable, VariableQuery, Window,
};

/// How many queries are asked at once.
const AT_ONCE: usize = 8;

/// What dashboards are looked at with.
#[derive(Debug, Clone, Copy)]
pub struct Verifier<'a> {
    /// The data sources.
    pub sources: &'a Sources,
    /// The rename rules.
    pub renames: &'a Renames,
    /// Whether rules are tried on queries that find something, too.
    pub fix_all: bool,
    /// The time, in seconds since 1970.
    pub now: f64,
}

/// A dashboard to look at, in the classic form.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// As results name it.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Its JSON.
    pub json: Value,
    /// The library panels that it shows, by uid.
    pub library: BTreeMap<String, Value>,
}

/// The variables' values, and what there is to say of them.
#[derive(Debug, Default)]
struct Values {
    scope: Scope,
    empty: BTreeSet<String>,
    loops: Vec<String>,
}

/// A query on its way to a verdict.
struct Item {
    asked: Asked,
    place: Place,
    source: Option<Arc<Source>>,
    question: Option<Question>,
    verdict: QueryVerdict,
}

impl Verifier<'_> {
    /// Looks at a dashboard.
    pub async fn look_at(&self, wanted: &Wanted) -> DashboardVerdict {
        let window = Window::of(&wanted.json, self.now);
        let selection = verify::collect(&wanted.json, &wanted.library);
        let (values, mut variables) = self.variables(&wanted.json, window).await;
        let mut panels: Vec<(Panel, Vec<Item>)> = Vec::new();
        for panel in selection.panels {
            let items = self.of_panel(&panel, &values, window);
            panels.push((panel, items));
        }
        let none = Value::Null;
        let mut annotations: Vec<Item> = selection
            .annotations
            .into_iter()
            .map(|asked| self.item(asked, Place::Annotation, &values.scope, window, &none))
            .collect();
        let mut items: Vec<&mut Item> = panels.iter_mut().flat_map(|(_, items)| items).collect();
        items.extend(annotations.iter_mut());
        ask_all(&mut items, &values).await;
        items.extend(variables.iter_mut());
        self.explain(&mut items, &values, window).await;
        let verdicts = |items: Vec<Item>| items.into_iter().map(|item| item.verdict).collect::<Vec<_>>();
        DashboardVerdict {
            name: wanted.name.clone(),
            uid: wanted.uid.clone(),
            title: title(&wanted.json).to_owned(),
            with_data: 0,
            checked: 0,
            not_checked: 0,
            panels: shared(
                panels
                    .into_iter()
                    .map(|(panel, items)| (source_panel(&panel), verdict(panel, verdicts(items))))
                    .collect(),
            ),
            variables: verdicts(variables),
            annotations: verdicts(annotations),
            rewritten: Vec::new(),
        }
        .counted()
    }

    async fn variables(&self, dashboard: &Value, window: Window) -> (Values, Vec<Item>) {
        let variables = verify::variables(dashboard);
        let (order, loops) = verify::order(&variables);
        let mut values = Values {
            loops: loops.iter().map(|at| variables[*at].name.clone()).collect(),
            ..Values::default()
        };
        window.macros(&mut values.scope);
        values.scope.set("__interval", verify::duration(super::sources::SCRAPE));
        values
            .scope
            .set("__interval_ms", format!("{}", super::sources::SCRAPE * 1000.0));
        let mut items = Vec::new();
        for at in order {
            let (item, options) = self.variable(&variables[at], &mut values, window).await;
            let has_values = !options.is_empty();
            if let (Some(item), false) = (&item, has_values)
                && item.verdict.state != State::NotChecked
            {
                values.empty.insert(variables[at].name.clone());
            }
            items.extend(item);
        }
        for at in loops {
            let mut item = self.of_variable(&variables[at], "", None);
            let loops = Some(Reason::VariableLoop {
                variables: values.loops.clone(),
            });
            item.verdict.state = State::Error;
            item.verdict = item.verdict.because(loops);
            items.push(item);
        }
        (values, items)
    }

    /// Gives a variable its value. What there is to say of it is said only of those that ask something.
    async fn variable(&self, variable: &Variable, values: &mut Values, window: Window) -> (Option<Item>, Vec<String>) {
        match &variable.kind {
            Kind::Fixed => {
                let options = variable.fixed();
                variable.choose(&options, window, &mut values.scope);
                (None, options)
            }
            Kind::Other => (None, Vec::new()),
            Kind::DataSource(plugin) => {
                let uids = self.sources.uids(plugin);
                // Where one Prometheus stands for all, no name is known that a pattern could fit.
                let options = match self.sources.are_listed() {
                    true => variable.options(uids, &values.scope),
                    false => uids,
                };
                let last = variable.last().and_then(|last| self.sources.uid_of(&last));
                let chosen = last.map_or_else(|| variable.clone(), |uid| variable.clone().with_current(&uid));
                chosen.choose(&options, window, &mut values.scope);
                let missing = options.is_empty().then(|| {
                    let mut item = self.of_variable(variable, "", None);
                    item.verdict.state = State::Error;
                    let name = format!("of type {plugin}");
                    item.verdict = item.verdict.because(Some(Reason::NoDataSource { name }));
                    item
                });
                (missing, options)
            }
            Kind::Query(text) => self.query_variable(variable, text, values, window).await,
        }
    }

    async fn query_variable(
        &self,
        variable: &Variable,
        text: &str,
        values: &mut Values,
        window: Window,
    ) -> (Option<Item>, Vec<String>) {
        let source = match self.sources.resolve(&variable.data_source, &values.scope) {
            Resolved::Prometheus(source) => source,
            Resolved::Missing(name) => {
                let mut item = self.of_variable(variable, text, None);
                item.verdict.state = State::Error;
                item.verdict = item.verdict.because(Some(Reason::NoDataSource { name }));
                variable.choose(&[], window, &mut values.scope);
                return (Some(item), Vec::new());
            }
            Resolved::Other | Resolved::Expression => {
                // Its saved value is all that is known of it.
                let saved: Vec<String> = variable.last().into_iter().collect();
                variable.choose(&saved, window, &mut values.scope);
                return (Some(self.of_variable(variable, text, None)), saved);
            }
        };
        let expanded = verify::expand(text, &values.scope);
        let mut item = self.of_variable(variable, text, Some(source.clone()));
        item.verdict.asked.clone_from(&expanded);
        let found = question::values(&VariableQuery::read(&expanded), window, &source).await;
        let options = match found {
            Ok(found) => {
                let options = variable.options(found, &values.scope);
                item.verdict.state = if options.is_empty() { State::Empty } else { State::Data };
                options
            }
            Err(refused) => {
                item.verdict.state = State::Error;
                let reason = question::refusal(&refused, &source).await;
                item.verdict = item.verdict.because(Some(reason));
                Vec::new()
            }
        };
        variable.choose(&options, window, &mut values.scope);
        (Some(item), options)
    }

    fn of_variable(&self, variable: &Variable, text: &str, source: Option<Arc<Source>>) -> Item {
        Item {
            asked: Asked {
                ref_id: variable.name.clone(),
                text: text.to_owned(),
                data_source: variable.data_source.clone(),
                hidden: false,
                instant: true,
                json: Value::Null,
            },
            place: Place::Variable,
            source,
            question: None,
            verdict: QueryVerdict::new(&variable.name, text),
        }
    }

    fn of_panel(&self, panel: &Panel, values: &Values, window: Window) -> Vec<Item> {
        let mut scope = values.scope.clone();
        for name in &panel.repeated_by {
            if let Some(first) = values.scope.values(name).first() {
                scope.set_one_of_several(name, first);
            }
        }
        let window = window.of_panel(&panel.json, self.now);
        window.macros(&mut scope);
        let item = |asked: &Asked| self.item(asked.clone(), Place::Panel, &scope, window, &panel.json);
        let mut items: Vec<Item> = panel.queries.iter().map(item).collect();
        // What is switched off may still be what an expression computes with.
        let is_expression =
            |asked: &Asked| matches!(self.sources.resolve(&asked.data_source, &scope), Resolved::Expression);
        if panel.queries.iter().any(is_expression) {
            for item in &mut items {
                item.verdict.hidden = false;
            }
        }
        if let Some(uid) = &panel.unknown_library_panel {
            let mut verdict = QueryVerdict::new("library panel", uid);
            verdict.state = State::NotChecked;
            verdict.why = Some(format!("the library panel {uid} isn't there"));
            items.push(Item {
                asked: Asked::default(),
                place: Place::Panel,
                source: None,
                question: None,
                verdict,
            });
        }
        items
    }

    fn item(&self, asked: Asked, place: Place, scope: &Scope, window: Window, panel: &Value) -> Item {
        let mut verdict = QueryVerdict::new(&asked.ref_id, &asked.text);
        verdict.hidden = asked.hidden;
        let (mut source, mut question) = (None, None);
        match self.sources.resolve(&asked.data_source, scope) {
            // Grafana leaves out queries without a text.
            Resolved::Prometheus(found) if !asked.text.trim().is_empty() => {
                let steps = window.steps(panel, &asked.json, found.scrape, scope);
                let mut scope = scope.clone();
                steps.macros(&mut scope);
                let text = verify::expand(&asked.text, &scope);
                verdict.asked.clone_from(&text);
                question = Some(Question {
                    text,
                    window,
                    steps,
                    instant: asked.instant,
                });
                source = Some(found);
            }
            Resolved::Missing(name) => {
                verdict.state = State::Error;
                verdict = verdict.because(Some(Reason::NoDataSource { name }));
            }
            Resolved::Prometheus(_) | Resolved::Other | Resolved::Expression => {}
        }
        Item {
            asked,
            place,
            source,
            question,
            verdict,
        }
    }

    /// Finds out why queries find nothing, and what the rules would make of them.
    async fn explain(&self, items: &mut [&mut Item], values: &Values, window: Window) {
        for source in self.sources.all().filter(|source| source.down().is_none()) {
            let mut of_source: Vec<Unexplained<'_>> = items
                .iter_mut()
                .filter(|item| item.source.as_ref().is_some_and(|own| Arc::ptr_eq(own, source)))
                .map(|item| Unexplained {
                    question: item.question.as_ref(),
                    text: &item.asked.text,
                    place: item.place,
                    verdict: &mut item.verdict,
                })
                .collect();
            explain::explain(
                source,
                &mut of_source,
                self.renames,
                self.fix_all,
                &values.empty,
                window,
            )
            .await;
        }
    }
}

/// Asks all questions, several at once, and notes what came of them.
async fn ask_all(items: &mut [&mut Item], values: &Values) {
    let jobs: Vec<(usize, Arc<Source>, Question)> = items
        .iter()
        .enumerate()
        .filter_map(|(at, item)| Some((at, item.source.clone()?, item.question.clone()?)))
        .collect();
    let work = async |(at, source, question): (usize, Arc<Source>, Question)| {
        let answered = question.ask(&source).await;
        let reason = match &answered {
            Answered::Refused(refused) => Some(question::refusal(refused, &source).await),
            Answered::Data(..) => None,
        };
        ((at, answered, reason), Ended::Well)
    };
    let answers = pace::run(jobs, AT_ONCE, || false, work).await;
    for (at, answered, reason) in answers.into_iter().flatten() {
        let item = &mut items[at];
        let verdict = std::mem::replace(&mut item.verdict, QueryVerdict::new("", ""));
        item.verdict = match answered {
            Answered::Data(found, warnings) => QueryVerdict {
                state: if found { State::Data } else { State::Empty },
                warnings,
                ..verdict
            },
            Answered::Refused(_) => {
                // A variable without a value leaves its name in the query, which is what Prometheus refuses then.
                let named = verify::names(&item.asked.text);
                let looped = values.loops.iter().any(|name| named.contains(&name.as_str()));
                let reason = match looped {
                    true => Some(Reason::VariableLoop {
                        variables: values.loops.clone(),
                    }),
                    false => reason,
                };
                QueryVerdict {
                    state: State::Error,
                    ..verdict
                }
                .because(reason)
            }
        };
    }
}

/// The panel whose results a panel shows, where its data source is the dashboard itself.
fn source_panel(panel: &Panel) -> Option<u64> {
    let of_dashboard = |asked: &&Asked| {
        let name = asked.data_source.get("uid").unwrap_or(&asked.data_source);
        name.as_str() == Some("-- Dashboard --")
    };
    let asked = panel.queries.iter().find(of_dashboard)?;
    asked.json.get("panelId").and_then(Value::as_u64)
}

/// Panels that show another panel's results have data where that one has.
fn shared(panels: Vec<(Option<u64>, PanelVerdict)>) -> Vec<PanelVerdict> {
    let states: BTreeMap<u64, State> = panels.iter().map(|(_, panel)| (panel.id, panel.state)).collect();
    let one = |(source, mut panel): (Option<u64>, PanelVerdict)| {
        if let Some(state) = source.and_then(|id| states.get(&id)) {
            panel.state = *state;
        }
        panel
    };
    panels.into_iter().map(one).collect()
}

fn verdict(panel: Panel, queries: Vec<QueryVerdict>) -> PanelVerdict {
    PanelVerdict::of(panel.id, panel.title, panel.plugin, queries)
}

//! Edits as people and authors make them. Each leaves something by which it is seen again.

use dashctl::dashboard::panels;
use proptest::test_runner::TestRng;
use rand::{Rng as _, RngExt as _};
use serde_json::{Value, json};

/// An edit that was made, and how to see it.
#[derive(Debug, Clone)]
pub struct Edit {
    /// What was done.
    pub what: What,
    /// The panel that it was done to.
    pub panel: Option<u64>,
    /// What it left: a word or number that stands nowhere else.
    pub mark: String,
}

#[derive(Debug, Clone, PartialEq)]
pub enum What {
    Rename,
    Query { letter: String },
    AddQuery,
    RemoveQuery { letter: String },
    Threshold,
    Unit,
    Describe,
    Prose,
    Override,
    DeletePanel,
    AddPanel,
    Resize { width: i64 },
    MoveToEnd { before: u64 },
    SwapRows { first: u64, second: u64 },
    AddVariable,
    EditVariable { name: String },
    DeleteVariable { name: String },
    Tag,
    Time,
    Link,
    Annotation,
}

/// The kinds of edits, by number.
pub const KINDS: usize = 21;

pub struct Editor<'r> {
    pub rng: &'r mut TestRng,
    /// Whose edits these are: stands in every mark.
    pub who: &'static str,
    pub count: usize,
}

fn is_row(panel: &Value) -> bool {
    panel["type"] == "row"
}

fn find(list: &mut Value, id: u64) -> Option<&mut Value> {
    let list = list.as_array_mut()?;
    for panel in list {
        if panel["id"].as_u64() == Some(id) && !is_row(panel) {
            return Some(panel);
        }
        if let Some(found) = panel.get_mut("panels").and_then(|inner| find(inner, id)) {
            return Some(found);
        }
    }
    None
}

/// A panel that is no row, wherever it is.
pub fn panel_mut(dashboard: &mut Value, id: u64) -> Option<&mut Value> {
    let in_rows = dashboard
        .get("rows")
        .is_some_and(|rows| !rows.as_array().unwrap().is_empty());
    if in_rows {
        let rows = dashboard["rows"].as_array_mut()?;
        return rows.iter_mut().find_map(|row| find(row.get_mut("panels")?, id));
    }
    find(dashboard.get_mut("panels")?, id)
}

pub fn panel(dashboard: &Value, id: u64) -> Option<&Value> {
    panels(dashboard)
        .into_iter()
        .find(|panel| panel["id"].as_u64() == Some(id) && !is_row(panel))
}

fn ids(dashboard: &Value) -> Vec<u64> {
    let all = panels(dashboard);
    all.into_iter()
        .filter(|panel| !is_row(panel))
        .filter_map(|panel| panel["id"].as_u64())
        .collect()
}

fn y(panel: &Value) -> i64 {
    panel["gridPos"]["y"].as_i64().unwrap_or(0)
}

fn place(dashboard: &Value, id: u64) -> Option<(i64, i64)> {
    let panel = dashboard["panels"]
        .as_array()?
        .iter()
        .find(|panel| panel["id"].as_u64() == Some(id))?;
    Some((y(panel), panel["gridPos"]["x"].as_i64().unwrap_or(0)))
}

fn retain(list: Option<&mut Value>, id: u64) {
    if let Some(list) = list.and_then(Value::as_array_mut) {
        list.retain(|panel| panel["id"].as_u64() != Some(id) || is_row(panel));
        list.iter_mut().for_each(|panel| retain(panel.get_mut("panels"), id));
    }
}

fn on_a_grid(dashboard: &Value) -> bool {
    dashboard["panels"].as_array().is_some_and(|list| !list.is_empty())
}

impl Editor<'_> {
    fn pick<T: Clone>(&mut self, list: &[T]) -> Option<T> {
        match list.is_empty() {
            true => None,
            false => Some(list[self.rng.random_range(0..list.len())].clone()),
        }
    }

    /// Makes an edit of this kind, on one of these panels where it is one of a panel; nothing where there is nothing to edit.
    pub fn edit(&mut self, dashboard: &mut Value, kind: usize, among: &dyn Fn(u64) -> bool) -> Option<Edit> {
        self.count += 1;
        let mark = format!("{}{}", self.who, self.count);
        let number: u64 = self.rng.next_u32().into();
        let ids: Vec<u64> = ids(dashboard).into_iter().filter(|id| among(*id)).collect();
        let id = self.pick(&ids);
        let made = |what: What, panel: Option<u64>, mark: &str| {
            Some(Edit {
                what,
                panel,
                mark: mark.to_owned(),
            })
        };
        match kind {
            0 => {
                let panel = panel_mut(dashboard, id?)?;
                panel["title"] = json!(format!("{} {mark}", panel["title"].as_str().unwrap_or_default()));
                made(What::Rename, id, &mark)
            }
            1 => {
                let targets = panel_mut(dashboard, id?)?.get_mut("targets")?.as_array_mut()?;
                let all = targets.len();
                let at = if all == 0 {
                    return None;
                } else {
                    self.rng.random_range(0..all)
                };
                let target = &mut targets[at];
                let letter = target["refId"].as_str()?.to_owned();
                let key = ["expr", "dimensions", "alias"]
                    .into_iter()
                    .find(|key| target[*key].is_string())?;
                let text = target[key].as_str()?.to_owned();
                // In the middle, at the end or at the beginning.
                target[key] = json!(match number % 3 {
                    0 if text.contains("[5m]") => text.replacen("[5m]", &format!("[5m] offset {mark}"), 1),
                    1 => format!("{text} > {mark}"),
                    _ => format!("{mark} * {text}"),
                });
                made(What::Query { letter }, id, &mark)
            }
            2 => {
                let targets = panel_mut(dashboard, id?)?.get_mut("targets")?.as_array_mut()?;
                let letter = ('A'..='Z')
                    .map(String::from)
                    .find(|letter| targets.iter().all(|target| target["refId"] != json!(letter)))?;
                targets.push(json!({"refId": letter, "expr": format!("up{{x=\"{mark}\"}}"), "format": "time_series"}));
                made(What::AddQuery, id, &mark)
            }
            3 => {
                let targets = panel_mut(dashboard, id?)?.get_mut("targets")?.as_array_mut()?;
                if targets.len() < 2 {
                    return None;
                }
                let at = self.rng.random_range(0..targets.len());
                let letter = targets[at]["refId"].as_str()?.to_owned();
                let was = targets.remove(at).get("expr")?.as_str()?.to_owned();
                // Two queries may be alike.
                if targets.iter().any(|target| target["expr"] == json!(was)) {
                    return None;
                }
                made(What::RemoveQuery { letter }, id, &was)
            }
            4 => {
                let panel = panel_mut(dashboard, id?)?;
                let step = panel
                    .pointer_mut("/fieldConfig/defaults/thresholds/steps")?
                    .as_array_mut()?
                    .last_mut()?;
                step["value"] = json!(1_000_000 + number);
                made(What::Threshold, id, &(1_000_000 + number).to_string())
            }
            5 => {
                let panel = panel_mut(dashboard, id?)?;
                match panel["type"].as_str()? {
                    "graph" => *panel.pointer_mut("/yaxes/0/format")? = json!(mark),
                    "timeseries" | "stat" | "gauge" => {
                        panel.pointer_mut("/fieldConfig/defaults")?["unit"] = json!(mark)
                    }
                    _ => return None,
                }
                made(What::Unit, id, &mark)
            }
            6 => {
                panel_mut(dashboard, id?)?["description"] = json!(format!("What is shown here is {mark}."));
                made(What::Describe, id, &mark)
            }
            7 => {
                let panel = panel_mut(dashboard, id?)?;
                let key = if panel.pointer("/options/content").is_some() {
                    "/options/content"
                } else {
                    "/content"
                };
                let text = panel.pointer(key)?.as_str()?.to_owned();
                let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
                let at = self.rng.random_range(0..lines.len());
                lines[at].push_str(&format!(" {mark}"));
                *panel.pointer_mut(key)? = json!(lines.join("\n"));
                made(What::Prose, id, &mark)
            }
            8 => {
                let list = panel_mut(dashboard, id?)?
                    .pointer_mut("/fieldConfig/overrides")?
                    .as_array_mut()?;
                list.push(
                    json!({"matcher": {"id": "byName", "options": mark}, "properties": [{"id": "unit", "value": "s"}]}),
                );
                made(What::Override, id, &mark)
            }
            9 => {
                // Two panels that are alike could not be told apart.
                let title = panel(dashboard, id?)?["title"].clone();
                let many = panels(dashboard)
                    .into_iter()
                    .filter(|panel| panel["title"] == title)
                    .count();
                if many != 1 || title == "" {
                    return None;
                }
                retain(dashboard.get_mut("panels"), id?);
                let rows = dashboard.get_mut("rows").and_then(Value::as_array_mut);
                rows.into_iter()
                    .flatten()
                    .for_each(|row| retain(row.get_mut("panels"), id.unwrap()));
                made(What::DeletePanel, id, title.as_str()?)
            }
            10 => {
                let new = panels(dashboard)
                    .into_iter()
                    .filter_map(|panel| panel["id"].as_u64())
                    .max()
                    .unwrap_or(0)
                    + 1;
                let mut panel = json!({"id": new, "type": "stat", "title": format!("New {mark}"), "targets": [{"refId": "A", "expr": mark}]});
                if on_a_grid(dashboard) {
                    let list = dashboard["panels"].as_array_mut()?;
                    let at = self.rng.random_range(0..=list.len());
                    let top = list.get(at).map_or_else(
                        || {
                            list.iter()
                                .map(|panel| y(panel) + panel["gridPos"]["h"].as_i64().unwrap_or(0))
                                .max()
                                .unwrap_or(0)
                        },
                        y,
                    );
                    for below in list.iter_mut().filter(|panel| y(panel) >= top) {
                        below["gridPos"]["y"] = json!(y(below) + 5);
                    }
                    panel["gridPos"] = json!({"x": 0, "y": top, "w": 24, "h": 5});
                    let at = list.iter().position(|panel| y(panel) > top).unwrap_or(list.len());
                    list.insert(at, panel);
                } else {
                    panel["span"] = json!(12);
                    let rows = dashboard["rows"].as_array_mut()?;
                    let at = self.rng.random_range(0..rows.len());
                    rows[at]["panels"].as_array_mut()?.push(panel);
                }
                made(What::AddPanel, None, &mark)
            }
            11 => {
                let panel = panel_mut(dashboard, id?)?;
                let width = 1 + i64::try_from(number % 5).unwrap();
                panel.pointer("/gridPos/w")?;
                panel["gridPos"]["w"] = json!(width);
                let title = panel["title"].as_str()?.to_owned();
                made(What::Resize { width }, id, &title)
            }
            12 => {
                if !on_a_grid(dashboard) || dashboard["panels"].as_array()?.iter().any(is_row) {
                    return None;
                }
                let list = dashboard["panels"].as_array_mut()?;
                let at = list.iter().position(|panel| panel["id"].as_u64() == id)?;
                let bottom = list
                    .iter()
                    .map(|panel| y(panel) + panel["gridPos"]["h"].as_i64().unwrap_or(0))
                    .max()?;
                let mut panel = list.remove(at);
                let before = list.last()?["id"].as_u64()?;
                panel["gridPos"]["y"] = json!(bottom);
                panel["gridPos"]["x"] = json!(0);
                list.push(panel);
                made(What::MoveToEnd { before }, id, "")
            }
            13 => {
                let list = dashboard["panels"].as_array()?;
                let rows: Vec<usize> = (0..list.len()).filter(|at| is_row(&list[*at])).collect();
                if rows.len() < 2 || !list.is_sorted_by_key(y) {
                    return None;
                }
                let which = self.rng.random_range(0..rows.len() - 1);
                let (from, middle) = (rows[which], rows[which + 1]);
                let end = rows.get(which + 2).copied().unwrap_or(list.len());
                let (first, second) = (list[from]["id"].as_u64()?, list[middle]["id"].as_u64()?);
                let bottom = list[from..end]
                    .iter()
                    .map(|panel| y(panel) + panel["gridPos"]["h"].as_i64().unwrap_or(0))
                    .max()?;
                let (top, between) = (y(&list[from]), y(&list[middle]));
                let shift = |panel: &Value, by: i64| {
                    let mut panel = panel.clone();
                    panel["gridPos"]["y"] = json!(y(&panel) + by);
                    panel
                };
                let up = list[middle..end].iter().map(|panel| shift(panel, top - between));
                let down = list[from..middle].iter().map(|panel| shift(panel, bottom - between));
                let new: Vec<Value> = list[..from]
                    .iter()
                    .cloned()
                    .chain(up)
                    .chain(down)
                    .chain(list[end..].iter().cloned())
                    .collect();
                dashboard["panels"] = json!(new);
                made(What::SwapRows { first, second }, None, "")
            }
            14 => {
                let list = dashboard.pointer_mut("/templating/list")?.as_array_mut()?;
                let at = self.rng.random_range(0..=list.len());
                list.insert(at, json!({"name": mark, "type": "custom", "query": "a,b"}));
                made(What::AddVariable, None, &mark)
            }
            15 => {
                let list = dashboard.pointer_mut("/templating/list")?.as_array_mut()?;
                let at = (!list.is_empty()).then(|| self.rng.random_range(0..list.len()))?;
                list[at]["label"] = json!(mark);
                let name = list[at]["name"].as_str()?.to_owned();
                made(What::EditVariable { name }, None, &mark)
            }
            16 => {
                let list = dashboard.pointer_mut("/templating/list")?.as_array_mut()?;
                let at = (!list.is_empty()).then(|| self.rng.random_range(0..list.len()))?;
                let name = list.remove(at)["name"].as_str()?.to_owned();
                made(What::DeleteVariable { name }, None, "")
            }
            17 => {
                dashboard["tags"].as_array_mut()?.push(json!(mark));
                made(What::Tag, None, &mark)
            }
            18 => {
                dashboard["time"] = json!({"from": format!("now-{number}m"), "to": "now"});
                made(What::Time, None, &format!("now-{number}m"))
            }
            19 => {
                let link = json!({"title": mark, "url": "https://example.com", "type": "link"});
                match dashboard.get_mut("links").and_then(Value::as_array_mut) {
                    Some(links) => links.push(link),
                    None => dashboard["links"] = json!([link]),
                }
                made(What::Link, None, &mark)
            }
            _ => {
                let list = dashboard.pointer_mut("/annotations/list")?.as_array_mut()?;
                list.push(json!({"name": mark, "expr": "x", "enable": true}));
                made(What::Annotation, None, &mark)
            }
        }
    }
}

impl Edit {
    /// Whether a dashboard has this edit.
    pub fn is_in(&self, dashboard: &Value) -> bool {
        let mine = self.panel.and_then(|id| panel(dashboard, id));
        // An author may have given the panel another number.
        let panel_has = |key: &str| {
            panels(dashboard)
                .iter()
                .any(|panel| panel[key].to_string().contains(&self.mark))
        };
        let named = |list: &str, key: &str, name: &str| {
            let list = dashboard.pointer(list).and_then(Value::as_array);
            list.is_some_and(|list| list.iter().any(|one| one[key] == json!(name)))
        };
        match &self.what {
            What::Rename => panel_has("title"),
            What::Query { .. } | What::AddQuery => panel_has("targets"),
            What::RemoveQuery { .. } => {
                let targets = mine.and_then(|panel| panel["targets"].as_array());
                mine.is_none()
                    || targets.is_none_or(|targets| targets.iter().all(|target| target["expr"] != json!(self.mark)))
            }
            What::Threshold | What::Override => panel_has("fieldConfig"),
            What::Unit => panel_has("fieldConfig") || panel_has("yaxes"),
            What::Describe => panel_has("description"),
            What::Prose => panel_has("options") || panel_has("content"),
            What::DeletePanel => panels(dashboard).iter().all(|panel| panel["title"] != json!(self.mark)),
            What::AddPanel => {
                let is_it = |panel: &&Value| panel["title"] == json!(format!("New {}", self.mark));
                panels(dashboard).iter().any(is_it)
            }
            What::Resize { width } => panels(dashboard).iter().any(|panel| {
                let is_it = panel["id"].as_u64() == self.panel
                    || panel["title"]
                        .as_str()
                        .is_some_and(|title| title.starts_with(&self.mark));
                is_it && panel["gridPos"]["w"] == json!(width)
            }),
            What::MoveToEnd { before } => place(dashboard, *before)
                .is_none_or(|before| place(dashboard, self.panel.unwrap()).is_some_and(|own| own > before)),
            What::SwapRows { first, second } => match (place(dashboard, *first), place(dashboard, *second)) {
                (Some(first), Some(second)) => second < first,
                _ => true,
            },
            What::AddVariable => named("/templating/list", "name", &self.mark),
            What::EditVariable { .. } => named("/templating/list", "label", &self.mark),
            What::DeleteVariable { name } => !named("/templating/list", "name", name),
            What::Tag => dashboard["tags"]
                .as_array()
                .is_some_and(|tags| tags.contains(&json!(self.mark))),
            What::Time => dashboard["time"]["from"] == json!(self.mark),
            What::Link => named("/links", "title", &self.mark),
            What::Annotation => named("/annotations/list", "name", &self.mark),
        }
    }

    /// Where a conflict of this edit is named: the beginning of its path.
    pub fn place(&self) -> String {
        let of_panel = |rest: &str| format!("panels[id={}]{rest}", self.panel.unwrap_or(0));
        match &self.what {
            What::Rename => of_panel(".title"),
            What::Query { letter } | What::RemoveQuery { letter } => of_panel(&format!(".targets[refId={letter}]")),
            What::AddQuery => of_panel(".targets"),
            What::Threshold => of_panel(".fieldConfig.defaults.thresholds"),
            What::Unit => of_panel(""),
            What::Describe => of_panel(".description"),
            What::Prose => of_panel(""),
            What::Override => of_panel(".fieldConfig.overrides"),
            What::DeletePanel => of_panel(""),
            What::Resize { .. } => of_panel(".gridPos"),
            What::MoveToEnd { .. } => of_panel(".gridPos"),
            What::AddPanel | What::SwapRows { .. } => "panels".into(),
            What::AddVariable => format!("templating.list[name={}]", self.mark),
            What::EditVariable { name } | What::DeleteVariable { name } => format!("templating.list[name={name}]"),
            What::Tag => "tags".into(),
            What::Time => "time".into(),
            What::Link => format!("links[title={}]", self.mark),
            What::Annotation => format!("annotations.list[name={}]", self.mark),
        }
    }
}

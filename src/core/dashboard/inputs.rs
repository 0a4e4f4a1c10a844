//! How does a shared dashboard become one for a certain Grafana?
//!
//! A dashboard that was exported for sharing declares `__inputs`: data sources and constants that the importer
//! supplies. Here the server's own algorithm is done by the client, so that the result is the same on every version
//! and can be seen in a diff before anything is written.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::exported;
use super::placeholders::replace;
use super::references::data_sources;

/// The plugin id of expressions: always answered with itself.
const EXPRESSION: &str = "__expr__";
/// What belongs to a shared file and not to a dashboard: never sent, never compared.
pub const BOOKKEEPING: [&str; 3] = ["__inputs", "__requires", "__elements"];

/// An entry of `__inputs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its name, as `${NAME}` refers to it.
    pub name: String,
    /// What a person reads.
    pub label: String,
    /// What is asked for.
    pub kind: InputKind,
    /// Whether anything in the dashboard refers to it.
    pub used: bool,
}

/// What an input asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputKind {
    /// A data source of this plugin.
    DataSource {
        /// The plugin's id, such as `prometheus`.
        plugin: String,
    },
    /// A text, with the author's own value.
    Constant {
        /// The author's value.
        default: Option<String>,
    },
}

/// A data source that an input can be answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Its plugin's id.
    pub plugin: String,
    /// Whether it is the target's default.
    pub is_default: bool,
}

/// What an input is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A data source of the target.
    DataSource(Candidate),
    /// A text.
    Constant(String),
}

/// The answers to a dashboard's inputs, by name.
pub type Answers = BTreeMap<String, Answer>;

/// How a target refers to a data source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// By its name, a string: 7.5 and 8.x.
    Name,
    /// By type and uid, an object: 9.0 and later.
    Object,
}

/// An input that nothing answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    /// The input.
    pub input: Input,
    /// Why not.
    pub reason: Reason,
}

/// Why an input has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The target has no data source of this plugin; these are the others.
    NoneOfThisType(Vec<String>),
    /// The target has several and none of them is the default.
    Several(Vec<String>),
    /// The wanted data source isn't there, or is of another type.
    NotThere {
        /// What was asked for.
        wanted: String,
        /// What there is.
        candidates: Vec<String>,
    },
    /// A constant without a value of its own.
    NoValue,
}

impl std::fmt::Display for Unanswered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Input { name, kind, .. } = &self.input;
        match kind {
            InputKind::DataSource { plugin } => write!(f, "input {name} (a data source of type {plugin}): ")?,
            InputKind::Constant { .. } => write!(f, "input {name} (a constant): ")?,
        }
        match &self.reason {
            Reason::NoneOfThisType(others) if others.is_empty() => f.write_str("the target has no data sources"),
            Reason::NoneOfThisType(others) => {
                write!(f, "the target has none of this type; it has {}", others.join(", "))
            }
            Reason::Several(candidates) => write!(f, "several fit: {}", candidates.join(", ")),
            Reason::NotThere { wanted, candidates } if candidates.is_empty() => {
                write!(f, "{wanted:?} is no data source of the target")
            }
            Reason::NotThere { wanted, candidates } => {
                write!(
                    f,
                    "{wanted:?} is no data source of this type; there is {}",
                    candidates.join(", ")
                )
            }
            Reason::NoValue => f.write_str("it has no default value"),
        }
    }
}

/// The inputs that a dashboard declares. Entries of kinds that nobody has to answer are left out.
pub fn declared(dashboard: &Value) -> Vec<Input> {
    let entries = dashboard
        .get("__inputs")
        .and_then(Value::as_array)
        .filter(|entries| !entries.is_empty());
    let Some(entries) = entries else {
        return of_labels(dashboard);
    };
    let used = used_names(dashboard);
    entries.iter().filter_map(|entry| input(entry, &used)).collect()
}

/// What a shared v2 dashboard has instead of a declaration.
fn of_labels(dashboard: &Value) -> Vec<Input> {
    let input = |(label, wanted): (String, exported::Wanted)| Input {
        label: match wanted.name {
            Some(name) => format!("{label} ({name})"),
            None => label.clone(),
        },
        kind: InputKind::DataSource { plugin: wanted.plugin },
        name: label,
        used: true,
    };
    exported::wanted(dashboard).into_iter().map(input).collect()
}

/// The inputs that a dashboard declares, and the placeholders of data sources that it declares nowhere, as far as there is
/// an answer for them.
pub fn asked(dashboard: &Value, given: &GivenAnswers, candidates: &[Candidate]) -> Vec<Input> {
    let mut inputs = declared(dashboard);
    for input in undeclared(dashboard) {
        if given.by_input.contains_key(&input.name) || answer_one(&input, given, candidates).is_ok() {
            inputs.push(input);
        }
    }
    inputs
}

/// The placeholders of data sources that a dashboard declares nowhere: `${DS_PROMETHEUS}` without an entry in `__inputs`.
pub fn undeclared(dashboard: &Value) -> Vec<Input> {
    let known: BTreeSet<String> = declared(dashboard).into_iter().map(|input| input.name).collect();
    let mut found: BTreeMap<String, Input> = BTreeMap::new();
    for mention in data_sources(dashboard) {
        let Some(name) = mention.placeholder().filter(|name| !known.contains(*name)) else {
            continue;
        };
        found.entry(name.to_owned()).or_insert_with(|| Input {
            name: name.to_owned(),
            label: name.to_owned(),
            kind: InputKind::DataSource {
                plugin: mention.plugin.clone().unwrap_or_default(),
            },
            used: true,
        });
    }
    found.into_values().collect()
}

fn input(entry: &Value, used: &BTreeSet<String>) -> Option<Input> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
    let name = text("name")?;
    let kind = match entry.get("type").and_then(Value::as_str)? {
        "datasource" => InputKind::DataSource {
            plugin: text("pluginId").unwrap_or_default(),
        },
        "constant" => InputKind::Constant { default: text("value") },
        _ => return None,
    };
    Some(Input {
        label: text("label").unwrap_or_else(|| name.clone()),
        used: used.contains(&name),
        name,
        kind,
    })
}

/// Every name that stands as `${NAME}` in a string of the dashboard.
fn used_names(dashboard: &Value) -> BTreeSet<String> {
    fn walk(value: &Value, names: &mut BTreeSet<String>) {
        match value {
            Value::String(text) => {
                replace(text, |name| {
                    names.insert(name.to_owned());
                    None
                });
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, names)),
            Value::Object(fields) => {
                for (key, value) in fields {
                    if key != "__inputs" && key != "__requires" {
                        walk(value, names);
                    }
                }
            }
            _ => {}
        }
    }
    let mut names = BTreeSet::new();
    walk(dashboard, &mut names);
    names
}

/// What the user said about inputs.
#[derive(Debug, Clone, Default)]
pub struct GivenAnswers {
    /// By input: the name or uid of a data source, or the text of a constant.
    pub by_input: BTreeMap<String, String>,
    /// Data sources (name or uid) for every input of their type.
    pub data_sources: Vec<String>,
}

/// Answers every input: by what the user wished, else by the target's only or default data source of the type, and a
/// constant's own value. An input that nothing refers to needs no answer.
///
/// # Errors
///
/// Every input that stays open, with its candidates.
pub fn answer(inputs: &[Input], wishes: &GivenAnswers, candidates: &[Candidate]) -> Result<Answers, Vec<Unanswered>> {
    let mut answers = Answers::new();
    let mut open = Vec::new();
    for input in inputs {
        match answer_one(input, wishes, candidates) {
            Ok(answer) => {
                answers.insert(input.name.clone(), answer);
            }
            Err(reason) if input.used => open.push(Unanswered {
                input: input.clone(),
                reason,
            }),
            Err(_) => {}
        }
    }
    if open.is_empty() { Ok(answers) } else { Err(open) }
}

fn answer_one(input: &Input, wishes: &GivenAnswers, candidates: &[Candidate]) -> Result<Answer, Reason> {
    let wish = wishes.by_input.get(&input.name);
    match &input.kind {
        InputKind::Constant { default } => wish
            .or(default.as_ref())
            .map(|text| Answer::Constant(text.clone()))
            .ok_or(Reason::NoValue),
        InputKind::DataSource { plugin } if plugin == EXPRESSION => Ok(Answer::Constant(EXPRESSION.to_owned())),
        InputKind::DataSource { plugin } if built_in(plugin, &input.label).is_some() => {
            let name = built_in(plugin, &input.label).unwrap_or_default();
            Ok(Answer::Constant(name.to_owned()))
        }
        InputKind::DataSource { plugin } => {
            let fitting: Vec<&Candidate> = candidates
                .iter()
                .filter(|candidate| plugin.is_empty() || candidate.plugin == *plugin)
                .collect();
            if let Some(wanted) = wish {
                return find(&fitting, wanted).ok_or_else(|| Reason::NotThere {
                    wanted: wanted.clone(),
                    candidates: fitting.iter().map(|candidate| candidate.name.clone()).collect(),
                });
            }
            let wished = wishes.data_sources.iter().find_map(|wanted| find(&fitting, wanted));
            match plugin.is_empty() {
                // What it is of isn't known: only who says it knows.
                true => wished.ok_or_else(|| Reason::NoneOfThisType(Vec::new())),
                false => wished.map_or_else(|| by_default(&fitting, candidates), Ok),
            }
        }
    }
}

/// The data source that every Grafana has, where old exports ask for one: it is answered with itself.
fn built_in<'a>(plugin: &str, label: &'a str) -> Option<&'a str> {
    match plugin {
        "mixed" => Some("-- Mixed --"),
        "dashboard" => Some("-- Dashboard --"),
        "grafana" => Some("-- Grafana --"),
        "datasource" if label.starts_with("-- ") => Some(label),
        _ => None,
    }
}

fn find(candidates: &[&Candidate], wanted: &str) -> Option<Answer> {
    let found = candidates
        .iter()
        .find(|candidate| candidate.name == wanted)
        .or_else(|| candidates.iter().find(|candidate| candidate.uid == wanted));
    found.map(|candidate| Answer::DataSource((*candidate).clone()))
}

fn by_default(fitting: &[&Candidate], all: &[Candidate]) -> Result<Answer, Reason> {
    match fitting {
        [] => Err(Reason::NoneOfThisType(
            all.iter()
                .map(|candidate| format!("{} ({})", candidate.name, candidate.plugin))
                .collect(),
        )),
        [only] => Ok(Answer::DataSource((*only).clone())),
        several => several
            .iter()
            .find(|candidate| candidate.is_default)
            .map(|candidate| Answer::DataSource((*candidate).clone()))
            .ok_or_else(|| Reason::Several(several.iter().map(|candidate| candidate.name.clone()).collect())),
    }
}

/// The dashboard as the target shall have it: placeholders replaced in every string value (never in keys), and what
/// only a shared file has, left out.
pub fn resolve(mut dashboard: Value, answers: &Answers, reference: Reference) -> Value {
    if let Some(fields) = dashboard.as_object_mut() {
        for key in BOOKKEEPING {
            fields.shift_remove(key);
        }
    }
    if answers.is_empty() {
        return dashboard;
    }
    let mut filled = filled("", &dashboard, answers, reference);
    if filled.get("elements").is_some() {
        exported::choose(&mut filled, &|label| match answers.get(label)? {
            Answer::DataSource(source) => Some(source.uid.as_str()),
            Answer::Constant(text) => Some(text.as_str()),
        });
    }
    filled
}

/// The library panels that a shared dashboard brings along, resolved: a map by uid, or a list in older files.
pub fn elements(dashboard: &Value, answers: &Answers, reference: Reference) -> Vec<Value> {
    let found: Vec<&Value> = match dashboard.get("__elements") {
        Some(Value::Object(by_uid)) => by_uid.values().collect(),
        Some(Value::Array(list)) => list.iter().collect(),
        _ => Vec::new(),
    };
    found
        .into_iter()
        .map(|element| filled("", element, answers, reference))
        .collect()
}

fn filled(key: &str, value: &Value, answers: &Answers, reference: Reference) -> Value {
    match value {
        Value::String(text) => match whole(text, answers) {
            Some(source) if key == "datasource" => refer(source, reference),
            _ => Value::String(replace(text, |name| plain(answers.get(name)?, reference)).into_owned()),
        },
        Value::Array(items) => Value::Array(items.iter().map(|item| filled("", item, answers, reference)).collect()),
        Value::Object(fields) => {
            if key == "datasource"
                && let Some(Value::String(uid)) = fields.get("uid")
                && let Some(source) = whole(uid, answers)
                && reference == Reference::Name
            {
                return refer(source, reference);
            }
            let filled = |(key, value): (&String, &Value)| (key.clone(), filled(key, value, answers, reference));
            Value::Object(fields.iter().map(filled).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

/// The data source that the whole of `text` is a placeholder of.
fn whole<'a>(text: &str, answers: &'a Answers) -> Option<&'a Candidate> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    match answers.get(name)? {
        Answer::DataSource(candidate) => Some(candidate),
        Answer::Constant(_) => None,
    }
}

fn refer(source: &Candidate, reference: Reference) -> Value {
    match reference {
        Reference::Name => json!(source.name),
        Reference::Object => json!({"type": source.plugin, "uid": source.uid}),
    }
}

/// An answer inside of a text: what Grafana's own import form sends as the value of a data source input.
fn plain(answer: &Answer, reference: Reference) -> Option<String> {
    Some(match (answer, reference) {
        (Answer::Constant(text), _) => text.clone(),
        (Answer::DataSource(source), Reference::Name) => source.name.clone(),
        (Answer::DataSource(source), Reference::Object) => source.uid.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_of_a_data_source_that_every_grafana_has_is_answered_with_it() {
        for (plugin, label, name) in [
            ("mixed", "-- Mixed --", "-- Mixed --"),
            ("grafana", "Grafana", "-- Grafana --"),
            ("dashboard", "x", "-- Dashboard --"),
            ("datasource", "-- Grafana --", "-- Grafana --"),
        ] {
            let dashboard = json!({"__inputs": [{"name": "DS_X", "label": label, "type": "datasource", "pluginId": plugin}],
                "panels": [{"datasource": "${DS_X}"}]});
            let answers = answer(&declared(&dashboard), &GivenAnswers::default(), &[]).unwrap();
            let resolved = resolve(dashboard, &answers, Reference::Object);
            assert_eq!(resolved["panels"][0]["datasource"], name);
        }
    }

    fn shared() -> Value {
        json!({
            "__inputs": [
                {"name": "DS_PROM-A", "label": "Prometheus", "type": "datasource", "pluginId": "prometheus"},
                {"name": "VAR_ENV", "type": "constant", "label": "env", "value": "prod"},
                {"name": "DS_EXPRESSION", "type": "datasource", "pluginId": "__expr__"},
                {"name": "DS_UNUSED", "type": "datasource", "pluginId": "loki"}
            ],
            "__requires": [], "__elements": {},
            "title": "In ${VAR_ENV}",
            "${VAR_ENV}": "a key is no value",
            "panels": [
                {"datasource": "${DS_PROM-A}", "targets": [{"expr": "up{env=\"${VAR_ENV}\", x=\"$VAR_ENV\", y=\"${other}\"}"}]},
                {"datasource": {"type": "prometheus", "uid": "${DS_PROM-A}"}, "targets": []},
                {"datasource": "$datasource"},
                {"datasource": "${DS_EXPRESSION}"}
            ]
        })
    }

    fn candidate(name: &str, plugin: &str, is_default: bool) -> Candidate {
        Candidate {
            name: name.into(),
            uid: format!("uid-{name}"),
            plugin: plugin.into(),
            is_default,
        }
    }

    #[test]
    fn the_only_data_source_of_a_type_and_the_authors_constants_answer() {
        let answers = answer(
            &declared(&shared()),
            &GivenAnswers::default(),
            &[candidate("Main", "prometheus", false)],
        )
        .unwrap();
        let resolved = resolve(shared(), &answers, Reference::Object);
        assert_eq!(
            resolved,
            json!({
                "title": "In prod",
                "${VAR_ENV}": "a key is no value",
                "panels": [
                    {"datasource": {"type": "prometheus", "uid": "uid-Main"},
                     "targets": [{"expr": "up{env=\"prod\", x=\"$VAR_ENV\", y=\"${other}\"}"}]},
                    {"datasource": {"type": "prometheus", "uid": "uid-Main"}, "targets": []},
                    {"datasource": "$datasource"},
                    {"datasource": "__expr__"}
                ]
            })
        );
    }

    #[test]
    fn an_old_server_gets_names() {
        let answers = answer(
            &declared(&shared()),
            &GivenAnswers::default(),
            &[candidate("Main", "prometheus", false)],
        )
        .unwrap();
        let resolved = resolve(shared(), &answers, Reference::Name);
        assert_eq!(resolved["panels"][0]["datasource"], "Main");
        assert_eq!(resolved["panels"][1]["datasource"], "Main");
    }

    #[test]
    fn the_default_decides_between_several_and_a_wish_over_all() {
        let all = [candidate("A", "prometheus", false), candidate("B", "prometheus", true)];
        let inputs = declared(&shared());
        let chosen = |wishes: &GivenAnswers| match &answer(&inputs, wishes, &all).unwrap()["DS_PROM-A"] {
            Answer::DataSource(source) => source.name.clone(),
            Answer::Constant(_) => unreachable!(),
        };
        assert_eq!(chosen(&GivenAnswers::default()), "B");
        let wishes = GivenAnswers {
            data_sources: vec!["uid-A".into()],
            ..GivenAnswers::default()
        };
        assert_eq!(chosen(&wishes), "A");
        let wishes = GivenAnswers {
            by_input: BTreeMap::from([("DS_PROM-A".into(), "A".into())]),
            ..GivenAnswers::default()
        };
        assert_eq!(chosen(&wishes), "A");
    }

    #[test]
    fn what_stays_open_says_why_and_lists_the_candidates() {
        let message = |candidates: &[Candidate], wishes: &GivenAnswers| {
            let open = answer(&declared(&shared()), wishes, candidates).unwrap_err();
            open.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(
            message(
                &[candidate("A", "prometheus", false), candidate("B", "prometheus", false)],
                &GivenAnswers::default()
            ),
            "input DS_PROM-A (a data source of type prometheus): several fit: A, B"
        );
        assert_eq!(
            message(&[candidate("L", "loki", true)], &GivenAnswers::default()),
            "input DS_PROM-A (a data source of type prometheus): the target has none of this type; it has L (loki)"
        );
        let wishes = GivenAnswers {
            by_input: BTreeMap::from([("DS_PROM-A".into(), "L".into())]),
            ..GivenAnswers::default()
        };
        assert_eq!(
            message(&[candidate("L", "loki", true)], &wishes),
            "input DS_PROM-A (a data source of type prometheus): \"L\" is no data source of the target"
        );
    }

    #[test]
    fn an_input_that_nothing_refers_to_needs_no_answer() {
        let inputs = declared(&shared());
        assert!(!inputs.iter().find(|input| input.name == "DS_UNUSED").unwrap().used);
    }

    #[test]
    fn elements_are_found_as_map_and_as_list() {
        let answers = Answers::new();
        let map = json!({"__elements": {"x": {"uid": "x"}}});
        let list = json!({"__elements": [{"uid": "x"}]});
        assert_eq!(
            elements(&map, &answers, Reference::Object),
            elements(&list, &answers, Reference::Object)
        );
    }
}

//! What are a dashboard's variables, and which values do they have when it is opened?
//!
//! As `@grafana/scenes` (`MultiValueVariable.validateAndUpdate`) and, before it,
//! `public/app/features/variables/query/reducer.ts` choose: what was saved as current stays where it is still offered, else
//! "All" where there is one, else the first.

use std::collections::BTreeSet;

use fancy_regex::Regex;
use serde_json::Value;

use super::formats::Shown;
use super::texts::{self, Scope};
use super::variable_query::{query_text, text};
use super::window::{self, Window};

/// The value that means all.
const ALL: &str = "$__all";

/// A variable as the dashboard defines it.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// What its values come from.
    pub kind: Kind,
    /// Its data source, as the dashboard refers to it.
    pub data_source: Value,
    definition: Value,
}

/// Where values come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A query, in the words of the editor before 9.
    Query(String),
    /// The data sources of a plugin.
    DataSource(String),
    /// The definition itself.
    Fixed,
    /// Filters that are added to queries, and other things without values.
    Other,
}

/// The variables of a dashboard, in its order.
pub fn read(dashboard: &Value) -> Vec<Variable> {
    let list = dashboard.pointer("/templating/list").and_then(Value::as_array);
    let one = |definition: &Value| {
        let name = text(definition, "name");
        let kind = match text(definition, "type").as_str() {
            "query" => Kind::Query(query_text(definition)),
            "datasource" => Kind::DataSource(text(definition, "query")),
            "custom" | "constant" | "textbox" | "interval" | "switch" => Kind::Fixed,
            _ => Kind::Other,
        };
        Variable {
            name,
            kind,
            data_source: definition.get("datasource").cloned().unwrap_or_default(),
            definition: definition.clone(),
        }
    };
    list.into_iter()
        .flatten()
        .map(one)
        .filter(|variable| !variable.name.is_empty())
        .collect()
}

/// The order in which variables get their values: each after those that it names. Those that name themselves, directly or
/// through others, are in the second list.
pub fn order(variables: &[Variable]) -> (Vec<usize>, Vec<usize>) {
    let needs: Vec<BTreeSet<usize>> = variables
        .iter()
        .map(|variable| {
            let named = variable.names();
            let of_name = |name: &String| variables.iter().position(|other| other.name == *name);
            named.iter().filter_map(of_name).collect()
        })
        .collect();
    let (mut done, mut ordered) = (BTreeSet::new(), Vec::new());
    loop {
        let ready = |at: &usize| !done.contains(at) && needs[*at].is_subset(&done);
        let Some(next) = (0..variables.len()).find(ready) else {
            break;
        };
        done.insert(next);
        ordered.push(next);
    }
    let left = (0..variables.len()).filter(|at| !done.contains(at)).collect();
    (ordered, left)
}

impl Variable {
    /// The names of the variables that it needs.
    fn names(&self) -> Vec<String> {
        let data_source = match &self.data_source {
            Value::String(name) => name.clone(),
            other => text(other, "uid"),
        };
        let query = match &self.kind {
            Kind::Query(query) => query.clone(),
            _ => text(&self.definition, "query"),
        };
        let texts = [query, text(&self.definition, "regex"), data_source];
        texts
            .iter()
            .flat_map(|text| texts::names(text))
            .map(str::to_owned)
            .collect()
    }

    /// The same with another value that was chosen last.
    #[must_use]
    pub fn with_current(mut self, value: &str) -> Self {
        self.definition["current"] = serde_json::json!({"value": value});
        self
    }

    /// The value that was chosen last, where it was one.
    pub fn last(&self) -> Option<String> {
        self.current().into_iter().next()
    }

    /// Whether several values may be chosen.
    pub fn is_multi(&self) -> bool {
        flag(&self.definition, "multi")
    }

    fn include_all(&self) -> bool {
        flag(&self.definition, "includeAll")
    }

    /// The values to choose from, of what its query or its data sources gave: filtered, without doubles, sorted.
    pub fn options(&self, found: Vec<String>, scope: &Scope) -> Vec<String> {
        let pattern = texts::expand_raw(&text(&self.definition, "regex"), scope);
        let mut options = match javascript_regex(&pattern) {
            Some((regex, all)) => found.iter().flat_map(|value| matches(&regex, all, value)).collect(),
            None => found,
        };
        let mut seen = BTreeSet::new();
        options.retain(|value| seen.insert(value.clone()));
        sort(
            &mut options,
            self.definition.get("sort").and_then(Value::as_u64).unwrap_or(0),
        );
        options
    }

    /// The values that the definition itself lists.
    pub fn fixed(&self) -> Vec<String> {
        let query = text(&self.definition, "query");
        match text(&self.definition, "type").as_str() {
            "custom" | "interval" => listed(&query),
            "textbox" | "switch" => vec![self.current().into_iter().next().unwrap_or(query)],
            _ => vec![query],
        }
    }

    fn current(&self) -> Vec<String> {
        match self.definition.pointer("/current/value") {
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(value)) => vec![value.clone()],
            Some(Value::Number(value)) => vec![value.to_string()],
            _ => Vec::new(),
        }
    }

    /// Gives it the value that it has when the dashboard is opened. Says whether it has one at all.
    pub fn choose(&self, options: &[String], window: Window, scope: &mut Scope) -> bool {
        let current = self.current();
        let known: Vec<String> = current
            .iter()
            .filter(|value| options.contains(value))
            .cloned()
            .collect();
        let all = current
            .iter()
            .any(|value| value == ALL || (value == "All" && !options.contains(value)));
        let shown = if self.include_all() && (all || known.is_empty()) {
            self.all(options, scope)
        } else if text(&self.definition, "type") == "interval" {
            let value = current.first().filter(|value| !value.is_empty()).or(options.first());
            Shown::Plain(self.interval(value.map(String::as_str).unwrap_or_default(), window))
        } else if self.is_multi() {
            let values = if known.is_empty() {
                options.iter().take(1).cloned().collect()
            } else {
                known
            };
            Shown::Many {
                texts: values.clone(),
                values,
            }
        } else {
            let value = known.first().or(options.first()).cloned().unwrap_or_default();
            Shown::One {
                text: value.clone(),
                value,
                several: self.include_all(),
            }
        };
        scope.insert(&self.name, shown);
        !options.is_empty()
    }

    fn all(&self, options: &[String], scope: &Scope) -> Shown {
        let custom = text(&self.definition, "allValue");
        match custom.is_empty() {
            // A custom "all" may name variables, and is written as it is (`CustomAllValue` in `@grafana/scenes`).
            false => Shown::Plain(texts::expand(&custom, scope)),
            true => Shown::Many {
                values: options.to_vec(),
                texts: vec!["All".into()],
            },
        }
    }

    /// `auto` is a part of the time range, but no less than the definition says.
    fn interval(&self, value: &str, window: Window) -> String {
        if value != "auto" && !value.starts_with("$__auto") {
            return value.to_owned();
        }
        let count = self
            .definition
            .get("auto_count")
            .and_then(Value::as_f64)
            .unwrap_or(30.0);
        let least = window::seconds(&text(&self.definition, "auto_min")).unwrap_or(10.0);
        window::duration(window::rounded_seconds(window.length() / count.max(1.0)).max(least))
    }
}

fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// `a, b : c, d\,e`: values, or texts with values.
fn listed(query: &str) -> Vec<String> {
    let separated = query.replace("\\,", "\u{0}");
    let values = separated.split(',').map(|part| part.replace('\u{0}', ","));
    let value = |part: String| match part.split_once(" : ") {
        Some((_, value)) => value.trim().to_owned(),
        None => part.trim().to_owned(),
    };
    values.map(value).filter(|value| !value.is_empty()).collect()
}

/// `/expression/flags`, or a bare one that must match the whole (`stringToJsRegex` in `@grafana/data`). Says also whether
/// every match counts.
fn javascript_regex(pattern: &str) -> Option<(Regex, bool)> {
    if pattern.is_empty() {
        return None;
    }
    let (body, flags) = match pattern.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')) {
        Some((body, flags)) => (body.to_owned(), flags),
        None => (format!("^{pattern}$"), ""),
    };
    let inline: String = flags.chars().filter(|flag| "ims".contains(*flag)).collect();
    let body = if inline.is_empty() {
        body
    } else {
        format!("(?{inline}){body}")
    };
    let body = body
        .replace("(?<", "(?P<")
        .replace("(?P<=", "(?<=")
        .replace("(?P<!", "(?<!")
        .replace("\\/", "/");
    Regex::new(&body).ok().map(|regex| (regex, flags.contains('g')))
}

/// What a value becomes: itself, or what the expression captures of it (`metricNamesToVariableValues`).
fn matches(regex: &Regex, all: bool, value: &str) -> Vec<String> {
    let found = regex.captures_iter(value).filter_map(Result::ok);
    let found: Vec<_> = found.take(if all { usize::MAX } else { 1 }).collect();
    let Some(first) = found.first() else {
        return Vec::new();
    };
    let named = |name: &str| first.name(name).map(|found| found.as_str().to_owned());
    if let Some(value) = named("value").or_else(|| named("text")) {
        return vec![value];
    }
    let captured = found
        .iter()
        .filter_map(|found| found.get(1))
        .map(|found| found.as_str().to_owned());
    match first.len() > 1 {
        true => captured.collect(),
        false => vec![value.to_owned()],
    }
}

/// Alphabetical, by number, or without regard to case; each up and down (`sortVariableValues`).
fn sort(options: &mut [String], how: u64) {
    let number = |text: &String| {
        let digits: String = text
            .chars()
            .skip_while(|c| !c.is_ascii_digit())
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse::<u64>().map_or(-1, i128::from)
    };
    match how {
        1 | 2 => options.sort(),
        3 | 4 => options.sort_by_key(number),
        5..=8 => options.sort_by_key(|text| text.to_lowercase()),
        _ => {}
    }
    if matches!(how, 2 | 4 | 6 | 8) {
        options.reverse();
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;

    pub(in crate::verify) fn variable(definition: Value) -> Variable {
        read(&json!({"templating": {"list": [definition]}})).remove(0)
    }

    fn chosen(definition: Value, options: &[&str]) -> String {
        let options: Vec<String> = options.iter().map(|value| (*value).to_owned()).collect();
        let mut scope = Scope::default();
        let window = Window {
            from: 0.0,
            to: 21_600.0,
        };
        let variable = variable(definition);
        variable.choose(&options, window, &mut scope);
        super::super::expand("$v", &scope)
    }

    #[test]
    fn the_value_is_the_one_that_grafana_chooses() {
        let base = json!({"name": "v", "type": "query"});
        let with = |more: Value| {
            let mut definition = base.clone();
            json_merge(&mut definition, more);
            definition
        };
        let options = ["a.1", "b"];
        assert_eq!(chosen(with(json!({})), &options), "a.1");
        assert_eq!(chosen(with(json!({"current": {"value": "b"}})), &options), "b");
        assert_eq!(chosen(with(json!({"current": {"value": "gone"}})), &options), "a.1");
        assert_eq!(chosen(with(json!({"includeAll": true})), &options), "(a\\\\.1|b)");
        assert_eq!(
            chosen(with(json!({"includeAll": true, "current": {"value": "b"}})), &options),
            "b"
        );
        assert_eq!(
            chosen(with(json!({"includeAll": true, "allValue": ".*"})), &options),
            ".*"
        );
        assert_eq!(
            chosen(
                with(json!({"multi": true, "current": {"value": ["a.1", "b"]}})),
                &options
            ),
            "(a\\\\.1|b)"
        );
        assert_eq!(chosen(with(json!({"multi": true})), &options), "a\\\\.1");
        assert_eq!(chosen(with(json!({"includeAll": true})), &[]), "()");
        let auto = json!({"type": "interval", "auto_count": 10, "current": {"value": "$__auto_interval_v"}});
        assert_eq!(chosen(with(auto), &["1m"]), "30m");
    }

    fn json_merge(into: &mut Value, more: Value) {
        for (key, value) in more.as_object().cloned().unwrap() {
            into[key] = value;
        }
    }

    #[test]
    fn values_are_filtered_and_sorted() {
        let options = |definition: Value, found: &[&str]| {
            let found = found.iter().map(|value| (*value).to_owned()).collect();
            variable(definition).options(found, &Scope::default())
        };
        let found = [
            "node{name=\"b\"} 1",
            "node{name=\"a\"} 2",
            "other",
            "node{name=\"a\"} 3",
        ];
        let regex = json!({"name": "v", "type": "query", "sort": 1, "regex": "/name=\"([^\"]+)\"/"});
        assert_eq!(options(regex, &found), ["a", "b"]);
        let named = json!({"name": "v", "type": "query", "regex": "/name=\"(?<value>[^\"]+)/"});
        assert_eq!(options(named, &found), ["b", "a"]);
        let bare = json!({"name": "v", "type": "query", "regex": "oth.*"});
        assert_eq!(options(bare, &found), ["other"]);
        let without = json!({"name": "v", "type": "query", "regex": "/^(?!node)/"});
        assert_eq!(options(without, &found), ["other"]);
        let numbers = json!({"name": "v", "type": "query", "sort": 4});
        assert_eq!(options(numbers, &["n2", "n10", "n1"]), ["n10", "n2", "n1"]);
        assert_eq!(
            variable(json!({"name": "v", "type": "custom", "query": "a, B : b,c\\,d"})).fixed(),
            ["a", "b", "c,d"]
        );
    }

    #[test]
    fn variables_wait_for_those_that_they_name_and_loops_are_told() {
        let list = json!({"templating": {"list": [
            {"name": "pod", "type": "query", "query": "label_values(x{ns=\"$ns\"}, pod)"},
            {"name": "ns", "type": "query", "query": "label_values(ns)", "datasource": {"uid": "${ds}"}},
            {"name": "ds", "type": "datasource", "query": "prometheus"},
            {"name": "a", "type": "query", "query": "label_values(x{b=\"$b\"}, c)"},
            {"name": "b", "type": "query", "query": "label_values(x{a=\"[[a]]\"}, c)"}]}});
        let variables = read(&list);
        assert_eq!(order(&variables), (vec![2, 1, 0], vec![3, 4]));
    }
}

//! How does a query ask for the same in today's words?

use std::collections::{BTreeMap, BTreeSet};

use promql_parser::label::Matcher;
use serde::{Deserialize, Serialize};

use super::metrics::{Labels, Metrics};
use super::presence::fits;
use super::queries::Place;
use super::renames::{NewMetric, Rename, Renames};
use super::texts;
use super::variable_query::VariableQuery;
use crate::promql::{Edit, Matching, Query, apply};

/// A query that was rewritten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewrite {
    /// The query as it was.
    pub from: String,
    /// The query as it is.
    pub to: String,
    /// What was renamed, and by which rules.
    pub by: Vec<Rewritten>,
}

/// One thing that was renamed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rewritten {
    /// The rule.
    pub rule: String,
    /// Since when the old name is gone.
    pub since: String,
    /// The old name.
    pub old: String,
    /// The new one.
    pub new: String,
}

impl Rewrite {
    /// The labels that were renamed.
    pub(super) fn labels(&self) -> BTreeMap<&str, &str> {
        let is_label = |one: &&Rewritten| !one.old.contains(['"', '{']) && !one.new.contains(['"', '{']);
        let labels = self.by.iter().filter(is_label);
        labels.map(|one| (one.old.as_str(), one.new.as_str())).collect()
    }
}

impl Renames {
    /// The metrics whose series must be known to rewrite a query: its own that a rule may concern, and what they are called
    /// now.
    pub fn concerned(&self, text: &str, place: Place) -> BTreeSet<String> {
        let Some((query, _)) = read(text, place) else {
            return BTreeSet::new();
        };
        let mut concerned = BTreeSet::new();
        for selector in &query.selectors {
            let Some(metric) = &selector.metric else { continue };
            let new = self.iter().find_map(|rule| rule.metric(metric)).map(|new| new.name);
            let labels = query.labels_of_all();
            let touched = |rule: &Rename| {
                [metric.as_str(), new.as_deref().unwrap_or_default()]
                    .iter()
                    .any(|name| rule.is_on(name))
                    && (labels.iter().any(|label| rule.labels.contains_key(*label))
                        || selector
                            .matchings
                            .iter()
                            .any(|one| rule.matchers.contains_key(&written(one))))
            };
            if new.is_some() || self.iter().any(touched) {
                concerned.extend([metric.clone()]);
                concerned.extend(new);
            }
        }
        concerned
    }

    /// The query in today's words; nothing where no rule applies. Only names that these metrics don't have are replaced, and
    /// only by such as they have.
    pub fn rewrite(&self, text: &str, place: Place, metrics: &Metrics) -> Option<Rewrite> {
        let (query, label) = read(text, place)?;
        let mut work = Work {
            renames: self,
            metrics,
            query: &query,
            text,
            edits: Vec::new(),
            by: BTreeSet::new(),
        };
        let names: Vec<Option<String>> = (0..query.selectors.len()).map(|at| work.selector(at)).collect();
        work.lists(&names);
        if let Some((label, at)) = label {
            work.list_label(&label, at, 0..names.len(), &names);
        }
        let to = apply(text, work.edits);
        (to != text).then(|| Rewrite {
            from: text.to_owned(),
            to,
            by: work.by.into_iter().collect(),
        })
    }
}

/// A label at the end of a variable's query, and where it stands.
type LastLabel = Option<(String, std::ops::Range<usize>)>;

/// The query of a text, with places in the whole text.
fn read(text: &str, place: Place) -> Option<(Query, LastLabel)> {
    let holes = texts::holes(text);
    if place != Place::Variable {
        return Query::read(text, &holes).ok().map(|query| (query, None));
    }
    let (inside, label) = match VariableQuery::read(text) {
        VariableQuery::Result(query) => (text.find(&query)?..text.find(&query)? + query.len(), None),
        VariableQuery::Series(_) => (0..text.len(), None),
        VariableQuery::LabelValues { label, selector } => {
            let at = text.rfind(&label)?;
            let end = at + label.len();
            let selector =
                selector.and_then(|selector| Some(text.find(&selector)?..text.find(&selector)? + selector.len()));
            (selector.unwrap_or(0..0), Some((label, at..end)))
        }
        VariableQuery::LabelNames(_) | VariableQuery::MetricNames(_) => return None,
    };
    if inside.is_empty() {
        // `label_values(node)` asks about no metric.
        let none = Query::read("0", &[]).ok()?;
        return Some((none, label));
    }
    // What stands around the query must not be read, and must not move what is.
    let blank: String = text
        .bytes()
        .enumerate()
        .map(|(at, byte)| if inside.contains(&at) { char::from(byte) } else { ' ' })
        .collect();
    let holes: Vec<_> = holes
        .into_iter()
        .filter(|hole| inside.start <= hole.start && hole.end <= inside.end)
        .collect();
    let masked = if text.is_ascii() { blank } else { return None };
    Query::read(&masked, &holes).ok().map(|query| (query, label))
}

impl Query {
    /// The labels that it names anywhere.
    fn labels_of_all(&self) -> BTreeSet<&str> {
        let of_selectors = self
            .selectors
            .iter()
            .flat_map(|one| &one.matchings)
            .map(|one| one.label.as_str());
        let of_lists = self
            .lists
            .iter()
            .flat_map(|list| &list.labels)
            .map(|(label, _)| label.as_str());
        let of_texts = self.texts.iter().map(|text| text.label.as_str());
        of_selectors.chain(of_lists).chain(of_texts).collect()
    }
}

/// A matcher as rules write it.
fn written(one: &Matching) -> String {
    format!("{}{}\"{}\"", one.label, one.operator, one.value)
}

struct Work<'a> {
    renames: &'a Renames,
    metrics: &'a Metrics,
    query: &'a Query,
    text: &'a str,
    edits: Vec<Edit>,
    by: BTreeSet<Rewritten>,
}

impl<'a> Work<'a> {
    /// Rewrites a selector; gives the metric that it is of afterwards.
    fn selector(&mut self, at: usize) -> Option<String> {
        let query = self.query;
        let selector = &query.selectors[at];
        let old = selector.metric.as_ref()?;
        let mut metric = old.clone();
        if let (false, Some((rule, new))) = (self.metrics.has(old), self.new_metric(old)) {
            let place = selector.name_at.clone()?;
            self.edits.push(Edit::new(place, new.name.clone()));
            let present = |label: &str| selector.matchings.iter().any(|one| one.label == label);
            let more: Vec<&str> = new
                .matchers
                .iter()
                .filter(|(label, _)| !present(label))
                .map(|(_, text)| text.as_str())
                .collect();
            self.add_matchers(at, &more.join(","));
            let shown = match more.is_empty() {
                true => new.name.clone(),
                false => format!("{}{{{}}}", new.name, more.join(",")),
            };
            self.note(rule, old, &shown);
            metric = new.name;
        }
        for one in &selector.matchings {
            self.matching(at, one, &metric);
        }
        Some(metric)
    }

    fn new_metric(&self, old: &str) -> Option<(&'a Rename, NewMetric)> {
        self.renames.iter().find_map(|rule| {
            let new = rule.metric(old)?;
            let fits_all = |labels: &Labels| {
                let matchers = new.matchers.iter().filter_map(|(_, text)| matcher(text));
                matchers.into_iter().all(|one| fits(&one, labels))
            };
            let there = match self.metrics.series(&new.name) {
                Some(series) => series.iter().any(fits_all),
                None => self.metrics.has(&new.name),
            };
            there.then_some((rule, new))
        })
    }

    fn add_matchers(&mut self, at: usize, more: &str) {
        let selector = &self.query.selectors[at];
        if more.is_empty() {
            return;
        }
        let edit = match &selector.inside {
            Some(inside) if selector.matchings.is_empty() => Edit::new(inside.start..inside.start, more),
            Some(inside) => Edit::new(inside.start..inside.start, format!("{more},")),
            None => Edit::new(selector.at.end..selector.at.end, format!("{{{more}}}")),
        };
        self.edits.push(edit);
    }

    fn matching(&mut self, at: usize, one: &Matching, metric: &str) {
        for rule in self.renames.iter().filter(|rule| rule.is_on(metric)) {
            if let Some(new) = rule.matchers.get(&written(one))
                && self.has_only(metric, one, new)
            {
                let edit = match self.stands_already(at, new) {
                    false => Edit::new(one.at.clone(), new.clone()),
                    true => Edit::new(self.with_comma(one), ""),
                };
                self.edits.push(edit);
                return self.note(rule, &written(one), new);
            }
        }
        if let Some((rule, new)) = self.new_label(metric, &one.label) {
            self.edits.push(Edit::new(one.label_at.clone(), new));
            self.note(rule, &one.label, new);
        }
    }

    /// Whether a selector has this matcher, as it was or by an edit.
    fn stands_already(&self, at: usize, new: &str) -> bool {
        let selector = &self.query.selectors[at];
        let inside = |edit: &Edit| selector.at.start <= edit.at.0 && edit.at.1 <= selector.at.end && edit.text == new;
        selector.matchings.iter().any(|one| written(one) == new) || self.edits.iter().any(inside)
    }

    /// A matcher with the comma and the space before or after it.
    fn with_comma(&self, one: &Matching) -> std::ops::Range<usize> {
        let (before, after) = (&self.text[..one.at.start], &self.text[one.at.end..]);
        let left = before.trim_end();
        if let Some(kept) = left.strip_suffix(',') {
            return kept.len()..one.at.end;
        }
        let right = after.trim_start();
        match right.strip_prefix(',') {
            Some(rest) => one.at.start..self.text.len() - rest.trim_start().len(),
            None => one.at.clone(),
        }
    }

    /// Whether a metric has series that the new matcher fits, and nothing of what the old one is about: no series that it
    /// fits, or not even its label.
    fn has_only(&self, metric: &str, old: &Matching, new: &str) -> bool {
        let Some(series) = self.metrics.series(metric) else {
            return false;
        };
        let any = |text: &str| matcher(text).is_some_and(|one| series.iter().any(|labels| fits(&one, labels)));
        let label_is_gone = !series.iter().any(|labels| labels.contains_key(&old.label));
        any(new) && (label_is_gone || !any(&written(old)))
    }

    /// What this metric's label is called now, where it doesn't have the old one.
    fn new_label(&self, metric: &str, old: &str) -> Option<(&'a Rename, &'a str)> {
        let labels = self.metrics.labels(metric)?;
        if labels.contains_key(old) {
            return None;
        }
        self.renames.iter().filter(|rule| rule.is_on(metric)).find_map(|rule| {
            let new = rule.labels.get(old)?;
            labels.contains_key(new.as_str()).then_some((rule, new.as_str()))
        })
    }

    fn lists(&mut self, names: &[Option<String>]) {
        let query = self.query;
        for list in &query.lists {
            let has = |label: &str| list.labels.iter().any(|(other, _)| other == label);
            for (label, at) in &list.labels {
                let twice = self
                    .label_over(label, &list.over, names)
                    .is_some_and(|(_, new)| has(&new));
                if !twice {
                    self.list_label(label, at.clone(), list.over.clone(), names);
                }
            }
        }
        for text in query.texts.iter().filter(|text| !text.made) {
            self.list_label(&text.label, text.at.clone(), text.over.clone(), names);
        }
    }

    fn list_label(
        &mut self,
        label: &str,
        at: std::ops::Range<usize>,
        over: std::ops::Range<usize>,
        names: &[Option<String>],
    ) {
        if let Some((rule, new)) = self.label_over(label, &over, names) {
            self.edits.push(Edit::new(at, new.clone()));
            self.note(rule, label, &new);
        }
    }

    /// What a label of these selectors' series is called now: nothing where one of them has the old one, or a function
    /// makes it.
    fn label_over(
        &self,
        label: &str,
        over: &std::ops::Range<usize>,
        names: &[Option<String>],
    ) -> Option<(&'a Rename, String)> {
        if self.query.texts.iter().any(|text| text.made && text.label == label) {
            return None;
        }
        if over.is_empty() {
            return self.label_of_all(label);
        }
        // A label that comes from elsewhere in the query is not the renamed one, and of a metric that isn't there nobody
        // knows.
        let may_have = |metric: &&String| {
            let labels = self.metrics.labels(metric);
            labels.is_none_or(|labels| labels.is_empty() || labels.contains_key(label))
        };
        if names.iter().flatten().any(|metric| may_have(&metric)) {
            return None;
        }
        let metrics: Vec<&String> = names[over.clone()].iter().flatten().collect();
        let new = metrics.iter().find_map(|metric| self.new_label(metric, label));
        new.map(|(rule, new)| (rule, new.to_owned()))
    }

    /// What a label is called now that no metric has.
    fn label_of_all(&self, label: &str) -> Option<(&'a Rename, String)> {
        let known = self.metrics.label_names();
        if known.is_empty() || known.contains(label) {
            return None;
        }
        self.renames.iter().find_map(|rule| {
            let new = rule.labels.get(label)?;
            known.contains(new).then(|| (rule, new.clone()))
        })
    }

    fn note(&mut self, rule: &Rename, old: &str, new: &str) {
        self.by.insert(Rewritten {
            rule: rule.name.clone(),
            since: rule.since.clone(),
            old: old.to_owned(),
            new: new.to_owned(),
        });
    }
}

fn matcher(text: &str) -> Option<Matcher> {
    let query = Query::read(&format!("x{{{text}}}"), &[]).ok()?;
    query.selectors.first()?.matchers.matchers.first().cloned()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::verify) fn metrics() -> Metrics {
        Metrics::read(
            "container_cpu_usage_seconds_total{pod=\"p\",container=\"c\",namespace=\"n\",image=\"i\",name=\"0a1b\"} 1\n\
             container_network_receive_bytes_total{pod=\"p\",namespace=\"n\"} 1\n\
             kube_pod_container_resource_requests{resource=\"cpu\",node=\"n1\"} 1\n\
             kube_pod_container_resource_requests{resource=\"memory\",node=\"n1\"} 1\n\
             kube_node_status_capacity{resource=\"cpu\"} 1\nkube_node_status_condition{condition=\"DiskPressure\"} 1\n\
             node_memory_MemFree_bytes{node=\"n1\"} 1\nnode_memory_MemTotal_bytes{node=\"n1\"} 1\n\
             kube_pod_info{pod=\"p\",namespace=\"n\"} 1\n",
        )
        .unwrap()
    }

    fn rewritten(text: &str, place: Place) -> String {
        let found = Renames::with(&[]).rewrite(text, place, &metrics());
        found.map_or_else(|| "-".into(), |found| found.to)
    }

    #[test]
    fn queries_are_rewritten_and_what_isnt_touched_stays() {
        for (text, expected) in [
            (
                "# top\nsum( rate (container_cpu_usage_seconds_total{image!=\"\",name=~\"^k8s_.*\", pod_name=~\"$pod\"}[5m]) )  by (pod_name)",
                "# top\nsum( rate (container_cpu_usage_seconds_total{image!=\"\",container!=\"\", pod=~\"$pod\"}[5m]) )  by (pod)",
            ),
            (
                "sum(kube_pod_container_resource_requests_cpu_cores{node=~\"$node\"}) / sum(kube_node_status_capacity_cpu_cores)",
                "sum(kube_pod_container_resource_requests{resource=\"cpu\",node=~\"$node\"}) / sum(kube_node_status_capacity{resource=\"cpu\"})",
            ),
            (
                "1 - node_memory_MemFree{kubernetes_node=\"a\"} / node_memory_MemTotal",
                "1 - node_memory_MemFree_bytes{node=\"a\"} / node_memory_MemTotal_bytes",
            ),
            (
                "container_cpu_usage_seconds_total{name=~\"^k8s_.*\", container_name!=\"POD\"}",
                "container_cpu_usage_seconds_total{container!=\"\"}",
            ),
            (
                "sum(container_cpu_usage_seconds_total{container_name!=\"POD\"}) by (container_name)",
                "sum(container_cpu_usage_seconds_total{container!=\"\"}) by (container)",
            ),
            (
                "kube_node_status_condition{condition=\"OutOfDisk\"}",
                "kube_node_status_condition{condition=\"DiskPressure\"}",
            ),
            (
                "rate(container_network_receive_bytes_total{container_name=\"POD\"}[$__rate_interval])",
                "rate(container_network_receive_bytes_total{pod!=\"\"}[$__rate_interval])",
            ),
            (
                "sum by (pod_name) (label_replace(container_cpu_usage_seconds_total, \"pod_name\", \"$1\", \"pod\", \"(.*)\"))",
                "-",
            ),
            (
                "sum by (pod_name) (container_cpu_usage_seconds_total) * on(pod_name) group_left gone",
                "-",
            ),
            ("node_memory_Gone", "-"),
            ("up", "-"),
            ("sum(", "-"),
        ] {
            assert_eq!(rewritten(text, Place::Panel), expected, "{text}");
        }
    }

    #[test]
    fn variables_are_rewritten() {
        for (text, expected) in [
            (
                "label_values(kube_pod_labels{namespace=~\"$ns\"}, pod)",
                "label_values(kube_pod_info{namespace=~\"$ns\"}, pod)",
            ),
            (
                "label_values(container_cpu_usage_seconds_total, pod_name)",
                "label_values(container_cpu_usage_seconds_total, pod)",
            ),
            ("label_values(kubernetes_node)", "label_values(node)"),
            (
                "query_result(sum(node_memory_MemFree) by (kubernetes_node))",
                "query_result(sum(node_memory_MemFree_bytes) by (node))",
            ),
            ("label_values(pod)", "-"),
        ] {
            assert_eq!(rewritten(text, Place::Variable), expected, "{text}");
        }
    }
}

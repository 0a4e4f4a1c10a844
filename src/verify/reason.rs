//! Why does a query find nothing?

use std::collections::BTreeSet;
use std::fmt;

use promql_parser::label::{MatchOp, Matcher};
use promql_parser::parser::{BinaryExpr, Expr, VectorSelector, token};
use serde::Serialize;

use super::metrics::{Labels, Metrics, NAME};
use super::presence::{self, Found, find};

/// Why there is no data, as machines read it; [`fmt::Display`] says it for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Reason {
    /// There is no such metric.
    MetricUnknown {
        /// The metric.
        metric: String,
        /// What looks like it.
        like: Vec<String>,
    },
    /// There is no such metric, and its name is one of a recording rule.
    RecordingRuleMissing {
        /// The metric.
        metric: String,
    },
    /// The metric doesn't have the label.
    LabelUnknown {
        /// The metric.
        metric: String,
        /// The label.
        label: String,
        /// The labels that it has.
        labels: Vec<String>,
    },
    /// The label has no value that fits.
    ValueUnknown {
        /// The metric.
        metric: String,
        /// The label.
        label: String,
        /// The matcher.
        wanted: String,
        /// Values that it has, where all other matchers fit.
        values: Vec<String>,
    },
    /// Each matcher fits some series, and no series fits all.
    NoneTogether {
        /// The selector.
        selector: String,
    },
    /// Both sides of an operation have series, and no two belong together.
    NoPartner {
        /// The operation.
        operation: String,
        /// Labels of one of the left side.
        left: Vec<String>,
        /// Labels of one of the right side.
        right: Vec<String>,
    },
    /// Two samples are needed, and the range is shorter than the time between two scrapes.
    RangeTooShort {
        /// The range, in seconds.
        range: u64,
        /// The scrape interval, in seconds.
        interval: u64,
    },
    /// A variable has no values.
    VariableEmpty {
        /// The variable.
        variable: String,
    },
    /// Variables that wait for each other.
    VariableLoop {
        /// The variables.
        variables: Vec<String>,
    },
    /// A function that this Prometheus doesn't have yet.
    NeedsNewer {
        /// The function.
        function: String,
        /// The version that brought it.
        since: String,
        /// The version that there is.
        version: String,
    },
    /// No value passes a comparison, or the query tells of what isn't there, and it is.
    NothingToTell,
    /// The series are there, but have no samples in the time range.
    NoSamples,
    /// Prometheus refuses the query.
    Refused {
        /// What it says.
        said: String,
    },
    /// The data source can't be asked.
    Unreachable {
        /// What happened.
        said: String,
    },
    /// The dashboard refers to a data source that isn't there.
    NoDataSource {
        /// The name or uid.
        name: String,
    },
    /// Nothing that is known explains it.
    Unexplained,
}

/// So many values and labels are named.
const NAMED: usize = 8;

/// Why this tree finds nothing in these metrics; nothing where it should find something.
pub fn why(tree: &Expr, metrics: &Metrics) -> Option<Reason> {
    match find(tree, metrics) {
        Some(found) if !found.is_empty() => None,
        Some(_) => gap(tree, metrics),
        // The series of some metric were too many to look at: the selectors one by one.
        None => selectors(tree)
            .into_iter()
            .find_map(|selector| of_selector(selector, metrics)),
    }
}

fn is_empty(tree: &Expr, metrics: &Metrics) -> bool {
    find(tree, metrics).is_some_and(|found| found.is_empty())
}

fn gap(tree: &Expr, metrics: &Metrics) -> Option<Reason> {
    match tree {
        Expr::VectorSelector(selector) => of_selector(selector, metrics),
        Expr::MatrixSelector(selector) => of_selector(&selector.vs, metrics),
        Expr::Paren(inner) => gap(&inner.expr, metrics),
        Expr::Unary(inner) => gap(&inner.expr, metrics),
        Expr::Subquery(inner) => gap(&inner.expr, metrics),
        Expr::Aggregate(aggregate) => gap(&aggregate.expr, metrics),
        Expr::Call(call) if call.func.name.starts_with("absent") => Some(Reason::NothingToTell),
        Expr::Call(call) => {
            let empty = call.args.args.iter().find(|argument| is_empty(argument, metrics));
            match empty {
                Some(argument) => gap(argument, metrics),
                // A quantile of series that are no buckets.
                None => call
                    .args
                    .args
                    .iter()
                    .find_map(|argument| without_buckets(argument, metrics)),
            }
        }
        Expr::Binary(binary) => of_operation(binary, metrics),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => None,
    }
}

fn without_buckets(argument: &Expr, metrics: &Metrics) -> Option<Reason> {
    let Some(Found::Series(series)) = find(argument, metrics) else {
        return None;
    };
    let metric = selectors(argument)
        .first()
        .and_then(|selector| presence::metric_of(selector));
    Some(Reason::LabelUnknown {
        metric: metric.unwrap_or_default(),
        label: "le".into(),
        labels: labels_of(series.iter()),
    })
}

fn of_operation(binary: &BinaryExpr, metrics: &Metrics) -> Option<Reason> {
    let empty = [&binary.lhs, &binary.rhs].map(|side| is_empty(side, metrics));
    match (binary.op.id(), empty) {
        (token::T_LUNLESS, [false, _]) => Some(Reason::NothingToTell),
        (_, [true, _]) => gap(&binary.lhs, metrics),
        (_, [_, true]) => gap(&binary.rhs, metrics),
        _ => {
            let labels = |side: &Expr| match find(side, metrics) {
                Some(Found::Series(series)) => labels_of(series.iter().take(1)),
                _ => Vec::new(),
            };
            Some(Reason::NoPartner {
                operation: binary.op.to_string(),
                left: labels(&binary.lhs),
                right: labels(&binary.rhs),
            })
        }
    }
}

fn labels_of<'a>(series: impl Iterator<Item = &'a Labels>) -> Vec<String> {
    let labels: BTreeSet<&String> = series.flat_map(Labels::keys).filter(|label| *label != NAME).collect();
    labels.into_iter().cloned().collect()
}

/// The selectors of a tree.
pub(super) fn selectors(tree: &Expr) -> Vec<&VectorSelector> {
    match tree {
        Expr::VectorSelector(selector) => vec![selector],
        Expr::MatrixSelector(selector) => vec![&selector.vs],
        Expr::Paren(inner) => selectors(&inner.expr),
        Expr::Unary(inner) => selectors(&inner.expr),
        Expr::Subquery(inner) => selectors(&inner.expr),
        Expr::Aggregate(aggregate) => selectors(&aggregate.expr),
        Expr::Call(call) => call.args.args.iter().flat_map(|argument| selectors(argument)).collect(),
        Expr::Binary(binary) => [selectors(&binary.lhs), selectors(&binary.rhs)].concat(),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => Vec::new(),
    }
}

fn of_selector(selector: &VectorSelector, metrics: &Metrics) -> Option<Reason> {
    let together = || {
        Some(Reason::NoneTogether {
            selector: selector.to_string(),
        })
    };
    let Some(metric) = presence::metric_of(selector) else {
        return together();
    };
    if !metrics.has(&metric) {
        return Some(match metric.contains(':') {
            true => Reason::RecordingRuleMissing { metric },
            false => Reason::MetricUnknown {
                like: metrics.like(&metric),
                metric,
            },
        });
    }
    let matchers: Vec<&Matcher> = selector
        .matchers
        .matchers
        .iter()
        .filter(|one| one.name != NAME)
        .collect();
    let Some(series) = metrics.series(&metric) else {
        return of_summary(&metric, &matchers, metrics);
    };
    if series.is_empty() {
        return Some(Reason::NoSamples);
    }
    if series
        .iter()
        .any(|labels| presence::matches(&selector.matchers, labels))
    {
        return None;
    }
    let has = |one: &&&Matcher| series.iter().any(|labels| labels.contains_key(&one.name));
    let alone = |one: &&&Matcher| !series.iter().any(|labels| presence::fits(one, labels));
    if let Some(one) = matchers.iter().filter(alone).find(|one| !has(one)) {
        return Some(Reason::LabelUnknown {
            metric,
            label: one.name.clone(),
            labels: labels_of(series.iter()),
        });
    }
    // The matcher without which something would be found.
    for (at, one) in matchers.iter().enumerate() {
        let others = |labels: &&Labels| {
            let mut others = matchers.iter().enumerate().filter(|(other, _)| *other != at);
            others.all(|(_, other)| presence::fits(other, labels))
        };
        let values: BTreeSet<&str> = series
            .iter()
            .filter(others)
            .map(|labels| labels.get(&one.name).map(String::as_str).unwrap_or_default())
            .collect();
        if !values.is_empty() {
            return Some(value_unknown(&metric, one, values));
        }
    }
    if let Some(one) = matchers.iter().find(alone) {
        let values = series
            .iter()
            .filter_map(|labels| labels.get(&one.name))
            .map(String::as_str);
        return Some(value_unknown(&metric, one, values.collect()));
    }
    together()
}

fn value_unknown(metric: &str, matcher: &Matcher, values: BTreeSet<&str>) -> Reason {
    let operator = match &matcher.op {
        MatchOp::Equal => "=",
        MatchOp::NotEqual => "!=",
        MatchOp::Re(_) => "=~",
        MatchOp::NotRe(_) => "!~",
    };
    Reason::ValueUnknown {
        metric: metric.to_owned(),
        label: matcher.name.clone(),
        wanted: format!("{}{operator}{:?}", matcher.name, matcher.value),
        values: values
            .into_iter()
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect(),
    }
}

fn of_summary(metric: &str, matchers: &[&Matcher], metrics: &Metrics) -> Option<Reason> {
    let labels = metrics.labels(metric)?;
    let none = BTreeSet::new();
    for one in matchers.iter().filter(|one| !one.is_match("")) {
        match labels.get(one.name.as_str()) {
            None => {
                return Some(Reason::LabelUnknown {
                    metric: metric.to_owned(),
                    label: one.name.clone(),
                    labels: labels.keys().map(|label| (*label).to_owned()).collect(),
                });
            }
            Some(values) if !values.is_empty() && !values.iter().any(|value| one.is_match(value)) => {
                return Some(value_unknown(metric, one, values.union(&none).copied().collect()));
            }
            Some(_) => {}
        }
    }
    None
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MetricUnknown { metric, like } if like.is_empty() => write!(f, "there is no metric {metric}"),
            Self::MetricUnknown { metric, like } => {
                write!(f, "there is no metric {metric}; did you mean {}?", some(like, "or"))
            }
            Self::RecordingRuleMissing { metric } => {
                write!(
                    f,
                    "there is no metric {metric}: a recording rule makes it, which this Prometheus doesn't have"
                )
            }
            Self::LabelUnknown { metric, label, labels } => {
                write!(f, "{metric} has no label {label}; it has {}", some(labels, "and"))
            }
            Self::ValueUnknown {
                metric,
                label,
                wanted,
                values,
            } if values.is_empty() => {
                write!(
                    f,
                    "no series of {metric} has {wanted}: those that fit otherwise have no {label}"
                )
            }
            Self::ValueUnknown {
                metric,
                label,
                wanted,
                values,
            } => write!(
                f,
                "no series of {metric} has {wanted}; {label} is {}",
                some(values, "or")
            ),
            Self::NoneTogether { selector } => write!(f, "no series fits {selector}"),
            Self::NoPartner { operation, left, right } => write!(
                f,
                "no two series belong together at {operation}: left they have {}, right {}",
                labels(left),
                labels(right)
            ),
            Self::RangeTooShort { range, interval } => write!(
                f,
                "a range of {range}s holds less than two samples: it is scraped every {interval}s"
            ),
            Self::VariableEmpty { variable } => write!(f, "the variable {variable} has no values"),
            Self::VariableLoop { variables } => {
                write!(f, "the variables {} wait for each other", some(variables, "and"))
            }
            Self::NeedsNewer {
                function,
                since,
                version,
            } => write!(f, "{function} needs Prometheus {since}, and this is {version}"),
            Self::NothingToTell => {
                f.write_str("nothing is told of just now: the series are there, and no value of them passes")
            }
            Self::NoSamples => f.write_str("the series are known, and have no samples in the time range"),
            Self::Refused { said } => write!(f, "Prometheus refuses it: {said}"),
            Self::Unreachable { said } => write!(f, "not asked: {said}"),
            Self::NoDataSource { name } => write!(f, "there is no data source {name}"),
            Self::Unexplained => {
                f.write_str("the series are there, and nothing that is known explains why the query finds none")
            }
        }
    }
}

fn labels(list: &[String]) -> String {
    if list.is_empty() {
        "no labels".into()
    } else {
        some(list, "and")
    }
}

/// `a, b and c`; of many the first ones, and how many more there are.
fn some(list: &[String], word: &str) -> String {
    if list.len() > NAMED {
        return format!("{} and {} more", list[..NAMED].join(", "), list.len() - NAMED);
    }
    match list {
        [] => "none".into(),
        [only] => only.clone(),
        [others @ .., last] => format!("{} {word} {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(query: &str) -> String {
        let metrics = Metrics::read(
            "node_cpu_seconds_total{node=\"n1\",mode=\"idle\",cpu=\"0\"} 1\nnode_cpu_seconds_total{node=\"n2\",mode=\"user\"} 1\n\
             kube_pod_info{node=\"n1\",pod=\"p\"} 1\nh{x=\"y\"} 1\n",
        )
        .unwrap();
        why(&crate::promql::parse(query).unwrap(), &metrics).map_or_else(|| "data".into(), |reason| reason.to_string())
    }

    #[test]
    fn the_reason_names_what_is_wrong_and_what_there_is() {
        for (query, expected) in [
            ("node_cpu_seconds_total", "data"),
            ("sum(rate(node_cpu[5m]))", "there is no metric node_cpu"),
            (
                "sum(node_cpu_second_total)",
                "there is no metric node_cpu_second_total; did you mean node_cpu_seconds_total?",
            ),
            (
                "instance:node_cpu:ratio",
                "there is no metric instance:node_cpu:ratio: a recording rule makes it, which this Prometheus doesn't have",
            ),
            (
                "kube_pod_info{nodename=\"n1\"}",
                "kube_pod_info has no label nodename; it has node and pod",
            ),
            (
                "kube_pod_info{node=\"m-k8s\"}",
                "no series of kube_pod_info has node=\"m-k8s\"; node is n1",
            ),
            (
                "node_cpu_seconds_total{node=\"n1\",mode=\"user\"}",
                "no series of node_cpu_seconds_total has node=\"n1\"; node is n2",
            ),
            (
                "sum by (node) (node_cpu_seconds_total) / kube_pod_info",
                "no two series belong together at /: left they have node, right node and pod",
            ),
            (
                "absent(h)",
                "nothing is told of just now: the series are there, and no value of them passes",
            ),
            ("histogram_quantile(0.9, h)", "h has no label le; it has x"),
            ("kube_pod_info and on(node) missing", "there is no metric missing"),
            ("missing or vector(0)", "data"),
        ] {
            assert_eq!(told(query), expected, "{query}");
        }
    }
}

//! Which series does a query give, going by the labels of those that there are?
//!
//! Values are not known, so a comparison keeps what it compares. Everything else about labels is done as Prometheus does
//! it: selectors, aggregations, joins, `label_replace`.

use std::collections::{BTreeMap, BTreeSet};

use promql_parser::label::{Matcher, Matchers};
use promql_parser::parser::value::ValueType;
use promql_parser::parser::{
    AggregateExpr, BinaryExpr, Call, Expr, LabelModifier, VectorMatchCardinality, VectorSelector, token,
};

use super::metrics::{Labels, Metrics, NAME};

/// What a query gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A number or a text: there always is one.
    Scalar,
    /// Series, by their labels.
    Series(BTreeSet<Labels>),
}

impl Found {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Series(series) if series.is_empty())
    }

    fn series(self) -> BTreeSet<Labels> {
        match self {
            Self::Scalar => BTreeSet::from([Labels::new()]),
            Self::Series(series) => series,
        }
    }
}

/// What a query gives; nothing where the series of one of its metrics were not looked at.
pub fn find(tree: &Expr, metrics: &Metrics) -> Option<Found> {
    Some(match tree {
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) => Found::Scalar,
        Expr::Paren(inner) => find(&inner.expr, metrics)?,
        Expr::Unary(inner) => unnamed(find(&inner.expr, metrics)?),
        Expr::Subquery(inner) => find(&inner.expr, metrics)?,
        Expr::VectorSelector(selector) => Found::Series(selected(selector, metrics)?),
        Expr::MatrixSelector(selector) => Found::Series(selected(&selector.vs, metrics)?),
        Expr::Call(call) => called(call, metrics)?,
        Expr::Aggregate(aggregate) => aggregated(aggregate, metrics)?,
        Expr::Binary(binary) => {
            let sides = (find(&binary.lhs, metrics)?, find(&binary.rhs, metrics)?);
            combined(binary, sides.0, sides.1)
        }
        Expr::Extension(_) => return None,
    })
}

/// The series that a selector selects.
pub(super) fn selected(selector: &VectorSelector, metrics: &Metrics) -> Option<BTreeSet<Labels>> {
    let matching = |labels: &&Labels| matches(&selector.matchers, labels);
    Some(match metric_of(selector) {
        Some(name) => metrics.series(&name)?.iter().filter(matching).cloned().collect(),
        None => metrics.all()?.filter(matching).cloned().collect(),
    })
}

/// The metric that a selector is of, where it is one.
pub(super) fn metric_of(selector: &VectorSelector) -> Option<String> {
    let by_matcher = || {
        let all = &selector.matchers.matchers;
        let named = all
            .iter()
            .find(|one| one.name == NAME && matches!(one.op, promql_parser::label::MatchOp::Equal));
        named.map(|one| one.value.clone())
    };
    selector.name.clone().or_else(by_matcher)
}

pub(super) fn matches(matchers: &Matchers, labels: &Labels) -> bool {
    let all = |list: &[Matcher]| list.iter().all(|one| fits(one, labels));
    all(&matchers.matchers) && (matchers.or_matchers.is_empty() || matchers.or_matchers.iter().any(|list| all(list)))
}

/// A label that a series doesn't have is an empty one.
pub(super) fn fits(matcher: &Matcher, labels: &Labels) -> bool {
    matcher.is_match(labels.get(&matcher.name).map(String::as_str).unwrap_or_default())
}

fn unnamed(found: Found) -> Found {
    let without = |mut labels: Labels| {
        labels.remove(NAME);
        labels
    };
    match found {
        Found::Scalar => Found::Scalar,
        Found::Series(series) => Found::Series(series.into_iter().map(without).collect()),
    }
}

fn called(call: &Call, metrics: &Metrics) -> Option<Found> {
    let arguments = &call.args.args;
    let is_vector = |argument: &&Expr| matches!(argument.value_type(), ValueType::Vector | ValueType::Matrix);
    let of_series = arguments.iter().map(|argument| &**argument).find(is_vector);
    let found = match of_series {
        Some(argument) => find(argument, metrics)?,
        // `vector(0)`, `hour()`: one series without labels.
        None if call.func.return_type == ValueType::Vector => {
            return Some(Found::Series(BTreeSet::from([Labels::new()])));
        }
        None => return Some(Found::Scalar),
    };
    let texts: Vec<&str> = arguments
        .iter()
        .filter_map(|argument| match &**argument {
            Expr::StringLiteral(text) => Some(text.val.as_str()),
            _ => None,
        })
        .collect();
    Some(match call.func.name {
        "scalar" => Found::Scalar,
        "absent" | "absent_over_time" if found.is_empty() => Found::Series(BTreeSet::from([Labels::new()])),
        "absent" | "absent_over_time" => Found::Series(BTreeSet::new()),
        "label_replace" => relabelled(found, &texts),
        "label_join" => joined(found, &texts),
        "sort" | "sort_desc" | "sort_by_label" | "sort_by_label_desc" | "last_over_time" | "first_over_time" => found,
        "histogram_quantile" | "histogram_fraction" => quantiles(found),
        _ => unnamed(found),
    })
}

/// Only series with `le` are buckets.
fn quantiles(found: Found) -> Found {
    let of_bucket = |mut labels: Labels| {
        labels.remove(NAME);
        labels.remove("le").map(|_| labels)
    };
    Found::Series(found.series().into_iter().filter_map(of_bucket).collect())
}

fn relabelled(found: Found, texts: &[&str]) -> Found {
    let [to, replacement, from, pattern] = texts else {
        return found;
    };
    let Ok(regex) = regex::Regex::new(&format!("^(?s:{pattern})$")) else {
        return found;
    };
    let replace = |mut labels: Labels| {
        let value = labels.get(*from).cloned().unwrap_or_default();
        if let Some(captures) = regex.captures(&value) {
            let mut new = String::new();
            captures.expand(replacement, &mut new);
            set(&mut labels, to, new);
        }
        labels
    };
    Found::Series(found.series().into_iter().map(replace).collect())
}

fn joined(found: Found, texts: &[&str]) -> Found {
    let [to, separator, from @ ..] = texts else {
        return found;
    };
    let join = |mut labels: Labels| {
        let value = |label: &&str| labels.get(*label).cloned().unwrap_or_default();
        let new = from.iter().map(value).collect::<Vec<_>>().join(separator);
        set(&mut labels, to, new);
        labels
    };
    Found::Series(found.series().into_iter().map(join).collect())
}

fn set(labels: &mut Labels, label: &str, value: String) {
    match value.is_empty() {
        true => drop(labels.remove(label)),
        false => drop(labels.insert(label.to_owned(), value)),
    }
}

fn aggregated(aggregate: &AggregateExpr, metrics: &Metrics) -> Option<Found> {
    let series = find(&aggregate.expr, metrics)?.series();
    let keeps = [token::T_TOPK, token::T_BOTTOMK, token::T_LIMITK, token::T_LIMIT_RATIO].contains(&aggregate.op.id());
    if keeps {
        return Some(Found::Series(series));
    }
    let project = |labels: Labels| match &aggregate.modifier {
        None => Labels::new(),
        Some(modifier) => grouped(labels, modifier),
    };
    Some(Found::Series(series.into_iter().map(project).collect()))
}

/// The labels that a list keeps, or all but those that it takes away.
fn grouped(labels: Labels, modifier: &LabelModifier) -> Labels {
    let listed = |label: &String| modifier.labels().labels.contains(label);
    let kept = |(label, _): &(String, String)| match modifier {
        LabelModifier::Include(_) => listed(label),
        LabelModifier::Exclude(_) => !listed(label) && label != NAME,
    };
    labels.into_iter().filter(kept).collect()
}

fn combined(binary: &BinaryExpr, left: Found, right: Found) -> Found {
    let modifier = binary.modifier.as_ref();
    let comparison = binary.op.is_comparison_operator() && modifier.is_none_or(|modifier| !modifier.return_bool);
    match (left, right) {
        (Found::Scalar, Found::Scalar) => Found::Scalar,
        (series @ Found::Series(_), Found::Scalar) | (Found::Scalar, series @ Found::Series(_)) => match comparison {
            true => series,
            false => unnamed(series),
        },
        (Found::Series(left), Found::Series(right)) => {
            let matching = modifier.and_then(|modifier| modifier.matching.as_ref());
            Found::Series(match binary.op.id() {
                token::T_LAND => among(left, &keys(&right, matching), matching, true),
                token::T_LUNLESS => among(left, &keys(&right, matching), matching, false),
                token::T_LOR => {
                    let more = among(right, &keys(&left, matching), matching, false);
                    left.into_iter().chain(more).collect()
                }
                _ => paired(binary, left, right, matching, comparison),
            })
        }
    }
}

/// What two series must share to be of one pair.
fn key(labels: &Labels, matching: Option<&LabelModifier>) -> Labels {
    match matching {
        Some(modifier) => grouped(labels.clone(), modifier),
        None => {
            let mut labels = labels.clone();
            labels.remove(NAME);
            labels
        }
    }
}

fn keys(series: &BTreeSet<Labels>, matching: Option<&LabelModifier>) -> BTreeSet<Labels> {
    series.iter().map(|labels| key(labels, matching)).collect()
}

fn among(
    series: BTreeSet<Labels>,
    keys: &BTreeSet<Labels>,
    matching: Option<&LabelModifier>,
    wanted: bool,
) -> BTreeSet<Labels> {
    let is = |labels: &Labels| keys.contains(&key(labels, matching)) == wanted;
    series.into_iter().filter(is).collect()
}

fn paired(
    binary: &BinaryExpr,
    left: BTreeSet<Labels>,
    right: BTreeSet<Labels>,
    matching: Option<&LabelModifier>,
    comparison: bool,
) -> BTreeSet<Labels> {
    let card = binary.modifier.as_ref().map(|modifier| &modifier.card);
    let (many, one, taken) = match card {
        Some(VectorMatchCardinality::ManyToOne(labels)) => (left, right, Some(labels)),
        Some(VectorMatchCardinality::OneToMany(labels)) => (right, left, Some(labels)),
        _ => (left, right, None),
    };
    let by_key: BTreeMap<Labels, Labels> = one.into_iter().map(|labels| (key(&labels, matching), labels)).collect();
    let pair = |labels: Labels| {
        let other = by_key.get(&key(&labels, matching))?;
        let mut result = match (taken, matching) {
            (None, Some(modifier)) => grouped(labels, modifier),
            _ => labels,
        };
        for label in taken.into_iter().flat_map(|taken| &taken.labels) {
            set(&mut result, label, other.get(label).cloned().unwrap_or_default());
        }
        if !comparison {
            result.remove(NAME);
        }
        Some(result)
    };
    many.into_iter().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(query: &str) -> Vec<String> {
        let metrics = Metrics::read(
            "a{pod=\"p1\",node=\"n1\"} 1\na{pod=\"p2\",node=\"n2\"} 1\na{node=\"n1\"} 1\n\
             b{node=\"n1\",zone=\"z\"} 1\nh_bucket{le=\"1\",x=\"y\"} 1\n",
        )
        .unwrap();
        let tree = crate::promql::parse(query).unwrap();
        let show = |labels: &Labels| {
            labels
                .iter()
                .map(|(label, value)| format!("{label}={value}"))
                .collect::<Vec<_>>()
                .join(",")
        };
        match find(&tree, &metrics).unwrap() {
            Found::Scalar => vec!["scalar".into()],
            Found::Series(series) => series.iter().map(show).collect(),
        }
    }

    #[test]
    fn labels_go_the_way_that_prometheus_sends_them() {
        let none: &[&str] = &[];
        for (query, expected) in [
            ("sum by (node) (rate(a{pod!=\"\"}[5m]))", &["node=n1", "node=n2"][..]),
            ("count(a{pod=~\"p.\"})", &[""]),
            ("count(a{pod=\"p9\"})", none),
            ("a{pod=\"p9\"} or vector(0)", &[""]),
            ("-b", &["node=n1,zone=z"]),
            ("b > 1", &["__name__=b,node=n1,zone=z"]),
            ("b > bool 1", &["node=n1,zone=z"]),
            (
                "a * on(node) group_left(zone) b",
                &["node=n1,pod=p1,zone=z", "node=n1,zone=z"],
            ),
            ("a{pod=\"p1\"} * b", none),
            ("sum without(pod) (a) unless on(node) b", &["node=n2"]),
            ("absent(a)", none),
            ("absent(c)", &[""]),
            ("histogram_quantile(0.9, h_bucket)", &["x=y"]),
            ("histogram_quantile(0.9, sum by (x) (h_bucket))", none),
            (
                "label_replace(b, \"host\", \"$1-x\", \"node\", \"(.*)\")",
                &["__name__=b,host=n1-x,node=n1,zone=z"],
            ),
            (
                "label_join(b, \"j\", \"/\", \"node\", \"zone\") * 1",
                &["j=n1/z,node=n1,zone=z"],
            ),
            ("time() - 1", &["scalar"]),
            (
                "{__name__=~\"b|h_bucket\"}",
                &["__name__=b,node=n1,zone=z", "__name__=h_bucket,le=1,x=y"],
            ),
        ] {
            assert_eq!(found(query), expected, "{query}");
        }
    }
}

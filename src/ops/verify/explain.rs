//! Why do queries find nothing? What is known of their metrics is read for all of them together.

use std::collections::BTreeSet;

use super::look_up;
use super::question::Question;
use super::source::Source;
use crate::promql::{Expr, Query};
use crate::verify::{self, Place, QueryVerdict, Reason, Renames, State, VariableQuery, Window};

/// A query with what was found of it.
pub struct Unexplained<'a> {
    /// The question, where it was one of PromQL.
    pub question: Option<&'a Question>,
    /// The query as the dashboard has it.
    pub text: &'a str,
    /// Where it stands.
    pub place: Place,
    /// What was found, to be explained.
    pub verdict: &'a mut QueryVerdict,
}

/// Explains what finds nothing, and says what the rules would make of it; of all queries where `all` says so.
pub async fn explain(
    source: &Source,
    items: &mut [Unexplained<'_>],
    renames: &Renames,
    all: bool,
    empty: &BTreeSet<String>,
    window: Window,
) {
    let is_open = |item: &Unexplained<'_>| item.verdict.state == State::Empty;
    let concerned = |item: &Unexplained<'_>| all || is_open(item);
    if !items.iter().any(concerned) || look_up_all(source, items, renames, all, window).await.is_err() {
        return;
    }
    for item in items.iter_mut().filter(|item| concerned(item)) {
        if is_open(item) {
            let reason = reason(source, item, empty).await;
            item.verdict.why = Some(reason.to_string());
            item.verdict.reason = Some(reason);
        }
        item.verdict.fix = renames.rewrite(item.text, item.place, &source.known());
    }
}

/// Reads the names, and the series of the metrics that matter.
async fn look_up_all(
    source: &Source,
    items: &[Unexplained<'_>],
    renames: &Renames,
    all: bool,
    window: Window,
) -> Result<(), crate::prometheus::Refused> {
    if source.is_file() {
        return Ok(());
    }
    look_up::names(source).await?;
    let (mut metrics, mut labels, mut bare) = (BTreeSet::new(), BTreeSet::new(), false);
    for item in items {
        let open = item.verdict.state == State::Empty;
        if open {
            let text = query_of(item);
            bare |= text.is_empty();
            for selector in Query::read(&text, &[]).map(|query| query.selectors).unwrap_or_default() {
                metrics.extend(selector.metric);
                labels.extend(selector.matchings.into_iter().map(|one| one.label));
            }
        }
        if open || all {
            metrics.extend(renames.concerned(item.text, item.place));
        }
    }
    if bare {
        look_up::label_names(source).await?;
    }
    look_up::series(source, &metrics, &labels, window).await
}

/// The PromQL of a query, or the selector of a variable's; empty where there is none.
fn query_of(item: &Unexplained<'_>) -> String {
    if item.place != Place::Variable {
        return item.verdict.asked.clone();
    }
    match VariableQuery::read(&item.verdict.asked) {
        VariableQuery::LabelValues { selector, .. } => selector.unwrap_or_default(),
        VariableQuery::Result(query) | VariableQuery::Series(query) => query,
        VariableQuery::MetricNames(_) | VariableQuery::LabelNames(_) => String::new(),
    }
}

async fn reason(source: &Source, item: &Unexplained<'_>, empty: &BTreeSet<String>) -> Reason {
    let text = query_of(item);
    let tree = crate::promql::parse(&text).ok();
    let known = tree.as_ref().and_then(|tree| verify::why(tree, &source.known()));
    if let Some(reason @ (Reason::MetricUnknown { .. } | Reason::RecordingRuleMissing { .. })) = known {
        return reason;
    }
    let named = verify::names(item.text);
    if let Some(variable) = named.into_iter().find(|name| empty.contains(*name)) {
        return Reason::VariableEmpty {
            variable: variable.to_owned(),
        };
    }
    if let Some(reason) = known {
        return reason;
    }
    let Some(tree) = tree else {
        return Reason::Unexplained;
    };
    if let VariableQuery::LabelValues { label, .. } = VariableQuery::read(&item.verdict.asked)
        && item.place == Place::Variable
    {
        return label_missing(source, &text, label);
    }
    let Some(question) = item.question else {
        return Reason::Unexplained;
    };
    if let Some(short) = too_short(source, question, &text).await {
        return short;
    }
    match (compares(&tree), question.instant) {
        (true, _) => Reason::NothingToTell,
        (false, true) => Reason::NoSamples,
        (false, false) => Reason::Unexplained,
    }
}

/// The series are there; it is the label that they don't have.
fn label_missing(source: &Source, selector: &str, label: String) -> Reason {
    let query = Query::read(selector, &[]).ok();
    let metric = query.and_then(|query| query.selectors.into_iter().next()?.metric);
    let known = source.known();
    let labels = metric.as_ref().and_then(|metric| known.labels(metric));
    let labels = labels
        .into_iter()
        .flat_map(|labels| labels.into_keys().map(str::to_owned).collect::<Vec<_>>());
    Reason::LabelUnknown {
        metric: metric.unwrap_or_else(|| "the series".into()),
        label,
        labels: labels.collect(),
    }
}

/// Whether a range holds less than two samples.
async fn too_short(source: &Source, question: &Question, text: &str) -> Option<Reason> {
    if source.is_file() {
        return None;
    }
    let query = Query::read(text, &[]).ok()?;
    for selector in query.selectors.iter().filter(|selector| selector.range.is_some()) {
        let range = selector.range?.as_secs_f64();
        let interval = question.interval(source, &text[selector.at.clone()]).await;
        if let Some(interval) = interval.filter(|interval| range < 2.0 * interval) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "seconds, and more than none"
            )]
            return Some(Reason::RangeTooShort {
                range: range.round() as u64,
                interval: interval.round() as u64,
            });
        }
    }
    None
}

/// Whether a comparison keeps only some of the values.
fn compares(tree: &Expr) -> bool {
    match tree {
        Expr::Binary(binary) => {
            let bool = binary.modifier.as_ref().is_some_and(|modifier| modifier.return_bool);
            (binary.op.is_comparison_operator() && !bool) || compares(&binary.lhs) || compares(&binary.rhs)
        }
        Expr::Paren(inner) => compares(&inner.expr),
        Expr::Unary(inner) => compares(&inner.expr),
        Expr::Subquery(inner) => compares(&inner.expr),
        Expr::Aggregate(aggregate) => compares(&aggregate.expr),
        Expr::Call(call) => call.args.args.iter().any(|argument| compares(argument)),
        _ => false,
    }
}

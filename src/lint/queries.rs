//! Rules about what is asked.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Found, Place, list, text};
use crate::promql::{Error, Expr, Query};
use crate::verify;

/// What Grafana itself gives values: `public/app/features/templating/template_srv.ts` and its macros, and what data sources
/// replace by themselves.
const BUILT_IN: [&str; 3] = ["timeFilter", "interval", "timezone"];

/// A query of a Prometheus, or what looks like one.
fn expressions<'d>(place: &Place<'d>) -> impl Iterator<Item = (String, &'d str)> {
    let path = place.path.clone();
    let targets = list(place.panel, "targets").iter().enumerate();
    let of_panel = plugin(&place.panel["datasource"]);
    targets.filter_map(move |(at, target)| {
        let own = plugin(&target["datasource"]).or(of_panel);
        let is_ours = own.is_none_or(|plugin| plugin == "prometheus" || plugin.contains('$'));
        let expression = target
            .get("expr")
            .and_then(Value::as_str)
            .filter(|text| !text.trim().is_empty());
        expression
            .filter(|_| is_ours)
            .map(|text| (format!("{path}.targets[{at}].expr"), text))
    })
}

fn plugin(reference: &Value) -> Option<&str> {
    reference.get("type").and_then(Value::as_str)
}

pub(super) fn syntax(_: &Value, places: &[Place<'_>]) -> Vec<Found> {
    let wrong = |(path, text): (String, &str)| match Query::read(text, &verify::holes(text)) {
        Err(Error::Syntax(error)) => Some(Found::at(
            path,
            format!("the query doesn't parse: {}", one_line(&error)),
        )),
        _ => None,
    };
    places.iter().flat_map(expressions).filter_map(wrong).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn unknown_variables(dashboard: &Value, places: &[Place<'_>]) -> Vec<Found> {
    let variables = dashboard.pointer("/templating/list").and_then(Value::as_array);
    let variables = variables.map_or(&[][..], Vec::as_slice);
    let known: BTreeSet<&str> = variables.iter().map(|variable| text(variable, "name")).collect();
    let inputs: BTreeSet<&str> = list(dashboard, "__inputs")
        .iter()
        .map(|input| text(input, "name"))
        .collect();
    let is_known = |name: &str| {
        let number = name.bytes().all(|byte| byte.is_ascii_digit());
        number || name.starts_with("__") || BUILT_IN.contains(&name) || known.contains(name) || inputs.contains(name)
    };
    let unknown = |path: String, text: &str| {
        let names: BTreeSet<&str> = verify::names(text).into_iter().filter(|name| !is_known(name)).collect();
        names
            .into_iter()
            .map(|name| {
                Found::at(
                    path.clone(),
                    format!("there is no variable {name}; define it, or take it out"),
                )
            })
            .collect::<Vec<_>>()
    };
    let mut found: Vec<Found> = places
        .iter()
        .flat_map(expressions)
        .flat_map(|(path, text)| unknown(path, text))
        .collect();
    for (at, variable) in variables.iter().enumerate() {
        let query = variable.get("query");
        let query = query.and_then(Value::as_str).or_else(|| query?.get("query")?.as_str());
        if let (Some(query), "query") = (query, text(variable, "type")) {
            found.extend(unknown(format!("templating.list[{at}].query"), query));
        }
    }
    for place in places {
        found.extend(unknown(format!("{}.title", place.path), text(place.panel, "title")));
    }
    found
}

pub(super) fn hard_coded_data_sources(dashboard: &Value, places: &[Place<'_>]) -> Vec<Found> {
    let mut holders: Vec<(String, &Value)> = Vec::new();
    for place in places {
        holders.push((place.path.clone(), place.panel));
        let targets = list(place.panel, "targets").iter().enumerate();
        holders.extend(targets.map(|(at, target)| (format!("{}.targets[{at}]", place.path), target)));
    }
    for (key, path) in [("templating", "/templating/list"), ("annotations", "/annotations/list")] {
        let items = dashboard
            .pointer(path)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .enumerate();
        holders.extend(items.map(|(at, item)| (format!("{key}.list[{at}]"), item)));
    }
    let hard_coded = |(path, holder): (String, &Value)| {
        let reference = holder.get("datasource")?;
        let name = reference.as_str().or_else(|| reference.get("uid")?.as_str())?;
        let plugin = plugin(reference).unwrap_or_default();
        let built_in = name.is_empty()
            || name.contains(['$', '['])
            || name.starts_with("-- ")
            || matches!(name, "grafana" | "default" | "__expr__" | "-100")
            || matches!(plugin, "__expr__" | "grafana" | "datasource");
        let message = format!("the data source {name:?} is another Grafana's own; choose it by a variable or an input");
        (!built_in).then(|| Found::at(format!("{path}.datasource"), message))
    };
    holders.into_iter().filter_map(hard_coded).collect()
}

pub(super) fn doubled_ref_ids(_: &Value, places: &[Place<'_>]) -> Vec<Found> {
    let mut found = Vec::new();
    for place in places {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, target) in list(place.panel, "targets").iter().enumerate() {
            let ref_id = text(target, "refId");
            if !ref_id.is_empty() && seen.insert(ref_id, at).is_some() {
                let path = format!("{}.targets[{at}].refId", place.path);
                found.push(Found::at(
                    path,
                    format!("another query of the panel has the refId {ref_id}, too"),
                ));
            }
        }
    }
    found
}

/// Functions that need two samples in their range.
const RATES: [&str; 6] = ["rate", "irate", "increase", "delta", "idelta", "deriv"];

pub(super) fn short_rates(_: &Value, places: &[Place<'_>]) -> Vec<Found> {
    let short = |(path, text): (String, &str)| {
        let holes = verify::holes(text);
        let query = Query::read(text, &holes).ok()?;
        let rates = ranges(&query.tree);
        // What a variable is stands in the tree as something else.
        let written =
            |seconds: &u64| text.contains(&format!("[{seconds}s]")) || text.contains(&format!("[{}m]", seconds / 60));
        let seconds = rates.into_iter().filter(|seconds| *seconds <= 60).find(written)?;
        let message = format!("a rate over {seconds} seconds needs scrapes twice as often; use $__rate_interval");
        Some(Found::at(path, message))
    };
    places.iter().flat_map(expressions).filter_map(short).collect()
}

/// The ranges of rates, in seconds.
fn ranges(tree: &Expr) -> Vec<u64> {
    match tree {
        Expr::Call(call) => {
            let is_rate = RATES.contains(&call.func.name);
            let of_argument = |argument: &Expr| match argument {
                Expr::MatrixSelector(matrix) if is_rate => vec![matrix.range.as_secs()],
                other => ranges(other),
            };
            call.args
                .args
                .iter()
                .flat_map(|argument| of_argument(argument))
                .collect()
        }
        Expr::Aggregate(aggregate) => ranges(&aggregate.expr),
        Expr::Paren(inner) => ranges(&inner.expr),
        Expr::Unary(inner) => ranges(&inner.expr),
        Expr::Subquery(inner) => ranges(&inner.expr),
        Expr::Binary(binary) => [ranges(&binary.lhs), ranges(&binary.rhs)].concat(),
        _ => Vec::new(),
    }
}

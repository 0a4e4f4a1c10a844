//! What does a variable's query ask for?

use serde_json::Value;

/// What a variable's query asks a Prometheus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VariableQuery {
    /// The names of labels, of metrics that look like this.
    LabelNames(Option<String>),
    /// The values of a label, of the series of a selector.
    LabelValues {
        /// The label.
        label: String,
        /// The selector.
        selector: Option<String>,
    },
    /// The names of metrics that match.
    MetricNames(String),
    /// The result of a query, as text.
    Result(String),
    /// The series of a selector, as text.
    Series(String),
}

impl VariableQuery {
    /// Reads a query whose variables have values; the forms are those of `variableMigration.ts` (12.4).
    pub fn read(text: &str) -> Self {
        let inside = |name: &str| {
            let inside = text
                .strip_prefix(name)?
                .strip_prefix('(')?
                .trim_end()
                .strip_suffix(')')?;
            Some(inside.trim())
        };
        let owned = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        if let Some(matching) = inside("label_names") {
            return Self::LabelNames(owned(matching));
        }
        if let Some(arguments) = inside("label_values") {
            let (selector, label) = arguments.rsplit_once(',').unwrap_or(("", arguments));
            // A filter of nothing is none (`isFilterDefined` in `metric_find_query.ts`).
            let selector = owned(selector.trim()).filter(|selector| selector.replace(' ', "") != "{}");
            return Self::LabelValues {
                label: label.trim().to_owned(),
                selector,
            };
        }
        if let Some(pattern) = inside("metrics") {
            return Self::MetricNames(pattern.to_owned());
        }
        if let Some(query) = inside("query_result") {
            return Self::Result(query.to_owned());
        }
        Self::Series(text.to_owned())
    }
}

/// A variable's query in the words of the old editor; newer ones keep them beside the fields of their own.
pub(super) fn query_text(definition: &Value) -> String {
    let query = match definition.get("query") {
        Some(Value::String(query)) => return query.clone(),
        Some(query) => query,
        None => return text(definition, "definition"),
    };
    if let Some(query) = query.get("query").and_then(Value::as_str) {
        return query.to_owned();
    }
    let field = |key: &str| text(query, key);
    match query.get("qryType").and_then(Value::as_u64) {
        Some(0) => format!("label_names({})", field("match")),
        Some(1) if field("metric").is_empty() && filters(query).is_empty() => {
            format!("label_values({})", field("label"))
        }
        Some(1) => format!("label_values({}{},{})", field("metric"), filters(query), field("label")),
        Some(2) => format!("metrics({})", field("metric")),
        Some(3) => format!("query_result({})", field("varQuery")),
        Some(4) => field("seriesQuery"),
        Some(5) => field("classicQuery"),
        _ => field("expr"),
    }
}

pub(super) fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn filters(query: &Value) -> String {
    let list = query.get("labelFilters").and_then(Value::as_array);
    let one = |filter: &Value| {
        format!(
            "{}{}\"{}\"",
            text(filter, "label"),
            text(filter, "op"),
            text(filter, "value")
        )
    };
    let filters: Vec<String> = list.into_iter().flatten().map(one).collect();
    match filters.is_empty() {
        true => String::new(),
        false => format!("{{{}}}", filters.join(",")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::variables::Kind;
    use super::super::variables::tests::variable;
    use super::*;
    use serde_json::json;

    #[test]
    fn the_forms_of_queries_are_read() {
        let read = VariableQuery::read;
        let values = |label: &str, selector: Option<&str>| VariableQuery::LabelValues {
            label: label.into(),
            selector: selector.map(str::to_owned),
        };
        assert_eq!(read("label_values(node)"), values("node", None));
        assert_eq!(
            read("label_values(up{a=\"b\",c=\"d\"}, node) "),
            values("node", Some("up{a=\"b\",c=\"d\"}"))
        );
        assert_eq!(read("label_values({}, node)"), values("node", None));
        assert_eq!(read("metrics(node_.*)"), VariableQuery::MetricNames("node_.*".into()));
        assert_eq!(
            read("query_result(sum(up) by (a))"),
            VariableQuery::Result("sum(up) by (a)".into())
        );
        assert_eq!(read("label_names()"), VariableQuery::LabelNames(None));
        assert_eq!(read("up{a=\"b\"}"), VariableQuery::Series("up{a=\"b\"}".into()));
        let object = |query: Value| match variable(json!({"name": "v", "type": "query", "query": query})).kind {
            Kind::Query(text) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            object(json!({"qryType": 1, "query": "label_values(up, a)", "refId": "x"})),
            "label_values(up, a)"
        );
        let fields = json!({"qryType": 1, "label": "a", "metric": "up", "labelFilters": [{"label": "b", "op": "=~", "value": "$c"}]});
        assert_eq!(object(fields), "label_values(up{b=~\"$c\"},a)");
    }
}

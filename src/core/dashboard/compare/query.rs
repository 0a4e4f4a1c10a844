//! What a query's editor writes beside an edit, or as it is opened.
//!
//! The editors of Prometheus, Loki and the SQL data sources show a query with what it runs as where it doesn't say so, and give that
//! back with the first thing that a person changes in it; Loki's does so as it is opened, with the direction of the search, and
//! CloudWatch's writes a query of before it had modes and labels anew.
//! Sources: grafana/grafana `packages/grafana-prometheus/src/querybuilder/state.ts` (getQueryWithDefaults) and
//! `components/PromQueryBuilderOptions.tsx` (getQueryTypeChangeHandler), `pkg/promlib/models/query.go` (without a type it runs as
//! range), `public/app/plugins/datasource/loki/querybuilder/state.ts` and `components/LokiQueryBuilderOptions.tsx`,
//! `pkg/tsdb/loki/parse_query.go` (parseDirection), `public/app/plugins/datasource/cloudwatch/migrations/` (useMigratedQuery.ts,
//! migrateAliasPatterns of metricQueryMigrations.ts), `packages/grafana-sql/src/defaults.ts` (applyQueryDefaults); alike in 12.4 and
//! 13.1, of which Loki's state was read in 13.1 only.

use serde_json::{Map, Value, json};

use super::rules;
use super::walk::Walker;

type Fields = Map<String, Value>;

impl Walker<'_> {
    /// Compares a panel's query. What its editor wrote into it is noise beside an edit, and where it was written as the editor was
    /// opened; else somebody wrote it.
    pub(super) fn query(&mut self, before: &Value, after: &Value) {
        let (Value::Object(old), Value::Object(new)) = (before, after) else {
            return self.value(Some(before), Some(after));
        };
        let written = written(old, new);
        if written.is_empty() {
            return self.value(Some(before), Some(after));
        }
        let rest: Fields = new
            .iter()
            .filter(|(key, _)| !written.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let mut beside = self.fork();
        beside.value(Some(before), Some(&Value::Object(rest)));
        if beside.found.changes.is_empty() && !written.iter().any(|key| OPENED.contains(key)) {
            return self.value(Some(before), Some(after));
        }
        self.found.changes.append(&mut beside.found.changes);
        self.found.noise.append(&mut beside.found.noise);
        self.found.undecidable.append(&mut beside.found.undecidable);
        for key in written {
            self.at_key(key, |walker| walker.noise(&rules::QUERY_EDITOR, None, new.get(key)));
        }
    }
}

/// What an editor writes as it is opened, whatever is edited then, with all else that it writes. Without a direction Loki searches
/// backward all the same, and without a mode a query of CloudWatch asks for metrics.
const OPENED: [&str; 3] = ["direction", "queryMode", "label"];

/// The keys that the older query lacks and the newer one has as its editor writes them.
fn written(old: &Fields, new: &Fields) -> Vec<&'static str> {
    let text = |key: &str| old.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (expression, sql) = (text("expr").is_some(), text("rawSql").is_some());
    let mut written = Vec::new();
    let mut row = |key: &'static str, value: &Value| {
        if lacks(old, key) && new.get(key) == Some(value) {
            written.push(key);
        }
    };
    if expression || sql {
        row("editorMode", &json!("code"));
    }
    if expression {
        let is_of_loki =
            |query: &&Fields| query.get("datasource").and_then(|source| source.get("type")?.as_str()) == Some("loki");
        let is_loki = [old, new].iter().any(is_of_loki);
        let untyped = ["range", "instant", "queryType"].iter().all(|key| lacks(old, key));
        if is_loki {
            row("direction", &json!("backward"));
        }
        match (untyped, is_loki) {
            (true, true) => row("queryType", &json!("range")),
            (true, false) => row("range", &json!(true)),
            (false, _) => {}
        }
        // The query's type is chosen with its other half, and without exemplars where it has none.
        if !is_loki && new.get("instant") == Some(&Value::Bool(true)) {
            row("exemplar", &json!(false));
        }
    }
    let has = |key: &str| old.contains_key(key);
    if has("metricName") && has("namespace") && has("dimensions") {
        row("queryMode", &json!("Metrics"));
        row("label", &label(text("alias").unwrap_or_default()).into());
    }
    if sql && new.contains_key("sql") {
        let columns = json!([{"parameters": [], "type": "function"}]);
        let groups = json!([{"property": {"type": "string"}, "type": "groupBy"}]);
        row("sql", &json!({"columns": columns, "groupBy": groups, "limit": 50}));
    }
    written
}

/// The label that CloudWatch's editor makes of an alias, in which each part between braces has its own name today.
fn label(alias: &str) -> String {
    let mut made = String::new();
    let mut rest = alias;
    while let Some((before, part, after)) = rest
        .split_once("{{")
        .and_then(|(before, part)| part.split_once("}}").map(|(part, after)| (before, part, after)))
    {
        let name = match part.trim() {
            "metric" => "PROP('MetricName')".to_owned(),
            "namespace" => "PROP('Namespace')".to_owned(),
            "period" => "PROP('Period')".to_owned(),
            "region" => "PROP('Region')".to_owned(),
            "stat" => "PROP('Stat')".to_owned(),
            "label" => "LABEL".to_owned(),
            dimension => format!("PROP('Dim.{dimension}')"),
        };
        made.push_str(&format!("{before}${{{name}}}"));
        rest = after;
    }
    made + rest
}

fn lacks(query: &Fields, key: &str) -> bool {
    query.get(key).is_none_or(Value::is_null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::compare::{Comparison, Context, compare};

    /// What is told of a panel with one query, by path in the query.
    fn told(before: &Value, after: &Value) -> Vec<String> {
        let dashboard = |query: &Value| {
            json!({"schemaVersion": 42, "panels": [{"id": 1, "type": "timeseries", "targets": [query],
                "datasource": {"type": "prometheus", "uid": "p"}}]})
        };
        let found: Comparison = compare(&dashboard(before), &dashboard(after), &Context::default());
        let path = |path: String| path.trim_start_matches("panels[id=1].targets[refId=A].").to_owned();
        let mut paths: Vec<String> = found
            .changes
            .iter()
            .map(|change| path(change.place.keyed_path()))
            .collect();
        paths.sort();
        paths
    }

    #[test]
    fn an_edit_in_an_editor_is_told_without_what_the_editor_writes() {
        let prometheus = json!({"refId": "A", "expr": "up"});
        let edited = json!({"refId": "A", "expr": "down", "editorMode": "code", "range": true});
        assert_eq!(told(&prometheus, &edited), ["expr"]);
        let loki = json!({"refId": "A", "expr": "{a=\"b\"}", "datasource": {"type": "loki", "uid": "l"}});
        let mut edited = loki.clone();
        for (key, value) in [("legendFormat", "x"), ("editorMode", "code"), ("queryType", "range")] {
            edited[key] = value.into();
        }
        assert_eq!(told(&loki, &edited), ["legendFormat"]);
        let mut opened = loki.clone();
        for (key, value) in [
            ("direction", "backward"),
            ("editorMode", "code"),
            ("queryType", "range"),
        ] {
            opened[key] = value.into();
        }
        assert_eq!(told(&loki, &opened), Vec::<String>::new());
        opened["queryType"] = "instant".into();
        assert_eq!(told(&loki, &opened), ["queryType"]);
        opened["queryType"] = "range".into();
        opened["direction"] = "forward".into();
        assert_eq!(told(&loki, &opened), ["direction"]);
        let sql = json!({"refId": "A", "rawSql": "select 1", "format": "table"});
        let mut edited = sql.clone();
        edited["rawSql"] = "select 2".into();
        edited["editorMode"] = "code".into();
        edited["sql"] = json!({"columns": [{"parameters": [], "type": "function"}],
            "groupBy": [{"property": {"type": "string"}, "type": "groupBy"}], "limit": 50});
        assert_eq!(told(&sql, &edited), ["rawSql"]);
        let typed = json!({"refId": "A", "expr": "up", "editorMode": "code", "instant": true, "range": false, "exemplar": false});
        assert_eq!(told(&prometheus, &typed), ["instant", "range"]);
    }

    #[test]
    fn cloudwatch_s_editor_writes_an_old_query_anew_as_it_is_opened() {
        let old = json!({"refId": "A", "namespace": "AWS/ELB", "metricName": "Latency", "dimensions": {"Name": "$elb"},
            "region": "default", "statistic": "Sum", "alias": "{{Name}} - {{ stat }} of {{metric}}"});
        let with = |mode: &str, label: &str| {
            let mut query = old.clone();
            query["queryMode"] = mode.into();
            query["label"] = label.into();
            told(&old, &query)
        };
        let label = "${PROP('Dim.Name')} - ${PROP('Stat')} of ${PROP('MetricName')}";
        assert_eq!(with("Metrics", label), Vec::<String>::new());
        assert_eq!(with("Logs", label), ["queryMode"]);
        assert_eq!(with("Metrics", "Latency"), ["label"]);
        let edited = json!({"refId": "A", "namespace": "AWS/ELB", "metricName": "Latency", "dimensions": {"Name": "$elb"},
            "region": "default", "statistic": "Max", "alias": "{{Name}} - {{ stat }} of {{metric}}", "queryMode": "Metrics", "label": label});
        assert_eq!(told(&old, &edited), ["statistic"]);
    }

    #[test]
    fn the_value_beside_and_what_stands_alone_are_edits() {
        let plain = json!({"refId": "A", "expr": "up"});
        let with = |edits: &[(&str, Value)]| {
            let mut query = plain.clone();
            query["legendFormat"] = "x".into();
            for (key, value) in edits {
                query[*key] = value.clone();
            }
            told(&plain, &query)
        };
        assert_eq!(
            with(&[("editorMode", json!("builder"))]),
            ["editorMode", "legendFormat"]
        );
        assert_eq!(with(&[("range", json!(false))]), ["legendFormat", "range"]);
        assert_eq!(with(&[("exemplar", json!(true))]), ["exemplar", "legendFormat"]);
        assert_eq!(with(&[("exemplar", json!(false))]), ["exemplar", "legendFormat"]);
        assert_eq!(with(&[("queryType", json!("range"))]), ["legendFormat", "queryType"]);
        assert_eq!(with(&[("sql", json!({"limit": 50}))]), ["legendFormat", "sql"]);
        let alone = json!({"refId": "A", "expr": "up", "editorMode": "code", "range": true});
        assert_eq!(told(&plain, &alone), ["editorMode", "range"]);
        // What was there and went has been taken away.
        let edited = json!({"refId": "A", "expr": "down"});
        assert_eq!(told(&alone, &edited), ["editorMode", "expr", "range"]);
        // An instant query that runs over a range now runs as something else.
        let instant = json!({"refId": "A", "expr": "up", "instant": true});
        let both = json!({"refId": "A", "expr": "down", "instant": true, "range": true});
        assert_eq!(told(&instant, &both), ["expr", "range"]);
    }
}

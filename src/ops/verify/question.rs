//! One query, asked as a panel asks it.

use serde_json::Value;

use super::source::Source;
use crate::prometheus::Refused;
use crate::promql::{self, Expr, ValueType};
use crate::verify::{self, Reason, Steps, VariableQuery, Window};

/// A query, ready to be asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// The query, its variables expanded.
    pub text: String,
    /// Over which time.
    pub window: Window,
    /// In which steps.
    pub steps: Steps,
    /// Whether only for the end of the time.
    pub instant: bool,
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum Answered {
    /// There is data, or there is none; with what was warned of.
    Data(bool, Vec<String>),
    /// It was refused, or nobody answered.
    Refused(Refused),
}

impl Question {
    /// Asks whether there is data: how many series there are, and not the series.
    pub async fn ask(&self, source: &Source) -> Answered {
        let tree = promql::parse(&self.text);
        if source.is_file() {
            return match tree {
                Ok(tree) => {
                    let found = verify::find(&tree, &source.known());
                    Answered::Data(found.is_none_or(|found| !found.is_empty()), Vec::new())
                }
                Err(error) => Answered::Refused(Refused {
                    status: Some(400),
                    said: error.to_string(),
                }),
            };
        }
        let query = match tree.as_ref().map(Expr::value_type) {
            // A comment at the end must not hide the bracket.
            Ok(ValueType::Vector) => format!("count(\n{}\n)", self.text),
            _ => self.text.clone(),
        };
        let asked = match self.instant {
            true => {
                source
                    .ask("query", &[("query", query), ("time", moment(self.window.to))])
                    .await
            }
            false => {
                let aligned = |time: f64| moment((time / self.steps.step).floor() * self.steps.step);
                let parameters = [
                    ("query", query),
                    ("start", aligned(self.window.from)),
                    ("end", aligned(self.window.to)),
                    ("step", format!("{}", self.steps.step)),
                ];
                source.ask("query_range", &parameters).await
            }
        };
        match asked {
            Ok(answer) => Answered::Data(has_data(&answer.content), answer.warnings.clone()),
            Err(refused) => Answered::Refused(refused),
        }
    }

    /// How many seconds there are between two samples of what a selector selects; nothing where there are not enough.
    pub async fn interval(&self, source: &Source, selector: &str) -> Option<f64> {
        const LOOK_BACK: f64 = 600.0;
        let query = format!("max(count_over_time({selector}[10m]))");
        let answer = source
            .ask("query", &[("query", query), ("time", moment(self.window.to))])
            .await
            .ok()?;
        let count = answer
            .content
            .pointer("/result/0/value/1")?
            .as_str()?
            .parse::<f64>()
            .ok()?;
        (count >= 1.0).then_some(LOOK_BACK / count)
    }
}

/// Whether an answer has a sample.
pub fn has_data(content: &Value) -> bool {
    match content.get("resultType").and_then(Value::as_str) {
        Some("scalar" | "string") => true,
        _ => content
            .get("result")
            .and_then(Value::as_array)
            .is_some_and(|result| !result.is_empty()),
    }
}

/// Seconds since 1970 as the API has them.
pub fn moment(seconds: f64) -> String {
    format!("{seconds:.3}")
}

/// The values of a variable's query, as Grafana asks for them (`metric_find_query.ts`, 12.4).
///
/// # Errors
///
/// It can't be asked, or is refused.
pub async fn values(query: &VariableQuery, window: Window, source: &Source) -> Result<Vec<String>, Refused> {
    if source.is_file() {
        return source.known().values(query).map_err(|said| Refused {
            status: Some(400),
            said,
        });
    }
    let time = [("start", moment(window.from)), ("end", moment(window.to))];
    let with = |matching: Option<String>| {
        let mut parameters = time.to_vec();
        parameters.extend(matching.map(|selector| ("match[]", selector)));
        parameters
    };
    match query {
        VariableQuery::LabelNames(like) => {
            let like = like.as_ref().map(|like| format!("{{__name__=~\".*{like}.*\"}}"));
            let mut names = source.texts("labels", &with(like)).await?;
            names.retain(|name| name != "__name__");
            Ok(names)
        }
        VariableQuery::LabelValues { label, selector } => {
            source
                .texts(&format!("label/{label}/values"), &with(selector.clone()))
                .await
        }
        VariableQuery::MetricNames(pattern) => {
            let selector = format!("{{__name__=~\"{pattern}\"}}");
            source.texts("label/__name__/values", &with(Some(selector))).await
        }
        VariableQuery::Result(query) => {
            let answer = source
                .ask("query", &[("query", query.clone()), ("time", moment(window.to))])
                .await?;
            Ok(results(&answer.content))
        }
        VariableQuery::Series(selector) => {
            let answer = source.ask("series", &with(Some(selector.clone()))).await?;
            let series = answer.content.as_array().map_or(&[][..], Vec::as_slice);
            Ok(series.iter().map(verify::series_text).collect())
        }
    }
}

/// `name{label="value"} 1 1700000000000`, or the value of a scalar.
fn results(content: &Value) -> Vec<String> {
    let result = content.get("result");
    if content.get("resultType").and_then(Value::as_str) != Some("vector") {
        let value = result.and_then(|result| result.get(1)).and_then(Value::as_str);
        return value.map(str::to_owned).into_iter().collect();
    }
    let list = result.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let one = |sample: &Value| {
        let series = verify::series_text(sample.get("metric").unwrap_or(&Value::Null));
        let value = sample.pointer("/value/1").and_then(Value::as_str).unwrap_or_default();
        let time = sample.pointer("/value/0").and_then(Value::as_f64).unwrap_or_default();
        format!("{series} {value} {}", time * 1000.0)
    };
    list.iter().map(one).collect()
}

/// Why a question was refused.
pub async fn refusal(refused: &Refused, source: &Source) -> Reason {
    if !refused.is_about_the_question() {
        return Reason::Unreachable {
            said: format!("{}: {}", source.name, refused.said),
        };
    }
    let version = match source.is_file() {
        true => None,
        false => source.version().await,
    };
    let too_old = version
        .as_ref()
        .and_then(|version| verify::too_old_for(&refused.said, version));
    match (too_old, version) {
        (Some((function, since)), Some(version)) => Reason::NeedsNewer {
            function: function.to_owned(),
            since: since.to_owned(),
            version,
        },
        _ => Reason::Refused {
            said: refused.said.clone(),
        },
    }
}

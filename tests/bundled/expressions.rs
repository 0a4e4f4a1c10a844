//! Every expression of a dashboard, and where it stands.

use dashctl::dashboard::{panels, title};
use serde_json::Value;

/// One expression.
pub struct Expression {
    /// `panel "CPU" (3), query A` or `variable pod`.
    pub place: String,
    /// As it stands in the file.
    pub text: String,
}

/// The expressions of all panels, and the selectors of all variables.
pub fn expressions(dashboard: &Value) -> Vec<Expression> {
    let of_panels = panels(dashboard).into_iter().flat_map(|panel| {
        let targets = panel["targets"].as_array().into_iter().flatten();
        targets.map(|target| Expression {
            place: format!("panel {:?} ({}), query {}", title(panel), panel["id"], target["refId"]),
            text: target["expr"].as_str().unwrap_or_default().to_owned(),
        })
    });
    let variables = dashboard["templating"]["list"].as_array().into_iter().flatten();
    let of_variables = variables.filter_map(|variable| {
        let (selector, _label) = label_values(variable["query"]["query"].as_str()?)?;
        Some(Expression {
            place: format!("variable {}", variable["name"]),
            text: selector.to_owned(),
        })
    });
    of_panels.chain(of_variables).collect()
}

/// What `label_values(SELECTOR, LABEL)` asks for.
pub fn label_values(query: &str) -> Option<(&str, &str)> {
    query
        .strip_prefix("label_values(")?
        .strip_suffix(')')?
        .rsplit_once(", ")
}

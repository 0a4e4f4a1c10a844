//! SARIF 2.1.0, as code review shows it. Its schema: `docs.oasis-open.org/sarif/sarif/v2.1.0/`.

use std::fmt;

use jsonc_parser::ast::Value as Node;
use jsonc_parser::common::Ranged as _;
use serde_json::{Value, json};

use super::lint::{Linted, word};
use crate::lint::{Finding, RULES};

/// Findings as one run of one tool.
#[derive(Debug, Clone, Copy)]
pub struct Sarif<'a>(pub &'a [Linted]);

impl fmt::Display for Sarif<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules: Vec<Value> = RULES
            .iter()
            .map(|rule| {
                json!({
                    "id": rule.name,
                    "shortDescription": {"text": rule.what},
                    "defaultConfiguration": {"level": word(rule.level)},
                })
            })
            .collect();
        let results: Vec<Value> = self.0.iter().flat_map(results).collect();
        let report = json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": {
                    "name": "dashctl",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                }},
                "results": results,
            }],
        });
        writeln!(f, "{report:#}")
    }
}

fn results(linted: &Linted) -> Vec<Value> {
    let options = jsonc_parser::ParseOptions::default();
    let parsed = jsonc_parser::parse_to_ast(&linted.text, &jsonc_parser::CollectOptions::default(), &options);
    let root = parsed.ok().and_then(|parsed| parsed.value);
    let one = |finding: &Finding| {
        let (line, column) = root
            .as_ref()
            .and_then(|root| offset(root, &finding.path))
            .map_or((1, 1), |offset| position(&linted.text, offset));
        let index = RULES.iter().position(|rule| rule.name == finding.rule);
        json!({
            "ruleId": finding.rule,
            "ruleIndex": index,
            "level": word(finding.level),
            "message": {"text": finding.message},
            "locations": [{
                "physicalLocation": {
                    "artifactLocation": {"uri": linted.file.replace('\\', "/")},
                    "region": {"startLine": line, "startColumn": column},
                },
                "logicalLocations": [{"fullyQualifiedName": finding.path, "kind": "member"}],
            }],
        })
    };
    linted.findings.iter().map(one).collect()
}

/// Where the value at a path begins; where the path doesn't lead all the way, the last value on it. A dashboard may stand
/// in an envelope.
fn offset(root: &Node<'_>, path: &str) -> Option<usize> {
    let inside = |key: &str| match root {
        Node::Object(object) => object.get(key).map(|property| &property.value),
        _ => None,
    };
    let mut here = inside("dashboard").or_else(|| inside("spec")).unwrap_or(root);
    for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
        let next = match (here, step.strip_suffix(']')) {
            (Node::Array(array), Some(index)) => array.elements.get(index.parse::<usize>().ok()?),
            (Node::Object(object), None) => object.get(step).map(|property| &property.value),
            _ => None,
        };
        match next {
            Some(next) => here = next,
            None => break,
        }
    }
    Some(here.start())
}

/// Line and column of a byte, both from 1; columns in UTF-16 units, as SARIF counts them by default.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset.min(text.len())];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before[start..].encode_utf16().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{LintSettings, lint};

    #[test]
    fn a_finding_points_to_its_line() {
        let text = "{\"title\": \"D\",\n \"panels\": [\n  {\"title\": \"ü\", \"type\": \"graph\", \"format\": 1}]}";
        let value: Value = serde_json::from_str(text).unwrap();
        let linted = Linted {
            file: "dashboards/d.json".into(),
            is_library_panel: false,
            findings: lint(&value, "d", &LintSettings::default()),
            text: text.into(),
        };
        let report: Value = serde_json::from_str(&Sarif(&[linted]).to_string()).unwrap();
        let result = &report["runs"][0]["results"][0];
        assert_eq!(result["ruleId"], "deprecated-panel");
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(
            report["runs"][0]["tool"]["driver"]["rules"][index]["id"],
            "deprecated-panel"
        );
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "dashboards/d.json");
        assert_eq!(place["region"], json!({"startLine": 3, "startColumn": 26}));
    }
}

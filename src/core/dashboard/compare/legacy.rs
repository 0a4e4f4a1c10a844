//! Two dashboards that both still have old-style rows: the rows themselves, without their panels.

use serde_json::Value;

use super::align::{self, Alignment};
use super::change::ChangeKind;
use super::place::Step;
use super::rows;
use super::scope::Scope;
use super::walk::Walker;

/// Compares the rows of two old dashboards.
pub(super) fn walk(walker: &mut Walker<'_>, before: &Value, after: &Value) {
    let (Some(before), Some(after)) = (rows::of(before), rows::of(after)) else {
        return;
    };
    let alignment = align(before, after);
    walker.at_key("rows", |walker| {
        if alignment.reordered {
            let titles = |rows: &[Value]| -> Value {
                rows.iter()
                    .map(|row| row.get("title").cloned().unwrap_or_default())
                    .collect()
            };
            walker.change(ChangeKind::Moved, Some(&titles(before)), Some(&titles(after)));
        }
        for (one, other) in alignment.pairs {
            let index = one.or(other).unwrap_or_default();
            walker.at(Step::Index(index), |walker| match (one, other) {
                (Some(one), Some(other)) => {
                    let (one, other) = (without_panels(&before[one]), without_panels(&after[other]));
                    walker.within(Scope::LegacyRow, |walker| walker.value(Some(&one), Some(&other)));
                }
                (Some(one), None) => walker.change(ChangeKind::Removed, Some(&without_panels(&before[one])), None),
                (None, Some(other)) => walker.change(ChangeKind::Added, None, Some(&without_panels(&after[other]))),
                (None, None) => {}
            });
        }
    });
}

/// Which row of one dashboard is which of the other.
pub(super) fn align(before: &[Value], after: &[Value]) -> Alignment {
    let (old, new): (Vec<&Value>, Vec<&Value>) = (before.iter().collect(), after.iter().collect());
    align::by_key(&old, &new, |row| Some(identity(row)), "title")
}

/// What a row is known by: its title and the panels in it.
fn identity(row: &Value) -> String {
    let ids = row
        .get("panels")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|panel| panel.get("id"));
    let ids: Vec<String> = ids.map(Value::to_string).collect();
    format!(
        "{}\n{}",
        row.get("title").and_then(Value::as_str).unwrap_or_default(),
        ids.join(",")
    )
}

fn without_panels(row: &Value) -> Value {
    let mut row = row.clone();
    if let Some(map) = row.as_object_mut() {
        map.remove("panels");
    }
    row
}

//! Two panels that belong together: the forms in which they may be compared, and what differs between them.

use std::ops::ControlFlow;

use serde_json::{Map, Value};

use super::change::Comparison;
use super::lift::Lifted;
use super::same::{both_equal, each_key, same};
use super::scope::{PanelScope, Scope};
use super::walk::Walker;
use super::{lift, rules};

/// Compares two panels that belong together, in the forms of the two that differ least.
pub(super) fn compare(walker: &mut Walker<'_>, before: &Value, after: &Value, renumbered: bool) {
    let mut best: Option<(Comparison, Lifted<'_>)> = None;
    let _ = lift::each_form(walker.here.facts, before, after, &mut |lifted| {
        let most = best.as_ref().map(|(found, _)| found.differences());
        let mut attempt = walker.fork();
        match (&*lifted.before, &*lifted.after) {
            (Value::Object(before), Value::Object(after)) => fields(&mut attempt, [before, after], renumbered, most),
            (before, after) => attempt.value(Some(before), Some(after)),
        }
        let differences = attempt.found.differences();
        if most.is_none_or(|most| differences < most) {
            best = Some((attempt.found, lifted));
        }
        // Of forms that differ alike the first counts, and none differs less than not at all.
        if differences == 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    let Some((found, lifted)) = best else { return };
    for rewritten in &lifted.rewritten {
        for (key, from, to) in rewritten.keys() {
            let (from, to) = if rewritten.of_before { (from, to) } else { (to, from) };
            walker.at_key(key, |walker| walker.noise(rewritten.rule, from, to));
        }
    }
    walker.found.changes.extend(found.changes);
    walker.found.noise.extend(found.noise);
    walker.found.undecidable.extend(found.undecidable);
}

/// Compares field by field; `most`: from so many differences on it isn't worth going on.
fn fields(walker: &mut Walker<'_>, [before, after]: [&Map<String, Value>; 2], renumbered: bool, most: Option<usize>) {
    let kind = |panel: &Map<String, Value>| panel.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let scope = PanelScope::of(before, after);
    let converted = lift::is_lossy_conversion(&kind(before), &kind(after));
    walker.within(Scope::Panel(Box::new(scope)), |walker| {
        each_key(before, after, |key, old, new| {
            let is_enough = most.is_some_and(|most| walker.found.differences() >= most);
            if is_enough || key == "panels" || both_equal(old, new) {
                return;
            }
            walker.at_key(key, |walker| match key {
                "type" if converted => walker.undecidable(&rules::LOSSY_CONVERSION, old, new),
                key if converted && !lift::survives_conversion(key) => walker.noise(&rules::LOSSY_CONVERSION, old, new),
                "id" if renumbered && !old.zip(new).is_some_and(|(old, new)| same(old, new)) => {
                    walker.noise(&rules::PANEL_ID, old, new);
                }
                // Options that are none are filled in like any that are missing (`getPanelOptionsWithDefaults.ts`, 7.5 to 13.1).
                "options" if old == Some(&Value::Bool(false)) && new.is_some_and(Value::is_object) => {
                    walker.noise(&rules::PLUGIN_DEFAULT, old, None);
                    walker.value(None, new);
                }
                _ => walker.differing(old, new),
            });
        });
    });
}

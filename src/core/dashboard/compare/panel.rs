//! Two panels that belong together: the forms in which they may be compared, and what differs between them.

use serde_json::{Map, Value};

use super::same::same;
use super::scope::{PanelScope, Scope};
use super::walk::Walker;
use super::{lift, rules};

/// Compares two panels that belong together, in the forms of the two that differ least.
pub(super) fn compare(walker: &mut Walker<'_>, before: &Value, after: &Value, renumbered: bool) {
    let candidates = lift::panel(walker.here.facts, before, after);
    let mut best: Option<Walker<'_>> = None;
    for lifted in candidates {
        let mut attempt = walker.fork();
        for rewritten in &lifted.rewritten {
            let (from, to) = (rewritten.from.as_ref(), rewritten.to.as_ref());
            let (from, to) = if rewritten.of_before { (from, to) } else { (to, from) };
            attempt.at_key(&rewritten.key, |attempt| attempt.noise(rewritten.rule, from, to));
        }
        if let (Value::Object(before), Value::Object(after)) = (lifted.before.as_ref(), lifted.after.as_ref()) {
            fields(&mut attempt, before, after, renumbered);
        } else {
            attempt.value(Some(&lifted.before), Some(&lifted.after));
        }
        if best
            .as_ref()
            .is_none_or(|best| attempt.found.differences() < best.found.differences())
        {
            best = Some(attempt);
        }
    }
    if let Some(best) = best {
        walker.found.changes.extend(best.found.changes);
        walker.found.noise.extend(best.found.noise);
        walker.found.undecidable.extend(best.found.undecidable);
    }
}

fn fields(walker: &mut Walker<'_>, before: &Map<String, Value>, after: &Map<String, Value>, renumbered: bool) {
    let kind = |panel: &Map<String, Value>| panel.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let scope = PanelScope::of(before, after);
    let converted = lift::is_lossy_conversion(&kind(before), &kind(after));
    walker.within(Scope::Panel(Box::new(scope)), |walker| {
        let keys = before
            .keys()
            .chain(after.keys().filter(|key| !before.contains_key(*key)));
        for key in keys.filter(|key| *key != "panels") {
            let (old, new) = (before.get(key), after.get(key));
            if old == new {
                continue;
            }
            walker.at_key(key, |walker| match key.as_str() {
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
                _ => walker.value(old, new),
            });
        }
    });
}

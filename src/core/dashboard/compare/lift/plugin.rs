//! Smaller migrations of panels: repeats, text, transformations.
//!
//! Sources: grafana/grafana `DashboardMigrator.ts` (steps 17, 31, 39), `textPanelMigrationHandler.ts`.

use serde_json::{Map, Value, json};

use super::{Panel, Step, at, object_at};
use crate::dashboard::compare::rules;

/// Step 17: a smallest width becomes a greatest number of panels per row.
pub(super) const MAX_PER_ROW: Step = Step {
    rule: &rules::MAX_PER_ROW,
    applies: |panel| panel.crosses(17) && panel.old.contains_key("minSpan") && !panel.new.contains_key("minSpan"),
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let span = lifted
            .remove("minSpan")
            .and_then(|span| span.as_f64())
            .filter(|span| *span > 0.0);
        if let Some(span) = span {
            let most = 24.0 / span;
            let factors = [1_u64, 2, 3, 4, 6, 8, 12, 24];
            // `findIndex` of the first factor above the limit, and the one before it; without one, JavaScript reads index -2.
            #[allow(clippy::cast_precision_loss)]
            let above = factors.iter().position(|factor| *factor as f64 > most);
            // A conversion to another plugin loses it up to 11.x (`mustKeepProps` in grafana/grafana `PanelModel.ts`); before step 17
            // there was none of these plugins.
            let is_successor = match panel.kinds()[1] {
                "stat" | "gauge" => true,
                "timeseries" | "barchart" | "histogram" | "bargauge" => panel.schemas[1] < 41,
                _ => false,
            };
            let kept = panel.new.contains_key("maxPerRow") || !is_successor;
            if let Some(best) = above
                .and_then(|above| factors.get(above.checked_sub(1)?))
                .filter(|_| kept)
            {
                lifted.insert("maxPerRow".to_owned(), (*best).into());
            }
        }
        vec![lifted]
    },
};

/// Step 26: the text panel of React was called `text2` until it replaced the other one.
pub(super) const TEXT_TWO: Step = Step {
    rule: &rules::TEXT_TWO,
    applies: |panel| panel.crosses(26) && panel.kinds() == ["text2", "text"],
    apply: |panel| {
        let mut lifted = panel.old.clone();
        lifted.insert("type".to_owned(), "text".into());
        lifted.remove("angular");
        vec![lifted]
    },
};

/// The modes of a text panel; one that isn't known, such as `text` up to 7.1, becomes `markdown`.
fn text_mode(mode: Option<&Value>) -> &str {
    match mode.and_then(Value::as_str) {
        Some(known @ ("code" | "html" | "markdown")) => known,
        _ => "markdown",
    }
}

pub(super) const TEXT_MODE: Step = Step {
    rule: &rules::TEXT_MODE,
    applies: |panel| {
        let mode = |panel| at(panel, &["options", "mode"]);
        let [old, new] = panel.schemas;
        // 7.2 rose to schema 26; who gives a text a mode that isn't known has made an edit.
        panel.kinds() == ["text", "text"]
            && old < new
            && new >= 26
            && mode(panel.old).and_then(Value::as_str) != Some(text_mode(mode(panel.old)))
            && mode(panel.new).and_then(Value::as_str) == Some("markdown")
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        if let Some(options) = object_at(&mut lifted, "options") {
            options.insert("mode".to_owned(), "markdown".into());
        }
        vec![lifted]
    },
};

/// From 7.1 on a text panel's content is an option like any other.
pub(super) const TEXT_OPTIONS: Step = Step {
    rule: &rules::TEXT_OPTIONS,
    applies: |panel| {
        panel.kinds() == ["text", "text"]
            && panel.old.contains_key("content")
            && !panel.new.contains_key("content")
            && at(panel.new, &["options", "content"]).is_some()
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let content = lifted.remove("content");
        let mode = lifted.remove("mode");
        // Who notes a version that has the options loses what is beside them.
        let dropped = lifted.clone();
        let mode = mode.as_ref().and_then(Value::as_str).unwrap_or("markdown");
        if let (Some(content), Some(options)) = (content, object_at(&mut lifted, "options")) {
            options.insert("content".to_owned(), content);
            options.insert("mode".to_owned(), mode.into());
        }
        if panel.plugin_versions()[0] >= 7.1 {
            vec![lifted, dropped]
        } else {
            vec![lifted]
        }
    },
};

fn transformations(panel: &Map<String, Value>) -> &[Value] {
    panel
        .get("transformations")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn has(panel: &Map<String, Value>, id: &str) -> bool {
    transformations(panel)
        .iter()
        .any(|entry| entry.get("id").and_then(Value::as_str) == Some(id))
}

/// Step 31: labels to fields needs a merge after it.
pub(super) const LABELS_TO_FIELDS: Step = Step {
    rule: &rules::LABELS_TO_FIELDS,
    applies: |panel| {
        panel.crosses(31)
            && has(panel.old, "labelsToFields")
            && transformations(panel.new).len() > transformations(panel.old).len()
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let mut all = Vec::new();
        for entry in transformations(panel.old) {
            all.push(entry.clone());
            if entry.get("id").and_then(Value::as_str) == Some("labelsToFields") {
                all.push(json!({"id": "merge", "options": {}}));
            }
        }
        lifted.insert("transformations".to_owned(), Value::Array(all));
        vec![lifted]
    },
};

/// Step 39: a statistic per query became settings per query.
pub(super) const TIME_SERIES_TABLE: Step = Step {
    rule: &rules::TIME_SERIES_TABLE,
    applies: |panel| {
        let old = |panel: &Map<String, Value>| {
            transformations(panel)
                .iter()
                .any(|entry| entry.pointer("/options/refIdToStat").is_some())
        };
        panel.crosses(39) && old(panel.old) && !old(panel.new)
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let entries = lifted
            .get_mut("transformations")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten();
        for entry in entries.filter(|entry| entry.get("id").and_then(Value::as_str) == Some("timeSeriesTable")) {
            let Some(options) = entry.get_mut("options") else {
                continue;
            };
            let stats = options.get("refIdToStat").and_then(Value::as_object).cloned();
            if let Some(stats) = stats {
                *options = stats
                    .into_iter()
                    .map(|(query, stat)| (query, json!({"stat": stat})))
                    .collect::<Map<_, _>>()
                    .into();
            }
        }
        vec![lifted]
    },
};

/// A query without a letter is given the next free one (`ensureQueryIds` in grafana/grafana `PanelModel.ts`).
pub(super) const REF_IDS: Step = Step {
    rule: &rules::REF_IDS,
    applies: |panel: &Panel<'_>| {
        let named = |target: &Value| {
            target
                .get("refId")
                .and_then(Value::as_str)
                .is_some_and(|id| !id.is_empty())
        };
        let (old, new) = (targets(panel.old), targets(panel.new));
        old.iter().any(|target| target.is_object() && !named(target)) && new.iter().all(named)
    },
    apply: |panel| {
        let mut all = targets(panel.old).to_vec();
        for position in 0..all.len() {
            let used: Vec<&str> = all.iter().filter_map(|target| target.get("refId")?.as_str()).collect();
            let free = ('A'..='Z')
                .map(String::from)
                .find(|letter| !used.contains(&letter.as_str()));
            let unnamed = |target: &&mut Map<String, Value>| {
                target.get("refId").and_then(Value::as_str).is_none_or(str::is_empty)
            };
            if let (Some(letter), Some(target)) = (free, all[position].as_object_mut().filter(unnamed)) {
                target.insert("refId".to_owned(), letter.into());
            }
        }
        let mut lifted = panel.old.clone();
        lifted.insert("targets".to_owned(), Value::Array(all));
        vec![lifted]
    },
};

fn targets(panel: &Map<String, Value>) -> &[Value] {
    panel
        .get("targets")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

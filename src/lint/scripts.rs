//! Rules about what runs in the reader's browser.

use serde_json::Value;

use super::{Found, Place, list, text};

/// Panel plugins whose settings hold scripts.
const SCRIPTED: [&str; 7] = [
    "ryantxu-ajax-panel",
    "marcusolsson-dynamictext-panel",
    "volkovlabs-echarts-panel",
    "volkovlabs-form-panel",
    "gapit-htmlgraphics-panel",
    "aceiot-svg-panel",
    "nline-plotlyjs-panel",
];

/// What makes HTML run something.
const MARKS: [&str; 5] = ["<script", "javascript:", "onerror=", "onload=", "onclick="];

pub(super) fn scripts(dashboard: &Value, places: &[Place<'_>]) -> Vec<Found> {
    let mut found = Vec::new();
    for place in places {
        let plugin = text(place.panel, "type");
        if SCRIPTED.contains(&plugin) {
            let message = format!("{plugin} runs scripts that stand in its settings; read them before you trust them");
            found.push(Found::at(format!("{}.type", place.path), message));
        }
        if plugin == "text" {
            for (key, content) in [
                ("options.content", place.panel.pointer("/options/content")),
                ("content", place.panel.get("content")),
            ] {
                let content = content.and_then(Value::as_str).unwrap_or_default();
                found.extend(marked(format!("{}.{key}", place.path), content));
            }
        }
        for (at, link) in list(place.panel, "links").iter().enumerate() {
            found.extend(marked(format!("{}.links[{at}].url", place.path), text(link, "url")));
        }
    }
    for (at, link) in list(dashboard, "links").iter().enumerate() {
        found.extend(marked(format!("links[{at}].url"), text(link, "url")));
    }
    found
}

fn marked(path: String, content: &str) -> Option<Found> {
    let low = content.to_lowercase();
    let mark = MARKS.iter().find(|mark| low.contains(**mark))?;
    let message = format!("it runs a script where Grafana doesn't clean its text ({mark}); take it out");
    Some(Found::at(path, message))
}

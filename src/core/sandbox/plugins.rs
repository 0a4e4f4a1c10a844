//! What the server says about itself: health, settings for the browser, and the panels it has.

use serde_json::{Map, Value, json};

use super::{
    Role, Version,
    call::Call,
    reply::{JSON_UPPER, Outcome, Reply},
};

/// A panel plugin: its id, its name, and its state when it is not an ordinary one.
type Panel = (&'static str, &'static str, &'static str);

/// The panels that come with 7.5.
const PANELS_7_5: [Panel; 19] = [
    ("alertlist", "Alert list", ""),
    ("bargauge", "Bar gauge", ""),
    ("dashlist", "Dashboard list", ""),
    ("gauge", "Gauge", ""),
    ("gettingstarted", "Getting Started", ""),
    ("graph", "Graph", ""),
    ("heatmap", "Heatmap", ""),
    ("logs", "Logs", ""),
    ("news", "News", "beta"),
    ("nodeGraph", "Node Graph", "beta"),
    ("piechart", "Pie chart v2", "beta"),
    ("pluginlist", "Plugin list", ""),
    ("singlestat", "Singlestat", "deprecated"),
    ("stat", "Stat", ""),
    ("table", "Table", ""),
    ("table-old", "Table (old)", "deprecated"),
    ("text", "Text", ""),
    ("timeseries", "Time series", "beta"),
    ("welcome", "Welcome", ""),
];

/// The panels that come with 9.4.
const PANELS_9_4: [Panel; 28] = [
    ("alertlist", "Alert list", ""),
    ("annolist", "Annotations list", ""),
    ("barchart", "Bar chart", ""),
    ("bargauge", "Bar gauge", ""),
    ("candlestick", "Candlestick", ""),
    ("canvas", "Canvas", "beta"),
    ("dashlist", "Dashboard list", ""),
    ("flamegraph", "Flame Graph", "beta"),
    ("gauge", "Gauge", ""),
    ("geomap", "Geomap", ""),
    ("gettingstarted", "Getting Started", ""),
    ("graph", "Graph (old)", "deprecated"),
    ("heatmap", "Heatmap", ""),
    ("histogram", "Histogram", ""),
    ("logs", "Logs", ""),
    ("news", "News", "beta"),
    ("nodeGraph", "Node Graph", "beta"),
    ("piechart", "Pie chart", ""),
    ("stat", "Stat", ""),
    ("state-timeline", "State timeline", ""),
    ("status-history", "Status history", ""),
    ("table", "Table", ""),
    ("table-old", "Table (old)", "deprecated"),
    ("text", "Text", ""),
    ("timeseries", "Time series", ""),
    ("traces", "Traces", "beta"),
    ("welcome", "Welcome", ""),
    ("xychart", "XY Chart", "beta"),
];

/// The routes about plugins and settings.
pub fn route(call: &Call) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["api", "plugins"]) => plugins(call),
        ("GET", ["api", "plugins", id, "settings"]) => settings_of(call, id),
        ("GET", ["api", "frontend", "settings"]) => frontend(call),
        _ => return None,
    })
}

/// `/api/health`, which needs no credentials and looks at none.
pub fn health(version: Version) -> Reply {
    let health = json!({ "commit": "sandbox", "database": "ok", "version": version.number() });
    Reply::text(200, JSON_UPPER, health.to_string())
}

impl Version {
    fn panels(self) -> &'static [Panel] {
        match self {
            Self::V7_5 => &PANELS_7_5,
            _ => &PANELS_9_4,
        }
    }
}

fn described(version: Version, (id, name, state): Panel) -> Value {
    let logo = format!("public/app/plugins/panel/{id}/img/icn-{id}-panel.svg");
    let mut panel = json!({
        "name": name,
        "type": "panel",
        "id": id,
        "enabled": true,
        "pinned": false,
        "info": {
            "author": { "name": "Grafana Labs", "url": "https://grafana.com" },
            "description": "",
            "links": null,
            "logos": { "small": logo, "large": logo },
            "build": {},
            "screenshots": null,
            "version": "",
            "updated": "",
        },
        "latestVersion": "",
        "hasUpdate": false,
        "defaultNavUrl": format!("/plugins/{id}/"),
        "category": "",
        "state": state,
        "signature": "internal",
        "signatureType": "",
        "signatureOrg": "",
    });
    if version.is_9() {
        panel["dependencies"] = json!({ "grafanaDependency": "", "grafanaVersion": "*", "plugins": [] });
    }
    panel
}

fn plugins(call: &Call) -> Outcome {
    call.signed_in()?;
    let version = call.state.version();
    let wanted = call.parameter("type").is_none_or(|kind| kind == "panel");
    let panels = version.panels().iter().filter(|_| wanted);
    Ok(Reply::json(
        200,
        &panels.map(|panel| described(version, *panel)).collect(),
    ))
}

fn settings_of(call: &Call, id: &str) -> Outcome {
    call.signed_in()?;
    let version = call.state.version();
    match version.panels().iter().find(|(known, ..)| *known == id) {
        Some(panel) => Ok(Reply::json(200, &described(version, *panel))),
        None => version
            .error(404, "Plugin not found, no installed plugin with that id")
            .refuse(),
    }
}

fn frontend(call: &Call) -> Outcome {
    call.signed_in()?;
    let version = call.state.version();
    let panels: Map<String, Value> = version
        .panels()
        .iter()
        .map(|(id, name, state)| {
            (
                (*id).to_owned(),
                json!({ "id": id, "name": name, "state": state, "hideFromList": false }),
            )
        })
        .collect();
    call.read(|store| {
        let visible = call.may(Role::Viewer);
        let sources: Map<String, Value> = store
            .sources
            .values()
            .filter(|_| visible)
            .map(|source| {
                let described = json!({
                    "id": source.id,
                    "uid": source.uid,
                    "name": source.name,
                    "type": source.kind,
                    "access": source.access,
                    "url": format!("/api/datasources/proxy/{}", source.id),
                    "isDefault": source.is_default,
                    "jsonData": source.json,
                    "meta": { "id": source.kind, "type": "datasource", "name": source.kind },
                });
                (source.name.clone(), described)
            })
            .collect();
        let default = store.sources.values().find(|source| source.is_default);
        Ok(Reply::json(
            200,
            &json!({
                "appSubUrl": "",
                "buildInfo": {
                    "version": version.number(),
                    "commit": "sandbox",
                    "buildstamp": 0,
                    "edition": "Open Source",
                    "env": "production",
                    "hasUpdate": false,
                    "latestVersion": "",
                },
                "datasources": sources,
                "defaultDatasource": default.map_or("", |source| source.name.as_str()),
                "featureToggles": {},
                "panels": panels,
            }),
        ))
    })
}

//! Rules about panels and where they stand.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Found, Place, list, text};

/// Panels that show numbers.
const NUMBERS: [&str; 6] = ["timeseries", "stat", "gauge", "bargauge", "barchart", "graph"];

/// Panel plugins that Grafana no longer has, with what came after (`public/app/features/dashboard/state/PanelModel.ts` and
/// `public/app/features/plugins/`, 12.4: Angular is gone since 12.0).
const DEPRECATED: [(&str, &str); 7] = [
    ("graph", "timeseries"),
    ("singlestat", "stat"),
    ("grafana-singlestat-panel", "stat"),
    ("table-old", "table"),
    ("grafana-piechart-panel", "piechart"),
    ("grafana-worldmap-panel", "geomap"),
    ("natel-discrete-panel", "state-timeline"),
];

fn is_row(place: &Place<'_>) -> bool {
    matches!(text(place.panel, "type"), "row" | "tab")
}

fn is_library_panel(place: &Place<'_>) -> bool {
    place.panel.get("libraryPanel").is_some_and(|panel| !panel.is_null())
}

pub(super) fn doubled_ids(_: &Value, places: &[Place<'_>]) -> Vec<Found> {
    let mut seen: BTreeMap<u64, &str> = BTreeMap::new();
    let mut found = Vec::new();
    for place in places {
        let Some(id) = place.panel.get("id").and_then(Value::as_u64) else {
            continue;
        };
        if let Some(first) = seen.insert(id, &place.path) {
            let message = format!("{first} has the id {id}, too; give one of them another");
            found.push(Found::at(format!("{}.id", place.path), message));
        }
    }
    found
}

/// A rectangle on the page.
struct Rectangle {
    left: u64,
    top: u64,
    right: u64,
    bottom: u64,
}

impl Rectangle {
    fn of(panel: &Value) -> Option<Self> {
        let side = |key: &str| panel.pointer(&format!("/gridPos/{key}")).and_then(Value::as_u64);
        let (left, top) = (side("x")?, side("y")?);
        Some(Self {
            left,
            top,
            right: left + side("w")?,
            bottom: top + side("h")?,
        })
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }
}

/// What lies in a collapsed row is laid out when it is opened, and is compared with that row's own only.
pub(super) fn overlaps(dashboard: &Value, _: &[Place<'_>]) -> Vec<Found> {
    let mut found = overlaps_among(list(dashboard, "panels"), "");
    for (at, row) in list(dashboard, "panels").iter().enumerate() {
        found.extend(overlaps_among(list(row, "panels"), &format!("panels[{at}].")));
    }
    found
}

fn overlaps_among(panels: &[Value], path: &str) -> Vec<Found> {
    let placed: Vec<(usize, &Value, Rectangle)> = panels
        .iter()
        .enumerate()
        .filter_map(|(at, panel)| Some((at, panel, Rectangle::of(panel)?)))
        .collect();
    let mut found = Vec::new();
    for (number, (at, _, own)) in placed.iter().enumerate() {
        if let Some((_, other, _)) = placed[..number].iter().find(|(_, _, other)| own.overlaps(other)) {
            let message = format!("it lies over the panel {:?}; move one of them", text(other, "title"));
            found.push(Found::at(format!("{path}panels[{at}].gridPos"), message));
        }
    }
    found
}

pub(super) fn without_unit(_: &Value, places: &[Place<'_>]) -> Vec<Found> {
    let has_unit = |panel: &Value| {
        let own = panel.pointer("/fieldConfig/defaults/unit").is_some();
        let legacy = panel.pointer("/yaxes/0/format").or(panel.get("format")).is_some();
        let overridden = panel
            .pointer("/fieldConfig/overrides")
            .and_then(Value::as_array)
            .is_some_and(|overrides| {
                let mut properties = overrides.iter().flat_map(|one| list(one, "properties"));
                properties.any(|property| text(property, "id") == "unit")
            });
        own || legacy || overridden
    };
    let without = |place: &&Place<'_>| {
        NUMBERS.contains(&text(place.panel, "type")) && !is_library_panel(place) && !has_unit(place.panel)
    };
    let found = places.iter().filter(without);
    found
        .map(|place| Found::at(place.path.clone(), "its numbers have no unit; set one, or \"none\""))
        .collect()
}

pub(super) fn without_title(_: &Value, places: &[Place<'_>]) -> Vec<Found> {
    let without = |place: &&Place<'_>| {
        let asks = !list(place.panel, "targets").is_empty();
        asks && !is_row(place) && !is_library_panel(place) && text(place.panel, "title").trim().is_empty()
    };
    let found = places.iter().filter(without);
    found
        .map(|place| Found::at(place.path.clone(), "the panel has no title"))
        .collect()
}

pub(super) fn deprecated(_: &Value, places: &[Place<'_>]) -> Vec<Found> {
    let old = |place: &Place<'_>| {
        let plugin = text(place.panel, "type");
        let (_, now) = DEPRECATED.iter().find(|(name, _)| *name == plugin)?;
        let message = format!("Grafana 12 has no {plugin} any more; it shows a {now} instead");
        Some(Found::at(format!("{}.type", place.path), message))
    };
    places.iter().filter_map(old).collect()
}

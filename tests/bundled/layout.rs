//! Where panels stand.

use super::{carried, kind, list, panels, title};
use serde_json::Value;

/// x, y, width, height.
fn place(panel: &Value) -> [u64; 4] {
    ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap_or_else(|| panic!("{panel}")))
}

fn overlap(one: &Value, other: &Value) -> bool {
    let ([x, y, w, h], [u, v, a, b]) = (place(one), place(other));
    x < u + a && u < x + w && y < v + b && v < y + h
}

#[test]
fn panel_ids_are_unique() {
    for (name, _, dashboard) in carried() {
        let mut ids: Vec<u64> = panels(&dashboard)
            .iter()
            .map(|panel| panel["id"].as_u64().unwrap())
            .collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{}", name);
    }
}

#[test]
fn no_panel_covers_another_or_leaves_the_grid() {
    for (name, _, dashboard) in carried() {
        // A collapsed row's panels stand among themselves.
        let rows = list(&dashboard["panels"]).iter().map(|row| list(&row["panels"]));
        for level in rows.chain([list(&dashboard["panels"])]) {
            for (at, panel) in level.iter().enumerate() {
                let [x, _, w, h] = place(panel);
                assert!(x + w <= 24 && w > 0 && h > 0, "{}: {:?}", name, title(panel));
                for other in &level[at + 1..] {
                    assert!(
                        !overlap(panel, other),
                        "{}: {:?} and {:?}",
                        name,
                        title(panel),
                        title(other)
                    );
                }
            }
        }
    }
}

/// In a real Grafana 13 the title of a narrower one is cut to a letter.
#[test]
fn no_stat_is_too_narrow_for_its_title() {
    for (name, _, dashboard) in carried() {
        for panel in panels(&dashboard).into_iter().filter(|panel| kind(panel) == "stat") {
            assert!(place(panel)[2] >= 4, "{}: {:?}", name, title(panel));
        }
    }
}

/// The panels of each line fill it, so that nothing moves up when Grafana packs the grid.
#[test]
fn there_are_no_holes() {
    for (name, _, dashboard) in carried() {
        for level in list(&dashboard["panels"])
            .iter()
            .map(|row| list(&row["panels"]))
            .chain([list(&dashboard["panels"])])
        {
            let covered: u64 = level.iter().map(|panel| place(panel)[2] * place(panel)[3]).sum();
            let top = level.iter().map(|panel| place(panel)[1]).min().unwrap_or(0);
            let bottom = level
                .iter()
                .map(|panel| place(panel)[1] + place(panel)[3])
                .max()
                .unwrap_or(0);
            assert_eq!(covered, 24 * (bottom - top), "{}", name);
        }
    }
}

#[test]
fn only_collapsed_rows_hold_panels_themselves() {
    for (name, _, dashboard) in carried() {
        for panel in list(&dashboard["panels"]) {
            let holds = !list(&panel["panels"]).is_empty();
            assert_eq!(holds, panel["collapsed"] == true, "{}: {:?}", name, title(panel));
            assert!(!holds || kind(panel) == "row");
        }
    }
}

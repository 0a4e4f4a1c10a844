//! Where do a dashboard's panels lie?
//!
//! An [`Outline`] is what a drawing of a dashboard needs: its bands (what stands above the first row, rows, tabs), and in each
//! its panels with title, plugin and place on the grid of 24 columns. It holds no settings.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::compare::in_classic_words;
use super::{migrate, title};

/// The columns of Grafana's grid.
pub const COLUMNS: u32 = 24;
/// No page is longer: a number beyond is a slip, and nothing is drawn there.
const LONGEST: u32 = 10_000;
/// A panel that the page places by itself is about as high (`rowHeightMode: standard`, 320 px of 38 px a row).
const AUTOMATIC_HEIGHT: u32 = 8;
/// Columns of an automatic grid where none are named (grafana/grafana 13.1 `AutoGridLayoutManager`: `maxColumnCount` 3).
const AUTOMATIC_COLUMNS: u64 = 3;

/// A dashboard's panels, band by band.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outline {
    /// From the top of the page.
    pub bands: Vec<Band>,
}

/// What panels lie in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// The page itself.
    Page,
    /// A row.
    Row,
    /// A tab.
    Tab,
}

/// A row, a tab, or what lies above the first one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Band {
    /// What it is.
    pub holder: Holder,
    /// Its title.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Its id, where it has one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// How many rows and tabs it lies in.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub depth: u32,
    /// Its panels, places counted from its own top.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiles: Vec<Tile>,
}

/// A panel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tile {
    /// Its id.
    pub id: String,
    /// Its title.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Its plugin.
    #[serde(rename = "type")]
    pub plugin: String,
    /// Its place.
    #[serde(flatten)]
    pub area: Area,
}

/// A place on the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Area {
    /// The column, from 0.
    pub x: u32,
    /// The grid's row, from 0.
    pub y: u32,
    /// So many columns.
    pub w: u32,
    /// So many rows.
    pub h: u32,
}

impl Area {
    /// Where it ends.
    pub fn bottom(self) -> u32 {
        self.y + self.h
    }

    /// Whether both cover something.
    pub fn overlaps(self, other: Self) -> bool {
        self.x < other.x + other.w && other.x < self.x + self.w && self.y < other.bottom() && other.y < self.bottom()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Outline {
    /// Of a dashboard of any form; empty where it has no panels, or none that can be placed.
    pub fn of(dashboard: &Value) -> Self {
        let words = in_classic_words(dashboard);
        if words.get("rows").is_some_and(Value::is_array) {
            // Panels in legacy rows have no places; Grafana's own migration gives them some.
            let migrated = migrate::migrate(&words, &migrate::Context::default());
            return migrated.map(|migrated| Self::of_grid(&migrated)).unwrap_or_default();
        }
        Self::of_grid(&words)
    }

    fn of_grid(dashboard: &Value) -> Self {
        let mut drawing = Drawing::default();
        drawing.band(Holder::Page, dashboard, 0);
        let bands = &mut drawing.outline.bands;
        bands.retain(|band| band.holder != Holder::Page || !band.tiles.is_empty());
        let inside = bands.iter_mut().filter(|band| band.holder != Holder::Page);
        inside.for_each(Band::start_at_top);
        drawing.outline
    }

    /// All panels.
    pub fn tiles(&self) -> impl Iterator<Item = &Tile> {
        self.bands.iter().flat_map(|band| &band.tiles)
    }
}

/// A dashboard as each side of a judgement has it. Most edits move no panel: sides that are alike are held once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outlines {
    /// In Grafana.
    pub live: Arc<Outline>,
    /// In the repository.
    pub desired: Arc<Outline>,
    /// The newest version that the repository knows, where it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Arc<Outline>>,
}

impl Outlines {
    /// Of the dashboards on each side.
    pub fn of(live: &Value, desired: &Value, base: Option<&Value>) -> Self {
        let of = |side: &Value| Arc::new(Outline::of(side));
        let shared = |outline: Arc<Outline>, with: &Arc<Outline>| match outline == *with {
            true => Arc::clone(with),
            false => outline,
        };
        let desired_outline = of(desired);
        let base = base.map(|base| match base == desired {
            true => Arc::clone(&desired_outline),
            false => shared(of(base), &desired_outline),
        });
        Self {
            live: shared(of(live), &desired_outline),
            desired: desired_outline,
            base,
        }
    }

    /// The sides between which others changed something.
    pub fn drift(&self) -> [&Outline; 2] {
        [self.base.as_ref().unwrap_or(&self.desired), &self.live]
    }

    /// The sides between which an apply changes something.
    pub fn changes(&self) -> [&Outline; 2] {
        [&self.live, &self.desired]
    }
}

#[derive(Default)]
struct Drawing {
    outline: Outline,
}

impl Drawing {
    /// A holder and what lies in it. An open row holds what follows it; a closed row and a tab hold their own panels.
    fn band(&mut self, holder: Holder, value: &Value, depth: u32) {
        let mut at = self.open(holder, value, depth);
        for panel in value.get("panels").and_then(Value::as_array).into_iter().flatten() {
            let inside = match panel.get("type").and_then(Value::as_str) {
                Some("row") => Holder::Row,
                Some("tab") => Holder::Tab,
                _ => {
                    self.tile(at, panel, value);
                    continue;
                }
            };
            let open = panel.get("panels").and_then(Value::as_array).is_none_or(Vec::is_empty);
            match inside == Holder::Row && open {
                true => at = self.open(inside, panel, depth),
                false => self.band(inside, panel, depth + u32::from(holder != Holder::Page)),
            }
        }
    }

    fn open(&mut self, holder: Holder, value: &Value, depth: u32) -> usize {
        let of_page = holder == Holder::Page;
        self.outline.bands.push(Band {
            holder,
            title: if of_page {
                String::new()
            } else {
                title(value).to_owned()
            },
            id: if of_page { String::new() } else { id(value) },
            depth,
            tiles: Vec::new(),
        });
        self.outline.bands.len() - 1
    }

    fn tile(&mut self, band: usize, panel: &Value, holder: &Value) {
        let tiles = &mut self.outline.bands[band].tiles;
        let area = match panel.get("gridPos") {
            Some(place) => placed(place),
            None => next_place(tiles, holder),
        };
        let text = |pointer: &str| panel.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let title = match text("/title") {
            "" => text("/libraryPanel/name"),
            title => title,
        };
        tiles.push(Tile {
            id: id(panel),
            title: title.to_owned(),
            plugin: text("/type").to_owned(),
            area,
        });
    }
}

impl Band {
    /// Where a row begins on its page is told by what lies above it.
    fn start_at_top(&mut self) {
        let top = self.tiles.iter().map(|tile| tile.area.y).min().unwrap_or(0);
        for tile in &mut self.tiles {
            tile.area.y -= top;
        }
    }
}

fn id(value: &Value) -> String {
    match value.get("id") {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => String::new(),
    }
}

fn placed(place: &Value) -> Area {
    let number = |key: &str, least: u32, most: u32| {
        let number = place.get(key).and_then(Value::as_f64).unwrap_or_default();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is within these bounds then"
        )]
        let whole = number.clamp(f64::from(least), f64::from(most)) as u32;
        whole
    };
    let x = number("x", 0, COLUMNS - 1);
    Area {
        x,
        y: number("y", 0, LONGEST),
        w: number("w", 1, COLUMNS - x),
        h: number("h", 1, LONGEST),
    }
}

/// After the last panel, in as many columns as the automatic grid has at most.
fn next_place(tiles: &[Tile], holder: &Value) -> Area {
    let columns = holder.pointer("/layout/maxColumnCount").and_then(Value::as_u64);
    let columns = columns.unwrap_or(AUTOMATIC_COLUMNS).clamp(1, u64::from(COLUMNS));
    #[expect(clippy::cast_possible_truncation, reason = "it is 24 at most")]
    let w = COLUMNS / columns as u32;
    let h = AUTOMATIC_HEIGHT;
    let Some(last) = tiles.last() else {
        return Area { x: 0, y: 0, w, h };
    };
    match last.area.x + last.area.w + w <= COLUMNS {
        true => Area {
            x: last.area.x + last.area.w,
            y: last.area.y,
            w,
            h,
        },
        false => Area {
            x: 0,
            y: last.area.bottom(),
            w,
            h,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn drawn(outline: &Outline) -> Vec<String> {
        let mut all = Vec::new();
        for band in &outline.bands {
            all.push(format!("{:?} {} {}", band.holder, band.title, band.depth));
            for Tile { id, title, area, .. } in &band.tiles {
                all.push(format!("{id} {title} {},{} {}x{}", area.x, area.y, area.w, area.h));
            }
        }
        all
    }

    #[test]
    fn open_and_closed_rows_hold_their_panels() {
        let panel = |id: u64, y: u64| {
            json!({"id": id, "type": "stat", "title": format!("P{id}"),
            "gridPos": {"x": 12, "y": y, "w": 12, "h": 4}})
        };
        let dashboard = json!({"panels": [panel(1, 0),
            {"id": 2, "type": "row", "title": "Open", "panels": [], "gridPos": {"x": 0, "y": 4, "w": 24, "h": 1}}, panel(3, 5),
            {"id": 4, "type": "row", "title": "Closed", "collapsed": true, "panels": [panel(5, 10)]}]});
        let expected = [
            "Page  0",
            "1 P1 12,0 12x4",
            "Row Open 0",
            "3 P3 12,0 12x4",
            "Row Closed 0",
            "5 P5 12,0 12x4",
        ];
        assert_eq!(drawn(&Outline::of(&dashboard)), expected);
    }

    #[test]
    fn tabs_rows_in_them_and_automatic_grids_are_laid_out() {
        let element = |id: u64| {
            json!({"kind": "Panel", "spec": {"id": id, "title": format!("P{id}"), "vizConfig": {"kind": "VizConfig",
            "group": "stat", "spec": {}}, "data": {"kind": "QueryGroup", "spec": {"queries": []}}}})
        };
        let item = |name: &str| json!({"kind": "AutoGridLayoutItem", "spec": {"element": {"kind": "ElementReference", "name": name}}});
        let dashboard = json!({"elements": {"a": element(1), "b": element(2), "c": element(3)}, "layout": {"kind": "TabsLayout",
            "spec": {"tabs": [{"kind": "TabsLayoutTab", "spec": {"title": "T", "layout": {"kind": "RowsLayout", "spec": {"rows": [
                {"kind": "RowsLayoutRow", "spec": {"title": "R", "layout": {"kind": "AutoGridLayout", "spec": {"maxColumnCount": 2,
                    "items": [item("a"), item("b"), item("c")]}}}}]}}}}]}}});
        let expected = ["Tab T 0", "Row R 1", "1 P1 0,0 12x8", "2 P2 12,0 12x8", "3 P3 0,8 12x8"];
        assert_eq!(drawn(&Outline::of(&dashboard)), expected);
    }

    #[test]
    fn numbers_that_no_grid_has_are_drawn_within_it() {
        let dashboard = json!({"panels": [{"id": 1, "gridPos": {"x": 900, "y": -3, "w": 1e300, "h": "4"}}]});
        assert_eq!(drawn(&Outline::of(&dashboard)), ["Page  0", "1  23,0 1x1"]);
        assert_eq!(Outline::of(&json!({"panels": 3})), Outline::default());
    }

    #[test]
    fn legacy_rows_get_the_places_that_grafana_gives_them() {
        let dashboard = json!({"schemaVersion": 12, "rows": [{"title": "Old", "showTitle": true, "height": "250px",
            "panels": [{"id": 1, "type": "graph", "title": "A", "span": 6}, {"id": 2, "type": "graph", "title": "B", "span": 6}]}]});
        let outline = Outline::of(&dashboard);
        assert_eq!(outline.tiles().count(), 2);
        assert_eq!(outline.tiles().map(|tile| tile.area.w).sum::<u32>(), COLUMNS);
    }
}

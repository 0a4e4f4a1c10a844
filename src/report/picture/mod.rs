//! A dashboard drawn with what differs in it: its bands from top to bottom, in each its panels where they lie now, and what
//! was there and is gone.
//!
//! A [`Picture`] knows places on the grid and what the mark of each panel is; `svg` draws it for a page and `boxes` for a terminal.

mod boxes;
mod svg;

pub(super) use svg::svg;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use super::ChangeReport;
use super::change::changes;
use super::told::{Described, Sign, tell};
use crate::dashboard::compare::{ChangeKind, Comparison};
use crate::dashboard::outline::{Area, Band, COLUMNS, Holder, Outline, Tile};
use boxes::Boxes;

/// A removed panel takes no more room than this where others lie now.
const GONE_HEIGHT: u32 = 4;

/// A dashboard with what differs in it, for a terminal; nothing where nothing that can be drawn differs.
#[derive(Debug, Clone)]
pub struct PictureText {
    picture: Option<Picture>,
    colour: bool,
}

impl PictureText {
    /// Of two dashboards that were compared.
    pub fn between(sides: [&Value; 2], comparison: &Comparison, colour: bool) -> Self {
        let sides = sides.map(Outline::of);
        Self::new(sides.each_ref(), &changes(comparison), colour)
    }

    pub(super) fn new(sides: [&Outline; 2], changes: &[ChangeReport], colour: bool) -> Self {
        let told: Vec<Described> = tell(changes).collect();
        Self {
            picture: Picture::new(sides, changes, &told),
            colour,
        }
    }
}

impl fmt::Display for PictureText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { picture, colour } = self;
        match picture {
            Some(picture) => Boxes {
                picture,
                colour: *colour,
            }
            .fmt(f),
            None => Ok(()),
        }
    }
}

/// A dashboard with what differs in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) bands: Vec<Drawn>,
}

/// A band, and what was done to it and in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drawn {
    pub(super) holder: Holder,
    pub(super) title: String,
    pub(super) depth: u32,
    pub(super) sign: Option<Sign>,
    /// Which of the differences tells of it.
    pub(super) told: Option<usize>,
    pub(super) panels: Vec<Panel>,
}

/// A panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) plugin: String,
    pub(super) area: Area,
    pub(super) sign: Option<Sign>,
    /// Where it was, if somebody moved it: the band (by its place among those that are drawn) and the area.
    pub(super) from: Option<(usize, Area)>,
    /// Which of the differences tells of it first.
    pub(super) told: Option<usize>,
}

impl Drawn {
    /// Its height in rows of the grid.
    pub(super) fn height(&self) -> u32 {
        let was_here = self.panels.iter().map(|panel| panel.area.bottom());
        was_here.max().unwrap_or(0)
    }

    /// Whether anything in it differs.
    pub(super) fn differs(&self) -> bool {
        self.sign.is_some() || self.panels.iter().any(|panel| panel.sign.is_some())
    }
}

impl Picture {
    /// Of what both sides have, and what differs; `told` are the same differences in words. Nothing where nothing that can be
    /// drawn differs.
    pub(super) fn new([before, after]: [&Outline; 2], changes: &[ChangeReport], told: &[Described]) -> Option<Self> {
        let marks = Marks::new(changes, told);
        let after = &marks.with_former_ids(before, after);
        let mut bands: Vec<Drawn> = after.bands.iter().map(|band| marks.band(band)).collect();
        let there: BTreeSet<&str> = after.tiles().map(|tile| tile.id.as_str()).collect();
        let mut places = Vec::new();
        for (at, band) in before.bands.iter().enumerate() {
            let gone: Vec<&Tile> = band
                .tiles
                .iter()
                .filter(|tile| !there.contains(tile.id.as_str()))
                .collect();
            let mut place = home(band, &after.bands);
            // A band that is gone is drawn where it was, if anything of it is gone as well.
            if place.is_none() && (!gone.is_empty() || marks.sign(&band.id) == Some(Sign::Removed)) {
                let above = at.checked_sub(1).and_then(|above| *places.get(above)?);
                let here = above.map_or(0, |above: usize| above + 1).min(bands.len());
                bands.insert(here, marks.gone_band(band));
                places
                    .iter_mut()
                    .flatten()
                    .filter(|place| **place >= here)
                    .for_each(|place| *place += 1);
                place = Some(here);
            } else if let Some(found) = place {
                place = position(&bands, found, &after.bands);
            }
            if let Some(place) = place {
                for tile in gone {
                    let area = room_for(tile.area, &bands[place].panels);
                    bands[place].panels.push(Panel {
                        area,
                        sign: Some(Sign::Removed),
                        ..marks.panel(tile)
                    });
                }
            }
            places.push(place);
        }
        let was: BTreeMap<&str, (Option<usize>, Area)> = before
            .bands
            .iter()
            .zip(&places)
            .flat_map(|(band, place)| band.tiles.iter().map(|tile| (tile.id.as_str(), (*place, tile.area))))
            .collect();
        let ids = after
            .bands
            .iter()
            .map(|band| band.tiles.iter().map(|tile| tile.id.as_str()).collect::<Vec<_>>());
        let now = bands.iter_mut().filter(|band| band.sign != Some(Sign::Removed));
        for (band, ids) in now.zip(ids) {
            for (panel, id) in band.panels.iter_mut().zip(ids) {
                if marks.moved.contains(id)
                    && let Some((Some(place), area)) = was.get(id)
                {
                    panel.from = Some((*place, *area));
                }
            }
        }
        // Where panels lie upon each other, what differs lies on top.
        for band in &mut bands {
            band.panels.sort_by_key(|panel| panel.sign.is_some());
        }
        let picture = Self { bands };
        picture.bands.iter().any(Drawn::differs).then_some(picture)
    }
}

/// The band of the newer side that a band of the older one is now.
fn home(band: &Band, now: &[Band]) -> Option<usize> {
    let same = |other: &&Band| {
        other.holder == band.holder
            && match (band.id.as_str(), other.id.as_str()) {
                ("", "") => other.title == band.title,
                (one, other) => one == other,
            }
    };
    now.iter().position(|other| same(&other))
}

/// Where the newer side's band at this place is among those that are drawn.
fn position(bands: &[Drawn], found: usize, now: &[Band]) -> Option<usize> {
    debug_assert!(found < now.len(), "it was found there");
    let mut there = bands.iter().enumerate().filter(|(_, band)| !band.is_gone());
    there.nth(found).map(|(at, _)| at)
}

impl Drawn {
    fn is_gone(&self) -> bool {
        self.sign == Some(Sign::Removed)
    }
}

/// Its own place where nothing lies now; else below everything, beside what went as well.
fn room_for(area: Area, panels: &[Panel]) -> Area {
    if !panels.iter().any(|panel| panel.area.overlaps(area)) {
        return area;
    }
    let here = panels.iter().filter(|panel| panel.sign != Some(Sign::Removed));
    let bottom = here.map(|panel| panel.area.bottom()).max().unwrap_or(0);
    let mut place = Area {
        x: 0,
        y: bottom,
        w: area.w,
        h: area.h.min(GONE_HEIGHT),
    };
    while let Some(other) = panels.iter().find(|panel| panel.area.overlaps(place)) {
        let x = other.area.x + other.area.w;
        place = match x + place.w <= COLUMNS {
            true => Area { x, ..place },
            false => Area {
                x: 0,
                y: place.y + 1,
                ..place
            },
        };
    }
    place
}

/// What the differences say of each panel, by its id.
struct Marks<'c> {
    signs: BTreeMap<&'c str, Sign>,
    moved: BTreeSet<&'c str>,
    /// The new id of a panel that got another.
    renumbered: BTreeMap<&'c str, String>,
    told: BTreeMap<String, usize>,
}

impl<'c> Marks<'c> {
    fn new(changes: &'c [ChangeReport], told: &[Described]) -> Self {
        let mut marks = Self {
            signs: BTreeMap::new(),
            moved: BTreeSet::new(),
            renumbered: BTreeMap::new(),
            told: BTreeMap::new(),
        };
        for (at, one) in told.iter().enumerate() {
            for id in one.paths.iter().filter_map(|path| panel_of(path)).map(|(id, _)| id) {
                marks.told.entry(id.to_owned()).or_insert(at);
            }
        }
        for change in changes {
            let Some((id, rest)) = panel_of(&change.path) else {
                continue;
            };
            let sign = match (change.kind, rest) {
                (Some(ChangeKind::Added), "") => Sign::Added,
                (Some(ChangeKind::Removed), "") => Sign::Removed,
                (Some(ChangeKind::Moved), "") => Sign::Moved,
                (None, _) => Sign::Undecidable,
                (_, rest) if rest.starts_with(".gridPos") => Sign::Moved,
                _ => Sign::Changed,
            };
            if sign == Sign::Moved {
                marks.moved.insert(id);
            }
            if let (".id", Some(new)) = (rest, &change.after) {
                marks.renumbered.insert(id, new.to_string());
            }
            let worse = |old: Sign| weight(sign) > weight(old);
            if marks.signs.get(id).is_none_or(|old| worse(*old)) {
                marks.signs.insert(id, sign);
            }
        }
        marks
    }

    /// The newer side with the ids that differences are told by: those of the older side, where a panel got another.
    fn with_former_ids(&self, before: &Outline, after: &Outline) -> Outline {
        let ids = |outline: &'_ Outline| outline.tiles().map(|tile| tile.id.clone()).collect::<BTreeSet<_>>();
        let (old, new) = (ids(before), ids(after));
        let kept = |tile: &&Tile| !new.contains(&tile.id) && self.sign(&tile.id) != Some(Sign::Removed);
        let mut left: Vec<&Tile> = before.tiles().filter(kept).collect();
        let mut after = after.clone();
        for tile in after.bands.iter_mut().flat_map(|band| &mut band.tiles) {
            if old.contains(&tile.id) || self.sign(&tile.id) == Some(Sign::Added) {
                continue;
            }
            let told = |one: &&Tile| self.renumbered.get(one.id.as_str()) == Some(&tile.id);
            let alike = |one: &&Tile| (&one.title, &one.plugin) == (&tile.title, &tile.plugin);
            let find = |wanted: &dyn Fn(&&Tile) -> bool| left.iter().position(wanted);
            let found = find(&told)
                .or_else(|| find(&alike))
                .or_else(|| find(&|one| one.area == tile.area));
            if let Some(found) = found {
                tile.id = left.swap_remove(found).id.clone();
            }
        }
        after
    }

    fn sign(&self, id: &str) -> Option<Sign> {
        self.signs.get(id).copied()
    }

    fn band(&self, band: &Band) -> Drawn {
        Drawn {
            holder: band.holder,
            title: band.title.clone(),
            depth: band.depth,
            sign: self.sign(&band.id),
            told: self.told.get(&band.id).copied(),
            panels: band.tiles.iter().map(|tile| self.panel(tile)).collect(),
        }
    }

    fn gone_band(&self, band: &Band) -> Drawn {
        Drawn {
            sign: Some(Sign::Removed),
            panels: Vec::new(),
            ..self.band(band)
        }
    }

    fn panel(&self, tile: &Tile) -> Panel {
        Panel {
            title: tile.title.clone(),
            plugin: tile.plugin.clone(),
            area: tile.area,
            sign: self.sign(&tile.id),
            from: None,
            told: self.told.get(&tile.id).copied(),
        }
    }
}

/// How much a sign says beside others of the same panel.
fn weight(sign: Sign) -> u32 {
    match sign {
        Sign::Noise => 0,
        Sign::Undecidable => 1,
        Sign::Moved => 2,
        Sign::Changed => 3,
        Sign::Removed | Sign::Added => 4,
    }
}

/// The panel that a path leads to or into, and the rest of the way.
fn panel_of(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("panels[id=")?.split_once(']')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::compare::{Context, compare};
    use serde_json::json;

    pub(super) fn picture(before: &Value, after: &Value) -> Option<Picture> {
        let changes = changes(&compare(before, after, &Context::default()));
        let told: Vec<Described> = tell(&changes).collect();
        Picture::new([&Outline::of(before), &Outline::of(after)], &changes, &told)
    }

    pub(super) fn panel(id: u64, title: &str, x: u64, y: u64) -> Value {
        json!({"id": id, "type": "stat", "title": title, "gridPos": {"x": x, "y": y, "w": 12, "h": 8}})
    }

    pub(super) fn row(id: u64, title: &str, y: u64) -> Value {
        json!({"id": id, "type": "row", "title": title, "collapsed": false, "panels": [],
            "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}})
    }

    pub(super) fn dashboard(panels: &[Value]) -> Value {
        json!({"title": "D", "schemaVersion": 39, "panels": panels})
    }

    fn signs(picture: &Picture) -> Vec<(String, Option<Sign>)> {
        let bands = picture.bands.iter().flat_map(|band| {
            let own = (format!("= {}", band.title), band.sign);
            std::iter::once(own).chain(band.panels.iter().map(|panel| (panel.title.clone(), panel.sign)))
        });
        bands.collect()
    }

    #[test]
    fn each_panel_bears_what_was_done_to_it() {
        let before = dashboard(&[
            panel(1, "A", 0, 0),
            panel(2, "B", 12, 0),
            panel(3, "C", 0, 8),
            panel(4, "D", 12, 8),
        ]);
        let mut after = dashboard(&[
            panel(1, "A", 0, 0),
            panel(3, "C", 12, 0),
            panel(4, "D", 12, 8),
            panel(5, "E", 0, 8),
        ]);
        after["panels"][2]["description"] = json!("new");
        let picture = picture(&before, &after).unwrap();
        let expected = [
            ("= ", None),
            ("A", None),
            ("C", Some(Sign::Moved)),
            ("D", Some(Sign::Changed)),
            ("E", Some(Sign::Added)),
            ("B", Some(Sign::Removed)),
        ];
        let expected: Vec<_> = expected.map(|(title, sign)| (title.to_owned(), sign)).into();
        assert_eq!(signs(&picture), expected);
        let panels = &picture.bands[0].panels;
        assert_eq!(
            panels[1].from.unwrap().1,
            Area {
                x: 0,
                y: 8,
                w: 12,
                h: 8
            }
        );
        assert_eq!(
            panels[4].area,
            Area {
                x: 0,
                y: 16,
                w: 12,
                h: 4
            },
            "below what lies in its place now"
        );
        assert!(panels.iter().all(|panel| panel.sign.is_some() == panel.told.is_some()));
    }

    #[test]
    fn a_row_that_is_gone_is_drawn_where_it_was() {
        let before = dashboard(&[
            row(1, "One", 0),
            panel(2, "A", 0, 1),
            row(3, "Two", 9),
            panel(4, "B", 0, 10),
            row(5, "Three", 18),
            panel(6, "C", 0, 19),
        ]);
        let after = dashboard(&[
            row(1, "One", 0),
            panel(2, "A", 0, 1),
            row(5, "Three", 9),
            panel(6, "C", 0, 10),
        ]);
        let picture = picture(&before, &after).unwrap();
        let expected = [
            ("= One", None),
            ("A", None),
            ("= Two", Some(Sign::Removed)),
            ("B", Some(Sign::Removed)),
            ("= Three", None),
            ("C", None),
        ];
        let expected: Vec<_> = expected.map(|(title, sign)| (title.to_owned(), sign)).into();
        assert_eq!(signs(&picture), expected);
    }

    #[test]
    fn a_panel_that_got_another_id_is_the_same_panel() {
        let before = dashboard(&[panel(1, "A", 0, 0), panel(2, "B", 12, 0)]);
        let after = dashboard(&[panel(1, "A", 0, 0), panel(7, "B, renamed", 12, 0)]);
        let picture = picture(&before, &after).unwrap();
        let expected = [("= ", None), ("A", None), ("B, renamed", Some(Sign::Changed))];
        let expected: Vec<_> = expected.map(|(title, sign)| (title.to_owned(), sign)).into();
        assert_eq!(signs(&picture), expected);
    }

    #[test]
    fn what_differs_elsewhere_only_makes_no_picture() {
        let before = dashboard(&[panel(1, "A", 0, 0)]);
        let mut after = before.clone();
        after["title"] = json!("other");
        assert_eq!(picture(&before, &after), None);
        assert_eq!(picture(&before, &before), None);
    }
}

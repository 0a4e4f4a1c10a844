//! A picture as the values that the page's template draws an SVG of: no script, and no style beside the page's own.

use serde_json::{Value, json};

use super::{Drawn, Panel, Picture};
use crate::dashboard::outline::{Area, COLUMNS, Holder};
use crate::report::told::Sign;

/// A column's width and a grid row's height. The page shows the drawing smaller or larger.
const COLUMN: u32 = 40;
const ROW: u32 = 11;
/// The height of a row's or tab's title.
const TITLE: u32 = 26;
/// Between panels, and between bands.
const GAP: u32 = 4;
/// How far a row in a tab stands back.
const BACK: u32 = 14;
/// A letter's width.
const LETTER: u32 = 8;
/// With more panels than this, bands in which nothing differs are one line each.
const MANY: usize = 60;

/// The values. `link` makes the address of a difference out of its place among those that are told.
pub(in crate::report) fn svg(picture: &Picture, link: impl Fn(usize) -> String) -> Value {
    let many = picture.bands.iter().map(|band| band.panels.len()).sum::<usize>() > MANY;
    let mut tops = Vec::new();
    let mut y = GAP;
    for band in &picture.bands {
        let panels = y + if band.holder == Holder::Page { 0 } else { TITLE };
        tops.push((y, panels));
        y = panels
            + if many && !band.differs() {
                closed(band)
            } else {
                band.height() * ROW
            }
            + 2 * GAP;
    }
    let bands = picture.bands.iter().zip(&tops).map(|(band, (top, panels))| {
        let folded = many && !band.differs();
        json!({
            "y": top, "title_y": top + 17, "x": band.depth * BACK, "text_x": band.depth * BACK + 8,
            "width": (COLUMNS * COLUMN).saturating_sub(band.depth * BACK), "height": TITLE - GAP,
            "heading": heading(band, folded), "has_heading": band.holder != Holder::Page || folded,
            "sign": band.sign.map(Sign::symbol), "class": class(band.sign),
            "link": band.told.map(&link),
            "panels": match folded {
                true => Vec::new(),
                false => band.panels.iter().map(|one| panel(one, *panels, &link)).collect::<Vec<_>>(),
            },
        })
    });
    let arrows = picture.bands.iter().zip(&tops).flat_map(|(band, (_, to))| {
        let tops = &tops;
        band.panels.iter().filter_map(move |panel| arrow(panel, *to, tops))
    });
    json!({
        "width": COLUMNS * COLUMN, "height": y, "bands": bands.collect::<Vec<_>>(), "arrows": arrows.collect::<Vec<_>>(),
    })
}

/// The room of a folded band below its title; the page's own panels have no title, and get a line.
fn closed(band: &Drawn) -> u32 {
    if band.holder == Holder::Page { TITLE } else { 0 }
}

fn heading(band: &Drawn, folded: bool) -> String {
    let title = match (band.holder, band.title.as_str()) {
        (Holder::Page, _) => String::new(),
        (Holder::Row, "") => "Row without a title".to_owned(),
        (Holder::Row, title) => title.to_owned(),
        (Holder::Tab, title) => format!("Tab: {title}"),
    };
    let title = fitting(&title, COLUMNS * COLUMN - 200);
    match folded {
        true => format!(
            "{title} ({} as they were)",
            super::super::phrase::plural(band.panels.len(), "panel", "panels")
        )
        .trim_start()
        .to_owned(),
        false => title,
    }
}

fn panel(panel: &Panel, top: u32, link: &impl Fn(usize) -> String) -> Value {
    let (x, y, width, height) = pixels(panel.area, top);
    let low = height < 34;
    let sign = panel.sign.map_or("", Sign::symbol);
    let room = width.saturating_sub(if sign.is_empty() { 40 } else { 58 });
    let said = panel.sign.map_or(String::new(), |sign| format!("{}: ", sign.word()));
    json!({
        "x": x, "y": y, "width": width, "height": height, "class": class(panel.sign), "sign": sign,
        "sign_x": x + 8, "text_x": x + if sign.is_empty() { 8 } else { 24 }, "text_y": y + if low { height / 2 + 5 } else { 20 },
        "text": fitting(&panel.title, room), "full": format!("{said}{} ({})", panel.title, panel.plugin),
        "icon": icon(&panel.plugin), "icon_x": x + width - 26, "icon_y": y + if low { (height.saturating_sub(18)) / 2 } else { 6 },
        "has_icon": width > 60 && height > 18, "link": panel.told.map(link),
    })
}

fn pixels(area: Area, top: u32) -> (u32, u32, u32, u32) {
    (
        area.x * COLUMN + GAP / 2,
        top + area.y * ROW,
        area.w * COLUMN - GAP,
        (area.h * ROW).saturating_sub(GAP).max(6),
    )
}

/// From where a moved panel was to where it is. One that only got another size stays where it was.
fn arrow(panel: &Panel, to: u32, tops: &[(u32, u32)]) -> Option<Value> {
    let (band, area) = panel.from?;
    let (x, y, width, height) = pixels(area, tops.get(band)?.1);
    let (to_x, to_y, to_width, to_height) = pixels(panel.area, to);
    let middle = |at: u32, length: u32| at + length / 2;
    let [from, end] = [
        (middle(x, width), middle(y, height)),
        (middle(to_x, to_width), middle(to_y, to_height)),
    ];
    Some(json!({
        "x": x, "y": y, "width": width, "height": height,
        "from_x": from.0, "from_y": from.1, "to_x": end.0, "to_y": end.1, "is_far": (x, y) != (to_x, to_y),
    }))
}

fn class(sign: Option<Sign>) -> &'static str {
    match sign {
        None | Some(Sign::Noise) => "same",
        Some(Sign::Added) => "added",
        Some(Sign::Removed) => "removed",
        Some(Sign::Moved) => "moved",
        Some(Sign::Changed | Sign::Undecidable) => "changed",
    }
}

/// As much of a text as fits.
fn fitting(text: &str, width: u32) -> String {
    let letters = (width / LETTER) as usize;
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(letters.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// The sign of a plugin's type, as one of those that the page draws.
fn icon(plugin: &str) -> &'static str {
    match plugin {
        "timeseries" | "graph" | "trend" | "candlestick" | "graph-old" => "line",
        "stat" | "singlestat" | "grafana-singlestat-panel" => "number",
        "gauge" => "gauge",
        "bargauge" | "barchart" | "histogram" => "bars",
        "table" | "table-old" | "dashlist" | "alertlist" | "annolist" => "table",
        "piechart" | "grafana-piechart-panel" => "pie",
        "heatmap" | "status-history" | "state-timeline" | "grafana-polystat-panel" => "squares",
        "text" | "logs" | "news" | "traces" => "text",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{dashboard, panel, picture, row};
    use super::*;

    fn links(at: usize) -> String {
        format!("#c{at}")
    }

    #[test]
    fn a_moved_panel_has_an_arrow_from_where_it_was() {
        let before = dashboard(&[panel(1, "A", 0, 0), row(2, "R", 8), panel(3, "B", 0, 9)]);
        let after = dashboard(&[panel(1, "A", 0, 0), panel(3, "B", 12, 0), row(2, "R", 8)]);
        let drawn = svg(&picture(&before, &after).unwrap(), links);
        let arrows = drawn["arrows"].as_array().unwrap();
        assert_eq!(arrows.len(), 1, "{drawn:#}");
        assert!(arrows[0]["from_y"].as_u64() > arrows[0]["to_y"].as_u64(), "{drawn:#}");
    }

    #[test]
    fn of_hundreds_of_panels_the_rows_in_which_nothing_differs_are_a_line_each() {
        let mut panels = Vec::new();
        for at in 0..20 {
            panels.push(row(1000 + at, &format!("R{at}"), at * 100));
            panels.extend((0..5).map(|one| panel(at * 10 + one + 1, "P", 0, at * 100 + 1 + one * 8)));
        }
        let before = dashboard(&panels);
        let mut after = before.clone();
        after["panels"][3]["title"] = "changed".into();
        let drawn = svg(&picture(&before, &after).unwrap(), links);
        let bands = drawn["bands"].as_array().unwrap();
        let open = bands
            .iter()
            .filter(|band| band["panels"].as_array().is_some_and(|panels| !panels.is_empty()));
        assert_eq!((bands.len(), open.count()), (20, 1));
        assert_eq!(bands[1]["heading"], "R1 (5 panels as they were)");
        assert!(drawn["height"].as_u64() < Some(1500), "{}", drawn["height"]);
    }

    #[test]
    fn a_title_is_cut_where_its_panel_ends() {
        assert_eq!(fitting("CPU usage", 400), "CPU usage");
        assert_eq!(fitting("CPU usage", 40), "CPU …");
        assert_eq!(fitting("CPU usage", 0), "…");
    }
}

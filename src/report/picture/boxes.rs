//! A picture with the box characters of a terminal.

use std::fmt;

use anstyle::{AnsiColor, Style};

use super::{Drawn, Panel, Picture};
use crate::dashboard::compare::Printable;
use crate::dashboard::outline::{COLUMNS, Holder};
use crate::report::told::Sign;

/// The characters of a column; 24 of them are 72.
const COLUMN: u32 = 3;
/// The grid's rows that a line stands for.
const ROWS: u32 = 2;

/// The picture as text.
pub(in crate::report) struct Boxes<'a> {
    pub(in crate::report) picture: &'a Picture,
    pub(in crate::report) colour: bool,
}

impl fmt::Display for Boxes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for band in &self.picture.bands {
            if band.holder != Holder::Page {
                let sign = band.sign.map_or(" ", Sign::symbol);
                let style = style(band.sign, self.colour);
                let what = if band.holder == Holder::Tab { "tab " } else { "" };
                let back = " ".repeat(2 * band.depth as usize);
                writeln!(f, "  {style}{back}{sign} ▾ {what}{}{style:#}", Printable(&band.title))?;
            }
            match band.differs() {
                true => Canvas::of(band).write(f, self.colour)?,
                false if band.panels.is_empty() => {}
                false => writeln!(
                    f,
                    "      ({} as they were)",
                    crate::report::phrase::plural(band.panels.len(), "panel", "panels")
                )?,
            }
        }
        Ok(())
    }
}

fn style(sign: Option<Sign>, colour: bool) -> Style {
    let style = Style::new();
    let of = |one: AnsiColor| style.fg_color(Some(one.into()));
    match (colour, sign) {
        (false, _) | (true, Some(Sign::Noise)) => style,
        (true, None) => style.dimmed(),
        (true, Some(Sign::Added)) => of(AnsiColor::Green),
        (true, Some(Sign::Removed)) => of(AnsiColor::Red),
        (true, Some(Sign::Changed | Sign::Undecidable)) => of(AnsiColor::Yellow),
        (true, Some(Sign::Moved)) => of(AnsiColor::Blue),
    }
}

/// Characters in lines, each with the sign of the panel that it belongs to.
struct Canvas {
    lines: Vec<Vec<(char, Option<Sign>)>>,
}

impl Canvas {
    fn of(band: &Drawn) -> Self {
        let height = band.height().div_ceil(ROWS) as usize;
        let blank = vec![(' ', None); (COLUMNS * COLUMN) as usize];
        let mut canvas = Self {
            lines: vec![blank; height],
        };
        for panel in &band.panels {
            canvas.panel(panel);
        }
        canvas
    }

    fn panel(&mut self, panel: &Panel) {
        let (left, right) = (panel.area.x * COLUMN, (panel.area.x + panel.area.w) * COLUMN - 1);
        let top = (panel.area.y / ROWS) as usize;
        let bottom = (panel.area.bottom() / ROWS) as usize;
        let bottom = bottom.max(top + 1).min(self.lines.len()) - 1;
        let mut put = |line: usize, column: u32, character: char| {
            if let Some(cell) = self.lines.get_mut(line).and_then(|line| line.get_mut(column as usize)) {
                *cell = (character, panel.sign);
            }
        };
        let framed = bottom > top;
        for line in top..=bottom {
            let (first, middle, last) = match (line == top, line == bottom) {
                (true, false) => ('┌', '─', '┐'),
                (false, true) => ('└', '─', '┘'),
                (true, true) => ('[', ' ', ']'),
                (false, false) => ('│', ' ', '│'),
            };
            for column in left..=right {
                put(line, column, middle);
            }
            put(line, left, first);
            put(line, right, last);
        }
        let sign = panel.sign.map_or(String::new(), |sign| format!("{} ", sign.symbol()));
        let text = format!("{sign}{}", Printable(&panel.title));
        // A frame of two lines has its title on the upper one.
        let line = if framed && bottom - top > 1 { top + 1 } else { top };
        let room = (right - left).saturating_sub(2) as usize;
        let cut = text.chars().count() > room;
        for (column, character) in (left + 1..right).zip(text.chars().take(room)) {
            let last = cut && column == right - 2;
            put(line, column, if last { '…' } else { character });
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, colour: bool) -> fmt::Result {
        let mut blank = false;
        for line in &self.lines {
            let last = line.iter().rposition(|(character, _)| *character != ' ');
            let written = last.map_or(0, |last| last + 1);
            // Of room where nothing lies, one line tells enough.
            let empty = written == 0;
            if empty && blank {
                continue;
            }
            blank = empty;
            f.write_str("    ")?;
            let mut rest = &line[..written];
            while let Some((_, sign)) = rest.first() {
                let run = rest.iter().position(|(_, other)| other != sign).unwrap_or(rest.len());
                let text: String = rest[..run].iter().map(|(character, _)| character).collect();
                let style = style(*sign, colour);
                write!(f, "{style}{text}{style:#}")?;
                rest = &rest[run..];
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{dashboard, panel, picture, row};
    use super::*;

    #[test]
    fn panels_are_boxes_with_their_signs() {
        let before = dashboard(&[
            panel(1, "A", 0, 0),
            panel(2, "B\u{1b}[2J", 12, 0),
            row(3, "Same", 8),
            panel(4, "C", 0, 9),
        ]);
        let mut new = panel(5, "New one", 12, 0);
        new["type"] = "table".into();
        new["targets"] = serde_json::json!([{"refId": "A", "expr": "up"}]);
        let after = dashboard(&[
            panel(1, "A, renamed", 0, 0),
            new,
            row(3, "Same", 8),
            panel(4, "C", 0, 9),
        ]);
        let picture = picture(&before, &after).unwrap();
        let text = Boxes {
            picture: &picture,
            colour: false,
        }
        .to_string();
        assert!(!text.contains('\u{1b}'), "{text}");
        for expected in [
            "│~ A, renamed",
            "│+ New one",
            "- B\\u{1b}[2J",
            "▾ Same",
            "(1 panel as they were)",
        ] {
            assert!(text.contains(expected), "{expected}:\n{text}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= 76), "{text}");
        assert!(
            Boxes {
                picture: &picture,
                colour: true
            }
            .to_string()
            .contains("\u{1b}[32m")
        );
    }
}

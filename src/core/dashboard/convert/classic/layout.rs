//! Every layout of v2 on the classic grid: rows and tabs become row panels, an auto grid gets the places it would have.

use serde_json::{Value, json};

use super::super::super::migrate::fields::{Fields, flag, text, whole, whole_at};
use super::super::super::migrate::{Context, Generation};
use super::super::{Error, objects, only, present, text_of};
use super::panels::{Place, panel};

pub(super) fn panels(spec: &Fields, context: &Context) -> Result<Vec<Value>, Error> {
    let empty = Fields::new();
    let elements = spec.get("elements").and_then(Value::as_object).unwrap_or(&empty);
    let id = |element: &Value| element.pointer("/spec/id").and_then(whole);
    let largest = elements.values().filter_map(id).max().unwrap_or(0).max(0);
    let mut builder = Builder {
        elements,
        next_id: largest.saturating_add(1),
        header_overlaps: context.generation < Generation::V13,
    };
    let layout = Layout::of(spec);
    match layout.kind {
        "GridLayout" => builder.grid(layout, 0),
        "AutoGridLayout" => builder.auto_grid(layout, 0),
        "RowsLayout" | "TabsLayout" => Ok(builder.nested(layout, 0)?.0),
        _ => Ok(Vec::new()),
    }
}

/// A layout: its kind and its `spec`.
#[derive(Clone, Copy)]
struct Layout<'v> {
    kind: &'v str,
    spec: Option<&'v Value>,
}

impl<'v> Layout<'v> {
    fn of(holder: &'v Fields) -> Self {
        let layout = holder.get("layout");
        Self {
            kind: layout
                .and_then(|layout| layout.get("kind"))
                .and_then(Value::as_str)
                .unwrap_or_default(),
            spec: layout.and_then(|layout| layout.get("spec")),
        }
    }

    fn part(self, key: &str) -> Option<&'v Value> {
        self.spec.and_then(|spec| spec.get(key))
    }

    /// The `spec`s of its items, rows or tabs.
    fn entries(self) -> impl Iterator<Item = &'v Fields> {
        let key = match self.kind {
            "RowsLayout" => "rows",
            "TabsLayout" => "tabs",
            _ => "items",
        };
        objects(self.part(key)).filter_map(|entry| entry.get("spec").and_then(Value::as_object))
    }

    fn is_nested(self) -> bool {
        ["RowsLayout", "TabsLayout"].contains(&self.kind)
    }

    /// How many lines a grid takes; nested layouts aren't measured.
    fn height(self, in_tab: bool) -> i64 {
        match self.kind {
            "GridLayout" => self
                .entries()
                .map(|item| number(item, "y").saturating_add(number(item, "height")))
                .max()
                .unwrap_or(0)
                .max(0),
            "AutoGridLayout" if in_tab => {
                let columns = usize::try_from(whole_or(self.part("maxColumnCount"), 3))
                    .unwrap_or(3)
                    .max(1);
                i64::try_from(self.entries().count().div_ceil(columns) * 9).unwrap_or(0)
            }
            _ => 0,
        }
    }
}

fn number(fields: &Fields, key: &str) -> i64 {
    whole_at(fields, key).unwrap_or(0)
}

fn whole_or(value: Option<&Value>, default: i64) -> i64 {
    value.and_then(whole).unwrap_or(default)
}

fn bottom(panels: &[Value], from: i64) -> i64 {
    let end = |panel: &Value| {
        let at = |key: &str| whole_or(panel.get("gridPos").and_then(|place| place.get(key)), 0);
        at("y").saturating_add(at("h"))
    };
    panels.iter().map(end).max().unwrap_or(from).max(from)
}

struct Builder<'v> {
    elements: &'v Fields,
    next_id: i64,
    /// 12.x begins a row's panels on the line of its header.
    header_overlaps: bool,
}

impl Builder<'_> {
    fn panel(&self, item: &Fields, position: Value, repeat: Option<Value>) -> Result<Value, Error> {
        let name = item
            .get("element")
            .and_then(|element| element.get("name"))
            .and_then(Value::as_str);
        let name = name.unwrap_or_default();
        let element = self
            .elements
            .get(name)
            .ok_or_else(|| Error::MissingElement(name.to_owned()))?;
        panel(name, element, Place { position, repeat })
    }

    fn grid(&self, layout: Layout<'_>, y: i64) -> Result<Vec<Value>, Error> {
        let place = |item: &Fields| {
            let position = json!({
                "x": number(item, "x"), "y": number(item, "y").saturating_add(y), "w": number(item, "width"), "h": number(item, "height"),
            });
            self.panel(item, position, only(item, "repeat", Value::is_object))
        };
        layout.entries().map(place).collect()
    }

    fn auto_grid(&self, layout: Layout<'_>, y: i64) -> Result<Vec<Value>, Error> {
        let columns = layout
            .part("maxColumnCount")
            .and_then(Value::as_f64)
            .filter(|columns| *columns > 0.0);
        let columns = columns.unwrap_or(3.0);
        let (width, most) = ((24.0 / columns) as i64, columns as i64);
        let height = row_height(layout);
        let (mut x, mut y) = (0_i64, y);
        let mut panels = Vec::new();
        for item in layout.entries() {
            let repeat = item
                .get("repeat")
                .and_then(Value::as_object)
                .map(|repeat| json!({ "value": text(repeat, "value"), "direction": "h", "maxPerRow": most }));
            panels.push(self.panel(item, json!({ "x": x, "y": y, "w": width, "h": height }), repeat)?);
            x = x.saturating_add(width);
            if x >= 24 {
                x = 0;
                y = y.saturating_add(height);
            }
        }
        Ok(panels)
    }

    /// Rows or tabs below one another, and the line below the last.
    fn nested(&mut self, layout: Layout<'_>, y: i64) -> Result<(Vec<Value>, i64), Error> {
        let mut panels = Vec::new();
        let mut y = y;
        for entry in layout.entries() {
            let (mut more, below) = match layout.kind {
                "TabsLayout" => self.tab(entry, y)?,
                _ => self.row(entry, y)?,
            };
            panels.append(&mut more);
            y = below;
        }
        Ok((panels, y))
    }

    fn header(&mut self, title: Option<Value>) -> Fields {
        let mut header = Fields::new();
        header.insert("type".into(), "row".into());
        header.insert("id".into(), self.next_id.into());
        self.next_id = self.next_id.saturating_add(1);
        if let Some(title) = title {
            header.insert("title".into(), title);
        }
        header
    }

    /// A header that stands open with nothing in it: what is in it follows.
    fn open_header(&mut self, entry: &Fields, y: i64) -> Fields {
        let mut header = self.header(only(entry, "title", Value::is_string));
        header.insert("collapsed".into(), false.into());
        header.insert("panels".into(), json!([]));
        header.insert("gridPos".into(), json!({ "x": 0, "y": y, "w": 24, "h": 1 }));
        header
    }

    fn row(&mut self, row: &Fields, start: i64) -> Result<(Vec<Value>, i64), Error> {
        let layout = Layout::of(row);
        let hidden = flag(row, "hideHeader");
        let mut y = start;
        let mut panels = Vec::new();
        if layout.is_nested() {
            if !hidden {
                panels.push(Value::Object(self.open_header(row, y)));
                y = y.saturating_add(1);
            }
            let (mut inside, _) = self.nested(layout, y)?;
            y = bottom(&inside, y);
            panels.append(&mut inside);
            return Ok((panels, y));
        }
        let collapsed = flag(row, "collapse");
        if !hidden {
            panels.push(self.row_header(row, layout, y)?);
            y = y.saturating_add(1);
        }
        if !collapsed || hidden {
            let (mut inside, below) = self.expanded(layout, y, hidden, start)?;
            panels.append(&mut inside);
            y = below;
        }
        Ok((panels, y))
    }

    fn row_header(&mut self, row: &Fields, layout: Layout<'_>, y: i64) -> Result<Value, Error> {
        let collapsed = flag(row, "collapse");
        let mut header = self.header(only(row, "title", Value::is_string));
        if let Some(collapse) = only(row, "collapse", Value::is_boolean) {
            header.insert("collapsed".into(), collapse);
        }
        let repeat = row
            .get("repeat")
            .and_then(Value::as_object)
            .and_then(|repeat| text_of(repeat, "value"));
        if let Some(variable) = repeat {
            header.insert("repeat".into(), variable.into());
        }
        let filled =
            layout.kind == "AutoGridLayout" || layout.kind == "GridLayout" && layout.entries().next().is_some();
        if filled || collapsed {
            header.insert("gridPos".into(), json!({ "x": 0, "y": y, "w": 24, "h": 1 }));
        }
        if collapsed {
            let inside = self.collapsed(layout, y.saturating_add(1))?;
            if !inside.is_empty() {
                header.insert("panels".into(), inside.into());
            }
        }
        Ok(present(Value::Object(header)))
    }

    fn tab(&mut self, tab: &Fields, start: i64) -> Result<(Vec<Value>, i64), Error> {
        let mut header = self.open_header(tab, start);
        let repeat = tab
            .get("repeat")
            .and_then(Value::as_object)
            .and_then(|repeat| text_of(repeat, "value"));
        if let Some(variable) = repeat {
            header.insert("repeat".into(), variable.into());
        }
        let layout = Layout::of(tab);
        let y = start.saturating_add(1);
        let mut inside = match layout.kind {
            "RowsLayout" | "TabsLayout" => self.nested(layout, y)?.0,
            "GridLayout" => self.grid(layout, y)?,
            "AutoGridLayout" => self.auto_grid(layout, y)?,
            _ => Vec::new(),
        };
        let below = bottom(&inside, y);
        let mut panels = vec![Value::Object(header)];
        panels.append(&mut inside);
        Ok((panels, below))
    }

    /// The panels below a header that is open, or below none: then they keep the lines they have.
    fn expanded(&self, layout: Layout<'_>, y: i64, hidden: bool, start: i64) -> Result<(Vec<Value>, i64), Error> {
        let first = if self.header_overlaps { y.saturating_sub(1) } else { y };
        match layout.kind {
            "GridLayout" => {
                let panels = self.grid(layout, if hidden { 0 } else { first })?;
                let below = bottom(&panels, 0);
                Ok((panels, below))
            }
            "AutoGridLayout" => {
                let first = if hidden { start } else { first };
                let panels = self.auto_grid(layout, first)?;
                let below = bottom(&panels, first);
                Ok((panels, below))
            }
            _ => Ok((Vec::new(), start)),
        }
    }

    /// All panels of a collapsed row, however deep they are.
    fn collapsed(&self, layout: Layout<'_>, y: i64) -> Result<Vec<Value>, Error> {
        match layout.kind {
            "GridLayout" => self.grid(layout, y),
            "AutoGridLayout" => self.auto_grid(layout, y),
            "RowsLayout" | "TabsLayout" => {
                let mut panels = Vec::new();
                let mut y = y;
                for entry in layout.entries() {
                    let inside = Layout::of(entry);
                    panels.append(&mut self.collapsed(inside, y)?);
                    y = y.saturating_add(inside.height(layout.kind == "TabsLayout"));
                }
                Ok(panels)
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// The height of a line of an auto grid, in cells.
fn row_height(layout: Layout<'_>) -> i64 {
    let custom = layout
        .part("rowHeight")
        .and_then(Value::as_f64)
        .filter(|pixels| *pixels > 0.0);
    match (layout.part("rowHeightMode").and_then(Value::as_str), custom) {
        (Some("short"), _) => 5,
        (Some("tall"), _) => 14,
        (Some("custom"), Some(pixels)) => ((pixels + 37.0) / 38.0) as i64,
        _ => 9,
    }
}

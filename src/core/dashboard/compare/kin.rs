//! What belongs together, for whoever brings dashboards together: a merge pairs, lifts and names as the comparison does, so that
//! both speak of the same places.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::here::{Facts, element_name};
use super::lift::Lifted;
use super::page::{Page, Panel};
use super::pairing::Pairing;
use super::panels::step_of;
use super::place::Step;
use super::walk::Walker;
use super::{align, legacy, lift, panel, rows};

/// Two panels in forms that can be compared.
type Forms<'v> = (Cow<'v, Value>, Cow<'v, Value>);

/// The positions of elements of two lists that belong together.
type Pairs = Vec<(Option<usize>, Option<usize>)>;

/// A panel, wherever it hangs.
#[derive(Debug, Clone, Copy)]
pub(in crate::dashboard) struct Hung<'v> {
    pub(in crate::dashboard) value: &'v Value,
    /// The closed row or the tab that it is inside of.
    pub(in crate::dashboard) nested_in: Option<usize>,
    /// The row that it belongs to on the page, be it open or closed.
    pub(in crate::dashboard) section: Option<usize>,
    /// The old-style row that it is in.
    pub(in crate::dashboard) legacy_row: Option<usize>,
}

/// All panels, each row before what is inside of it.
pub(in crate::dashboard) fn flat(dashboard: &Value) -> Vec<Hung<'_>> {
    let page = Page::of(dashboard);
    let all = page.panels.iter().zip(&page.section);
    let hung =
        |(panel, section): (&Panel<'_>, &Option<usize>)| panel.legacy_row.is_none().then_some(*section).flatten();
    let sections: Vec<Option<usize>> = all.map(hung).collect();
    page.panels
        .iter()
        .zip(sections)
        .map(|(panel, section)| Hung {
            value: panel.value,
            nested_in: panel.nested_in,
            section: section.filter(|_| !panel.is_row() || panel.nested_in.is_some()),
            legacy_row: panel.legacy_row,
        })
        .collect()
}

/// Which panel is which, by positions in what [`flat`] gives: as a comparison pairs them, but for ids that went to other panels,
/// as in a dashboard that its author made anew. There title and type count first.
pub(in crate::dashboard) fn pairs(before: &Value, after: &Value) -> Pairs {
    let (before, after) = (Page::of(before), Page::of(after));
    let named = |panel: &Panel<'_>| {
        let title = panel.text("title");
        (!title.is_empty()).then(|| format!("{}\n{title}", family(panel.text("type"))))
    };
    let there: HashMap<String, &Panel<'_>> = after
        .panels
        .iter()
        .filter_map(|panel| Some((panel.key()?, panel)))
        .collect();
    let titles: HashSet<String> = after.panels.iter().filter_map(named).collect();
    let went_on = |panel: &Panel<'_>| {
        let other = panel.key().and_then(|key| there.get(&key).copied());
        let moved = named(panel).is_some_and(|name| titles.contains(&name));
        other.is_some_and(|other| {
            other.text("title") != panel.text("title")
                && other.value.get("targets") != panel.value.get("targets")
                && moved
        })
    };
    let gone: HashSet<String> = before
        .panels
        .iter()
        .filter(|panel| went_on(panel))
        .filter_map(Panel::key)
        .collect();
    let mut pairing = Pairing::new(&before.panels, &after.panels);
    pairing.by(|panel| Some(format!("{}\n{}", panel.key()?, panel.text("title"))));
    pairing.by(|panel| panel.is_container().then(|| named(panel)).flatten());
    pairing.by(|panel| panel.key().filter(|key| !gone.contains(key)));
    pairing.by(named);
    pairing.by(Panel::key);
    pairing.by_place(&before);
    pairing.by_position();
    pairing.finish().0
}

/// What a panel's plugin and the one that took its place have in common (`autoMigrateAngular` in grafana/grafana
/// `PanelModel.ts`, 11.1).
fn family(kind: &str) -> &str {
    match kind {
        "timeseries" | "barchart" | "histogram" | "bargauge" => "graph",
        "singlestat" | "grafana-singlestat-panel" | "gauge" => "stat",
        "table-old" => "table",
        "grafana-piechart-panel" => "piechart",
        "grafana-worldmap-panel" => "geomap",
        "natel-discrete-panel" => "state-timeline",
        other => other,
    }
}

/// How a place names this panel; `seen` knows the names before it.
pub(in crate::dashboard) fn panel_step(panel: &Value, seen: &mut HashMap<String, usize>) -> Step {
    let panel = Panel {
        value: panel,
        nested_in: None,
        legacy_row: None,
        is_copy: false,
    };
    step_of(&panel, seen)
}

/// Old-style rows, if a dashboard has any.
pub(in crate::dashboard) fn rows_of(dashboard: &Value) -> Option<&[Value]> {
    rows::of(dashboard)
}

/// Which old-style row is which.
pub(in crate::dashboard) fn rows_paired(before: &[Value], after: &[Value]) -> Pairs {
    legacy::align(before, after).pairs
}

/// A dashboard with old-style rows on the grid, laid out as the other one has it.
pub(in crate::dashboard) fn on_the_grid_of<'v>(dashboard: &'v Value, other: &Value) -> Cow<'v, Value> {
    match rows::of(dashboard) {
        Some(_) => Cow::Owned(rows::lift(dashboard, other)),
        None => Cow::Borrowed(dashboard),
    }
}

/// Two panels in each pair of forms in which they can be compared, and the pair that differs least; the panels themselves where
/// nothing was lifted.
pub(in crate::dashboard) fn lifted<'v>(
    before: &'v Value,
    after: &'v Value,
    schemas: [u64; 2],
) -> (Vec<Forms<'v>>, usize) {
    let facts = Facts {
        schemas,
        ..Facts::default()
    };
    let forms = lift::migrated(&facts, before, after);
    let differences = |at: &usize| {
        let mut walker = Walker::new(&facts);
        panel::compare(&mut walker, &forms[*at].before, &forms[*at].after, false);
        walker.found.differences()
    };
    let best = match forms.len() {
        1 => 0,
        many => (0..many).min_by_key(differences).unwrap_or_default(),
    };
    let sides = |form: Lifted<'v>| (form.before.into_cow(), form.after.into_cow());
    (forms.into_iter().map(sides).collect(), best)
}

/// Which element of two lists is which, by the field that names them; one whose name was edited finds its partner by what it holds.
pub(in crate::dashboard) fn aligned(field: &'static str, before: &[Value], after: &[Value]) -> Pairs {
    let (old, new): (Vec<&Value>, Vec<&Value>) = (before.iter().collect(), after.iter().collect());
    align::by_key(&old, &new, |element| element_name(field, element), field).pairs
}

/// Whether two values are the same, whatever the order of keys and the form of numbers.
pub(in crate::dashboard) fn same(left: &Value, right: &Value) -> bool {
    super::same::same(left, right)
}

//! One step per schema version, as the server runs them (`schemaversion/v2.go` to `v42.go`).
//!
//! Versions that aren't in the table changed nothing that a server looks after: 3, 4, 5, 9, 11, 13, 15, 25, 32.

mod cloudwatch;
mod data_sources;
mod early;
mod grid;
mod links;
mod mappings;
mod panels;
mod successor;
mod tables;
mod variables;

pub(super) use grid::ON_NEW_GRID;
pub(in crate::dashboard) use successor::successor;

use super::fields::{Fields, list, objects};
use super::{Context, Error, LATEST_SCHEMA};

/// Lifts a dashboard from the schema version that it has to the newest one.
pub(super) fn run(dashboard: &mut Fields, from: i64, context: &Context) -> Result<(), Error> {
    for version in from + 1..=LATEST_SCHEMA {
        match version {
            16 => grid::rows_to_grid(dashboard)?,
            33 => data_sources::panels_by_reference(dashboard, context),
            36 => data_sources::name_the_default(dashboard, context),
            _ => step(dashboard, version),
        }
        dashboard.insert("schemaVersion".into(), version.into());
    }
    Ok(())
}

fn step(dashboard: &mut Fields, version: i64) {
    match version {
        2 => early::services_filter(dashboard),
        6 => early::pulldowns(dashboard),
        7 => early::nav(dashboard),
        8 => each(dashboard, early::influx_fields),
        10 => each(dashboard, tables::first_threshold),
        12 => variables(dashboard, variables::refresh_and_hide),
        14 => early::crosshair(dashboard),
        17 => each(dashboard, panels::max_per_row),
        18 => each(dashboard, panels::gauge_options),
        19 => each(dashboard, links::panel_links),
        20 => each(dashboard, links::variable_syntax),
        21 => each(dashboard, links::field_labels),
        22 => each(dashboard, tables::style_align),
        23 => variables(dashboard, variables::current_by_multi),
        24 => each(dashboard, tables::old_table),
        26 => each(dashboard, panels::text2),
        27 => {
            panels::drop_repeated(dashboard);
            variables(dashboard, variables::constant);
        }
        28 => variables(dashboard, variables::tags),
        29 => variables(dashboard, variables::query_refresh),
        30 => with_nested(dashboard, mappings::value_mappings),
        31 => inside_rows(dashboard, panels::labels_to_fields),
        34 => cloudwatch::statistics(dashboard),
        35 => each(dashboard, panels::x_axis),
        37 => inside_rows(dashboard, panels::legend),
        38 => inside_rows(dashboard, tables::cell_options),
        39 => inside_rows(dashboard, panels::time_series_table),
        40 => early::refresh(dashboard),
        41 => early::time_options(dashboard),
        42 => with_nested(dashboard, panels::hide_from),
        _ => {}
    }
}

/// The panels of the dashboard, not those inside of rows.
fn each(dashboard: &mut Fields, step: impl FnMut(&mut Fields)) {
    objects(dashboard.get_mut("panels")).for_each(step);
}

/// The panels of the dashboard and those that they hold.
fn with_nested(dashboard: &mut Fields, step: fn(&mut Fields)) {
    each(dashboard, |panel| {
        step(panel);
        objects(panel.get_mut("panels")).for_each(step);
    });
}

/// The panels of the dashboard, where a row stands for the panels that it holds.
fn inside_rows(holder: &mut Fields, step: fn(&mut Fields)) {
    each(holder, |panel| match super::text(panel, "type") {
        "row" => inside_rows(panel, step),
        _ => step(panel),
    });
}

fn variables(dashboard: &mut Fields, step: fn(&mut Fields)) {
    objects(list(dashboard, "templating", "list")).for_each(step);
}

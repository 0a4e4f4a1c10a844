use std::fmt;

use crate::dashboard::compare::Printable;
use crate::verify::{DashboardVerdict, PanelVerdict, QueryVerdict, State, Verdicts};

/// What a look at dashboards has found, for people.
#[derive(Debug, Clone, Copy)]
pub struct VerifyText<'a> {
    verdicts: &'a Verdicts,
    all: bool,
}

impl<'a> VerifyText<'a> {
    /// Of these verdicts.
    pub fn new(verdicts: &'a Verdicts) -> Self {
        Self { verdicts, all: false }
    }

    /// With what has data, too.
    #[must_use]
    pub fn all(self, all: bool) -> Self {
        Self { all, ..self }
    }
}

impl fmt::Display for VerifyText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for dashboard in &self.verdicts.dashboards {
            self.dashboard(f, dashboard)?;
        }
        if self.verdicts.dashboards.is_empty() {
            f.write_str("No dashboards.\n")?;
        }
        Ok(())
    }
}

/// `31 of 35 panels have data`
pub fn summary(dashboard: &DashboardVerdict) -> String {
    let DashboardVerdict {
        with_data,
        checked,
        not_checked,
        ..
    } = dashboard;
    let more = match not_checked {
        0 => String::new(),
        number => format!(" ({number} not checked)"),
    };
    match checked {
        0 => format!("no panel asks a Prometheus{more}"),
        1 => format!("{with_data} of 1 panel has data{more}"),
        checked => format!("{with_data} of {checked} panels have data{more}"),
    }
}

impl VerifyText<'_> {
    fn dashboard(&self, f: &mut fmt::Formatter<'_>, dashboard: &DashboardVerdict) -> fmt::Result {
        let title = Printable(&dashboard.title);
        writeln!(f, "{} ({title}): {}", Printable(&dashboard.name), summary(dashboard))?;
        for variable in dashboard.variables.iter().filter(|one| self.is_told(one)) {
            self.query(f, "  variable ", variable)?;
        }
        for panel in &dashboard.panels {
            self.panel(f, panel)?;
        }
        for annotation in dashboard
            .annotations
            .iter()
            .filter(|one| self.all || one.state == State::Error)
        {
            self.query(f, "  annotation ", annotation)?;
        }
        Ok(())
    }

    fn is_told(&self, query: &QueryVerdict) -> bool {
        let missing = !query.hidden && matches!(query.state, State::Empty | State::Error);
        let unknown = query.state == State::NotChecked && query.why.is_some();
        self.all || missing || unknown || !query.warnings.is_empty()
    }

    fn panel(&self, f: &mut fmt::Formatter<'_>, panel: &PanelVerdict) -> fmt::Result {
        if !panel.queries.iter().any(|query| self.is_told(query)) {
            return Ok(());
        }
        let state = word(panel.state);
        writeln!(
            f,
            "  panel {} {:?}: {state}",
            panel.id,
            Printable(&panel.title).to_string()
        )?;
        for query in panel.queries.iter().filter(|query| self.is_told(query)) {
            self.query(f, "    ", query)?;
        }
        Ok(())
    }

    fn query(&self, f: &mut fmt::Formatter<'_>, indent: &str, query: &QueryVerdict) -> fmt::Result {
        let off = if query.hidden { ", switched off" } else { "" };
        writeln!(f, "{indent}{}: {}{off}", Printable(&query.name), word(query.state))?;
        let indent = " ".repeat(indent.len() - indent.trim_start().len() + 2);
        for line in query.query.lines().filter(|line| !line.trim().is_empty()) {
            writeln!(f, "{indent}{}", Printable(line.trim_end()))?;
        }
        if let Some(why) = &query.why {
            writeln!(f, "{indent}{}", Printable(why))?;
        }
        for warning in &query.warnings {
            writeln!(f, "{indent}Prometheus warns: {}", Printable(warning))?;
        }
        if let Some(fix) = &query.fix {
            let renamed: Vec<String> = fix
                .by
                .iter()
                .map(|by| format!("{} -> {} ({})", by.old, by.new, by.since))
                .collect();
            writeln!(f, "{indent}--fix: {}", Printable(&renamed.join(", ")))?;
        }
        Ok(())
    }
}

fn word(state: State) -> &'static str {
    match state {
        State::Data => "data",
        State::Empty => "no data",
        State::Error => "error",
        State::NotChecked => "not checked",
    }
}

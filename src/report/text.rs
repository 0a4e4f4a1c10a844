//! A plan or a drift check, for people at a terminal.

use std::fmt;

use anstyle::{AnsiColor, Style};

use super::picture::PictureText;
use super::semantic::Changes;
use super::{ChangeReport, DashboardReport, DataSourceReport, DriftReport, FailureReport, Outcome, TargetReport};
use super::{PlanReport, PlannedReport};
use crate::dashboard::compare::Printable;
use crate::dashboard::outline::{Outline, Outlines};
use crate::plan::{Action, DataSourceAction, Refusal, State, TemplateLine};

const BOLD: Style = Style::new().bold();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const RED: Style = AnsiColor::Red.on_default();

/// What `drift` shows: the state of each dashboard that isn't in sync, who did it and what, and the totals.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    report: &'a DriftReport,
    colour: bool,
    paths: bool,
    pictures: bool,
}

impl<'a> Text<'a> {
    /// Without colours.
    pub fn new(report: &'a DriftReport) -> Self {
        Self {
            report,
            colour: false,
            paths: false,
            pictures: false,
        }
    }

    /// Whether to use colours.
    #[must_use]
    pub fn colour(self, colour: bool) -> Self {
        Self { colour, ..self }
    }

    /// Whether to say where in the file each difference is, in the language of ignore rules.
    #[must_use]
    pub fn paths(self, paths: bool) -> Self {
        Self { paths, ..self }
    }

    /// Whether to draw the dashboards that differ.
    #[must_use]
    pub fn pictures(self, pictures: bool) -> Self {
        Self { pictures, ..self }
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let many = self.report.targets.len() > 1;
        for target in &self.report.targets {
            if many {
                writeln!(f, "== {} ({})", Printable(&target.target), Printable(&target.url))?;
            }
            self.target(f, target)?;
        }
        Ok(())
    }
}

impl Text<'_> {
    fn target(self, f: &mut fmt::Formatter<'_>, target: &TargetReport) -> fmt::Result {
        let pen = Pen {
            colour: self.colour,
            paths: self.paths,
            pictures: self.pictures,
        };
        if let Some(error) = &target.error {
            let denied = target.outcome == Outcome::Denied;
            let word = if denied { "denied" } else { "failed" };
            return writeln!(f, "x {word}    {}", Message(error));
        }
        pen.data_sources(f, &target.data_sources)?;
        pen.failures(f, &target.failed)?;
        for one in target.unmanaged.iter().flatten() {
            let line = format!("? unmanaged {} / {} (uid {})", one.folder, one.title, one.uid);
            writeln!(f, "{}", Printable(&line))?;
        }
        for dashboard in target.dashboards.iter().filter(|one| !one.state.is_quiet()) {
            pen.dashboard(f, dashboard)?;
        }
        writeln!(f, "{} {}", pen.paint(BOLD, "Drift:"), target.sums())
    }
}

/// What `plan` shows: each dashboard that something is to be done with, or that is left alone for a reason.
#[derive(Debug, Clone, Copy)]
pub struct PlanText<'a> {
    /// The plan.
    pub plan: &'a PlanReport,
    /// Whether to use colours.
    pub colour: bool,
}

impl fmt::Display for PlanText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pen = Pen {
            colour: self.colour,
            paths: false,
            pictures: false,
        };
        pen.data_sources(f, &self.plan.data_sources)?;
        for folder in &self.plan.folders {
            writeln!(f, "+ create    folder {}", Printable(folder))?;
        }
        pen.failures(f, &self.plan.failed)?;
        for planned in self.plan.dashboards.iter().filter(|one| one.action != Action::Nothing) {
            pen.planned(f, planned)?;
        }
        writeln!(f, "{} {}", pen.paint(BOLD, "Plan:"), self.plan.sums())
    }
}

/// Writes lines, with colours or without.
#[derive(Clone, Copy)]
struct Pen {
    colour: bool,
    paths: bool,
    pictures: bool,
}

impl Pen {
    fn paint(self, style: Style, text: &str) -> String {
        match self.colour {
            true => format!("{style}{text}{style:#}"),
            false => text.to_owned(),
        }
    }

    fn data_sources(self, f: &mut fmt::Formatter<'_>, data_sources: &[DataSourceReport]) -> fmt::Result {
        for DataSourceReport { name, action, .. } in data_sources {
            let name = Printable(name);
            match action {
                DataSourceAction::Nothing => {}
                DataSourceAction::Create => writeln!(f, "+ create    data source {name}")?,
                DataSourceAction::Refuse(reason) => {
                    writeln!(f, "! refused   data source {name}: {}", Printable(reason))?;
                }
                DataSourceAction::Update(changes) => {
                    writeln!(f, "~ update    data source {name}")?;
                    for change in changes {
                        writeln!(f, "    {change}")?;
                    }
                }
            }
        }
        Ok(())
    }

    fn failures(self, f: &mut fmt::Formatter<'_>, failed: &[FailureReport]) -> fmt::Result {
        failed
            .iter()
            .try_for_each(|one| writeln!(f, "x failed    {}: {}", Printable(&one.name), Message(&one.error)))
    }

    fn dashboard(self, f: &mut fmt::Formatter<'_>, dashboard: &DashboardReport) -> fmt::Result {
        let (sign, style) = match dashboard.state {
            State::Missing => ("-", RED),
            State::Pending => ("~", YELLOW),
            State::Foreign => ("·", Style::new()),
            _ => ("!", RED),
        };
        self.heading(f, dashboard, sign, style, &dashboard.state.to_string())?;
        match dashboard.state {
            State::Missing => writeln!(f, "    {MISSING}"),
            State::Unowned => {
                edits(f, dashboard)?;
                writeln!(f, "    {UNOWNED}")
            }
            State::Drift | State::Diverged => {
                edits(f, dashboard)?;
                self.changes(f, &dashboard.drift)?;
                self.picture(f, &dashboard.drift, dashboard.outlines.as_deref().map(Outlines::drift))?;
                match dashboard.state {
                    State::Diverged => writeln!(f, "    and {DIVERGED}"),
                    _ => Ok(()),
                }
            }
            State::Pending => {
                self.changes(f, &dashboard.changes)?;
                write!(f, "{}", FromTemplate(&dashboard.template))?;
                self.picture(
                    f,
                    &dashboard.changes,
                    dashboard.outlines.as_deref().map(Outlines::changes),
                )
            }
            _ => Ok(()),
        }
    }

    fn picture(
        self,
        f: &mut fmt::Formatter<'_>,
        changes: &[ChangeReport],
        sides: Option<[&Outline; 2]>,
    ) -> fmt::Result {
        match (self.pictures, sides) {
            (true, Some(sides)) => write!(f, "{}", PictureText::new(sides, changes, self.colour)),
            _ => Ok(()),
        }
    }

    fn planned(self, f: &mut fmt::Formatter<'_>, planned: &PlannedReport) -> fmt::Result {
        let PlannedReport { action, dashboard } = planned;
        let (sign, style) = match action {
            Action::Create => ("+", GREEN),
            Action::Refuse(_) => ("!", RED),
            _ => ("~", YELLOW),
        };
        self.heading(f, dashboard, sign, style, &action.to_string())?;
        match action {
            Action::Refuse(Refusal::Drift) => {
                edits(f, dashboard)?;
                self.changes(f, &dashboard.drift)?;
                writeln!(f, "    left alone: {DRIFTED}")
            }
            Action::Refuse(reason) => writeln!(f, "    left alone: {reason}"),
            Action::Create => Ok(()),
            _ => {
                self.changes(f, &dashboard.changes)?;
                write!(f, "{}", FromTemplate(&dashboard.template))
            }
        }
    }

    fn heading(
        self,
        f: &mut fmt::Formatter<'_>,
        dashboard: &DashboardReport,
        sign: &str,
        style: Style,
        word: &str,
    ) -> fmt::Result {
        let DashboardReport { name, uid, .. } = dashboard;
        let sign = self.paint(style, &format!("{sign} {word:<9}"));
        write!(f, "{sign} {} (uid {})", Printable(name), Printable(uid))?;
        if let Some(from) = &dashboard.moved_from {
            let folder = Printable(&dashboard.folder);
            write!(f, ", in folder {} instead of {folder}", Printable(from))?;
        }
        if let Some(note) = &dashboard.note {
            write!(f, ": {}", Printable(note))?;
        }
        writeln!(f)
    }

    fn changes(self, f: &mut fmt::Formatter<'_>, changes: &[ChangeReport]) -> fmt::Result {
        if changes.is_empty() {
            return Ok(());
        }
        let text = Changes {
            changes,
            colour: self.colour,
            paths: self.paths,
        };
        text.to_string().lines().try_for_each(|line| writeln!(f, "    {line}"))
    }
}

/// Which lines of a template changes come from: each line once, with the places that come from it.
#[derive(Debug, Clone, Copy)]
pub struct FromTemplate<'a>(pub &'a [TemplateLine]);

impl FromTemplate<'_> {
    /// The same, line by line.
    pub(super) fn lines(self) -> Vec<String> {
        let mut known: Vec<(&str, Vec<&str>)> = Vec::new();
        for TemplateLine { place, line, .. } in self.0 {
            match known.iter_mut().find(|(known, _)| known == line) {
                Some((_, places)) => places.push(place),
                None => known.push((line, vec![place])),
            }
        }
        let said =
            |(line, places): (&str, Vec<&str>)| format!("from {}: {}", Printable(line), Printable(&places.join("; ")));
        known.into_iter().map(said).collect()
    }
}

impl fmt::Display for FromTemplate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().iter().try_for_each(|line| writeln!(f, "    {line}"))
    }
}

/// An error, whose lines stay lines.
struct Message<'a>(&'a str);

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, line) in self.0.lines().enumerate() {
            let indent = if number == 0 { "" } else { "\n    " };
            write!(f, "{indent}{}", Printable(line))?;
        }
        Ok(())
    }
}

fn edits(f: &mut fmt::Formatter<'_>, dashboard: &DashboardReport) -> fmt::Result {
    dashboard.edits.iter().try_for_each(|edit| writeln!(f, "    {edit}"))
}

/// What is said of a state, in every format.
pub(super) const MISSING: &str = "it was never applied, or somebody deleted it";
pub(super) const UNOWNED: &str = "it carries no mark of this repository: somebody else's, or deleted and made again";
pub(super) const DIVERGED: &str = "the repository has changes that are not applied yet";
pub(super) const DRIFTED: &str = "--overwrite-drift writes over it, `dashctl pull` takes it into the repository";

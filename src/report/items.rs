//! A plan or a drift check, for people.

use std::fmt;

use anstyle::{AnsiColor, Style};

use super::Semantic;
use crate::dashboard::compare::{Comparison, Printable};
use crate::plan::{Action, Item, Permissions, Refusal, State};

const BOLD: Style = Style::new().bold();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const RED: Style = AnsiColor::Red.on_default();

/// What `plan` shows: each dashboard that something is to be done with, or that is left alone for a reason.
#[derive(Debug, Clone, Copy)]
pub struct PlanText<'a> {
    /// The dashboards.
    pub items: &'a [Item],
    /// Whether to use colours.
    pub colour: bool,
    /// What the user has allowed.
    pub permissions: Permissions,
    /// How many are to be deleted.
    pub deletions: usize,
}

impl fmt::Display for PlanText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut create, mut change, mut drift) = (0, 0, 0);
        for item in self.items {
            let action = item.action(self.permissions);
            match action {
                Action::Create => create += 1,
                Action::Update | Action::Move | Action::Adopt => change += 1,
                Action::Nothing | Action::Refuse(_) => {}
            }
            drift += usize::from(matches!(item.state, State::Drift | State::Diverged));
            if action != Action::Nothing {
                planned(f, item, &action, self.colour)?;
            }
        }
        writeln!(
            f,
            "{BOLD}Plan:{BOLD:#} {create} to create, {change} to change, {} to delete, {drift} with drift",
            self.deletions
        )
    }
}

fn planned(f: &mut fmt::Formatter<'_>, item: &Item, action: &Action, colour: bool) -> fmt::Result {
    let (sign, style) = match action {
        Action::Create => ("+", GREEN),
        Action::Refuse(_) => ("!", RED),
        _ => ("~", YELLOW),
    };
    heading(f, item, sign, style, &action.to_string())?;
    match action {
        Action::Refuse(Refusal::Drift) => {
            edits(f, item)?;
            indented(f, &item.drift, colour)?;
            writeln!(
                f,
                "    left alone: --overwrite-drift writes over it, `dashctl pull` takes it into the repository"
            )
        }
        Action::Refuse(reason) => writeln!(f, "    left alone: {reason}"),
        Action::Create => Ok(()),
        _ => indented(f, &item.changes, colour),
    }
}

fn heading(f: &mut fmt::Formatter<'_>, item: &Item, sign: &str, style: Style, word: &str) -> fmt::Result {
    write!(
        f,
        "{style}{sign} {word:<9}{style:#} {} (uid {})",
        Printable(&item.name),
        item.uid
    )?;
    if let Some(from) = &item.moved_from {
        write!(
            f,
            ", in folder {} instead of {}",
            Printable(from),
            Printable(&item.folder)
        )?;
    }
    if let Some(note) = &item.note {
        write!(f, ": {}", Printable(note))?;
    }
    writeln!(f)
}

fn edits(f: &mut fmt::Formatter<'_>, item: &Item) -> fmt::Result {
    for edit in &item.edits {
        write!(
            f,
            "    version {} by {} at {}",
            edit.version,
            Printable(&edit.author),
            Printable(&edit.when)
        )?;
        if !edit.message.is_empty() {
            write!(f, ": {}", Printable(&edit.message))?;
        }
        writeln!(f)?;
    }
    Ok(())
}

fn indented(f: &mut fmt::Formatter<'_>, comparison: &Comparison, colour: bool) -> fmt::Result {
    for line in Semantic::new(comparison).colour(colour).to_string().lines() {
        writeln!(f, "    {line}")?;
    }
    Ok(())
}

/// What `drift` shows: the state of each dashboard that isn't in sync, who did it and what, and the totals.
#[derive(Debug, Clone, Copy)]
pub struct DriftText<'a> {
    /// The dashboards.
    pub items: &'a [Item],
    /// Whether to use colours.
    pub colour: bool,
}

impl fmt::Display for DriftText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for item in self
            .items
            .iter()
            .filter(|item| !matches!(item.state, State::InSync | State::Resave))
        {
            self.item(f, item)?;
        }
        write!(f, "{BOLD}Drift:{BOLD:#} {} checked", self.items.len())?;
        for (state, number) in totals(self.items) {
            write!(f, ", {number} {state}")?;
        }
        writeln!(f)
    }
}

impl DriftText<'_> {
    fn item(self, f: &mut fmt::Formatter<'_>, item: &Item) -> fmt::Result {
        let (sign, style) = match item.state {
            State::Missing => ("-", RED),
            State::Pending => ("~", YELLOW),
            State::Foreign | State::Unsupported => ("·", Style::new()),
            _ => ("!", RED),
        };
        heading(f, item, sign, style, &item.state.to_string())?;
        match item.state {
            State::Missing => writeln!(f, "    it was never applied, or somebody deleted it"),
            State::Unowned => {
                edits(f, item)?;
                writeln!(
                    f,
                    "    it carries no mark of this repository: somebody else's, or deleted and made again"
                )
            }
            State::Drift | State::Diverged => {
                edits(f, item)?;
                match item.base {
                    Some(_) => indented(f, &item.drift, self.colour)?,
                    // From the repository's file to what Grafana has: the direction of an edit.
                    None => indented(f, &item.changes.reversed(), self.colour)?,
                }
                if item.state == State::Diverged {
                    writeln!(f, "    and the repository has changes that are not applied yet")?;
                }
                Ok(())
            }
            State::Pending => indented(f, &item.changes, self.colour),
            _ => Ok(()),
        }
    }
}

/// How many dashboards are in each state that occurs.
pub fn totals(items: &[Item]) -> Vec<(State, usize)> {
    let number = |state| items.iter().filter(|item| item.state == state).count();
    State::ALL
        .into_iter()
        .map(|state| (state, number(state)))
        .filter(|(_, number)| *number > 0)
        .collect()
}

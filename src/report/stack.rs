//! A plan or a drift check of the stack, for people.

use std::fmt;

use anstyle::{AnsiColor, Style};
use serde_json::Value;
use similar::TextDiff;

use crate::dashboard::compare::Printable;
use crate::stack::Kind;
use crate::stack::kubernetes::{Addition, Fate, FieldChange, Planned, StackPlan};

const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const RED: Style = AnsiColor::Red.on_default();
const BOLD: Style = Style::new().bold();
/// The longest value that is shown in one line.
const GLANCE: usize = 100;

/// What an install would do, or what is not as it was installed.
#[derive(Debug, Clone, Copy)]
pub struct StackText<'a> {
    /// The plan.
    pub plan: &'a StackPlan,
    /// Whether it is read as a drift check: then what others did is what matters.
    pub drift: bool,
}

impl fmt::Display for StackText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for planned in &self.plan.objects {
            if planned.fate != Fate::Unchanged || !planned.additions.is_empty() {
                self.object(f, planned)?;
            }
        }
        let count = |fate: fn(&Fate) -> bool| self.plan.count(fate);
        let create = count(|fate| *fate == Fate::Create);
        let change = count(|fate| *fate == Fate::Change);
        let delete = count(|fate| *fate == Fate::Delete);
        let stuck = count(|fate| matches!(fate, Fate::Recreate(_) | Fate::Refuse(_)));
        let others =
            self.plan.conflicts().count() + self.plan.objects.iter().map(|one| one.additions.len()).sum::<usize>();
        let objects = self.plan.objects.len();
        let subject = match self.plan.subject.as_str() {
            "the stack" => "Stack",
            other => other,
        };
        if self.drift {
            write!(
                f,
                "{BOLD}Stack drift:{BOLD:#} {objects} objects checked, {create} missing, {change} changed"
            )?;
            write!(f, ", {others} fields set by others, {delete} no longer wanted")?;
        } else {
            write!(
                f,
                "{BOLD}{subject} plan:{BOLD:#} {create} to create, {change} to change, {delete} to delete"
            )?;
            write!(f, ", {others} fields set by others")?;
        }
        match stuck {
            0 if !self.drift && !self.plan.has_work() => writeln!(f, ". Nothing to do."),
            0 => writeln!(f),
            stuck => writeln!(f, ", {stuck} can't be done"),
        }
    }
}

impl StackText<'_> {
    fn object(&self, f: &mut fmt::Formatter<'_>, planned: &Planned) -> fmt::Result {
        let (sign, style, word, reason) = match (&planned.fate, self.drift) {
            (Fate::Create, false) => ("+", GREEN, "create", ""),
            (Fate::Create, true) => ("-", RED, "missing", ""),
            (Fate::Change, false) => ("~", YELLOW, "change", ""),
            (Fate::Change, true) => ("!", RED, "changed", ""),
            (Fate::Delete, false) => ("-", RED, "delete", ""),
            (Fate::Delete, true) => ("-", YELLOW, "left over", ""),
            (Fate::Recreate(reason), _) => ("!", RED, "recreate", reason.as_str()),
            (Fate::Refuse(reason), _) => ("!", RED, "refused", reason.as_str()),
            (Fate::Use, _) => ("=", Style::new(), "use", "it is there already"),
            (Fate::Unchanged, _) => ("=", Style::new(), "unchanged", ""),
        };
        write!(f, "{style}{sign} {word:<9}{style:#} {}", planned.id)?;
        match reason {
            "" => writeln!(f)?,
            reason => writeln!(f, ": {}", Printable(reason))?,
        }
        if matches!(planned.fate, Fate::Change | Fate::Recreate(_)) {
            let secret = planned.id.kind == Kind::Secret;
            for change in &planned.changes {
                self.change(f, change, secret)?;
            }
        }
        if let Fate::Recreate(_) = planned.fate {
            recreation(f, planned)?;
        }
        for addition in &planned.additions {
            added(f, addition)?;
        }
        Ok(())
    }

    fn change(&self, f: &mut fmt::Formatter<'_>, change: &FieldChange, secret: bool) -> fmt::Result {
        // An install goes from what is there to what shall be; drift went the other way.
        let (old, new) = match self.drift {
            true => (&change.after, &change.before),
            false => (&change.before, &change.after),
        };
        write!(f, "    {}", Printable(&change.path.to_string()))?;
        if let Some(owner) = &change.owner {
            write!(f, " (set by {})", Printable(&owner.to_string()))?;
        }
        match (old, new) {
            _ if secret => writeln!(f, ": differs; a Secret's content is not shown"),
            (Some(Value::String(old)), Some(Value::String(new))) if old.contains('\n') || new.contains('\n') => {
                writeln!(f)?;
                lines(f, old, new)
            }
            _ => writeln!(f, ": {} -> {}", glance(old.as_ref()), glance(new.as_ref())),
        }
    }
}

/// Whole files lie in ConfigMaps: only the lines that differ are told, with one around them.
fn lines(f: &mut fmt::Formatter<'_>, old: &str, new: &str) -> fmt::Result {
    let diff = TextDiff::from_lines(old, new);
    let mut unified = diff.unified_diff();
    for hunk in unified.context_radius(1).iter_hunks() {
        for line in hunk.iter_changes() {
            let (sign, style) = match line.tag() {
                similar::ChangeTag::Delete => ('-', RED),
                similar::ChangeTag::Insert => ('+', GREEN),
                similar::ChangeTag::Equal => (' ', Style::new()),
            };
            writeln!(
                f,
                "      {style}{sign} {}{style:#}",
                Printable(line.value().trim_end_matches('\n'))
            )?;
        }
    }
    Ok(())
}

fn added(f: &mut fmt::Formatter<'_>, addition: &Addition) -> fmt::Result {
    writeln!(
        f,
        "    {}: {} was added by {}; an install leaves it",
        Printable(&addition.path.to_string()),
        glance(addition.value.as_ref()),
        Printable(&addition.owner.to_string())
    )
}

fn recreation(f: &mut fmt::Formatter<'_>, planned: &Planned) -> fmt::Result {
    let namespace = planned
        .id
        .namespace
        .as_ref()
        .map(|name| format!(" -n {name}"))
        .unwrap_or_default();
    let (options, consequence) = match planned.id.kind {
        Kind::PersistentVolumeClaim => ("", "its data is lost with it"),
        Kind::StatefulSet => (" --cascade=orphan", "its volumes stay"),
        Kind::Service => ("", "its address changes"),
        Kind::StorageClass => ("", "volumes that exist are not touched"),
        _ => ("", "its pods stop meanwhile"),
    };
    writeln!(
        f,
        "    it would have to be made anew, which dashctl leaves to you ({consequence}): kubectl delete {}{namespace} {}{options}, \
         then install again",
        planned.id.kind.name().to_lowercase(),
        planned.id.name
    )
}

fn glance(value: Option<&Value>) -> String {
    let Some(value) = value else {
        return "nothing".to_owned();
    };
    let text = value.to_string();
    let shown: String = text.chars().take(GLANCE).collect();
    let dots = if shown.len() < text.len() { "…" } else { "" };
    format!("{}{dots}", Printable(&shown))
}

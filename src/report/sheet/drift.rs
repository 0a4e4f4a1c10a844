use super::{Entry, Part, Section, Sheet, Tone, plain, time};
use crate::dashboard::outline::{Outline, Outlines};
use crate::plan::{DataSourceAction, Edit, State};
use crate::report::link::link;
use crate::report::phrase::{one_line, plural};
use crate::report::picture::Picture;
use crate::report::semantic::sums;
use crate::report::text::{DIVERGED, FromTemplate, MISSING, UNOWNED};
use crate::report::told::tell;
use crate::report::{
    ChangeReport, DashboardReport, DataSourceReport, DriftReport, FailureReport, Outcome, TargetReport, UnmanagedReport,
};

impl From<&DriftReport> for Sheet {
    fn from(report: &DriftReport) -> Self {
        let mut facts = vec![
            format!("checked {}", time(&report.checked_at)),
            format!("in {:.1} s", report.seconds),
        ];
        facts.extend(report.shard.map(|shard| format!("shard {}/{}", shard.index, shard.of)));
        Self {
            title: "Dashboard drift".into(),
            verdict: report.verdict(),
            tone: match report.outcome() {
                Outcome::InSync => Tone::Good,
                Outcome::Differs => Tone::Changed,
                Outcome::Partial | Outcome::Failed | Outcome::Denied => Tone::Failed,
            },
            facts,
            sections: report.targets.iter().map(section).collect(),
        }
    }
}

fn section(target: &TargetReport) -> Section {
    let of_dashboard = |one: &DashboardReport| entry(target, one);
    let mut entries: Vec<Entry> = target.failed.iter().map(failure).collect();
    let different = target.data_sources.iter().filter(|one| !one.in_sync);
    entries.extend(different.map(data_source));
    entries.extend(
        target
            .dashboards
            .iter()
            .filter(|one| !one.state.is_quiet())
            .map(of_dashboard),
    );
    entries.extend(target.unmanaged.iter().flatten().map(|one| unmanaged(target, one)));
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.tone));
    let mut quiet: Vec<Entry> = target
        .data_sources
        .iter()
        .filter(|one| one.in_sync)
        .map(data_source)
        .collect();
    quiet.extend(
        target
            .dashboards
            .iter()
            .filter(|one| one.state.is_quiet())
            .map(of_dashboard),
    );
    Section {
        name: plain(&target.target),
        link: link(&target.url, ""),
        sums: match target.error {
            Some(_) => String::new(),
            None => target.sums(),
        },
        error: target.error.as_deref().map(one_line),
        entries,
        quiet,
    }
}

/// A dashboard that a check has looked at.
pub(super) fn of_dashboard(grafana: &str, dashboard: &DashboardReport) -> Entry {
    let last = dashboard.edits.first();
    let mut notes = Vec::new();
    if let Some(from) = &dashboard.moved_from {
        notes.push(format!(
            "it is in folder {} instead of {}",
            plain(from),
            plain(&dashboard.folder)
        ));
    }
    notes.extend(dashboard.note.as_deref().map(plain));
    if dashboard.ignored > 0 {
        let rules = plural(dashboard.ignored, "difference is", "differences are");
        notes.push(format!("{rules} covered by ignore rules"));
    }
    Entry {
        title: plain(&dashboard.title),
        uid: plain(&dashboard.uid),
        link: dashboard.live.as_ref().and_then(|live| link(grafana, &live.url)),
        who: last.map_or_else(String::new, |edit| plain(&edit.author)),
        when: last.map_or_else(String::new, |edit| time(&edit.when)),
        notes,
        edits: dashboard.edits.iter().map(plain_edit).collect(),
        ..Entry::new(
            "dashboard",
            dashboard.state.slug(),
            tone(dashboard.state),
            &dashboard.name,
        )
    }
}

fn plain_edit(edit: &Edit) -> Edit {
    Edit {
        version: edit.version,
        author: plain(&edit.author),
        when: time(&edit.when),
        message: plain(&edit.message),
        saved_from_ui: edit.saved_from_ui.as_deref().map(plain),
    }
}

fn entry(target: &TargetReport, dashboard: &DashboardReport) -> Entry {
    let mut entry = of_dashboard(&target.url, dashboard);
    let outlines = dashboard.outlines.as_deref();
    let drift = (&dashboard.drift[..], outlines.map(Outlines::drift));
    let changes = (&dashboard.changes[..], outlines.map(Outlines::changes));
    let (said, parts): (&str, _) = match dashboard.state {
        State::Drift => ("", vec![("What was changed in Grafana", drift)]),
        State::Diverged => (
            DIVERGED,
            vec![
                ("What was changed in Grafana", drift),
                ("What an apply would change", changes),
            ],
        ),
        State::Pending => ("", vec![("What an apply would change", changes)]),
        State::Missing => (MISSING, Vec::new()),
        State::Unowned => (UNOWNED, vec![("What adopting it would change", changes)]),
        _ => ("", Vec::new()),
    };
    if !said.is_empty() {
        entry.notes.push(said.to_owned());
    }
    entry.what = match parts.first() {
        Some((_, (changes, _))) if !changes.is_empty() => sums(changes),
        _ => entry.notes.first().cloned().unwrap_or_default(),
    };
    if matches!(dashboard.state, State::Pending | State::Diverged) {
        entry.notes.extend(FromTemplate(&dashboard.template).lines());
    }
    entry.parts = parts
        .into_iter()
        .filter_map(|(heading, (changes, sides))| part(heading, changes, sides))
        .collect();
    entry
}

/// Differences under a heading; nothing where there are none.
pub(super) fn part(heading: &'static str, changes: &[ChangeReport], sides: Option<[&Outline; 2]>) -> Option<Part> {
    let told: Vec<_> = tell(changes).collect();
    let picture = sides.and_then(|sides| Picture::new(sides, changes, &told));
    (!told.is_empty()).then_some(Part {
        heading,
        changes: told,
        picture,
    })
}

fn tone(state: State) -> Tone {
    match state {
        State::InSync | State::Resave => Tone::Good,
        State::Foreign => Tone::Quiet,
        State::Pending => Tone::Pending,
        State::Drift | State::Diverged | State::Missing | State::Unowned | State::Unsupported => Tone::Changed,
    }
}

/// A data source as a check or a plan has found it.
pub(super) fn data_source(one: &DataSourceReport) -> Entry {
    let new = |state: &str, tone: Tone| Entry::new("data source", state, tone, &one.name);
    match &one.action {
        DataSourceAction::Nothing => new("in-sync", Tone::Good),
        DataSourceAction::Create => Entry {
            what: "it is not there yet".into(),
            ..new("missing", Tone::Changed)
        },
        DataSourceAction::Refuse(reason) => Entry {
            what: plain(reason),
            notes: vec![plain(reason)],
            ..new("refused", Tone::Changed)
        },
        DataSourceAction::Update(changes) => Entry {
            what: plural(changes.len(), "field differs", "fields differ"),
            notes: changes.iter().map(ToString::to_string).collect(),
            ..new("differs", Tone::Changed)
        },
    }
}

/// A dashboard that could not be looked at.
pub(super) fn failure(failed: &FailureReport) -> Entry {
    Entry {
        what: one_line(&failed.error),
        notes: vec![one_line(&failed.error)],
        ..Entry::new("dashboard", "failed", Tone::Failed, &failed.name)
    }
}

fn unmanaged(target: &TargetReport, one: &UnmanagedReport) -> Entry {
    Entry {
        uid: plain(&one.uid),
        link: link(&target.url, &one.url),
        what: "the repository doesn't know it".into(),
        ..Entry::new(
            "dashboard",
            "unmanaged",
            Tone::Quiet,
            &format!("{} / {}", one.folder, one.title),
        )
    }
}

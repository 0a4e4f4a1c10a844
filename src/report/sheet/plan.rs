use super::drift::{data_source, failure, of_dashboard, part};
use super::{Entry, Section, Sheet, Tone, plain};
use crate::dashboard::outline::Outlines;
use crate::plan::{Action, DataSourceAction, Refusal};
use crate::report::link::link;
use crate::report::semantic::sums;
use crate::report::text::{DRIFTED, FromTemplate};
use crate::report::{DataSourceReport, PlanReport, PlannedReport};

impl From<&PlanReport> for Sheet {
    fn from(plan: &PlanReport) -> Self {
        let mut entries: Vec<Entry> = plan.failed.iter().map(failure).collect();
        entries.extend(plan.data_sources.iter().filter(|one| !one.in_sync).map(planned_source));
        entries.extend(plan.folders.iter().map(|folder| Entry {
            what: "it is made".into(),
            ..Entry::new("folder", "create", Tone::Pending, folder)
        }));
        let to_do = |one: &&PlannedReport| one.action != Action::Nothing;
        entries.extend(plan.dashboards.iter().filter(to_do).map(|one| planned(plan, one)));
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.tone));
        let quiet = plan.dashboards.iter().filter(|one| one.action == Action::Nothing);
        let quiet = quiet.map(|one| of_dashboard(&plan.url, &one.dashboard)).collect();
        Self {
            title: "Dashboard plan".into(),
            verdict: plan.sums(),
            tone: entries.iter().map(|entry| entry.tone).max().unwrap_or(Tone::Good),
            facts: Vec::new(),
            sections: vec![Section {
                name: plain(&plan.target),
                link: link(&plan.url, ""),
                sums: String::new(),
                error: None,
                entries,
                quiet,
            }],
        }
    }
}

fn planned_source(one: &DataSourceReport) -> Entry {
    let word = match one.action {
        DataSourceAction::Create => "create",
        DataSourceAction::Update(_) => "update",
        DataSourceAction::Nothing => "unchanged",
        DataSourceAction::Refuse(_) => "refused",
    };
    Entry {
        state: word.into(),
        word: word.into(),
        tone: Tone::Pending,
        ..data_source(one)
    }
}

fn planned(plan: &PlanReport, planned: &PlannedReport) -> Entry {
    let PlannedReport { action, dashboard } = planned;
    let mut entry = of_dashboard(&plan.url, dashboard);
    entry.state = action.to_string();
    entry.word = action.to_string();
    entry.tone = match action {
        Action::Refuse(Refusal::Foreign) => Tone::Quiet,
        Action::Refuse(_) => Tone::Changed,
        _ => Tone::Pending,
    };
    let outlines = dashboard.outlines.as_deref();
    let changes = match action {
        Action::Refuse(Refusal::Drift) => {
            entry.notes.push(format!("left alone: {DRIFTED}"));
            Some((
                "What was changed in Grafana",
                &dashboard.drift,
                outlines.map(Outlines::drift),
            ))
        }
        Action::Refuse(reason) => {
            entry.notes.push(format!("left alone: {reason}"));
            None
        }
        Action::Create | Action::Nothing => None,
        Action::Update | Action::Move | Action::Adopt => Some((
            "What changes in Grafana",
            &dashboard.changes,
            outlines.map(Outlines::changes),
        )),
    };
    entry.what = match (changes, action) {
        (Some((_, changes, _)), _) if !changes.is_empty() => sums(changes),
        (_, Action::Create) => "it is new in Grafana".into(),
        _ => entry.notes.first().cloned().unwrap_or_default(),
    };
    if matches!(action, Action::Update | Action::Move | Action::Adopt) {
        entry.notes.extend(FromTemplate(&dashboard.template).lines());
    }
    entry.parts = changes
        .and_then(|(heading, changes, sides)| part(heading, changes, sides))
        .into_iter()
        .collect();
    entry
}

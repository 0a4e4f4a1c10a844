//! A drift check as annotations of a GitHub workflow: one line for each dashboard, at its file.

use std::fmt;

use super::junit::{message, text};
use super::phrase::cut;
use super::{DashboardReport, DriftReport, TargetReport};
use crate::dashboard::compare::Printable;
use crate::plan::{DataSourceAction, State};

/// A step shows ten annotations of each level; what is more is counted in the last.
const SHOWN: usize = 10;
/// The most characters of one annotation's text.
const LENGTH: usize = 4000;

/// The report as workflow commands. What a server said is a text in them, and never another command.
#[derive(Debug, Clone, Copy)]
pub struct Github<'a> {
    report: &'a DriftReport,
    folder: &'a str,
}

impl<'a> Github<'a> {
    /// Of a report on a repository that is the whole checkout.
    pub fn new(report: &'a DriftReport) -> Self {
        Self { report, folder: "" }
    }

    /// Where in the checkout the repository is: `monitoring/grafana`.
    #[must_use]
    pub fn below(self, folder: &'a str) -> Self {
        Self { folder, ..self }
    }
}

impl fmt::Display for Github<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<Annotation> = self.report.targets.iter().flat_map(of_target).collect();
        for level in [Level::Error, Level::Warning, Level::Notice] {
            let mut of_level = all.iter().filter(|one| one.level == level);
            let number = of_level.clone().count();
            let shown = if number > SHOWN { SHOWN - 1 } else { SHOWN };
            let mut write = |one: &Annotation| one.write(f, self.folder);
            of_level.by_ref().take(shown).try_for_each(&mut write)?;
            let names: Vec<&str> = of_level.map(|one| one.name.as_str()).collect();
            if !names.is_empty() {
                let rest = Annotation {
                    level,
                    file: None,
                    name: String::new(),
                    title: format!("and {} more", names.len()),
                    message: names.join(", "),
                };
                write(&rest)?;
            }
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Notice,
}

struct Annotation {
    level: Level,
    file: Option<String>,
    name: String,
    title: String,
    message: String,
}

fn of_target(target: &TargetReport) -> Vec<Annotation> {
    let error = |name: &str, message: &str| Annotation {
        level: Level::Error,
        file: None,
        name: name.to_owned(),
        title: format!("{name} could not be checked"),
        message: message.to_owned(),
    };
    let mut all: Vec<Annotation> = Vec::new();
    all.extend(target.error.iter().map(|message| error(&target.target, message)));
    all.extend(target.failed.iter().map(|one| error(&one.name, &one.error)));
    for one in target.data_sources.iter().filter(|one| !one.in_sync) {
        all.push(Annotation {
            level: Level::Warning,
            file: Some("dashctl.yaml".into()),
            name: one.name.clone(),
            title: format!("data source {} ({})", one.name, target.target),
            message: match &one.action {
                DataSourceAction::Update(changes) => changes.iter().map(|change| format!("{change}\n")).collect(),
                DataSourceAction::Refuse(reason) => reason.clone(),
                DataSourceAction::Create | DataSourceAction::Nothing => "it is not there yet".into(),
            },
        });
    }
    let different = target.dashboards.iter().filter(|one| one.state.differs());
    all.extend(different.map(|dashboard| of_dashboard(target, dashboard)));
    all
}

fn of_dashboard(target: &TargetReport, dashboard: &DashboardReport) -> Annotation {
    Annotation {
        level: match dashboard.state {
            State::Pending => Level::Notice,
            _ => Level::Warning,
        },
        file: Some(format!("dashboards/{}.json", dashboard.name)),
        name: dashboard.name.clone(),
        title: format!("{}: {} ({})", dashboard.state, dashboard.name, target.target),
        message: format!("{}\n{}", message(dashboard), text(dashboard)),
    }
}

impl Annotation {
    fn write(&self, f: &mut fmt::Formatter<'_>, folder: &str) -> fmt::Result {
        f.write_str(match self.level {
            Level::Error => "::error ",
            Level::Warning => "::warning ",
            Level::Notice => "::notice ",
        })?;
        if let Some(file) = &self.file {
            let separator = if folder.is_empty() { "" } else { "/" };
            write!(f, "file={},", property(&format!("{folder}{separator}{file}")))?;
        }
        let lines: Vec<String> = self.message.lines().map(|line| Printable(line).to_string()).collect();
        writeln!(
            f,
            "title={}::{}",
            property(&self.title),
            data(&cut(&lines.join("\n"), LENGTH))
        )
    }
}

/// A command's text, as the runner decodes it: <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// One of a command's properties: neither a comma nor a colon ends it early.
fn property(text: &str) -> String {
    data(&Printable(text).to_string())
        .replace(':', "%3A")
        .replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{filled, sample};
    use proptest::prelude::*;

    #[test]
    fn a_hostile_title_is_a_text_and_no_command() {
        let mut report = sample("a,line=1::x\r\n::set-env name=A::b%0A");
        report.targets[0].dashboards[0].name = "K/p,col=9::\n::stop-commands::x".into();
        insta::assert_snapshot!(Github::new(&report), @r#"::warning file=dashboards/K/p%2Ccol=9%3A%3A\n%3A%3Astop-commands%3A%3Ax.json,title=drift%3A K/p%2Ccol=9%3A%3A\n%3A%3Astop-commands%3A%3Ax (prod)::changed in Grafana by eve at 2026-01-01T00:00:00Z: 1 difference%0Aversion 2 by eve at 2026-01-01T00:00:00Z: a,line=1::x\r\n::set-env name=A::b%250A%0A~ title%0A    - "x"%0A    + "a,line=1::x\r\n::set-env name=A::b%250A"%0A1 changed."#);
    }

    #[test]
    fn more_than_a_step_shows_are_counted() {
        let mut report = sample("t");
        let one = report.targets[0].dashboards[0].clone();
        report.targets[0].dashboards = vec![one; 12];
        let text = Github::new(&report).to_string();
        assert_eq!(text.lines().count(), 10, "{text}");
        assert!(
            text.ends_with("::warning title=and 3 more::K/pods, K/pods, K/pods\n"),
            "{text}"
        );
    }

    #[test]
    fn files_are_found_below_the_checkout() {
        let report = sample("t");
        let text = Github::new(&report).below("monitoring/grafana").to_string();
        assert!(
            text.starts_with("::warning file=monitoring/grafana/dashboards/K/pods.json,title="),
            "{text}"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_one_command_of_its_own(text in ".*|[a:,=%\\r\\n\\x0b\\x0c\\u{85}\\u{2028}]{0,40}") {
            let told = Github::new(&filled(&text)).to_string();
            prop_assert_eq!(told.lines().count(), 3, "{}", &told);
            for line in told.lines() {
                let command = line.strip_prefix("::error ").or_else(|| line.strip_prefix("::warning "));
                let properties = command.and_then(|rest| rest.split_once("::")).unwrap().0;
                let names: Vec<&str> = properties.split(',').filter_map(|one| one.split_once('=')).map(|one| one.0).collect();
                prop_assert!(names == ["title"] || names == ["file", "title"], "{}", line);
            }
        }
    }
}

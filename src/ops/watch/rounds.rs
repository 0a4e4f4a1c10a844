use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::super::check::{Check, now};
use super::super::{Error, Person, repository_here};
use super::WatchOptions;
use super::backoff::Backoff;
use super::findings::Findings;
use super::past::Past;
use crate::dashboard::compare::Printable;
use crate::notify::{Message, Seen};
use crate::plan::State;
use crate::report::{DriftReport, Outcome, TargetAddress, TargetReport, VERSION};

/// The rounds of a watch, and what it remembers from one to the next: for each target the last report, the
/// drifts of the last rounds, and nothing that grows for ever.
pub(super) struct Rounds<'a> {
    options: &'a WatchOptions,
    person: &'a dyn Person,
    findings: Arc<Findings>,
    seen: Seen,
    targets: BTreeMap<String, Known>,
    /// The edits that were there when each target was looked at last.
    edits: BTreeMap<String, BTreeSet<String>>,
    past: Past,
}

/// What is known of a target.
#[derive(Default)]
struct Known {
    backoff: Backoff,
    last: Option<TargetReport>,
    /// What was said of it last.
    said: String,
}

impl<'a> Rounds<'a> {
    pub fn new(options: &'a WatchOptions, person: &'a dyn Person, findings: Arc<Findings>, seen: Seen) -> Self {
        Self {
            options,
            person,
            findings,
            seen,
            targets: BTreeMap::new(),
            edits: BTreeMap::new(),
            past: Past::default(),
        }
    }

    /// Looks, shows and tells.
    pub async fn round(&mut self, person: &Arc<dyn Person>) {
        let mut gone = Vec::new();
        let (report, known) = match self.check(person) {
            Ok(check) => {
                let report = self.look(&check).await;
                if self.options.verify {
                    let (empty, failures) = check.went_empty().await;
                    gone = empty;
                    failures.iter().for_each(|error| self.person.warn(&error.message()));
                }
                (report, check.known())
            }
            Err(error) => (self.unreadable(&error), self.targets.keys().cloned().collect()),
        };
        self.say(&report);
        for one in &gone {
            self.person.progress(&shown(&format!("{} {one}", report.checked_at)));
        }
        let report = Arc::new(report);
        self.past.learn(&report);
        self.findings.show(report.clone(), self.past.all());
        if report.targets.iter().any(|target| !target.outcome.is_whole()) {
            self.findings.failed.inc();
        }
        let receivers = &self.options.receivers;
        let told = receivers
            .tell(&report, &known, self.options.every, Some(&mut self.seen))
            .await;
        for untold in &told {
            self.person.warn(&untold.message());
        }
        if !told.is_empty() {
            self.findings.untold.inc();
        }
        self.findings.rounds.inc();
    }

    /// The check of the repository as it is on disk now.
    fn check(&self, person: &Arc<dyn Person>) -> Result<Check, Error> {
        Check::of(repository_here()?, &self.options.check, person.clone())
    }

    /// Asks all targets in the next round: what kept them from being looked at may have been the repository.
    pub fn begin_anew(&mut self) {
        self.targets.values_mut().for_each(|known| known.backoff.succeeded());
    }

    /// Checks the targets whose turn it is. Of the others, the last report still holds: nobody could look at them then.
    async fn look(&mut self, check: &Check) -> DriftReport {
        let names: Vec<String> = check.targets().map(str::to_owned).collect();
        self.targets.retain(|name, _| names.contains(name));
        let due: BTreeSet<String> = names
            .iter()
            .filter(|name| self.targets.entry((*name).clone()).or_default().backoff.is_due())
            .cloned()
            .collect();
        let (mut report, _) = check.only(|name| due.contains(name)).make(&self.options.check).await;
        let mut fresh = std::mem::take(&mut report.targets).into_iter();
        for name in &names {
            let known = self.targets.entry(name.clone()).or_default();
            let target = match due.contains(name) {
                true => fresh
                    .next()
                    .map(|target| known.learn(target, self.options.every, self.person, &report.checked_at)),
                false => known.last.clone(),
            };
            report.targets.extend(target);
        }
        report
    }

    /// What there is to say where the repository itself can't be read: nothing is known of any target now.
    fn unreadable(&mut self, error: &Error) -> DriftReport {
        let nothing = |known: &Known| {
            let last = known.last.clone()?;
            let address = TargetAddress {
                target: last.target,
                url: last.url,
                repository: last.repository,
            };
            Some(TargetReport {
                last_success: last.last_success,
                ..TargetReport::unknown(address, Outcome::Failed, &error.message())
            })
        };
        DriftReport {
            version: VERSION,
            checked_at: now(),
            seconds: 0.0,
            shard: self.options.check.review.shard,
            targets: self.targets.values().filter_map(nothing).collect(),
        }
    }

    /// Says what is new since the last round, and nothing where nothing is.
    fn say(&mut self, report: &DriftReport) {
        let say = |text: &str| self.person.progress(&shown(&format!("{} {text}", report.checked_at)));
        for (target, known) in report.targets.iter().zip(self.targets.values_mut()) {
            let words = in_words(target);
            if words != known.said {
                say(&format!("{}: {words}", target.target));
                known.said = words;
            }
        }
        let messages = Message::of(report);
        let is_known = |message: &Message<'_>| {
            let edits = self.edits.get(message.target);
            edits.is_some_and(|edits| edits.contains(&message.fingerprint))
        };
        for message in messages.iter().filter(|message| !is_known(message)) {
            say(&format!("{}: {}", message.target, message.summary));
        }
        self.remember(report, &messages);
    }

    /// Takes in the edits of this round. What could not be looked at now has the edits that it had before.
    fn remember(&mut self, report: &DriftReport, messages: &[Message<'_>]) {
        let mut before = std::mem::take(&mut self.edits);
        for target in &report.targets {
            let edits = match target.outcome.is_whole() {
                true => BTreeSet::new(),
                false => before.remove(&target.target).unwrap_or_default(),
            };
            self.edits.insert(target.target.clone(), edits);
        }
        for message in messages {
            let edits = self.edits.entry(message.target.to_owned()).or_default();
            edits.insert(message.fingerprint.clone());
        }
    }
}

impl Known {
    /// Takes in what a check has found.
    fn learn(
        &mut self,
        mut target: TargetReport,
        every: Duration,
        person: &dyn Person,
        checked_at: &str,
    ) -> TargetReport {
        if target.last_success.is_none() {
            target.last_success = self.last.take().and_then(|last| last.last_success);
        }
        if target.outcome.is_failure() {
            let next = self.backoff.failed(every);
            if self.backoff.failures() > 1 {
                person.progress(&shown(&format!(
                    "{checked_at} {}: could not be looked at {} times in a row; the next try is in {next:?}",
                    target.target,
                    self.backoff.failures()
                )));
            }
        } else {
            self.backoff.succeeded();
        }
        self.last = Some(target.clone());
        target
    }
}

fn shown(text: &str) -> String {
    Printable(text).to_string()
}

fn in_words(target: &TargetReport) -> String {
    if let Some(error) = &target.error {
        return error.clone();
    }
    let number = |state: &State| target.totals.get(state.slug()).copied().unwrap_or_default();
    let states = State::ALL.iter().filter(|state| number(state) > 0);
    let mut words: Vec<String> = states.map(|state| format!("{} {state}", number(state))).collect();
    if !target.failed.is_empty() {
        words.push(format!("{} could not be looked at", target.failed.len()));
    }
    match words.is_empty() {
        true => "no dashboards".to_owned(),
        false => words.join(", "),
    }
}

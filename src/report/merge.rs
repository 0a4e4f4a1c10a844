//! One report again, of those that shards made.
//!
//! Reports of several targets come together, whole ones and those of shards. A shard that is missing is told as a failure
//! of its target: nobody knows what its dashboards are in. The rest is what one check of all would have said: totals,
//! dashboards and requests are those of all shards together, `checked_at` is when the first of them began, and `seconds`
//! is how long the longest took, since shards run side by side.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{DriftReport, FailureReport, Outcome, Shard, TargetReport, VERSION};

/// Why a file is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is something else.
    #[error("it is no report of `dashctl drift -o json`: {0}")]
    Form(serde_json::Error),
    /// Another version of dashctl made it.
    #[error("its form has version {0}, and this dashctl reads version {VERSION}; make it with the same dashctl")]
    Version(u64),
    /// Its shard is impossible.
    #[error("its shard {}/{} can't be: a shard is I/N with I from 0 to N-1", .0.index, .0.of)]
    Shard(Shard),
    /// A dashboard is in it that belongs to another shard.
    #[error("its dashboard {name:?} doesn't fall to shard {}/{}", shard.index, shard.of)]
    Stray {
        /// The dashboard's name.
        name: String,
        /// The report's shard.
        shard: Shard,
    },
}

/// Why reports don't come together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There are none.
    #[error("there is no report to merge")]
    Nothing,
    /// They are of different repositories.
    #[error("{} is of the repository {:?} and {} of {:?}", .0[0].0, .0[0].1, .0[1].0, .0[1].1)]
    Repository([(String, String); 2]),
    /// A target's name stands for two Grafanas.
    #[error("the target {target:?} is {} in {} and {} in {}", .of[0].1, .of[0].0, .of[1].1, .of[1].0)]
    Url {
        /// The target.
        target: String,
        /// Each file with the URL.
        of: [(String, String); 2],
    },
    /// Shards of different numbers.
    #[error("{} is a shard of {} and {} a shard of {}: those of one check go together", .0[0].0, .0[0].1, .0[1].0, .0[1].1)]
    Of([(String, usize); 2]),
    /// The same part twice.
    #[error("{first} and {second} both have {part} of the target {target:?}")]
    Twice {
        /// The target.
        target: String,
        /// What both have.
        part: String,
        /// One file.
        first: String,
        /// The other.
        second: String,
    },
}

/// A target's part in one of the files.
struct Part {
    file: String,
    shard: Option<Shard>,
    target: TargetReport,
}

impl DriftReport {
    /// A report that `dashctl drift -o json` wrote.
    ///
    /// # Errors
    ///
    /// It is something else, another version's, or contradicts itself.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u64,
        }
        let Versioned { version } = serde_json::from_slice(bytes).map_err(ReadError::Form)?;
        if version != u64::from(VERSION) {
            return Err(ReadError::Version(version));
        }
        let report: Self = serde_json::from_slice(bytes).map_err(ReadError::Form)?;
        let Some(shard) = report.shard else {
            return Ok(report);
        };
        if shard.index >= shard.of {
            return Err(ReadError::Shard(shard));
        }
        let mut dashboards = report.targets.iter().flat_map(|target| &target.dashboards);
        match dashboards.find(|one| !shard.has(&one.uid)) {
            Some(stray) => Err(ReadError::Stray {
                name: stray.name.clone(),
                shard,
            }),
            None => Ok(report),
        }
    }

    /// One report of many, each with the name of its file.
    ///
    /// # Errors
    ///
    /// They are of different repositories, of shards of different numbers, or have the same part twice.
    pub fn merge(reports: Vec<(String, Self)>) -> Result<Self, MergeError> {
        let began = |report: &Self| report.checked_at.parse::<jiff::Timestamp>().ok();
        let first = reports
            .iter()
            .min_by_key(|(_, report)| (began(report).is_none(), began(report)));
        let (_, first) = first.ok_or(MergeError::Nothing)?;
        let (version, checked_at) = (first.version, first.checked_at.clone());
        let seconds = reports.iter().map(|(_, report)| report.seconds).fold(0.0, f64::max);
        same_repository(&reports)?;
        same_number(&reports)?;
        let mut parts: Vec<Vec<Part>> = Vec::new();
        for (file, report) in reports {
            for target in report.targets {
                let part = Part {
                    file: file.clone(),
                    shard: report.shard,
                    target,
                };
                match parts
                    .iter_mut()
                    .find(|there| there[0].target.target == part.target.target)
                {
                    Some(there) => {
                        part.goes_with(there)?;
                        there.push(part);
                    }
                    None => parts.push(vec![part]),
                }
            }
        }
        Ok(Self {
            version,
            checked_at,
            seconds,
            shard: None,
            targets: parts.into_iter().filter_map(together).collect(),
        })
    }
}

fn same_repository(reports: &[(String, DriftReport)]) -> Result<(), MergeError> {
    let named = reports
        .iter()
        .flat_map(|(file, report)| report.targets.iter().map(move |target| (file, &target.repository)));
    let named: Vec<_> = named.collect();
    match named.iter().find(|(_, repository)| *repository != named[0].1) {
        Some(other) => Err(MergeError::Repository(
            [&named[0], other].map(|(file, repository)| ((*file).clone(), (*repository).clone())),
        )),
        None => Ok(()),
    }
}

fn same_number(reports: &[(String, DriftReport)]) -> Result<(), MergeError> {
    let shards = reports
        .iter()
        .filter_map(|(file, report)| Some((file.clone(), report.shard?.of)));
    let shards: Vec<_> = shards.collect();
    match shards.iter().find(|(_, of)| *of != shards[0].1) {
        Some(other) => Err(MergeError::Of([shards[0].clone(), other.clone()])),
        None => Ok(()),
    }
}

impl Part {
    fn goes_with(&self, others: &[Self]) -> Result<(), MergeError> {
        let target = self.target.target.clone();
        if let Some(other) = others.iter().find(|other| other.target.url != self.target.url) {
            let of = [other, self].map(|part| (part.file.clone(), part.target.url.clone()));
            return Err(MergeError::Url { target, of });
        }
        let overlaps = |other: &&Self| other.shard.is_none() || self.shard.is_none() || other.shard == self.shard;
        match others.iter().find(overlaps) {
            Some(other) => Err(MergeError::Twice {
                target,
                part: match (other.shard, self.shard) {
                    (Some(shard), Some(_)) => format!("shard {}/{}", shard.index, shard.of),
                    _ => "all".into(),
                },
                first: other.file.clone(),
                second: self.file.clone(),
            }),
            None => Ok(()),
        }
    }
}

/// What the parts of one target come to.
fn together(parts: Vec<Part>) -> Option<TargetReport> {
    let missing = missing(&parts);
    let outcome = outcome(&parts, !missing.is_empty());
    let whole = outcome.is_failure();
    let last_success = missing.is_empty().then(|| last_success(&parts)).flatten();
    let mut parts = parts.into_iter();
    let first = parts.next()?;
    let mut all = TargetReport {
        outcome,
        error: None,
        last_success,
        totals: BTreeMap::new(),
        dashboards: Vec::new(),
        data_sources: Vec::new(),
        failed: missing,
        unmanaged: None,
        requests: 0,
        ..first.target.clone()
    };
    for Part { shard, target, .. } in std::iter::once(first).chain(parts) {
        for (state, number) in target.totals {
            *all.totals.entry(state).or_default() += number;
        }
        match (target.error, shard) {
            // Where nothing at all could be looked at, one reason is enough.
            (Some(error), _) if whole => all.error = all.error.or(Some(error)),
            (Some(error), Some(shard)) => all.failed.push(FailureReport {
                name: name(shard),
                error,
            }),
            (error, _) => all.error = error,
        }
        all.dashboards.extend(target.dashboards);
        all.data_sources.extend(target.data_sources);
        all.failed.extend(target.failed);
        all.unmanaged = match (all.unmanaged, target.unmanaged) {
            (Some(one), Some(other)) => Some(one.into_iter().chain(other).collect()),
            (one, other) => one.or(other),
        };
        all.requests += target.requests;
    }
    all.dashboards.sort_by(|one, other| one.name.cmp(&other.name));
    all.failed
        .sort_by(|one, other| (&one.name, &one.error).cmp(&(&other.name, &other.error)));
    // Which shard a broken file falls to nobody knows: each tells of it.
    all.failed.dedup();
    if let Some(unmanaged) = &mut all.unmanaged {
        unmanaged
            .sort_by(|one, other| (&one.folder, &one.title, &one.uid).cmp(&(&other.folder, &other.title, &other.uid)));
    }
    Some(all)
}

/// The target was looked at whole when the part was that was looked at whole the longest ago.
fn last_success(parts: &[Part]) -> Option<String> {
    let known: Option<Vec<&String>> = parts.iter().map(|part| part.target.last_success.as_ref()).collect();
    let time = |text: &&String| text.parse::<jiff::Timestamp>().ok();
    known?.into_iter().min_by_key(time).cloned()
}

fn missing(parts: &[Part]) -> Vec<FailureReport> {
    let Some(of) = parts.iter().find_map(|part| Some(part.shard?.of)) else {
        return Vec::new();
    };
    let there = |shard: &Shard| parts.iter().any(|part| part.shard == Some(*shard));
    let shards = (0..of).map(|index| Shard { index, of });
    shards
        .filter(|shard| !there(shard))
        .map(|shard| FailureReport {
            name: name(shard),
            error: "its report is missing: its dashboards were not looked at, or the result was not handed over".into(),
        })
        .collect()
}

fn name(shard: Shard) -> String {
    format!("shard {}/{}", shard.index, shard.of)
}

/// How the check of a target ended, as its parts did.
fn outcome(parts: &[Part], missing: bool) -> Outcome {
    let nothing = |outcome: Outcome| matches!(outcome, Outcome::Failed | Outcome::Denied);
    let outcomes = || parts.iter().map(|part| part.target.outcome);
    let worst = outcomes().max().unwrap_or(Outcome::InSync);
    let lost = outcomes().all(nothing);
    match worst {
        worst if lost && !missing => worst,
        Outcome::InSync | Outcome::Differs if !missing => worst,
        _ => Outcome::Partial,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::State;
    use crate::report::sample;
    use proptest::prelude::*;

    fn report(states: &[State]) -> DriftReport {
        let mut report = sample("t");
        let target = &mut report.targets[0];
        let one = target.dashboards[0].clone();
        target.dashboards.clear();
        for (number, state) in states.iter().enumerate() {
            let mut dashboard = one.clone();
            dashboard.name = format!("K/{number:04}");
            dashboard.uid = format!("uid-{number}");
            dashboard.state = *state;
            target.dashboards.push(dashboard);
        }
        settle(target);
        report
    }

    /// What follows from the dashboards.
    fn settle(target: &mut TargetReport) {
        target.totals.clear();
        for dashboard in &target.dashboards {
            *target.totals.entry(dashboard.state.slug().into()).or_default() += 1;
        }
        let differs = target.dashboards.iter().any(|one| one.state.differs());
        target.outcome = if differs { Outcome::Differs } else { Outcome::InSync };
    }

    fn shards(whole: &DriftReport, of: usize) -> Vec<(String, DriftReport)> {
        let part = |index: usize| {
            let shard = Shard { index, of };
            let mut part = whole.clone();
            part.shard = Some(shard);
            let target = &mut part.targets[0];
            target.dashboards.retain(|one| shard.has(&one.uid));
            target.requests = if index == 0 { whole.targets[0].requests } else { 0 };
            settle(target);
            (format!("{index}.json"), part)
        };
        (0..of).map(part).collect()
    }

    proptest! {
        #[test]
        fn the_shards_of_a_report_come_to_the_same_report(
            states in proptest::collection::vec(proptest::sample::select(&State::ALL[..]), 0..40),
            of in 1_usize..6,
            order in proptest::sample::select(vec![false, true]),
        ) {
            let whole = report(&states);
            let mut parts = shards(&whole, of);
            if order {
                parts.reverse();
            }
            prop_assert_eq!(DriftReport::merge(parts).unwrap(), whole);
        }
    }

    #[test]
    fn a_shard_that_is_missing_is_named() {
        let mut parts = shards(&report(&[State::InSync; 9]), 3);
        parts.remove(1);
        let merged = DriftReport::merge(parts).unwrap();
        let target = &merged.targets[0];
        assert_eq!((target.outcome, target.failed.len()), (Outcome::Partial, 1));
        assert_eq!(target.failed[0].name, "shard 1/3");
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let whole = report(&[State::InSync; 9]);
        let parts = |of: usize| shards(&whole, of);
        let wrong = |parts: Vec<(String, DriftReport)>| DriftReport::merge(parts).unwrap_err().to_string();
        let mut twice = parts(2);
        twice.push(("again.json".into(), twice[0].1.clone()));
        assert_eq!(
            wrong(twice),
            "0.json and again.json both have shard 0/2 of the target \"prod\""
        );
        let mut mixed = parts(2);
        mixed.push(("whole.json".into(), whole.clone()));
        assert_eq!(
            wrong(mixed),
            "0.json and whole.json both have all of the target \"prod\""
        );
        let mut others = parts(2);
        others[1] = parts(3)[1].clone();
        others[1].0 = "other.json".into();
        assert!(wrong(others).contains("0.json is a shard of 2 and other.json a shard of 3"));
        let mut elsewhere = parts(2);
        elsewhere[1].1.targets[0].repository = "r-2".into();
        assert_eq!(
            wrong(elsewhere),
            "0.json is of the repository \"r-1\" and 1.json of \"r-2\""
        );
        let mut moved = parts(2);
        moved[1].1.targets[0].url = "http://other".into();
        assert!(wrong(moved).contains("http://other in 1.json"));
        assert_eq!(DriftReport::merge(Vec::new()), Err(MergeError::Nothing));
    }

    #[test]
    fn targets_of_whole_reports_stand_side_by_side() {
        let mut one = report(&[State::InSync]);
        let mut other = report(&[State::Drift]);
        other.targets[0].target = "staging".into();
        (one.seconds, one.checked_at) = (9.0, "2026-01-02T03:04:06Z".into());
        let merged = DriftReport::merge(vec![("a".into(), one), ("b".into(), other)]).unwrap();
        assert_eq!((merged.targets.len(), merged.seconds), (2, 9.0));
        assert_eq!(
            (merged.checked_at.as_str(), merged.outcome()),
            ("2026-01-02T03:04:05Z", Outcome::Differs)
        );
    }

    #[test]
    fn a_shard_that_could_not_look_leaves_the_check_partial() {
        let mut parts = shards(&report(&[State::Drift; 9]), 2);
        let fail = |report: &mut DriftReport| {
            let target = &mut report.targets[0];
            (target.outcome, target.error) = (Outcome::Denied, Some("401".into()));
            target.dashboards.clear();
            target.totals.clear();
        };
        fail(&mut parts[1].1);
        let merged = DriftReport::merge(parts.clone()).unwrap();
        assert_eq!((merged.outcome(), &merged.targets[0].error), (Outcome::Partial, &None));
        assert_eq!(merged.targets[0].failed[0].name, "shard 1/2");
        fail(&mut parts[0].1);
        let merged = DriftReport::merge(parts).unwrap();
        assert_eq!(
            (merged.outcome(), merged.targets[0].error.as_deref()),
            (Outcome::Denied, Some("401"))
        );
    }

    #[test]
    fn a_file_that_is_no_report_says_so() {
        let read = |text: &str| DriftReport::read(text.as_bytes()).unwrap_err().to_string();
        assert!(read("[]").starts_with("it is no report"));
        assert!(read("{\"version\": 7}").contains("version 7"));
        let mut part = report(&[State::InSync]);
        part.shard = Some(Shard { index: 0, of: 0 });
        assert!(read(&serde_json::to_string(&part).unwrap()).contains("0/0"));
        let strayed = (0..2)
            .map(|index| Shard { index, of: 2 })
            .find(|shard| !shard.has("uid-0"));
        part.shard = strayed;
        assert!(read(&serde_json::to_string(&part).unwrap()).contains("\"K/0000\" doesn't fall to shard"));
    }
}

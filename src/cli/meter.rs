//! How far something has come, on standard error: a bar on a terminal, elsewhere a line now and then.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::output::{bars, progress};
use crate::ops::Count;

/// What is done sooner than this needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a line is written where there is no terminal.
const NOW_AND_THEN: Duration = Duration::from_secs(10);

/// The counts that go on, one for each thing that is done.
static METERS: Mutex<Vec<Meter>> = Mutex::new(Vec::new());

struct Meter {
    doing: String,
    began: Instant,
    told: Instant,
    bar: ProgressBar,
}

/// Shows a count.
pub fn show(count: Count<'_>) {
    let mut meters = METERS.lock().unwrap_or_else(PoisonError::into_inner);
    let now = Instant::now();
    let at = meters.iter().position(|meter| meter.doing == count.doing);
    let going = match at {
        Some(at) => meters.swap_remove(at),
        None => Meter {
            doing: count.doing.to_owned(),
            began: now,
            told: now,
            bar: ProgressBar::hidden(),
        },
    };
    match count.done >= count.of {
        true => going.end(count),
        false => meters.push(going.shown(count, now)),
    }
}

/// Takes away what was cut short: what is said next begins a line of its own.
pub fn stop() {
    let mut meters = METERS.lock().unwrap_or_else(PoisonError::into_inner);
    for meter in meters.drain(..) {
        meter.bar.finish_and_clear();
    }
}

impl Meter {
    fn shown(mut self, count: Count<'_>, now: Instant) -> Self {
        let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr()) && !super::output::is_quiet();
        if is_terminal && self.bar.is_hidden() && now - self.began > PATIENCE {
            self.bar = bars().add(ProgressBar::new(count.of as u64).with_style(style()));
            self.bar = self.bar.with_elapsed(now - self.began);
        }
        self.bar.set_message(text(count));
        self.bar.set_position(count.done as u64);
        if !is_terminal && now - self.told > NOW_AND_THEN {
            self.told = now;
            progress(&format!("{}, {} s", text(count), (now - self.began).as_secs()));
        }
        self
    }

    fn end(self, count: Count<'_>) {
        self.bar.finish_and_clear();
        if self.began.elapsed() > PATIENCE {
            let seconds = self.began.elapsed().as_secs_f64();
            progress(&format!("{}, {seconds:.1} s", text(count)));
        }
    }
}

fn text(count: Count<'_>) -> String {
    let failed = match count.failed {
        0 => String::new(),
        failed => format!(", {failed} failed"),
    };
    format!("{}: {} of {}{failed}", count.doing, count.done, count.of)
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {per_sec}, {eta} left");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}

//! When does the check run? The five fields of cron, as every platform understands them.
//!
//! Platforms differ at the edges: Kubernetes knows no Sunday 7, GitHub no `@daily`, systemd no cron at all. So an
//! expression is read strictly, in what all of them share, and kept as sets of values: each form is written from these.
//! No crate does both: those that parse cron ask only for the next time.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, date};
use sha2::{Digest, Sha256};

/// Why a text is no time to run at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// Not five fields.
    #[error("{0:?} has {1} fields; cron has five: minute, hour, day of the month, month, day of the week")]
    Fields(String, usize),
    /// A field that can't be read.
    #[error("{text:?} is no {field}: {why}")]
    Field {
        /// Its text.
        text: String,
        /// Which one.
        field: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// Days of the month and of the week, one of them by a step over all.
    #[error(
        "{0:?}: programs differ in what a step over all days means where both kinds of days are given; list the days"
    )]
    Steps(String),
    /// A day that no month has.
    #[error("{0:?} names days that never come")]
    Never(String),
    /// An `every` that isn't one of those that cron can say.
    #[error("every {0:?} can't be said evenly; there are {EVERY}; anything else is said by `cron`")]
    Every(String),
}

/// What `every` may be.
const EVERY: &str = "1m, 2m, 3m, 4m, 5m, 6m, 10m, 12m, 15m, 20m, 30m, 1h, 2h, 3h, 4h, 6h, 8h, 12h and 1d";
const NAMED_MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const NAMED_DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/// As long as it takes until a 29th of February has come for sure.
const YEARS: i16 = 8;

/// A field: all values, or these.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Field {
    Every,
    Only(BTreeSet<u8>),
}

/// When to run, to the minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    minutes: Field,
    hours: Field,
    days: Field,
    months: Field,
    weekdays: Field,
}

impl FromStr for Cron {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, CronError> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else {
            return Err(CronError::Fields(text.to_owned(), fields.len()));
        };
        let cron = Self {
            minutes: Kind::MINUTE.read(minutes)?,
            hours: Kind::HOUR.read(hours)?,
            days: Kind::DAY.read(days)?,
            months: Kind::MONTH.read(months)?,
            weekdays: Kind::WEEKDAY.read(weekdays)?,
        };
        let both = [days, weekdays].iter().all(|text| !matches!(*text, "*" | "*/1"));
        if both && (days.starts_with("*/") || weekdays.starts_with("*/")) {
            return Err(CronError::Steps(text.to_owned()));
        }
        let comes = cron.days().next().is_some();
        if comes {
            Ok(cron)
        } else {
            Err(CronError::Never(text.to_owned()))
        }
    }
}

impl Cron {
    /// Evenly, such as `15m`, `1h` or `1d`. Which minute it is depends on `seed`: where everybody runs on the full hour,
    /// Grafana and the CI have the load of all at once.
    ///
    /// # Errors
    ///
    /// A time that doesn't divide the hour or the day.
    pub fn every(text: &str, seed: &str) -> Result<Self, CronError> {
        let wrong = || CronError::Every(text.to_owned());
        let unit = text.strip_suffix(['m', 'h', 'd']).ok_or_else(wrong)?;
        let number: u32 = unit.parse().map_err(|_| wrong())?;
        let minutes = match text.as_bytes().last() {
            Some(b'm') if (1..=30).contains(&number) && 60 % number == 0 => number,
            Some(b'h') if [1, 2, 3, 4, 6, 8, 12].contains(&number) => number * 60,
            Some(b'd') if number == 1 => 24 * 60,
            _ => return Err(wrong()),
        };
        let first = Sha256::digest(seed.as_bytes())
            .iter()
            .fold(0, |sum, byte| (sum * 256 + u32::from(*byte)) % minutes);
        let values = |step: u32, of: u32| {
            (first % step..of)
                .step_by(step as usize)
                .filter_map(|v| u8::try_from(v).ok())
        };
        let (minute, hour) = match minutes {
            0..=60 => (minutes, 1),
            longer => (60, longer / 60),
        };
        let hours = (first / 60..24)
            .step_by(hour as usize)
            .filter_map(|v| u8::try_from(v).ok());
        Ok(Self {
            minutes: if minute == 1 {
                Field::Every
            } else {
                Field::Only(values(minute, 60).collect())
            },
            hours: if hour == 1 {
                Field::Every
            } else {
                Field::Only(hours.collect())
            },
            days: Field::Every,
            months: Field::Every,
            weekdays: Field::Every,
        })
    }

    /// The longest time between two runs, in minutes.
    pub fn longest_pause(&self) -> u32 {
        let times: Vec<i64> = self
            .hours
            .values(0, 23)
            .flat_map(|hour| {
                self.minutes
                    .values(0, 59)
                    .map(move |minute| i64::from(hour) * 60 + i64::from(minute))
            })
            .collect();
        let (mut longest, mut last) = (0, None);
        for day in self.days() {
            let midnight = day.duration_since(first_day()).as_secs() / 60;
            for time in &times {
                let now = midnight + time;
                longest = longest.max(last.map_or(0, |last| now - last));
                last = Some(now);
            }
        }
        u32::try_from(longest).unwrap_or(u32::MAX)
    }

    /// The shortest time between two runs, in minutes.
    pub fn shortest_pause(&self) -> u32 {
        let times: Vec<u32> = self
            .hours
            .values(0, 23)
            .flat_map(|hour| {
                self.minutes
                    .values(0, 59)
                    .map(move |minute| u32::from(hour) * 60 + u32::from(minute))
            })
            .collect();
        let within = times.windows(2).map(|pair| pair[1] - pair[0]);
        // The last of one day and the first of the next.
        let over = times
            .first()
            .zip(times.last())
            .map(|(first, last)| first + 24 * 60 - last);
        within.chain(over).min().unwrap_or(u32::MAX)
    }

    /// The same for systemd, one line for each `OnCalendar=`. Cron runs on the days of the month and on the days of the
    /// week where both are given; systemd wants both to hold, so these become two lines.
    pub fn on_calendar(&self, time_zone: &str) -> Vec<String> {
        let numbers = |field: &Field| match field {
            Field::Every => "*".to_owned(),
            Field::Only(values) => list(values, |value| format!("{value:02}")),
        };
        let weekdays = match &self.weekdays {
            Field::Every => None,
            Field::Only(values) => Some(list(values, |value| capital(NAMED_DAYS[usize::from(value)]))),
        };
        let line = |weekdays: Option<&str>, days: &str| {
            let weekdays = weekdays.map(|names| format!("{names} ")).unwrap_or_default();
            let (months, hours, minutes) = (numbers(&self.months), numbers(&self.hours), numbers(&self.minutes));
            format!("{weekdays}*-{months}-{days} {hours}:{minutes}:00 {time_zone}")
        };
        match (&self.days, &weekdays) {
            (Field::Only(_), Some(names)) => vec![line(None, &numbers(&self.days)), line(Some(names), "*")],
            _ => vec![line(weekdays.as_deref(), &numbers(&self.days))],
        }
    }

    /// The days on which it runs, over some years.
    fn days(&self) -> impl Iterator<Item = Date> + '_ {
        first_day()
            .series(jiff::Span::new().days(1))
            .take_while(|day| day.year() < first_day().year() + YEARS)
            .filter(|day| self.is_day(*day))
    }

    fn is_day(&self, day: Date) -> bool {
        let has = |field: &Field, value: i8| u8::try_from(value).is_ok_and(|value| field.has(value));
        let by_date = has(&self.days, day.day());
        let by_week = has(&self.weekdays, day.weekday().to_sunday_zero_offset());
        let both = matches!((&self.days, &self.weekdays), (Field::Only(_), Field::Only(_)));
        has(&self.months, day.month()) && if both { by_date || by_week } else { by_date && by_week }
    }
}

fn first_day() -> Date {
    date(2024, 1, 1)
}

/// As every cron reads it: numbers, and no Sunday 7.
impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = [&self.minutes, &self.hours, &self.days, &self.months, &self.weekdays];
        let text = |field: &&Field| match field {
            Field::Every => "*".to_owned(),
            Field::Only(values) => list(values, |value| value.to_string()),
        };
        f.write_str(&fields.iter().map(text).collect::<Vec<_>>().join(" "))
    }
}

fn list(values: &BTreeSet<u8>, text: impl Fn(u8) -> String) -> String {
    values.iter().map(|value| text(*value)).collect::<Vec<_>>().join(",")
}

fn capital(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_uppercase() + rest
}

impl Field {
    fn has(&self, value: u8) -> bool {
        match self {
            Self::Every => true,
            Self::Only(values) => values.contains(&value),
        }
    }

    fn values(&self, low: u8, high: u8) -> impl Iterator<Item = u8> + '_ {
        (low..=high).filter(|value| self.has(*value))
    }
}

/// What a field may hold.
struct Kind {
    name: &'static str,
    low: u8,
    high: u8,
    names: &'static [&'static str],
}

impl Kind {
    const MINUTE: Self = Self::new("minute", 0, 59, &[]);
    const HOUR: Self = Self::new("hour", 0, 23, &[]);
    const DAY: Self = Self::new("day of the month", 1, 31, &[]);
    const MONTH: Self = Self::new("month", 1, 12, &NAMED_MONTHS);
    const WEEKDAY: Self = Self::new("day of the week", 0, 7, &NAMED_DAYS);

    const fn new(name: &'static str, low: u8, high: u8, names: &'static [&'static str]) -> Self {
        Self { name, low, high, names }
    }

    fn read(&self, text: &str) -> Result<Field, CronError> {
        if matches!(text, "*" | "*/1") {
            return Ok(Field::Every);
        }
        let mut values = BTreeSet::new();
        for part in text.split(',') {
            values.extend(self.part(text, part)?);
        }
        // Sunday has two numbers.
        if self.high == 7 && values.remove(&7) {
            values.insert(0);
        }
        Ok(Field::Only(values))
    }

    /// `3`, `1-5`, `*/15` or `0-30/5`.
    fn part(&self, field: &str, text: &str) -> Result<impl Iterator<Item = u8> + use<>, CronError> {
        let wrong = |why: String| CronError::Field {
            text: field.to_owned(),
            field: self.name,
            why,
        };
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (text, None),
        };
        let (low, high) = match range.split_once('-') {
            Some((low, high)) => (self.value(low), self.value(high)),
            None if range == "*" => (Some(self.low), Some(self.high.min(self.low + self.span() - 1))),
            None if step.is_some() => {
                let why = format!("a step needs a range, such as {range}-{}/N or */N", self.high);
                return Err(wrong(why));
            }
            None => (self.value(range), self.value(range)),
        };
        let (Some(low), Some(high)) = (low, high) else {
            return Err(wrong(format!(
                "{range:?} is not within {}-{}, a range or a list of these",
                self.low, self.high
            )));
        };
        if low > high {
            return Err(wrong(format!("{range:?} goes backwards; write it as two ranges")));
        }
        let step: u8 = match step {
            None => 1,
            Some(step) => step
                .parse()
                .ok()
                .filter(|step| *step > 0)
                .ok_or_else(|| wrong(format!("{step:?} is no step")))?,
        };
        Ok((low..=high).step_by(usize::from(step)))
    }

    /// How many different values there are: Sunday is one.
    fn span(&self) -> u8 {
        self.high - self.low + 1 - u8::from(self.high == 7)
    }

    fn value(&self, text: &str) -> Option<u8> {
        let lower = text.to_ascii_lowercase();
        if let Some(at) = self.names.iter().position(|name| *name == lower) {
            return u8::try_from(at).ok().map(|at| at + self.low);
        }
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let value: u8 = text.parse().ok().filter(|_| digits)?;
        (self.low..=self.high).contains(&value).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cron(text: &str) -> Cron {
        text.parse().unwrap()
    }

    fn error(text: &str) -> String {
        text.parse::<Cron>().unwrap_err().to_string()
    }

    #[test]
    fn an_expression_is_written_as_every_platform_reads_it() {
        for (given, written) in [
            ("*/15 * * * *", "0,15,30,45 * * * *"),
            ("5 8-10 * * MON-fri", "5 8,9,10 * * 1,2,3,4,5"),
            ("0 0 1 jan,DEC *", "0 0 1 1,12 *"),
            ("0 6 * * 7", "0 6 * * 0"),
            ("0 6 * * 5-7", "0 6 * * 0,5,6"),
            ("0-30/10 0 * * */2", "0,10,20,30 0 * * 0,2,4,6"),
        ] {
            assert_eq!(cron(given).to_string(), written);
            assert_eq!(cron(&cron(given).to_string()), cron(given), "{given}");
        }
    }

    #[test]
    fn what_platforms_understand_differently_is_refused() {
        assert!(error("* * * *").contains("has 4 fields"));
        assert!(error("0 0 * * * *").contains("has 6 fields"));
        assert!(error("@daily").contains("has 1 fields"));
        assert!(error("60 * * * *").contains("no minute"));
        assert!(error("5/15 * * * *").contains("5-59/N"));
        assert!(error("*/0 * * * *").contains("no step"));
        assert!(error("0 22-4 * * *").contains("backwards"));
        assert!(error("0 0 L * *").contains("no day of the month"));
        assert!(error("0 0 * * 1#2").contains("no day of the week"));
        assert!(error("0 0 ? * *").contains("no day of the month"));
        assert!(error("+1 0 * * *").contains("no minute"));
        assert!(error("0 0 30 2 *").contains("never come"));
        assert!(error("0 0 */2 * 1").contains("list the days"));
        assert!("0 0 29 2 *".parse::<Cron>().is_ok());
        assert!("0 0 30 2 1".parse::<Cron>().is_ok(), "Mondays of February come");
    }

    #[test]
    fn every_is_even_and_spread_by_the_seed() {
        assert_eq!(Cron::every("1m", "r").unwrap().to_string(), "* * * * *");
        let seeds = ["r-1", "r-2", "r-3", "r-4"];
        let hourly: BTreeSet<String> = seeds
            .iter()
            .map(|seed| Cron::every("1h", seed).unwrap().to_string())
            .collect();
        assert!(hourly.len() > 1, "{hourly:?}");
        for (text, minutes) in [
            ("5m", 5),
            ("15m", 15),
            ("30m", 30),
            ("1h", 60),
            ("6h", 360),
            ("12h", 720),
            ("1d", 1440),
        ] {
            for seed in seeds {
                let cron = Cron::every(text, seed).unwrap();
                assert_eq!(
                    (cron.longest_pause(), cron.shortest_pause()),
                    (minutes, minutes),
                    "{text} {seed}: {cron}"
                );
                assert_eq!(cron.to_string().parse::<Cron>().unwrap(), cron);
            }
        }
        for wrong in ["0m", "7m", "45m", "60m", "5h", "2d", "1w", "m", "-5m", "1.5h", ""] {
            assert!(Cron::every(wrong, "r").is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_pauses_are_those_between_runs() {
        assert_eq!(cron("0 8 * * 1-5").longest_pause(), 72 * 60);
        assert_eq!(cron("0,5 8 * * *").shortest_pause(), 5);
        assert_eq!(cron("0 0 1 1 *").longest_pause(), 366 * 24 * 60);
        assert_eq!(cron("59,0 * * * *").shortest_pause(), 1);
    }

    #[test]
    fn systemd_gets_the_same_days() {
        assert_eq!(cron("5 8 * * *").on_calendar("UTC"), ["*-*-* 08:05:00 UTC"]);
        assert_eq!(
            cron("*/30 * * * 1,0").on_calendar("UTC"),
            ["Sun,Mon *-*-* *:00,30:00 UTC"]
        );
        assert_eq!(
            cron("0 6 13 * 5").on_calendar("Europe/Berlin"),
            ["*-*-13 06:00:00 Europe/Berlin", "Fri *-*-* 06:00:00 Europe/Berlin"],
            "cron means the 13th and Fridays"
        );
    }
}

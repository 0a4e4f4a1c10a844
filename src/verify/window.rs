//! Over which time does a panel ask, and in which steps?
//!
//! Relative times are those of Grafana's `datemath`; a panel's steps those of `rangeutil.ts` (`roundInterval`) and of
//! `pkg/promlib/models/query.go` (`calculatePrometheusInterval`, `calculateRateInterval`), all of 12.4.

use serde_json::Value;

use super::texts::Scope;

/// The time that a dashboard shows, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// From when.
    pub from: f64,
    /// Until when.
    pub to: f64,
}

/// How a panel's query is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steps {
    /// Seconds from one sample to the next: `$__interval`.
    pub step: f64,
    /// Seconds of `$__rate_interval`.
    pub rate: f64,
}

/// How wide a dashboard is in pixels, which is how many samples a panel of full width asks for.
const WIDTH: f64 = 1500.0;
/// No query has more steps; `safeResolution` in `query.go`.
const MOST_STEPS: f64 = 11_000.0;

impl Window {
    /// A dashboard's own; the last six hours where it says nothing.
    pub fn of(dashboard: &Value, now: f64) -> Self {
        let time = |key: &str, default: &str, up| {
            let text = dashboard.pointer(&format!("/time/{key}")).and_then(Value::as_str);
            text.and_then(|text| moment(text, now, up))
                .or_else(|| moment(default, now, up))
                .unwrap_or(now)
        };
        let (from, to) = (time("from", "now-6h", false), time("to", "now", true));
        Self { from: from.min(to), to }
    }

    /// A panel's own, where it is shifted or has another length.
    #[must_use]
    pub fn of_panel(self, panel: &Value, now: f64) -> Self {
        let text = |key: &str| panel.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let mut own = self;
        if let Some(from) = text("timeFrom") {
            let from = from.trim_start_matches("now-");
            if let Some(length) = seconds(from) {
                own = Self {
                    from: now - length,
                    to: now,
                };
            }
        }
        if let Some(shift) = text("timeShift").and_then(|shift| seconds(shift.trim_start_matches("now-"))) {
            own = Self {
                from: own.from - shift,
                to: own.to - shift,
            };
        }
        own
    }

    /// Seconds from the beginning to the end.
    pub fn length(self) -> f64 {
        (self.to - self.from).max(1.0)
    }

    /// The steps of a panel's query; `least` are the data source's, the panel's and the query's least intervals.
    pub fn steps(self, panel: &Value, target: &Value, scrape: f64, scope: &Scope) -> Steps {
        let own = |value: &Value, key: &str| {
            let text = value.get(key).and_then(Value::as_str)?;
            let text = super::texts::expand_raw(text, scope);
            seconds(text.trim_start_matches('>').trim())
        };
        let points = panel
            .get("maxDataPoints")
            .and_then(number)
            .filter(|points| *points > 0.0);
        let points = points.unwrap_or_else(|| pixels(panel));
        let rounded = rounded_seconds(self.length() / points);
        let asked = rounded.max(own(panel, "interval").unwrap_or(scrape));
        let least = own(target, "interval");
        let factor = target
            .get("intervalFactor")
            .and_then(number)
            .filter(|factor| *factor >= 1.0);
        let step = rounded.max(least.unwrap_or(asked)).max(self.length() / MOST_STEPS);
        let between = least.unwrap_or(scrape);
        Steps {
            step: step * factor.unwrap_or(1.0),
            rate: (asked + between).max(4.0 * between),
        }
    }

    /// The macros that hold for the whole dashboard.
    pub fn macros(self, scope: &mut Scope) {
        let seconds = self.length().round();
        scope.set("__range", format!("{seconds}s"));
        scope.set("__range_s", format!("{seconds}"));
        scope.set("__range_ms", format!("{}", (self.length() * 1000.0).round()));
        scope.set("__from", format!("{}", (self.from * 1000.0).round()));
        scope.set("__to", format!("{}", (self.to * 1000.0).round()));
    }
}

impl Steps {
    /// The macros of one query.
    pub fn macros(self, scope: &mut Scope) {
        scope.set("__interval", duration(self.step));
        scope.set("__interval_ms", format!("{}", (self.step * 1000.0).round()));
        scope.set("__rate_interval", duration(self.rate));
        scope.set("__rate_interval_ms", format!("{}", (self.rate * 1000.0).round()));
    }
}

/// How many pixels a panel is wide: in the grid of 24 columns, or in legacy rows of 12.
fn pixels(panel: &Value) -> f64 {
    let columns = panel.pointer("/gridPos/w").and_then(number).map(|width| width / 24.0);
    let span = panel.get("span").and_then(number).map(|span| span / 12.0);
    (columns.or(span).unwrap_or(1.0).clamp(0.05, 1.0) * WIDTH).round()
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Seconds to the next of the intervals that Grafana uses.
pub(super) fn rounded_seconds(seconds: f64) -> f64 {
    rounded(seconds * 1000.0) / 1000.0
}

/// Milliseconds to the next of the intervals that Grafana uses: up to (not including) so many are so many.
fn rounded(milliseconds: f64) -> f64 {
    const STEPS: [(f64, f64); 28] = [
        (10.0, 1.0),
        (15.0, 10.0),
        (35.0, 20.0),
        (75.0, 50.0),
        (150.0, 100.0),
        (350.0, 200.0),
        (750.0, 500.0),
        (1500.0, 1000.0),
        (3500.0, 2000.0),
        (7500.0, 5000.0),
        (12_500.0, 10_000.0),
        (17_500.0, 15_000.0),
        (25_000.0, 20_000.0),
        (45_000.0, 30_000.0),
        (90_000.0, 60_000.0),
        (210_000.0, 120_000.0),
        (450_000.0, 300_000.0),
        (750_000.0, 600_000.0),
        (1_050_000.0, 900_000.0),
        (1_500_000.0, 1_200_000.0),
        (2_700_000.0, 1_800_000.0),
        (5_400_000.0, 3_600_000.0),
        (9_000_000.0, 7_200_000.0),
        (16_200_000.0, 10_800_000.0),
        (32_400_000.0, 21_600_000.0),
        (86_400_000.0, 43_200_000.0),
        (604_800_000.0, 86_400_000.0),
        (1_814_400_000.0, 604_800_000.0),
    ];
    let found = STEPS.iter().find(|(below, _)| milliseconds < *below);
    found.map_or(2_592_000_000.0, |(_, step)| *step)
}

/// Seconds as Prometheus and Grafana write them: `15s`, `4m`, `500ms`.
pub fn duration(seconds: f64) -> String {
    let milliseconds = (seconds * 1000.0).round();
    for (unit, length) in [("d", 86_400_000.0), ("h", 3_600_000.0), ("m", 60_000.0), ("s", 1000.0)] {
        if milliseconds >= length && milliseconds % length == 0.0 {
            return format!("{}{unit}", milliseconds / length);
        }
    }
    format!("{milliseconds}ms")
}

/// The seconds of a duration: `5m`, `1h30m`, `90`.
pub fn seconds(text: &str) -> Option<f64> {
    let (mut total, mut rest) = (0.0, text.trim());
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest
            .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
            .unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|letter: char| letter.is_ascii_digit()).unwrap_or(rest.len());
        total += number * unit(&rest[..letters])?;
        rest = &rest[letters..];
    }
    Some(total)
}

fn unit(name: &str) -> Option<f64> {
    Some(match name {
        "ms" => 0.001,
        "s" | "" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        "w" => 604_800.0,
        "M" => 2_592_000.0,
        "y" => 31_536_000.0,
        _ => return None,
    })
}

/// A moment: `now`, `now-6h`, `now/d`, `now-1d/d`, a date, or milliseconds since 1970. What is rounded is rounded `up` at a
/// range's end.
fn moment(text: &str, now: f64, up: bool) -> Option<f64> {
    let Some(rest) = text.strip_prefix("now") else {
        if let Ok(milliseconds) = text.parse::<f64>() {
            return Some(milliseconds / 1000.0);
        }
        let stamp: jiff::Timestamp = text.parse().ok()?;
        #[expect(clippy::cast_precision_loss, reason = "seconds of our age are exact in it")]
        return Some(stamp.as_second() as f64);
    };
    let (offset, rounding) = rest
        .split_once('/')
        .map_or((rest, None), |(offset, unit)| (offset, Some(unit)));
    let mut moment = now;
    if let Some(back) = offset.strip_prefix('-') {
        moment -= seconds(back)?;
    } else if let Some(on) = offset.strip_prefix('+') {
        moment += seconds(on)?;
    }
    if let Some(name) = rounding {
        let length = unit(name.trim_start_matches('f'))?;
        let floor = (moment / length).floor() * length;
        moment = if up { floor + length } else { floor };
    }
    Some(moment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn durations_are_read_and_written() {
        for (text, expected) in [("5m", 300.0), ("1h30m", 5400.0), ("90", 90.0), ("500ms", 0.5)] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        assert_eq!(seconds("$x"), None);
        assert_eq!(
            [15.0, 240.0, 0.5, 5400.0, 86_400.0].map(duration),
            ["15s", "4m", "500ms", "90m", "1d"]
        );
    }

    #[test]
    fn a_dashboards_time_is_read() {
        let now = 1_700_000_000.0;
        let window = |from: &str, to: &str| Window::of(&json!({"time": {"from": from, "to": to}}), now);
        assert_eq!(window("now-6h", "now").length(), 21_600.0);
        assert_eq!(window("now/d", "now/d").length(), 86_400.0);
        assert_eq!(window("1699990000000", "now").length(), 10_000.0);
        assert_eq!(window("2023-11-14T21:13:20Z", "now").length(), 3_600.0);
        assert_eq!(Window::of(&json!({}), now).length(), 21_600.0);
        let own = window("now-6h", "now").of_panel(&json!({"timeFrom": "1h", "timeShift": "1d"}), now);
        assert_eq!((own.length(), own.to), (3600.0, now - 86_400.0));
    }

    #[test]
    fn steps_are_those_of_grafana() {
        let steps = |from: &str, panel: Value, target: Value, scrape| {
            let window = Window::of(&json!({"time": {"from": from, "to": "now"}}), 1_700_000_000.0);
            window.steps(&panel, &target, scrape, &Scope::default())
        };
        let half = json!({"gridPos": {"w": 12}});
        assert_eq!(
            steps("now-1h", half.clone(), json!({}), 15.0),
            Steps { step: 15.0, rate: 60.0 }
        );
        assert_eq!(
            steps("now-6h", half.clone(), json!({}), 15.0),
            Steps { step: 30.0, rate: 60.0 }
        );
        assert_eq!(
            steps("now-7d", half.clone(), json!({}), 60.0),
            Steps {
                step: 900.0,
                rate: 960.0
            }
        );
        assert_eq!(
            steps("now-1h", half.clone(), json!({"interval": "2m"}), 15.0),
            Steps {
                step: 120.0,
                rate: 480.0
            }
        );
        assert_eq!(steps("now-1h", half, json!({"intervalFactor": 2}), 15.0).step, 30.0);
        assert_eq!(
            steps("now-1h", json!({"maxDataPoints": 10}), json!({}), 15.0).step,
            300.0
        );
    }
}

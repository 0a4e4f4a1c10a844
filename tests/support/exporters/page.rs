/// Scrapes are not at full minutes, where the steps of queries are.
const PAST_THE_MINUTE: u64 = 17;

/// What an exporter exposes, at one moment or over a past.
pub struct Page {
    text: String,
    /// Seconds since the cluster began, and when that is in milliseconds since 1970.
    moments: Vec<(f64, i64)>,
}

impl Page {
    /// The last full minute, and every minute of the past `minutes` before it: as a scrape a minute leaves them, however
    /// often this is scraped. `began` is when the cluster did, in seconds since 1970.
    pub fn of(minutes: u32, began: f64) -> Self {
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        let minute = (now.as_secs() - PAST_THE_MINUTE) / 60;
        let moments = (0..=u64::from(minutes)).rev().map(|back| {
            let seconds = (minute - back) * 60 + PAST_THE_MINUTE;
            #[expect(clippy::cast_precision_loss, reason = "seconds of our age are exact in it")]
            (seconds as f64 - began, i64::try_from(seconds * 1000).unwrap())
        });
        Self {
            text: String::new(),
            moments: moments.collect(),
        }
    }

    /// Something that stays what it is.
    pub fn gauge(&mut self, name: &str, labels: &str, value: f64) {
        self.sample(name, labels, |_| value);
    }

    /// Something that grows by so much a second.
    pub fn counter(&mut self, name: &str, labels: &str, a_second: f64) {
        self.sample(name, labels, |seconds| (seconds + 10_000.0) * a_second);
    }

    fn sample(&mut self, name: &str, labels: &str, value: impl Fn(f64) -> f64) {
        for (seconds, stamp) in &self.moments {
            self.text
                .push_str(&format!("{name}{{{labels}}} {} {stamp}\n", value(*seconds)));
        }
    }

    /// Scraping itself says `up` only of now.
    pub fn up_before(&mut self) {
        for (_, stamp) in &self.moments {
            self.text.push_str(&format!("up 1 {stamp}\n"));
        }
    }

    pub fn text(self) -> String {
        self.text
    }
}

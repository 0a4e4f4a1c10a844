use std::time::Duration;

use tokio::time::Instant;

use super::notes;
use crate::ops::{Error, Person};
use crate::prometheus::Prometheus;

/// How long Prometheus gets for the first scrape of what it has just found.
const FIRST_SCRAPE: Duration = Duration::from_secs(45);

/// Shows what Prometheus scrapes, up and down, by job: the tutorial's look at its page of targets.
///
/// # Errors
///
/// A URL that can't be. A Prometheus that doesn't answer is a warning.
pub async fn show(url: &str, deadline: Instant, person: &dyn Person) -> Result<(), Error> {
    let server = Prometheus::new(url.parse().map_err(Error::new)?).map_err(Error::new)?;
    let until = (Instant::now() + FIRST_SCRAPE).min(deadline);
    let jobs = loop {
        let jobs = server.jobs().await;
        let fresh = jobs
            .as_ref()
            .is_ok_and(|jobs| !jobs.is_empty() && jobs.values().all(|job| job.unknown == 0));
        if fresh || Instant::now() > until {
            break jobs;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    match jobs {
        Ok(jobs) => person.show(&notes::targets(&jobs)),
        Err(error) => person.warn(&error.to_string()),
    }
    Ok(())
}

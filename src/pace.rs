//! How many things are done at once, at the pace of whoever does them?
//!
//! [`run`] keeps up to so many jobs in flight. Who is overloaded gets one at a time, and more again with every job that goes
//! well; one that takes much longer than the quickest so far halves the number. Results come back in the order of the jobs,
//! whatever order they ended in, and a job that was never begun has none.
//!
//! While as many as may be are under way, the next job is taken from its iterator already: what an iterator has to do for it
//! (reading a file, say) costs no time between one job's end and the next one's beginning.

use std::time::{Duration, Instant};

use futures::future::FutureExt as _;
use futures::stream::{FuturesUnordered, StreamExt as _};

/// How a job ended, as far as the others are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Well.
    Well,
    /// Whoever does it asked for less at once.
    Overloaded,
    /// Badly: nothing new is begun, and what is in flight is finished.
    Last,
}

/// Does the jobs, at most `most` of them at once, until one is the last or `stop` says so.
pub async fn run<J, R>(
    jobs: impl IntoIterator<Item = J, IntoIter: ExactSizeIterator>,
    most: usize,
    stop: impl Fn() -> bool,
    work: impl AsyncFn(J) -> (R, Ended),
) -> Vec<Option<R>> {
    let mut jobs = jobs.into_iter().enumerate();
    let mut results: Vec<Option<R>> = Vec::new();
    results.resize_with(jobs.len(), || None);
    let mut ahead = None;
    let mut running = FuturesUnordered::new();
    let mut pace = Pace::new(most);
    let mut last = false;
    loop {
        while !last && running.len() < pace.now && !stop() {
            let Some((at, job)) = ahead.take().or_else(|| jobs.next()) else {
                break;
            };
            let work = &work;
            running.push(async move {
                let begun = Instant::now();
                (at, work(job).await, begun.elapsed())
            });
        }
        let ended = match running.next().now_or_never() {
            Some(ended) => ended,
            None => {
                // All of them are waiting for somebody else.
                if ahead.is_none() && !last {
                    ahead = jobs.next();
                }
                running.next().await
            }
        };
        let Some((at, (result, ended), took)) = ended else {
            break;
        };
        pace.learn(ended, took);
        last |= ended == Ended::Last;
        if let Some(place) = results.get_mut(at) {
            *place = Some(result);
        }
    }
    results
}

/// A job as a task of its own, on whichever core is free. It is begun at once.
pub fn apart<T: Send + 'static>(job: impl Future<Output = T> + Send + 'static) -> impl Future<Output = T> + Send {
    let task = tokio::spawn(job);
    async move {
        match task.await {
            Ok(done) => done,
            Err(ended) => std::panic::resume_unwind(ended.into_panic()),
        }
    }
}

/// How many at once, now.
#[derive(Debug)]
struct Pace {
    most: usize,
    now: usize,
    quickest: Option<Duration>,
}

/// Jobs that are quicker than this are never slow.
const UNNOTICED: Duration = Duration::from_millis(250);
/// A job that takes so many times as long as the quickest one tells that too much is asked at once.
const SLOW: u32 = 8;

impl Pace {
    fn new(most: usize) -> Self {
        let most = most.max(1);
        Self {
            most,
            now: most,
            quickest: None,
        }
    }

    fn learn(&mut self, ended: Ended, took: Duration) {
        if ended == Ended::Overloaded {
            self.now = 1;
            return;
        }
        let quickest = self.quickest.map_or(took, |quickest| quickest.min(took));
        self.quickest = Some(quickest);
        self.now = match took > UNNOTICED && took > quickest * SLOW {
            true => (self.now / 2).max(1),
            false => (self.now + 1).min(self.most),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Runs jobs that end as they say, and gives also the most that were in flight at once.
    async fn ends(jobs: &[Ended], most: usize) -> (Vec<Option<usize>>, usize) {
        let (now, peak) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = async |at: usize| {
            peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // The first takes the longest, so that they end in another order than they begin in.
            for _ in at..jobs.len() {
                tokio::task::yield_now().await;
            }
            now.fetch_sub(1, Ordering::SeqCst);
            (at, jobs[at])
        };
        let results = run(0..jobs.len(), most, || false, work).await;
        (results, peak.into_inner())
    }

    #[tokio::test]
    async fn as_many_as_allowed_are_in_flight_and_results_keep_the_order() {
        let (results, peak) = ends(&[Ended::Well; 20], 4).await;
        assert_eq!(results, (0..20).map(Some).collect::<Vec<_>>());
        assert_eq!(peak, 4);
        assert_eq!(ends(&[Ended::Well; 3], 0).await.1, 1);
    }

    #[tokio::test]
    async fn after_the_last_what_is_in_flight_is_finished_and_nothing_begun() {
        let mut jobs = [Ended::Well; 10];
        jobs[3] = Ended::Last;
        let (results, _) = ends(&jobs, 4).await;
        assert_eq!(results[..4], [Some(0), Some(1), Some(2), Some(3)]);
        assert_eq!((results.len(), results.last()), (10, Some(&None)));
        let stopped = run(0..5, 2, || true, async |at: i32| (at, Ended::Well)).await;
        assert_eq!(stopped, [None; 5]);
    }

    #[tokio::test]
    async fn the_next_job_is_made_ready_while_the_others_are_under_way_and_no_more_than_one() {
        let made = std::cell::Cell::new(0);
        let jobs = (0..6).inspect(|_| made.set(made.get() + 1));
        let work = async |at: usize| {
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            (made.get() - at, if at == 3 { Ended::Last } else { Ended::Well })
        };
        let results = run(jobs, 1, || false, work).await;
        assert_eq!(results, [Some(2), Some(2), Some(2), Some(2), None, None]);
        assert_eq!(made.get(), 5, "what isn't begun isn't made ready");
    }

    #[tokio::test]
    async fn what_is_done_apart_is_begun_at_once_and_fails_as_it_would_here() {
        let (begun, heard) = tokio::sync::oneshot::channel();
        let done = apart(async move { begun.send(7) });
        assert_eq!(heard.await, Ok(7));
        assert_eq!(done.await, Ok(()));
        let fails = apart(async { panic!("on purpose") });
        let caught = std::panic::AssertUnwindSafe(fails).catch_unwind().await;
        assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"on purpose"));
    }

    #[test]
    fn who_is_overloaded_gets_one_at_a_time_and_more_again_where_that_goes_well() {
        let mut pace = Pace::new(4);
        let quick = Duration::from_millis(10);
        pace.learn(Ended::Overloaded, quick);
        assert_eq!(pace.now, 1);
        for expected in [2, 3, 4, 4] {
            pace.learn(Ended::Well, quick);
            assert_eq!(pace.now, expected);
        }
        pace.learn(Ended::Well, Duration::from_secs(3));
        assert_eq!(pace.now, 2, "much slower than before");
    }
}

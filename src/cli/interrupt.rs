use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Exit, interrupted};

/// From now on Ctrl-C or SIGTERM sets this: what is in flight is finished then, and nothing new begun. Whoever asks again leaves
/// at once.
pub fn sets(stop: Arc<AtomicBool>) {
    tokio::spawn(async move {
        loop {
            interrupted().await;
            if stop.swap(true, Ordering::Relaxed) {
                anstream::eprintln!(
                    "stopped: what was in flight may have been written or not; `dashctl plan` shows what is left to do"
                );
                std::process::exit(Exit::Interrupted.code().into());
            }
            anstream::eprintln!("finishing what is in flight; Ctrl-C again leaves at once");
        }
    });
}

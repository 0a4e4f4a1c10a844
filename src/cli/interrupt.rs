use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// From now on Ctrl-C sets this: what is in flight is finished then, and nothing new begun. Whoever presses it again leaves at once.
pub fn sets(stop: Arc<AtomicBool>) {
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if stop.swap(true, Ordering::Relaxed) {
                anstream::eprintln!(
                    "stopped: what was in flight may have been written or not; `dashctl plan` shows what is left to do"
                );
                std::process::exit(130);
            }
            anstream::eprintln!("finishing what is in flight; Ctrl-C again leaves at once");
        }
    });
}

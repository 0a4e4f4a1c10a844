//! What Ctrl-C and SIGTERM do.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Exit, Failure};

/// How long a verb has to end in order after it was interrupted.
const GRACE: Duration = Duration::from_secs(2);

/// What ends the writes that go on, in order: where there are any, nothing may be cut off.
static WRITES: Mutex<Option<Arc<AtomicBool>>> = Mutex::new(None);

/// From now on an interrupt sets this, if it is one of writes.
pub fn ends(writes: Option<Arc<AtomicBool>>) {
    *WRITES.lock().unwrap_or_else(PoisonError::into_inner) = writes;
}

/// Runs a verb, or a part of it, until it ends or somebody interrupts it. Files are whole at every moment; writes that are in
/// flight are finished, and nothing new is begun. Whoever interrupts again leaves at once.
pub async fn interruptible<T>(verb: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    // A verb may be in the middle of a read that doesn't end: then the process ends without it.
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let watcher = tokio::spawn(async move {
        loop {
            interrupted().await;
            let writes = WRITES.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let Some(writes) = writes else { break };
            if writes.swap(true, Ordering::Relaxed) {
                anstream::eprintln!(
                    "stopped: what was in flight may have been written or not; `dashctl plan` shows what is left to do"
                );
                std::process::exit(Exit::Interrupted.code().into());
            }
            anstream::eprintln!("finishing what is in flight; Ctrl-C again leaves at once");
        }
        let _ = stop.send(());
        tokio::time::sleep(GRACE).await;
        std::process::exit(Exit::Interrupted.code().into());
    });
    tokio::select! {
        result = verb => {
            watcher.abort();
            result
        }
        _ = stopped => Err(Failure::new("interrupted").hint("nothing is half-written; the same command again goes on").exit(Exit::Interrupted)),
    }
}

/// Ends when the program is asked to stop: Ctrl-C, or SIGTERM.
pub async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

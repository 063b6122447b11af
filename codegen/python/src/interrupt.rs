//! Long work that Ctrl-C ends.

use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// Does `work` on another thread, while this one looks for signals: Python tells of them on its main thread only. `work` ends
/// early when its flag becomes true; then the exception that the signal raised is returned.
pub fn interruptible<R: Send>(
    py: Python<'_>,
    work: impl FnOnce(&AtomicBool) -> R + Send,
) -> PyResult<R> {
    let stopped = AtomicBool::new(false);
    let watched = || {
        let (done, is_done) = channel();
        thread::scope(|scope| {
            let worker = scope.spawn(|| {
                let result = work(&stopped);
                // Dropped without a message if `work` panics, which ends the waiting too.
                let _ = done.send(());
                drop(done);
                result
            });
            let mut raised = None;
            while let Err(RecvTimeoutError::Timeout) =
                is_done.recv_timeout(Duration::from_millis(50))
            {
                if let Err(error) = Python::attach(|py| py.check_signals()) {
                    stopped.store(true, Ordering::Relaxed);
                    raised.get_or_insert(error);
                }
            }
            match (raised, worker.join()) {
                (Some(error), _) => Err(error),
                (None, Ok(result)) => Ok(result),
                (None, Err(panic)) => std::panic::resume_unwind(panic),
            }
        })
    };
    py.detach(watched)
}

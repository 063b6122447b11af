//! Long work that Ctrl-C ends.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// Work of fewer multiply-accumulates takes some hundredths of a second: it is done on the thread that asks for it, to its end.
const LONG: usize = 1 << 24;

/// Tells work whether it is to end.
#[derive(Default)]
pub struct Watch(AtomicBool);

/// What unwinds the threads of work that is to end.
struct Interrupted;

impl Watch {
    /// Whether the work is to end.
    pub fn is_over(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Unwinds this thread, silently, if the work is to end; threads of a pool hand that on to the one that waits for them.
    pub fn check(&self) {
        if self.is_over() {
            resume_unwind(Box::new(Interrupted));
        }
    }
}

/// Does `work`, of so many multiply-accumulates, without the GIL. Of long work another thread does it, while this one looks for signals:
/// Python tells of them on its main thread only. If one raises an exception, the work's next look at its watch ends it, and the
/// exception is returned.
pub fn interruptible<R: Send>(
    py: Python<'_>,
    macs: usize,
    work: impl FnOnce(&Watch) -> R + Send,
) -> PyResult<R> {
    let (mut work, mut result) = (Some(work), None);
    let mut once = |watch: &Watch| result = work.take().map(|work| work(watch));
    match macs < LONG {
        true => py.detach(|| once(&Watch::default())),
        false => py.detach(|| watched(&mut once))?,
    }
    result.ok_or_else(|| PyRuntimeError::new_err("expected a result, found none"))
}

/// Does the work on another thread, and looks for signals meanwhile.
fn watched(work: &mut (dyn FnMut(&Watch) + Send)) -> PyResult<()> {
    let watch = Watch::default();
    let (done, is_done) = channel();
    thread::scope(|scope| {
        let worker = scope.spawn(|| {
            work(&watch);
            // Dropped without a message if the work panics, which ends the waiting too.
            let _ = done.send(());
            drop(done);
        });
        let mut raised = None;
        while let Err(RecvTimeoutError::Timeout) = is_done.recv_timeout(Duration::from_millis(50)) {
            if let Err(error) = Python::attach(|py| py.check_signals()) {
                watch.0.store(true, Ordering::Relaxed);
                raised.get_or_insert(error);
            }
        }
        match (raised, worker.join()) {
            (Some(error), _) => Err(error),
            (None, Ok(())) => Ok(()),
            (None, Err(panic)) => resume_unwind(panic),
        }
    })
}

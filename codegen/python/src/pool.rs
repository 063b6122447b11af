//! Threads that survive a fork.
//!
//! Rayon's own do not: in a child they are gone, and the first use waits for ever. Python forks (`multiprocessing`, PySpark's
//! daemon), so a pool belongs to the process that made it.

use pyo3::PyResult;
use pyo3::exceptions::PyRuntimeError;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::num::NonZero;
use std::sync::{Arc, Mutex};

/// The process, and the number of threads.
type Key = (u32, usize);

static POOL: Mutex<Option<(Key, Arc<ThreadPool>)>> = Mutex::new(None);

/// Does `work` with so many threads, but no more than there are cores; all of the machine's if 0.
pub fn with<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> PyResult<R> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    Ok(pool((std::process::id(), threads.min(cores)))?.install(work))
}

fn pool(key: Key) -> PyResult<Arc<ThreadPool>> {
    let mut place = POOL.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some((made, pool)) = &*place
        && *made == key
    {
        return Ok(pool.clone());
    }
    let made = ThreadPoolBuilder::new().num_threads(key.1).build();
    let made = made.map_err(|error| PyRuntimeError::new_err(format!("threads: {error}")))?;
    let pool = Arc::new(made);
    if let Some((old, pool)) = place.replace((key, pool.clone()))
        && old.0 != key.0
    {
        // A parent's: its threads are not in this process, and joining them would wait for ever.
        std::mem::forget(pool);
    }
    Ok(pool)
}

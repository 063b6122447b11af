//! Scores of tables that are spread over many files: a Parquet file of scores, called a part, for each of them.
//!
//! What is in memory grows neither with the files nor with their number. A part appears whole or not at all, and says in its
//! metadata which model and which file it is of; so a run that was killed is run again and makes what is missing.

mod folders;
mod inputs;
mod made;
mod part;
mod plan;

pub use inputs::{expect_apart, inputs};
pub use made::{Done, Made};
pub use plan::{Job, Plan};

use crate::host::stream::Scorer;
use crate::table::Columns;
use nice_flow_codegen::model::p_values::PValues;
use nice_flow_codegen::{Error, Result};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{available_parallelism, scope};

/// How rows become scores.
pub struct Work<'a> {
    /// The model.
    pub scorer: &'a Scorer,
    /// What is asked for of the columns of each file; the features of the model are found by name.
    pub columns: Columns,
    /// Whether rows are counts of an ADC.
    pub are_counts: bool,
    /// What turns scores into p-values, if these are asked for.
    pub p_values: Option<PValues>,
}

/// Who follows a run.
pub trait Watch: Sync {
    /// So many bytes of files more are done.
    fn bytes(&self, bytes: u64);
    /// What reading a file left out or took for something else, in words for the user.
    fn note(&self, file: &Path, note: String);
}

/// Files are read by so many threads at most: one reads several times faster than one scores, and each has pages of all
/// columns in memory.
const READERS: usize = 8;

/// Writes the parts of the jobs, on all cores; what each part holds, in the order of the jobs. After an error no further
/// part is begun.
pub fn write(work: &Work, jobs: &[Job], watch: &dyn Watch) -> Result<Vec<Done>> {
    let cores = available_parallelism().map_or(1, usize::from);
    let readers = cores.min(READERS).min(jobs.len());
    let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    let results: Vec<Mutex<Option<Result<Done>>>> = jobs.iter().map(|_| Mutex::default()).collect();
    // Threads of their own: one of the pool that waits for scores would begin another file.
    let reader = || {
        while let Some(index) = taken(&next, jobs.len())
            && !stopped.load(Ordering::Relaxed)
        {
            let done = part::write(work, &jobs[index], readers, &stopped, watch);
            if done.is_err() {
                stopped.store(true, Ordering::Relaxed);
            }
            if let Ok(mut result) = results[index].lock() {
                *result = Some(done);
            }
        }
    };
    scope(|threads| {
        for _ in 0..readers {
            threads.spawn(reader);
        }
    });
    let results = results
        .into_iter()
        .filter_map(|result| result.into_inner().ok()?);
    // A part that was given up says so: what went wrong is said by another.
    let (done, mut failed): (Vec<_>, Vec<_>) = results.partition(Result::is_ok);
    failed.sort_by_key(|result| matches!(result, Err(error) if is_given_up(error)));
    failed.into_iter().next().map_or_else(
        || done.into_iter().collect(),
        |first| first.map(|done| vec![done]),
    )
}

/// The number of the next job, if there is one.
fn taken(next: &AtomicUsize, jobs: usize) -> Option<usize> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    (index < jobs).then_some(index)
}

/// Why a part is not written that is whole itself.
const GIVEN_UP: &str = "given up, since another part failed";

fn is_given_up(error: &Error) -> bool {
    error.to_string().ends_with(GIVEN_UP)
}

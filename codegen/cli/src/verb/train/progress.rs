//! How far training is, and how to stop it.

use indicatif::{ProgressBar, ProgressStyle};
use nice_flow_codegen::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that becomes true with the first Ctrl-C; the second ends the command.
pub(super) fn stop_on_interrupt() -> Result<Arc<AtomicBool>> {
    let stopped = Arc::new(AtomicBool::new(false));
    let flag = stopped.clone();
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })
    .map_err(|error| Error::caused("Ctrl-C", error))?;
    Ok(stopped)
}

/// A bar of so many steps.
pub(super) fn progress(steps: usize) -> ProgressBar {
    let template = "{bar:40} {human_pos}/{human_len} steps, {msg}, {eta} left";
    let style = ProgressStyle::with_template(template);
    ProgressBar::new(steps as u64)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

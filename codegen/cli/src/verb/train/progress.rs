//! How far training is, and how to stop it.

use indicatif::{ProgressBar, ProgressStyle};
use nice_flow_codegen::{Error, Result};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

static STOPPED: AtomicBool = AtomicBool::new(false);

/// A process has one handler, however often it trains.
static HANDLER: LazyLock<std::result::Result<(), String>> = LazyLock::new(|| {
    let handler = ctrlc::set_handler(|| {
        if STOPPED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    handler.map_err(|error| error.to_string())
});

/// A flag that becomes true with the first Ctrl-C; the second ends the command.
pub(super) fn stop_on_interrupt() -> Result<&'static AtomicBool> {
    let handler = HANDLER.as_ref();
    handler.map_err(|error| Error::input("Ctrl-C", error))?;
    STOPPED.store(false, Ordering::Relaxed);
    Ok(&STOPPED)
}

/// A bar of so many steps.
pub(super) fn progress(steps: usize) -> ProgressBar {
    let template = "{bar:40} {human_pos}/{human_len} steps, {msg}, {eta} left";
    let style = ProgressStyle::with_template(template);
    ProgressBar::new(steps as u64)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

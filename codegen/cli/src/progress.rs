//! Progress bars.

use indicatif::{ProgressBar, ProgressStyle};

/// A progress bar on standard error; hidden if that is no terminal.
pub(super) fn progress(length: u64, unit: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!(
        "{{bar:40}} {{human_pos}}/{{human_len}} {unit}, {{eta}} left"
    ));
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

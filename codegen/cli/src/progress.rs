//! How far a verb has come.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error, hidden where that is no terminal.
pub(super) fn progress(length: u64, unit: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(&format!(
        "{{bar:40}} {{human_pos}}/{{human_len}} {unit}, {{eta}} left"
    ));
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

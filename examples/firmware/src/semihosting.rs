//! Output to QEMU's host.

use crate::sensor::CHANNELS;
use crate::shuttle::THRESHOLD;
use cortex_m_semihosting::{debug, hprintln};
use nice_flow::Verdict;
use panic_semihosting as _;

/// One line a sample.
pub fn report(sample: &[f32; CHANNELS], verdict: Verdict<f32>) {
    let word = if verdict.anomalous {
        "ANOMALY"
    } else {
        "normal"
    };
    hprintln!(
        "score {:9.2} nats, threshold {THRESHOLD:.2}: {word:7} {sample:?}",
        verdict.score
    );
}

/// Ends the emulation with success.
pub fn end() -> ! {
    loop {
        debug::exit(debug::EXIT_SUCCESS);
    }
}

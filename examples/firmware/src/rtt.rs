//! Output over the debug probe: defmt's text stays on the host, the board sends numbers.

use crate::sensor::CHANNELS;
use crate::shuttle::THRESHOLD;
use cortex_m_semihosting::debug;
use defmt_rtt as _;
use nice_flow::Verdict;
use panic_probe as _;

/// One line a sample: a warning for an anomaly.
pub fn report(sample: &[f32; CHANNELS], verdict: Verdict<f32>) {
    let score = verdict.score;
    if verdict.anomalous {
        defmt::warn!(
            "score {=f32} nats, threshold {=f32}: ANOMALY {}",
            score,
            THRESHOLD,
            sample
        );
    } else {
        defmt::info!(
            "score {=f32} nats, threshold {=f32}: normal {}",
            score,
            THRESHOLD,
            sample
        );
    }
}

/// Ends `probe-rs run` with success. Without a probe this is a fault: a product's sensor has no end.
pub fn end() -> ! {
    defmt::flush();
    loop {
        debug::exit(debug::EXIT_SUCCESS);
    }
}

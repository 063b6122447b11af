//! Output over the debug probe: defmt's text stays on the host, the board sends numbers.

use crate::sensor::CHANNELS;
use crate::shuttle::THRESHOLD;
use defmt_rtt as _;
use nice_flow::Verdict;
#[cfg(target_arch = "arm")]
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
#[cfg(target_arch = "arm")]
pub fn end() -> ! {
    use cortex_m_semihosting::debug;
    defmt::flush();
    loop {
        debug::exit(debug::EXIT_SUCCESS);
    }
}

/// Rests, with the log complete: a product's sensor has no end.
#[cfg(target_arch = "riscv32")]
pub fn end() -> ! {
    defmt::flush();
    crate::halt::halt()
}

//! What the firmwares need of the machine: a timer, and somewhere to print.

use crate::imu::{RATE_HZ, SAMPLES};
use crate::model::THRESHOLD;
use crate::watch::Watch;
use cortex_m::peripheral::{SYST, syst::SystClkSource};
use cortex_m_semihosting::{debug, hprintln};
use nice_flow::Verdict;
use nice_flow::fixed::Fixed;

/// Starts the system timer of a core with this clock: its interrupt comes once a sample.
pub fn start_timer(syst: &mut SYST, clock_hz: u32) {
    syst.set_clock_source(SystClkSource::Core);
    syst.set_reload(clock_hz / RATE_HZ - 1);
    syst.clear_current();
    syst.enable_counter();
    syst.enable_interrupt();
}

/// Prints the verdicts on what has come; when all has come, ends the emulation.
pub fn report(watch: &mut Watch) {
    while let Some(verdict) = watch.verdict() {
        print(watch.samples() + watch.lost(), verdict);
    }
    if watch.samples() + watch.lost() >= SAMPLES {
        hprintln!("{} samples, {} lost", watch.samples(), watch.lost());
        debug::exit(debug::EXIT_SUCCESS);
    }
}

fn print(samples: u32, verdict: Verdict<Fixed>) {
    let word = if verdict.anomalous {
        "ANOMALY"
    } else {
        "normal"
    };
    let (seconds, thousandths) = (samples / RATE_HZ, samples % RATE_HZ);
    hprintln!(
        "{seconds:2}.{thousandths:03} s: score {:8.2}, threshold {THRESHOLD:.2}: {word}",
        verdict.score
    );
}

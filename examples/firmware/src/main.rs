//! Watches nine sensor channels with a flow in flash: one score and one verdict for every sample.

#![no_std]
#![no_main]

#[cfg(all(feature = "board", target_arch = "riscv32"))]
mod halt;
#[cfg(board = "nrf52840")]
mod nrf52840;
#[cfg(feature = "board")]
#[path = "rtt.rs"]
mod output;
#[cfg(not(feature = "board"))]
#[path = "semihosting.rs"]
mod output;
#[cfg(board = "rp2350")]
mod rp2350;
#[cfg(board = "rp2350-riscv")]
mod rp2350_riscv;
mod sensor;

/// What `build.rs` generated from the model file.
#[allow(dead_code)] // Not every product needs every constant.
mod shuttle {
    include!(concat!(env!("OUT_DIR"), "/shuttle.rs"));
}

use sensor::Sensor;

#[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
#[cfg_attr(target_arch = "riscv32", riscv_rt::entry)]
fn main() -> ! {
    #[cfg(board = "nrf52840")]
    nrf52840::keep_debug_port_open();

    let mut sensor = Sensor::new();
    let mut detector = shuttle::detector();
    while let Some(sample) = sensor.read() {
        if let Some(verdict) = detector.push(sample) {
            output::report(&sample, verdict);
        }
    }
    output::end()
}

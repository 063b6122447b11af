//! How simulations measure a call: their clock of the core, their meter and their painted stack.

#[cfg_attr(
    target_arch = "arm",
    path = "../../../codegen/lab/src/board/simulate/firmware/cortex_m/clock.rs"
)]
#[cfg_attr(
    target_arch = "riscv32",
    path = "../../../codegen/lab/src/board/simulate/firmware/riscv/clock.rs"
)]
mod clock;
#[path = "../../../codegen/lab/src/board/simulate/firmware/meter.rs"]
mod meter;
#[path = "../../../codegen/lab/src/board/simulate/firmware/stack.rs"]
mod stack;

pub use meter::Meter;

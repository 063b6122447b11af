//! The end of a program on a RISC-V: after a panic, or of the recording.

/// Logs the panic, then rests.
#[panic_handler]
fn panic(info: &core::panic::PanicInfo) -> ! {
    defmt::error!("{}", defmt::Display2Format(info));
    defmt::flush();
    halt()
}

/// Waits for ever; no interrupt is enabled.
pub fn halt() -> ! {
    loop {
        riscv::asm::wfi();
    }
}

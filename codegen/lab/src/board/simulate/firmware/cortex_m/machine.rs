//! What a Cortex-M has of its own: its start, its stack, its end, and its calls of the host by semihosting.

use core::arch::asm;
pub use cortex_m_rt::entry;
use cortex_m_semihosting::debug;
pub use cortex_m_semihosting::nr::{OPEN, READ, WRITE};

/// The number of a call of the host.
pub type Call = usize;

unsafe extern "C" {
    /// The lowest address of the stack, from the linker script.
    static mut _stack_end: u32;
}

/// Makes a call of the host.
///
/// # Safety
///
/// The arguments are those that the specification of semihosting demands of the call; what they point to outlives it.
pub unsafe fn ask(call: Call, arguments: [usize; 3]) -> usize {
    // SAFETY: the caller's.
    unsafe { cortex_m_semihosting::syscall(call, &arguments) }
}

/// Ends the emulation: in success, or in failure with `None`.
pub fn exit(outcome: Option<()>) -> ! {
    debug::exit(match outcome {
        Some(()) => debug::EXIT_SUCCESS,
        None => debug::EXIT_FAILURE,
    });
    rest()
}

/// Does nothing, for ever.
#[inline(always)]
pub fn rest() -> ! {
    loop {
        cortex_m::asm::nop();
    }
}

/// An instruction that no processor has: a fault.
pub fn trap() -> ! {
    cortex_m::asm::udf()
}

/// The stack pointer of the function in which it is inlined.
#[inline(always)]
pub fn stack_pointer() -> *mut u32 {
    let pointer;
    // SAFETY: reads the stack pointer.
    unsafe { asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
    pointer
}

/// The lowest address of the stack.
pub fn stack_end() -> *mut u32 {
    &raw mut _stack_end
}

/// The marker before a call whose instructions the host counts in QEMU's log.
#[inline(always)]
pub fn begin() {
    // SAFETY: moves a register to itself.
    unsafe { asm!("mov r9, r9") };
}

/// The marker behind it.
#[inline(always)]
pub fn end() {
    // SAFETY: moves a register to itself.
    unsafe { asm!("mov r10, r10") };
}

/// Defines what happens after a fault: the program fails.
#[macro_export]
macro_rules! fail_on_fault {
    () => {
        #[cortex_m_rt::exception]
        unsafe fn HardFault(_: &cortex_m_rt::ExceptionFrame) -> ! {
            $crate::machine::exit(None)
        }
    };
}

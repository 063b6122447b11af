//! What a RISC-V has of its own: its start, its stack, its end, and its calls of the host by semihosting.

use core::arch::asm;
pub use riscv_rt::entry;
use semihosting::sys::arm_compat::syscall::{OperationNumber, ParamRegW, syscall};

/// The number of a call of the host.
pub type Call = OperationNumber;
pub const OPEN: Call = Call::SYS_OPEN;
pub const READ: Call = Call::SYS_READ;
pub const WRITE: Call = Call::SYS_WRITE;

unsafe extern "C" {
    /// The lowest address of the stack, from the linker script.
    static mut __estack: u32;
}

/// Makes a call of the host.
///
/// # Safety
///
/// The arguments are those that the specification of semihosting demands of the call; what they point to outlives it.
pub unsafe fn ask(call: Call, mut arguments: [usize; 3]) -> usize {
    // SAFETY: the caller's.
    unsafe { syscall(call, ParamRegW::ptr(arguments.as_mut_ptr())) }.usize()
}

/// Ends the emulation: in success, or in failure with `None`.
pub fn exit(outcome: Option<()>) -> ! {
    semihosting::process::exit(outcome.map_or(1, |()| 0))
}

/// Does nothing, for ever.
#[inline(always)]
pub fn rest() -> ! {
    loop {
        // SAFETY: does nothing.
        unsafe { asm!("nop", options(nomem, nostack, preserves_flags)) };
    }
}

/// An instruction that no processor has: a fault.
pub fn trap() -> ! {
    // SAFETY: ends in the handler of faults.
    unsafe { asm!("unimp", options(noreturn)) }
}

/// The stack pointer of the function in which it is inlined.
#[inline(always)]
pub fn stack_pointer() -> *mut u32 {
    let pointer;
    // SAFETY: reads the stack pointer.
    unsafe { asm!("mv {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
    pointer
}

/// The lowest address of the stack.
pub fn stack_end() -> *mut u32 {
    &raw mut __estack
}

/// The marker before a call whose instructions the host counts in QEMU's log: an instruction without effect.
#[inline(always)]
pub fn begin() {
    // SAFETY: writes the register that is always zero.
    unsafe { asm!("slti zero, zero, 1") };
}

/// The marker behind it.
#[inline(always)]
pub fn end() {
    // SAFETY: writes the register that is always zero.
    unsafe { asm!("slti zero, zero, 2") };
}

/// Defines what happens after a fault: the program fails.
#[macro_export]
macro_rules! fail_on_fault {
    () => {
        #[unsafe(export_name = "ExceptionHandler")]
        fn fault(_: &riscv_rt::TrapFrame) -> ! {
            $crate::machine::exit(None)
        }
    };
}

//! What keeps an nRF52840 within a debug probe's reach.

use cortex_m::peripheral::SCB;

const FICR_VARIANT: *const u32 = 0x1000_0104 as _;
const UICR_APPROTECT: *mut u32 = 0x1000_1208 as _;
const APPROTECT_DISABLE: *mut u32 = 0x4000_0558 as _;
const NVMC_READY: *const u32 = 0x4001_e400 as _;
const NVMC_CONFIG: *mut u32 = 0x4001_e504 as _;

const ERASED: u32 = u32::MAX;
const OPEN: u32 = 0x5a;

/// Allows debug access, which chips of build code F and later close at every reset: without it the log stops
/// there, and the probe must erase the chip to get in again. A product that is to stay closed leaves it out.
///
/// Product specification, "Access port protection".
// Registers are reached through their addresses. All are of this chip alone, and nothing else uses them.
#[allow(unsafe_code)]
pub fn keep_debug_port_open() {
    // SAFETY: read-only, any time.
    let build_code = unsafe { FICR_VARIANT.read_volatile() }.to_be_bytes()[2];
    if build_code < b'F' {
        return;
    }
    // SAFETY: one aligned word, readable any time.
    if unsafe { UICR_APPROTECT.read_volatile() } == ERASED {
        // SAFETY: an erased word may be written between these two settings of the controller. No interrupt is
        // enabled yet that could write elsewhere.
        unsafe {
            write_when_ready(NVMC_CONFIG, 1);
            write_when_ready(UICR_APPROTECT, OPEN);
            write_when_ready(NVMC_CONFIG, 0);
        }
        SCB::sys_reset();
    }
    // SAFETY: a register whose only effect is the one wanted.
    unsafe { APPROTECT_DISABLE.write_volatile(OPEN) }
}

/// Writes a word, then waits until the flash controller is done with it.
///
/// # Safety
///
/// `register` is one that `NVMC_READY` waits for, and the value is one it may have.
#[allow(unsafe_code)]
unsafe fn write_when_ready(register: *mut u32, value: u32) {
    // SAFETY: by this function's contract; `NVMC_READY` is read-only.
    unsafe {
        register.write_volatile(value);
        while NVMC_READY.read_volatile() & 1 == 0 {}
    }
}

//! What boards of one instruction set have in common: emulator, clock, and the parts of the firmware that are written for it.

/// An instruction set with its tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// The emulator.
    pub qemu: Qemu,
    /// Lines of the firmware's `Cargo.toml`: what starts it and calls the host.
    pub dependencies: &'static str,
    /// The source of the firmware's `machine.rs`: start, stack, calls of the host.
    pub machine: &'static str,
    /// The source of the firmware's `clock.rs`, which counts ticks while a call runs.
    pub clock: &'static str,
    /// What stands in `memory.x` behind the two regions.
    pub aliases: &'static str,
    /// The codes of the instructions between which the firmware has a call traced; they change nothing.
    pub markers: [u32; 2],
    /// Whether QEMU lists an instruction of four bytes as two halfwords.
    pub lists_halfwords: bool,
}

/// An emulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Qemu {
    /// Its program.
    pub program: &'static str,
    /// Its options for every machine; one instruction takes 2ⁿ virtual nanoseconds with `shift=n`.
    pub options: &'static [&'static str],
    /// Its package in apt, dnf and pacman; Homebrew has all of QEMU in one.
    pub packages: [&'static str; 3],
}

/// Arm's microcontrollers.
pub static CORTEX_M: Family = Family {
    qemu: Qemu {
        program: "qemu-system-arm",
        options: &["-icount", "shift=6"],
        packages: ["qemu-system-arm", "qemu-system-arm-core", "qemu-system-arm"],
    },
    dependencies: include_str!("simulate/firmware/cortex_m/dependencies.toml"),
    machine: include_str!("simulate/firmware/cortex_m/machine.rs"),
    clock: include_str!("simulate/firmware/cortex_m/clock.rs"),
    aliases: "",
    // `mov r9, r9` and `mov r10, r10`.
    markers: [0x46c9, 0x46d2],
    lists_halfwords: true,
};

/// RISC-V of 32 bits.
pub static RISC_V: Family = Family {
    qemu: Qemu {
        program: "qemu-system-riscv32",
        // The counter of instructions advances by as many as an instruction takes nanoseconds: one.
        options: &["-bios", "none", "-icount", "shift=0"],
        packages: [
            "qemu-system-misc",
            "qemu-system-riscv-core",
            "qemu-system-riscv",
        ],
    },
    dependencies: include_str!("simulate/firmware/riscv/dependencies.toml"),
    machine: include_str!("simulate/firmware/riscv/machine.rs"),
    clock: include_str!("simulate/firmware/riscv/clock.rs"),
    aliases: include_str!("simulate/firmware/riscv/memory.x"),
    // `slti zero, zero, 1` and `slti zero, zero, 2`.
    markers: [0x0010_2013, 0x0020_2013],
    lists_halfwords: false,
};

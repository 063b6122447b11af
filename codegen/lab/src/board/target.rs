//! The supported cores, and the emulated board of each.

use super::family::{CORTEX_M, Family, RISC_V};
use nice_flow_codegen::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// A core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// ARMv6-M: no division, no FPU.
    CortexM0Plus,
    /// ARMv7-M, no FPU.
    CortexM3,
    /// ARMv7E-M, single-precision FPU.
    CortexM4F,
    /// ARMv7E-M, dual issue, FPU.
    CortexM7,
    /// ARMv8-M, single-precision FPU.
    CortexM33,
    /// ARMv8.1-M with Helium: vectors of integers and floats.
    CortexM55,
    /// RV32IMAC: no FPU.
    Riscv32Imac,
}

/// What is needed to build for a core and to run the result under QEMU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Board {
    /// Rust's target triple.
    pub triple: &'static str,
    /// The argument of `-C target-cpu`.
    pub cpu: &'static str,
    /// Further arguments of `-C`, without which the bits would not be the host's.
    pub codegen: &'static [&'static str],
    /// The name of QEMU's machine.
    pub machine: &'static str,
    /// The memory for code and weights.
    pub flash: Region,
    /// Where code and weights begin, if not behind the table of interrupts.
    pub code: Option<u32>,
    /// The memory for statics and stack.
    pub ram: Region,
    /// What a tick of the firmware's clock is.
    pub tick: Tick,
    /// What it has in common with others.
    pub family: &'static Family,
}

/// What the firmware's clock counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// SysTick's ticks, so many virtual picoseconds apart. An instruction takes 64,000.
    Picoseconds(u64),
    /// Instructions.
    Instruction,
}

/// A range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// The first address.
    pub origin: u32,
    /// Bytes.
    pub length: u32,
}

/// A region of 4 MB; every board has that much flash and RAM.
const fn at(origin: u32) -> Region {
    let length = 4 << 20;
    Region { origin, length }
}

/// From address 0 to the end of the flash of Arm's MPS3 boards.
const FROM_TABLE_TO_FLASH: Region = Region {
    origin: 0,
    length: 0x2840_0000,
};

/// Nothing beyond the core's name.
const ORDINARY: &[&str] = &[];

/// Keeps the compiler from forming vectors: those of Helium take subnormal floats for zeros.
const WITHOUT_VECTORS: &[&str] = &["no-vectorize-loops", "no-vectorize-slp"];

impl Target {
    /// Every core: Arm's, smallest first, then RISC-V.
    pub const ALL: [Self; 7] = [
        Self::CortexM0Plus,
        Self::CortexM3,
        Self::CortexM4F,
        Self::CortexM7,
        Self::CortexM33,
        Self::CortexM55,
        Self::Riscv32Imac,
    ];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CortexM0Plus => "cortex-m0plus",
            Self::CortexM3 => "cortex-m3",
            Self::CortexM4F => "cortex-m4f",
            Self::CortexM7 => "cortex-m7",
            Self::CortexM33 => "cortex-m33",
            Self::CortexM55 => "cortex-m55",
            Self::Riscv32Imac => "riscv32imac",
        }
    }

    /// The emulated board of the core.
    pub const fn board(self) -> Board {
        // The addresses of flash and RAM on most of Arm's MPS2 boards.
        let mps2 = (at(0), at(0x2000_0000), Tick::Picoseconds(40_000), &CORTEX_M);
        let mps2_v8 = (
            at(0x1000_0000),
            at(0x3800_0000),
            Tick::Picoseconds(50_000),
            &CORTEX_M,
        );
        // Interrupts are looked up in the 512 KB at 0; what is too large for these is in the flash at 0x2800_0000.
        let mps3 = (
            FROM_TABLE_TO_FLASH,
            at(0x2100_0000),
            Tick::Picoseconds(31_250),
            &CORTEX_M,
        );
        // Two parts of the memory in which it starts.
        let virt = (at(0x8000_0000), at(0x8040_0000), Tick::Instruction, &RISC_V);
        let (triple, cpu, machine, (flash, ram, tick, family)) = match self {
            // QEMU's actual M0 board has only 16 KB of RAM. The emulated M3 runs M0+ code with the same number of
            // instructions.
            Self::CortexM0Plus => ("thumbv6m-none-eabi", "cortex-m0plus", "mps2-an385", mps2),
            Self::CortexM3 => ("thumbv7m-none-eabi", "cortex-m3", "mps2-an385", mps2),
            Self::CortexM4F => ("thumbv7em-none-eabihf", "cortex-m4", "mps2-an386", mps2),
            Self::CortexM7 => ("thumbv7em-none-eabihf", "cortex-m7", "mps2-an500", mps2),
            Self::CortexM33 => (
                "thumbv8m.main-none-eabihf",
                "cortex-m33",
                "mps2-an505",
                mps2_v8,
            ),
            Self::CortexM55 => (
                "thumbv8m.main-none-eabihf",
                "cortex-m55",
                "mps3-an547",
                mps3,
            ),
            Self::Riscv32Imac => ("riscv32imac-unknown-none-elf", "generic-rv32", "virt", virt),
        };
        let (codegen, code) = match self {
            Self::CortexM55 => (WITHOUT_VECTORS, Some(0x2800_0000)),
            _ => (ORDINARY, None),
        };
        Board {
            triple,
            cpu,
            codegen,
            machine,
            flash,
            code,
            ram,
            tick,
            family,
        }
    }
}

impl Tick {
    /// The expression in Rust that gives the instructions of few `ticks`.
    pub fn instructions(self) -> String {
        match self {
            Self::Picoseconds(tick) => {
                format!("((u64::from(ticks) + 2) * {tick} / 64_000) as u32")
            }
            Self::Instruction => "ticks".into(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Target {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|target| target.name() == name);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::input("target", format!("expected one of {names}, found `{name}`"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back() {
        for target in Target::ALL {
            assert_eq!(target.to_string().parse::<Target>().unwrap(), target);
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let message = "cortex-m5".parse::<Target>().unwrap_err().to_string();
        assert!(message.contains("cortex-m0plus") && message.contains("`cortex-m5`"));
    }
}

//! The Cortex-M cores we build for, and the emulated board of each.

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
}

/// What building for a core and running it under QEMU takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Board {
    /// Rust's name of the instruction set.
    pub triple: &'static str,
    /// Argument of `-C target-cpu`.
    pub cpu: &'static str,
    /// QEMU's name of the machine.
    pub machine: &'static str,
    /// Where code and weights go.
    pub flash: Region,
    /// Where the stack goes.
    pub ram: Region,
    /// Virtual nanoseconds from one SysTick to the next.
    pub tick: u64,
}

/// A range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// The first address.
    pub origin: u32,
    /// Bytes.
    pub length: u32,
}

/// Four megabytes, which every board has of both kinds.
const fn at(origin: u32) -> Region {
    let length = 4 << 20;
    Region { origin, length }
}

impl Target {
    /// Every core, smallest first.
    pub const ALL: [Self; 5] = [
        Self::CortexM0Plus,
        Self::CortexM3,
        Self::CortexM4F,
        Self::CortexM7,
        Self::CortexM33,
    ];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CortexM0Plus => "cortex-m0plus",
            Self::CortexM3 => "cortex-m3",
            Self::CortexM4F => "cortex-m4f",
            Self::CortexM7 => "cortex-m7",
            Self::CortexM33 => "cortex-m33",
        }
    }

    /// Its emulated board.
    pub const fn board(self) -> Board {
        // The boards of Arm's MPS2 kit have their memories at two places.
        let mps2 = (at(0), at(0x2000_0000), 40);
        let mps2_v8 = (at(0x1000_0000), at(0x3800_0000), 50);
        let (triple, cpu, machine, (flash, ram, tick)) = match self {
            // QEMU's true M0 has 16 KB of RAM; an M3 runs its code, and as many instructions of it.
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
        };
        Board {
            triple,
            cpu,
            machine,
            flash,
            ram,
            tick,
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

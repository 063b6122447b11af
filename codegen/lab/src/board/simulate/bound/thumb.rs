//! What an instruction of a Cortex-M does to the stack pointer and to the flow of control, and which registers it changes.
//!
//! Not a disassembler: of all else it is known only which registers change, rather too many than too few. What the
//! architecture leaves undefined changes the stack pointer in no known way.

mod narrow;
mod wide;

/// The number of the stack pointer.
pub const SP: u8 = 13;
/// The number of the link register, which holds where a call returns to.
pub const LR: u8 = 14;
/// The number of the program counter.
pub const PC: u8 = 15;

/// An instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Bytes.
    pub size: u32,
    /// What it does to a register whose content matters.
    pub step: Step,
    /// Where it goes on.
    pub flow: Flow,
    /// A bit for each register that it may change.
    pub writes: u16,
    /// Whether a condition may hold before it and not after it, where it is conditional itself.
    pub decides: bool,
}

/// A change of a register that can be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// None of these.
    Other,
    /// `first = second + third`.
    Sum(u8, u8, i32),
    /// `sp = sp + register`.
    AddToStack(u8),
    /// `register = number`.
    Number(u8, u32),
    /// The upper half of a register, the lower one kept.
    Upper(u8, u16),
    /// `register = the word at an address`.
    Literal(u8, u32),
    /// A special register, of which the stack pointers are some, is set.
    Special,
}

/// The instructions that may come after one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// The next.
    Next,
    /// The one at an address.
    Jump(u32),
    /// The next, or the one at an address.
    Branch(u32),
    /// The next, once the function at an address returns.
    Call(u32),
    /// The next, once the function returns whose address is in a register.
    CallRegister(u8),
    /// The one whose address is in a register.
    JumpRegister(u8),
    /// The caller's.
    Return,
    /// The next, of which some are executed if a condition holds, the others if not: one for each, true if it holds.
    If(Conditions),
    /// One of a table of offsets right behind, in units of two bytes: bytes, or halfwords.
    Table {
        /// Whether the offsets are bytes.
        bytes: bool,
    },
    /// None: the processor stops.
    Trap,
    /// Not known.
    Unknown,
}

/// Of up to four instructions, whether each is executed where the condition holds, or where it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conditions {
    count: u8,
    holds: [bool; 4],
}

impl Conditions {
    /// Those of the instruction `it`: its first condition, and a mask that says which of the others are the same.
    fn of(code: u16) -> Self {
        let first = code >> 4 & 1;
        let holds = [4, 3, 2, 1].map(|place| place == 4 || code >> place & 1 == first);
        let count = 4 - (code & 0xf).trailing_zeros() as u8;
        Self { count, holds }
    }

    /// One for each instruction.
    pub fn holds(&self) -> &[bool] {
        &self.holds[..usize::from(self.count)]
    }
}

impl Instruction {
    /// The instruction at `address`: `second` is the halfword behind `first`, if there is one.
    pub fn decode(address: u32, first: u16, second: Option<u16>) -> Option<Self> {
        match first {
            0..0xe800 => Some(Self {
                decides: narrow::decides(first),
                ..narrow::decode(address, first)
            }),
            _ => Some(Self {
                decides: wide::decides(first, second?),
                ..wide::decode(address, first, second?)
            }),
        }
    }

    /// One that does nothing that matters, of `size` bytes.
    const fn plain(size: u32) -> Self {
        Self {
            size,
            step: Step::Other,
            flow: Flow::Next,
            writes: 0,
            decides: false,
        }
    }

    /// With another flow.
    const fn flow(self, flow: Flow) -> Self {
        Self { flow, ..self }
    }

    /// With a step, and the register that it changes.
    fn step(self, step: Step) -> Self {
        match step {
            Step::Sum(to, ..) | Step::Number(to, _) | Step::Upper(to, _) | Step::Literal(to, _) => {
                Self { step, ..self }.writes(to)
            }
            _ => Self { step, ..self },
        }
    }

    /// Changes a register, to what is not known.
    fn writes(self, register: u8) -> Self {
        self.writes_all(1 << register)
    }

    /// Changes every register of a list.
    fn writes_all(self, list: u16) -> Self {
        let writes = self.writes | list;
        Self { writes, ..self }
    }
}

/// The lowest bits of a number, the highest of them its sign.
const fn signed(number: u32, bits: u32) -> i32 {
    let unused = 32 - bits;
    (number << unused).cast_signed() >> unused
}

#[cfg(test)]
mod tests;

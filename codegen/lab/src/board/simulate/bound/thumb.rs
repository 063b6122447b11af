//! The effect of a Cortex-M instruction on the stack pointer and on the flow of control, and the registers that it
//! changes.
//!
//! This is not a disassembler: for all other effects only the set of changed registers is given, and it may contain too
//! many. Encodings that the architecture leaves undefined change the stack pointer by an unknown amount.

mod narrow;
mod v8_1m;
mod wide;

/// The number of the stack pointer.
pub const SP: u8 = 13;
/// The number of the link register, which holds the return address of a call.
pub const LR: u8 = 14;
/// The number of the program counter.
pub const PC: u8 = 15;

/// A decoded instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its size in bytes.
    pub size: u32,
    /// Its effect on a register whose content is tracked.
    pub step: Step,
    /// Where execution continues.
    pub flow: Flow,
    /// A bit for each register that it may change.
    pub writes: u32,
    /// Whether it sets the condition flags even inside an `it` block.
    pub decides: bool,
}

/// A change of a register whose result can be tracked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// No tracked change.
    Other,
    /// `first = second + third`.
    Sum(u8, u8, i32),
    /// `first = second + third`, all of them registers.
    SumOf(u8, u8, u8),
    /// `sp = sp + register`.
    AddToStack(u8),
    /// `sp = sp - register`.
    TakeFromStack(u8),
    /// `register = number`.
    Number(u8, u32),
    /// Sets the upper half of a register and keeps the lower half.
    Upper(u8, u16),
    /// `register = the word at an address`.
    Literal(u8, u32),
    /// `first = the word at second + third`.
    Load(u8, u8, i32),
    /// Sets a special register; the stack pointers are among them.
    Special,
}

/// Where execution continues after an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// The next instruction.
    Next,
    /// The instruction at an address.
    Jump(u32),
    /// The next instruction, or the one at an address.
    Branch(u32),
    /// The next instruction, once the function at an address has returned.
    Call(u32),
    /// The next instruction, once the function so far from the address in a register has returned.
    CallRegister(u8, i32),
    /// The instruction so far from the address in a register.
    JumpRegister(u8, i32),
    /// The caller, at its return address.
    Return,
    /// The next instruction, once a part that functions have in common, so far from the address that the register then has, has gone
    /// back. It may change every register, and leave the stack at another depth.
    Part(u8, i32),
    /// What went to such a part.
    PartEnd,
    /// An `it` block: for each of the next instructions, whether it is executed if the condition holds (true) or if it
    /// does not.
    If(Conditions),
    /// A target from the table of offsets that follows; an offset counts units of two bytes.
    Table {
        /// Whether the offsets are bytes, not halfwords.
        bytes: bool,
    },
    /// Nowhere: the processor stops.
    Trap,
    /// Unknown.
    Unknown,
}

/// For up to four instructions of an `it` block, whether each is executed if the condition holds, or if it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conditions {
    count: u8,
    holds: [bool; 4],
}

impl Conditions {
    /// The conditions of an `it` instruction: its first condition, and a mask that tells which of the others equal it.
    fn of(code: u16) -> Self {
        let first = code >> 4 & 1;
        let holds = [4, 3, 2, 1].map(|place| place == 4 || code >> place & 1 == first);
        let count = 4 - (code & 0xf).trailing_zeros() as u8;
        Self { count, holds }
    }

    /// The conditions, one for each instruction.
    pub fn holds(&self) -> &[bool] {
        &self.holds[..usize::from(self.count)]
    }
}

impl Instruction {
    /// Decodes the instruction at `address`; `second` is the halfword behind `first`, if there is one.
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

    /// An instruction of `size` bytes without tracked effects.
    pub(super) const fn plain(size: u32) -> Self {
        Self {
            size,
            step: Step::Other,
            flow: Flow::Next,
            writes: 0,
            decides: false,
        }
    }

    /// The instruction with another flow of control.
    pub(super) const fn flow(self, flow: Flow) -> Self {
        Self { flow, ..self }
    }

    /// The instruction with a tracked change, and the register that it changes.
    pub(super) fn step(self, step: Step) -> Self {
        match step {
            Step::Sum(to, ..)
            | Step::SumOf(to, ..)
            | Step::Number(to, _)
            | Step::Upper(to, _)
            | Step::Literal(to, _)
            | Step::Load(to, ..) => Self { step, ..self }.writes(to),
            _ => Self { step, ..self },
        }
    }

    /// Marks a register as changed to an unknown value.
    pub(super) fn writes(self, register: u8) -> Self {
        self.writes_all(1 << register)
    }

    /// Marks every register of a list as changed.
    pub(super) fn writes_all(self, list: u32) -> Self {
        let writes = self.writes | list;
        Self { writes, ..self }
    }
}

/// The lowest `bits` bits of a number as a signed integer.
pub(super) const fn signed(number: u32, bits: u32) -> i32 {
    let unused = 32 - bits;
    (number << unused).cast_signed() >> unused
}

#[cfg(test)]
mod tests;

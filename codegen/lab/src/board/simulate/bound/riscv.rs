//! The effect of a RISC-V instruction (RV32IMAC) on the stack pointer and on the flow of control, and the register that it changes.
//!
//! Registers have the numbers that `thumb.rs` gives: the stack pointer `x2` and `x13` change places, as do the return address `x1`
//! and `x14`. The registers that a call does not preserve there are among those that it does not preserve here.

mod short;

use super::thumb::{Flow, Instruction, LR, SP, Step, signed};

/// The registers that a call does not preserve: `x1`, `x5` to `x7`, `x10` to `x17`, `x28` to `x31`.
const CHANGED_BY_CALLS: [u8; 16] = [1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31];

/// The register, `t0`, that keeps the way back from a part that the compiler took out of several functions.
const PART: u8 = 5;

/// Decodes the instruction at `address`; `second` is the halfword behind `first`, if there is one.
pub fn decode(address: u32, first: u16, second: Option<u16>) -> Option<Instruction> {
    match first & 3 {
        3 => Some(long(address, u32::from(second?) << 16 | u32::from(first))),
        _ => Some(short::decode(address, first.into())),
    }
}

/// The number of a register as the analysis has it.
fn register(number: u32) -> u8 {
    match (number & 31) as u8 {
        2 => SP,
        SP => 2,
        1 => LR,
        LR => 1,
        other => other,
    }
}

/// An instruction of 32 bits.
fn long(address: u32, code: u32) -> Instruction {
    let plain = Instruction::plain(4);
    let (to, from, other) = (
        register(code >> 7),
        register(code >> 15),
        register(code >> 20),
    );
    let upper = code & 0xffff_f000;
    let number = code.cast_signed() >> 20;
    match (code & 0x7f, code >> 12 & 7) {
        // `unimp`, as the assembler writes it; `ebreak` and `ecall`.
        _ if code == 0xc000_1073 => plain.flow(Flow::Trap),
        (0x73, 0) => plain.flow(Flow::Trap),
        (0x37, _) => plain.into(to, Step::Number(to, upper)),
        (0x17, _) => plain.into(to, Step::Number(to, address.wrapping_add(upper))),
        (0x6f, _) => jump(plain, to, address.wrapping_add_signed(jump_offset(code))),
        (0x67, 0) => jump_to_register(plain, to, from, number),
        (0x63, _) => plain.flow(Flow::Branch(
            address.wrapping_add_signed(branch_offset(code)),
        )),
        (0x13, 0) => sum(plain, to, from, number),
        (0x33, 0) => sum_of_registers(plain, code >> 25, to, from, other),
        (0x03, 2) => plain.into(to, Step::Load(to, from, number)),
        // Stores, fences, loads and stores of floats.
        (0x23 | 0x0f | 0x07 | 0x27, _) => plain,
        // Other loads, sums, logic, products, atomics, special registers, floating point.
        (0x03 | 0x13 | 0x33 | 0x2f | 0x73 | 0x43 | 0x47 | 0x4b | 0x4f | 0x53, _) => {
            changes(plain, to)
        }
        _ => plain.flow(Flow::Unknown),
    }
}

/// `to = from + number`; register 0 is always zero.
fn sum(plain: Instruction, to: u8, from: u8, number: i32) -> Instruction {
    let step = match from {
        0 => Step::Number(to, number.cast_unsigned()),
        _ => Step::Sum(to, from, number),
    };
    plain.into(to, step)
}

/// `add` and `sub`, and what else has their code: products.
fn sum_of_registers(plain: Instruction, kind: u32, to: u8, from: u8, other: u8) -> Instruction {
    match (kind, to, from, other) {
        (0, _, from, 0) | (0, _, 0, from) => sum(plain, to, from, 0),
        (0, SP, SP, by) | (0, SP, by, SP) => plain.step(Step::AddToStack(by)),
        (0x20, SP, SP, by) => plain.step(Step::TakeFromStack(by)),
        (0, ..) => plain.into(to, Step::SumOf(to, from, other)),
        _ => changes(plain, to),
    }
}

/// A jump that keeps its return address in a register, or in none.
fn jump(plain: Instruction, link: u8, target: u32) -> Instruction {
    match link {
        0 => plain.flow(Flow::Jump(target)),
        PART => plain
            .step(Step::Number(PART, target))
            .flow(Flow::Part(PART, 0)),
        LR => call(plain.flow(Flow::Call(target))),
        _ => plain.flow(Flow::Unknown),
    }
}

/// The same to `offset` bytes from the address in a register.
fn jump_to_register(plain: Instruction, link: u8, from: u8, offset: i32) -> Instruction {
    match (link, from) {
        (0, LR) if offset == 0 => plain.flow(Flow::Return),
        (0, PART) if offset == 0 => plain.flow(Flow::PartEnd),
        (PART, _) => plain.flow(Flow::Part(from, offset)),
        (0, _) => plain.flow(Flow::JumpRegister(from, offset)),
        (LR, _) => call(plain.flow(Flow::CallRegister(from, offset))),
        _ => plain.flow(Flow::Unknown),
    }
}

fn call(instruction: Instruction) -> Instruction {
    let changed = CHANGED_BY_CALLS.map(|number| 1 << register(number.into()));
    instruction.writes_all(changed.iter().sum())
}

/// A register gets an unknown value, unless it is the one that is always zero.
fn changes(plain: Instruction, to: u8) -> Instruction {
    match to {
        0 => plain,
        _ => plain.writes(to),
    }
}

impl Instruction {
    /// The instruction with a tracked change of a register, unless it is the one that is always zero.
    fn into(self, to: u8, step: Step) -> Self {
        match to {
            0 => self,
            _ => self.step(step),
        }
    }
}

/// The bits of `code` from place `from` on, `count` of them, at place `to`.
const fn bits(code: u32, from: u32, count: u32, to: u32) -> u32 {
    (code >> from & ((1 << count) - 1)) << to
}

const fn jump_offset(code: u32) -> i32 {
    let low = bits(code, 21, 10, 1) | bits(code, 20, 1, 11);
    signed(low | bits(code, 12, 8, 12) | bits(code, 31, 1, 20), 21)
}

const fn branch_offset(code: u32) -> i32 {
    let low = bits(code, 8, 4, 1) | bits(code, 25, 6, 5);
    signed(low | bits(code, 7, 1, 11) | bits(code, 31, 1, 12), 13)
}

#[cfg(test)]
mod tests;

//! Instructions of 16 bits.

use super::{Conditions, Flow, Instruction, LR, PC, SP, Step, signed};

pub(super) fn decode(address: u32, code: u16) -> Instruction {
    let plain = Instruction::plain(2);
    let register = |shift: u32| (code >> shift & 7) as u8;
    let number = i32::from(code & 0xff);
    let small = i32::from(code >> 6 & 7);
    match code >> 8 {
        0x1c | 0x1d => plain.step(Step::Sum(register(0), register(3), small)),
        0x1e | 0x1f => plain.step(Step::Sum(register(0), register(3), -small)),
        0x20..=0x27 => plain.step(Step::Number(register(8), number.cast_unsigned())),
        0x30..=0x37 => plain.step(Step::Sum(register(8), register(8), number)),
        0x38..=0x3f => plain.step(Step::Sum(register(8), register(8), -number)),
        0x44..=0x47 => high(code),
        0x48..=0x4f => {
            let place = (address.wrapping_add(4) & !3).wrapping_add(4 * number.cast_unsigned());
            plain.step(Step::Literal(register(8), place))
        }
        // Comparisons and stores.
        0x28..=0x2f | 0x50..=0x55 | 0x60..=0x67 | 0x70..=0x77 | 0x80..=0x87 | 0x90..=0x97 => plain,
        0x98..=0xa7 => plain.writes(register(8)),
        0xa8..=0xaf => plain.step(Step::Sum(register(8), SP, 4 * number)),
        0xb0..=0xbf => various(address, code),
        0xc0..=0xc7 => plain.writes(register(8)),
        0xc8..=0xcf => plain.writes_all((code & 0xff).into()).writes(register(8)),
        0xd0..=0xdd => plain.flow(Flow::Branch(target(address, code.into(), 8))),
        0xde => plain.flow(Flow::Trap),
        0xdf => plain.flow(Flow::Unknown),
        0xe0..=0xe7 => plain.flow(Flow::Jump(target(address, code.into(), 11))),
        // Shifts, sums, logic, products, loads.
        _ => plain.writes(register(0)),
    }
}

/// Whether an instruction compares: the only 16-bit instructions that set the flags inside an `it` block.
pub(super) fn decides(code: u16) -> bool {
    matches!(code >> 6, 0xa0..=0xbf | 0x108 | 0x10a | 0x10b | 0x114..=0x117)
}

/// The target of a branch whose offset, in halfwords, is in the lowest `bits` bits of `code`.
fn target(address: u32, code: u32, bits: u32) -> u32 {
    let offset = 2 * signed(code, bits);
    address.wrapping_add(4).wrapping_add_signed(offset)
}

/// Instructions that can address all sixteen registers: additions, comparisons, moves, jumps and calls.
fn high(code: u16) -> Instruction {
    let plain = Instruction::plain(2);
    let to = (code >> 4 & 8 | code & 7) as u8;
    let from = (code >> 3 & 15) as u8;
    let jump = match from {
        LR => Flow::Return,
        _ => Flow::JumpRegister(from, 0),
    };
    match (code >> 8, to) {
        (0x44, SP) => plain.step(Step::AddToStack(from)),
        (0x44, PC) => plain.flow(Flow::Unknown),
        (0x44, _) => plain.writes(to),
        (0x46, PC) => plain.flow(jump),
        (0x46, _) => plain.step(Step::Sum(to, from, 0)),
        (0x47, _) if code & 0x80 != 0 => plain.flow(Flow::CallRegister(from, 0)),
        (0x47, _) => plain.flow(jump),
        _ => plain,
    }
}

/// Stack operations, extensions, branches on zero, `it`, hints.
fn various(address: u32, code: u16) -> Instruction {
    let plain = Instruction::plain(2);
    let words = |list: u16| 4 * list.count_ones().cast_signed();
    match code >> 8 {
        0xb0 => {
            let bytes = 4 * i32::from(code & 0x7f);
            let grows = code & 0x80 != 0;
            plain.step(Step::Sum(SP, SP, if grows { -bytes } else { bytes }))
        }
        0xb1 | 0xb3 | 0xb9 | 0xbb => {
            let offset = u32::from(code >> 3 & 0x1f) | u32::from(code >> 9 & 1) << 5;
            plain.flow(Flow::Branch(address.wrapping_add(4 + 2 * offset)))
        }
        0xb2 | 0xba => plain.writes((code & 7) as u8),
        0xb4 | 0xb5 => plain.step(Step::Sum(SP, SP, -words(code & 0x1ff))),
        0xbc | 0xbd => {
            let popped = plain.step(Step::Sum(SP, SP, words(code & 0x1ff)));
            let popped = popped.writes_all((code & 0xff).into());
            match code & 0x100 {
                0 => popped,
                _ => popped.flow(Flow::Return),
            }
        }
        0xbf if code & 0xf != 0 => plain.flow(Flow::If(Conditions::of(code))),
        // Enabling and disabling of interrupts, breakpoints, hints.
        0xb6 | 0xbe | 0xbf => plain,
        _ => plain.flow(Flow::Unknown),
    }
}

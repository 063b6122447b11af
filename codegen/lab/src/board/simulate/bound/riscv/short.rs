//! Instructions of 16 bits.

use super::{Flow, Instruction, LR, SP, Step};
use super::{bits, changes, jump, jump_to_register, register, signed, sum, sum_of_registers};

pub(super) fn decode(address: u32, code: u32) -> Instruction {
    let plain = Instruction::plain(2);
    let (to, other) = (register(code >> 7), register(code >> 2));
    let [low, high] = [2, 7].map(|place| register(8 + (code >> place & 7)));
    let number = signed(bits(code, 2, 5, 0) | bits(code, 12, 1, 5), 6);
    match (code & 3, code >> 13) {
        // All zeros: `unimp`.
        (0, 0) if code == 0 => plain.flow(Flow::Trap),
        (0, 0) => sum(plain, low, SP, on_stack(code)),
        (0, 2) => plain.into(low, Step::Load(low, high, word_offset(code))),
        (0, 6) => plain,
        (1, 0) => sum(plain, to, to, number),
        (1, 1) => jump(plain, LR, address.wrapping_add_signed(jump_offset(code))),
        (1, 2) => sum(plain, to, 0, number),
        (1, 3) if to == SP => sum(plain, SP, SP, frame(code)),
        (1, 3) => plain.into(to, Step::Number(to, (number << 12).cast_unsigned())),
        (1, 4) => changes(plain, high),
        (1, 5) => jump(plain, 0, address.wrapping_add_signed(jump_offset(code))),
        (1, 6 | 7) => plain.flow(Flow::Branch(
            address.wrapping_add_signed(branch_offset(code)),
        )),
        (2, 0 | 2) => changes(plain, to),
        (2, 4) => registers(plain, code, to, other),
        (2, 6) => plain,
        // Floating point of 64 bits, and what other extensions have in its place.
        _ => plain.flow(Flow::Unknown),
    }
}

/// Moves, sums and jumps, of two registers or one.
fn registers(plain: Instruction, code: u32, to: u8, other: u8) -> Instruction {
    match (code >> 12 & 1, to, other) {
        (0, _, 0) => jump_to_register(plain, 0, to, 0),
        (0, ..) => sum(plain, to, other, 0),
        // `ebreak`.
        (_, 0, 0) => plain.flow(Flow::Trap),
        (_, _, 0) => jump_to_register(plain, LR, to, 0),
        _ => sum_of_registers(plain, 0, to, to, other),
    }
}

/// Of `c.addi4spn`.
fn on_stack(code: u32) -> i32 {
    let number = bits(code, 11, 2, 4) | bits(code, 7, 4, 6) | bits(code, 6, 1, 2);
    (number | bits(code, 5, 1, 3)).cast_signed()
}

/// Of `c.lw`.
fn word_offset(code: u32) -> i32 {
    (bits(code, 10, 3, 3) | bits(code, 6, 1, 2) | bits(code, 5, 1, 6)).cast_signed()
}

/// Of `c.addi16sp`.
fn frame(code: u32) -> i32 {
    let number = bits(code, 6, 1, 4) | bits(code, 2, 1, 5) | bits(code, 5, 1, 6);
    signed(number | bits(code, 3, 2, 7) | bits(code, 12, 1, 9), 10)
}

/// Of `c.j` and `c.jal`.
fn jump_offset(code: u32) -> i32 {
    let number = bits(code, 3, 3, 1) | bits(code, 11, 1, 4) | bits(code, 2, 1, 5);
    let number = number | bits(code, 7, 1, 6) | bits(code, 6, 1, 7) | bits(code, 9, 2, 8);
    signed(number | bits(code, 8, 1, 10) | bits(code, 12, 1, 11), 12)
}

/// Of `c.beqz` and `c.bnez`.
fn branch_offset(code: u32) -> i32 {
    let number = bits(code, 3, 2, 1) | bits(code, 10, 2, 3) | bits(code, 2, 1, 5);
    signed(number | bits(code, 5, 2, 6) | bits(code, 12, 1, 8), 9)
}

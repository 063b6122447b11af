//! What ARMv8.1-M adds: loops, selections, long shifts, and the vectors of Helium.

use super::{Flow, Instruction, LR, PC, SP};

const PLAIN: Instruction = Instruction::plain(4);

/// `dls`, `wls`, `le`, `vctp`, and the same with predicated tails; none if the code is of another instruction.
pub(super) fn hardware_loop(address: u32, first: u16, second: u16) -> Option<Instruction> {
    let start = address.wrapping_add(4);
    let distance = u32::from(second & 0x7fe) << 1 | u32::from(second >> 11 & 1) << 1;
    let counts = PLAIN.writes(LR);
    match (first, second) {
        (0xf00f | 0xf01f | 0xf02f, _) if second & 0xf001 == 0xc001 => {
            Some(counts.flow(Flow::Branch(start.wrapping_sub(distance))))
        }
        (0xf000..=0xf04f, _) if second & 0xf001 == 0xc001 => {
            Some(counts.flow(Flow::Branch(start.wrapping_add(distance))))
        }
        (0xf000..=0xf04f, 0xe001) => Some(counts),
        (0xf000..=0xf03f, 0xe801) => Some(PLAIN),
        _ => None,
    }
}

/// `csel` and its relatives, and shifts of two registers; none if the code is of another instruction.
pub(super) fn select_or_shift(first: u16, second: u16) -> Option<Instruction> {
    let (to, last) = ((second >> 8 & 15) as u8, second & 15);
    let low = (first & 15) as u8;
    match (first, second >> 15, last) {
        (0xea50..=0xea5f, _, 13) | (0xea50..=0xea5f, 0, 15) => {
            let shifted = PLAIN.writes(low & !1).writes(low);
            // A shift of one register has no second one.
            Some(if to == PC {
                shifted
            } else {
                shifted.writes(to)
            })
        }
        (0xea50..=0xea5f, 1, _) => Some(PLAIN.writes(to)),
        _ => None,
    }
}

/// Whether a coprocessor's code is one of Helium's.
pub(super) fn is_vector(second: u16) -> bool {
    second & 0xe00 == 0xe00
}

/// An instruction on vectors. None of them has the stack pointer as a result; of the others, those that an encoding may name.
pub(super) fn vector(first: u16, second: u16) -> Instruction {
    let field = |code: u16, place: u32| 1 << (code >> place & 15);
    match first >> 8 {
        // Moves of two lanes to the core.
        0xec if first & 0xf0 == 0 => PLAIN.writes_all(field(first, 0) | field(second, 0)),
        // Loads and stores. One that widens its numbers has a base of three bits.
        0xec | 0xed | 0xfc | 0xfd => match (first >> 5 & 1, second >> 12 & 1) {
            (0, _) => PLAIN,
            (_, 0) => PLAIN.writes_all(field(first & 7, 0)),
            (_, _) => PLAIN.writes_all(field(first, 0)),
        },
        // Sums over a vector, and vectors of equal steps, which count in a register.
        _ => {
            let (high, step) = (1 << (first >> 3 & 14 | 1), field(first & 14, 0));
            let low = field(second, 12) | field(second & 0xe000, 12);
            let all = high | step | low | field(second, 0);
            PLAIN.writes_all(all & !(1 << SP))
        }
    }
}

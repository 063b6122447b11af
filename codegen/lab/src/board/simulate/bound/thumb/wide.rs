//! Instructions of 32 bits.

use super::{Flow, Instruction, PC, SP, Step, signed, v8_1m};

pub(super) fn decode(address: u32, first: u16, second: u16) -> Instruction {
    match first >> 8 {
        0xe8 | 0xe9 if first & 0x40 == 0 => multiple(first, second),
        0xe8 | 0xe9 => double(first, second),
        0xea | 0xeb => shifted(first, second),
        0xec..=0xef | 0xfc..=0xff if v8_1m::is_vector(second) => v8_1m::vector(first, second),
        0xec..=0xef | 0xfc..=0xff => coprocessor(first, second),
        0xf0..=0xf7 if second & 0x8000 != 0 => control(address, first, second),
        0xf0..=0xf7 => immediate(first, second),
        0xf8 | 0xf9 => single(address, first, second),
        // Multiplications and other operations on registers only; those with 64-bit results write two registers.
        _ => {
            let one = PLAIN.writes(nibble(second, 8));
            match first >> 7 {
                0x1f7 => one.writes(nibble(second, 12)),
                _ => one,
            }
        }
    }
}

/// Whether an instruction sets the flags: arithmetic with the `s` bit, comparisons, and moves from elsewhere to the
/// flags.
pub(super) fn decides(first: u16, second: u16) -> bool {
    let is_flagged = bit(first, 4) != 0;
    match first >> 9 {
        0x75 => is_flagged,
        0x78 | 0x7a if second & 0x8000 == 0 => is_flagged,
        0x79 if second & 0x8000 != 0 => true,
        _ => first == 0xeef1,
    }
}

const PLAIN: Instruction = Instruction::plain(4);

fn nibble(code: u16, shift: u32) -> u8 {
    (code >> shift & 15) as u8
}

fn bit(code: u16, place: u32) -> u32 {
    u32::from(code >> place & 1)
}

/// The offset with its sign: positive if `up`.
fn offset(up: bool, bytes: u16) -> i32 {
    let bytes = i32::from(bytes);
    if up { bytes } else { -bytes }
}

/// Loads and stores of a list of registers.
fn multiple(first: u16, second: u16) -> Instruction {
    let (base, bytes) = (nibble(first, 0), 4 * second.count_ones() as u16);
    let up = match first >> 7 & 3 {
        1 => true,
        2 => false,
        _ => return PLAIN.flow(Flow::Unknown),
    };
    let moved = match bit(first, 5) {
        0 => PLAIN,
        _ => PLAIN.step(Step::Sum(base, base, offset(up, bytes))),
    };
    match (bit(first, 4), second >> 15, base) {
        (0, ..) => moved,
        (_, 0, _) => moved.writes_all(second.into()),
        (_, _, SP) => moved
            .writes_all((second & 0x7fff).into())
            .flow(Flow::Return),
        _ => moved.writes_all(second.into()).flow(Flow::Unknown),
    }
}

/// Loads and stores of two registers, exclusive loads and stores, jumps by a table.
fn double(first: u16, second: u16) -> Instruction {
    let base = nibble(first, 0);
    let (before, back) = (bit(first, 8) != 0, bit(first, 5) != 0);
    if first & 0xfff0 == 0xe8d0 && second & 0xffe0 == 0xf000 {
        let bytes = bit(second, 4) == 0;
        return match base {
            PC => PLAIN.flow(Flow::Table { bytes }),
            _ => PLAIN.flow(Flow::Unknown),
        };
    }
    let both = PLAIN.writes(nibble(second, 12)).writes(nibble(second, 8));
    if !before && !back {
        return both.writes(nibble(second, 0));
    }
    let loaded = if bit(first, 4) == 0 { PLAIN } else { both };
    match back {
        true => {
            let bytes = offset(bit(first, 7) != 0, 4 * (second & 0xff));
            loaded.step(Step::Sum(base, base, bytes))
        }
        false => loaded,
    }
}

/// Arithmetic on registers, one of which is shifted.
fn shifted(first: u16, second: u16) -> Instruction {
    if let Some(instruction) = v8_1m::select_or_shift(first, second) {
        return instruction;
    }
    let (to, from) = (nibble(second, 8), nibble(second, 0));
    let is_shifted = second & 0x70f0 != 0;
    match (first >> 5 & 15, nibble(first, 0), to) {
        // Comparisons.
        (0 | 4 | 8 | 13, _, PC) => PLAIN,
        (2, PC, _) if !is_shifted => PLAIN.step(Step::Sum(to, from, 0)),
        (8, SP, SP) if !is_shifted => PLAIN.step(Step::AddToStack(from)),
        _ => PLAIN.writes(to),
    }
}

/// Arithmetic with an immediate operand.
fn immediate(first: u16, second: u16) -> Instruction {
    let (to, from) = (nibble(second, 8), nibble(first, 0));
    let number = bit(first, 10) << 11 | u32::from(second >> 12 & 7) << 8 | u32::from(second & 0xff);
    let plain = number.cast_signed();
    let half = (u32::from(first & 15) << 12 | number) as u16;
    let expanded = expanded(number);
    match (bit(first, 9), first >> 4 & 31) {
        (1, 0) => PLAIN.step(Step::Sum(to, from, plain)),
        (1, 10) => PLAIN.step(Step::Sum(to, from, -plain)),
        (1, 4) => PLAIN.step(Step::Number(to, half.into())),
        (1, 12) => PLAIN.step(Step::Upper(to, half)),
        (1, _) => PLAIN.writes(to),
        (_, operation) => match (operation >> 1, from, to) {
            // Comparisons.
            (0 | 4 | 8 | 13, _, PC) => PLAIN,
            (2, PC, _) => PLAIN.step(Step::Number(to, expanded)),
            (8, ..) => PLAIN.step(Step::Sum(to, from, expanded.cast_signed())),
            (13, ..) => PLAIN.step(Step::Sum(to, from, expanded.wrapping_neg().cast_signed())),
            _ => PLAIN.writes(to),
        },
    }
}

/// The 32-bit number that a 12-bit immediate encodes: a repeated byte, or a byte rotated to the right.
fn expanded(number: u32) -> u32 {
    let byte = number & 0xff;
    match number >> 8 {
        0 => byte,
        1 => byte * 0x0001_0001,
        2 => byte * 0x0100_0100,
        3 => byte * 0x0101_0101,
        _ => (0x80 | number & 0x7f).rotate_right(number >> 7),
    }
}

/// Branches, calls, barriers, and access to special registers.
fn control(address: u32, first: u16, second: u16) -> Instruction {
    let sign = bit(first, 10);
    let (j1, j2) = (bit(second, 13), bit(second, 11));
    let low = u32::from(second & 0x7ff);
    let far = || {
        let upper = sign << 23 | (j1 ^ sign ^ 1) << 22 | (j2 ^ sign ^ 1) << 21;
        target(address, upper | u32::from(first & 0x3ff) << 11 | low, 24)
    };
    match (bit(second, 14), bit(second, 12), first >> 6 & 15) {
        (1, 1, _) => PLAIN.flow(Flow::Call(far())),
        (0, 1, _) => PLAIN.flow(Flow::Jump(far())),
        (1, 0, _) => {
            v8_1m::hardware_loop(address, first, second).unwrap_or(PLAIN.step(Step::Special))
        }
        (0, 0, 0..=13) => {
            let upper = sign << 19 | j2 << 18 | j1 << 17;
            let near = upper | u32::from(first & 0x3f) << 11 | low;
            PLAIN.flow(Flow::Branch(target(address, near, 20)))
        }
        _ => match (first, second) {
            (0xf7f0..=0xf7ff, 0xa000..=0xafff) => PLAIN.flow(Flow::Trap),
            (0xf3ef, _) => PLAIN.writes(nibble(second, 8)),
            // Hints and barriers.
            (0xf3af | 0xf3bf, _) => PLAIN,
            _ => PLAIN.step(Step::Special),
        },
    }
}

/// The target of a branch whose offset, in halfwords, has so many bits.
fn target(address: u32, offset: u32, bits: u32) -> u32 {
    address
        .wrapping_add(4)
        .wrapping_add_signed(2 * signed(offset, bits))
}

/// A load or a store of one register.
fn single(address: u32, first: u16, second: u16) -> Instruction {
    let (base, register) = (nibble(first, 0), nibble(second, 12));
    let (is_load, is_word) = (bit(first, 4) != 0, first >> 5 & 3 == 2);
    if is_load && is_word && base == PC && register != PC {
        let start = address.wrapping_add(4) & !3;
        let place = start.wrapping_add_signed(offset(bit(first, 7) != 0, second & 0xfff));
        return PLAIN.step(Step::Literal(register, place));
    }
    let is_moving = bit(first, 7) == 0 && base != PC && second & 0x900 == 0x900;
    let moved = match is_moving {
        true => {
            let bytes = offset(second & 0x200 != 0, second & 0xff);
            PLAIN.step(Step::Sum(base, base, bytes))
        }
        false => PLAIN,
    };
    match (is_load, register) {
        (true, PC) if is_word && base == SP && is_moving => moved.flow(Flow::Return),
        (true, PC) if is_word => moved.flow(Flow::Unknown),
        // A preload, which is a hint to the cache.
        (false, _) | (true, PC) => moved,
        (true, _) => moved.writes(register),
    }
}

/// Floating-point instructions.
fn coprocessor(first: u16, second: u16) -> Instruction {
    let (base, register) = (nibble(first, 0), nibble(second, 12));
    match first >> 8 & 3 {
        // A load or store of several registers that updates its base register, or a move of two registers to the core.
        0 | 1 if bit(first, 5) != 0 => {
            let bytes = offset(bit(first, 7) != 0, 4 * (second & 0xff));
            PLAIN.step(Step::Sum(base, base, bytes))
        }
        0 if first & 0xfff0 == 0xec50 => PLAIN.writes(register).writes(base),
        2 if second & 0x10 != 0 && bit(first, 4) != 0 => PLAIN.writes(register),
        _ => PLAIN,
    }
}

//! Estimates cycles for the instructions that QEMU executed, from ARM's timing tables.
//!
//! For Cortex-M0+, M3 and M4 it uses the instruction timings of their Technical Reference Manuals. It assumes memory
//! without wait states, one cycle to refill the pipeline after a taken branch (the manuals say one to three), and a
//! single-cycle integer multiplier on the M0+. It was never checked on silicon: use it to compare two programs, not to
//! predict microseconds. There is no estimate for the M7, which issues two instructions at a time, nor for the M33, the
//! M55 and RISC-V, whose timings are not published as such a table.

use super::trace::Instruction;
use crate::Target;

/// The cores with timing tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Core {
    M0Plus,
    M3,
    M4,
}

/// Classes of instructions with equal timing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Load,
    Store,
    /// Loads and stores of several words.
    Multiple,
    /// Floating-point products, sums, and fused multiply-adds.
    Product,
    Sum,
    Fused,
    FloatDivide,
    Divide,
    /// Integer products with 32-bit operands: with a sum, with a 64-bit result, with a 64-bit result and a sum.
    MultiplyAdd,
    Long,
    LongAdd,
    Other,
}

/// The cycles of instructions, given in the order of execution; `None` for a core without published timings.
pub fn cycles<'a>(
    target: Target,
    instructions: impl Iterator<Item = &'a Instruction>,
) -> Option<u64> {
    let core = match target {
        Target::CortexM0Plus => Core::M0Plus,
        Target::CortexM3 => Core::M3,
        Target::CortexM4F => Core::M4,
        Target::CortexM7 | Target::CortexM33 | Target::CortexM55 | Target::Riscv32Imac => {
            return None;
        }
    };
    let (mut cycles, mut last) = (0, None);
    for instruction in instructions {
        cycles += match last {
            Some(last) if follows(last, instruction) => core.after(last, instruction),
            Some(_) => 1 + core.alone(instruction),
            None => core.alone(instruction),
        };
        last = Some(instruction);
    }
    Some(cycles)
}

/// Whether one instruction directly follows the other, without a taken branch in between.
fn follows(last: &Instruction, next: &Instruction) -> bool {
    last.address + last.size == next.address
}

impl Core {
    /// Cycles of an instruction that does not overlap with the one before.
    fn alone(self, instruction: &Instruction) -> u64 {
        let registers = registers(&instruction.text);
        match (self, Class::of(&instruction.text)) {
            (_, Class::Multiple) => 1 + registers,
            (Self::M0Plus, Class::Load | Class::Store) | (_, Class::Load) => 2,
            (Self::M0Plus, _) => 1,
            (Self::M3, Class::MultiplyAdd) => 2,
            (Self::M3, Class::Long) => 4,
            (Self::M3, Class::LongAdd) => 5,
            (_, Class::Fused) => 3,
            (_, Class::FloatDivide) => 14,
            (_, Class::Divide) => 7,
            _ => 1,
        }
    }

    /// Cycles of an instruction right behind another one.
    fn after(self, last: &Instruction, instruction: &Instruction) -> u64 {
        let (before, class) = (Class::of(&last.text), Class::of(&instruction.text));
        let is_access = matches!(before, Class::Load | Class::Store);
        if self != Self::M0Plus && is_access && class == Class::Load {
            return 1; // consecutive memory accesses are pipelined
        }
        let is_float = matches!(before, Class::Product | Class::Sum | Class::Fused);
        self.alone(instruction) + u64::from(is_float && waits(&last.text, &instruction.text))
    }
}

impl Class {
    fn of(text: &str) -> Self {
        let name = text.split([' ', '.']).next().unwrap_or_default();
        let begins = |with: &[&str]| with.iter().any(|start| name.starts_with(start));
        match name {
            _ if begins(&[
                "ldm", "stm", "push", "pop", "ldrd", "strd", "vldm", "vstm", "vpush", "vpop",
            ]) =>
            {
                Self::Multiple
            }
            _ if begins(&["ldr", "vldr"]) => Self::Load,
            _ if begins(&["str", "vstr"]) => Self::Store,
            _ if begins(&["vfma", "vfms", "vfnm", "vmla", "vmls", "vnml"]) => Self::Fused,
            _ if begins(&["vmul", "vnmul"]) => Self::Product,
            _ if begins(&["vadd", "vsub"]) => Self::Sum,
            _ if begins(&["vdiv", "vsqrt"]) => Self::FloatDivide,
            _ if begins(&["sdiv", "udiv"]) => Self::Divide,
            // Exact names only: `smlald`, `smlalb`, … belong to the DSP extension and take one cycle.
            "smlal" | "umlal" => Self::LongAdd,
            _ if begins(&["smull", "umull"]) => Self::Long,
            _ if begins(&["mla", "mls"]) => Self::MultiplyAdd,
            _ => Self::Other,
        }
    }
}

/// The number of words in a list such as `{r4-r7, lr}`; 2 for an instruction without a list, such as `ldrd`.
fn registers(text: &str) -> u64 {
    let Some((_, list)) = text.split_once('{') else {
        return 2;
    };
    let list = list.split('}').next().unwrap_or_default();
    list.split(',').map(|range| words(range.trim())).sum()
}

/// The number of words in a range such as `s0-s15`, `d8` or `lr`.
fn words(range: &str) -> u64 {
    let width = if range.starts_with('d') { 2 } else { 1 };
    let number = |name: &str| name.trim().get(1..)?.parse::<u64>().ok();
    let span = range
        .split_once('-')
        .and_then(|(first, last)| Some((number(first)?, number(last)?)));
    width * span.map_or(1, |(first, last)| 1 + last.saturating_sub(first))
}

/// Whether a floating-point instruction needs the result of the one before, which is available one cycle late.
fn waits(last: &str, next: &str) -> bool {
    let result = operands(last).next().unwrap_or_default();
    // A store reads all of its operands; a fused multiply-add also reads its first.
    let reads_first = matches!(Class::of(next), Class::Fused) || next.starts_with("vst");
    next.starts_with('v')
        && operands(next)
            .skip(usize::from(!reads_first))
            .any(|name| name == result)
}

/// The register names and numbers behind the mnemonic.
fn operands(text: &str) -> impl Iterator<Item = &str> {
    let rest = text.split_once(' ').map_or("", |(_, rest)| rest);
    rest.split([',', ' ', '{', '}', '[', ']'])
        .filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The instructions with these texts, at consecutive addresses.
    fn listing(texts: &[&str]) -> Vec<Instruction> {
        let instruction = |(i, text): (usize, &&str)| Instruction {
            address: 2 * i as u32,
            code: 0,
            size: 2,
            text: text.to_string(),
        };
        texts.iter().enumerate().map(instruction).collect()
    }

    fn estimate(target: Target, texts: &[&str]) -> u64 {
        cycles(target, listing(texts).iter()).unwrap()
    }

    #[test]
    fn loads_next_to_each_other_overlap_but_on_the_m0() {
        let texts = ["ldr r0, [r1]", "ldr r2, [r1, #4]", "adds r0, r0, r2"];
        assert_eq!(estimate(Target::CortexM4F, &texts), 2 + 1 + 1);
        assert_eq!(estimate(Target::CortexM0Plus, &texts), 2 + 2 + 1);
    }

    #[test]
    fn a_list_of_registers_takes_a_cycle_each() {
        assert_eq!(
            estimate(Target::CortexM4F, &["vldmia r0!, {s0, s1, s2, s3}"]),
            5
        );
        assert_eq!(estimate(Target::CortexM4F, &["vpush {d8-d11}"]), 9);
        assert_eq!(estimate(Target::CortexM3, &["push {r4-r7, lr}"]), 6);
        assert_eq!(estimate(Target::CortexM3, &["ldrd r0, r1, [r2]"]), 3);
    }

    #[test]
    fn a_sum_waits_for_its_product() {
        let waits = ["vmul.f32 s0, s1, s2", "vadd.f32 s3, s3, s0"];
        let does_not = ["vmul.f32 s0, s1, s2", "vadd.f32 s3, s3, s10"];
        assert_eq!(estimate(Target::CortexM4F, &waits), 3);
        assert_eq!(estimate(Target::CortexM4F, &does_not), 2);
    }

    #[test]
    fn a_branch_taken_costs_a_cycle_more() {
        let mut instructions = listing(&["subs r0, #1", "bne #0", "subs r0, #1"]);
        assert_eq!(cycles(Target::CortexM4F, instructions.iter()), Some(3));
        instructions[2].address = 0;
        assert_eq!(cycles(Target::CortexM4F, instructions.iter()), Some(4));
    }

    #[test]
    fn products_differ_between_cores() {
        for (text, m3, m4) in [
            ("mla r0, r1, r2, r3", 2, 1),
            ("smlal r0, r1, r2, r3", 5, 1),
            ("smlad r0, r1, r2, r3", 1, 1),
        ] {
            assert_eq!(estimate(Target::CortexM3, &[text]), m3, "{text}");
            assert_eq!(estimate(Target::CortexM4F, &[text]), m4, "{text}");
        }
        assert_eq!(cycles(Target::CortexM7, [].iter()), None);
    }
}

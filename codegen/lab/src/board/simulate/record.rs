//! The file that the firmware writes: three little-endian words per row, after a first record.

use crate::Target;
use crate::board::target::Tick;
use nice_flow_codegen::{Error, Result};

/// Bytes of a record.
const RECORD: usize = 12;
/// Virtual picoseconds per instruction under `-icount shift=6`.
const INSTRUCTION: u64 = 64_000;
/// Instructions that the interrupt handler in `cortex_m/clock.rs` executes each time SysTick passes zero, every 2²⁴ ticks.
const INTERRUPT: u64 = 5;

/// The results of a run on a board.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The bits of every score in nats; every NaN is `0x7fc00000`.
    pub score_bits: Vec<u32>,
    /// The rows, from 0, that the module's detector ignored: they have no score.
    pub ignored: Vec<usize>,
    /// Instructions of one score: the call, and everything inside it.
    pub instructions: Count,
    /// The deepest stack of a score in bytes, without that of the caller.
    pub stack_bytes: u32,
}

/// The range and mean of a number that may differ from row to row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Count {
    /// The least.
    pub min: u64,
    /// The greatest.
    pub max: u64,
    /// The arithmetic mean.
    pub mean: f64,
}

/// The number of rows in a file of `bytes` bytes.
pub fn rows(bytes: u64) -> usize {
    (bytes as usize / RECORD).saturating_sub(1)
}

/// What a front end did with samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pushes {
    /// Samples up to the last window.
    pub samples: u64,
    /// Mean instructions of a sample.
    pub mean: f64,
    /// Instructions of the most expensive sample.
    pub max: u64,
    /// Bytes of the front end in RAM.
    pub ram_bytes: u32,
}

/// Checks and decodes the records of `count` windows: of each that of its score, and that of its samples.
pub fn read_raw(bytes: &[u8], count: usize, dim: usize, target: Target) -> Result<(Run, Pushes)> {
    let (records, _) = bytes.as_chunks::<RECORD>();
    let Some((head, records)) = records.split_first() else {
        return Err(Error::input(target, "the firmware wrote nothing"));
    };
    let scores = records.iter().step_by(2);
    let scores: Vec<u8> = [head]
        .into_iter()
        .chain(scores)
        .flatten()
        .copied()
        .collect();
    let run = read(&scores, count, dim, target)?;
    let pushes: Vec<[u32; 3]> = records.iter().skip(1).step_by(2).map(words).collect();
    let samples: u64 = pushes.iter().map(|[count, ..]| u64::from(*count)).sum();
    let all: u64 = pushes.iter().map(|[_, all, _]| u64::from(*all)).sum();
    Ok((
        run,
        Pushes {
            samples,
            mean: all as f64 / samples.max(1) as f64,
            max: pushes
                .iter()
                .map(|[.., most]| u64::from(*most))
                .max()
                .unwrap_or(0),
            ram_bytes: words(head)[2],
        },
    ))
}

fn words(record: &[u8; RECORD]) -> [u32; 3] {
    let (words, _) = record.as_chunks();
    std::array::from_fn(|i| u32::from_le_bytes(words[i]))
}

/// Checks and returns `count` records behind the first.
pub fn read_causes(
    bytes: &[u8],
    count: usize,
    dim: usize,
    target: Target,
) -> Result<Vec<[u32; 3]>> {
    let (records, _) = bytes.as_chunks::<RECORD>();
    let records: Vec<[u32; 3]> = records.iter().map(words).collect();
    match records.split_first() {
        Some(([board_dim, ..], rest)) if *board_dim as usize == dim && rest.len() == count => {
            Ok(rest.to_vec())
        }
        _ => {
            let message = format!(
                "expected {count} causes of rows of {dim}, found {}",
                records.len().saturating_sub(1)
            );
            Err(Error::input(target, message))
        }
    }
}

/// Checks and decodes the records of `count` rows.
pub fn read(bytes: &[u8], count: usize, dim: usize, target: Target) -> Result<Run> {
    let (words, _) = bytes.as_chunks::<4>();
    let words: Vec<u32> = words.iter().map(|word| u32::from_le_bytes(*word)).collect();
    let (records, _) = words.as_chunks::<3>();
    let Some(([board_dim, empty, _], records)) = records.split_first() else {
        return Err(Error::input(target, "the firmware wrote nothing"));
    };
    if *board_dim as usize != dim {
        let message = format!("the model takes rows of {board_dim}, the rows have {dim}");
        return Err(Error::input(target, message));
    }
    if records.len() != count {
        let message = format!("expected {count} scores, found {}", records.len());
        return Err(Error::input(target, message));
    }
    let tick = target.board().tick;
    let empty = instructions(*empty, tick);
    let taken = |[_, ticks, _]: &[u32; 3]| instructions(*ticks, tick).saturating_sub(empty);
    let scored = records.iter().filter(|record| !is_ignored(record));
    let ignored = (0..count).filter(|row| is_ignored(&records[*row]));
    Ok(Run {
        score_bits: scored.clone().map(|record| record[0]).collect(),
        ignored: ignored.collect(),
        instructions: Count::of(scored.clone().map(taken)),
        stack_bytes: scored.map(|record| record[2]).max().unwrap_or(0),
    })
}

/// Whether a row has no score. Every score takes ticks.
fn is_ignored([_, ticks, _]: &[u32; 3]) -> bool {
    *ticks == 0
}

/// The number of instructions that ticks stand for.
///
/// `n` instructions after it was cleared, SysTick shows `⌈64 n / tick⌉ − 2`. A tick is shorter than an instruction, so `n` can
/// be computed exactly. Checked against `tools/cycles`.
fn instructions(ticks: u32, tick: Tick) -> u64 {
    let Tick::Picoseconds(tick) = tick else {
        return ticks.into();
    };
    let interrupts = u64::from(ticks >> 24) * INTERRUPT;
    ((u64::from(ticks) + 2) * tick / INSTRUCTION).saturating_sub(interrupts)
}

impl Count {
    /// The range and mean of numbers; zeros for none.
    fn of(numbers: impl Iterator<Item = u64> + Clone) -> Self {
        let count = numbers.clone().count().max(1);
        Self {
            min: numbers.clone().min().unwrap_or(0),
            max: numbers.clone().max().unwrap_or(0),
            mean: numbers.sum::<u64>() as f64 / count as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ticks read after `8 + n` instructions, for n = 0 to 11, 100 and 1000, on QEMU 7.2.
    #[test]
    fn ticks_tell_instructions_exactly() {
        let counts = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 100, 1000];
        let at_25_mhz = [11, 13, 14, 16, 18, 19, 21, 22, 24, 26, 27, 29, 171, 1611];
        let at_20_mhz = [9, 10, 11, 13, 14, 15, 16, 18, 19, 20, 22, 23, 137, 1289];
        for (i, n) in counts.into_iter().enumerate() {
            assert_eq!(instructions(at_25_mhz[i], Tick::Picoseconds(40_000)), 8 + n);
            assert_eq!(instructions(at_20_mhz[i], Tick::Picoseconds(50_000)), 8 + n);
        }
    }

    #[test]
    fn a_row_without_a_score_is_none_of_the_figures() {
        let words = [1, 11, 0, 7, 171, 760, 0, 0, 0, 9, 171, 800u32];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let run = read(&bytes, 3, 1, Target::CortexM4F).unwrap();
        assert_eq!((run.score_bits, run.ignored), (vec![7, 9], vec![1]));
        assert_eq!((run.instructions.min, run.instructions.mean), (100, 100.0));
        assert_eq!(run.stack_bytes, 800);
    }

    #[test]
    fn each_window_has_a_record_of_its_samples_too() {
        let words = [
            2, 11, 184, 7, 171, 760, 256, 2560, 90, 9, 171, 800, 256, 5120, 95u32,
        ];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let (run, pushes) = read_raw(&bytes, 2, 2, Target::CortexM4F).unwrap();
        assert_eq!((run.score_bits, run.instructions.max), (vec![7, 9], 100));
        let expected = Pushes {
            samples: 512,
            mean: 15.0,
            max: 95,
            ram_bytes: 184,
        };
        assert_eq!(pushes, expected);
        assert!(read_raw(&bytes, 3, 2, Target::CortexM4F).is_err());
        assert!(read_raw(&[], 0, 2, Target::CortexM4F).is_err());
    }

    #[test]
    fn a_file_that_ends_early_is_an_error() {
        let words = [16, 11, 0, 0x3f80_0000, 171, 760u32];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let read = |bytes, count, dim| read(bytes, count, dim, Target::CortexM4F);
        let run = read(&bytes, 1, 16).unwrap();
        assert_eq!((run.instructions.max, run.stack_bytes), (100, 760));
        assert!(read(&bytes, 2, 16).is_err());
        assert!(read(&bytes[..20], 1, 16).is_err());
        assert!(read(&bytes, 1, 8).is_err());
        assert!(read(&[], 1, 16).is_err());
    }
}

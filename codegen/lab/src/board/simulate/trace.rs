//! QEMU's log of every instruction: `-d in_asm,exec,nochain`, with one instruction per block.

use std::collections::HashMap;
use std::io::{BufRead, Error, Read, Result};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// An instruction of the firmware.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its address in flash.
    pub address: u32,
    /// Its first halfword.
    pub code: u16,
    /// Its text as QEMU disassembles it: `ldr r2, [pc, #4]`.
    pub text: String,
}

impl Instruction {
    /// Its size in bytes. A first halfword from 0xe800 on begins an instruction of two halfwords.
    pub fn size(&self) -> u32 {
        if self.code < 0xe800 { 2 } else { 4 }
    }
}

/// `mov r9, r9` begins a region and `mov r10, r10` ends it, recognised by their code: QEMU prints other names for these
/// registers.
const MARKERS: [u16; 2] = [0x46c9, 0x46d2];

/// The most lines of a log: about twenty times those of the slowest score known.
const LONGEST: u64 = 1 << 27;

/// The longest line of a log; usual ones have about a hundred bytes.
const WIDEST: u64 = 1 << 16;

/// The instructions executed in each region, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    listing: Vec<Instruction>,
    places: HashMap<u32, usize>,
    /// For each region, indices into the listing.
    regions: Vec<Vec<usize>>,
    is_inside: bool,
}

impl Trace {
    /// Reads a log of at most [`LONGEST`] lines of at most [`WIDEST`] bytes; `lines` counts them for other threads. The
    /// log of a QEMU that cannot disassemble has no regions.
    pub fn read(mut log: impl BufRead, lines: &AtomicU64) -> Result<Self> {
        let (mut trace, mut line) = (Self::default(), vec![]);
        loop {
            line.clear();
            if log.by_ref().take(WIDEST).read_until(b'\n', &mut line)? == 0 {
                return Ok(trace);
            }
            if line.len() as u64 == WIDEST {
                let message = format!("expected lines of less than {WIDEST} bytes in the log");
                return Err(Error::other(message));
            }
            if lines.fetch_add(1, Relaxed) > LONGEST {
                return Err(Error::other("the firmware does not come to an end"));
            }
            let line = String::from_utf8_lossy(line.trim_ascii_end());
            match executed(&line).and_then(|address| trace.places.get(&address)) {
                Some(place) => trace.execute(*place),
                None => trace.list(&line),
            }
        }
    }

    /// The instructions of each region, without the markers.
    pub fn regions(&self) -> impl Iterator<Item = Region<'_>> {
        let (listing, regions) = (&*self.listing, &self.regions);
        regions.iter().map(move |places| Region {
            listing,
            places: places.iter(),
        })
    }

    /// Adds an instruction to the listing; QEMU lists it before its first execution.
    fn list(&mut self, line: &str) {
        if let Some(instruction) = listed(line) {
            self.places.insert(instruction.address, self.listing.len());
            self.listing.push(instruction);
        }
    }

    fn execute(&mut self, place: usize) {
        let code = self
            .listing
            .get(place)
            .map_or(0, |instruction| instruction.code);
        if code == MARKERS[0] {
            self.regions.push(vec![]);
        }
        self.is_inside &= code != MARKERS[1];
        if let Some(region) = self.regions.last_mut().filter(|_| self.is_inside) {
            region.push(place);
        }
        self.is_inside |= code == MARKERS[0];
    }
}

/// The instructions of a region.
#[derive(Clone, Debug)]
pub struct Region<'a> {
    listing: &'a [Instruction],
    places: std::slice::Iter<'a, usize>,
}

impl<'a> Iterator for Region<'a> {
    type Item = &'a Instruction;

    fn next(&mut self) -> Option<&'a Instruction> {
        self.listing.get(*self.places.next()?)
    }
}

/// Parses the address in `Trace 0: 0x7f52c4000240 [00800408/00000840/00000110/ff020201] main`.
fn executed(line: &str) -> Option<u32> {
    let (_, fields) = line.strip_prefix("Trace ")?.split_once('[')?;
    u32::from_str_radix(fields.split('/').nth(1)?, 16).ok()
}

/// Parses `0x00000400:  f000 fa1e  bl       #0x840`.
fn listed(line: &str) -> Option<Instruction> {
    let (address, rest) = line.strip_prefix("0x")?.split_once(':')?;
    let mut words = rest.split_whitespace();
    let code = u16::from_str_radix(words.next()?, 16).ok()?;
    let mut instruction = Instruction {
        address: u32::from_str_radix(address, 16).ok()?,
        code,
        text: String::new(),
    };
    let words = words.skip(usize::from(instruction.size() == 4));
    instruction.text = words.collect::<Vec<_>>().join(" ");
    Some(instruction)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "----------------
IN: main
0x00000400:  46c9       mov      sb, sb

Trace 0: 0x7f52c4000100 [00800408/00000400/00000110/ff020201] main
----------------
IN: main
0x00000402:  f5ad 5d81  sub.w    sp, sp, #0x1020

Trace 0: 0x7f52c4000240 [00800408/00000402/00000110/ff020201] main
Trace 0: 0x7f52c4000240 [00800408/00000402/00000110/ff020201] main
----------------
IN: main
0x00000406:  46d2       mov      sl, sl

Trace 0: 0x7f52c4000340 [00800408/00000406/00000110/ff020201] main
Trace 0: 0x7f52c4000240 [00800408/00000402/00000110/ff020201] main
";

    #[test]
    fn a_region_holds_what_was_executed_between_its_markers() {
        let lines = AtomicU64::new(0);
        let trace = Trace::read(LOG.as_bytes(), &lines).unwrap();
        assert_eq!(lines.into_inner(), LOG.lines().count() as u64);
        let regions: Vec<Vec<_>> = trace.regions().map(Iterator::collect).collect();
        let [region] = regions.as_slice() else {
            panic!("{regions:?}");
        };
        let texts: Vec<_> = region.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(texts, ["sub.w sp, sp, #0x1020"; 2]);
        assert_eq!((region[0].address, region[0].size()), (0x402, 4));
    }

    #[test]
    fn a_line_without_end_is_an_error() {
        let log = std::io::BufReader::new(std::io::repeat(b'x'));
        let error = Trace::read(log, &AtomicU64::new(0)).unwrap_err();
        assert!(error.to_string().contains("less than 65536 bytes"));
    }
}

//! QEMU's log of every instruction: `-d in_asm,exec,nochain`, with one instruction per block.

use crate::board::family::Family;
use std::collections::HashMap;
use std::io::{BufRead, Error, Read, Result};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// An instruction of the firmware.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its address in flash.
    pub address: u32,
    /// Its code, or the first halfword where QEMU lists two.
    pub code: u32,
    /// Its size in bytes.
    pub size: u32,
    /// Its text as QEMU disassembles it: `ldr r2, [pc, #4]`.
    pub text: String,
}

/// The most lines of a log: about twenty times those of the slowest score known.
const LONGEST: u64 = 1 << 27;

/// The longest line of a log; usual ones have about a hundred bytes.
const WIDEST: u64 = 1 << 16;

/// The instructions executed in each region, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    family: &'static Family,
    listing: Vec<Instruction>,
    places: HashMap<u32, usize>,
    /// For each region, indices into the listing.
    regions: Vec<Vec<usize>>,
    is_inside: bool,
}

impl Trace {
    /// Reads a log of at most [`LONGEST`] lines of at most [`WIDEST`] bytes; `lines` counts them for other threads. The
    /// log of a QEMU that cannot disassemble has no regions.
    pub fn read(mut log: impl BufRead, family: &'static Family, lines: &AtomicU64) -> Result<Self> {
        let mut trace = Self {
            family,
            listing: vec![],
            places: HashMap::new(),
            regions: vec![],
            is_inside: false,
        };
        let mut line = vec![];
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
        if let Some(instruction) = listed(line, self.family.lists_halfwords) {
            self.places.insert(instruction.address, self.listing.len());
            self.listing.push(instruction);
        }
    }

    fn execute(&mut self, place: usize) {
        let code = self
            .listing
            .get(place)
            .map_or(0, |instruction| instruction.code);
        // By their codes: QEMU prints other names for their registers.
        let [begin, end] = self.family.markers;
        if code == begin {
            self.regions.push(vec![]);
        }
        self.is_inside &= code != end;
        if let Some(region) = self.regions.last_mut().filter(|_| self.is_inside) {
            region.push(place);
        }
        self.is_inside |= code == begin;
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

/// Parses `0x00000400:  f000 fa1e  bl       #0x840` of halfwords, of which a first one from 0xe800 on begins an instruction of two;
/// or else `0x80000002:  00102013  slti     zero,zero,1`.
fn listed(line: &str, halfwords: bool) -> Option<Instruction> {
    let (address, rest) = line.strip_prefix("0x")?.split_once(':')?;
    let mut words = rest.split_whitespace();
    let digits = words.next()?;
    let code = u32::from_str_radix(digits, 16).ok()?;
    let is_pair = halfwords && code >= 0xe800;
    let words = words.skip(usize::from(is_pair));
    Some(Instruction {
        address: u32::from_str_radix(address, 16).ok()?,
        code,
        size: if is_pair || digits.len() > 4 { 4 } else { 2 },
        text: words.collect::<Vec<_>>().join(" "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::family::{CORTEX_M, RISC_V};

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
        let trace = Trace::read(LOG.as_bytes(), &CORTEX_M, &lines).unwrap();
        assert_eq!(lines.into_inner(), LOG.lines().count() as u64);
        let regions: Vec<Vec<_>> = trace.regions().map(Iterator::collect).collect();
        let [region] = regions.as_slice() else {
            panic!("{regions:?}");
        };
        let texts: Vec<_> = region.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(texts, ["sub.w sp, sp, #0x1020"; 2]);
        assert_eq!((region[0].address, region[0].size), (0x402, 4));
    }

    #[test]
    fn instructions_of_risc_v_are_words_of_their_own_size() {
        let log = LOG
            .replace("46c9  ", "00102013")
            .replace(
                "f5ad 5d81  sub.w    sp, sp, #0x1020",
                "fc06              c.sdsp          ra,56(sp)",
            )
            .replace("46d2", "00202013");
        let trace = Trace::read(log.as_bytes(), &RISC_V, &AtomicU64::new(0)).unwrap();
        let [region] = &trace.regions().collect::<Vec<_>>()[..] else {
            panic!("{log}");
        };
        let sizes: Vec<_> = region.clone().map(|one| (one.code, one.size)).collect();
        assert_eq!(sizes, [(0xfc06, 2); 2]);
    }

    #[test]
    fn a_line_without_end_is_an_error() {
        let log = std::io::BufReader::new(std::io::repeat(b'x'));
        let error = Trace::read(log, &CORTEX_M, &AtomicU64::new(0)).unwrap_err();
        assert!(error.to_string().contains("less than 65536 bytes"));
    }
}

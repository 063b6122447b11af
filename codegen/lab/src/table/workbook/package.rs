//! The parts of a workbook before its reader sees them: what they unpack to, and what they say of their own size.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use zip::ZipArchive;

/// A workbook may unpack to so many bytes.
const MOST_BYTES: u64 = 1 << 30;

/// The fewest bytes of a text that sheets share: `<si/>`.
const LEAST_TEXT: u64 = 5;

/// The reader keeps the path of each sheet, and sheets may share a long one: the paths may have so many bytes.
const MOST_PATHS: u64 = 1 << 28;

/// Unpacks the workbook once, without keeping it: an error if it becomes huge, or if its reader would take memory for more
/// than is there.
pub(super) fn expect_sound(path: &Path) -> Result<(), String> {
    let broken =
        |error: &dyn std::fmt::Display| format!("expected an Excel workbook (.xlsx): {error}");
    let file = File::open(path).map_err(|e| broken(&e))?;
    let mut parts = ZipArchive::new(BufReader::new(file)).map_err(|e| broken(&e))?;
    let mut left = MOST_BYTES;
    let (mut sheets, mut longest) = (0, 0);
    for part in 0..parts.len() {
        let part = parts.by_index(part).map_err(|e| broken(&e))?;
        // The reader finds parts by names in any case.
        let name = String::from_utf8_lossy(part.name_raw()).to_lowercase();
        let mut seen = Seen::default();
        let copied = io::copy(&mut part.take(left + 1), &mut seen).map_err(|e| broken(&e))?;
        left = left.checked_sub(copied).ok_or_else(|| {
            format!("expected a workbook of at most {MOST_BYTES} bytes when unpacked, found more: save the sheet as CSV")
        })?;
        let declared = seen.texts.most.max(seen.texts.number);
        if name.ends_with("sharedstrings.xml") && declared > copied / LEAST_TEXT {
            return Err(format!(
                "expected {name} to hold as many texts as it says, found {declared} declared in {copied} bytes"
            ));
        }
        if name.ends_with("workbook.xml") {
            sheets += seen.sheets;
        }
        if name.ends_with(".rels") {
            longest = longest.max(copied);
        }
    }
    match longest.saturating_mul(sheets) > MOST_PATHS {
        true => Err(format!(
            "expected sheets whose paths have at most {MOST_PATHS} bytes, found {sheets} sheets and {longest} bytes of paths: save the sheet as CSV"
        )),
        false => Ok(()),
    }
}

/// What is seen of a part as its bytes go by.
#[derive(Default)]
struct Seen {
    /// The last bytes, the newest lowest.
    window: u128,
    texts: Texts,
    sheets: u64,
}

/// The largest number that an attribute declares.
#[derive(Default)]
struct Texts {
    most: u64,
    /// The number that goes by, if the attribute's name has.
    number: u64,
    is_value: bool,
    has_digits: bool,
}

impl Texts {
    fn see(&mut self, byte: u8) {
        match byte {
            b'0'..=b'9' => {
                let number = self.number.saturating_mul(10);
                self.number = number.saturating_add((byte - b'0').into());
                self.has_digits = true;
            }
            b' ' | b'\t' | b'\r' | b'\n' | b'\x0c' | b'=' | b'"' | b'\'' | b'+'
                if !self.has_digits => {}
            _ => {
                *self = Self {
                    most: self.most.max(self.number),
                    ..Self::default()
                };
            }
        }
    }
}

impl Seen {
    fn see(&mut self, byte: u8) {
        self.window = self.window << 8 | u128::from(byte);
        if self.texts.is_value {
            self.texts.see(byte);
        } else if self.ends(b"uniqueCount") {
            self.texts.is_value = true;
        }
        let is_tag = |start: &[u8]| self.ends_before(start);
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'\x0c' | b'/' | b'>')
            && (is_tag(b"<sheet") || is_tag(b":sheet"))
        {
            self.sheets += 1;
        }
    }

    /// Whether the last bytes are these, 15 at most.
    fn ends(&self, text: &[u8]) -> bool {
        is_end(self.window, text)
    }

    /// Whether those before the last are these.
    fn ends_before(&self, text: &[u8]) -> bool {
        is_end(self.window >> 8, text)
    }
}

fn is_end(window: u128, text: &[u8]) -> bool {
    let bytes = window.to_be_bytes();
    bytes.ends_with(text)
}

impl Write for Seen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        bytes.iter().for_each(|byte| self.see(*byte));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

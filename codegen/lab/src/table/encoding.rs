//! Text that is not UTF-8.
//!
//! A library would bring the tables of all encodings of the web: more than 100 kB of the Python package, which may have 4 MB.

use std::io::{self, Cursor, Read};

/// So many bytes of UTF-16 are decoded at a time.
const CHUNK: u64 = 1 << 16;

/// What Windows has from `0x80` on, where Latin-1 has control characters.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The text that bytes are in Windows' code page 1252, which is Latin-1 but for [`WINDOWS`].
pub(super) fn windows(bytes: &[u8]) -> String {
    let character = |byte: &u8| {
        let place = usize::from(*byte).checked_sub(0x80);
        let character = place.and_then(|place| WINDOWS.get(place));
        character.copied().unwrap_or(char::from(*byte))
    };
    bytes.iter().map(character).collect()
}

/// Text with a byte order mark of UTF-8 or UTF-16 as UTF-8 without one; other bytes as they are.
pub(super) fn without_mark(mut bytes: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
    let mut start = vec![];
    bytes.by_ref().take(3).read_to_end(&mut start)?;
    let mark = match start[..] {
        [0xef, 0xbb, 0xbf] => 3,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => 2,
        _ => 0,
    };
    let is_little_endian = start.starts_with(&[0xff]);
    let bytes = Cursor::new(start.split_off(mark)).chain(bytes);
    Ok(match mark {
        2 => Box::new(Utf16::new(bytes, is_little_endian)),
        _ => Box::new(bytes),
    })
}

/// Text of UTF-16, read as UTF-8. What is no character becomes U+FFFD.
struct Utf16<R> {
    bytes: R,
    is_little_endian: bool,
    /// The first half of a pair whose second is not read yet.
    first_half: Option<u16>,
    text: Cursor<Vec<u8>>,
}

impl<R: Read> Utf16<R> {
    fn new(bytes: R, is_little_endian: bool) -> Self {
        Self {
            bytes,
            is_little_endian,
            first_half: None,
            text: Cursor::default(),
        }
    }

    /// Decodes more of the text; whether there was more.
    fn decode(&mut self) -> io::Result<bool> {
        let mut bytes = vec![];
        let count = (&mut self.bytes).take(CHUNK).read_to_end(&mut bytes)?;
        let (pairs, odd) = bytes.as_chunks::<2>();
        let unit = |pair: &[u8; 2]| match self.is_little_endian {
            true => u16::from_le_bytes(*pair),
            false => u16::from_be_bytes(*pair),
        };
        let mut units: Vec<u16> = self.first_half.take().into_iter().collect();
        units.extend(pairs.iter().map(unit));
        if count as u64 == CHUNK {
            self.first_half = units.pop_if(|unit| (0xd800..0xdc00).contains(unit));
        }
        // A byte alone is as wrong as a first half alone.
        units.extend(odd.iter().map(|_| 0xd800));
        let characters = char::decode_utf16(units.iter().copied());
        let text = characters.map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER));
        self.text = Cursor::new(text.collect::<String>().into_bytes());
        Ok(count > 0 || !units.is_empty())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.text.read(buffer)?;
            if count > 0 || buffer.is_empty() || !self.decode()? {
                return Ok(count);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: Vec<u8>) -> String {
        let mut text = String::new();
        let bytes = Box::new(Cursor::new(bytes));
        without_mark(bytes)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        text
    }

    #[test]
    fn a_mark_of_either_order_is_followed_by_utf16_of_that_order() {
        // Characters of one and of two units, in each place of a chunk.
        let text = "°C😀\0,ÿ".repeat(20_000);
        for orders in [u16::to_le_bytes, u16::to_be_bytes] {
            for first in ["", "x"] {
                let text = [first, &text].concat();
                let units = [0xfeff].into_iter().chain(text.encode_utf16());
                assert!(read(units.flat_map(orders).collect()) == text);
            }
        }
    }

    #[test]
    fn halves_of_pairs_and_bytes_that_stand_alone_are_replaced() {
        let units = [0xfeff, 0x61, 0xd83d, 0x62, 0xde00, 0xd83d].map(u16::to_be_bytes);
        let bytes = units.concat();
        assert_eq!(read(bytes.clone()), "a\u{fffd}b\u{fffd}\u{fffd}");
        assert_eq!(
            read([bytes, vec![7]].concat()),
            "a\u{fffd}b\u{fffd}\u{fffd}\u{fffd}"
        );
    }

    #[test]
    fn text_without_a_mark_stays_and_that_of_utf8_goes() {
        for text in ["", "1", "12", "temp,°C\n1,2\n", "\u{ffff}x"] {
            assert_eq!(read(text.into()), text);
            assert_eq!(read(["\u{feff}", text].concat().into()), text);
        }
    }

    #[test]
    fn bytes_of_windows_are_those_of_latin_1_but_for_thirty_two() {
        assert_eq!(
            windows(b"Temp \xb0C \x80 \x9f\x81\xff"),
            "Temp °C € Ÿ\u{81}ÿ"
        );
    }
}

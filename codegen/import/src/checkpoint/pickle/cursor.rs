//! The bytes of a pickle, and the values that stand in them directly.

use super::Value;

pub(super) struct Cursor<'a> {
    data: &'a [u8],
    place: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, place: 0 }
    }

    pub(super) fn place(&self) -> usize {
        self.place
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> Option<&'a [u8]> {
        self.data.get(self.place..)
    }

    pub(super) fn take(&mut self, count: u64) -> Option<&'a [u8]> {
        let end = self.place.checked_add(count.try_into().ok()?)?;
        let bytes = self.data.get(self.place..end)?;
        self.place = end;
        Some(bytes)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    /// A little-endian number of `size` bytes.
    pub(super) fn unsigned(&mut self, size: u64) -> Option<u64> {
        let bytes = self.take(size)?.iter().rev();
        Some(bytes.fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// A text up to the end of its line.
    pub(super) fn line(&mut self) -> Option<&'a str> {
        let rest = self.data.get(self.place..)?;
        let length = rest.iter().position(|byte| *byte == b'\n')?;
        let line = self.take(length as u64)?;
        self.take(1)?;
        str::from_utf8(line).ok()
    }

    /// Bytes behind a length of `size` bytes.
    fn sized(&mut self, size: u64) -> Option<&'a [u8]> {
        let length = self.unsigned(size)?;
        self.take(length)
    }

    /// The value of an instruction that needs nothing else; `None` for other instructions, and for damaged bytes.
    pub(super) fn scalar(&mut self, code: u8) -> Option<Value<'a>> {
        let text = |bytes: Option<&'a [u8]>| str::from_utf8(bytes?).ok().map(Value::Text);
        Some(match code {
            b'N' => Value::None,
            0x88 => Value::Bool(true),
            0x89 => Value::Bool(false),
            b'K' => Value::Int(self.unsigned(1)? as i64),
            b'M' => Value::Int(self.unsigned(2)? as i64),
            b'J' => Value::Int((self.unsigned(4)? as u32 as i32).into()),
            b'G' => Value::Float(f64::from_be_bytes(self.take(8)?.try_into().ok()?)),
            b'F' => Value::Float(self.line()?.trim().parse().ok()?),
            b'I' => match self.line()? {
                "00" => Value::Bool(false),
                "01" => Value::Bool(true),
                number => Value::Int(number.trim().parse().ok()?),
            },
            b'L' => Value::Int(self.line()?.trim_end_matches('L').parse().ok()?),
            0x8a => long(self.sized(1)?),
            0x8b => long(self.sized(4)?),
            b'V' | b'S' => Value::Text(self.line()?.trim_matches(['\'', '"'])),
            b'X' => text(self.sized(4))?,
            0x8c => text(self.sized(1))?,
            0x8d => text(self.sized(8))?,
            // Texts of Python 2 may be bytes: numpy's numbers, for one.
            b'U' => either(self.sized(1)?),
            b'T' => either(self.sized(4)?),
            b'C' => Value::Bytes(self.sized(1)?),
            b'B' => Value::Bytes(self.sized(4)?),
            0x8e | 0x96 => Value::Bytes(self.sized(8)?),
            b'c' => Value::Global(self.line()?, self.line()?),
            _ => return None,
        })
    }
}

fn either(bytes: &[u8]) -> Value<'_> {
    str::from_utf8(bytes).map_or(Value::Bytes(bytes), Value::Text)
}

/// A little-endian integer of any length; one that does not fit 64 bits is given as its bytes.
fn long(bytes: &[u8]) -> Value<'_> {
    let negative = bytes.last().is_some_and(|last| *last >= 128);
    let mut whole = if negative { [255; 8] } else { [0; 8] };
    match whole.get_mut(..bytes.len()) {
        Some(low) => low.copy_from_slice(bytes),
        None => return Value::Bytes(bytes),
    }
    Value::Int(i64::from_le_bytes(whole))
}

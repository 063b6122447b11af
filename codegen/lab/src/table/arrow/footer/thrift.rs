//! Thrift's compact protocol, as far as a footer needs it.

/// Kinds of fields and of elements of lists.
pub const BOOL: u8 = 1;
const FALSE: u8 = 2;
pub const BYTE: u8 = 3;
const I16: u8 = 4;
pub const I32: u8 = 5;
pub const I64: u8 = 6;
const DOUBLE: u8 = 7;
pub const BINARY: u8 = 8;
pub const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
pub const STRUCT: u8 = 12;
const UUID: u8 = 13;

/// Structures, lists and maps within each other.
const DEEPEST: usize = 64;

/// An error if a known field is of another kind; others are for later versions of the format.
pub fn expect(fields: &[(i16, u8)], kind: u8, id: i16) -> Result<(), String> {
    let kind = if kind == FALSE { BOOL } else { kind };
    match fields.iter().find(|(known, _)| *known == id) {
        Some((_, expected)) if *expected != kind => Err(format!(
            "field {id} of a footer: expected kind {expected}, found {kind}"
        )),
        _ => Ok(()),
    }
}

/// What is left of a footer.
pub struct Footer<'a> {
    bytes: &'a [u8],
}

impl<'a> Footer<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    fn byte(&mut self) -> Result<u8, String> {
        let (first, rest) = self.bytes.split_first().ok_or_else(ended)?;
        self.bytes = rest;
        Ok(*first)
    }

    fn pass(&mut self, count: usize) -> Result<(), String> {
        self.bytes = self.bytes.get(count..).ok_or_else(ended)?;
        Ok(())
    }

    fn varint(&mut self) -> Result<u64, String> {
        let mut number = 0;
        for place in 0..10 {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err("expected a number of 64 bits in a footer, found a longer one".into())
    }

    /// A signed number, of 32 bits as the reader takes it.
    pub fn integer(&mut self) -> Result<i32, String> {
        let number = self.varint()?;
        Ok(((number >> 1) as i64 ^ -((number & 1) as i64)) as i32)
    }

    /// A number of things, each of which has a byte or more.
    fn count(&mut self) -> Result<usize, String> {
        let count = self.varint()?;
        let fits = usize::try_from(count).ok();
        fits.filter(|count| *count <= self.bytes.len())
            .ok_or_else(|| {
                let left = self.bytes.len();
                format!(
                    "expected at most {left} things in the rest of a footer, found {count} declared"
                )
            })
    }

    /// Passes a text or bytes; how many they are.
    pub fn binary(&mut self) -> Result<usize, String> {
        let count = self.count()?;
        self.pass(count)?;
        Ok(count)
    }

    /// The kind and the number of the next field; `None` at the end of the structure.
    pub fn field(&mut self, last: i16) -> Result<Option<(u8, i16)>, String> {
        let head = self.byte()?;
        let (kind, step) = (head & 0xf, i16::from(head >> 4));
        if kind == 0 {
            return Ok(None);
        }
        let id = match step {
            0 => self.integer()? as i16,
            step => last.checked_add(step).ok_or("expected fewer fields")?,
        };
        Ok(Some((kind, id)))
    }

    /// The kind and the number of a list's elements.
    fn list(&mut self) -> Result<(u8, usize), String> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.count()?,
            few => few.into(),
        };
        // Some writers give no kind for an empty list.
        let kind = if head == 0 { BYTE } else { head & 0xf };
        Ok((kind, count))
    }

    /// The number of structures in a list of them.
    pub fn structs(&mut self) -> Result<usize, String> {
        match self.list()? {
            (STRUCT, count) => Ok(count),
            (kind, _) => Err(format!(
                "expected a list of structures in a footer, found kind {kind}"
            )),
        }
    }

    /// Passes the value of a field.
    pub fn skip(&mut self, kind: u8) -> Result<(), String> {
        match kind {
            BOOL | FALSE => Ok(()),
            _ => self.skip_within(kind, DEEPEST),
        }
    }

    fn skip_within(&mut self, kind: u8, depth: usize) -> Result<(), String> {
        let depth = depth.checked_sub(1);
        let depth = depth.ok_or("expected a footer of fewer structures within each other")?;
        match kind {
            BYTE => self.pass(1),
            I16 | I32 | I64 => self.varint().map(|_| ()),
            DOUBLE => self.pass(8),
            BINARY => self.binary().map(|_| ()),
            UUID => self.pass(16),
            LIST | SET => {
                let (kind, count) = self.list()?;
                (0..count).try_for_each(|_| self.skip_within(kind, depth))
            }
            MAP => {
                let count = self.count()?;
                let kinds = if count > 0 { self.byte()? } else { 0 };
                (0..count).try_for_each(|_| {
                    self.skip_within(kinds >> 4, depth)?;
                    self.skip_within(kinds & 0xf, depth)
                })
            }
            STRUCT => {
                while let Some((kind, _)) = self.field(0)? {
                    if kind != BOOL && kind != FALSE {
                        self.skip_within(kind, depth)?;
                    }
                }
                Ok(())
            }
            // Booleans in a list: the reader skips them without their bytes, however many are declared.
            _ => Err(format!("expected no list of kind {kind} in a footer")),
        }
    }
}

fn ended() -> String {
    "expected more of a footer, found its end".into()
}

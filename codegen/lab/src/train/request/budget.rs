//! How large a flow may be.

use nice_flow_codegen::Numeric;
use std::str::FromStr;

/// The most bytes for the trained numbers of one flow, in a number type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The bytes.
    pub bytes: usize,
    /// The type that they are counted in.
    pub numeric: Numeric,
}

/// The largest budget: 64 MiB.
const MOST: usize = 1 << 26;

/// The most trained numbers of a flow: as many as the largest budget holds in `f32`.
pub(super) const MOST_NUMBERS: usize = MOST / 4;

impl Budget {
    /// The bytes of as many numbers in `f32`.
    pub fn in_f32(self) -> usize {
        let more = Numeric::F32.parameter_bytes() / self.numeric.parameter_bytes();
        self.bytes.saturating_mul(more)
    }

    /// The bytes of so many numbers.
    pub(super) fn of(self, numbers: usize) -> usize {
        numbers * self.numeric.parameter_bytes()
    }
}

impl From<usize> for Budget {
    /// Bytes in `f32`.
    fn from(bytes: usize) -> Self {
        let numeric = Numeric::F32;
        Self { bytes, numeric }
    }
}

impl FromStr for Budget {
    type Err = String;

    /// Reads `8192`, which is in `f32`, or `2048:i8`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (bytes, numeric) = text.split_once(':').unwrap_or((text, "f32"));
        let found = Numeric::ALL.into_iter().find(|one| one.name() == numeric);
        let numeric = found.ok_or_else(|| {
            let names = Numeric::ALL.map(Numeric::name).join(", ");
            format!("expected one of {names}, found `{numeric}`")
        })?;
        let bytes = bytes.parse::<usize>();
        let bytes = bytes.map_err(|_| "expected BYTES or BYTES:TYPE, such as 2048:i8")?;
        match bytes > MOST {
            true => Err(format!(
                "expected at most {MOST} bytes, more than any board has for a model, found {bytes}"
            )),
            false => Ok(Self { bytes, numeric }),
        }
    }
}

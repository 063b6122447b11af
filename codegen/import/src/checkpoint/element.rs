//! Decodes the bytes of a tensor to numbers.

use std::fmt;

/// Type of one element, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it all
pub enum Element {
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,
    Bool,
}

impl Element {
    /// Whether numbers of this type have a fraction.
    pub(crate) fn is_float(self) -> bool {
        matches!(self, Self::F64 | Self::F32 | Self::F16 | Self::BF16)
    }

    /// Bytes of one element.
    pub(super) fn size(self) -> usize {
        match self {
            Self::F64 | Self::I64 | Self::U64 => 8,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F16 | Self::BF16 | Self::I16 | Self::U16 => 2,
            Self::I8 | Self::U8 | Self::Bool => 1,
        }
    }

    /// Decodes the numbers; trailing bytes that make no whole element are ignored.
    pub(super) fn decode(self, bytes: &[u8]) -> Vec<f64> {
        match self {
            Self::F64 => numbers(bytes, f64::from_le_bytes),
            Self::F32 => numbers(bytes, |b| f32::from_le_bytes(b).into()),
            Self::F16 => numbers(bytes, |b| half(u16::from_le_bytes(b))),
            Self::BF16 => numbers(bytes, |b| {
                f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16).into()
            }),
            Self::I64 => numbers(bytes, |b| i64::from_le_bytes(b) as f64),
            Self::I32 => numbers(bytes, |b| i32::from_le_bytes(b).into()),
            Self::I16 => numbers(bytes, |b| i16::from_le_bytes(b).into()),
            Self::I8 => numbers(bytes, |b| i8::from_le_bytes(b).into()),
            Self::U64 => numbers(bytes, |b| u64::from_le_bytes(b) as f64),
            Self::U32 => numbers(bytes, |b| u32::from_le_bytes(b).into()),
            Self::U16 => numbers(bytes, |b| u16::from_le_bytes(b).into()),
            Self::U8 => numbers(bytes, |[b]| b.into()),
            Self::Bool => numbers(bytes, |[b]| if b == 0 { 0.0 } else { 1.0 }),
        }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("{self:?}").to_lowercase())
    }
}

fn numbers<const N: usize>(bytes: &[u8], convert: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    let (elements, _) = bytes.as_chunks::<N>();
    elements.iter().map(|element| convert(*element)).collect()
}

/// IEEE 754 binary16.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let fraction = f64::from(bits & 0x3ff);
    let size = match bits >> 10 & 0x1f {
        0 => fraction * 2.0_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1024.0 + fraction) * 2.0_f64.powi(i32::from(exponent) - 25),
    };
    sign * size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_floats_have_their_textbook_values() {
        assert_eq!(half(0x3c00), 1.0);
        assert_eq!(half(0xc000), -2.0);
        assert_eq!(half(0x7bff), 65504.0);
        assert_eq!(half(0x3555), 0.333251953125);
        assert_eq!(half(0x0001), 2.0_f64.powi(-24));
        assert_eq!(half(0xfc00), f64::NEG_INFINITY);
        assert!(half(0x7e00).is_nan());
    }

    #[test]
    fn every_type_decodes_its_own_bytes() {
        assert_eq!(Element::F32.decode(&1.5_f32.to_le_bytes()), [1.5]);
        assert_eq!(Element::BF16.decode(&[0xc0, 0x3f]), [1.5]);
        assert_eq!(Element::I64.decode(&(-3_i64).to_le_bytes()), [-3.0]);
        assert_eq!(Element::U16.decode(&[1, 1]), [257.0]);
        assert_eq!(Element::I8.decode(&[255]), [-1.0]);
        assert_eq!(Element::Bool.decode(&[0, 1, 2]), [0.0, 1.0, 1.0]);
        assert_eq!(Element::F64.decode(&[0; 9]), [0.0]);
    }
}

//! Why a slot has no model.

use core::fmt;

/// Why a slot was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Refused {
    /// There is no blob, or one of another version of the header.
    Blank,
    /// The slot ends before the blob does.
    Length,
    /// The model is of another type than the firmware's, or takes other inputs: generate its module anew.
    Layout,
    /// Bytes have changed: an update was cut off, or the flash is worn.
    Checksum,
    /// The slot does not begin at an address that is a multiple of eight.
    Alignment,
    /// The bytes are no value of the type.
    Value,
    /// Whoever signed it is not the one who must.
    Signature,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blank => "expected a blob, found none",
            Self::Length => "expected a slot that holds the blob, found a shorter one",
            Self::Layout => "expected the layout and inputs of the firmware, found others",
            Self::Checksum => "expected another checksum: bytes have changed",
            Self::Alignment => "expected an address that is a multiple of 8",
            Self::Value => "expected values of the firmware's type, found others",
            Self::Signature => "expected another signature",
        })
    }
}

impl core::error::Error for Refused {}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::Refused;
    use std::string::ToString;

    #[test]
    fn a_reason_says_what_was_expected() {
        for (reason, word) in [
            (Refused::Blank, "blob"),
            (Refused::Length, "slot"),
            (Refused::Layout, "layout"),
            (Refused::Checksum, "checksum"),
            (Refused::Alignment, "multiple of 8"),
            (Refused::Value, "type"),
            (Refused::Signature, "signature"),
        ] {
            let text = reason.to_string();
            assert!(
                text.starts_with("expected") && text.contains(word),
                "{text}"
            );
        }
    }
}

//! The level that a channel's samples move about, and how it follows them.

use crate::Number;

/// A sample of a channel with a level `m` that follows it: `m += (x − m) / 2^step`.
///
/// For `f32` the level is `m` itself, and NaN before the first sample. For the counts `i16` and `i32` it is `m · 2¹⁶`
/// in 64 bits, rounded to the nearest, so that a level comes to rest at the mean of what it follows; what is above it is
/// rounded to whole counts.
pub trait Level: Number {
    /// The level of one channel.
    type State: Copy + core::fmt::Debug;
    /// What is above the level: `f32`, or `i32` for counts.
    type Value: Number;
    /// The level before the first sample.
    const START: Self::State;

    /// `x − m`.
    #[must_use]
    fn above(self, level: Self::State) -> Self::Value;

    /// The level after this sample: `x` if it is the `first`. A sample that is no finite number
    /// leaves the level as it is.
    #[must_use]
    fn followed(self, level: Self::State, step: u8, first: bool) -> Self::State;
}

impl Level for f32 {
    type State = f32;
    type Value = f32;
    const START: f32 = f32::NAN;

    #[inline]
    fn above(self, level: f32) -> f32 {
        // The first sample is at its level.
        let level = if level.is_nan() { self } else { level };
        self - level
    }

    #[inline]
    fn followed(self, level: f32, step: u8, _: bool) -> f32 {
        if level.is_nan() {
            return if self.is_finite() { self } else { level };
        }
        // 2^−step, from its bits: the product is exact, and no division is linked.
        let part = (self - level) * f32::from_bits((127 - u32::from(step)) << 23);
        if part.is_finite() {
            level + part
        } else {
            level
        }
    }
}

impl Level for i32 {
    type State = i64;
    type Value = i32;
    const START: i64 = 0;

    #[inline]
    fn above(self, level: i64) -> i32 {
        let above = i64::from(self) - rounded(level, FRACTION);
        above.min(i32::MAX.into()).max((-i32::MAX).into()) as i32
    }

    #[inline]
    fn followed(self, level: i64, step: u8, first: bool) -> i64 {
        let x = i64::from(self) << FRACTION;
        if first {
            x
        } else {
            level + rounded(x - level, step)
        }
    }
}

impl Level for i16 {
    type State = i64;
    type Value = i32;
    const START: i64 = 0;

    #[inline]
    fn above(self, level: i64) -> i32 {
        i32::from(self).above(level)
    }

    #[inline]
    fn followed(self, level: i64, step: u8, first: bool) -> i64 {
        i32::from(self).followed(level, step, first)
    }
}

/// Bits of a level of counts below the point.
const FRACTION: u8 = 16;

/// `x / 2^shift`, rounded to the nearest, halves up.
fn rounded(x: i64, shift: u8) -> i64 {
    (x + (1i64 << shift >> 1)) >> shift
}

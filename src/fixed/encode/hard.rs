//! One element of [`Standardise`](super::Standardise) by the processor's own floating point.

/// `(x − mean) · factor` towards zero, clamped to `±limit`; of a NaN `limit`.
#[inline]
pub fn element(x: f32, mean: f32, factor: f32, limit: i32) -> i32 {
    let t = (x - mean) * factor;
    // `as` saturates, but turns a NaN into zero, which is the mean: hence the last line.
    let u = (t as i32).max(limit.wrapping_neg()).min(limit);
    if t.is_nan() { limit } else { u }
}

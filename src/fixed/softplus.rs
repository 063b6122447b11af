//! `ln(1 + e⁻ᵈ)` from a table.

use super::limit::at_most;

/// Knots a nat, as a power of two.
const KNOTS: u32 = 4;
/// Steps between the knots, up to 11 nats; the function is taken as 0 from there, where it is 1.7e-5.
const STEPS: u32 = 11 << KNOTS;

/// `2¹⁶ ln(1 + e⁻ᵈ)` at `d = 0, 1/16, … 11`. Straight lines between points of the curve would lie above it; so each entry is
/// lowered by half of the largest distance between line and curve in the step after it.
#[rustfmt::skip]
pub(super) static TABLE: [u16; STEPS as usize + 1] = [
    45422, 43406, 41454, 39566, 37741, 35979, 34280, 32642, 31065, 29549, 28092, 26693, 25350, 24064, 22832, 21654,
    20527, 19450, 18422, 17442, 16508, 15617, 14770, 13964, 13197, 12469, 11778, 11121, 10498, 9908, 9349, 8819,
    8317, 7842, 7392, 6967, 6566, 6186, 5827, 5489, 5169, 4867, 4582, 4314, 4060, 3821, 3596, 3384,
    3183, 2995, 2817, 2650, 2493, 2344, 2204, 2073, 1949, 1833, 1723, 1620, 1523, 1432, 1346, 1265,
    1189, 1118, 1051, 987, 928, 872, 820, 770, 724, 680, 639, 601, 564, 530, 498, 468,
    440, 413, 388, 365, 343, 322, 303, 284, 267, 251, 236, 222, 208, 196, 184, 173,
    162, 152, 143, 135, 126, 119, 112, 105, 98, 92, 87, 82, 77, 72, 68, 64,
    60, 56, 53, 50, 47, 44, 41, 39, 36, 34, 32, 30, 28, 27, 25, 23,
    22, 21, 19, 18, 17, 16, 15, 14, 13, 13, 12, 11, 10, 10, 9, 9,
    8, 8, 7, 7, 6, 6, 6, 5, 5, 5, 4, 4, 4, 4, 3, 3,
    3, 3, 3, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1,
    1,
];

/// `ln(1 + e⁻ᵈ)`, argument and result in units of `2^-FRAC`; within 7.8e-5 nats at `FRAC = 16`, `tests/fixed_values.rs`.
#[inline]
pub(crate) fn softplus_of_minus<const FRAC: u32>(d: u32) -> i32 {
    let step = FRAC - KNOTS;
    let i = d >> step;
    // Past the table: the index is clamped, and more taken off the value than any entry, so that `max(0)` gives zero. No
    // branch depends on data.
    let last = if cfg!(any(core = "v6m", core = "rv32")) {
        at_most(i as i32, STEPS as i32 - 1) as usize
    } else {
        // No branch on the other cores, and the compiler sees that it is in range.
        i.min(STEPS - 1) as usize
    };
    let [from, to] = knots(last);
    let rest = (d & ((1 << step) - 1)) as i32;
    let beyond = ((STEPS - 1).wrapping_sub(i) as i32) >> 31;
    let value = (from + (((to - from) * rest) >> step)) >> (16 - FRAC);
    (value + (beyond << 16)).max(0)
}

/// Two entries of the table. `get`, since the compiler cannot see that `i` is in range, and would link a panic.
#[inline]
fn knots(i: usize) -> [i32; 2] {
    let two: Option<&[u16; 2]> = TABLE.get(i..).and_then(<[u16]>::first_chunk);
    two.map_or([0; 2], |two| two.map(i32::from))
}

#[cfg(test)]
mod tests {
    use super::softplus_of_minus;

    #[test]
    fn it_ends_at_eleven_nats() {
        assert_eq!(softplus_of_minus::<16>((11 << 16) - 1), 1);
        for d in [11 << 16, (11 << 16) + 1, 12 << 16, 13 << 16, u32::MAX] {
            assert_eq!(softplus_of_minus::<16>(d), 0, "{d}");
        }
    }
}

//! `log₂` of an integer, in Q16, from a table of 33 numbers.

/// Intervals between two powers of two.
const INTERVALS: usize = 32;

/// `round(2¹⁶ log₂(1 + i/32))`.
const TABLE: [u32; INTERVALS + 1] = table();

/// By repeated squaring: whenever the square passes 2, the next bit of the logarithm is one.
const fn table() -> [u32; INTERVALS + 1] {
    let mut table = [1 << 16; INTERVALS + 1];
    let mut i = 0;
    while i < INTERVALS {
        // In Q31.
        let mut m = (1 << 31) + ((i as u64) << 26);
        let (mut bits, mut bit) = (0u32, 0);
        while bit < 17 {
            m = (m * m) >> 31;
            bits <<= 1;
            if m >> 32 > 0 {
                bits |= 1;
                m >>= 1;
            }
            bit += 1;
        }
        table[i] = (bits + 1) >> 1;
        i += 1;
    }
    table
}

/// `log₂ v` in Q16, of zero that of one; between the powers of two linear in 32 parts, which is within 1.9e-4.
#[inline(never)]
pub const fn log2(v: u64) -> i32 {
    let v = if v == 0 { 1 } else { v };
    let zeros = v.leading_zeros();
    // After the leading one, 5 bits choose the interval and 16 the place in it.
    let mantissa = ((v << zeros) >> 32) as u32;
    let (interval, place) = ((mantissa >> 26 & 31) as usize, mantissa >> 10 & 0xffff);
    let (low, high) = (TABLE[interval], TABLE[interval + 1]);
    (((63 - zeros) << 16) + low + (((high - low) * place) >> 16)) as i32
}

#[cfg(test)]
mod tests {
    use super::{log2, table};
    extern crate std;

    #[test]
    fn the_table_has_the_nearest_numbers() {
        for (i, found) in table().into_iter().enumerate() {
            let exact = 65_536.0 * (1.0 + i as f64 / 32.0).log2();
            assert_eq!(f64::from(found), exact.round(), "{i}");
        }
    }

    #[test]
    fn logarithms_are_within_two_ten_thousandths() {
        let near_powers = (0..64).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1 << bit) + 1]);
        let spread = (1..200_000_u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (i % 61));
        let mut worst = 0f64;
        for v in (1..100_000)
            .chain(near_powers)
            .chain(spread)
            .filter(|v| *v > 0)
        {
            worst = worst.max((f64::from(log2(v)) / 65_536.0 - (v as f64).log2()).abs());
        }
        assert!(worst < 1.9e-4, "{worst}");
        assert_eq!(
            [log2(0), log2(1), log2(2), log2(1 << 63)],
            [0, 0, 1 << 16, 63 << 16]
        );
    }

    #[test]
    fn logarithms_never_fall() {
        for v in (1..1_000_000).chain((1 << 40) - 1_000..(1 << 40) + 1_000) {
            assert!(log2(v) <= log2(v + 1), "{v}");
        }
    }
}

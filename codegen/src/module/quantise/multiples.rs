//! Sums of multiples of rows: what quantising wide layers spends its time on.

use pulp::Arch;

/// Rows that are added at once: a sum is then read and written once for them.
const AT_ONCE: usize = 4;

/// Adds `factors[k] · rows[k]` to `sums`. Each sum adds its terms one by one, in the order of the rows.
///
/// With the widest registers there are, which change no bit: the terms of a sum are not reordered or fused.
pub(super) fn add_multiples<'a>(
    sums: &mut [f64],
    factors: &[f64],
    rows: impl Iterator<Item = &'a [f64]>,
) {
    Arch::new().dispatch(
        #[inline(always)]
        || add(sums, factors, rows),
    );
}

/// Plain loops, since they are also fast without optimisation, as in build scripts.
#[inline(always)]
fn add<'a>(sums: &mut [f64], factors: &[f64], mut rows: impl Iterator<Item = &'a [f64]>) {
    let n = sums.len();
    let (four, rest) = factors.as_chunks::<AT_ONCE>();
    for [a, b, c, d] in four {
        let rows: [&[f64]; AT_ONCE] = std::array::from_fn(|_| &rows.next().unwrap_or(&[])[..n]);
        let [x, y, z, w] = rows;
        for i in 0..n {
            sums[i] = sums[i] + a * x[i] + b * y[i] + c * z[i] + d * w[i];
        }
    }
    for (factor, row) in rest.iter().zip(rows) {
        for (sum, x) in sums.iter_mut().zip(row) {
            *sum += factor * x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_added_in_their_order() {
        let rows: Vec<Vec<f64>> = (0..11)
            .map(|k| (0..5).map(|i| 1e16 / f64::from(1 + k * 5 + i)).collect())
            .collect();
        for count in 0..=11 {
            let factors: Vec<f64> = (0..count).map(|k| f64::from(k) - 4.3).collect();
            let mut sums = [0.1, 0.2, 0.3, 0.4, 0.5];
            let mut expected = sums;
            add_multiples(&mut sums, &factors, rows.iter().map(|row| &row[..]));
            for (factor, row) in factors.iter().zip(&rows) {
                for i in 0..5 {
                    expected[i] += factor * row[i];
                }
            }
            assert_eq!(sums, expected);
        }
    }
}

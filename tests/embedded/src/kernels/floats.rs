//! Sums of floating point, against their definition: the portable kernel is compared with it on the host.

use super::numbers::{Aligned, GUARD, MARGIN, Numbers};
use nice_flow::host::float::{affine, hidden};

/// Up to so many rows and columns: panels of one to four, eight and sixteen rows, half of them with a ReLU.
const ROWS: usize = 37;
const COLUMNS: usize = 9;

/// The next of a sequence.
type Next = fn(&mut Numbers) -> f32;

/// What weights and biases are, and what they are multiplied with. Vectors leave a layer with a subnormal number to scalars.
const KINDS: [(Next, Next); 3] = [
    (Numbers::real, Numbers::real),
    (Numbers::ordinary, Numbers::ordinary),
    (Numbers::tiny, Numbers::ordinary),
];

/// Comparisons, and how many of them failed.
pub fn wrong() -> (usize, usize) {
    let (mut all, mut wrong) = (0, 0);
    let mut numbers = Numbers(2);
    for rows in 0..=ROWS {
        for columns in 0..=COLUMNS {
            for (place, kind) in (0..4).flat_map(|place| KINDS.map(|kind| (place, kind))) {
                all += 1;
                let is_equal = is_equal(&mut numbers, kind, (rows, columns), place);
                wrong += usize::from(!is_equal);
            }
        }
    }
    (all, wrong)
}

fn is_equal(
    numbers: &mut Numbers,
    (next, factor): (Next, Next),
    (rows, columns): (usize, usize),
    place: usize,
) -> bool {
    let mut weight = Aligned([0.0; ROWS * COLUMNS + 2 * MARGIN]);
    let mut bias = Aligned([0.0; ROWS + 2 * MARGIN]);
    let mut x = Aligned([0.0; COLUMNS + 2 * MARGIN]);
    let weight = weight.part(place, rows * columns);
    weight.fill_with(|| next(numbers));
    let bias = bias.part(place + 1, rows);
    bias.fill_with(|| next(numbers));
    let x = x.part(3 * place, columns);
    x.fill_with(|| factor(numbers));

    let guard = f32::from_bits(GUARD);
    let [mut found, mut expected] = [(); 2].map(|()| Aligned([guard; ROWS + 2 * MARGIN]));
    let rectified = place % 2 == 1;
    let kernel = if rectified { hidden } else { affine };
    kernel(weight, bias, x, found.part(place + 2, rows));
    for (r, y) in expected.part(place + 2, rows).iter_mut().enumerate() {
        let products = x.iter().zip(weight.iter().skip(r).step_by(rows));
        let sum = |sum: f32, (x, weight): (&f32, &f32)| sum + weight * x;
        *y = products.fold(bias.get(r).copied().unwrap_or(guard), sum);
        if rectified && *y < 0.0 {
            *y = 0.0;
        }
    }
    // Which NaN it is depends on the instruction.
    let is_same = |(a, b): (&f32, &f32)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan();
    found.0.iter().zip(&expected.0).all(is_same)
}

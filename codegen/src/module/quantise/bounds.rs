//! Proof that no state wraps, whatever the input.

use super::Format;

/// For each element of the state, a bound of its magnitude.
pub(super) struct Bounds(Vec<i64>);

/// The state must stay this far below 2³¹.
const MARGIN: i64 = 1 << 24;

impl Bounds {
    /// The bounds behind the encoder.
    pub fn new(dim: usize, format: Format) -> Self {
        Self(vec![i64::from(format.range) << format.fraction; dim])
    }

    pub fn permute(&mut self, order: &[usize]) {
        self.0 = order.iter().map(|&from| self.0[from]).collect();
    }

    /// Adds the bounds of a shift to the elements from `first` on.
    pub fn shift(&mut self, first: usize, by: &[i64]) -> Result<(), String> {
        let changed = self.0.iter_mut().skip(first);
        changed.zip(by).for_each(|(bound, by)| *bound += by);
        self.check()
    }

    /// Adds the bound of the lifting step `Σ coefficient · element >> shift` to element `i`.
    pub fn lift(&mut self, i: usize, coefficients: &[i32], shift: u32) -> Result<(), String> {
        let reach = |(c, bound): (&i32, &i64)| i128::from(c.unsigned_abs()) * i128::from(*bound);
        let sum: i128 = coefficients.iter().zip(&self.0).map(reach).sum();
        if sum >= 1 << 62 {
            return Err(
                "a row of the triangle can overflow 64 bits: its matrix is ill-conditioned".into(),
            );
        }
        // Rounded up, plus one for the rounding of the shift itself.
        self.0[i] += ((sum + (1 << shift) - 1) >> shift) as i64 + 1;
        self.check()
    }

    fn check(&self) -> Result<(), String> {
        match self.0.iter().max() {
            Some(&far) if far >= (1 << 31) - MARGIN => Err(format!(
                "the state could reach {far}, expected less than 2³¹ − 2²⁴: this layer or one before it is ill-conditioned"
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::every::vectors;
    use super::*;
    use crate::numeric::Weights;
    use nice_flow::fixed::{Fixed, Side};
    use nice_flow::host::fixed::multiply;

    /// The first distance from zero that is refused.
    const REFUSED: i64 = (1 << 31) - (1 << 24);

    /// Every state within the bounds.
    fn states(bounds: &[i64]) -> Vec<Vec<i64>> {
        let within: Vec<Vec<i64>> = bounds.iter().map(|far| (-far..=*far).collect()).collect();
        vectors(&within)
    }

    /// How far each element is from zero in that state in which it is farthest.
    fn farthest(states: impl Iterator<Item = Vec<i64>>) -> Vec<i64> {
        let farther = |far: Vec<i64>, state: Vec<i64>| {
            let pairs = far.iter().zip(&state);
            pairs.map(|(far, u)| *far.max(&u.abs())).collect()
        };
        let mut states = states.peekable();
        let zeros = vec![0; states.peek().map_or(0, Vec::len)];
        states.fold(zeros, farther)
    }

    /// What the board makes of a state.
    fn multiplied(side: Side, rows: &[i32], shift: u32, state: &[i64]) -> Vec<i64> {
        let bits = state.iter().map(|u| Fixed::from_bits(*u as i32));
        let mut x: Vec<Fixed<16>> = bits.collect();
        multiply(side, rows, shift, &mut x);
        x.iter().map(|x| i64::from(x.to_bits())).collect()
    }

    #[test]
    fn the_first_bounds_are_the_limit_of_the_encoder() {
        let format = Format {
            weights: Weights::I8,
            fraction: 14,
            range: 64,
        };
        assert_eq!(Bounds::new(2, format).0, [64 << 14; 2]);
    }

    #[test]
    fn bounds_follow_their_elements() {
        let mut bounds = Bounds(vec![1, 2, 4]);
        bounds.permute(&[2, 0, 1]);
        assert_eq!(bounds.0, [4, 1, 2]);
    }

    #[test]
    fn a_shifted_element_reaches_its_bound_and_none_passes_it() {
        let mut bounds = Bounds(vec![1, 2, 3]);
        let (before, by) = (states(&bounds.0), states(&[2, 5]));
        bounds.shift(1, &[2, 5]).unwrap();
        let shifted = before.iter().flat_map(|u| {
            let by = by.iter();
            by.map(|by| vec![u[0], u[1] + by[0], u[2] + by[1]])
        });
        assert_eq!(farthest(shifted), [1, 4, 8]);
        assert_eq!(bounds.0, [1, 4, 8]);
    }

    /// The sum rounded up, and one. A half goes up on the board, and less than half goes down, so nothing uses up the one.
    #[test]
    fn a_lifted_element_keeps_one_step_from_its_bound() {
        for (coefficient, shift) in (-9..=9).flat_map(|c| [(c, 1), (c, 2), (c, 3)]) {
            for other in 0..=4 {
                let mut bounds = Bounds(vec![2, other]);
                let rows = [0, coefficient, 0, 0];
                let lifted = states(&bounds.0);
                let lifted = lifted
                    .iter()
                    .map(|u| multiplied(Side::Upper, &rows, shift, u));
                let far = farthest(lifted);
                bounds.lift(0, &rows[..2], shift).unwrap();
                let sum = i64::from(coefficient.abs()) * other;
                let (whole, rest) = (sum >> shift, sum % (1 << shift));
                let half = 1 << (shift - 1);
                let case = format!("{coefficient} · {other} >> {shift}");
                assert_eq!(far, [2 + whole + i64::from(rest >= half), other], "{case}");
                let bound = 2 + whole + i64::from(rest > 0) + 1;
                assert_eq!(bounds.0, [bound, other], "{case}");
            }
        }
    }

    #[test]
    fn rows_lifted_in_turn_stay_within_their_bounds() {
        let first = [3, 2, 4];
        for (side, rows, order) in [
            (Side::Upper, [0, 5, -3, 0, 0, 7, 0, 0, 0], [0, 1, 2]),
            (Side::Lower, [0, 0, 0, -6, 0, 0, 5, 3, 0], [2, 1, 0]),
        ] {
            let mut bounds = Bounds(first.to_vec());
            for i in order {
                bounds.lift(i, &rows[3 * i..3 * i + 3], 2).unwrap();
            }
            let lifted = states(&first);
            let far = farthest(lifted.iter().map(|u| multiplied(side, &rows, 2, u)));
            for (far, bound) in far.iter().zip(&bounds.0) {
                // The one, and another where less than half was rounded up.
                assert!((1..=2).contains(&(bound - far)), "{far} {bound}");
            }
        }
    }

    #[test]
    fn the_farthest_state_is_accepted_and_the_next_is_refused() {
        let shifted = |by: i64| Bounds(vec![7, 3]).shift(1, &[by]);
        assert!(shifted(REFUSED - 1 - 3).is_ok());
        let message = shifted(REFUSED - 3).unwrap_err();
        assert!(message.contains(&format!("could reach {REFUSED}")));
        // 2 · other / 2, and one.
        let lifted = |other: i64| Bounds(vec![3, other]).lift(0, &[0, 2], 1);
        assert!(lifted(REFUSED - 1 - 4).is_ok());
        assert!(lifted(REFUSED - 4).is_err());
    }

    #[test]
    fn a_sum_of_62_bits_is_accepted_and_one_more_is_refused() {
        let lifted = |other: i64| {
            let mut bounds = Bounds(vec![0, 1 << 30, other, 1]);
            let row = [0, i32::MIN, i32::MIN, i32::MAX];
            bounds.lift(0, &row, 62).map(|()| bounds.0[0])
        };
        // 2⁶² − 1: rounded up, and one.
        assert_eq!(lifted((1 << 30) - 1), Ok(2));
        assert!(lifted(1 << 30).unwrap_err().contains("64 bits"));
        let just = Bounds(vec![0, 1 << 30, 1 << 30]).lift(0, &[0, i32::MIN, i32::MIN], 62);
        assert!(just.is_err());
    }
}

//! What a package is made of, wherever its parts lie.

use crate::{Debounce, Density, Golden, Number, PValues, Spread};

/// A model and all that belongs to it: of a blob, or the module's own, `FACTORY`.
///
/// `T` is the number that the model takes, `N` the one that counts its nats. `Q` usual values of each input, `K` knots of
/// the p-values, `G` golden rows and `S` spreads are there, each none if the module was generated without: where it was asked for a
/// commissioning, `let [spread] = contents.spread;` is the model's own.
#[derive(Debug)]
pub struct Contents<
    M: 'static,
    T: 'static,
    N: 'static,
    const D: usize,
    const Q: usize,
    const K: usize,
    const G: usize,
    const S: usize,
> {
    /// The model.
    pub model: &'static M,
    /// Scores above it are anomalies.
    pub threshold: N,
    /// How many anomalous verdicts are an alarm.
    pub debounce: Debounce,
    /// Usual values of each input, for [`Repair`](crate::Repair).
    pub usual: &'static [[T; Q]; D],
    /// How rare scores are, for [`Drift`](crate::Drift).
    pub p_values: &'static PValues<N, K>,
    /// Rows whose scores are known.
    pub golden: &'static [Golden<T, N, D>; G],
    /// Mean and deviation of each input over normal rows, for [`Commission`](crate::Commission).
    pub spread: &'static [Spread<D>; S],
}

impl<M, T, N, const D: usize, const Q: usize, const K: usize, const G: usize, const S: usize>
    Contents<M, T, N, D, Q, K, G, S>
where
    T: Number,
    N: Number,
    M: Density<T, D, Nats = N>,
{
    /// Whether this board computes what the host did; nothing is tested without a golden row.
    #[must_use]
    pub fn self_test(&self) -> bool {
        self.golden.iter().all(|golden| golden.holds(self.model))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::float::Normal;

    static GOLDEN: [Golden<f32, f32, 1>; 2] =
        [Golden::new([0.0], 0.918_938_5), Golden::new([1.0], 5.0)];

    /// Two rows, of which the second has another score.
    fn holds(golden: &'static [Golden<f32, f32, 1>; 1]) -> bool {
        let contents = Contents::<_, f32, f32, 1, 0, 0, 1, 0> {
            model: &Normal,
            threshold: 9.0,
            debounce: Debounce::new(1, 1),
            usual: &[[]],
            p_values: const { &PValues::new([], 0) },
            golden,
            spread: &[],
        };
        contents.self_test()
    }

    #[test]
    fn a_board_that_computes_other_scores_fails_its_test() {
        let [right, wrong] = GOLDEN.each_ref().map(core::array::from_ref);
        assert!(holds(right));
        assert!(!holds(wrong));
    }
}

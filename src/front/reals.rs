//! The vectors of a front end as `f32`.

use crate::Collect;
use nalgebra::SVector;

/// What the front end within gives in Q16, as `f32` for models of those: divided by 65536.
///
/// Levels of [`Bands`](super::Bands) come out exactly; what has more than 24 bits is rounded to them.
///
/// ```
/// use nice_flow::{Density, Detector, float::Normal, front::{Bands, Reals}};
///
/// let mut detector = Detector::<_, f32, 1, 8, _>::with(Reals(Bands::<1, 0, 8>::new(16)), &Normal, 50.0);
/// let verdict = (0..16).filter_map(|_| detector.push([7])).last().unwrap();
/// // In so short a window silence is a quarter of a square count in every band: of 2⁻² the logarithm is −2.
/// let expected = Normal.score(&[-2.0; 8]);
/// assert_eq!(verdict.score, expected);
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Reals<C>(pub C);

impl<const CH: usize, const D: usize, C: Collect<CH, D, Value = i32>> Collect<CH, D> for Reals<C> {
    type Raw = C::Raw;
    type Value = f32;

    #[inline]
    fn push(&mut self, sample: [C::Raw; CH]) -> Option<SVector<f32, D>> {
        let x = self.0.push(sample)?;
        Some(x.map(|x| x as f32 * (1.0 / 65_536.0)))
    }

    #[inline]
    fn learn(&mut self, anomalous: bool) {
        self.0.learn(anomalous);
    }

    #[inline]
    fn clear(&mut self) {
        self.0.clear();
    }
}

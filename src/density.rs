//! Log-densities: priors, and flows themselves.

use crate::misfit::Misfit;
use crate::{Number, Vector};
use nalgebra::SVector;

/// A probability density over `D` numbers: `x ↦ ln p(x)`, in nats.
///
/// A [`Flow`](crate::Flow) is one over measurements, made of one over latent vectors, its prior, such as
/// [`Normal`](crate::float::Normal). An [`Ensemble`](crate::Ensemble) of densities is one too. A nat is a unit of
/// logarithm: a row that scores one nat higher than another is `e` times less likely.
///
/// A [`Detector`](crate::Detector) takes any density, also one that you write. For integers, let it return no less
/// than [`Number::LOWEST`]: a score is the negative, and `i32::MIN` has none.
///
/// ```
/// use nice_flow::{Density, Vector, nalgebra::SVector};
///
/// /// `p(x) = e⁻ˣ` for one number above zero.
/// struct Exponential;
///
/// impl Density<f32, 1> for Exponential {
///     type Nats = f32;
///
///     fn log_density(&self, x: &SVector<f32, 1>) -> f32 {
///         if x[0] < 0.0 { f32::NEG_INFINITY } else { -x[0] }
///     }
/// }
/// assert_eq!(Exponential.score(&[3.5]), 3.5);
/// ```
pub trait Density<T, const D: usize> {
    /// The number that holds a log-density: `f32` for flows of `f32`, [`Fixed`](crate::fixed::Fixed) for flows of integers,
    /// whose `T` may be the `i16` of an ADC.
    type Nats: Number;

    /// Why the sizes of the parts do not fit, if so.
    #[doc(hidden)]
    const MISFIT: Misfit = None;

    /// Makes `far` say how far out each input is: by [`Number::magnitude`], in a measure that only ranks inputs. None is farther out
    /// than one that alone makes the score the largest there is.
    #[doc(hidden)]
    fn distances(&self, x: &SVector<T, D>, far: &mut SVector<Self::Nats, D>)
    where
        T: Number,
    {
        for (far, x) in far.as_mut_slice().iter_mut().zip(x.as_slice()) {
            *far = Self::Nats::of_word(x.size() as u32);
        }
    }

    /// `ln p(x)` in nats.
    ///
    /// ```
    /// use nice_flow::{Density, float::Normal, nalgebra::vector};
    ///
    /// // ½ ln 2π for each of two numbers.
    /// assert_eq!(Normal.log_density(&vector![0.0, 0.0]), -1.837877);
    /// ```
    #[must_use]
    fn log_density(&self, x: &SVector<T, D>) -> Self::Nats;

    /// The anomaly score `−ln p(x)` in nats, of an array or a vector: the larger, the less likely.
    ///
    /// ```
    /// use nice_flow::{Density, float::Normal};
    ///
    /// assert!(Normal.score(&[0.0, 4.0]) > Normal.score(&[0.0, 1.0]));
    /// ```
    #[inline]
    #[must_use]
    fn score(&self, x: &impl Vector<T, D>) -> Self::Nats {
        -x.read(|x| self.log_density(x))
    }
}

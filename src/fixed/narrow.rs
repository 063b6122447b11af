//! Between the state of a flow and the layers of a conditioner.

#[cfg(core = "v6m")]
use super::kernel;
use super::{Fixed, Narrowing, Quad};
use crate::Conditioner;
use crate::misfit::{Misfit, refuse, unless};
use nalgebra::SVector;

/// A conditioner of activations, for a coupling of states: `IN` elements are narrowed to activations, `OUT` numbers come
/// back, in bits of the state.
///
/// The conditioner takes `⌈IN / 4⌉` [`Quad`]s and returns `⌈OUT / 4⌉` times four numbers, checked in [`new`](Self::new).
///
/// ```
/// use nice_flow::{Conditioner, fixed::{Dense, Fixed, I8, Linear, Narrow, Narrowing}, nalgebra::SVector};
///
/// let one: Linear<I8, 1, 1> = Linear::new(Dense::new([[[0; 4]]], [[256; 4]]), [[8; 4]]);
/// let narrow = Narrow::<3, 2, _>::new(Narrowing::linear(4, 16_383), one);
/// let shifts: SVector<Fixed, 2> = narrow.eval(&SVector::from([Fixed::from_bits(0); 3]));
/// assert_eq!(shifts, SVector::from([Fixed::from_bits(1); 2]));
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Narrow<const IN: usize, const OUT: usize, C, const FRAC: u32 = 16> {
    conditioner: C,
    narrowing: Narrowing,
}

impl<C, const IN: usize, const OUT: usize, const FRAC: u32, const G: usize, const P: usize>
    Narrow<IN, OUT, C, FRAC>
where
    C: Conditioner<Input = [Quad; G], Output = [[i32; 4]; P]>,
{
    const MISFIT: Misfit = unless(
        G == IN.div_ceil(4) && P == OUT.div_ceil(4),
        "the conditioner's quads must span input and output",
    );

    /// `conditioner(narrowing(u))`.
    ///
    /// ```compile_fail,E0080
    /// # use nice_flow::fixed::{Dense, I8, Linear, Narrow, Narrowing};
    /// // Five elements are two quads, not one.
    /// static M: Narrow<5, 4, Linear<I8, 1, 1>> = Narrow::new(
    ///     Narrowing::linear(4, 16_383),
    ///     Linear::new(Dense::new([[[0; 4]]], [[0; 4]]), [[8; 4]]),
    /// );
    /// ```
    pub const fn new(narrowing: Narrowing, conditioner: C) -> Self {
        refuse(Self::MISFIT);
        Self {
            conditioner,
            narrowing,
        }
    }
}

impl<C, const IN: usize, const OUT: usize, const FRAC: u32, const G: usize, const P: usize>
    Conditioner for Narrow<IN, OUT, C, FRAC>
where
    C: Conditioner<Input = [Quad; G], Output = [[i32; 4]; P]>,
{
    type Input = SVector<Fixed<FRAC>, IN>;
    type Output = SVector<Fixed<FRAC>, OUT>;

    #[cfg(core = "v6m")]
    #[inline]
    fn add_to(&self, u: &Self::Input, y: &mut Self::Output) -> bool {
        let Self {
            conditioner,
            narrowing,
        } = self;
        conditioner.add_narrowed(narrowing, u, y)
    }

    #[inline]
    fn eval(&self, u: &Self::Input) -> Self::Output {
        const { refuse(Self::MISFIT) };
        #[cfg(core = "v6m")]
        {
            let mut shift = SVector::from([Fixed::from_bits(0); OUT]);
            if self.add_to(u, &mut shift) {
                return shift;
            }
        }
        let mut x = [Quad::ZERO; G];
        // In larger networks assembly would take more stack: the state beside the vector that it is part of.
        let in_assembly = cfg!(core = "v6m") && G == 1;
        #[cfg(core = "v6m")]
        if in_assembly {
            let Narrowing {
                shift,
                limit,
                slope,
            } = self.narrowing;
            x = [kernel::narrow(u.as_slice(), shift, limit, slope); G];
        }
        if !in_assembly {
            for (i, x) in x.iter_mut().enumerate() {
                let mut quad = [0; 4];
                for (quad, u) in quad
                    .iter_mut()
                    .zip(u.as_slice().iter().skip(i.wrapping_mul(4)))
                {
                    *quad = self.narrowing.apply(u.to_bits());
                }
                *x = Quad::of(quad);
            }
        }
        let y = self.conditioner.eval(&x);
        let mut shift = SVector::from([Fixed::from_bits(0); OUT]);
        for (shift, y) in shift.as_mut_slice().iter_mut().zip(y.as_flattened()) {
            *shift = Fixed::from_bits(*y);
        }
        shift
    }
}

/// `max(0, conditioner(u))`: for networks with a ReLU after their last layer too.
///
/// ```
/// use nice_flow::{Conditioner, fixed::{Dense, Fixed, I8, Linear, Narrow, Narrowing, Rectified}, nalgebra::SVector};
///
/// let one: Linear<I8, 1, 1> = Linear::new(Dense::new([[[0; 4]]], [[-512, 512, 0, 0]]), [[8; 4]]);
/// let rectified = Rectified(Narrow::<2, 2, _>::new(Narrowing::linear(4, 16_383), one));
/// let shifts: SVector<Fixed, 2> = rectified.eval(&SVector::from([Fixed::from_bits(0); 2]));
/// assert_eq!(shifts, SVector::from([0, 2].map(Fixed::from_bits)));
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(transparent)]
pub struct Rectified<C>(pub C);

impl<C, const FRAC: u32, const OUT: usize> Conditioner for Rectified<C>
where
    C: Conditioner<Output = SVector<Fixed<FRAC>, OUT>>,
{
    type Input = C::Input;
    type Output = C::Output;

    fn eval(&self, u: &Self::Input) -> Self::Output {
        let mut shift = self.0.eval(u);
        for shift in shift.as_mut_slice() {
            *shift = Fixed::from_bits(shift.to_bits().max(0));
        }
        shift
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixed::{I8, Linear};

    /// A conditioner of two quads in and one out.
    type Wide<const IN: usize, const OUT: usize> = Narrow<IN, OUT, Linear<I8, 2, 1>>;

    #[test]
    fn both_the_input_and_the_output_must_be_what_the_quads_span() {
        assert_eq!(Wide::<5, 1>::MISFIT, None);
        assert_eq!(Wide::<8, 4>::MISFIT, None);
        // Of one side only, too.
        let misfits = [
            Wide::<4, 4>::MISFIT,
            Wide::<9, 4>::MISFIT,
            Wide::<8, 5>::MISFIT,
            Wide::<8, 0>::MISFIT,
            Wide::<4, 5>::MISFIT,
        ];
        assert!(misfits.iter().all(Option::is_some), "{misfits:?}");
    }
}

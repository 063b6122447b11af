//! Between the state of a flow and the layers of a conditioner.

use super::kernel::pack;
use super::limit::at_most;
use super::{Fixed, Quad};
use crate::Conditioner;
use nalgebra::SVector;

/// A number of 32 bits to an activation: `v = clamp(⌊u / 2^shift + ½⌋, -limit, limit)`, then `v` if it is
/// positive, else `(v · slope + 2¹⁴) >> 15`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Narrowing {
    shift: u32,
    limit: i32,
    slope: i32,
}

impl Narrowing {
    /// `v` itself, whatever its sign.
    ///
    /// # Panics
    ///
    /// If `shift` is not in `1..=31`, or `limit` negative.
    pub const fn linear(shift: u32, limit: i16) -> Self {
        Self::leaky_relu(shift, limit, 32_768)
    }

    /// `max(0, v)`.
    ///
    /// # Panics
    ///
    /// As [`linear`](Self::linear).
    pub const fn relu(shift: u32, limit: i16) -> Self {
        Self::leaky_relu(shift, limit, 0)
    }

    /// `slope` is that of the negative side, times 2¹⁵.
    ///
    /// # Panics
    ///
    /// As [`linear`](Self::linear), and if `slope` is not in `0..=32768`.
    pub const fn leaky_relu(shift: u32, limit: i16, slope: i32) -> Self {
        assert!(1 <= shift && shift <= 31, "a shift of 1 to 31");
        assert!(limit >= 0, "a limit of either sign");
        assert!(0 <= slope && slope <= 32_768, "a slope up to one, in Q15");
        Self {
            shift,
            limit: limit as i32,
            slope,
        }
    }

    #[inline]
    fn apply(self, u: i32) -> i32 {
        // Not `(u + half) >> shift`, which overflows near the ends of the state.
        let half = u.wrapping_shr(self.shift - 1) & 1;
        let v = u.wrapping_shr(self.shift) + half;
        let positive = at_most(v.max(0), self.limit);
        let negative = at_most((-v).max(0), self.limit);
        positive + (((1 << 14) - negative * self.slope) >> 15)
    }
}

/// `x = narrowing(u)`, as far as both go.
#[inline(never)]
pub fn narrow(narrowing: Narrowing, u: &[[i32; 4]], x: &mut [Quad]) {
    for (u, x) in u.iter().zip(x) {
        *x = pack(u.map(|u| narrowing.apply(u)));
    }
}

/// `IN` elements of the state to activations, a conditioner, its first `OUT` numbers back to the state.
///
/// The conditioner takes `⌈IN / 4⌉` quads of activations and returns `⌈OUT / 4⌉` times four numbers, checked when
/// the program is built:
///
/// ```
/// # use nice_flow::{*, fixed::{Dense, I8, Fixed, Narrow, Narrowing, Output}}; use nalgebra::SVector;
/// let one: Output<I8, 1, 1> = Output::new(Dense::new([[[0; 4]]], [[0; 4]]), [[8; 4]]);
/// let narrow = Narrow::<3, 4, _>::new(Narrowing::linear(4, 16_383), one);
/// narrow.eval(&SVector::from([Fixed::from_bits(0); 3]));
/// ```
///
/// ```compile_fail,E0080
/// # use nice_flow::{*, fixed::{Dense, I8, Fixed, Narrow, Narrowing, Output}}; use nalgebra::SVector;
/// let one: Output<I8, 1, 1> = Output::new(Dense::new([[[0; 4]]], [[0; 4]]), [[8; 4]]);
/// let narrow = Narrow::<5, 4, _>::new(Narrowing::linear(4, 16_383), one);
/// narrow.eval(&SVector::from([Fixed::from_bits(0); 5]));
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Narrow<const IN: usize, const OUT: usize, C, const FRAC: u32 = 16> {
    conditioner: C,
    narrowing: Narrowing,
}

impl<const IN: usize, const OUT: usize, C, const FRAC: u32> Narrow<IN, OUT, C, FRAC> {
    /// `conditioner(narrowing(u))`.
    pub const fn new(narrowing: Narrowing, conditioner: C) -> Self {
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

    #[inline]
    fn eval(&self, u: &Self::Input) -> Self::Output {
        const {
            assert!(
                G == IN.div_ceil(4) && P == OUT.div_ceil(4),
                "the conditioner's quads must span input and output"
            )
        };
        let mut x = [[0; 2]; G];
        for (i, x) in x.iter_mut().enumerate() {
            let mut quad = [0; 4];
            for (quad, u) in quad
                .iter_mut()
                .zip(u.as_slice().iter().skip(i.wrapping_mul(4)))
            {
                *quad = self.narrowing.apply(u.to_bits());
            }
            *x = pack(quad);
        }
        let y = self.conditioner.eval(&x);
        let mut shift = SVector::from([Fixed::from_bits(0); OUT]);
        for (shift, y) in shift.as_mut_slice().iter_mut().zip(y.as_flattened()) {
            *shift = Fixed::from_bits(*y);
        }
        shift
    }
}

/// A conditioner that never lowers: `max(0, conditioner(u))`, for networks with a ReLU after their last layer.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
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

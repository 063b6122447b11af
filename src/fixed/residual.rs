//! Residual networks, in the form nflows trains.

mod gated;
mod joined;

pub use gated::{Gated, gated};
pub use joined::Joined;

use super::curve::bend_narrowed;
use super::narrowing::{Narrowing, narrow};
use super::{Curve, Function, Hidden, Linear, Quad, Smooth, Storage, kernel};
use crate::Conditioner;

mod sealed {
    pub trait Sealed {}
    impl<S: super::Storage, const H: usize> Sealed for super::Branch<S, H> {}
    impl<S: super::Storage, const H: usize, F> Sealed for super::SmoothBranch<S, H, F> {}
}

/// What a residual network of `4 G` inputs adds to its `4 H` hidden numbers: [`Branch`], [`SmoothBranch`], one of them that is
/// [`Gated`], or [`Joined`]. Sealed.
pub trait Change<const G: usize, const H: usize>: sealed::Sealed {
    /// What it adds to `h` in a network that reads `x`; `a` holds activations meanwhile.
    #[doc(hidden)]
    fn change(&self, x: &[Quad; G], h: &[[i32; 4]; H], a: &mut [Quad; H]) -> [[i32; 4]; H];
}

/// What a residual network adds to its hidden numbers: `h ↦ h + output(hidden(narrowing(h)))`, `4 H` of them.
///
/// The [`Narrowing`] is the activation too. The page of [`Residual`] has an example.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Branch<S: Storage, const H: usize> {
    narrowing: Narrowing,
    hidden: Hidden<S, H, H>,
    output: Linear<S, H, H>,
}

impl<S: Storage, const H: usize> Branch<S, H> {
    /// What comes before its first layer, and its two layers.
    pub const fn new(
        narrowing: Narrowing,
        hidden: Hidden<S, H, H>,
        output: Linear<S, H, H>,
    ) -> Self {
        Self {
            narrowing,
            hidden,
            output,
        }
    }
}

impl<S: Storage, const G: usize, const H: usize> Change<G, H> for Branch<S, H> {
    #[inline]
    fn change(&self, _: &[Quad; G], h: &[[i32; 4]; H], a: &mut [Quad; H]) -> [[i32; 4]; H] {
        narrow(self.narrowing, h, a);
        let mut b = kernel::buffer();
        self.output.eval(self.hidden.write(a, &mut b))
    }
}

/// A branch with smooth activations, `h ↦ h + output(hidden(curve(narrowing(h))))`, `4 H` numbers.
///
/// ```
/// use nice_flow::fixed::{Curve, Dense, I16, Linear, Narrowing, Residual, Smooth, SmoothBranch, Tanh};
/// use nice_flow::{Conditioner, fixed::Quad};
///
/// const fn linear<const P: usize>(weight: u32, bias: i32) -> Linear<I16, 1, P> {
///     Linear::new(Dense::new([[[0, 0, 0, 0, weight, 0, 0, 0]]; P], [[bias; 4]; P]), [[0; 4]; P])
/// }
/// // h = ½ in units of 2⁻¹⁶, narrowed to 2⁻¹¹; tanh ½ = 0.4621 in units of 2⁻¹⁵, times 0 before and 2 behind the second tanh.
/// static NET: Residual<I16, 1, 1, 1, 1, SmoothBranch<I16, 1, Tanh>> = Residual::new(
///     linear(0, 1 << 15),
///     [SmoothBranch::new(
///         Narrowing::linear(5, 32_767),
///         Curve::new(11, 15, 32_767, Tanh),
///         Smooth::new(linear(0, 1 << 10), Curve::new(11, 15, 32_767, Tanh)),
///         linear(2, 0),
///     )],
///     Narrowing::linear(1, 32_767),
///     linear(1, 0),
/// );
/// // (2¹⁵ + 2 · 15149) / 2.
/// assert_eq!(NET.eval(&[Quad::ZERO]), [[31_533, 0, 0, 0]]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct SmoothBranch<S: Storage, const H: usize, F> {
    narrowing: Narrowing,
    curve: Curve<F>,
    hidden: Smooth<S, H, H, F>,
    output: Linear<S, H, H>,
}

impl<S: Storage, const H: usize, F: Function> SmoothBranch<S, H, F> {
    /// The activation before its first layer, with the narrowing that comes first, and its two layers.
    pub const fn new(
        narrowing: Narrowing,
        curve: Curve<F>,
        hidden: Smooth<S, H, H, F>,
        output: Linear<S, H, H>,
    ) -> Self {
        Self {
            narrowing,
            curve,
            hidden,
            output,
        }
    }
}

impl<S, F, const G: usize, const H: usize> Change<G, H> for SmoothBranch<S, H, F>
where
    S: Storage,
    F: Function,
{
    #[inline]
    fn change(&self, _: &[Quad; G], h: &[[i32; 4]; H], a: &mut [Quad; H]) -> [[i32; 4]; H] {
        bend_narrowed(self.narrowing, &self.curve, h, a);
        self.output.eval(&self.hidden.apply(a))
    }
}

#[inline]
pub(super) fn add<const H: usize>(h: &mut [[i32; 4]; H], change: &[[i32; 4]; H]) {
    for (h, change) in h.as_flattened_mut().iter_mut().zip(change.as_flattened()) {
        *h = h.wrapping_add(*change);
    }
}

/// A residual network of `4 H` hidden numbers, from `4 G` activations to `4 P` numbers, with `N` branches.
///
/// ```text
/// h ← input(x)                                     Linear<S, G, H>
/// h ← h + output(hidden(narrowing(h)))             Branch<S, H>, or a SmoothBranch, or Gated, N times
/// y = output(narrowing(h))                         Linear<S, H, P>
/// ```
///
/// `h` has 32 bits, and its sums wrap like those of the flow's state.
///
/// ```
/// use nice_flow::{Conditioner, fixed::{Dense, I16, Linear, Narrowing, Quad, Residual}};
///
/// const fn linear(weight: u32, bias: i32) -> Linear<I16, 1, 1> {
///     Linear::new(Dense::new([[[0, 0, 0, 0, weight, 0, 0, 0]]], [[bias; 4]]), [[0; 4]])
/// }
/// static NET: Residual<I16, 1, 1, 1, 0> =
///     Residual::new(linear(0, 20), [], Narrowing::relu(2, 32_767), linear(3, 1));
/// // 20, narrowed to 20 / 2² = 5, times 3 in row 0.
/// assert_eq!(NET.eval(&[Quad::ZERO]), [[16, 1, 1, 1]]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Residual<
    S: Storage,
    const G: usize,
    const H: usize,
    const P: usize,
    const N: usize,
    B = Branch<S, H>,
> {
    input: Linear<S, G, H>,
    branches: [B; N],
    narrowing: Narrowing,
    output: Linear<S, H, P>,
}

impl<S: Storage, const G: usize, const H: usize, const P: usize, const N: usize, B>
    Residual<S, G, H, P, N, B>
{
    /// The first layer, the branches, and the last layer with the narrowing before it.
    pub const fn new(
        input: Linear<S, G, H>,
        branches: [B; N],
        narrowing: Narrowing,
        output: Linear<S, H, P>,
    ) -> Self {
        Self {
            input,
            branches,
            narrowing,
            output,
        }
    }
}

impl<S, B, const G: usize, const H: usize, const P: usize, const N: usize> Conditioner
    for Residual<S, G, H, P, N, B>
where
    S: Storage,
    B: Change<G, H>,
{
    type Input = [Quad; G];
    type Output = [[i32; 4]; P];

    fn eval(&self, x: &Self::Input) -> Self::Output {
        let mut h = self.input.eval(x);
        let mut a = [Quad::ZERO; H];
        for branch in &self.branches {
            let change = branch.change(x, &h, &mut a);
            add(&mut h, &change);
        }
        narrow(self.narrowing, &h, &mut a);
        self.output.eval(&a)
    }
}

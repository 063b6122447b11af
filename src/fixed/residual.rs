//! Residual networks, in the form nflows trains.

use super::narrow::{Narrowing, narrow};
use super::{Hidden, Linear, Quad, Storage, kernel};
use crate::Conditioner;

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

/// A residual network of `4 H` hidden numbers, from `4 G` activations to `4 P` numbers, with `N` branches.
///
/// ```text
/// h ← input(x)                                     Linear<S, G, H>
/// h ← h + output(hidden(narrowing(h)))             Branch<S, H>, N times
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
pub struct Residual<S: Storage, const G: usize, const H: usize, const P: usize, const N: usize> {
    input: Linear<S, G, H>,
    branches: [Branch<S, H>; N],
    narrowing: Narrowing,
    output: Linear<S, H, P>,
}

impl<S: Storage, const G: usize, const H: usize, const P: usize, const N: usize>
    Residual<S, G, H, P, N>
{
    /// The first layer, the branches, and the last layer with the narrowing before it.
    pub const fn new(
        input: Linear<S, G, H>,
        branches: [Branch<S, H>; N],
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

impl<S: Storage, const G: usize, const H: usize, const P: usize, const N: usize> Conditioner
    for Residual<S, G, H, P, N>
{
    type Input = [Quad; G];
    type Output = [[i32; 4]; P];

    fn eval(&self, x: &Self::Input) -> Self::Output {
        let mut h = self.input.eval(x);
        let mut a = [Quad::ZERO; H];
        for branch in &self.branches {
            narrow(branch.narrowing, &h, &mut a);
            let mut b = kernel::buffer();
            let change = branch.output.eval(branch.hidden.write(&a, &mut b));
            for (h, change) in h.as_flattened_mut().iter_mut().zip(change.as_flattened()) {
                *h = h.wrapping_add(*change);
            }
        }
        narrow(self.narrowing, &h, &mut a);
        self.output.eval(&a)
    }
}

//! Branches whose hidden numbers the input of their network joins.

use super::{Change, add, sealed};
use crate::Conditioner;
use crate::fixed::{Entry, Linear, Quad, Storage};

/// A branch to whose hidden numbers a linear layer of the network's input is added:
/// `h ↦ h + output(between(hidden(before(h)) + lane(x)))`.
///
/// So a context, which is part of `x`, shifts what a branch activates. `before` and `between` are the activations, each an
/// [`Entry`], and all three layers give numbers in bits of the stream.
///
/// ```
/// use nice_flow::fixed::{Bent, Curve, Dense, I16, Joined, Linear, Narrowing, Quad, Residual, Tanh};
/// use nice_flow::Conditioner;
///
/// const fn linear(weight: u32, bias: i32) -> Linear<I16, 1, 1> {
///     Linear::new(Dense::new([[[0, 0, 0, 0, weight, 0, 0, 0]]], [[bias; 4]]), [[0; 4]])
/// }
/// const TANH: Bent<Tanh> = Bent::new(Narrowing::linear(5, 32_767), Curve::new(11, 15, 32_767, Tanh));
/// // h = 0, hidden numbers 0, to which the input adds ½ in units of 2⁻¹⁶; tanh ½ = 0.4621 in units of 2⁻¹⁵, times 2.
/// static NET: Residual<I16, 1, 1, 1, 1, Joined<I16, 1, 1, Bent<Tanh>>> = Residual::new(
///     linear(0, 0),
///     [Joined::new(TANH, linear(0, 0), linear(0, 1 << 15), TANH, linear(2, 0))],
///     Narrowing::linear(1, 32_767),
///     linear(1, 0),
/// );
/// assert_eq!(NET.eval(&[Quad::ZERO])[0][0], 15_149);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Joined<S: Storage, const G: usize, const H: usize, E> {
    before: E,
    hidden: Linear<S, H, H>,
    lane: Linear<S, G, H>,
    between: E,
    output: Linear<S, H, H>,
}

impl<S: Storage, const G: usize, const H: usize, E> Joined<S, G, H, E> {
    /// The activation before the first layer, that layer, the one of the network's input, the activation of their sum, and the
    /// last layer.
    pub const fn new(
        before: E,
        hidden: Linear<S, H, H>,
        lane: Linear<S, G, H>,
        between: E,
        output: Linear<S, H, H>,
    ) -> Self {
        Self {
            before,
            hidden,
            lane,
            between,
            output,
        }
    }
}

impl<S: Storage, const G: usize, const H: usize, E> sealed::Sealed for Joined<S, G, H, E> {}

impl<S: Storage, E: Entry, const G: usize, const H: usize> Change<G, H> for Joined<S, G, H, E> {
    #[inline]
    fn change(&self, x: &[Quad; G], h: &[[i32; 4]; H], a: &mut [Quad; H]) -> [[i32; 4]; H] {
        self.before.enter(h, a);
        let mut sums = self.hidden.eval(a);
        add(&mut sums, &self.lane.eval(x));
        self.between.enter(&sums, a);
        self.output.eval(a)
    }
}

//! Networks whose first hidden numbers a context joins behind an activation, in the form nflows trains.

use super::residual::add;
use super::{Change, Entry, Linear, Quad, Storage};
use crate::Conditioner;

/// What a [`Steered`] network adds to its first hidden numbers: `activation(linear(x)) · 2^rise`.
///
/// The page of [`Steered`] has an example.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Offset<S: Storage, const G: usize, const H: usize, E> {
    linear: Linear<S, G, H>,
    activation: E,
    rise: u32,
}

impl<S: Storage, const G: usize, const H: usize, E> Offset<S, G, H, E> {
    /// The layer of the network's input, its activation, and how many bits a unit of that is above one of the stream.
    ///
    /// # Panics
    ///
    /// If the rise is above 15.
    pub const fn new(linear: Linear<S, G, H>, activation: E, rise: u32) -> Self {
        assert!(rise <= 15, "a rise of at most 15");
        Self {
            linear,
            activation,
            rise,
        }
    }
}

impl<S: Storage, E: Entry, const G: usize, const H: usize> Offset<S, G, H, E> {
    /// Adds to `h`; `a` holds activations meanwhile.
    #[inline]
    fn add_to(&self, x: &[Quad; G], h: &mut [[i32; 4]; H], a: &mut [Quad; H]) {
        self.activation.enter(&self.linear.eval(x), a);
        for (h, a) in h.iter_mut().zip(a) {
            for (h, a) in h.iter_mut().zip(a.activations()) {
                *h = h.wrapping_add(a.wrapping_shl(self.rise));
            }
        }
    }
}

/// A network that a context steers from its first layer on, from `4 G` activations, with `N` branches and a rest.
///
/// ```text
/// h ← input(x) + offset(x)        Linear<S, G, H>, and an Offset; the context is part of x
/// h ← h + branch(x, h)            N times: Joined, Gated or any other Change
/// y = rest(entry(h))              a conditioner of 4 H activations
/// ```
///
/// `entry`, and the activation of the offset, are each an [`Entry`]. `h` has 32 bits, and its sums wrap like those of the flow's state. Where a context
/// steers nothing but branches, the network is a [`Residual`](super::Residual) one.
///
/// ```
/// use nice_flow::fixed::{Branch, Dense, I16, Linear, Narrowing, Offset, Quad, Steered};
/// use nice_flow::Conditioner;
///
/// const fn linear(weight: u32, bias: i32) -> Linear<I16, 1, 1> {
///     Linear::new(Dense::new([[[0, 0, 0, 0, weight, 0, 0, 0]]], [[bias; 4]]), [[0; 4]])
/// }
/// const RELU: Narrowing = Narrowing::relu(1, 32_767);
/// // 20, and of 12 the half, doubled: 32, narrowed to 16, times 3.
/// static NET: Steered<I16, 1, 1, 0, Narrowing, Branch<I16, 1>, Narrowing, Linear<I16, 1, 1>> =
///     Steered::new(linear(0, 20), Offset::new(linear(0, 12), RELU, 1), [], RELU, linear(3, 0));
/// assert_eq!(NET.eval(&[Quad::ZERO])[0][0], 48);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Steered<S: Storage, const G: usize, const H: usize, const N: usize, E, B, L, R> {
    input: Linear<S, G, H>,
    offset: Offset<S, G, H, E>,
    branches: [B; N],
    entry: L,
    rest: R,
}

impl<S: Storage, const G: usize, const H: usize, const N: usize, E, B, L, R>
    Steered<S, G, H, N, E, B, L, R>
{
    /// The first layer, what is added to it, the branches, what stands behind them, and the layers that follow.
    pub const fn new(
        input: Linear<S, G, H>,
        offset: Offset<S, G, H, E>,
        branches: [B; N],
        entry: L,
        rest: R,
    ) -> Self {
        Self {
            input,
            offset,
            branches,
            entry,
            rest,
        }
    }
}

impl<S, const G: usize, const H: usize, const N: usize, E, B, L, R> Conditioner
    for Steered<S, G, H, N, E, B, L, R>
where
    S: Storage,
    E: Entry,
    B: Change<G, H>,
    L: Entry,
    R: Conditioner<Input = [Quad; H]>,
{
    type Input = [Quad; G];
    type Output = R::Output;

    fn eval(&self, x: &Self::Input) -> Self::Output {
        let mut h = self.input.eval(x);
        let mut a = [Quad::ZERO; H];
        self.offset.add_to(x, &mut h, &mut a);
        for branch in &self.branches {
            let change = branch.change(x, &h, &mut a);
            add(&mut h, &change);
        }
        self.entry.enter(&h, &mut a);
        self.rest.eval(&a)
    }
}

//! Residual networks that a context steers, in the forms nflows trains.

use super::activation::Activation;
use super::dense::Dense;
use super::math::{Libm, Math};
use super::residual::Branch;
use crate::Conditioner;
use crate::misfit::{refuse, unless};
use core::marker::PhantomData;
use nalgebra::SVector;

/// How a context steers the branches of a [`Steered`] network.
///
/// ```
/// use nice_flow::float::{Gates, Steering};
///
/// let mut change = [3.0];
/// <Gates>::new().behind(&mut change, &[0.0]);
/// assert_eq!(change, [1.5]); // 3 σ(0)
/// ```
pub trait Steering {
    /// What it does to a branch's hidden vector, in front of the second activation.
    fn within(&self, hidden: &mut [f32], lane: &[f32]);

    /// What it does to a branch's result.
    fn behind(&self, change: &mut [f32], lane: &[f32]);
}

/// Adds its lane to a branch's hidden vector: the branch is `second(φ(first(φ(h)) + k))`.
///
/// ```
/// use nice_flow::float::{Adds, Steering};
///
/// let mut hidden = [3.0];
/// Adds.within(&mut hidden, &[0.5]);
/// assert_eq!(hidden, [3.5]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Adds;

impl Steering for Adds {
    fn within(&self, hidden: &mut [f32], lane: &[f32]) {
        for (hidden, lane) in hidden.iter_mut().zip(lane) {
            *hidden += lane;
        }
    }

    fn behind(&self, _: &mut [f32], _: &[f32]) {}
}

/// Multiplies a branch's result by the sigmoid of its lane: the branch is `second(φ(first(φ(h)))) · σ(k)`.
///
/// `M` is where the sigmoid comes from.
///
/// ```
/// use nice_flow::float::{Gates, Steering};
///
/// let mut change = [-2.0];
/// <Gates>::new().behind(&mut change, &[0.0]);
/// assert_eq!(change, [-1.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Gates<M = Libm> {
    math: PhantomData<M>,
}

impl<M> Gates<M> {
    /// Gates.
    pub const fn new() -> Self {
        Self { math: PhantomData }
    }
}

impl<M: Math> Steering for Gates<M> {
    fn within(&self, _: &mut [f32], _: &[f32]) {}

    fn behind(&self, change: &mut [f32], lane: &[f32]) {
        for (change, lane) in change.iter_mut().zip(lane) {
            *change *= M::sigmoid(*lane);
        }
    }
}

/// A residual network of width `H` that a context steers: `IN → W`, `N` branches, then the rest.
///
/// ```text
/// v = W₀ x + b₀                      input: IN → W, lanes of H numbers: v₀, v₁, …
/// h ← v₀,  or  v₀ + φ(v₁)            with N + 1 lanes, or with one more
/// h ← h + branchₙ(h, kₙ)             N branches; kₙ are the last N lanes
/// y = rest(ψ(h))
/// ```
///
/// One layer reads vector and context, and gives the first hidden vector and all that the context adds to the network behind
/// it. `S` says how a lane steers its branch: [`Gates`] or [`Adds`]. `A` is the activation `φ` of the branches, `B` the `ψ` behind
/// them, [`Identity`](super::activation::Identity) in a residual network. `R`, the rest, is a conditioner of `H` numbers.
///
/// ```
/// use nice_flow::{Conditioner, float::{Dense, Gates, Steered, Branch}, nalgebra::vector};
/// use nice_flow::float::activation::{Identity, Relu};
///
/// const fn times(factor: f32) -> Dense<1, 1> {
///     Dense::new([[factor]], [0.0])
/// }
/// // A number x and a context c: h = x, gated by σ(c).
/// static NET: Steered<2, 2, 1, 1, Relu, Identity, Gates, Dense<1, 1>> = Steered::new(
///     Dense::new([[1.0, 0.0], [0.0, 1.0]], [0.0; 2]),
///     [Branch::new(times(2.0), times(3.0))],
///     Relu,
///     Identity,
///     Gates::new(),
///     times(1.0),
/// );
/// assert_eq!(NET.eval(&vector![1.0, 0.0]), vector![4.0]); // 1 + 3 · 2 · 1 · σ(0)
/// ```
///
/// That `W` is `N + 1` or `N + 2` lanes is checked when the program is built:
///
/// ```compile_fail,E0080
/// # use nice_flow::float::{Dense, Gates, Steered, activation::{Identity, Relu}};
/// static NET: Steered<2, 3, 1, 0, Relu, Identity, Gates, Dense<1, 1>> = // three lanes for no branch
///     Steered::new(Dense::new([[0.5; 3]; 2], [0.0; 3]), [], Relu, Identity, Gates::new(), Dense::new([[1.0]], [0.0]));
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Steered<const IN: usize, const W: usize, const H: usize, const N: usize, A, B, S, R> {
    input: Dense<IN, W>,
    branches: [Branch<H>; N],
    activation: A,
    last: B,
    steering: S,
    rest: R,
}

/// Of an input layer whose outputs are not lanes.
const UNFIT: &str =
    "the first layer must give a lane for the hidden vector and one for each branch, or one more";

impl<const IN: usize, const W: usize, const H: usize, const N: usize, A, B, S, R>
    Steered<IN, W, H, N, A, B, S, R>
{
    /// The first layer, the branches, the activations `φ` and `ψ`, how the context steers, and what follows.
    pub const fn new(
        input: Dense<IN, W>,
        branches: [Branch<H>; N],
        activation: A,
        last: B,
        steering: S,
        rest: R,
    ) -> Self {
        refuse(unless(W == (N + 1) * H || W == (N + 2) * H, UNFIT));
        Self {
            input,
            branches,
            activation,
            last,
            steering,
            rest,
        }
    }
}

impl<const IN: usize, const W: usize, const H: usize, const N: usize, A, B, S, R> Conditioner
    for Steered<IN, W, H, N, A, B, S, R>
where
    A: Activation,
    B: Activation,
    S: Steering,
    R: Conditioner<Input = SVector<f32, H>>,
{
    type Input = SVector<f32, IN>;
    type Output = R::Output;

    fn eval(&self, x: &Self::Input) -> Self::Output {
        let mut lanes = self.input.eval(x);
        let (lanes, _) = lanes.as_mut_slice().as_chunks_mut::<H>();
        let mut h = SVector::<f32, H>::zeros();
        if let [first, rest @ ..] = lanes {
            h = SVector::from(*first);
            let steering = match rest {
                [offset, steering @ ..] if steering.len() == N => {
                    self.activation.apply(offset);
                    add(h.as_mut_slice(), offset);
                    steering
                }
                steering => steering,
            };
            for (branch, lane) in self.branches.iter().zip(steering) {
                let mut change = h;
                self.activation.apply(change.as_mut_slice());
                change = branch.first.eval(&change);
                self.steering.within(change.as_mut_slice(), lane);
                self.activation.apply(change.as_mut_slice());
                change = branch.second.eval(&change);
                self.steering.behind(change.as_mut_slice(), lane);
                add(h.as_mut_slice(), change.as_slice());
            }
        }
        self.last.apply(h.as_mut_slice());
        self.rest.eval(&h)
    }
}

fn add(h: &mut [f32], change: &[f32]) {
    for (h, change) in h.iter_mut().zip(change) {
        *h += change;
    }
}

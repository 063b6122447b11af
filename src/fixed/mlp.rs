//! Perceptrons of one width.

use super::{Hidden, Linear, Quad, Storage, kernel};
use crate::Conditioner;
use core::mem::MaybeUninit;

/// A perceptron with `N + 1` hidden layers of `4 H` units, from `4 G` activations to `4 P` numbers.
///
/// All sizes but `N` are in fours: where [`float::Mlp<8, 64, 8, 1>`](crate::float::Mlp) counts elements, this is
/// `Mlp<I8, 2, 16, 2, 1>`. `S` is how weights are stored, [`I8`](super::I8) or [`I16`](super::I16).
///
/// ```text
/// input:   Hidden<S, G, H>
/// inner:   Hidden<S, H, H>, N times, often none
/// output:  Linear<S, H, P>
/// ```
///
/// ```
/// use nice_flow::{Conditioner, fixed::{Dense, Hidden, I16, Linear, Mlp, Quad, Rectifier}};
///
/// static NET: Mlp<I16, 1, 1, 1, 0> = Mlp::new(
///     Hidden::new(Dense::new([[[0; 8]]], [[48; 4]]), Rectifier::relu(4)),
///     [],
///     Linear::new(Dense::new([[[0, 0, 0, 0, 2, 2, 2, 2]]], [[1; 4]]), [[1; 4]]),
/// );
/// // A hidden activation of 48 >> 4 = 3, in column 0, times 2.
/// assert_eq!(NET.eval(&[Quad::ZERO]), [[3; 4]]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Mlp<S: Storage, const G: usize, const H: usize, const P: usize, const N: usize> {
    input: Hidden<S, G, H>,
    inner: [Hidden<S, H, H>; N],
    output: Linear<S, H, P>,
}

impl<S: Storage, const G: usize, const H: usize, const P: usize, const N: usize>
    Mlp<S, G, H, P, N>
{
    /// The first layer, the inner ones, and the last one.
    pub const fn new(
        input: Hidden<S, G, H>,
        inner: [Hidden<S, H, H>; N],
        output: Linear<S, H, P>,
    ) -> Self {
        Self {
            input,
            inner,
            output,
        }
    }
}

impl<S: Storage, const G: usize, const H: usize, const P: usize, const N: usize>
    Mlp<S, G, H, P, N>
{
    /// The activations of the last hidden layer, in `h`.
    // A function of its own, so that the second buffer is off the stack before the last layer runs.
    #[inline]
    fn hidden<'h>(&self, x: &[Quad; G], h: &'h mut [MaybeUninit<Quad>; H]) -> &'h mut [Quad; H] {
        let mut other = kernel::buffer();
        let (h, other, layers) = match self.inner.as_slice() {
            [first, layers @ ..] if N % 2 == 1 => {
                let other = self.input.write(copied(x, h), &mut other);
                (first.write(other, h), other, layers)
            }
            [first, second, layers @ ..] => {
                let h = self.input.write(copied(x, &mut other), h);
                let other = first.write(h, &mut other);
                second.overwrite(other, h);
                (h, other, layers)
            }
            _ => return self.input.write(x, h),
        };
        for [first, second] in layers.as_chunks().0 {
            first.overwrite(h, other);
            second.overwrite(other, h);
        }
        h
    }
}

/// The input in the buffer that the second layer overwrites, so that the caller's copy is dead and takes no stack beside it: 8
/// bytes less for each quad. `tests/embedded` prints the stack of a score.
#[inline]
fn copied<'y, const G: usize, const H: usize>(
    x: &'y [Quad; G],
    y: &'y mut [MaybeUninit<Quad>; H],
) -> &'y [Quad; G] {
    match y.first_chunk_mut() {
        Some(y) => kernel::copy(x, y),
        None => x,
    }
}

impl<S: Storage, const G: usize, const H: usize, const P: usize, const N: usize> Conditioner
    for Mlp<S, G, H, P, N>
{
    type Input = [Quad; G];
    type Output = [[i32; 4]; P];

    #[inline]
    fn eval(&self, x: &Self::Input) -> Self::Output {
        let mut h = kernel::buffer();
        self.output.eval(self.hidden(x, &mut h))
    }
}

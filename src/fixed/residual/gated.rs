//! Branches that the input of their network gates.

use super::{Change, sealed};
use crate::Conditioner;
use crate::fixed::{Curve, Linear, Quad, Storage, Tanh};

/// A branch whose result is multiplied by the sigmoid of a linear layer of the network's input:
/// `h ↦ h + branch(h) · σ(gate(x))`.
///
/// So a context, which is part of `x`, opens and closes what a network adds. `gate` gives numbers in units of 2⁻¹⁰.
///
/// ```
/// use nice_flow::fixed::{Branch, Dense, Gated, Hidden, I16, Linear, Narrowing, Quad, Rectifier, Residual};
/// use nice_flow::Conditioner;
///
/// const fn linear(weight: u32, bias: i32) -> Linear<I16, 1, 1> {
///     Linear::new(Dense::new([[[0, 0, 0, 0, weight, 0, 0, 0]]], [[bias; 4]]), [[0; 4]])
/// }
/// const BRANCH: Branch<I16, 1> = Branch::new(
///     Narrowing::relu(1, 32_767),
///     Hidden::new(Dense::new([[[0; 8]]], [[0; 4]]), Rectifier::relu(1)),
///     linear(0, 60),
/// );
/// // h = 20, to which the branch adds 60; of that the gate σ(0) lets half pass.
/// static NET: Residual<I16, 1, 1, 1, 1, Gated<I16, 1, 1, Branch<I16, 1>>> =
///     Residual::new(linear(0, 20), [Gated::new(BRANCH, linear(0, 0))], Narrowing::relu(1, 32_767), linear(1, 0));
/// assert_eq!(NET.eval(&[Quad::ZERO])[0][0], 25); // (20 + 30) / 2
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Gated<S: Storage, const G: usize, const H: usize, B> {
    branch: B,
    gate: Linear<S, G, H>,
}

impl<S: Storage, const G: usize, const H: usize, B> Gated<S, G, H, B> {
    /// The branch, and the layer whose sigmoid multiplies its result.
    pub const fn new(branch: B, gate: Linear<S, G, H>) -> Self {
        Self { branch, gate }
    }
}

impl<S: Storage, const G: usize, const H: usize, B> sealed::Sealed for Gated<S, G, H, B> {}

impl<S: Storage, B: Change<G, H>, const G: usize, const H: usize> Change<G, H>
    for Gated<S, G, H, B>
{
    #[inline]
    fn change(&self, x: &[Quad; G], h: &[[i32; 4]; H], a: &mut [Quad; H]) -> [[i32; 4]; H] {
        let mut change = self.branch.change(x, h, a);
        let gates = self.gate.eval(x);
        let pairs = change
            .as_flattened_mut()
            .iter_mut()
            .zip(gates.as_flattened());
        pairs.for_each(|(change, gate)| *change = gated(*change, *gate));
        change
    }
}

/// `2 σ(k) − 1 = tanh(k / 2)` in units of 2⁻¹⁵, of `k` in units of 2⁻¹⁰.
const SIGMOID: Curve<Tanh> = Curve::new(11, 15, 32_767, Tanh);

/// `change · σ(k)`, rounded down, of `k` in units of 2⁻¹⁰; no farther from zero than `change`.
#[inline]
pub fn gated(change: i32, k: i32) -> i32 {
    // σ in units of 2⁻¹⁶, from 1 to 65,535, so that both products fit 32 bits.
    let gate = SIGMOID.of(k).wrapping_add(1 << 15);
    let high = (change >> 16).wrapping_mul(gate);
    let low = ((change & 0xffff) as u32).wrapping_mul(gate as u32) >> 16;
    high.wrapping_add(low as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_multiply_by_the_sigmoid_and_round_down() {
        for change in [
            0,
            1,
            -1,
            65_535,
            -65_536,
            1 << 20,
            -(1 << 20),
            i32::MAX,
            i32::MIN,
        ] {
            for k in [
                -40_000,
                -8_192,
                -1_024,
                -1,
                0,
                1,
                700,
                8_192,
                40_000,
                i32::MAX / 2,
            ] {
                let gate = i64::from(SIGMOID.of(k)) + (1 << 15);
                let exact = (i64::from(change) * gate) >> 16;
                assert_eq!(i64::from(gated(change, k)), exact, "{change} {k}");
                let sigmoid = 1.0 / (1.0 + (-f64::from(k) / 1024.0).exp());
                assert!((gate as f64 / 65_536.0 - sigmoid).abs() < 2.0e-4, "{k}");
            }
        }
    }
}

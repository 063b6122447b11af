//! Affine map, the linear layer of a network.

use super::kernel;
use crate::Conditioner;
use core::mem::MaybeUninit;
use nalgebra::SVector;

/// `y = W x + b`, from `IN` numbers to `OUT`: a linear conditioner, and each layer of the others.
///
/// ```
/// use nice_flow::{Conditioner, float::Dense, nalgebra::vector};
///
/// // y₀ = 1 x₀ + 2 x₁ + 0.5,  y₁ = 3 x₀ + 4 x₁ + 0.25
/// let layer: Dense<2, 2> = Dense::new([[1.0, 3.0], [2.0, 4.0]], [0.5, 0.25]);
/// assert_eq!(layer.eval(&vector![1.0, 10.0]), vector![21.5, 43.25]);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct Dense<const IN: usize, const OUT: usize> {
    weight: [[f32; OUT]; IN],
    bias: [f32; OUT],
}

impl<const IN: usize, const OUT: usize> Dense<IN, OUT> {
    /// From the columns of `W`, `columns[i][r] = W[r][i]`: what input `i` contributes to output `r`.
    pub const fn new(columns: [[f32; OUT]; IN], bias: [f32; OUT]) -> Self {
        Self {
            weight: columns,
            bias,
        }
    }

    /// `W x + b` in `y`, or the ReLU of that.
    #[inline]
    pub(super) fn write<'y>(
        &self,
        x: &[f32; IN],
        rectified: bool,
        y: &'y mut [MaybeUninit<f32>; OUT],
    ) -> &'y mut [f32; OUT] {
        kernel::layer(self.weight.as_flattened(), &self.bias, x, rectified, y)
    }

    /// `W x + b`.
    #[inline]
    pub(super) fn eval_array(&self, x: &[f32; IN]) -> SVector<f32, OUT> {
        let mut y = kernel::buffer();
        SVector::from(*self.write(x, false, &mut y))
    }

    /// [`write`](Self::write) in place of older numbers.
    #[inline]
    pub(super) fn overwrite(&self, x: &[f32; IN], rectified: bool, y: &mut [f32; OUT]) {
        kernel::overwrite(self.weight.as_flattened(), &self.bias, x, rectified, y);
    }
}

/// A linear conditioner; also the last layer of any other.
impl<const IN: usize, const OUT: usize> Conditioner for Dense<IN, OUT> {
    type Input = SVector<f32, IN>;
    type Output = SVector<f32, OUT>;

    #[inline]
    fn eval(&self, x: &Self::Input) -> Self::Output {
        let [x] = &x.data.0;
        self.eval_array(x)
    }
}

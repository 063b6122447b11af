//! What an input is moved by, in the numbers that a model takes.

use crate::Number;

/// An input of a model whose mean and spread a [`Site`](super::Site) can move: `f32`, or `i32` of counts and front ends.
///
/// ```
/// use nice_flow::{Move, Reading};
///
/// // Here the sensor reads 30 ± 2 where those of the training read 20 ± 1.
/// let moved = Move::<f32>::new(30.0, 0.5, 20.0);
/// assert_eq!(34f32.moved(moved), 22.0);
/// assert_eq!(34i32.moved(Move::new(30.0, 0.5, 20.0)), 22);
/// ```
pub trait Reading: Number {
    /// The nearest `f32`.
    #[doc(hidden)]
    fn real(self) -> f32;

    /// The three numbers of a move.
    #[doc(hidden)]
    fn of_move(center: f32, factor: f32, mean: f32) -> Move<Self>;

    /// `(x − center) · factor + mean`; of `i32` to the nearest, halves up.
    #[must_use]
    fn moved(self, by: Move<Self>) -> Self;
}

/// `x ↦ (x − center) · factor + mean`, of one input.
///
/// Of `i32` the factor is times 2¹⁶.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Move<T> {
    /// The mean here.
    pub center: T,
    /// How much narrower the spread was at the training, at most one.
    pub factor: T,
    /// The mean at the training.
    pub mean: T,
}

impl<T: Reading> Move<T> {
    /// From numbers in the unit of the input.
    #[must_use]
    pub fn new(center: f32, factor: f32, mean: f32) -> Self {
        T::of_move(center, factor, mean)
    }
}

impl Reading for f32 {
    #[inline]
    fn real(self) -> f32 {
        self
    }

    fn of_move(center: f32, factor: f32, mean: f32) -> Move<f32> {
        Move {
            center,
            factor,
            mean,
        }
    }

    #[inline]
    fn moved(self, by: Move<f32>) -> f32 {
        (self - by.center) * by.factor + by.mean
    }
}

impl Reading for i32 {
    #[inline]
    fn real(self) -> f32 {
        self as f32
    }

    fn of_move(center: f32, factor: f32, mean: f32) -> Move<i32> {
        Move {
            center: nearest(center),
            factor: nearest(factor * 65_536.0),
            mean: nearest(mean),
        }
    }

    #[inline]
    fn moved(self, by: Move<i32>) -> i32 {
        // Wrapping: a site that was stored may have any numbers.
        let apart = i64::from(self) - i64::from(by.center);
        let product = apart.wrapping_mul(i64::from(by.factor));
        let moved = (product.wrapping_add(1 << 15) >> 16) + i64::from(by.mean);
        moved.min(i32::MAX.into()).max((-i32::MAX).into()) as i32
    }
}

/// The nearest integer, halves away from zero.
fn nearest(x: f32) -> i32 {
    (x + if x < 0.0 { -0.5 } else { 0.5 }) as i32
}

//! Activations as tables, and how a value follows from one.

use super::tables;
use crate::fixed::softplus;
use core::fmt::Debug;

/// How a function follows from a table of `g`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Shape {
    /// `±g(|p|)`.
    Odd,
    /// `max(0, p) + g(|p|)`.
    Above,
    /// `max(0, p) − g(|p|)`.
    Below,
    /// `max(0, p) − g(max(0, −p))`.
    Tail,
    /// `max(0, p) − g(p)`.
    Skew,
}

pub(super) mod sealed {
    pub trait Sealed {}
}

/// An activation that a table holds: [`Tanh`], [`Softplus`], [`Silu`], [`Gelu`], [`GeluTanh`], [`Mish`], [`Elu`],
/// [`EluAlpha`](super::EluAlpha), [`Hardtanh`], [`Hardswish`] or [`Selu`]. Sealed.
pub trait Function: sealed::Sealed + Debug + 'static {
    /// How it follows from the table.
    #[doc(hidden)]
    const SHAPE: Shape;

    /// Fractional bits of the table's entries.
    #[doc(hidden)]
    const UNIT: u32;

    /// Where the table starts.
    #[doc(hidden)]
    const START: i32;

    /// `g(d)` at `d = START, START + 1/16, …`; beyond either end it stays what it is there.
    #[doc(hidden)]
    fn table() -> &'static [u16];

    /// `g` times the factor of the function, where it has one.
    #[doc(hidden)]
    #[inline]
    fn times(&self, g: i32) -> i32 {
        g
    }
}

macro_rules! function {
    ($(#[$doc:meta])* $name:ident, $shape:ident, $table:expr) => {
        function! { $(#[$doc])* $name, $shape, $table, 16, 0 }
    };
    ($(#[$doc:meta])* $name:ident, $shape:ident, $table:expr, $unit:expr, $start:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[cfg_attr(
            feature = "blob",
            derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
        )]
        #[repr(C)]
        pub struct $name;

        impl sealed::Sealed for $name {}

        impl Function for $name {
            const SHAPE: Shape = Shape::$shape;
            const UNIT: u32 = $unit;
            const START: i32 = $start;

            #[inline]
            fn table() -> &'static [u16] {
                &$table
            }
        }
    };
}

function! {
    /// `tanh p`; sigmoids become this too, by factors that are part of weights.
    Tanh, Odd, tables::TANH
}
function! {
    /// `ln(1 + eᵖ)`.
    Softplus, Above, softplus::TABLE
}
function! {
    /// `p / (1 + e⁻ᵖ)`.
    Silu, Below, tables::SILU
}
function! {
    /// `p · Φ(p)`, with the distribution function `Φ` of the standard normal.
    Gelu, Below, tables::GELU
}
function! {
    /// `½ p (1 + tanh(√(2/π) (p + 0.044715 p³)))`, what GELU is taken for by its tanh form.
    GeluTanh, Below, tables::GELU_TANH
}
function! {
    /// `p · tanh(ln(1 + eᵖ))`.
    Mish, Skew, tables::MISH, 16, -14
}
function! {
    /// `p` above zero, `eᵖ − 1` below.
    Elu, Tail, tables::ELU
}
function! {
    /// `p`, limited to `±1`; other limits, as those of ReLU6, become these by factors and shifts that are part of weights.
    Hardtanh, Odd, tables::HARDTANH, 15, 0
}
function! {
    /// `p · min(max(p + 3, 0), 6) / 6`.
    Hardswish, Below, tables::HARDSWISH
}
function! {
    /// `p` above zero, `1.6733 (eᵖ − 1)` below: SELU without its factor of 1.0507, which is part of weights.
    Selu, Tail, tables::SELU, 15, 0
}

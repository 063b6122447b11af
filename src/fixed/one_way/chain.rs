//! Composition of one-way maps: arrays, tuples and pairs, first to last.

use super::{OneWay, Tally};
use crate::Then;
use crate::fixed::Fixed;
use crate::misfit::{Misfit, either};
use nalgebra::SVector;

/// Layers of one type, first to last.
impl<const D: usize, B: OneWay<D>, const N: usize> OneWay<D> for [B; N] {
    const MISFIT: Misfit = B::MISFIT;

    #[inline]
    fn advance(&self, u: &mut SVector<Fixed, D>, tally: &mut Tally) {
        for layer in self {
            layer.advance(u, tally);
        }
    }
}

/// As a pair.
impl<const D: usize, A: OneWay<D>, B: OneWay<D>> OneWay<D> for Then<A, B> {
    const MISFIT: Misfit = either(A::MISFIT, B::MISFIT);

    #[inline]
    fn advance(&self, u: &mut SVector<Fixed, D>, tally: &mut Tally) {
        self.0.advance(u, tally);
        self.1.advance(u, tally);
    }
}

/// Layers of different types, first to last.
macro_rules! chain {
    ($($layer:ident)+) => {
        #[allow(non_snake_case)]
        impl<const D: usize, $($layer: OneWay<D>),+> OneWay<D> for ($($layer,)+) {
            const MISFIT: Misfit = {
                let misfit = None;
                $(let misfit = either(misfit, $layer::MISFIT);)+
                misfit
            };

            #[inline]
            fn advance(&self, u: &mut SVector<Fixed, D>, tally: &mut Tally) {
                let ($($layer,)+) = self;
                $($layer.advance(u, tally);)+
            }
        }
    };
}
chain!(A);
chain!(A B);
chain!(A B C);
chain!(A B C E);
chain!(A B C E F);
chain!(A B C E F G);
chain!(A B C E F G H);
chain!(A B C E F G H I);

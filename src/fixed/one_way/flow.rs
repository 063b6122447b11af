//! A one-way map and the density of what it gives.

use super::{OneWay, Tally};
use crate::fixed::saturation::Saturation;
use crate::fixed::{Encode, Encoded, Fixed};
use crate::misfit::{Misfit, either};
use crate::{Density, Number};
use nalgebra::SVector;

/// A model of integers with scales: a [`OneWay`] map from a state to a latent vector, and the density of that, its prior.
///
/// ```text
/// ln p(u) = ln π(f(u)) + ln |det ∂f/∂u|        nats, within ±16384
/// ```
///
/// Of a row that a layer clamped, the log-density is the lowest there is. `K` is the number of knots of the tables that the
/// layers read. Like a [`Flow`](crate::Flow), of measurements inside an [`Encoded`].
///
/// ```
/// use nice_flow::{Density, Permute, fixed::{DiagonalNormal, Fixed, OneWayFlow}};
///
/// static FLOW: OneWayFlow<Permute<1>, DiagonalNormal<1>, 0> = OneWayFlow::new(
///     Permute::new([0]),
///     [],
///     DiagonalNormal::new([1 << 8], [0], 8, -60_223),
/// );
/// assert_eq!(FLOW.score(&[Fixed::<16>::from_nats(0.0)]).to_bits(), 60_223);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(
    feature = "blob",
    derive(zerocopy::TryFromBytes, zerocopy::KnownLayout, zerocopy::Immutable)
)]
#[repr(C)]
pub struct OneWayFlow<B, P, const K: usize> {
    map: B,
    prior: P,
    knots: [i16; K],
}

impl<B, P, const K: usize> OneWayFlow<B, P, K> {
    /// The density of `u` when `map` takes it to what follows `prior`; `knots` are those of all tables, one after another.
    pub const fn new(map: B, knots: [i16; K], prior: P) -> Self {
        Self { map, prior, knots }
    }

    /// The map from state to latent vector.
    pub const fn map(&self) -> &B {
        &self.map
    }

    /// The knots that the layers' tables read.
    pub const fn knots(&self) -> &[i16; K] {
        &self.knots
    }

    /// The density of the latent vector.
    pub const fn prior(&self) -> &P {
        &self.prior
    }

    /// `ln p(u)`, of a state that an encoder may have clamped; leaves the latent vector in `u`.
    #[inline]
    fn consume<const D: usize>(&self, u: &mut SVector<Fixed, D>, saturation: Saturation) -> Fixed
    where
        B: OneWay<D>,
        P: Density<Fixed, D, Nats = Fixed>,
    {
        let mut tally = Tally::after(saturation, &self.knots);
        self.map.advance(u, &mut tally);
        tally.log_density(self.prior.log_density(u))
    }
}

impl<const D: usize, B, P, const K: usize> Density<Fixed, D> for OneWayFlow<B, P, K>
where
    B: OneWay<D>,
    P: Density<Fixed, D, Nats = Fixed>,
{
    type Nats = Fixed;
    const MISFIT: Misfit = either(B::MISFIT, P::MISFIT);

    fn log_density(&self, u: &SVector<Fixed, D>) -> Fixed {
        let mut u = *u;
        self.consume(&mut u, Saturation::NONE)
    }
}

impl<T, const D: usize, E, B, P, const K: usize> Density<T, D> for Encoded<E, OneWayFlow<B, P, K>>
where
    E: Encode<T, D, State = Fixed>,
    B: OneWay<D>,
    P: Density<Fixed, D, Nats = Fixed>,
{
    type Nats = Fixed;
    const MISFIT: Misfit = either(B::MISFIT, P::MISFIT);

    // The state of an input at the limit is the limit: none is greater.
    #[inline]
    fn distances(&self, x: &SVector<T, D>, far: &mut SVector<Fixed, D>)
    where
        T: Number,
    {
        let _ = self.encoder().encode_to(x, far);
    }

    fn log_density(&self, x: &SVector<T, D>) -> Fixed {
        let mut u = SVector::from([Fixed::ZERO; D]);
        let saturation = self.encoder().encode_to(x, &mut u);
        self.flow().consume(&mut u, saturation)
    }
}

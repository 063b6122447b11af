//! The ways to combine the scores of several flows.
//!
//! `tail`: a member's score in nats becomes a tail score `u = −ln P(a normal row scores as high)`, measured on its
//! training rows, and the members' tail scores are averaged. A normal row exceeds `u` with probability about `e^−u`,
//! whatever the scale of a member's own scores. `max`: the highest of the members' tail scores. `density`: the members
//! are a mixture with equal weights, whose score is `−ln (1/N Σ pₙ)` in nats.

use super::tail::Tail;
use serde::{Deserialize, Serialize};

/// How the scores of several flows become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// The mean tail score: all flows count equally, and scores of different models are comparable.
    #[default]
    Tail,
    /// The highest tail score: a row is as rare as the flow says that finds it rarest.
    Max,
    /// The score of an equally weighted mixture of the flows, in nats: still a density, dominated by the flow under
    /// which a row is likeliest.
    Density,
}

/// A way to combine, with what it needs to know of each flow; the runtime crate's `Tails`, `HighestTail` or `MeanDensity`.
#[derive(Clone, Debug, PartialEq)]
pub enum Combination {
    /// `1/N Σ uₙ`, with the tail of each flow.
    Tails(Vec<Tail>),
    /// `max uₙ`, with the tail of each flow.
    HighestTail(Vec<Tail>),
    /// `−ln (1/N Σ pₙ)`, with the number of flows.
    MeanDensity(usize),
}

impl Combination {
    /// The number of flows.
    pub fn members(&self) -> usize {
        match self {
            Self::Tails(tails) | Self::HighestTail(tails) => tails.len(),
            Self::MeanDensity(members) => *members,
        }
    }

    /// Whether the scores are tail scores; otherwise they are in nats.
    pub fn is_tails(&self) -> bool {
        !self.tails().is_empty()
    }

    /// The tail of each flow; none if densities are combined.
    pub fn tails(&self) -> &[Tail] {
        match self {
            Self::Tails(tails) | Self::HighestTail(tails) => tails,
            Self::MeanDensity(_) => &[],
        }
    }

    /// The factor of each member: `1/N` in a mean, 1 where the highest counts.
    pub fn weight(&self) -> f64 {
        match self {
            Self::Tails(_) | Self::MeanDensity(_) => 1.0 / self.members() as f64,
            Self::HighestTail(_) => 1.0,
        }
    }

    /// `ln N`, in nats.
    pub fn ln_members(&self) -> f64 {
        libm::log(self.members() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_count_alike() {
        let tail = Tail {
            knots: [0.0; 16],
            excess: 1.0,
        };
        let highest = Combination::HighestTail(vec![tail; 4]);
        assert_eq!((highest.members(), highest.weight()), (4, 1.0));
        assert!(highest.is_tails());
        let tails = Combination::Tails(vec![tail; 4]);
        assert_eq!((tails.members(), tails.weight()), (4, 0.25));
        assert!(tails.is_tails());
        let density = Combination::MeanDensity(3);
        assert_eq!((density.members(), density.weight()), (3, 1.0 / 3.0));
        assert!(!density.is_tails());
        // The density of one of three drawn at random is a third of the sum: −ln 3 nats.
        assert!((density.ln_members() - 1.098_612_288_668_11).abs() < 1e-14);
    }
}

//! The two ways to make one score of several flows'.
//!
//! By their tails: a member's score in nats becomes a tail score `u = −ln P(a normal row scores as high)`, as measured on
//! its training rows, and the members' tail scores are averaged: so a normal row exceeds `u` about `e^−u` of the time,
//! whatever the members' own scales. Or as a density: that of a member drawn at random, `−ln (1/N Σ pₙ)` in nats.

use super::tail::Tail;
use serde::{Deserialize, Serialize};

/// What the scores of several flows become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// The mean tail score: each flow counts alike, and scores of different models mean the same.
    #[default]
    Tail,
    /// The density of a flow drawn at random, in nats: again a density; the flow that finds a row most likely decides.
    Density,
}

/// A way to combine, with what it needs of each flow: the runtime crate's `Tails` or `MeanDensity`.
#[derive(Clone, Debug, PartialEq)]
pub enum Combination {
    /// `1/N Σ uₙ`, by the tail of each flow.
    Tails(Vec<Tail>),
    /// `−ln (1/N Σ pₙ)`, of so many flows.
    MeanDensity(usize),
}

impl Combination {
    /// How many scores it takes.
    pub fn members(&self) -> usize {
        match self {
            Self::Tails(tails) => tails.len(),
            Self::MeanDensity(members) => *members,
        }
    }

    /// Whether scores are tail scores; else they are nats.
    pub fn is_tails(&self) -> bool {
        matches!(self, Self::Tails(_))
    }

    /// What each tail score is multiplied by.
    pub fn weight(&self) -> f64 {
        1.0 / self.members() as f64
    }

    /// `ln N`, in nats.
    pub fn ln_members(&self) -> f64 {
        libm::log(self.members() as f64)
    }
}

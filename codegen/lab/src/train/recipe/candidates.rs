//! The flows among which labelled anomalies choose.

use super::{DENSITY, MEDIUM, Prior, Recipe, SMALL};

/// The recipes among which labelled anomalies choose, besides the usual one: of different kinds, and none larger than
/// [`MEDIUM`].
pub(in crate::train) const CANDIDATES: [Recipe; 11] = [
    MEDIUM,
    SMALL,
    Recipe {
        name: "1 KB normal, strong decay",
        couplings: 4,
        decay: 1.0,
        ..SMALL
    },
    Recipe {
        name: "1 KB normal, very strong decay",
        couplings: 4,
        decay: 3.0,
        ..SMALL
    },
    Recipe {
        name: "3 KB normal, strong decay",
        budget: 3072,
        decay: 1.0,
        ..SMALL
    },
    Recipe {
        name: "3.5 KB normal, strong decay",
        prior: Prior::Normal,
        noise: 0.1,
        decay: 1.0,
        ..MEDIUM
    },
    Recipe {
        name: "3.5 KB mixture of 4",
        prior: Prior::Mixture(4),
        ..MEDIUM
    },
    Recipe {
        name: "3.5 KB mixture, deep",
        depth: 2,
        ..MEDIUM
    },
    Recipe {
        name: "3.5 KB mixture, much noise",
        noise: 0.2,
        ..MEDIUM
    },
    Recipe {
        name: "3.5 KB mixture, little noise",
        noise: 0.01,
        ..MEDIUM
    },
    DENSITY,
];

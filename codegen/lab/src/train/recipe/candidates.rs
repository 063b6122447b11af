//! The flows among which labelled anomalies choose.

use super::{DENSITY, MEDIUM, Prior, Recipe, SMALL};

/// The least width in four couplings with strong decay: labelled anomalies of `cardio` of `examples/recipe.rs` choose such networks of two
/// hidden units, and without them the area is 1.4 points less.
const NARROW: usize = 2;

/// The recipes among which labelled anomalies choose, besides the usual one: of different kinds, and none larger than
/// [`MEDIUM`]. Those whose budgets ask for networks narrower than the least width are not tried.
pub(in crate::train) const CANDIDATES: [Recipe; 11] = [
    MEDIUM,
    SMALL,
    Recipe {
        name: "small, four couplings, strong decay",
        couplings: 4,
        decay: 1.0,
        least_width: NARROW,
        ..SMALL
    },
    Recipe {
        name: "small, four couplings, very strong decay",
        couplings: 4,
        decay: 3.0,
        least_width: NARROW,
        ..SMALL
    },
    Recipe {
        name: "small, wide networks, strong decay",
        budget: 3072,
        decay: 1.0,
        ..SMALL
    },
    Recipe {
        name: "medium, normal prior, strong decay",
        prior: Prior::Normal,
        noise: 0.1,
        decay: 1.0,
        ..MEDIUM
    },
    Recipe {
        name: "medium, mixture of four",
        prior: Prior::Mixture(4),
        ..MEDIUM
    },
    Recipe {
        name: "medium, two hidden layers",
        depth: 2,
        ..MEDIUM
    },
    Recipe {
        name: "medium, much noise",
        noise: 0.2,
        ..MEDIUM
    },
    Recipe {
        name: "medium, little noise",
        noise: 0.01,
        ..MEDIUM
    },
    DENSITY,
];

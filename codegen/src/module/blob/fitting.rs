//! The module that can run a given blob.

use super::layout::layout;
use crate::model::p_values::{KNOTS, Knots};
use crate::module::emit::{Drift, Extras, Golden};
use crate::module::{Lowered, Spread};
use crate::{Model, Result};
use nice_flow::blob::Header;
use std::ops::Range;

/// How many usual values of an input a module can have; none without any.
const USUAL: [usize; 4] = [0, 3, 5, 7];

/// What a module of the model must have besides, so that its firmware runs blobs with this `LAYOUT`: as many usual values,
/// knots, golden rows and spreads. `None` if no module of this model does. Their numbers are zeros: the blob has its own.
///
/// `lowered` must be [in order](Lowered::in_order).
pub fn fitting(model: &Model, lowered: &Lowered, wanted: u64) -> Option<Extras> {
    let all = USUAL.iter().flat_map(|usual| {
        let kinds = 0..1u8 << 3;
        kinds.map(|kinds| (*usual, [0, 1, 2].map(|bit| kinds >> bit & 1 == 1)))
    });
    let mut all = all.map(|sizes| of_sizes(model.dim(), sizes));
    all.find(|extras| layout(model, lowered, extras) == wanted)
}

fn of_sizes(dim: usize, (usual, [knots, golden, spread]): (usize, [bool; 3])) -> Extras {
    let drift = knots.then_some(Drift {
        rows: 2,
        knots: Knots {
            scores: [0.0; KNOTS],
            step: 0,
        },
    });
    let golden = golden.then(|| Golden {
        row: vec![0.0; dim],
        score: 0.0,
    });
    let spread = spread.then(|| Spread {
        mean: vec![0.0; dim],
        deviation: vec![0.0; dim],
    });
    Extras {
        usual: (usual > 0).then(|| vec![vec![0.0; usual]; dim]),
        drift,
        spread,
        golden,
        package: Some(1),
        ..Extras::default()
    }
}

/// Where threshold and debounce are in a blob: behind the header, a word and two.
const LIMITS: Range<usize> = size_of::<Header>()..size_of::<Header>() + 12;

/// Whether a blob has the model's threshold and debounce.
pub fn has_limits(blob: &[u8], model: &Model, lowered: &Lowered, extras: &Extras) -> Result<bool> {
    let own = super::blob(model, lowered, extras, 1)?;
    Ok(blob.get(LIMITS) == own.get(LIMITS))
}

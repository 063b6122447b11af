//! Diagonal layers: `(x − c)·f` of another shift or scale.

use super::Alternative;
use crate::ir::{Diagonal, Flow, Layer};

/// From one element's `c` and `f` to another's.
type Form = fn(f64, f64) -> (f64, f64);

/// The form, what a manifest says, and what it makes of an element. `t` is `c` if what was read
/// subtracts first, `−c f` if it adds last.
const FORMS: [(&str, &str, Form); 10] = [
    (
        "divide by their scale where they multiply, or the reverse",
        "scale = { map = \"raw\" } of the reciprocals, or form sub_div for sub_mul",
        |c, f| (c, 1.0 / f),
    ),
    (
        "take their stored scale as it is, not its exponential",
        "scale = { map = \"raw\" }",
        |c, f| (c, f.ln()),
    ),
    (
        "take the exponential of their stored scale",
        "scale = { map = \"exp\" }",
        |c, f| (c, f.exp()),
    ),
    (
        "are (x − t)·S, not x·S + t",
        "form = \"sub_mul\" for \"mul_add\"",
        |c, f| (-c * f, f),
    ),
    (
        "are (x − t)/S, not x·S + t",
        "form = \"sub_div\" for \"mul_add\"",
        |c, f| (-c * f, 1.0 / f),
    ),
    (
        "are x/S + t, not x·S + t",
        "the reciprocals of the scale",
        |c, f| (c * f * f, 1.0 / f),
    ),
    (
        "are (x + t)·S, not x·S + t",
        "form = \"sub_mul\" for \"mul_add\", of −t",
        |c, f| (c * f, f),
    ),
    (
        "are x·S + t, not (x − t)·S",
        "form = \"mul_add\" for \"sub_mul\"",
        |c, f| (-c / f, f),
    ),
    (
        "are x·S + t, not (x − t)/S",
        "form = \"mul_add\" for \"sub_div\"",
        |c, f| (-c * f, 1.0 / f),
    ),
    (
        "are (x + t)·S, not (x − t)·S",
        "the shift negated",
        |c, f| (-c, f),
    ),
];

pub(super) fn alternatives() -> Vec<Alternative> {
    let all = FORMS.map(|(what, manifest, form)| {
        let what = format!("diagonal layers {what}");
        Alternative::new("diagonals", what, manifest, move |flow: &mut Flow| {
            diagonals(flow).for_each(|diagonal| change(diagonal, form));
        })
    });
    let last = FORMS.map(|(what, manifest, form)| {
        let what = format!("the last layer is such that diagonal layers {what}");
        Alternative::new("diagonals", what, manifest, move |flow: &mut Flow| {
            if let Some(Layer::Diagonal(diagonal)) = flow.layers.last_mut() {
                change(diagonal, form);
            }
        })
    });
    all.into_iter().chain(last).collect()
}

/// Those that scale: the shift of an LU layer does not.
fn diagonals(flow: &mut Flow) -> impl Iterator<Item = &mut Diagonal> {
    flow.layers.iter_mut().filter_map(|layer| match layer {
        Layer::Diagonal(diagonal) if diagonal.factor.iter().any(|f| *f != 1.0) => Some(diagonal),
        _ => None,
    })
}

fn change(diagonal: &mut Diagonal, form: Form) {
    for (c, f) in diagonal.center.iter_mut().zip(&mut diagonal.factor) {
        (*c, *f) = form(*c, *f);
    }
}

//! Alternatives for diagonal layers `(x − c)·f`: other meanings of the stored shift or scale.

use super::Alternative;
use nice_flow_codegen::flow::ir::{Diagonal, Flow, Layer};

/// Maps `c` and `f` of an element to those of the alternative.
type Form = fn(f64, f64) -> (f64, f64);

/// The description of the alternative, the change in a manifest, and its effect on an element. The stored shift `t` was
/// read as `c = t` by a form that subtracts first, and as `c = −t/f` by a form that adds last.
const FORMS: [(&str, &str, Form); 10] = [
    (
        "x / S for x · S, or the reverse",
        "form = \"sub_div\" where it is \"mul\" or \"sub_mul\", and the reverse",
        |c, f| (c, 1.0 / f),
    ),
    (
        "of S itself, not of exp(S)",
        "scale = { map = \"raw\" }",
        |c, f| (c, f.ln()),
    ),
    (
        "of exp(S), not of S itself",
        "scale = { map = \"exp\" }",
        |c, f| (c, f.exp()),
    ),
    (
        "(x − t)·S, not x·S + t",
        "form = \"sub_mul\" for \"mul_add\"",
        |c, f| (-c * f, f),
    ),
    (
        "(x − t)/S, not x·S + t",
        "form = \"sub_div\" for \"mul_add\"",
        |c, f| (-c * f, 1.0 / f),
    ),
    (
        "x/S + t, not x·S + t",
        "the reciprocals of the scale",
        |c, f| (c * f * f, 1.0 / f),
    ),
    (
        "(x + t)·S, not x·S + t",
        "form = \"sub_mul\" for \"mul_add\", of −t",
        |c, f| (c * f, f),
    ),
    (
        "x·S + t, not (x − t)·S",
        "form = \"mul_add\" for \"sub_mul\"",
        |c, f| (-c / f, f),
    ),
    (
        "x·S + t, not (x − t)/S",
        "form = \"mul_add\" for \"sub_div\"",
        |c, f| (-c * f, 1.0 / f),
    ),
    (
        "(x + t)·S, not (x − t)·S",
        "the shift negated",
        |c, f| (-c, f),
    ),
];

/// Whether the alternative applies to a diagonal layer, given its index and the number of such layers.
type Which = fn(usize, usize) -> bool;

/// The diagonal layers to change: a flow may standardise in its first layer and scale in its last.
const WHICH: [(&str, Which); 4] = [
    ("all diagonal layers are", |_, _| true),
    ("the last diagonal layer is", |i, count| i + 1 == count),
    ("the first diagonal layer is", |i, _| i == 0),
    ("all diagonal layers but the first are", |i, _| i > 0),
];

pub(super) fn alternatives() -> Vec<Alternative> {
    let forms = WHICH.into_iter().flat_map(|(who, which)| {
        FORMS.map(|(what, manifest, form)| {
            let what = format!("{who} {what}");
            Alternative::new("diagonals", what, manifest, move |flow: &mut Flow| {
                let count = diagonals(flow).count();
                let chosen = diagonals(flow).enumerate();
                let chosen = chosen.filter(|(i, _)| which(*i, count));
                chosen.for_each(|(_, diagonal)| change(diagonal, form));
            })
        })
    });
    forms.collect()
}

/// The diagonal layers that scale; the shift of an LU layer does not.
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

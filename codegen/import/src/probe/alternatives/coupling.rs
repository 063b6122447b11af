//! Alternatives for couplings: how shift and scale are applied, and which half is changed.

use super::Alternative;
use nice_flow_codegen::flow::ir::{Coupling, ScaleMap};

pub(super) fn alternatives() -> Vec<Alternative> {
    vec![
        Alternative::new(
            "sign",
            "additive couplings have the other sign",
            "sign = \"-\" where it is \"+\", and the reverse",
            |flow| {
                flow.couplings_mut()
                    .filter(|c| !c.is_affine())
                    .for_each(turn)
            },
        ),
        Alternative::new(
            "halves",
            "the halves change places: what conditions a coupling is what it changes",
            "cond and trans exchanged",
            |flow| {
                flow.couplings_mut()
                    .filter(|c| is_even(c))
                    .for_each(exchange)
            },
        ),
        Alternative::new(
            "form",
            "affine couplings run the other way, x·S + t for (x − t)/S or the reverse",
            "form = \"sub_div\" where it is \"mul_add\", and the reverse",
            |flow| {
                flow.couplings_mut()
                    .filter(|c| c.is_affine())
                    .for_each(turn)
            },
        ),
        Alternative::new(
            "form",
            "affine couplings multiply by S where they divide by it, or the reverse",
            "form = \"sub_mul\" where it is \"sub_div\", and the reverse",
            |flow| flow.couplings_mut().for_each(reciprocate),
        ),
        Alternative::new(
            "form",
            "affine couplings give (x − t)·S for x·S + t, or the reverse",
            "form = \"sub_mul\" where it is \"mul_add\", and the reverse",
            |flow| {
                flow.couplings_mut().for_each(reciprocate);
                flow.couplings_mut()
                    .filter(|c| c.is_affine())
                    .for_each(turn);
            },
        ),
    ]
}

fn is_even(coupling: &Coupling) -> bool {
    coupling.kept.len() == coupling.changed.len()
}

fn turn(coupling: &mut Coupling) {
    coupling.backwards = !coupling.backwards;
}

fn exchange(coupling: &mut Coupling) {
    std::mem::swap(&mut coupling.kept, &mut coupling.changed);
}

/// Replaces the scale `S` by `1 / S`.
fn reciprocate(coupling: &mut Coupling) {
    coupling.scale = coupling.scale.take().map(|map| match map {
        ScaleMap::Reciprocal { of } => *of,
        map => ScaleMap::Reciprocal { of: Box::new(map) },
    });
}

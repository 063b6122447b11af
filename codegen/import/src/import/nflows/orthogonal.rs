//! The layers of nflows that are made of Householder reflections: `HouseholderSequence`, `SVDLinear`, `QRLinear`.

use crate::import::Weights;
use crate::import::ops::{DiagMap, LU_EPS, Linear, Op, Scale, Unit, scaling};

/// The ops of the layer below `at`, if it is one of these.
pub(super) fn read(weights: &Weights, at: &str) -> Option<Vec<Op>> {
    let name = |name: &str| format!("{at}.{name}");
    let has = |one: &str| weights.has(&name(one));
    if has("q_vectors") {
        return Some(vec![reflections(at, None)]);
    }
    if has("orthogonal_1.q_vectors") && has("orthogonal_2.q_vectors") {
        // `U S Vᵀ x + bias`; the second rotation is applied first.
        let (softplus, exp) = ("unconstrained_diagonal", "log_diagonal");
        let scale = match has(softplus) {
            true => Scale::map("softplus", &[("eps", LU_EPS)]).of(name(softplus)),
            false => Scale::map("exp", &[]).of(name(exp)),
        };
        return Some(vec![
            reflections(&name("orthogonal_2"), None),
            scaling(scale),
            reflections(&name("orthogonal_1"), Some(name("bias"))),
        ]);
    }
    if has("orthogonal.q_vectors") && has("log_upper_diag") {
        // `Q R x + bias`.
        let upper = Op::Linear(Linear::LuPacked {
            lower: None,
            upper: name("upper_entries").into(),
            diag: name("log_upper_diag").into(),
            diag_map: DiagMap::Exp,
            diag_eps: 0.0,
            unit: Unit::Lower,
            b: None,
        });
        let rotation = reflections(&name("orthogonal"), Some(name("bias")));
        return Some(vec![upper, rotation]);
    }
    None
}

fn reflections(at: &str, b: Option<String>) -> Op {
    Op::Linear(Linear::Householder {
        vectors: format!("{at}.q_vectors").into(),
        b: b.map(Into::into),
    })
}

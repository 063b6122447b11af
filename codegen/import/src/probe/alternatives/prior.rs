//! Alternatives for the prior.

use super::Alternative;
use nice_flow_codegen::flow::ir::Prior;

pub(super) fn alternatives() -> Vec<Alternative> {
    vec![
        Alternative::new(
            "prior",
            "the prior is logistic",
            "kind = \"logistic\" in [prior]",
            |flow| flow.prior = Prior::Logistic.given(flow.prior.context().to_vec()),
        ),
        Alternative::new(
            "prior",
            "the prior is standard normal",
            "kind = \"normal\" in [prior], without tensors",
            |flow| flow.prior = Prior::Normal.given(flow.prior.context().to_vec()),
        ),
    ]
}

//! A flow of a model.

use super::tail::Tail;
use crate::flow::ir::{Diagonal, Flow, Layer};
use std::collections::BTreeMap;

/// How many flows `nice-flow train` makes if nothing is said.
pub const USUAL_MEMBERS: usize = 3;

/// A flow of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The transformation from raw units to the flow's inputs.
    pub preprocessing: Option<Diagonal>,
    /// The flow, which takes preprocessed inputs.
    pub flow: Flow,
    /// The distribution of its scores of normal rows; needed for `combine = tail`.
    pub tail: Option<Tail>,
    /// How it was trained, as free text by key; empty if unknown.
    pub training: BTreeMap<String, String>,
}

impl Member {
    /// A flow on raw inputs.
    pub fn new(flow: Flow) -> Self {
        Self {
            preprocessing: None,
            flow,
            tail: None,
            training: BTreeMap::new(),
        }
    }

    /// The flow on raw inputs: preprocessing becomes its first layer, log-determinant included.
    pub fn raw_flow(&self) -> Flow {
        let mut flow = self.flow.clone();
        if let Some(preprocessing) = &self.preprocessing {
            flow.layers
                .insert(0, Layer::Diagonal(preprocessing.clone()));
        }
        flow
    }
}

//! A flow of a model.

use super::tail::Tail;
use crate::flow::ir::{Diagonal, Flow, Layer};
use std::collections::BTreeMap;

/// A flow of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// From raw units to what the flow was trained on.
    pub preprocessing: Option<Diagonal>,
    /// The flow, on preprocessed inputs.
    pub flow: Flow,
    /// How its scores of normal rows are distributed; needed to combine by tails.
    pub tail: Option<Tail>,
    /// How it was trained, if we know: free text pairs.
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

    /// The flow on raw inputs: preprocessing first, its log-determinant included.
    pub fn raw_flow(&self) -> Flow {
        let mut flow = self.flow.clone();
        if let Some(preprocessing) = &self.preprocessing {
            flow.layers
                .insert(0, Layer::Diagonal(preprocessing.clone()));
        }
        flow
    }
}

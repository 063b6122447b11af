//! What scores rows: a model in one arithmetic, made once.

use nice_flow_codegen::flow::ir::Flow;
use nice_flow_codegen::model::Member;
use nice_flow_codegen::{Lowered, Model, Result, lowered};
use nice_flow_lab::host::arithmetic::Arithmetic;
use std::sync::{Arc, OnceLock};

/// The reference's flows on raw inputs, or a module.
pub enum Made {
    Reference(Vec<Flow>),
    Module(Lowered),
}

impl Made {
    fn new(model: &Model, arithmetic: Arithmetic) -> Result<Self> {
        Ok(match arithmetic.module() {
            None => Self::Reference(model.members.iter().map(Member::raw_flow).collect()),
            Some(numeric) => Self::Module(lowered(model, numeric)?),
        })
    }
}

/// One for each arithmetic, from when it is first asked for.
#[derive(Default)]
pub struct Cache([OnceLock<Arc<Made>>; 4]);

impl Cache {
    /// The model in an arithmetic; two threads may make it at once, and one of them wins.
    pub fn get(&self, model: &Model, arithmetic: Arithmetic) -> Result<Arc<Made>> {
        let place = &self.0[arithmetic as usize];
        if let Some(made) = place.get() {
            return Ok(made.clone());
        }
        let made = Arc::new(Made::new(model, arithmetic)?);
        Ok(place.get_or_init(|| made).clone())
    }
}

//! What networks read in place of a context that changes.

use super::given::Given;
use super::network::network;
use super::schema::Step;
use super::tensors::Tensors;
use nalgebra::{DMatrix, DVector};
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::flow::ir::{Linear, Stage};

/// The inputs that are context, which networks read behind these steps; they must be linear.
pub(super) fn given(inputs: usize, steps: &[Step], tensors: &Tensors) -> Result<Given> {
    if steps.is_empty() {
        return Ok(Given::plain(inputs));
    }
    if inputs == 0 {
        let message = "expected names in `context` beside it, found none";
        return Err(Error::input("embedding", message));
    }
    let (steps, _) = network(steps, inputs, tensors)?;
    let mut whole = Linear {
        weight: DMatrix::identity(inputs, inputs),
        bias: DVector::zeros(inputs),
    };
    for stage in steps.0 {
        whole = match stage {
            Stage::Linear(Linear { weight, bias }) => Linear {
                bias: &weight * whole.bias + bias,
                weight: weight * whole.weight,
            },
            Stage::Scale { factor, shift } => Linear {
                weight: DMatrix::from_diagonal(&factor) * whole.weight,
                bias: whole.bias.component_mul(&factor) + shift,
            },
            _ => {
                let message = "expected linear layers and standardisations, found another step";
                return Err(Error::input("embedding", message));
            }
        };
    }
    Ok(Given::embedded(inputs, whole))
}

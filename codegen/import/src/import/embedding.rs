//! The context in the units that networks read, where sbi standardises it before them.

use super::context::Context;
use super::{Settings, Weights};
use nice_flow_codegen::error::Result;

/// The context, a constant one standardised where sbi does so, and the tensors that it took.
pub(super) fn standardised(
    weights: &Weights,
    settings: &mut Settings,
) -> Result<(Context, Vec<String>)> {
    let [mean, std] = ["_embedding_net.0._mean", "_embedding_net.0._std"];
    let context = match settings.context()? {
        context if context.is_empty() || !weights.has(mean) => return Ok((context, vec![])),
        context => context.constant(weights, mean)?.to_vec(),
    };
    let spread = |name: &str| -> Result<Vec<f64>> {
        let numbers = weights.numbers(name, weights.shape(name)?)?;
        match numbers.len() {
            1 => Ok(vec![numbers[0]; context.len()]),
            n if n == context.len() => Ok(numbers.to_vec()),
            n => Err(weights.error(
                name,
                format!("expected a context of {n} numbers, found {}", context.len()),
            )),
        }
    };
    let pairs = spread(mean)?.into_iter().zip(spread(std)?);
    settings.note("context: standardised by _embedding_net in the file");
    let standardised = context
        .iter()
        .zip(pairs)
        .map(|(c, (mean, std))| (c - mean) / std);
    let standardised = Context::Constant(standardised.collect());
    Ok((standardised, vec![mean.into(), std.into()]))
}

//! The constant context of a conditional flow, in the units that its networks read.

use super::{Settings, Weights};
use nice_flow_codegen::error::Result;

/// The constant context, standardised where sbi does so, and the tensors that it took.
pub(super) fn standardised(
    weights: &Weights,
    settings: &mut Settings,
) -> Result<(Vec<f64>, Vec<String>)> {
    let [mean, std] = ["_embedding_net.0._mean", "_embedding_net.0._std"];
    let context = settings.context()?;
    if context.is_empty() || !weights.has(mean) {
        return Ok((context, vec![]));
    }
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
    Ok((standardised.collect(), vec![mean.into(), std.into()]))
}

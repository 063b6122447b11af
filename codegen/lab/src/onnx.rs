//! A model as an ONNX file, for gateways and servers that have a runtime for such files.
//!
//! The graph takes rows `x [n, D]` in raw units and gives
//!
//! | output | shape | meaning |
//! |---|---|---|
//! | `z` | `[n, D]` | the latent vector `f(x)` |
//! | `log_density` | `[n]` | `ln p(x)` in nats |
//! | `score` | `[n]` | what `nice-flow score` prints: `−ln p(x)`, or what the members of an ensemble combine to |
//! | `anomalous` | `[n]` | whether the score is above the threshold or no number; left out of a model without a threshold |
//!
//! An ensemble has `z_0`, `log_density_0` and so on, of each of its members. The numbers are those of the reference up to
//! rounding: a runtime may sum in any order, so they do not have the bits of a board.
//!
//! Only operations are written that onnxruntime has in both precisions. Source: the operators of opset 18,
//! <https://onnx.ai/onnx/operators/>.

mod ensemble;
mod flow;
mod graph;
mod network;
mod prior;
mod proto;
mod scale;

use graph::Graph;
use nice_flow_codegen::model::Missing;
use nice_flow_codegen::{Error, Model, Result};
use prost::Message;
use proto::{ModelProto, Pair, Value};

/// The type of all numbers of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// `float`.
    #[default]
    Single,
    /// `double`.
    Double,
}

/// Protocol buffers hold at most 2 GiB.
const MOST_BYTES: usize = i32::MAX as usize;

/// The bytes of an `.onnx` file; the same model gives the same bytes.
///
/// An error for a model with GELU in [`Precision::Double`], in which onnxruntime has no error function, and for one whose
/// file would have more than 2 GiB.
pub fn export(model: &Model, precision: Precision) -> Result<Vec<u8>> {
    let mut graph = Graph::new(precision);
    let x = Value::rows("x", graph.element(), model.dim());
    let outputs = ensemble::outputs(&mut graph, model)?;
    let file = ModelProto::new(graph.finish(&model.name, x, outputs), metadata(model));
    match file.encoded_len() {
        bytes if bytes <= MOST_BYTES => Ok(file.encode_to_vec()),
        bytes => Err(Error::input(
            "onnx",
            format!(
                "expected at most {MOST_BYTES} bytes, which is all that such a file holds, found {bytes}"
            ),
        )),
    }
}

/// What a user of the file must do that the graph does not, in sentences.
pub fn notes(model: &Model) -> Vec<String> {
    let front_end = model.front_end.as_ref().map(|_| {
        "the file takes what the front end makes of a window, which `nice-flow features` computes, and no raw samples".into()
    });
    let baseline = model.baseline.map(|baseline| {
        format!("the file takes rows above their moving baseline ({baseline}), which it does not compute")
    });
    let missing = (model.missing != Missing::Alarm)
        .then(|| "a missing cell makes a row anomalous in the file, whatever the model says of missing cells".into());
    front_end
        .into_iter()
        .chain(baseline)
        .chain(missing)
        .collect()
}

fn metadata(model: &Model) -> Vec<Pair> {
    let mut pairs = vec![Pair::new(
        "nice_flow.features",
        serde_json::json!(model.features).to_string(),
    )];
    if !model.origin.sha256.is_empty() {
        pairs.push(Pair::new("nice_flow.origin.sha256", &model.origin.sha256));
    }
    if let Some(threshold) = model.threshold {
        let rate = threshold.false_alarm_rate;
        pairs.push(Pair::new("nice_flow.threshold", threshold.score));
        pairs.push(Pair::new("nice_flow.false_alarm_rate", rate));
    }
    pairs
}

#[cfg(test)]
mod tests;

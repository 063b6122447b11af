//! The preprocessing in a manifest, and the threshold, whose unit depends on it.

use super::schema::{Op, Space};
use super::tensors::Tensors;
use super::{Manifest, layer};
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::flow::ir::{Diagonal, Layer};
use nice_flow_codegen::model::Threshold;

impl Manifest {
    /// Splits the preprocessing: leading diagonal layers, merged into one, and all layers from the first that mixes
    /// elements.
    ///
    /// The diagonal becomes the preprocessing of the model file; the rest becomes the first layers of the flow. The
    /// model's own units are those between the two.
    pub(super) fn preprocessing(
        &self,
        tensors: &Tensors,
    ) -> Result<(Option<Diagonal>, Vec<Layer>)> {
        let (mut each, mut mixing): (Option<Diagonal>, Vec<Layer>) = (None, vec![]);
        for (index, op) in self.schema.pre.iter().enumerate() {
            let wrong = |error| self.at("pre", index, error);
            if let Op::Coupling(_) = op {
                let message = "expected diag, permute or linear; a coupling belongs into [[ops]]";
                return Err(wrong(Error::input("op", message)));
            }
            let layers = layer::layers(op, self.schema.dim, tensors).map_err(wrong)?;
            match (layers.as_slice(), mixing.is_empty()) {
                ([Layer::Diagonal(next)], true) => {
                    each = Some(each.map_or(next.clone(), |before| before.then(next)));
                }
                _ => mixing.extend(layers),
            }
        }
        Ok((each, mixing))
    }

    /// The threshold in raw units, where `−ln p` is lower by the log-determinant of the whole preprocessing.
    pub(super) fn threshold(&self, each: Option<&Diagonal>, mixing: &[Layer]) -> Option<Threshold> {
        let raw = || {
            let zeros = || vec![0.0; self.schema.dim];
            let mixing = mixing.iter().map(|layer| layer.forward(&mut zeros()));
            each.map_or(0.0, Diagonal::log_det) + mixing.sum::<f64>()
        };
        self.schema.threshold.map(|given| Threshold {
            score: match given.space {
                Space::Model => given.score - raw(),
                Space::Raw => given.score,
            },
            false_alarm_rate: given.false_alarm_rate,
        })
    }
}

//! Batch normalisation in training mode: with the statistics of the rows that are scored, not those of training.

use super::Manifest;
use super::schema::{Key, Op, Step};
use crate::checkpoint::Checkpoint;
use crate::imported::Imported;
use nalgebra::DVector;
use nice_flow_codegen::flow::ir::{Flow, Layer, Network, Stage};

/// Mean and variance of each element.
type Statistics = (Vec<f64>, Vec<f64>);

impl Manifest {
    /// The model in whose networks batch normalisation uses the mean and variance of these rows, as a library's training mode
    /// does; `None` if no network normalises. Rows are in the flow's units.
    pub(crate) fn in_training_mode(
        &self,
        checkpoint: &Checkpoint,
        rows: &[Vec<f64>],
    ) -> Option<Imported> {
        let normalisations = self.normalisations();
        let mut changed = checkpoint.clone();
        for (place, [at_mean, at_variance]) in normalisations.iter().enumerate() {
            let flow = self.import(&changed).ok()?.model.first().flow.clone();
            let (mean, variance) = statistics(&scaled(&flow, rows, place)?)?;
            changed.tensors.get_mut(at_mean)?.data = mean;
            changed.tensors.get_mut(at_variance)?.data = variance;
        }
        (!normalisations.is_empty()).then(|| self.import(&changed).ok())?
    }

    /// The full names of mean and variance of each normalisation, in the order in which networks run.
    fn normalisations(&self) -> Vec<[String; 2]> {
        let couplings = self.schema.ops.iter().filter_map(|op| match op {
            Op::Coupling(coupling) => Some((&coupling.net, &coupling.net_scale)),
            Op::Autoregressive(layer) => Some((&layer.net, &layer.net_scale)),
            _ => None,
        });
        let steps = couplings.flat_map(|(net, scale)| net.iter().chain(scale.iter().flatten()));
        let root = match self.schema.source.root.trim_matches('.') {
            "" => String::new(),
            root => format!("{root}."),
        };
        let names = steps.filter_map(|step| match step {
            Step::BatchNorm {
                mean: Key::Whole(mean),
                var: Key::Whole(variance),
                ..
            } => Some([mean, variance].map(|name| format!("{root}{name}"))),
            _ => None,
        });
        names.collect()
    }
}

/// What the scale at this place among those of all networks reads, of each row.
fn scaled(flow: &Flow, rows: &[Vec<f64>], place: usize) -> Option<Vec<DVector<f64>>> {
    let mut seen: Vec<Vec<DVector<f64>>> = vec![];
    for row in rows {
        let mut x = row.clone();
        let mut here = vec![];
        for layer in &flow.layers {
            let (reads, conditioner) = match layer {
                Layer::Coupling(coupling) => (coupling.kept.clone(), Some(&coupling.conditioner)),
                Layer::Autoregressive(of) => ((0..x.len()).collect(), Some(&of.conditioner)),
                _ => (vec![], None),
            };
            let read = DVector::from_iterator(reads.len(), reads.iter().map(|&i| x[i]));
            let networks = conditioner.into_iter().flat_map(|both| both.networks());
            networks.for_each(|network| {
                watched(network, read.clone(), &mut here);
            });
            layer.forward(&mut x);
        }
        seen.push(here);
    }
    let of_row = |here: Vec<DVector<f64>>| here.into_iter().nth(place);
    seen.into_iter().map(of_row).collect()
}

/// The network's output; adds what each of its scales reads.
fn watched(network: &Network, x: DVector<f64>, seen: &mut Vec<DVector<f64>>) -> DVector<f64> {
    network.0.iter().fold(x, |h, stage| match stage {
        Stage::Skip(branch) => watched(branch, h.clone(), seen) + h,
        stage => {
            if matches!(stage, Stage::Scale { .. }) {
                seen.push(h.clone());
            }
            Network(vec![stage.clone()]).eval(&h)
        }
    })
}

/// Of at least two rows.
fn statistics(rows: &[DVector<f64>]) -> Option<Statistics> {
    let count = rows.len() as f64;
    let width = rows.first().filter(|_| rows.len() > 1)?.len();
    let mean = rows.iter().sum::<DVector<f64>>() / count;
    let squares = rows.iter().map(|row| (row - &mean).map(|d| d * d));
    let variance = squares.fold(DVector::zeros(width), |sum, square| sum + square) / count;
    Some((mean.as_slice().to_vec(), variance.as_slice().to_vec()))
}

//! Moves scales to both ends of a flow, so that the layers between them only shift and permute.
//!
//! Between `entry` and the final diagonal the state is `u`, and an element's value is `S u + T` with known `S` and `T`.
//! A diagonal layer changes `S` and `T` only. A coupling keeps reading and writing values through its rescaled first
//! and last linear layers. A triangular matrix becomes a unit triangular one, a dense one becomes two of them.

mod affine;

use super::dense::{self, Factors};
use super::ends;
use super::product::product;
use crate::flow::ir::{
    Coupling, Dense, Diagonal, Flow, Layer, Linear, Network, Parameters, Side, Stage, Triangular,
};
use crate::{Error, Result};
use nalgebra::{DMatrix, DVector};

/// The same density as `entry`; couplings, unit triangular layers and permutations; then a diagonal in front of the
/// prior.
///
/// Networks must be folded. `behind` holds, for each layer that scales by what it reads, the standard deviation of the values behind it.
pub fn push(flow: &Flow, entry: &Diagonal, behind: &[Vec<f64>]) -> Result<Flow> {
    let mut walk = Walk {
        scale: entry.factor.iter().map(|factor| 1.0 / factor).collect(),
        shift: entry.center.clone(),
        layers: vec![Layer::Diagonal(entry.clone())],
    };
    let mut index = 0;
    while let Some(layer) = flow.layers.get(index) {
        let at = |message: String| Error::input(format!("layers.{index}"), message);
        let run = flow.layers[index..]
            .iter()
            .map_while(as_dense)
            .collect::<Vec<_>>();
        match layer {
            Layer::Diagonal(diagonal) => walk.diagonal(diagonal),
            Layer::Permute(order) => walk.permute(order),
            Layer::Coupling(coupling) if !coupling.is_affine() => {
                walk.coupling(coupling).map_err(at)?;
            }
            Layer::Coupling(coupling) => {
                walk.affine_coupling(coupling, &behind[index]).map_err(at)?;
            }
            Layer::Autoregressive(layer) => {
                walk.autoregressive(layer, &behind[index]).map_err(at)?;
            }
            Layer::Triangular(triangular) if run.len() == 1 => walk.triangular(triangular),
            Layer::Triangular(_) | Layer::Dense(_) => walk.dense(&run).map_err(at)?,
        }
        index += run.len().max(1);
    }
    let exit = Diagonal::affine(walk.scale, &walk.shift);
    walk.layers.push(Layer::Diagonal(exit));
    Ok(Flow {
        layers: walk.layers,
        ..flow.clone()
    })
}

/// The layers folded so far; the value of each element is `scale · u + shift`.
struct Walk {
    scale: Vec<f64>,
    shift: Vec<f64>,
    layers: Vec<Layer>,
}

impl Walk {
    fn diagonal(&mut self, Diagonal { center, factor }: &Diagonal) {
        let values = self.scale.iter_mut().zip(&mut self.shift);
        for ((scale, shift), (center, factor)) in values.zip(center.iter().zip(factor)) {
            *scale *= factor;
            *shift = (*shift - center) * factor;
        }
    }

    fn permute(&mut self, order: &[usize]) {
        let pick = |values: &[f64]| order.iter().map(|&from| values[from]).collect();
        (self.scale, self.shift) = (pick(&self.scale), pick(&self.shift));
        self.layers.push(Layer::Permute(order.to_vec()));
    }

    /// Rewrites `A (S u + T)`, `A` triangular, as `D L u + A T`: the scale of the state becomes `D`, and `L` is unit triangular.
    fn triangular(&mut self, Triangular { side, matrix }: &Triangular) {
        let scaled = with_columns(matrix, &self.scale);
        let d = scaled.diagonal();
        let unit = |i: usize, j: usize| if i == j { 1.0 } else { scaled[(i, j)] / d[i] };
        self.triangle(*side, DMatrix::from_fn(d.len(), d.len(), unit));
        self.shift = (matrix * column(&self.shift)).as_slice().to_vec();
        self.scale = d.as_slice().to_vec();
    }

    /// Rewrites `A (S u + T) + b` as `P L D U u + (A T + b)`: the scale of the state becomes `D`, and `D⁻¹ L D` is unit
    /// triangular.
    fn dense(&mut self, run: &[Dense]) -> std::result::Result<(), String> {
        let Some(all) = run.iter().cloned().reduce(then) else {
            return Ok(());
        };
        all.check_log_det(&dense::factors(&all.matrix)?.upper)?;
        let Factors {
            upper,
            lower,
            order,
        } = dense::factors(&with_columns(&all.matrix, &self.scale))?;
        let (dim, d) = (self.scale.len(), upper.diagonal());
        let unit = |i: usize, j: usize, t: f64| if i == j { 1.0 } else { t };
        let upper = DMatrix::from_fn(dim, dim, |i, j| unit(i, j, upper[(i, j)] / d[i]));
        let lower = DMatrix::from_fn(dim, dim, |i, j| unit(i, j, lower[(i, j)] * d[j] / d[i]));
        self.triangle(Side::Upper, upper);
        self.triangle(Side::Lower, lower);
        let moved = &all.matrix * column(&self.shift) + &all.shift;
        self.scale = d.as_slice().to_vec();
        self.permute(&order);
        self.shift = moved.as_slice().to_vec();
        Ok(())
    }

    /// Adds a triangular layer, unless it is the identity.
    fn triangle(&mut self, side: Side, matrix: DMatrix<f64>) {
        if !matrix.is_identity(0.0) {
            self.layers
                .push(Layer::Triangular(Triangular { side, matrix }));
        }
    }

    fn coupling(&mut self, coupling: &Coupling) -> std::result::Result<(), String> {
        let (Parameters::Joint(network), None) = (&coupling.conditioner, &coupling.scale) else {
            return Err("expected an additive coupling, found an affine one".into());
        };
        let pick = |values: &[f64], at: &[usize]| at.iter().map(|&i| values[i]).collect::<Vec<_>>();
        let (scale, shift) = (
            pick(&self.scale, &coupling.kept),
            pick(&self.shift, &coupling.kept),
        );
        let outputs = pick(&self.scale, &coupling.changed);
        // Only positive factors may move through a ReLU on the output.
        let mut network = match outputs.iter().all(|scale| *scale > 0.0) {
            true => network.clone(),
            false => ends::close(network),
        };
        rescale(&mut network, &scale, &shift, &outputs)?;
        self.layers.push(Layer::Coupling(Coupling {
            conditioner: Parameters::Joint(network),
            ..coupling.clone()
        }));
        Ok(())
    }
}

/// The network for the state `u` of elements with value `scale · u + shift`; its output is in units of `u` too.
fn rescale(
    network: &mut Network,
    scale: &[f64],
    shift: &[f64],
    outputs: &[f64],
) -> std::result::Result<(), String> {
    let Some(Stage::Linear(first)) = network.0.first_mut() else {
        return Err("expected a network that begins with a linear layer".into());
    };
    first.bias += &first.weight * column(shift);
    first.weight = with_columns(&first.weight, scale);
    let last =
        ends::last_linear(network).ok_or("expected a network that ends with a linear layer")?;
    for (row, scale) in outputs.iter().enumerate() {
        scale_row(last, row, *scale);
    }
    Ok(())
}

/// Divides a row by `scale`.
fn scale_row(layer: &mut Linear, row: usize, scale: f64) {
    layer.bias[row] /= scale;
    let mut weights = layer.weight.row_mut(row);
    weights.iter_mut().for_each(|weight| *weight /= scale);
}

/// The layer as a dense matrix, if it is linear.
fn as_dense(layer: &Layer) -> Option<Dense> {
    match layer {
        Layer::Triangular(triangular) => Some(Dense {
            log_det: triangular.log_det(),
            shift: DVector::zeros(triangular.dim()),
            matrix: triangular.matrix.clone(),
        }),
        Layer::Dense(dense) => Some(dense.clone()),
        _ => None,
    }
}

/// The composition of two dense layers.
fn then(first: Dense, second: Dense) -> Dense {
    Dense {
        shift: &second.matrix * &first.shift + &second.shift,
        matrix: product(&second.matrix, &first.matrix),
        log_det: first.log_det + second.log_det,
    }
}

fn with_columns(matrix: &DMatrix<f64>, scale: &[f64]) -> DMatrix<f64> {
    DMatrix::from_fn(matrix.nrows(), matrix.ncols(), |i, j| {
        matrix[(i, j)] * scale[j]
    })
}

fn column(values: &[f64]) -> DVector<f64> {
    DVector::from_column_slice(values)
}

#[cfg(test)]
mod tests;

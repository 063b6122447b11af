//! Masked networks: their units in an order that rounding respects, and the proof that it did.
//!
//! Rounding passes the error of a weight to the next ones of its row, and a byte is also a fraction of the next weight. Both would
//! write into a zero of a mask behind it. So inputs and hidden units are sorted by degree, the largest first: the degree of an
//! input is its place in the order of the elements, that of a unit the number of inputs it depends on. A unit reads those of no
//! larger degree, so that the zeros of its mask are the first weights of its row, in front of everything that is passed on.

use super::Network;
use super::dense::QuantisedDense;
use super::network::Part;
use crate::flow::ir::{self, Activation, Linear, Parameters, Stage, Steer, Steering};
use nalgebra::{DMatrix, DVector};

/// Networks with sorted inputs and hidden units.
pub(super) struct Sorted {
    /// The elements in the order in which the networks read them.
    pub reads: Vec<usize>,
    /// The networks, whose first columns are in this order.
    pub networks: Vec<ir::Network>,
}

/// Sorts the inputs of a masked conditioner of `dim` elements, and the hidden units of its networks.
pub(super) fn sorted(conditioner: &Parameters, dim: usize) -> Sorted {
    let mut readers = vec![0; dim];
    for network in conditioner.networks() {
        if let Some(Stage::Linear(first)) = network.0.first() {
            let counts = first
                .weight
                .column_iter()
                .map(|column| count(column.iter()));
            readers
                .iter_mut()
                .zip(counts)
                .for_each(|(sum, n)| *sum += n);
        }
    }
    let mut reads: Vec<usize> = (0..dim).collect();
    reads.sort_by_key(|&input| readers[input]);
    let networks = conditioner.networks().map(|network| {
        let mut sorting = Sorting {
            order: reads.clone(),
            reach: DMatrix::identity(dim, dim),
        };
        sorting.network(network)
    });
    Sorted {
        networks: networks.collect(),
        reads,
    }
}

/// How many weights are not zero.
fn count<'a>(weights: impl Iterator<Item = &'a f64>) -> usize {
    weights.filter(|weight| **weight != 0.0).count()
}

/// The units before a stage.
#[derive(Clone)]
struct Sorting {
    /// The unit that is at each place now.
    order: Vec<usize>,
    /// Ones where a unit (row, as it was numbered before) depends on an input (column).
    reach: DMatrix<f64>,
}

impl Sorting {
    /// A network with this order of inputs, sorted hidden units, and outputs as they were.
    fn network(&mut self, network: &ir::Network) -> ir::Network {
        let is_linear = |stage: &Stage| matches!(stage, Stage::Linear(_));
        let last = network.0.iter().rposition(is_linear);
        let next = |at: usize| network.0.get(at + 1);
        let stages = network.0.iter().enumerate();
        let stages = stages.flat_map(|(at, stage)| match (stage, next(at)) {
            (Stage::Linear(layer), Some(Stage::Steer(steer))) => self.steered(layer, steer),
            (Stage::Linear(layer), _) => {
                self.reach = touched(&layer.weight, &self.reach);
                let rows = match Some(at) == last {
                    true => (0..layer.bias.len()).collect(),
                    false => self.by_degree(),
                };
                let sorted = arranged(layer, &rows, &self.order);
                self.order = rows;
                vec![Stage::Linear(sorted)]
            }
            (Stage::Skip(branch), _) => vec![Stage::Skip(self.branch(branch))],
            // Sorted with the layer in front of it.
            (Stage::Steer(_), _) => vec![],
            (stage, _) => vec![stage.clone()],
        });
        ir::Network(stages.collect())
    }

    /// A layer of lanes and what they steer: units of the hidden vector in one order, those inside each branch in their own.
    fn steered(&mut self, layer: &Linear, steer: &Steer) -> Vec<Stage> {
        let (width, first) = (steer.width, steer.lanes() - steer.branches.len());
        let reach = touched(&layer.weight, &self.reach);
        let lane = |n: usize| reach.rows(n * width, width).into_owned();
        let read = std::mem::take(&mut self.order);
        self.reach = (0..first).map(lane).sum();
        self.order = self.by_degree();
        let of_lane = |n: usize, units: &[usize]| -> Vec<usize> {
            units.iter().map(|unit| n * width + unit).collect()
        };
        let mut rows: Vec<usize> = (0..first).flat_map(|n| of_lane(n, &self.order)).collect();
        let mut branches = vec![];
        for (n, [hidden, output]) in (first..).zip(&steer.branches) {
            let mut within = Self {
                order: vec![],
                reach: touched(&hidden.weight, &self.reach),
            };
            if steer.how == Steering::Add {
                within.reach += lane(n);
            }
            within.order = within.by_degree();
            rows.extend(match steer.how {
                Steering::Add => of_lane(n, &within.order),
                Steering::Gate => of_lane(n, &self.order),
            });
            branches.push([
                arranged(hidden, &within.order, &self.order),
                arranged(output, &self.order, &within.order),
            ]);
            self.reach += touched(&output.weight, &within.reach);
            if steer.how == Steering::Gate {
                self.reach += lane(n);
            }
        }
        let steer = Steer {
            branches,
            ..steer.clone()
        };
        vec![
            Stage::Linear(arranged(layer, &rows, &read)),
            Stage::Steer(steer),
        ]
    }

    /// A branch, whose outputs are added to the units before it and stay where these are.
    fn branch(&mut self, branch: &ir::Network) -> ir::Network {
        let mut within = self.clone();
        let mut branch = within.network(branch);
        let last = branch.0.iter_mut().rev().find_map(|stage| match stage {
            Stage::Linear(layer) => Some(layer),
            _ => None,
        });
        if let Some(last) = last {
            last.weight = last.weight.select_rows(&self.order);
            last.bias = last.bias.select_rows(&self.order);
        }
        self.reach += within.reach;
        branch
    }

    /// The units by the number of inputs that they depend on, the largest first.
    fn by_degree(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.reach.nrows()).collect();
        let degree = |unit: usize| count(self.reach.row(unit).iter());
        order.sort_by_key(|&unit| std::cmp::Reverse(degree(unit)));
        order
    }
}

/// Ones where an output of these weights depends on an input, if `reach` says so of what they read.
fn touched(weight: &DMatrix<f64>, reach: &DMatrix<f64>) -> DMatrix<f64> {
    let one = |number: f64| f64::from(u8::from(number != 0.0));
    (weight.map(one) * reach.map(one)).map(one)
}

fn arranged(layer: &Linear, rows: &[usize], columns: &[usize]) -> Linear {
    Linear {
        weight: layer.weight.select_rows(rows).select_columns(columns),
        bias: layer.bias.select_rows(rows),
    }
}

/// An error unless the rounded networks, which read the elements `reads`, still give shift and scale of each element by
/// elements before it only.
pub(super) fn check(networks: &[Network], reads: &[usize]) -> Result<(), String> {
    let place = ir::inverse_order(reads);
    let mut rounded = networks.iter().map(|network| of_rounded(network, &place));
    let conditioner = match (rounded.next(), rounded.next()) {
        (Some(shift), Some(scale)) => Parameters::Separate { shift, scale },
        (Some(joint), None) => Parameters::Joint(joint),
        (None, _) => return Err("expected a network".into()),
    };
    match conditioner.order(reads.len()) {
        Some(_) => Ok(()),
        None => Err("expected a mask that rounding keeps, one in which of any two units one reads all that the other reads; found another, \
             so that errors of rounding let an element depend on itself or on later ones; only f32 takes it"
            .into()),
    }
}

/// The rounded weights, with an element in each column of the first: what depends on what, nothing else.
fn of_rounded(network: &Network, place: &[usize]) -> ir::Network {
    let mut first = match lanes(network) {
        lanes if lanes.len() > 1 => steered(network, &lanes),
        _ => stages(&network.first),
    };
    if let Some(Stage::Linear(layer)) = first.first_mut() {
        layer.weight = layer.weight.select_columns(place);
    }
    if let Some((last, skips)) = network.rest.split_last() {
        let is_steered = matches!(first.last(), Some(Stage::Steer(_)));
        let skips = skips.iter().filter(|_| !is_steered);
        first.extend(skips.map(|skip| Stage::Skip(ir::Network(stages(skip)))));
        first.extend(stages(last));
    }
    ir::Network(first)
}

/// The layers that read the input of the network, in the order of lanes.
fn lanes(network: &Network) -> Vec<Linear> {
    let first = network.first.layers().take(1);
    let offset = network.offset.iter().map(|offset| &offset.lane);
    let joins = network.joins.iter().map(|join| &join.lane);
    let all = first.chain(offset).chain(joins).chain(&network.gates);
    all.map(linear).collect()
}

/// The lanes as one layer, and what they steer.
fn steered(network: &Network, lanes: &[Linear]) -> Vec<Stage> {
    let rows: Vec<_> = lanes
        .iter()
        .flat_map(|lane| lane.weight.row_iter())
        .collect();
    let skips = network
        .rest
        .split_last()
        .map_or(&[][..], |(_, skips)| skips);
    let branch = |(n, skip): (usize, &Part)| {
        let first = network.joins.get(n).map(|join| &join.part.output);
        let first = first.or(skip.hidden.first()).unwrap_or(&skip.output);
        [linear(first), linear(&skip.output)]
    };
    let steer = Steer {
        width: network.first.output.outputs,
        // Whatever it is: it changes no unit that a unit depends on.
        activation: Activation::Relu,
        offset: network.offset.is_some(),
        how: match network.gates.as_slice() {
            [] => Steering::Add,
            _ => Steering::Gate,
        },
        branches: skips.iter().enumerate().map(branch).collect(),
    };
    let layer = Linear {
        bias: DVector::zeros(rows.len()),
        weight: DMatrix::from_rows(&rows),
    };
    vec![Stage::Linear(layer), Stage::Steer(steer)]
}

fn stages(part: &Part) -> Vec<Stage> {
    part.layers()
        .map(|layer| Stage::Linear(linear(layer)))
        .collect()
}

fn linear(layer: &QuantisedDense) -> Linear {
    let weights = layer.weights.iter().map(|weight| f64::from(*weight));
    Linear {
        weight: DMatrix::from_row_iterator(layer.outputs, layer.inputs, weights),
        bias: DVector::zeros(layer.outputs),
    }
}

#[cfg(test)]
mod tests;

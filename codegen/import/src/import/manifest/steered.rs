//! Networks in whose blocks a context that changes has a part: one layer in front gives all of it.

use super::activation::activation;
use super::network::network as plain;
use super::schema::{Key, Orientation, Step};
use super::tensors::Tensors;
use nalgebra::{DMatrix, DVector};
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::flow::ir::{Activation, Linear, Network, Stage, Steer, Steering};

/// The steps that such a network has.
const SHAPE: &str = "expected given (or nothing), linear, offset (or nothing), then blocks of push, act, linear, offset (or nothing), act, linear, gate \
     (or nothing), add, all alike and of one activation, then linear layers and activations, as nflows has them, where a context that \
     changes gates or is added";

/// Why batch normalisation in the blocks is refused: it is behind what the context changes, so that no layer in front can take it in.
const NORMALISED: &str = "expected no batch normalisation in blocks that a context changes, which is read for a constant context alone: \
     give its values, as in --set context=0.3,-0.7, or train the network without";

/// Whether a step reads the context without values.
pub(super) fn is_steered(steps: &[Step]) -> bool {
    steps.iter().any(|step| {
        matches!(
            step,
            Step::Gate { values: None, .. } | Step::Offset { values: None, .. }
        )
    })
}

/// What has been read of a network.
struct Reader<'a, 'b> {
    rest: &'a [Step],
    tensors: &'a Tensors<'b>,
    activation: Option<Activation>,
}

/// The network for `inputs` inputs, of any kind, and its number of outputs.
pub(super) fn network(
    steps: &[Step],
    inputs: usize,
    tensors: &Tensors,
) -> Result<(Network, usize)> {
    match is_steered(steps) {
        true => steered(steps, inputs, tensors),
        false => plain(steps, inputs, tensors),
    }
}

/// The network for `inputs` inputs and those of the context, and its number of outputs.
fn steered(steps: &[Step], inputs: usize, tensors: &Tensors) -> Result<(Network, usize)> {
    if (steps.iter()).any(|step| matches!(step, Step::BatchNorm { .. })) {
        return Err(Error::input("net", NORMALISED));
    }
    let mut reader = Reader {
        rest: steps,
        tensors,
        activation: None,
    };
    let joint = reader
        .next_if(|step| matches!(step, Step::Given {}))
        .is_some();
    let given = tensors.given();
    let own = inputs + if joint { given.width() } else { 0 };
    let mut first = reader.linear(own)?;
    let width = first.bias.len();
    if joint {
        first = given.behind(first);
    }
    first.weight = first.weight.resize_horizontally(inputs + given.inputs, 0.0);
    let mut lanes = vec![first];
    let offset = reader.offset(width, inputs, &mut lanes)?;
    let (mut branches, mut how) = (vec![], None);
    while reader
        .next_if(|step| matches!(step, Step::Push {}))
        .is_some()
    {
        let (branch, lane, steering) = reader.block(width, inputs)?;
        if how.replace(steering).is_some_and(|how| how != steering) {
            return Err(wrong());
        }
        branches.push(branch);
        lanes.push(lane);
    }
    let (rest, outputs) = plain(reader.rest, width, tensors)?;
    let steer = Steer {
        width,
        activation: reader.activation.unwrap_or(Activation::Relu),
        offset,
        how: how.unwrap_or(Steering::Add),
        branches,
    };
    let is_plain = steer.lanes() == 1;
    let mut stages = vec![Stage::Linear(stacked(&lanes))];
    stages.extend((!is_plain).then_some(Stage::Steer(steer)));
    stages.extend(rest.0);
    Ok((Network(stages), outputs))
}

impl<'a> Reader<'a, '_> {
    fn next_if(&mut self, is: fn(&Step) -> bool) -> Option<&'a Step> {
        let (step, rest) = self.rest.split_first().filter(|(step, _)| is(step))?;
        self.rest = rest;
        Some(step)
    }

    /// What the context adds to the hidden vector, if it does: to its lane, or as one of its own, behind an activation. Whether there is
    /// one of its own.
    fn offset(&mut self, width: usize, inputs: usize, lanes: &mut Vec<Linear>) -> Result<bool> {
        let [
            Step::Offset {
                w,
                b,
                values: None,
                act,
            },
            rest @ ..,
        ] = self.rest
        else {
            return Ok(false);
        };
        let lane = self.lane(w, b.as_ref(), width, inputs)?;
        self.rest = rest;
        if let Some(act) = act {
            self.meet(act)?;
            lanes.push(lane);
        } else if let Some(first) = lanes.first_mut() {
            first.weight += lane.weight;
            first.bias += lane.bias;
        }
        Ok(act.is_some())
    }

    /// The two layers of a block behind its push, the lane that steers it, and how.
    fn block(&mut self, width: usize, inputs: usize) -> Result<([Linear; 2], Linear, Steering)> {
        let act = |step: &Step| matches!(step, Step::Act { w: None, .. });
        let act = |reader: &mut Self| match reader.next_if(act) {
            Some(step) => reader.meet(step),
            None => Err(wrong()),
        };
        act(self)?;
        let first = self.linear(width)?;
        let mut lane = None;
        if let [
            Step::Offset {
                w,
                b,
                values: None,
                act: None,
            },
            rest @ ..,
        ] = self.rest
        {
            lane = Some((self.lane(w, b.as_ref(), width, inputs)?, Steering::Add));
            self.rest = rest;
        }
        act(self)?;
        let second = self.linear(width)?;
        if let [Step::Gate { w, b, values: None }, rest @ ..] = self.rest {
            let gate = (self.lane(w, Some(b), width, inputs)?, Steering::Gate);
            self.rest = rest;
            if lane.replace(gate).is_some() {
                return Err(wrong());
            }
        }
        let closed = self.next_if(|step| *step == Step::ADD).is_some();
        match lane.filter(|_| closed && first.bias.len() == width && second.bias.len() == width) {
            Some((lane, how)) => Ok(([first, second], lane, how)),
            None => Err(wrong()),
        }
    }

    fn meet(&mut self, step: &Step) -> Result<()> {
        let found = activation(step).map_err(|message| Error::input("net", message))?;
        match self
            .activation
            .replace(found)
            .is_some_and(|met| met != found)
        {
            true => Err(wrong()),
            false => Ok(()),
        }
    }

    /// The next step, a linear layer of so many inputs.
    fn linear(&mut self, inputs: usize) -> Result<Linear> {
        let step = self.next_if(|step| matches!(step, Step::Linear { .. }));
        let network = plain(
            std::slice::from_ref(step.ok_or_else(wrong)?),
            inputs,
            self.tensors,
        )?;
        match network.0.0.into_iter().next() {
            Some(Stage::Linear(layer)) => Ok(layer),
            _ => Err(wrong()),
        }
    }

    /// A layer that reads the context alone, as one of all inputs.
    fn lane(&self, w: &Key, b: Option<&Key>, width: usize, inputs: usize) -> Result<Linear> {
        let given = self.tensors.given();
        let step = Step::Linear {
            w: w.clone(),
            b: b.cloned(),
            layout: Orientation::OutIn,
        };
        let layer = Reader {
            rest: std::slice::from_ref(&step),
            tensors: self.tensors,
            activation: None,
        }
        .linear(given.width())?;
        if layer.bias.len() != width {
            let message = format!("expected {width} outputs, found {}", layer.bias.len());
            return Err(self.tensors.error(w, message));
        }
        let layer = given.behind(layer);
        let mut weight = DMatrix::zeros(width, inputs + given.inputs);
        weight
            .columns_mut(inputs, given.inputs)
            .copy_from(&layer.weight);
        Ok(Linear {
            weight,
            bias: layer.bias,
        })
    }
}

/// One layer that gives the results of all, one after another.
fn stacked(layers: &[Linear]) -> Linear {
    let weights: Vec<_> = layers
        .iter()
        .flat_map(|layer| layer.weight.row_iter())
        .collect();
    let biases = layers.iter().flat_map(|layer| layer.bias.iter().copied());
    Linear {
        weight: DMatrix::from_rows(&weights),
        bias: DVector::from_vec(biases.collect()),
    }
}

fn wrong() -> Error {
    Error::input("net", SHAPE)
}

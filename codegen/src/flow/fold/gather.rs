//! Turns couplings with scattered masks into couplings of contiguous halves.
//!
//! Masks of any shape become contiguous halves by a permutation of the vector: one before the first coupling, and
//! another wherever the next couplings need a different arrangement. The weights of the networks are reordered to match
//! (columns of the first layer, rows of the last), so that nothing is gathered at run time.

use super::ends;
use crate::flow::ir::{
    Autoregressive, Coupling, Diagonal, DiagonalNormal, Flow, Layer, Network, Parameters, Prior,
    Stage, inverse_order,
};
use crate::{Error, Result};

/// Permutes the vector so that every coupling keeps one end of it and changes the other.
pub fn gather(flow: &Flow) -> Result<Flow> {
    let mut walk = Walk {
        slots: (0..flow.dim).collect(),
        context: flow.context(),
        layers: vec![],
    };
    for (index, layer) in flow.layers.iter().enumerate() {
        walk.push(layer)
            .map_err(|message| Error::input(format!("layers.{index}"), message))?;
    }
    let prior = permuted_prior(&flow.prior, &walk.slots);
    Ok(Flow {
        dim: flow.dim,
        layers: walk.layers,
        prior,
    })
}

/// The layers folded so far; `slots[s]` is the original index of the element that is now at position `s`.
struct Walk {
    slots: Vec<usize>,
    /// The elements that are context, as they are called behind the layers so far.
    context: Vec<usize>,
    layers: Vec<Layer>,
}

impl Walk {
    /// The arrangement that a layer needs, if it differs from the present one.
    fn wants(&self, layer: &Layer) -> Option<Vec<usize>> {
        match layer {
            Layer::Coupling(coupling) if !self.has_halves(coupling) => {
                // The context in the middle: the next coupling may read it with the other end.
                let is_context = |element: &usize| self.context.contains(element);
                let (context, kept): (Vec<_>, Vec<_>) =
                    coupling.kept.iter().partition(|e| is_context(e));
                Some([kept, context, coupling.changed.clone()].concat())
            }
            Layer::Triangular(_) | Layer::Dense(_) if !self.slots.is_sorted() => {
                Some((0..self.slots.len()).collect())
            }
            _ => None,
        }
    }

    /// Whether the kept elements are contiguous at the start or at the end of the vector, with the context beside those that
    /// change: there the next coupling finds it too.
    fn has_halves(&self, coupling: &Coupling) -> bool {
        let (kept, inner) = (coupling.kept.len(), self.context.len());
        let (head, tail) = (&self.slots[..kept], &self.slots[self.slots.len() - kept..]);
        let is_kept = |part: &[usize]| part.iter().all(|element| coupling.kept.contains(element));
        let is_context = |part: &[usize]| part.iter().all(|element| self.context.contains(element));
        is_kept(head) && is_context(&head[kept - inner..])
            || is_kept(tail) && is_context(&tail[..inner])
    }

    /// Permutes the elements so that position `s` holds element `slots[s]`.
    fn arrange(&mut self, slots: Vec<usize>) {
        let place = inverse_order(&self.slots);
        self.layers.push(Layer::Permute(
            slots.iter().map(|&element| place[element]).collect(),
        ));
        self.slots = slots;
    }

    fn push(&mut self, layer: &Layer) -> std::result::Result<(), String> {
        if let Some(slots) = self.wants(layer) {
            self.arrange(slots);
        }
        match layer {
            // No permutation is emitted: the positions hold the same numbers, only the element indices change.
            Layer::Permute(order) => {
                let name = inverse_order(order);
                let elements = self.slots.iter_mut().chain(&mut self.context);
                elements.for_each(|element| *element = name[*element]);
            }
            Layer::Diagonal(Diagonal { center, factor }) => {
                let (center, factor) = (pick(center, &self.slots), pick(factor, &self.slots));
                self.layers
                    .push(Layer::Diagonal(Diagonal { center, factor }));
            }
            Layer::Coupling(coupling) => self.layers.push(Layer::Coupling(self.place(coupling)?)),
            Layer::Autoregressive(layer) => {
                let layer = self.reordered(layer)?;
                self.layers.push(Layer::Autoregressive(layer));
            }
            Layer::Triangular(_) | Layer::Dense(_) => self.layers.push(layer.clone()),
        }
        Ok(())
    }

    /// The layer of the vector as it is arranged now; any arrangement will do.
    fn reordered(&self, layer: &Autoregressive) -> std::result::Result<Autoregressive, String> {
        let place = inverse_order(&self.slots);
        Ok(Autoregressive {
            order: layer.order.iter().map(|&element| place[element]).collect(),
            conditioner: parameters(&layer.conditioner, &self.slots, &self.slots, 2)?,
            ..layer.clone()
        })
    }

    /// The coupling with positions in place of element indices.
    fn place(&self, coupling: &Coupling) -> std::result::Result<Coupling, String> {
        let places = |elements: &[usize]| -> Vec<usize> {
            (0..self.slots.len())
                .filter(|&s| elements.contains(&self.slots[s]))
                .collect()
        };
        let (kept, changed) = (places(&coupling.kept), places(&coupling.changed));
        // The rank of each position's element among the network's inputs or outputs.
        let rank = |places: &[usize], elements: &[usize]| -> Vec<usize> {
            let position = |s: &usize| elements.iter().position(|e| *e == self.slots[*s]);
            places.iter().filter_map(position).collect()
        };
        let (columns, rows) = (
            rank(&kept, &coupling.kept),
            rank(&changed, &coupling.changed),
        );
        let blocks = if coupling.is_affine() { 2 } else { 1 };
        Ok(Coupling {
            kept,
            changed,
            conditioner: parameters(&coupling.conditioner, &columns, &rows, blocks)?,
            scale: coupling.scale.clone(),
            backwards: coupling.backwards,
        })
    }
}

/// The networks with inputs `columns` and outputs `rows`; those of a joint network come in `blocks`.
fn parameters(
    parameters: &Parameters,
    columns: &[usize],
    rows: &[usize],
    blocks: usize,
) -> std::result::Result<Parameters, String> {
    let reorder = |network: &Network, blocks: usize| {
        let block = |first: usize| rows.iter().map(move |row| first + row);
        let rows: Vec<usize> = (0..blocks).flat_map(|n| block(n * rows.len())).collect();
        reorder(network, columns, &rows)
    };
    Ok(match parameters {
        Parameters::Joint(network) => Parameters::Joint(reorder(network, blocks)?),
        Parameters::Separate { shift, scale } => Parameters::Separate {
            shift: reorder(shift, 1)?,
            scale: reorder(scale, 1)?,
        },
    })
}

/// The network with input column `i` taken from `columns[i]` and output row `o` from `rows[o]`.
fn reorder(
    network: &Network,
    columns: &[usize],
    rows: &[usize],
) -> std::result::Result<Network, String> {
    let mut network = network.clone();
    let Some(Stage::Linear(first)) = network.0.first_mut() else {
        return Err("expected a network that begins with a linear layer".into());
    };
    first.weight = first.weight.select_columns(columns);
    let last = ends::last_linear(&mut network)
        .ok_or("expected a network that ends with a linear layer")?;
    last.weight = last.weight.select_rows(rows);
    last.bias = last.bias.select_rows(rows);
    Ok(network)
}

fn permuted_prior(prior: &Prior, slots: &[usize]) -> Prior {
    let permuted = |normal: &DiagonalNormal| DiagonalNormal {
        mean: pick(&normal.mean, slots),
        precision: pick(&normal.precision, slots),
    };
    match prior {
        Prior::Normal | Prior::Logistic => prior.clone(),
        Prior::DiagonalNormal(normal) => Prior::DiagonalNormal(permuted(normal)),
        Prior::Mixture {
            log_weights,
            components,
        } => Prior::Mixture {
            log_weights: log_weights.clone(),
            components: components.iter().map(permuted).collect(),
        },
        Prior::StudentT(one) => Prior::StudentT(one.permuted(slots)),
        Prior::FullMixture {
            log_weights,
            components,
        } => Prior::FullMixture {
            log_weights: log_weights.clone(),
            components: components.iter().map(|one| one.permuted(slots)).collect(),
        },
        Prior::Given { context, prior } => {
            let is_context = |slot: &&usize| context.contains(slot);
            // The scored elements by their places among themselves, in the order of the slots.
            let rank = |slot: &usize| slot - context.iter().filter(|place| *place < slot).count();
            let scored = slots.iter().filter(|slot| !is_context(slot)).map(rank);
            let places = (0..slots.len()).filter(|place| is_context(&&slots[*place]));
            permuted_prior(prior, &scored.collect::<Vec<_>>()).given(places.collect())
        }
    }
}

/// `values[order[i]]` for each `i`.
fn pick(values: &[f64], order: &[usize]) -> Vec<f64> {
    order.iter().map(|&i| values[i]).collect()
}

#[cfg(test)]
mod tests;

//! Affine couplings and autoregressive layers.

use super::map::{Map, Rho, most_of};
use super::masks::{self, Sorted};
use super::network::{self, Conditioned};
use super::power::round;
use super::samples::Samples;
use super::{QuantisedLayer, Reads, Walk};
use crate::flow::ir::{self, Diagonal, Network, ScaleMap, Stage};
use crate::module::half::half;
use nice_flow::fixed::Form;

/// `|r| + |λ|` must stay below, in units of 2⁻¹⁶: then clamps to any exponent do not overflow.
const EXPONENT: i64 = (1 << 31) - (1 << 22);

/// One step of the state, of shifts and of exponents.
const ONE: f64 = 65536.0;

/// A table that layers share, as it is being gathered: the map, and where its inputs lie on the calibration rows.
pub(super) struct Shared {
    rho: Rho,
    seen: [f64; 2],
    /// The largest `|λ|` of its layers.
    largest: i64,
}

impl Shared {
    /// The table of all layers with this map.
    pub fn table(&self) -> Result<Map, String> {
        let map = self.rho.table(self.seen)?;
        within_exponent(map.reach() + self.largest)?;
        Ok(map)
    }
}

/// A layer that scales by what it reads, between its diagonals.
struct Scaling<'a> {
    /// Gives all shifts, then all raw numbers.
    networks: Vec<Network>,
    map: &'a ScaleMap,
    /// The elements that the networks read, in their order.
    reads: Vec<usize>,
    /// The elements that it changes, contiguous.
    changed: std::ops::Range<usize>,
    divides: bool,
    before: &'a Diagonal,
    after: &'a Diagonal,
}

impl Walk {
    /// A coupling between the diagonal that moves zero and the one that scales to standard deviations.
    pub(super) fn affine(
        &mut self,
        before: &Diagonal,
        coupling: &ir::Coupling,
        after: &Diagonal,
    ) -> Result<QuantisedLayer, String> {
        let changes = half(coupling, self.state.width)?;
        let first = coupling.changed.first().copied().unwrap_or(0);
        let scaling = Scaling {
            networks: coupling.conditioner.networks().cloned().collect(),
            map: coupling.scale.as_ref().ok_or("expected a scale map")?,
            reads: coupling.kept.clone(),
            changed: first..first + coupling.changed.len(),
            divides: coupling.backwards,
            before,
            after,
        };
        self.scale(scaling, Reads::Other(changes))
    }

    /// An autoregressive layer between such diagonals.
    pub(super) fn autoregressive(
        &mut self,
        before: &Diagonal,
        layer: &ir::Autoregressive,
        after: &Diagonal,
    ) -> Result<QuantisedLayer, String> {
        let Sorted { reads, networks } = masks::sorted(&layer.conditioner, self.state.width);
        let order = reads.iter().map(|&from| u16::try_from(from));
        let order = order
            .collect::<Result<_, _>>()
            .map_err(|_| "expected at most 65536 elements")?;
        let scaling = Scaling {
            networks,
            map: &layer.scale,
            reads: reads.clone(),
            changed: 0..self.state.width,
            divides: layer.form == ir::Form::SubDiv,
            before,
            after,
        };
        let quantised = self.scale(scaling, Reads::All(order))?;
        if let QuantisedLayer::Affine { networks, .. } = &quantised {
            masks::check(networks, &reads)?;
        }
        Ok(quantised)
    }

    fn scale(&mut self, scaling: Scaling, reads: Reads) -> Result<QuantisedLayer, String> {
        let Scaling {
            changed, divides, ..
        } = &scaling;
        let (count, first) = (changed.len(), changed.start);
        let factor = &scaling.after.factor[changed.clone()];
        let centers = &scaling.before.center[changed.clone()];
        let offset: Vec<f64> = centers.iter().map(|center| -center).collect();
        let (networks, rho) = prepared(&scaling, factor)?;
        let kept = self.state.pick(&scaling.reads);
        let mut parts = vec![];
        for network in &networks {
            parts.push(network::quantise(network, &kept, self.format)?);
        }
        let reach: Vec<i64> = parts.iter().flat_map(|part| &part.reach).copied().collect();
        let lambda: Vec<f64> = factor.iter().map(|factor| libm::log2(*factor)).collect();
        let constants: Vec<[i32; 2]> = (offset.iter().zip(&lambda))
            .map(|(c, lambda)| Ok([constant(*c)?, constant(*lambda)?]))
            .collect::<Result<_, String>>()?;
        for (reach, [_, lambda]) in reach[count..].iter().zip(&constants) {
            within_exponent(reach + i64::from(lambda.abs()))?;
        }
        let raws: Vec<f64> = (0..self.state.count())
            .flat_map(|row| output(&parts, row, count))
            .collect();
        let map = rho
            .slope()
            .is_none()
            .then(|| self.share(&rho, &raws, &constants));
        let moved: Vec<i64> = constants.iter().map(|[c, _]| i64::from(c.abs())).collect();
        match divides {
            false => self.bounds.scale(first, &moved, &reach[..count])?,
            true => self.bounds.scale(first, &reach[..count], &vec![0; count])?,
        }
        self.advance(first, *divides, (&offset, &lambda), &parts, &rho);
        Ok(QuantisedLayer::Affine {
            reads,
            form: if *divides { Form::SubMul } else { Form::MulAdd },
            networks: parts.into_iter().map(|part| part.network).collect(),
            map,
            constants,
        })
    }

    /// The index of the map's table, which this layer joins.
    fn share(&mut self, rho: &Rho, raws: &[f64], constants: &[[i32; 2]]) -> usize {
        let seen = most_of(raws);
        let largest = constants.iter().map(|[_, lambda]| i64::from(lambda.abs()));
        let largest = largest.max().unwrap_or(0);
        if let Some(index) = self.maps.iter().position(|shared| shared.rho == *rho) {
            let shared = &mut self.maps[index];
            shared.seen = [shared.seen[0].min(seen[0]), shared.seen[1].max(seen[1])];
            shared.largest = shared.largest.max(largest);
            return index;
        }
        self.maps.push(Shared {
            rho: rho.clone(),
            seen,
            largest,
        });
        self.maps.len() - 1
    }

    /// Takes the calibration rows through the layer, in `f64`.
    fn advance(
        &mut self,
        first: usize,
        divides: bool,
        (offset, lambda): (&[f64], &[f64]),
        parts: &[Conditioned],
        rho: &Rho,
    ) {
        let width = self.state.width;
        for (row, state) in self.state.values.chunks_exact_mut(width).enumerate() {
            let shifts = parts[0].outputs.row(row);
            let raws = output(parts, row, lambda.len());
            let changed = state[first..].iter_mut().zip(offset).zip(lambda);
            for (((u, c), lambda), (t, r)) in changed.zip(shifts.iter().zip(raws)) {
                let exponent = rho.slope().map_or_else(|| rho.eval(r), |_| r) + lambda;
                *u = match divides {
                    false => (*u + c) * libm::exp2(exponent) + t,
                    true => (*u - t) * libm::exp2(exponent),
                };
            }
        }
    }
}

/// The networks with shifts in units behind the layer and raw numbers as the board takes them, and what they mean.
fn prepared(scaling: &Scaling, factor: &[f64]) -> Result<(Vec<Network>, Rho), String> {
    let mut networks = scaling.networks.clone();
    let last = networks
        .last_mut()
        .and_then(|network| match network.0.last() {
            Some(Stage::Activation(last)) => Some((*last, network.0.pop())),
            _ => None,
        });
    let rho = Rho {
        map: scaling.map.clone(),
        last: last.map(|(last, _)| last),
        backwards: scaling.divides,
    };
    if !scaling.divides {
        for (row, factor) in factor.iter().enumerate() {
            multiply(&mut networks, row, *factor)?;
        }
    }
    for row in rho.slope().map_or(0..0, |_| factor.len()..2 * factor.len()) {
        multiply(&mut networks, row, rho.slope().unwrap_or(1.0))?;
    }
    Ok((networks, rho))
}

/// Multiplies an output, counted over all networks.
fn multiply(networks: &mut [Network], mut row: usize, by: f64) -> Result<(), String> {
    for network in networks {
        let Some(Stage::Linear(layer)) = network.0.last_mut() else {
            return Err("expected a network that ends with a linear layer".into());
        };
        if row < layer.bias.len() {
            layer.bias[row] *= by;
            layer.weight.row_mut(row).iter_mut().for_each(|w| *w *= by);
            return Ok(());
        }
        row -= layer.bias.len();
    }
    Ok(())
}

/// The raw numbers of a row, which follow `count` shifts.
fn output(parts: &[Conditioned], row: usize, count: usize) -> Vec<f64> {
    let outputs = parts.iter().flat_map(|part| part.outputs.row(row));
    outputs.skip(count).copied().collect()
}

fn constant(value: f64) -> Result<i32, String> {
    let steps = round(value * ONE);
    match steps.abs() < 1_073_741_824.0 {
        true => Ok(steps as i32),
        false => Err(format!("expected a constant below 16384, found {value}")),
    }
}

fn within_exponent(reach: i64) -> Result<(), String> {
    match reach < EXPONENT {
        true => Ok(()),
        false => Err(format!(
            "a scale's exponent could reach {reach}, expected less than 2³¹ − 2²²"
        )),
    }
}

impl Samples {
    /// One of the vectors.
    fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.width..(row + 1) * self.width]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_stay_below_16384() {
        assert_eq!(
            [1.5, -0.25, 16_383.0].map(constant),
            [98_304, -16_384, 1_073_676_288].map(Ok)
        );
        for value in [16_384.0, -16_384.0, f64::INFINITY, f64::NAN] {
            let error = constant(value).unwrap_err();
            assert!(error.contains("below 16384"), "{error}");
        }
    }

    #[test]
    fn an_exponent_leaves_room_for_every_clamp() {
        assert_eq!(EXPONENT, 2_143_289_344);
        assert_eq!(within_exponent(EXPONENT - 1), Ok(()));
        let error = within_exponent(EXPONENT).unwrap_err();
        assert!(error.contains("could reach 2143289344"), "{error}");
    }
}

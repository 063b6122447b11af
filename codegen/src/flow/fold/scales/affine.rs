//! Layers that scale the state by what they read.

use super::{Walk, rescale, scale_row};
use crate::flow::fold::ends;
use crate::flow::ir::{Autoregressive, Coupling, Diagonal, Form, Layer, Parameters};

impl Walk {
    pub(super) fn affine_coupling(
        &mut self,
        coupling: &Coupling,
        behind: &[f64],
    ) -> std::result::Result<(), String> {
        let mut coupling = coupling.clone();
        let changed: Vec<_> = coupling.changed.iter().copied().enumerate().collect();
        let [before, after] = self.affine(
            &mut coupling.conditioner,
            (&coupling.kept, &changed),
            coupling.backwards,
            behind,
        )?;
        self.layers
            .extend([before, Layer::Coupling(coupling), after]);
        Ok(())
    }

    /// Elements that stay as they are, as a context does, keep their unit and their zero.
    pub(super) fn autoregressive(
        &mut self,
        layer: &Autoregressive,
        behind: &[f64],
    ) -> std::result::Result<(), String> {
        let mut layer = layer.clone();
        let all: Vec<_> = (0..layer.order.len()).collect();
        let changes = |i: &usize| !layer.keeps(*i);
        let changed: Vec<_> = (all.iter().copied().filter(changes).map(|i| (i, i))).collect();
        let divides = layer.form == Form::SubDiv;
        let [before, after] =
            self.affine(&mut layer.conditioner, (&all, &changed), divides, behind)?;
        self.layers
            .extend([before, Layer::Autoregressive(layer), after]);
        Ok(())
    }

    /// With values `S u + T` before it: `(S u + T) · s + t = S ((u + T/S) · s + t/S)`, or where it `divides`
    /// `(S u + T − t) / s = S (u − (t − T)/S) / s`. The result is scaled to `S'`, whose sizes are the deviations `behind`.
    ///
    /// Networks read the elements `kept`; `changed` are pairs of an output and the element that it changes. Returns the diagonals
    /// before and behind.
    fn affine(
        &mut self,
        conditioner: &mut Parameters,
        (kept, changed): (&[usize], &[(usize, usize)]),
        divides: bool,
        behind: &[f64],
    ) -> std::result::Result<[Layer; 2], String> {
        let pick = |values: &[f64]| kept.iter().map(|&i| values[i]).collect::<Vec<_>>();
        let (scale, shift) = (pick(&self.scale), pick(&self.shift));
        for network in conditioner.networks_mut() {
            rescale(network, &scale, &shift, &[])?;
        }
        let shifts = conditioner
            .networks_mut()
            .next()
            .and_then(ends::last_linear);
        let shifts = shifts.ok_or("expected a network that ends with a linear layer")?;
        let mut before =
            Diagonal::affine(vec![1.0; self.scale.len()], &vec![0.0; self.scale.len()]);
        let mut after = before.clone();
        for &(row, i) in changed {
            let (s, t) = (self.scale[i], self.shift[i]);
            if divides {
                shifts.bias[row] -= t;
            } else {
                before.center[i] = -t / s;
            }
            scale_row(shifts, row, s);
            // An element that does not vary keeps its unit. To `f32`, so that integers do not hang on the order of a sum.
            let unit = f64::from((behind[i] / s.abs()) as f32);
            let unit = if unit > 1e-9 && unit.is_finite() {
                unit
            } else {
                1.0
            };
            after.factor[i] = 1.0 / unit;
            (self.scale[i], self.shift[i]) = (s * unit, 0.0);
        }
        Ok([Layer::Diagonal(before), Layer::Diagonal(after)])
    }
}

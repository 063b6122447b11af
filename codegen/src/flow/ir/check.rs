//! Checks that a flow is valid: sizes match, indices are in range, values are finite, matrices are not singular.
//!
//! A place is the path of the offending value, `layers.2.conditioner.0.weight`; the model file names its
//! tensors the same way.

mod context;
mod network;
mod prior;
mod values;

use super::{Autoregressive, Coupling, Dense, Diagonal, Flow, Parameters, ScaleMap};
use super::{Side, Triangular};
use crate::text::short;
use crate::{Error, Result};
use nalgebra::DMatrix;
pub(super) use values::each_once;
pub use values::length;
use values::{finite, non_zero, shape};

impl Flow {
    /// An error that names the layer, unless the flow can be evaluated and inverted.
    pub fn check(&self) -> Result<()> {
        if self.dim == 0 {
            return Err(Error::input("dim", "expected at least 1, found 0"));
        }
        for (index, layer) in self.layers.iter().enumerate() {
            layer.check(&format!("layers.{index}"), self.dim)?;
        }
        self.prior.check("prior", self.dim)
    }
}

impl Coupling {
    pub(super) fn check(&self, place: &str, dim: usize) -> Result<()> {
        let (kept, changed) = (self.kept.len(), self.changed.len());
        if kept == 0 || changed == 0 {
            let message = format!("expected kept and changed elements, found {kept} and {changed}");
            return Err(Error::input(place, message));
        }
        let all = [self.kept.as_slice(), &self.changed].concat();
        each_once(&format!("{place}.kept and {place}.changed"), &all, dim)?;
        if let Some(map) = &self.scale {
            map.check(&format!("{place}.scale"))?;
        }
        let at = format!("{place}.conditioner");
        match (&self.conditioner, &self.scale) {
            (Parameters::Joint(network), None) => network.check(&at, kept, changed),
            (Parameters::Joint(network), Some(_)) => network.check(&at, kept, 2 * changed),
            (Parameters::Separate { shift, scale }, Some(_)) => {
                shift.check(&format!("{at}.shift"), kept, changed)?;
                scale.check(&format!("{at}.scale"), kept, changed)
            }
            (Parameters::Separate { .. }, None) => Err(Error::input(
                at,
                "expected one network for an additive coupling, found one for scales too",
            )),
        }
    }
}

impl Autoregressive {
    pub(super) fn check(&self, place: &str, dim: usize) -> Result<()> {
        each_once(&format!("{place}.order"), &self.order, dim)?;
        self.scale.check(&format!("{place}.scale"))?;
        let at = format!("{place}.conditioner");
        match &self.conditioner {
            Parameters::Joint(network) => network.check(&at, dim, 2 * dim)?,
            Parameters::Separate { shift, scale } => {
                shift.check(&format!("{at}.shift"), dim, dim)?;
                scale.check(&format!("{at}.scale"), dim, dim)?;
            }
        }
        let reads = self.conditioner.reads(dim);
        for (rank, &element) in self.order.iter().enumerate() {
            if let Some(later) = self.order[rank..].iter().find(|&&j| reads[(element, j)]) {
                let message = format!(
                    "expected element {element} to depend on the elements before it only, found weights from {later}"
                );
                return Err(Error::input(at, message));
            }
        }
        Ok(())
    }
}

impl ScaleMap {
    /// An error unless the map gives a positive scale for every raw number.
    pub fn check(&self, place: &str) -> Result<()> {
        let wrong = match *self {
            Self::Reciprocal { ref of } => return of.check(&format!("{place}.of")),
            Self::Exp => None,
            Self::Sigmoid { bias, eps } => {
                (!(bias.is_finite() && eps.is_finite() && eps >= 0.0)).then_some("eps ≥ 0")
            }
            Self::Softplus { bias, eps, max } => {
                (!(bias.is_finite() && eps.is_finite() && eps >= 0.0 && max > 0.0))
                    .then_some("eps ≥ 0 and max > 0")
            }
            Self::SoftplusBeta { beta, gain } => {
                let ratio = gain / beta;
                (!(beta.is_finite() && ratio.is_finite() && ratio > 0.0))
                    .then_some("gain / beta > 0")
            }
            Self::ExpSoftclip { bound } => {
                (!(bound.is_finite() && bound > 0.0)).then_some("bound > 0")
            }
            Self::ExpAtan { clamp: a, gain: b } | Self::ExpTanh { clamp: a, inner: b } => {
                (!(a.is_finite() && b.is_finite())).then_some("finite numbers")
            }
            // Infinity is allowed only where it means "no limit": `min = -inf` and `max = inf`.
            Self::ExpClip { min, max } => {
                (!(min <= max && min < f64::INFINITY && max > f64::NEG_INFINITY))
                    .then_some("min ≤ max")
            }
        };
        wrong.map_or(Ok(()), |expected| {
            let message = format!("expected finite numbers with {expected}, found {self:?}");
            Err(Error::input(place, message))
        })
    }
}

impl Diagonal {
    /// An error unless the layer has `dim` elements, all finite, and no factor is zero.
    pub fn check(&self, place: &str, dim: usize) -> Result<()> {
        length(&format!("{place}.center"), dim, self.center.len())?;
        length(&format!("{place}.factor"), dim, self.factor.len())?;
        finite(&format!("{place}.center"), &self.center)?;
        non_zero(&format!("{place}.factor"), &self.factor)
    }
}

impl Triangular {
    pub(super) fn check(&self, place: &str, dim: usize) -> Result<()> {
        let at = format!("{place}.matrix");
        shape(&at, (dim, dim), self.matrix.shape())?;
        self.check_matrix(&at)
    }

    /// An error unless the square matrix is a triangle of finite numbers without a zero on its diagonal.
    fn check_matrix(&self, at: &str) -> Result<()> {
        let dim = self.dim();
        finite(at, self.matrix.as_slice())?;
        non_zero(
            &format!("{at}, diagonal"),
            self.matrix.diagonal().as_slice(),
        )?;
        let other_side = |row, column| match self.side {
            Side::Lower => column > row,
            Side::Upper => column < row,
        };
        for (row, column) in (0..dim).flat_map(|row| (0..dim).map(move |column| (row, column))) {
            let value = self.matrix[(row, column)];
            if other_side(row, column) && value != 0.0 {
                let found = short(value);
                let message = format!("row {row}, column {column}: expected 0, found {found}");
                return Err(Error::input(at, message));
            }
        }
        Ok(())
    }
}

impl Dense {
    pub(super) fn check(&self, place: &str, dim: usize) -> Result<()> {
        let at = format!("{place}.matrix");
        shape(&at, (dim, dim), self.matrix.shape())?;
        finite(&at, self.matrix.as_slice())?;
        length(&format!("{place}.shift"), dim, self.shift.len())?;
        finite(&format!("{place}.shift"), self.shift.as_slice())?;
        finite(&format!("{place}.log_det"), &[self.log_det])?;
        let lu = self.matrix.clone().lu();
        if !lu.is_invertible() {
            return Err(Error::input(at, "expected an invertible matrix"));
        }
        self.check_log_det(&lu.u())
            .map_err(|message| Error::input(format!("{place}.log_det"), message))
    }

    /// An error unless the stored log-determinant is that of the matrix, whose upper LU factor is `upper`.
    pub(crate) fn check_log_det(&self, upper: &DMatrix<f64>) -> std::result::Result<(), String> {
        let exact: f64 = upper.diagonal().iter().map(|u| u.abs().ln()).sum();
        if (exact - self.log_det).abs() <= 1e-6 * (1.0 + exact.abs()) {
            return Ok(());
        }
        let (exact, found) = (short(exact), short(self.log_det));
        Err(format!(
            "expected log-determinant {exact} of the matrix, found {found} claimed by its source"
        ))
    }
}

#[cfg(test)]
mod tests;

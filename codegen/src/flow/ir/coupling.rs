//! Couplings, additive and affine.

use super::activation::{sigmoid, softplus};
use super::network::Network;
use nalgebra::DVector;
use serde::{Deserialize, Serialize};

/// The elements `kept` determine a shift, or a scale and a shift, of the elements `changed`.
#[derive(Clone, Debug, PartialEq)]
pub struct Coupling {
    /// The elements that the networks read.
    pub kept: Vec<usize>,
    /// The elements that are shifted; each element is either in `kept` or here, exactly once.
    pub changed: Vec<usize>,
    /// Gives the shift `t` and, for an affine coupling, the raw scale `r` of each changed element.
    pub conditioner: Parameters,
    /// `None`: additive, `x + t`. Otherwise affine, `x · S(r) + t`.
    pub scale: Option<ScaleMap>,
    /// Computes the inverse in `forward`: `x − t`, or `(x − t) / S(r)`.
    pub backwards: bool,
}

impl Coupling {
    /// Whether the coupling also scales the elements that it changes.
    pub fn is_affine(&self) -> bool {
        self.scale.is_some()
    }
}

/// Where the parameters of a coupling come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Parameters {
    /// One network: all shifts, then all raw scales if there are any.
    Joint(Network),
    /// A network for the shifts and one for the raw scales.
    Separate {
        /// Gives the shifts.
        shift: Network,
        /// Gives the raw scales.
        scale: Network,
    },
}

impl Parameters {
    /// The networks, shift first.
    pub fn networks(&self) -> impl Iterator<Item = &Network> {
        let (first, second) = match self {
            Self::Joint(network) => (network, None),
            Self::Separate { shift, scale } => (shift, Some(scale)),
        };
        std::iter::once(first).chain(second)
    }

    /// The networks, shift first, mutable.
    pub fn networks_mut(&mut self) -> impl Iterator<Item = &mut Network> {
        let (first, second) = match self {
            Self::Joint(network) => (network, None),
            Self::Separate { shift, scale } => (shift, Some(scale)),
        };
        std::iter::once(first).chain(second)
    }

    /// All shifts, then all raw scales.
    pub fn eval(&self, kept: &DVector<f64>) -> Vec<f64> {
        self.networks()
            .flat_map(|network| network.eval(kept).data.as_vec().clone())
            .collect()
    }
}

/// Maps a raw number `r` to the scale `S(r)`; the variants are named as in the checkpoint manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "map", rename_all = "snake_case")]
pub enum ScaleMap {
    /// `eʳ`.
    Exp,
    /// `σ(r + bias) + eps`.
    #[allow(missing_docs)]
    Sigmoid { bias: f64, eps: f64 },
    /// `min(softplus(r + bias) + eps, max)`.
    #[allow(missing_docs)]
    Softplus {
        bias: f64,
        eps: f64,
        // An infinite maximum is left out of the file: JSON has no infinity.
        #[serde(default = "no_maximum", skip_serializing_if = "is_infinite")]
        max: f64,
    },
    /// `gain · softplus(beta · r) / beta`.
    #[allow(missing_docs)]
    SoftplusBeta { beta: f64, gain: f64 },
    /// `exp(r / (1 + |r| / bound))`.
    #[allow(missing_docs)]
    ExpSoftclip { bound: f64 },
    /// `exp(clamp · gain · arctan r)`.
    #[allow(missing_docs)]
    ExpAtan { clamp: f64, gain: f64 },
    /// `exp(clamp · tanh(inner · r))`.
    #[allow(missing_docs)]
    ExpTanh { clamp: f64, inner: f64 },
    /// `exp` of `r`, after `r` is limited to `min..=max`.
    #[allow(missing_docs)]
    ExpClip {
        #[serde(default = "no_minimum", skip_serializing_if = "is_infinite")]
        min: f64,
        #[serde(default = "no_maximum", skip_serializing_if = "is_infinite")]
        max: f64,
    },
    /// `1 / S(r)` of another map `S`: turns `(x − t) / S` into `(x − t) · S` and back.
    #[allow(missing_docs)]
    Reciprocal { of: Box<ScaleMap> },
}

fn no_maximum() -> f64 {
    f64::INFINITY
}

fn no_minimum() -> f64 {
    f64::NEG_INFINITY
}

fn is_infinite(limit: &f64) -> bool {
    limit.is_infinite()
}

impl ScaleMap {
    /// `S(r)` and `ln S(r)`.
    pub fn eval(&self, r: f64) -> (f64, f64) {
        let from_log = |log: f64| (log.exp(), log);
        let from_scale = |scale: f64| (scale, scale.ln());
        match *self {
            Self::Exp => from_log(r),
            Self::Sigmoid { bias, eps } => from_scale(sigmoid(r + bias) + eps),
            Self::Softplus { bias, eps, max } => from_scale({
                let scale = softplus(r + bias) + eps;
                if scale > max { max } else { scale }
            }),
            Self::SoftplusBeta { beta, gain } => from_scale(gain * softplus(beta * r) / beta),
            Self::ExpSoftclip { bound } => from_log(r / (1.0 + (r / bound).abs())),
            Self::ExpAtan { clamp, gain } => from_log(clamp * gain * r.atan()),
            Self::ExpTanh { clamp, inner } => from_log(clamp * (inner * r).tanh()),
            Self::ExpClip { min, max } => from_log(if r < min {
                min
            } else if r > max {
                max
            } else {
                r
            }),
            Self::Reciprocal { ref of } => {
                let (scale, log) = of.eval(r);
                (1.0 / scale, -log)
            }
        }
    }
}

impl ScaleMap {
    /// The map `S'` with `S'(0) = 1`, exactly, and the `r₀` by which `S'(r − r₀)` is this map; `None` if it never is one, or has nothing
    /// that moves it.
    ///
    /// What a map of one leaves as it is, a layer keeps bit for bit.
    pub fn centred(&self) -> Option<(Self, f64)> {
        if self.eval(0.0) == (1.0, 0.0) {
            return Some((self.clone(), 0.0));
        }
        let one = match *self {
            Self::Sigmoid { bias, eps } if eps > 0.0 && eps < 1.0 => {
                let moved = ((1.0 - eps) / eps).ln();
                let eps = 1.0 - sigmoid(moved);
                (Self::Sigmoid { bias: moved, eps }, moved - bias)
            }
            Self::Softplus { bias, eps, max } if eps < 1.0 && max >= 1.0 => {
                let moved = (1.0 - eps).exp_m1().ln();
                let eps = 1.0 - softplus(moved);
                let bias = moved - bias;
                (
                    Self::Softplus {
                        bias: moved,
                        eps,
                        max,
                    },
                    bias,
                )
            }
            Self::Reciprocal { ref of } => {
                let (of, moved) = of.centred()?;
                (Self::Reciprocal { of: Box::new(of) }, moved)
            }
            _ => return None,
        };
        (one.0.eval(0.0) == (1.0, 0.0)).then_some(one)
    }
}

impl Coupling {
    /// Replaces `x` by `f(x)`; returns `ln |det ∂f/∂x|` in nats.
    pub fn forward(&self, x: &mut [f64]) -> f64 {
        self.apply(x, self.backwards)
    }

    /// Replaces `z` by `f⁻¹(z)`; returns `ln |det ∂f⁻¹/∂z|` in nats.
    pub fn inverse(&self, z: &mut [f64]) -> f64 {
        self.apply(z, !self.backwards)
    }

    fn apply(&self, x: &mut [f64], backwards: bool) -> f64 {
        let kept = DVector::from_iterator(self.kept.len(), self.kept.iter().map(|&i| x[i]));
        let parameters = self.conditioner.eval(&kept);
        let (shifts, raws) = parameters.split_at(self.changed.len());
        let mut log_det = 0.0;
        for (n, (&i, &shift)) in self.changed.iter().zip(shifts).enumerate() {
            let (scale, log_scale) = match &self.scale {
                None => (1.0, 0.0),
                Some(map) => map.eval(raws[n]),
            };
            if backwards {
                x[i] = (x[i] - shift) / scale;
                log_det -= log_scale;
            } else {
                x[i] = x[i] * scale + shift;
                log_det += log_scale;
            }
        }
        log_det
    }
}

#[cfg(test)]
mod tests;

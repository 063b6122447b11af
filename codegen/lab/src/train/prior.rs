//! Priors in training: their log-density and its gradient, many rows at a time.

use super::kernel::{Lane, PART};
use super::mixture;
use super::pull::Pull;
use super::real::Real;
use nice_flow_codegen::text::counted;
use std::f64::consts::TAU;
use std::fmt;
use std::str::FromStr;

/// The distribution of the latent vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prior {
    /// Independent standard normals.
    Normal,
    /// Independent standard logistics.
    Logistic,
    /// A mixture of this many diagonal normals, whose parameters are trained.
    Mixture(usize),
}

impl FromStr for Prior {
    type Err = String;

    /// Reads `normal`, `logistic` or `mixture:8`.
    fn from_str(text: &str) -> Result<Self, String> {
        let count = text.strip_prefix("mixture:").map(str::parse);
        match (text, count) {
            ("normal", _) => Ok(Self::Normal),
            ("logistic", _) => Ok(Self::Logistic),
            (_, Some(Ok(count))) => Ok(Self::Mixture(count)),
            _ => Err("expected normal, logistic or mixture:K".into()),
        }
    }
}

impl fmt::Display for Prior {
    /// The text that reads back.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Normal => write!(f, "normal"),
            Self::Logistic => write!(f, "logistic"),
            Self::Mixture(count) => write!(f, "mixture:{count}"),
        }
    }
}

impl Prior {
    /// Its name in sentences.
    pub(super) fn in_words(self) -> String {
        match self {
            Self::Normal => "standard normal".into(),
            Self::Logistic => "standard logistic".into(),
            Self::Mixture(count) => format!("mixture of {}", counted(count, "normal")),
        }
    }

    /// The number of trained numbers for `dim` elements.
    pub fn parameters(self, dim: usize) -> usize {
        match self {
            Self::Normal | Self::Logistic => 0,
            Self::Mixture(components) => components * (2 * dim + 1),
        }
    }

    /// `ln π(z)` of every row.
    pub(super) fn log_density<T: Real>(self, parameters: &[T], z: &[Lane<T>]) -> Lane<T> {
        let constant = T::of(-0.5 * TAU.ln());
        match self {
            Self::Normal => sum_over(z, |z| constant - T::of(0.5) * z * z),
            Self::Logistic => sum_over(z, logistic),
            Self::Mixture(components) => mixture::log_density(components, parameters, z),
        }
    }

    /// The gradient of `Σ w ln π(z)`.
    pub(super) fn pull<T: Real>(
        self,
        parameters: &[T],
        z: Vec<Lane<T>>,
        weights: Lane<T>,
    ) -> Pull<T> {
        let (slopes, shares) = match self {
            Self::Normal => (each(&z, &weights, |z| -z), vec![]),
            Self::Logistic => (each(&z, &weights, logistic_slope), vec![]),
            Self::Mixture(components) => mixture::backward(components, parameters, &z, &weights),
        };
        Pull {
            z,
            weights,
            slopes,
            shares,
        }
    }

    /// Adds `∂/∂parameters` of `Σ w ln π(z)` over all parts of a batch to `gradient`.
    pub(super) fn add<T: Real>(self, parameters: &[T], parts: &[&Pull<T>], gradient: &mut [T]) {
        if let Self::Mixture(components) = self {
            mixture::add(components, parameters, parts, gradient);
        }
    }
}

/// `−|z| − 2 ln(1 + e^−|z|)`: the logistic log-density without overflow.
fn logistic<T: Real>(z: T) -> T {
    let size = if z < T::ZERO { -z } else { z };
    -size - T::of(2.0) * (-size).exp().ln_1p()
}

/// The derivative of the logistic log-density, `−tanh(z/2)`.
fn logistic_slope<T: Real>(z: T) -> T {
    let e = (if z < T::ZERO { z } else { -z }).exp();
    let slope = (T::ONE - e) / (T::ONE + e);
    if z < T::ZERO { slope } else { -slope }
}

fn sum_over<T: Real>(z: &[Lane<T>], f: impl Fn(T) -> T) -> Lane<T> {
    let mut total = [T::ZERO; PART];
    for z in z {
        total
            .iter_mut()
            .zip(z)
            .for_each(|(total, z)| *total += f(*z));
    }
    total
}

fn each<T: Real>(z: &[Lane<T>], weights: &Lane<T>, slope: impl Fn(T) -> T) -> Vec<Lane<T>> {
    let mut gradient = z.to_vec();
    for lane in &mut gradient {
        for (z, weight) in lane.iter_mut().zip(weights) {
            *z = *weight * slope(*z);
        }
    }
    gradient
}

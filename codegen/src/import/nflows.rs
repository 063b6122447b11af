//! [nflows](https://github.com/bayesiains/nflows), also inside sbi and Lightning modules.
//!
//! `x → z` runs a tree of `CompositeTransform`s first to last. Couplings name their elements; their
//! conditioner is a `ResidualNet` or an `MLP`. What the file does not hold: the activation, and the
//! scale map of affine couplings, which the git version lets one choose.

mod conditioner;

use super::conditioner::is_affine;
use super::linear::LU_EPS;
use super::settings::ACTIVATION;
use super::{Key, Layout, Settings, Source, Weights};
use crate::error::Result;
use crate::ir::{
    Activation, Coupling, Diagonal, DiagonalNormal, Flow, Layer, Parameters, Prior, ScaleMap,
};

pub(super) static LAYOUT: Layout = Layout {
    name: "nflows",
    library: "nflows, also inside sbi",
    fingerprint: &[
        &["_transform._transforms."],
        &["_transform.identity_features"],
    ],
    keys: &[
        ACTIVATION,
        Key {
            name: "scale",
            values: "sigmoid|softplus",
            meaning: "scale of affine couplings: sigmoid(u + 2) + 0.001, or softplus(u) + 0.001 up to 3",
        },
        Key {
            name: "prior",
            values: "normal",
            meaning: "density of the latent vector, where the file has no trained one",
        },
    ],
    read,
};

/// Of `BatchNorm`, the transform.
const BATCH_NORM_EPS: f64 = 1e-5;

fn read(weights: &Weights, settings: &mut Settings) -> Result<Flow> {
    let dim = dim(weights)?;
    let activation = settings.activation(Source::Default("relu"))?;
    let mut reader = Reader {
        weights,
        settings,
        dim,
        activation,
        scale: None,
    };
    let layers = reader.transform("_transform")?;
    let couplings: Vec<_> = layers.iter().map(Layer::kind).collect();
    let count = |kind: &str| couplings.iter().filter(|k| **k == kind).count();
    settings.note(format!(
        "couplings: {} additive, {} affine, of the elements stored in the file",
        count("additive coupling"),
        count("affine coupling")
    ));
    let prior = prior(weights, settings, dim)?;
    Ok(Flow { dim, layers, prior })
}

/// From the first coupling: every element conditions or changes.
fn dim(weights: &Weights) -> Result<usize> {
    let coupling = weights
        .names()
        .find_map(|name| name.strip_suffix("identity_features"));
    let Some(at) = coupling else {
        let message = "expected a coupling transform, found none";
        return Err(weights.error("_transform", message));
    };
    let length = |name: &str| {
        let shape = weights.shape(&format!("{at}{name}"))?;
        Ok(shape.iter().product::<usize>())
    };
    match length("identity_features")?.saturating_add(length("transform_features")?) {
        0 => Err(weights.error(at, "expected a coupling of some elements, found none")),
        dim => Ok(dim),
    }
}

struct Reader<'a, 'b> {
    weights: &'a Weights<'b>,
    settings: &'a mut Settings,
    dim: usize,
    activation: Activation,
    /// Of affine couplings; asked for at the first of them.
    scale: Option<ScaleMap>,
}

impl Reader<'_, '_> {
    fn transform(&mut self, at: &str) -> Result<Vec<Layer>> {
        let (weights, dim) = (self.weights, self.dim);
        let name = |name: &str| format!("{at}.{name}");
        let has = |one: &str| weights.has(&name(one));
        let vector = |one: &str| weights.numbers(&name(one), &[dim]);
        if !weights.indices(&name("_transforms")).is_empty() {
            return self.composite(&name("_transforms"));
        }
        Ok(vec![if has("identity_features") {
            self.coupling(at)?
        } else if has("lower_entries") && has("unconstrained_upper_diag") {
            self.settings.note(format!(
                "LU factors: diagonal softplus + {LU_EPS} (nflows' default)"
            ));
            return weights.lu_linear(at, dim);
        } else if has("_permutation") {
            Layer::Permute(weights.permutation(&name("_permutation"), dim)?)
        } else if has("_weight") {
            let matrix = weights.matrix(&name("_weight"))?;
            weights.dense(&name("_weight"), matrix, vector("bias")?)?
        } else if has("running_var") {
            self.batch_norm(at)?
        } else if has("log_scale") {
            weights.ignore(&name("initialized"));
            let factor = vector("log_scale")?.iter().map(|s| s.exp()).collect();
            Layer::Diagonal(Diagonal::affine(factor, vector("shift")?))
        } else if has("_scale") {
            let (scale, shift) = (self.spread(&name("_scale"))?, self.spread(&name("_shift"))?);
            if let Some(i) = scale.iter().position(|scale| *scale == 0.0) {
                let message = format!("expected numbers other than zero, found 0 at [{i}]");
                return Err(weights.error(&name("_scale"), message));
            }
            Layer::Diagonal(Diagonal::affine(scale, &shift))
        } else {
            return Err(self.unknown(at));
        }])
    }

    fn composite(&mut self, at: &str) -> Result<Vec<Layer>> {
        let stored = self.weights.indices(at);
        let mut layers = vec![];
        for k in 0..=stored.last().copied().unwrap_or(0) {
            if !stored.contains(&k) {
                return Err(self.unknown(&format!("{at}.{k}")));
            }
            layers.extend(self.transform(&format!("{at}.{k}"))?);
        }
        Ok(layers)
    }

    fn unknown(&self, at: &str) -> crate::Error {
        let prefix = format!("{at}.");
        let mut found = self
            .weights
            .names()
            .filter(|name| name.starts_with(&prefix));
        let found = found.next().map_or("no tensors".into(), str::to_owned);
        let message = format!(
            "expected a coupling, LULinear, NaiveLinear, a permutation, ActNorm, BatchNorm or \
             PointwiseAffineTransform, found another transform ({found})"
        );
        self.weights.error(at, message)
    }

    fn coupling(&mut self, at: &str) -> Result<Layer> {
        let (weights, dim) = (self.weights, self.dim);
        let name = |name: &str| format!("{at}.{name}");
        if weights.holds_below(&name("unconditional_transform")) {
            let message =
                "expected a coupling that keeps its first part, found one that transforms it";
            return Err(weights.error(&name("unconditional_transform"), message));
        }
        let (kept, changed) =
            weights.partition(&name("identity_features"), &name("transform_features"), dim)?;
        let net = name("transform_net");
        let network = conditioner::read(weights, &net, self.activation)?;
        let affine = is_affine(weights, &net, &network, kept.len(), changed.len())?;
        let scale = if affine { Some(self.scale()?) } else { None };
        Ok(Layer::Coupling(Coupling {
            kept,
            changed,
            conditioner: Parameters::Joint(network),
            scale,
            backwards: false,
        }))
    }

    fn scale(&mut self) -> Result<ScaleMap> {
        if let Some(scale) = self.scale.clone() {
            return Ok(scale);
        }
        let eps = 1e-3;
        let parse = |word: &str| match word {
            "sigmoid" => Some(ScaleMap::Sigmoid { bias: 2.0, eps }),
            "softplus" => Some(ScaleMap::Softplus {
                bias: 0.0,
                eps,
                max: 3.0,
            }),
            _ => None,
        };
        let scale = (self.settings).choose("scale", Source::Default("sigmoid"), parse)?;
        self.scale = Some(scale.clone());
        Ok(scale)
    }

    fn batch_norm(&self, at: &str) -> Result<Layer> {
        let vector = |name: &str| self.weights.numbers(&format!("{at}.{name}"), &[self.dim]);
        let (raw, bias) = (vector("unconstrained_weight")?, vector("bias")?);
        let (mean, variance) = (vector("running_mean")?, vector("running_var")?);
        let pairs = raw.iter().zip(variance);
        let factor: Vec<f64> = pairs
            .map(|(raw, variance)| {
                let weight = Activation::Softplus.eval(*raw) + BATCH_NORM_EPS;
                weight / (variance + BATCH_NORM_EPS).sqrt()
            })
            .collect();
        let centers = mean.iter().zip(bias).zip(&factor);
        Ok(Layer::Diagonal(Diagonal {
            center: centers.map(|((mean, bias), f)| mean - bias / f).collect(),
            factor,
        }))
    }

    /// A vector, or one number for all elements.
    fn spread(&self, name: &str) -> Result<Vec<f64>> {
        let shape = self.weights.shape(name)?;
        if shape.iter().product::<usize>() != 1 {
            return self.weights.numbers(name, &[self.dim]).map(<[_]>::to_vec);
        }
        Ok(vec![self.weights.numbers(name, shape)?[0]; self.dim])
    }
}

fn prior(weights: &Weights, settings: &mut Settings, dim: usize) -> Result<Prior> {
    weights.ignore("_distribution._log_z");
    let (mean, log_std) = ("_distribution.mean_", "_distribution.log_std_");
    if !weights.has(log_std) {
        return settings.choose("prior", Source::Default("normal"), |word| {
            (word == "normal").then_some(Prior::Normal)
        });
    }
    let mean = weights.numbers(mean, &[1, dim])?.to_vec();
    let log_std = weights.numbers(log_std, &[1, dim])?;
    let precision = log_std.iter().map(|s| (-s).exp()).collect();
    settings.note("prior: diagonal normal (_distribution in the file)");
    Ok(Prior::DiagonalNormal(DiagonalNormal { mean, precision }))
}

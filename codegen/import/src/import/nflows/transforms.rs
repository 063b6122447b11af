//! The tree of transforms.

use super::made::{Blocks, Given};
use super::{conditioner, made, orthogonal};
use crate::import::conditioner::is_affine;
use crate::import::context::Context;
use crate::import::ops::{
    Autoregressive, Coupling, Form, Inverse, LU_EPS, Linear, Op, Orientation, Params, Scale,
    diagonal, lu_linear, stored_permutation,
};
use crate::import::{Settings, Source, Weights};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;

/// The `eps` of the transform `BatchNorm`.
const BATCH_NORM_EPS: f64 = 1e-5;

/// What all transforms of a file have in common.
pub(super) struct Reader<'a, 'b> {
    pub weights: &'a Weights<'b>,
    pub settings: &'a mut Settings,
    pub dim: usize,
    pub activation: Activation,
    pub context: Context,
    /// The scale maps of couplings and of autoregressive transforms; each is asked for at the first of its kind.
    pub scales: [Option<Scale>; 2],
}

impl Reader<'_, '_> {
    /// The ops of the transform below `at`.
    pub fn transform(&mut self, at: &str) -> Result<Vec<Op>> {
        let weights = self.weights;
        let name = |name: &str| format!("{at}.{name}");
        let has = |one: &str| weights.has(&name(one));
        if weights.holds_below(&name("_transform")) {
            let ops = self.transform(&name("_transform"))?;
            return Ok(vec![Op::Inverse(Inverse { ops })]);
        }
        if !weights.indices(&name("_transforms")).is_empty() {
            return self.composite(&name("_transforms"));
        }
        if let Some(ops) = orthogonal::read(weights, at) {
            return Ok(ops);
        }
        Ok(vec![if has("identity_features") {
            Op::Coupling(self.coupling(at)?)
        } else if weights.holds_below(&name("autoregressive_net")) {
            Op::Autoregressive(self.autoregressive(at)?)
        } else if has("lower_entries") && has("unconstrained_upper_diag") {
            self.settings.note(format!(
                "LU factors: diagonal softplus + {LU_EPS} (nflows' default)"
            ));
            lu_linear(at)
        } else if has("_permutation") {
            stored_permutation(name("_permutation"))
        } else if has("_weight") {
            Op::Linear(Linear::Dense {
                w: Some(name("_weight").into()),
                values: None,
                layout: Orientation::OutIn,
                b: Some(name("bias").into()),
                orthogonal: false,
            })
        } else if has("running_var") {
            return Ok(batch_norm(at).into());
        } else if has("log_scale") {
            let scale = Scale::map("exp", &[]).of(name("log_scale"));
            diagonal(Form::MulAdd, name("shift"), scale)
        } else if has("_scale") {
            let scale = Scale::map("raw", &[]).of(name("_scale"));
            diagonal(Form::MulAdd, name("_shift"), scale)
        } else {
            weights.doubt(self.unknown(at));
            return Ok(weights.unknown(at));
        }])
    }

    fn composite(&mut self, at: &str) -> Result<Vec<Op>> {
        let places = self.weights.places(at);
        let ops = places.iter().map(|at| self.transform(at));
        Ok(ops.collect::<Result<Vec<_>>>()?.concat())
    }

    fn unknown(&self, at: &str) -> nice_flow_codegen::Error {
        let prefix = format!("{at}.");
        let mut found = self
            .weights
            .names()
            .filter(|name| name.starts_with(&prefix));
        let found = found.next().map_or("no tensors".into(), str::to_owned);
        let message = format!(
            "expected a coupling, a masked affine autoregressive transform, LULinear, QRLinear, SVDLinear, NaiveLinear, HouseholderSequence, a permutation, ActNorm, BatchNorm or \
             PointwiseAffineTransform, found another transform ({found})"
        );
        self.weights.error(at, message)
    }

    fn coupling(&mut self, at: &str) -> Result<Coupling> {
        let (weights, dim) = (self.weights, self.dim);
        let name = |name: &str| format!("{at}.{name}");
        if weights.holds_below(&name("unconditional_transform")) {
            let message =
                "expected a coupling that keeps its first part, found one that transforms it";
            weights.doubt(weights.error(&name("unconditional_transform"), message));
        }
        let (kept, changed) = (name("identity_features"), name("transform_features"));
        let halves = (
            weights.elements(&kept, dim)?,
            weights.elements(&changed, dim)?,
        );
        let at = name("transform_net");
        let net = conditioner::read(weights, &at, self.activation, &self.context, halves.0.len())?;
        let coupling = if is_affine(
            weights,
            &at,
            &net,
            (halves.0.len(), self.context.len()),
            halves.1.len(),
        )? {
            let (params, scale) = (Params::ConcatShiftScale, self.scale(true)?);
            Coupling::affine(halves, net, params, Form::MulAdd, scale)
        } else {
            Coupling::additive(halves, net)
        };
        Ok(Coupling {
            cond_tensor: Some(kept.into()),
            trans_tensor: Some(changed.into()),
            ..coupling
        })
    }

    /// `x · S + t`; shifts and raw scales come element by element.
    fn autoregressive(&mut self, at: &str) -> Result<Autoregressive> {
        let at = format!("{at}.autoregressive_net");
        Ok(Autoregressive {
            form: Form::MulAdd,
            params: Params::InterleavedScaleShift,
            net: {
                let blocks = self.blocks(&at)?;
                let given = Given {
                    context: &self.context,
                    blocks,
                    bent: true,
                };
                made::read(self.weights, &at, self.activation, given, self.dim)?
            },
            scale: self.scale(false)?,
            net_scale: None,
        })
    }

    /// What the context does in the residual blocks of the masked network below `at`.
    fn blocks(&mut self, at: &str) -> Result<Blocks> {
        if !self
            .weights
            .holds_below(&format!("{at}.blocks.0.context_layer"))
        {
            return Ok(Blocks::Add);
        }
        let parse = |word: &str| match word {
            "add" => Some(Blocks::Add),
            "gate" => Some(Blocks::Gate),
            _ => None,
        };
        self.settings
            .choose("blocks", Source::Default("add"), parse)
    }

    /// The scale map of couplings; that of autoregressive transforms has no upper limit, and another default.
    fn scale(&mut self, couples: bool) -> Result<Scale> {
        let known = usize::from(!couples);
        if let Some(scale) = self.scales[known].clone() {
            return Ok(scale);
        }
        let eps = ("eps", 1e-3);
        let parse = |word: &str| match word {
            "sigmoid" => Some(Scale::map("sigmoid", &[("bias", 2.0), eps])),
            "softplus" if couples => Some(Scale::map("softplus", &[eps, ("max", 3.0)])),
            "softplus" => Some(Scale::map("softplus", &[eps])),
            _ => None,
        };
        let default = Source::Default(if couples { "sigmoid" } else { "softplus" });
        let scale = (self.settings).choose("scale", default, parse)?;
        self.scales[known] = Some(scale.clone());
        Ok(scale)
    }
}

/// `(x − mean) / √(var + eps)`, then `· (softplus(weight) + eps) + bias`.
fn batch_norm(at: &str) -> [Op; 2] {
    let key = |part: &str| format!("{at}.{part}");
    let eps = [("eps", BATCH_NORM_EPS)];
    let deviation = Scale::map("rsqrt_eps", &eps).of(key("running_var"));
    let weight = Scale::map("softplus", &eps).of(key("unconstrained_weight"));
    [
        diagonal(Form::SubMul, key("running_mean"), deviation),
        diagonal(Form::MulAdd, key("bias"), weight),
    ]
}

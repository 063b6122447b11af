//! Turns the flows of normflows into ops, from data to latent.

use super::kind::{Kind, kind};
use crate::import::conditioner::{is_affine, widths};
use crate::import::context::Context;
use crate::import::nflows::made::{self, Blocks, Given};
use crate::import::nflows::net;
use crate::import::ops::{
    Autoregressive, Coupling, Form, Inverse, Io, LU_EPS, Linear, MaskOne, Op, Orientation, Params,
    Scale, Sign, Step, diagonal, lu_linear, stored_permutation,
};
use crate::import::{Settings, Source, Weights};
use nice_flow_codegen::error::Result;
use nice_flow_codegen::flow::ir::Activation;
use nice_flow_codegen::text::counted;

pub(super) struct Reader<'a, 'b> {
    pub weights: &'a Weights<'b>,
    pub settings: &'a mut Settings,
    pub dim: usize,
    pub activation: Activation,
    /// What masked networks read beside the elements; no other flow of the library takes a context.
    pub context: &'a Context,
    /// The elements that condition an `AffineCouplingBlock`; asked for at the first of them.
    pub split: Option<Vec<usize>>,
    /// The form and scale map of affine blocks; asked for at the first of them.
    pub scale: Option<(Form, Scale)>,
    /// Tensors of flows that are the identity.
    pub ignore: Vec<String>,
}

impl Reader<'_, '_> {
    /// The ops of one flow.
    pub(super) fn flow(&mut self, at: &str) -> Result<Vec<Op>> {
        let name = |name: &str| format!("{at}.{name}");
        Ok(vec![match kind(self.weights, at) {
            Some(Kind::Block) => Op::Coupling(self.block(at)?),
            Some(Kind::Masked) => return self.masked(at),
            // Its one pass, `x · (σ(r + 2) + 0.001) + t`, leads from latent to data.
            Some(Kind::Autoregressive) => {
                let (net, dim) = (name("autoregressive_net"), self.dim);
                let given = Given {
                    context: self.context,
                    blocks: Blocks::Gate,
                    bent: false,
                };
                let layer = Op::Autoregressive(Autoregressive {
                    form: Form::MulAdd,
                    params: Params::InterleavedScaleShift,
                    scale: Scale::map("sigmoid", &[("bias", 2.0), ("eps", 1e-3)]),
                    net: made::read(self.weights, &net, self.activation, given, dim)?,
                    net_scale: None,
                });
                Op::Inverse(Inverse { ops: vec![layer] })
            }
            // Computes `(x − t) · exp(−s)`.
            Some(Kind::Diagonal) => {
                let scale = Scale::map("exp", &[]).of(name("s"));
                diagonal(Form::SubDiv, name("t"), scale)
            }
            Some(Kind::Permute) => stored_permutation(name("inv_perm")),
            Some(Kind::Lu) => {
                self.settings.note(format!(
                    "LU factors: diagonal softplus + {LU_EPS} (normflows' default)"
                ));
                let order = stored_permutation(name("permutation._permutation"));
                return Ok(vec![order, lu_linear(&name("linear"))]);
            }
            Some(Kind::Factors) => Op::Linear(Linear::PluRows {
                p: name("P").into(),
                l: name("L").into(),
                u: name("U").into(),
                sign: name("sign_S").into(),
                log_size: name("log_S").into(),
            }),
            Some(Kind::Matrix) => Op::Linear(Linear::Dense {
                w: Some(name("W").into()),
                values: None,
                layout: Orientation::InOut,
                b: None,
                orthogonal: false,
            }),
            None => {
                self.weights.doubt(self.weights.error(
                    at,
                    "expected AffineCouplingBlock, MaskedAffineFlow, MaskedAffineAutoregressive, ActNorm, AffineConstFlow, Permute, \
                     LULinearPermute or InvertibleAffine, found another flow",
                ));
                return Ok(self.weights.unknown(at));
            }
        }])
    }

    fn block(&mut self, at: &str) -> Result<Coupling> {
        let at = format!("{at}.flows.1.param_map");
        let cond = self.split()?;
        let net = net(
            self.weights,
            &at,
            self.activation,
            &Context::NONE,
            cond.len(),
        )?;
        let trans: Vec<_> = (0..self.dim).filter(|i| !cond.contains(i)).collect();
        let (inputs, _) = widths(self.weights, &net)?;
        if inputs != cond.len() && !self.weights.doubts() {
            let message = format!(
                "expected {}, found {inputs}: an AffineCouplingBlock of another split_mode (--set split=…)",
                counted(cond.len(), "input")
            );
            return Err(self.weights.error(&at, message));
        }
        let affine = is_affine(self.weights, &at, &net, (cond.len(), 0), trans.len())?;
        if !affine {
            return Ok(subtracting((cond, trans), net));
        }
        let ((form, scale), params) = (self.scale()?, Params::InterleavedShiftScale);
        Ok(Coupling::affine((cond, trans), net, params, form, scale))
    }

    fn split(&mut self) -> Result<Vec<usize>> {
        if let Some(split) = &self.split {
            return Ok(split.clone());
        }
        let dim = self.dim;
        let every_second = |first: usize| Some((first..dim).step_by(2).collect());
        let parse = |word: &str| match word {
            "channel" => Some((0..dim.div_ceil(2)).collect::<Vec<_>>()),
            "channel_inv" => Some((dim.div_ceil(2)..dim).collect()),
            "checkerboard" => every_second(1),
            "checkerboard_inv" => every_second(0),
            _ => None,
        };
        let split = (self.settings).choose("split", Source::Default("channel"), parse)?;
        self.split = Some(split.clone());
        Ok(split)
    }

    /// The form and scale map: of the three maps, `exp` and `sigmoid_inv` divide by the scale.
    fn scale(&mut self) -> Result<(Form, Scale)> {
        if let Some(scale) = self.scale.clone() {
            return Ok(scale);
        }
        let sigmoid = || Scale::map("sigmoid", &[("bias", 2.0)]);
        let parse = |word: &str| match word {
            "exp" => Some((Form::SubDiv, Scale::map("exp", &[]))),
            "sigmoid" => Some((Form::SubMul, sigmoid())),
            "sigmoid_inv" => Some((Form::SubDiv, sigmoid())),
            _ => None,
        };
        let scale = (self.settings).choose("scale", Source::Default("exp"), parse)?;
        self.scale = Some(scale.clone());
        Ok(scale)
    }

    /// In the mask `b`, 1 marks the elements that condition. Without a network `s` the coupling is additive; without
    /// `t` it only scales.
    fn masked(&mut self, at: &str) -> Result<Vec<Op>> {
        let mask_name = format!("{at}.b");
        let mask = self.weights.numbers(&mask_name, &[1, self.dim])?;
        if !mask.iter().all(|b| *b == 0.0 || *b == 1.0) {
            let message = format!("expected zeros and ones, found {mask:?}");
            return Err(self.weights.error(&mask_name, message));
        }
        let halves = (0..self.dim).partition(|&i| mask[i] == 1.0);
        let net = |name: &str| self.full_net(&format!("{at}.{name}"));
        let coupling = match (net("t")?, net("s")?) {
            (None, None) => {
                self.ignore.push(mask_name);
                return Ok(vec![]);
            }
            (Some(shift), None) => subtracting(halves, shift),
            (shift, Some(scale)) => {
                let nets = [shift.unwrap_or_default(), scale];
                Coupling::separate(halves, nets, Form::SubDiv, Scale::map("exp", &[]))
            }
        };
        Ok(vec![Op::Coupling(Coupling {
            io: Io::MaskedFull,
            mask_tensor: Some(mask_name.into()),
            mask_one: Some(MaskOne::Cond),
            ..coupling
        })])
    }

    /// A network over the whole vector.
    fn full_net(&self, at: &str) -> Result<Option<Vec<Step>>> {
        if !self.weights.holds_below(at) {
            return Ok(None);
        }
        let net = net(self.weights, at, self.activation, &Context::NONE, self.dim)?;
        let (dim, found) = (self.dim, widths(self.weights, &net)?);
        if found != (dim, dim) && !self.weights.doubts() {
            let (inputs, outputs) = found;
            let message =
                format!("expected {dim} inputs and outputs, found {inputs} and {outputs}");
            self.weights.doubt(self.weights.error(at, message));
        }
        Ok(Some(net))
    }
}

/// An additive coupling that subtracts: `x − net(cond)`.
fn subtracting(halves: (Vec<usize>, Vec<usize>), net: Vec<Step>) -> Coupling {
    Coupling {
        sign: Some(Sign::Minus),
        ..Coupling::additive(halves, net)
    }
}

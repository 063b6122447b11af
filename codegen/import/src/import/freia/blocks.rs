//! The coupling blocks of FrEIA.

use super::block::Block;
use super::choices::Choices;
use super::volume::{keeping, ones};
use crate::import::Weights;
use crate::import::conditioner::is_affine;
use crate::import::context::Context;
use crate::import::ops::{
    Coupling, Form, Inverse, Linear, Op, Orientation, Params, Scale, Step, diagonal, given,
    stored_permutation,
};
use nice_flow_codegen::error::Result;
use std::ops::Range;

/// The kind of module that the tensors below `at` belong to.
pub(super) fn kind(weights: &Weights, at: &str) -> Block {
    let below = |name: &str| weights.holds_below(&format!("{at}.{name}"));
    let has = |name: &str| weights.has(&format!("{at}.{name}"));
    if below("F") && below("G") {
        Block::Nice
    } else if below("subnet1") && below("subnet2") {
        Block::Glow
    } else if below("subnet_s1") && below("subnet_t1") {
        Block::Rnvp
    } else if below("subnet") && has("global_scale") {
        Block::AllInOne
    } else if has("perm") {
        Block::Permute
    } else if has("scale") && has("bias") {
        Block::ActNorm
    } else {
        weights.doubt(weights.error(
            at,
            "expected NICECouplingBlock, GLOWCouplingBlock, RNVPCouplingBlock, AllInOneBlock, \
             PermuteRandom or ActNorm, found another module, or one without tensors",
        ));
        Block::Unknown
    }
}

/// Reads blocks one after another.
pub(super) struct Reader<'a, 'b> {
    pub weights: &'a Weights<'b>,
    pub dim: usize,
    /// The context, which every subnet reads in addition to its part of the vector.
    pub context: Context,
    pub choices: Choices,
    /// Tensors that blocks hold and do not use.
    pub ignored: Vec<String>,
}

impl Reader<'_, '_> {
    /// The ops of one coupling block.
    pub(super) fn block(&mut self, kind: Block, at: &str) -> Result<Vec<Op>> {
        let name = |name: &str| format!("{at}.{name}");
        let dim = self.dim;
        let parts = |second: usize| {
            let first = dim.saturating_sub(second);
            (0..first, first..dim)
        };
        let couplings = match kind {
            Block::Nice => {
                let (first, second) = parts(self.inputs(&name("F"))?);
                [
                    self.additive(&name("F"), &second, &first)?,
                    self.additive(&name("G"), &first, &second)?,
                ]
            }
            Block::Glow => {
                let (scale, keeps) = (self.choices.squash(), self.choices.keeps_volume());
                let (first, second) = parts(self.inputs(&name("subnet2"))?);
                let couplings = [
                    self.joint(&name("subnet2"), &second, &first, scale.clone())?,
                    self.joint(&name("subnet1"), &first, &second, scale)?,
                ];
                match keeps {
                    true => couplings.map(|coupling| keeping(coupling, 1.0)),
                    false => couplings,
                }
            }
            Block::Rnvp => {
                let scale = self.choices.squash();
                let (first, second) = parts(self.inputs(&name("subnet_s2"))?);
                [
                    self.separate(at, "2", &second, &first, scale.clone())?,
                    self.separate(at, "1", &first, &second, scale)?,
                ]
            }
            _ => return self.all_in_one(at),
        };
        Ok(couplings.map(Op::Coupling).into())
    }

    fn all_in_one(&mut self, at: &str) -> Result<Vec<Op>> {
        let name = |name: &str| format!("{at}.{name}");
        let (scale, first) = (self.choices.soft(), self.dim.div_ceil(2));
        let coupling = self.joint(&name("subnet"), &(0..first), &(first..self.dim), scale)?;
        let (coupling, scale) = match self.choices.keeps_volume() {
            // What scales the vector is stored then, and not used.
            true => {
                self.ignored.push(name("global_scale"));
                (keeping(coupling, 0.1), ones(self.dim))
            }
            false => {
                let scaled = Coupling {
                    out_mul: Some(0.1),
                    ..coupling
                };
                (scaled, (self.choices.global)().of(name("global_scale")))
            }
        };
        let diagonal = diagonal(Form::MulAdd, name("global_offset"), scale);
        let (before, behind) = self.rotations(at)?;
        let mut ops = match self.choices.reverse() {
            true => before,
            false => vec![],
        };
        ops.extend([Op::Coupling(coupling), diagonal, behind]);
        Ok(ops)
    }

    /// What turns a vector back before the coupling, with `reverse_permutation`, and what turns it behind. FrEIA takes the
    /// log-determinants to be zero.
    fn rotations(&self, at: &str) -> Result<(Vec<Op>, Op)> {
        let [turn, back, first, vectors] =
            ["w_perm", "w_perm_inv", "w_0", "vk_householder"].map(|name| format!("{at}.{name}"));
        if self.weights.has(&vectors) {
            // Behind it is `W₀ H₁ … Hₖ`, of reflections H, whose inverse is `Hₖ … H₁ W₀ᵀ`.
            let reflections = Op::Linear(Linear::Householder {
                vectors: vectors.into(),
                b: None,
            });
            let ops = vec![rotation(first, Orientation::InOut), reflections];
            return Ok((ops.clone(), Op::Inverse(Inverse { ops })));
        }
        Ok(match self.weights.shape(&turn)?.len() {
            1 => (vec![stored_permutation(back)], stored_permutation(turn)),
            _ => (
                vec![rotation(turn.clone(), Orientation::InOut)],
                rotation(turn, Orientation::OutIn),
            ),
        })
    }

    fn additive(&self, at: &str, kept: &Range<usize>, changed: &Range<usize>) -> Result<Coupling> {
        let net = self.subnet(at, kept, changed, false)?;
        Ok(Coupling::additive(halves(kept, changed), net))
    }

    /// A coupling whose only subnet gives raw scales, then shifts.
    fn joint(
        &self,
        at: &str,
        kept: &Range<usize>,
        changed: &Range<usize>,
        scale: Scale,
    ) -> Result<Coupling> {
        let net = self.subnet(at, kept, changed, true)?;
        let (halves, params) = (halves(kept, changed), Params::ConcatScaleShift);
        Ok(Coupling::affine(halves, net, params, Form::MulAdd, scale))
    }

    fn separate(
        &self,
        at: &str,
        number: &str,
        kept: &Range<usize>,
        changed: &Range<usize>,
        scale: Scale,
    ) -> Result<Coupling> {
        let subnet =
            |name: &str| self.subnet(&format!("{at}.{name}{number}"), kept, changed, false);
        let (halves, nets) = (
            halves(kept, changed),
            [subnet("subnet_t")?, subnet("subnet_s")?],
        );
        Ok(Coupling::separate(halves, nets, Form::MulAdd, scale))
    }

    /// The number of elements of the vector that a subnet reads.
    fn inputs(&self, at: &str) -> Result<usize> {
        let inputs = self.weights.inputs(at)?;
        Ok(inputs.saturating_sub(self.context.len()))
    }

    /// A network that ends with a linear layer.
    fn subnet(
        &self,
        at: &str,
        kept: &Range<usize>,
        changed: &Range<usize>,
        affine: bool,
    ) -> Result<Vec<Step>> {
        let inputs = kept.len() + self.context.len();
        let net = self.weights.net(at, self.choices.activation, inputs);
        let net = given(&self.context, net);
        let (kept, changed) = (kept.len(), changed.len());
        let reads = (kept, self.context.len());
        let found = is_affine(self.weights, at, &net, reads, changed)?;
        if found != affine && !self.weights.doubts() {
            let (expected, found) = match affine {
                true => (2 * changed, changed),
                false => (changed, 2 * changed),
            };
            let message = format!("expected {expected} outputs, found {found}");
            self.weights.doubt(self.weights.error(at, message));
        }
        Ok(net)
    }
}

/// A stored matrix that is orthogonal.
fn rotation(w: String, layout: Orientation) -> Op {
    Op::Linear(Linear::Dense {
        w: Some(w.into()),
        values: None,
        layout,
        b: None,
        orthogonal: true,
    })
}

fn halves(kept: &Range<usize>, changed: &Range<usize>) -> (Vec<usize>, Vec<usize>) {
    (kept.clone().collect(), changed.clone().collect())
}

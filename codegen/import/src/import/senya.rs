//! [senya-ashukha/real-nvp-pytorch](https://github.com/senya-ashukha/real-nvp-pytorch).
//!
//! Affine couplings with the rows of `mask` as masks, run last to first: `(x − t) · exp(−tanh(s))`. Networks are as
//! wide as the vector; the columns and rows of masked elements have no effect.

use super::ops::{Coupling, Form, Io, Key, MaskOne, Op, Reading, Scale, Slice};
use super::settings::{ACTIVATION, PRIOR};
use super::{Layout, Settings, Source, Weights};
use nice_flow_codegen::error::Result;

pub(super) static LAYOUT: Layout = Layout {
    name: "senya",
    library: "senya-ashukha/real-nvp-pytorch",
    fingerprint: &[&["mask", "t.0.0.weight", "s.0.0.weight"]],
    keys: &[ACTIVATION, PRIOR],
    read,
};

fn read(weights: &Weights, settings: &mut Settings) -> Result<Reading> {
    let &[couplings, dim] = weights.shape("mask")? else {
        let found = weights.shape("mask")?;
        return Err(weights.error("mask", format!("expected shape [n, D], found {found:?}")));
    };
    let mask = weights.numbers("mask", &[couplings, dim])?;
    let activation = settings.activation(Source::Default("leaky_relu:0.01"))?;
    let prior = settings.prior(Source::Default("normal"))?;
    let mut ops = vec![];
    for index in (0..couplings).rev() {
        let one = |j: &usize| mask[index * dim + j] != 0.0;
        let net = |net: &str| weights.net(&format!("{net}.{index}"), activation, dim);
        let tanh = Scale::map("exp_tanh", &[("clamp", 1.0), ("inner", 1.0)]);
        let halves = (0..dim).partition(one);
        ops.push(Op::Coupling(Coupling {
            io: Io::MaskedFull,
            mask_tensor: Some(Key::Slice(Slice {
                key: "mask".into(),
                index,
            })),
            mask_one: Some(MaskOne::Cond),
            ..Coupling::separate(halves, [net("t"), net("s")], Form::SubDiv, tanh)
        }));
    }
    Ok(Reading::new(dim, ops, prior))
}

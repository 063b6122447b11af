//! The couplings of a group of tensors: nets, what they read and give, and normalisations inside them.

use super::known::{Known, Named, is_mask, quoted};
use super::made::{self, Made};
use super::net::{FORMS, Net};
use super::nets::Nets;
use super::norm::{Norm, norm};
use super::shapes::{Halves, are_in_out, chains, mask};

/// The elements of a coupling that has no mask beside it.
pub(super) const QUESTION: &str =
    "cond = ?  # the elements that are read, from 0\ntrans = ?  # the elements that change\n";

/// The couplings of a group: one of each net of shifts and net of scales, or one of each net.
pub(super) fn couplings<'a>(
    group: &[Named<'a>],
    weights: &[Named<'a>],
    known: &Known,
    ignored: &mut Vec<&'a str>,
) -> String {
    let is_weight = |named: &&Named| weights.iter().any(|weight| weight.0 == named.0);
    let own: Vec<Named> = group
        .iter()
        .filter(|named| !is_weight(named))
        .copied()
        .collect();
    let masks = own.iter().find_map(|(name, tensor)| {
        let halves = mask(tensor).filter(|_| is_mask(name))?;
        (known.dim == Some(tensor.data.len())).then_some((*name, halves))
    });
    ignored.extend(masks.iter().map(|(name, _)| *name));
    let norms: Vec<Norm> = own.iter().filter_map(|named| norm(named.0, &own)).collect();
    let net = Net {
        group,
        norms: &norms,
        known,
        in_out: are_in_out(
            &weights
                .iter()
                .map(|(_, tensor)| *tensor)
                .collect::<Vec<_>>(),
        ),
    };
    let halves = halves(masks.as_ref().map(|(_, halves)| halves));
    let names: Vec<&str> = weights.iter().map(|(name, _)| *name).collect();
    let of_coupling = |nets: Nets| match nets {
        Nets::Two { shift, scale } if Made::of_both(&shift, &scale, &net).is_some() => {
            made::both(&net, &shift, &scale)
        }
        Nets::Two { shift, scale } => {
            let shape = net.shape(&shift);
            format!(
                "\n[[ops]]\nop = \"coupling\"\nlaw = \"affine\"\n{FORMS}params = \"separate\"\n\
                 scale = {{ map = ? }}  # of what net_scale gives: \"exp\", …\n{halves}{}{}{}",
                io(shape.full),
                net.text("net", &shift),
                net.text("net_scale", &scale)
            )
        }
        Nets::One(_) => {
            let tensors: Vec<_> = weights.iter().map(|(_, tensor)| *tensor).collect();
            let (mut rest, beside) = (&names[..], own.len() > norms.len());
            let of_chain = |length: usize| {
                let (chain, behind) = rest.split_at(length);
                rest = behind;
                one(&net, chain, &halves, beside)
            };
            chains(&tensors, net.in_out)
                .into_iter()
                .map(of_chain)
                .collect()
        }
    };
    let nets = Nets::of_each_coupling(&names, known.masks).into_iter();
    let mut text: String = nets.map(of_coupling).collect();
    let in_norm = |name: &str| norms.iter().any(|norm| norm.holds(name));
    let masked = |name: &str| masks.as_ref().is_some_and(|(mask, _)| *mask == name);
    for (name, tensor) in own {
        if tensor.data.len() < 2 && !tensor.element.is_float() {
            ignored.push(name);
        } else if !in_norm(name) && !masked(name) {
            text += &format!(
                "# {:?}, in the nets perhaps: {{ op = \"scale\", scale = {{ map = \"raw\", tensor = {} }} }}, divide = true divides\n",
                tensor.shape,
                quoted(name)
            );
        }
    }
    text
}

/// A coupling, or an autoregressive layer, of one net; `beside` is whether there are numbers that its scale may use.
fn one(net: &Net, chain: &[&str], halves: &str, beside: bool) -> String {
    if let Some(made) = Made::of(chain, net) {
        return made.text(net, chain);
    }
    let shape = net.shape(chain);
    let law = match shape.joint.unwrap_or(beside) {
        true => format!(
            "law = \"affine\"  # or \"additive\", with sign, if all that the net gives are shifts\n{FORMS}\
             params = ?  # \"concat_shift_scale\", \"concat_scale_shift\", …\nscale = {{ map = ? }}  # \"exp\", …\n"
        ),
        false => "law = \"additive\"  # or \"affine\", with form, params and scale\nsign = ?  # \"+\" or \"-\"\n".into(),
    };
    let net = net.text("net", chain);
    format!(
        "\n[[ops]]\nop = \"coupling\"\n{law}{halves}{}{net}",
        io(shape.full)
    )
}

/// The elements of a coupling, from its mask if there is one.
pub(super) fn halves(mask: Option<&Halves>) -> String {
    match mask {
        Some((ones, zeros)) => {
            format!(
                "cond = {ones:?}  # the ones of the mask; exchange them with trans if these change\ntrans = {zeros:?}\n"
            )
        }
        None => QUESTION.into(),
    }
}

fn io(full: Option<bool>) -> String {
    let (word, note) = match full {
        Some(true) => ("masked_full", ""),
        Some(false) => ("gathered", ""),
        None => ("gathered", "  # \"masked_full\": nets as wide as x"),
    };
    format!("io = \"{word}\"{note}\n")
}

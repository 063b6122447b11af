//! Autoregressive layers, told by the zeros of their weights: each element depends on elements before it alone, in some order.

use super::known::{Known, Named};
use super::net::{FORMS, Net};
use super::nets::Nets;
use super::shapes::{are_in_out, chains, same, widths};
use crate::checkpoint::Tensor;
use nalgebra::DMatrix;

/// A masked net.
pub(super) struct Made {
    /// The number of elements that it reads.
    dim: usize,
    /// The values of `params` by which no element depends on itself.
    params: Vec<&'static str>,
}

/// The row of an element's half in a net's outputs: from its place, the half and the number of elements.
type Row = fn(usize, usize, usize) -> usize;

/// The values of `params` of a net that gives both, and where the halves of an element are.
const BOTH: [([&str; 2], Row); 2] = [
    (
        ["concat_shift_scale", "concat_scale_shift"],
        |i, half, dim| half * dim + i,
    ),
    (
        ["interleaved_shift_scale", "interleaved_scale_shift"],
        |i, half, _| 2 * i + half,
    ),
];

impl Made {
    /// The layer of a net that gives a number, or a shift and a raw scale, for each element; `None` if elements depend on themselves.
    pub fn of(chain: &[&str], net: &Net) -> Option<Self> {
        let reads = reads(&tensors(chain, net.known), net.in_out)?;
        let (dim, outputs) = (reads.ncols(), reads.nrows());
        if outputs == dim {
            let params = vec!["separate"];
            return is_ordered(&reads).then_some(Self { dim, params });
        }
        let ordered = BOTH.iter().filter(|(_, row)| {
            let read = |i, j| reads[(row(i, 0, dim), j)].max(reads[(row(i, 1, dim), j)]);
            outputs == 2 * dim && is_ordered(&DMatrix::from_fn(dim, dim, read))
        });
        let params: Vec<_> = ordered.flat_map(|(params, _)| *params).collect();
        (!params.is_empty()).then_some(Self { dim, params })
    }

    /// The layer of a net of shifts and one of raw scales.
    pub fn of_both(shift: &[&str], scale: &[&str], net: &Net) -> Option<Self> {
        let [shift, scale] =
            [shift, scale].map(|chain| reads(&tensors(chain, net.known), net.in_out));
        let (shift, scale) = (shift?, scale?);
        let square = shift.is_square() && shift.shape() == scale.shape();
        let dim = shift.nrows();
        let params = vec!["separate"];
        (square && is_ordered(&shift.sup(&scale))).then_some(Self { dim, params })
    }

    /// The op of the net.
    pub fn text(&self, net: &Net, chain: &[&str]) -> String {
        let params = match self.params[..] {
            [params] => format!("params = \"{params}\"\n"),
            _ => {
                let words: Vec<_> = self
                    .params
                    .iter()
                    .map(|word| format!("\"{word}\""))
                    .collect();
                format!("params = ?  # {}\n", words.join(", "))
            }
        };
        let other = match self.params[..] {
            ["separate"] => "net_scale = ?  # [steps] of the net of raw scales\n",
            _ => "",
        };
        format!(
            "{HEAD}{FORMS}{params}scale = {{ map = ? }}  # \"exp\", …\n{}{other}",
            net.text("net", chain)
        )
    }
}

/// The op of a net of shifts and one of raw scales.
pub(super) fn both(net: &Net, shift: &[&str], scale: &[&str]) -> String {
    format!(
        "{HEAD}{FORMS}params = \"separate\"\nscale = {{ map = ? }}  # of what net_scale gives: \"exp\", …\n{}{}",
        net.text("net", shift),
        net.text("net_scale", scale)
    )
}

const HEAD: &str = "\n[[ops]]\nop = \"autoregressive\"  # by the zeros of its weights, each element depends on elements before it alone\n";

/// The length of the vector, if there are such nets among the weights of the groups and all tell the same.
pub(super) fn dim(groups: &[Vec<Named>], known: &Known) -> Option<usize> {
    let of_group = |group: &Vec<Named>| {
        let tensors: Vec<&Tensor> = group.iter().map(|(_, tensor)| *tensor).collect();
        let names: Vec<&str> = group.iter().map(|(name, _)| *name).collect();
        let net = Net {
            group,
            norms: &[],
            known,
            in_out: are_in_out(&tensors),
        };
        let of_nets = |nets: Nets| match nets {
            Nets::Two { shift, scale } => Made::of_both(&shift, &scale, &net),
            Nets::One(_) => {
                let first = chains(&tensors, net.in_out).first().copied()?;
                Made::of(&names[..first], &net)
            }
        };
        let nets = Nets::of_each_coupling(&names, known.masks).into_iter();
        nets.filter_map(of_nets)
            .map(|made| made.dim)
            .collect::<Vec<_>>()
    };
    same(groups.iter().flat_map(of_group))
}

fn tensors<'a>(names: &[&str], known: &Known<'a>) -> Vec<&'a Tensor> {
    names.iter().map(|name| known.tensors[name]).collect()
}

/// 1 where an output of a net depends on an input, else 0. `None` if its first or its last layer is without zeros, or its layers do not fit:
/// the last element is read by none, and the first reads none.
fn reads(chain: &[&Tensor], in_out: bool) -> Option<DMatrix<f64>> {
    let (first, last) = (chain.first()?, chain.last()?);
    let masked = |tensor: &Tensor| tensor.shape.len() == 2 && tensor.data.contains(&0.0);
    if !masked(first) || !masked(last) {
        return None;
    }
    let mut reads: Option<DMatrix<f64>> = None;
    for weight in chain {
        let (inputs, outputs) = widths(weight, in_out);
        let bit = |number: &f64| f64::from(u8::from(*number != 0.0));
        let bits = weight.data.iter().map(bit);
        let bits = match in_out {
            true => DMatrix::from_iterator(outputs, inputs, bits),
            false => DMatrix::from_row_iterator(outputs, inputs, bits),
        };
        reads = Some(match reads {
            Some(before) if before.nrows() == inputs => (bits * before).map(|paths| paths.min(1.0)),
            Some(_) => return None,
            None => bits,
        });
    }
    reads
}

/// Whether some element depends on another, and none, by whatever way, on itself.
fn is_ordered(reads: &DMatrix<f64>) -> bool {
    let mut left: Vec<usize> = (0..reads.nrows()).collect();
    while let Some(at) = left
        .iter()
        .position(|&i| left.iter().all(|&j| reads[(i, j)] == 0.0))
    {
        left.remove(at);
    }
    left.is_empty() && reads.iter().any(|read| *read != 0.0)
}

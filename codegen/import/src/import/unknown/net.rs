//! The steps of a net, from the names and widths of its layers.

use super::known::{Known, Named, quoted};
use super::norm::Norm;
use super::shapes::widths;

/// Forms of affine layers, for the reader.
pub(super) const FORMS: &str =
    "form = ?  # \"mul_add\": x S + t, \"sub_div\": (x - t) / S, \"sub_mul\"\n";

/// What a coupling does, as far as shapes tell it.
pub(super) struct Shape {
    /// Whether its only net gives shifts and raw scales.
    pub joint: Option<bool>,
    /// Whether nets are as wide as the vector.
    pub full: Option<bool>,
}

/// What the nets of a group have in common.
pub(super) struct Net<'a> {
    pub group: &'a [Named<'a>],
    pub norms: &'a [Norm],
    pub known: &'a Known<'a>,
    /// Whether matrices have a row an input.
    pub in_out: bool,
}

impl Net<'_> {
    /// What the widths of a net tell of its coupling.
    pub fn shape(&self, chain: &[&str]) -> Shape {
        let width = |name: Option<&&str>| {
            name.map_or((0, 0), |name| {
                widths(self.known.tensors[*name], self.in_out)
            })
        };
        let (inputs, outputs) = (width(chain.first()).0, width(chain.last()).1);
        let changed = self.known.dim.and_then(|dim| dim.checked_sub(inputs));
        match (self.known.dim, changed) {
            (Some(dim), Some(0)) => Shape {
                joint: [dim, 2 * dim]
                    .contains(&outputs)
                    .then_some(outputs == 2 * dim),
                full: Some(true),
            },
            (_, Some(changed)) if [changed, 2 * changed].contains(&outputs) => Shape {
                joint: Some(outputs != changed),
                full: Some(false),
            },
            _ => Shape {
                joint: (outputs == 2 * inputs).then_some(true),
                full: None,
            },
        }
    }

    /// The steps of a net in the order of the file, an activation between any two linear layers.
    pub fn text(&self, name: &str, chain: &[&str]) -> String {
        let (mut steps, mut any) = (String::new(), false);
        let first = self
            .group
            .iter()
            .position(|(name, _)| Some(name) == chain.first());
        let last = self
            .group
            .iter()
            .position(|(name, _)| Some(name) == chain.last());
        let modules = common(chain);
        for (at, (name, _)) in self.group.iter().enumerate() {
            let norm = self
                .norms
                .iter()
                .find(|norm| *name == format!("{}.weight", norm.stem));
            let inside = Some(at) <= last && (Some(at) > first || name.starts_with(modules));
            if let Some(norm) = norm.filter(|_| inside) {
                steps += &norm.step();
            }
            if chain.contains(name) {
                if std::mem::replace(&mut any, true) {
                    steps += "  { op = \"act\", fn = ? },  # \"relu\", …\n";
                }
                steps += &self.linear(name);
            }
        }
        let blocks = ["block", "res", "skip"];
        let residual = chain.len() > 3
            && blocks
                .iter()
                .any(|word| chain.iter().any(|name| name.contains(word)));
        let note = match residual {
            true => {
                "  # a residual block: { op = \"push\" } before and { op = \"add\" } after its steps, with shortcut = [steps] if a layer is beside it\n"
            }
            false => "",
        };
        format!("{name} = [\n{note}{steps}]\n")
    }

    fn linear(&self, weight: &str) -> String {
        let bias = self
            .known
            .bias(weight)
            .map(|bias| format!(", b = {}", quoted(&bias)));
        let (layout, other) = match self.in_out {
            true => ("in_out", "out_in"),
            false => ("out_in", "in_out"),
        };
        format!(
            "  {{ op = \"linear\", w = {}{}, layout = \"{layout}\" }},  # or \"{other}\"\n",
            quoted(weight),
            bias.unwrap_or_default()
        )
    }
}

/// What all names begin with, up to a dot.
fn common<'a>(names: &[&'a str]) -> &'a str {
    let first = names.first().copied().unwrap_or_default();
    let ends = first.match_indices('.').map(|(at, _)| &first[..=at]);
    let mut shared = ends.filter(|start| names.iter().all(|name| name.starts_with(start)));
    shared.next_back().unwrap_or_default()
}

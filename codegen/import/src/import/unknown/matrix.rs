//! Linear layers of the whole vector: matrices that stand alone.

use super::known::{Known, Named, quoted};
use super::shapes::same;

/// Whether a weight, alone in its group, is a linear layer of the vector: it is square, and as wide as that.
pub(super) fn is_layer(weight: &Named, known: &Known) -> bool {
    side(weight).is_some_and(|side| known.dim == Some(side))
}

/// The length of the vector, if there are matrices without a bias alone in their groups, and all tell the same.
pub(super) fn dim(groups: &[Vec<Named>], known: &Known) -> Option<usize> {
    let alone = groups.iter().filter_map(|group| match group[..] {
        [weight] if known.bias(weight.0).is_none() => side(&weight),
        _ => None,
    });
    same(alone)
}

/// The op of the layer.
pub(super) fn text(weight: &Named, known: &Known) -> String {
    let bias = known.bias(weight.0);
    let bias = bias.map(|bias| format!("b = {}\n", quoted(&bias)));
    format!(
        "\n[[ops]]\nop = \"linear\"\nparam = \"dense\"\nw = {}\n{}\
         layout = \"out_in\"  # z = w x, in PyTorch x @ w.T; or \"in_out\": x @ w\n",
        quoted(weight.0),
        bias.unwrap_or_default()
    )
}

/// Rows and columns of a square matrix.
fn side((_, tensor): &Named) -> Option<usize> {
    match tensor.shape[..] {
        [rows, columns] if rows == columns => Some(rows),
        _ => None,
    }
}

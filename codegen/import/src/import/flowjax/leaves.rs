//! Identifies the arrays of a flowjax file: by name, or by order in an `.eqx` file.

use crate::import::Weights;
use nice_flow_codegen::error::Result;

/// The first weight of a `coupling_flow` and of a `masked_autoregressive_flow`, with `invert=True` and with `invert=False`.
pub(super) const INVERTED: &str =
    ".bijection.bijection.bijection.bijections[0].conditioner.layers[0].weight";
pub(super) const PLAIN: &str = ".bijection.bijection.bijections[0].conditioner.layers[0].weight";
pub(super) const MASKED_INVERTED: &str =
    ".bijection.bijection.bijection.bijections[0].masked_autoregressive_mlp.layers[0].weight";
pub(super) const MASKED_PLAIN: &str =
    ".bijection.bijection.bijections[0].masked_autoregressive_mlp.layers[0].weight";

/// The place of the flow inside a `Transformed` of it.
const INNER: &str = ".base_dist";

/// The names of the arrays of a flow.
#[derive(Debug)]
pub(super) struct Leaves {
    pub dim: usize,
    /// Location and raw scale of the base distribution, if it is trained.
    pub base: Option<(String, String)>,
    /// The raw degrees of freedom of a base distribution that is Student's t.
    pub degrees: Option<String>,
    /// Location and raw scale of an affine map behind the flow, if there is one.
    pub outer: Option<(String, String)>,
    /// Weight and bias of each layer of the conditioners, stacked over the couplings.
    pub layers: Vec<(String, String)>,
    /// The permutations and their inverses, stacked over the couplings; `None` for vectors of two elements.
    pub permutations: Option<(String, String)>,
    /// Whether it was made with `invert=True`.
    pub inverted: bool,
    /// Whether it is a `masked_autoregressive_flow`, whose networks read all elements.
    pub masked: bool,
    /// Masks that reading has multiplied weights by already.
    pub masks: Vec<String>,
}

impl Leaves {
    pub(super) fn find(weights: &Weights) -> Result<Self> {
        match weights.has("leaf.0") {
            true => ordered(weights),
            false => named(weights),
        }
    }

    /// The number of layers, and the number of elements that condition each.
    pub(super) fn conditioners(&self, weights: &Weights) -> Result<(usize, usize)> {
        let reads = if self.masked { self.dim } else { self.dim / 2 };
        match *weights.shape(self.first())? {
            [count, _, inputs] if count > 0 && inputs >= reads => Ok((count, reads)),
            ref found => {
                let message = format!("expected shape [layers, out, {reads}], found {found:?}");
                Err(weights.error(self.first(), message))
            }
        }
    }

    /// The name of the first weight.
    pub(super) fn first(&self) -> &str {
        self.layers.first().map_or(INVERTED, |(weight, _)| weight)
    }
}

fn named(weights: &Weights) -> Result<Leaves> {
    let firsts = [INVERTED, PLAIN, MASKED_INVERTED, MASKED_PLAIN];
    let places = firsts
        .iter()
        .flat_map(|first| [("", *first), (INNER, *first)]);
    let mut places = places.filter(|(inner, first)| weights.has(&format!("{inner}{first}")));
    let (inner, first) = places.next().unwrap_or(("", INVERTED));
    let (chain, network) = first.rsplit_once("bijections[0].").unwrap_or((first, ""));
    let network = network.trim_end_matches(".layers[0].weight");
    let name = |part: &str| format!("{inner}{chain}bijections{part}");
    let layer = |j: usize, part: &str| name(&format!("[0].{network}.layers[{j}].{part}"));
    let count = weights.count(|j| layer(j, "weight"));
    let permutations = [
        name("[1].permutation[0]"),
        name("[1].inverse_permutation[0]"),
    ];
    let pair = |at: &str| {
        let (loc, scale) = (format!("{at}.loc"), format!("{at}.scale.args[0]"));
        weights.has(&loc).then_some((loc, scale))
    };
    let outer = if inner.is_empty() {
        None
    } else {
        pair(".bijection")
    };
    let degrees = format!("{inner}.base_dist.base_dist.df.args[0]");
    let found = leaves(
        weights,
        pair(&format!("{inner}.base_dist.bijection")),
        (0..count)
            .map(|j| (layer(j, "weight"), layer(j, "bias")))
            .collect(),
        weights.has(&permutations[0]).then(|| permutations.into()),
        [INVERTED, MASKED_INVERTED].contains(&first),
    )?;
    let masked = [MASKED_INVERTED, MASKED_PLAIN].contains(&first);
    Ok(Leaves {
        outer,
        masked,
        degrees: weights.has(&degrees).then_some(degrees),
        ..found
    })
}

/// Identifies arrays by their order. Sizes are records too. The order is: sizes of the base, of Student's t the degrees of freedom and more
/// sizes, its location and scale, 4
/// sizes, the conditioner, 1 size, the permutations, 1 size, and 1 more size for `Invert`. Of masked layers the mask comes before the
/// weight, and the zero that stands where it is false behind it.
fn ordered(weights: &Weights) -> Result<Leaves> {
    let count = weights.count(|i| format!("leaf.{i}"));
    let axes = |i: usize| {
        weights
            .shape(&format!("leaf.{i}"))
            .map_or(0, <[usize]>::len)
    };
    let axes: Vec<usize> = (0..count).map(axes).collect();
    let name = |i: usize| format!("leaf.{i}");
    let pair = |i: usize| (name(i), name(i + 1));
    let run = |from: usize, kind: &[usize]| {
        let fits = |at: &usize| axes.get(*at..at + kind.len()) == Some(kind);
        (from..).step_by(kind.len()).take_while(fits).count()
    };

    let mut at = run(0, &[0]);
    let degrees = (run(at, &[1]) == 1).then(|| name(at));
    if degrees.is_some() {
        at += 1;
        at += run(at, &[0]);
    }
    let base = (run(at, &[1]) == 2).then(|| pair(at));
    if base.is_some() {
        at += 2;
        at += run(at, &[0]);
    }
    let plain = (0..run(at, &[3, 2])).map(|j| pair(at + 2 * j));
    let starts: Vec<usize> = (0..run(at, &[3, 3, 0, 2])).map(|j| at + 4 * j).collect();
    let masks: Vec<String> = starts.iter().map(|mask| name(*mask)).collect();
    let masked = starts.iter().map(|mask| (name(mask + 1), name(mask + 3)));
    let layers: Vec<_> = plain.chain(masked).collect();
    at += 2 * layers.len() + 2 * masks.len();
    let sizes = run(at, &[0]);
    let permutations = (run(at + sizes, &[2]) == 2).then(|| pair(at + sizes));
    let tail = match permutations {
        Some(_) => run(at + sizes + 2, &[0]),
        None => sizes.saturating_sub(1),
    };
    let end = at + sizes + permutations.as_ref().map_or(0, |_| 2 + tail);
    // A flow with a context has the size of that behind each other.
    let wraps = match reads_more(weights, &layers, permutations.as_ref(), !masks.is_empty()) {
        true if tail % 2 == 1 => 0,
        true => tail / 2,
        false => tail,
    };
    if layers.is_empty() || end != count || !(1..=2).contains(&wraps) {
        let message = "expected the records of flowjax 19's coupling_flow or masked_autoregressive_flow, found others; \
                       export an npz, which holds names, with: \
                       leaves, _ = jax.tree_util.tree_flatten_with_path(eqx.filter(flow, eqx.is_array)); \
                       np.savez(\"flow.npz\", **{jax.tree_util.keystr(path): leaf for path, leaf in leaves})";
        return Err(weights.unrecognised(&name(at.min(count - 1)), message));
    }
    let found = leaves(weights, base, layers, permutations, wraps == 2)?;
    Ok(Leaves {
        masked: !masks.is_empty(),
        masks,
        degrees,
        ..found
    })
}

/// Whether networks read more than elements: a context.
fn reads_more(
    weights: &Weights,
    layers: &[(String, String)],
    permutations: Option<&(String, String)>,
    masked: bool,
) -> bool {
    let width = |name: &str| weights.shape(name).ok()?.last().copied();
    let inputs = layers.first().and_then(|(weight, _)| width(weight));
    let dim = permutations.map_or(Some(2), |(name, _)| width(name));
    let reads = dim.map(|dim| if masked { dim } else { dim / 2 });
    inputs > reads
}

fn leaves(
    weights: &Weights,
    base: Option<(String, String)>,
    layers: Vec<(String, String)>,
    permutations: Option<(String, String)>,
    inverted: bool,
) -> Result<Leaves> {
    let dim = match &permutations {
        None => 2,
        Some((name, _)) => match *weights.shape(name)? {
            [_, dim] if dim > 2 => dim,
            ref found => {
                let message = format!("expected shape [layers, D], found {found:?}");
                return Err(weights.error(name, message));
            }
        },
    };
    Ok(Leaves {
        dim,
        base,
        degrees: None,
        outer: None,
        layers,
        permutations,
        inverted,
        masked: false,
        masks: vec![],
    })
}

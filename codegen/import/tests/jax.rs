//! Choices of JAX users that no trained file shows: numbers without pattern against the libraries' formulas.

use nice_flow_codegen::Result;
use nice_flow_codegen::flow::ir::Flow;
use nice_flow_import::checkpoint::{Checkpoint, Container, Element, Tensor};
use nice_flow_import::import::import;

#[path = "../../tests/fixtures/rewritten.rs"]
mod rewritten;

use rewritten::rewritten;

/// Width of the hidden layer.
const H: usize = 5;

/// Tensors by name, with numbers between −1 and 1.
struct File(Checkpoint);

impl File {
    fn new(container: Container) -> Self {
        Self(Checkpoint {
            path: "flow.npz".into(),
            sha256: String::new(),
            container,
            tensors: Default::default(),
            config: Default::default(),
            order: vec![],
            notes: vec![],
            fitted: vec![],
        })
    }

    fn add(&mut self, name: &str, shape: &[usize], numbers: Option<&[f64]>) {
        let start = self.0.tensors.len() as f64;
        let made = (0..shape.iter().product()).map(|i: usize| (i as f64 * 1.7 + start).sin());
        let data = numbers.map_or_else(|| made.collect(), <[f64]>::to_vec);
        let tensor = Tensor {
            element: Element::F32,
            shape: shape.to_vec(),
            data,
        };
        self.0.tensors.insert(name.to_owned(), tensor);
    }

    /// Slice `index` of a tensor.
    fn slice(&self, name: &str, index: usize) -> &[f64] {
        let tensor = &self.0.tensors[name];
        let size = tensor.data.len() / tensor.shape[0];
        &tensor.data[index * size..][..size]
    }

    fn import(&self, set: &[(&str, &str)]) -> Result<Flow> {
        let set: Vec<_> = (set.iter())
            .map(|(k, v)| (k.to_string(), v.to_string()))
            .collect();
        let flow = import(&self.0, None, &set)?.model.members[0].flow.clone();
        assert_eq!(rewritten(&self.0, &set), flow);
        Ok(flow)
    }
}

/// `W h + b`, outputs × inputs.
fn affine(w: &[f64], b: &[f64], h: &[f64]) -> Vec<f64> {
    let rows = w.chunks(h.len()).zip(b);
    rows.map(|(row, b)| row.iter().zip(h).map(|(w, h)| w * h).sum::<f64>() + b)
        .collect()
}

fn relu(h: Vec<f64>) -> Vec<f64> {
    h.into_iter().map(|h| h.max(0.0)).collect()
}

fn softplus(r: f64) -> f64 {
    r.exp().ln_1p()
}

fn close(flow: &Flow, x: &[f64], expected: &[f64], expected_log_det: f64) {
    let mut z = x.to_vec();
    let log_det = flow.forward(&mut z);
    assert!(
        (log_det - expected_log_det).abs() < 1e-12,
        "{log_det} {expected_log_det}"
    );
    assert!(
        z.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12),
        "{z:?} {expected:?}"
    );
}

/// A `coupling_flow(invert=False)` of two layers, as an npz.
fn plain(dim: usize, outputs: usize) -> File {
    let mut file = File::new(Container::Npz);
    let (chain, half) = (".bijection.bijection.bijections", dim / 2);
    for (j, shape) in [[H, half], [outputs, H]].into_iter().enumerate() {
        let at = format!("{chain}[0].conditioner.layers[{j}]");
        file.add(&format!("{at}.weight"), &[2, shape[0], shape[1]], None);
        file.add(&format!("{at}.bias"), &[2, shape[0]], None);
    }
    if dim > 2 {
        let (order, inverse) = (
            [2.0, 0.0, 1.0, 1.0, 0.0, 2.0],
            [1.0, 2.0, 0.0, 1.0, 0.0, 2.0],
        );
        file.add(&format!("{chain}[1].permutation[0]"), &[2, 3], Some(&order));
        file.add(
            &format!("{chain}[1].inverse_permutation[0]"),
            &[2, 3],
            Some(&inverse),
        );
    }
    file
}

/// The layers undone, the last first.
fn undone(file: &File, x: &[f64], transformer: Option<(f64, f64)>) -> (Vec<f64>, f64) {
    let chain = ".bijection.bijection.bijections";
    let (mut x, mut log_det) = (x.to_vec(), 0.0);
    for i in [1, 0] {
        x = match x.len() {
            2 => vec![x[1], x[0]],
            _ => (file
                .slice(&format!("{chain}[1].inverse_permutation[0]"), i)
                .iter())
            .map(|from| x[*from as usize])
            .collect(),
        };
        let layer = |j: usize, h: &[f64]| {
            let at = format!("{chain}[0].conditioner.layers[{j}]");
            let part = |part: &str| file.slice(&format!("{at}.{part}"), i).to_vec();
            affine(&part("weight"), &part("bias"), h)
        };
        let half = x.len() / 2;
        let out = layer(1, &relu(layer(0, &x[..half])));
        for (k, x) in x[half..].iter_mut().enumerate() {
            let (shift, scale) = match transformer {
                None => (out[k], 1.0),
                Some((bias, eps)) => (out[2 * k], softplus(out[2 * k + 1] + bias) + eps),
            };
            *x = (*x - shift) / scale;
            log_det -= scale.ln();
        }
    }
    (x, log_det)
}

#[test]
fn flowjax_without_invert_runs_the_list_backwards() {
    let file = plain(3, 2);
    let x = [0.4, -1.1, 0.7];
    let (z, log_det) = undone(&file, &x, None);
    close(
        &file.import(&[("prior", "normal")]).unwrap(),
        &x,
        &z,
        log_det,
    );
}

#[test]
fn flowjax_exchanges_two_elements_and_scales_by_what_it_is_told() {
    let file = plain(2, 2);
    let constants = [
        ("default", (0.525_458_753_108_978_3, 0.01)),
        ("affine", (0.541_324_853_897_094_7, 0.0)),
    ];
    for (transformer, constants) in constants {
        let set = [("prior", "normal"), ("transformer", transformer)];
        let x = [0.4, -1.1];
        let (z, log_det) = undone(&file, &x, Some(constants));
        close(&file.import(&set).unwrap(), &x, &z, log_det);
    }
}

/// A `masked_autoregressive_flow` of one layer, as an npz with folded masks: hidden units read element 0, or 0 and 1.
fn masked(invert: bool) -> File {
    let mut file = File::new(Container::Npz);
    let inner = if invert { ".bijection" } else { "" };
    let chain = format!("{inner}.bijection.bijection.bijections");
    let degrees: Vec<usize> = (0..H).map(|h| 1 + h % 2).collect();
    for (j, (inputs, outputs)) in [(3, H), (H, 6)].into_iter().enumerate() {
        let at = format!("{chain}[0].masked_autoregressive_mlp.layers[{j}]");
        file.add(&format!("{at}.weight"), &[1, outputs, inputs], None);
        file.add(&format!("{at}.bias"), &[1, outputs], None);
        let weight = file.0.tensors.get_mut(&format!("{at}.weight")).unwrap();
        for (place, weight) in weight.data.iter_mut().enumerate() {
            let (output, input) = (place / inputs, place % inputs);
            let reaches = match j {
                0 => input < degrees[output],
                _ => degrees[input] <= output / 2,
            };
            *weight *= f64::from(u8::from(reaches));
        }
    }
    let orders = [
        ("permutation", [2.0, 0.0, 1.0]),
        ("inverse_permutation", [1.0, 2.0, 0.0]),
    ];
    for (name, order) in orders {
        file.add(&format!("{chain}[1].{name}[0]"), &[1, 3], Some(&order));
    }
    file
}

/// With `invert=True` data go through the layers in one pass, else they are what the layers make of the latent vector.
#[test]
fn flowjax_masked_layers_scale_and_shift_by_the_elements_before() {
    for invert in [true, false] {
        let file = masked(invert);
        let inner = if invert { ".bijection" } else { "" };
        let x = [0.4, -1.1, 0.7];
        let layer = |j: usize, h: &[f64]| {
            let at = format!(
                "{inner}.bijection.bijection.bijections[0].masked_autoregressive_mlp.layers[{j}]"
            );
            let part = |part: &str| file.slice(&format!("{at}.{part}"), 0).to_vec();
            affine(&part("weight"), &part("bias"), h)
        };
        let out = layer(1, &relu(layer(0, &x)));
        let scale = |k: usize| softplus(out[2 * k + 1] + 0.525_458_753_108_978_3) + 0.01;
        let y: Vec<f64> = (0..3).map(|k| x[k] * scale(k) + out[2 * k]).collect();
        let y = [y[2], y[0], y[1]];
        let log_det: f64 = (0..3).map(|k| scale(k).ln()).sum();
        let flow = file.import(&[("prior", "normal")]).unwrap();
        match invert {
            true => close(&flow, &x, &y, log_det),
            false => close(&flow, &y, &x, -log_det),
        }
    }
}

/// The first layer of the networks.
fn first(file: &File) -> String {
    let mut names = file.0.tensors.keys();
    let first = names.find(|name| name.ends_with("layers[0].weight"));
    first.unwrap().clone()
}

/// The flow whose networks also read a context, behind their inputs: each first weight has a column more for each of its numbers.
fn conditional(mut file: File, context: usize) -> File {
    let name = first(&file);
    let weight = file.0.tensors.get_mut(&name).unwrap();
    let inputs = weight.shape[2];
    weight.shape[2] += context;
    let rows = weight.data.chunks(inputs).enumerate();
    let more = |row: usize| (0..context).map(move |c| (row as f64 + 0.3 * c as f64).cos());
    weight.data = rows
        .flat_map(|(row, numbers)| numbers.iter().copied().chain(more(row)))
        .collect();
    file
}

/// The flow without a context that a conditional one is at these values: what they contribute is in the biases.
fn at(file: &File, context: &[f64]) -> File {
    let mut fixed = File(file.0.clone());
    let name = first(file);
    let weight = fixed.0.tensors.get_mut(&name).unwrap();
    let columns = weight.shape[2];
    let own = columns - context.len();
    weight.shape[2] = own;
    let rows: Vec<Vec<f64>> = weight.data.chunks(columns).map(<[f64]>::to_vec).collect();
    weight.data = rows.iter().flat_map(|row| row[..own].to_vec()).collect();
    let bias = fixed
        .0
        .tensors
        .get_mut(&name.replace("weight", "bias"))
        .unwrap();
    for (bias, row) in bias.data.iter_mut().zip(&rows) {
        *bias += row[own..]
            .iter()
            .zip(context)
            .map(|(w, c)| w * c)
            .sum::<f64>();
    }
    fixed
}

#[test]
fn flowjax_reads_a_context_behind_the_elements() {
    let (x, c) = ([0.4, -1.1, 0.7], [1.3, -0.2]);
    for file in [plain(3, 2), plain(3, 4), masked(true), masked(false)] {
        let file = conditional(file, 2);
        let prior = ("prior", "normal");
        let mut z = x.to_vec();
        let log_det = at(&file, &c).import(&[prior]).unwrap().forward(&mut z);
        let constant = file.import(&[prior, ("context", "1.3,-0.2")]).unwrap();
        close(&constant, &x, &z, log_det);
        let named = file.import(&[prior, ("context", "speed,load")]).unwrap();
        close(
            &named,
            &[&x[..], &c].concat(),
            &[&z[..], &c].concat(),
            log_det,
        );
        let error = file.import(&[prior]).unwrap_err().to_string();
        assert!(
            error.contains("found 2 more: a flow with a context"),
            "{error}"
        );
        assert!(
            error.contains("of flowjax, freia, ikostrikov, nflows, normflows and zuko"),
            "{error}"
        );
        let error = file
            .import(&[prior, ("context", "speed")])
            .unwrap_err()
            .to_string();
        assert!(error.contains("and a context of 1, found"), "{error}");
    }
}

/// The records of an npz with sizes between them, whose last array comes before `tail` more.
fn placed(npz: &File, sizes: usize, tail: usize) -> File {
    let mut eqx = File::new(Container::Eqx);
    let parts = [
        "layers[0].weight",
        "layers[0].bias",
        "layers[1].weight",
        "layers[1].bias",
    ];
    let name = |part: &str| {
        let mut names = npz.0.tensors.keys();
        names.find(|name| name.ends_with(part)).cloned()
    };
    let mut leaves: Vec<Option<String>> = vec![None; sizes];
    leaves.extend(parts.map(name));
    leaves.push(None);
    leaves.extend(["[1].permutation[0]", "[1].inverse_permutation[0]"].map(name));
    leaves.extend(vec![None; tail]);
    for (i, leaf) in leaves.iter().enumerate() {
        let (shape, data) = match leaf {
            None => (vec![], vec![3.0]),
            Some(name) => (
                npz.0.tensors[name].shape.clone(),
                npz.0.tensors[name].data.clone(),
            ),
        };
        eqx.add(&format!("leaf.{i}"), &shape, Some(&data));
    }
    eqx
}

/// Each size of the elements has one of the context behind it.
#[test]
fn records_of_a_flow_with_a_context_are_told_by_their_order() {
    let npz = conditional(plain(3, 2), 2);
    let set = [("prior", "normal"), ("context", "speed,load")];
    assert_eq!(
        placed(&npz, 6, 2).import(&set).unwrap(),
        npz.import(&set).unwrap()
    );
    assert_ne!(
        placed(&npz, 6, 4).import(&set).unwrap(),
        npz.import(&set).unwrap()
    );
    assert!(placed(&npz, 6, 5).import(&set).is_err());
}

#[test]
fn records_of_equinox_are_told_by_their_order() {
    let npz = plain(3, 2);
    let mut eqx = File::new(Container::Eqx);
    // Sizes stand between the arrays.
    let size = "";
    let leaves = [
        size,
        size,
        size,
        size,
        size,
        "[0].conditioner.layers[0].weight",
        "[0].conditioner.layers[0].bias",
        "[0].conditioner.layers[1].weight",
        "[0].conditioner.layers[1].bias",
        size,
        "[1].permutation[0]",
        "[1].inverse_permutation[0]",
        size,
    ];
    for (i, leaf) in leaves.iter().enumerate() {
        let name = format!(".bijection.bijection.bijections{leaf}");
        match npz.0.tensors.get(&name) {
            None => eqx.add(&format!("leaf.{i}"), &[], Some(&[3.0])),
            Some(tensor) => eqx.add(&format!("leaf.{i}"), &tensor.shape, Some(&tensor.data)),
        }
    }
    let set = [("prior", "logistic")];
    assert_eq!(eqx.import(&set).unwrap(), npz.import(&set).unwrap());

    let last = format!("leaf.{}", leaves.len() - 1);
    eqx.add(&last, &[7, 7, 7], None);
    let error = eqx.import(&set).unwrap_err().to_string();
    for words in [
        "expected the records of flowjax 19's coupling_flow",
        "leaf.12  [7, 7, 7]  f32",
        "container = \"eqx\"",
    ] {
        assert!(error.contains(words), "{error}");
    }
    assert!(plain(2, 5).import(&set).is_err());
}

/// Before each weight of a masked flow comes its mask, which reading has multiplied it by, and behind it a zero.
#[test]
fn records_of_masked_layers_are_told_by_their_order() {
    let npz = masked(true);
    let mut eqx = File::new(Container::Eqx);
    let size = "";
    let [first, last] = [0, 1].map(|j| format!("[0].masked_autoregressive_mlp.layers[{j}]"));
    let [first, first_bias] = ["weight", "bias"].map(|part| format!("{first}.{part}"));
    let [last, last_bias] = ["weight", "bias"].map(|part| format!("{last}.{part}"));
    let leaves = [
        size,
        size,
        &first,
        &first,
        size,
        &first_bias,
        &last,
        &last,
        size,
        &last_bias,
        size,
        "[1].permutation[0]",
        "[1].inverse_permutation[0]",
        size,
        size,
    ];
    for (i, leaf) in leaves.iter().enumerate() {
        let name = format!(".bijection.bijection.bijection.bijections{leaf}");
        match npz.0.tensors.get(&name) {
            None => eqx.add(&format!("leaf.{i}"), &[], Some(&[3.0])),
            Some(tensor) => eqx.add(&format!("leaf.{i}"), &tensor.shape, Some(&tensor.data)),
        }
    }
    let set = [("prior", "normal")];
    assert_eq!(eqx.import(&set).unwrap(), npz.import(&set).unwrap());
}

#[test]
fn distrax_divides_where_the_chain_is_not_inverted() {
    let dim = 3;
    let mut file = File::new(Container::Npz);
    for module in ["mlp/~/linear_0", "mlp_1/~/linear_0"] {
        file.add(&format!("{module}/w"), &[dim, H], None);
        file.add(&format!("{module}/b"), &[H], None);
    }
    for module in ["linear", "linear_1"] {
        file.add(&format!("{module}/w"), &[H, 2 * dim], None);
        file.add(&format!("{module}/b"), &[2 * dim], None);
    }
    let set = [
        ("prior", "normal"),
        ("first", "0,2"),
        ("chain", "forward"),
        ("params", "concat_scale_shift"),
        ("scale", "softplus"),
    ];
    let start = [0.4, -1.1, 0.7];
    let (mut x, mut log_det) = (start, 0.0);
    for (k, mask) in [[true, false, true], [false, true, false]]
        .into_iter()
        .enumerate()
    {
        let layer = |name: &str, h: &[f64]| {
            let (w, b) = (
                &file.0.tensors[&format!("{name}/w")],
                &file.0.tensors[&format!("{name}/b")],
            );
            let columns = w.shape[1];
            let transposed: Vec<f64> = (0..columns)
                .flat_map(|c| (0..h.len()).map(move |r| w.data[r * columns + c]))
                .collect();
            affine(&transposed, &b.data, h)
        };
        let masked: Vec<f64> = (0..dim).map(|i| if mask[i] { x[i] } else { 0.0 }).collect();
        let (mlp, last) = [
            ("mlp/~/linear_0", "linear"),
            ("mlp_1/~/linear_0", "linear_1"),
        ][k];
        let out = layer(last, &relu(layer(mlp, &masked)));
        for i in (0..dim).filter(|i| !mask[*i]) {
            let scale = softplus(out[i]);
            x[i] = (x[i] - out[dim + i]) / scale;
            log_det -= scale.ln();
        }
    }
    close(&file.import(&set).unwrap(), &start, &x, log_det);
    for (key, _) in set {
        let rest: Vec<_> = set.iter().filter(|(k, _)| *k != key).copied().collect();
        let error = file.import(&rest).unwrap_err().to_string();
        assert!(
            error.contains(&format!("expected {key}, which the file does not store")),
            "{error}"
        );
    }
}

#[test]
fn keras_layers_as_wide_as_the_half_are_asked_about() {
    let mut file = File::new(Container::Npz);
    for i in 0..4 {
        file.add(&format!("arr_{}", 2 * i), &[2, 2], None);
        file.add(&format!("arr_{}", 2 * i + 1), &[2], None);
    }
    file.add("arr_8", &[1, 4], None);
    let error = file.import(&[]).unwrap_err().to_string();
    assert!(
        error.contains("expected depth, which the file does not store"),
        "{error}"
    );
    assert!(file.import(&[("depth", "3")]).is_err());
    let mut odd = File::new(Container::Npz);
    for i in 0..4 {
        odd.add(&format!("arr_{i}"), &[2, 2], None);
    }
    let error = odd.import(&[]).unwrap_err().to_string();
    assert!(error.contains("arr_3  [2, 2]  f32"), "{error}");
    for (depth, couplings) in [("2", 2), ("4", 1)] {
        let flow = file.import(&[("depth", depth)]).unwrap();
        assert_eq!(flow.layers.len(), 2 * couplings + 1);
    }
}

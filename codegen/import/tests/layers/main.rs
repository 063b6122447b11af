//! Layers of which no trained checkpoint is at hand, against the formula that the library documents.

use nice_flow_codegen::flow::fold;
use nice_flow_codegen::flow::ir::Flow;
use nice_flow_codegen::{Numeric, generate};
use nice_flow_import::checkpoint::{Checkpoint, Container, Element, Tensor};
use nice_flow_import::import::import;
use std::collections::BTreeMap;

mod autoregressive;
#[path = "../../../tests/fixtures/rewritten.rs"]
mod rewritten;

use rewritten::rewritten;

/// Tensors of a file that is never written.
#[derive(Clone, Default)]
struct File(BTreeMap<String, Tensor>);

impl File {
    fn with(mut self, name: &str, shape: &[usize], data: &[f64]) -> Self {
        assert_eq!(shape.iter().product::<usize>(), data.len());
        let (shape, data) = (shape.to_vec(), data.to_vec());
        let tensor = Tensor {
            element: Element::F64,
            shape,
            data,
        };
        self.0.insert(name.to_owned(), tensor);
        self
    }

    /// Numbers that differ from name to name.
    fn filled(self, name: &str, shape: &[usize]) -> Self {
        let seed: u32 = name.bytes().map(u32::from).sum();
        let wave = |i| (f64::from(seed) + 1.9 * f64::from(i)).sin();
        let data: Vec<f64> = (0..).take(shape.iter().product()).map(wave).collect();
        self.with(name, shape, &data)
    }

    fn linear(self, name: &str, inputs: usize, outputs: usize) -> Self {
        self.filled(&format!("{name}.weight"), &[outputs, inputs])
            .filled(&format!("{name}.bias"), &[outputs])
    }

    /// Linear, activation, linear in a `Sequential`.
    fn mlp(self, name: &str, inputs: usize, outputs: usize) -> Self {
        self.linear(&format!("{name}.0"), inputs, 6)
            .linear(&format!("{name}.2"), 6, outputs)
    }

    /// `weight`, `bias`, `running_mean`, `running_var` of a batch normalisation.
    fn batch_norm(self, name: &str, width: usize) -> Self {
        let at = |part: &str| format!("{name}.{part}");
        let positive: Vec<f64> = (0..width).map(|i| 0.4 + 0.3 * i as f64).collect();
        self.with(&at("weight"), &[width], &positive)
            .filled(&at("bias"), &[width])
            .filled(&at("running_mean"), &[width])
            .with(&at("running_var"), &[width], &positive)
            .with(&at("num_batches_tracked"), &[], &[3.0])
    }

    fn below(self, prefix: &str) -> Self {
        let renamed = self.0.into_iter();
        Self(
            renamed
                .map(|(name, t)| (format!("{prefix}{name}"), t))
                .collect(),
        )
    }

    fn get(&self, name: &str) -> &[f64] {
        &self.0[name].data
    }

    fn apply(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
        let rows = self.get(&weight).chunks(x.len()).zip(self.get(&bias));
        rows.map(|(row, bias)| bias + row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>())
            .collect()
    }

    fn normalise(&self, name: &str, eps: f64, x: &[f64]) -> Vec<f64> {
        let part = |part: &str| self.get(&format!("{name}.{part}"));
        let (mean, variance) = (part("running_mean"), part("running_var"));
        let (gamma, beta) = (part("weight"), part("bias"));
        let one =
            |(i, x): (usize, &f64)| (x - mean[i]) / (variance[i] + eps).sqrt() * gamma[i] + beta[i];
        x.iter().enumerate().map(one).collect()
    }

    fn eval(&self, name: &str, x: &[f64]) -> Vec<f64> {
        self.apply(
            &format!("{name}.2"),
            &relu(self.apply(&format!("{name}.0"), x)),
        )
    }

    fn try_import(&self, set: &[(&str, &str)]) -> Result<Flow, String> {
        let checkpoint = Checkpoint {
            path: "model.pt".into(),
            sha256: String::new(),
            container: Container::Torch,
            tensors: self.0.clone(),
            config: BTreeMap::new(),
            order: vec![],
            notes: vec![],
            fitted: vec![],
        };
        let set: Vec<_> = set
            .iter()
            .map(|(k, v)| (k.to_string(), v.to_string()))
            .collect();
        let imported = import(&checkpoint, None, &set).map_err(|error| error.to_string())?;
        generate(&imported.model, Numeric::F32).map_err(|error| error.to_string())?;
        assert_eq!(rewritten(&checkpoint, &set), imported.model.members[0].flow);
        Ok(imported.model.members[0].flow.clone())
    }

    /// The import, its folded form and its inverse do what `expected` does.
    fn is(&self, set: &[(&str, &str)], expected: impl Fn(&mut Vec<f64>) -> f64) {
        let flow = self.try_import(set).unwrap();
        flow.check().unwrap();
        let folded = fold::fold(&flow).unwrap();
        for n in 0..20 {
            let wave = |i| (f64::from(n) + 2.1 * f64::from(i)).sin() * 2.0;
            let x: Vec<f64> = (0..).take(flow.dim).map(wave).collect();
            let (mut z, mut theirs) = (x.clone(), x.clone());
            let (log_det, expected) = (flow.forward(&mut z), expected(&mut theirs));
            assert!(near(log_det, expected), "{set:?}: {log_det} {expected}");
            assert!(
                z.iter().zip(&theirs).all(|(a, b)| near(*a, *b)),
                "{set:?}: {z:?} {theirs:?}"
            );
            assert!(near(flow.log_density(&x), folded.log_density(&x)));
            flow.inverse(&mut z);
            assert!(z.iter().zip(&x).all(|(a, b)| near(*a, *b)), "{z:?} {x:?}");
        }
    }
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + b.abs())
}

fn relu(h: Vec<f64>) -> Vec<f64> {
    h.into_iter().map(|h| h.max(0.0)).collect()
}

fn sigmoid(h: f64) -> f64 {
    1.0 / (1.0 + (-h).exp())
}

fn softplus(h: f64) -> f64 {
    h.exp().ln_1p()
}

fn pick(x: &[f64], at: &[usize]) -> Vec<f64> {
    at.iter().map(|&i| x[i]).collect()
}

/// A normflows file of vectors of `dim` elements.
fn normflows(dim: usize) -> File {
    File::default()
        .filled("q0.loc", &[1, dim])
        .filled("q0.log_scale", &[1, dim])
}

#[test]
fn normflows_blocks_split_and_scale_as_documented() {
    let splits: [(&str, &[usize], &[usize]); 4] = [
        ("channel", &[0, 1, 2], &[3, 4]),
        ("channel_inv", &[3, 4], &[0, 1, 2]),
        ("checkerboard", &[1, 3], &[0, 2, 4]),
        ("checkerboard_inv", &[0, 2, 4], &[1, 3]),
    ];
    let net = "flows.0.flows.1.param_map.net";
    for (split, kept, changed) in splits {
        let additive = normflows(5).mlp(net, kept.len(), changed.len());
        additive.is(&[("split", split)], |x| {
            let shift = additive.eval(net, &pick(x, kept));
            changed.iter().zip(shift).for_each(|(&i, t)| x[i] -= t);
            0.0
        });
        let affine = normflows(5).mlp(net, kept.len(), 2 * changed.len());
        for map in ["exp", "sigmoid", "sigmoid_inv"] {
            affine.is(&[("split", split), ("scale", map)], |x| {
                let out = affine.eval(net, &pick(x, kept));
                let mut log_det = 0.0;
                for (n, &i) in changed.iter().enumerate() {
                    let (shift, raw) = (out[2 * n], out[2 * n + 1]);
                    let factor = match map {
                        "exp" => (-raw).exp(),
                        "sigmoid" => sigmoid(raw + 2.0),
                        _ => 1.0 / sigmoid(raw + 2.0),
                    };
                    x[i] = (x[i] - shift) * factor;
                    log_det += factor.ln();
                }
                log_det
            });
        }
    }
}

#[test]
fn normflows_masks_do_without_a_network() {
    let mask = |file: File| file.with("flows.0.b", &[1, 3], &[0.0, 1.0, 0.0]);
    let shift = mask(normflows(3)).mlp("flows.0.t.net", 3, 3);
    shift.is(&[], |x| {
        let t = shift.eval("flows.0.t.net", &[0.0, x[1], 0.0]);
        (x[0], x[2]) = (x[0] - t[0], x[2] - t[2]);
        0.0
    });
    let scale = mask(normflows(3)).mlp("flows.0.s.net", 3, 3);
    scale.is(&[], |x| {
        let s = scale.eval("flows.0.s.net", &[0.0, x[1], 0.0]);
        (x[0], x[2]) = (x[0] * (-s[0]).exp(), x[2] * (-s[2]).exp());
        -s[0] - s[2]
    });
}

#[test]
fn normflows_linear_flows_are_run_backwards() {
    let shuffled = normflows(3).with("flows.0.perm", &[3], &[2.0, 0.0, 1.0]);
    let shuffled = shuffled.with("flows.0.inv_perm", &[3], &[1.0, 2.0, 0.0]);
    shuffled.is(&[], |x| {
        *x = pick(x, &[1, 2, 0]);
        0.0
    });

    // A gap between two constants: [a, b, c, d, e] becomes [d, e, a, b, c].
    let constants = normflows(5)
        .filled("flows.0.s", &[1, 5])
        .filled("flows.0.t", &[1, 5])
        .filled("flows.2.s", &[1, 5])
        .filled("flows.2.t", &[1, 5]);
    let constant = |k: usize, x: &mut [f64]| {
        let (s, t) = (format!("flows.{k}.s"), format!("flows.{k}.t"));
        let (s, t) = (constants.get(&s), constants.get(&t));
        let each = x.iter_mut().zip(s).zip(t);
        each.for_each(|((x, s), t)| *x = (*x - t) * (-s).exp());
        -s.iter().sum::<f64>()
    };
    for (gaps, order) in [("swap", [3, 4, 0, 1, 2]), ("identity", [0, 1, 2, 3, 4])] {
        constants.is(&[("gaps", gaps), ("flows", "3")], |x| {
            let first = constant(2, x);
            *x = pick(x, &order);
            first + constant(0, x)
        });
    }
    let asked = constants.try_import(&[("gaps", "swap")]).unwrap_err();
    assert!(asked.contains("expected flows, which the file"), "{asked}");
    let set = [("gaps", "swap"), ("flows", "2")];
    let short = constants.try_import(&set).unwrap_err();
    assert!(short.ends_with("expected flows=COUNT, found 2"), "{short}");
}

/// `x M`, a row times a row-major matrix.
fn times(x: &[f64], m: &[f64]) -> Vec<f64> {
    let d = x.len();
    let column = |j: usize| (0..d).map(|i| x[i] * m[i * d + j]).sum();
    (0..d).map(column).collect()
}

#[test]
fn normflows_invertible_affine_multiplies_rows() {
    let matrix = normflows(2).with("flows.0.W", &[2, 2], &[2.0, 1.0, -0.5, 3.0]);
    matrix.is(&[], |x| {
        *x = times(x, &[2.0, 1.0, -0.5, 3.0]);
        6.5_f64.ln()
    });
    let p = [0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0];
    let factors = normflows(3)
        .with("flows.0.P", &[3, 3], &p)
        .filled("flows.0.L", &[3, 3])
        .filled("flows.0.U", &[3, 3])
        .filled("flows.0.log_S", &[3])
        .with("flows.0.sign_S", &[3], &[1.0, -1.0, 1.0])
        .with("flows.0.eye", &[3, 3], &[0.0; 9]);
    factors.is(&[], |x| {
        let (l, u) = (factors.get("flows.0.L"), factors.get("flows.0.U"));
        let (log, sign) = (factors.get("flows.0.log_S"), [1.0, -1.0, 1.0]);
        let unit = [1.0, 0.0, 0.0, l[3], 1.0, 0.0, l[6], l[7], 1.0];
        let s = |i: usize| sign[i] * log[i].exp();
        let upper = [s(0), u[1], u[2], 0.0, s(1), u[5], 0.0, 0.0, s(2)];
        *x = times(&times(&times(x, &p), &unit), &upper);
        log.iter().sum()
    });
}

/// Elements 0 and 2 condition, 1 changes.
fn coupling(file: File, at: &str) -> File {
    file.with(&format!("{at}.identity_features"), &[2], &[0.0, 2.0])
        .with(&format!("{at}.transform_features"), &[1], &[1.0])
}

/// A residual network of one block, of width 4.
fn residual(file: File, net: &str, outputs: usize) -> File {
    let block = format!("{net}.blocks.0");
    file.linear(&format!("{net}.initial_layer"), 2, 4)
        .linear(&format!("{block}.linear_layers.0"), 4, 4)
        .linear(&format!("{block}.linear_layers.1"), 4, 4)
        .batch_norm(&format!("{block}.batch_norm_layers.0"), 4)
        .batch_norm(&format!("{block}.batch_norm_layers.1"), 4)
        .linear(&format!("{net}.final_layer"), 4, outputs)
}

fn eval_residual(file: &File, net: &str, x: &[f64]) -> Vec<f64> {
    let block = format!("{net}.blocks.0");
    let h = file.apply(&format!("{net}.initial_layer"), x);
    let mut branch = h.clone();
    for layer in 0..2 {
        let norm = format!("{block}.batch_norm_layers.{layer}");
        branch = relu(file.normalise(&norm, 1e-3, &branch));
        branch = file.apply(&format!("{block}.linear_layers.{layer}"), &branch);
    }
    let sum: Vec<f64> = h.iter().zip(branch).map(|(h, b)| h + b).collect();
    file.apply(&format!("{net}.final_layer"), &sum)
}

#[test]
fn nflows_couplings_take_residual_networks_and_perceptrons() {
    let net = "_transform.transform_net";
    // A single transform has no index.
    let additive = residual(coupling(File::default(), "_transform"), net, 1);
    additive.is(&[], |x| {
        x[1] += eval_residual(&additive, net, &[x[0], x[2]])[0];
        0.0
    });
    let affine = residual(coupling(File::default(), "_transform"), net, 2);
    for map in ["sigmoid", "softplus"] {
        affine.is(&[("scale", map)], |x| {
            let out = eval_residual(&affine, net, &[x[0], x[2]]);
            let scale = match map {
                "sigmoid" => sigmoid(out[1] + 2.0) + 1e-3,
                _ => (softplus(out[1]) + 1e-3).min(3.0),
            };
            x[1] = x[1] * scale + out[0];
            scale.ln()
        });
    }
    let mlp = coupling(File::default(), "_transform")
        .linear(&format!("{net}._input_layer"), 2, 5)
        .linear(&format!("{net}._hidden_layers.0"), 5, 4)
        .linear(&format!("{net}._output_layer"), 4, 1);
    mlp.is(&[("activation", "tanh")], |x| {
        let tanh = |h: Vec<f64>| h.into_iter().map(f64::tanh).collect::<Vec<_>>();
        let h = tanh(mlp.apply(&format!("{net}._input_layer"), &[x[0], x[2]]));
        let h = tanh(mlp.apply(&format!("{net}._hidden_layers.0"), &h));
        x[1] += mlp.apply(&format!("{net}._output_layer"), &h)[0];
        0.0
    });
    let tanh = additive.try_import(&[("activation", "tanh")]).unwrap_err();
    assert!(tanh.starts_with("layers.0: expected relu"), "{tanh}");
}

/// Transforms in two levels of composites, behind a coupling that does next to nothing.
fn nested(dim: usize) -> File {
    let net = "_transform._transforms.1._transforms.0";
    let file = File::default()
        .with(&format!("{net}.identity_features"), &[1], &[0.0])
        .with(
            &format!("{net}.transform_features"),
            &[dim - 1],
            &(1..dim).map(|i| i as f64).collect::<Vec<_>>(),
        );
    let zeros = vec![0.0; dim];
    ["_input_layer", "_output_layer"]
        .iter()
        .fold(file, |file, layer| {
            let (name, rows) = (format!("{net}.transform_net.{layer}"), dim - 1);
            let columns = if *layer == "_input_layer" { 1 } else { rows };
            file.with(
                &format!("{name}.weight"),
                &[rows, columns],
                &vec![0.0; rows * columns],
            )
            .with(&format!("{name}.bias"), &[rows], &zeros[1..])
        })
}

#[test]
fn nflows_transforms_nest_below_any_prefix() {
    let (first, last) = (
        "_transform._transforms.0",
        "_transform._transforms.1._transforms.1",
    );
    let name = |at: &str, name: &str| format!("{at}.{name}");
    let file = nested(3)
        .with(&name(first, "_shift"), &[], &[0.5])
        .with(&name(first, "_scale"), &[], &[-2.0])
        .with(&name(last, "log_scale"), &[3], &[0.1, -0.2, 0.3])
        .with(&name(last, "shift"), &[3], &[1.0, 2.0, 3.0])
        .with(&name(last, "initialized"), &[], &[1.0])
        .with("_distribution._log_z", &[], &[2.7]);
    for prefix in ["", "state_dict.model.members[0].flow.", "net.", "module."] {
        file.clone().below(prefix).is(&[], |x| {
            let logs = [0.1_f64, -0.2, 0.3];
            let each = x.iter_mut().zip(logs).zip([1.0, 2.0, 3.0]);
            each.for_each(|((x, log), shift)| *x = (*x * -2.0 + 0.5) * log.exp() + shift);
            3.0 * 2.0_f64.ln() + 0.2
        });
    }
    let gap = nested(3).try_import(&[]).unwrap_err();
    assert!(
        gap.contains("_transforms.0: expected a coupling, a masked affine"),
        "{gap}"
    );
}

#[test]
fn nflows_dense_layers_and_trained_bases_are_read() {
    let at = "_transform._transforms.0";
    let file = nested(2)
        .with(&format!("{at}._weight"), &[2, 2], &[2.0, 1.0, 0.5, 3.0])
        .with(&format!("{at}.bias"), &[2], &[0.3, -0.4])
        .filled("_distribution.mean_", &[1, 2])
        .filled("_distribution.log_std_", &[1, 2]);
    file.is(&[], |x| {
        *x = vec![2.0 * x[0] + x[1] + 0.3, 0.5 * x[0] + 3.0 * x[1] - 0.4];
        5.5_f64.ln()
    });
    assert_eq!(
        file.try_import(&[]).unwrap().prior.kind(),
        "diagonal normal"
    );
    let singular = file.with(&format!("{at}._weight"), &[2, 2], &[1.0, 2.0, 2.0, 4.0]);
    assert!(
        singular
            .try_import(&[])
            .unwrap_err()
            .contains("found a singular one")
    );
}

const FREIA: [(&str, &str); 2] = [("activation", "relu"), ("prior", "normal")];

/// `x − 2 q (q·x) / (q·q)` for each row `q` in turn.
fn reflected(q: &[f64], x: Vec<f64>) -> Vec<f64> {
    q.chunks(x.len()).fold(x, |x, q| {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let by = 2.0 * dot(q, &x) / dot(q, q);
        x.iter().zip(q).map(|(x, q)| x - by * q).collect()
    })
}

#[test]
fn nflows_rotations_are_products_of_reflections() {
    let dim = 3;
    let net = "_transform._transforms.0.transform_net";
    let file = residual(
        coupling(File::default(), "_transform._transforms.0"),
        net,
        1,
    )
    .filled("_transform._transforms.1.orthogonal_1.q_vectors", &[2, dim])
    .filled("_transform._transforms.1.orthogonal_2.q_vectors", &[4, dim])
    .filled("_transform._transforms.1.unconstrained_diagonal", &[dim])
    .filled("_transform._transforms.1.bias", &[dim])
    .filled("_transform._transforms.2.orthogonal.q_vectors", &[2, dim])
    .filled("_transform._transforms.2.upper_entries", &[3])
    .filled("_transform._transforms.2.log_upper_diag", &[dim])
    .filled("_transform._transforms.2.bias", &[dim])
    .filled("_transform._transforms.3.q_vectors", &[3, dim]);
    let get = |name: &str| file.get(&format!("_transform._transforms.{name}"));
    file.is(&[], |x| {
        x[1] += eval_residual(&file, net, &[x[0], x[2]])[0];
        let (mut z, mut log_det) = (x.clone(), 0.0);
        z = reflected(get("1.orthogonal_2.q_vectors"), z);
        for (z, raw) in z.iter_mut().zip(get("1.unconstrained_diagonal")) {
            let scale = softplus(*raw) + 1e-3;
            *z *= scale;
            log_det += scale.ln();
        }
        z = reflected(get("1.orthogonal_1.q_vectors"), z);
        z.iter_mut().zip(get("1.bias")).for_each(|(z, b)| *z += b);
        let (u, d) = (get("2.upper_entries"), get("2.log_upper_diag"));
        z = vec![
            d[0].exp() * z[0] + u[0] * z[1] + u[1] * z[2],
            d[1].exp() * z[1] + u[2] * z[2],
            d[2].exp() * z[2],
        ];
        log_det += d.iter().sum::<f64>();
        z = reflected(get("2.orthogonal.q_vectors"), z);
        z.iter_mut().zip(get("2.bias")).for_each(|(z, b)| *z += b);
        z = reflected(get("3.q_vectors"), z);
        *x = z;
        log_det
    });
}

#[test]
fn freia_clamps_as_documented() {
    let file =
        File::default()
            .mlp("module_list.0.subnet1", 2, 6)
            .mlp("module_list.0.subnet2", 3, 4);
    for clamp in ["atan", "tanh", "sigmoid"] {
        let squash = |s: f64| match clamp {
            "atan" => 1.5 * 0.636 * s.atan(),
            "tanh" => 1.5 * s.tanh(),
            _ => 1.5 * (2.0 * sigmoid(s) - 1.0),
        };
        let half = |out: &[f64], x: &mut [f64]| {
            let (logs, shifts) = out.split_at(x.len());
            let each = x.iter_mut().zip(logs).zip(shifts);
            each.for_each(|((x, s), t)| *x = *x * squash(*s).exp() + t);
            logs.iter().map(|s| squash(*s)).sum::<f64>()
        };
        let set = [&FREIA[..], &[("clamp", "1.5"), ("clamp_activation", clamp)]].concat();
        file.is(&set, |x| {
            let (first, second) = x.split_at_mut(2);
            half(&file.eval("module_list.0.subnet2", second), first)
                + half(&file.eval("module_list.0.subnet1", first), second)
        });
    }
    let wrong = [&FREIA[..], &[("clamp", "1,2")]].concat();
    assert!(file.try_import(&wrong).unwrap_err().ends_with("found 1,2"));
}

#[test]
fn freia_all_in_one_blocks_of_git_are_told_by_their_permutation() {
    let at = |name: &str| format!("module_list.0.{name}");
    let file = File::default()
        .linear(&at("subnet.0"), 2, 4)
        .batch_norm(&at("subnet.1"), 4)
        .linear(&at("subnet.3"), 4, 2)
        .filled(&at("global_scale"), &[1, 3])
        .filled(&at("global_offset"), &[1, 3])
        .with(&at("w_perm"), &[3], &[2.0, 0.0, 1.0])
        .with(&at("w_perm_inv"), &[3], &[1.0, 2.0, 0.0]);
    for global in ["softplus", "sigmoid", "exp"] {
        let set = [&FREIA[..], &[("global_scale", global)]].concat();
        file.is(&set, |x| {
            let h = file.apply(&at("subnet.0"), &x[..2]);
            let h = relu(file.normalise(&at("subnet.1"), 1e-5, &h));
            let a = file.apply(&at("subnet.3"), &h);
            let log = 2.0 * (0.1 * a[0] / 2.0).tanh();
            x[2] = x[2] * log.exp() + 0.1 * a[1];
            let mut log_det = log;
            for (i, x) in x.iter_mut().enumerate() {
                let g = file.get(&at("global_scale"))[i];
                let scale = match global {
                    "softplus" => 0.1 * softplus(0.5 * g) / 0.5,
                    "sigmoid" => 10.0 * sigmoid(g - 2.0),
                    _ => g.exp(),
                };
                *x = *x * scale + file.get(&at("global_offset"))[i];
                log_det += scale.ln();
            }
            *x = pick(x, &[2, 0, 1]);
            log_det
        });
    }
}

#[test]
fn freia_all_in_one_blocks_turn_back_first_and_by_learned_reflections() {
    let at = |name: &str| format!("module_list.0.{name}");
    let plain = File::default()
        .mlp(&at("subnet"), 2, 2)
        .filled(&at("global_scale"), &[1, 3])
        .filled(&at("global_offset"), &[1, 3]);
    // The matrix by which `pick(x, [2, 0, 1])` is a product.
    let first = [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    let turned = plain
        .clone()
        .with(&at("w_perm"), &[3, 3], &first)
        .filled(&at("w_perm_inv"), &[3, 3]);
    let learned = plain
        .with(&at("w_0"), &[3, 3], &first)
        .filled(&at("vk_householder"), &[2, 3]);
    for (file, reverse) in [(&turned, true), (&learned, true), (&learned, false)] {
        let vectors = file.0.get(&at("vk_householder"));
        let vectors = vectors.map_or(&[][..], |vectors| &vectors.data);
        let word = if reverse { "true" } else { "false" };
        let more = [("variant", "pypi"), ("reverse_permutation", word)];
        file.is(&[&FREIA[..], &more].concat(), |x| {
            if reverse {
                *x = reflected(vectors, pick(x, &[1, 2, 0]));
            }
            let a = file.eval(&at("subnet"), &x[..2]);
            let log = 2.0 * (0.1 * a[0]).tanh();
            x[2] = x[2] * log.exp() + 0.1 * a[1];
            let mut log_det = log;
            for (i, x) in x.iter_mut().enumerate() {
                let scale = 0.1 * softplus(0.5 * file.get(&at("global_scale"))[i]) / 0.5;
                *x = *x * scale + file.get(&at("global_offset"))[i];
                log_det += scale.ln();
            }
            let last_first = vectors.chunks(3).rev();
            *x = pick(
                &last_first.fold(x.clone(), |x, v| reflected(v, x)),
                &[2, 0, 1],
            );
            log_det
        });
    }
}

#[test]
fn what_is_not_a_known_layer_is_named() {
    let unknown = normflows(2)
        .filled("flows.0.spline", &[3])
        .try_import(&[])
        .unwrap_err();
    assert!(
        unknown.contains("flows.0: expected AffineCouplingBlock"),
        "{unknown}"
    );
    let half = normflows(2).with("flows.0.b", &[1, 2], &[0.5, 1.0]);
    let half = half.try_import(&[]).unwrap_err();
    assert!(
        half.contains("flows.0.b: expected zeros and ones"),
        "{half}"
    );
    let wide = normflows(4).mlp("flows.0.flows.1.param_map.net", 5, 2);
    let wide = wide.try_import(&[]).unwrap_err();
    assert!(
        wide.contains("expected 2 inputs, found 5: an AffineCouplingBlock of another split_mode"),
        "{wide}"
    );

    let net = "_transform.transform_net";
    let spline = residual(coupling(File::default(), "_transform"), net, 23);
    let spline = spline.try_import(&[]).unwrap_err();
    assert!(
        spline.contains("expected 1 outputs (additive) or 2"),
        "{spline}"
    );
    let both = File::default()
        .with("_transform.identity_features", &[2], &[0.0, 1.0])
        .with("_transform.transform_features", &[1], &[1.0]);
    let both = residual(both, net, 1).try_import(&[]).unwrap_err();
    let words = "ops.0: cond, trans: expected each of 0 to 2 once";
    assert!(both.contains(words), "{both}");

    let gap = File::default()
        .with("module_list.0.perm", &[2], &[1.0, 0.0])
        .filled("module_list.2.scale", &[1, 2])
        .filled("module_list.2.bias", &[1, 2]);
    let gap = gap.try_import(&[("prior", "normal")]).unwrap_err();
    assert!(
        gap.contains("module_list.1: expected NICECouplingBlock"),
        "{gap}"
    );
}

//! Conditional flows with a constant context against the same flows with the context worked into their weights.

use nalgebra::{DMatrix, DVector};
use nice_flow_codegen::flow::fold;
use nice_flow_codegen::flow::ir::Flow;
use nice_flow_codegen::{Numeric, generate};
use nice_flow_import::checkpoint::{Checkpoint, Container, Element, Tensor};
use nice_flow_import::import::import;
use std::collections::BTreeMap;

#[path = "../../tests/fixtures/rewritten.rs"]
mod rewritten;

use rewritten::rewritten;

const CONTEXT: [f64; 2] = [0.3, -1.2];

type Tensors = BTreeMap<String, Tensor>;

fn add(tensors: &mut Tensors, name: &str, matrix: &DMatrix<f64>) {
    let shape = match matrix.ncols() {
        1 => vec![matrix.nrows()],
        columns => vec![matrix.nrows(), columns],
    };
    let tensor = Tensor {
        element: Element::F64,
        shape,
        data: matrix.transpose().as_slice().to_vec(),
    };
    tensors.insert(name.to_owned(), tensor);
}

/// Numbers that differ from name to name.
fn weights(name: &str, rows: usize, columns: usize) -> DMatrix<f64> {
    let seed: u32 = name.bytes().map(u32::from).sum();
    let wave = |i, j| (f64::from(seed) + 1.9 * i as f64 + 0.7 * j as f64).sin();
    DMatrix::from_fn(rows, columns, wave)
}

/// A linear layer of `inputs` elements and the context; and the one that has worked the context in.
fn linear(pair: &mut [Tensors; 2], name: &str, outputs: usize, inputs: usize, gate: &DVector<f64>) {
    let own = weights(&format!("{name}.weight"), outputs, inputs);
    let bias = weights(&format!("{name}.bias"), outputs, 1);
    add(&mut pair[0], &format!("{name}.weight"), &own);
    add(&mut pair[0], &format!("{name}.bias"), &bias);
    let gate = DMatrix::from_diagonal(gate);
    add(&mut pair[1], &format!("{name}.weight"), &(&gate * own));
    add(&mut pair[1], &format!("{name}.bias"), &(&gate * bias));
}

fn conditional(pair: &mut [Tensors; 2], name: &str, outputs: usize, inputs: usize) {
    let own = weights(&format!("{name}.weight"), outputs, inputs);
    let theirs = weights(&format!("{name}.context"), outputs, 2);
    let bias = weights(&format!("{name}.bias"), outputs, 1);
    let mut joint = DMatrix::zeros(outputs, inputs + 2);
    joint.columns_mut(0, inputs).copy_from(&own);
    joint.columns_mut(inputs, 2).copy_from(&theirs);
    add(&mut pair[0], &format!("{name}.weight"), &joint);
    add(&mut pair[0], &format!("{name}.bias"), &bias);
    add(&mut pair[1], &format!("{name}.weight"), &own);
    let worked_in = bias + theirs * DMatrix::from_column_slice(2, 1, &CONTEXT);
    add(&mut pair[1], &format!("{name}.bias"), &worked_in);
}

fn constants(pair: &mut [Tensors; 2], name: &str, values: &[f64]) {
    let values = DMatrix::from_column_slice(values.len(), 1, values);
    pair.iter_mut().for_each(|t| add(t, name, &values));
}

fn checkpoint(tensors: &Tensors) -> Checkpoint {
    Checkpoint {
        path: "model.pt".into(),
        sha256: String::new(),
        container: Container::Torch,
        tensors: tensors.clone(),
        config: BTreeMap::new(),
        order: vec![],
        notes: vec![],
        fitted: vec![],
    }
}

fn pairs(set: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(key, value): &(&str, &str)| (key.to_string(), value.to_string());
    set.iter().map(owned).collect()
}

fn flow(tensors: &Tensors, set: &[(&str, &str)]) -> Result<Flow, String> {
    let imported = import(&checkpoint(tensors), None, &pairs(set));
    let model = imported.map_err(|error| error.to_string())?.model;
    generate(&model, Numeric::F32).unwrap();
    Ok(model.members[0].flow.clone())
}

/// With the context, folded or not, the densities are those of the flow that has it in its weights.
fn agree(pair: &[Tensors; 2], set: &[(&str, &str)]) {
    let with = |context| [set, &[("context", context)]].concat();
    let given = with("0.3,-1.2");
    let (conditional, plain) = (
        flow(&pair[0], &given).unwrap(),
        flow(&pair[1], set).unwrap(),
    );
    let by_manifest = rewritten(&checkpoint(&pair[0]), &pairs(&given));
    assert_eq!(by_manifest, conditional);
    let folded = fold::fold(&conditional).unwrap();
    for n in 0..50 {
        let wave = |i| 2.0 * (f64::from(n) + 1.3 * f64::from(i)).sin();
        let x: Vec<f64> = (0..4).map(wave).collect();
        let expected = plain.log_density(&x);
        for flow in [&conditional, &folded] {
            let found = flow.log_density(&x);
            let off = (found - expected).abs();
            assert!(off <= 1e-12 * (1.0 + expected.abs()), "{found} {expected}");
        }
    }
    assert!(flow(&pair[0], set).is_err());
    assert!(flow(&pair[0], &with("0.3")).is_err());
    assert!(flow(&pair[1], &given).is_err());
    let words = flow(&pair[0], &with("0.3,x")).unwrap_err();
    assert!(
        words.contains("expected context=NUMBER,NUMBER,…|NAME,NAME,…, found 0.3,x"),
        "{words}"
    );
}

fn ones(count: usize) -> DVector<f64> {
    DVector::from_element(count, 1.0)
}

#[test]
fn a_constant_context_of_zuko_is_worked_into_the_first_layers() {
    let mut pair = [Tensors::new(), Tensors::new()];
    for (i, mask) in [[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]]
        .iter()
        .enumerate()
    {
        let at = format!("transform.transforms.{i}");
        constants(&mut pair, &format!("{at}.mask"), mask);
        conditional(&mut pair, &format!("{at}.hyper.0"), 5, 2);
        linear(&mut pair, &format!("{at}.hyper.2"), 4, 5, &ones(4));
    }
    constants(&mut pair, "base.loc", &[0.0; 4]);
    constants(&mut pair, "base.scale", &[1.0; 4]);
    agree(&pair, &[]);
    let without = flow(&pair[0], &[]).unwrap_err();
    assert!(without.contains("--set context="), "{without}");
}

#[test]
fn a_constant_context_of_nflows_also_scales_the_blocks() {
    let mut pair = [Tensors::new(), Tensors::new()];
    for (k, (kept, changed)) in [([0.0, 2.0], [1.0, 3.0]), ([1.0, 3.0], [0.0, 2.0])]
        .iter()
        .enumerate()
    {
        let at = format!("_transform._transforms.{k}");
        constants(&mut pair, &format!("{at}.identity_features"), kept);
        constants(&mut pair, &format!("{at}.transform_features"), changed);
        let net = format!("{at}.transform_net");
        conditional(&mut pair, &format!("{net}.initial_layer"), 5, 2);
        for block in [format!("{net}.blocks.0"), format!("{net}.blocks.1")] {
            let weight = weights(&format!("{block}.gate"), 5, 2);
            let bias = weights(&format!("{block}.gate.bias"), 5, 1);
            let answer = &weight * DVector::from_row_slice(&CONTEXT) + bias.column(0);
            add(
                &mut pair[0],
                &format!("{block}.context_layer.weight"),
                &weight,
            );
            add(&mut pair[0], &format!("{block}.context_layer.bias"), &bias);
            let gate = answer.map(|h| 1.0 / (1.0 + (-h).exp()));
            linear(
                &mut pair,
                &format!("{block}.linear_layers.0"),
                5,
                5,
                &ones(5),
            );
            linear(&mut pair, &format!("{block}.linear_layers.1"), 5, 5, &gate);
        }
        linear(&mut pair, &format!("{net}.final_layer"), 4, 5, &ones(4));
    }
    agree(&pair, &[("prior", "normal")]);
}

#[test]
fn a_constant_context_of_freia_is_worked_into_both_subnets() {
    let mut pair = [Tensors::new(), Tensors::new()];
    for subnet in ["module_list.0.F", "module_list.0.G"] {
        conditional(&mut pair, &format!("{subnet}.0"), 5, 2);
        linear(&mut pair, &format!("{subnet}.2"), 2, 5, &ones(2));
    }
    agree(&pair, &[("prior", "normal"), ("activation", "tanh")]);
}

//! Runs a graph, operator by operator as the ONNX specification defines them, in `f64`.

use crate::onnx::proto::ModelProto;
use crate::onnx::proto::{Dimension, Element, GraphProto, Node, Tensor};
use crate::onnx::{Precision, export};
use nice_flow_codegen::Model;
use prost::Message;
use std::collections::BTreeMap;

/// What the maximum and the minimum of a NaN and a number are, which runtimes differ in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Extremes {
    Number,
    NotANumber,
}

/// Numbers, row by row; truth values are 0 and 1.
#[derive(Clone, Debug)]
pub struct Array {
    pub shape: Vec<usize>,
    pub data: Vec<f64>,
}

/// What a model's file makes of rows, by the name of the output.
pub fn outputs(model: &Model, rows: &[f64], extremes: Extremes) -> impl Fn(&str) -> Array + use<> {
    let bytes = export(model, Precision::Double).unwrap();
    let graph = ModelProto::decode(&*bytes).unwrap().graph.unwrap();
    let known = run(&graph, rows, extremes);
    move |name| known[name].clone()
}

#[track_caller]
pub fn assert_near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let is_near = (found - expected).abs() <= 1e-9 * (1.0 + expected.abs());
        let is_equal = found == expected || found.is_nan() && expected.is_nan();
        assert!(is_near || is_equal, "{found} {expected}");
    }
}

/// All tensors of a graph by name, once it has run on some rows.
fn run(graph: &GraphProto, rows: &[f64], extremes: Extremes) -> BTreeMap<String, Array> {
    let constants = graph.initializer.iter();
    let mut known: BTreeMap<String, Array> = constants
        .map(|one| (one.name.clone(), stored(one)))
        .collect();
    let dim = extent(graph);
    let x = Array {
        shape: vec![rows.len() / dim, dim],
        data: rows.to_vec(),
    };
    known.insert(graph.input[0].name.clone(), x);
    for node in &graph.node {
        let inputs: Vec<&Array> = node.input.iter().map(|name| &known[name]).collect();
        let output = apply(node, &inputs, extremes);
        known.insert(node.output[0].clone(), output);
    }
    known
}

/// How many numbers a row of the input has.
fn extent(graph: &GraphProto) -> usize {
    let of = graph.input[0].r#type.as_ref().unwrap();
    let shape = of.tensor_type.as_ref().unwrap().shape.as_ref().unwrap();
    match &shape.dim[1].value {
        Some(Dimension::Value(value)) => *value as usize,
        other => panic!("{other:?}"),
    }
}

fn stored(tensor: &Tensor) -> Array {
    let bytes = &tensor.raw_data;
    let data = match Element::try_from(tensor.data_type).unwrap() {
        Element::Double => numbers(bytes, f64::from_le_bytes),
        Element::Float => numbers(bytes, |bytes| f32::from_le_bytes(bytes).into()),
        Element::Int64 => numbers(bytes, |bytes| i64::from_le_bytes(bytes) as f64),
        other => panic!("{other:?}"),
    };
    Array {
        shape: tensor.dims.iter().map(|extent| *extent as usize).collect(),
        data,
    }
}

fn numbers<const N: usize>(bytes: &[u8], of: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    let chunks = bytes.chunks_exact(N);
    chunks.map(|chunk| of(chunk.try_into().unwrap())).collect()
}

fn apply(node: &Node, inputs: &[&Array], extremes: Extremes) -> Array {
    let attribute = |name: &str| {
        let mut all = node.attribute.iter();
        all.find(|one| one.name == name).map(|one| one.i)
    };
    let is = |truth: bool| f64::from(u8::from(truth));
    let extreme = |a: f64, b: f64, chosen: fn(f64, f64) -> f64| match extremes {
        Extremes::NotANumber if a.is_nan() || b.is_nan() => f64::NAN,
        _ => chosen(a, b),
    };
    let reduce = |of: &dyn Fn(&[f64]) -> f64| {
        assert_eq!(inputs[1].data, [1.0], "{}", node.name);
        let rows = inputs[0].data.chunks_exact(inputs[0].shape[1]);
        let mut shape = vec![inputs[0].shape[0]];
        shape.extend((attribute("keepdims") != Some(0)).then_some(1));
        let data = rows.map(of).collect();
        Array { shape, data }
    };
    let one = |f: fn(f64) -> f64| broadcast(inputs, |x| f(x[0]));
    match &*node.op_type {
        "Identity" => one(|x| x),
        "Neg" => one(|x| -x),
        "Abs" => one(f64::abs),
        "Exp" => one(f64::exp),
        "Log" => one(f64::ln),
        "Sqrt" => one(f64::sqrt),
        "Tanh" => one(f64::tanh),
        "Atan" => one(f64::atan),
        "Erf" => one(libm::erf),
        "Sigmoid" => one(|x| 1.0 / (1.0 + (-x).exp())),
        "Relu" => broadcast(inputs, |x| extreme(x[0], 0.0, f64::max)),
        "IsNaN" => broadcast(inputs, |x| is(x[0].is_nan())),
        "Not" => broadcast(inputs, |x| 1.0 - x[0]),
        "Add" => broadcast(inputs, |x| x[0] + x[1]),
        "Sub" => broadcast(inputs, |x| x[0] - x[1]),
        "Mul" => broadcast(inputs, |x| x[0] * x[1]),
        "Div" => broadcast(inputs, |x| x[0] / x[1]),
        "Pow" => broadcast(inputs, |x| x[0].powf(x[1])),
        "Max" => broadcast(inputs, |x| extreme(x[0], x[1], f64::max)),
        "Min" => broadcast(inputs, |x| extreme(x[0], x[1], f64::min)),
        "Less" => broadcast(inputs, |x| is(x[0] < x[1])),
        "LessOrEqual" => broadcast(inputs, |x| is(x[0] <= x[1])),
        "Where" => broadcast(inputs, |x| if x[0] == 1.0 { x[1] } else { x[2] }),
        "ReduceSum" => reduce(&|x| x.iter().sum()),
        "ReduceSumSquare" => reduce(&|x| x.iter().map(|x| x * x).sum()),
        "ReduceMean" => reduce(&|x| x.iter().sum::<f64>() / x.len() as f64),
        "ReduceMax" => reduce(&|x| {
            let all = x.iter().copied();
            all.fold(f64::NEG_INFINITY, |a, b| extreme(a, b, f64::max))
        }),
        "ReduceLogSumExp" => reduce(&|x| {
            let highest = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            highest + x.iter().map(|x| (x - highest).exp()).sum::<f64>().ln()
        }),
        "Unsqueeze" => Array {
            shape: vec![inputs[0].shape[0], 1],
            data: inputs[0].data.clone(),
        },
        "Gather" => columns(&[inputs[0]], inputs[1].data.iter().map(|i| *i as usize)),
        "Concat" => {
            let width: usize = inputs.iter().map(|part| part.shape[1]).sum();
            columns(inputs, 0..width)
        }
        "Gemm" => {
            assert_eq!(attribute("transB"), Some(1));
            product(inputs[0], inputs[1], &inputs[2].data)
        }
        other => panic!("{other}"),
    }
}

/// Each element of the result of those at its place, where what has no extent counts for all.
fn broadcast(parts: &[&Array], f: impl Fn(&[f64]) -> f64) -> Array {
    let rank = parts.iter().map(|part| part.shape.len()).max().unwrap();
    let extent = |part: &Array, axis: usize| match axis.checked_sub(rank - part.shape.len()) {
        Some(own) => part.shape[own],
        None => 1,
    };
    let widest = |axis| parts.iter().map(|part| extent(part, axis)).max().unwrap();
    let shape: Vec<usize> = (0..rank).map(widest).collect();
    for part in parts {
        assert!((0..rank).all(|axis| [1, shape[axis]].contains(&extent(part, axis))));
    }
    let place = |part: &Array, mut index: usize| {
        let (mut place, mut step) = (0, 1);
        for axis in (0..rank).rev() {
            let (at, own) = (index % shape[axis], extent(part, axis));
            place += if own == 1 { 0 } else { at * step };
            (index, step) = (index / shape[axis], step * own);
        }
        place
    };
    let element = |index| -> f64 {
        let all: Vec<f64> = parts.iter().map(|x| x.data[place(x, index)]).collect();
        f(&all)
    };
    let data = (0..shape.iter().product()).map(element).collect();
    Array { shape, data }
}

/// Some columns of arrays that stand side by side.
fn columns(parts: &[&Array], places: impl Iterator<Item = usize>) -> Array {
    let (rows, places) = (parts[0].shape[0], places.collect::<Vec<_>>());
    let mut data = vec![];
    for row in 0..rows {
        let of = |part: &&Array| {
            let width = part.shape[1];
            part.data[row * width..(row + 1) * width].to_vec()
        };
        let whole: Vec<f64> = parts.iter().flat_map(of).collect();
        data.extend(places.iter().map(|place| whole[*place]));
    }
    let shape = vec![rows, places.len()];
    Array { shape, data }
}

/// `x Wᵀ + b`.
fn product(x: &Array, weight: &Array, bias: &[f64]) -> Array {
    let (inputs, outputs) = (x.shape[1], bias.len());
    assert_eq!(weight.shape, [outputs, inputs]);
    let mut data = vec![];
    for row in x.data.chunks_exact(inputs) {
        for (weights, bias) in weight.data.chunks_exact(inputs).zip(bias) {
            data.push(weights.iter().zip(row).map(|(w, x)| w * x).sum::<f64>() + bias);
        }
    }
    let shape = vec![x.shape[0], outputs];
    Array { shape, data }
}

//! What can be said of a file without a runtime: its form, and its numbers as the specification of the operators has them.
//! `codegen/python/tests/test_onnx.py` runs files of every layer in onnxruntime.

mod ensemble;
mod layers;
mod run;

use super::*;
use nalgebra::{DMatrix, DVector};
use nice_flow_codegen::flow::ir::{
    Activation, Coupling, Flow, Layer, Linear, Network, Parameters, Prior, ScaleMap, Stage,
};
use nice_flow_codegen::model::{Baseline, Threshold};
use proto::{GraphProto, ModelProto};
use std::collections::BTreeSet;

/// An affine coupling of two inputs.
fn model(activation: Activation) -> Model {
    let linear = |outputs: usize, inputs: usize| {
        Stage::Linear(Linear {
            weight: DMatrix::from_element(outputs, inputs, 0.5),
            bias: DVector::zeros(outputs),
        })
    };
    let network = vec![linear(3, 1), Stage::Activation(activation), linear(2, 3)];
    let coupling = Coupling {
        kept: vec![1],
        changed: vec![0],
        conditioner: Parameters::Joint(Network(network)),
        scale: Some(ScaleMap::ExpAtan {
            clamp: 2.0,
            gain: 0.636,
        }),
        backwards: false,
    };
    let flow = Flow {
        dim: 2,
        layers: vec![Layer::Coupling(coupling)],
        prior: Prior::Logistic,
    };
    let mut model = Model::new("pump", vec!["a".into(), "b, c".into()], flow);
    model.threshold = Some(Threshold {
        score: 7.5,
        false_alarm_rate: 0.01,
    });
    model
}

fn decoded(precision: Precision) -> ModelProto {
    let bytes = export(&model(Activation::Mish), precision).unwrap();
    ModelProto::decode(&*bytes).unwrap()
}

fn graph(precision: Precision) -> GraphProto {
    decoded(precision).graph.unwrap()
}

#[test]
fn every_tensor_is_made_once_and_before_it_is_read() {
    for precision in [Precision::Single, Precision::Double] {
        let graph = graph(precision);
        let inputs = graph.input.iter().map(|value| value.name.clone());
        let constants = graph.initializer.iter().map(|tensor| tensor.name.clone());
        let mut made: BTreeSet<String> = inputs.chain(constants).collect();
        assert_eq!(made.len(), 1 + graph.initializer.len());
        for node in &graph.node {
            let missing = node.input.iter().find(|name| !made.contains(*name));
            assert_eq!(missing, None, "{}", node.name);
            assert!(made.insert(node.output[0].clone()), "{}", node.name);
        }
        let outputs: Vec<&str> = graph.output.iter().map(|value| &*value.name).collect();
        assert_eq!(outputs, ["z", "log_density", "score", "anomalous"]);
        assert!(outputs.iter().all(|output| made.contains(*output)));
    }
}

#[test]
fn a_constant_is_stored_once() {
    let graph = graph(Precision::Single);
    let contents = graph.initializer.iter().map(|tensor| {
        let dims: Vec<i64> = tensor.dims.clone();
        (dims, tensor.data_type, tensor.raw_data.clone())
    });
    let contents: BTreeSet<_> = contents.collect();
    assert_eq!(contents.len(), graph.initializer.len());
}

#[test]
fn the_error_function_is_there_in_single_precision_only() {
    let model = model(Activation::Gelu);
    assert!(export(&model, Precision::Single).is_ok());
    let error = export(&model, Precision::Double).unwrap_err().to_string();
    assert!(error.contains("found GELU"), "{error}");
    assert!(error.contains("--numeric f32"), "{error}");
}

#[test]
fn names_of_features_are_data() {
    let pairs = decoded(Precision::Single).metadata_props;
    assert_eq!(pairs[0], Pair::new("nice_flow.features", r#"["a","b, c"]"#));
    assert_eq!(pairs[1], Pair::new("nice_flow.threshold", 7.5));
}

#[test]
fn what_the_graph_leaves_out_is_said() {
    let mut model = model(Activation::Relu);
    assert!(notes(&model).is_empty());
    model.baseline = Some("EWMA:16".parse::<Baseline>().unwrap());
    model.missing = Missing::Ignore;
    let notes = notes(&model);
    assert!(notes[0].contains("moving baseline (EWMA:16)"), "{notes:?}");
    assert!(notes[1].contains("missing cell"), "{notes:?}");
}

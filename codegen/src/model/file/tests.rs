mod bounds;
mod priors;

use super::*;
use crate::flow::ir::{
    Activation, Autoregressive, Coupling, Dense, Diagonal, DiagonalNormal, Flow, Form, Layer,
    Linear, Network, Parameters, Prior, ScaleMap, Side, Stage, Steer, Steering, Triangular,
};
use crate::model::front_end::Kind;
use crate::model::p_values::PValues;
use crate::model::{Calibration, FrontEnd, Missing, Origin, Threshold};
use nalgebra::{DMatrix, DVector};
use std::fs;

/// Numbers that need all bits of an `f64`: neither a short decimal nor an `f32` equals one. Never zero.
fn number(seed: usize) -> f64 {
    let sign = if seed.is_multiple_of(3) { -1.0 } else { 1.0 };
    sign * ((seed + 1) as f64 * 0.7).sqrt() / 3.0
}

fn numbers(length: usize, seed: usize) -> Vec<f64> {
    (seed..seed + length).map(number).collect()
}

fn linear(outputs: usize, inputs: usize) -> Stage {
    Stage::Linear(Linear {
        weight: DMatrix::from_fn(outputs, inputs, |o, i| number(o * inputs + i)),
        bias: DVector::from_vec(numbers(outputs, 5)),
    })
}

/// A network with every kind of stage.
fn network(inputs: usize, outputs: usize) -> Network {
    let activations = [
        Activation::Relu,
        Activation::LeakyRelu { slope: 0.1 + 0.2 },
        Activation::Elu { alpha: 1.0 / 3.0 },
        Activation::Tanh,
        Activation::Sigmoid,
        Activation::Silu,
        Activation::Softplus,
        Activation::Gelu,
        Activation::GeluTanh,
        Activation::Mish,
        Activation::Selu,
        Activation::Hardtanh {
            min: -0.1,
            max: 6.0,
        },
        Activation::Hardswish,
        Activation::Softsign,
        Activation::Atan,
    ];
    let mut stages = vec![linear(4, inputs)];
    stages.extend(activations.map(Stage::Activation));
    let skip = vec![Stage::Activation(Activation::Relu), linear(4, 4)];
    stages.push(Stage::Skip(Network(skip)));
    stages.push(Stage::Normalise { eps: 1e-5 });
    stages.push(Stage::Scale {
        factor: DVector::from_vec(numbers(4, 1)),
        shift: DVector::from_vec(vec![-0.0, f64::MIN_POSITIVE / 8.0, f32::MAX.into(), 0.1]),
    });
    // In a few networks only: a test below reads a file for each key in it.
    if outputs == 4 {
        let branch = match [linear(3, 3), linear(3, 3)] {
            [Stage::Linear(first), Stage::Linear(second)] => [first, second],
            _ => unreachable!("linear stages"),
        };
        let steer = Steer {
            width: 3,
            activation: Activation::Tanh,
            offset: true,
            how: Steering::Gate,
            branches: vec![branch],
        };
        stages.extend([linear(9, 4), Stage::Steer(steer), linear(4, 3)]);
    }
    stages.push(linear(outputs, 4));
    Network(stages)
}

fn coupling(scale: Option<ScaleMap>, separate: bool) -> Layer {
    let outputs = if scale.is_some() { 4 } else { 2 };
    let conditioner = if separate {
        Parameters::Separate {
            shift: network(1, 2),
            scale: network(1, 2),
        }
    } else {
        Parameters::Joint(network(1, outputs))
    };
    Layer::Coupling(Coupling {
        kept: vec![1],
        changed: vec![2, 0],
        conditioner,
        scale,
        backwards: separate,
    })
}

/// Element 1 depends on none, 0 and 2 on it.
fn ordered() -> Layer {
    let weight = DMatrix::from_fn(6, 3, |row, column| match (row % 3, column) {
        (0 | 2, 1) => number(row),
        _ => 0.0,
    });
    Layer::Autoregressive(Autoregressive {
        order: vec![1, 0, 2],
        conditioner: Parameters::Joint(Network(vec![Stage::Linear(Linear {
            weight,
            bias: DVector::from_vec(numbers(6, 3)),
        })])),
        scale: ScaleMap::Exp,
        form: Form::SubDiv,
        backwards: true,
    })
}

fn normal(seed: usize) -> DiagonalNormal {
    DiagonalNormal {
        mean: numbers(3, seed),
        precision: numbers(3, seed + 7).iter().map(|p| p.abs()).collect(),
    }
}

fn layers() -> Vec<Layer> {
    let triangle = DMatrix::from_fn(3, 3, |r, c| if c <= r { number(r + c) } else { 0.0 });
    let maps = [
        ScaleMap::Exp,
        ScaleMap::Sigmoid {
            bias: 2.0,
            eps: 1e-3,
        },
        ScaleMap::Softplus {
            bias: 0.5254587531089783,
            eps: 0.01,
            max: 3.0,
        },
        ScaleMap::Softplus {
            bias: 0.0,
            eps: 0.0,
            max: f64::INFINITY,
        },
        ScaleMap::SoftplusBeta {
            beta: 0.5,
            gain: 0.1,
        },
        ScaleMap::ExpSoftclip { bound: 1.9 },
        ScaleMap::ExpAtan {
            clamp: 2.0,
            gain: 0.636,
        },
        ScaleMap::ExpTanh {
            clamp: 2.0,
            inner: 0.1,
        },
        ScaleMap::ExpClip {
            min: -5.0,
            max: 3.0,
        },
        ScaleMap::ExpClip {
            min: f64::NEG_INFINITY,
            max: f64::INFINITY,
        },
        ScaleMap::Reciprocal {
            of: Box::new(ScaleMap::Sigmoid {
                bias: 2.0,
                eps: 0.0,
            }),
        },
    ];
    let mut layers = vec![
        coupling(None, false),
        coupling(Some(ScaleMap::Exp), true),
        Layer::Diagonal(Diagonal::standardise(numbers(3, 2), &numbers(3, 9))),
        Layer::Permute(vec![2, 0, 1]),
        Layer::Triangular(Triangular {
            side: Side::Upper,
            matrix: triangle.transpose(),
        }),
        Layer::Triangular(Triangular {
            side: Side::Lower,
            matrix: triangle.clone(),
        }),
        Layer::Dense(Dense {
            log_det: 2.0 * triangle.diagonal().map(|t| t.abs().ln()).sum(),
            matrix: &triangle * triangle.transpose(),
            shift: DVector::from_vec(numbers(3, 4)),
        }),
        ordered(),
    ];
    layers.extend(maps.map(|map| coupling(Some(map), false)));
    layers
}

/// A model with every kind of layer, stage, activation and scale map.
fn model(prior: Prior) -> Model {
    let flow = Flow {
        dim: 3,
        layers: layers(),
        prior,
    };
    let features = vec!["flow".into(), "Δp, \"bar\"".into(), String::new()];
    let mut model = Model::new("pump_2", features, flow);
    model.threshold = Some(Threshold {
        score: 1.0 / 3.0,
        false_alarm_rate: 0.01,
    });
    model.p_values = Some(PValues::of_normal(&[0.5, 1.5, f64::NAN]));
    model.debounce = "3/5".parse().ok();
    model.calibration = Some(Calibration {
        i8: Some(2.0 / 3.0),
        ..Calibration::new(&numbers(12, 9), 3)
    });
    model.origin = Origin {
        file: "pump.pt".into(),
        sha256: "1f3a".repeat(16),
        layout: "nflows".into(),
    };
    let member = &mut model.members[0];
    member.preprocessing = Some(Diagonal::standardise(numbers(3, 3), &[0.3, 7.0, 1e-9]));
    member.training = [("epochs".to_string(), "200".to_string())].into();
    model
}

fn small() -> Model {
    let mut model = model(Prior::Logistic);
    model.members[0].flow.layers.truncate(1);
    model.members[0]
        .flow
        .layers
        .push(Layer::Permute(vec![2, 0, 1]));
    model
}

fn read_bytes(bytes: &[u8]) -> Result<Model> {
    from_bytes(bytes, Path::new("pump.safetensors"))
}

fn message(bytes: &[u8]) -> String {
    read_bytes(bytes).unwrap_err().to_string()
}

/// A file with a changed header and changed tensors.
fn tampered(
    model: &Model,
    json: impl Fn(String) -> String,
    tensors: impl Fn(&mut Writer),
) -> Vec<u8> {
    let mut writer = Writer::default();
    let header = store::header(model, &mut writer);
    tensors(&mut writer);
    let json = json(serde_json::to_string(&header).unwrap());
    let metadata = HashMap::from([(KEY.to_string(), json)]);
    safetensors::serialize(writer.views(), Some(metadata)).unwrap()
}

/// The error after one replacement in the header.
fn replaced(from: &str, to: &str) -> String {
    let change = |json: String| {
        assert!(json.contains(from), "{json}");
        json.replacen(from, to, 1)
    };
    message(&tampered(&small(), change, |_| {}))
}

#[test]
fn every_model_reads_back_bit_for_bit() {
    let mixture = Prior::Mixture {
        log_weights: vec![0.25f64.ln(), 0.75f64.ln()],
        components: vec![normal(0), normal(1)],
    };
    let priors = [
        Prior::Normal,
        Prior::Logistic,
        Prior::DiagonalNormal(normal(2)),
        mixture,
        priors::student_t(),
        priors::full_mixture(),
    ];
    for prior in priors {
        let model = model(prior);
        let bytes = write(&model).unwrap();
        let read = read_bytes(&bytes).unwrap();
        assert_eq!(read, model);
        // Comparing bytes, since minus zero equals zero.
        assert_eq!(write(&read).unwrap(), bytes);
    }
}

#[test]
fn what_is_not_known_reads_back_as_not_known() {
    let mut model = small();
    model.members[0].preprocessing = None;
    model.threshold = None;
    model.p_values = None;
    model.debounce = None;
    model.origin = Origin::default();
    model.members[0].training.clear();
    assert_eq!(read_bytes(&write(&model).unwrap()).unwrap(), model);
}

#[test]
fn a_choice_for_missing_cells_reads_back_and_the_default_is_left_out() {
    let mut model = small();
    let header = serde_json::to_string(&store::header(&model, &mut Writer::default())).unwrap();
    assert!(!header.contains("missing"), "{header}");
    for missing in [Missing::Hold(7), Missing::Ignore] {
        model.missing = missing;
        assert_eq!(read_bytes(&write(&model).unwrap()).unwrap(), model);
    }
    let odd = tampered(
        &model,
        |json| json.replacen(r#""missing":"ignore""#, r#""missing":"hold:0""#, 1),
        |_| {},
    );
    assert!(message(&odd).contains("expected alarm, hold, hold:N"));
    model.channels = 1;
    let error = write(&model).unwrap_err().to_string();
    assert!(error.contains("expected rows of one sample"), "{error}");
}

#[test]
fn a_front_end_reads_back_and_what_contradicts_it_is_refused() {
    let front = FrontEnd {
        kind: Kind::Statistics,
        version: 1,
        rate: 10.0,
        window: 60,
        hop: 60,
        levels: 0,
        octaves: 0,
        channels: vec!["t".into()],
        unit: vec![1.0 / 3.0],
        sum: false,
        mean: false,
    };
    let flow = Flow {
        dim: 5,
        layers: vec![],
        prior: Prior::Normal,
    };
    let mut model = Model::new("pump", front.features(), flow);
    let header = serde_json::to_string(&store::header(&model, &mut Writer::default())).unwrap();
    assert!(!header.contains("front_end"), "{header}");
    model.front_end = Some(front);
    assert_eq!(read_bytes(&write(&model).unwrap()).unwrap(), model);
    for (from, to, place) in [
        (
            r#""window":60"#,
            r#""window":61"#,
            "front_end.hop: expected the window, 61, found 60",
        ),
        (
            r#""rate":10.0"#,
            r#""rate":-1.0"#,
            "front_end.rate: expected 1e-6",
        ),
        (
            r#""kind":"statistics""#,
            r#""kind":"wavelets""#,
            "unknown variant `wavelets`",
        ),
        (r#""sum":false"#, r#""sum":false,"taper":1"#, "taper"),
        (
            "t slope",
            "t rise",
            "features.4: expected the outputs of the front end, t slope, found t rise",
        ),
        (
            r#""channels":["t"]"#,
            r#""channels":["t","u"]"#,
            "front_end.unit",
        ),
    ] {
        let odd = tampered(&model, |json| json.replacen(from, to, 1), |_| {});
        let error = message(&odd);
        assert!(error.contains(place), "{error}");
    }
    model.missing = Missing::Ignore;
    let error = write(&model).unwrap_err().to_string();
    assert!(
        error.contains("missing: expected none beside a front end"),
        "{error}"
    );
}

#[test]
fn single_precision_tensors_are_read() {
    use safetensors::tensor::{Dtype, TensorView};
    let mut model = model(Prior::Normal);
    model.members[0].flow.layers = vec![Layer::Diagonal(Diagonal::scale(vec![0.5, 2.0, 4.0]))];
    model.members[0].preprocessing = None;
    model.p_values = None;
    model.calibration = None;
    let json = serde_json::to_string(&store::header(&model, &mut Writer::default())).unwrap();
    let bytes = |values: [f32; 3]| values.map(f32::to_le_bytes).concat();
    let (center, factor) = (bytes([0.0; 3]), bytes([0.5, 2.0, 4.0]));
    let view = |data| TensorView::new(Dtype::F32, vec![3], data).unwrap();
    let tensors = [
        ("layers.0.center", view(&center)),
        ("layers.0.factor", view(&factor)),
    ];
    let file = safetensors::serialize(tensors, Some([(KEY.to_string(), json)].into())).unwrap();
    assert_eq!(read_bytes(&file).unwrap(), model);
}

#[test]
fn errors_name_the_tensor_and_what_was_expected() {
    let shape = replaced(
        r#""inputs":1,"outputs":4,"weight""#,
        r#""inputs":2,"outputs":4,"weight""#,
    );
    assert_eq!(
        shape,
        "pump.safetensors: layers.0.conditioner.0.weight: expected shape [4, 2], found [4, 1]"
    );
    let missing = replaced(r#":"preprocessing.scale""#, r#":"preprocessing.sigma""#);
    assert_eq!(
        missing,
        "pump.safetensors: preprocessing.sigma: missing tensor"
    );
    let zero = tampered(
        &small(),
        |json| json,
        |tensors| {
            tensors.vector("preprocessing.scale".into(), &[1.0, 0.0, 1.0]);
        },
    );
    assert_eq!(
        message(&zero),
        "pump.safetensors: preprocessing.scale: element 1: expected a number other than zero, found 0"
    );
}

#[test]
fn every_claim_of_the_header_is_checked() {
    let cases = [
        (
            r#""format_version":2"#,
            r#""format_version":4,"new":true"#,
            concat!(
                "metadata nice_flow: made by a newer nice-flow: expected format version 1 to 3, found 4; this is nice-flow ",
                env!("CARGO_PKG_VERSION"),
                ", one that reads format version 4 is needed"
            ),
        ),
        (
            r#""format_version":2"#,
            r#""format_version":0"#,
            "metadata nice_flow: expected format version 1 to 3, found 0",
        ),
        (
            r#""dim":3"#,
            r#""dim":4"#,
            "features: expected 4 elements, found 3",
        ),
        (r#"["flow","#, "[", "features: expected 3 elements, found 2"),
        (
            r#""kept":[1]"#,
            r#""kept":[7]"#,
            "layers.0.kept and layers.0.changed: expected each of 0 to 2 once, but 7 is out of range",
        ),
        (
            r#""order":[2,0,1]"#,
            r#""order":[2,0,2]"#,
            "layers.1.order: expected each of 0 to 2 once, but 2 appears twice",
        ),
        (
            "pump_2",
            "pump 2",
            "name: expected letters, digits and underscores, found \"pump 2\"",
        ),
        (
            r#""false_alarm_rate":0.01"#,
            r#""false_alarm_rate":1.5"#,
            "threshold: expected a finite score within f32 and a rate from 0 to 1, \
             found Threshold { score: 0.3333333333333333, false_alarm_rate: 1.5 }",
        ),
    ];
    for (from, to, expected) in cases {
        assert_eq!(replaced(from, to), format!("pump.safetensors: {expected}"));
    }
}

#[test]
fn texts_that_are_no_line_and_hashes_that_are_none_are_refused() {
    let cases = [
        (
            r#""file":"pump.pt""#,
            r#""file":"a\npub const B: u8 = 1;""#,
            "origin.file",
        ),
        (
            r#""layout":"nflows""#,
            r#""layout":"a\u2028b""#,
            "origin.layout",
        ),
        (r#""sha256":"1f3a"#, r#""sha256":"xf3a"#, "origin.sha256"),
        (r#""sha256":"1f3a"#, r#""sha256":"1f3"#, "origin.sha256"),
        (
            r#""features":["flow""#,
            r#""features":["\u001b[2J""#,
            "features.0",
        ),
        (r#"{"epochs":"200"}"#, r#"{"epo\tchs":"200"}"#, "training"),
        (
            r#"{"epochs":"200"}"#,
            r#"{"epochs":"\u202e200"}"#,
            "training.epochs",
        ),
    ];
    for (from, to, place) in cases {
        let error = replaced(from, to);
        let expected = format!("pump.safetensors: {place}: expected ");
        assert!(error.starts_with(&expected), "{error}");
        assert!(!error.chars().any(crate::text::is_disruptive), "{error}");
    }
}

/// The error for a second key in an object that must have exactly one.
const SINGLE: &str = "expected map with a single key";

#[test]
fn keys_that_are_not_known_or_come_twice_are_refused_in_every_object() {
    let model = model(Prior::Mixture {
        log_weights: vec![0.25f64.ln(), 0.75f64.ln()],
        components: vec![normal(0), normal(1)],
    });
    let written = tampered(&model, |json| json, |_| {});
    assert!(read_bytes(&written).is_ok());
    let header = serde_json::to_string(&store::header(&model, &mut Writer::default())).unwrap();
    let objects: Vec<usize> = header.match_indices('{').map(|(at, _)| at + 1).collect();
    assert!(objects.len() > 40, "{header}");
    for at in objects {
        let with = |more: &str| {
            let change = |json: String| json[..at].to_owned() + more + &json[at..];
            message(&tampered(&model, change, |_| {}))
        };
        // Keys of `training` are free: none is unknown.
        if !header[..at].ends_with(r#""training":{"#) {
            for unknown in [r#""sneaky":1,"#, r#""sneaky":null,"#] {
                let error = with(unknown);
                let is_said = error.contains("sneaky") || error.contains(SINGLE);
                assert!(is_said, "{}: {error}", &header[..at]);
            }
        }
        let first = header[at..].split(':').next().unwrap();
        let mut values = serde_json::Deserializer::from_str(&header[at + first.len() + 1..])
            .into_iter::<serde_json::Value>();
        let value = values.next().unwrap().unwrap();
        let error = with(&format!("{first}:{value},"));
        let key = first.trim_matches('"');
        let said = [
            SINGLE.to_string(),
            format!("duplicate field `{key}`"),
            format!("found {first} twice"),
        ];
        let is_said = said.iter().any(|said| error.contains(said));
        assert!(is_said, "{}: {error}", &header[..at]);
    }
}

#[test]
fn the_container_says_nothing_else_and_nothing_twice() {
    let bytes = write(&small()).unwrap();
    let start = 8 + u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
    let json = std::str::from_utf8(&bytes[8..start]).unwrap().trim_end();
    let with = |from: &str, to: &str| {
        assert!(json.contains(from), "{json}");
        let json = json.replacen(from, to, 1);
        let size = (json.len() as u64).to_le_bytes();
        message(&[&size[..], json.as_bytes(), &bytes[start..]].concat())
    };
    let more = r#"{"__metadata__":{"format":"pt","#;
    assert!(with(r#"{"__metadata__":{"#, more).contains(r#"unknown key "format""#));
    let twice = r#""dtype":"F64","dtype":"F64""#;
    assert!(with(r#""dtype":"F64""#, twice).contains("dtype"));
    let foreign = r#"{"foreign":{"dtype":"F64","shape":[0],"data_offsets":[0,0]},"#;
    assert!(with("{", foreign).contains("foreign"));
}

#[test]
fn rows_and_thresholds_that_no_module_could_have_are_refused() {
    let error = replaced(r#""score":0.3333333333333333"#, r#""score":1e300"#);
    assert!(
        error.contains("threshold: expected a finite score within f32"),
        "{error}"
    );
    let error = replaced(r#""i8":0.6666666666666666"#, r#""i8":-1e39"#);
    assert!(error.contains("calibration: expected"), "{error}");
    for broken in [f64::NAN, f64::INFINITY, -3e38] {
        let rows = [numbers(5, 9), vec![broken]].concat();
        let mut model = small();
        model.members[0].flow.prior = Prior::Normal;
        model.calibration = Some(Calibration {
            rows,
            i16: None,
            i8: None,
        });
        let error = message(&tampered(&model, |json| json, |_| {}));
        assert!(error.contains("calibration.rows: row 1 "), "{error}");
        let error = write(&model).unwrap_err().to_string();
        assert!(error.contains("calibration.rows: row 1 "), "{error}");
        let rows = model.calibration.take().unwrap().rows;
        assert_eq!(model.calibration_of(&rows).rows.len(), 3);
    }
}

#[test]
fn a_log_determinant_is_that_of_its_matrix() {
    let mut model = small();
    model.members[0].flow.layers.push(layers().swap_remove(6));
    let bytes = tampered(&model, |json| json, |_| {});
    assert!(read_bytes(&bytes).is_ok());
    if let Some(Layer::Dense(dense)) = model.members[0].flow.layers.last_mut() {
        dense.log_det += 1e-3;
    }
    let error = message(&tampered(&model, |json| json, |_| {}));
    assert!(
        error.contains("layers.2.log_det: expected log-determinant"),
        "{error}"
    );
}

#[test]
fn a_model_of_no_dimension_is_an_error() {
    let mut model = small();
    model.members[0].preprocessing = None;
    model.calibration = None;
    (model.features, model.members[0].flow.dim) = (vec![], 0);
    model.members[0].flow.layers.clear();
    let expected = "pump.safetensors: dim: expected at least 1, found 0";
    assert_eq!(message(&tampered(&model, |json| json, |_| {})), expected);
}

#[test]
fn absurd_sizes_are_errors() {
    let sizes = ["18446744073709551615", "1000000000000000000"];
    for size in sizes {
        replaced(r#""dim":3"#, &format!(r#""dim":{size}"#));
        replaced(r#""outputs":4"#, &format!(r#""outputs":{size}"#));
        replaced(r#""changed":[2,0]"#, &format!(r#""changed":[{size}]"#));
    }
    let deep = r#"{"kind":"skip","stages":["#.repeat(100_000);
    replaced(r#"{"kind":"linear""#, &(deep + r#"{"kind":"linear""#));
}

#[test]
fn what_cannot_be_used_is_not_written() {
    let mut model = small();
    model.features.pop();
    let error = write(&model).unwrap_err().to_string();
    assert_eq!(error, "features: expected 3 elements, found 2");
}

#[test]
fn truncated_files_are_errors() {
    let bytes = write(&small()).unwrap();
    for length in 0..bytes.len() {
        let text = message(&bytes[..length]);
        assert!(text.contains("expected a whole safetensors file"), "{text}");
    }
}

#[test]
fn flipped_bytes_never_panic() {
    let mut model = small();
    model.members[0].flow.layers = vec![layers().swap_remove(2), Layer::Permute(vec![2, 0, 1])];
    let bytes = write(&model).unwrap();
    for at in 0..bytes.len() {
        for flip in [1 << (at % 8), 0xff] {
            let mut flipped = bytes.clone();
            flipped[at] ^= flip;
            // A flipped bit in a weight gives another valid weight; only a panic would be wrong.
            let _ = read_bytes(&flipped);
        }
    }
}

#[test]
fn foreign_files_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let (key, _) = ("other".to_string(), ());
    let bare = safetensors::serialize::<String, &tensors::Tensor, _>([], None).unwrap();
    let other = [(key, "1".to_string())].into();
    let other = safetensors::serialize::<String, &tensors::Tensor, _>([], Some(other)).unwrap();
    for foreign in [
        b"".as_slice(),
        b"PK\x03\x04 a zip of PyTorch",
        &bare,
        &other,
    ] {
        fs::write(&path, foreign).unwrap();
        assert!(!is_model_file(&path).unwrap());
        assert!(read(&path).is_err());
    }
    let bytes = write(&small()).unwrap();
    fs::write(&path, &bytes).unwrap();
    assert!(is_model_file(&path).unwrap());
    let expected =
        "pump.safetensors: expected a model file, found safetensors without the key nice_flow";
    assert_eq!(message(&bare), expected);
    let missing = is_model_file(&folder.path().join("none")).unwrap_err();
    assert!(missing.to_string().contains("none: cannot read: "));
}

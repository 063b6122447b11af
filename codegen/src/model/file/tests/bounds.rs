//! Small files that ask for much memory or work: each is refused before it takes any.

use super::*;

#[test]
fn a_tensor_is_named_once() {
    let error = replaced(
        r#""mean":"preprocessing.mean""#,
        r#""mean":"preprocessing.scale""#,
    );
    assert_eq!(
        error,
        "pump.safetensors: preprocessing.scale: expected each tensor to be named once, found it twice"
    );
}

#[test]
fn inputs_layers_units_and_rows_have_a_limit() {
    let error = replaced(r#""dim":3"#, r#""dim":5000"#);
    assert!(
        error.ends_with("dim: expected at most 4096 inputs, found 5000"),
        "{error}"
    );
    let mut model = small();
    let permute = model.members[0].flow.layers[1].clone();
    model.members[0].flow.layers.extend(vec![permute; 4095]);
    let error = write(&model).unwrap_err().to_string();
    assert_eq!(error, "layers: expected at most 4096 layers, found 4097");
    let error = message(&tampered(&model, |json| json, |_| {}));
    assert!(
        error.ends_with("layers: expected at most 4096 layers, found 4097"),
        "{error}"
    );
    let mut model = small();
    if let Layer::Coupling(coupling) = &mut model.members[0].flow.layers[0] {
        let wide = vec![linear(10_000, 1), linear(4, 10_000)];
        coupling.conditioner = Parameters::Joint(Network(wide));
    }
    let error = write(&model).unwrap_err().to_string();
    assert_eq!(error, "layers.0: expected at most 8192 units, found 10000");
    let mut model = small();
    let calibration = model.calibration.as_mut().unwrap();
    calibration.rows = vec![0.0; 3 * 2001];
    let error = write(&model).unwrap_err().to_string();
    assert_eq!(error, "calibration: expected at most 2000 rows, found 2001");
}

#[test]
fn linear_layers_that_networks_lack_have_a_limit() {
    let mut model = small();
    model.members[0].flow.dim = 4096;
    model.features = vec!["x".into(); 4096];
    let end = Stage::Activation(Activation::Tanh);
    let coupling = Coupling {
        kept: vec![0],
        changed: (1..4096).collect(),
        conditioner: Parameters::Joint(Network(vec![linear(4095, 1), end])),
        scale: None,
        backwards: false,
    };
    model.members[0].flow.layers = vec![Layer::Coupling(coupling)];
    model.calibration = None;
    let error = write(&model).unwrap_err().to_string();
    assert!(
        error.contains("weights of linear layers before and behind networks"),
        "{error}"
    );
}

#[test]
fn branches_within_branches_have_a_limit() {
    let inner = r#"{"kind":"normalise","eps":1.0}"#;
    let deep = r#"{"kind":"skip","stages":["#.repeat(9) + inner + &"]}".repeat(9) + ",";
    let error = replaced(r#"{"kind":"linear""#, &(deep + r#"{"kind":"linear""#));
    assert!(
        error.ends_with("expected at most 8 skips within skips, found more"),
        "{error}"
    );
}

#[test]
fn values_of_json_are_counted_before_they_are_read() {
    let many = format!(r#""order":[{}0]"#, "0,".repeat(200_000));
    assert!(replaced(r#""order":[2,0,1]"#, &many).contains("values of JSON in a file of"));
    let unknown = format!(r#""zzz":[{}0],"dim":3"#, r#"{"":0},"#.repeat(200_000));
    assert!(replaced(r#""dim":3"#, &unknown).contains("values of JSON in a file of"));
    let one = |n: usize| format!(r#""{n}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}},"#);
    let tensors: String = (0..25_000).map(one).collect();
    let header = format!(r#"{{{tensors}"__metadata__":{{"nice_flow":"{{}}"}}}}"#);
    let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    assert!(message(&bytes).contains("values of JSON in a file of"));
}

#[test]
fn numbers_beyond_single_precision_are_refused_on_both_ways() {
    let beyond = "element 1: expected a number within f32, at most 3.4e38, found 1e300";
    for name in ["preprocessing.mean", "layers.0.conditioner.0.bias"] {
        let change = |tensors: &mut Writer| {
            let length = if name.starts_with('p') { 3 } else { 4 };
            let mut values = vec![0.0; length];
            values[1] = 1e300;
            tensors.vector(name.into(), &values);
        };
        let error = message(&tampered(&small(), |json| json, change));
        assert_eq!(error, format!("pump.safetensors: {name}: {beyond}"));
    }
    let change = |tensors: &mut Writer| {
        tensors.vector("preprocessing.scale".into(), &[1.0, 1e-300, 1.0]);
    };
    let error = message(&tampered(&small(), |json| json, change));
    assert!(
        error.contains("1 / preprocessing.scale: element 1: expected a factor within f32"),
        "{error}"
    );
    let mut model = small();
    model.members[0].preprocessing.as_mut().unwrap().center[1] = 1e300;
    let error = write(&model).unwrap_err().to_string();
    assert_eq!(error, format!("preprocessing.mean: {beyond}"));
}

#[test]
fn a_factor_that_is_zero_in_single_precision_is_refused() {
    let mut model = small();
    model.members[0].flow.layers = vec![Layer::Diagonal(Diagonal {
        center: vec![0.0; 3],
        factor: vec![1.0, 1.0, 1e-320],
    })];
    let error = message(&tampered(&model, |json| json, |_| {}));
    let expected =
        "layers.0.factor: element 2: expected a factor within f32, at least 1.2e-38, found 1e-320";
    assert_eq!(error, format!("pump.safetensors: {expected}"));
}

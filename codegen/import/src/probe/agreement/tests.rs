use super::*;
use nice_flow_codegen::flow::ir::Prior;

fn model(preprocessing: Option<Diagonal>) -> Model {
    let flow = Flow {
        dim: 1,
        layers: vec![],
        prior: Prior::Logistic,
    };
    let mut model = Model::new("m", vec!["x0".into()], flow);
    model.members[0].preprocessing = preprocessing;
    model
}

fn probe(units: Units, rows: &[f64], log_density: Vec<f64>) -> Probe {
    Probe {
        path: "p.npz".into(),
        sets: vec![Samples {
            units,
            rows: rows.iter().map(|x| vec![*x]).collect(),
            rounding: vec![0.0; rows.len()],
            single: log_density.iter().all(|&p| crate::probe::is_single(p)),
            log_density,
        }],
    }
}

fn logistic(x: f64) -> f64 {
    Prior::Logistic.log_density(&[x])
}

#[test]
fn a_single_precision_reference_agrees() {
    let (rows, theirs) = ([0.5, -3.0], |x| f64::from(logistic(x) as f32));
    let agreement = check(
        &model(None),
        &probe(Units::Inputs, &rows, rows.map(theirs).into()),
    );
    let agreement = agreement.unwrap();
    assert_eq!((agreement.rows, agreement.tolerance), (2, SINGLE));
    assert!(agreement.largest < 1e-6 && agreement.space == "the model's units");
}

#[test]
fn a_log_determinant_left_out_is_named() {
    let rows = [0.5, -3.0, 2.0];
    let model = model(Some(Diagonal::standardise(vec![1.0], &[0.25])));
    let standard = |x: f64| (x - 1.0) / 0.25;
    let left_out = probe(
        Units::Raw,
        &rows,
        rows.map(|x| logistic(standard(x))).into(),
    );
    let error = check(&model, &left_out).unwrap_err();
    let Error::Probe(disagreement) = &error else {
        panic!("{error}");
    };
    assert_eq!((disagreement.rows, disagreement.wrong), (3, 3));
    let difference = disagreement.found - disagreement.expected;
    assert!((difference.abs() - 4_f64.ln()).abs() < 1e-9, "{difference}");
    let error = error.to_string();
    assert!(
        error.contains("1.386294 nats in every row: the log-det"),
        "{error}"
    );
    let whole = rows.map(|x| logistic(standard(x)) + 4_f64.ln());
    let agreement = check(&model, &probe(Units::Inputs, &rows, whole.into())).unwrap();
    assert_eq!(
        (agreement.space, agreement.tolerance),
        ("raw units", DOUBLE)
    );
}

/// Two of three rows agree, and the third is hardly farther off than a whole number is exact.
#[test]
fn what_differs_in_some_rows_is_no_constant() {
    let rows = [0.5, -3.0, 2.0];
    let mut coarse = probe(Units::Raw, &rows, rows.map(logistic).into());
    coarse.sets[0].rounding = vec![0.5; 3];
    coarse.sets[0].log_density[1] += 0.8;
    let error = check(&model(None), &coarse).unwrap_err().to_string();
    assert!(!error.contains("in every row"), "{error}");
}

#[test]
fn the_worst_row_is_shown() {
    let theirs = vec![logistic(0.0), logistic(1.0) + 0.1, logistic(2.0)];
    let error = check(&model(None), &probe(Units::Model, &[0.0, 1.0, 2.0], theirs));
    let error = error.unwrap_err().to_string();
    assert!(
        error.starts_with("p.npz: ln p differs in 1 of 3 rows"),
        "{error}"
    );
    assert!(
        error.contains("largest 1.000e-1 nats in row 2, expected -1.5265"),
        "{error}"
    );
}

#[test]
fn what_is_not_finite_must_be_so_on_both_sides() {
    let theirs = vec![logistic(0.0), f64::NEG_INFINITY];
    let extreme = probe(Units::Model, &[0.0, 1e39], theirs.clone());
    assert_eq!(check(&model(None), &extreme).unwrap().largest, 0.0);
    assert!(check(&model(None), &probe(Units::Model, &[0.0, 5.0], theirs)).is_err());
    let finite = vec![logistic(0.0), -5.0];
    assert!(check(&model(None), &probe(Units::Model, &[0.0, f64::NAN], finite)).is_err());
    let none = probe(Units::Model, &[0.0], vec![f64::NAN]);
    assert!(matches!(
        check(&model(None), &none),
        Err(Error::Input { .. })
    ));
}

/// A flow whose log-determinant depends on the row, behind a standardisation.
fn affine_model() -> Model {
    use nice_flow_codegen::flow::ir::{Coupling, Linear, Network, Parameters, ScaleMap, Stage};
    let linear = Linear {
        weight: nalgebra::DMatrix::from_column_slice(2, 1, &[0.3, -0.7]),
        bias: nalgebra::DVector::from_column_slice(&[0.1, 0.2]),
    };
    let coupling = Coupling {
        kept: vec![0],
        changed: vec![1],
        conditioner: Parameters::Joint(Network(vec![Stage::Linear(linear)])),
        scale: Some(ScaleMap::Exp),
        backwards: false,
    };
    let flow = Flow {
        dim: 2,
        layers: vec![Layer::Coupling(coupling)],
        prior: Prior::Normal,
    };
    let mut model = Model::new("m", vec!["x0".into(), "x1".into()], flow);
    let standard = Diagonal::standardise(vec![1.0, -2.0], &[0.5, 4.0]);
    model.members[0].preprocessing = Some(standard);
    model
}

#[test]
fn parts_left_out_and_rows_in_other_units_are_named() {
    let model = affine_model();
    let member = &model.members[0];
    let rows = [[0.5, 1.0], [-1.0, 3.0], [2.0, -4.0]];
    let of = |row: &[f64; 2]| {
        let mut z = row.to_vec();
        let before = Layer::Diagonal(member.preprocessing.clone().unwrap()).forward(&mut z);
        let log_det = before + member.flow.forward(&mut z);
        (member.flow.prior.log_density(&z), log_det)
    };
    let says = |theirs: &dyn Fn(&[f64; 2]) -> f64| {
        let probe = Probe {
            path: "p.npz".into(),
            sets: vec![Samples {
                units: Units::Raw,
                rows: rows.iter().map(|row| row.to_vec()).collect(),
                rounding: vec![0.0; 3],
                single: false,
                log_density: rows.iter().map(theirs).collect(),
            }],
        };
        check(&model, &probe).map_or_else(|error| error.to_string(), |_| "agrees".into())
    };
    assert_eq!(says(&|x| of(x).0 + of(x).1), "agrees");
    assert!(says(&|x| of(x).0).contains("of z alone: add the log-determinant"));
    assert!(says(&|x| of(x).0 - of(x).1).contains("change its sign"));
    let unscaled = says(&|x| member.flow.log_density(x));
    assert!(
        unscaled.contains("rows in the flow's own units"),
        "{unscaled}"
    );
    let missing = says(&|x| {
        if x[0] == 2.0 {
            f64::NAN
        } else {
            of(x).0 + of(x).1
        }
    });
    assert!(
        missing.contains("log-density of row 3 is not a number"),
        "{missing}"
    );
}

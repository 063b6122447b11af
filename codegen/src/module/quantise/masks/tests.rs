use super::*;
use crate::flow::ir::Activation;

/// A layer with ones where an input of this degree may reach an output of that one.
fn masked(inputs: &[usize], outputs: &[usize], strict: bool) -> Stage {
    let one = |o: usize, i: usize| {
        let reaches = inputs[i] < outputs[o] || !strict && inputs[i] == outputs[o];
        f64::from(u8::from(reaches)) * (1.0 + 0.1 * o as f64 + 0.01 * i as f64)
    };
    Stage::Linear(Linear {
        weight: DMatrix::from_fn(outputs.len(), inputs.len(), one),
        bias: DVector::from_fn(outputs.len(), |o, _| o as f64),
    })
}

fn tanh() -> Stage {
    Stage::Activation(Activation::Tanh)
}

/// Elements 1, 2, 0 in this order, hidden units of both degrees in turn; with a residual block if asked for.
fn made(residual: bool) -> Parameters {
    let (inputs, hidden) = ([3, 1, 2], [1, 2, 1, 2]);
    let outputs = [inputs, inputs].concat();
    let inner = masked(&hidden, &hidden, false);
    let mut stages = vec![masked(&inputs, &hidden, false)];
    match residual {
        true => stages.push(Stage::Skip(ir::Network(vec![
            tanh(),
            inner.clone(),
            tanh(),
            inner,
        ]))),
        false => stages.extend([tanh(), inner, tanh()]),
    }
    stages.push(masked(&hidden, &outputs, true));
    Parameters::Joint(ir::Network(stages))
}

/// Whether the zeros of each row come first.
fn zeros_first(weight: &DMatrix<f64>) -> bool {
    weight.row_iter().all(|row| {
        let zeros = row.iter().take_while(|weight| **weight == 0.0).count();
        row.iter().skip(zeros).all(|weight| *weight != 0.0)
    })
}

fn linears(network: &ir::Network) -> Vec<&Linear> {
    let layers = network.0.iter().flat_map(|stage| match stage {
        Stage::Linear(layer) => vec![layer],
        Stage::Skip(branch) => linears(branch),
        _ => vec![],
    });
    layers.collect()
}

#[test]
fn zeros_of_masks_come_first_in_every_row_and_the_network_gives_the_same() {
    for residual in [false, true] {
        let conditioner = made(residual);
        let Sorted { reads, networks } = sorted(&conditioner, 3);
        assert_eq!(reads, [0, 2, 1]);
        let layers = linears(&networks[0]);
        assert_eq!(layers.len(), if residual { 4 } else { 3 });
        assert!(layers.iter().all(|layer| zeros_first(&layer.weight)));
        for x in [[0.3, -1.0, 2.0], [-0.7, 0.4, 0.1]] {
            let expected = conditioner.eval(&DVector::from_column_slice(&x));
            let read = DVector::from_fn(3, |i, _| x[reads[i]]);
            assert!((networks[0].eval(&read) - DVector::from(expected)).amax() < 1e-12);
        }
    }
}

/// Elements 1, 2, 0 in this order given the context 3, which steers all units by added lanes or by gates.
fn steered(how: Steering) -> Parameters {
    let (inputs, hidden) = ([3, 1, 2], [1, 2, 1, 2]);
    let outputs = [inputs, inputs].concat();
    let layer = |stage| match stage {
        Stage::Linear(layer) => layer,
        _ => unreachable!("a linear stage"),
    };
    let beside = |weight: DMatrix<f64>, context: f64| {
        weight
            .insert_column(3, 0.0)
            .map_with_location(|_, j, w| if j == 3 { context } else { w })
    };
    let first = layer(masked(&inputs, &hidden, false));
    let lanes = [
        beside(first.weight.clone(), 0.0),
        beside(DMatrix::zeros(4, 3), 0.7),
        beside(DMatrix::zeros(4, 3), -0.4),
    ];
    let rows: Vec<_> = lanes.iter().flat_map(DMatrix::row_iter).collect();
    let last = layer(masked(&hidden, &outputs, true));
    let steer = Steer {
        width: 4,
        activation: Activation::Tanh,
        offset: true,
        how,
        branches: vec![[0, 1].map(|_| layer(masked(&hidden, &hidden, false)))],
    };
    // The context's own shift and raw scale are zero.
    let output = Linear {
        weight: last.weight.clone().insert_row(6, 0.0).insert_row(3, 0.0),
        bias: last.bias.clone().insert_row(6, 0.0).insert_row(3, 0.0),
    };
    let lanes = Linear {
        bias: DVector::from_fn(12, |row, _| 0.1 * row as f64),
        weight: DMatrix::from_rows(&rows),
    };
    Parameters::Joint(ir::Network(vec![
        Stage::Linear(lanes),
        Stage::Steer(steer),
        Stage::Linear(output),
    ]))
}

/// The context has no degree: it is read last, so that no error of rounding goes from it to an element.
#[test]
fn a_context_is_read_behind_every_element() {
    for how in [Steering::Add, Steering::Gate] {
        let conditioner = steered(how);
        assert!(conditioner.order(4).is_some());
        let Sorted { reads, networks } = sorted(&conditioner, 4);
        assert_eq!(reads, [0, 2, 1, 3]);
        let [
            Stage::Linear(lanes),
            Stage::Steer(steer),
            Stage::Linear(last),
        ] = networks[0].0.as_slice()
        else {
            panic!("lanes and what they steer: {networks:?}");
        };
        let elements = lanes.weight.rows(0, 4).columns(0, 3).into_owned();
        let context = lanes.weight.rows(4, 8).into_owned();
        let branches = steer.branches.as_flattened().iter();
        for weight in branches
            .chain([last])
            .map(|layer| &layer.weight)
            .chain([&elements, &context])
        {
            assert!(zeros_first(weight), "{weight}");
        }
        for x in [[0.3, -1.0, 2.0, 0.5], [-0.7, 0.4, 0.1, -2.0]] {
            let expected = conditioner.eval(&DVector::from_column_slice(&x));
            let read = DVector::from_fn(4, |i, _| x[reads[i]]);
            assert!((networks[0].eval(&read) - DVector::from(expected)).amax() < 1e-12);
        }
    }
}

/// Two elements of which each reads the other, by one weight of one unit.
#[test]
fn a_rounded_weight_in_a_zero_of_the_mask_is_an_error() {
    let dense = |weights: [i32; 4], outputs| QuantisedDense {
        inputs: 2,
        outputs,
        weights: weights.to_vec(),
        bias: vec![0; outputs],
        shifts: vec![1; outputs],
        constant: None,
    };
    let network = |leak| {
        // The networks read element 1 first: unit 1 reads element 0, and element 1 is shifted by it.
        let (hidden, output) = (dense([0, 0, 0, 9], 2), dense([0, leak, 0, 5], 2));
        let first = Part {
            shift: 1,
            input_limit: 7,
            entry: None,
            idle: 0,
            hidden_limit: 7,
            hidden: vec![hidden],
            curves: vec![],
            output,
        };
        Network {
            slope: 0,
            rectified: false,
            first,
            rest: vec![],
            offset: None,
            joins: vec![],
            gates: vec![],
            bent: false,
        }
    };
    let still = || Network {
        first: Part {
            output: dense([0; 4], 2),
            ..network(0).first
        },
        ..network(0)
    };
    assert_eq!(check(&[network(0), still()], &[1, 0]), Ok(()));
    let error = check(&[network(1), still()], &[1, 0]).unwrap_err();
    assert!(error.contains("a mask that rounding keeps"), "{error}");
}

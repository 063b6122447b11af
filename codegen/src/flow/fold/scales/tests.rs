use super::*;
use crate::flow::fold::tests::{linear, relu};
use crate::flow::ir::{DiagonalNormal, Prior};

fn coupling(kept: &[usize], changed: &[usize], stages: Vec<Stage>) -> Layer {
    Layer::Coupling(Coupling {
        kept: kept.to_vec(),
        changed: changed.to_vec(),
        conditioner: Parameters::Joint(Network(stages)),
        scale: None,
        backwards: kept.len() == 1,
    })
}

fn diagonal(seed: f64) -> Layer {
    let wave = |i: usize| (seed + 2.1 * i as f64).sin();
    Layer::Diagonal(Diagonal {
        center: (0..3).map(|i| 5.0 * wave(i)).collect(),
        factor: (0..3).map(|i| 0.2 + wave(i + 7).abs()).collect(),
    })
}

fn flow() -> Flow {
    let matrix = DMatrix::from_row_slice(3, 3, &[0.1, 2.0, -1.0, 3.0, 0.5, 0.2, -2.0, 1.0, 4.0]);
    let dense = Dense::new(matrix, DVector::from_vec(vec![1.0, -2.0, 0.5]));
    let lower = DMatrix::from_row_slice(3, 3, &[-0.5, 0.0, 0.0, 2.0, 1.5, 0.0, 1.0, 1.0, 3.0]);
    let lower = Triangular {
        side: Side::Lower,
        matrix: lower,
    };
    // A triangular layer with a negative diagonal, and a coupling with a ReLU on its output.
    let layers = vec![
        diagonal(0.3),
        coupling(
            &[0, 2],
            &[1],
            vec![linear(2, 4, 0.1), relu(), linear(4, 1, 0.2), relu()],
        ),
        Layer::Permute(vec![2, 0, 1]),
        Layer::Dense(dense),
        Layer::Triangular(lower),
        diagonal(0.9),
        coupling(
            &[1],
            &[0, 2],
            vec![linear(1, 4, 0.5), relu(), linear(4, 2, 0.6), relu()],
        ),
    ];
    let prior = DiagonalNormal {
        mean: vec![0.1, -0.3, 0.2],
        precision: vec![1.0, 2.0, 0.5],
    };
    Flow {
        dim: 3,
        layers,
        prior: Prior::DiagonalNormal(prior),
    }
}

#[test]
fn pushed_scales_leave_the_density() {
    let flow = flow();
    let Layer::Diagonal(entry) = diagonal(1.7) else {
        unreachable!()
    };
    let pushed = push(&flow, &entry, &[]).unwrap();
    for n in 0..50 {
        let x: Vec<f64> = (0..3)
            .map(|i| 4.0 * (1.3 * f64::from(n) + f64::from(i)).sin())
            .collect();
        let (a, b) = (flow.log_density(&x), pushed.log_density(&x));
        assert!((a - b).abs() <= 1e-11 * (1.0 + a.abs()), "{a} {b}");
    }
}

#[test]
fn only_the_ends_multiply() {
    let Layer::Diagonal(entry) = diagonal(1.7) else {
        unreachable!()
    };
    let layers = push(&flow(), &entry, &[]).unwrap().layers;
    let kinds: Vec<_> = layers.iter().map(Layer::kind).collect();
    assert_eq!(
        kinds[1..7],
        [
            "additive coupling",
            "permutation",
            "triangular",
            "triangular",
            "permutation",
            "additive coupling"
        ]
    );
    assert_eq!(
        (kinds.len(), kinds[0], kinds[7]),
        (8, "diagonal", "diagonal")
    );
    for layer in &layers {
        if let Layer::Triangular(triangular) = layer {
            assert!(triangular.matrix.diagonal().iter().all(|t| *t == 1.0));
        }
    }
}

/// `relu(y) / factor` is no `relu(y / factor)` where the factor is below zero, even of one element among others.
#[test]
fn a_negative_factor_does_not_move_through_a_relu() {
    let stages = vec![linear(1, 4, 0.5), relu(), linear(4, 2, 0.6), relu()];
    let flow = Flow {
        layers: vec![coupling(&[1], &[0, 2], stages)],
        ..flow()
    };
    for signs in [[1.0, 1.0, -1.0], [-1.0, 1.0, 1.0], [-1.0, 1.0, -1.0]] {
        let entry = Diagonal {
            center: vec![0.5, -1.0, 2.0],
            factor: signs.map(|sign| 0.7 * sign).to_vec(),
        };
        let pushed = push(&flow, &entry, &[]).unwrap();
        for n in 0..50 {
            let x = [0.3, 1.1, 2.7].map(|step| 4.0 * (step * f64::from(n)).sin());
            let (a, b) = (flow.log_density(&x), pushed.log_density(&x));
            assert!(
                (a - b).abs() <= 1e-11 * (1.0 + a.abs()),
                "{signs:?}: {a} {b}"
            );
        }
    }
}

/// A triangular layer of its own between others, its diagonal positive and negative.
#[test]
fn a_single_triangle_stays_one_of_its_side() {
    let lower = DMatrix::from_row_slice(3, 3, &[-0.5, 0.0, 0.0, 2.0, 1.5, 0.0, 1.0, -0.7, 3.0]);
    for (side, matrix) in [
        (Side::Lower, lower.clone()),
        (Side::Upper, lower.transpose()),
    ] {
        let mut flow = flow();
        let triangle = Layer::Triangular(Triangular { side, matrix });
        flow.layers.splice(3..5, [triangle]);
        let Layer::Diagonal(entry) = diagonal(1.7) else {
            unreachable!()
        };
        let pushed = push(&flow, &entry, &[]).unwrap();
        let triangles = pushed.layers.iter().filter_map(|layer| match layer {
            Layer::Triangular(triangular) => Some(triangular),
            _ => None,
        });
        let [triangle] = &triangles.collect::<Vec<_>>()[..] else {
            panic!("expected one triangle");
        };
        assert_eq!(triangle.side, side);
        assert_eq!(triangle.matrix.diagonal().as_slice(), [1.0; 3]);
        for n in 0..50 {
            let x: Vec<f64> = (0..3)
                .map(|i| 4.0 * (1.3 * f64::from(n) + f64::from(i)).sin())
                .collect();
            let (a, b) = (flow.log_density(&x), pushed.log_density(&x));
            assert!((a - b).abs() <= 1e-11 * (1.0 + a.abs()), "{a} {b}");
        }
    }
}

/// `2 (2 x + 1) + 5 = 4 x + 7`.
#[test]
fn two_dense_layers_become_one() {
    let dense = |shift, log_det| Dense {
        matrix: DMatrix::identity(2, 2) * 2.0,
        shift: DVector::from_element(2, shift),
        log_det,
    };
    let both = then(dense(1.0, 0.5), dense(5.0, 0.25));
    assert_eq!(both.matrix, DMatrix::identity(2, 2) * 4.0);
    assert_eq!(both.shift, DVector::from_element(2, 7.0));
    assert_eq!(both.log_det, 0.75);
}

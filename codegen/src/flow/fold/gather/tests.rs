use super::*;
use crate::flow::fold::tests::{linear, relu};
use crate::flow::ir::{FullNormal, StudentT};
use crate::flow::ir::{ScaleMap, Side, Triangular};
use nalgebra::DMatrix;

fn coupling(kept: &[usize], changed: &[usize], scale: Option<ScaleMap>, seed: f64) -> Layer {
    let outputs = changed.len() * if scale.is_some() { 2 } else { 1 };
    let stages = vec![
        linear(kept.len(), 6, seed),
        relu(),
        linear(6, outputs, -seed),
    ];
    Layer::Coupling(Coupling {
        kept: kept.to_vec(),
        changed: changed.to_vec(),
        conditioner: Parameters::Joint(Network(stages)),
        scale,
        backwards: seed > 1.0,
    })
}

fn diagonal(seed: f64) -> Layer {
    let wave = |i: usize| (seed + 1.7 * i as f64).sin();
    Layer::Diagonal(Diagonal {
        center: (0..5).map(wave).collect(),
        factor: (0..5).map(|i| 1.5 + wave(i + 2)).collect(),
    })
}

/// A flow with masks of every shape, permutations between them, a triangular layer, and a prior that depends on the
/// order of the elements.
fn scattered() -> Flow {
    let triangle = DMatrix::from_fn(5, 5, |r, c| match r.cmp(&c) {
        std::cmp::Ordering::Less => 0.0,
        std::cmp::Ordering::Equal => 1.0 + 0.1 * r as f64,
        std::cmp::Ordering::Greater => 0.3 * (r + 2 * c) as f64 - 0.5,
    });
    let wave = |i: usize| (0.4 + 1.1 * i as f64).sin();
    Flow {
        dim: 5,
        layers: vec![
            coupling(&[4, 1], &[0, 3, 2], None, 0.3),
            Layer::Permute(vec![2, 0, 4, 1, 3]),
            diagonal(0.5),
            coupling(&[0, 2, 3], &[4, 1], Some(ScaleMap::Exp), 0.7),
            coupling(&[1, 4], &[3, 0, 2], None, 1.3),
            Layer::Permute(vec![4, 3, 2, 1, 0]),
            Layer::Triangular(Triangular {
                side: Side::Lower,
                matrix: triangle,
            }),
            Layer::Permute(vec![1, 2, 3, 4, 0]),
            coupling(&[3, 0], &[1, 2, 4], Some(ScaleMap::Exp), 1.9),
            diagonal(1.1),
        ],
        prior: Prior::DiagonalNormal(DiagonalNormal {
            mean: (0..5).map(wave).collect(),
            precision: (0..5).map(|i| 1.5 + wave(i)).collect(),
        }),
    }
}

#[test]
fn gathered_couplings_have_the_same_density() {
    let flow = scattered();
    let gathered = gather(&flow).unwrap();
    for layer in &gathered.layers {
        let Layer::Coupling(coupling) = layer else {
            continue;
        };
        let (kept, changed) = (&coupling.kept, &coupling.changed);
        let ends = [
            [kept.as_slice(), changed].concat(),
            [changed.as_slice(), kept].concat(),
        ];
        assert!(ends.iter().any(|places| places.iter().copied().eq(0..5)));
    }
    for n in 0..100 {
        let wave = |i: usize| 2.0 * (f64::from(n) + 1.3 * i as f64).sin();
        let x: Vec<f64> = (0..5).map(wave).collect();
        let (a, b) = (flow.log_density(&x), gathered.log_density(&x));
        assert!((a - b).abs() <= 1e-12 * (1.0 + a.abs()), "{a} {b}");
    }
}

#[test]
fn permutations_before_the_prior_alone_vanish() {
    let mut flow = scattered();
    flow.layers = vec![Layer::Permute(vec![2, 0, 4, 1, 3]), diagonal(0.5)];
    let gathered = gather(&flow).unwrap();
    assert_eq!(gathered.layers.len(), 1);
    let x = [0.3, -1.0, 2.0, 0.1, -0.7];
    let (a, b) = (flow.log_density(&x), gathered.log_density(&x));
    assert!((a - b).abs() <= 1e-12 * (1.0 + a.abs()), "{a} {b}");
}

/// Two couplings with random halves, then two with others; the context 1 and 4 is read by all.
fn conditional() -> Flow {
    let wave = |i: usize| (0.4 + 1.1 * i as f64).sin();
    Flow {
        dim: 6,
        layers: vec![
            coupling(&[5, 4, 2, 1], &[0, 3], None, 0.3),
            coupling(&[0, 3, 1, 4], &[5, 2], Some(ScaleMap::Exp), 0.7),
            Layer::Permute(vec![5, 4, 3, 2, 1, 0]),
            coupling(&[1, 3, 4, 5], &[0, 2], None, 1.3),
            coupling(&[0, 1, 2, 4], &[3, 5], None, 1.9),
        ],
        prior: Prior::DiagonalNormal(DiagonalNormal {
            mean: (0..4).map(wave).collect(),
            precision: (0..4).map(|i| 1.5 + wave(i)).collect(),
        })
        .given(vec![1, 4]),
    }
}

#[test]
fn a_context_lies_between_the_halves_and_is_read_by_both() {
    let flow = conditional();
    flow.check_context().unwrap();
    let gathered = gather(&flow).unwrap();
    gathered.check_context().unwrap();
    let mut context = gathered.context();
    context.sort_unstable();
    assert_eq!(context, [1, 4]);
    let permutations = |layer: &&Layer| matches!(layer, Layer::Permute(_));
    // One for each pair of couplings.
    assert_eq!(gathered.layers.iter().filter(permutations).count(), 2);
    for n in 0..50 {
        let x: Vec<f64> = (0..6)
            .map(|i| 2.0 * (f64::from(n) + 1.7 * f64::from(i)).sin())
            .collect();
        let expected = flow.log_density(&x);
        let apart = (gathered.log_density(&x) - expected).abs();
        assert!(
            apart <= 1e-12 * (1.0 + expected.abs()),
            "{apart} of {expected}"
        );
    }
}

#[test]
fn priors_of_every_kind_follow_the_elements() {
    let wave = |i: usize| (0.4 + 1.1 * i as f64).sin();
    let student_t = |dim: usize| {
        Prior::StudentT(StudentT {
            location: (0..dim).map(wave).collect(),
            precision: (0..dim).map(|i| 1.5 + wave(i)).collect(),
            degrees: (0..dim).map(|i| 0.5 + 3.0 * i as f64).collect(),
        })
    };
    let full = |dim: usize| {
        let component = |seed: usize| FullNormal {
            mean: (0..dim).map(|i| wave(i + seed)).collect(),
            factor: nalgebra::DMatrix::from_fn(dim, dim, |i, j| match i.cmp(&j) {
                std::cmp::Ordering::Less => 0.0,
                std::cmp::Ordering::Equal => 1.5 + wave(seed * i),
                std::cmp::Ordering::Greater => wave(seed + 3 * i + j),
            }),
        };
        Prior::FullMixture {
            log_weights: [0.25f64, 0.75].map(f64::ln).to_vec(),
            components: vec![component(1), component(5)],
        }
    };
    let flows = [
        Flow {
            prior: student_t(5),
            ..scattered()
        },
        Flow {
            prior: full(5),
            ..scattered()
        },
        Flow {
            prior: student_t(4).given(vec![1, 4]),
            ..conditional()
        },
        Flow {
            prior: full(4).given(vec![1, 4]),
            ..conditional()
        },
    ];
    for flow in flows {
        flow.check().unwrap();
        let gathered = gather(&flow).unwrap();
        gathered.check().unwrap();
        assert_ne!(gathered.prior, flow.prior);
        for n in 0..50 {
            let x: Vec<f64> = (0..flow.dim)
                .map(|i| 2.0 * (f64::from(n) + 1.7 * i as f64).sin())
                .collect();
            let (a, b) = (flow.log_density(&x), gathered.log_density(&x));
            assert!((a - b).abs() <= 1e-12 * (1.0 + a.abs()), "{a} {b}");
        }
    }
}

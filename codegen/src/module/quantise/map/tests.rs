use super::*;
use nice_flow::fixed::{Fixed, Scale, Table};

fn rho(map: ScaleMap) -> Rho {
    Rho {
        map,
        last: None,
        backwards: false,
    }
}

fn maps() -> Vec<ScaleMap> {
    let sigmoid = ScaleMap::Sigmoid {
        bias: 2.0,
        eps: 1e-3,
    };
    vec![
        sigmoid.clone(),
        ScaleMap::Softplus {
            bias: 0.5,
            eps: 0.01,
            max: f64::INFINITY,
        },
        ScaleMap::Softplus {
            bias: 0.5,
            eps: 0.01,
            max: 3.0,
        },
        ScaleMap::SoftplusBeta {
            beta: 0.5,
            gain: 0.1,
        },
        ScaleMap::ExpSoftclip { bound: 6.9 },
        ScaleMap::ExpAtan {
            clamp: 2.0,
            gain: 0.636,
        },
        ScaleMap::ExpTanh {
            clamp: 2.0,
            inner: 0.5,
        },
        ScaleMap::ExpClip {
            min: -5.0,
            max: 3.0,
        },
        ScaleMap::ExpClip {
            min: -2.3,
            max: 1.7,
        },
        ScaleMap::Reciprocal {
            of: Box::new(sigmoid),
        },
    ]
}

/// What a board reads, in nats.
fn read(map: &Map, r: f64) -> f64 {
    let table = Table::new(0, map.range, map.density, map.fraction);
    assert_eq!(table.knots(), map.knots.len());
    let bits = Fixed::<16>::from_nats(r as f32).to_bits();
    f64::from(table.log2(bits, &map.knots)) / 65536.0 * LN_2
}

/// Within the tolerance, the rounding of knots and of the argument; where a corner is, within what is allowed there.
#[test]
fn tables_follow_their_maps() {
    for map in maps() {
        let table = rho(map.clone()).table([-3.0, 3.0]).unwrap();
        let limit = match map {
            ScaleMap::ExpClip { min: -2.3, .. } | ScaleMap::Softplus { max: 3.0, .. } => {
                LARGEST_ERROR
            }
            _ => 3e-4,
        };
        let rounding = exp2(-i32::from(table.fraction)) + 1e-4;
        for n in -600..=600 {
            let r = f64::from(n) / 100.0 + 0.003;
            let [low, high] = table.range.map(f64::from);
            let exact = map.eval(r.clamp(low, high)).1;
            let found = read(&table, r);
            assert!(
                (found - exact).abs() < limit + rounding,
                "{map:?} at {r}: {found} {exact}"
            );
        }
    }
}

#[test]
fn an_exponential_needs_no_table() {
    assert_eq!(rho(ScaleMap::Exp).slope(), Some(1.0 / LN_2));
    let backwards = Rho {
        backwards: true,
        ..rho(ScaleMap::Exp)
    };
    assert_eq!(backwards.slope(), Some(-1.0 / LN_2));
    assert_eq!(
        rho(ScaleMap::ExpTanh {
            clamp: 1.0,
            inner: 1.0
        })
        .slope(),
        None
    );
}

#[test]
fn a_map_that_vanishes_is_refused() {
    // The sigmoid underflows to nothing at no number in range, so one is made that does.
    let never = ScaleMap::SoftplusBeta {
        beta: 1.0,
        gain: 0.0,
    };
    let error = rho(never).table([-1.0, 1.0]).unwrap_err();
    assert!(error.contains("finite logarithms"), "{error}");
    let steep = ScaleMap::ExpTanh {
        clamp: 9.0,
        inner: 1e4,
    };
    let error = rho(steep).table([-1.0, 1.0]).unwrap_err();
    assert!(error.contains("straight lines"), "{error}");
}

fn tanh(clamp: f64, inner: f64) -> ScaleMap {
    ScaleMap::ExpTanh { clamp, inner }
}

fn reciprocal(of: ScaleMap) -> ScaleMap {
    ScaleMap::Reciprocal { of: Box::new(of) }
}

#[test]
fn one_over_an_exponential_needs_no_table_either_unless_an_activation_stands_before() {
    let slope = |map, last| Rho { last, ..rho(map) }.slope();
    let negative = Some(-1.0 / LN_2);
    assert_eq!(slope(reciprocal(ScaleMap::Exp), None), negative);
    assert_eq!(slope(reciprocal(tanh(1.0, 1.0)), None), None);
    let last = Some(Activation::Tanh);
    assert_eq!(slope(ScaleMap::Exp, last), None);
    assert_eq!(slope(reciprocal(ScaleMap::Exp), last), None);
}

/// As much again on either side, half a unit at least, up to whole numbers and to where the map is flat.
#[test]
fn a_table_spans_more_than_was_seen() {
    let range = |map, last, seen| Rho { last, ..rho(map) }.range(seen);
    let sigmoid = || ScaleMap::Sigmoid {
        bias: 2.0,
        eps: 1e-3,
    };
    let clip = || ScaleMap::ExpClip {
        min: -5.5,
        max: 3.5,
    };
    for (map, last, seen, expected) in [
        (sigmoid(), None, [-1.0, 2.0], [-4.0, 5.0]),
        (sigmoid(), None, [0.0, 0.1], [-1.0, 1.0]),
        (sigmoid(), None, [-40.0, 40.0], [-48.0, 48.0]),
        (
            sigmoid(),
            Some(Activation::Tanh),
            [-40.0, 40.0],
            [-16.0, 16.0],
        ),
        (tanh(1.0, 1.0), None, [-40.0, 40.0], [-16.0, 16.0]),
        (
            reciprocal(tanh(1.0, 1.0)),
            None,
            [-40.0, 40.0],
            [-16.0, 16.0],
        ),
        (reciprocal(sigmoid()), None, [-40.0, 40.0], [-48.0, 48.0]),
        (clip(), None, [-4.0, 2.0], [-6.0, 4.0]),
        (clip(), None, [0.0, 1.0], [-1.0, 2.0]),
    ] {
        assert_eq!(range(map.clone(), last, seen), Ok(expected), "{map:?}");
    }
    for seen in [[20.0, 21.0], [16.5, 17.0], [-21.0, -20.0]] {
        assert!(range(tanh(1.0, 1.0), None, seen).is_err(), "{seen:?}");
    }
}

/// `(c tanh i r)″ = −2 c i² tanh i r / cosh² i r`, of the logarithm to base 2.
#[test]
fn a_map_bends_by_its_second_derivative_and_not_at_a_corner() {
    for r in [-1.5, -0.25, 0.7, 2.0f64] {
        let (clamp, inner) = (2.0, 0.5);
        let (t, c) = ((inner * r).tanh(), (inner * r).cosh());
        let exact = -2.0 * clamp * inner * inner * t / (c * c) / LN_2;
        let found = rho(tanh(clamp, inner)).bend(r);
        assert!((found - exact).abs() < 1e-6, "{r}: {found} {exact}");
    }
    let clip = rho(ScaleMap::ExpClip {
        min: -1.0,
        max: 1.0,
    });
    assert_eq!(clip.bend(1.0), 0.0);
}

#[test]
fn a_table_is_no_denser_than_its_tolerance_takes() {
    for map in maps() {
        let rho = rho(map.clone());
        let table = rho.table([-3.0, 3.0]).unwrap();
        let follows = |density: u8| {
            let drawn = Drawn::new(&rho, table.range.map(f64::from), density.into());
            drawn.lowered < TOLERANCE && drawn.off(&rho) < 2.0 * TOLERANCE
        };
        assert!(table.density == 8 || follows(table.density), "{map:?}");
        assert!(table.density == 2 || !follows(table.density - 1), "{map:?}");
    }
    let straight = rho(ScaleMap::ExpClip {
        min: -5.0,
        max: 3.0,
    });
    assert_eq!(straight.table([-1.0, 1.0]).unwrap().density, 2);
}

#[test]
fn a_product_of_a_step_must_fit_32_bits() {
    // 28 bits of the place in a step.
    assert_eq!(fits(&[0, 7, 0], 2, 2), Ok(()));
    assert_eq!(fits(&[0, -7], 2, 2), Ok(()));
    for knots in [[0, 8], [8, 0], [-4, 4]] {
        let error = fits(&knots, 2, 2).unwrap_err();
        assert!(error.contains("rises by 8 of 2^-2"), "{error}");
    }
    assert_eq!(fits(&[i16::MIN, i16::MAX], 14, 8), Ok(()));
}

#[test]
fn a_table_reaches_its_largest_knot() {
    let map = Map {
        range: [0, 1],
        density: 1,
        fraction: 14,
        knots: vec![3, -5, 4],
    };
    assert_eq!(map.reach(), 5 << 2);
}

#[test]
fn most_of_the_numbers_are_all_but_the_farthest() {
    let values: Vec<f64> = (0..=10_000).rev().map(f64::from).collect();
    let [low, high] = most_of(&values);
    assert!((low - 1.0).abs() < 1e-6 && (high - 9_999.0).abs() < 1e-6);
}

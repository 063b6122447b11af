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

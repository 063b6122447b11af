use super::*;

/// Numbers of a state and exponents at the ends of every range, and a repeatable sequence of others.
fn pairs() -> impl Iterator<Item = (i32, i32)> {
    let ends = [
        0,
        1,
        2,
        0x7fff,
        0xffff,
        0x1_0000,
        LIMIT,
        LIMIT + 1,
        (1 << 30) - 1,
    ];
    let rhos = [
        LEAST,
        LEAST + 1,
        -0x1_0000,
        -0xffff,
        -1,
        0,
        1,
        0x3ff,
        0x400,
        0xffff,
        0x1_0000,
        LARGEST,
    ];
    let corners = ends
        .into_iter()
        .flat_map(|x| [x, -x])
        .flat_map(move |x| rhos.map(|rho| (x, rho)));
    let mut state = 1u64;
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as i32
    };
    let others = (0..200_000).map(move |n| {
        let x = (next() >> 2) >> (n % 29);
        (x, LEAST + next().rem_euclid(LARGEST + 1 - LEAST))
    });
    corners.chain(others)
}

#[test]
fn both_products_give_the_same_bits() {
    for (x, rho) in pairs() {
        let m = mantissa(rho);
        assert_eq!(scaled(x, m), scaled_by_halves(x, m), "{x} {m}");
    }
}

/// Against the definition in 64 bits.
#[test]
fn a_product_is_rounded_clamped_and_noted() {
    for (x, rho) in pairs() {
        let mut tally = Tally::new(&[]);
        let found = times_exp2(x, rho, &mut tally);
        let n = rho >> 16;
        let w = (i64::from(x) * i64::from(mantissa(rho)) + (1 << 14)) >> 15;
        let limit = i64::from(LIMIT) >> n.max(0);
        let clamped = w.clamp(-limit, limit);
        let expected = match n {
            0.. => clamped << n,
            _ => (clamped + (1 << (-n - 1))) >> -n,
        };
        assert_eq!(i64::from(found), expected, "{x} {rho}");
        assert_eq!(tally.is_far(), w.abs() > limit, "{x} {rho}");
    }
}

/// As log-determinants are exact in `ρ`, this error is all by which scale and log-determinant differ.
#[test]
fn mantissas_are_within_34_millionths_and_never_fall() {
    let mut last = 0;
    for rho in 0..0x1_0000 {
        let m = mantissa(rho);
        let exact = 32_768.0 * (f64::from(rho) / 65_536.0).exp2();
        // Half a unit of the last bit is 1.5e-5 of the smallest mantissa.
        assert!((f64::from(m) / exact - 1.0).abs() < 3.4e-5, "{rho}");
        assert!(m >= last, "{rho}");
        last = m;
    }
}

#[test]
fn a_vanishing_scale_keeps_its_whole_penalty() {
    let (t, r) = (Fixed::from_bits(7), Fixed::from_bits(-100 << 16));
    let mut u = [Fixed::from_nats(2.0)];
    let mut tally = Tally::new(&[]);
    stretch(
        Form::MulAdd,
        &crate::fixed::Exp,
        &[[0, 0]],
        core::iter::once((&t, &r)),
        &mut u,
        &mut tally,
    );
    assert_eq!(u[0].to_bits(), 7 + 4); // 2 · 2⁻¹⁵ is 4 of 2⁻¹⁶
    assert!((tally.log_det().to_f32() + 69.3147).abs() < 1e-3);
    assert!(!tally.is_far());
}

/// `x` and the log-determinant, once it is multiplied by two to the power of `rho`.
fn stretched(x: i32, rho: i32) -> (i32, i64) {
    let zero = Fixed::from_bits(0);
    let mut u = [Fixed::from_bits(x)];
    let mut tally = Tally::new(&[]);
    stretch(
        Form::MulAdd,
        &crate::fixed::Exp,
        &[[0, rho]],
        core::iter::once((&zero, &zero)),
        &mut u,
        &mut tally,
    );
    (u[0].to_bits(), tally.log2())
}

/// An exponent of 15 or more counts as the last one below: of factor and log-determinant alike.
#[test]
fn a_factor_is_at_most_the_last_one_below_two_to_the_fifteen() {
    let largest = 15 * 65_536 - 1;
    let most = (((1 << 8) * mantissa(0xffff) + (1 << 14)) >> 15) << 14;
    for rho in [largest, largest + 1, largest + 2, 16 << 16, RAW] {
        assert_eq!(stretched(1 << 8, rho), (most, i64::from(largest)), "{rho}");
        let (image, log2) = stretched(-(1 << 8), rho);
        assert_eq!((-image, log2), (most, i64::from(largest)), "{rho}");
    }
    // Below, every exponent counts as it is.
    assert_eq!(stretched(1, largest - 1).1, i64::from(largest) - 1);
    assert_eq!(stretched(1 << 8, 14 << 16), (1 << 22, 14 << 16));
}

/// What the generator proves numbers to be within.
const RAW: i32 = i32::MAX - (1 << 22);

/// A number and an exponent at the ends of what is proven: the definition in 64 bits, with nothing wrapped.
#[test]
fn the_farthest_numbers_do_not_wrap() {
    use crate::fixed::{Exp, Table};
    let knots: [i16; 5] = [i16::MIN, 5, i16::MAX, -7, i16::MIN];
    let table = Table::new(0, [-2, 2], 0, 14);
    let reads = |r: i32, scale: &dyn Fn(i32) -> i32| i64::from(scale(r));
    for (r, lambda) in [
        (RAW, 0),
        (-RAW, 0),
        (RAW - 9, 9),
        (9 - RAW, -9),
        (0, RAW),
        (1, -RAW),
    ] {
        for (x, t) in [((1 << 30) - 1, 0), (1 - (1 << 30), 3), (0, -(1 << 30) + 1)] {
            let scales: [&dyn Fn(i32) -> i32; 2] =
                [&|r| Exp.log2(r, &knots), &|r| table.log2(r, &knots)];
            for (n, scale) in scales.into_iter().enumerate() {
                // A table gives little, to which no such λ belongs.
                if n == 1 && lambda.abs() > 9 {
                    continue;
                }
                let mut u = [Fixed::from_bits(x)];
                let mut tally = Tally::new(&knots);
                let (shift, raw) = (Fixed::from_bits(t), Fixed::from_bits(r));
                let parameters = core::iter::once((&shift, &raw));
                let constants = &[[0, lambda]];
                match n {
                    0 => stretch(
                        Form::MulAdd,
                        &Exp,
                        constants,
                        parameters,
                        &mut u,
                        &mut tally,
                    ),
                    _ => stretch(
                        Form::MulAdd,
                        &table,
                        constants,
                        parameters,
                        &mut u,
                        &mut tally,
                    ),
                }
                let rho = (reads(r, scale) + i64::from(lambda)).min(LARGEST.into());
                assert_eq!(tally.log2(), rho, "{r} {lambda}");
                let rho = rho.max(LEAST.into()) as i32;
                let mut other = Tally::new(&knots);
                let expected = i64::from(times_exp2(x, rho, &mut other)) + i64::from(t);
                assert_eq!(i64::from(u[0].to_bits()), expected, "{r} {lambda} {x}");
            }
        }
    }
    // Beyond either end a table is flat.
    for r in [RAW, 2 << 16, 3 << 16] {
        assert_eq!(table.log2(r, &knots), table.log2((2 << 16) - 1, &knots));
        assert_eq!(table.log2(-r, &knots), table.log2(-2 << 16, &knots));
    }
}

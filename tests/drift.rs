//! Drift: how seldom it rings for nothing, how soon for something, and what it takes.

use nice_flow::fixed::Fixed;
use nice_flow::host::{self, bet, limit};
use nice_flow::{Drift, PValues};

/// Numbers in (0, 1), by a linear congruential generator (Knuth's MMIX).
fn uniform() -> impl FnMut() -> f64 {
    let mut state = 1u64;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as f64 + 0.5) / 2f64.powi(31)
    }
}

fn surprise(p: f64) -> Fixed {
    Fixed::from_nats(-p.ln() as f32)
}

/// The number of verdicts until an alarm, at most 10 million.
fn until_alarm<const ROWS: u32>(mut surprise: impl FnMut() -> Fixed) -> u32 {
    let mut drift = Drift::<ROWS>::new();
    (1..10_000_000)
        .find(|_| drift.push(surprise()))
        .unwrap_or(10_000_000)
}

#[test]
fn uniform_p_values_ring_no_more_often_than_promised() {
    // Logarithms take time: those of 65536 p-values are enough.
    let surprises: Vec<Fixed> = (0..1 << 16)
        .map(|i| surprise((f64::from(i) + 0.5) / f64::from(1 << 16)))
        .collect();
    let mut p = uniform();
    let mut next = || surprises[(p() * f64::from(1 << 16)) as usize];
    let few: u32 = (0..200).map(|_| until_alarm::<100>(&mut next)).sum();
    let many: u32 = (0..200).map(|_| until_alarm::<10_000>(&mut next)).sum();
    let (few, many) = (few / 200, many / 200);
    println!("verdicts between false alarms: {few} of 100, {many} of 10000");
    // A bound, not an estimate: the bet that raises the alarm wins more than was missing.
    assert!(few > 100 && many > 10_000 && few < 300 && many < 30_000);
}

#[test]
fn p_values_that_are_a_little_low_are_noticed() {
    let mut p = uniform();
    // Scores of a normal prior whose latent vector is off by one deviation have u around 3.
    let delays: Vec<u32> = (0..100)
        .map(|_| until_alarm::<10_000>(|| surprise(p().powi(3))))
        .collect();
    let mean = f64::from(delays.iter().sum::<u32>()) / 100.0;
    assert!((5.0..20.0).contains(&mean), "{mean}");
}

/// `R` as the formula has it, in `f64`.
#[test]
fn what_was_won_is_the_formulas_rounded_down() {
    let mut p = uniform();
    let (mut drift, mut won) = (Drift::<10_000>::new(), 0.0f64);
    let mut alarms = 0;
    for row in 0..100_000 {
        let u = -(p() * p().sqrt()).ln();
        let rang = drift.push(Fixed::from_nats(u as f32));
        won = (1.0 + won) * 0.5 * (0.5 * u).exp();
        alarms += u32::from(rang);
        if rang {
            assert!(won > 10_000.0, "{row}");
            won = 0.0;
        }
        // Each verdict is rounded down by 3/1024 nat at most, and what was won long ago is worth little.
        let apart = won.ln_1p() - f64::from(drift.sum().to_f32());
        assert!((-1e-4..0.5).contains(&apart), "{row}: {apart}");
    }
    assert!(alarms > 100);
}

/// Each step wins in the mean what p-values that are spread evenly over it win, and no more.
#[test]
fn a_step_is_worth_what_is_won_in_it() {
    for step in [0.0, 0.01, 0.1, 0.3, 1.0, 4.0, 7.0f64] {
        let bits = (step * 65_536.0) as i32;
        let knots = PValues::<f32, 2>::new([0.0, 1.0], bits);
        let ends = [1.0, (-step).exp(), (-2.0 * step).exp(), 0.0f64];
        for (ends, score) in ends.windows(2).zip([-1.0, 0.5, 2.0]) {
            let exact = -2.0 * (0.5 * (ends[0].sqrt() + ends[1].sqrt())).ln();
            let found = f64::from(knots.surprise(score).to_f32());
            let less = if step < 0.4 { 1e-4 } else { 0.4 };
            assert!(
                found <= exact + 1e-6 && found > exact - less,
                "{step} {score}: {found} {exact}"
            );
        }
    }
}

#[test]
fn one_window_in_many_counts_where_they_overlap() {
    let high = Fixed::from_nats(8.0);
    let mut each = Drift::<10_000>::new();
    let mut third = Drift::<10_000, 3>::new();
    let count = |alarms: &mut dyn FnMut() -> bool| (0..63).filter(|_| alarms()).count();
    assert_eq!(
        count(&mut || each.push(high)),
        3 * count(&mut || third.push(high))
    );
}

#[test]
fn nothing_overflows() {
    let mut drift = Drift::<{ u32::MAX }, { u16::MAX }>::new();
    assert!(drift.push(Fixed::from_bits(i32::MAX)));
    let mut drift = Drift::<{ u32::MAX }>::new();
    assert!(!drift.push(Fixed::from_bits(i32::MIN)));
    assert_eq!(drift, Drift::new());
    let mut rows = (0..).map(|_| drift.push(Fixed::from_nats(4.0)));
    assert_eq!(rows.position(|alarm| alarm), Some(16));
}

#[test]
fn four_bytes_are_kept() {
    assert_eq!(size_of::<Drift<10_000>>(), 4);
    assert_eq!(size_of::<Drift<10_000, 30>>(), 4);
}

#[test]
fn surprises_are_ranks() {
    static OF_FLOATS: PValues<f32, 2> = PValues::new([1.0, 1.0], 100);
    static OF_INTEGERS: PValues<Fixed, 2> =
        PValues::new([Fixed::from_bits(1 << 16), Fixed::from_bits(1 << 16)], 100);
    for (score, bits) in [(0.5f32, 47), (1.0, 47), (1.5, 91_052)] {
        let surprises = [
            OF_FLOATS.surprise(score),
            OF_INTEGERS.surprise(Fixed::from_nats(score)),
        ];
        assert_eq!(surprises, [Fixed::from_bits(bits); 2]);
    }
    assert_eq!(
        OF_INTEGERS.surprise(Fixed::from_bits(i32::MAX)),
        Fixed::from_bits(91_052)
    );
    assert_eq!(OF_FLOATS.surprise(f32::INFINITY), Fixed::from_bits(91_052));
    assert_eq!(OF_FLOATS.surprise(f32::NEG_INFINITY), Fixed::from_bits(47));
}

/// The alarm is raised above `ln ROWS`, which is rounded up, not at it.
#[test]
fn the_limit_itself_raises_no_alarm() {
    for rows in [2, 3, 100, 10_000, u32::MAX] {
        let (limit, exact) = (limit(rows), f64::from(rows).ln() * 1_024.0);
        assert!(
            f64::from(limit - 1) <= exact && exact < f64::from(limit),
            "{rows}"
        );
        // A bet costs `ln 2`, 710 units.
        let won = |units: i32| bet(limit as u16, Fixed::from_bits((710 + units) << 7), limit);
        assert!(!won(0).1 && won(0).0 > 0);
        assert_eq!(won(1), (0, true));
    }
}

/// `R` becomes `½ (1 + R)` where nothing is won.
#[test]
fn a_sum_is_never_above_what_was_won() {
    for sum in 0..10_000 {
        let (next, _) = bet(sum, Fixed::from_bits(0), i32::MAX);
        let exact = (0.5 * (f64::from(sum) / 1_024.0).exp()).ln_1p() * 1_024.0;
        let apart = exact - f64::from(next);
        assert!((0.0..2.0).contains(&apart), "{sum}: {apart}");
    }
}

/// `1 − (1 − ¼ step)²` rounded down, up to 4 nats; from there on one.
#[test]
fn what_a_step_is_worth_is_rounded_down() {
    let beyond = |step| host::surprise(1, 1, step);
    for eighths in 0..1 << 15 {
        let rest = 1.0 - f64::from(eighths) / 32_768.0;
        let exact = 65_536.0 * (1.0 - rest * rest);
        assert_eq!(beyond(8 * eighths), exact.floor() as i32, "{eighths}");
    }
    assert_eq!([4 << 16, 5 << 16, i32::MAX].map(beyond), [1 << 16; 3]);
    // Of a blob that nobody checked.
    assert_eq!([-1, -8, i32::MIN].map(beyond), [0; 3]);
}

#[test]
fn a_reset_forgets_what_was_won_and_what_is_skipped() {
    let mut drift = Drift::<10_000, 3>::new();
    assert!(!drift.push(Fixed::from_nats(8.0)));
    assert_ne!(drift, Drift::new());
    drift.reset();
    assert_eq!(drift, Drift::new());
}

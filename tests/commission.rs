//! Commissioning: what is found, what is promised, what is refused.

use nice_flow::fixed::{Counts, DiagonalNormal, Encoded, Fixed};
use nice_flow::float::{Diagonal, Normal};
use nice_flow::host::factor;
use nice_flow::nalgebra::SVector;
use nice_flow::{
    Baseline, Collect, Commission, Density, Detector, Flow, Move, Permute, Site, Spread, Unfit,
    Window,
};

/// Two sensors of 20 ± 0.5 and 1000 ± 8.
static MODEL: Flow<Diagonal<2>, Normal> =
    Flow::new(Diagonal::new([20.0, 1000.0], [2.0, 0.125]), Normal);
static SPREAD: Spread<2> = Spread::new([20.0, 1000.0], [0.5, 8.0]);

/// Normal numbers, roughly: sums of twelve of a linear congruential generator (Knuth's MMIX).
fn normal(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed;
    let mut uniform = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32
    };
    move || (0..12).map(|_| uniform()).sum::<f32>() - 6.0
}

/// Rows of sensors that lie elsewhere: 23 ± 0.4 and 900 ± 16.
fn rows(seed: u64, count: usize) -> Vec<[f32; 2]> {
    let mut z = normal(seed);
    (0..count)
        .map(|_| [23.0 + 0.4 * z(), 900.0 + 16.0 * z()])
        .collect()
}

type Of<'a, const K: usize> = Commission<'a, Flow<Diagonal<2>, Normal>, f32, f32, 2, K>;

fn commissioned<const K: usize>(
    rows: &[[f32; 2]],
    rate: f32,
    dirty: u16,
) -> Result<Site<f32, f32, 2>, Unfit> {
    let mut commission: Of<K> = Commission::new(&MODEL, &SPREAD, rows.len() as u16, rate, dirty)?;
    for (i, row) in rows.iter().enumerate() {
        assert_eq!(commission.left() as usize, rows.len() - i);
        assert_eq!(commission.push(row), i + 1 == rows.len());
    }
    commission.finish()
}

fn score(site: &Site<f32, f32, 2>, row: [f32; 2]) -> f32 {
    let mut collector = site.adapted(Window::<f32, 2, 2>::new());
    MODEL.score(&collector.push(row).unwrap())
}

#[test]
fn means_move_and_scales_only_widen() {
    let rows = rows(1, 400);
    let site = commissioned::<8>(&rows, 0.02, 0).unwrap();
    let first = &rows[..200];
    for (input, by) in site.moves().iter().enumerate() {
        let values = || first.iter().map(|row| f64::from(row[input]));
        let mean = values().sum::<f64>() / 200.0;
        let variance = values().map(|x| (x - mean).powi(2)).sum::<f64>() / 199.0;
        assert!(
            (f64::from(by.center) - mean).abs() < 1e-5 * mean,
            "{by:?} {mean}"
        );
        let factor = ([0.5, 8.0][input] / variance.sqrt()).min(1.0);
        assert!(
            (f64::from(by.factor) - factor).abs() < 1e-3,
            "{by:?} {factor}"
        );
    }
    // The first sensor varies less here than at the training.
    let [narrower, wider] = site.moves();
    assert_eq!((narrower.factor, narrower.mean), (1.0, 20.0));
    assert!((0.4..0.6).contains(&wider.factor) && wider.mean == 1000.0);
}

#[test]
fn the_threshold_is_a_score_of_the_second_half() {
    let rows = rows(2, 300);
    // ⌊151 · 0.02⌋ of 150, and two more where two may be dirty.
    for (dirty, rank) in [(0, 3), (2, 5)] {
        let site = commissioned::<5>(&rows, 0.02, dirty).unwrap();
        let mut scores: Vec<f32> = rows[150..].iter().map(|row| score(&site, *row)).collect();
        scores.sort_by(|a, b| b.total_cmp(a));
        assert_eq!(site.threshold(), scores[rank - 1]);
    }
}

#[test]
fn the_promise_holds_on_sensors_that_lie_elsewhere() {
    let (mut alarms, mut total) = (0, 0);
    let stale = rows(3, 1000)
        .iter()
        .filter(|row| MODEL.score(*row) > 16.0)
        .count();
    assert!(stale > 900);
    for seed in 0..100 {
        let site = commissioned::<2>(&rows(100 + seed, 200), 0.02, 0).unwrap();
        let detector = Detector::<_, f32, 2, 2, _>::with(
            site.adapted(Window::new()),
            &MODEL,
            site.threshold(),
        );
        let mut detector = detector.clone();
        for row in rows(1000 + seed, 200) {
            alarms += usize::from(detector.push(row).unwrap().anomalous);
            total += 1;
        }
    }
    let rate = alarms as f64 / total as f64;
    // 2 of 101; the mean over 100 sites has a deviation of 0.0014.
    assert!((0.0125..0.0275).contains(&rate), "{rate}");
}

#[test]
fn broken_rows_count_as_the_highest_scores_and_stay_out_of_the_means() {
    let mut rows = rows(4, 400);
    let clean = commissioned::<8>(&rows, 0.02, 0).unwrap();
    rows[300][1] = f32::NAN;
    rows[301][0] = f32::INFINITY;
    let mut scores: Vec<f32> = rows[200..]
        .iter()
        .map(|row| score(&clean, *row))
        .filter(|s| s.is_finite())
        .collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    // The fourth of all is the second of the others.
    assert_eq!(
        commissioned::<8>(&rows, 0.02, 0).unwrap().threshold(),
        scores[1]
    );
    rows[5][0] = f32::NAN;
    assert!(
        commissioned::<8>(&rows, 0.02, 0).unwrap().moves()[0]
            .center
            .is_finite()
    );
    for row in &mut rows[302..304] {
        row[0] = f32::NAN;
    }
    assert_eq!(
        commissioned::<8>(&rows, 0.02, 0),
        Err(Unfit::TooManyBroken { broken: 4 })
    );
    assert!(commissioned::<8>(&rows, 0.02, 1).is_ok());
    for row in &mut rows[..101] {
        row[0] = f32::NAN;
    }
    assert_eq!(
        commissioned::<8>(&rows, 0.02, 1),
        Err(Unfit::TooManyBroken { broken: 101 })
    );
}

#[test]
fn what_cannot_be_promised_is_refused() {
    let of = |rows, rate, dirty| Of::<4>::new(&MODEL, &SPREAD, rows, rate, dirty).map(|_| ());
    assert_eq!(of(96, 0.02, 0), Err(Unfit::TooFewRows { needed: 97 }));
    assert_eq!(of(97, 0.02, 0), Ok(()));
    assert_eq!(of(400, 0.02, 0), Ok(()));
    assert_eq!(of(400, 0.02, 1), Err(Unfit::TooFewPlaces { needed: 5 }));
    assert_eq!(of(500, 0.02, 0), Err(Unfit::TooFewPlaces { needed: 5 }));
    for rate in [0.0, -1.0, f32::NAN, 1e-9] {
        assert_eq!(
            of(1000, rate, 0),
            Err(Unfit::TooFewRows { needed: u32::MAX }),
            "{rate}"
        );
    }
    for (rows, rate, dirty) in [
        (0, 0.5, 0),
        (3, 0.5, 0),
        (10, 1.0, 0),
        (10, 7.0, 0),
        (100, 0.02, 60),
        (8, 0.5, u16::MAX),
    ] {
        assert!(
            matches!(of(rows, rate, dirty), Err(Unfit::TooFewRows { .. })),
            "{rows} {rate} {dirty}"
        );
    }
    let mut early = Of::<4>::new(&MODEL, &SPREAD, 100, 0.02, 0).unwrap();
    early.push(&[23.0, 900.0]);
    let error = early.finish().unwrap_err();
    assert_eq!(error.to_string(), "expected at least 100 normal vectors");
}

/// Every number of rows that is said to be needed is enough, and one fewer is not.
#[test]
fn the_rows_that_are_needed_are_enough() {
    for rate in [0.5, 0.3, 0.1, 0.05, 0.02, 0.013, 0.01, 0.002, 0.001] {
        let of = |rows| Of::<64>::new(&MODEL, &SPREAD, rows, rate, 0).map(|_| ());
        let Err(Unfit::TooFewRows { needed }) = of(0) else {
            panic!("{rate}");
        };
        let needed = needed as u16;
        assert_eq!(of(needed), Ok(()), "{rate} {needed}");
        assert!(needed == 4 || of(needed - 1).is_err(), "{rate} {needed}");
    }
}

/// Counts of one channel, 500 ± 64.
static COUNTED: Encoded<Counts<1>, Flow<Permute<1>, DiagonalNormal<1>>> = Encoded::new(
    Counts::new([1_024], [-500 * 1_024], [0], 128 << 16),
    Flow::new(Permute::new([0]), DiagonalNormal::new([1 << 8], [0], 8, 0)),
);

fn words<M: Density<i32, 1>>(_: &Commission<M, i32, M::Nats, 1, 4>) -> usize {
    Commission::<M, i32, M::Nats, 1, 4>::WORDS
}

#[test]
fn counts_are_moved_in_integers() {
    let spread = Spread::new([500.0], [64.0]);
    let mut commission =
        Commission::<_, i32, _, 1, 4>::new(&COUNTED, &spread, 200, 0.02, 0).unwrap();
    let mut z = normal(9);
    while !commission.push(&[700 + (128.0 * z()) as i32]) {}
    // Two numbers of the input, four scores, and four words.
    assert_eq!(commission.words().count(), 10);
    assert_eq!(words(&commission), 10);
    let site = commission.finish().unwrap();
    let [by] = *site.moves();
    assert!(
        (680..720).contains(&by.center) && (28_000..38_000).contains(&by.factor) && by.mean == 500,
        "{by:?}"
    );
    assert!((1.5..6.0).contains(&site.threshold().to_f32()));
    let mut detector =
        Detector::<_, i32, 1, 1, _>::with(site.adapted(Window::new()), &COUNTED, site.threshold());
    let anomalous = [700, 900, 1_300].map(|x| detector.push([x]).unwrap().anomalous);
    assert_eq!(anomalous, [false, false, true]);
}

#[test]
fn a_move_of_counts_rounds_and_saturates() {
    use nice_flow::Reading;
    let by = Move::<i32>::new(10.4, 0.5, -3.6);
    assert_eq!((by.center, by.factor, by.mean), (10, 1 << 15, -4));
    assert_eq!([10, 11, 12, 9].map(|x| x.moved(by)), [-4, -3, -3, -4]);
    let far = Move::<i32>::new(-2e9, 1.0, 2e9);
    assert_eq!(
        [i32::MAX, 0, i32::MIN].map(|x| x.moved(far)),
        [i32::MAX, i32::MAX, 1_852_516_352]
    );
    let low = Move::<i32>::new(2e9, 1.0, -2e9);
    assert_eq!(i32::MIN.moved(low), -i32::MAX);
}

#[test]
fn detector_drift_and_commissioning_fit_in_300_bytes() {
    type Model = Flow<Diagonal<16>, Normal>;
    let detector = size_of::<Detector<Model, f32, 16, 16>>();
    let commission = size_of::<Commission<Model, f32, f32, 16, 16>>();
    let drift = size_of::<nice_flow::Drift<10_000>>();
    println!("detector {detector}, commissioning {commission}, drift {drift} bytes on the host");
    // Pointers and positions are half as wide on a board: two of each in a detector, two in a commissioning.
    assert!(detector + commission + drift - 6 * 4 <= 300);
}

#[test]
fn a_site_can_be_kept() {
    let site: Site<f32, Fixed, 1> = Site::new([Move::new(1.0, 0.5, 2.0)], Fixed::from_nats(3.0));
    let again = Site::new(*site.moves(), site.threshold());
    assert_eq!(site, again);
    let mut collector = again.adapted(Window::<f32, 1, 1>::new());
    assert_eq!(collector.push([5.0]), Some(SVector::from([4.0])));
    collector.clear();
}

#[test]
fn a_reset_at_any_vector_loses_nothing() {
    let rows = rows(5, 120);
    let expected = commissioned::<8>(&rows, 0.05, 0).unwrap();
    let new = |rows| Of::<8>::new(&MODEL, &SPREAD, rows, 0.05, 0).unwrap();
    let mut commission = new(120);
    for row in &rows {
        commission.push(row);
        let kept: Vec<u32> = commission.words().collect();
        assert_eq!(kept.len(), Of::<8>::WORDS);
        commission = new(120);
        commission.restore(&kept).unwrap();
    }
    assert_eq!(commission.finish().unwrap(), expected);
}

#[test]
fn words_that_have_changed_or_are_of_another_plan_are_refused() {
    let rows = rows(6, 70);
    let new = |rows| Of::<8>::new(&MODEL, &SPREAD, rows, 0.05, 0).unwrap();
    let mut commission = new(120);
    assert!(!rows.iter().any(|row| commission.push(row)));
    let kept: Vec<u32> = commission.words().collect();
    let mut other = new(120);
    for bit in 0..32 * kept.len() {
        let mut changed = kept.clone();
        changed[bit / 32] ^= 1 << (bit % 32);
        assert_eq!(other.restore(&changed), Err(Unfit::Unsound), "bit {bit}");
    }
    for length in 0..kept.len() {
        assert_eq!(other.restore(&kept[..length]), Err(Unfit::Unsound));
    }
    assert_eq!(new(160).restore(&kept), Err(Unfit::Unsound));
    assert_eq!(other.left(), 120);
    // Words behind them, as flash has, do no harm.
    other
        .restore(&[&kept[..], &[u32::MAX; 3]].concat())
        .unwrap();
    assert_eq!(other.left(), 50);
}

#[test]
fn what_comes_after_the_last_vector_changes_nothing() {
    let rows = rows(7, 200);
    let mut commission = Of::<8>::new(&MODEL, &SPREAD, 200, 0.02, 0).unwrap();
    assert!(rows.iter().any(|row| commission.push(row)));
    let site = commission.finish();
    assert!(commission.push(&[1e3, 1e3]));
    assert_eq!(commission.left(), 0);
    assert_eq!(commission.finish(), site);
}

/// Of the first half as many as are whole, of which two must be.
#[test]
fn so_many_broken_vectors_are_borne_and_no_more() {
    let found = |count: usize, broken: usize, rate| {
        let mut rows = rows(8, count);
        rows[..broken].fill([f32::NAN; 2]);
        commissioned::<2>(&rows, rate, 0).map(|_| ())
    };
    assert_eq!(found(8, 2, 0.2), Ok(()));
    let broken = |broken| Err(Unfit::TooManyBroken { broken });
    assert_eq!(found(8, 3, 0.2), broken(3));
    assert_eq!(found(4, 1, 0.4), broken(1));
    assert_eq!(found(4, 0, 0.4), Ok(()));
}

#[test]
fn a_scale_without_a_spread_stays_as_it_is() {
    for (squares, deviation) in [(8.0, 0.0), (0.0, 1.0), (0.0, 0.0), (8.0, f32::NAN)] {
        assert_eq!(factor(squares, 9, deviation), 1.0, "{squares} {deviation}");
    }
    assert_eq!(factor(8.0, 9, 0.5), 0.5);
}

#[test]
fn words_of_another_rank_are_refused() {
    let new = |rate| Of::<8>::new(&MODEL, &SPREAD, 120, rate, 0).unwrap();
    let kept: Vec<u32> = new(0.05).words().collect();
    assert_eq!(new(0.1).restore(&kept), Err(Unfit::Unsound));
    assert_eq!(new(0.05).restore(&kept), Ok(()));
}

#[test]
fn an_adapted_collector_learns_and_forgets_as_the_one_within() {
    let site: Site<f32, f32, 1> = Site::new([Move::new(0.0, 1.0, 0.0)], 3.0);
    let mut plain = Baseline::<f32, 1, 1>::new(4);
    let mut adapted = site.adapted(plain.clone());
    for (x, anomalous) in [(10.0, false), (30.0, false), (90.0, true), (20.0, false)] {
        assert_eq!(adapted.push([x]), plain.push([x]));
        adapted.learn(anomalous);
        plain.learn(anomalous);
    }
    adapted.clear();
    plain.clear();
    assert_eq!(adapted.push([50.0]), plain.push([50.0]));
}

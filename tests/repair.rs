//! Causes: which inputs, put right, make a vector normal.

use nice_flow::fixed::{self, Counts, Encoded, Fixed, Standardise};
use nice_flow::float::{Diagonal, MeanDensity, Normal};
use nice_flow::nalgebra::SVector;
use nice_flow::{Cause, Density, Ensemble, Flow, Number, Permute, Repair};

/// Four independent inputs, 100 ± 10, in `f32`.
static FLOAT: Flow<Diagonal<4>, Normal> = Flow::new(Diagonal::new([100.0; 4], [0.1; 4]), Normal);

type Integer = Encoded<Standardise<4>, Flow<Permute<4>, fixed::DiagonalNormal<4>>>;

/// The same in integers, with a limit of 128 standard deviations.
const fn integer() -> Integer {
    Encoded::new(
        Standardise::new([100.0; 4], [6_553.6; 4], 128 << 16),
        Flow::new(
            Permute::new([0, 1, 2, 3]),
            fixed::DiagonalNormal::new([1 << 8; 4], [0; 4], 8, 0),
        ),
    )
}
static INTEGER: Integer = integer();
static ENSEMBLE: Ensemble<Integer, fixed::MeanDensity, 2> =
    Ensemble::new([integer(), integer()], fixed::MeanDensity::new());
static FLOATS: Ensemble<Flow<Diagonal<4>, Normal>, MeanDensity, 2> = Ensemble::new(
    [
        Flow::new(Diagonal::new([100.0; 4], [0.1; 4]), Normal),
        Flow::new(Diagonal::new([100.0; 4], [0.1; 4]), Normal),
    ],
    <MeanDensity>::new(),
);

static USUAL: [[f32; 3]; 4] = [[93.0, 101.0, 108.0]; 4];

/// The causes of `x`, with a threshold far above what four usual values score.
fn causes<M: Density<f32, 4>>(
    model: &M,
    threshold: M::Nats,
    x: [f32; 4],
) -> Vec<Cause<f32, M::Nats>> {
    Repair::new(model, threshold, &USUAL, &x).collect()
}

fn inputs<N>(causes: &[Cause<f32, N>]) -> Vec<usize> {
    causes.iter().map(|cause| cause.input).collect()
}

/// The inputs that are blamed, by a model of each kind; they must agree.
#[track_caller]
fn blamed(x: [f32; 4]) -> Vec<usize> {
    let nats = Fixed::from_nats(12.0);
    let all = [
        inputs(&causes(&FLOAT, 20.0, x)),
        inputs(&causes(&FLOATS, 20.0, x)),
        inputs(&causes(&INTEGER, nats, x)),
        inputs(&causes(&ENSEMBLE, nats, x)),
    ];
    for (place, other) in all.iter().enumerate() {
        assert_eq!(*other, all[0], "model {place}, {x:?}");
    }
    all.into_iter().next().unwrap()
}

#[test]
fn the_input_that_is_farthest_out_is_blamed_first() {
    assert_eq!(blamed([100.0, 220.0, 95.0, -20.5]), [3, 1]);
    assert_eq!(blamed([100.0, 220.0, 95.0, -19.5]), [1, 3]);
}

#[test]
fn a_normal_vector_has_no_cause() {
    assert!(blamed([100.0, 120.0, 95.0, 110.0]).is_empty());
}

/// Each by itself leaves a score that is none: no order of scores says which.
#[test]
fn dead_sensors_are_causes_outright_and_come_first() {
    let nan = f32::NAN;
    assert_eq!(blamed([100.0, nan, 95.0, nan]), [1, 3]);
    assert_eq!(blamed([220.0, 101.0, f32::INFINITY, nan]), [2, 3, 0]);
    assert_eq!(blamed([nan; 4]), [0, 1, 2, 3]);
}

/// 200 standard deviations are beyond an encoder's 128.
#[test]
fn inputs_beyond_the_encoder_are_causes_outright() {
    assert_eq!(blamed([100.0, 2_100.0, 95.0, -1_900.0]).len(), 2);
    let nats = Fixed::from_nats(12.0);
    let both = causes(&INTEGER, nats, [100.0, 2_100.0, 240.0, -1_900.0]);
    assert_eq!(inputs(&both), [1, 3, 2]);
    // As long as one is there, the score is the largest there is.
    assert_eq!(both[0].score.to_bits(), i32::MAX);
    assert!(both[1].score.to_bits() < i32::MAX && both[2].score <= nats);
}

/// In `f32` the squares of such values are infinite, in any pair of them.
#[test]
fn values_whose_score_overflows_are_found_by_their_size() {
    assert_eq!(
        inputs(&causes(&FLOAT, 20.0, [100.0, 1e30, 95.0, -1e32])),
        [3, 1]
    );
}

/// 36 inputs at 100 standard deviations each: below the encoder's limit, beyond what a score holds.
#[test]
fn the_state_ranks_inputs_whose_score_is_the_largest() {
    static WIDE: Encoded<Standardise<36>, Flow<Permute<36>, fixed::DiagonalNormal<36>>> =
        Encoded::new(
            Standardise::new([0.0; 36], [65_536.0; 36], 128 << 16),
            Flow::new(
                Permute::new(identity()),
                fixed::DiagonalNormal::new([1 << 8; 36], [0; 36], 8, 0),
            ),
        );
    static ZEROS: [[f32; 1]; 36] = [[0.0]; 36];
    let mut x = [100.0; 36];
    x[17] = -127.0;
    x[4] = 120.0;
    let causes: Vec<_> = Repair::new(&WIDE, Fixed::from_nats(1.0), &ZEROS, &x).collect();
    // A score ends there, and stays while all but a few are so far out.
    assert_eq!(causes[0].score, WIDE.score(&x));
    assert_eq!((causes[0].input, causes[1].input), (17, 4));
    assert_eq!(causes.len(), 36);
}

const fn identity() -> [u16; 36] {
    let mut order = [0; 36];
    let mut i = 0;
    while i < 36 {
        order[i] = i as u16;
        i += 1;
    }
    order
}

#[test]
fn every_cause_lowers_the_score_and_says_what_is_left() {
    for seed in 0..200u32 {
        let x = core::array::from_fn(|i| {
            let hash = (seed * 4 + i as u32).wrapping_mul(2_654_435_761) >> 12;
            100.0 + 60.0 * (hash as f32 / (1 << 19) as f32 - 1.0)
        });
        let mut repair = Repair::new(&FLOAT, 18.0, &USUAL, &x);
        let mut before = FLOAT.score(&x);
        while let Some(cause) = repair.next() {
            assert!(cause.score < before, "{x:?} {cause:?}");
            assert_eq!(cause.score, FLOAT.score(repair.vector()));
            assert_eq!(cause.value, x[cause.input]);
            assert_eq!(cause.score, repair.score());
            before = cause.score;
        }
    }
}

/// A density of counts whose score is the sum of their magnitudes.
struct Magnitude;

impl Density<i16, 3> for Magnitude {
    type Nats = Fixed;

    fn log_density(&self, x: &SVector<i16, 3>) -> Fixed {
        let sum: i32 = x.iter().map(|x| i32::from(*x).abs()).sum();
        Fixed::from_bits(-(sum << 16))
    }
}

#[test]
fn counts_have_causes_too() {
    static COUNTS: [[i16; 3]; 3] = [[-1, 0, 1]; 3];
    let repair = Repair::new(&Magnitude, Fixed::from_nats(20.0), &COUNTS, &[7, -300, 90]);
    let found: Vec<_> = repair.map(|cause| (cause.input, cause.value)).collect();
    assert_eq!(found, [(1, -300), (2, 90)]);
}

#[test]
fn what_no_usual_value_can_mend_ends() {
    static NONE: [[f32; 0]; 4] = [[]; 4];
    assert_eq!(Repair::new(&FLOAT, 20.0, &NONE, &[f32::NAN; 4]).count(), 0);
    // All usual values are worse.
    static BAD: [[f32; 2]; 4] = [[900.0, f32::NAN]; 4];
    assert_eq!(Repair::new(&FLOAT, 0.0, &BAD, &[120.0; 4]).count(), 0);
    assert_eq!(Repair::new(&FLOAT, 0.0, &BAD, &[f32::NAN; 4]).count(), 4);
}

#[test]
fn sizes_rank_numbers() {
    let f32s = [0.0, 1e-40, -0.5, 7.0, -1e30, f32::MAX].map(Number::size);
    assert!(f32s.is_sorted_by(|a, b| a < b));
    assert_eq!(
        [f32::NAN, f32::NEG_INFINITY].map(Number::size),
        [i32::MAX; 2]
    );
    assert!(
        [0, 2, -4, i32::MIN]
            .map(Number::size)
            .is_sorted_by(|a, b| a < b)
    );
    assert!(
        [0, 1, -2, i16::MIN]
            .map(Number::size)
            .is_sorted_by(|a, b| a < b)
    );
    assert!(i32::MIN.size() < i32::MAX);
}

/// One input, 1024 bits of state a count from 500 on, at most 128 nats.
#[test]
fn an_input_is_as_far_out_as_its_state_and_none_beyond_the_limit() {
    const COUNTS: Counts<1> = Counts::new([1_024], [-500 * 1_024], [0], 128 << 16);
    const PRIOR: fixed::DiagonalNormal<1> = fixed::DiagonalNormal::new([1 << 8], [0], 8, 0);
    static COUNTED: Encoded<Counts<1>, Flow<Permute<1>, fixed::DiagonalNormal<1>>> =
        Encoded::new(COUNTS, Flow::new(Permute::new([0]), PRIOR));
    static ONE_WAY: Encoded<Counts<1>, fixed::OneWayFlow<Permute<1>, fixed::DiagonalNormal<1>, 0>> =
        Encoded::new(COUNTS, fixed::OneWayFlow::new(Permute::new([0]), [], PRIOR));
    let limit = 128 * 64;
    for (apart, far) in [
        (0, 0),
        (7, 7 << 10),
        (-7, 7 << 10),
        (limit - 1, (limit - 1) << 10),
        (limit, limit << 10),
        (-limit, limit << 10),
        (3 * limit, limit << 10),
    ] {
        let x = [500 + apart].into();
        let mut found = [SVector::from([Fixed::ZERO]); 2];
        let [counted, one_way] = &mut found;
        Density::<i32, 1>::distances(&COUNTED, &x, counted);
        Density::<i32, 1>::distances(&ONE_WAY, &x, one_way);
        assert_eq!(found.map(|found| found[0].magnitude()), [far; 2], "{apart}");
    }
}

/// All have the same state, that of the limit.
#[test]
fn of_inputs_at_the_limit_the_first_is_blamed_first() {
    let x = [100.0, 1_380.0, f32::NEG_INFINITY, 5e6];
    for found in [
        causes(&INTEGER, Fixed::from_nats(12.0), x),
        causes(&ENSEMBLE, Fixed::from_nats(12.0), x),
    ] {
        assert_eq!(inputs(&found), [1, 2, 3]);
        // The largest score there is, as long as one is left.
        let largest = found.iter().map(|cause| cause.score.to_bits() == i32::MAX);
        assert!(largest.eq([true, true, false]));
    }
}

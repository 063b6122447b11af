//! Windows and detectors on a stream.

use core::mem::{align_of, size_of};
use nalgebra::{SVector, vector};
use nice_flow::fixed::Fixed;
use nice_flow::float::{Dense, Diagonal, Mlp, Normal, activation::Relu};
use nice_flow::{Collect, Coupling, Density, Detector, Flow, Half, Verdict, Window};
use proptest::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

type Model = Flow<([Coupling<Mlp<2, 4, 2, 0>>; 2], Diagonal<4>), Normal>;

const fn coupling(shifts: Half) -> Coupling<Mlp<2, 4, 2, 0>> {
    let input = Dense::new([[0.5, -0.5, 1.0, 0.0], [0.25, 1.0, -1.0, 0.5]], [0.0; 4]);
    let output = Dense::new(
        [[0.5, 0.0], [0.0, 0.5], [0.25, 0.25], [1.0, -1.0]],
        [0.0; 2],
    );
    Coupling::new(shifts, Mlp::new(input, [], output, Relu))
}

static MODEL: Model = Flow::new(
    (
        [coupling(Half::Tail), coupling(Half::Head)],
        Diagonal::new([0.0; 4], [2.0; 4]),
    ),
    Normal,
);

static DETECTOR: Mutex<Detector<Model, f32, 2, 4>> = Mutex::new(Detector::new(&MODEL, 12.0));

/// A model whose score is the only element.
#[derive(Debug)]
struct Itself;

impl Density<f32, 1> for Itself {
    type Nats = f32;

    fn log_density(&self, x: &SVector<f32, 1>) -> f32 {
        -x.x
    }
}

#[test]
fn model_and_detector_live_in_statics() {
    let mut detector = DETECTOR.lock().unwrap();
    assert_eq!(detector.push([0.1, 0.2]), None);
    let verdict = detector.push([0.3, 0.4]).unwrap();
    assert_eq!(verdict.score, MODEL.score(&vector![0.1, 0.2, 0.3, 0.4]));
    assert!(!verdict.anomalous);
}

#[test]
fn a_window_is_empty_until_full() {
    let mut window = Window::<f32, 2, 6>::new();
    for i in 0..2 {
        window.push([i as f32; 2]);
        assert_eq!(window.get(), None);
    }
    window.push([2.0; 2]);
    assert!(window.get().is_some());
    window.clear();
    assert_eq!(window.get(), None);
    window.push([3.0; 2]);
    assert_eq!(window.get(), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_window_holds_the_last_samples_oldest_first(stream: Vec<[f32; 3]>) {
        let mut window = Window::<f32, 3, 12>::default();
        for (i, sample) in stream.iter().enumerate() {
            window.push(*sample);
            let expected = (i >= 3).then(|| stream[i - 3..=i].as_flattened());
            let found = window.get();
            // As bits: the stream may hold a NaN.
            let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(found.as_ref().map(|x| bits(x.as_slice())), expected.map(bits));
        }
    }

    #[test]
    fn a_cleared_window_forgets(before: Vec<[f32; 1]>, after in prop::array::uniform3(-1.0f32..1.0)) {
        let mut window = Window::<f32, 1, 3>::new();
        before.iter().for_each(|sample| window.push(*sample));
        window.clear();
        after.iter().for_each(|value| window.push([*value]));
        prop_assert_eq!(window.get(), Some(SVector::from(after)));
    }
}

#[test]
fn a_window_of_one_sample_is_that_sample() {
    let mut window = Window::<f32, 3, 3>::new();
    for i in 0..5 {
        let sample = [i as f32, -1.0, 0.5];
        window.push(sample);
        assert_eq!(window.get(), Some(SVector::from(sample)));
    }
}

/// A model of integers whose log-density is the lowest word, which none of the crate's own priors gives.
#[derive(Debug)]
struct Lowest;

impl Density<i16, 1> for Lowest {
    type Nats = Fixed;

    fn log_density(&self, _: &SVector<i16, 1>) -> Fixed {
        Fixed::from_bits(i32::MIN)
    }
}

#[test]
fn a_log_density_whose_negative_overflows_is_an_anomaly() {
    let detector = Detector::<_, i16, 1, 1>::new(&Lowest, Fixed::from_bits(i32::MAX));
    assert!(detector.judge(&[0]).anomalous);
}

#[test]
fn arrays_are_judged_as_vectors_are() {
    let detector = Detector::<_, f32, 4, 4>::new(&MODEL, 12.0);
    let x = [0.5, -1.0, 2.0, 0.25];
    assert_eq!(detector.judge(&x), detector.judge(&SVector::from(x)));
    assert_eq!(MODEL.score(&x), MODEL.score(&SVector::from(x)));
}

#[test]
fn a_clone_of_a_detector_has_a_window_of_its_own() {
    let mut one = Detector::<_, f32, 1, 2>::new(&Normal, 12.0);
    assert!(one.push([1.0]).is_none());
    let mut other = one.clone();
    let alone = other.push([2.0]).unwrap();
    assert_eq!(one.push([3.0]).unwrap().score, Normal.score(&[1.0, 3.0]));
    assert_eq!(alone.score, Normal.score(&[1.0, 2.0]));
}

#[test]
fn a_score_on_the_threshold_is_normal_and_the_next_one_is_not() {
    let detector = Detector::<_, f32, 1, 1>::new(&Itself, 5.0);
    assert!(!detector.judge(&vector![5.0]).anomalous);
    assert!(detector.judge(&vector![5f32.next_up()]).anomalous);
}

#[test]
fn a_broken_sensor_is_an_anomaly() {
    for broken in [
        f32::NAN,
        -f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::MAX,
        f32::MIN,
    ] {
        let mut detector = Detector::<_, f32, 1, 4>::new(&MODEL, 1e30);
        for _ in 0..3 {
            assert_eq!(detector.push([0.0]), None);
        }
        assert!(!detector.push([0.0]).unwrap().anomalous);
        // For as long as the value is in the window, wherever it is there.
        for value in [broken, 0.0, 0.0, 0.0] {
            assert!(detector.push([value]).unwrap().anomalous, "{broken}");
        }
        assert!(!detector.push([0.0]).unwrap().anomalous);
    }
}

#[test]
fn a_threshold_that_is_no_number_lets_nothing_pass() {
    assert!(
        Detector::<_, f32, 1, 1>::new(&Itself, f32::NAN)
            .judge(&vector![0.0])
            .anomalous
    );
}

#[test]
fn a_detector_judges_every_window_and_starts_again_when_reset() {
    let mut detector = Detector::<_, f32, 2, 4>::new(&MODEL, 12.0);
    let verdict = |x: [f32; 4]| {
        let score = MODEL.score(&SVector::from(x));
        Some((score, score > 12.0))
    };
    let parts = |Verdict {
                     score, anomalous, ..
                 }: Verdict<f32>| (score, anomalous);
    assert_eq!(detector.push([0.0, 1.0]), None);
    let mut push = |sample| detector.push(sample).map(parts);
    assert_eq!(push([2.0, 3.0]), verdict([0.0, 1.0, 2.0, 3.0]));
    assert_eq!(push([4.0, 5.0]), verdict([2.0, 3.0, 4.0, 5.0]));
    detector.reset();
    assert_eq!(detector.push([6.0, 7.0]), None);
    let last = detector.push([8.0, 9.0]).map(parts);
    assert_eq!(last, verdict([6.0, 7.0, 8.0, 9.0]));
}

#[test]
fn a_verdict_with_its_vector_is_the_verdict_of_the_stream() {
    let new = || Detector::<_, f32, 2, 4>::new(&MODEL, 12.0);
    let (mut plain, mut with_vector) = (new(), new());
    let samples = [[0.1, 0.2], [0.3, -0.4], [9.0, 0.0], [0.5, f32::NAN]];
    let mut last = None;
    for sample in samples {
        let (verdict, found) = (plain.push(sample), with_vector.push_vector(sample));
        let expected = verdict.map(|verdict| (verdict.score.to_bits(), verdict.anomalous));
        let of = |verdict: Verdict<f32>| (verdict.score.to_bits(), verdict.anomalous);
        assert_eq!(found.map(|(verdict, _)| of(verdict)), expected);
        // The vector is the window: the sample before and this one.
        let window = last.map(|[a, b]: [f32; 2]| [a, b, sample[0], sample[1]]);
        let vector = found.map(|(_, x)| <[f32; 4]>::from(x));
        assert_eq!(
            vector.map(|x| x.map(f32::to_bits)),
            window.map(|x| x.map(f32::to_bits))
        );
        last = Some(sample);
    }
}

/// Takes every sample as a vector, and counts the verdicts that it is told: normal, anomalous.
struct Learner([AtomicU32; 2]);

impl Collect<1, 1> for &'static Learner {
    type Raw = f32;
    type Value = f32;

    fn push(&mut self, sample: [f32; 1]) -> Option<SVector<f32, 1>> {
        Some(SVector::from(sample))
    }

    fn learn(&mut self, anomalous: bool) {
        self.0[usize::from(anomalous)].fetch_add(1, Relaxed);
    }

    fn clear(&mut self) {}
}

#[test]
fn a_collector_learns_each_verdict_of_either_push_once() {
    static LEARNER: Learner = Learner([const { AtomicU32::new(0) }; 2]);
    let mut detector = Detector::with(&LEARNER, &Itself, 10.0);
    let told = || LEARNER.0.each_ref().map(|count| count.load(Relaxed));
    let _ = detector.push([1.0]);
    assert_eq!(told(), [1, 0]);
    let _ = detector.push([11.0]);
    assert_eq!(told(), [1, 1]);
    detector.push_vector([1.0]);
    assert_eq!(told(), [2, 1]);
    detector.push_vector([11.0]);
    assert_eq!(told(), [2, 2]);
    let _ = detector.judge(&[11.0]);
    assert_eq!(told(), [2, 2]);
}

#[test]
fn judging_a_vector_leaves_the_stream_alone() {
    let mut detector = Detector::<_, f32, 2, 4>::new(&MODEL, 12.0);
    let _ = detector.push([0.0, 0.0]);
    assert!(detector.judge(&[9.0; 4]).anomalous);
    assert_eq!(
        detector.push([0.0, 0.0]).unwrap().score,
        MODEL.score(&SVector::zeros())
    );
}

#[test]
fn only_the_window_is_in_ram() {
    // The samples, a position and a flag.
    assert_eq!(
        size_of::<Window<f32, 4, 64>>(),
        64 * 4 + 2 * size_of::<usize>()
    );
    // And where the model is, and the threshold.
    type Wide = Flow<Diagonal<64>, Normal>;
    let rest = size_of::<&Wide>() + size_of::<f32>();
    let alignment = align_of::<&Wide>();
    assert_eq!(
        size_of::<Detector<Wide, f32, 4, 64>>(),
        (size_of::<Window<f32, 4, 64>>() + rest).next_multiple_of(alignment)
    );
}

#[test]
fn a_model_is_its_weights() {
    // Two perceptrons of 12 and 10 numbers, two halves in a word each; centres, factors, log-determinant.
    assert_eq!(
        size_of::<Model>(),
        2 * (4 * (12 + 10) + 4) + 4 * (4 + 4 + 1)
    );
}

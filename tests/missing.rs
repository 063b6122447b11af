//! Missing channels: held, ignored or anomalous, alone and before windows and baselines.

use nice_flow::float::Normal;
use nice_flow::{Baseline, Collect, Detector, Hold, Ignore, Window};

const NAN: f32 = f32::NAN;

/// What becomes of each sample of one channel; NaN as `None` inside.
fn collected(
    mut collector: impl Collect<1, 1, Raw = f32, Value = f32>,
    samples: &[f32],
) -> Vec<Option<f32>> {
    let push = |x: &f32| collector.push([*x]).map(|x| x[0]);
    samples.iter().map(push).collect()
}

/// The same numbers, and NaN at the same places.
fn assert_alike(found: &[Option<f32>], expected: &[Option<f32>]) {
    assert_eq!(format!("{found:?}"), format!("{expected:?}"));
}

fn held(limit: u16, samples: &[f32]) -> Vec<f32> {
    let found = collected(
        Hold::<_, 1>::new(Window::<f32, 1, 1>::new(), limit),
        samples,
    );
    found.into_iter().map(|x| x.expect("a vector")).collect()
}

#[test]
fn a_channel_is_held_up_to_its_limit_and_again_after_a_number() {
    let samples = [4.0, NAN, NAN, NAN, NAN, 5.0, NAN, NAN, 6.0, NAN, NAN, NAN];
    let expected = [4.0, 4.0, 4.0, NAN, NAN, 5.0, 5.0, 5.0, 6.0, 6.0, 6.0, NAN];
    assert_eq!(format!("{:?}", held(2, &samples)), format!("{expected:?}"));
    assert_eq!(format!("{:?}", held(0, &samples)), format!("{samples:?}"));
}

#[test]
fn the_longest_limit_ends_too() {
    let samples: Vec<f32> = [1.0]
        .into_iter()
        .chain(std::iter::repeat_n(NAN, 65_540))
        .collect();
    let last = held(u16::MAX, &samples).iter().rposition(|x| *x == 1.0);
    assert_eq!(last, Some(65_535));
}

#[test]
fn nothing_is_held_before_the_first_number_or_after_a_gap() {
    let mut hold = Hold::<_, 1>::new(Window::<f32, 1, 1>::new(), 3);
    assert!(hold.push([NAN]).expect("a vector")[0].is_nan());
    assert_eq!(hold.push([7.0]).expect("a vector")[0], 7.0);
    assert_eq!(hold.push([NAN]).expect("a vector")[0], 7.0);
    hold.clear();
    assert!(hold.push([NAN]).expect("a vector")[0].is_nan());
}

#[test]
fn each_channel_is_held_by_itself() {
    let mut hold = Hold::new(Window::<f32, 2, 2>::new(), 2);
    let samples = [[1.0, 10.0], [NAN, 11.0], [2.0, NAN], [NAN, NAN], [NAN, NAN]];
    let found = samples.map(|sample| hold.push(sample).map(|x| [x[0], x[1]]).expect("a vector"));
    let expected = [
        [1.0, 10.0],
        [1.0, 11.0],
        [2.0, 11.0],
        [2.0, 11.0],
        [2.0, NAN],
    ];
    assert_eq!(format!("{found:?}"), format!("{expected:?}"));
}

#[test]
fn an_infinity_is_not_missing() {
    let samples = [1.0, f32::INFINITY, NAN];
    assert_eq!(held(5, &samples), [1.0, f32::INFINITY, f32::INFINITY]);
    let found = collected(Ignore::new(Window::<f32, 1, 1>::new()), &samples);
    assert_alike(&found, &[Some(1.0), Some(f32::INFINITY), None]);
}

#[test]
fn an_ignored_sample_leaves_window_and_level_as_they_were() {
    let numbers = [3.0, 5.0, 9.0, 10.0, 0.0, -4.0, 8.0];
    let gaps = [3.0, NAN, 5.0, 9.0, NAN, NAN, 10.0, 0.0, -4.0, NAN, 8.0];
    let scores = |samples: &[f32]| {
        let collector = Ignore::new(Baseline::<f32, 1, 3>::new(2));
        let mut detector = Detector::<_, _, 1, 3, _>::with(collector, &Normal, 40.0);
        let push = |x: &f32| detector.push([*x]).map(|verdict| verdict.score.to_bits());
        samples.iter().filter_map(push).collect::<Vec<_>>()
    };
    assert_eq!(scores(&gaps), scores(&numbers));
    assert_eq!(scores(&gaps).len(), 5);
}

#[test]
fn one_missing_channel_ignores_the_sample() {
    let mut ignore = Ignore::new(Window::<f32, 3, 3>::new());
    for place in 0..3 {
        let mut sample = [1.0; 3];
        sample[place] = NAN;
        assert_eq!(ignore.push(sample), None);
    }
    assert!(ignore.push([1.0; 3]).is_some());
}

#[test]
fn a_verdict_reaches_the_level_behind() {
    // Were the level to follow the step, the samples after it would be normal.
    fn alarms(collector: impl Collect<1, 1, Raw = f32, Value = f32>) -> usize {
        let mut detector = Detector::with(collector, &Normal, 8.0);
        let step = (0..400).map(|i| if i < 100 { 20.0 } else { 90.0 });
        let verdicts = step.filter_map(|x| detector.push([x]));
        verdicts.filter(|verdict| verdict.anomalous).count()
    }
    let baseline = || Baseline::<f32, 1, 1>::new(4);
    assert_eq!(alarms(Hold::<_, 1>::new(baseline(), 10)), 300);
    assert_eq!(alarms(Ignore::new(baseline())), 300);
}

#[test]
fn a_held_value_that_is_followed_is_anomalous_after_the_limit() {
    let collector = Hold::new(Baseline::<f32, 2, 2>::new(4), 3);
    let mut detector = Detector::with(collector, &Normal, 10.0);
    for i in 0..50 {
        let sample = [20.0 + (i % 2) as f32, 5.0];
        assert!(!detector.push(sample).expect("a verdict").anomalous);
    }
    let missing = [[NAN, 5.0]; 5].map(|sample| detector.push(sample).expect("a verdict").anomalous);
    assert_eq!(missing, [false, false, false, true, true]);
    assert!(!detector.push([20.5, 5.0]).expect("a verdict").anomalous);
}

#[test]
fn what_leaves_samples_out_learns_and_forgets_as_what_is_behind_it() {
    let mut plain = Baseline::<f32, 1, 1>::new(4);
    let mut ignoring = Ignore::new(plain.clone());
    for (x, anomalous) in [(10.0, false), (30.0, false), (90.0, true), (20.0, false)] {
        assert_eq!(ignoring.push([NAN]), None);
        assert_eq!(ignoring.push([x]), plain.push([x]));
        ignoring.learn(anomalous);
        plain.learn(anomalous);
    }
    ignoring.clear();
    plain.clear();
    assert_eq!(ignoring.push([50.0]), plain.push([50.0]));
}

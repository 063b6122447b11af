//! The moving baseline: its level, what stops it, and the same numbers from floats and from counts.

use nice_flow::float::Normal;
use nice_flow::host::{more, step};
use nice_flow::{Baseline, Collect, Detector, Level};

/// What is above the level, when every sample is taken for normal.
fn above<T: Level>(shift: u8, samples: impl IntoIterator<Item = T>) -> Vec<T::Value> {
    let mut baseline = Baseline::<T, 1, 1>::new(shift);
    let push = |x| {
        let above = baseline.push([x]).expect("a window of one sample")[0];
        baseline.learn(false);
        above
    };
    samples.into_iter().map(push).collect()
}

/// Whole numbers around `level` in a fixed disorder, 7 apart at most.
fn noisy(level: i32, count: i32) -> impl Iterator<Item = i32> {
    (0..count).map(move |i| level + (i * 7919 % 15) - 7)
}

#[test]
fn the_first_sample_is_its_own_level_and_the_next_are_followed_fast() {
    // m = 8, then (8 + 16)/2 = 12, then (12 + 0)/2 = 6, then 6 + (10 − 6)/4 = 7.
    assert_eq!(
        above(8, [8.0f32, 16.0, 0.0, 10.0, 7.0]),
        [0.0, 8.0, -12.0, 4.0, 0.0]
    );
    assert_eq!(above(8, [8i16, 16, 0, 10, 7]), [0, 8, -12, 4, 0]);
}

#[test]
fn counts_of_16_and_32_bits_are_followed_alike_and_as_floats_to_half_a_count() {
    for shift in [0, 1, 4, 8, 15] {
        let narrow = above(shift, noisy(900, 5000).map(|x| x as i16));
        let wide = above(shift, noisy(900, 5000));
        let float = above(shift, noisy(900, 5000).map(|x| x as f32));
        assert_eq!(narrow, wide);
        for (count, float) in wide.iter().zip(float) {
            assert!(
                (*count as f32 - float).abs() <= 0.501,
                "{shift}: {count} {float}"
            );
        }
    }
}

#[test]
fn a_level_comes_to_rest_at_the_mean() {
    // 2 of 3 samples are 1: a mean of two thirds of a count, which no count is.
    let thirds = (0..60_000).map(|i| i32::from(i % 3 > 0));
    let above = above(8, thirds);
    let late = &above[30_000..];
    // Rounded to whole counts, the level is 1.
    assert!(late.iter().all(|y| *y == 0 || *y == -1), "{late:?}");
    let floats = self::above(8, (0..60_000).map(|i| if i % 3 > 0 { 1.0f32 } else { 0.0 }));
    let mean = floats[30_000..].iter().sum::<f32>() / 30_000.0;
    assert!(mean.abs() < 1e-3, "{mean}");
}

#[test]
fn a_step_is_followed_with_the_time_constant() {
    let step = (0..2000).map(|i| if i < 1000 { 0.0f32 } else { 1.0 });
    let above = above(7, step);
    // After 128 samples, 1/e of the step is left.
    assert!(
        (above[1128] - (-1.0f32).exp()).abs() < 0.01,
        "{}",
        above[1128]
    );
}

#[test]
fn a_level_stands_still_while_verdicts_are_anomalous_and_where_samples_are_no_numbers() {
    let mut detector = Detector::with(Baseline::<f32, 2, 2>::new(4), &Normal, 10.0);
    for i in 0..100 {
        let verdict = detector.push([20.0 + (i % 2) as f32, 5.0]).unwrap();
        assert!(!verdict.anomalous);
    }
    let faults = [
        [90.0, 5.0],
        [f32::NAN, 5.0],
        [f32::INFINITY, 5.0],
        [f32::MAX, f32::MIN],
    ];
    for fault in faults.into_iter().cycle().take(400) {
        assert!(detector.push(fault).unwrap().anomalous, "{fault:?}");
    }
    let before = detector.push([20.5, 5.0]).unwrap();
    assert!(!before.anomalous && before.score < 2.5, "{before:?}");
}

#[test]
fn a_channel_that_comes_late_starts_with_its_first_number() {
    let mut detector = Detector::with(Baseline::<f32, 2, 2>::new(4), &Normal, 10.0);
    for _ in 0..3 {
        assert!(detector.push([1.0, f32::NAN]).unwrap().anomalous);
    }
    assert!(!detector.push([1.0, 700.0]).unwrap().anomalous);
    assert!(!detector.push([1.0, 701.0]).unwrap().anomalous);
}

#[test]
fn a_window_holds_what_is_above_the_level() {
    let mut baseline = Baseline::<i16, 1, 3>::new(0);
    // With a shift of 0 the level is the sample before.
    let windows: Vec<_> = [3, 5, 9, 10, 0]
        .map(|x| {
            let window = baseline.push([x]);
            baseline.learn(false);
            window.map(|x| [x[0], x[1], x[2]])
        })
        .into();
    assert_eq!(windows[..2], [None, None]);
    assert_eq!(
        windows[2..],
        [Some([0, 2, 4]), Some([2, 4, 1]), Some([4, 1, -10])]
    );
    baseline.clear();
    assert_eq!(baseline.push([100]), None);
}

#[test]
fn the_farthest_counts_do_not_wrap() {
    let ends = [i32::MIN, i32::MAX, i32::MIN, i32::MAX];
    let found = above(15, ends);
    assert_eq!(found, [0, i32::MAX, -i32::MAX, i32::MAX]);
}

/// From then on each sample counts alike.
#[test]
fn samples_are_counted_up_to_a_power_of_two() {
    assert_eq!([0, 7, 8].map(|followed| more(followed, 3)), [1, 8, 8]);
    assert_eq!(
        [0, 1, 6, 7, 8].map(|followed| step(followed, 3)),
        [0, 1, 2, 3, 3]
    );
}

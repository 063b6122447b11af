//! Front ends: their bits, and what they promise of frequencies, energies and offsets.

#[path = "models/front_bits.rs"]
mod bits;
#[path = "models/front.rs"]
mod front;
#[path = "models/front_reference.rs"]
mod reference;

use nalgebra::SVector;
use nice_flow::front::{Bands, Eight, Reals, Sixteen, Statistics, Tree};
use nice_flow::{Baseline, Collect};
use proptest::prelude::*;
use reference::levels;
use std::f64::consts::TAU;

/// Twice the amplitude.
const TWICE: i32 = 2 << 16;

/// All vectors of a stream of one channel.
fn vectors<const D: usize>(
    mut front: impl Collect<1, D, Raw = i16, Value = i32>,
    stream: impl IntoIterator<Item = i16>,
) -> Vec<SVector<i32, D>> {
    stream.into_iter().filter_map(|x| front.push([x])).collect()
}

/// A tone; frequency as a part of the sampling rate.
fn tone(amplitude: f64, frequency: f64) -> impl Iterator<Item = i16> {
    (0..).map(move |i| (amplitude * (f64::from(i) * TAU * frequency).sin()).round() as i16)
}

fn noise(loudness: u32) -> impl Iterator<Item = i16> + Clone {
    // In all of the second kind of signal, channel 0.
    (2_048..4_096).map(move |i| front::sample(i, 0) >> loudness)
}

#[test]
fn the_bits_are_those_that_models_were_trained_on() {
    let hashes: Vec<_> = front::CASES
        .iter()
        .map(|(name, hash)| (*name, hash()))
        .collect();
    assert_eq!(hashes, bits::HASHES, "{hashes:#x?}");
}

#[test]
fn a_saw_has_the_levels_that_models_were_trained_on() {
    let saw = || (0..256).map(|i| (i * 700) as i16);
    assert_eq!(
        vectors(Bands::<1, 0, 8>::new(256), saw()),
        [SVector::from(bits::SAW_BANDS)]
    );
    assert_eq!(
        vectors(Statistics::<1, 5>::new(256), saw()),
        [SVector::from(bits::SAW_STATISTICS)]
    );
}

/// Whether `Bands` of `OCTAVES` octaves takes windows of so many samples.
fn takes<const OCTAVES: usize, const D: usize, T: Tree, const HOPS: usize>(window: u32) -> bool {
    std::panic::catch_unwind(|| Bands::<1, OCTAVES, D, T, HOPS>::new(window)).is_ok()
}

#[test]
fn a_hop_is_a_multiple_of_16_samples_and_of_bands_shifted_by_octaves() {
    for samples in (1..=64).map(|i| 8 * i).chain([15, 17, 63, 65, 127, 129]) {
        let multiple_of = |step| samples % step == 0;
        // Eight bands and no or one octave: whole chunks of sixteen.
        assert_eq!(takes::<0, 8, Eight, 1>(samples), multiple_of(16));
        assert_eq!(takes::<1, 9, Eight, 1>(samples), multiple_of(16));
        // With four octaves 8 << 4.
        assert_eq!(takes::<4, 12, Eight, 1>(samples), multiple_of(128));
        assert_eq!(takes::<4, 12, Eight, 3>(3 * samples), multiple_of(128));
        assert_eq!(takes::<0, 16, Sixteen, 1>(samples), multiple_of(16));
        assert_eq!(takes::<2, 18, Sixteen, 1>(samples), multiple_of(64));
    }
}

#[test]
fn a_window_is_whole_hops_of_some_samples_and_at_most_two_to_the_nineteen() {
    assert!(takes::<0, 8, Eight, 1>(1 << 19) && takes::<0, 8, Eight, 4>(1 << 19));
    assert!(!takes::<0, 8, Eight, 1>((1 << 19) + 16));
    assert!(!takes::<0, 8, Eight, 1>(0) && !takes::<0, 8, Eight, 4>(0));
    // 50 samples are three hops of 16, and two samples.
    assert!(takes::<0, 8, Eight, 3>(48) && !takes::<0, 8, Eight, 3>(50));
}

#[test]
fn sizes_are_those_of_the_documentation() {
    assert_eq!(size_of::<Bands<3, 0, 24>>(), 16 + 216 * 3);
    assert_eq!(size_of::<Bands<1, 4, 12>>(), 16 + 216 + 4 * 28);
    assert_eq!(size_of::<Statistics<3, 15>>(), 16 + 32 * 3);
}

#[test]
fn a_tone_is_loudest_in_its_band() {
    for band in 0..8 {
        let frequency = (f64::from(band) + 0.5) / 16.0;
        let levels = vectors(
            Bands::<1, 0, 8>::new(1_024),
            tone(8_000.0, frequency).take(4_096),
        )[3];
        assert_eq!(levels.imax(), band as usize);
        // The mean square of a sine; what leaks out of its band is below a tenth of it.
        let expected = (8_000f64 * 8_000.0 / 2.0).log2();
        let found = f64::from(levels[band as usize]) / 65_536.0;
        assert!(
            (found - expected).abs() < 0.15,
            "{band}: {found}, {expected}"
        );
    }
    for band in 0..16 {
        let frequency = (f64::from(band) + 0.5) / 32.0;
        let levels = vectors(
            Bands::<1, 0, 16, Sixteen>::new(1_024),
            tone(8_000.0, frequency).take(4_096),
        )[3];
        assert_eq!(levels.imax(), band as usize);
    }
}

/// Two bands away, three half-bands let through less than a hundredth.
#[test]
fn a_tone_is_faint_far_from_its_band() {
    for band in 0..8usize {
        let frequency = (band as f64 + 0.5) / 16.0;
        let levels = vectors(
            Bands::<1, 0, 8>::new(1_024),
            tone(8_000.0, frequency).take(4_096),
        )[3];
        for (other, level) in levels.iter().enumerate() {
            let below = f64::from(levels[band] - level) / 65_536.0 * 10.0 * 2f64.log10();
            assert!(
                other.abs_diff(band) < 2 || below > 20.0,
                "{band} in {other}: {below} dB"
            );
        }
    }
}

#[test]
fn a_slow_tone_is_loudest_in_its_octave() {
    for octave in 0..4 {
        // The slowest first: of the lowest band, 0 to 1/16, the upper half, then that of its lower half.
        let frequency = 0.75 / 16.0 / f64::from(1 << octave);
        let found = vectors(
            Bands::<1, 4, 12>::new(2_048),
            tone(8_000.0, frequency).take(8_192),
        )[3];
        assert_eq!(found.rows(0, 4).imax(), 3 - octave as usize);
    }
}

#[test]
fn silence_is_an_eighth_of_a_square_count_whatever_its_level() {
    for level in [i16::MIN, -1, 0, 1_000, i16::MAX] {
        let levels = vectors(
            Bands::<1, 2, 10>::new(1 << 19),
            std::iter::repeat_n(level, 1 << 19),
        );
        let near = |x: &i32| (x + (3 << 16)).abs() < 100;
        assert!(levels[0].iter().all(near), "{levels:?}");
    }
}

#[test]
fn levels_are_those_of_filters_in_f64() {
    let signals: [(&str, Vec<i16>); 4] = [
        ("loud", noise(2).collect()),
        ("ordinary", noise(8).collect()),
        ("quiet", noise(12).collect()),
        ("a tone", tone(300.0, 0.21).take(2_048).collect()),
    ];
    for (name, signal) in signals {
        let found = vectors(Bands::<1, 0, 8>::new(1_024), signal.iter().copied());
        for (found, expected) in found.iter().zip(levels(&signal, 1_024)) {
            for (found, expected) in found.iter().zip(expected) {
                let found = f64::from(*found) / 65_536.0;
                // The floor adds an eighth of a square count, rounding to half counts a sixteenth, up or down.
                let least = ((expected.exp2() - 1.0 / 16.0).max(0.0) + 0.125).log2() - 0.05;
                let most = (expected.exp2() + 0.125 + 1.0 / 16.0).log2() + 0.05;
                assert!(
                    (least..most).contains(&found),
                    "{name}: {found}, {least} to {most}"
                );
            }
        }
    }
}

#[test]
fn energies_saturate_and_never_wrap() {
    let square = (0..4_096).map(|i| [i16::MIN, i16::MAX][i % 2]);
    let levels = vectors(Bands::<1, 0, 8>::new(4_096), square);
    // Half of full scale, squared.
    assert_eq!(levels[0].imax(), 7);
    assert!(
        (levels[0][7] - (28 << 16)).abs() < 2_000,
        "{}",
        levels[0][7]
    );
}

#[test]
fn twice_the_amplitude_is_two_more() {
    let stream = |scale| noise(6).map(move |x| x * scale);
    let [once, twice] = [1, 2].map(|scale| vectors(Bands::<1, 0, 8>::new(2_048), stream(scale))[0]);
    for difference in (twice - once).iter() {
        assert!((difference - TWICE).abs() < 100, "{difference}");
    }
}

#[test]
fn a_cleared_front_end_is_a_new_one() {
    let mut used = Bands::<1, 2, 11, Eight, 2>::new(128);
    vectors(used.clone(), noise(0));
    noise(0).take(1_000).for_each(|x| {
        used.push([x]);
    });
    used.clear();
    let expected = vectors(Bands::<1, 2, 11, Eight, 2>::new(128), noise(3));
    assert_eq!(vectors(used, noise(3)), expected);
    let mut used = Statistics::<1, 5>::new(100);
    noise(0).take(150).for_each(|x| {
        used.push([x]);
    });
    used.clear();
    let expected = vectors(Statistics::<1, 5>::new(100), noise(3));
    assert_eq!(vectors(used, noise(3)), expected);
}

#[test]
fn overlapping_windows_are_those_that_end_there() {
    // A window that begins anew has no other filters behind it: every fourth is one of those without overlap.
    let apart = vectors(Bands::<1, 1, 9>::new(256), noise(4));
    let overlapping = vectors(Bands::<1, 1, 9, Eight, 4>::new(256), noise(4));
    assert_eq!(overlapping.len(), 4 * apart.len() - 3);
    let every_fourth: Vec<_> = overlapping.into_iter().step_by(4).collect();
    assert_eq!(every_fourth, apart);
}

#[test]
fn channels_do_not_know_of_each_other() {
    let mut together = Bands::<3, 1, 27>::new(256);
    let found: Vec<_> = (0..30_000)
        .filter_map(|i| together.push([0, 1, 2].map(|channel| front::sample(i, channel))))
        .collect();
    for channel in 0..3 {
        let stream = (0..30_000).map(|i| front::sample(i, channel));
        let alone = vectors(Bands::<1, 1, 9>::new(256), stream);
        for (found, alone) in found.iter().zip(alone) {
            assert_eq!(found.fixed_rows::<9>(9 * channel as usize), alone);
        }
    }
}

#[test]
fn a_sum_of_equal_channels_is_so_many_times_one() {
    let mut summed = Bands::<4, 0, 8>::new(256);
    let found: Vec<_> = noise(4).filter_map(|x| summed.push([x; 4])).collect();
    let alone = vectors(Bands::<1, 0, 8>::new(256), noise(4));
    for (found, alone) in found.iter().zip(alone) {
        assert!((found - alone).iter().all(|more| *more == 2 << 16));
    }
}

#[test]
fn means_are_those_of_the_samples() {
    for level in [-20_000, -3, 0, 12_345] {
        let stream = noise(6).map(|x| x + level);
        let found = vectors(Bands::<1, 0, 9>::new(2_048), stream.clone())[0][8];
        let expected = stream.map(f64::from).sum::<f64>() / 2_048.0;
        // The filters keep a little of the end of the window for the next one.
        assert!((f64::from(found) / 65_536.0 - expected).abs() < 4.0);
    }
}

#[test]
fn a_detector_takes_them_in_a_static() {
    use nice_flow::{Density, Detector};
    use std::sync::Mutex;

    #[derive(Debug)]
    struct Loudest;
    impl Density<i32, 24> for Loudest {
        type Nats = f32;
        fn log_density(&self, x: &SVector<i32, 24>) -> f32 {
            -(x.max() as f32) / 65_536.0
        }
    }
    static DETECTOR: Mutex<Detector<Loudest, i32, 3, 24, Bands<3, 0, 24>>> =
        Mutex::new(Detector::with(Bands::new(256), &Loudest, 16.0));

    let mut detector = DETECTOR.lock().unwrap();
    let mut watch = |loudness| {
        // A gap in the stream before, so that nothing rings on.
        detector.reset();
        let stream = noise(loudness).take(256);
        let verdicts = stream.filter_map(|x| detector.push([x, 0, 0]));
        verdicts
            .map(|verdict| verdict.anomalous)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        [watch(12), watch(2), watch(12)].concat(),
        [false, true, false]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn an_offset_of_all_samples_changes_no_level(
        stream in prop::collection::vec(-10_000i16..10_000, 256),
        offset in -20_000i16..20_000,
    ) {
        let [here, there] = [0, offset].map(|offset| {
            vectors(Bands::<1, 2, 10>::new(128), stream.iter().map(|x| x + offset))
        });
        prop_assert_eq!(here, there);
    }

    #[test]
    fn statistics_are_their_formulas(stream in prop::collection::vec(any::<i16>(), 2..200)) {
        let n = stream.len() as f64;
        let x: Vec<f64> = stream.iter().map(|x| f64::from(*x)).collect();
        let found = vectors(Statistics::<1, 5>::new(stream.len() as u32), stream.clone())[0];
        let mean = x.iter().sum::<f64>() / n;
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        let extremes = x.iter().fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(*x), high.max(*x)));
        let middle = (n - 1.0) / 2.0;
        let weights = || (0..stream.len()).map(|i| i as f64 - middle);
        let slope = weights().zip(&x).map(|(w, x)| w * x).sum::<f64>() / weights().map(|w| w * w).sum::<f64>();
        let crossings = x.windows(2).filter(|pair| (pair[0] >= x[0]) != (pair[1] >= x[0])).count();
        let expected = [mean, variance.sqrt(), extremes.1 - extremes.0, crossings as f64, slope * (n - 1.0)];
        for (found, expected) in found.iter().zip(expected) {
            let expected = expected.clamp(-32_768.0, 32_768.0 - 1.0 / 65_536.0);
            prop_assert!((f64::from(*found) / 65_536.0 - expected).abs() <= 2.0 / 65_536.0, "{found} {expected}");
        }
    }
}

#[test]
fn crossings_are_those_of_the_mean_of_the_window_before() {
    let stream = [0, 10, 0, 10, 4, 5, 4, 5, 9, 9, 0, 9];
    let crossings: Vec<_> = vectors(Statistics::<1, 5>::new(4), stream)
        .iter()
        .map(|statistics| statistics[3] >> 16)
        .collect();
    // Of 0: none goes below. Of 5: each. Of 4.5, rounded down: to 0 and back.
    assert_eq!(crossings, [0, 3, 2]);
}

/// `2 Σ x² − (Σ x)²` is one, whose root is taken too.
#[test]
fn the_shortest_window_has_statistics() {
    let found = vectors(Statistics::<1, 5>::new(2), [0, 1]);
    // Mean, deviation, peak to peak, crossings, slope.
    assert_eq!(
        found,
        [SVector::from([0x8000, 0x8000, 1 << 16, 0, 1 << 16])]
    );
}

#[test]
fn reals_are_their_front_end_divided_and_learn_and_forget_as_it_does() {
    let mut counts = Baseline::<i32, 1, 1>::new(4);
    let mut reals = Reals(counts.clone());
    for (x, anomalous) in [(10, false), (30, false), (90, true), (-20, false)] {
        let expected = counts.push([x]).map(|x| x.map(|x| x as f32 / 65_536.0));
        assert_eq!(reals.push([x]), expected);
        reals.learn(anomalous);
        counts.learn(anomalous);
    }
    reals.clear();
    counts.clear();
    let expected = counts.push([50]).map(|x| x.map(|x| x as f32 / 65_536.0));
    assert_eq!(reals.push([50]), expected);
}

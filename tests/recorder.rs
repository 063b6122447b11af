//! The flight recorder, and what is sent of it.

use nice_flow::Recorder;
use std::iter::from_fn;

/// Records the numbers of moments, with an alarm at some of them; what is read at once when something is there to read.
fn recordings<const N: usize>(after: u32, moments: u32, alarms: &[u32]) -> Vec<Vec<u32>> {
    let mut recorder = Recorder::<u32, N>::new(after);
    let mut recordings = vec![];
    for moment in 0..moments {
        if recorder.push(moment, alarms.contains(&moment)) {
            recordings.push(from_fn(|| recorder.read()).collect());
        }
    }
    recordings
}

#[test]
fn so_many_moments_before_an_alarm_and_after_it_are_kept() {
    assert_eq!(recordings::<5>(2, 20, &[10]), [[8, 9, 10, 11, 12]]);
    assert_eq!(recordings::<5>(0, 20, &[10]), [[6, 7, 8, 9, 10]]);
    assert_eq!(recordings::<5>(4, 20, &[10]), [[10, 11, 12, 13, 14]]);
    assert_eq!(recordings::<1>(0, 20, &[10]), [[10]]);
}

#[test]
fn soon_after_the_start_there_are_fewer_before_it() {
    assert_eq!(recordings::<8>(2, 20, &[1]), [[0, 1, 2, 3]]);
}

#[test]
fn an_alarm_within_a_recording_does_not_lengthen_it_and_the_next_one_begins_anew() {
    let found = recordings::<4>(2, 30, &[10, 11, 12, 13, 20]);
    let expected: [&[u32]; 3] = [&[9, 10, 11, 12], &[13, 14, 15], &[19, 20, 21, 22]];
    assert_eq!(found, expected);
}

#[test]
fn it_holds_still_until_it_is_read() {
    let mut recorder = Recorder::<u32, 3>::new(1);
    for moment in 0..100 {
        let is_still = recorder.push(moment, moment % 7 == 3);
        assert_eq!((is_still, recorder.is_still()), (moment >= 4, moment >= 4));
    }
    assert_eq!(from_fn(|| recorder.read()).collect::<Vec<_>>(), [2, 3, 4]);
    assert!(!recorder.is_still() && recorder.read().is_none());
    assert!(!recorder.push(100, false));
    recorder.clear();
    assert!(!recorder.push(101, true) && recorder.push(102, false));
    assert_eq!(from_fn(|| recorder.read()).collect::<Vec<_>>(), [101, 102]);
}

#[test]
fn a_recorder_takes_little_more_than_its_moments() {
    type Moment = ([i16; 4], i32);
    let more = size_of::<Recorder<Moment, 32>>() - 32 * size_of::<Moment>();
    // Twice as wide as on a board.
    assert!(more <= 48, "{more}");
}

/// One frame for a verdict with its causes: what a board sends, a host reads.
#[cfg(feature = "serde")]
#[test]
fn verdicts_causes_and_recordings_can_be_sent() {
    use nice_flow::fixed::Fixed;
    use nice_flow::float::Normal;
    use nice_flow::{Cause, Detector, Drift, Verdict};

    let detector = Detector::<_, f32, 2, 2>::new(&Normal, 10.0);
    let x = [0.5, 9.0];
    let verdict = detector.judge(&x);
    let cause = detector.explain(&[[0.0]; 2], &x).next();
    let mut recorder = Recorder::<Verdict<f32>, 4>::new(0);
    recorder.push(verdict, true);
    let mut drift = Drift::<10_000>::new();
    assert!(!drift.push(Fixed::from_nats(8.0)));

    let mut buffer = [0; 64];
    type Frame<'a> = (
        Verdict<f32>,
        Option<Cause<f32, f32>>,
        Recorder<Verdict<f32>, 4>,
        Drift<10_000>,
        Fixed,
    );
    let frame: Frame = (
        verdict,
        cause,
        recorder,
        drift.clone(),
        Fixed::from_nats(1.5),
    );
    let sent = postcard::to_slice(&frame, &mut buffer).unwrap();
    println!("{} bytes", sent.len());
    let (mut read, _): (Frame, _) = postcard::take_from_bytes(sent).unwrap();
    assert_eq!(
        (read.0, read.1, &read.3, read.4),
        (verdict, cause, &drift, Fixed::from_nats(1.5))
    );
    assert_eq!(read.2.read(), Some(verdict));
}

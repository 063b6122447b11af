//! Laws of debouncing.

use nice_flow::Debounce;
use proptest::prelude::*;
use std::panic::catch_unwind;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn an_alarm_is_enough_anomalies_among_the_last_verdicts(
        verdicts in prop::collection::vec(any::<bool>(), 0..200),
        (needed, of) in (1u32..=32).prop_flat_map(|of| (1..=of, Just(of))),
    ) {
        let mut debounce = Debounce::new(needed, of);
        for (row, anomalous) in verdicts.iter().enumerate() {
            let oldest = (row + 1).saturating_sub(of as usize);
            let count = verdicts[oldest..=row].iter().filter(|anomalous| **anomalous).count();
            prop_assert_eq!(debounce.push(*anomalous), count >= needed as usize);
        }
    }

    #[test]
    fn what_was_before_a_reset_does_not_count(
        before in prop::collection::vec(any::<bool>(), 0..50),
        after in prop::collection::vec(any::<bool>(), 0..50),
    ) {
        let (mut used, mut new) = (Debounce::new(3, 7), Debounce::new(3, 7));
        before.iter().for_each(|anomalous| { let _ = used.push(*anomalous); });
        used.reset();
        for anomalous in after {
            prop_assert_eq!(used.push(anomalous), new.push(anomalous));
        }
    }
}

#[test]
fn one_of_one_passes_every_verdict() {
    let mut debounce = Debounce::new(1, 1);
    assert!([true, false, true].iter().all(|v| debounce.push(*v) == *v));
}

#[test]
fn the_rate_of_independent_verdicts_is_the_binomial_tail() {
    // 3 of 5 flagged, each with p = 1/2: all 32 histories are as likely, 16 have three or more.
    let raises = |history: u32| {
        let mut debounce = Debounce::new(3, 5);
        let alarms = (0..5).map(|bit| debounce.push(history >> bit & 1 == 1));
        alarms.last() == Some(true)
    };
    assert_eq!((0..32).filter(|history| raises(*history)).count(), 16);
}

#[test]
fn a_rule_that_could_never_or_always_alarm_is_refused() {
    for (needed, of) in [(0, 1), (2, 1), (0, 0), (1, 33), (33, 33)] {
        assert!(catch_unwind(|| Debounce::new(needed, of)).is_err());
    }
}

#[test]
fn it_takes_three_words() {
    assert_eq!(size_of::<Debounce>(), 12);
}

use super::*;

fn names(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("c{i}")).collect()
}

#[test]
fn columns_get_mean_zero_and_deviation_one() {
    let rows: [&[f64]; 4] = [
        &[1.7e9, 5.0],
        &[1.7e9 + 1.0, 5.0],
        &[1.7e9, 5.0],
        &[1.7e9 + 1.0, 5.0],
    ];
    let (standard, notes) = standardise(&rows, &names(2), false, false).unwrap();
    assert_eq!(standard.center, [1.7e9 + 0.5, 5.0]);
    assert_eq!(standard.factor, [2.0, 20.0]);
    assert_eq!(notes.len(), 2);
    assert!(notes[0].contains("f32 can tell apart"), "{notes:?}");
    assert!(notes[1].starts_with("column c1 is always 5"), "{notes:?}");
    let rows = Rows::new(rows.into_iter(), &standard, &[0, 1]);
    assert_eq!(rows.values, [-1.0, 0.0, 1.0, 0.0, -1.0, 0.0, 1.0, 0.0]);
}

#[test]
fn clocks_are_told_and_astronomical_columns_refused() {
    // Whole seconds of three samples each, and a switch.
    let rows: Vec<[f64; 2]> = (0..30)
        .map(|row| [f64::from(row / 3), f64::from(u8::from(row > 9))])
        .collect();
    let rows: Vec<&[f64]> = rows.iter().map(|row| &row[..]).collect();
    let notes = standardise(&rows, &names(2), false, false).unwrap().1;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains("--skip c0"), "{notes:?}");
    let rows: [&[f64]; 3] = [&[1e200], &[-1e200], &[0.0]];
    let error = standardise(&rows, &names(1), false, false)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("c0: expected a mean below 1e30"),
        "{error}"
    );
}

#[test]
fn offsets_that_drown_a_column_are_told() {
    let wave = |n: usize| [1e9 + (n as f64).sin()];
    let rows: Vec<[f64; 1]> = (0..2000).map(wave).collect();
    let rows: Vec<&[f64]> = rows.iter().map(|row| &row[..]).collect();
    let notes = standardise(&rows, &names(1), false, false).unwrap().1;
    assert!(notes[0].contains("f32 can tell apart"), "{notes:?}");
    assert_eq!(notes.len(), 1);
    let around = |offset: f64| {
        let rows: Vec<[f64; 1]> = (0..2000).map(|n| [offset + (n as f64).sin()]).collect();
        let rows: Vec<&[f64]> = rows.iter().map(|row| &row[..]).collect();
        standardise(&rows, &names(1), false, false).unwrap().1
    };
    let notes = around(1e6);
    assert!(notes[0].contains("boards see it coarsely"), "{notes:?}");
    assert!(around(5e4).is_empty());
}

#[test]
fn robust_scales_are_not_moved_by_spikes() {
    let wave = |n: usize| [(n as f64).sin()];
    let mut values: Vec<[f64; 1]> = (0..2000).map(wave).collect();
    let scale = |values: &[[f64; 1]], robust| {
        let rows: Vec<&[f64]> = values.iter().map(|row| &row[..]).collect();
        let (standard, _) = standardise(&rows, &names(1), robust, false).unwrap();
        (standard.center[0], standard.factor[0])
    };
    let (plain, robust) = (scale(&values, false), scale(&values, true));
    values[7][0] = 1e6;
    assert!(scale(&values, false).1 < plain.1 / 1000.0);
    let moved = scale(&values, true);
    assert!((moved.0 - robust.0).abs() < 0.01 && (moved.1 / robust.1 - 1.0).abs() < 0.01);
}

#[test]
fn a_tenth_is_held_out_and_nothing_is_lost() {
    let split = Split::new(1000, 3);
    assert_eq!((split.training.len(), split.held_out.len()), (900, 100));
    let mut all = [split.training, split.held_out].concat();
    all.sort_unstable();
    assert_eq!(all, (0..1000).collect::<Vec<_>>());
    assert_eq!(Split::new(1_000_000, 3).held_out.len(), MOST_HELD_OUT);
}

#[test]
fn half_of_what_is_held_out_is_the_end() {
    let split = Split::with_end(1000, 3);
    assert_eq!((split.training.len(), split.held_out.len()), (900, 100));
    assert_eq!(split.held_out[50..], (950..1000).collect::<Vec<_>>());
    let mut all = [split.training, split.held_out].concat();
    all.sort_unstable();
    assert_eq!(all, (0..1000).collect::<Vec<_>>());
    // Of so few rows none is the end.
    assert_eq!(Split::with_end(10, 3).held_out.len(), 1);
}

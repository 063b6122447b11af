//! Training: what it learns, what it refuses, and that nothing but rows and request decides its bytes.

use nice_flow_codegen::model::Origin;
use nice_flow_codegen::model::file;
use nice_flow_codegen::{Result, lowered};
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::score::score;
use nice_flow_lab::judge::metrics;
use nice_flow_lab::table::Table;
use nice_flow_lab::train::{Check, Prior, RECIPES, Request, Trained, Trim, train};
use std::ops::ControlFlow;

/// Small and short: these tests run unoptimised.
fn request() -> Request {
    Request {
        prior: Some(Prior::Mixture(2)),
        couplings: Some(2),
        hidden: Some(6),
        depth: Some(1),
        steps: 200,
        members: 2,
        ..Request::default()
    }
}

fn table(columns: usize, values: Vec<f64>) -> Table {
    Table {
        header: None,
        rows: values.len() / columns,
        columns,
        values,
        labels: None,
        features: (0..columns).map(|i| format!("x{i}")).collect(),
        ..Table::default()
    }
}

/// Points near a circle of radius 10 around (100, −50), each a golden angle on.
fn circle(count: usize) -> Vec<f64> {
    let point = |n: usize| {
        let (angle, radius) = (n as f64 * 2.399_963, 10.0 + (n as f64 * 0.7).sin());
        [100.0 + radius * angle.cos(), -50.0 + radius * angle.sin()]
    };
    (0..count).flat_map(point).collect()
}

fn go_on(_: Check) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn trained(table: &Table, request: &Request) -> Result<Trained> {
    train(table.clone(), Origin::default(), request, &go_on)
}

fn bytes(table: &Table, request: &Request) -> Vec<u8> {
    let trained = trained(table, request).expect("flows");
    file::write(&trained.model).expect("a file")
}

fn scores(trained: &Trained, rows: &[f64]) -> Vec<f64> {
    score(&trained.model, rows, Arithmetic::F64, &|_| ())
        .expect("scores")
        .to_f64()
}

#[test]
fn same_rows_and_seed_give_the_same_bytes_on_any_number_of_threads() {
    let (table, request) = (
        table(2, circle(300)),
        Request {
            steps: 100,
            ..request()
        },
    );
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build()
            .expect("threads")
            .install(|| bytes(&table, &request))
    };
    assert_eq!(on(1), on(3));
    assert_ne!(
        on(1),
        bytes(
            &table,
            &Request {
                seed: 1,
                ..request.clone()
            }
        )
    );
}

#[test]
fn a_circle_is_told_from_its_middle_and_its_surroundings() {
    let trained = trained(
        &table(2, circle(400)),
        &Request {
            prior: Some(Prior::Mixture(12)),
            steps: 500,
            ..request()
        },
    )
    .unwrap();
    let strange = [
        100.0, -50.0, 102.0, -51.0, 115.0, -35.0, 80.0, -50.0, 100.0, -75.0,
    ];
    let rows = [circle(500)[800..].to_vec(), strange.to_vec()].concat();
    let labels = [vec![false; 100], vec![true; 5]].concat();
    let auroc = metrics::auroc(&scores(&trained, &rows), &labels).unwrap();
    assert!(auroc > 0.98, "{auroc}");
    // Tail scores of normal rows have mean one; these were trained on few.
    let mean = scores(&trained, &circle(400)).iter().sum::<f64>() / 400.0;
    assert!((0.8..1.3).contains(&mean), "{mean}");
}

#[test]
fn labelled_anomalies_are_not_trained_on() {
    let normal = table(2, circle(100));
    let mut mixed = table(2, [circle(100), vec![0.0, 0.0, 500.0, 1e9]].concat());
    mixed.labels = Some([vec![false; 100], vec![true; 2]].concat());
    assert_eq!(bytes(&normal, &request()), bytes(&mixed, &request()));
}

#[test]
fn labelled_anomalies_choose_the_recipe() {
    let mut mixed = table(2, [circle(60), [100.0, -50.0].repeat(5)].concat());
    mixed.labels = Some([vec![false; 60], vec![true; 5]].concat());
    let request = Request {
        steps: 2,
        members: 1,
        ..Request::default()
    };
    let trained = trained(&mixed, &request).unwrap();
    assert_eq!(trained.choice.len(), 12, "{:?}", trained.choice);
    let usual = trained.choice.iter().find(|(name, _)| *name == "small");
    // Another is chosen only if it does better.
    assert!(
        trained.choice[0].1 >= usual.unwrap().1,
        "{:?}",
        trained.choice
    );
    let chosen = &trained.model.members[0].training["recipe"];
    assert_eq!(chosen, trained.choice[0].0);
}

#[test]
fn a_few_labelled_anomalies_choose_nothing() {
    let mut mixed = table(2, [circle(60), [100.0, -50.0].repeat(4)].concat());
    mixed.labels = Some([vec![false; 60], vec![true; 4]].concat());
    let request = Request {
        steps: 2,
        members: 1,
        ..Request::default()
    };
    let trained = trained(&mixed, &request).unwrap();
    assert_eq!(trained.model.members[0].training["recipe"], "small");
    let note = "4 labelled anomalies choose no recipe: expected 5 or more";
    assert!(
        trained.notes.iter().any(|found| found == note),
        "{:?}",
        trained.notes
    );
}

#[test]
fn a_recipe_is_not_judged_by_rows_of_hours_that_it_has_seen() {
    // The last hour is elsewhere, farther out than the anomalies. Of the held-out rows, half are of it.
    let later = circle(10).into_iter().map(|value| value + 300.0);
    let rows = circle(190).into_iter().chain(later);
    let rows = rows.chain([200.0, 50.0].repeat(5)).collect();
    let mut mixed = table(2, rows);
    mixed.labels = Some([vec![false; 200], vec![true; 5]].concat());
    let request = Request {
        steps: 100,
        members: 1,
        ..Request::default()
    };
    let trained = trained(&mixed, &request).unwrap();
    assert!(trained.choice.iter().all(|(_, area)| *area <= 0.5));
}

#[test]
fn trimming_keeps_unlabelled_anomalies_from_being_learnt() {
    let rows = [circle(190), [130.0, -20.0].repeat(10)].concat();
    let of = |trim| {
        let trained = trained(&table(2, rows.clone()), &Request { trim, ..request() }).unwrap();
        scores(&trained, &[130.0, -20.0])[0]
    };
    let (all, trimmed) = (of(Trim::Share(0.0)), of(Trim::Share(0.1)));
    assert!(trimmed > 2.0 * all, "{trimmed} and {all}");
}

#[test]
fn rows_beyond_the_kink_are_left_out_of_training_and_named() {
    let rows = [circle(190), [130.0, -20.0].repeat(10)].concat();
    let request = Request {
        trim: Trim::Auto,
        ..request()
    };
    let found = trained(&table(2, rows.clone()), &request).unwrap();
    let start = "--trim auto leaves 10 of 200 rows out, rows 190, 191, 192, 193, 194 and 5 more of all that were read, from 0: ";
    assert!(
        found.notes.iter().any(|note| note.starts_with(start)),
        "{:?}",
        found.notes
    );
    let kept = trained(&table(2, circle(190)), &request).unwrap();
    let of = |trained| scores(trained, &[130.0, -20.0])[0];
    assert_eq!(of(&found), of(&kept));
}

/// Three columns of waves, the first two related; some cells of the first are replaced.
fn with_far_cells(cells: &[(usize, f64)]) -> Vec<f64> {
    let mut rows: Vec<f64> = (0..300)
        .flat_map(|n| {
            let a = (n as f64 * 0.37).sin();
            [a, a + 0.1 * (n as f64 * 1.3).sin(), (n as f64 * 0.9).cos()]
        })
        .collect();
    for (row, value) in cells {
        rows[row * 3] = *value;
    }
    rows
}

#[test]
fn with_robust_scales_a_far_value_changes_nothing_but_its_own_row() {
    let request = Request {
        robust_scales: true,
        ..request()
    };
    let mut without = with_far_cells(&[]);
    without.drain(200 * 3..201 * 3);
    let without = trained(&table(3, without), &request).unwrap().model;
    for far in [1e6, 1e30, -1e300] {
        let found = trained(&table(3, with_far_cells(&[(200, far)])), &request).unwrap();
        assert_eq!(found.model.members, without.members);
        assert_eq!(found.model.calibration, without.calibration);
        let note = format!(
            "column x0 has {far} in row 200, far from all others: nothing is learnt from such rows, as scales are robust"
        );
        assert_eq!(found.notes, [note]);
    }
}

#[test]
fn robust_scales_leave_no_states_out_and_their_rows_still_train() {
    let state: Vec<(usize, f64)> = (0..9).map(|i| (i * 30, 1e30 + 1e29 * i as f64)).collect();
    let request = Request {
        robust_scales: true,
        recipe: RECIPES
            .iter()
            .find_map(|(recipe, ..)| (recipe.name == "small").then_some(*recipe)),
        steps: 100,
        ..Request::default()
    };
    let found = trained(&table(3, with_far_cells(&state)), &request).unwrap();
    let note = &found.notes[0];
    let [first, second] = [state[0].1, state[1].1];
    let start = format!("column x0 has {first} in row 0, {second} in row 30, ");
    let end = "they are learnt from; leave such rows out, or train with --trim auto";
    assert!(note.starts_with(&start) && note.ends_with(end), "{note}");
    // Their scores are beyond f32, in which integers are scaled.
    assert_eq!(found.model.kept_rows().len(), 291 * 3);
    file::write(&found.model).expect("a file");
}

#[test]
fn values_that_move_a_level_are_named_as_the_file_has_them() {
    let mut rows = with_far_cells(&[(10, 1e6)]);
    rows.chunks_exact_mut(3).for_each(|row| row[2] = 17.0);
    let request = Request {
        baseline: "EWMA:64".parse().ok(),
        steps: 2,
        ..request()
    };
    let log = Table {
        recordings: vec![0],
        ..table(3, rows)
    };
    let notes = trained(&log, &request).unwrap().notes;
    let said = |start: &str| notes.iter().any(|note| note.starts_with(start));
    assert!(
        said("column x0 has 1000000 in row 10, far from all others: they move its level"),
        "{notes:?}"
    );
    assert!(said("column x2 is always 0 above its level: "), "{notes:?}");
    assert_eq!(notes.len(), 2, "{notes:?}");
}

#[test]
fn rows_of_several_files_keep_their_numbers_where_a_part_is_held_out() {
    let rows = [with_far_cells(&[]), with_far_cells(&[(10, 1e6)])].concat();
    let files = Table {
        recordings: vec![0, 300],
        files: vec![(0, "a.csv".into()), (300, "b.csv".into())],
        ..table(3, rows)
    };
    let short = Request {
        steps: 2,
        ..request()
    };
    for part in [files.clone(), files.parted(0.3).0] {
        let found = trained(&part, &short).unwrap();
        let note = &found.notes[0];
        assert!(
            note.starts_with("column x0 has 1000000 in row 10 of b.csv, far"),
            "{note}"
        );
        assert!(!found.model.members[0].training.contains_key("drawn_from"));
    }
    let alone = Table {
        files: vec![],
        ..files.parted(0.3).0
    };
    let note = &trained(&alone, &short).unwrap().notes[0];
    assert!(
        note.starts_with("column x0 has 1000000 in row 310, far"),
        "{note}"
    );
}

#[test]
fn rows_with_empty_cells_are_left_out_and_told() {
    let mut rows = circle(100);
    rows[7] = f64::NAN;
    rows[20] = f64::INFINITY;
    let short = Request {
        steps: 2,
        ..request()
    };
    let trained = trained(&table(2, rows), &short).unwrap();
    assert!(
        trained.notes[0].contains("2 of 100 rows left out"),
        "{:?}",
        trained.notes
    );
}

#[test]
fn constant_duplicated_and_rising_columns_train_and_generate() {
    let rows: Vec<f64> = circle(100)
        .chunks_exact(2)
        .enumerate()
        .flat_map(|(n, xy)| [xy[0], xy[0], 7.0, n as f64, xy[1].round()])
        .collect();
    let trained = trained(&table(5, rows.clone()), &request()).unwrap();
    assert_eq!(trained.notes.len(), 2, "{:?}", trained.notes);
    assert!(
        scores(&trained, &rows)
            .iter()
            .all(|score| score.is_finite())
    );
    lowered(&trained.model, nice_flow_codegen::Numeric::F32).expect("a module");
    let other_constant = [rows[..2].to_vec(), vec![8.0], rows[3..5].to_vec()].concat();
    let most = scores(&trained, &rows).into_iter().fold(0.0, f64::max);
    assert!(scores(&trained, &other_constant)[0] > most);
}

#[test]
fn one_feature_is_enough() {
    let rows: Vec<f64> = circle(100).into_iter().step_by(2).collect();
    let trained = trained(&table(1, rows), &request()).unwrap();
    let scores = scores(&trained, &[100.0, 200.0]);
    assert!(scores[1] > scores[0] + 5.0, "{scores:?}");
    lowered(&trained.model, nice_flow_codegen::Numeric::F32).expect("a module");
}

#[test]
fn what_cannot_be_trained_is_refused_in_words() {
    let refused = |table: Table, request: Request, words: &str| {
        let error = trained(&table, &request).expect_err(words).to_string();
        assert!(error.contains(words), "{error}");
    };
    refused(
        table(2, vec![1.0, 2.0]),
        request(),
        "at least 10 normal rows",
    );
    refused(
        table(1, vec![f64::NAN; 50]),
        request(),
        "at least 10 normal rows without empty cells, found 0; column x0 is empty in 50 of 50 rows: --skip x0 leaves it out",
    );
    refused(
        Table {
            labels: Some(vec![true; 50]),
            ..table(2, circle(50))
        },
        request(),
        "at least 10 normal rows without empty cells, found 0: 50 of 50 are labelled as anomalies",
    );
    refused(
        table(2, circle(50)),
        Request {
            trim: Trim::Share(0.9),
            ..request()
        },
        "--trim",
    );
    refused(
        table(2, circle(50)),
        Request {
            members: 0,
            ..request()
        },
        "--members: expected 1 to 64",
    );
    let budget = Request {
        hidden: None,
        budget: Some(40.into()),
        ..request()
    };
    refused(table(2, circle(50)), budget, "--budget: expected at least");
    let hostile = Table {
        header: Some(["t", "x", "y\u{202e}"].map(String::from).to_vec()),
        features: vec!["x".into(), "y\u{202e}".into()],
        ..table(2, circle(50))
    };
    refused(
        hostile,
        request(),
        "found '\\u{202e}' in \"y\\u{202e}\"; rename it, or leave it out: --skip 2",
    );
}

#[test]
fn stopping_early_gives_the_best_flow_so_far() {
    let stop = |_| ControlFlow::Break(());
    let trained = train(table(2, circle(100)), Origin::default(), &request(), &stop).unwrap();
    for member in &trained.model.members {
        assert_eq!(member.training["steps"], "100");
    }
}

#[test]
fn an_ensemble_is_read_back_as_it_was_written() {
    let trained = trained(
        &table(2, circle(50)),
        &Request {
            steps: 2,
            ..request()
        },
    )
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("circle.safetensors");
    std::fs::write(&path, file::write(&trained.model).unwrap()).unwrap();
    let model = file::read(&path).unwrap();
    assert_eq!(model, trained.model);
    let second = model.clone().member(1).unwrap();
    assert_eq!(second.only().unwrap(), &trained.model.members[1]);
    assert!(
        model
            .clone()
            .member(2)
            .unwrap_err()
            .to_string()
            .contains("expected 0 to 1, found 2")
    );
    let error = model.only().unwrap_err().to_string();
    assert!(
        error.contains("found an ensemble of 2; --member takes one"),
        "{error}"
    );

    let mut broken = trained.model;
    broken.members[0].tail.as_mut().expect("a tail").excess = 0.0;
    let error = file::write(&broken).unwrap_err().to_string();
    assert!(
        error.starts_with("members.0.tail: expected finite knots"),
        "{error}"
    );
}

/// Numbers about normal, of deviation 1: sums of three that a linear congruential generator gives.
fn noise(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut uniform = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let sum = |_| 2.0 * (uniform() + uniform() + uniform() - 1.5);
    (0..count).map(sum).collect()
}

/// Rows of sensors that measure three quantities together, and each a little of its own.
fn related(rows: usize, sensors: usize, seed: u64) -> Vec<f64> {
    let (loads, common) = (noise(3 * sensors, 1), noise(3 * rows, seed));
    let own = noise(rows * sensors, seed + 1);
    let value = |n: usize| {
        let (row, sensor) = (n / sensors, n % sensors);
        let shared = (0..3).map(|i| loads[3 * sensor + i] * common[3 * row + i]);
        shared.sum::<f64>() + 0.25 * own[n]
    };
    (0..rows * sensors).map(value).collect()
}

/// Rows in each of which one sensor has the value of another row.
fn with_a_value_of_another_row(rows: &[f64], sensors: usize) -> Vec<f64> {
    let count = rows.len() / sensors;
    let mut strange = rows.to_vec();
    for row in 0..count {
        let sensor = row % sensors;
        strange[row * sensors + sensor] = rows[(row + 77) % count * sensors + sensor];
    }
    strange
}

#[test]
fn few_rows_of_sensors_that_move_together_get_a_triangular_layer() {
    let request = Request {
        members: 1,
        steps: 200,
        ..Request::default()
    };
    for sensors in [12, 40, 80] {
        let rows_of_sensors = table(sensors, related(1000, sensors, 2));
        let trained = trained(&rows_of_sensors, &request).unwrap();
        let about = &trained.model.members[0].training;
        assert_eq!(about["recipe"], "triangular");
        let reason = &about["reason"];
        let expected = match sensors {
            12 => "triangular layer first: held-out likelihood +",
            _ => "triangular layer first: for 1000 rows of ",
        };
        assert!(reason.starts_with(expected), "{reason}");
        // One sensor of each anomaly has the value of another row.
        let normal = related(200, sensors, 4);
        let strange = with_a_value_of_another_row(&normal, sensors);
        let (rows, labels) = (
            [normal, strange].concat(),
            [vec![false; 200], vec![true; 200]].concat(),
        );
        let area = |trained: &Trained| {
            let scored = score(&trained.model, &rows, Arithmetic::I8, &|_| ());
            metrics::auroc(&scored.unwrap().to_f64(), &labels).unwrap()
        };
        let (small, ..) = RECIPES[0];
        let alone = Request {
            recipe: Some(small),
            ..request.clone()
        };
        let plain = area(&self::trained(&rows_of_sensors, &alone).unwrap());
        let found = area(&trained);
        assert!(
            found > 0.75 && found > plain + 0.05,
            "{sensors} sensors: {found} with the layer, {plain} without"
        );
    }
}

#[test]
fn networks_of_many_sensors_are_wide_enough_to_relate_them() {
    const SENSORS: usize = 52;
    let rows_of_sensors = table(SENSORS, related(1800, SENSORS, 2));
    let request = Request {
        members: 1,
        steps: 300,
        ..Request::default()
    };
    let mut rows = related(200, SENSORS, 4);
    rows.extend(with_a_value_of_another_row(&rows, SENSORS));
    let labels = [vec![false; 200], vec![true; 200]].concat();
    let area = |hidden| {
        let request = Request {
            hidden,
            ..request.clone()
        };
        let trained = trained(&rows_of_sensors, &request).unwrap();
        let about = &trained.model.members[0].training;
        let width = about["hidden"].clone();
        let area = metrics::auroc(&scores(&trained, &rows), &labels).unwrap();
        (about["recipe"].clone(), width, area)
    };
    let (recipe, width, wide) = area(None);
    assert_eq!((recipe.as_str(), width.as_str()), ("large", "8"));
    let (.., narrow) = area(Some(1));
    assert!(
        wide > narrow + 0.05,
        "{wide} by default, {narrow} with width 1"
    );
}

#[test]
fn independent_sensors_get_no_triangular_layer_unless_it_is_asked_for() {
    let alone = table(8, noise(8 * 400, 3));
    let mut request = Request {
        members: 1,
        steps: 200,
        ..Request::default()
    };
    let of = |trained: Trained, key: &str| trained.model.members[0].training[key].clone();
    let reason = of(trained(&alone, &request).unwrap(), "reason");
    let expected = "for 400 rows of 8 features; no triangular layer first: with one, held-out ";
    assert!(reason.starts_with(expected), "{reason}");
    for (recipe, word, _) in RECIPES {
        request.recipe = Some(recipe);
        let asked = trained(&alone, &request).unwrap();
        let triangles = asked.model.members[0].flow.layers.iter();
        let triangles = triangles
            .filter(|layer| layer.kind() == "triangular")
            .count();
        assert_eq!(triangles, usize::from(word == "triangular"), "{word}");
        assert_eq!(of(asked.clone(), "recipe"), word);
        assert_eq!(of(asked, "reason"), "asked for by --recipe");
    }
}

/// Rows of a machine at three speeds, each with its own level of every band.
fn regimes(rows: usize, seed: u64) -> Vec<f64> {
    const BANDS: usize = 8;
    let (levels, own) = (noise(3 * BANDS, 5), noise(rows * BANDS, seed));
    let value = |n: usize| 5.0 * levels[n / BANDS % 3 * BANDS + n % BANDS] + 0.3 * own[n];
    (0..rows * BANDS).map(value).collect()
}

#[test]
fn few_windows_of_a_machine_with_several_speeds_get_a_mixture() {
    let windows = table(8, regimes(600, 6));
    let rows = Request {
        members: 1,
        steps: 500,
        ..Request::default()
    };
    let raw = Request {
        is_front: true,
        ..rows.clone()
    };
    let about = |table: &Table, request: &Request| {
        let about = &trained(table, request).unwrap().model.members[0].training;
        (about["recipe"].clone(), about["reason"].clone())
    };
    let (recipe, reason) = about(&windows, &raw);
    assert_eq!(recipe, "medium");
    assert!(
        reason.starts_with("mixture of normals: held-out likelihood +"),
        "{reason}"
    );
    // Rows that come from no front end are not asked, nor is one speed told apart into several.
    let (recipe, reason) = about(&windows, &rows);
    assert_ne!(recipe, "medium");
    assert!(!reason.contains("mixture"), "{reason}");
    let (_, reason) = about(&table(8, noise(8 * 600, 7)), &raw);
    assert!(
        reason.contains("; no mixture of normals: with one, "),
        "{reason}"
    );
}

#[test]
fn a_short_log_gets_local_density_unless_its_sensors_move_together() {
    let request = Request {
        members: 1,
        steps: 200,
        ..Request::default()
    };
    let about = |columns: usize, values: Vec<f64>| {
        let log = Table {
            is_log: true,
            ..table(columns, values)
        };
        let about = &trained(&log, &request).unwrap().model.members[0].training;
        (about["recipe"].clone(), about["reason"].clone())
    };
    let (recipe, reason) = about(8, noise(8 * 600, 7));
    assert_eq!(recipe, "mixture");
    assert!(
        reason.starts_with(
            "for a log (rows with times) of 600 rows; no triangular layer first: with one, "
        ),
        "{reason}"
    );
    let (recipe, reason) = about(40, related(1000, 40, 2));
    assert_eq!(recipe, "triangular");
    assert!(
        reason.starts_with("triangular layer first: held-out likelihood +"),
        "{reason}"
    );
    let (recipe, reason) = about(1, noise(600, 3));
    assert_eq!(recipe, "mixture");
    assert_eq!(reason, "for a log (rows with times) of 600 rows");
}

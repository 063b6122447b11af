//! Conditional flows: what is normal depends on a context that is given and not scored.

#[path = "../../tests/fixtures/noise.rs"]
mod noise;

use nice_flow_codegen::flow::ir::Layer;
use nice_flow_codegen::model::{Model, Origin, file};
use nice_flow_codegen::{Numeric, generate, lowered};
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_import::import::import;
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::score::score;
use nice_flow_lab::judge::calibrate::calibrate;
use nice_flow_lab::judge::metrics;
use nice_flow_lab::judge::verify::cost;
use nice_flow_lab::table::{Hours, Table};
use nice_flow_lab::train::{Prior, Request, Trim, train};
use noise::Noise;
use std::ops::ControlFlow;
use std::path::Path;

/// Small and short: these tests run unoptimised.
fn request(given: &[&str]) -> Request {
    Request {
        prior: Some(Prior::Normal),
        couplings: Some(2),
        hidden: Some(12),
        depth: Some(1),
        steps: 500,
        members: 1,
        given: given.iter().map(ToString::to_string).collect(),
        ..Request::default()
    }
}

fn model(table: &Table, request: &Request) -> nice_flow_codegen::Result<Model> {
    let go_on = |_| ControlFlow::Continue(());
    let origin = Origin::new(Path::new("made.csv"), String::new(), "trained by nice-flow");
    Ok(train(table.clone(), origin, request, &go_on)?.model)
}

/// Temperature, current and vibration of a machine at a speed and a load.
fn machine(noise: &mut Noise, speed: f64, load: f64) -> [f64; 3] {
    let speed = speed / 1000.0;
    [
        20.0 + 20.0 * speed + 25.0 * load + 0.7 * noise.normal(),
        1.0 + 4.0 * load + speed + 0.08 * noise.normal(),
        0.5 + speed * speed / 3.0 + 0.3 * load + 0.06 * noise.normal(),
    ]
}

/// Rows of a machine, `load` and `speed` not beside one another; every third of `anomalous` ones behaves as at another speed and load.
fn machines(count: usize, anomalous: bool, seed: u64) -> Table {
    let mut noise = Noise(seed);
    let mut labels = vec![];
    let row = |i: usize| {
        let (speed, load) = (1750.0 + 1250.0 * noise.next(), 0.5 + 0.5 * noise.next());
        let is_anomaly = anomalous && i.is_multiple_of(3);
        labels.push(is_anomaly);
        // Half of the range away, where another row may be normal.
        let other = |x: f64, low: f64, width: f64| low + (x - low + width / 2.0).rem_euclid(width);
        let (at, under) = match is_anomaly {
            true => (other(speed, 500.0, 2500.0), other(load, 0.0, 1.0)),
            false => (speed, load),
        };
        let [temperature, current, vibration] = machine(&mut noise, at, under);
        [load, temperature, current, speed, vibration]
    };
    let values = (0..count).flat_map(row).collect();
    let features = ["load", "temperature", "current", "speed", "vibration"];
    Table {
        labels: anomalous.then_some(labels),
        ..Table::of_rows(values, features.map(String::from).to_vec())
    }
}

/// A consumption and a flow that follow the hour of the day; every third of `anomalous` rows is of another time of day.
fn days(count: usize, anomalous: bool, seed: u64) -> Table {
    let mut noise = Noise(seed);
    let (mut labels, mut times) = (vec![], vec![]);
    let row = |i: usize| {
        let minute = (12.0 * 60.0 * (1.0 + noise.next())) as usize % 1440;
        times.push(format!(
            "2026-05-{:02} {:02}:{:02}:00",
            1 + i % 28,
            minute / 60,
            minute % 60
        ));
        let is_anomaly = anomalous && i.is_multiple_of(3);
        labels.push(is_anomaly);
        let hour = minute as f64 / 60.0 + if is_anomaly { 12.0 } else { 0.0 };
        let angle = hour * std::f64::consts::TAU / 24.0;
        [
            30.0 + 10.0 * angle.sin() + 0.6 * noise.normal(),
            5.0 + 2.0 * angle.cos() - 0.1 * (10.0 * angle.sin()) + 0.2 * noise.normal(),
        ]
    };
    let values = (0..count).flat_map(row).collect();
    let mut table = Table {
        labels: anomalous.then_some(labels),
        ..Table::of_rows(values, vec!["consumption".into(), "flow".into()])
    };
    table.times = Some(times);
    Hours::asked("time:hour").unwrap().add(&mut table).unwrap();
    table
}

/// The area under the ROC curve of labelled rows.
fn auroc(model: &Model, test: &Table, arithmetic: Arithmetic) -> f64 {
    let scores = score(model, &test.values, arithmetic, &|_| ())
        .unwrap()
        .to_f64();
    metrics::auroc(&scores, test.labels.as_ref().unwrap()).unwrap()
}

/// The same rows without these columns.
fn without(table: &Table, columns: &[&str]) -> Table {
    let kept: Vec<usize> = (0..table.columns)
        .filter(|i| !columns.contains(&&*table.features[*i]))
        .collect();
    let values = table
        .iter()
        .flat_map(|row| kept.iter().map(|i| row[*i]))
        .collect();
    let features = kept.iter().map(|i| table.features[*i].clone()).collect();
    Table {
        labels: table.labels.clone(),
        ..Table::of_rows(values, features)
    }
}

/// From chance without the context to nearly all with it, in every number type.
fn a_context_tells(normal: &Table, test: &Table, given: &[&str]) -> Model {
    let short = Request {
        steps: 200,
        ..request(&[])
    };
    let blind = model(&without(normal, given), &short).unwrap();
    let chance = auroc(&blind, &without(test, given), Arithmetic::F64);
    assert!((0.4..0.6).contains(&chance), "{chance}");
    let told = model(normal, &request(given)).unwrap();
    for arithmetic in [
        Arithmetic::F64,
        Arithmetic::F32,
        Arithmetic::I16,
        Arithmetic::I8,
    ] {
        let found = auroc(&told, test, arithmetic);
        println!(
            "{given:?}: AUROC {:.2} without, {:.2} with, in {arithmetic:?}",
            100.0 * chance,
            100.0 * found
        );
        assert!(found >= 0.99, "{arithmetic:?}: {found}");
    }
    told
}

#[test]
fn speed_and_load_tell_what_is_normal() {
    let (normal, test) = (machines(2000, false, 1), machines(900, true, 2));
    let model = a_context_tells(&normal, &test, &["load", "speed"]);
    assert_eq!(model.context(), [0, 3]);
    // A file gives back the same model, context included.
    let bytes = file::write(&model).unwrap();
    assert_eq!(file::from_bytes(&bytes, Path::new("m")).unwrap(), model);
    for numeric in [Numeric::F32, Numeric::I8] {
        let text = generate(&model, numeric).unwrap();
        assert!(
            text.contains("pub const CONTEXT: [usize; 2] = [0, 3];"),
            "{text}"
        );
        assert!(text.contains("`ln p` given [`CONTEXT`]"));
        assert!(text.contains(" --given load,speed --"));
    }
    // Draws have the context of rows that the model keeps, and are as likely as these.
    let drawn = model.sample(300, 5);
    let kept = &model.calibration.as_ref().unwrap().rows;
    let is_known = |row: &[f64]| {
        kept.chunks_exact(5)
            .any(|known| known[0] == row[0] && known[3] == row[3])
    };
    assert!(drawn.chunks_exact(5).all(is_known));
    let mean = |rows: &[f64]| {
        let scores = score(&model, rows, Arithmetic::F64, &|_| ())
            .unwrap()
            .to_f64();
        scores.iter().sum::<f64>() / scores.len() as f64
    };
    let apart = mean(&drawn) - mean(&normal.values);
    // The noise of training is as wide as that of the machine, so that drawn rows lie a little farther out.
    assert!((0.0..2.5).contains(&apart), "{apart}");
    // Integers: a context that is no number, or that lies far beyond all known ones, is anomalous.
    for broken in [f64::NAN, 1e9] {
        let mut row = normal.row(0).to_vec();
        row[3] = broken;
        let scores = score(&model, &row, Arithmetic::I8, &|_| ())
            .unwrap()
            .to_f64();
        assert!(scores[0] > 1000.0, "{scores:?}");
    }
}

#[test]
fn the_hour_tells_what_is_normal() {
    let (normal, test) = (days(2000, false, 3), days(900, true, 4));
    let given = ["time:hour:sin", "time:hour:cos"];
    a_context_tells(&normal, &test, &given);
}

#[test]
fn what_has_no_meaning_beside_a_context_is_refused() {
    let table = machines(100, false, 1);
    let refused = |change: &dyn Fn(&mut Request)| {
        let mut request = request(&["speed"]);
        change(&mut request);
        model(&table, &request).unwrap_err().to_string()
    };
    assert!(refused(&|r| r.given = vec!["sped".into()]).contains("found sped"));
    assert!(
        refused(&|r| r.given = table.features.clone())
            .contains("expected a feature that is no context")
    );
    assert!(refused(&|r| r.couplings = Some(0)).contains("expected couplings"));
    assert!(refused(&|r| r.prior = Some(Prior::Logistic)).contains("logistic"));
    assert!(
        refused(&|r| r.recipe = Some("triangular".parse().unwrap())).contains("triangular layer")
    );
    assert!(refused(&|r| r.baseline = Some("EWMA:16".parse().unwrap())).contains("--baseline"));
}

/// One feature beside a context, and the rows that a first training doubts: the smallest flow there is.
#[test]
fn a_single_feature_is_scored_given_a_context() {
    let rows = |seed| {
        let mut noise = Noise(seed);
        let row = |_| {
            let speed = noise.next();
            [3.0 * speed + 0.1 * noise.normal(), speed]
        };
        Table::of_rows(
            (0..600).flat_map(row).collect(),
            vec!["flow".into(), "speed".into()],
        )
    };
    let request = Request {
        trim: Trim::Auto,
        prior: None,
        couplings: None,
        hidden: None,
        depth: None,
        budget: None,
        steps: 900,
        ..request(&["speed"])
    };
    let model = model(&rows(1), &request).unwrap();
    let couplings = model.first().flow.couplings().count();
    assert_eq!(couplings, 1);
    assert!(
        model
            .first()
            .flow
            .layers
            .iter()
            .any(|layer| matches!(layer, Layer::Diagonal(_)))
    );
    let scores = score(&model, &[0.0, 0.0, 2.0, 0.0], Arithmetic::F64, &|_| ())
        .unwrap()
        .to_f64();
    assert!(scores[1] > scores[0] + 5.0, "{scores:?}");
}

/// Residual blocks that a context gates, as nflows trains them: seven columns, the last three the context.
#[test]
fn gates_of_a_context_keep_the_order_of_rows_in_integers() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/conditional");
    let checkpoint = Checkpoint::open(&fixtures.join("resnet_c3.pt")).unwrap();
    let context = [("context".into(), "speed,load,hour".into())];
    let mut model = import(&checkpoint, None, &context).unwrap().model;
    let flow = model.members[0].flow.clone();
    let rows = |seed| {
        let mut noise = Noise(seed);
        let mut rows: Vec<f64> = (0..7 * 1000).map(|_| noise.normal()).collect();
        rows.chunks_exact_mut(7).for_each(|row| {
            flow.inverse(row);
        });
        rows
    };
    let integers = calibrate(&mut model, &rows(1), 0.01, &|_| ()).unwrap();
    assert!(
        integers.iter().all(|(_, outcome)| outcome.is_ok()),
        "{integers:?}"
    );
    for (numeric, least) in [(Numeric::I16, 0.9999), (Numeric::I8, 0.999)] {
        let module = lowered(&model, numeric).unwrap();
        let cost = cost(&model, &module, &rows(2), None).unwrap();
        let rank = cost.normal.rank_agreement.unwrap();
        println!(
            "{numeric}: median {:.4} nats, rank {rank:.6}",
            cost.normal.median
        );
        assert!(rank >= least, "{numeric}: {rank}");
    }
}

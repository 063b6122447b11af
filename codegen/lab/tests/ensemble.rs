//! Ensembles from training to the board: one score of several flows, the same bits everywhere, in every combination.
//!
//! Boards are skipped with a printed line where QEMU or a target is missing, unless `CI` is set. `BLESS=1` writes the
//! committed modules anew.

use nice_flow::Density;
use nice_flow_codegen::model::Biases;
use nice_flow_codegen::model::Combine;
use nice_flow_codegen::model::Origin;
use nice_flow_codegen::model::file;
use nice_flow_codegen::module::PartKind;
use nice_flow_codegen::module::emit;
use nice_flow_codegen::{Builder, Lowered, Model, Numeric};
use nice_flow_codegen::{generate, lowered};
use nice_flow_lab::Target;
use nice_flow_lab::board::cost;
use nice_flow_lab::board::simulate::{OptLevel, Runtime, Simulator};
use nice_flow_lab::host::arithmetic::Arithmetic;
use nice_flow_lab::host::score::{score, score_lowered};
use nice_flow_lab::host::scores::{Scores, canonical_bits};
use nice_flow_lab::judge::calibrate::calibrate;
use nice_flow_lab::table::Table;
use nice_flow_lab::train::{Prior, Request, train};
use proptest::prelude::*;
use ready::is_ready;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::LazyLock;

#[path = "../../tests/fixtures/ensemble/density_f32.rs"]
mod density_f32;
#[path = "../../tests/fixtures/ensemble/density_i8.rs"]
mod density_i8;
#[path = "../../tests/fixtures/ensemble/max_f32.rs"]
mod max_f32;
#[path = "../../tests/fixtures/ensemble/max_i8.rs"]
mod max_i8;
#[path = "../../tests/fixtures/ready.rs"]
mod ready;
#[path = "../../tests/fixtures/ensemble/tail_f32.rs"]
mod tail_f32;
#[path = "../../tests/fixtures/ensemble/tail_i8.rs"]
mod tail_i8;

/// Points near a circle of radius 10 around (100, −50), each a golden angle on; the third input follows the second.
fn circle(count: usize) -> Vec<f64> {
    let point = |n: usize| {
        let (angle, radius) = (n as f64 * 2.399_963, 10.0 + (n as f64 * 0.7).sin());
        let (x, y) = (radius * libm::cos(angle), radius * libm::sin(angle));
        [100.0 + x, -50.0 + y, 0.1 * y + (n as f64 * 1.3).sin()]
    };
    (0..count).flat_map(point).collect()
}

/// What `train` writes by default of a small table, but for its sizes.
static TRAINED: LazyLock<Model> = LazyLock::new(|| trained(0));

fn trained(seed: u64) -> Model {
    let values = circle(300);
    let table = Table {
        header: None,
        rows: 300,
        columns: 3,
        values,
        labels: None,
        features: ["x", "y", "z"].map(String::from).to_vec(),
        ..Table::default()
    };
    let request = Request {
        prior: Some(Prior::Mixture(2)),
        couplings: Some(2),
        hidden: Some(6),
        depth: Some(1),
        steps: 200,
        seed,
        ..Request::default()
    };
    let origin = Origin {
        file: "circle.csv".into(),
        ..Origin::default()
    };
    let watch = |_| ControlFlow::Continue(());
    // The committed modules are those of models whose biases are words.
    Model {
        biases: Biases::Words,
        ..train(table, origin, &request, &watch).unwrap().model
    }
}

/// With thresholds from rows of its own.
fn calibrated(combine: Combine) -> Model {
    let mut model = TRAINED.clone();
    model.set_combine(combine).unwrap();
    let integers = calibrate(&mut model, &circle(400)[900..], 0.02, &|_| ()).unwrap();
    assert!(
        integers.iter().all(|(_, outcome)| outcome.is_ok()),
        "{integers:?}"
    );
    model
}

const WAYS: [(Combine, &str); 3] = [
    (Combine::Tail, "tail"),
    (Combine::Density, "density"),
    (Combine::Max, "max"),
];

/// Ordinary rows, far ones, and what a broken sensor sends.
fn rows() -> Vec<f64> {
    let mut rows = circle(60);
    for (i, x) in rows.iter_mut().enumerate().skip(90) {
        *x += (i as f64 * 1.7).sin() * [0.5, 5.0, 50.0, 5e6][i % 4];
    }
    let strange = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 3e38, 1e-40];
    for (i, strange) in strange.into_iter().enumerate() {
        rows[7 * i + i % 3] = strange;
    }
    rows
}

fn scores(model: &Model, rows: &[f64], arithmetic: Arithmetic) -> Scores {
    score(model, rows, arithmetic, &|_| ()).unwrap()
}

#[test]
fn the_committed_modules_are_what_every_way_to_generate_writes() {
    let folder = tempfile::tempdir().unwrap();
    for (combine, name) in WAYS {
        let model = calibrated(combine);
        let path = folder.path().join("circle.safetensors");
        std::fs::write(&path, file::write(&model).unwrap()).unwrap();
        for numeric in [Numeric::F32, Numeric::I8] {
            let text = generate(&model, numeric).unwrap();
            let built = Builder::new(&path)
                .numeric(numeric)
                .generate_to(folder.path());
            assert_eq!(std::fs::read_to_string(built.unwrap()).unwrap(), text);
            let committed = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join(format!("../tests/fixtures/ensemble/{name}_{numeric}.rs"));
            if std::env::var_os("BLESS").is_some() {
                std::fs::write(&committed, &text).unwrap();
            }
            let committed = std::fs::read_to_string(committed).unwrap();
            assert!(committed == text, "{name} {numeric} is stale");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..Default::default() })]

    /// Any bits at all, and numbers that a sensor might send.
    #[test]
    fn host_scores_equal_the_compiled_modules_in_every_bit(
        rows in prop::collection::vec(prop_oneof![any::<u32>().prop_map(f32::from_bits), -60.0..120.0_f32], 3 * 40),
    ) {
        let (vectors, _) = rows.as_chunks::<3>();
        let rows: Vec<f64> = rows.iter().map(|x| f64::from(*x)).collect();
        let [tail, density, max] = WAYS.map(|(combine, _)| calibrated(combine));
        for (model, score) in [
            (&tail, (|x| tail_f32::MODEL.score(&x)) as fn([f32; 3]) -> f32),
            (&density, |x| density_f32::MODEL.score(&x)),
            (&max, |x| max_f32::MODEL.score(&x)),
        ] {
            let compiled: Vec<u32> = vectors.iter().map(|x| canonical_bits(score(*x))).collect();
            let Scores::F32(host) = scores(model, &rows, Arithmetic::F32) else { unreachable!() };
            prop_assert_eq!(host.into_iter().map(canonical_bits).collect::<Vec<_>>(), compiled);
        }
        for (model, score) in [
            (&tail, (|x| tail_i8::MODEL.score(&x).to_bits()) as fn([f32; 3]) -> i32),
            (&density, |x| density_i8::MODEL.score(&x).to_bits()),
            (&max, |x| max_i8::MODEL.score(&x).to_bits()),
        ] {
            let compiled: Vec<i32> = vectors.iter().map(|x| score(*x)).collect();
            let Scores::Fixed { bits, .. } = scores(model, &rows, Arithmetic::I8) else { unreachable!() };
            prop_assert_eq!(bits, compiled);
        }
    }
}

#[test]
fn thresholds_of_modules_are_those_of_the_host() {
    for (combine, limits) in [
        (Combine::Tail, (tail_f32::THRESHOLD, tail_i8::THRESHOLD)),
        (Combine::Max, (max_f32::THRESHOLD, max_i8::THRESHOLD)),
        (
            Combine::Density,
            (density_f32::THRESHOLD, density_i8::THRESHOLD),
        ),
    ] {
        let model = calibrated(combine);
        let of = |numeric| model.threshold_of(numeric).unwrap().score;
        assert_eq!(f64::from(limits.0), of(Numeric::F32));
        assert_eq!(f64::from(limits.1.to_bits()) / 65536.0, of(Numeric::I8));
    }
}

#[test]
fn scores_are_the_definitions_of_their_combinations() {
    let rows = circle(50);
    let members: Vec<Vec<f64>> = (0..3)
        .map(|n| TRAINED.clone().member(n).unwrap())
        .map(|model| scores(&model, &rows, Arithmetic::F64).to_f64())
        .collect();
    let by_row = |combine: &dyn Fn(&[f64]) -> f64| -> Vec<f64> {
        let of = |row: usize| combine(&[members[0][row], members[1][row], members[2][row]]);
        (0..50).map(of).collect()
    };
    let of_tails = |scores: &[f64]| {
        let pairs = TRAINED.members.iter().zip(scores);
        let tails = pairs.map(|(member, score)| member.tail.unwrap().score(*score));
        tails.collect::<Vec<f64>>()
    };
    let mean = |scores: &[f64]| of_tails(scores).iter().sum::<f64>() / 3.0;
    let max = |scores: &[f64]| of_tails(scores).into_iter().fold(0.0, f64::max);
    let density = |scores: &[f64]| -(scores.iter().map(|s| (-s).exp()).sum::<f64>() / 3.0).ln();
    for (combine, expected) in [
        (Combine::Tail, by_row(&mean)),
        (Combine::Max, by_row(&max)),
        (Combine::Density, by_row(&density)),
    ] {
        let model = calibrated(combine);
        // Rounding of f64; of f32; of 16-bit weights and the steps of a mixture's state; of 8-bit weights, twice the median of real models.
        for (arithmetic, limit) in [
            (Arithmetic::F64, 1e-12),
            (Arithmetic::F32, 1e-4),
            (Arithmetic::I16, 0.03),
            (Arithmetic::I8, 0.3),
        ] {
            let found = scores(&model, &rows, arithmetic).to_f64();
            let apart = found.iter().zip(&expected).map(|(a, b)| (a - b).abs());
            let worst = apart.fold(0.0, f64::max);
            // A mean of three errs a third as far as the one of them that errs most; the highest is one of them.
            let limit = if combine == Combine::Max {
                3.0 * limit
            } else {
                limit
            };
            assert!(worst <= limit, "{combine:?} {arithmetic:?}: {worst}");
        }
    }
}

#[test]
fn a_file_says_how_to_combine_and_one_that_does_not_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("circle.safetensors");
    for (combine, name) in WAYS {
        let model = calibrated(combine);
        let mut bytes = file::write(&model).unwrap();
        std::fs::write(&path, &bytes).unwrap();
        assert!(file::read(&path).unwrap() == model);
        let key = format!("\\\"combine\\\":\\\"{name}\\\",");
        let at = bytes
            .windows(key.len())
            .position(|part| part == key.as_bytes());
        // Blanks: the header's length stays.
        bytes[at.unwrap()..][..key.len()].fill(b' ');
        std::fs::write(&path, &bytes).unwrap();
        let error = file::read(&path).unwrap_err().to_string();
        assert!(
            error.ends_with("members: expected one flow where nothing is combined, found 3"),
            "{error}"
        );
    }
}

#[test]
fn a_member_of_another_type_is_refused_by_name() {
    let mut ensemble = TRAINED.clone();
    ensemble.members[2].flow.layers.remove(0);
    let error = lowered(&ensemble, Numeric::I8).unwrap_err().to_string();
    assert!(
        error.starts_with("member 2: expected the type of member 0, Encoded<"),
        "{error}"
    );
    let three = lowered(&calibrated(Combine::Tail), Numeric::F32).unwrap();
    let two = three.flows()[..2].to_vec();
    let error = Lowered::new(two, three.combination().cloned())
        .unwrap_err()
        .to_string();
    assert_eq!(error, "ensemble: expected 3 members, found 2");
}

/// A random permutation of three inputs is none in one member of some ensembles.
#[test]
fn members_that_do_not_permute_alike_have_one_type() {
    let rows = rows();
    let mut unlike = 0;
    for seed in 0..8 {
        let model = trained(seed);
        for numeric in Numeric::ALL {
            let alone = (0..3).map(|index| model.clone().member(index).unwrap());
            let alone: Vec<_> = alone
                .map(|member| lowered(&member, numeric).unwrap())
                .collect();
            let is_unlike = |one: &Lowered| one.type_name() != alone[0].type_name();
            unlike += usize::from(alone.iter().any(is_unlike));
            let of_members = alone.iter().map(|one| score_lowered(one, &rows, &|_| ()));
            let combination = model.combination().unwrap();
            let expected = nice_flow_lab::host::combine::combine(
                &combination,
                &of_members.collect::<Vec<_>>(),
            );
            let together = lowered(&model, numeric).unwrap();
            assert_eq!(
                score_lowered(&together, &rows, &|_| ()).bits(),
                expected.bits(),
                "{seed} {numeric}"
            );
        }
    }
    assert!(unlike > 0);
}

#[test]
fn every_member_takes_counts() {
    let model = calibrated(Combine::Tail);
    let taking = |numeric| {
        lowered(&model, numeric)
            .unwrap()
            .taking_counts(&"unit=0.01".parse().unwrap(), &model)
    };
    let text = emit::emit(&model, &taking(Numeric::I8).unwrap()).unwrap();
    assert!(
        text.contains("pub type Member = Encoded<Counts<3>, "),
        "{text}"
    );
    assert_eq!(text.matches("Counts::new(").count(), 3);
    assert!(
        taking(Numeric::F32)
            .unwrap_err()
            .to_string()
            .contains("expected --numeric i16 or i8")
    );
}

fn simulator(target: Target) -> Option<Simulator> {
    is_ready(&[target]).then_some(Simulator {
        target,
        opt_level: OptLevel::Three,
        runtime: Runtime::Matching,
        keep: None,
    })
}

#[test]
fn boards_score_as_the_host_does() {
    let rows = rows();
    let singles: Vec<f32> = rows.iter().map(|x| *x as f32).collect();
    for target in [Target::CortexM4F, Target::CortexM0Plus] {
        let Some(simulator) = simulator(target) else {
            continue;
        };
        for (combine, name) in WAYS {
            let model = calibrated(combine);
            // The highest tail is computed alike in i16 and i8.
            let is_seen = |numeric: &Numeric| combine != Combine::Max || *numeric != Numeric::I16;
            for numeric in Numeric::ALL.into_iter().filter(is_seen) {
                let lowered = lowered(&model, numeric).unwrap();
                let module = emit::emit(&model, &lowered).unwrap();
                let run = simulator
                    .build(&module)
                    .unwrap()
                    .run(&singles, 3, &|_| ())
                    .unwrap();
                let board = Scores::from_bits(&run.score_bits, &lowered);
                let host = scores(&model, &rows, numeric.into());
                assert_eq!(board.bits(), host.bits(), "{name} {numeric} {target}");
                println!("{name} {numeric} {target}: {:?}", run.instructions);
            }
        }
    }
}

#[test]
fn the_parts_of_an_ensemble_are_its_members() {
    let Some(simulator) = simulator(Target::CortexM4F) else {
        return;
    };
    let model = calibrated(Combine::Tail);
    let lowered = lowered(&model, Numeric::I8).unwrap();
    let cost = cost::measure(&model, &lowered, None, &simulator).unwrap();
    let paths: Vec<_> = cost
        .parts
        .iter()
        .map(|(part, _)| part.path.as_str())
        .collect();
    assert_eq!(paths, [".members()[0]", ".members()[1]", ".members()[2]"]);
    let mut of_members = 0;
    for (part, effort) in &cost.parts {
        assert_eq!(
            (part.kind, part.name.as_str()),
            (PartKind::Member, "Encoded")
        );
        assert!(effort.instructions > part.macs as u64);
        of_members += effort.instructions;
    }
    let of_tails = cost.instructions_min - of_members;
    assert!((100..2000).contains(&of_tails), "{of_tails}");
    assert_eq!(cost.macs, model.macs());
}

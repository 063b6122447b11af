//! Masked autoregressive flows that a context steers, trained: what integers cost there, that they miss no broken sensor, and that
//! boards give the host's bits in equal time.

#[path = "../../tests/fixtures/noise.rs"]
mod noise;
#[path = "../../tests/fixtures/ready.rs"]
mod ready;
#[path = "../../tests/fixtures/sensors.rs"]
mod sensors;

use nice_flow_codegen::{Model, Numeric, generate, lowered};
use nice_flow_import::checkpoint::Checkpoint;
use nice_flow_import::import::import;
use nice_flow_import::probe::Probe;
use nice_flow_lab::Target;
use nice_flow_lab::board::simulate::{OptLevel, Runtime, Simulator};
use nice_flow_lab::host::score::score_lowered;
use nice_flow_lab::host::scores::Scores;
use nice_flow_lab::judge::advice::ranks;
use nice_flow_lab::judge::calibrate::calibrate;
use nice_flow_lab::judge::verify::cost;
use noise::Noise;
use ready::is_ready;
use sensors::every_broken_one_is_flagged;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Numbers of a machine, and of its speed and load behind them.
const D: usize = 8;

/// By name, activation, and how far the machine strays, as a multiple: an activation of the context is added to the first layer; the
/// context is added inside residual blocks, too.
const FORMS: [(&str, &str, f64); 3] = [
    ("plain", "tanh", 1.0),
    ("residual", "relu", 1.0),
    ("noisy", "tanh", 3.0),
];

/// At least so much rank correlation of normal rows' scores with those of `f64`, and at most so much change of the AUROC.
fn gate(name: &str, numeric: Numeric) -> (f64, f64) {
    match (name, numeric) {
        // Not for bytes: what the context explains is 30 times as wide as the rest, and so are the errors of shifts. `generate` says so.
        ("plain" | "residual", Numeric::I8) => (0.99, 0.01),
        (_, Numeric::I8) => (0.999, 0.003),
        _ => (0.9999, 0.0005),
    }
}

fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/steered");
    folder.join(name)
}

fn imported(name: &str, activation: &str) -> Model {
    let checkpoint = Checkpoint::open(&file(&format!("{name}.safetensors"))).unwrap();
    let set = [("context", "speed,load"), ("activation", activation)];
    let set = set.map(|(key, value)| (key.to_owned(), value.to_owned()));
    import(&checkpoint, None, &set).unwrap().model
}

/// All, calibrated on normal rows.
static MODELS: LazyLock<Vec<(&str, f64, Model)>> = LazyLock::new(|| {
    let calibrated = |(name, activation, noise)| {
        let mut model = imported(name, activation);
        let rows = machines(2000, noise, None, 1);
        let integers = calibrate(&mut model, &rows, 0.01, &|_| ()).unwrap();
        let is_sound = integers.iter().all(|(_, outcome)| outcome.is_ok());
        assert!(is_sound, "{name}: {integers:?}");
        (name, noise, model)
    };
    FORMS.into_iter().map(calibrated).collect()
});

fn within(noise: &mut Noise, low: f64, high: f64) -> f64 {
    low + (high - low) * (0.5 + 0.5 * noise.next())
}

/// Six numbers of a machine at a speed and a load, as `make.py` has them.
fn machine(noise: &mut Noise, strays: f64, speed: f64, load: f64) -> [f64; 6] {
    let n: [f64; 6] = std::array::from_fn(|_| strays * noise.normal());
    let spread = 0.05 + 0.05 * speed;
    [
        20.0 + 20.0 * speed + 25.0 * load + 0.7 * n[0],
        1.0 + 4.0 * load + speed + 0.08 * n[1],
        0.5 + speed * speed / 3.0 + 0.3 * load + spread * n[2],
        3.0 + 2.0 * speed * load + 0.05 * n[3] + 0.03 * n[0],
        10.0 * speed * (1.0 - 0.3 * load) + 0.3 * n[4] + 0.2 * n[1],
        60.0 + 10.0 * (2.0 * load - 1.0).tanh() + 0.5 * n[5] + 3.0 * spread * n[2],
    ]
}

/// Rows of a machine, which behaves as at a load that is `off` by so much.
fn machines(count: usize, strays: f64, off: Option<f64>, seed: u64) -> Vec<f64> {
    let mut noise = Noise(seed);
    let rows = (0..count).flat_map(|_| {
        let (speed, load) = (within(&mut noise, 0.5, 3.0), within(&mut noise, 0.0, 1.0));
        let numbers = machine(&mut noise, strays, speed, load + off.unwrap_or(0.0));
        let row: [f64; D] = std::array::from_fn(|i| match i {
            6 => speed,
            7 => load,
            i => numbers[i],
        });
        row
    });
    rows.collect()
}

#[test]
fn a_trained_flow_agrees_with_what_trained_it() {
    for (name, activation, _) in FORMS {
        let flow = &imported(name, activation).members[0].flow;
        let probe = Probe::open(&file(&format!("{name}.npz"))).unwrap();
        let set = &probe.sets[0];
        assert_eq!(set.rows.len(), 64);
        for (row, expected) in set.rows.iter().zip(&set.log_density) {
            let found = flow.log_density(row);
            let off = (found - expected).abs();
            assert!(off <= 1e-9 * (1.0 + expected.abs()), "{name}: {off}");
        }
    }
}

#[test]
fn integers_keep_the_order_of_rows_and_their_verdicts() {
    let labels: Vec<bool> = (0..1500).map(|row| row >= 1000).collect();
    for (name, noise, model) in MODELS.iter() {
        let normal = machines(1000, *noise, None, 3);
        let faulty = machines(500, *noise, Some(0.03 * noise), 4);
        for numeric in [Numeric::I16, Numeric::I8] {
            let (least, most) = gate(name, numeric);
            let module = lowered(model, numeric).unwrap();
            let rows = [normal.as_slice(), &faulty].concat();
            let cost = cost(model, &module, &rows, Some(&labels)).unwrap();
            let rank = cost.normal.rank_agreement.unwrap();
            let auroc = cost.auroc_change.unwrap();
            println!(
                "{name:8} {numeric:3} {} bytes: median {:.4} p99 {:.4} nats of {:.2}, rank {rank:.6} of normal rows, AUROC {auroc:+.5}, {} of 1500 decisions",
                module.bytes(),
                cost.normal.median,
                cost.normal.p99,
                cost.deviation,
                cost.decisions_changed.unwrap(),
            );
            assert!(rank >= least && auroc.abs() <= most, "{name} {numeric}");
            let usual = if numeric == Numeric::I8 {
                0.999
            } else {
                0.9999
            };
            let told = ranks(model, numeric, &cost).is_some();
            assert_eq!(told, rank < usual, "{name} {numeric}");
        }
    }
}

/// Contexts saturate like inputs: one that is broken is flagged like any other sensor.
#[test]
fn one_broken_sensor_or_context_is_flagged() {
    for (name, noise, model) in MODELS.iter() {
        let normal = machines(20, *noise, None, 5);
        for numeric in [Numeric::I16, Numeric::I8] {
            let module = lowered(model, numeric).unwrap();
            every_broken_one_is_flagged(name, model, &module, &normal);
        }
    }
}

#[test]
fn boards_give_the_bits_of_the_host_in_equal_time() {
    let mut rows = machines(24, 1.0, None, 6);
    for (at, strange) in [(3, f64::NAN), (70, 1e9), (103, -1e9), (6, f64::INFINITY)] {
        rows[at] = strange;
    }
    let inputs: Vec<f32> = rows.iter().map(|x| *x as f32).collect();
    for (name, _, model) in MODELS.iter() {
        for numeric in [Numeric::I16, Numeric::I8] {
            let module = lowered(model, numeric).unwrap();
            let rows: Vec<f64> = inputs.iter().map(|x| f64::from(*x)).collect();
            let expected: Vec<u32> = match score_lowered(&module, &rows, &|_| ()) {
                Scores::Fixed { bits, .. } => bits.iter().map(|bits| *bits as u32).collect(),
                _ => panic!("integers"),
            };
            for target in [Target::CortexM4F, Target::CortexM0Plus] {
                if !is_ready(&[target]) {
                    continue;
                }
                let simulator = Simulator {
                    target,
                    opt_level: OptLevel::Three,
                    runtime: Runtime::Matching,
                    keep: None,
                };
                let firmware = simulator.build(&generate(model, numeric).unwrap()).unwrap();
                let run = firmware.run(&inputs, D, &|_| ()).unwrap();
                println!("{name} {numeric} {target}: {:?}", run.instructions);
                assert_eq!(run.score_bits, expected, "{name} {numeric} {target}");
                assert_eq!(run.instructions.min, run.instructions.max);
            }
        }
    }
}

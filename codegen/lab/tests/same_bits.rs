//! The same bits everywhere: one hash for the shuttle's scores in each number type, on every board at every opt-level and
//! on the host with every set of vector instructions that it has.
//!
//! Rows are ordinary ones, and NaN, infinities, subnormal numbers and the ends of every range. The boards run
//! `tests/embedded/src/bin/entries.rs`; they are skipped with a printed line where a target is missing, unless `CI` is set.

#[path = "../../tests/fixtures/entries.rs"]
#[allow(dead_code)]
mod entries;
#[path = "../../../tests/models/network.rs"]
#[allow(dead_code)]
mod network;
#[path = "../../../tests/models/rows.rs"]
mod rows;
#[path = "../../../tests/models/usual.rs"]
mod usual;

use entries::builds;
use nice_flow_codegen::model::file;
use nice_flow_codegen::module::Spread;
use nice_flow_codegen::module::emit::{self, Extras, Site};
use nice_flow_codegen::module::fixed::Scale;
use nice_flow_codegen::module::{LoweredFlow, lowered};
use nice_flow_codegen::{Lowered, Model, Numeric};
use nice_flow_lab::host;
use nice_flow_lab::host::commission::commission;
use nice_flow_lab::host::explain::Explainer;
use nice_flow_lab::host::scores::canonical_bits;
use nice_flow_lab::host::vectors::Vectors;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Inputs of the shuttle's models.
const D: usize = 9;

/// A module of the shuttle's model, committed where the firmware finds it.
struct Module {
    /// The firmware's call.
    call: &'static str,
    file: &'static str,
    numeric: Numeric,
    takes_counts: bool,
    /// FNV-1a of the little-endian bits of its scores. It changes with the model and with the order of a sum, and
    /// with nothing else.
    hash: u64,
}

const MODULES: [Module; 4] = [
    Module {
        call: "shuttle f32",
        file: "../../examples/shuttle/shuttle.rs",
        numeric: Numeric::F32,
        takes_counts: false,
        hash: 0x28c8_1310_ea15_bccc,
    },
    Module {
        call: "shuttle i16",
        file: "../tests/fixtures/shuttle/i16.rs",
        numeric: Numeric::I16,
        takes_counts: false,
        hash: 0x6dc3_d265_cf88_94f8,
    },
    Module {
        call: "shuttle i8",
        file: "../tests/fixtures/shuttle/i8.rs",
        numeric: Numeric::I8,
        takes_counts: false,
        hash: 0x010e_49c5_9ece_495d,
    },
    Module {
        call: "shuttle i8 of i32 counts",
        file: "../tests/fixtures/shuttle/i8_counts.rs",
        numeric: Numeric::I8,
        takes_counts: true,
        hash: 0xd869_7f68_d1a4_4ff8,
    },
];

#[test]
fn boards_have_the_committed_hash_at_every_opt_level() {
    for build in builds() {
        for module in MODULES {
            let bits = build.call(module.call).bits();
            module.expect(&bits, &build.to_string());
        }
    }
}

#[test]
fn the_host_has_the_committed_hash_with_all_vector_instructions() {
    for module in MODULES {
        match module.lowered().first() {
            LoweredFlow::Float(float) => {
                for vectors in Vectors::all() {
                    let rows: Vec<f32> = rows().collect();
                    let mut scores = vec![0.0; rows::COUNT];
                    host::float::score_in(vectors, float, &rows, &mut scores);
                    let bits = |scores: &[f32]| -> Vec<u32> {
                        scores.iter().copied().map(canonical_bits).collect()
                    };
                    module.expect(&bits(&scores), vectors.name());
                    // A single row has a kernel of its own.
                    for (row, score) in rows.chunks_exact(float.dim).zip(&mut scores) {
                        *score = 0.0;
                        host::float::score_in(vectors, float, row, std::slice::from_mut(score));
                    }
                    module.expect(&bits(&scores), vectors.name());
                }
            }
            // The kernels of the runtime, compiled once.
            LoweredFlow::Fixed(fixed) => {
                let counts = |x: f32| f64::from(x as i32);
                let rows = rows().map(|x| {
                    if module.takes_counts {
                        counts(x)
                    } else {
                        x.into()
                    }
                });
                let rows: Vec<f64> = rows.collect();
                let scores = host::fixed::score(fixed, &rows, &|_| ());
                let bits: Vec<u32> = scores.into_iter().map(i32::cast_unsigned).collect();
                module.expect(&bits, "the host");
            }
        }
    }
}

/// Which inputs are to blame, in which order, and what score each leaves.
#[test]
fn boards_name_the_causes_that_the_host_names() {
    let calls = [
        ("causes of f32", module("shuttle f32")),
        ("causes of i16", module("shuttle i16")),
        ("causes of i8", module("shuttle i8")),
        ("causes of counts", module("shuttle i8 of i32 counts")),
    ];
    for (call, module) in calls {
        // The firmware stops at two where `f32` is in software.
        let limit = if module.numeric == Numeric::F32 { 2 } else { D };
        let (expected, most) = causes(&module, limit);
        assert!(most > 2 || most == limit, "{call}: at most {most} causes");
        for build in builds() {
            assert_eq!(build.call(call).bits(), expected, "{build}, {call}");
        }
    }
}

/// The hash of the causes of each row as the host finds them, and the most causes of a row.
fn causes(module: &Module, limit: usize) -> (Vec<u32>, usize) {
    let (model, lowered) = (shuttle(), module.lowered());
    let (numeric, fraction) = (module.numeric, lowered.fraction());
    let usual = usual::USUAL.map(|values| values.map(f64::from).to_vec());
    let explainer = Explainer::of(&model, Some(lowered), usual.to_vec());
    let mut most = 0;
    let rows = rows().collect::<Vec<_>>();
    let hashes = rows.chunks_exact(D).map(|row| {
        let row: Vec<f64> = row.iter().map(|x| module.number(*x)).collect();
        let threshold = model.threshold_of(numeric);
        let causes = explainer.causes(&row, threshold, limit).unwrap();
        most = most.max(causes.len());
        usual::hash(
            causes
                .iter()
                .map(|cause| (cause.input, bits(cause.score, fraction))),
        )
    });
    (hashes.collect(), most)
}

/// Where the sensors lie, and the threshold.
#[test]
fn boards_find_the_site_that_the_host_finds() {
    let spread = Spread {
        mean: usual::MEAN.to_vec(),
        deviation: usual::DEVIATION.to_vec(),
    };
    let calls = [
        ("commissioning of f32", module("shuttle f32")),
        ("commissioning of i8", module("shuttle i8")),
        (
            "commissioning of counts",
            module("shuttle i8 of i32 counts"),
        ),
    ];
    for (call, module) in calls {
        let lowered = module.lowered();
        let rows: Vec<f64> = rows().map(|x| module.number(x)).collect();
        let hash = |row: &[f64]| {
            let rows = [row, &rows[..(usual::COMMISSIONED - 1) * D]].concat();
            let found = commission(&lowered, &spread, &rows, usual::RATE.into(), 0);
            found.map_or(0, |site| module.hash_of(&site, lowered.fraction()))
        };
        let expected: Vec<u32> = rows.chunks_exact(D).map(hash).collect();
        let different = expected.iter().collect::<BTreeSet<_>>().len();
        // A dead sensor leaves one row fewer, whichever it is; one at the end of `f32` leaves no mean.
        assert!(different > 20, "{call}: {different}");
        for build in builds() {
            assert_eq!(build.call(call).bits(), expected, "{build}, {call}");
        }
    }
}

fn module(call: &str) -> Module {
    let mut modules = MODULES.into_iter();
    modules.find(|module| module.call == call).unwrap()
}

/// Rows that all score alike would have a hash too.
#[test]
fn scores_differ_from_row_to_row() {
    for module in MODULES {
        let lowered = module.lowered();
        let LoweredFlow::Fixed(fixed) = lowered.first() else {
            continue;
        };
        let rows: Vec<f64> = rows().map(f64::from).collect();
        let mut scores = host::fixed::score(fixed, &rows, &|_| ());
        scores.sort_unstable();
        scores.dedup();
        assert!(
            scores.len() > rows::COUNT / 3,
            "{}: {}",
            module.call,
            scores.len()
        );
    }
}

/// `BLESS=1` writes them.
#[test]
fn the_committed_modules_are_those_that_are_generated_today() {
    for module in MODULES {
        let text = {
            let extras = Extras {
                counts: module.scale(),
                ..Extras::default()
            };
            emit::emit_with(&shuttle(), &module.lowered(), &extras).unwrap()
        };
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(module.file);
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap();
        assert!(
            committed == text,
            "{}: not what is generated today",
            module.file
        );
    }
}

impl Module {
    /// A number as the module takes it.
    fn number(&self, x: f32) -> f64 {
        match self.takes_counts {
            true => f64::from(x as i32),
            false => f64::from(x),
        }
    }

    /// Of moves and threshold, as the firmware takes it.
    fn hash_of(&self, site: &Site, fraction: Option<u32>) -> u32 {
        let word = |x: f64| match self.takes_counts {
            true => (x as i32).cast_unsigned(),
            false => (x as f32).to_bits(),
        };
        let moves = site.moves.iter();
        let words = moves.map(|[center, factor, _]| (word(*center) as usize, word(*factor)));
        usual::hash(words.chain([(0, bits(site.threshold, fraction))]))
    }

    fn lowered(&self) -> Lowered {
        let module = lowered(&shuttle(), self.numeric).unwrap();
        match self.scale() {
            None => module,
            Some(scale) => module.taking_counts(&scale, &shuttle()).unwrap(),
        }
    }

    fn scale(&self) -> Option<Scale> {
        self.takes_counts.then(|| Scale {
            unit: vec![1.0],
            zero: vec![0.0],
        })
    }

    #[track_caller]
    fn expect(&self, bits: &[u32], place: &str) {
        assert_eq!(bits.len(), rows::COUNT);
        let found = hash(bits);
        let expected = self.hash;
        println!("{}, {place}: {found:#018x}", self.call);
        assert_eq!(found, expected, "{}, {place}: {found:#018x}", self.call);
    }
}

/// The bits of a score.
fn bits(score: f64, fraction: Option<u32>) -> u32 {
    match fraction {
        None => usual::single(score as f32),
        Some(fraction) => ((score * f64::from(1 << fraction)) as i32).cast_unsigned(),
    }
}

fn shuttle() -> Model {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    file::read(&folder.join("../../examples/shuttle/shuttle.safetensors")).unwrap()
}

/// The elements of every row.
fn rows() -> impl Iterator<Item = f32> {
    let rows = rows::ROWS.iter();
    rows.flat_map(|row| row.iter().take(D).copied())
}

/// FNV-1a.
fn hash(words: &[u32]) -> u64 {
    let bytes = words.iter().flat_map(|word| word.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

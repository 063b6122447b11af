//! Blobs: what is written without a compiler is what a compiler makes of the module, and nothing else is let in.
//!
//! `BLESS=1 cargo test --package nice-flow-lab --test blob` writes the modules and blobs anew.

use nice_flow::Density;
use nice_flow::blob::{CHECKED, Header, Refused, crc};
use nice_flow_codegen::module::blob::described;
use nice_flow_lab::host::score::score_lowered;
use nice_flow_lab::host::scores::{Scores, canonical_bits};
use pumps::{Pump, Written, pumps};
use std::ops::Range;
use std::path::{Path, PathBuf};

#[path = "../../tests/fixtures/flows.rs"]
#[allow(dead_code)]
mod flows;
#[path = "../../tests/fixtures/pumps.rs"]
mod pumps;

/// A module, and the checks of its types.
macro_rules! module {
    ($name:ident, $element:ty, $bits:expr) => {
        mod $name {
            include!(concat!(
                "../../tests/fixtures/blob/",
                stringify!($name),
                ".rs"
            ));

            use super::*;

            /// What a blob at this place has, or why it is refused.
            fn open(bytes: &[u8]) -> Result<&'static Package, Refused> {
                Package::open(placed(bytes), LAYOUT)
            }

            fn score(contents: &Contents, row: &[f64]) -> u32 {
                let row: [$element; D] = std::array::from_fn(|i| row[i] as $element);
                let to_bits: fn(_) -> u32 = $bits;
                to_bits(contents.model.score(&row))
            }

            #[test]
            fn a_blob_is_the_module_to_the_last_number() {
                let (pump, written) = blessed(stringify!($name));
                let contents = open(&written.blob).unwrap().contents();
                // Every field, as text of every number.
                assert_eq!(format!("{contents:?}"), format!("{FACTORY:?}"));
                assert!(contents.self_test() && FACTORY.self_test() && self_test());
                let rows = rows(&pump, D);
                let host = bits(&score_lowered(&written.lowered, &rows, &|_| ()));
                for (row, host) in rows.chunks(D).zip(host) {
                    let [blob, own] = [&contents, &FACTORY].map(|of| score(of, row));
                    assert!(
                        blob == own && own == host,
                        "{row:?}: {blob:x} {own:x} {host:x}"
                    );
                }
                let header = described(&written.blob).unwrap();
                assert_eq!((header.layout, header.version), (LAYOUT, 7));
                assert_eq!(open(&written.blob).unwrap().id(), header.id);
            }

            #[test]
            fn every_flipped_bit_and_every_missing_byte_is_refused() {
                let blob = committed(stringify!($name));
                let mut bytes = Placed::new(&blob);
                assert!(Package::open(bytes.get(), LAYOUT).is_ok());
                for bit in some(0..blob.len() * 8, 2000) {
                    bytes.flip(bit);
                    assert!(Package::open(bytes.get(), LAYOUT).is_err(), "bit {bit}");
                    bytes.flip(bit);
                }
                for length in 0..blob.len() {
                    let cut = Package::open(&bytes.get()[..length], LAYOUT);
                    assert!(cut.is_err(), "{length} bytes");
                }
                assert!(Package::open(bytes.get(), LAYOUT).is_ok());
                assert_eq!(
                    Package::open(bytes.get(), !LAYOUT).unwrap_err(),
                    Refused::Layout
                );
            }

            /// Flips of bits, each with the right checksum: whoever wants can make such blobs.
            #[test]
            fn wrong_numbers_give_wrong_scores_and_nothing_worse() {
                let blob = committed(stringify!($name));
                let row = [0.25; D];
                let (mut scored, mut refused) = (0, 0);
                for bit in some(HEADER * 8..blob.len() * 8, 700) {
                    let forged = forged(&blob, bit);
                    match open(&forged) {
                        Ok(package) => {
                            let mut contents = package.contents();
                            std::hint::black_box(score(&contents, &row));
                            std::hint::black_box(contents.self_test());
                            std::hint::black_box(contents.debounce.push(true));
                            std::hint::black_box(contents.p_values.surprise(contents.threshold));
                            scored += 1;
                        }
                        Err(Refused::Value) => refused += 1,
                        Err(other) => panic!("bit {bit}: {other}"),
                    }
                }
                println!(
                    "{}: {scored} scored, {refused} no value of the type",
                    stringify!($name)
                );
                assert!(scored > 800);
            }
        }
    };
}
module!(
    pump_i8,
    f32,
    |score: nice_flow::fixed::Fixed| score.to_bits() as u32
);
module!(
    pump_i16,
    f32,
    |score: nice_flow::fixed::Fixed| score.to_bits() as u32
);
module!(pump_f32, f32, canonical_bits);
module!(
    ensemble,
    f32,
    |score: nice_flow::fixed::Fixed| score.to_bits() as u32
);
module!(ensemble_f32, f32, canonical_bits);
module!(
    density,
    f32,
    |score: nice_flow::fixed::Fixed| score.to_bits() as u32
);
module!(front, i32, |score: nice_flow::fixed::Fixed| score.to_bits()
    as u32);
module!(
    counts,
    i32,
    |score: nice_flow::fixed::Fixed| score.to_bits() as u32
);
module!(additive, f32, canonical_bits);
module!(affine, f32, canonical_bits);
module!(steered, f32, canonical_bits);
module!(student_t, f32, canonical_bits);
module!(full_mixture, f32, canonical_bits);
module!(
    scaled_i8,
    f32,
    |score: nice_flow::fixed::Fixed| score.to_bits() as u32
);
module!(
    scaled_i16,
    f32,
    |score: nice_flow::fixed::Fixed| score.to_bits() as u32
);
module!(
    first_i8,
    f32,
    |score: nice_flow::fixed::Fixed| score.to_bits() as u32
);
module!(
    first_i16,
    f32,
    |score: nice_flow::fixed::Fixed| score.to_bits() as u32
);

/// Bytes of a header.
const HEADER: usize = size_of::<Header>();

/// All of these bits of a blob of no more bytes than `small`; of others some, an odd number apart, so that every bit of a byte
/// has its turn.
fn some(bits: Range<usize>, small: usize) -> impl Iterator<Item = usize> {
    let step = if bits.end <= 8 * small {
        1
    } else {
        (bits.len() / 1000) | 1
    };
    bits.step_by(step)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/blob")
}

fn committed(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name).with_extension("bin")).unwrap()
}

/// The pump of this name, and what is written of it, which is what was committed.
fn blessed(name: &str) -> (Pump, Written) {
    let pump = pumps().into_iter().find(|pump| pump.name == name).unwrap();
    let written = pump.write(7);
    let path = folder().join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path.with_extension("rs"), &written.module).unwrap();
        std::fs::write(path.with_extension("bin"), &written.blob).unwrap();
    }
    let module = std::fs::read_to_string(path.with_extension("rs")).unwrap();
    assert!(module == written.module, "{name}.rs is stale");
    assert!(committed(name) == written.blob, "{name}.bin is stale");
    (pump, written)
}

/// Bytes at an address that is a multiple of eight.
struct Placed {
    bytes: Vec<u8>,
    start: usize,
}

impl Placed {
    fn new(content: &[u8]) -> Self {
        let mut bytes = vec![0; content.len() + 8];
        let start = bytes.as_ptr().align_offset(8);
        bytes[start..][..content.len()].copy_from_slice(content);
        Self { bytes, start }
    }

    fn get(&self) -> &[u8] {
        &self.bytes[self.start..][..self.bytes.len() - 8]
    }

    fn flip(&mut self, bit: usize) {
        self.bytes[self.start + bit / 8] ^= 1 << (bit % 8);
    }
}

/// The bytes for as long as the test runs, as if they were in flash.
fn placed(content: &[u8]) -> &'static [u8] {
    Box::leak(Box::new(Placed::new(content))).get()
}

/// A blob with one bit flipped and the checksum of that.
fn forged(blob: &[u8], bit: usize) -> Vec<u8> {
    let mut forged = blob.to_vec();
    forged[bit / 8] ^= 1 << (bit % 8);
    let sum = crc(&forged[CHECKED..]);
    forged[CHECKED - 4..CHECKED].copy_from_slice(&sum.to_le_bytes());
    forged
}

/// Normal rows, far ones, and what a broken sensor sends, in what the module takes.
fn rows(pump: &Pump, dim: usize) -> Vec<f64> {
    let mut rows = pump.model.sample(50, 3);
    for (i, x) in rows.iter_mut().enumerate().skip(25 * dim) {
        *x *= [1.0, 5.0, 50.0, 5e6][i % 4];
    }
    match &pump.counts {
        Some(scale) => scale.counts(&rows, dim).collect(),
        None if pump.model.front_end.is_some() => {
            rows.iter().map(|x| (x * 65_536.0) as i32 as f64).collect()
        }
        None => {
            rows.extend((0..dim).map(|i| if i == 0 { f64::NAN } else { 0.5 }));
            rows.extend((0..dim).map(|i| if i == 0 { f64::INFINITY } else { 0.5 }));
            rows.iter().map(|x| f64::from(*x as f32)).collect()
        }
    }
}

/// The bits of scores.
fn bits(scores: &Scores) -> Vec<u32> {
    match scores {
        Scores::F64(_) => unreachable!("a module computes in f32 or integers"),
        Scores::F32(scores) => scores.iter().map(|score| canonical_bits(*score)).collect(),
        Scores::Fixed { bits, .. } => bits.iter().map(|bits| *bits as u32).collect(),
    }
}

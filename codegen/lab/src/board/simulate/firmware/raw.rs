//! Takes the raw samples of a file on the host, by semihosting, and measures every call of the front end and of `score`.
//!
//! Input: `samples.i16`: of each recording its length, a little-endian `u32`, then its samples, `CHANNELS` little-endian `i16`
//! each. Output: `scores.bin`, with a first [`Record`] that holds `D`, the ticks of an empty measurement and the bytes of the front
//! end, then two for each window: of its score, and of the samples since the window before.
#![no_std]
#![no_main]

mod clock;
mod files;
mod front;
mod meter;
mod stack;

use files::File;
use firmware::machine::entry;
use firmware::model::{CHANNELS, D, Detector, FRONT, Front, Model};
use firmware::{Element, Nats, exit, score};
use front::{Step, push};
use meter::Meter;
use nice_flow::Density;

/// Samples read in one system call.
const BATCH: usize = 256;

/// `size_of::<Model>()`; the host reads it from the ELF file.
#[used]
#[unsafe(no_mangle)]
static MODEL_BYTES: usize = size_of::<Model>();

/// The number type of the model's scores.
type Score = <Model as Density<Element, D>>::Nats;

/// Of a score its bits, ticks between the markers and peak bytes of stack; of samples their number, all their instructions,
/// and the most of one.
type Record = [u32; 3];

#[entry]
fn main() -> ! {
    exit(run())
}

/// `None` if a file cannot be opened, read or written, if there is no model, or if the module's detector gives another
/// score.
fn run() -> Option<()> {
    firmware::origin::open()?;
    let mut meter = Meter::new()?;
    let mut input = File::open(c"samples.i16")?;
    let mut output = File::create(c"scores.bin")?;
    let nothing = meter.nothing();
    output.write(&[[D as u32, nothing, size_of::<Front>() as u32]])?;
    let mut board = Board {
        step: Step::new(),
        detector: @DETECTOR@,
        nothing: instructions(nothing),
        pushes: [0; 3],
        meter,
    };
    let mut length = [0u32];
    let mut samples = [[0i16; CHANNELS]; BATCH];
    while input.read(&mut length)? == 1 {
        (board.step.front, board.pushes) = (FRONT, [0; 3]);
        board.detector.reset();
        let mut left = length[0] as usize;
        while left > 0 {
            let batch = samples.get_mut(..left.min(BATCH))?;
            if input.read(batch)? < batch.len() {
                return None;
            }
            left -= batch.len();
            for sample in batch {
                if let Some(records) = board.take(*sample)? {
                    output.write(&records)?;
                }
            }
        }
    }
    Some(())
}

/// What samples go through.
struct Board {
    step: Step,
    /// The detector as a user has it, with a front end of its own.
    detector: Detector,
    /// Instructions of an empty measurement.
    nothing: u32,
    /// The record of the samples of the window at hand.
    pushes: Record,
    meter: Meter,
}

impl Board {
    /// The records of the window that the sample ends; `None` if the detector gives another verdict.
    fn take(&mut self, sample: [i16; CHANNELS]) -> Option<Option<[Record; 2]>> {
        self.step.sample = sample;
        let [is_full, ticks] = self.meter.once(push, &mut self.step);
        let taken = instructions(ticks) - self.nothing;
        let [count, all, most] = self.pushes;
        self.pushes = [count + 1, all + taken, most.max(taken)];
        let verdict = self.detector.push(sample);
        if is_full == 0 {
            return verdict.is_none().then_some(None);
        }
        let [bits, ticks, stack] = self.meter.score(score, &self.step.x);
        let record = [Score::canonical(bits), ticks, stack];
        let pushes = core::mem::take(&mut self.pushes);
        let same = Score::canonical(verdict?.score.bits()) == record[0];
        same.then_some(Some([record, pushes]))
    }
}

/// The number of instructions that ticks stand for; a push takes far fewer than the clock counts.
fn instructions(ticks: u32) -> u32 {
    @INSTRUCTIONS@
}

firmware::fail_on_fault!();

//! A stand-in for the product's accelerometer: recordings in flash.

/// Readings in one sample.
pub const CHANNELS: usize = 2;
/// Samples a second.
pub const RATE_HZ: u32 = 1_000;

/// A motor as it should be, then one out of balance: WAV files of two channels with 16 bits each, see `examples/motor`.
static RECORDINGS: [&[u8]; 2] = [
    include_bytes!("../../../../motor/normal-4.wav"),
    include_bytes!("../../../../motor/imbalance.wav"),
];
/// Samples of a recording that are played: 23 windows, six seconds.
const PLAYED: usize = 23 * 256;
/// Bytes before the first sample, and of each.
const HEADER: usize = 44;
const SAMPLE: usize = 2 * CHANNELS;

/// Of all recordings.
pub const SAMPLES: u32 = (RECORDINGS.len() * PLAYED) as u32;

/// The sensor did not answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Silent;

/// Plays the recordings, one after the other; then it is silent.
#[derive(Debug)]
pub struct Imu {
    next: usize,
}

impl Imu {
    /// At the start of the first recording.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { next: 0 }
    }

    /// The counts of both axes.
    ///
    /// **Replace this body**: read the sensor's registers over SPI, or the ADC, and give what they hold.
    ///
    /// # Errors
    ///
    /// [`Silent`] if there is no answer.
    pub fn read_raw(&mut self) -> Result<[i16; CHANNELS], Silent> {
        let sample = recorded(self.next).ok_or(Silent)?;
        self.next += 1;
        Ok(sample)
    }
}

/// The sample with this number, counted over all recordings.
fn recorded(number: usize) -> Option<[i16; CHANNELS]> {
    let wav = RECORDINGS.get(number / PLAYED)?;
    let start = HEADER + number % PLAYED * SAMPLE;
    let (counts, _) = wav.get(start..start + SAMPLE)?.as_chunks();
    let [x, y] = counts else { return None };
    Some([*x, *y].map(i16::from_le_bytes))
}

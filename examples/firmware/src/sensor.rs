//! A stand-in for the product's sensors: a recording in flash.

/// Readings in one sample.
pub const CHANNELS: usize = 9;

/// Plays [`RECORDING`], and then one sample of a sensor that has died.
pub struct Sensor {
    next: usize,
}

impl Sensor {
    /// At the start of the recording.
    pub const fn new() -> Self {
        Self { next: 0 }
    }

    /// One sample, in the units and the order of the columns that the model was trained on.
    ///
    /// **Replace this body**: wait for the sampling timer, read the ADC or the I2C sensors, and give NaN for a
    /// reading that failed. A product never returns `None`, which ends the program.
    pub fn read(&mut self) -> Option<[f32; CHANNELS]> {
        let row = self.next;
        self.next += 1;
        match RECORDING.get(row) {
            Some(readings) => Some(readings.map(f32::from)),
            None if row == RECORDING.len() => Some(DEAD),
            None => None,
        }
    }
}

/// Rows 0, 700, 1400, 2100, 2800 and 3500 (normal), then 4559, 4619, 4679 and 4979 (anomalous), counted from 0, of
/// `examples/shuttle/test.csv`: *Statlog (Shuttle)*, UCI Machine Learning Repository,
/// <https://doi.org/10.24432/C5WS31>, from NASA; CC BY 4.0.
static RECORDING: [[i16; CHANNELS]; 10] = [
    [37, 0, 108, 0, 30, -22, 71, 77, 6],
    [45, 1, 84, 0, 44, 0, 40, 41, 2],
    [37, 0, 76, 0, 18, -24, 40, 58, 18],
    [37, 0, 76, -1, 24, -3, 39, 53, 14],
    [52, 0, 91, 0, 52, 0, 38, 39, 0],
    [41, -2, 77, 0, 38, -30, 36, 38, 2],
    [106, 2, 108, 0, 70, 0, 1, 38, 36],
    [37, -4184, 106, 40, 34, -10, 69, 72, 4],
    [79, 0, 83, 0, -38, 26, 4, 122, 118],
    [84, 0, 88, 4, -2, 0, 4, 90, 86],
];

/// The first row again, its third sensor gone.
const DEAD: [f32; CHANNELS] = [37.0, 0.0, f32::NAN, 0.0, 30.0, -22.0, 71.0, 77.0, 6.0];

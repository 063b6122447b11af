//! A slow change that no single verdict shows.

use crate::fixed::Fixed;
use crate::fixed::softplus::softplus_of_minus;
use crate::ln::ln;

/// Notices that scores have become a little higher than they were, by the surprises of verdict after verdict.
///
/// ```text
/// R ← (1 + R) · ½ e^½u,   u = −ln p of a verdict in nats;   alarm if R > ROWS, then R ← 0
/// ```
///
/// With each verdict a new bet of one is placed on low p-values, and all that was won before is placed again; a bet of one wins
/// `½ p^−½`, which is one in the mean if p-values are uniform. So `R` grows by one a verdict then, and `ROWS` or more verdicts
/// pass between false alarms in the mean: if normal rows are like those of the calibration, and independent. (The statistic
/// of Shiryaev and Roberts, on a power martingale; "E-detectors", Shin, Ramdas and Rinaldo, 2022.) The mean is over
/// calibrations too: of those with a thousand rows, one in ten rings twice as often as promised.
///
/// A sensor that is off by one standard deviation is noticed within some ten verdicts, where
/// [`Debounce`](crate::Debounce) may never raise an alarm; a big change is seen by `Debounce` first. Use both.
///
/// Windows that overlap are not independent. `EVERY` is how many samples a window spans: of so many verdicts one counts.
/// `nice-flow generate --drift 10000` writes `DRIFT` with the right one, and [`P_VALUES`](crate::PValues).
///
/// Four bytes of RAM, `ln (1 + R)` in integers of 1/1024 nat, each rounded against the alarm: the same alarms on every host
/// and board, for models of any number type. In flash, beside [`P_VALUES`](crate::PValues), are 200 bytes (Cortex-M4,
/// opt-level s) and a table of 354, which integer models with a mixture or a logistic prior have anyway.
///
/// ```
/// use nice_flow::{Drift, PValues};
///
/// static P_VALUES: PValues<f32, 3> = PValues::new([10.0, 20.0, 30.0], 65_536);
/// let mut drift = Drift::<10_000>::new();
/// let mut alarms = [12.0, 9.0, 25.0, 8.0].into_iter().cycle().take(1_000).map(|score| drift.push(P_VALUES.surprise(score)));
/// assert!(alarms.all(|alarm| !alarm));
/// // Each is unusual, none is unheard of.
/// let mut scores = [21.0; 40].into_iter();
/// assert_eq!(scores.position(|score| drift.push(P_VALUES.surprise(score))), Some(12));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Drift<const ROWS: u32, const EVERY: u16 = 1> {
    /// `ln (1 + R)` in 1/1024 nat.
    sum: u16,
    /// Verdicts until one counts again.
    skipped: u16,
}

/// Bits of the sum below the point.
const FRACTION: u32 = 10;

impl<const ROWS: u32, const EVERY: u16> Drift<ROWS, EVERY> {
    const LIMIT: i32 = {
        assert!(EVERY > 0, "a window spans a sample");
        limit(ROWS)
    };

    /// At the start of a stream.
    #[must_use]
    pub const fn new() -> Self {
        const { Self::LIMIT };
        Self { sum: 0, skipped: 0 }
    }

    /// Takes the surprise of a verdict; returns whether scores have changed.
    #[must_use = "this is the alarm"]
    pub fn push(&mut self, surprise: Fixed) -> bool {
        if self.skipped > 0 {
            self.skipped -= 1;
            return false;
        }
        self.skipped = EVERY - 1;
        let is_alarm;
        (self.sum, is_alarm) = bet(self.sum, surprise, Self::LIMIT);
        is_alarm
    }

    /// How sure it is, `ln (1 + R)` in nats: zero at the start, an alarm above `ln ROWS`.
    #[must_use]
    pub const fn sum(&self) -> Fixed {
        Fixed::from_bits((self.sum as i32) << (16 - FRACTION))
    }

    /// Begins anew, say after maintenance.
    pub const fn reset(&mut self) {
        *self = Self::new();
    }
}

/// `ln rows` in units of the sum, rounded up; at most 22.2 nats.
///
/// # Panics
///
/// Unless `rows` is above one.
#[must_use]
pub const fn limit(rows: u32) -> i32 {
    assert!(rows > 1, "more than one row between false alarms");
    (ln(rows as f64) * (1 << FRACTION) as f64) as i32 + 1
}

/// The sum after one more verdict, and whether `R` was above the limit: then it is zero.
#[inline]
#[must_use]
pub fn bet(sum: u16, surprise: Fixed, limit: i32) -> (u16, bool) {
    // Half of it, rounded down.
    let gain = surprise.to_bits() >> (17 - FRACTION);
    let won = i32::from(sum) + gain - COST;
    if won > limit {
        (0, true)
    } else {
        (with_one(won), false)
    }
}

/// `ln (1 + R)` of `ln R`, rounded down.
fn with_one(won: i32) -> u16 {
    let more = softplus_of_minus::<16>(won.unsigned_abs() << (16 - FRACTION));
    // The table is at most so much too high.
    let more = (more - 6).max(0) >> (16 - FRACTION);
    (won.max(0) + more) as u16
}

/// `ln 2` in units of the sum, rounded up.
const COST: i32 = 710;

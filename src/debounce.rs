//! Alarms that one odd verdict does not raise.

/// Raises an alarm while at least `needed` of the last `of` verdicts are anomalous.
///
/// If normal rows are flagged independently with probability `p`, a row is in alarm with probability
/// `Σⱼ C(of, j) pʲ (1 − p)^(of − j)`, `j` from `needed` to `of`: of a rate of 0.01, 3 of 5 leave 0.0000099. Windows of
/// a stream overlap, so that one odd sample is in many: their verdicts are not independent, and what is sure then is
/// only that a share of at most `p · of / needed` is in alarm. Let `of` span several windows, or give the detector
/// windows that do not overlap. A lasting anomaly is told `needed − 1` rows late.
///
/// ```
/// use nice_flow::Debounce;
///
/// let mut debounce = Debounce::new(2, 3);
/// let alarms = [true, false, true, false, false].map(|anomalous| debounce.push(anomalous));
/// assert_eq!(alarms, [false, false, true, false, false]);
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Debounce {
    needed: u32,
    /// A one for each verdict that counts.
    mask: u32,
    /// The last verdicts, the newest in the lowest bit: one for anomalous.
    verdicts: u32,
}

impl Debounce {
    /// Verdicts before the first one count as normal.
    ///
    /// # Panics
    /// Unless `1 ≤ needed ≤ of ≤ 32`; in a `const` or `static` the compiler says so.
    pub const fn new(needed: u32, of: u32) -> Self {
        assert!(
            1 <= needed && needed <= of && of <= u32::BITS,
            "expected 1 to 32 verdicts, of which at least one is needed"
        );
        Self {
            needed,
            mask: u32::MAX >> (u32::BITS - of),
            verdicts: 0,
        }
    }

    /// Takes a verdict; whether there is an alarm now.
    pub const fn push(&mut self, anomalous: bool) -> bool {
        self.verdicts = (self.verdicts << 1 | anomalous as u32) & self.mask;
        self.verdicts.count_ones() >= self.needed
    }

    /// Forgets every verdict, say after a gap in the stream.
    pub const fn reset(&mut self) {
        self.verdicts = 0;
    }
}

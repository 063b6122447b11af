//! Alarms that one odd verdict does not raise.

/// Raises an alarm while at least `needed` of the last `of` verdicts are anomalous.
///
/// If normal rows are flagged independently of each other with probability `p`, a row is in alarm with probability
///
/// ```text
/// Σⱼ C(of, j) pʲ (1 − p)^(of − j),    j = needed … of        3 of 5 at p = 0.01: 0.0000099
/// ```
///
/// Windows that overlap are not independent, since one odd sample is in many of them. All that is certain then is that a
/// share of at most `p · of / needed` of the rows is in alarm. Let `of` span several windows, or judge windows that do
/// not overlap. An anomaly that lasts is reported `needed − 1` rows late.
///
/// ```
/// use nice_flow::Debounce;
///
/// let mut debounce = Debounce::new(2, 3);
/// let alarms = [true, false, true, false, false].map(|anomalous| debounce.push(anomalous));
/// assert_eq!(alarms, [false, false, true, false, false]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Debounce {
    needed: u32,
    /// A one for each verdict that counts.
    mask: u32,
    /// The last verdicts, the newest in the lowest bit: one for anomalous.
    verdicts: u32,
}

impl Debounce {
    /// An alarm needs `needed` of the last `of` verdicts; those before the first one count as normal.
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

    /// As [`new`](Self::new) of numbers that were checked where they come from: others give other alarms, no panic.
    #[cfg(feature = "blob")]
    pub(crate) const fn stored(needed: u32, of: u32) -> Self {
        Self {
            needed,
            mask: u32::MAX.wrapping_shr(u32::BITS.wrapping_sub(of)),
            verdicts: 0,
        }
    }

    /// Takes a verdict; returns whether there is an alarm now.
    #[must_use = "this is the alarm"]
    pub const fn push(&mut self, anomalous: bool) -> bool {
        self.verdicts = (self.verdicts << 1 | anomalous as u32) & self.mask;
        self.verdicts.count_ones() >= self.needed
    }

    /// Forgets every verdict, say after a gap in the stream.
    ///
    /// ```
    /// # use nice_flow::Debounce;
    /// let mut debounce = Debounce::new(2, 3);
    /// assert!(!debounce.push(true));
    /// debounce.reset();
    /// assert!(!debounce.push(true));
    /// ```
    pub const fn reset(&mut self) {
        self.verdicts = 0;
    }
}

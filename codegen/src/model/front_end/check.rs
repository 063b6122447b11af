//! Whether a front end is one that the runtime has.

use super::{FrontEnd, HOPS, Kind, MOST_OCTAVES, VERSION};
use crate::error::expect_line;
use crate::{Error, Result};
use std::fmt::Display;

/// The most channels.
const CHANNELS: usize = 64;

/// The longest windows of bands and of statistics, in samples.
const BANDS: u32 = 1 << 19;
const STATISTICS: u32 = 1 << 15;

/// An error at a key.
fn wrong(key: &str, expected: impl Display, found: impl Display) -> Error {
    Error::input(
        format!("front_end.{key}"),
        format!("expected {expected}, found {found}"),
    )
}

/// An error unless `is` true.
fn expect(is: bool, key: &str, expected: impl Display, found: impl Display) -> Result<()> {
    match is {
        true => Ok(()),
        false => Err(wrong(key, expected, found)),
    }
}

impl FrontEnd {
    /// An error that names the key of a value that no front end has.
    pub fn check(&self) -> Result<()> {
        let version = format!("version {VERSION}; another is made by another nice-flow");
        expect(self.version == VERSION, "version", version, self.version)?;
        let is_rate = (1e-6..=1e9).contains(&self.rate);
        expect(is_rate, "rate", "1e-6 to 1e9 samples a second", self.rate)?;
        self.check_channels()?;
        match self.kind {
            Kind::Bands => self.check_bands(),
            Kind::Statistics => self.check_statistics(),
        }
    }

    /// An error unless the inputs of the model are the outputs of this front end.
    pub fn check_features(&self, features: &[String]) -> Result<()> {
        let names = self.features();
        let message = |found: &str, expected: &str| {
            format!("expected the outputs of the front end, {expected}, found {found}")
        };
        if names.len() != features.len() {
            let (expected, found) = (names.len().to_string(), features.len().to_string());
            return Err(Error::input("features", message(&found, &expected)));
        }
        match names
            .iter()
            .zip(features)
            .position(|(name, found)| name != found)
        {
            None => Ok(()),
            Some(i) => Err(Error::input(
                format!("features.{i}"),
                message(&features[i], &names[i]),
            )),
        }
    }

    fn check_channels(&self) -> Result<()> {
        let count = self.channels.len();
        let is_count = (1..=CHANNELS).contains(&count);
        expect(
            is_count,
            "channels",
            format!("1 to {CHANNELS} names"),
            count,
        )?;
        for (i, name) in self.channels.iter().enumerate() {
            let key = format!("channels.{i}");
            expect_line(&format!("front_end.{key}"), name)?;
            expect(!name.trim().is_empty(), &key, "a name", "none")?;
            let is_new = !self.channels[..i].contains(name);
            expect(is_new, &key, "a name of its own", name)?;
        }
        let units = self.unit.len();
        expect(
            units == count,
            "unit",
            format!("one for each of {count} channels"),
            units,
        )?;
        let is_unit = |unit: f64| unit > 0.0 && (unit as f32).is_normal();
        match self.unit.iter().position(|unit| !is_unit(*unit)) {
            None => Ok(()),
            Some(i) => Err(wrong(
                &format!("unit.{i}"),
                "a number above 0, within f32",
                self.unit[i],
            )),
        }
    }

    fn check_bands(&self) -> Result<()> {
        expect(
            matches!(self.levels, 3 | 4),
            "levels",
            "3 or 4",
            self.levels,
        )?;
        let most = format!("0 to {MOST_OCTAVES}");
        expect(self.octaves <= MOST_OCTAVES, "octaves", most, self.octaves)?;
        let is_window = (1..=BANDS).contains(&self.window);
        expect(
            is_window,
            "window",
            format!("1 to {BANDS} samples"),
            self.window,
        )?;
        let (hop, window) = (self.hop, self.window);
        let is_part = hop > 0 && window.is_multiple_of(hop) && HOPS.contains(&(window / hop));
        let parts = format!("a window of {window}, or its half, quarter or eighth");
        expect(is_part, "hop", parts, hop)?;
        let step = self.step();
        let steps = format!(
            "a multiple of {step} samples for {} bands and {} octaves",
            self.bands(),
            self.octaves
        );
        expect(hop.is_multiple_of(step), "hop", steps, hop)
    }

    fn check_statistics(&self) -> Result<()> {
        let is_window = (2..=STATISTICS).contains(&self.window);
        expect(
            is_window,
            "window",
            format!("2 to {STATISTICS} samples"),
            self.window,
        )?;
        expect(
            self.hop == self.window,
            "hop",
            format!("the window, {}", self.window),
            self.hop,
        )?;
        for (key, found) in [("levels", self.levels), ("octaves", self.octaves)] {
            expect(found == 0, key, "0, since statistics have none", found)?;
        }
        for (key, found) in [("sum", self.sum), ("mean", self.mean)] {
            expect(!found, key, "false, since it is for bands", found)?;
        }
        Ok(())
    }
}

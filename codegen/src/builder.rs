//! Generation from a user's `build.rs`.

#[cfg(feature = "cli")]
use crate::calibrate::recalibrate;
use crate::module::fixed::Scale;
use crate::quantise::Weights;
#[cfg(feature = "cli")]
use crate::table::{self, Order};
use crate::{Error, Result, Stored, emit, lowered_stored, model_file, output};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The number type of the generated module.
///
/// The integers need no floating-point unit but for their inputs; only additive flows of rectifiers have them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Numeric {
    /// Single precision, in software where there is no FPU.
    #[default]
    F32,
    /// Integers: weights of 16 bits.
    I16,
    /// Integers: weights of 8 bits.
    I8,
}

impl Numeric {
    /// Every number type.
    pub const ALL: [Self; 3] = [Self::F32, Self::I16, Self::I8];

    /// Of integers, what their weights are stored in.
    pub fn weights(self) -> Option<Weights> {
        match self {
            Self::F32 => None,
            Self::I16 => Some(Weights::I16),
            Self::I8 => Some(Weights::I8),
        }
    }

    /// What a weight is stored in.
    #[cfg(feature = "cli")]
    pub(crate) fn parameter_bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::I16 => 2,
            Self::I8 => 1,
        }
    }

    /// As the command line has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::I16 => "i16",
            Self::I8 => "i8",
        }
    }
}

impl fmt::Display for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Numeric {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|numeric| numeric.name() == name);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::input(
                "numeric",
                format!("expected one of {names}, found `{name}`"),
            )
        })
    }
}

/// Writes the Rust module of a model file while a firmware is built.
///
/// ```no_run
/// // build.rs
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     nice_flow_codegen::Builder::new("pump.safetensors").generate_to(std::env::var("OUT_DIR")?)?;
///     Ok(())
/// }
/// ```
///
/// and in the firmware `mod pump { include!(concat!(env!("OUT_DIR"), "/pump.rs")); }`.
#[derive(Clone, Debug)]
pub struct Builder {
    model: PathBuf,
    numeric: Numeric,
    counts: Option<Scale>,
    #[cfg(feature = "cli")]
    calibration: Option<PathBuf>,
}

impl Builder {
    /// A model file, as `nice-flow import` or `train` writes it; its path is relative to the package.
    pub fn new(model: impl Into<PathBuf>) -> Self {
        Self {
            model: model.into(),
            numeric: Numeric::default(),
            counts: None,
            #[cfg(feature = "cli")]
            calibration: None,
        }
    }

    /// The number type that the device will run on.
    ///
    /// Integers are scaled by the rows that `nice-flow calibrate` left in the model file, else by draws of the model. That
    /// takes a second or two in a build script without optimisation: `[profile.dev.build-override] opt-level = 3`.
    pub fn numeric(self, numeric: Numeric) -> Self {
        Self { numeric, ..self }
    }

    /// Lets a module of integers take an ADC's counts: `.counts("unit=0.0122;zero=2048".parse()?)`.
    ///
    /// Whether a sample is an `i16` or an `i32` is up to who calls the module: its `MODEL` takes vectors of both, with
    /// the same scores, and a `Detector` those of its sample type.
    pub fn counts(self, scale: Scale) -> Self {
        let counts = Some(scale);
        Self { counts, ..self }
    }

    /// Normal rows to scale integers by, a CSV of the model's features and nothing else, instead of those that `nice-flow
    /// calibrate` left in the model file.
    ///
    /// The threshold of the integers is that of these rows, at the model's false-alarm rate.
    #[cfg(feature = "cli")]
    pub fn calibration(self, rows: impl Into<PathBuf>) -> Self {
        let calibration = Some(rows.into());
        Self {
            calibration,
            ..self
        }
    }

    /// Writes `<stem of the model file>.rs` into a folder, unless it is there with the same text; returns its path.
    pub fn generate_to(&self, folder: impl AsRef<Path>) -> Result<PathBuf> {
        let stored = self.read()?;
        let text = self.text(&stored);
        let text = text.map_err(|error| error.in_file(&self.model))?;
        let stem = self
            .model
            .file_stem()
            .ok_or_else(|| Error::file(&self.model, "expected a file name"))?;
        let path = folder.as_ref().join(stem).with_extension("rs");
        output::write_if_changed(&path, text.as_bytes())?;
        Ok(path)
    }

    fn text(&self, stored: &Stored) -> Result<String> {
        let lowered = lowered_stored(stored, self.numeric)?;
        let lowered = match &self.counts {
            Some(scale) => lowered.taking_counts(scale, stored.first())?,
            None => lowered,
        };
        emit::emit_stored(stored, &lowered)
    }

    /// The model or ensemble, calibrated on the rows given.
    fn read(&self) -> Result<Stored> {
        println!("cargo::rerun-if-changed={}", self.model.display());
        let stored = model_file::read_stored(&self.model)?;
        #[cfg(feature = "cli")]
        if let Some(path) = &self.calibration {
            println!("cargo::rerun-if-changed={}", path.display());
            return self.calibrated(stored, path);
        }
        Ok(stored)
    }

    #[cfg(feature = "cli")]
    fn calibrated(&self, mut stored: Stored, path: &Path) -> Result<Stored> {
        let model = stored.first();
        let mut table = table::read(path, &Default::default(), &|_| ())?;
        table.expect_columns(model.flow.dim, path)?;
        if table.match_features(&model.features) == Order::ByPosition && table.header.is_some() {
            let features = model.features.join(", ");
            println!(
                "cargo::warning={}: columns taken by position; their names are not the model's ({features})",
                path.display()
            );
        }
        recalibrate(&mut stored, &table.values, self.numeric)
            .map_err(|error| error.in_file(path))?;
        Ok(stored)
    }
}

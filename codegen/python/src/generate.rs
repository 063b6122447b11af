//! The Rust module of a model, and its blob.

use crate::calibrate::leveled;
use crate::error::wrong;
use crate::interrupt::Watch;
use nice_flow_cli::sign;
use nice_flow_codegen::module::fixed::Scale;
use nice_flow_codegen::{Model, Numeric, Result, lowered};
use nice_flow_lab::judge::advice::{DRAWN_VALUES, ranks, scales, small};
use nice_flow_lab::judge::calibrate::{rescale, set_threshold};
use nice_flow_lab::judge::module::{Generated, Wishes, generated};
use nice_flow_lab::judge::verify::cost_of_scales;
use nice_flow_lab::table::Table;
use pyo3::prelude::*;
use std::path::{Path, PathBuf};

/// How many usual values an input may have.
const VALUES: [usize; 4] = [3, 5, 7, 15];

/// What the module has beside the model, under the names that the command gives it.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Options {
    counts: Option<String>,
    explain: Option<usize>,
    drift: Option<u32>,
    commission: bool,
    golden: bool,
    /// Version of the blob, if there is to be one.
    version: Option<u32>,
    /// File of the secret key that signs the blob.
    sign: Option<PathBuf>,
}

impl Options {
    /// The same as the library has it; an error names a parameter.
    fn wishes(&self, model: &Model) -> PyResult<Wishes> {
        let counts = self.counts.as_deref().map(str::parse::<Scale>).transpose();
        let counts = counts.map_err(|error| wrong("counts", error))?;
        if counts.is_some() && model.front_end.is_some() {
            let message =
                "expected none for a model with a front end, whose modules take raw counts already";
            return Err(wrong("counts", message));
        }
        if let Some(values) = self.explain.filter(|values| !VALUES.contains(values)) {
            let message = format!("expected 3, 5, 7 or 15 usual values, found {values}");
            return Err(wrong("explain", message));
        }
        if let Some(rows) = self.drift.filter(|rows| *rows < 2) {
            let message = format!("expected 2 rows or more, found {rows}");
            return Err(wrong("drift", message));
        }
        if self.drift.is_some() && model.p_values.is_none() {
            let message = "expected a model that Model.calibrate gave, found one without p-values";
            return Err(wrong("drift", message));
        }
        if self.sign.is_some() && self.version.is_none() {
            return Err(wrong("sign", "expected together with blob, found none"));
        }
        Ok(Wishes {
            counts,
            explain: self.explain,
            drift: self.drift,
            commission: self.commission,
            golden: self.golden,
            blob: self.version,
            words: vec![],
        })
    }
}

/// What is to be made: a number type, what the module has beside the model, and normal rows to scale by instead of those
/// in the model.
pub struct Request {
    pub numeric: Numeric,
    options: Options,
    wishes: Wishes,
    calibration: Option<Table>,
}

impl Request {
    /// An error names a parameter.
    pub fn new(
        model: &Model,
        numeric: Numeric,
        options: Options,
        calibration: Option<Table>,
    ) -> PyResult<Self> {
        if calibration.is_some() && numeric == Numeric::F32 {
            let message = "expected none for 'f32', which needs no rows to scale by";
            return Err(wrong("calibration", message));
        }
        let mut wishes = options.wishes(model)?;
        if calibration.is_some() {
            // Rows in memory have no file.
            wishes.words = ["--calibration", "ROWS.csv"].map(String::from).into();
        }
        if let Some(key) = options.sign.as_deref().and_then(Path::file_name) {
            let key = key.to_string_lossy().into_owned();
            wishes.words.extend(["--sign".into(), key]);
        }
        Ok(Self {
            numeric,
            options,
            wishes,
            calibration,
        })
    }

    /// The module's text, the bytes of its blob, and what there is to say about them.
    pub fn run(
        self,
        model: &Model,
        watch: &Watch,
    ) -> Result<(String, Option<Vec<u8>>, Vec<String>)> {
        let mut model = model.clone();
        let mut notes = vec![];
        if let Some(table) = self.calibration {
            let rows = leveled(&model, table)?.normal_rows();
            rescale(&mut model, &rows)?;
            let threshold = set_threshold(&mut model, &rows, self.numeric, &|_| watch.check());
            if let Err(error) = threshold {
                notes.push(format!("no threshold from these rows: {error}"));
            }
        }
        let draws = self.wishes.explain.is_some() && model.calibration.is_none();
        notes.extend(draws.then(|| DRAWN_VALUES.to_string()));
        notes.extend(scales(&model, self.numeric).map(str::to_owned));
        let mut module = lowered(&model, self.numeric)?;
        notes.extend(small(&model, self.numeric));
        if let Some(cost) = cost_of_scales(&model, &module, self.numeric)? {
            notes.extend(ranks(&model, self.numeric, &cost));
        }
        if let Some(scale) = &self.wishes.counts {
            module = module.taking_counts(scale, &model)?;
        }
        let name = Path::new(&model.name);
        let Generated { text, mut blob, .. } = generated(&model, module, &self.wishes, name)?;
        if let (Some(bytes), Some(key)) = (&mut blob, &self.options.sign) {
            sign(bytes, key)?;
        }
        Ok((text, blob, notes))
    }
}

//! Generation from a user's `build.rs`.

use crate::model::file;
use crate::module::blob;
use crate::module::emit::{self, Drift, Extras};
use crate::module::fixed::Scale;
use crate::module::scored::{self, Scorer};
use crate::module::taken;
use crate::module::{spread, usual_values};
use crate::{Error, Lowered, Model, Numeric, Result, lowered, output};
use std::path::{Path, PathBuf};

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
    explain: Option<usize>,
    commission: bool,
    drift: Option<u32>,
    golden: bool,
    scorer: Option<Scorer>,
    blob: Option<u32>,
    words: Vec<String>,
}

impl Builder {
    /// A model file, as `nice-flow import` or `train` writes it; its path is relative to the package.
    pub fn new(model: impl Into<PathBuf>) -> Self {
        Self {
            model: model.into(),
            numeric: Numeric::default(),
            counts: None,
            explain: None,
            commission: false,
            drift: None,
            golden: false,
            scorer: None,
            blob: None,
            words: vec![],
        }
    }

    /// The number type that the device will run on.
    ///
    /// The scales of an integer module come from the rows that `nice-flow calibrate` left in the model file, or from
    /// samples of the model if there are none. In a build script without optimisation that takes a second or two;
    /// `[profile.dev.build-override] opt-level = 3` makes it fast.
    pub fn numeric(self, numeric: Numeric) -> Self {
        Self { numeric, ..self }
    }

    /// Makes an integer module take an ADC's counts: `.counts("unit=0.0122;zero=2048".parse()?)`.
    ///
    /// The caller of the module chooses whether a sample is an `i16` or an `i32`: the generated `MODEL` scores vectors
    /// of both, with equal results, and a `Detector` takes the one it is declared with.
    pub fn counts(self, scale: Scale) -> Self {
        let counts = Some(scale);
        Self { counts, ..self }
    }

    /// Gives the module `USUAL`, 3, 5 or 7 usual values of each input, by which the board says which input is to blame.
    pub fn explain(self, values: usize) -> Self {
        let explain = Some(values);
        Self { explain, ..self }
    }

    /// Gives the module `SPREAD`, from which a board finds how its own sensors differ, and its own threshold, with
    /// [`Commission`](nice_flow::Commission). The model must have been calibrated.
    pub fn commission(self) -> Self {
        let commission = true;
        Self { commission, ..self }
    }

    /// Gives the module `P_VALUES` and `DRIFT`, which tell that scores have slowly changed ([`Drift`](nice_flow::Drift)): `rows` of
    /// normal verdicts or more lie between false alarms in the mean. The model must have been calibrated. A module of
    /// integers takes a [scorer](Self::scored_by).
    pub fn drift(self, rows: u32) -> Self {
        let drift = Some(rows);
        Self { drift, ..self }
    }

    /// Gives the module `GOLDEN`, a normal row with its exact score, and `self_test()`, which says whether the board computes
    /// that. The model must have been calibrated, and there must be a [scorer](Self::scored_by).
    pub fn golden(self) -> Self {
        let golden = true;
        Self { golden, ..self }
    }

    /// How rows are scored as the module will score them, for [`golden`](Self::golden) and [`drift`](Self::drift): this crate,
    /// which many firmwares compile, cannot, and `nice-flow-lab` can.
    ///
    /// ```no_run
    /// # mod nice_flow_lab {
    /// #     pub mod host {
    /// #         pub mod score {
    /// #             pub fn module_scores(_: &nice_flow_codegen::Lowered, _: &[f64]) -> Vec<f64> {
    /// #                 vec![]
    /// #             }
    /// #         }
    /// #     }
    /// # }
    /// // build.rs, with nice-flow-codegen and nice-flow-lab among the build-dependencies
    /// use nice_flow_codegen::{Builder, Numeric};
    /// use nice_flow_lab::host::score::module_scores;
    ///
    /// fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     let builder = Builder::new("pump.safetensors").numeric(Numeric::I8).golden().drift(10_000);
    ///     builder.scored_by(module_scores).generate_to(std::env::var("OUT_DIR")?)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn scored_by(self, scorer: Scorer) -> Self {
        let scorer = Some(scorer);
        Self { scorer, ..self }
    }

    /// Gives the module `Package`, `LAYOUT` and `FACTORY`, so that its firmware can run later models from a slot of its flash,
    /// and writes this model as such a blob of a version, `<stem of the model file>.bin` beside the module: see
    /// [`nice_flow::blob`].
    pub fn blob(self, version: u32) -> Self {
        let blob = Some(version);
        Self { blob, ..self }
    }

    /// Adds options to the `nice-flow generate` that the head of the module names, for what a build script did with the model
    /// before it [wrote](Self::write) it: `.told(["--calibration".into(), "rows.csv".into()])`.
    pub fn told(mut self, options: impl IntoIterator<Item = String>) -> Self {
        self.words.extend(options);
        self
    }

    /// Writes `<stem of the model file>.rs` into a folder and returns its path; a file that has this text already is
    /// left alone.
    pub fn generate_to(&self, folder: impl AsRef<Path>) -> Result<PathBuf> {
        self.write(&self.model()?, folder)
    }

    /// The model in the file, for a build script that changes it before it [writes](Self::write) the module.
    pub fn model(&self) -> Result<Model> {
        println!("cargo::rerun-if-changed={}", self.model.display());
        file::read(&self.model)
    }

    /// Writes the module of a model into a folder, as `<stem of the model file>.rs`; returns its path.
    pub fn write(&self, model: &Model, folder: impl AsRef<Path>) -> Result<PathBuf> {
        let written = self.written(model);
        let (text, blob) = written.map_err(|error| error.in_file(&self.model))?;
        let stem = self
            .model
            .file_stem()
            .ok_or_else(|| Error::file(&self.model, "expected a file name"))?;
        let path = folder.as_ref().join(stem).with_extension("rs");
        let blob = blob.map(|bytes| (path.with_extension("bin"), bytes));
        for path in [Some(&path), blob.as_ref().map(|(path, _)| path)]
            .into_iter()
            .flatten()
        {
            if output::identity::same(path, &self.model) {
                let message = "expected another file to write than the model's";
                return Err(Error::file(path, message));
            }
        }
        output::write_if_changed(&path, text.as_bytes())?;
        if let Some((path, bytes)) = blob {
            output::write_if_changed(&path, &bytes)?;
        }
        Ok(path)
    }

    /// The text of the module, and the blob if there is to be one.
    fn written(&self, model: &Model) -> Result<(String, Option<Vec<u8>>)> {
        let lowered = lowered(model, self.numeric)?;
        let lowered = match &self.counts {
            Some(scale) => lowered.taking_counts(scale, model)?,
            None => lowered,
        };
        let lowered = match self.blob {
            Some(_) => lowered.in_order(),
            None => lowered,
        };
        let scale = lowered.scale(model, self.counts.as_ref());
        let usual = |count| usual_values(model, count, scale.as_ref());
        let spread = || spread(model, scale.as_ref());
        let rows = taken(model, model.kept_rows(), scale.as_ref());
        let golden = || {
            let scores = self.scores("golden", &lowered, &rows)?;
            scored::golden(model, &lowered, &rows, &scores)
        };
        let extras = Extras {
            usual: self.explain.map(usual).transpose()?,
            drift: self.drift_of(model, &lowered, &rows)?,
            spread: self.commission.then(spread).transpose()?,
            golden: self.golden.then(golden).transpose()?,
            package: self.blob,
            counts: self.counts.clone(),
            words: self.words.clone(),
        };
        let text = emit::emit_with(model, &lowered, &extras)?;
        let blob = |version| blob::blob(model, &lowered, &extras, version);
        Ok((text, self.blob.map(blob).transpose()?))
    }

    /// The scores of rows that are in what the module takes, for an option.
    fn scores(&self, option: &str, lowered: &Lowered, rows: &[f64]) -> Result<Vec<f64>> {
        let scorer = self.scorer.ok_or_else(|| {
            let message = "expected a scorer, found none: Builder::scored_by takes nice_flow_lab::host::score::module_scores";
            Error::input(option, message)
        })?;
        Ok(scorer(lowered, rows))
    }

    /// What tells that scores have changed, if it was asked for.
    fn drift_of(&self, model: &Model, lowered: &Lowered, kept: &[f64]) -> Result<Option<Drift>> {
        let Some(rows) = self.drift else {
            return Ok(None);
        };
        if rows < 2 {
            let message = format!("expected at least 2 rows between false alarms, found {rows}");
            return Err(Error::input("drift", message));
        }
        let scores = match lowered.fraction() {
            None => vec![],
            Some(_) => self.scores("drift", lowered, kept)?,
        };
        let p_values = scored::p_values(model, lowered, || scores);
        let knots = p_values.and_then(|p_values| p_values.knots());
        let knots = knots.ok_or_else(|| {
            let message =
                "expected a model with scores of normal rows, which `nice-flow calibrate` finds";
            Error::input("drift", message)
        })?;
        Ok(Some(Drift { rows, knots }))
    }
}

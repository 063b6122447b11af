//! `nice-flow generate`.

use crate::choice::choice;
use crate::counts::Counts;
use crate::files::Files;
use crate::level;
use crate::rows::Roles;
use crate::said::Said;
use crate::sign::sign;
use crate::sink::{self, Named};
use crate::source::{Source, note_scales};
use crate::why::Values;
use nice_flow_codegen::module::blob::layout;
use nice_flow_codegen::text::counted;
use nice_flow_codegen::{Model, Numeric, Result, lowered};
use nice_flow_lab::judge::advice::{DRAWN_VALUES, ranks, small};
use nice_flow_lab::judge::calibrate::{rescale, set_threshold};
use nice_flow_lab::judge::module::{Generated, Wishes, generated};
use nice_flow_lab::judge::verify::cost_of_scales;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    source: Source,

    /// Number type of the module.
    #[arg(long, value_parser = choice::<Numeric>(), default_value = "f32")]
    numeric: Numeric,

    /// Normal rows that give integers their scales, instead of those that `calibrate` left in the model.
    #[arg(long, value_name = "DATA.csv")]
    calibration: Option<PathBuf>,

    #[command(flatten)]
    roles: Roles,

    #[command(flatten)]
    counts: Counts,

    /// Give the module USUAL, so many usual values of each input, with which a board says which input is to blame: quantiles
    /// of the model's normal rows.
    #[arg(long, value_name = "VALUES", value_parser = choice::<Values>())]
    explain: Option<Values>,

    /// Give the module P_VALUES and DRIFT, which tell that scores have slowly changed: if normal rows stay as they were and do
    /// not depend on each other, ROWS of them or more lie between false alarms in the mean. 10000 is usual.
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(2..))]
    drift: Option<u32>,

    /// Give the module SPREAD, mean and deviation of each input over normal rows, from which a board finds how its own sensors
    /// differ, and its own threshold (nice_flow::Commission).
    #[arg(long)]
    commission: bool,

    /// Give the module GOLDEN, a normal row with its exact score, and self_test(), which says whether the board computes that.
    #[arg(long)]
    golden: bool,

    /// Also write the model with threshold, debounce and all that the options above ask for as bytes that firmware with this
    /// module can run in place of its own (nice_flow::blob): a new model without new firmware. The module gets Package,
    /// LAYOUT and FACTORY.
    #[arg(long, value_name = "BLOB")]
    blob: Option<PathBuf>,

    /// Version of the blob: a board takes the highest.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "blob")]
    model_version: u32,

    /// Sign the blob with the Ed25519 secret key in this PEM file, for boards that take no other
    /// (nice_flow::blob::Package::newest_signed). `openssl genpkey -algorithm ed25519 -out key.pem` makes one.
    #[arg(long, value_name = "KEY.pem", requires = "blob")]
    sign: Option<PathBuf>,

    /// Rust file to write; `-` is standard output.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

impl Args {
    pub fn files(&self) -> Files {
        let files = self
            .source
            .files()
            .reading(&self.calibration)
            .reading(self.roles.files())
            .reading(&self.sign);
        files.writing_text([&self.output]).writing(&self.blob)
    }

    pub fn run(&self, json: bool, said: &Said) -> Result<()> {
        let model = self.calibrated()?;
        note_scales(&model, self.numeric);
        let lowered = lowered(&model, self.numeric);
        let lowered = lowered.map_err(|error| error.in_file(&self.source.model))?;
        let cost = cost_of_scales(&model, &lowered, self.numeric)?;
        let lowered = self.counts.taken(lowered, &model)?;
        let Generated {
            lowered,
            extras,
            text,
            mut blob,
        } = generated(&model, lowered, &self.wishes(said), &self.source.model)?;
        if let (Some(bytes), Some(key)) = (&mut blob, &self.sign) {
            sign(bytes, key)?;
        }
        let blob = self.blob.as_ref().zip(blob);
        let mut files = vec![(self.output.as_path(), text.as_bytes())];
        files.extend(
            blob.iter()
                .map(|(path, bytes)| (path.as_path(), &bytes[..])),
        );
        sink::write_all(&files)?;
        if json {
            say!(
                "{}",
                json!({
                    "module": self.output.to_string_lossy(), "numeric": self.numeric.name(), "type": lowered.type_name(),
                    "weight_bytes": lowered.bytes(), "cost": cost, "blob": blob.as_ref().map(|(path, bytes)| json!({ "file": path.to_string_lossy(), "bytes": bytes.len() })),
                })
            );
            return Ok(());
        }
        say!(
            "wrote {}: {} of weights",
            Named(&self.output),
            counted(lowered.bytes(), "byte")
        );
        if let Some((path, bytes)) = &blob {
            say!(
                "wrote {}: {} bytes, version {}, for firmware whose module has LAYOUT {:#018x}",
                path.display(),
                bytes.len(),
                self.model_version,
                layout(&model, &lowered, &extras)
            );
        }
        if let Some(scale) = &self.counts.scale {
            let (rows, dim) = (model.normal_rows(&model.members[0]), model.dim());
            let counts = || scale.counts(&rows, dim).filter(|x| x.is_finite());
            let least = counts().fold(f64::INFINITY, f64::min);
            let largest = counts().fold(f64::NEG_INFINITY, f64::max);
            let fit = least >= i16::MIN.into() && largest <= i16::MAX.into();
            let samples = if fit {
                "i16 or i32, as you declare them"
            } else {
                "i32"
            };
            say!("counts of normal rows go from {least} to {largest}: samples are {samples}");
        }
        if let Some(advice) = small(&model, self.numeric) {
            note!("note: {advice}");
        }
        if let Some(cost) = cost {
            say!(
                "integers change the scores of normal rows, which have a standard deviation of {:.2}, by {:.4} {} in the median; \
                 one in a hundred changes by more than {:.4} (nice-flow verify says more)",
                cost.deviation,
                cost.generated.median,
                model.unit().plural(),
                cost.generated.p99
            );
            if let Some(advice) = ranks(&model, self.numeric, &cost) {
                note!("note: {advice}");
            }
        }
        Ok(())
    }

    /// What the module has beside the model.
    fn wishes(&self, said: &Said) -> Wishes {
        let mut told = vec!["member"];
        if self.calibration.is_some() && self.scales() {
            told.extend([
                "calibration",
                "label",
                "normal",
                "skip",
                "time",
                "anomalies",
            ]);
        }
        if self.blob.is_some() {
            told.push("sign");
        }
        Wishes {
            words: said.only(&told).unwrap_or_default(),
            counts: self.counts.scale.clone(),
            explain: self.explain.map(|values| values.0),
            drift: self.drift,
            commission: self.commission,
            golden: self.golden,
            blob: self.blob.is_some().then_some(self.model_version),
        }
    }

    /// Whether the module's scales come from rows.
    fn scales(&self) -> bool {
        self.numeric.weights().is_some()
    }

    /// Notes options that have no effect.
    fn note_unused(&self) {
        if self.calibration.is_some() && !self.scales() {
            note!("note: --calibration is not used: f32 needs no rows to scale by");
        }
        if self.calibration.is_none() && !self.roles.is_empty() {
            note!(
                "note: --label, --skip and --time are not used: they say what the columns of --calibration are"
            );
        }
    }

    /// The model, calibrated on the given rows if there are any.
    fn calibrated(&self) -> Result<Model> {
        let mut model = self.source.load()?;
        self.note_unused();
        if self.explain.is_some() && model.calibration.is_none() && self.calibration.is_none() {
            note!("note: {DRAWN_VALUES}");
        }
        if let Some(path) = self.calibration.as_ref().filter(|_| self.scales()) {
            let mut table = self.roles.read_for(
                std::slice::from_ref(path),
                &model,
                false,
                &Counts::default(),
            )?;
            level::take_off(&model, &mut table)?;
            let rows = table.normal_rows();
            rescale(&mut model, &rows).map_err(|error| error.in_file(path))?;
            if let Err(error) = set_threshold(&mut model, &rows, self.numeric, &|_| ()) {
                note!("note: no threshold from {}: {error}", path.display());
            }
        }
        Ok(model)
    }
}

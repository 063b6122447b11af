//! The options of training, under the names that the command gives them.

use crate::calibrate::combine_of;
use crate::error::{raise, wrong};
use nice_flow_codegen::model::Combine;
use nice_flow_lab::signal::{Length, Wish};
use nice_flow_lab::train::Request;
use pyo3::prelude::*;

/// Options of training.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Options {
    recipe: Option<String>,
    prior: Option<String>,
    couplings: Option<usize>,
    hidden: Option<usize>,
    depth: Option<usize>,
    /// Bytes in `f32`.
    budget: Option<usize>,
    /// A share, or `auto`.
    trim: String,
    robust_scales: bool,
    missing: String,
    pub baseline: Option<String>,
    given: Vec<String>,
    steps: usize,
    members: usize,
    seed: u64,
    combine: Option<String>,
    pub channels: Option<usize>,
    pub drop_constant: bool,
    /// Whether the rows are a log, in the order of their times.
    pub log: bool,
    pub hold_out: Option<f64>,
    pub false_alarm_rate: Option<f64>,
    pub threads: usize,
    /// This training in Python.
    pub call: String,
}

impl Options {
    /// The same as the library has it, but for whether there is a front end; an error names a parameter.
    pub fn request(&self) -> PyResult<Request> {
        let share = self.hold_out.unwrap_or(0.5);
        if !(share > 0.0 && share < 1.0) {
            let message = format!("expected a share between 0 and 1, found {share}");
            return Err(wrong("hold_out", message));
        }
        if self.hold_out.is_some() != self.false_alarm_rate.is_some() {
            let message = "expected together with false_alarm_rate, found one of the two";
            return Err(wrong("hold_out", message));
        }
        let prior = self.prior.as_deref().map(str::parse).transpose();
        let recipe = self.recipe.as_deref().map(str::parse).transpose();
        let baseline = self.baseline.as_deref().map(str::parse).transpose();
        let request = Request {
            recipe: recipe.map_err(|error: String| wrong("recipe", error))?,
            prior: prior.map_err(|error: String| {
                let found = self.prior.as_deref().unwrap_or_default();
                wrong("prior", format!("{error}, found '{found}'"))
            })?,
            couplings: self.couplings,
            hidden: self.hidden,
            depth: self.depth,
            budget: self.budget.map(Into::into),
            trim: self
                .trim
                .parse()
                .map_err(|error: String| wrong("trim", error))?,
            robust_scales: self.robust_scales,
            is_front: false,
            missing: self
                .missing
                .parse()
                .map_err(|error: String| wrong("missing", error))?,
            baseline: baseline.map_err(|error: String| wrong("baseline", error))?,
            given: self.given.clone(),
            steps: self.steps,
            members: self.members,
            seed: self.seed,
        };
        request.check().map_err(raise)?;
        Ok(request)
    }

    /// How the scores of several flows become one.
    pub fn combine(&self) -> PyResult<Option<Combine>> {
        self.combine.as_deref().map(combine_of).transpose()
    }
}

/// Options of a front end.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Front {
    rate: f64,
    window: Option<String>,
    hop: Option<String>,
    levels: Option<u32>,
    octaves: u32,
    sum: bool,
    mean: bool,
    statistics: bool,
    unit: Vec<f64>,
}

impl Front {
    /// The same as the library has it.
    pub fn wish(&self) -> PyResult<Wish> {
        Ok(Wish {
            statistics: self.statistics,
            rate: Some(self.rate),
            window: length("window", self.window.as_deref())?,
            hop: length("hop", self.hop.as_deref())?,
            levels: self.levels,
            octaves: self.octaves,
            sum: self.sum,
            mean: self.mean,
            unit: self.unit.clone(),
        })
    }
}

fn length(parameter: &str, text: Option<&str>) -> PyResult<Option<Length>> {
    let length = text.map(str::parse).transpose();
    length.map_err(|error: String| wrong(parameter, error))
}

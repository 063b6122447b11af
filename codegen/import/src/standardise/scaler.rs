//! What fitted scalers of scikit-learn do to rows, by class and settings: the only place that says which are taken.
//!
//! Arrays of such an object are never taken by their names: a scaler keeps a mean that it does not subtract, and a pipeline
//! has steps that no mean and scale express.

use super::words::is_of_other_rows;
use crate::checkpoint::{Fitted, Tensor};
use nice_flow_codegen::text;

/// The most objects that an error names.
const SHOWN: usize = 10;

/// The classes that are taken.
const TAKEN: &str = "StandardScaler, MinMaxScaler, RobustScaler or MaxAbsScaler, alone or as the only step of a Pipeline";

/// Classes that act on labels, never on the inputs of a flow.
const OF_LABELS: [&str; 3] = ["LabelEncoder", "LabelBinarizer", "MultiLabelBinarizer"];

/// What to do with rows that another object makes.
const WAY_OUT: &str = "apply it yourself to each row, import without --standardise, and give the model the rows that it makes; or \
     train the flow behind a StandardScaler alone";

/// `(x − mean) / scale`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scaling {
    pub mean: Vec<f64>,
    pub scale: Vec<f64>,
    /// The same in words, with the names of the arrays.
    pub formula: String,
}

/// The object that acts on rows, `None` if there is none; an error if there are several.
pub(super) fn only(fitted: &[Fitted]) -> Result<Option<&Fitted>, String> {
    let of_inputs = |fitted: &&Fitted| !OF_LABELS.contains(&fitted.class.as_str());
    let all: Vec<&Fitted> = fitted.iter().filter(of_inputs).collect();
    let ours = all.iter().filter(|fitted| !is_of_other_rows(&fitted.place));
    let ours: Vec<&Fitted> = ours.copied().collect();
    match (&ours[..], &all[..]) {
        ([only], _) | ([], [only]) => Ok(Some(only)),
        ([], []) => Ok(None),
        (several, all) => {
            let several = if several.is_empty() { all } else { several };
            let named: Vec<String> = several.iter().map(|fitted| named(fitted)).collect();
            Err(format!(
                "expected one fitted object of scikit-learn, found {}: {}; if one of them alone makes the flow's rows, give a file with \
                 it alone: import pickle; pickle.dump(SCALER, open(\"scaler.pkl\", \"wb\")); if several do, {}",
                several.len(),
                text::listed(&named, SHOWN),
                WAY_OUT
                    .replace("apply it", "apply them")
                    .replace("it makes", "they make")
            ))
        }
    }
}

/// What an object is called: its place and its class.
pub(super) fn named(fitted: &Fitted) -> String {
    let class = shown(fitted);
    match fitted.place.as_str() {
        "" => class,
        place => format!("{place} ({class})"),
    }
}

/// The class of an object with the settings that matter; of a pipeline, its steps.
fn shown(fitted: &Fitted) -> String {
    let (class, steps) = (&fitted.class, fitted.steps.iter());
    let steps: Vec<String> = steps.map(|step| step.class.clone()).collect();
    if class == "Pipeline" {
        format!("Pipeline({})", text::listed(&steps, SHOWN))
    } else if is_set(fitted, "clip", false) {
        format!("{class}(clip=True)")
    } else {
        class.clone()
    }
}

fn is_set(fitted: &Fitted, flag: &str, default: bool) -> bool {
    fitted.flags.get(flag).copied().unwrap_or(default)
}

/// What an object does to a row; else what was expected, what it is instead, and what to do.
fn scaling(fitted: &Fitted) -> Result<Scaling, String> {
    if let ("Pipeline", [only]) = (fitted.class.as_str(), &fitted.steps[..]) {
        return scaling(only);
    }
    let is = |flag| is_set(fitted, flag, true);
    let (mean, scale) = match fitted.class.as_str() {
        "StandardScaler" => (is("with_mean").then_some("mean_"), is("with_std")),
        "RobustScaler" => (
            is("with_centering").then_some("center_"),
            is("with_scaling"),
        ),
        "MaxAbsScaler" => (None, true),
        "MinMaxScaler" => (Some("min_"), true),
        _ => return Err(refused(fitted, WAY_OUT)),
    };
    if is_set(fitted, "clip", false) {
        let why = "which moves what lies beyond the rows it was fitted to onto their border, where a flow would find an anomaly normal; \
             after scaler.set_params(clip=False) it is taken";
        return Err(refused(fitted, why));
    }
    let scale = scale.then_some("scale_");
    let numbers = |name: Option<&'static str>| name.map(|name| array(fitted, name)).transpose();
    let (first, second) = (numbers(mean)?, numbers(scale)?);
    let fitted_to = first.or(second).map(<[f64]>::len).or(fitted.features);
    let width = fitted_to.ok_or_else(|| refused(fitted, "which is not fitted"))?;
    let first = first.map_or(vec![0.0; width], <[f64]>::to_vec);
    let second = second.map_or(vec![1.0; width], <[f64]>::to_vec);
    if first.len() != second.len() {
        return Err(refused(fitted, "whose arrays have different lengths"));
    }
    let name = |part| fitted.below(part);
    let formula = match (mean, scale) {
        (Some("min_"), _) => format!("x * {} + {}", name("scale_"), name("min_")),
        (Some(mean), Some(scale)) => format!("(x - {}) / {}", name(mean), name(scale)),
        (Some(mean), None) => format!("x - {}", name(mean)),
        (None, Some(scale)) => format!("x / {}", name(scale)),
        (None, None) => "x as it is".into(),
    };
    let formula = format!("{formula}, as {} does", fitted.class);
    let (mean, scale) = match mean {
        // `x · scale + min`.
        Some("min_") => {
            let mean = first.iter().zip(&second).map(|(min, scale)| -min / scale);
            (
                mean.collect(),
                second.iter().map(|scale| 1.0 / scale).collect(),
            )
        }
        _ => (first, second),
    };
    Ok(Scaling {
        mean,
        scale,
        formula,
    })
}

/// The same for rows of so many inputs.
pub(super) fn of_inputs(fitted: &Fitted, dim: usize) -> Result<Scaling, String> {
    let scaling = scaling(fitted)?;
    match scaling.mean.len() {
        found if found == dim => Ok(scaling),
        found => Err(format!(
            "{}: expected a scaler of {dim} inputs, found one of {found}",
            named(fitted)
        )),
    }
}

/// A fitted array of one axis.
fn array<'a>(fitted: &'a Fitted, name: &str) -> Result<&'a [f64], String> {
    match fitted.arrays.get(name) {
        Some(Tensor { shape, data, .. }) if shape.len() == 1 => Ok(data),
        Some(Tensor { shape, .. }) => Err(refused(
            fitted,
            &format!("whose {name} has shape {shape:?}"),
        )),
        None => Err(refused(
            fitted,
            &format!("which is not fitted: it has no {name}"),
        )),
    }
}

fn refused(fitted: &Fitted, why: &str) -> String {
    let found = shown(fitted);
    let place = match fitted.place.as_str() {
        "" => String::new(),
        place => format!("{place}: "),
    };
    let why = if why == WAY_OUT {
        format!(", which does what no mean and scale say: {why}")
    } else {
        format!(", {why}")
    };
    format!("{place}expected a fitted {TAKEN}, found {found}{why}")
}

//! The standardisation that was applied to the rows before the flow.

mod alike;
mod arrays;
mod beside;
mod columns;
mod nameless;
mod scaler;
mod words;

pub(crate) use beside::Rest;
pub use beside::{Beside, Offer};

use arrays::{Found, Named};
use scaler::Scaling;

use crate::checkpoint::{Checkpoint, Tensor, is_compressed};
use nice_flow_codegen::Model;
use nice_flow_codegen::error::{Error, Result};
use nice_flow_codegen::flow::ir::Diagonal;
use std::collections::BTreeMap;
use std::path::Path;

/// Reads `mean=1,2;scale=3,4`, or a file: an npz, PyTorch or safetensors file with `mean` and `scale` (or `std`, `var`) of
/// shape `[D]` or `[1, D]`, or as Python lists, or a CSV with these columns and one row per feature. The file may be the checkpoint
/// itself, and names may be longer: `x_mean`, `norm.std`, `data_min` and `data_max`.
///
/// A file of pickle, joblib (compressed by zlib or gzip, too) or PyTorch may hold a fitted `StandardScaler`, `MinMaxScaler`, `RobustScaler` or `MaxAbsScaler` of
/// scikit-learn, alone or as the only step of a `Pipeline`: it is read by its class and settings. Any other object of
/// scikit-learn is an error.
pub fn read(source: &str, dim: usize) -> Result<Diagonal> {
    let text = source.trim_start();
    if ["mean=", "scale=", "std="]
        .iter()
        .any(|name| text.starts_with(name))
    {
        parse(source, dim)
    } else {
        open(Path::new(source), dim)
    }
}

/// Puts the standardisation of `x` in front of a model of one flow, which must have none; a context passes as it is.
pub fn put(model: &mut Model, mut standard: Diagonal) -> Result<()> {
    let context = model.context();
    let member = model.only_mut()?;
    if member.preprocessing.is_some() {
        let message = "expected a model that has none, found one that has it";
        return Err(Error::input("preprocessing", message));
    }
    // Its places rise.
    for place in context {
        standard.center.insert(place, 0.0);
        standard.factor.insert(place, 1.0);
    }
    member.preprocessing = Some(standard);
    Ok(())
}

/// Reads `mean` and `scale` (or `std`, `var`) from a file, or the scaler of scikit-learn in it, as [`read`] does.
pub fn open(path: &Path, dim: usize) -> Result<Diagonal> {
    if is_text(path)? {
        let columns = columns::read(path)?;
        return checked(&columns.mean, &columns.scale, columns.scale_name, dim)
            .map_err(|error| error.in_file(path));
    }
    let file = Checkpoint::open_statistics(path)?;
    let lists = file.lists();
    let wrong = |message| Error::file(path, message);
    let found = match source(&file, &lists, dim).map_err(wrong)? {
        Source::Arrays(found) => found,
        Source::Scaler(found) => {
            return checked(&found.mean, &found.scale, "scale", dim)
                .map_err(|error| error.in_file(path));
        }
    };
    for (name, tensor) in found.arrays() {
        check_shape(tensor, dim).map_err(|error| wrong(format!("{name}: {error}")))?;
    }
    let [(low, first), (name, second)] = found.arrays();
    let both = first.data.iter().zip(&second.data);
    let (means, deviations): (Vec<f64>, Vec<f64>) = match found {
        Found::Deviation(..) => (first.data.clone(), second.data.clone()),
        Found::Variance(..) => both
            .map(|(mean, variance)| (*mean, variance.sqrt()))
            .unzip(),
        Found::Offset(..) => both
            .map(|(scale, offset)| (-offset / scale, 1.0 / scale))
            .unzip(),
        Found::Range(..) => both
            .map(|(least, largest)| (*least, largest - least))
            .unzip(),
    };
    let name = match found {
        Found::Range(..) => format!("{name} - {low}"),
        _ => name.to_owned(),
    };
    checked(&means, &deviations, &name, dim).map_err(|error| error.in_file(path))
}

/// How what a file holds standardises so many inputs, in words: the names of the arrays and the formula. `None` for text, which
/// says it itself.
pub fn taken(source: &str, dim: usize) -> Result<Option<String>> {
    let path = Path::new(source);
    if !path.is_file() || is_text(path)? {
        return Ok(None);
    }
    let file = Checkpoint::open_statistics(path)?;
    Ok(match self::source(&file, &file.lists(), dim) {
        Ok(Source::Arrays(found)) => Some(found.formula()),
        Ok(Source::Scaler(found)) => Some(found.formula),
        Err(_) => None,
    })
}

/// What of a file standardises.
enum Source<'a> {
    Scaler(Scaling),
    Arrays(Found<'a>),
}

/// The scaler of scikit-learn in a file, or the statistics among its arrays and lists of numbers; else what is missing or too many.
fn source<'a>(
    file: &'a Checkpoint,
    lists: &'a BTreeMap<String, Tensor>,
    dim: usize,
) -> std::result::Result<Source<'a>, String> {
    let tensors = file.tensors.iter().chain(lists);
    let loose = tensors.filter(|(name, _)| !file.fitted.iter().any(|fitted| fitted.has(name)));
    let loose: Vec<Named> = loose
        .map(|(name, tensor)| (name.as_str(), tensor))
        .collect();
    let Some(only) = scaler::only(&file.fitted)? else {
        return Found::among(&loose).map(Source::Arrays);
    };
    if let Some(pair) = arrays::statistics(loose.iter().copied(), dim) {
        return Err(format!(
            "expected one standardisation, found {} and {}, and {}: give a file with one of them alone",
            pair.pair[0],
            pair.pair[1],
            scaler::named(only)
        ));
    }
    scaler::of_inputs(only, dim).map(Source::Scaler)
}

/// Whether a file is text: in the other supported formats, one of the first bytes is zero, or the first is one that begins no text. A pipe or device is taken
/// for text without looking, since its bytes can be read only once.
fn is_text(path: &Path) -> Result<bool> {
    use std::io::Read;
    if path.exists() && !path.is_file() {
        return Ok(!path.is_dir());
    }
    let failed = |error| Error::caused_in(path, error);
    let (file, mut head) = (std::fs::File::open(path).map_err(failed)?, vec![]);
    file.take(512).read_to_end(&mut head).map_err(failed)?;
    let is_pickle = head.first() == Some(&0x80) || is_compressed(&head);
    Ok(!head.is_empty() && !head.contains(&0) && !is_pickle)
}

/// The one of `scale` and `std` that is present, with its name.
fn scale<T>(
    kind: &str,
    scale: Option<T>,
    std: Option<T>,
) -> std::result::Result<(&'static str, T), String> {
    match (scale, std) {
        (Some(scale), None) => Ok(("scale", scale)),
        (None, Some(std)) => Ok(("std", std)),
        (Some(_), Some(_)) => Err(format!("expected {kind} `scale` or `std`, found both")),
        (None, None) => Err(format!("expected {kind} `scale` or `std`, found neither")),
    }
}

fn check_shape(tensor: &Tensor, dim: usize) -> std::result::Result<(), String> {
    let found = &tensor.shape;
    if arrays::fits(found, dim) {
        return Ok(());
    }
    Err(format!(
        "expected shape [{dim}] or [1, {dim}], found {found:?}"
    ))
}

/// Reads `mean=1,2;scale=3,4` (or `std=` for `scale=`).
pub fn parse(text: &str, dim: usize) -> Result<Diagonal> {
    let (mut mean, mut scale, mut scale_name) = (None, None, "scale");
    for part in text.split(';') {
        let (name, list) = part.split_once('=').unwrap_or((part, ""));
        let place = match name.trim() {
            "mean" => &mut mean,
            "scale" => &mut scale,
            "std" => {
                scale_name = "std";
                &mut scale
            }
            _ => return Err(Error::input(text, "expected mean=…;scale=…")),
        };
        if place.replace(numbers(name.trim(), list)?).is_some() {
            return Err(Error::input(text, "expected mean and scale once each"));
        }
    }
    match (mean, scale) {
        (Some(mean), Some(scale)) => checked(&mean, &scale, scale_name, dim),
        _ => Err(Error::input(text, "expected mean=…;scale=…")),
    }
}

fn numbers(name: &str, list: &str) -> Result<Vec<f64>> {
    let number = |text: &str| {
        let text = text.trim();
        let wrong = |_| Error::input(name, format!("expected a number, found `{text}`"));
        text.parse().map_err(wrong)
    };
    list.split(',').map(number).collect()
}

/// `(x − mean) / scale`, of `dim` finite means and as many finite scales above 0, which errors call `scale_name`.
pub fn checked(mean: &[f64], scale: &[f64], scale_name: &str, dim: usize) -> Result<Diagonal> {
    for (name, list) in [("mean", mean), (scale_name, scale)] {
        if list.len() != dim {
            let message = format!("expected {dim} numbers, found {}", list.len());
            return Err(Error::input(name, message));
        }
    }
    let usable = |scale: &f64| *scale > 0.0 && scale.is_finite() && (1.0 / scale).is_finite();
    let bad_mean = mean.iter().position(|mean| !mean.is_finite());
    let bad_scale = scale.iter().position(|scale| !usable(scale));
    if let Some(i) = bad_mean {
        let message = format!("expected finite numbers, found {} at [{i}]", mean[i]);
        return Err(Error::input("mean", message));
    }
    if let Some(i) = bad_scale {
        let message = format!(
            "expected finite numbers above 0, found {} at [{i}]",
            scale[i]
        );
        return Err(Error::input(scale_name, message));
    }
    Ok(Diagonal::standardise(mean.to_vec(), scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_gives_the_diagonal() {
        let diagonal = read("mean=1,-2; scale=4,0.5", 2).unwrap();
        assert_eq!(diagonal.center, [1.0, -2.0]);
        assert_eq!(diagonal.factor, [0.25, 2.0]);
        assert_eq!(parse("std=1;mean=0", 1).unwrap().factor, [1.0]);
    }

    #[test]
    fn wrong_text_is_an_error_that_says_why() {
        let says = |text: &str| parse(text, 2).unwrap_err().to_string();
        assert_eq!(
            says("mean=1;scale=1,1"),
            "mean: expected 2 numbers, found 1"
        );
        assert_eq!(
            says("mean=1,1;scale=1,0"),
            "scale: expected finite numbers above 0, found 0 at [1]"
        );
        for scale in ["1,-1", "1,nan", "inf,1", "1,1e-320"] {
            assert!(says(&format!("mean=1,1;scale={scale}")).contains("above 0"));
        }
        assert!(says("mean=1,nan;scale=1,1").contains("finite numbers, found NaN"));
        assert_eq!(
            says("mean=1,x;scale=1,1"),
            "mean: expected a number, found `x`"
        );
        for text in [
            "mean=1,1",
            "scale=1,1",
            "",
            "mean=1,1;mean=1,1",
            "mean=1,1;scale=1,1;a=2",
        ] {
            assert!(parse(text, 2).is_err(), "{text}");
        }
    }
}

//! The standardisation that stood in front of a flow.

use crate::checkpoint::Checkpoint;
use crate::error::{Error, Result};
use crate::ir::Diagonal;
use std::path::Path;

/// Reads `mean=1,2;scale=3,4`, or the file named: npz, PyTorch or safetensors with `mean` and
/// `scale` (or `std`) of shape `[D]` or `[1, D]`.
pub fn read(source: &str, dim: usize) -> Result<Diagonal> {
    if source.trim_start().starts_with("mean=") || source.trim_start().starts_with("scale=") {
        parse(source, dim)
    } else {
        open(Path::new(source), dim)
    }
}

/// Reads the arrays `mean` and `scale` (or `std`) of a file.
pub fn open(path: &Path, dim: usize) -> Result<Diagonal> {
    let file = Checkpoint::open(path)?;
    let array = |name: &str| file.tensors.get(name);
    let (name, scale) = match (array("scale"), array("std")) {
        (Some(scale), None) => ("scale", scale),
        (None, Some(std)) => ("std", std),
        (found, _) => {
            let found = if found.is_some() { "both" } else { "neither" };
            let message = format!("expected an array `scale` or `std`, found {found}");
            return Err(Error::file(path, message));
        }
    };
    let mean =
        array("mean").ok_or_else(|| Error::file(path, "expected an array `mean`, found none"))?;
    for (name, tensor) in [("mean", mean), (name, scale)] {
        if tensor.shape != [dim] && tensor.shape != [1, dim] {
            let found = &tensor.shape;
            let message = format!("{name}: expected shape [{dim}] or [1, {dim}], found {found:?}");
            return Err(Error::file(path, message));
        }
    }
    checked(&mean.data, &scale.data, name, dim).map_err(|error| error.in_file(path))
}

/// Reads `mean=1,2;scale=3,4` (or `std=`).
pub fn parse(text: &str, dim: usize) -> Result<Diagonal> {
    let (mut mean, mut scale) = (None, None);
    for part in text.split(';') {
        let (name, list) = part.split_once('=').unwrap_or((part, ""));
        let place = match name.trim() {
            "mean" => &mut mean,
            "scale" | "std" => &mut scale,
            _ => return Err(Error::input(text, "expected mean=…;scale=…")),
        };
        if place.replace(numbers(name.trim(), list)?).is_some() {
            return Err(Error::input(text, "expected mean and scale once each"));
        }
    }
    match (mean, scale) {
        (Some(mean), Some(scale)) => checked(&mean, &scale, "scale", dim),
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

fn checked(mean: &[f64], scale: &[f64], scale_name: &str, dim: usize) -> Result<Diagonal> {
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

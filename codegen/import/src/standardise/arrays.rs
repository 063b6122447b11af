//! Finds the statistics of a standardisation among arrays, by their names.

use crate::checkpoint::Tensor;
use nice_flow_codegen::text;
use std::collections::BTreeMap;

/// What an array is of: the part of its name that says so, with all names that people give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Mean,
    Deviation,
    Variance,
    /// `x · scale + offset` of scikit-learn's `MinMaxScaler`.
    Offset,
    Least,
    Largest,
}

/// Words around the one that says what an array is.
const AROUND: [&str; 14] = [
    "x",
    "data",
    "input",
    "inputs",
    "in",
    "train",
    "feature",
    "features",
    "norm",
    "normalizer",
    "scaler",
    "obs",
    "stats",
    "all",
];

impl Kind {
    /// Of the last part of a name, such as `mean`, `x_mean`, `scale_`, `data_min_`; and what is around the word that says so,
    /// which arrays that belong together share.
    fn of(name: &str) -> Option<(Self, String)> {
        let (folder, last) = name.rsplit_once('.').unwrap_or(("", name));
        let last = last.to_lowercase();
        let is_around = |word: &&str| AROUND.contains(word);
        let words = last.split('_').filter(|word| !word.is_empty());
        let (around, words): (Vec<&str>, Vec<&str>) = words.partition(is_around);
        let kind = match words[..] {
            ["min"] if last == "min_" => Self::Offset,
            ["mean" | "means" | "mu" | "center"] => Self::Mean,
            ["scale" | "std" | "stds" | "sigma" | "sd" | "stdev"] => Self::Deviation,
            ["var" | "variance"] => Self::Variance,
            ["min"] => Self::Least,
            ["max"] => Self::Largest,
            _ => return None,
        };
        Some((kind, format!("{folder}.{}", around.join("_"))))
    }
}

/// An array by its name.
pub(super) type Named<'a> = (&'a str, &'a Tensor);

/// Two arrays that standardise, and how.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'a> {
    /// `(x − mean) / deviation`.
    Deviation(Named<'a>, Named<'a>),
    /// `(x − mean) / √variance`.
    Variance(Named<'a>, Named<'a>),
    /// `x · scale + offset`.
    Offset(Named<'a>, Named<'a>),
    /// `(x − least) / (largest − least)`.
    Range(Named<'a>, Named<'a>),
}

impl<'a> Found<'a> {
    /// Both arrays.
    pub(super) fn arrays(&self) -> [Named<'a>; 2] {
        let (Self::Deviation(a, b) | Self::Variance(a, b) | Self::Offset(a, b) | Self::Range(a, b)) =
            *self;
        [a, b]
    }

    /// The two arrays, if there is one pair of names that belong together, or of all names; else what is missing or too many.
    pub(super) fn among(arrays: &[Named<'a>]) -> Result<Self, String> {
        let mut groups: BTreeMap<String, Vec<(Kind, Named<'a>)>> = BTreeMap::new();
        for array in arrays {
            if let Some((kind, around)) = Kind::of(array.0) {
                groups.entry(around).or_default().push((kind, *array));
            }
        }
        let pairs: Vec<Self> = groups
            .values()
            .filter_map(|group| Self::of(group).ok())
            .collect();
        let all: Vec<_> = groups.into_values().flatten().collect();
        let found = match pairs[..] {
            [only] => Ok(only),
            _ => Self::of(&all),
        };
        found.map_err(|expected| {
            let listed = arrays
                .iter()
                .map(|(name, tensor)| format!("{name} {:?}", tensor.shape));
            let listed: Vec<String> = listed.collect();
            format!("expected {expected} among {}", text::listed(&listed, 20))
        })
    }

    /// The two among these, if there is one of each; else what was expected and found.
    fn of(group: &[(Kind, Named<'a>)]) -> Result<Self, &'static str> {
        let of = |wanted| -> Vec<Named<'a>> {
            let all = group.iter().filter(|(kind, _)| *kind == wanted);
            all.map(|(_, array)| *array).collect()
        };
        let [means, deviations, variances] = [Kind::Mean, Kind::Deviation, Kind::Variance].map(of);
        let [offsets, least, largest] = [Kind::Offset, Kind::Least, Kind::Largest].map(of);
        match (&means[..], &deviations[..], &variances[..]) {
            ([mean], [deviation], _) => Ok(Self::Deviation(*mean, *deviation)),
            ([mean], [], [variance]) => Ok(Self::Variance(*mean, *variance)),
            ([], ..) => match (&deviations[..], &offsets[..], &least[..], &largest[..]) {
                ([scale], [offset], ..) => Ok(Self::Offset(*scale, *offset)),
                ([], [], [least], [largest]) => Ok(Self::Range(*least, *largest)),
                _ => Err("an array `mean`, found none"),
            },
            (_, [], []) => Err("an array `scale`, `std` or `var`, found neither"),
            _ => Err("one mean and one of `scale` and `std`, found several"),
        }
    }
}

/// The names of two arrays that would standardise so many inputs, if there are such.
pub(crate) fn statistics<'a>(
    arrays: impl Iterator<Item = (&'a str, &'a Tensor)>,
    dim: usize,
) -> Option<[&'a str; 2]> {
    let fitting = arrays.filter(|(_, tensor)| fits(&tensor.shape, dim));
    let found = Found::among(&fitting.collect::<Vec<_>>()).ok()?;
    Some(found.arrays().map(|(name, _)| name))
}

/// Whether an array of this shape has a number for each of so many inputs.
pub(super) fn fits(shape: &[usize], dim: usize) -> bool {
    *shape == [dim] || *shape == [1, dim]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::Element;

    fn tensor(shape: &[usize]) -> Tensor {
        Tensor {
            element: Element::F64,
            shape: shape.to_vec(),
            data: vec![1.0; shape.iter().product()],
        }
    }

    #[test]
    fn statistics_are_known_by_many_names() {
        let four = tensor(&[4]);
        for [first, second] in [
            ["mean", "std"],
            ["x_mean", "x_std"],
            ["norm.mean", "norm.std"],
            ["scaler.mean_", "scaler.scale_"],
            ["mu", "sigma"],
            ["mean", "var"],
            ["min_", "scale_"],
            ["data_min_", "data_max_"],
            ["train_max", "train_min"],
        ] {
            let arrays = [(first, &four), ("base.scale", &four), (second, &four)];
            let mut found = statistics(arrays.into_iter(), 4).expect(first);
            found.sort();
            let mut expected = [first, second];
            expected.sort();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn layers_and_arrays_of_other_shapes_are_no_statistics() {
        let (four, three) = (tensor(&[4]), tensor(&[3]));
        for arrays in [
            [("running_mean", &four), ("running_var", &four)],
            [("base.loc", &four), ("base.scale", &four)],
            [("mean", &four), ("std", &three)],
            [("mean_net.weight", &four), ("std", &four)],
        ] {
            assert_eq!(statistics(arrays.into_iter(), 4), None, "{arrays:?}");
        }
    }
}

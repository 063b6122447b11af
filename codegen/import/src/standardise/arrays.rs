//! Finds the statistics of a standardisation among arrays, by their names.

use super::words::is_other;
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
const AROUND: [&str; 17] = [
    "x",
    "theta",
    "params",
    "parameters",
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
pub(crate) type Named<'a> = (&'a str, &'a Tensor);

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

    /// What is done to an input, in words.
    pub(super) fn formula(&self) -> String {
        match self {
            Self::Deviation((mean, _), (deviation, _)) => format!("(x - {mean}) / {deviation}"),
            Self::Variance((mean, _), (variance, _)) => format!("(x - {mean}) / sqrt({variance})"),
            Self::Offset((scale, _), (offset, _)) => format!("x * {scale} + {offset}"),
            Self::Range((least, _), (largest, _)) => {
                format!("(x - {least}) / ({largest} - {least})")
            }
        }
    }

    /// The two arrays, if there is one pair of names that belong together, or that lie in one place; else what is missing or too many.
    /// A mean at one place and a scale at another, such as that of the flow's base, are none.
    pub(super) fn among(arrays: &[Named<'a>]) -> Result<Self, String> {
        let mut groups: BTreeMap<String, Vec<(Kind, Named<'a>)>> = BTreeMap::new();
        for array in arrays {
            if let Some((kind, around)) = Kind::of(array.0) {
                groups.entry(around).or_default().push((kind, *array));
            }
        }
        let all: Vec<_> = groups.values().flatten().copied().collect();
        let mut places: BTreeMap<&str, Vec<(Kind, Named<'a>)>> = BTreeMap::new();
        for array in &all {
            let folder = array.1.0.rsplit_once('.').map_or("", |(folder, _)| folder);
            places.entry(folder).or_default().push(*array);
        }
        let pairs = |groups: &mut dyn Iterator<Item = &Vec<(Kind, Named<'a>)>>| -> Vec<Self> {
            groups.filter_map(|group| Self::of(group).ok()).collect()
        };
        let together = pairs(&mut groups.values());
        let found = match (&together[..], &pairs(&mut places.values())[..]) {
            ([only], _) | ([], [only]) => Ok(*only),
            // The least and the largest beside the scale and the offset that were made from them.
            (_, [only]) if places.len() == 1 => Ok(*only),
            ([], []) => match Self::of(&all) {
                Ok(_) => Err("a mean and a scale at one place, found them at two"),
                Err(expected) => Err(expected),
            },
            _ => Err("one mean and one of `scale` and `std`, found several"),
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

/// The statistics of rows among the arrays of a file.
pub(super) struct Statistics {
    /// The names of the two that standardise.
    pub pair: [String; 2],
    /// Those of what else is known of the same rows, or of other rows in the same way.
    pub others: Vec<String>,
}

/// The arrays that would standardise so many inputs, if there are such.
pub(super) fn statistics<'a>(
    arrays: impl Iterator<Item = Named<'a>>,
    dim: usize,
) -> Option<Statistics> {
    let arrays: Vec<Named<'a>> = arrays.collect();
    let fitting = arrays.iter().filter(|(_, tensor)| fits(&tensor.shape, dim));
    let found = Found::among(&fitting.copied().collect::<Vec<_>>()).ok()?;
    let pair = found.arrays().map(|(name, _)| name);
    let others = arrays.iter().map(|(name, _)| *name);
    let others = others.filter(|name| !pair.contains(name) && is_beside(name, pair[0]));
    Some(Statistics {
        pair: pair.map(String::from),
        others: others.map(String::from).collect(),
    })
}

/// What scalers of scikit-learn keep besides.
const KEPT: [&str; 3] = ["data_range_", "n_samples_seen_", "n_features_in_"];

/// Whether an array in the same place is a statistic too.
fn is_beside(name: &str, found: &str) -> bool {
    let (folder, last) = name.rsplit_once('.').unwrap_or(("", name));
    let (same, _) = found.rsplit_once('.').unwrap_or(("", found));
    let words = last.split('_').filter(|word| !is_other(word));
    let rest = words.collect::<Vec<_>>().join("_");
    folder == same && (KEPT.contains(&last) || Kind::of(&rest).is_some())
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
            ["norm.x_mean", "norm.std"],
            ["train_max", "train_min"],
        ] {
            let arrays = [(first, &four), ("base.scale", &four), (second, &four)];
            let mut found = statistics(arrays.into_iter(), 4).expect(first).pair;
            found.sort();
            let mut expected = [first, second];
            expected.sort();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn what_else_is_known_of_rows_is_set_aside_too() {
        let (four, one) = (tensor(&[4]), tensor(&[]));
        let arrays = [
            "scaler.mean_",
            "scaler.var_",
            "scaler.scale_",
            "layer.scale",
            "y_mean",
        ];
        let arrays = arrays.map(|name| (name, &four));
        let more = [("scaler.n_samples_seen_", &one)];
        let found = statistics(arrays.into_iter().chain(more), 4).unwrap();
        assert_eq!(found.pair, ["scaler.mean_", "scaler.scale_"]);
        assert_eq!(found.others, ["scaler.var_", "scaler.n_samples_seen_"]);
        let arrays = ["x_mean", "x_std", "y_mean", "y_std"].map(|name| (name, &four));
        let found = statistics(arrays.into_iter(), 4).unwrap();
        assert_eq!(
            (found.pair, found.others),
            (
                ["x_mean", "x_std"].map(String::from),
                ["y_mean", "y_std"].map(String::from).to_vec()
            )
        );
    }

    /// Of a posterior, `x` is the context.
    #[test]
    fn of_parameters_and_observations_none_is_taken() {
        let four = tensor(&[4]);
        let arrays = ["theta_mean", "theta_std", "x_mean", "x_std"].map(|name| (name, &four));
        assert!(statistics(arrays.into_iter(), 4).is_none());
        assert!(statistics(arrays[..2].iter().copied(), 4).is_some());
    }

    #[test]
    fn layers_and_arrays_of_other_shapes_are_no_statistics() {
        let (four, three) = (tensor(&[4]), tensor(&[3]));
        for arrays in [
            [("running_mean", &four), ("running_var", &four)],
            [("base.loc", &four), ("base.scale", &four)],
            [("mean", &four), ("std", &three)],
            [("center", &four), ("base.scale", &four)],
            [("mean_net.weight", &four), ("std", &four)],
        ] {
            assert!(statistics(arrays.into_iter(), 4).is_none(), "{arrays:?}");
        }
    }
}

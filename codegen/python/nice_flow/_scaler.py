"""Fitted scalers of scikit-learn as a mean and a scale for each input."""

from __future__ import annotations

import warnings
from typing import Any, Optional, Sequence

import numpy as np

from ._expect import found, listed, names
from ._rows import names_of

#: How far apart a scaler and its mean and scale may be, as a share.
NEAR = 1e-5


def scaler(given: Any) -> Optional[tuple[list[float], list[float]]]:
    """Mean and scale of ``StandardScaler``, ``RobustScaler``, ``MinMaxScaler`` or ``MaxAbsScaler``, alone or as the only step of a
    ``Pipeline``, or of a pair.

    That the scaler is ``x ↦ (x − mean) / scale`` is tried: one that does anything else, such as clipping, is an error.
    """
    if given is None:
        return None
    given = alone(given)
    if isinstance(given, (tuple, list)):
        if len(given) != 2:
            raise ValueError(f"standardise: expected a fitted scaler or a pair of mean and scale, found {len(given)} of them")
        expect_same_index(*given)
        return numbers("mean", given[0]), numbers("scale", given[1])
    kind = kind_of(given)
    if hasattr(given, "data_min_"):  # of MinMaxScaler: x · scale_ + min_
        mean, scale = -given.min_ / given.scale_, 1 / given.scale_
    else:
        mean = next((m for m in (getattr(given, n, None) for n in ("mean_", "center_")) if m is not None), None)
        scale = getattr(given, "scale_", None)
        count = getattr(given, "n_features_in_", None)
        if not (hasattr(given, "with_mean") or hasattr(given, "with_centering") or scale is not None) or count is None:
            is_fitted = count is not None or not hasattr(given, "fit")
            why = "which has no mean and no scale" if is_fitted else "which is not fitted"
            raise ValueError(f"standardise: expected a fitted scaler or a pair of mean and scale, found {kind}, {why}")
        # StandardScaler has a mean that it does not take off without `with_mean`.
        mean = mean if getattr(given, "with_mean", True) else None
        mean = np.zeros(count) if mean is None else mean
        scale = np.ones(count) if scale is None else scale
    mean, scale = np.asarray(mean, dtype=np.float64), np.asarray(scale, dtype=np.float64)
    if hasattr(given, "transform"):
        expect_affine(given, mean, scale)
    return numbers("mean", mean), numbers("scale", scale)


def alone(given: Any) -> Any:
    """The only step of a pipeline that does something; anything else as it is."""
    acting = steps_of(given)
    return given if acting is None or len(acting) != 1 else alone(acting[0])


def steps_of(given: Any) -> Optional[list[Any]]:
    """The steps of a pipeline that do something; ``None`` of anything else."""
    steps = getattr(given, "steps", None) if type(given).__name__ == "Pipeline" else None
    return None if steps is None else [step for _, step in steps if step is not None and not isinstance(step, str)]


def kind_of(given: Any) -> str:
    """The class of an object, of a pipeline with its steps."""
    steps, kind = steps_of(given), type(given).__name__
    return kind if steps is None else f"{kind}({', '.join(type(step).__name__ for step in steps)})"


def numbers(part: str, values: Any) -> list[float]:
    """A number for each input."""
    try:
        return [float(value) for value in values]
    except (TypeError, ValueError):
        raise ValueError(f"standardise: {part}: expected a number for each input, found {found(values)}") from None


def expect_affine(given: Any, mean: np.ndarray, scale: np.ndarray) -> None:
    """An error unless a scaler does what its mean and scale say, also far from the rows that it was fitted to."""
    x = mean + scale * np.array([-1e3, -3.0, -0.5, 0.0, 0.7, 2.0, 1e3])[:, None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the rows have no names
        z = np.asarray(given.transform(x), dtype=np.float64)
    expected = (x - mean) / scale
    if z.shape == expected.shape and (np.abs(z - expected) <= NEAR * (1 + np.abs(expected))).all():
        return
    kind = f"{type(given).__name__}(clip=True)" if getattr(given, "clip", False) else type(given).__name__
    message = f"standardise: expected a scaler that is x ↦ (x − mean) / scale for all x, found {kind}"
    if getattr(given, "clip", False):
        advice = "which moves what lies beyond the rows it was fitted to onto their border, where a flow would find an anomaly normal"
        raise ValueError(f"{message}, {advice}; scaler.set_params(clip=False) is the same without")
    raise ValueError(f"{message}, which is another function; train the flow behind StandardScaler, or on rows that this one made, as inputs")


def scaler_names(given: Any, feature_names: Optional[Sequence[str]]) -> Optional[list[str]]:
    """The names of features: those given, or the scaler's, which must not be others."""
    ours = None if feature_names is None else names("feature_names", feature_names)
    if isinstance(given, (tuple, list)):
        # A pair may be two rows of a table.
        theirs = index_of(given[0]) if len(given) == 2 else None
    else:
        # A pipeline has the names of its first step, which may be none.
        theirs = getattr(given, "feature_names_in_", getattr(alone(given), "feature_names_in_", None))
    if theirs is None:
        return ours
    theirs = names("standardise", [str(name) for name in theirs])
    if ours is not None and ours[: len(theirs)] != theirs:
        raise ValueError(f"feature_names: expected the scaler's, in its order ({listed(theirs)}), found {listed(ours)}")
    return ours or theirs


def expect_same_index(mean: Any, scale: Any) -> None:
    """An error if two series of pandas are of other names, or of the same in another order."""
    ours, theirs = labels_of(mean), labels_of(scale)
    if ours and theirs and ours != theirs:
        raise ValueError(f"standardise: scale: expected the mean's names, in their order ({listed(ours)}), found {listed(theirs)}")


def labels_of(series: Any) -> Optional[list[str]]:
    """What a series of pandas calls its numbers; ``None`` of anything else, and if it only counts them."""
    index = getattr(series, "index", None)
    labels = [] if index is None or callable(index) else list(index)
    return None if all(isinstance(label, int) for label in labels) else [str(label) for label in labels]


def index_of(mean: Any) -> Optional[list[str]]:
    """The names of a pandas' series, such as ``frame.mean()``."""
    keys = getattr(mean, "index", None)
    keys = None if keys is None or callable(keys) else list(keys)
    return keys if keys and all(isinstance(key, str) for key in keys) and names_of(mean) is None else None

"""Rows as the extension wants them: two dimensions, C order, float32 or float64, no copy where there need be none."""

from __future__ import annotations

import warnings
from typing import Any, Optional, Sequence

import numpy as np


def names_of(X: Any) -> Optional[list[str]]:
    """Names of the columns of a pandas, polars or pyarrow table, if all are strings."""
    names = getattr(X, "column_names", None)  # of pyarrow, whose `columns` are the columns themselves
    if names is None:
        names = getattr(X, "columns", None)
    if names is None:
        return None
    names = list(names)
    return names if names and all(isinstance(name, str) for name in names) else None


def is_time(type: Any) -> bool:
    """Whether a type of pandas, polars or pyarrow is that of dates or of dates with times."""
    return str(type).lower().startswith(("date", "timestamp"))


def times_of(X: Any) -> list[str]:
    """Names of the columns of a table that hold times."""
    names = names_of(X)
    if names is None:
        return []
    types = X.schema.types if hasattr(X, "column_names") else X.dtypes
    return [name for name, type in zip(names, types) if is_time(type)]


def is_log(X: Any) -> bool:
    """Whether a table has a column or an index of times: then its rows are a log, in the order in which they came about."""
    return bool(times_of(X)) or is_time(getattr(getattr(X, "index", None), "dtype", None))


def without_times(X: Any) -> Any:
    """The table without its columns of times, which are no features."""
    times = times_of(X)
    names = [name for name in names_of(X) or [] if name not in times]
    return chosen(X, names) if times else X


def chosen(X: Any, names: list[str]) -> Any:
    """The columns of a table with these names."""
    return X.select(names) if hasattr(X, "select") else X[names]


class Note(UserWarning):
    """What the command prints as a note: rows that were left out, suspicious columns, thresholds that could not be made."""


def in_order(X: Any, features: Sequence[str]) -> Any:
    """The table with its columns in the model's order, found by name; as it is, with a note, if it has none of the names.

    It is an error if it has some of them only.
    """
    names, features = names_of(X), list(features)
    if names is None or names == features:
        return X
    missing = [name for name in features if name not in names]
    if len(missing) == len(features):
        if not unnamed(features):
            warnings.warn(f"columns taken by position; their names are not the model's ({', '.join(features)})", Note, stacklevel=4)
        return X
    if missing:
        raise ValueError(
            f"X: expected the model's columns, found none named {', '.join(missing)} (columns: {', '.join(names)})"
        )
    return chosen(X, features)


def unnamed(features: Sequence[str]) -> bool:
    """Whether inputs are only numbered."""
    return list(features) == [f"x{i}" for i in range(len(features))]


SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)


def is_ready(X: Any, double: bool = False) -> bool:
    """Whether these are rows as the extension wants them, at a glance: in a call of one row, names of columns would take a tenth of the time."""
    return type(X) is np.ndarray and X.ndim == 2 and (X.dtype is DOUBLE or (X.dtype is SINGLE and not double)) and X.flags.c_contiguous


def rows(X: Any, features: Optional[Sequence[str]] = None, double: bool = False) -> np.ndarray:
    """``X`` as an array of rows; a pyarrow table or batch is copied once, from columns to rows."""
    if features is not None:
        X = in_order(X, features)
    if hasattr(X, "column_names") and hasattr(X, "column"):
        return of_columns([np.asarray(X.column(i)) for i in range(X.num_columns)], X.num_rows, double)
    array = np.asarray(X)
    if array.dtype not in (SINGLE, DOUBLE) or (double and array.dtype != DOUBLE):
        array = as_numbers(array, names_of(X))
    if array.ndim != 2:
        raise ValueError(f"Expected 2D array, got {array.ndim}D array instead. Reshape your data.")
    return np.ascontiguousarray(array)


def as_numbers(array: np.ndarray, names: Optional[Sequence[str]]) -> np.ndarray:
    """The array in float64; an error names the first column that holds something else."""
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        for i in range(array.shape[1] if array.ndim == 2 else 0):
            try:
                array[:, i].astype(np.float64)
            except (TypeError, ValueError) as cause:
                raise ValueError(f"X: column {names[i] if names else i}: expected numbers, found something else: {cause}") from error
        raise ValueError(f"X: expected numbers, found something else: {error}") from error


def of_columns(columns: list[np.ndarray], count: int, double: bool) -> np.ndarray:
    single = not double and all(column.dtype == np.float32 for column in columns)
    out = np.empty((count, len(columns)), np.float32 if single else np.float64)
    for i, column in enumerate(columns):
        out[:, i] = column
    return out


def parts_of(X: Any) -> list[Any]:
    """One table, or a list of tables that are recordings."""
    several = isinstance(X, (list, tuple)) and X and getattr(X[0], "ndim", 2) == 2 and hasattr(X[0], "shape")
    return list(X) if several else [X]


def joined(tables: Sequence[Any]) -> tuple[np.ndarray, list[int]]:
    """The rows of tables, each a recording, with the columns in the order of the first one; and where each begins."""
    names = names_of(tables[0])
    for number, table in enumerate(tables):
        others = names_of(table)
        if names is not None and others is not None and sorted(names) != sorted(others):
            expected, found = ", ".join(names), ", ".join(others)
            raise ValueError(f"X[{number}]: expected the columns {expected}, as in the first table, found {found}")
    parts = [rows(part, names, double=True) for part in tables]
    if len({part.shape[1] for part in parts}) > 1:
        raise ValueError("X: expected recordings with the same columns")
    starts = np.cumsum([0] + [len(part) for part in parts[:-1]])
    return np.concatenate(parts) if len(parts) > 1 else parts[0], [int(start) for start in starts]


def recordings(X: Any) -> list[tuple[str, np.ndarray, bool]]:
    """Recordings of raw samples, one array or a list of them: integers are counts of the sensor."""
    several = isinstance(X, (list, tuple)) and X and hasattr(X[0], "shape")
    found = []
    for number, samples in enumerate(X if several else [X]):
        samples = np.asarray(samples)
        are_counts = samples.dtype.kind in "iu"
        samples = samples.reshape(-1, 1) if samples.ndim == 1 else samples
        found.append((f"recording {number}", rows(samples, double=True), are_counts))
    return found


def labels(y: Any) -> Optional[list[bool]]:
    """Whether each row is an anomaly."""
    if y is None:
        return None
    for row, label in enumerate(y := list(y)):
        if isinstance(label, (str, bytes)) or label not in (0, 1):
            raise ValueError(f"y: row {row}: expected 1 or True for an anomaly and 0 or False for a normal row, found {label!r}")
    return [bool(label) for label in y]

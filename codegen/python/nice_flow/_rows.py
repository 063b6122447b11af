"""Rows as the extension wants them: two dimensions, C order, float32 or float64, no copy where there need be none."""

from __future__ import annotations

from typing import Any, Optional, Sequence

import numpy as np

from ._expect import found, listed, wrong
from ._notes import warn


def names_of(X: Any) -> Optional[list[str]]:
    """Names of the columns of a pandas, polars or pyarrow table, if all are strings."""
    names = getattr(X, "column_names", None)  # of pyarrow, whose `columns` are the columns themselves
    if names is None:
        names = getattr(X, "columns", None)
    if names is None or not hasattr(names, "__iter__"):
        return None
    names = list(names)
    return names if names and all(isinstance(name, str) for name in names) else None


def are_other(X: Any) -> bool:
    """Whether columns of a table have names that are no strings and do not only count them."""
    names = getattr(X, "columns", None)
    return hasattr(names, "__iter__") and not hasattr(X, "column_names") and list(names) != list(range(len(names)))


def chosen(X: Any, names: list[str]) -> Any:
    """The columns of a table with these names."""
    return X.select(names) if hasattr(X, "select") else X[names]


def in_order(X: Any, features: Sequence[str], name: str = "X") -> Any:
    """The table with its columns in the model's order, found by name; as it is, with a note, if it has none of the names.

    It is an error if it has some of them only, or one of them twice.
    """
    names, features = names_of(X), list(features)
    if names is None and are_other(X):
        warn(f"columns taken by position; their names are no strings ({listed([str(column) for column in X.columns])})")
    if names is None or names == features:
        return X
    missing = [feature for feature in features if feature not in names]
    if len(missing) == len(features):
        if not unnamed(features):
            warn(f"columns taken by position; their names are not the model's ({listed(features)})")
        return X
    if missing:
        raise ValueError(f"{name}: expected the model's columns, found none named {listed(missing)} (columns: {listed(names)})")
    twice = [feature for feature in features if names.count(feature) > 1]
    if twice:
        raise ValueError(f"{name}: expected each column once, found {listed(twice)} twice")
    return chosen(X, features)


def unnamed(features: Sequence[str]) -> bool:
    """Whether inputs, or channels of recordings, are only numbered."""
    return any(list(features) == [f"{head}{i}" for i in range(len(features))] for head in ("x", "ch"))


SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)


def is_ready(X: Any, double: bool = False) -> bool:
    """Whether these are rows as the extension wants them, at a glance: in a call of one row, names of columns would take a tenth of the time."""
    return type(X) is np.ndarray and X.ndim == 2 and (X.dtype is DOUBLE or (X.dtype is SINGLE and not double)) and X.flags.c_contiguous and X.flags.aligned


def rows(X: Any, features: Optional[Sequence[str]] = None, double: bool = False, name: str = "X") -> np.ndarray:
    """``X`` as an array of rows; a pyarrow table or batch is copied once, from columns to rows. An error says ``name``."""
    if X is None or isinstance(X, (str, bytes, dict)) or hasattr(X, "__next__"):
        raise wrong(name, "rows, an array of two dimensions or a table", X)
    if hasattr(X, "collect") and not hasattr(X, "to_numpy"):
        raise ValueError(f"{name}: expected rows, found a {type(X).__name__}; {name}.collect() is a table")
    if features is not None:
        X = in_order(X, features, name)
    expect_no_times(X, name)
    if hasattr(X, "column_names") and hasattr(X, "column"):
        columns = ((label, of_arrow(X, i, label, name)) for i, label in enumerate(names_of(X) or range(X.num_columns)))
        numbers = [column if column.dtype in (SINGLE, DOUBLE) else as_numbers(column, [column_name], name) for column_name, column in columns]
        return of_columns(numbers, X.num_rows, double)
    array = as_array(X, name)
    if array.ndim != 2:
        raise shape_error(array, X, name)
    if array.dtype not in (SINGLE, DOUBLE) or (double and array.dtype != DOUBLE):
        array = as_numbers(array, names_of(X), name)
    return np.require(array, requirements=["C_CONTIGUOUS", "ALIGNED"])


def of_arrow(X: Any, i: int, label: Any, name: str) -> np.ndarray:
    """A column of a table or batch of pyarrow; an error names it."""
    if str(X.schema.field(i).type).startswith(("date", "time", "duration")):
        raise ValueError(f"{name}: column {label}: expected real numbers, found times ({X.schema.field(i).type})")
    return np.asarray(X.column(i))


def expect_no_times(X: Any, name: str) -> None:
    """An error if a column of pandas or polars holds times, which would become numbers of nanoseconds."""
    types = getattr(X, "dtypes", None)
    if types is None or not hasattr(X, "columns"):
        return
    for column, type in zip(X.columns, types):
        if str(type).lower().startswith(("date", "time", "duration")):
            raise ValueError(f"{name}: column {column}: expected real numbers, found times ({type})")


def as_array(X: Any, name: str) -> np.ndarray:
    """An array of what numpy understands; masked cells, and those that pandas has no value for, are NaN."""
    if isinstance(X, np.ma.MaskedArray):
        return unmasked(X, name)
    if isinstance(X, (list, tuple)) and any(isinstance(row, np.ma.MaskedArray) for row in X):
        return unmasked(stacked(X, name), name)
    try:
        array = np.asarray(X)
    except (TypeError, ValueError, RuntimeError) as error:
        what = "rows of equal length" if "inhomogeneous" in str(error) else "rows"
        raise ValueError(f"{name}: expected {what}, found a {type(X).__name__} that numpy takes for no array: {error}") from error
    if array.dtype == object and hasattr(X, "to_numpy"):
        try:
            return X.to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError):
            pass  # a column of something else, which the caller names
    return array


def stacked(rows: Sequence[Any], name: str) -> np.ma.MaskedArray:
    """Rows, some of which are masked, as one array."""
    try:
        return np.ma.stack([np.ma.asarray(row) for row in rows])
    except ValueError as error:
        raise ValueError(f"{name}: expected rows of equal length, found a list of masked rows that numpy does not stack: {error}") from error


def unmasked(X: np.ma.MaskedArray, name: str) -> np.ndarray:
    """The numbers of a masked array, those of masked cells NaN."""
    return np.where(np.ma.getmaskarray(X), np.nan, as_numbers(np.asarray(X), None, name))


def shape_error(array: np.ndarray, X: Any, name: str) -> ValueError:
    """The error of an array that has no rows."""
    expected = f"{name}: expected rows, an array of two dimensions"
    if hasattr(X, "toarray"):
        return ValueError(f"{expected}, found a sparse one; {name}.toarray() is dense")
    if array.dtype.names is not None or (array.ndim == 1 and array.dtype == object):
        return ValueError(f"{expected}, found records; pandas.DataFrame({name}) is a table of them")
    if array.ndim == 0:
        return ValueError(f"{expected}, found a {type(X).__name__}")
    if array.size == 0:
        return ValueError(f"{expected}, found none")
    if array.ndim == 1:
        return ValueError(f"{expected}, found one dimension of {array.shape[0]}; one row is {name}.reshape(1, -1), one column {name}.reshape(-1, 1)")
    return ValueError(f"{expected}, found {array.ndim} of {' x '.join(map(str, array.shape))}; {name}.reshape(len({name}), -1) makes rows of windows")


#: What kinds of numpy's types hold, where that is no number of a row.
OTHERS = {"c": "complex numbers", "m": "spans of time", "M": "times", "V": "records"}


def as_numbers(array: np.ndarray, names: Optional[Sequence[str]], name: str = "X") -> np.ndarray:
    """The array in float64; an error names the first column that holds something else."""
    other = OTHERS.get(array.dtype.kind)
    if other is not None:
        column = f" column {names[0]}:" if names is not None and len(names) == 1 else ""
        raise ValueError(f"{name}:{column} expected real numbers, found {other} ({array.dtype})")
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        for i in range(array.shape[1] if array.ndim == 2 else 0):
            try:
                array[:, i].astype(np.float64)
            except (TypeError, ValueError) as cause:
                raise ValueError(f"{name}: column {names[i] if names else i}: expected numbers, found something else: {cause}") from error
        column = f" column {names[0]}:" if names is not None and len(names) == 1 else ""
        raise ValueError(f"{name}:{column} expected numbers, found something else: {error}") from error


def of_columns(columns: list[np.ndarray], count: int, double: bool) -> np.ndarray:
    single = not double and all(column.dtype == np.float32 for column in columns)
    out = np.empty((count, len(columns)), np.float32 if single else np.float64)
    for i, column in enumerate(columns):
        out[:, i] = column
    return out


def parts_of(X: Any) -> list[Any]:
    """One table, or a list of tables that are recordings."""
    several = isinstance(X, (list, tuple)) and len(X) > 0 and getattr(X[0], "ndim", 2) == 2 and hasattr(X[0], "shape")
    return list(X) if several else [X]


def joined(tables: Sequence[Any]) -> tuple[np.ndarray, list[int]]:
    """The rows of tables, each a recording, with the columns in the order of the first one; and where each begins."""
    names = names_of(tables[0])
    for number, table in enumerate(tables):
        others = names_of(table)
        if names is not None and others is not None and sorted(names) != sorted(others):
            raise ValueError(f"X[{number}]: expected the columns {listed(names)}, as in the first table, found {listed(others)}")
    parts = [rows(part, names, double=True) for part in tables]
    widths = [part.shape[1] for part in parts]
    if len(set(widths)) > 1:
        number = next(i for i, width in enumerate(widths) if width != widths[0])
        raise ValueError(f"X[{number}]: expected {widths[0]} columns, as in the first table, found {widths[number]}")
    if widths[0] == 0:
        raise ValueError("X: expected columns, found none")
    starts = np.cumsum([0] + [len(part) for part in parts[:-1]])
    return np.concatenate(parts) if len(parts) > 1 else parts[0], [int(start) for start in starts]


def recordings(X: Any, name: str = "X", channels: Optional[Sequence[str]] = None) -> list[tuple[str, np.ndarray, bool]]:
    """Recordings of raw samples, one array or table or a list of them: integers are counts of the sensor. Tables have their columns in the
    order of ``channels``."""
    if X is None or isinstance(X, (str, bytes)):
        raise wrong(name, "samples, [n] or [n, channels]", X)
    several = isinstance(X, (list, tuple)) and len(X) > 0 and hasattr(X[0], "shape")
    found = []
    for number, samples in enumerate(X if several else [X]):
        place = f"{name}[{number}]" if several else name
        samples = as_array(samples if channels is None else in_order(samples, channels, place), place)
        are_counts = samples.dtype.kind in "iu"
        samples = samples.reshape(-1, 1) if samples.ndim == 1 else samples
        if samples.size == 0:
            raise ValueError(f"{place}: expected samples, [n] or [n, channels], found none")
        found.append((f"recording {number}", rows(samples, double=True, name=place), are_counts))
    return found


def labels(y: Any) -> Optional[list[bool]]:
    """Whether each row is an anomaly."""
    if y is None:
        return None
    if isinstance(y, (str, bytes)) or not hasattr(y, "__iter__") or getattr(y, "ndim", 1) != 1:
        raise wrong("y", "a label for each row, in one dimension", y)
    # Of pyarrow, of PyTorch, and of all others.
    y = y.to_pylist() if hasattr(y, "to_pylist") else y.tolist() if hasattr(y, "detach") else list(y)
    for row, label in enumerate(y):
        # A missing one of pandas is neither equal to a number nor not.
        is_one = isinstance(label, (bool, int, float, np.bool_, np.number)) and label in (0, 1)
        if not is_one:
            raise ValueError(f"y: row {row}: expected 1 or True for an anomaly and 0 or False for a normal row, found {found(label)}")
    return [bool(label) for label in y]

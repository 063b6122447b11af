"""Columns and indices of times, by which rows are a log."""

from __future__ import annotations

from typing import Any, Optional, Sequence

import numpy as np

from ._expect import listed, wrong
from ._native import is_clock, wanders
from ._rows import chosen, names_of

#: So many rows tell whether numbers are times, as many as the command looks at.
MOST = 200

#: Of fewer rows nothing tells.
FEWEST = 3


def is_time(type: Any) -> bool:
    """Whether a type of pandas, polars or pyarrow is that of dates or of dates with times."""
    return str(type).lower().startswith(("date", "timestamp"))


def is_log(X: Any) -> bool:
    """Whether a table has a column or an index of dates: then its rows are a log, in the order in which they came about."""
    return bool(dates_of(X)) or is_time(getattr(getattr(X, "index", None), "dtype", None))


def dates_of(X: Any) -> list[str]:
    """Names of the columns of a table that hold dates, or dates with times."""
    names = names_of(X)
    if names is None:
        return []
    types = X.schema.types if hasattr(X, "column_names") else X.dtypes
    return [name for name, type in zip(names, types) if is_time(type)]


def times_of(X: Any, asked: Optional[str]) -> list[str]:
    """Names of the columns of a table that hold times: dates, numbers that are named and rise like times, and the one that is asked for."""
    names = names_of(X)
    if asked is not None and (not isinstance(asked, str) or asked not in (names or [])):
        expected = "the name of a column of X" + (f" ({listed(names)})" if names else ", which has no names")
        raise wrong("time", expected, asked)
    found = dates_of(X)
    for name in names or []:
        if name in found or names.count(name) > 1:
            continue
        numbers = first_numbers(X, name)
        if name == asked:
            if numbers is not None and wanders(numbers):
                raise ValueError(f"time: column {name}: expected times, found numbers that rise and fall ({listed(list(map(str, numbers)), 3)})")
            found.append(name)
        elif numbers is not None and len(numbers) >= FEWEST and is_clock(name, numbers):
            found.append(name)
    return [name for name in names or [] if name in found]


def first_numbers(X: Any, name: str) -> Optional[np.ndarray]:
    """The numbers in the first rows of a column, without missing ones; None if there are other things."""
    column = X.column(name) if hasattr(X, "column_names") else X[name]
    try:
        numbers = np.asarray(column[:MOST])
        if numbers.dtype.kind not in "iufO" or any(isinstance(number, (str, bytes)) for number in numbers):
            return None
        numbers = np.ascontiguousarray(numbers, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    return numbers[~np.isnan(numbers)]


def without(X: Any, times: Sequence[str]) -> Any:
    """The table without its columns of times, which are no features."""
    return chosen(X, [name for name in names_of(X) or [] if name not in times]) if times else X

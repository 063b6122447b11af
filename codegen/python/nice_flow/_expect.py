"""Checks of arguments. An error is a ``ValueError`` that names the argument, what was expected, and what was found."""

from __future__ import annotations

from typing import Any, Optional, Sequence

#: The arithmetics of scores.
NUMERICS = ("f64", "f32", "i16", "i8")

#: How many usual values an input may have.
VALUES = (3, 5, 7, 15)

#: The largest seed.
LARGEST = 2**64 - 1


def found(value: Any) -> str:
    """A value in the words of an error: itself if it is short, else its type."""
    text = repr(value)
    return text if len(text) <= 60 and "\n" not in text else f"a {type(value).__name__}"


def wrong(name: str, expected: str, value: Any) -> ValueError:
    """The error of an argument."""
    return ValueError(f"{name}: expected {expected}, found {found(value)}")


def whole(name: str, value: Any, least: int = 0, most: Optional[int] = None) -> int:
    """A whole number in a range."""
    # Not a truth value, which Python takes for a number.
    is_whole = hasattr(value, "__index__") and not isinstance(value, bool)
    if is_whole and getattr(value, "ndim", 0) == 0:
        number = value.__index__()
        if number >= least and (most is None or number <= most):
            return number
    span = f"of {least} or more" if most is None or most >= 2**32 - 1 else f"from {least} to {most}"
    raise wrong(name, f"a whole number {span}", value)


def whole_or_none(name: str, value: Any, least: int = 0, most: Optional[int] = None) -> Optional[int]:
    """A whole number in a range, or None."""
    return None if value is None else whole(name, value, least, most)


def number(name: str, value: Any) -> float:
    """A number."""
    try:
        if isinstance(value, (str, bytes, bool)):
            raise TypeError
        return float(value)
    except (TypeError, ValueError):
        raise wrong(name, "a number", value) from None


def share(name: str, value: Any) -> float:
    """A number between 0 and 1."""
    if not 0 < (part := number(name, value)) < 1:
        raise wrong(name, "a number between 0 and 1", value)
    return part


def text(name: str, value: Any, example: str) -> str:
    """A string that is not empty."""
    if not isinstance(value, str) or not value:
        raise wrong(name, f"a string such as {example!r}", value)
    return value


def text_or_none(name: str, value: Any, example: str) -> Optional[str]:
    """A string that is not empty, or None."""
    return None if value is None else text(name, value, example)


def choice(name: str, value: Any, among: Sequence[Any]) -> Any:
    """One of a few values."""
    if isinstance(value, (str, int)) and not isinstance(value, bool) and value in among:
        return value
    *others, last = (repr(one) for one in among)
    raise wrong(name, f"{', '.join(others)} or {last}", value)


def truth(name: str, value: Any) -> bool:
    """True or False."""
    # numpy has a type of its own for them.
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return bool(value)
    raise wrong(name, "True or False", value)


def names(name: str, value: Any) -> list[str]:
    """Names of columns, one or several, each another."""
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        raise wrong(name, "a list of names", value)
    all_names = list(value)
    for one in all_names:
        if not isinstance(one, str) or not one:
            raise wrong(name, "names that are strings", one)
    for one in all_names:
        if all_names.count(one) > 1:
            raise ValueError(f"{name}: expected another name for each, found {one} twice")
    return [str(one) for one in all_names]


def listed(items: Sequence[str], most: int = 8) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(items[:most])
    return shown if len(items) <= most else f"{shown} and {len(items) - most} more"

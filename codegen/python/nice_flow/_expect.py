"""Checks of arguments. An error is a ``ValueError`` that names the argument, what was expected, and what was found."""

from __future__ import annotations

import os
from typing import Any, Callable, Optional, Sequence, Union

from ._native import BYTES

#: The number types of modules.
MODULES = tuple(BYTES)

#: The arithmetics of scores.
NUMERICS = ("f64", *MODULES)

#: How many usual values an input may have.
VALUES = (3, 5, 7, 15)

#: The largest seed, and number of threads.
LARGEST = 2**64 - 1

#: Characters that change the direction of writing.
DIRECTIONS = "\u061c\u200e\u200f" + "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x2070)]))

#: The most inputs of a flow that is read live.
MOST_INPUTS = 2**16


def found(value: Any) -> str:
    """A value in the words of an error: itself if it is short, else its type."""
    try:
        text = repr(value)
    except Exception:  # of another's class
        text = "\n"
    return text if len(text) <= 60 and "\n" not in text else f"a {type(value).__name__}"


def wrong(name: str, expected: str, value: Any) -> ValueError:
    """The error of an argument."""
    return ValueError(f"{name}: expected {expected}, found {found(value)}")


def whole(name: str, value: Any, least: int = 0, most: Optional[int] = None) -> int:
    """A whole number in a range."""
    # Not a truth value, which Python takes for a number.
    is_whole = hasattr(value, "__index__") and not isinstance(value, bool) and not is_truth(value)
    is_large = False
    if is_whole and getattr(value, "ndim", 0) == 0:
        number = value.__index__()
        if number >= least and (most is None or number <= most):
            return number
        is_large = number > least
    # A limit of the machine's is named where it is passed.
    span = f"of {least} or more" if most is None or (most >= 2**32 - 1 and not is_large) else f"from {least} to {most}"
    raise wrong(name, f"a whole number {span}", value)


def whole_or_none(name: str, value: Any, least: int = 0, most: Optional[int] = None) -> Optional[int]:
    """A whole number in a range, or None."""
    return None if value is None else whole(name, value, least, most)


def number(name: str, value: Any) -> float:
    """A number."""
    try:
        if isinstance(value, (str, bytes, bool)) or is_truth(value) or getattr(value, "ndim", 0) != 0:
            raise TypeError
        return float(value)
    except (TypeError, ValueError, OverflowError):
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
    if is_truth(value):
        return bool(value)
    raise wrong(name, "True or False", value)


def is_truth(value: Any) -> bool:
    """Whether a value is True or False; numpy has a type of its own for them."""
    return isinstance(value, bool) or (type(value).__name__ in ("bool_", "bool") and getattr(value, "ndim", 0) == 0)


def path(name: str, value: Any) -> str:
    """The path of a file."""
    if isinstance(value, (str, os.PathLike)):
        text = os.fspath(value)
        if isinstance(text, str) and text and "\0" not in text:
            return text
    raise wrong(name, "the path of a file, a string or a pathlib.Path", value)


def path_or_none(name: str, value: Any) -> Optional[str]:
    """The path of a file, or None."""
    return None if value is None else path(name, value)


def function(name: str, value: Any, expected: str) -> Callable[..., Any]:
    """A function."""
    if callable(value):
        return value
    raise wrong(name, expected, value)


def some_names(name: str, value: Union[str, Sequence[str]]) -> list[str]:
    """One name or several."""
    return names(name, [value] if isinstance(value, str) else value)


def names(name: str, value: Any) -> list[str]:
    """Names of columns, one or several, each another."""
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__") or isinstance(value, type) or getattr(value, "ndim", 1) == 0:
        raise wrong(name, "a list of names", value)
    all_names = list(value)
    for one in all_names:
        if not isinstance(one, str) or not one:
            raise wrong(name, "names that are strings", one)
        if any(map(is_disruptive, one)):
            raise wrong(name, "names without control characters, ends of lines or changes of direction", one)
    for one in all_names:
        if all_names.count(one) > 1:
            raise ValueError(f"{name}: expected another name for each, found {one} twice")
    return [str(one) for one in all_names]


def is_disruptive(letter: str) -> bool:
    """Whether a character cannot stand in a model file: a control character, an end of a line, a change of direction or half of a pair."""
    import unicodedata  # only where names are given

    return unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or letter in DIRECTIONS


def listed(items: Sequence[str], most: int = 8) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(items[:most])
    return shown if len(items) <= most else f"{shown} and {len(items) - most} more"

"""Notes, as warnings in the name of whoever called the package."""

from __future__ import annotations

import sys
import warnings
from typing import Sequence

from ._native import Note, legal_name


def warn(text: str) -> None:
    """Warns of one note; the place is the first that is outside of this package."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("nice_flow."):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, Note, stacklevel=level)


def legal(name: str) -> tuple[str, list[str]]:
    """A name that a model can have, the nearest to this one, and a note if it is another."""
    found = legal_name(name)
    return found, [] if found == name else [f"name: {name} becomes {found}: it names what is generated, in letters and digits"]


def note(notes: Sequence[str]) -> None:
    """Warns of each."""
    for text in notes:
        warn(text)

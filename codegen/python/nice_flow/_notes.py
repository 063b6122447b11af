"""Notes, as warnings in the name of whoever called the package."""

from __future__ import annotations

import sys
import warnings
from typing import Sequence

from ._native import Note


def warn(text: str) -> None:
    """Warns of one note; the place is the first that is outside of this package."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("nice_flow."):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, Note, stacklevel=level)


def note(notes: Sequence[str]) -> None:
    """Warns of each."""
    for text in notes:
        warn(text)

"""The context of a live flow ``p(x | c)``: numbers that never change, or the names of numbers of each row."""

from __future__ import annotations

from typing import Any, Callable, Sequence

import numpy as np

from ._call import literal
from ._expect import names, number, wrong


def context_of(context: Any) -> list:
    """A context as numbers or as names."""
    if isinstance(context, (str, bytes)) or not (hasattr(context, "__iter__") or hasattr(context, "__array__")):
        raise wrong("context", "a list of numbers or of names", context)
    context = context.detach().cpu().numpy() if hasattr(context, "detach") else context
    are_names = [isinstance(one, str) for one in context] if isinstance(context, (list, tuple)) else []
    found = np.asarray(context).reshape(-1).tolist()
    if not found:
        raise ValueError("context: expected numbers or names, found none")
    if any(are_names) and not all(are_names):
        raise wrong("context", "a list of numbers or of names, all of one kind", context)
    if all(isinstance(one, str) for one in found):
        for one in names("context", found):
            if "," in one or is_number(one):
                raise wrong("context", "names without commas, that are no numbers", one)
        return found
    try:
        return [float(number("context", one)) for one in found]
    except ValueError:
        raise wrong("context", "a list of numbers or of names, all of one kind", context) from None


def is_number(word: str) -> bool:
    """Whether a name would be read as a number."""
    try:
        return float(word) is not None
    except ValueError:
        return False


def shown(context: Any) -> str:
    """The context in the text of a call."""
    return literal("context", context_of(context))


def given(log_prob: Callable[[Any, Any, Any], Any], context: Sequence[Any], dim: int) -> tuple[Callable, int, str]:
    """``log_prob`` of a flow, of ``dim`` inputs and of a context, as one of rows alone; the length of such a row; and ``--set context=``."""
    import torch

    if context and all(isinstance(name, str) for name in context):
        return lambda f, x: log_prob(f, x[:, :dim], x[:, dim:]), dim + len(context), ",".join(context)
    c = torch.tensor([float(number) for number in context], dtype=torch.float64)
    return lambda f, x: log_prob(f, x, c.expand(len(x), -1)), dim, ",".join(repr(number) for number in c.tolist())

"""The call that made a model, as text: the head of a module tells it, so that it can be made again."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

#: Longer lists and texts are named, not shown.
MOST = 64
LONGEST = 200


def call(function: str, first: Sequence[str], given: Mapping[str, Any], usual: Mapping[str, Any]) -> str:
    """The call of a function: what it is about by name, then the arguments that are not the usual ones."""
    told = {name: value for name, value in given.items() if differs(value, usual.get(name))}
    said = [f"{name}={literal(name, value)}" for name, value in told.items()]
    if sum(map(len, said)) > MOST * LONGEST:
        said = [f"{name}={name}" for name in told]
    return f"{function}({', '.join([*first, *said])})"


def several(name: str, count: int) -> str:
    """A list of so many things of a name, as an argument: ``[X_0, X_1]``."""
    shown = [f"{name}_{number}" for number in range(count)]
    return f"[{', '.join(shown if count <= MOST else [shown[0], '...', shown[-1]])}]"


def digest(array: Any) -> str:
    """The SHA-256 of numbers as ``float64``, little-endian, which a module tells of the rows that its model was trained on."""
    import hashlib  # only where a model is made

    import numpy as np

    return hashlib.sha256(np.ascontiguousarray(array, dtype="<f8")).hexdigest()


def differs(value: Any, usual: Any) -> bool:
    """Whether an argument is another than the usual one."""
    if value is usual:
        return False
    # Arrays have no single truth value.
    return hasattr(value, "shape") or type(value) is not type(usual) or value != usual


def literal(name: str, value: Any) -> str:
    """A value as Python writes it, or the argument's own name for what has no short text."""
    if hasattr(value, "transform"):
        return "scaler"
    value = value.item() if type(value).__module__ == "numpy" and getattr(value, "ndim", 1) == 0 else value
    if isinstance(value, (bool, int, float)) or (isinstance(value, str) and len(value) <= LONGEST):
        return repr(value)
    if isinstance(value, (list, tuple)) and 0 < len(value) <= MOST:
        parts = [literal("", part) for part in value]
        return f"[{', '.join(parts)}]" if all(parts) else name
    return name

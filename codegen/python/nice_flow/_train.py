"""Training."""

from __future__ import annotations

from typing import Any, Optional, Sequence, Union

from . import _native
from ._model import Model, note
from ._rows import is_log, joined, labels, names_of, parts_of, recordings, times_of, without_times

#: Bytes of a parameter in each number type.
BYTES = {"f32": 4, "i16": 2, "i8": 1}


def train(
    X: Any,
    y: Any = None,
    *,
    name: str = "model",
    feature_names: Optional[Sequence[str]] = None,
    members: int = 3,
    seed: int = 0,
    steps: int = 2000,
    recipe: Optional[str] = None,
    prior: Optional[str] = None,
    couplings: Optional[int] = None,
    hidden: Optional[int] = None,
    depth: Optional[int] = None,
    budget: Union[int, str, None] = None,
    trim: Union[float, str] = 0.0,
    robust_scales: bool = False,
    missing: str = "alarm",
    baseline: Optional[str] = None,
    given: Sequence[str] = (),
    combine: Optional[str] = None,
    channels: Optional[int] = None,
    drop_constant: bool = False,
    log: Optional[bool] = None,
    hold_out: Optional[float] = None,
    false_alarm_rate: Optional[float] = None,
    rate: Optional[float] = None,
    window: Union[int, str, None] = None,
    hop: Union[int, str, None] = None,
    levels: Optional[int] = None,
    octaves: int = 0,
    sum: bool = False,
    mean: bool = False,
    statistics: bool = False,
    unit: Union[float, Sequence[float], None] = None,
    anomalies: Any = None,
    threads: int = 0,
) -> Model:
    """A model of normal rows, by maximum likelihood. The same rows and seed give the same bytes, and the numbers of ``nice-flow train``.

    ``X`` is an array or a table of rows, or a list of these, each a recording by itself. Rows whose ``y`` is true are known
    anomalies: no flow is trained on them, they choose the kind of flow. Options are those of the command:
    ``nice-flow train --help`` explains them; ``given`` names features that are context, as ``--given``. With ``hold_out`` and ``false_alarm_rate`` the last share of the rows calibrates.

    A table with a column or an index of times is a log, for which few rows make another kind of flow; such columns are no features.
    ``log=True`` says so of an array whose rows are in the order of their times, and ``log=False`` that a table is none. Of more than
    2²⁰ rows the command draws so many; here all are used.

    With ``rate``, samples a second, ``X`` is a recording of raw samples ``[n, channels]`` or a list of recordings (integers are the
    sensor's counts), of which a front end makes the rows; ``window="1s"``, ``hop``, ``levels``, ``octaves``, ``sum``, ``mean``,
    ``statistics`` and ``unit`` shape it, and ``anomalies`` are recordings that are.

    >>> import numpy as np
    >>> X = np.random.default_rng(1).normal(size=(400, 2))
    >>> train(X, members=1, steps=20, feature_names=["temp", "flow"])
    <nice_flow.Model model: flow, 2 features, 170 MACs>
    """
    parts, _, kind = str(budget).partition(":")
    if budget is not None and not (parts.isdigit() and (kind or "f32") in BYTES):
        raise ValueError(f"budget: expected BYTES or BYTES:TYPE, such as 2048:i8, found {budget!r}")
    if given and rate is not None:
        raise ValueError("given: expected none for raw signals, of which a front end makes the inputs")
    if recipe is not None and budget is not None:
        raise ValueError("recipe: expected without budget, which chooses one, found both")
    options = {
        "recipe": recipe,
        "prior": prior,
        "couplings": couplings,
        "hidden": hidden,
        "depth": depth,
        "budget": None if budget is None else int(parts) * 4 // BYTES[kind or "f32"],
        "trim": str(trim),
        "robust_scales": robust_scales,
        "missing": missing,
        "baseline": baseline,
        "given": [given] if isinstance(given, str) else list(given),
        "steps": steps,
        "members": members,
        "seed": seed,
        "combine": combine,
        "channels": channels,
        "drop_constant": drop_constant,
        "log": bool(log),
        "hold_out": hold_out,
        "false_alarm_rate": false_alarm_rate,
        "threads": threads,
    }
    if rate is None:
        tables = parts_of(X)
        options["log"] = all(map(is_log, tables)) if log is None else log
        times = times_of(tables[0])
        tables = [without_times(table) for table in tables]
        names = feature_names or names_of(tables[0])
        X, starts = joined(tables)
        names = list(names) if names is not None else [f"x{i}" for i in range(X.shape[1])]
        native, notes = _native.train(name, X, starts, labels(y), names, options)
        notes = [f"{', '.join(times)} taken for the time, no feature", *notes] if times else notes
    else:
        normal, strange = recordings(X), recordings(anomalies) if anomalies is not None else []
        names = list(feature_names) if feature_names else [f"ch{i}" for i in range(normal[0][1].shape[1])]
        units = [] if unit is None else [float(u) for u in (unit if hasattr(unit, "__len__") else [unit])]
        front = {
            "rate": float(rate),
            "window": None if window is None else str(window),
            "hop": None if hop is None else str(hop),
            "levels": levels,
            "octaves": octaves,
            "sum": sum,
            "mean": mean,
            "statistics": statistics,
            "unit": units,
        }
        native, notes = _native.train_raw(name, names, normal, strange, front, options)
    note(notes)
    return Model(native)

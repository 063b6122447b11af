"""Training."""

from __future__ import annotations

from typing import Any, Optional, Sequence, Union

from . import _native
from ._call import call, several
from ._expect import LARGEST, listed, names, text, truth, whole
from ._model import Model
from ._notes import legal, note
from ._options import FRONT, checked, expect_given, expect_no_front, expect_raw, front_of
from ._rows import joined, labels, names_of, parts_of, recordings, unnamed
from ._times import is_log, times_of, without


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
    time: Optional[str] = None,
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

    The names of kinds of flows, ``recipe``, are ``'small'``, ``'triangular'``, ``'medium'``, ``'large'``, ``'logistic'`` and ``'mixture'``;
    ``prior`` is ``'normal'``, ``'logistic'`` or ``'mixture:K'``, ``combine`` ``'tail'``, ``'max'`` or ``'density'``. Warnings
    (:class:`Note`) are what the command prints as notes.

    A table with a column or an index of times is a log, for which few rows make another kind of flow; such columns are no features. Times are
    dates, or numbers that never fall under a name such as ``timestamp``; ``time`` names a column whose numbers nothing else tells.
    ``log=True`` says so of an array whose rows are in the order of their times, and ``log=False`` that a table is none. Of more than
    2²⁰ rows the command draws so many; here all are used.

    With ``rate``, samples a second, ``X`` is a recording of raw samples ``[n, channels]`` or a list of recordings (integers are the
    sensor's counts), of which a front end makes the rows; ``window="1s"``, ``hop``, ``levels``, ``octaves``, ``sum``, ``mean``,
    ``statistics`` and ``unit`` shape it, and ``anomalies`` are recordings that are.

    >>> import numpy as np
    >>> X = np.random.default_rng(1).normal(size=(400, 2))
    >>> train(X, members=1, steps=20, feature_names=["temp", "flow"])
    <nice_flow.Model model: flow, 2 features, 172 MACs>
    """
    said = {key: value for key, value in locals().items() if key in (train.__kwdefaults__ or {}) and key != "threads"}
    options = checked(said)
    options["threads"] = whole("threads", threads, 0, LARGEST)
    name, renamed = legal(text("name", name, "pump"))
    names_given = None if feature_names is None else names("feature_names", feature_names)
    if rate is None:
        expect_no_front({key: said[key] for key in FRONT}, train.__kwdefaults__)
        tables = parts_of(X)
        times = times_of(tables[0], time)
        detected = time is not None or bool(times) or all(map(is_log, tables))
        options["log"] = detected if log is None else truth("log", log)
        tables = [without(table, times) for table in tables]
        found = names_of(tables[0])
        X, starts = joined(tables)
        first = rows_and_labels(len(tables), y)
        features = names_given or found or [f"x{i}" for i in range(X.shape[1])]
        expect_given(options["given"], features)
        # What the table itself says, its rows in memory do not.
        said = {**said, "log": options["log"], "time": None, "feature_names": None if unnamed(features) else features}
        options["call"] = call("nice_flow.train", first, said, {**train.__kwdefaults__, "log": False})
        native, notes = _native.train(name, X, starts, labels(y), features, options)
        notes = [f"{listed(times)} taken for the time, no feature", *notes] if times else notes
    else:
        expect_raw(y, said)
        found = names_of(parts_of(X)[0])
        normal = recordings(X, channels=found)
        strange = recordings(anomalies, "anomalies", found) if anomalies is not None else []
        first = rows_and_labels(len(normal), y)
        features = names_given or found or [f"ch{i}" for i in range(normal[0][1].shape[1])]
        # What the table itself says, its samples in memory do not.
        said = {**said, "feature_names": None if unnamed(features) else features}
        options["call"] = call("nice_flow.train", first, said, train.__kwdefaults__)
        native, notes = _native.train_raw(name, features, normal, strange, front_of(said), options)
    note([*renamed, *notes])
    return Model(native)


def rows_and_labels(count: int, y: Any) -> list[str]:
    """What the text of a call names the rows of so many recordings, and their labels."""
    return ["X" if count == 1 else several("X", count)] + (["y"] if y is not None else [])

"""Training."""

from __future__ import annotations

from typing import Any, Optional, Sequence, Union

from . import _native
from ._call import call
from ._expect import LARGEST, choice, listed, names, number, share, text, text_or_none, truth, whole, whole_or_none, wrong
from ._model import Model
from ._notes import note
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

    The names of kinds of flows, ``recipe``, are ``'small'``, ``'triangular'``, ``'medium'``, ``'large'``, ``'logistic'`` and ``'mixture'``;
    ``prior`` is ``'normal'``, ``'logistic'`` or ``'mixture:K'``, ``combine`` ``'tail'``, ``'max'`` or ``'density'``. Warnings
    (:class:`Note`) are what the command prints as notes.

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
    said = {key: value for key, value in locals().items() if key in (train.__kwdefaults__ or {}) and key != "threads"}
    first = [key for key, value in (("X", X), ("y", y)) if value is not None]
    options = checked(said)
    options["threads"] = whole("threads", threads, 0, 2**32 - 1)
    text("name", name, "pump")
    names_given = None if feature_names is None else names("feature_names", feature_names)
    if rate is None:
        expect_no_front({key: said[key] for key in FRONT})
        tables = parts_of(X)
        detected = all(map(is_log, tables))
        options["log"] = detected if log is None else truth("log", log)
        times = times_of(tables[0])
        tables = [without_times(table) for table in tables]
        found = names_of(tables[0])
        X, starts = joined(tables)
        features = names_given or found or [f"x{i}" for i in range(X.shape[1])]
        expect_given(options["given"], features)
        usual = {**train.__kwdefaults__, "log": detected, "feature_names": found}
        said = {**said, "log": options["log"], "feature_names": names_given or found}
        options["call"] = call("nice_flow.train", first, said, usual)
        native, notes = _native.train(name, X, starts, labels(y), features, options)
        notes = [f"{listed(times)} taken for the time, no feature", *notes] if times else notes
    else:
        expect_raw(y, said)
        normal, strange = recordings(X), recordings(anomalies, "anomalies") if anomalies is not None else []
        features = names_given or [f"ch{i}" for i in range(normal[0][1].shape[1])]
        options["call"] = call("nice_flow.train", first, said, train.__kwdefaults__)
        native, notes = _native.train_raw(name, features, normal, strange, front_of(said), options)
    note(notes)
    return Model(native)


#: Arguments of a front end.
FRONT = ("window", "hop", "levels", "octaves", "sum", "mean", "statistics", "unit", "anomalies")


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """The arguments of training as the extension takes them; an error names one."""
    budget, combine, rate, hold_out = (given[key] for key in ("budget", "combine", "false_alarm_rate", "hold_out"))
    if given["recipe"] is not None and budget is not None:
        raise ValueError("recipe: expected without budget, which chooses one, found both")
    if (hold_out is None) != (rate is None):
        raise ValueError("hold_out: expected together with false_alarm_rate, found one of the two")
    trim, context = given["trim"], given["given"]
    members = whole("members", given["members"], 1, 64)
    if combine is not None:
        choice("combine", combine, ("tail", "max", "density"))
        if members == 1:
            raise ValueError("combine: expected none for a model of one flow, found members=1")
    return {
        "recipe": text_or_none("recipe", given["recipe"], "medium"),
        "prior": text_or_none("prior", given["prior"], "mixture:4"),
        "couplings": whole_or_none("couplings", given["couplings"], 0, 256),
        "hidden": whole_or_none("hidden", given["hidden"], 1, 4096),
        "depth": whole_or_none("depth", given["depth"], 1, 16),
        "budget": None if budget is None else bytes_of(budget),
        "trim": trim if isinstance(trim, str) else str(number("trim", trim)),
        "robust_scales": truth("robust_scales", given["robust_scales"]),
        "missing": text("missing", given["missing"], "hold:5"),
        "baseline": text_or_none("baseline", given["baseline"], "EWMA:256"),
        "given": names("given", [context] if isinstance(context, str) else context),
        "steps": whole("steps", given["steps"], 1, 10_000_000),
        "members": members,
        "seed": whole("seed", given["seed"], 0, LARGEST),
        "combine": combine,
        "channels": whole_or_none("channels", given["channels"], 1),
        "drop_constant": truth("drop_constant", given["drop_constant"]),
        "log": bool(given["log"]),
        "hold_out": None if hold_out is None else share("hold_out", hold_out),
        "false_alarm_rate": None if rate is None else share("false_alarm_rate", rate),
    }


def bytes_of(budget: Any) -> int:
    """The bytes in ``f32`` that a budget is."""
    count, _, kind = str(budget).partition(":")
    if not (count.isdigit() and (kind or "f32") in BYTES):
        raise ValueError(f"budget: expected BYTES or BYTES:TYPE, such as 2048:i8, found {budget!r}")
    return int(count) * 4 // BYTES[kind or "f32"]


def expect_given(given: Sequence[str], features: Sequence[str]) -> None:
    """An error unless what is given are columns."""
    for name in given:
        if name in features:
            continue
        column = name.removesuffix(":hour") if hasattr(str, "removesuffix") else name.rsplit(":hour", 1)[0]
        if column != name:
            raise ValueError(
                f"given: expected columns of X, found {name!r}: hours of a column are for the command nice-flow train; here give two columns, "
                "the sine and the cosine of 2π·hour/24"
            )
        raise wrong("given", f"columns of X ({listed(features)})", name)


def expect_no_front(front: dict[str, Any]) -> None:
    """An error if there are arguments of a front end without one."""
    for name, value in front.items():
        if value is not train.__kwdefaults__[name] and not (isinstance(value, (bool, int)) and value == train.__kwdefaults__[name]):
            raise ValueError(f"{name}: expected together with rate, the samples a second of raw signals; found rows, without rate")


def expect_raw(y: Any, said: dict[str, Any]) -> None:
    """An error if there are arguments that are for rows only."""
    if y is not None:
        raise ValueError("y: expected none for raw signals, found labels; anomalies are recordings that are")
    for name in ("channels", "drop_constant", "baseline", "given", "missing"):
        if said[name] not in (None, False, (), [], "alarm"):
            raise ValueError(f"{name}: expected none for raw signals, of which a front end makes the inputs")


def front_of(said: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a front end as the extension takes them."""
    rate, unit = number("rate", said["rate"]), said["unit"]
    if not 0 < rate < float("inf"):
        raise wrong("rate", "samples a second, a number above 0", said["rate"])
    several = unit if hasattr(unit, "__len__") and not isinstance(unit, str) else [unit]
    return {
        "rate": rate,
        "window": None if said["window"] is None else str(said["window"]),
        "hop": None if said["hop"] is None else str(said["hop"]),
        "levels": whole_or_none("levels", said["levels"], 1, 64),
        "octaves": whole("octaves", said["octaves"], 0, 64),
        "sum": truth("sum", said["sum"]),
        "mean": truth("mean", said["mean"]),
        "statistics": truth("statistics", said["statistics"]),
        "unit": [] if unit is None else [number("unit", one) for one in several],
    }

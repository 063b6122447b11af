"""The arguments of training: what they may be, and as the extension takes them."""

from __future__ import annotations

from typing import Any, Optional, Sequence

from ._expect import LARGEST, choice, is_truth, listed, number, share, some_names, text, text_or_none, truth, whole, whole_or_none, wrong
from ._native import BYTES

#: Digits of the bytes of a budget.
MOST_DIGITS = 12

#: The largest budget.
MOST_BYTES = 2**26

#: Parameters that are arguments of training that detectors have under the same names.
TRAINING = (
    "recipe",
    "prior",
    "couplings",
    "hidden",
    "depth",
    "budget",
    "robust_scales",
    "missing",
    "baseline",
    "given",
    "combine",
    "channels",
)

#: Arguments of a front end.
FRONT = ("window", "hop", "levels", "octaves", "sum", "mean", "statistics", "unit", "anomalies")


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """The arguments of training as the extension takes them; an error names one."""
    budget, combine, rate, hold_out = (given[key] for key in ("budget", "combine", "false_alarm_rate", "hold_out"))
    if given["recipe"] is not None and budget is not None:
        raise ValueError("recipe: expected without budget, which chooses one, found both")
    hold_out, rate = (None if value is None else share(name, value) for name, value in (("hold_out", hold_out), ("false_alarm_rate", rate)))
    if (hold_out is None) != (rate is None):
        one, other = ("hold_out", "false_alarm_rate") if rate is None else ("false_alarm_rate", "hold_out")
        raise ValueError(f"{one}: expected together with {other}, found one of the two")
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
        "given": some_names("given", context),
        "steps": whole("steps", given["steps"], 1, 10_000_000),
        "members": members,
        "seed": whole("seed", given["seed"], 0, LARGEST),
        "combine": combine,
        "channels": whole_or_none("channels", given["channels"], 1, LARGEST),
        "drop_constant": truth("drop_constant", given["drop_constant"]),
        "log": False if given["log"] is None else truth("log", given["log"]),
        "hold_out": hold_out,
        "false_alarm_rate": rate,
    }


def bytes_of(budget: Any) -> int:
    """The bytes in ``f32`` that a budget is."""
    is_count = hasattr(budget, "__index__") and not is_truth(budget) and getattr(budget, "ndim", 0) == 0
    text = str(budget) if isinstance(budget, str) or is_count else ""
    count, _, kind = text.partition(":")
    if not (count.isascii() and count.isdigit() and len(count) <= MOST_DIGITS and (kind or "f32") in BYTES):
        raise wrong("budget", "BYTES or BYTES:TYPE, such as 2048:i8", budget)
    if int(count) > MOST_BYTES:
        raise ValueError(f"budget: expected at most {MOST_BYTES} bytes, more than any board has for a model, found {count}")
    return int(count) * 4 // BYTES[kind or "f32"]


def expect_given(given: Sequence[str], features: Sequence[str]) -> None:
    """An error unless what is given are columns."""
    for name in given:
        if name in features:
            continue
        if name.endswith(":hour"):
            raise ValueError(
                f"given: expected columns of X, found {name!r}: hours of a column are for the command nice-flow train; here give two columns, "
                "the sine and the cosine of 2π·hour/24"
            )
        raise wrong("given", f"columns of X ({listed(features)})", name)


def expect_no_front(front: dict[str, Any], usual: dict[str, Any]) -> None:
    """An error if there are arguments of a front end without one."""
    for name, value in front.items():
        if value is not usual[name] and not (isinstance(value, (bool, int)) and value == usual[name]):
            raise ValueError(f"{name}: expected together with rate, the samples a second of raw signals; found rows, without rate")


def expect_raw(y: Any, said: dict[str, Any]) -> None:
    """An error if there are arguments that are for rows only."""
    if y is not None:
        raise ValueError("y: expected none for raw signals, found labels; anomalies are recordings that are")
    for name in ("channels", "drop_constant", "baseline", "given", "missing", "log", "time"):
        if not isinstance(said[name], (type(None), bool, str, int, list, tuple)) or said[name] not in (None, False, (), [], "alarm"):
            raise ValueError(f"{name}: expected none for raw signals, of which a front end makes the inputs")


def length(name: str, value: Any) -> Optional[str]:
    """A length of time, as text or in samples."""
    return value if value is None or isinstance(value, str) else str(whole(name, value, 1, 2**32 - 1))


def unit_of(one: Any) -> float:
    """What a count of the sensor is."""
    if not 0 < (found := number("unit", one)) < 3.4e38:
        raise wrong("unit", "numbers above 0, within float32", one)
    return found


def front_of(said: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a front end as the extension takes them."""
    rate, unit = number("rate", said["rate"]), said["unit"]
    if not 1e-6 <= rate <= 1e9:
        raise wrong("rate", "samples a second, a number from 1e-6 to 1e9", said["rate"])
    is_list = hasattr(unit, "__len__") and not isinstance(unit, (str, bytes)) and getattr(unit, "ndim", 1) > 0
    several = unit if is_list else [unit]
    return {
        "rate": rate,
        "window": length("window", said["window"]),
        "hop": length("hop", said["hop"]),
        "levels": whole_or_none("levels", said["levels"], 1, 64),
        "octaves": whole("octaves", said["octaves"], 0, 64),
        "sum": truth("sum", said["sum"]),
        "mean": truth("mean", said["mean"]),
        "statistics": truth("statistics", said["statistics"]),
        "unit": [] if unit is None else [unit_of(one) for one in several],
    }

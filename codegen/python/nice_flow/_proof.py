"""The proof of a live flow: its weights go to the importer, and the model must give the densities that the flow itself gives."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple, Optional, Sequence

import numpy as np

from . import _native
from ._activations import all_of, embedding
from ._call import call
from ._expect import text_or_none
from ._model import CheckError, Model
from ._notes import legal, note, warn
from ._rows import rows
from ._scaler import scaler, scaler_names

#: Rows of a probe.
MOST = 256

#: Of fewer rows a probe proves little.
FEW = 4


class Probe(NamedTuple):
    """Rows to prove a flow by. Those behind the first ``near`` are so far out that its densities may be infinite there."""

    rows: np.ndarray
    near: int


class Wish(NamedTuple):
    """What a user says of an import beside the flow, and the call that says it."""

    function: str
    #: The arguments that are no settings, by name.
    first: Sequence[str]
    standardise: Any
    feature_names: Optional[Sequence[str]]
    name: Optional[str]
    settings: dict[str, Any]
    manifest: Optional[str] = None

    def call(self, more: dict[str, Any]) -> str:
        """The call, with more arguments."""
        names = scaler_names(self.standardise, self.feature_names)
        about = {"standardise": self.standardise, "feature_names": names, "name": self.name, "manifest": self.manifest}
        return call(f"nice_flow.{self.function}", self.first, {**more, **about, **self.settings}, dict.fromkeys(about))

    def reading(self, layout: Optional[str], kind: str, more: Optional[dict[str, Any]] = None) -> dict[str, Any]:
        """How tensors are to be read; the call has ``more`` arguments."""
        features = scaler_names(self.standardise, self.feature_names)
        name, renamed = (None, []) if text_or_none("name", self.name, "pump") is None else legal(self.name)
        note(renamed)
        return {
            "layout": layout,
            "manifest": self.manifest,
            "standardise": scaler(self.standardise),
            "features": features,
            "name": name,
            "file": f"a live {kind}",
            "call": self.call(more or {}),
        }


def of_torch(
    flow: Any,
    log_prob: Callable[[Any, Any], Any],
    probe: Any,
    dim: int,
    layout: Optional[str],
    guesses: Sequence[dict],
    wish: Wish,
    reading: Optional[dict[str, Any]] = None,
    **more: Any,
) -> Model:
    """The model of a PyTorch module; ``more`` are settings that the caller knows."""
    import torch

    x = probe_rows(probe, dim)
    reading = reading or wish.reading(layout, type(flow).__name__)
    exact = copied(wish.first[0], flow).to("cpu").double().eval()
    with torch.no_grad():
        densities = own(log_prob, exact, torch.from_numpy(x.rows), len(x.rows), more.get("context"), "log_prob" if wish.function == "from_torch" else wish.first[0])
    tensors = [(key, value.detach().cpu().double().numpy()) for key, value in flow.state_dict().items() if torch.is_tensor(value)]
    # An embedding net bends for itself.
    inside = [module for key, module in flow.named_modules() if "embedding_net" in key]
    others = [module for key, module in flow.named_modules() if "embedding_net" not in key]
    # Several where a library uses one elsewhere, as FrEIA does a softplus for scales.
    known, unknown = all_of(others)
    bends = embedding(inside) if "embedding" in wish.settings or layout in ("nflows", "zuko") else {}
    # Where nothing bends, a layout may ask what does: any answer is right.
    last = [] if known or unknown else [{"activation": "relu", **guess} for guess in guesses]
    guesses = [{"activation": name, **guess} for name in known for guess in guesses] + list(guesses) + last
    guesses = [{}] if wish.manifest is not None else [{**bends, **guess} for guess in guesses]
    name = wish.name or type(flow).__name__
    return proven(name, tensors, reading, {**more, **wish.settings}, guesses, evaluated(x, densities), unknown)


def copied(name: str, flow: Any) -> Any:
    """A copy of a module, in which what its last call left is no part of a graph, which cannot be copied."""
    import copy

    import torch

    left = [value for module in flow.modules() for value in vars(module).values() if torch.is_tensor(value) and not value.is_leaf]
    try:
        return copy.deepcopy(flow, {id(value): value.detach().clone() for value in left})
    except Exception as error:  # of another library
        raise ValueError(f"{name}: expected a module that copy.deepcopy copies, found an error: {type(error).__name__}: {error}") from error


def expect_module(name: str, flow: Any, what: str) -> None:
    """An error unless a flow, the argument ``name``, is a module of PyTorch."""
    if isinstance(flow, type) or not (hasattr(flow, "state_dict") and hasattr(flow, "named_modules")):
        raise no_flow(name, flow, what)


def no_flow(name: str, flow: Any, what: str) -> ValueError:
    """The error of something that is no flow of a library; it may be too long to be shown."""
    found = f"the class {flow.__name__}, not an object of it" if isinstance(flow, type) else type(flow).__name__
    return ValueError(f"{name}: expected {what}, found {found}")


def own(log_prob: Callable[[Any, Any], Any], flow: Any, x: Any, count: int, context: Optional[str] = None, name: str = "flow") -> np.ndarray:
    """The flow's own log-densities, given a context if it takes one."""
    try:
        found = log_prob(flow, x)
    except Exception as error:  # of another library
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if context is not None:
            raise ValueError(f"context: expected as many numbers, or names, as the flow takes, found {context}, and an error: {what}") from error
        message = f"{name}: expected log-densities of {count} rows of {x.shape[1]} numbers, found an error: {what}"
        advice = "a flow that is given a context is read live by from_lampe and from_sbi, or with context= by from_normflows, from_flowjax and from_torch"
        # What flows raise that are called without the context that they take.
        raise ValueError(f"{message} ({advice})" if type(error) in (AttributeError, RuntimeError, TypeError) else message) from error
    try:
        densities = np.asarray(found.detach().cpu() if hasattr(found, "detach") else found, dtype=np.float64)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"log_prob: expected {count} log-densities, one a row, found a {type(found).__name__}: {error}") from error
    if densities.size != count:
        raise ValueError(f"log_prob: expected {count} log-densities, one a row, found an array of {' x '.join(map(str, densities.shape))}")
    return np.ascontiguousarray(densities.reshape(-1))


def proven(
    name: str, tensors: list, reading: dict, settings: dict, guesses: Sequence[dict], probe: tuple, unknown: Sequence[str] = ()
) -> Model:
    """The model of the first guess that the probe proves. If there is none: the error of one that could be read, with the readings that
    would agree, and what ``unknown`` functions do not say."""
    tensors = [(key, np.ascontiguousarray(value)) for key, value in tensors]
    different = len(np.unique(probe[0], axis=0))
    unknown = [] if "activation" in settings or reading["manifest"] is not None else unknown
    hint = f"the flow bends by {', '.join(unknown)}, which does not say what it computes: activation='relu' and the like say it"
    if different < FEW:
        warn(f"probe: {different} of {FEW} different rows or more that would prove a reading: a wrong one may agree with so few by chance")

    def attempt(guess: dict, search: bool) -> Model:
        pairs = [(key, setting(value)) for key, value in {**guess, **settings}.items()]
        native, notes, _ = _native.import_tensors(name, tensors, {}, {**reading, "set": pairs, "search": search}, *probe)
        note(notes)
        return Model(native)

    failures: list[tuple[dict, ValueError]] = []
    for guess in guesses:
        try:
            found = attempt(guess, search=False)
            if unknown:
                warn(f"{hint}; read as {guess.get('activation', 'relu')}, which agrees in the probe's {len(probe[0])} rows and may not elsewhere")
            return found
        except ValueError as error:
            failures.append((guess, error))
    readable = [guess for guess, error in failures if isinstance(error, CheckError)]
    # Else one in which only a setting of the user is wrong.
    named = [guess for guess, error in failures if not any(f"{key}=" in str(error).rpartition("found ")[2] for key in guess)]
    try:
        return attempt([*readable, *named, failures[0][0]][0], search=True)
    except ValueError as error:
        if unknown:
            raise type(error)(f"{error}\n{hint}") from error
        raise


def probe_rows(probe: Any, dim: int) -> Probe:
    """The rows given, at most 256 of them; or 64 normal ones of four widths, a row of zeros among them, and 16 far out."""
    if isinstance(probe, Probe):
        return probe
    if probe is not None:
        probe = probe.detach().cpu().numpy() if hasattr(probe, "detach") else probe
        x = rows(probe, double=True, name="probe")
        if x.shape[1] != dim:
            raise ValueError(f"probe: expected rows of {dim} numbers, found {x.shape[1]}")
        if len(x) == 0 or not np.isfinite(x).all():
            raise ValueError(f"probe: expected rows of finite numbers, found {'others' if len(x) else 'none'}")
        return Probe(x[:MOST], len(x))
    random = np.random.default_rng(0)
    x = random.standard_normal((64, dim)) * np.repeat([0.3, 1.0, 2.0, 5.0], 16)[:, None]
    x[0] = 0
    far = random.standard_normal((16, dim)) * np.repeat([30.0, 300.0], 8)[:, None]
    return Probe(np.concatenate([x, far]), len(x))


def evaluated(probe: Probe, densities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows and their densities, without those far out that the flow itself gives no finite one."""
    shown = np.isfinite(densities) | (np.arange(len(densities)) < probe.near)
    return probe.rows[shown], densities[shown]


def setting(value: Any) -> str:
    """A setting as the command takes it."""
    if isinstance(value, (list, tuple)):
        return ",".join(map(setting, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def with_probe(first: Sequence[str], probe: Any) -> list[str]:
    """The first arguments of a call, and the probe if there is one."""
    return [*first] if probe is None else [*first, "probe"]

"""The class ``Model``."""

from __future__ import annotations

import os
import warnings
from typing import Any, NamedTuple, Optional, Sequence, Union

import numpy as np

from . import _native
from ._native import CheckError
from ._page import Page, card
from ._rows import Note, is_ready, labels, names_of, recordings, rows

__all__ = ["Cause", "CheckError", "Model", "Note", "load", "loads"]


class Cause(NamedTuple):
    """An input that makes a row an anomaly."""

    feature: str
    value: float
    #: The usual value that lowers the score most.
    usual: float
    #: The score that is left with this input, and those of earlier causes, at their usual values.
    score: float
    #: How far the score fell, in its unit.
    fall: float


def write(path: Union[str, os.PathLike], contents: bytes) -> None:
    """Writes a file, whole or not at all."""
    path = os.fspath(path)
    beside = f"{path}.{os.getpid()}.part"
    try:
        with open(beside, "wb") as file:
            file.write(contents)
        os.replace(beside, path)
    except BaseException:
        if os.path.exists(beside):
            os.unlink(beside)
        raise


class Model:
    """A normalizing flow or an ensemble of them, which gives each row a score: ``-ln p(x)`` in nats, or for an ensemble by tails
    the mean tail score. Higher is stranger. It never changes, may be shared by threads, and can be pickled.

    ``numeric`` is the arithmetic, in every method that has it: ``'f64'`` is the reference; ``'f32'``, ``'i16'`` and ``'i8'`` give the
    bits of the module that :meth:`generate` writes. Rows are an array, or a table of pandas, polars or pyarrow, whose columns
    are found by their names. A call is a recording: a moving baseline, and cells that are held, begin anew.
    """

    __slots__ = ("_native",)

    def __init__(self, native: _native.Model):
        self._native = native

    def _rows(self, X: Any, double: bool = False) -> np.ndarray:
        return X if is_ready(X, double) else rows(X, self.feature_names, double)

    # Density

    def score(self, X: Any, numeric: str = "f64", *, threads: int = 0) -> np.ndarray:
        """Scores, ``float64 [n]``; NaN for rows that the model ignores.

        The GIL is released; ``threads=0`` takes all cores, and no number takes more. C-contiguous arrays are not copied: of float64
        in ``'f64'``, of float32 in ``'f32'``, of either in integers.
        """
        return self._native.score(self._rows(X), numeric, threads)

    def score_bits(self, X: Any, numeric: str = "f64", *, threads: int = 0) -> np.ndarray:
        """The bits of the scores, ``uint64`` of ``'f64'``, else ``uint32``: those that ``nice-flow score -o`` and the board have."""
        return self._native.score_bits(self._rows(X), numeric, threads)

    def log_density(self, X: Any, numeric: str = "f64", *, threads: int = 0) -> np.ndarray:
        """``ln p(x)`` in nats, ``float64 [n]``; an error of an ensemble by tails, whose scores are no densities."""
        if self._native.unit != "nats":
            raise ValueError("log_density: expected a model whose scores are nats, found tail scores; combine='density' makes one")
        return -self.score(X, numeric, threads=threads)

    def anomalous(self, X: Any, numeric: str = "f64", *, threads: int = 0) -> np.ndarray:
        """Whether each row is an anomaly, ``bool [n]``: its score is above the threshold, or not finite.

        A model without a threshold says so: see :meth:`calibrate`.
        """
        if self.threshold(numeric) is None:
            note(["no threshold (Model.calibrate makes one): of such a model only rows without a finite score are anomalous"])
        return self._native.anomalous(self._rows(X), numeric, threads)

    def explain(self, X: Any, numeric: str = "f64", *, most: int = 3, values: int = 15) -> list[list[Cause]]:
        """Of each row that is an anomaly, at most ``most`` inputs to blame, worst first; of others none.

        They are those of ``nice-flow score --why`` and, with as many usual ``values``, of the board.
        """
        found = self._native.explain(self._rows(X, double=True), numeric, most, values)
        names = self.feature_names
        return [[Cause(names[input], *numbers) for input, *numbers in causes] for causes in found]

    def sample(self, n: int = 1, *, seed: int = 0) -> np.ndarray:
        """Rows drawn from the model, ``float64 [n, D]``."""
        return self._native.sample(n, seed).reshape(n, -1)

    def forward(self, X: Any) -> tuple[np.ndarray, np.ndarray]:
        """``z = f(x)`` and ``ln |det dz/dx|`` of each row, of a model of one flow."""
        X = self._rows(X, double=True)
        z, log_det = self._native.forward(X, False)
        return z.reshape(X.shape), log_det

    def inverse(self, Z: Any) -> tuple[np.ndarray, np.ndarray]:
        """``x = f⁻¹(z)`` and ``ln |det dx/dz|`` of each row, of a model of one flow."""
        Z = rows(Z, double=True)
        x, log_det = self._native.forward(Z, True)
        return x.reshape(Z.shape), log_det

    def windows(self, samples: Any) -> np.ndarray:
        """The rows that the model's front end makes of a recording ``[n, channels]``, or a list of them; integers are counts."""
        values, notes = self._native.windows(recordings(samples))
        note(notes)
        return values.reshape(-1, self.n_features_in_)

    # To the board

    def calibrate(
        self,
        X: Any,
        y: Any = None,
        *,
        false_alarm_rate: float,
        debounce: Optional[str] = None,
        combine: Optional[str] = None,
        drop_incomplete: bool = False,
    ) -> Model:
        """The model with thresholds, one for each number type, that new normal rows exceed with this probability at most.

        Rows must not have been trained on; those with ``y`` true are left out. ``debounce='3/5'`` raises an alarm while 3 of the last 5
        rows are anomalies.
        """
        features = None
        if self.feature_names == [f"x{i}" for i in range(self.n_features_in_)]:
            names = names_of(X)
            features = names if names is not None and len(names) == self.n_features_in_ else None
        X = self._rows(X, double=True)
        found = self._native.calibrate(
            X, labels(y), false_alarm_rate, debounce, combine, drop_incomplete, features
        )
        note(found[1])
        return Model(found[0])

    def generate(
        self,
        numeric: str = "f32",
        *,
        counts: Optional[str] = None,
        explain: Optional[int] = None,
        drift: Optional[int] = None,
        commission: bool = False,
        golden: bool = False,
        calibration: Any = None,
        blob: Optional[Union[str, os.PathLike]] = None,
        model_version: int = 1,
        sign: Optional[Union[str, os.PathLike]] = None,
    ) -> str:
        """The text of the Rust module, data only, which may have more than the model; the options are those of ``nice-flow generate``.

        ``explain=5`` is for 5 usual values of each input, by which the board says which is to blame; ``drift=10000`` for a test of slow
        changes, with so many rows or more between false alarms; ``commission`` for fitting the model to one machine; ``golden`` for a
        self-test. ``counts='unit=0.0122;zero=2048'`` takes an ADC's counts. ``calibration`` are normal rows that integers are scaled by,
        instead of those in the model. ``blob`` is a file to write: the model with all this as bytes of a ``model_version``, which firmware
        with this module can run in place of its own, signed by ``sign``, the Ed25519 secret key in a PEM file.
        """
        options = {
            "counts": counts,
            "explain": explain,
            "drift": drift,
            "commission": commission,
            "golden": golden,
            "version": None if blob is None else model_version,
            "sign": None if sign is None else os.fspath(sign),
        }
        if calibration is not None:
            calibration = self._rows(calibration, double=True)
        text, contents, notes = self._native.generate(numeric, options, calibration)
        note(notes)
        if blob is not None:
            write(blob, contents)
        return text

    def export_onnx(self, path: Union[str, os.PathLike], numeric: str = "f32") -> None:
        """Writes an ONNX file, of ``'f32'`` or ``'f64'`` numbers: rows ``x`` to ``z``, ``log_density``, ``score`` and ``anomalous``.

        An ensemble has ``z_0``, ``log_density_0`` and so on, of each flow. Scores are those of :meth:`score` up to rounding.
        """
        bytes, notes = self._native.onnx(numeric)
        note(notes)
        write(path, bytes)

    def report(self, X: Any, y: Any = None, numeric: str = "f64") -> Page:
        """One HTML page that stands alone, which a notebook shows; ``y`` says which rows are anomalies."""
        X = self._rows(X, double=True)
        return Page(self._native.report(X, labels(y), numeric))

    def threshold(self, numeric: str = "f64") -> Optional[float]:
        """The limit of scores in an arithmetic, or None."""
        return self._native.threshold(numeric)

    # What it is

    @property
    def feature_names(self) -> list[str]:
        """One name for each input."""
        return self._native.features

    @property
    def n_features_in_(self) -> int:
        """Length of an input vector."""
        return self._native.dim

    @property
    def name(self) -> str:
        """The name, which names what is generated."""
        return self._native.name

    @property
    def members(self) -> list[Model]:
        """The flows, each as a model without threshold."""
        return [Model(member) for member in self._native.members()]

    def save(self, path: Union[str, os.PathLike]) -> None:
        """Writes the model file, whole or not at all."""
        write(path, self.to_bytes())

    def to_bytes(self) -> bytes:
        """The bytes of the model file."""
        return self._native.to_bytes()

    def __reduce__(self):
        return loads, (self.to_bytes(),)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and self.to_bytes() == other.to_bytes()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        count = len(self._native.members())
        kind = "flow" if count == 1 else f"ensemble of {count} flows"
        return f"<nice_flow.Model {self.name}: {kind}, {self.n_features_in_} features, {self._native.macs} MACs>"

    def _repr_html_(self) -> str:
        return card(self._native)


def note(notes: Sequence[str]) -> None:
    """Warns of what the command would print as notes."""
    for text in notes:
        warnings.warn(text, Note, stacklevel=3)


def load(path: Union[str, os.PathLike]) -> Model:
    """The model in a file that ``Model.save`` or the command wrote."""
    with open(path, "rb") as file:
        return Model(_native.Model.from_bytes(file.read(), os.fspath(path)))


def loads(data: bytes) -> Model:
    """The model in the bytes of a model file."""
    return Model(_native.Model.from_bytes(bytes(data), "bytes"))

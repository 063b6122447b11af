"""The class ``Model``."""

from __future__ import annotations

import os
from typing import Any, NamedTuple, Optional, Sequence, Union

import numpy as np

from . import _native
from ._call import call, digest
from ._expect import LARGEST, MODULES, NUMERICS, VALUES, choice, listed, names, path_or_none, share, text_or_none, truth, whole, whole_or_none
from ._expect import path as path_of
from ._native import CheckError, Note
from ._notes import note
from ._page import Page, card
from ._rows import is_ready, labels, names_of, recordings, rows, unnamed

__all__ = ["Cause", "CheckError", "Model", "Note", "load", "loads"]

#: What a model that was trained here has in place of a file's name.
ROWS = "rows in memory"


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


def write(path: str, contents: bytes) -> None:
    """Writes a file, whole or not at all."""
    beside = f"{path}.{os.getpid()}.part"
    try:
        with open(beside, "wb") as file:
            file.write(contents)
        os.replace(beside, path)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, path) from None
    finally:
        if os.path.exists(beside):
            os.unlink(beside)


class Model:
    """A normalizing flow or an ensemble of them, which gives each row a score: ``-ln p(x)`` in nats, or for an ensemble by tails
    the mean tail score. Higher is stranger. It never changes, may be shared by threads, and can be pickled.

    ``numeric`` is the arithmetic, in every method that has it: ``'f64'`` is the reference; ``'f32'``, ``'i16'`` and ``'i8'`` give the
    bits of the module that :meth:`generate` writes. Rows are an array, or a table of pandas, polars or pyarrow, whose columns
    are found by their names; a masked cell or a null is NaN. A call is a recording: a moving baseline, and cells that are held, begin anew.
    A model of raw signals takes the rows that :meth:`windows` makes of samples.

    What the command prints as a note is a warning, :class:`Note`: once a model, that scored rows are unlike those it keeps, or what scales
    its integers; at each call, what :meth:`calibrate` and :meth:`generate` have to say.
    """

    __slots__ = ("_native",)

    def __init__(self, native: _native.Model):
        if not isinstance(native, _native.Model):
            raise ValueError(f"Model: expected load(path), loads(bytes), train(X) or a function from_… to make one, found {type(native).__name__}")
        self._native = native

    def _rows(self, X: Any, double: bool = False) -> np.ndarray:
        return X if is_ready(X, double) else self._other_rows(X, double)

    def _other_rows(self, X: Any, double: bool = False) -> np.ndarray:
        try:
            return rows(X, self.feature_names, double)
        except ValueError as error:
            if self._is_raw and getattr(X, "ndim", 0) == 1:
                raise ValueError("X: expected rows, found one dimension of raw samples: Model.windows makes rows of them") from error
            raise

    def _name_of(self, X: Optional[np.ndarray]) -> str:
        """What the text of a call names rows: ``X`` if the model was trained on them, else by the first digits of their SHA-256."""
        if X is None:
            return "X"
        file, _, sha256 = self._native.origin
        found = digest(X)
        return "X" if file == ROWS and found == sha256 else f"X_{found[:8]}"

    @property
    def _is_raw(self) -> bool:
        """Whether a front end makes the rows."""
        return self._native.collects[2] is not None

    # Density

    def score(self, X: Any, numeric: str = "f64", *, threads: int = 0) -> np.ndarray:
        """Scores, ``float64 [n]``; NaN for rows that the model ignores (``missing='ignore'``).

        The GIL is released; ``threads=0`` takes all cores, and no number takes more. C-contiguous arrays are not copied: of float64
        in ``'f64'``, of float32 in ``'f32'``, of either in integers.
        """
        # Checked where it failed: of a call of one row checks would take a tenth of the time.
        try:
            return self._native.score(X if is_ready(X) else self._other_rows(X), numeric, threads)
        except (TypeError, OverflowError):
            how(numeric, threads)
            raise

    def score_bits(self, X: Any, numeric: str = "f64", *, threads: int = 0) -> np.ndarray:
        """The bits of the scores, ``uint64`` of ``'f64'``, else ``uint32``: those that ``nice-flow score -o`` and the board have.

        A row that the model ignores has none, and is an error.
        """
        return self._native.score_bits(self._rows(X), *how(numeric, threads))

    def log_density(self, X: Any, numeric: str = "f64", *, threads: int = 0) -> np.ndarray:
        """``ln p(x)`` in nats, ``float64 [n]``; an error of an ensemble by tails, whose scores are no densities."""
        if self._native.unit != "nats":
            message = "log_density: expected a model whose scores are nats, found an ensemble by tails"
            raise ValueError(f"{message}; Model.calibrate with combine='density' makes one")
        return -self._native.score(self._rows(X), *how(numeric, threads))

    def anomalous(self, X: Any, numeric: str = "f64", *, threads: int = 0) -> np.ndarray:
        """Whether each row is an anomaly, ``bool [n]``: its score is above the threshold, or not finite.

        A model without a threshold says so: see :meth:`calibrate`.
        """
        X, (numeric, threads) = self._rows(X), how(numeric, threads)
        if self._native.threshold(numeric) is None:
            note(["no threshold (Model.calibrate makes one): of such a model only rows without a finite score are anomalous"])
        return self._native.anomalous(X, numeric, threads)

    def explain(self, X: Any, numeric: str = "f64", *, most: int = 3, values: int = 15) -> list[list[Cause]]:
        """Of each row that is an anomaly, at most ``most`` inputs to blame, worst first; of others none.

        They are those of ``nice-flow score --why`` and, with as many usual ``values`` (3, 5, 7 or 15), of the board.
        """
        X, (numeric, _), most = self._rows(X, double=True), how(numeric), whole("most", most, 1, LARGEST)
        found = self._native.explain(X, numeric, most, choice("values", values, VALUES))
        names = self.feature_names
        return [[Cause(names[input], *numbers) for input, *numbers in causes] for causes in found]

    def sample(self, n: int = 1, *, seed: int = 0) -> np.ndarray:
        """Rows drawn from the model, ``float64 [n, D]``; the same for the same seed. At most 2 GiB of them are drawn at once.

        Rows of a model with a moving baseline are above it, which is said.
        """
        n, seed = whole("n", n, 1, LARGEST), whole("seed", seed, 0, LARGEST)
        return self._native.sample(n, seed).reshape(n, -1)

    def forward(self, X: Any) -> tuple[np.ndarray, np.ndarray]:
        """``z = f(x)`` and ``ln |det dz/dx|`` of each row, of a model of one flow; above its moving baseline, if it has one, which is said."""
        X = self._rows(X, double=True)
        z, log_det = self._native.forward(X, False)
        return z.reshape(X.shape), log_det

    def inverse(self, Z: Any) -> tuple[np.ndarray, np.ndarray]:
        """``x = f⁻¹(z)`` and ``ln |det dx/dz|`` of each row, of a model of one flow; above its moving baseline, if it has one, which is said."""
        Z = rows(Z, double=True, name="Z")
        if Z.shape[1] != self.n_features_in_:
            raise ValueError(f"Z: expected {self.n_features_in_} columns, found {Z.shape[1]}")
        x, log_det = self._native.forward(Z, True)
        return x.reshape(Z.shape), log_det

    def windows(self, samples: Any) -> np.ndarray:
        """The rows that the model's front end makes of a recording ``[n, channels]``, or a list of them; integers are counts. The channels of a
        table are found by their names."""
        values, notes = self._native.windows(recordings(samples, "samples", self._native.collects[2]))
        note(notes)
        return values.reshape(-1, self.n_features_in_)

    # To the board

    def calibrate(
        self,
        X: Any = None,
        y: Any = None,
        *,
        false_alarm_rate: float,
        debounce: Optional[str] = None,
        combine: Optional[str] = None,
        drop_incomplete: bool = False,
    ) -> Model:
        """The model with thresholds, one for each number type, that new normal rows exceed with this probability at most.

        Rows must not have been trained on; those with ``y`` true are left out. Without rows, those that an earlier calibration left in the
        model, at most 2000, are used again. ``debounce='3/5'`` raises an alarm while 3 of the last 5 rows are anomalies;
        ``combine='tail'``, ``'max'`` or ``'density'`` says how the scores of several flows become one. Rows with a missing cell count as
        the highest scores, as on a board, unless ``drop_incomplete``. Warnings (:class:`Note`) say what speaks against the promise.
        """
        said = {
            "false_alarm_rate": false_alarm_rate,
            "debounce": debounce,
            "combine": combine,
            "drop_incomplete": drop_incomplete,
        }
        if X is None and y is not None:
            raise ValueError("y: expected together with X, found labels without rows")
        share("false_alarm_rate", false_alarm_rate)
        text_or_none("debounce", debounce, "3/5")
        if combine is not None:
            choice("combine", combine, ("tail", "max", "density"))
            if len(self.members) == 1:
                raise ValueError("combine: expected none for a model of one flow; train with members=3 or more")
        truth("drop_incomplete", drop_incomplete)
        features = None
        if unnamed(self.feature_names):
            found = names_of(X) or []
            # Columns that have one of the model's names are found by it, and are no other names for the inputs.
            if len(found) == self.n_features_in_ and not set(found) & set(self.feature_names):
                features = names("X", found)
        X = None if X is None else self._rows(X, double=True)
        first = [name for name, value in ((self._name_of(X), X), ("y", y)) if value is not None]
        told = call("model.calibrate", first, said, Model.calibrate.__kwdefaults__)
        options = (labels(y), float(false_alarm_rate), debounce, combine, bool(drop_incomplete), features, told)
        try:
            native, notes = self._native.calibrate(X, *options)
        except ValueError as error:
            if drop_incomplete or "rows without a finite score" not in str(error):
                raise
            raise ValueError(f"{error}; drop_incomplete=True leaves rows with a missing cell out") from error
        note(notes)
        return Model(native)

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
        choice("numeric", numeric, MODULES)
        if explain is not None:
            choice("explain", explain, VALUES)
        blob, model_version = path_or_none("blob", blob), whole("model_version", model_version, 0, 2**32 - 1)
        if blob is None and model_version != 1:
            raise ValueError(f"model_version: expected together with blob, found {model_version} without")
        options = {
            "counts": text_or_none("counts", counts, "unit=0.0122;zero=2048"),
            "explain": explain,
            "drift": whole_or_none("drift", drift, 2, 2**32 - 1),
            "commission": truth("commission", commission),
            "golden": truth("golden", golden),
            "version": None if blob is None else model_version,
            "sign": path_or_none("sign", sign),
        }
        if blob is not None and self.threshold(numeric) is None:
            raise ValueError("blob: expected a model with a threshold, which Model.calibrate gives it, found none")
        if calibration is not None:
            calibration = rows(calibration, self.feature_names, True, "calibration")
            if calibration.shape[1] != self.n_features_in_:
                columns = f"{self.n_features_in_} columns ({listed(self.feature_names)})"
                raise ValueError(f"calibration: expected {columns}, found {calibration.shape[1]}")
        text, contents, notes = self._native.generate(numeric, options, calibration)
        note(notes)
        if blob is not None:
            write(blob, contents)
        return text

    def export_onnx(self, path: Union[str, os.PathLike], numeric: str = "f32") -> None:
        """Writes an ONNX file, of ``'f32'`` or ``'f64'`` numbers: rows ``x`` to ``z``, ``log_density``, ``score`` and ``anomalous``.

        An ensemble has ``z_0``, ``log_density_0`` and so on, of each flow. Scores are those of :meth:`score` up to rounding.
        """
        path = path_of("path", path)
        bytes, notes = self._native.onnx(choice("numeric", numeric, ("f32", "f64")))
        note(notes)
        write(path, bytes)

    def report(self, X: Any, y: Any = None, numeric: str = "f64") -> Page:
        """One HTML page that stands alone, which a notebook shows; ``y`` says which rows are anomalies."""
        X, (numeric, _) = self._rows(X, double=True), how(numeric)
        if len(X) == 0:
            raise ValueError("X: expected rows, found none")
        return Page(self._native.report(X, labels(y), numeric))

    def threshold(self, numeric: str = "f64") -> Optional[float]:
        """The limit of scores in an arithmetic, or None."""
        return self._native.threshold(how(numeric)[0])

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
        write(path_of("path", path), self.to_bytes())

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


def how(numeric: Any, threads: Any = 0) -> tuple[str, int]:
    """An arithmetic and a number of threads; an error of anything else."""
    if type(numeric) is not str or numeric not in NUMERICS:
        choice("numeric", numeric, NUMERICS)
    return numeric, threads if type(threads) is int and 0 <= threads <= LARGEST else whole("threads", threads, 0, LARGEST)


def load(path: Union[str, os.PathLike]) -> Model:
    """The model in a file that ``Model.save`` or the command wrote."""
    path = path_of("path", path)
    with open(path, "rb") as file:
        return Model(_native.Model.from_bytes(file.read(), path))


def loads(data: bytes) -> Model:
    """The model in the bytes of a model file."""
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise ValueError(f"data: expected the bytes of a model file, found {type(data).__name__}; load takes a path")
    return Model(_native.Model.from_bytes(bytes(data), "data"))

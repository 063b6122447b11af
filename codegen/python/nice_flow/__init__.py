"""Exact-likelihood anomaly detection, in the arithmetic of the microcontroller that will run it.

Train on normal rows, calibrate on others, and write the Rust module for the board:

>>> import numpy as np
>>> import nice_flow
>>> X = np.random.default_rng(0).normal(size=(600, 3))
>>> model = nice_flow.train(X[:400], members=1, steps=50)
>>> model = model.calibrate(X[400:], false_alarm_rate=0.02)
>>> model.anomalous([[0.1, 0.2, 0.3], [0.1, 9.0, 0.3]], numeric="i8")
array([False,  True])
>>> module = model.generate("i8")          # write it to src/pump.rs
>>> module.startswith("// @generated")
True

Scores are ``-ln p(x)`` in nats; with ``numeric="f32"``, ``"i16"`` or ``"i8"`` they have the bits that the board computes. A flow that was trained
in PyTorch or JAX is imported live: :func:`from_zuko`, :func:`from_nflows`, :func:`from_normflows`, :func:`from_freia`,
:func:`from_lampe`, :func:`from_sbi`, :func:`from_flowjax`, :func:`from_torch`.
"""

from ._conditional import from_lampe, from_sbi
from ._live import from_flowjax, from_freia, from_nflows, from_normflows, from_torch, from_zuko
from ._model import Cause, CheckError, Model, Note, load, loads
from ._native import __version__
from ._train import train

__all__ = [
    "Cause",
    "CheckError",
    "Model",
    "Note",
    "from_flowjax",
    "from_freia",
    "from_lampe",
    "from_nflows",
    "from_normflows",
    "from_sbi",
    "from_torch",
    "from_zuko",
    "load",
    "loads",
    "train",
    "__version__",
]

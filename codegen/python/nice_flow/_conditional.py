"""Live flows ``p(x | c)`` that are given a context ``c``: one that never changes or, where the layout takes it, numbers of each row."""

from __future__ import annotations

from typing import Any, Callable, Sequence

import numpy as np

from ._live import dim_of_zuko, from_torch
from ._model import Model


def from_lampe(npe: Any, context: Sequence[Any], probe: Any = None, **options: Any) -> Model:
    """lampe's ``NPE`` or another flow ``p(x | c)`` over zuko's ``NICE`` or ``MAF``, with its context ``c``: numbers that never change, or the
    names of numbers that do, which are then inputs of the model behind those of ``x``, in the probe too."""
    dim = dim_of_zuko(npe)
    log_prob, width, setting = given(lambda f, x, c: f(x, c), context, dim)
    return from_torch(npe, log_prob, probe, dim=width, layout="zuko", context=setting, **options)


def from_sbi(estimator: Any, context: Sequence[float], probe: Any = None, **options: Any) -> Model:
    """sbi's density estimator ``p(x | c)`` for a context ``c`` that never changes: ``nice_flow.from_sbi(estimator, x_o)``.

    It is what ``inference.train()`` returns, a ``maf``, ``zuko_maf`` or ``zuko_nice``; or a posterior, whose estimator is taken: without the
    prior's bounds and what leaks beyond them. The layers by which sbi standardises belong to the model, which takes rows and context in
    raw units.
    """
    estimator = getattr(estimator, "posterior_estimator", estimator)
    net, shapes = getattr(estimator, "net", None), [getattr(estimator, name, None) for name in ("input_shape", "condition_shape")]
    if net is None or None in shapes:
        raise ValueError(f"estimator: expected a density estimator or a posterior of sbi, found {type(estimator).__name__}")
    dim, length = (int(np.prod(shape)) for shape in shapes)
    context = np.asarray(context, dtype=np.float64).reshape(-1)
    if len(context) != length:
        raise ValueError(f"context: expected {length} numbers, found {len(context)}")

    def log_prob(f: Any, x: Any, c: Any) -> Any:
        # One sample of as many contexts as there are rows.
        return f.log_prob(x.reshape(1, -1, *shapes[0]), c.reshape(-1, *shapes[1]))

    if probe is None:
        probe = drawn(estimator, context.reshape(shapes[1])).reshape(-1, dim)
    log_prob, width, setting = given(log_prob, list(context), dim)
    layout = "zuko" if type(net).__module__.startswith("zuko") else "nflows"
    # nflows has functions where others have modules, so that none is read off.
    guesses = [{}] if layout == "zuko" else [{"activation": name} for name in ("tanh", "relu")]
    guesses = options.pop("guesses", guesses)
    return from_torch(estimator, log_prob, probe, dim=width, layout=layout, context=setting, guesses=guesses, **options)


def drawn(estimator: Any, context: np.ndarray) -> np.ndarray:
    """Rows of a density estimator of sbi, whose units say how far apart they lie, and as many that are shaken."""
    import copy

    import torch

    # nflows draws in single precision only.
    single = copy.deepcopy(estimator).to("cpu").float().eval()
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        x = single.sample((64,), torch.from_numpy(context).float()[None]).reshape(64, -1).double().numpy()
    beside = x + 2 * x.std(0) * np.random.default_rng(0).standard_normal(x.shape)
    return np.concatenate([x, beside])


def given(log_prob: Callable[[Any, Any, Any], Any], context: Sequence[Any], dim: int) -> tuple[Callable, int, str]:
    """``log_prob`` of a flow, of ``dim`` inputs and of a context, as one of rows alone; the length of such a row; and ``--set context=``."""
    import torch

    if context and all(isinstance(name, str) for name in context):
        return lambda f, x: log_prob(f, x[:, :dim], x[:, dim:]), dim + len(context), ",".join(context)
    c = torch.tensor([float(number) for number in context], dtype=torch.float64)
    return lambda f, x: log_prob(f, x, c.expand(len(x), -1)), dim, ",".join(repr(number) for number in c.tolist())

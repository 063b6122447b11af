"""Live flows ``p(x | c)`` that are given a context ``c``: one that never changes or, where the layout takes it, numbers of each row."""

from __future__ import annotations

from typing import Any, Optional, Sequence

import numpy as np

from ._context import context_of, given, shown
from ._live import dim_of_zuko
from ._model import Model
from ._proof import Probe, Wish, no_flow, of_torch, with_probe


def from_lampe(
    npe: Any,
    context: Sequence[Any],
    probe: Any = None,
    *,
    standardise: Any = None,
    feature_names: Optional[Sequence[str]] = None,
    name: Optional[str] = None,
    **settings: Any,
) -> Model:
    """lampe's ``NPE``, or zuko's own ``NICE`` or ``MAF`` that is given a context ``c``.

    ``context`` are numbers that never change; or the names of numbers that do, which are then inputs of the model behind those of ``x``,
    in the probe too. The options are those of :func:`from_torch`; ``feature_names`` may leave the context's out.
    """
    dim = dim_of_zuko("npe", npe)
    log_prob, width, setting = given(ln_p, context_of(context), dim)
    wish = Wish("from_lampe", with_probe(["npe", shown(context)], probe), standardise, feature_names, name, settings)
    return of_torch(npe, log_prob, probe, width, "zuko", [{}], wish, context=setting)


def ln_p(flow: Any, x: Any, c: Any) -> Any:
    """``ln p(x | c)`` of lampe's flow, or of zuko's, which gives a distribution."""
    is_of_zuko = any(kind.__module__.startswith("zuko.") for kind in type(flow).__mro__)
    return flow(c).log_prob(x) if is_of_zuko else flow(x, c)


def from_sbi(
    estimator: Any,
    context: Sequence[float],
    probe: Any = None,
    *,
    standardise: Any = None,
    feature_names: Optional[Sequence[str]] = None,
    name: Optional[str] = None,
    **settings: Any,
) -> Model:
    """sbi's density estimator ``p(x | c)`` for a context ``c`` that never changes: ``nice_flow.from_sbi(estimator, x_o)``.

    It is what ``inference.train()`` returns, a ``maf``, ``zuko_maf`` or ``zuko_nice``; or a posterior, whose estimator is taken: without the
    prior's bounds and what leaks beyond them. The layers by which sbi standardises belong to the model, which takes rows and context in
    raw units. An embedding net of linear layers and activations, such as ``FCEmbedding``, is worked into the context. The options are
    those of :func:`from_torch`.
    """
    estimator = getattr(estimator, "posterior_estimator", estimator)
    net, shapes = getattr(estimator, "net", None), [getattr(estimator, name, None) for name in ("input_shape", "condition_shape")]
    if net is None or None in shapes:
        raise no_flow("estimator", estimator, "a density estimator or a posterior of sbi")
    dim, length = (int(np.prod(shape)) for shape in shapes)
    numbers = context_of(context)
    if any(isinstance(number, str) for number in numbers):
        raise ValueError(f"context: expected {length} numbers, which never change, found names; a file takes them: nice-flow import --set context=")
    if len(numbers) != length:
        raise ValueError(f"context: expected {length} numbers, found {len(numbers)}")

    def log_prob(f: Any, x: Any, c: Any) -> Any:
        # One sample of as many contexts as there are rows.
        return f.log_prob(x.reshape(1, -1, *shapes[0]), c.reshape(-1, *shapes[1]))

    wish = Wish("from_sbi", with_probe(["estimator", shown(context)], probe), standardise, feature_names, name, settings)
    if probe is None:
        probe = drawn(estimator, np.array(numbers).reshape(shapes[1]), dim)
    log_prob, width, setting = given(log_prob, numbers, dim)
    layout = "zuko" if type(net).__module__.startswith("zuko") else "nflows"
    # Where the function does not say what it is: sbi's usual one, then nflows'.
    guesses = [{}] if layout == "zuko" else [{"activation": name} for name in ("tanh", "relu")]
    return of_torch(estimator, log_prob, probe, width, layout, guesses, wish, context=setting)


def drawn(estimator: Any, context: np.ndarray, dim: int) -> Probe:
    """Rows of a density estimator of sbi, whose units say how far apart they lie, as many that are shaken, and some far out."""
    import copy

    import torch

    # nflows draws in single precision only.
    single = copy.deepcopy(estimator).to("cpu").float().eval()
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        x = single.sample((64,), torch.from_numpy(context).float()[None]).reshape(64, dim).double().numpy()
    random = np.random.default_rng(0)
    beside = x + 2 * x.std(0) * random.standard_normal(x.shape)
    far = x[:16] + np.repeat([30.0, 300.0], 8)[:, None] * x.std(0) * random.standard_normal((16, dim))
    return Probe(np.concatenate([x, beside, far]), 2 * len(x))

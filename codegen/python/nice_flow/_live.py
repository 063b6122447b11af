"""Live flows of other libraries: the weights, and the proof that they were read rightly, both from the object itself.

Each function computes the flow's own ``ln p`` of some rows, hands the tensors to the importer, and raises :class:`CheckError` unless the
imported model gives the same densities. What a library does not store (an activation, a clamp) is read off the modules, or tried in
turn, and the densities decide. They prove as much as the probe's rows show: by default rows of up to 5 deviations, and some of 30 and 300,
where the flow has finite densities. A module or function of the user's own, which may be unlike any activation elsewhere, is named in a
note. They prove the flow alone: not the standardisation in front of it, nor names.
"""

from __future__ import annotations

import sys
from inspect import signature
from typing import Any, Callable, Optional, Sequence

import numpy as np

from ._activations import all_in
from ._context import context_of, given, shown
from ._expect import MOST_INPUTS, choice, function, path_or_none, text_or_none, whole, wrong
from ._model import Model
from ._proof import Wish, evaluated, expect_module, no_flow, of_torch, own, probe_rows, proven, with_probe


def from_torch(
    flow: Any,
    log_prob: Callable[[Any, Any], Any],
    probe: Any = None,
    *,
    dim: int,
    layout: Optional[str] = None,
    manifest: Optional[str] = None,
    standardise: Any = None,
    feature_names: Optional[Sequence[str]] = None,
    name: Optional[str] = None,
    guesses: Sequence[dict] = ({},),
    **settings: Any,
) -> Model:
    """A flow that is a PyTorch module, of any layout that ``nice-flow import`` knows, or of any other by a manifest.

    ``log_prob(flow, x)`` gives the flow's own log-densities; it receives a copy in float64, on the CPU, in evaluation mode. ``probe`` are
    rows as the flow takes them, by default normal ones of several widths, of 0.3 to 300. ``standardise`` is a fitted scikit-learn scaler, or a pair of
    mean and scale, that rows go through before the flow; the model then takes raw units, and the scaler's names of features.
    ``settings`` are what the layout does not store, as the command's ``--set`` takes them: ``prior="logistic"``, or
    ``activation="relu"`` where a module or function does not say what it is. One that says nothing of this flow is an error. Of a flow that
    is given a context ``context=["speed", "load"]`` names its numbers, which rows then have behind the others and ``log_prob`` hands on:
    ``lambda f, x: f(x[:, 4:]).log_prob(x[:, :4])``, with ``dim=6``.
    """
    layout, manifest = text_or_none("layout", layout, "zuko"), path_or_none("manifest", manifest)
    wish = Wish("from_torch", with_probe(["flow", "log_prob"], probe), standardise, feature_names, name, settings, manifest)
    expect_module("flow", flow, "a PyTorch module")
    function("log_prob", log_prob, "a function of the flow and of rows")
    dim = whole("dim", dim, 1, MOST_INPUTS)
    if not isinstance(guesses, (list, tuple)) or not guesses or not all(isinstance(guess, dict) for guess in guesses):
        raise wrong("guesses", "a list of settings, each a dict", guesses)
    given = {"layout": layout, "guesses": None if list(guesses) == [{}] else guesses, **settings}
    idle = [name for name, value in given.items() if value is not None]
    if manifest is not None and idle:
        raise ValueError(f"{idle[0]}: expected none with a manifest, which says how the tensors are to be read, found {given[idle[0]]!r}")
    reading = wish.reading(layout, type(flow).__name__, {"dim": dim, "layout": layout})
    return of_torch(flow, log_prob, probe, dim, layout, guesses, wish, reading)


def from_zuko(
    flow: Any,
    probe: Any = None,
    *,
    standardise: Any = None,
    feature_names: Optional[Sequence[str]] = None,
    name: Optional[str] = None,
    **settings: Any,
) -> Model:
    """zuko's ``NICE``, additive or affine, or ``MAF``: ``nice_flow.from_zuko(flow, standardise=scaler)``. The options are those of
    :func:`from_torch`."""
    wish = Wish("from_zuko", with_probe(["flow"], probe), standardise, feature_names, name, settings)
    return of_torch(flow, lambda f, x: f().log_prob(x), probe, dim_of_zuko("flow", flow), "zuko", [{}], wish)


def dim_of_zuko(name: str, flow: Any) -> int:
    """How many numbers a row of a flow of zuko has: each coupling has a mask of them, each autoregressive layer their order."""
    expect_module(name, flow, "zuko's NICE or MAF")
    found = (value.numel() for key, value in flow.state_dict().items() if key.rpartition(".")[2] in ("mask", "order"))
    dim = next(found, None)
    if dim is None:
        raise ValueError(f"{name}: expected zuko's NICE or MAF, found {type(flow).__name__} without masks or orders")
    return dim


def from_nflows(
    flow: Any,
    probe: Any = None,
    *,
    standardise: Any = None,
    feature_names: Optional[Sequence[str]] = None,
    name: Optional[str] = None,
    **settings: Any,
) -> Model:
    """nflows' ``Flow`` of couplings, autoregressive and linear layers and permutations. The options are those of :func:`from_torch`."""
    wish = Wish("from_nflows", with_probe(["flow"], probe), standardise, feature_names, name, settings)
    expect_module("flow", flow, "nflows' Flow")
    shape = getattr(getattr(flow, "_distribution", None), "_shape", None)
    if shape is None:
        raise no_flow("flow", flow, "nflows' Flow over a distribution with a shape")
    guesses = [{}, {"scale": "softplus"}]
    return of_torch(flow, lambda f, x: f.log_prob(x), probe, int(np.prod(shape)), "nflows", guesses, wish)


def from_normflows(
    model: Any,
    probe: Any = None,
    *,
    context: Optional[Sequence[Any]] = None,
    standardise: Any = None,
    feature_names: Optional[Sequence[str]] = None,
    name: Optional[str] = None,
    **settings: Any,
) -> Model:
    """normflows' ``NormalizingFlow``; its splits, scales and swaps, which a file does not store, are read off the modules.

    A ``ConditionalNormalizingFlow`` takes a ``context``: numbers that never change; or the names of numbers that do, which are then inputs of
    the model behind those of ``x``, in the probe too; ``feature_names`` may leave them out. The options are those of :func:`from_torch`.
    """
    first = [*with_probe(["model"], probe), *([] if context is None else [f"context={shown(context)}"])]
    wish = Wish("from_normflows", first, standardise, feature_names, name, settings)
    expect_module("model", model, "normflows' NormalizingFlow")
    base = getattr(model, "q0", None)
    shape = getattr(base, "shape", None) or getattr(base, "dim", None)
    if shape is None or not hasattr(model, "flows"):
        raise no_flow("model", model, "normflows' NormalizingFlow over a base of known shape")
    known: dict = {}
    for module in model.modules():
        kind = type(module).__name__
        if kind == "Split":
            known["split"] = module.mode
        if kind == "AffineCoupling" and getattr(module, "scale", False):
            known["scale"] = module.scale_map
    if any(type(flow).__name__ == "Permute" and flow.mode == "swap" for flow in model.flows):
        known.update(gaps="swap", flows=len(model.flows))
    dim = int(np.prod(shape))
    if context is None:
        return of_torch(model, lambda f, x: f.log_prob(x), probe, dim, "normflows", [known, {}], wish)
    if "context" not in signature(model.log_prob).parameters:
        raise ValueError(f"context: expected none of a {type(model).__name__}, a ConditionalNormalizingFlow takes one, found {shown(context)}")
    log_prob, width, setting = given(lambda f, x, c: f.log_prob(x, context=c), context_of(context), dim)
    return of_torch(model, log_prob, probe, width, "normflows", [known, {}], wish, context=setting)


def from_freia(
    inn: Any,
    probe: Any = None,
    *,
    prior: str = "normal",
    standardise: Any = None,
    feature_names: Optional[Sequence[str]] = None,
    name: Optional[str] = None,
    **settings: Any,
) -> Model:
    """FrEIA's ``SequenceINN`` or ``GraphINN``, which knows no prior: ``prior`` is ``'normal'`` or ``'logistic'``. The options are those of
    :func:`from_torch`."""
    choice("prior", prior, ("normal", "logistic"))
    said = {"prior": prior} if prior != "normal" else {}
    wish = Wish("from_freia", with_probe(["inn"], probe), standardise, feature_names, name, {**said, **settings})
    expect_module("inn", inn, "FrEIA's SequenceINN or GraphINN")
    # A sequence's, by its version, or a graph's.
    shapes = next(filter(None, (getattr(inn, key, None) for key in ("global_in_shapes", "shapes", "dims_in"))), None)
    if not shapes:
        raise no_flow("inn", inn, "FrEIA's SequenceINN or GraphINN")

    def log_prob(f: Any, x: Any) -> Any:
        import torch

        z, log_det = f(x)
        if prior == "normal":
            return -0.5 * (z**2).sum(1) - 0.5 * z.shape[1] * np.log(2 * np.pi) + log_det
        softplus = torch.nn.functional.softplus
        return (-softplus(z) - softplus(-z)).sum(1) + log_det

    # An additive block has a clamp too, which it does not use; other layers have some of their own.
    coupled = (module for module in inn.modules() if any(name.startswith("subnet") for name, _ in module.named_children()))
    blocks = [module for module in coupled if hasattr(module, "clamp") and type(module).__name__ != "NICECouplingBlock"]
    # Blocks that may keep volume are those of one subnet for a part.
    joint = [block for block in blocks if type(block).__name__ != "RNVPCouplingBlock"]
    gins = [type(block).__name__ == "GINCouplingBlock" or bool(getattr(block, "GIN", False)) for block in joint]
    known = {"clamp": ",".join(str(float(block.clamp)) for block in blocks)} if blocks else {}
    if any(gins):
        known["gin"] = ",".join(str(one).lower() for one in gins)
    kinds: list[dict] = [{}]
    turned = [getattr(block, "reverse_pre_permute", False) for block in blocks if type(block).__name__ == "AllInOneBlock"]
    if any(turned):
        known["reverse_permutation"] = ",".join(str(bool(one)).lower() for one in turned)
    if turned:
        scales = ("SOFTPLUS", "SIGMOID", "EXP")
        kinds = [{"variant": variant} for variant in ("pypi", "git")]
        kinds += [{**kind, "global_scale": scale.lower()} for kind in kinds for scale in scales]
    elif blocks:
        kinds = [{"clamp_activation": shape} for shape in ("atan", "tanh", "sigmoid")]
    guesses = [{**known, **kind} for kind in kinds] + [known]
    return of_torch(inn, log_prob, probe, int(np.prod(shapes[0])), "freia", guesses, wish, prior=prior)


def from_flowjax(
    flow: Any,
    probe: Any = None,
    *,
    context: Optional[Sequence[Any]] = None,
    standardise: Any = None,
    feature_names: Optional[Sequence[str]] = None,
    name: Optional[str] = None,
    **settings: Any,
) -> Model:
    """flowjax's ``coupling_flow`` or ``masked_autoregressive_flow``. Its densities are as exact as JAX computes them:
    ``jax.config.update("jax_enable_x64", True)`` first.

    A flow with ``cond_dim`` takes a ``context``: numbers that never change; or the names of numbers that do, which are then inputs of the
    model behind those of ``x``, in the probe too; ``feature_names`` may leave them out. The options are those of :func:`from_torch`.
    """
    first = [*with_probe(["flow"], probe), *([] if context is None else [f"context={shown(context)}"])]
    wish = Wish("from_flowjax", first, standardise, feature_names, name, settings)
    if isinstance(flow, type) or not (hasattr(flow, "shape") and hasattr(flow, "log_prob")):
        raise no_flow("flow", flow, "a distribution of flowjax")
    import equinox
    import jax

    leaves, _ = jax.tree_util.tree_flatten_with_path(equinox.filter(thawed(flow), equinox.is_array))
    tensors = [(jax.tree_util.keystr(path), np.asarray(leaf, dtype=np.float64)) for path, leaf in leaves]
    log_prob, width, said = given_to_flowjax(flow, context)
    x = probe_rows(probe, width)
    probed = evaluated(x, own(log_prob, flow, x.rows, len(x.rows), said.get("context")))
    known, unknown = all_in([leaf for leaf in jax.tree_util.tree_leaves(flow) if callable(leaf)])
    # A Student's t says so by its degrees of freedom.
    heavy = any("base_dist.df." in path for path, _ in tensors)
    priors: list[dict] = [{}] if heavy else [{"prior": prior} for prior in ("normal", "logistic")]
    kinds = [{**prior, **kind} for kind in ({}, {"transformer": "affine"}) for prior in priors]
    guesses = [{"activation": one, **kind} for one in known for kind in kinds] + kinds
    file = wish.name or "flowjax"
    return proven(file, tensors, wish.reading("flowjax", type(flow).__name__), {**said, **settings}, guesses, probed, unknown)


def given_to_flowjax(flow: Any, context: Optional[Sequence[Any]]) -> tuple[Callable[[Any, Any], Any], int, dict[str, str]]:
    """``log_prob`` of a flow as one of rows alone; the length of such a row; and the settings that say the context."""
    dim = int(np.prod(flow.shape))
    if context is None:
        return lambda f, x: f.log_prob(x), dim, {}
    if getattr(flow, "cond_shape", None) is None:
        raise ValueError(f"context: expected none of a flow without cond_dim, found {shown(context)}")
    numbers = context_of(context)
    if isinstance(numbers[0], str):
        return lambda f, x: f.log_prob(x[:, :dim], x[:, dim:]), dim + len(numbers), {"context": ",".join(numbers)}
    c = np.array(numbers)
    return lambda f, x: f.log_prob(x, np.tile(c, (len(x), 1))), dim, {"context": ",".join(map(repr, numbers))}


def thawed(flow: Any) -> Any:
    """The flow with frozen parts as they are without ``paramax.non_trainable``, which wraps them."""
    import jax

    paramax = sys.modules.get("paramax")  # of flowjax, if it is as new
    if paramax is None:
        return flow

    def is_frozen(part: Any) -> bool:
        return isinstance(part, paramax.NonTrainable)

    return jax.tree_util.tree_map(lambda part: part.tree if is_frozen(part) else part, flow, is_leaf=is_frozen)

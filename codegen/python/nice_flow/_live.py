"""Live flows of other libraries: the weights, and the proof that they were read rightly, both from the object itself.

Each function computes the flow's own ``ln p`` of some rows, hands the tensors to the importer, and raises :class:`CheckError` unless the
imported model gives the same densities. What a library does not store (an activation, a clamp) is read off the modules, or tried in
turn: since the densities decide, no guess can be wrong. They prove the flow alone: not the standardisation in front of it, nor names.
"""

from __future__ import annotations

from typing import Any, Callable, Optional, Sequence

import numpy as np

from . import _native
from ._model import CheckError, Model

#: Modules whose class names an activation that the importer knows.
ACTIVATIONS = {
    "ELU": "elu",
    "GELU": "gelu",
    "Hardswish": "hardswish",
    "LeakyReLU": "leaky_relu",
    "Mish": "mish",
    "ReLU": "relu",
    "ReLU6": "relu6",
    "SELU": "selu",
    "SiLU": "silu",
    "Sigmoid": "sigmoid",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Tanh": "tanh",
}

#: Rows of a probe.
MOST = 256


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
    rows as the flow takes them, by default normal ones of several widths. ``standardise`` is a fitted scikit-learn scaler, or a pair of
    mean and scale, that rows go through before the flow; the model then takes raw units. ``settings`` are what the layout does not
    store, as ``--set`` takes them: ``prior="logistic"``.
    """
    import copy

    import torch

    exact = copy.deepcopy(flow).to("cpu").double().eval()
    x = probe_rows(probe, dim)
    with torch.no_grad():
        densities = own(log_prob, exact, torch.from_numpy(x)).to(torch.float64).reshape(-1).numpy()
    tensors = [(key, value.detach().cpu().double().numpy()) for key, value in flow.state_dict().items() if torch.is_tensor(value)]
    reading = {
        "layout": layout,
        "manifest": manifest,
        "standardise": scaler(standardise),
        "features": None if feature_names is None else list(feature_names),
    }
    # Several where a library uses one elsewhere, as FrEIA does a softplus for scales.
    found = sorted({activation(module) for module in flow.modules()} - {None})
    guesses = [{"activation": name, **guess} for name in found for guess in guesses] + list(guesses)
    guesses = [{}] if manifest is not None else guesses
    return proven(name or type(flow).__name__, tensors, reading, settings, guesses, (x, densities))


def own(log_prob: Callable[[Any, Any], Any], flow: Any, x: Any) -> Any:
    """The flow's own log-densities."""
    try:
        return log_prob(flow, x)
    except (AttributeError, RuntimeError, TypeError) as error:
        message = f"flow: expected log-densities of {len(x)} rows of {x.shape[1]} numbers, found an error: {error}"
        advice = "a flow that is given a context is read live by from_lampe and from_sbi, others from a file: nice-flow import --set context="
        raise ValueError(f"{message} ({advice})") from error


def proven(name: str, tensors: list, reading: dict, settings: dict, guesses: Sequence[dict], probe: tuple) -> Model:
    """The model of the first guess that the probe proves. If there is none: the error of one that could be read, with the readings that
    would agree."""
    tensors = [(key, np.ascontiguousarray(value)) for key, value in tensors]

    def attempt(guess: dict, search: bool) -> Model:
        pairs = [(key, str(value)) for key, value in {**guess, **settings}.items()]
        native, _, _ = _native.import_tensors(name, tensors, {}, {**reading, "set": pairs, "search": search}, *probe)
        return Model(native)

    failures: list[tuple[dict, ValueError]] = []
    for guess in guesses:
        try:
            return attempt(guess, search=False)
        except ValueError as error:
            failures.append((guess, error))
    readable = [guess for guess, error in failures if isinstance(error, CheckError)]
    return attempt(readable[0] if readable else failures[0][0], search=True)


def probe_rows(probe: Any, dim: int) -> np.ndarray:
    """The rows given, at most 256 of them; or 64 normal ones of four widths, and a row of zeros among them."""
    if probe is not None:
        x = np.asarray(probe, dtype=np.float64)
        return np.ascontiguousarray(x.reshape(-1, dim)[:MOST])
    x = np.random.default_rng(0).standard_normal((64, dim)) * np.repeat([0.3, 1.0, 2.0, 5.0], 16)[:, None]
    x[0] = 0
    return x


def scaler(given: Any) -> Optional[tuple[list[float], list[float]]]:
    """Mean and scale of ``StandardScaler``, ``RobustScaler``, ``MinMaxScaler`` or ``MaxAbsScaler``, or of a pair."""
    if given is None:
        return None
    if isinstance(given, (tuple, list)):
        mean, scale = given
    elif hasattr(given, "data_min_"):  # of MinMaxScaler: x · scale_ + min_
        mean, scale = -given.min_ / given.scale_, 1 / given.scale_
    else:
        mean = next((m for m in (getattr(given, n, None) for n in ("mean_", "center_")) if m is not None), None)
        scale = getattr(given, "scale_", None)
        if mean is None and scale is None:
            raise ValueError(f"standardise: expected a fitted scaler or a pair of mean and scale, found {given!r}")
        mean = np.zeros_like(scale) if mean is None else mean
        scale = np.ones_like(mean) if scale is None else scale
    return [float(m) for m in mean], [float(s) for s in scale]


def activation(module: Any) -> Optional[str]:
    """The activation that a module is, as ``--set activation=`` takes it."""
    name = ACTIVATIONS.get(type(module).__name__)
    if name == "leaky_relu":
        return f"leaky_relu:{module.negative_slope}"
    if name == "elu":
        return f"elu:{module.alpha}"
    if name == "gelu" and getattr(module, "approximate", "none") == "tanh":
        return "gelu_tanh"
    return name


def from_zuko(flow: Any, probe: Any = None, **options: Any) -> Model:
    """zuko's ``NICE``, additive or affine, or ``MAF``: ``nice_flow.from_zuko(flow, standardise=scaler)``."""
    return from_torch(flow, lambda f, x: f().log_prob(x), probe, dim=dim_of_zuko(flow), layout="zuko", **options)


def dim_of_zuko(flow: Any) -> int:
    """How many numbers a row of a flow of zuko has: each coupling has a mask of them, each autoregressive layer their order."""
    found = (value.numel() for key, value in flow.state_dict().items() if key.rpartition(".")[2] in ("mask", "order"))
    dim = next(found, None)
    if dim is None:
        raise ValueError(f"flow: expected zuko's NICE or MAF, found {type(flow).__name__} without masks or orders")
    return dim


def from_nflows(flow: Any, probe: Any = None, **options: Any) -> Model:
    """nflows' ``Flow`` of couplings, linear layers and permutations."""
    dim = int(np.prod(flow._distribution._shape))
    guesses = options.pop("guesses", [{}, {"scale": "softplus"}])
    return from_torch(flow, lambda f, x: f.log_prob(x), probe, dim=dim, layout="nflows", guesses=guesses, **options)


def from_normflows(model: Any, probe: Any = None, **options: Any) -> Model:
    """normflows' ``NormalizingFlow``; its splits, scales and swaps, which a file does not store, are read off the modules."""
    shape = getattr(model.q0, "shape", None)
    dim = int(np.prod(shape)) if shape is not None else int(model.q0.dim)
    known: dict = {}
    for module in model.modules():
        kind = type(module).__name__
        if kind == "Split":
            known["split"] = module.mode
        if kind == "AffineCoupling" and getattr(module, "scale", False):
            known["scale"] = module.scale_map
    if any(type(flow).__name__ == "Permute" and flow.mode == "swap" for flow in model.flows):
        known.update(gaps="swap", flows=len(model.flows))
    guesses = options.pop("guesses", [known, {}])
    return from_torch(model, lambda f, x: f.log_prob(x), probe, dim=dim, layout="normflows", guesses=guesses, **options)


def from_freia(inn: Any, probe: Any = None, *, prior: str = "normal", **options: Any) -> Model:
    """FrEIA's ``SequenceINN`` or ``GraphINN``, which knows no prior: ``prior`` is ``'normal'`` or ``'logistic'``."""

    def log_prob(f: Any, x: Any) -> Any:
        import torch

        z, log_det = f(x)
        if prior == "normal":
            return -0.5 * (z**2).sum(1) - 0.5 * z.shape[1] * np.log(2 * np.pi) + log_det
        softplus = torch.nn.functional.softplus
        return (-softplus(z) - softplus(-z)).sum(1) + log_det

    blocks = [module for module in inn.modules() if hasattr(module, "clamp")]
    known = {"clamp": ",".join(str(float(block.clamp)) for block in blocks)} if blocks else {}
    kinds: list[dict] = [{}]
    if any(type(block).__name__ == "AllInOneBlock" for block in blocks):
        scales = ("SOFTPLUS", "SIGMOID", "EXP")
        kinds = [{"variant": variant} for variant in ("pypi", "git")]
        kinds += [{**kind, "global_scale": scale.lower()} for kind in kinds for scale in scales]
    elif blocks:
        kinds = [{"clamp_activation": shape} for shape in ("atan", "tanh", "sigmoid")]
    guesses = [{**known, **kind} for kind in kinds] + [known]
    shapes = getattr(inn, "global_in_shapes", None) or [inn.shapes[0]]
    dim = int(np.prod(shapes[0]))
    return from_torch(inn, log_prob, probe, dim=dim, layout="freia", prior=prior, guesses=guesses, **options)


def from_flowjax(
    flow: Any,
    probe: Any = None,
    *,
    standardise: Any = None,
    feature_names: Optional[Sequence[str]] = None,
    name: Optional[str] = None,
    **settings: Any,
) -> Model:
    """flowjax's ``coupling_flow`` or ``masked_autoregressive_flow``. Its densities are as exact as JAX computes them: ``jax.config.update("jax_enable_x64", True)`` first."""
    import equinox
    import jax

    leaves, _ = jax.tree_util.tree_flatten_with_path(equinox.filter(flow, equinox.is_array))
    tensors = [(jax.tree_util.keystr(path), np.asarray(leaf, dtype=np.float64)) for path, leaf in leaves]
    x = probe_rows(probe, int(np.prod(flow.shape)))
    densities = np.asarray(flow.log_prob(x), dtype=np.float64).reshape(-1)
    names = None if feature_names is None else list(feature_names)
    reading = {"layout": "flowjax", "manifest": None, "standardise": scaler(standardise), "features": names}
    guesses = [{"prior": prior, **kind} for kind in ({}, {"transformer": "affine"}) for prior in ("normal", "logistic")]
    return proven(name or "flowjax", tensors, reading, settings, guesses, (x, densities))

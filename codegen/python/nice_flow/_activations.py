"""What live networks have between their layers, modules or functions, as the setting ``activation`` takes it, and what does not say it."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any, Iterable, Iterator, Optional

#: Classes of PyTorch, and the names of functions of PyTorch and JAX, that the importer knows.
MODULES = {
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
FUNCTIONS = {
    **{name: name for name in MODULES.values()},
    "hard_silu": "hardswish",
    "hard_swish": "hardswish",
    "logistic": "sigmoid",
    "arctan": "atan",
    "atan": "atan",
    "soft_sign": "softsign",
    "swish": "silu",
}

#: Where functions are looked for, if these modules are imported.
HOMES = ("torch", "torch.nn.functional", "jax.nn", "jax.numpy", "jax.lax")

#: Libraries of a flow of JAX, whose functions are the flow's own.
JAX = ("equinox", "flowjax", "functools", "jax", "jaxlib", "numpy", "paramax")

#: Modules of PyTorch that change no number when a flow is evaluated, by a part of their names.
IDLE = ("Dropout", "Flatten", "Identity")


def of_module(module: Any) -> Optional[str]:
    """The activation that a module of PyTorch is, told by its class and not by the name alone, which others have too."""
    if not is_of_torch(module):
        return None
    name = MODULES.get(type(module).__name__)
    if name == "softplus" and module.beta != 1:
        return None
    if name == "leaky_relu":
        return f"leaky_relu:{module.negative_slope}"
    if name == "elu":
        return f"elu:{module.alpha}"
    if name == "gelu" and getattr(module, "approximate", "none") == "tanh":
        return "gelu_tanh"
    return name


def is_of_torch(module: Any) -> bool:
    """Whether a module is of a class of PyTorch itself."""
    return type(module).__module__.split(".")[0] == "torch"


def of_function(function: Any) -> Optional[str]:
    """The activation that a function of PyTorch or JAX is, told by the function itself and not by its name alone."""
    options = {}
    if isinstance(function, partial):
        function, options = function.func, function.keywords
    name = str(getattr(function, "__name__", ""))
    homes = [home for home in HOMES if home in sys.modules and getattr(sys.modules[home], name, None) is function]
    known = FUNCTIONS.get(name)
    if known is None or not homes:
        return None
    if known == "leaky_relu":
        return f"leaky_relu:{options.get('negative_slope', 0.01)}"
    if known == "elu":
        return f"elu:{options.get('alpha', 1.0)}"
    if known == "gelu":
        # JAX approximates unless it is told not to, PyTorch only if it is told to.
        usual = True if homes[0].startswith("jax") else "none"
        return "gelu_tanh" if options.get("approximate", usual) in (True, "tanh") else "gelu"
    return known


def functions_of(module: Any) -> Iterator[Any]:
    """The functions that a module of PyTorch holds under a name of activations. FrEIA's ``global_scale_activation`` is none of a network."""
    for name, value in vars(module).items():
        is_activation = "activation" in name or name in ("act", "act_fn", "nonlinearity")
        if is_activation and name != "global_scale_activation" and callable(value) and not hasattr(value, "state_dict"):
            yield value


def bends_of(module: Any) -> Iterator[Any]:
    """The modules without weights beside linear layers: what a network may bend by."""
    children = list(module.children())
    if any(getattr(getattr(child, "weight", None), "ndim", 0) >= 2 for child in children):
        leaves = (child for child in children if not list(child.children()) and not child.state_dict())
        yield from (leaf for leaf in leaves if not is_idle(leaf) and "Norm" not in type(leaf).__name__)


def is_idle(module: Any) -> bool:
    """Whether a module changes no number when a flow is evaluated."""
    return is_of_torch(module) and any(word in type(module).__name__ for word in IDLE)


def all_of(modules: Iterable[Any]) -> tuple[list[str], list[str]]:
    """The activations of modules, modules themselves or functions that they hold; and what these are, where nothing tells."""
    known, unknown = set(), set()
    for module in modules:
        known.add(of_module(module))
        for bend in bends_of(module):
            if of_module(bend) is None:
                unknown.add(repr(bend) if is_of_torch(bend) else type(bend).__name__)
        for function in functions_of(module):
            name = of_function(function)
            known.add(name)
            if name is None and not isinstance(function, type):
                unknown.add(getattr(function, "__name__", None) or repr(function))
    return sorted(known - {None}), sorted(unknown)


def all_in(functions: Iterable[Any]) -> tuple[list[str], list[str]]:
    """The activations among functions that a flow of JAX holds; and what those of nobody's library are, where nothing tells."""
    known, unknown = set(), set()
    for function in functions:
        name = of_function(function)
        known.add(name)
        if name is None and str(getattr(function, "__module__", "")).split(".")[0] not in JAX:
            unknown.add(getattr(function, "__name__", None) or repr(function))
    return sorted(known - {None}), sorted(unknown)


def embedding(modules: Iterable[Any]) -> dict[str, str]:
    """How the layers of an embedding net bend: the settings ``embedding`` and ``embedding_end``, if it has activations."""
    leaves = [module for module in modules if not list(module.children()) and not is_idle(module)]
    bends = [of_module(leaf) for leaf in leaves]
    known = [name for name in bends if name is not None]
    if not known:
        return {}
    return {"embedding": known[0], "embedding_end": "linear" if bends[-1] is None else "activation"}

"""Stubs, signatures and docstrings agree."""

import ast
import inspect
import re
from pathlib import Path

import pytest

import nice_flow
from nice_flow import _native

STUB = ast.parse((Path(nice_flow.__file__).parent / "_native.pyi").read_text())


def functions(body, owner):
    """Names and parameters of the stubs' functions, properties among them, and what each is in the extension."""
    for node in body:
        if isinstance(node, ast.FunctionDef):
            yield node, getattr(owner, node.name, None)


def test_stubs_are_those_of_the_extension():
    classes = [node for node in STUB.body if isinstance(node, ast.ClassDef)]
    for node in classes:
        assert isinstance(getattr(_native, node.name), type), node.name
    model = next(node for node in classes if node.name == "Model")
    pairs = [*functions(STUB.body, _native), *functions(model.body, _native.Model)]
    assert len(pairs) > 20
    for node, found in pairs:
        assert found is not None, node.name
        if any(isinstance(decorator, ast.Name) and decorator.id == "property" for decorator in node.decorator_list):
            assert not callable(found), node.name
        else:
            assert [argument.arg for argument in node.args.args] == list(inspect.signature(found).parameters), node.name


def test_stubs_have_all_of_the_extension():
    known = {node.name for node in STUB.body if hasattr(node, "name")}
    known |= {node.target.id for node in STUB.body if isinstance(node, ast.AnnAssign)}
    assert {name for name in vars(_native) if not name.startswith("__")} <= known
    model = next(node for node in STUB.body if getattr(node, "name", "") == "Model")
    known = {node.name for node in model.body if isinstance(node, ast.FunctionDef)}
    assert {name for name in vars(_native.Model) if not name.startswith("__")} == known


def public():
    """The functions and methods that the package documents."""
    for name in nice_flow.__all__:
        thing = getattr(nice_flow, name)
        if inspect.isfunction(thing):
            yield name, thing
    for name, thing in vars(nice_flow.Model).items():
        if inspect.isfunction(thing) and not name.startswith("_"):
            yield f"Model.{name}", thing
    for module in (pytest.importorskip("nice_flow.sklearn"),):
        yield "NiceFlow", module.NiceFlow


def test_docstrings_name_arguments_that_there_are():
    seen = 0
    for name, thing in public():
        text = inspect.getdoc(thing)
        assert text, name
        parameters = inspect.signature(thing).parameters
        takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
        for argument in re.findall(r"``(\w+)=[^`]*``", text):
            seen += 1
            elsewhere = {"combine", "hour"} if name == "Model.log_density" else set()
            assert argument in parameters or takes_any or argument in elsewhere | {"missing"}, f"{name}: {argument}"
    assert seen > 10


def test_detectors_take_what_training_takes():
    """Of the arguments of training they lack those that other parameters or scikit-learn's own words take the place of."""
    from nice_flow.sklearn import NiceFlow

    training = set(inspect.signature(nice_flow.train).parameters)
    raw = {"rate", "window", "hop", "levels", "octaves", "sum", "mean", "statistics", "unit", "anomalies"}
    others = {"X", "y", "name", "feature_names", "seed", "log", "time", "threads", "hold_out", "false_alarm_rate", "drop_constant"}
    expected = training - raw - others
    assert expected <= set(NiceFlow().get_params())
    pyod = pytest.importorskip("pyod.models.base")
    from nice_flow.pyod import NICE

    assert pyod and expected <= set(NICE().get_params())

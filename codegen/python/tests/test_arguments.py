"""Every argument of every public function, given every kind of wrong thing: an error names it, what was expected and what was found."""

import inspect
import re
import warnings

import numpy as np
import pytest

import nice_flow
from nice_flow import _engines, _page, ray, spark

X = np.random.default_rng(5).standard_normal((120, 3))
COUNTS = (900 * np.sin(np.arange(40_000) / 3)).astype(np.int16)
FEW = dict(members=1, steps=2)


class Odd:
    """Something that nothing expects, and that cannot be shown."""

    def __repr__(self):
        raise RuntimeError("no text")


#: What an argument may be by mistake. What is right for one is not refused.
ODD = {
    "None": None,
    "a truth": True,
    "numpy's truth": np.bool_(True),
    "negative": -1,
    "huge": 2**70,
    "a fraction": 1.5,
    "NaN": float("nan"),
    "infinite": float("inf"),
    "complex": 1j,
    "a word": "?",
    "no word": "",
    "bytes": b"x",
    "nothing in a list": [],
    "a list": [Odd()],
    "words": ["a", 1],
    "a dict": {"a": 1},
    "a set": {1},
    "an array": np.zeros((2, 2, 2)),
    "no number": np.array(["x"]),
    "a number in an array": np.array(3),
    "an object": Odd(),
    "a class": Odd,
    "a generator": (i for i in range(3)),
    "a function": len,
}


@pytest.fixture(scope="module")
def one():
    """A model of one flow, calibrated."""
    return nice_flow.train(X[:60], members=1, steps=20).calibrate(X[60:], false_alarm_rate=0.05)


@pytest.fixture(scope="module")
def raw():
    """A model of raw signals."""
    return nice_flow.train([COUNTS], rate=1000, window=64, **FEW)


def expect_named(name, value, attempt):
    """Nothing happens, or an error that names the argument."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            attempt()
            return None
        except (ValueError, TypeError, OSError) as error:
            found = str(error)
    # Of a path that is one, the system says what is wrong.
    is_path = isinstance(value, str) and value == "?"
    # The two make a front end together.
    name = "window" if name == "hop" and "a hop of" in found else name
    assert re.match(rf"{name}(\[\d+\])?: ", found) or is_path, f"{name}: {found}"
    assert "expected" in found or is_path, f"{name}: {found}"
    return found


def refuse(function, right, only=None):
    """Gives a function each wrong thing in place of each argument; how many were refused."""
    names = only or [name for name, parameter in inspect.signature(function).parameters.items() if parameter.kind is not parameter.VAR_KEYWORD]
    refused = 0
    for name in names:
        for value in ODD.values():
            refused += expect_named(name, value, lambda: function(**{**right, name: value})) is not None
    assert refused >= 10 * len(names), refused
    return names


METHODS = {
    "score": dict(X=X),
    "score_bits": dict(X=X),
    "log_density": dict(X=X),
    "anomalous": dict(X=X),
    "explain": dict(X=X),
    "sample": {},
    "forward": dict(X=X),
    "inverse": dict(Z=X),
    "windows": None,
    "calibrate": dict(X=X, false_alarm_rate=0.1),
    "generate": dict(numeric="i8"),
    "export_onnx": dict(path="m.onnx"),
    "report": dict(X=X),
    "threshold": {},
    "save": dict(path="m.safetensors"),
    "to_bytes": {},
}


@pytest.mark.parametrize("name", METHODS)
def test_wrong_arguments_of_methods_are_named(name, one, raw, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    right = METHODS[name]
    method = getattr(one if right is not None else raw, name)
    refuse(method, right if right is not None else dict(samples=COUNTS))


def test_all_methods_are_tried():
    public = {name for name, thing in vars(nice_flow.Model).items() if inspect.isfunction(thing) and not name.startswith("_")}
    assert public == set(METHODS)


def test_wrong_arguments_of_training_are_named():
    # Which front ends take.
    front = {"rate", "window", "hop", "levels", "octaves", "sum", "mean", "statistics", "unit", "anomalies"}
    names = [name for name in inspect.signature(nice_flow.train).parameters if name not in front]
    refuse(nice_flow.train, dict(X=X, **FEW), names)


def test_wrong_arguments_of_a_front_end_are_named():
    refuse(nice_flow.train, dict(X=COUNTS.reshape(-1, 1), **FEW), ["rate"])
    names = ["X", "y", "window", "hop", "levels", "octaves", "sum", "mean", "statistics", "unit", "anomalies", "log", "time"]
    refuse(nice_flow.train, dict(X=COUNTS, rate=1000, window=64, **FEW), names)


def test_wrong_files_are_named(one, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refuse(nice_flow.load, {})
    refuse(nice_flow.loads, {})
    refuse(_page.Page("<p>").save, {})
    refuse(one.generate, dict(numeric="i8", blob="b"), ["model_version", "sign"])


def test_wrong_parameters_of_detectors_are_named():
    sklearn = pytest.importorskip("nice_flow.sklearn")
    few = dict(members=1, steps=2)
    refuse(lambda **all: sklearn.NiceFlow(**all).fit(X), few, list(inspect.signature(sklearn.NiceFlow).parameters))
    pytest.importorskip("pyod")
    from nice_flow.pyod import NICE

    names = [name for name in inspect.signature(NICE).parameters if name != "contamination"]
    refuse(lambda **all: NICE(**all).fit(X), few, names)
    for share in (None, "many", True):
        with pytest.raises((ValueError, TypeError), match="contamination"):
            NICE(contamination=share, **few).fit(X)


class Table:
    """As much of an engine's table as is looked at first."""

    columns = ["a", "b"]

    def mapInArrow(self, *_):
        pass

    map_batches = mapInArrow


@pytest.mark.parametrize("engine", [spark, ray])
def test_wrong_arguments_of_engines_are_named_before_any_work(engine, one):
    table = "df" if engine is spark else "ds"
    right = {table: Table(), "model": one, "keep": ["a"]}
    for name, values in {table: [None, X], "model": [None, 3, X], "numeric": ["f16", 3], "keep": [3, ["a", 1]]}.items():
        for value in values:
            assert expect_named(name, value, lambda: engine.score(**{**right, name: value}))
    right = {table: Table(), "by": "a"}
    for name, value in dict(by=3, features=[1], order=3, members=0, recipe=3, threads=2, rate=100, steps="many").items():
        assert expect_named(name, value, lambda: engine.train(**{**right, name: value}))
    with pytest.raises(TypeError, match="recipes: expected arguments of nice_flow.train"):
        engine.train(**right, recipes="small")


def test_tables_without_the_columns_that_are_named_are_refused_before_any_work(one):
    named = nice_flow.train(X, feature_names=["u", "v", "w"], **FEW).to_bytes()
    for names in (["u", "v", "x"], ["x", "y", "z"], ["v", "w"]):
        with pytest.raises(ValueError, match=r"df: expected the model's columns, found none named .*\(columns: "):
            _engines.expect_features("df", names, named)
    _engines.expect_features("df", ["id", "w", "u", "v"], named)
    _engines.expect_features("df", ["p", "q", "r"], one.to_bytes())  # of inputs that are only numbered, by position
    with pytest.raises(ValueError, match=r"order: expected columns of the table \(a, b\), found t"):
        _engines.expect_columns(["a", "b"], by=["a"], features=None, order=["t"])
    for name in ("model", "rows", "note", "error"):
        with pytest.raises(ValueError, match=f"by: expected other columns than model, .*, found {name}; rename it"):
            spark.train(Table(), by=name)


def test_what_a_machine_cannot_be_trained_on_is_a_reason_and_ties_of_the_order_are_none():
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"m": [7] * 60, "t": np.repeat(range(6), 10), "a": X[:60, 0], "b": X[:60, 1]})
    turned = table.take(np.random.default_rng(0).permutation(60))
    first, second = (_engines.taught(rows, ["m"], None, ["t"], dict(FEW)) for rows in (table, turned))
    assert first["error"] is None and first["model"] == second["model"]
    listed = pa.table({"m": [7] * 3, "a": [[1.0], [2.0], [3.0]]})
    row = _engines.taught(listed, ["m"], None, [], dict(FEW))
    assert row["model"] is None and row["rows"] == 3 and row["error"]


def test_wrong_arguments_of_live_imports_are_named(tmp_path):
    torch = pytest.importorskip("torch")
    zuko = pytest.importorskip("zuko")
    flow = zuko.flows.NICE(3, 0, hidden_features=(8,), transforms=2)
    common = ["probe", "standardise", "feature_names", "name"]
    refuse(nice_flow.from_zuko, dict(flow=flow), ["flow", *common])
    log_prob = lambda f, x: f().log_prob(x)  # noqa: E731
    names = [*common, "flow", "log_prob", "dim", "layout", "manifest", "guesses"]
    refuse(nice_flow.from_torch, dict(flow=flow, log_prob=log_prob, dim=3), names)
    for function in (nice_flow.from_nflows, nice_flow.from_normflows, nice_flow.from_freia, nice_flow.from_flowjax):
        first = next(iter(inspect.signature(function).parameters))
        for value in [*ODD.values(), torch.nn.Linear(2, 2), X]:
            with pytest.raises(ValueError, match="^(flow|model|inn): expected .*, found"):
                function(**{first: value})
    for function, first in ((nice_flow.from_lampe, "npe"), (nice_flow.from_sbi, "estimator")):
        for value in [*ODD.values(), torch.nn.Linear(2, 2)]:
            with pytest.raises(ValueError, match=f"^{first}: expected .*, found"):
                function(**{first: value}, context=[1.0])
    refuse(nice_flow.from_lampe, dict(npe=flow, context=[1.0]), ["context"])
    for manifest in (dict(layout="zuko"), dict(activation="relu"), dict(guesses=[{"activation": "relu"}])):
        with pytest.raises(ValueError, match=f"{next(iter(manifest))}: expected none with a manifest"):
            nice_flow.from_torch(flow, log_prob, dim=3, manifest=tmp_path / "m.toml", **manifest)
    with pytest.raises(ValueError, match="log_prob: expected 80 log-densities, one a row, found"):
        nice_flow.from_torch(flow, lambda f, x: "many", dim=3)

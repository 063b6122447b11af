"""ONNX files: checked by onnx, run by onnxruntime, against the densities of the libraries and of the model."""

import csv
import re

import numpy as np
import onnx
import onnxruntime
import pytest

import nice_flow
from conftest import FIXTURES, command, scored, write_csv

CHECKPOINTS = FIXTURES / "checkpoints"
FOLDERS = sorted(path.parent.name for path in CHECKPOINTS.glob("*/manifest.toml"))
#: Where the manifest names another file.
OTHERS = {
    "distrax_d6_affine": ["params.npz", "--manifest", CHECKPOINTS / "distrax_d6_affine" / "manifest.toml"],
    "keras_d8_bojone": ["weights_in_get_weights_order.npz"],
    "senya_d2_realnvp": ["flow.pth"],
}
#: Largest difference, as a share of 1 + |ln p|.
NEAR = {"f32": 2e-5, "f64": 1e-10}
TYPES = {"f32": np.float32, "f64": np.float64}

ACTIVATIONS = [
    'fn = "relu"',
    'fn = "leaky_relu", slope = 0.2',
    'fn = "elu", alpha = 0.7',
    'fn = "tanh"',
    'fn = "sigmoid"',
    'fn = "silu"',
    'fn = "softplus"',
    'fn = "gelu"',
    'fn = "gelu_tanh"',
    'fn = "mish"',
    'fn = "selu"',
    'fn = "hardtanh", min = -0.5, max = 0.8',
    'fn = "hardswish"',
    'fn = "softsign"',
    'fn = "atan"',
]
SCALES = [
    'map = "exp"',
    'map = "sigmoid", bias = 2.0, eps = 0.001',
    'map = "softplus", bias = 0.5, eps = 0.001',
    'map = "softplus", bias = 0.5, eps = 0.001, max = 1.1',
    'map = "softplus_beta", beta = 0.5, gain = 1.3',
    'map = "exp_softclip", bound = 6.9',
    'map = "exp_atan", clamp = 2.0, gain = 0.636',
    'map = "exp_tanh", clamp = 1.5, inner = 0.5',
    'map = "exp_clip", min = -0.5, max = 0.4',
]


def run(path, rows, numeric):
    """What onnxruntime makes of rows, by the name of the output."""
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(str(path))
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"x": rows.astype(TYPES[numeric])})))


def assert_near(found, expected, numeric, times=1):
    assert np.max(np.abs(found - expected) / (1 + np.abs(expected))) <= times * NEAR[numeric]


def source(folder):
    """The arguments that read a checkpoint."""
    manifest = CHECKPOINTS / folder / "manifest.toml"
    if folder in OTHERS:
        name, *options = OTHERS[folder]
        return [CHECKPOINTS / folder / name, *options]
    name = re.search(r'^file = "(.*)"', manifest.read_text(), re.MULTILINE)[1]
    return [CHECKPOINTS / folder / name, "--manifest", manifest]


@pytest.mark.parametrize("numeric", NEAR)
@pytest.mark.parametrize("folder", FOLDERS)
def test_densities_are_those_of_the_library(folder, numeric, tmp_path):
    done = command("export", *source(folder), "--onnx", tmp_path / "m.onnx", "--numeric", numeric)
    assert done.stdout.startswith("wrote ")
    reference = np.load(CHECKPOINTS / folder / "reference.npz")
    raw = "--manifest" in map(str, source(folder))
    rows, expected = [reference[name] for name in (["x_raw", "log_prob_raw"] if raw else ["x_model", "log_prob_model"])]
    found = run(tmp_path / "m.onnx", rows, numeric)
    assert list(found) == ["z", "log_density", "score"]
    # Farther out the squares of single precision end.
    near = expected > expected.max() - 100
    assert near.sum() > 30
    assert_near(found["log_density"][near], expected[near], numeric)
    assert np.array_equal(found["score"], -found["log_density"])
    if numeric == "f64":
        assert np.max(np.abs(found["z"] - reference["z"]) / (1 + np.abs(reference["z"]))) < 1e-10
    rows[0, 0] = np.nan
    assert np.isnan(run(tmp_path / "m.onnx", rows, numeric)["score"][0])


HEAD = """schema = "nice-manifest/1"
name = "m"
dim = 3
direction = "{direction}"

[source]
file = "m.npz"
container = "npz"
root = ""
layout = ""

[prior]
{prior}
"""
NORMAL = 'kind = "normal"'
AFFINE = 'law = "affine"\nform = "mul_add"\nparams = "concat_shift_scale"\nscale = {{ {} }}'


def net(place, activation):
    linear = '  {{ op = "linear", w = "{0}", b = "{0}.bias" }},\n'
    return f'net = [\n{linear.format(f"a{place}")}  {{ op = "act", {activation} }},\n{linear.format(f"b{place}")}]\n'


def couplings(tensors, activation, scale):
    """Two couplings of three inputs: the text of a manifest."""
    text = HEAD.format(direction="x_to_z", prior=NORMAL)
    for place, (cond, trans) in enumerate([([0, 2], [1]), ([1], [0, 2])]):
        outputs = len(trans) * (2 if scale else 1)
        linear(tensors, f"a{place}", 5, len(cond))
        linear(tensors, f"b{place}", outputs, 5)
        law = AFFINE.format(scale) if scale else 'law = "additive"\nsign = "+"'
        text += f'[[ops]]\nop = "coupling"\n{law}\ncond = {cond}\ntrans = {trans}\nio = "gathered"\n{net(place, activation)}'
    return text


def masked(tensors, direction, form):
    """A masked autoregressive layer in front of a triangle and a mixture of normals: the text of a manifest."""
    degrees, hidden = np.array([2, 1, 3]), np.array([1, 2, 1, 2, 2, 1])
    linear(tensors, "a0", 6, 3)
    tensors["a0"] *= degrees <= hidden[:, None]
    linear(tensors, "b0", 6, 6)
    tensors["b0"] *= hidden < np.tile(degrees, 2)[:, None]
    tensors["weights"] = np.array([0.2, 0.5, 0.3])
    tensors["mean"], tensors["deviation"] = RNG.standard_normal((3, 3)), 0.5 + RNG.random((3, 3))
    prior = 'kind = "mixture"\nweight_tensor = "weights"\nloc_tensor = "mean"\nscale_tensor = "deviation"'
    scale = '{ map = "exp_tanh", clamp = 1.0, inner = 0.5 }'
    text = HEAD.format(direction=direction, prior=prior)
    text += f'[[ops]]\nop = "autoregressive"\nform = "{form}"\nparams = "concat_shift_scale"\nscale = {scale}\n{net(0, ACTIVATIONS[3])}'
    values = [[1.5, 0.0, 0.0], [0.3, -0.7, 0.0], [0.2, 0.9, 2.0]]
    return text + f'[[ops]]\nop = "linear"\nparam = "dense"\nvalues = {values}\n'


RNG = np.random.default_rng(5)


def linear(tensors, name, outputs, inputs):
    tensors[name] = RNG.standard_normal((outputs, inputs))
    tensors[f"{name}.bias"] = RNG.standard_normal(outputs)


def written(tmp_path, tensors, text):
    """The arguments that read them."""
    np.savez(tmp_path / "m.npz", **tensors)
    (tmp_path / "m.toml").write_text(text)
    return [tmp_path / "m.npz", "--manifest", tmp_path / "m.toml"]


def assert_scores(arguments, numeric, tmp_path):
    """That onnxruntime scores rows as the command does."""
    command("export", *arguments, "--onnx", tmp_path / "m.onnx", "--numeric", numeric)
    rows = RNG.standard_normal((200, 3)).astype(np.float32)
    write_csv(tmp_path / "rows.csv", rows, ["x0", "x1", "x2"])
    command("score", *arguments, tmp_path / "rows.csv", "-o", tmp_path / "scores.csv")
    with open(tmp_path / "scores.csv", newline="") as file:
        expected = np.array([float(row["score"]) for row in csv.DictReader(file)])
    assert_near(run(tmp_path / "m.onnx", rows, numeric)["score"], expected, numeric)


@pytest.mark.parametrize("numeric", NEAR)
@pytest.mark.parametrize(
    "activation, scale", [(one, None) for one in ACTIVATIONS] + [(ACTIVATIONS[3], one) for one in SCALES]
)
def test_every_activation_and_every_scale(activation, scale, numeric, tmp_path):
    tensors = {}
    arguments = written(tmp_path, tensors, couplings(tensors, activation, scale))
    if "gelu\"" in activation and numeric == "f64":
        done = command("export", *arguments, "--onnx", tmp_path / "m.onnx", "--numeric", numeric, check=False)
        assert done.returncode == 2 and "--numeric f32" in done.stderr and not (tmp_path / "m.onnx").exists()
    else:
        assert_scores(arguments, numeric, tmp_path)


FAR = [
    'map = "sigmoid", bias = 2.0',
    'map = "sigmoid", bias = 2.0, eps = 0.001',
    'map = "softplus", bias = 0.5',
    'map = "softplus", bias = 0.5, max = 1.1',
    'map = "softplus", bias = 0.5, eps = 0.001',
    'map = "softplus_beta", beta = 0.5, gain = 1.3',
]


@pytest.mark.parametrize("numeric", NEAR)
@pytest.mark.parametrize("scale", FAR)
def test_scales_that_come_near_to_zero_are_exact_far_out(scale, numeric, tmp_path):
    """onnxruntime's sigmoid is inexact below zero, and `ln(1 + e^r)` loses `e^r` from -17 in single precision, -37 in double."""
    tensors = {}
    arguments = written(tmp_path, tensors, couplings(tensors, ACTIVATIONS[0], scale))
    command("import", *arguments, "--no-probe", "-o", tmp_path / "m.safetensors")
    model = nice_flow.load(tmp_path / "m.safetensors")
    model.export_onnx(tmp_path / "m.onnx", numeric)
    for width in (1, 5, 10):
        rows = RNG.standard_normal((500, 3)).astype(np.float32) * width
        expected = model.score(rows.astype(np.float64))
        finite = np.isfinite(expected)
        assert finite.mean() > 0.9
        # Where a scale is near zero, the rounding of what is divided by it counts several times.
        found = run(tmp_path / "m.onnx", rows, numeric)["score"]
        assert_near(found[finite], expected[finite], numeric, times=5)


@pytest.mark.parametrize("numeric", NEAR)
@pytest.mark.parametrize("form", ["mul_add", "sub_div"])
@pytest.mark.parametrize("direction", ["x_to_z", "z_to_x"])
def test_autoregressive_flows_in_one_pass_and_in_many(direction, form, numeric, tmp_path):
    tensors = {}
    assert_scores(written(tmp_path, tensors, masked(tensors, direction, form)), numeric, tmp_path)


PRIORS = {
    "student_t": 'kind = "student_t"\ndf_tensor = "df"\nloc_tensor = "one"\nscale_tensor = "scale"',
    "full mixture": 'kind = "mixture"\nweight_tensor = "weights"\nloc_tensor = "mean"\nscale_tril_tensor = "root"',
    "full normal": 'kind = "normal"\nloc_tensor = "one"\nscale_tril_tensor = "single"',
}


@pytest.mark.parametrize("numeric", NEAR)
@pytest.mark.parametrize("prior", PRIORS)
def test_heavy_tails_and_full_covariances(prior, numeric, tmp_path):
    roots = np.tril(RNG.standard_normal((2, 3, 3)), -1) + [np.diag(0.5 + RNG.random(3)) for _ in range(2)]
    tensors = {
        "df": np.array([0.6, 4.0, 1e4]),
        "one": RNG.standard_normal(3),
        "scale": 0.5 + RNG.random(3),
        "weights": np.array([0.3, -0.4]),
        "mean": RNG.standard_normal((2, 3)),
        "root": roots,
        "single": roots[0],
    }
    text = HEAD.format(direction="x_to_z", prior=PRIORS[prior])
    tensors = {name: tensor for name, tensor in tensors.items() if f'"{name}"' in text}
    text += '[[ops]]\nop = "permute"\nindex = [2, 0, 1]\n'
    assert_scores(written(tmp_path, tensors, text), numeric, tmp_path)


@pytest.mark.parametrize("combine", ["tail", "max", "density"])
def test_an_ensemble_has_its_members_and_its_verdicts(model, normal, rows, combine, tmp_path):
    model = model.calibrate(normal[1], false_alarm_rate=0.01, combine=combine)
    for numeric in NEAR:
        path = tmp_path / f"{numeric}.onnx"
        model.export_onnx(path, numeric)
        found = run(path, rows, numeric)
        assert list(found) == ["z_0", "log_density_0", "z_1", "log_density_1", "score", "anomalous"]
        finite = np.isfinite(rows).all(1) & (np.abs(rows) < 1e9).all(1)
        inputs = rows.astype(TYPES[numeric]).astype(np.float64)
        assert_near(found["score"][finite], model.score(inputs)[finite], numeric)
        limit = model.threshold()
        clear = ~finite | (np.abs(model.score(inputs) - limit) > 1e-4 * (1 + limit))
        assert np.array_equal(found["anomalous"][clear], model.anomalous(inputs)[clear])
        assert found["anomalous"][~finite].all()


def test_the_command_writes_the_same_bytes(model, rows, tmp_path):
    scored(model, rows, "f64", tmp_path)
    model.export_onnx(tmp_path / "a.onnx")
    command("export", tmp_path / "model.safetensors", "--onnx", tmp_path / "b.onnx")
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
    with pytest.raises(ValueError, match="expected 'f32' or 'f64', found 'i8'"):
        model.export_onnx(tmp_path / "a.onnx", "i8")

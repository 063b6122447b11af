"""Live flows of other libraries: proven by their own densities, wrong readings refused."""

import functools
import json
import pickle
import warnings

import numpy as np
import pytest

import nice_flow
from conftest import FIXTURES, command, made
from nice_flow import _proof
from nice_flow._scaler import scaler as scaler_of
from nice_flow._scaler import scaler_names


def tensors_of(path):
    """The tensors of a safetensors file."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    kinds = {"F32": np.float32, "F64": np.float64, "I64": np.int64, "BOOL": np.bool_}
    found = []
    for name, about in header.items():
        start, end = (8 + size + offset for offset in about["data_offsets"])
        array = np.frombuffer(data[start:end], kinds[about["dtype"]]).reshape(about["shape"])
        found.append((name, array.astype(np.float64)))
    return found


def reading(**more):
    usual = {"layout": None, "manifest": None, "standardise": None, "features": None, "name": None}
    return {**usual, "file": "a live flow", "call": "nice_flow.from_torch(flow, log_prob)", **more}


def test_tensors_in_memory_are_proven_and_wrong_readings_are_refused():
    folder = FIXTURES / "checkpoints" / "zuko_d4_nice_additive"
    reference = np.load(folder / "reference.npz")
    x, log_prob = (reference[name].astype(np.float64) for name in ("x_model", "log_prob_model"))
    tensors = tensors_of(folder / "nice.safetensors")
    model = _proof.proven("zuko", tensors, reading(layout="zuko"), {}, [{"activation": "tanh"}, {}], (x, log_prob))
    assert np.allclose(model.log_density(x), log_prob, atol=1e-6)
    with pytest.raises(nice_flow.CheckError, match="agrees to .* if the activation is relu"):
        _proof.proven("zuko", tensors, reading(layout="zuko"), {"activation": "tanh"}, [{}], (x, log_prob))
    with pytest.raises(nice_flow.CheckError):
        _proof.proven("zuko", tensors, reading(layout="zuko"), {}, [{}], (x, log_prob + np.arange(len(x))))
    standardised = _proof.proven(
        "zuko", tensors, reading(layout="zuko", standardise=([1.0] * 4, [2.0] * 4), features=list("abcd")), {}, [{}], (x, log_prob)
    )
    assert standardised.feature_names == list("abcd")
    assert np.allclose(standardised.log_density(1 + 2 * x), log_prob - 4 * np.log(2), atol=1e-6)


def test_statistics_and_names_must_fit_the_flow():
    folder = FIXTURES / "checkpoints" / "zuko_d4_nice_additive"
    reference = np.load(folder / "reference.npz")
    x, log_prob = (reference[name].astype(np.float64) for name in ("x_model", "log_prob_model"))
    tensors = tensors_of(folder / "nice.safetensors")

    def read(**more):
        _proof.proven("zuko", tensors, reading(layout="zuko", **more), {}, [{}], (x, log_prob))

    for more, message in [
        (dict(standardise=([0.0] * 3, [1.0] * 3)), "standardise: mean: expected 4 numbers, found 3"),
        (dict(standardise=([0.0] * 4, [0.0] * 4)), "standardise: scale: expected finite numbers above 0"),
        (dict(standardise=([0.0] * 4, [float("nan")] * 4)), "standardise: scale: expected finite numbers above 0"),
        (dict(features=list("abc")), "feature_names: expected 4 names, found 3"),
        (dict(features=list("aabc")), "feature_names: .*expected another name for each, found a twice"),
    ]:
        with pytest.raises(ValueError, match=message):
            read(**more)


def test_scalers_give_mean_and_scale():
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    X = made(1, 200)[50:]
    for kind in ("StandardScaler", "RobustScaler", "MinMaxScaler", "MaxAbsScaler"):
        fitted = getattr(preprocessing, kind)().fit(X)
        mean, scale = scaler_of(fitted)
        assert np.allclose((X - mean) / scale, fitted.transform(X))
    for options in (dict(with_mean=False), dict(with_std=False), dict(with_mean=False, with_std=False)):
        fitted = preprocessing.StandardScaler(**options).fit(X)
        mean, scale = scaler_of(fitted)
        assert np.allclose((X - mean) / scale, fitted.transform(X))
    for given, message in [
        (object(), "standardise: expected a fitted scaler"),
        (preprocessing.StandardScaler(), "found StandardScaler, which is not fitted"),
        (preprocessing.PowerTransformer().fit(X), "found PowerTransformer, which has no mean and no scale"),
        (preprocessing.MinMaxScaler(clip=True).fit(X), r"found MinMaxScaler\(clip=True\), which moves .*set_params\(clip=False\)"),
        (pytest.importorskip("sklearn.decomposition").PCA().fit(X), "found PCA"),
        ((1.0, 2.0), "standardise: mean: expected a number for each input, found 1.0"),
        ((X[0],), "a pair of mean and scale, found 1 of them"),
    ]:
        with pytest.raises(ValueError, match=message):
            scaler_of(given)


def test_scalers_in_files_are_taken_as_scalers_in_memory_are(tmp_path):
    """One rule: what ``standardise=`` takes, ``import --standardise`` takes, as a pickle, of joblib, and beside a flow."""
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    pipeline = pytest.importorskip("sklearn.pipeline").make_pipeline
    joblib, torch = pytest.importorskip("joblib"), torch_of()
    X = np.abs(made(1, 200)[50:]) * [1, 10, 0.1, 5] + [5, 300, 2, 7]
    flow = FIXTURES / "zuko_d4" / "nice.pt"
    weights = torch.load(flow, weights_only=False)
    standard = preprocessing.StandardScaler
    power = preprocessing.PowerTransformer
    log = preprocessing.FunctionTransformer
    kinds = [
        *(standard(with_mean=mean, with_std=std) for mean in (True, False) for std in (True, False)),
        *(preprocessing.RobustScaler(with_centering=mean, with_scaling=std) for mean in (True, False) for std in (True, False)),
        *(preprocessing.MaxAbsScaler(), preprocessing.MinMaxScaler((-1, 1)), preprocessing.MinMaxScaler(clip=True)),
        *(pipeline(standard()), pipeline("passthrough", standard()), pipeline(standard(), preprocessing.RobustScaler())),
        *(pipeline(log(np.log1p), standard()), power(), preprocessing.Normalizer(), preprocessing.QuantileTransformer(n_quantiles=9)),
    ]
    command("import", flow, "--no-probe", "-o", tmp_path / "plain")
    plain = nice_flow.load(tmp_path / "plain")
    taken = 0
    for fitted in [kind.fit(X) for kind in kinds]:
        try:
            scaler_of(fitted)
            taken += 1
            scores = plain.score(fitted.transform(X))
        except ValueError:
            scores = None
        pickled, dumped, beside = tmp_path / "s.pkl", tmp_path / "s.joblib", tmp_path / "s.pt"
        pickled.write_bytes(pickle.dumps(fitted))
        joblib.dump(fitted, dumped)
        torch.save({"model": weights, "scaler": fitted}, beside)
        for checkpoint, statistics in ((flow, pickled), (flow, dumped), (beside, beside)):
            out = tmp_path / "model"
            out.unlink(missing_ok=True)
            done = command("import", checkpoint, "--standardise", statistics, "--no-probe", "-o", out, check=False)
            assert (done.returncode == 0) == (scores is not None), (fitted, done.stderr)
            if scores is None:
                assert f"found {type(fitted).__name__}" in done.stderr
                continue
            apart = nice_flow.load(out).score(X) - scores
            # The logarithms of the scales are a constant.
            assert np.ptp(apart) < 1e-4, (fitted, apart)
    assert taken == 12


def test_a_scaler_names_the_features():
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(made(1, 200)[50:], columns=list("abcd"))
    fitted = preprocessing.StandardScaler().fit(frame)
    pipeline = pytest.importorskip("sklearn.pipeline").make_pipeline("passthrough", preprocessing.MinMaxScaler()).fit(frame)
    assert scaler_names(pipeline, None) == list("abcd")
    assert scaler_names(fitted, None) == list("abcd") == scaler_names((frame.mean(), frame.std()), None)
    assert scaler_names(fitted, [*"abcd", "speed"]) == [*"abcd", "speed"] and scaler_names(None, None) is None
    with pytest.raises(ValueError, match=r"feature_names: expected the scaler's, in its order \(a, b, c, d\), found d, c, b, a"):
        scaler_names(fitted, list("dcba"))


# With PyTorch


def torch_of():
    return pytest.importorskip("torch")


def shaken(flow, torch, seed=0):
    """The flow with weights that make it no identity."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return flow


def zuko_flow(torch, activation=None, additive=False):
    zuko = pytest.importorskip("zuko")
    options = {"hidden_features": (16, 16), "transforms": 3}
    if activation is not None:
        options["activation"] = activation
    if additive:
        options |= {"univariate": zuko.transforms.AdditiveTransform, "shapes": [()]}
    return shaken(zuko.flows.NICE(5, 0, **options), torch)


@pytest.mark.parametrize("additive", [False, True])
@pytest.mark.parametrize("activation", [None, "ELU", "Tanh", "SiLU", "LeakyReLU"])
def test_zuko(additive, activation):
    torch = torch_of()
    flow = zuko_flow(torch, activation and getattr(torch.nn, activation), additive)
    model = nice_flow.from_zuko(flow)
    x = torch.randn(50, 5, dtype=torch.float64)
    expected = flow.double()().log_prob(x).detach().numpy()
    assert np.allclose(model.log_density(x.numpy()), expected, atol=1e-9)
    with pytest.raises(nice_flow.CheckError):
        nice_flow.from_zuko(flow, activation="sigmoid")


@pytest.mark.parametrize("passes", [None, 2])
def test_zuko_autoregressive(passes):
    torch = torch_of()
    zuko = pytest.importorskip("zuko")
    flow = shaken(zuko.flows.MAF(5, 0, hidden_features=(16, 16), transforms=2, passes=passes), torch)
    model = nice_flow.from_zuko(flow)
    x = torch.randn(50, 5, dtype=torch.float64)
    assert np.allclose(model.log_density(x.numpy()), flow.double()().log_prob(x).detach().numpy(), atol=1e-9)
    with pytest.raises(nice_flow.CheckError):
        nice_flow.from_zuko(flow, activation="tanh")


@pytest.mark.parametrize("kind", ["StudentT", "full", "diagonal", "spherical"])
def test_zuko_over_other_bases(kind):
    torch = torch_of()
    zuko = pytest.importorskip("zuko")
    transform = zuko.flows.NICE(4, 0, hidden_features=(8,), transforms=2).transform
    if kind == "StudentT":
        numbers = {"df": torch.tensor([1.5, 3.0, 5.0, 30.0]), "loc": torch.randn(4), "scale": torch.rand(4) + 0.5}
        base = zuko.lazy.UnconditionalDistribution(torch.distributions.StudentT, buffer=True, **numbers)
    else:
        base = zuko.mixtures.GMM(4, components=3, covariance_type=kind)
    flow = shaken(zuko.lazy.Flow(transform, base), torch)
    x = torch.randn(50, 4, dtype=torch.float64)
    expected = flow.double()().log_prob(x).detach().numpy()
    assert np.allclose(nice_flow.from_zuko(flow).log_density(x.numpy()), expected, rtol=1e-9, atol=1e-9)


def test_what_is_no_flow_that_is_known_is_refused():
    torch = torch_of()
    zuko = pytest.importorskip("zuko")
    with pytest.raises(ValueError, match="expected zuko's NICE or MAF, found Linear"):
        nice_flow.from_zuko(torch.nn.Linear(2, 2))
    with pytest.raises(ValueError, match="a spline or another transform of zuko"):
        nice_flow.from_zuko(zuko.flows.NSF(5, 0, hidden_features=(8,), transforms=2))


def test_zuko_behind_a_scaler():
    torch = torch_of()
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    X = made(1, 300, 4)[50:]
    X = np.column_stack([X, X[:, 0] * 3 + 100])
    scaler = preprocessing.StandardScaler().fit(X)
    flow = zuko_flow(torch)
    model = nice_flow.from_zuko(flow, standardise=scaler, feature_names=list("abcde"))
    z = torch.from_numpy(scaler.transform(X))
    expected = flow.double()().log_prob(z).detach().numpy() - np.log(scaler.scale_).sum()
    assert np.allclose(model.log_density(X), expected, atol=1e-9)


def nflows_parts():
    torch_of()
    pytest.importorskip("nflows")
    from nflows import distributions, flows, nn, transforms

    return distributions.normal.StandardNormal, flows.base.Flow, nn.nets.ResidualNet, transforms


@pytest.mark.parametrize("kind", ["AdditiveCouplingTransform", "AffineCouplingTransform"])
def test_nflows(kind):
    Normal, Flow, Net, transforms = nflows_parts()
    torch = torch_of()
    layers = []
    for i in range(3):
        mask = torch.arange(6) % 2 if i % 2 else 1 - torch.arange(6) % 2
        layers += [
            transforms.RandomPermutation(6),
            transforms.LULinear(6),
            getattr(transforms, kind)(mask, lambda a, b: Net(a, b, hidden_features=8, num_blocks=2)),
        ]
    flow = shaken(Flow(transforms.CompositeTransform(layers), Normal([6])), torch)
    model = nice_flow.from_nflows(flow)
    x = torch.randn(40, 6, dtype=torch.float64)
    assert np.allclose(model.log_density(x.numpy()), flow.double().log_prob(x).detach().numpy(), atol=1e-8)
    with pytest.raises(nice_flow.CheckError):
        nice_flow.from_nflows(flow, activation="tanh")


@pytest.mark.parametrize("name", ["relu", "tanh", "elu", "leaky_relu", "silu", "gelu", "own"])
def test_functions_say_what_they_are(name):
    Normal, Flow, Net, transforms = nflows_parts()
    torch = torch_of()
    F = torch.nn.functional
    function = {"leaky_relu": functools.partial(F.leaky_relu, negative_slope=0.2), "own": lambda x: torch.nn.functional.elu(x)}.get(name)
    function = function or getattr(F, name)
    make = lambda a, b: Net(a, b, hidden_features=8, num_blocks=1, activation=function)  # noqa: E731
    coupling = transforms.AdditiveCouplingTransform(torch.tensor([1, 0, 1, 0]), make)
    flow = shaken(Flow(transforms.CompositeTransform([coupling]), Normal([4])), torch)
    if name == "own":
        with pytest.raises(nice_flow.CheckError, match="the flow bends by <lambda>, .*activation='relu' and the like say it") as raised:
            nice_flow.from_nflows(flow)
        assert "--" not in str(raised.value)
    model = nice_flow.from_nflows(flow, **({"activation": "elu"} if name == "own" else {}))
    x = torch.randn(40, 4, dtype=torch.float64)
    assert np.allclose(model.log_density(x.numpy()), flow.double().log_prob(x).detach().numpy(), atol=1e-8)


@pytest.mark.parametrize("named", ["Clamp", "ReLU"])
def test_a_module_that_is_a_relu_near_by_only_is_refused(named):
    torch = torch_of()
    own = type(named, (torch.nn.Module,), {"forward": lambda self, x: torch.clamp(x, 0, 20)})
    flow = zuko_flow(torch, own)
    with pytest.raises(nice_flow.CheckError, match=f"the flow bends by {named}, which does not say what it computes"):
        nice_flow.from_zuko(flow)
    with pytest.raises(nice_flow.CheckError, match="ln p differs"):
        nice_flow.from_zuko(flow, activation="relu")


def test_a_module_that_does_not_say_what_it_is_is_noted():
    torch = torch_of()
    own = type("ReLU", (torch.nn.Module,), {"forward": lambda self, x: torch.relu(x)})
    flow = zuko_flow(torch, own)
    with pytest.warns(nice_flow.Note, match="the flow bends by ReLU, .*activation='relu' and the like say it; read as relu, which agrees in the"):
        noted = nice_flow.from_zuko(flow)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.array_equal(nice_flow.from_zuko(flow, activation="relu").score(np.eye(5)), noted.score(np.eye(5)))
        nice_flow.from_zuko(zuko_flow(torch, torch.nn.SiLU))


def test_a_function_of_jax_that_is_a_relu_near_by_only_is_refused():
    jax = pytest.importorskip("jax")
    pytest.importorskip("flowjax")
    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    from flowjax.distributions import Normal
    from flowjax.flows import masked_autoregressive_flow

    make = functools.partial(masked_autoregressive_flow, jax.random.key(0), base_dist=Normal(jnp.zeros(4)), flow_layers=1, nn_width=8)
    with pytest.raises(nice_flow.CheckError, match="the flow bends by <lambda>, which does not say"):
        nice_flow.from_flowjax(make(nn_activation=lambda x: jnp.clip(x, 0, 20)))


@pytest.mark.parametrize("residual", [True, False])
def test_masked_networks_of_normflows(residual):
    torch = torch_of()
    nf = pytest.importorskip("normflows")
    layer = nf.flows.MaskedAffineAutoregressive(4, 8, use_residual_blocks=residual, activation=torch.tanh)
    flow = shaken(nf.NormalizingFlow(nf.distributions.DiagGaussian(4), [layer]), torch)
    x = torch.randn(40, 4, dtype=torch.float64)
    model = nice_flow.from_normflows(flow)
    assert np.allclose(model.log_density(x.numpy()), flow.double().log_prob(x).detach().numpy(), atol=1e-8)


def test_conditional_flows_of_normflows():
    torch = torch_of()
    nf = pytest.importorskip("normflows")
    make = functools.partial(nf.flows.MaskedAffineAutoregressive, 4, 8, context_features=2)
    layers = [make(activation=torch.tanh), nf.flows.LULinearPermute(4), make(activation=torch.tanh)]
    flow = shaken(nf.ConditionalNormalizingFlow(nf.distributions.DiagGaussian(4), layers), torch)
    x = torch.randn(40, 6, dtype=torch.float64)
    numbers = [0.3, -1.2]
    constant = nice_flow.from_normflows(flow, context=numbers)
    named = nice_flow.from_normflows(flow, context=["speed", "load"])
    assert named.n_features_in_ == 6 and named.feature_names[4:] == ["speed", "load"]
    again = nice_flow.from_normflows(flow, x[:, :4], context=torch.tensor(numbers, dtype=torch.float64))
    flow = flow.double()
    expected = flow.log_prob(x[:, :4], context=torch.tensor(numbers).double().expand(40, -1)).detach().numpy()
    for model in (constant, again):
        assert np.allclose(model.log_density(x[:, :4].numpy()), expected, atol=1e-8)
    expected = flow.log_prob(x[:, :4], context=x[:, 4:]).detach().numpy()
    assert np.allclose(named.log_density(x.numpy()), expected, atol=1e-8)
    with pytest.raises(nice_flow.CheckError):
        nice_flow.from_normflows(flow, context=numbers, activation="sigmoid")
    with pytest.raises(ValueError, match="context: expected as many numbers, or names, as the flow takes, found 0.5"):
        nice_flow.from_normflows(flow, context=[0.5])


def test_a_flow_of_normflows_without_a_context_is_given_none():
    torch_of()
    nf = pytest.importorskip("normflows")
    flow = nf.NormalizingFlow(nf.distributions.DiagGaussian(4), [nf.flows.MaskedAffineAutoregressive(4, 8)])
    with pytest.raises(ValueError, match=r"context: expected none of a NormalizingFlow, a ConditionalNormalizingFlow takes one, found \[0.5\]"):
        nice_flow.from_normflows(flow, context=[0.5])


def test_couplings_and_masked_networks_of_nflows_in_one_flow():
    Normal, Flow, Net, transforms = nflows_parts()
    torch = torch_of()
    coupling = transforms.AffineCouplingTransform(torch.tensor([1, 0, 1, 0]), lambda a, b: Net(a, b, hidden_features=8, num_blocks=1))
    layers = [transforms.MaskedAffineAutoregressiveTransform(4, 8), coupling]
    flow = shaken(Flow(transforms.CompositeTransform(layers), Normal([4])), torch)
    x = torch.randn(40, 4, dtype=torch.float64)
    model = nice_flow.from_nflows(flow)
    assert np.allclose(model.log_density(x.numpy()), flow.double().log_prob(x).detach().numpy(), atol=1e-8)


@pytest.mark.parametrize("scale_map", ["exp", "sigmoid", "sigmoid_inv"])
def test_normflows(scale_map):
    torch = torch_of()
    nf = pytest.importorskip("normflows")
    flows = []
    for _ in range(3):
        net = nf.nets.MLP([3, 16, 6], init_zeros=False)
        flows += [nf.flows.AffineCouplingBlock(net, scale_map=scale_map), nf.flows.Permute(6, mode="swap")]
    flow = shaken(nf.NormalizingFlow(nf.distributions.DiagGaussian(6), flows), torch)
    model = nice_flow.from_normflows(flow)
    x = torch.randn(40, 6, dtype=torch.float64)
    assert np.allclose(model.log_density(x.numpy()), flow.double().log_prob(x).detach().numpy(), atol=1e-8)
    with pytest.raises(nice_flow.CheckError):
        nice_flow.from_normflows(flow, scale="exp" if scale_map != "exp" else "sigmoid")


FREIA = {
    "NICECouplingBlock": {},
    "GLOWCouplingBlock": {"clamp": 1.7},
    "GLOWCouplingBlock tanh": {"clamp": 1.7, "clamp_activation": "TANH"},
    "RNVPCouplingBlock": {},
    "AllInOneBlock": {"permute_soft": True},
    "AllInOneBlock sigmoid": {"permute_soft": False, "global_affine_type": "SIGMOID"},
    "AllInOneBlock turned": {"permute_soft": True, "reverse_permutation": True},
    "AllInOneBlock permuted": {"permute_soft": False, "reverse_permutation": True},
    "AllInOneBlock learned": {"learned_householder_permutation": 3},
    "AllInOneBlock learned and turned": {"learned_householder_permutation": 2, "reverse_permutation": True},
}


@pytest.mark.parametrize("kind", FREIA)
@pytest.mark.parametrize("prior", ["normal", "logistic"])
def test_freia(kind, prior):
    torch = torch_of()
    pytest.importorskip("FrEIA")
    import FrEIA.framework as Ff
    import FrEIA.modules as Fm

    def net(inputs, outputs):
        return torch.nn.Sequential(torch.nn.Linear(inputs, 12), torch.nn.ReLU(), torch.nn.Linear(12, outputs))

    torch.manual_seed(1)
    inn = Ff.SequenceINN(6)
    for _ in range(3):
        inn.append(getattr(Fm, kind.split()[0]), subnet_constructor=net, **FREIA[kind])
    model = nice_flow.from_freia(inn, prior=prior)
    x = torch.randn(40, 6, dtype=torch.float64)
    z, log_det = inn.double()(x)
    softplus = torch.nn.functional.softplus
    law = -0.5 * z**2 - 0.5 * np.log(2 * np.pi) if prior == "normal" else -softplus(z) - softplus(-z)
    assert np.allclose(model.log_density(x.numpy()), (law.sum(1) + log_det).detach().numpy(), atol=1e-8)
    with pytest.raises(nice_flow.CheckError):
        nice_flow.from_freia(inn, prior=prior, activation="tanh")


def test_what_is_no_coupling_of_freia_has_a_clamp_of_its_own():
    torch = torch_of()
    pytest.importorskip("FrEIA")
    import FrEIA.framework as Ff
    import FrEIA.modules as Fm

    inn = Ff.SequenceINN(4)
    inn.append(Fm.OrthogonalTransform, clamp=5.0)
    inn.append(Fm.GLOWCouplingBlock, subnet_constructor=lambda a, b: torch.nn.Sequential(torch.nn.Linear(a, 8), torch.nn.ReLU(), torch.nn.Linear(8, b)))
    with pytest.raises(ValueError) as raised:
        nice_flow.from_freia(inn)
    assert "clamp=" not in str(raised.value) and "lambda" not in str(raised.value), raised.value


def test_blocks_of_freia_may_differ_and_keep_volume():
    torch = torch_of()
    pytest.importorskip("FrEIA")
    import FrEIA.framework as Ff
    import FrEIA.modules as Fm

    def inn_of(*options, kind=Fm.AllInOneBlock):
        torch.manual_seed(1)
        inn = Ff.SequenceINN(5)
        for more in options:
            inn.append(kind, subnet_constructor=lambda a, b: torch.nn.Sequential(torch.nn.Linear(a, 8), torch.nn.ELU(), torch.nn.Linear(8, b)), **more)
        return inn

    inn = inn_of({"reverse_permutation": True}, {}, {"reverse_permutation": True, "learned_householder_permutation": 1})
    x = torch.randn(40, 5, dtype=torch.float64)
    model = nice_flow.from_freia(inn)
    z, log_det = inn.double()(x)
    expected = (-0.5 * z**2 - 0.5 * np.log(2 * np.pi)).sum(1) + log_det
    assert np.allclose(model.log_density(x.numpy()), expected.detach().numpy(), atol=1e-8)
    clamps = [{"clamp_activation": kind} for kind in ("ATAN", "TANH", "SIGMOID")]
    of_gin = [inn_of(clamp, clamp, kind=Fm.GINCouplingBlock) for clamp in clamps]
    for inn in [inn_of({}, {"gin_block": True}, {"gin_block": True, "reverse_permutation": True}), *of_gin]:
        model = nice_flow.from_freia(inn)
        z, log_det = inn.double()(x)
        expected = (-0.5 * z**2 - 0.5 * np.log(2 * np.pi)).sum(1) + log_det
        assert np.allclose(model.log_density(x.numpy()), expected.detach().numpy(), atol=1e-8)


def test_settings_that_say_nothing_of_a_flow_are_refused():
    torch = torch_of()
    zuko = pytest.importorskip("zuko")
    flow = shaken(zuko.flows.MAF(3, 0, hidden_features=(8,), transforms=2), torch)
    for settings, message in [
        (dict(prior="logistic"), "expected prior='normal', as the file has it, or none, found prior='logistic'"),
        (dict(embedding="relu"), r"expected settings that say something of this flow \(activation=.*\), found embedding='relu', which does not"),
        (dict(embedding="relu", embedding_end="linear"), "found embedding='relu' and embedding_end='linear', which"),
        (dict(variant="git"), "expected activation=.*; found variant=git"),
    ]:
        with pytest.raises(ValueError, match=message) as raised:
            nice_flow.from_zuko(flow, **settings)
        assert "--" not in str(raised.value)
    assert nice_flow.from_zuko(flow, prior="normal", activation="relu").n_features_in_ == 3
    pytest.importorskip("FrEIA")
    import FrEIA.framework as Ff
    import FrEIA.modules as Fm

    inn = Ff.SequenceINN(4)
    inn.append(Fm.GLOWCouplingBlock, subnet_constructor=lambda a, b: torch.nn.Linear(a, b))
    assert nice_flow.from_freia(inn).n_features_in_ == 4
    with pytest.raises(ValueError, match="found variant='git', which does not"):
        nice_flow.from_freia(inn, variant="git")


def test_a_module_tells_the_names_that_a_scaler_gave_and_a_name_is_kept():
    torch = torch_of()
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(made(1, 200)[50:], columns=list("abcd")).assign(e=1.0)
    scaler = preprocessing.StandardScaler().fit(frame)
    with pytest.warns(nice_flow.Note, match="name: pump.v2 becomes pump_v2"):
        model = nice_flow.from_zuko(zuko_flow(torch), standardise=scaler, name="pump.v2")
    assert model.name == "pump_v2"
    call = "nice_flow.from_zuko(flow, standardise=scaler, feature_names=['a', 'b', 'c', 'd', 'e'], name='pump.v2')"
    assert call in model.generate("f32")


def test_a_probe_of_equal_rows_is_named():
    torch = torch_of()
    zuko = pytest.importorskip("zuko")
    torch.manual_seed(1)
    with pytest.warns(nice_flow.Note, match="1 of 4 different rows"):
        nice_flow.from_zuko(zuko.flows.NICE(4, transforms=2, hidden_features=[8]), np.zeros((50, 4)))


def test_a_graph_of_freia():
    torch = torch_of()
    pytest.importorskip("FrEIA")
    import FrEIA.framework as Ff
    import FrEIA.modules as Fm

    def net(inputs, outputs):
        return torch.nn.Sequential(torch.nn.Linear(inputs, 8), torch.nn.ReLU(), torch.nn.Linear(8, outputs))

    torch.manual_seed(1)
    nodes = [Ff.InputNode(4, name="x")]
    for _ in range(3):
        nodes.append(Ff.Node(nodes[-1], Fm.RNVPCouplingBlock, {"subnet_constructor": net}))
    graph = Ff.GraphINN([*nodes, Ff.OutputNode(nodes[-1])])
    model = nice_flow.from_freia(graph)
    x = torch.randn(40, 4, dtype=torch.float64)
    z, log_det = graph.double()(x)
    law = (-0.5 * z**2 - 0.5 * np.log(2 * np.pi)).sum(1) + log_det
    assert np.allclose(model.log_density(x.numpy()), law.detach().numpy(), atol=1e-8)


@pytest.mark.parametrize("kind", ["NICE", "MAF"])
def test_lampe(kind):
    torch = torch_of()
    pytest.importorskip("lampe")
    zuko = pytest.importorskip("zuko")
    from lampe.inference import NPE

    npe = shaken(NPE(4, 2, build=getattr(zuko.flows, kind), hidden_features=(12,), transforms=2), torch)
    context = [0.3, -1.2]
    model = nice_flow.from_lampe(npe, context)
    x = torch.randn(40, 4, dtype=torch.float64)
    c = torch.tensor(context, dtype=torch.float64).expand(40, -1)
    assert np.allclose(model.log_density(x.numpy()), npe.double()(x, c).detach().numpy(), atol=1e-8)
    with pytest.raises(nice_flow.CheckError):
        nice_flow.from_lampe(npe, context, activation="sigmoid")


def test_a_context_may_have_names():
    torch = torch_of()
    pytest.importorskip("lampe")
    zuko = pytest.importorskip("zuko")
    from lampe.inference import NPE

    npe = shaken(NPE(4, 2, build=zuko.flows.NICE, hidden_features=(12,), transforms=2), torch)
    model = nice_flow.from_lampe(npe, ["speed", "load"])
    assert model.n_features_in_ == 6 and model.feature_names[4:] == ["speed", "load"]
    x = torch.randn(40, 6, dtype=torch.float64)
    assert np.allclose(model.log_density(x.numpy()), npe.double()(x[:, :4], x[:, 4:]).detach().numpy(), atol=1e-8)


def test_a_flow_of_zuko_that_is_given_a_context():
    torch = torch_of()
    zuko = pytest.importorskip("zuko")
    flow = shaken(zuko.flows.NICE(4, 2, hidden_features=(12,), transforms=2), torch)
    x = torch.randn(40, 6, dtype=torch.float64)
    constant = nice_flow.from_lampe(flow, [0.3, -1.2])
    named = nice_flow.from_lampe(flow, ["speed", "load"])
    other = nice_flow.from_torch(flow, lambda f, x: f(x[:, 4:]).log_prob(x[:, :4]), dim=6, context=["speed", "load"])
    exact = flow.double()
    expected = exact(torch.tensor([0.3, -1.2]).double()).log_prob(x[:, :4]).detach().numpy()
    assert np.allclose(constant.log_density(x[:, :4].numpy()), expected, atol=1e-8)
    expected = exact(x[:, 4:]).log_prob(x[:, :4]).detach().numpy()
    assert np.allclose(named.log_density(x.numpy()), expected, atol=1e-8) and np.allclose(other.log_density(x.numpy()), expected, atol=1e-8)


def test_errors_of_a_flow_are_named_by_their_kind():
    torch = torch_of()

    def log_prob(error):
        def raises(flow, x):
            raise error

        return raises

    for error, end in [
        (AssertionError(), "found an error: AssertionError$"),
        (TypeError("missing"), r"found an error: TypeError: missing \(a flow that is given a context is read live by from_lampe"),
    ]:
        with pytest.raises(ValueError, match=end):
            nice_flow.from_torch(torch.nn.Linear(2, 2), log_prob(error), dim=2)


def test_a_context_that_does_not_fit_is_named():
    torch = torch_of()
    pytest.importorskip("lampe")
    zuko = pytest.importorskip("zuko")
    from lampe.inference import NPE

    npe = NPE(4, 2, build=zuko.flows.NICE, hidden_features=(12,), transforms=2)
    assert torch
    for context, message in [
        ([], "expected numbers or names, found none"),
        ("speed", "expected a list of numbers or of names, found 'speed'"),
        ([1.0, "a"], "all of one kind"),
        ([1.0, 2.0, 3.0], "expected as many numbers, or names, as the flow takes, found 1.0,2.0,3.0"),
        (["a", "a"], "expected another name for each"),
        (["a,b", "c"], "expected names without commas, that are no numbers, found 'a,b'"),
        (["1", "2"], "expected names without commas, that are no numbers, found '1'"),
    ]:
        with pytest.raises(ValueError, match=f"context: .*{message}"):
            nice_flow.from_lampe(npe, context)


def sbi_estimator(kind, torch):
    """An estimator of four numbers far from zero, given two, with what standardises both."""
    pytest.importorskip("sbi")
    from sbi.neural_nets import posterior_nn

    torch.manual_seed(3)
    c = 50 + 9 * torch.randn(300, 2)
    x = torch.tensor([1e3, -4.0, 0.02, 0.0]) + torch.tensor([20.0, 0.5, 1e-3, 1.0]) * torch.randn(300, 4) + 0.01 * c[:, :1]
    return shaken(posterior_nn(kind, hidden_features=8, num_transforms=2)(x, c), torch), x.double()


@pytest.mark.parametrize("kind", ["maf", "zuko_maf", "zuko_nice"])
def test_sbi(kind):
    torch = torch_of()
    estimator, x = sbi_estimator(kind, torch)
    context = [47.0, 60.0]
    model = nice_flow.from_sbi(estimator, context)
    c = torch.tensor([context], dtype=torch.float64)
    expected = estimator.double().log_prob(x[:, None], c).detach().numpy().reshape(-1)
    assert np.allclose(model.log_density(x.numpy()), expected, atol=1e-7) and np.ptp(expected) > 1
    with pytest.raises(nice_flow.CheckError):
        nice_flow.from_sbi(estimator, context, activation="sigmoid")


@pytest.mark.parametrize("bend", ["ReLU", "Tanh", None])
@pytest.mark.parametrize("kind", ["maf", "zuko_maf"])
def test_embedding_nets_of_sbi_are_worked_in(kind, bend):
    torch = torch_of()
    pytest.importorskip("sbi")
    from sbi.neural_nets import posterior_nn
    from sbi.neural_nets.embedding_nets import FCEmbedding

    torch.manual_seed(3)
    c, x = 50 + 9 * torch.randn(300, 3), 4 + torch.randn(300, 4)
    plain = torch.nn.Sequential(torch.nn.Linear(3, 6), torch.nn.ELU(), torch.nn.Linear(6, 5))
    net = plain if bend is None else FCEmbedding(3, output_dim=16, num_hiddens=6, activation=getattr(torch.nn, bend))
    estimator = shaken(posterior_nn(kind, hidden_features=8, num_transforms=2, embedding_net=net)(x, c), torch)
    context = [47.0, 60.0, 51.0]
    model = nice_flow.from_sbi(estimator, context)
    expected = estimator.double().log_prob(x.double()[:, None], torch.tensor([context], dtype=torch.float64)).detach().numpy().reshape(-1)
    assert np.allclose(model.log_density(x.double().numpy()), expected, atol=1e-7) and np.ptp(expected) > 1
    with pytest.raises(nice_flow.CheckError):
        nice_flow.from_sbi(estimator, context, embedding_end="activation" if bend is None else "linear")


def test_what_is_no_flow_of_sbi_is_refused():
    torch = torch_of()
    estimator, _ = sbi_estimator("maf", torch)
    with pytest.raises(ValueError, match="context: expected 2 numbers, found 3"):
        nice_flow.from_sbi(estimator, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="expected a density estimator or a posterior of sbi, found Linear"):
        nice_flow.from_sbi(torch.nn.Linear(2, 2), [1.0, 2.0])
    spline, _ = sbi_estimator("nsf", torch)
    with pytest.raises(ValueError, match="expected"):
        nice_flow.from_sbi(spline, [1.0, 2.0])


def test_a_posterior_of_sbi_is_its_estimator():
    torch = torch_of()
    estimator, x = sbi_estimator("zuko_nice", torch)
    from sbi.inference.posteriors import DirectPosterior
    from sbi.utils import BoxUniform

    posterior = DirectPosterior(estimator, BoxUniform(x.min(0).values.float() - 1, x.max(0).values.float() + 1))
    assert nice_flow.from_sbi(posterior, [47.0, 60.0], name="own") == nice_flow.from_sbi(estimator, [47.0, 60.0], name="own")


def test_a_manifest_reads_what_no_layout_does(tmp_path):
    torch = torch_of()

    class Own(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = torch.nn.Sequential(torch.nn.Linear(1, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))

        def log_prob(self, x):
            z = torch.cat([x[:, :1], x[:, 1:] + self.net(x[:, :1])], 1)
            return -0.5 * (z**2).sum(1) - np.log(2 * np.pi)

    text = """
    schema = "nice-manifest/1"
    name = "own"
    dim = 2
    direction = "x_to_z"
    source = { container = "torch" }
    prior = { kind = "normal" }
    [[ops]]
    op = "coupling"
    law = "additive"
    sign = "SIGN"
    cond = [0]
    trans = [1]
    io = "gathered"
    net = [{ op = "linear", w = "net.0.weight", b = "net.0.bias" }, { op = "act", fn = "relu" }, { op = "linear", w = "net.2.weight", b = "net.2.bias" }]
    """
    manifest = tmp_path / "own.toml"
    manifest.write_text(text.replace("SIGN", "+"))
    flow = Own()
    model = nice_flow.from_torch(flow, lambda f, x: f.log_prob(x), dim=2, manifest=str(manifest))
    assert model.n_features_in_ == 2
    manifest.write_text(text.replace("SIGN", "-"))
    with pytest.raises(nice_flow.CheckError):
        nice_flow.from_torch(flow, lambda f, x: f.log_prob(x), dim=2, manifest=str(manifest))


@pytest.mark.parametrize("name", ["gelu", "leaky_relu"])
def test_flowjax_says_what_its_networks_bend_by(name):
    jax = pytest.importorskip("jax")
    pytest.importorskip("flowjax")
    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    from flowjax.distributions import Normal
    from flowjax.flows import masked_autoregressive_flow

    bend = functools.partial(jax.nn.leaky_relu, negative_slope=0.2) if name == "leaky_relu" else getattr(jax.nn, name)
    flow = masked_autoregressive_flow(jax.random.key(0), base_dist=Normal(jnp.zeros(4)), flow_layers=2, nn_width=8, nn_activation=bend)
    flow = jax.tree_util.tree_map(lambda leaf: leaf + 0.05 if getattr(leaf, "dtype", None) == jnp.float64 else leaf, flow)
    x = np.random.default_rng(0).standard_normal((30, 4))
    assert np.allclose(nice_flow.from_flowjax(flow).log_density(x), np.asarray(flow.log_prob(x)), atol=1e-8)


@pytest.mark.parametrize("kind", ["coupling_flow", "masked_autoregressive_flow"])
def test_a_flow_of_flowjax_that_is_given_a_context(kind):
    jax = pytest.importorskip("jax")
    flows = pytest.importorskip("flowjax.flows")
    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    from flowjax.distributions import Normal

    make = functools.partial(getattr(flows, kind), jax.random.key(0), base_dist=Normal(jnp.zeros(4)), flow_layers=2, nn_width=8)
    flow = jax.tree_util.tree_map(lambda leaf: leaf + 0.05 if getattr(leaf, "dtype", None) == jnp.float64 else leaf, make(cond_dim=2))
    numbers, x = [0.5, -1.25], np.random.default_rng(0).standard_normal((30, 6))
    constant = nice_flow.from_flowjax(flow, context=numbers)
    named = nice_flow.from_flowjax(flow, context=["speed", "load"])
    assert named.feature_names[4:] == ["speed", "load"]
    expected = np.asarray(flow.log_prob(x[:, :4], np.tile(numbers, (30, 1))))
    assert np.allclose(constant.log_density(x[:, :4]), expected, atol=1e-8)
    assert np.allclose(named.log_density(x), np.asarray(flow.log_prob(x[:, :4], x[:, 4:])), atol=1e-8)
    with pytest.raises(ValueError, match="context: expected as many numbers, or names, as the flow takes, found 0.5"):
        nice_flow.from_flowjax(flow, context=[0.5])
    with pytest.raises(ValueError, match=r"context: expected none of a flow without cond_dim, found \[0.5\]"):
        nice_flow.from_flowjax(make(), context=[0.5])


def test_flowjax_over_students_t():
    jax = pytest.importorskip("jax")
    pytest.importorskip("flowjax")
    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    from flowjax.distributions import StudentT
    from flowjax.flows import coupling_flow

    base = StudentT(jnp.array([2.0, 5.0, 30.0]), jnp.array([0.1, -0.2, 0.3]), jnp.array([1.0, 0.5, 2.0]))
    flow = coupling_flow(jax.random.key(0), base_dist=base, flow_layers=2, nn_width=8)
    x = np.random.default_rng(0).standard_normal((30, 3))
    assert np.allclose(nice_flow.from_flowjax(flow).log_density(x), np.asarray(flow.log_prob(x)), atol=1e-9)


def test_frozen_parts_of_flowjax_are_read():
    jax = pytest.importorskip("jax")
    pytest.importorskip("flowjax")
    jax.config.update("jax_enable_x64", True)
    import equinox
    import jax.numpy as jnp
    import paramax
    from flowjax.distributions import Normal
    from flowjax.flows import masked_autoregressive_flow

    flow = masked_autoregressive_flow(jax.random.key(0), base_dist=Normal(jnp.zeros(4)), flow_layers=2, nn_width=8)
    frozen = equinox.tree_at(lambda f: f.base_dist, flow, replace_fn=paramax.non_trainable)
    x = np.random.default_rng(0).standard_normal((30, 4))
    assert np.allclose(nice_flow.from_flowjax(frozen).log_density(x), np.asarray(flow.log_prob(x)), atol=1e-8)


@pytest.mark.parametrize("affine", [False, True])
def test_flowjax(affine):
    jax = pytest.importorskip("jax")
    pytest.importorskip("flowjax")
    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    from flowjax.bijections import Affine, Loc
    from flowjax.distributions import Normal
    from flowjax.flows import coupling_flow

    flow = coupling_flow(
        jax.random.key(0),
        base_dist=Normal(jnp.zeros(4)),
        transformer=Affine() if affine else Loc(jnp.zeros(())),
        flow_layers=3,
        nn_width=8,
    )
    flow = jax.tree_util.tree_map(lambda leaf: leaf + 0.05 if getattr(leaf, "dtype", None) == jnp.float64 else leaf, flow)
    model = nice_flow.from_flowjax(flow)
    x = np.random.default_rng(0).standard_normal((30, 4))
    assert np.allclose(model.log_density(x), np.asarray(flow.log_prob(x)), atol=1e-8)
    with pytest.raises(nice_flow.CheckError):
        nice_flow.from_flowjax(flow, activation="tanh")

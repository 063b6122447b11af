"""Masked autoregressive flows of five libraries, each trained there for a while, then imported, compared and run on an emulated board.

    python codegen/lab/benches/mafs.py [NICE_FLOW] [SECONDS]

Needs torch, nflows, zuko, normflows, sbi, flowjax and the command nice-flow; SECONDS, 60 if not given, is how long each flow is trained. The
data are six values, a curved and skewed cloud of unit scale. A line a library:

    MACs           multiply-accumulates of a score, masked ones too; normflows' flow takes a pass a value, as its log_prob does
    mean ln p      of 128 rows that it was not trained on, in nats
    f64            largest difference of ln p from the library's own, computed there in f64, over 1 + |ln p|
    f32            the same of the module's arithmetic
    unequal        rows, of 256, whose bits on the emulated Cortex-M4F are not those of the host
    instructions   of one score on that board at opt-level 3, and over MACs
"""
import csv
import io
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

COMMAND = sys.argv[1] if len(sys.argv) > 1 else "nice-flow"
SECONDS = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
D, HIDDEN, LAYERS, BATCH, ROWS = 6, 64, 3, 256, 256


def cloud(rows, seed):
    """Six values of which each bends those behind it, of mean 0 and standard deviation 1."""
    noise = np.random.default_rng(seed).normal(size=(rows, D))
    x = noise.copy()
    for i in range(1, D):
        x[:, i] = 0.5 * noise[:, i] + np.sin(1.5 * x[:, i - 1]) + 0.3 * np.abs(x[:, i - 1])
    return (x - x.mean(0)) / x.std(0)


def descend(module, log_prob):
    """Maximises the likelihood of the cloud with Adam until the time is over."""
    data = torch.tensor(cloud(20_000, 1), dtype=torch.float32)
    adam = torch.optim.Adam(module.parameters(), lr=1e-3)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        adam.zero_grad()
        loss = -log_prob(data[torch.randint(len(data), (BATCH,))]).mean()
        loss.backward()
        adam.step()


def of_torch(module, log_prob, folder):
    """Trains, saves, and returns the file with the densities of rows, in f64."""
    descend(module, log_prob)
    torch.save(module.state_dict(), folder / "flow.pt")
    module.double().eval()
    return "flow.pt", lambda x: log_prob(torch.tensor(x)).detach().numpy()


def nflows(folder):
    from nflows.distributions.normal import StandardNormal
    from nflows.flows.base import Flow
    from nflows.transforms.autoregressive import MaskedAffineAutoregressiveTransform
    from nflows.transforms.base import CompositeTransform
    from nflows.transforms.permutations import ReversePermutation

    layers = []
    for _ in range(LAYERS):
        layers += [ReversePermutation(D), MaskedAffineAutoregressiveTransform(D, HIDDEN, num_blocks=2)]
    flow = Flow(CompositeTransform(layers), StandardNormal([D]))
    return of_torch(flow, flow.log_prob, folder)


def zuko(folder):
    import zuko

    flow = zuko.flows.MAF(D, transforms=LAYERS, hidden_features=(HIDDEN, HIDDEN))
    return of_torch(flow, lambda x: flow().log_prob(x), folder)


def normflows(folder):
    import normflows as nf

    layers = [nf.flows.MaskedAffineAutoregressive(D, HIDDEN, num_blocks=2) for _ in range(LAYERS)]
    flow = nf.NormalizingFlow(nf.distributions.DiagGaussian(D), layers)
    return of_torch(flow, flow.log_prob, folder)


def sbi(folder):
    """sbi's `maf` with a context that stays the same."""
    from sbi.neural_nets.net_builders import build_maf

    data, constant = torch.tensor(cloud(20_000, 1), dtype=torch.float32), torch.tensor([[0.5]])
    contexts = torch.randn(len(data), 1)
    flow = build_maf(data, contexts, hidden_features=HIDDEN, num_transforms=LAYERS)
    prior = flow.net._distribution
    prior._log_z = prior._log_z.new_tensor(D / 2 * np.log(2 * np.pi), dtype=torch.float64)  # was rounded to f32

    def log_prob(x):
        context = constant.to(x.dtype).expand(len(x), 1)
        return flow.log_prob(x.unsqueeze(0), condition=context)[0]

    return of_torch(flow, log_prob, folder)


def flowjax(folder):
    import equinox as eqx
    import jax
    import jax.numpy as jnp
    import optax
    from flowjax.distributions import Normal
    from flowjax.flows import masked_autoregressive_flow

    jax.config.update("jax_enable_x64", True)
    flow = masked_autoregressive_flow(
        jax.random.key(0), base_dist=Normal(jnp.zeros(D)), flow_layers=LAYERS, nn_width=HIDDEN, nn_depth=2
    )
    parameters, fixed = eqx.partition(flow, eqx.is_inexact_array)
    adam = optax.adam(1e-3)

    @eqx.filter_jit
    def step(parameters, state, rows):
        loss = lambda parameters: -eqx.combine(parameters, fixed).log_prob(rows).mean()
        updates, state = adam.update(eqx.filter_grad(loss)(parameters), state)
        return eqx.apply_updates(parameters, updates), state

    data, random, state = cloud(20_000, 1), np.random.default_rng(0), adam.init(parameters)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        parameters, state = step(parameters, state, data[random.integers(len(data), size=BATCH)])
    flow = eqx.combine(parameters, fixed)
    leaves, _ = jax.tree_util.tree_flatten_with_path(eqx.filter(flow, eqx.is_array))
    np.savez(folder / "flow.npz", **{jax.tree_util.keystr(path): leaf for path, leaf in leaves})
    return "flow.npz", lambda x: np.asarray(flow.log_prob(x))


# What the files do not store.
SETTINGS = {"sbi": ["context=0.5"], "flowjax": ["prior=normal"]}


def run(*words):
    done = subprocess.run([COMMAND, *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))}: {done.stderr}")
    return done.stdout


def difference(ours, theirs):
    return np.max(np.abs(ours - theirs) / (1 + np.abs(theirs)))


def line(library, folder):
    file, log_prob = library(folder)
    rows = np.concatenate([cloud(ROWS // 2, 2), 2 * np.random.default_rng(3).normal(size=(ROWS // 2, D))])
    np.savez(folder / "probe.npz", x=rows, log_prob=log_prob(rows))
    settings = [word for setting in SETTINGS.get(library.__name__, []) for word in ("--set", setting)]
    model, table = folder / "flow.safetensors", folder / "rows.csv"
    run("import", folder / file, *settings, "--probe", folder / "probe.npz", "-o", model)

    # The board and the module take f32: so do the rows that are compared.
    rows = rows.astype(np.float32).astype(float)
    np.savetxt(table, rows, delimiter=",", header=",".join(f"x{i}" for i in range(D)), comments="", fmt="%.17g")
    theirs, differences = log_prob(rows), {}
    for numeric in ("f64", "f32"):
        scores = csv.DictReader(io.StringIO(run("score", model, table, "--numeric", numeric, "-o", "-")))
        differences[numeric] = difference(np.array([float(row["log_density"]) for row in scores]), theirs)
    layers = json.loads(run("inspect", model, "--json"))["layers"]
    macs = sum(layer["macs"] for layer in layers)
    board = json.loads(run("simulate", model, table, "--target", "cortex-m4f", "--json"))
    cost = board["cost"]["instructions"]
    return (
        f"{library.__name__:10} {np.mean(theirs[: ROWS // 2]):8.3f} {macs:7} {differences['f64']:9.1e} {differences['f32']:9.1e} "
        f"{board['rows_unequal_to_host']:8} {cost:12,.0f} {cost / macs:9.2f}"
    )


torch.set_num_threads(1)
torch.manual_seed(0)
print(f"{'library':10} {'mean ln p':>9} {'MACs':>6} {'f64':>9} {'f32':>9} {'unequal':>8} {'instructions':>12} {'a MAC':>9}")
for library in (nflows, zuko, normflows, sbi, flowjax):
    with tempfile.TemporaryDirectory() as folder:
        print(line(library, Path(folder)), flush=True)

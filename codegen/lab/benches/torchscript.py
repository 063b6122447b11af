"""Scores a CPU second from Python, one thread: nice_flow beside the same weights in PyTorch's TorchScript at its best batch.

    python codegen/lab/benches/torchscript.py [ROUNDS]

The network is 16x4x64x2: 16 values, 4 additive couplings of an MLP 8 -> 64 -> 64 -> 8 with ReLU, standard normal prior. PyTorch
scores in f32, nice_flow in each number type, from rows of float32. Each round runs every way once, so that a busy machine slows
all alike, and CPU time is what counts; the table gives medians over rounds of rows a second, and of ratios to TorchScript's
best. Needs torch and nice_flow.
"""

import os
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import torch
from torch import nn

import nice_flow

D, HIDDEN, COUPLINGS = 16, 64, 4
ROWS = 1 << 14
BATCHES = [256, 1024, 4096]
NUMERICS = ["f64", "f32", "i16", "i8"]
#: Calls of one row in a round.
CALLS = 500


class Nice(nn.Module):
    def __init__(self):
        super().__init__()
        half = D // 2
        layers = lambda: [nn.Linear(half, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, half)]
        self.shifts = nn.ModuleList(nn.Sequential(*layers()) for _ in range(COUPLINGS))
        self.log_normaliser: float = D / 2 * float(np.log(2 * np.pi))

    def forward(self, x):
        """The score of each row, in nats."""
        a, b = x.chunk(2, dim=1)
        for shift in self.shifts:
            a, b = b + shift(a), a
        return 0.5 * (a.square().sum(dim=1) + b.square().sum(dim=1)) + self.log_normaliser


def manifest():
    """What `Nice` computes, where its halves stay in place and take turns."""
    halves = [list(range(D // 2)), list(range(D // 2, D))]
    text = [f'schema = "nice-manifest/1"\nname = "nice"\ndim = {D}\ndirection = "x_to_z"']
    text.append('source = { container = "torch" }\nprior = { kind = "normal" }')
    for i in range(COUPLINGS):
        steps = []
        for layer in (0, 2, 4):
            steps.append(f'{{ op = "linear", w = "shifts.{i}.{layer}.weight", b = "shifts.{i}.{layer}.bias" }}')
            steps += ['{ op = "act", fn = "relu" }'] if layer < 4 else []
        cond, trans = halves[i % 2], halves[1 - i % 2]
        text.append(f'[[ops]]\nop = "coupling"\nlaw = "additive"\nsign = "+"\ncond = {cond}\ntrans = {trans}')
        text.append(f'io = "gathered"\nnet = [{", ".join(steps)}]')
    return "\n".join(text)


def in_batches(score, x, batch):
    for start in range(0, len(x), batch):
        score(x[start : start + batch])


def times(score, x):
    for _ in range(CALLS):
        score(x)


def measured(ways, rounds):
    """CPU seconds of each way in each round."""
    found = {name: [] for name in ways}
    for round in range(rounds + 1):  # the first warms up
        for name, way in ways.items():
            start = time.process_time()
            way()
            found[name].append(time.process_time() - start)
    return {name: seconds[1:] for name, seconds in found.items()}


def table(title, found, count):
    best = min((name for name in found if name.startswith("TorchScript")), key=lambda name: statistics.median(found[name]))
    print(f"\n{title}: ratio to {best}")
    for name, seconds in found.items():
        ratio = statistics.median(theirs / own for theirs, own in zip(found[best], seconds))
        each = statistics.median(seconds) / count
        print(f"  {name:24} {1 / each:12,.0f} rows a CPU second  {1e6 * each:8.2f} us a row  {ratio:6.2f}x")


def main(rounds=9):
    rounds = int(rounds)
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    torch.set_num_threads(1)
    flow = Nice().eval()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "nice.toml")
        path.write_text(manifest())
        model = nice_flow.from_torch(flow, lambda f, x: -f(x), dim=D, manifest=str(path))
    script = torch.jit.freeze(torch.jit.script(flow))
    X = model.sample(ROWS, seed=0).astype(np.float32)
    T = torch.from_numpy(X)
    print(f"torch {torch.__version__}, nice_flow {nice_flow.__version__}, one thread, medians of {rounds} rounds")
    with torch.inference_mode():
        off = np.abs(script(T).numpy() - model.score(X, "f32")).max()
        print(f"the same function: scores differ by {off:.1e} nats at most")
        ways = {f"nice_flow {numeric}": lambda numeric=numeric: model.score(X, numeric, threads=1) for numeric in NUMERICS}
        ways |= {f"TorchScript, batch {batch}": lambda batch=batch: in_batches(script, T, batch) for batch in BATCHES}
        ways |= {f"eager, batch {batch}": lambda batch=batch: in_batches(flow, T, batch) for batch in BATCHES}
        table(f"batches, {ROWS} rows", measured(ways, rounds), ROWS)
        ways = {f"nice_flow {numeric}": lambda numeric=numeric: times(lambda x: model.score(x, numeric), X[:1]) for numeric in NUMERICS}
        ways |= {"TorchScript": lambda: times(script, T[:1]), "eager": lambda: times(flow, T[:1])}
        table("one row a call", measured(ways, rounds), CALLS)


if __name__ == "__main__":
    main(*sys.argv[1:])

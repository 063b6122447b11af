"""Rows per second of a NICE flow in plain PyTorch: 16 values, 4 additive couplings of an MLP
8 -> 64 -> 64 -> 8 with ReLU, standard normal prior, f32, one thread, no gradients.

Each batch size runs eager, traced, scripted and compiled (needs a C++ compiler); the line gives the fastest and its name.
"""
import math
import time
import warnings

import torch
from torch import nn

D, HIDDEN, COUPLINGS = 16, 64, 4
BATCHES = [1, 64, 256, 1024, 4096, 16384, 100000]
REPEATS, SECONDS = 10, 0.1  # best of REPEATS, each about SECONDS long


class Nice(nn.Module):
    def __init__(self):
        super().__init__()
        half = D // 2
        self.shifts = nn.ModuleList(
            nn.Sequential(
                nn.Linear(half, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, half)
            )
            for _ in range(COUPLINGS)
        )
        self.log_normaliser: float = D / 2 * math.log(2 * math.pi)

    def forward(self, x):
        """The log density of each row, in nats."""
        a, b = x.chunk(2, dim=1)
        for shift in self.shifts:
            a, b = b + shift(a), a
        return -0.5 * (a.square().sum(dim=1) + b.square().sum(dim=1)) - self.log_normaliser


def seconds(model, x, calls):
    start = time.perf_counter()
    for _ in range(calls):
        model(x)
    return (time.perf_counter() - start) / calls


def rows_per_second(variants, x):
    """The best of interleaved repeats, so that a busy moment hits every variant alike."""
    best = {name: math.inf for name in variants}
    calls = {}
    for name, model in variants.items():
        seconds(model, x, 10)  # warm up, and let the compilers specialise
        calls[name] = max(1, round(SECONDS / seconds(model, x, 3)))
    for _ in range(REPEATS):
        for name, model in variants.items():
            best[name] = min(best[name], seconds(model, x, calls[name]))
    return {name: len(x) / time for name, time in best.items()}


warnings.simplefilter("ignore", FutureWarning)  # TorchScript still runs, and still wins at some sizes
torch.manual_seed(0)
torch.set_num_threads(1)
model = Nice().eval()
print(f"# torch {torch.__version__}, {torch.get_num_threads()} thread, {torch.backends.cpu.get_cpu_capability()}")
with torch.inference_mode():
    for batch in BATCHES:
        x = torch.randn(batch, D)
        variants = {
            "eager": model,
            "trace": torch.jit.freeze(torch.jit.trace(model, x)),
            "script": torch.jit.freeze(torch.jit.script(model)),
            "compile": torch.compile(model, dynamic=False),
        }
        rates = rows_per_second(variants, x)
        best = max(rates, key=rates.get)
        others = ", ".join(f"{name} {rate:.0f}" for name, rate in rates.items())
        print(f"batch {batch} rows_per_second {rates[best]:.0f} ({best}; {others})", flush=True)

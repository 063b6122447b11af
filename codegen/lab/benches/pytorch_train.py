"""Trains a flow of 8 KB of `nice-flow train` in plain PyTorch too and compares CPU seconds and held-out NLL.

    python codegen/lab/benches/pytorch_train.py NICE_FLOW FOLDER [SET ...]

NICE_FLOW is the release build of the command; FOLDER holds NAME.train.csv (normal rows) and NAME.test.csv (column y).
Same sizes, steps, batch, noise, decay, schedule, early stop and split sizes, other random numbers; means over seeds 0 to 5. The
NLL is in standard units, the least likely 1 % left out, in nats for each feature: that of the tenth of the training file
that is held out, and that of the normal test rows. +- is the deviation of the difference over seeds: on pageblocks, whose test rows
lie hundreds of deviations out, the test rows tell seeds apart and not programs. One thread each.
"""
import csv
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["RAYON_NUM_THREADS"] = "1"
import numpy as np
import torch
from torch import nn

torch.set_num_threads(1)
BATCH, STEPS, CHECK, PATIENCE, WARM_UP, RATE = 256, 2000, 100, 8, 50, 3e-3
SEEDS, COMPONENTS = range(6), 8


class Flow(nn.Module):
    """Additive couplings on halves of random permutations, final scales, mixture of diagonal normals."""

    def __init__(self, dim, couplings, hidden, depth, components):
        super().__init__()
        self.halves, self.networks = [], nn.ModuleList()
        for index in range(couplings):
            if index % 2 == 0:
                order = torch.randperm(dim)
                halves = order[: dim // 2], order[dim // 2 :]
            else:
                halves = halves[::-1]
            widths = [len(halves[0])] + [hidden] * depth + [len(halves[1])]
            layers = []
            for pair in zip(widths, widths[1:]):
                layers += [nn.Linear(*pair), nn.ReLU()]
            self.halves.append(halves)
            self.networks.append(nn.Sequential(*layers[:-1]))
        self.log_scale = nn.Parameter(torch.zeros(dim))
        self.logits = nn.Parameter(torch.zeros(components))
        self.means = nn.Parameter(torch.randn(components, dim))
        self.log_precisions = nn.Parameter(torch.zeros(components, dim))

    def forward(self, x):
        """The log density of each row, in nats."""
        for (kept, changed), network in zip(self.halves, self.networks):
            x = x.index_add(1, changed, network(x[:, kept]))
        e = (x * self.log_scale.exp())[:, None] - self.means
        e = e * self.log_precisions.exp()
        normal = (self.log_precisions - 0.5 * e**2 - 0.5 * math.log(2 * math.pi)).sum(2)
        return torch.logsumexp(torch.log_softmax(self.logits, 0) + normal, 1) + self.log_scale.sum()


def trimmed(nll):
    return np.sort(nll)[: math.ceil(0.99 * len(nll))].mean()


def train(rows, sizes, seed):
    """The best flow by the held-out rows, their NLL, and the CPU seconds it took."""
    torch.manual_seed(seed)
    start = time.process_time()
    order = torch.randperm(len(rows))
    held_out, training = rows[order[: len(rows) // 10]], rows[order[len(rows) // 10 :]]
    number = {key: int(sizes[key]) for key in ["couplings", "hidden", "depth"]}
    flow = Flow(rows.shape[1], **number, components=COMPONENTS)
    adam = torch.optim.AdamW(flow.parameters(), lr=RATE, weight_decay=float(sizes["decay"]))
    course = torch.optim.lr_scheduler.LambdaLR(
        adam, lambda step: min(1, (step + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * step / STEPS))
    )
    best, idle, order, at = (math.inf, None), 0, None, len(training)
    for step in range(1, STEPS + 1):
        if at + BATCH > len(training):
            order, at = torch.randperm(len(training)), 0
        x = training[order[at : at + BATCH]]
        at += BATCH
        loss = -flow(x + float(sizes["noise"]) * torch.randn_like(x)).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        course.step()
        if step % CHECK == 0:
            with torch.no_grad():
                nll = trimmed(-flow(held_out).numpy())
            idle += 1
            if nll < best[0]:
                best, idle = (nll, {key: value.clone() for key, value in flow.state_dict().items()}), 0
            if idle == PATIENCE:
                break
    flow.load_state_dict(best[1])
    return flow, best[0], time.process_time() - start


def ours(command, folder, name, seed, scratch):
    """What `nice-flow train` says of its flow, its NLL of the normal test rows in raw units, its CPU seconds."""
    model, scores = scratch / "model.safetensors", scratch / "scores.csv"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    arguments = ["train", folder / f"{name}.train.csv", "--members", "1", "--seed", str(seed), "--json", "-o", model]
    arguments += ["--budget", "8192", "--prior", f"mixture:{COMPONENTS}"]
    told = subprocess.run([command, *arguments], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    arguments = ["score", model, folder / f"{name}.test.csv", "--label", "y", "-o", scores]
    subprocess.run([command, *arguments], check=True, capture_output=True)
    with open(scores) as file:
        nll = np.array([float(row["score"]) for row in csv.DictReader(file)])
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(told.stdout)["members"][0], nll, seconds


def compare(command, folder, name):
    raw = np.loadtxt(folder / f"{name}.train.csv", delimiter=",", skiprows=1)
    test = np.loadtxt(folder / f"{name}.test.csv", delimiter=",", skiprows=1)
    normal, mean, scale = test[:, -1] == 0, raw.mean(0), raw.std(0)
    rows = torch.tensor((raw - mean) / scale, dtype=torch.float32)
    unseen = torch.tensor((test[normal, :-1] - mean) / scale, dtype=torch.float32)
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        for seed in SEEDS:
            sizes, nll, seconds = ours(command, folder, name, seed, Path(scratch))
            flow, torch_held_out, torch_seconds = train(rows, sizes, seed)
            with torch.no_grad():
                torch_nll = trimmed(-flow(unseen).numpy())
            nll = trimmed(nll[normal]) - np.log(scale).sum()
            held_out = float(sizes["held_out_nll_standard_units"])
            found.append([held_out, torch_held_out, nll, torch_nll, seconds, torch_seconds])
    found = np.array(found)
    *_, seconds, torch_seconds = found.mean(axis=0)
    print(
        f"{name:<11} held out {against(found[:, :2] / raw.shape[1])}   test {against(found[:, 2:4] / raw.shape[1])}"
        f"   CPU s {seconds:5.2f}  PyTorch {torch_seconds:6.2f}  ratio {torch_seconds / seconds:5.1f}",
        flush=True,
    )


def against(pairs):
    """Our mean, PyTorch's, and how they differ over seeds."""
    (ours, theirs), difference = pairs.mean(axis=0), pairs[:, 0] - pairs[:, 1]
    return f"{ours:7.4f}  PyTorch {theirs:7.4f}  difference {difference.mean():+.4f} +- {difference.std():.4f}"


command, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
for name in sys.argv[3:] or ["pendigits", "annthyroid", "waveform", "satellite", "pageblocks"]:
    compare(command, folder, name)

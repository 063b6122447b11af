# /// script
# requires-python = ">=3.11"
# dependencies = ["torch==2.15.0", "zuko==1.6.0", "numpy==2.4.6"]
# ///
"""Trains a NICE flow on normal rows only and saves it with its scaling and 64 checked scores."""
import argparse
import math
from pathlib import Path

import numpy as np
import torch
import zuko
from zuko.transforms import AdditiveTransform

HERE = Path(__file__).parent
D, STEPS, WARM_UP = 9, 2000, 50

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--data", type=Path, default=HERE, help="folder of train.csv and test.csv")
data = arguments.parse_args().data
train = np.loadtxt(data / "train.csv", delimiter=",", skiprows=1)
test = np.loadtxt(data / "test.csv", delimiter=",", skiprows=1)
test, anomalous = test[:, :D], test[:, D] == 1
mean, scale = train.mean(axis=0), train.std(axis=0)

torch.manual_seed(0)
torch.set_num_threads(1)
flow = zuko.flows.NICE(D, transforms=4, hidden_features=(16,), univariate=AdditiveTransform, shapes=[()])
rows = torch.tensor((train - mean) / scale, dtype=torch.float32)
optimizer = torch.optim.AdamW(flow.parameters(), lr=3e-3, weight_decay=0.01)
cosine_with_warm_up = lambda step: min(1, (step + 1) / WARM_UP) * (1 + math.cos(math.pi * step / STEPS)) / 2
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, cosine_with_warm_up)
for step in range(STEPS):
    batch = rows[torch.randint(len(rows), (256,))]
    batch = batch + 0.05 * torch.randn_like(batch)
    loss = -flow().log_prob(batch).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
torch.save(flow.state_dict(), HERE / "shuttle.pt")
np.savez(HERE / "stats.npz", mean=mean, scale=scale)

flow.double()  # everything below is the f64 reference


def log_prob(x):
    with torch.no_grad():
        return flow().log_prob(torch.tensor((x - mean) / scale)).numpy()


pick = lambda label: np.flatnonzero(anomalous == label)[:: (anomalous == label).sum() // 32][:32]
x = test[np.sort(np.concatenate([pick(False), pick(True)]))]
np.savez(HERE / "probe.npz", x_raw=x, log_prob_raw=log_prob(x) - np.log(scale).sum(),
         x_model=(x - mean) / scale, log_prob_model=log_prob(x))
score, normal = -log_prob(test[anomalous]), -log_prob(test[~anomalous])
threshold = np.quantile(-log_prob(train), 0.999)
print(f"AUROC {(score[:, None] > normal).mean() + (score[:, None] == normal).mean() / 2:.4f}")
print(f"above the 99.9 % training quantile: {(normal > threshold).sum()} of {len(normal)} normal rows,"
      f" {(score > threshold).sum()} of {len(score)} anomalies")

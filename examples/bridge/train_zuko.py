"""Trains a NICE flow on the rows of a CSV with PyTorch and zuko, and saves what nice-flow needs of it."""
import math
import sys
from pathlib import Path

import numpy as np
import torch
import zuko
from zuko.transforms import AdditiveTransform

from exports import probe_rows, read, save

STEPS, WARM_UP = 2000, 50

csv, folder = sys.argv[1:]
data, mean, scale = read(csv)
torch.manual_seed(0)
torch.set_num_threads(1)
flow = zuko.flows.NICE(
    data.shape[1], transforms=4, hidden_features=(16,), univariate=AdditiveTransform, shapes=[()]
)
rows = torch.tensor((data - mean) / scale, dtype=torch.float32)
optimizer = torch.optim.AdamW(flow.parameters(), lr=3e-3, weight_decay=0.01)
cosine_with_warm_up = lambda step: min(1, (step + 1) / WARM_UP) * (1 + math.cos(math.pi * step / STEPS)) / 2
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, cosine_with_warm_up)
for step in range(STEPS):
    batch = rows[torch.randint(len(rows), (256,))]
    loss = -flow().log_prob(batch + 0.05 * torch.randn_like(batch)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
    if (step + 1) % 500 == 0:
        print(f"step {step + 1}: {loss.item():.3f} nats")

torch.save(flow.state_dict(), Path(folder) / "zuko.pt")
flow.double()  # the probe is the f64 reference
x = probe_rows(data, scale)
with torch.no_grad():
    log_prob = flow().log_prob(torch.tensor((x - mean) / scale)).numpy()
save(folder, mean, scale, x, log_prob)

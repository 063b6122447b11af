"""Trains a NICE flow on the rows of a CSV with JAX and flowjax, and saves what nice-flow needs of it."""
import sys
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)  # the probe is the f64 reference

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
from flowjax.bijections import Loc
from flowjax.distributions import StandardNormal
from flowjax.flows import coupling_flow
from flowjax.train import fit_to_data

from exports import probe_rows, read, save

EPOCHS, BATCH = 100, 256

csv, folder = sys.argv[1:]
data, mean, scale = read(csv)
weights, noise, order = jr.split(jr.key(0), 3)
flow = coupling_flow(
    weights, base_dist=StandardNormal((data.shape[1],)), transformer=Loc(0), flow_layers=4, nn_width=16
)
rows = jnp.asarray((data - mean) / scale)
rows = rows + 0.05 * jr.normal(noise, rows.shape)
steps = EPOCHS * len(rows) // BATCH
optimizer = optax.adamw(optax.warmup_cosine_decay_schedule(0.0, 3e-3, 50, steps), weight_decay=0.01)
flow, losses = fit_to_data(
    order, flow, rows, optimizer=optimizer, max_epochs=EPOCHS, max_patience=EPOCHS, batch_size=BATCH, show_progress=False
)
print(f"after {len(losses['val'])} epochs: {min(losses['val']):.3f} nats on held-out rows")

leaves, _ = jax.tree_util.tree_flatten_with_path(eqx.filter(flow, eqx.is_array))
np.savez(Path(folder) / "flowjax.npz", **{jax.tree_util.keystr(path): leaf for path, leaf in leaves})
x = probe_rows(data, scale)
save(folder, mean, scale, x, np.asarray(flow.log_prob(jnp.asarray((x - mean) / scale))))

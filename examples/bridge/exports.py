"""The files beside a checkpoint: how inputs were standardised, and a probe that proves the import."""
from pathlib import Path

import numpy as np


def read(csv):
    """Rows of a CSV with a header; the mean and the scale that standardise them."""
    data = np.loadtxt(csv, delimiter=",", skiprows=1, ndmin=2)
    return data, data.mean(axis=0), data.std(axis=0)


def probe_rows(data, scale):
    """32 rows of the data and 32 that lie three standard deviations beside some."""
    near = data[:: max(1, len(data) // 32)][:32]
    return np.concatenate([near, near + 3 * scale * np.random.default_rng(0).standard_normal(near.shape)])


def save(folder, mean, scale, x, log_prob):
    """Writes stats.npz and probe.npz; `log_prob` is of standardised rows, `x` in raw units."""
    np.savez(Path(folder) / "stats.npz", mean=mean, scale=scale)
    # The density of raw units: that of standardised ones, and the map's log-determinant.
    np.savez(Path(folder) / "probe.npz", x_raw=x, log_prob_raw=log_prob - np.log(scale).sum())

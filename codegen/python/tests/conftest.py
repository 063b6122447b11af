"""Models and rows for all tests, and the command that they are compared with."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nice_flow

FIXTURES = Path(__file__).resolve().parents[2] / "tests" / "fixtures"
NUMERICS = ["f64", "f32", "i16", "i8"]


def pytest_configure(config):
    config.addinivalue_line("filterwarnings", "ignore::nice_flow.Note")


def command(*arguments, check=True):
    """Runs the command: that of $NICE_FLOW, or the one in the wheel."""
    program = os.environ.get("NICE_FLOW")
    program = [program] if program else [sys.executable, "-m", "nice_flow"]
    done = subprocess.run([*program, *map(str, arguments)], capture_output=True, text=True)
    assert not check or done.returncode == 0, done.stderr
    return done


def write_csv(path, rows, names):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([["" if np.isnan(x) else repr(float(x)) for x in row] for row in rows])
    return path


def scored(model, rows, numeric, folder, *options):
    """The table that the command writes for rows."""
    saved = folder / "model.safetensors"
    model.save(saved)
    data = write_csv(folder / "rows.csv", rows, model.feature_names)
    command("score", saved, data, "--numeric", numeric, "-o", folder / "out.csv", *options)
    with open(folder / "out.csv", newline="") as file:
        return list(csv.DictReader(file))


def made(seed=0, n=900, dim=4):
    """Rows that depend on each other, one of them not finite and one far out."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((n, dim))
    X = np.column_stack([z[:, 0], z[:, 0] ** 2 + 0.3 * z[:, 1], 20 + 4 * z[:, 2], z[:, 3] * z[:, 0]])[:, :dim]
    X[17, 1], X[40, 0] = np.nan, 1e30
    return X


@pytest.fixture(scope="session")
def rows():
    return made()


@pytest.fixture(scope="session")
def normal():
    """Rows to train on and rows to calibrate with."""
    X = made(1, 1600)
    X = X[np.isfinite(X).all(1) & (np.abs(X) < 1e9).all(1)]
    return X[:1000], X[1000:]


@pytest.fixture(scope="session")
def model(normal):
    """A calibrated ensemble by tails."""
    trained = nice_flow.train(normal[0], steps=60, members=2, feature_names=["a", "b", "c", "d"], name="pump")
    return trained.calibrate(normal[1], false_alarm_rate=0.01)

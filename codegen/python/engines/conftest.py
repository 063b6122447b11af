"""A small fleet in Parquet: machines that differ, rows of each spread over the files."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as parquet
import pytest

import nice_flow

# The command that scores are compared with, as the package's other tests have it.
_others = spec_from_file_location("others", Path(__file__).resolve().parents[1] / "tests" / "conftest.py")
others = module_from_spec(_others)
_others.loader.exec_module(others)
command = others.command

FEATURES = ["a", "b", "c", "d"]
MACHINES, FILES, ROWS = 6, 8, 1200


def pytest_configure(config):
    config.addinivalue_line("filterwarnings", "ignore")


@pytest.fixture(scope="session")
def fleet(tmp_path_factory):
    """The folder, and the whole table. A cell is missing and one is far out; machine 5 has too few rows to train on."""
    folder = tmp_path_factory.mktemp("fleet")
    rng = np.random.default_rng(7)
    machine = rng.integers(0, MACHINES - 1, FILES * ROWS).astype(np.int32)
    machine[11] = MACHINES - 1
    z = rng.standard_normal((len(machine), 4))
    X = np.column_stack([z[:, 0] + machine, z[:, 0] ** 2 + 0.3 * z[:, 1], 20 + 4 * z[:, 2], z[:, 3] * z[:, 0]])
    table = pa.table({"id": np.arange(len(X)), "machine": machine, **dict(zip(FEATURES, X.T))})
    for file in range(FILES):
        part = table.slice(file * ROWS, ROWS)
        parquet.write_table(part, folder / f"part-{file}.parquet")
    return folder, table


@pytest.fixture(scope="session")
def strange(fleet, tmp_path_factory):
    """The same with a NaN and a 1e30 among the features."""
    folder, table = tmp_path_factory.mktemp("strange"), fleet[1]
    b = table.column("b").to_numpy().copy()
    b[17], b[4040] = np.nan, 1e30
    table = table.set_column(table.column_names.index("b"), "b", pa.array(b))
    for file in range(FILES):
        parquet.write_table(table.slice(file * ROWS, ROWS), folder / f"part-{file}.parquet")
    return folder, table


@pytest.fixture(scope="session")
def model(fleet):
    X = fleet[1].select(FEATURES)
    trained = nice_flow.train(X.slice(0, 3000), steps=60, members=2, name="pump")
    return trained.calibrate(X.slice(3000, 3000), false_alarm_rate=0.01)


def expect_scores(found, table, model, numeric, folder):
    """Each row once, with the bits and the verdict that the command gives it."""
    import csv

    saved = folder / "model.safetensors"
    model.save(saved)
    data = folder / "rows.csv"
    with open(data, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(FEATURES)
        rows = zip(*(table.column(name).to_pylist() for name in FEATURES))
        writer.writerows([["" if x != x else repr(x) for x in row] for row in rows])
    command("score", saved, data, "--numeric", numeric, "-o", folder / "out.csv")
    with open(folder / "out.csv", newline="") as file:
        expected = list(csv.DictReader(file))
    found = found.sort_by("id")
    assert found.column("id").to_pylist() == list(range(table.num_rows))
    scores = np.array([float(row["score"]) for row in expected])
    # A double holds every score exactly: of f32 the command prints the shortest text that reads back as f32.
    scores = scores.astype(np.float32).astype(float) if numeric == "f32" else scores
    np.testing.assert_array_equal(found.column("score").to_numpy(), scores)
    assert found.column("anomalous").to_pylist() == [row["anomalous"] == "1" for row in expected]


def expect_models(rows, table):
    """A row for each machine, with the bytes that training gives its rows here; the last says why it has none."""
    assert sorted(row["machine"] for row in rows) == list(range(MACHINES))
    for row in rows:
        own = table.filter(pa.compute.equal(table.column("machine"), row["machine"]))
        assert row["rows"] == own.num_rows
        if row["machine"] == MACHINES - 1:
            assert row["model"] is None and "ValueError" in row["error"]
            continue
        assert row["error"] is None
        own = own.sort_by("id").select(FEATURES)
        alone = nice_flow.train(own, name=f"machine_{row['machine']}", members=1, steps=30, seed=3, threads=1)
        assert row["model"] == alone.to_bytes()

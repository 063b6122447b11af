"""A fleet on PySpark or Ray, on this machine: every score and every model compared with the command's; what it costs.

    python codegen/lab/benches/engines.py spark|ray NICE_FLOW [ROWS] [MACHINES] [NUMERIC]

NICE_FLOW is the command. ROWS rows of 16 numbers, by default 20,000,000 of 2,000 machines, are scored from Parquet to Parquet while a
worker is killed by SIGKILL; then each machine's flow is trained, 200 rows of 8 numbers each, and a worker is killed again. The rows are
draws from a pool that the command scores: so each score has one to compare with. CPU seconds are those of the engine's processes,
its start apart, and of `Model.score` alone on one thread. Needs nice_flow, pyarrow and the engine; GNU/Linux for the CPU seconds; a
folder in $SCRATCH for 1 GB.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as parquet

import nice_flow

D, POOL, FILE = 16, 20_000, 500_000
STEPS = {"members": 1, "steps": 40, "seed": 3}
FEW, NARROW = 200, [f"x{i}" for i in range(8)]


class Spent:
    """CPU seconds of all processes below this one, those that have ended included."""

    def __init__(self):
        self.seen, self.tick = {}, os.sysconf("SC_CLK_TCK")
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self):
        while True:
            self.look()
            time.sleep(0.2)

    def look(self):
        parents, used = {}, {}
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = entry.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # it has ended
            pid = int(entry.parent.name)
            parents[pid] = int(fields[1])
            used[pid, fields[19]] = (int(fields[11]) + int(fields[12])) / self.tick
        for (pid, start), seconds in used.items():
            above = pid
            while above not in (0, os.getpid()) and (above, start) not in self.seen:
                above = parents.get(above, 0)
            if above:
                self.seen[pid, start] = max(seconds, self.seen.get((pid, start), 0.0))

    def total(self):
        self.look()
        # What this process does itself is part of the work, but for the comparison, which comes later.
        return sum(seconds for _, seconds in list(self.seen.items()))


def made(rng, count, width):
    """Rows that depend on each other."""
    z = rng.standard_normal((count, width))
    z[:, 1::2] = z[:, ::2] ** 2 + 0.3 * z[:, 1::2]
    return z.astype(np.float32)


def killing(flag, row):
    """Kills the first worker that comes to this row."""

    def kill(ids):
        if not os.path.exists(flag) and pa.compute.any(pa.compute.equal(ids, row)).as_py():
            open(flag, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)

    return kill


class Spark:
    def __init__(self, folder):
        from pyspark.sql import SparkSession

        os.environ["PYSPARK_PYTHON"] = sys.executable
        builder = SparkSession.builder.master("local[2,4]").config("spark.ui.enabled", "false")
        builder = builder.config("spark.local.dir", folder).config("spark.driver.memory", "2g")
        self.session = builder.config("spark.sql.shuffle.partitions", "8").getOrCreate()
        self.session.sparkContext.setLogLevel("OFF")
        self.session.range(100).count()

    def read(self, data, kill):
        df = self.session.read.parquet(str(data))

        def task(batches):
            for batch in batches:
                kill(batch.column("id"))
                yield batch

        return df.mapInArrow(task, df.schema)

    def score(self, table, model, numeric, out):
        import nice_flow.spark

        nice_flow.spark.score(table, model, numeric=numeric, keep=["id"]).write.parquet(str(out))

    def train(self, table, out):
        import nice_flow.spark

        models = nice_flow.spark.train(table, by="machine", order="id", features=NARROW, **STEPS)
        models.write.parquet(str(out))


class Ray:
    def __init__(self, folder):
        import ray

        ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR", object_store_memory=1_500_000_000)
        ray.data.DataContext.get_current().enable_progress_bars = False
        self.ray = ray
        ray.data.range(100).count()

    def read(self, data, kill):
        def task(table):
            kill(table.column("id"))
            return table

        return self.ray.data.read_parquet(str(data)).map_batches(task, batch_format="pyarrow", zero_copy_batch=True)

    def score(self, table, model, numeric, out):
        import nice_flow.ray

        nice_flow.ray.score(table, model, numeric=numeric, keep=["id"]).write_parquet(str(out))

    def train(self, table, out):
        import nice_flow.ray

        nice_flow.ray.train(table, by="machine", order="id", features=NARROW, **STEPS).write_parquet(str(out))


def command_scores(program, model, pool, numeric, folder):
    """What the command gives each row of the pool."""
    model.save(folder / "model.safetensors")
    np.save(folder / "pool.npy", pool)
    arguments = ["score", folder / "model.safetensors", folder / "pool.npy", "--numeric", numeric, "-o", folder / "pool.csv"]
    subprocess.run([program, *arguments], check=True, stdout=subprocess.DEVNULL)
    column = (folder / "pool.csv").open().readline().strip().split(",").index("score")
    scores = np.loadtxt(folder / "pool.csv", delimiter=",", skiprows=1, usecols=column)
    return scores.astype(np.float32).astype(float) if numeric == "f32" else scores


def write_rows(data, pool, rows, machines):
    data.mkdir()
    names = [f"x{i}" for i in range(pool.shape[1])]
    for start in range(0, rows, FILE):
        ids = np.arange(start, min(start + FILE, rows))
        table = {"id": ids, "machine": (ids % machines).astype(np.int32)}
        table |= dict(zip(names, pool[place(ids)].T))
        parquet.write_table(pa.table(table), data / f"{start // FILE:04}.parquet", row_group_size=100_000)


def place(ids):
    """The row of the pool that a row is; neighbours lie apart."""
    return ids * 7919 % POOL


def scoring(engine, spent, program, folder, rows, machines, numeric):
    rng = np.random.default_rng(0)
    pool = made(rng, POOL, D)
    model = nice_flow.train(pool[:2000], members=1, couplings=4, hidden=64, depth=2, steps=60, name="fleet")
    model = model.calibrate(pool[2000:4000], false_alarm_rate=0.01)
    expected = command_scores(program, model, pool, numeric, folder)
    write_rows(folder / "data", pool, rows, machines)
    size = sum(file.stat().st_size for file in (folder / "data").iterdir())
    many = np.tile(pool, (25, 1))
    model.score(many[:1000], numeric, threads=1)
    start = time.process_time()
    model.score(many, numeric, threads=1)
    kernel = (time.process_time() - start) / len(many) * 1e6
    before, start = spent.total(), time.monotonic()
    flag = str(folder / "killed")
    engine.score(engine.read(folder / "data", killing(flag, rows // 2)), model, numeric, folder / "scores")
    wall, cost = time.monotonic() - start, (spent.total() - before) / rows * 1e6
    assert os.path.exists(flag), "no worker was killed"
    seen = np.zeros(rows, bool)
    for file in (folder / "scores").glob("*.parquet"):
        part = parquet.read_table(file, columns=["id", "score"])
        ids = part.column("id").to_numpy()
        assert len(np.unique(ids)) == len(ids) and not seen[ids].any(), "a row came twice"
        seen[ids] = True
        np.testing.assert_array_equal(part.column("score").to_numpy(), expected[place(ids)])
    assert seen.all(), "a row is missing"
    print(f"  {rows:,} rows x {D} of {machines:,} machines ({size / 1e9:.2f} GB), {numeric}, a worker killed: every score is the command's")
    print(f"  {cost:.2f} CPU-seconds a million rows, Parquet to Parquet; Model.score alone {kernel:.2f}; {wall:.0f} s")
    print(f"  10^9 rows: {cost * 1000 / 3600:.2f} core hours, of which the kernel {kernel * 1000 / 3600:.2f}", flush=True)


def parts_of(data):
    """The header of a model file without what tells of what and how it was made, and its tensors."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    model = json.loads(header["__metadata__"].pop("nice_flow"))
    model.pop("origin")
    for member in model["members"]:
        for way in ("command", "call"):
            member["training"].pop(way, None)
    return header, model, data[8 + length :]


def training(engine, spent, program, folder, machines):
    rng = np.random.default_rng(1)
    rows = machines * FEW
    X = made(rng, rows, len(NARROW))
    machine = rng.permutation(np.arange(rows) % machines).astype(np.int32)
    X += machine[:, None] % 7
    table = pa.table({"id": np.arange(rows), "machine": machine, **dict(zip(NARROW, X.T))})
    (folder / "logs").mkdir()
    for part in range(8):
        share = -(-rows // 8)
        parquet.write_table(table.slice(part * share, share), folder / "logs" / f"{part}.parquet")
    flag = str(folder / "killed too")
    before, start = spent.total(), time.monotonic()
    engine.train(engine.read(folder / "logs", killing(flag, rows // 2)), folder / "models")
    wall, cost = time.monotonic() - start, (spent.total() - before) / machines
    assert os.path.exists(flag), "no worker was killed"
    found = pa.concat_tables(parquet.read_table(file) for file in (folder / "models").glob("*.parquet")).sort_by("machine")
    assert found.column("machine").to_pylist() == list(range(machines))
    assert found.column("error").null_count == machines, found.column("error").drop_null()[0]
    seconds = 0.0
    for number, data in enumerate(found.column("model").to_pylist()):
        own = np.ascontiguousarray(X[machine == number])
        start = time.process_time()
        alone = nice_flow.train(own, name=f"machine_{number}", feature_names=NARROW, threads=1, **STEPS)
        seconds += time.process_time() - start
        assert data == alone.to_bytes(), f"machine {number}"
        if number % (machines // 10) == 0:
            file = folder / f"machine_{number}"
            lines = [",".join(NARROW)] + [",".join(repr(float(x)) for x in row) for row in own]
            file.write_text("\n".join(lines) + "\n")
            options = [str(word) for name, value in STEPS.items() for word in (f"--{name}", value)]
            subprocess.run([program, "train", file, *options, "-o", folder / "own.safetensors"], check=True, stdout=subprocess.DEVNULL)
            theirs = (folder / "own.safetensors").read_bytes()
            assert parts_of(theirs) == parts_of(data), f"machine {number} is not the command's"
    print(f"  {machines:,} flows of {FEW} rows x {len(NARROW)}, a worker killed: all trained, with the bytes of nice_flow.train,")
    print("  and of the command's file for ten of them, but for the name and hash of the CSV and the words of the command")
    print(f"  {cost:.3f} CPU-seconds a machine; nice_flow.train alone {seconds / machines:.3f}; {wall:.0f} s", flush=True)


def main(kind, program, rows=20_000_000, machines=2_000, numeric="i8"):
    spent = Spent()
    with tempfile.TemporaryDirectory(dir=os.environ.get("SCRATCH")) as folder:
        folder = Path(folder)
        start = spent.total()
        engine = {"spark": Spark, "ray": Ray}[kind](str(folder))
        print(f"{kind}, two workers; its start takes {spent.total() - start:.1f} CPU-seconds")
        scoring(engine, spent, program, folder, int(rows), int(machines), numeric)
        training(engine, spent, program, folder, int(machines))
    # Ends the engine's processes too.
    os._exit(0) if kind == "spark" else engine.ray.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Scores a fleet of Parquet files, killed at random and resumed; what it costs.

    python codegen/lab/benches/fleet.py NICE_FLOW MODEL [FILES] [ROWS A FILE] [KILLS] [NUMERIC] [DISTINCT]

NICE_FLOW is the command, built with --features parquet. With DISTINCT, a file has so many different rows, which Parquet stores in little
space: 100 million rows x 16 of 250 take 1.7 GB. Prints the most memory of a run, and the rows that a CPU second scores; fails
unless each file's part has each of its rows once. Needs numpy and pyarrow, and GNU/Linux for the memory.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet


def main(program, model, files=200, rows=500_000, kills=20, numeric="f32", distinct=0):
    files, rows, kills, distinct = int(files), int(rows), int(kills), int(distinct)
    with tempfile.TemporaryDirectory(dir=os.environ.get("SCRATCH")) as folder:
        data, out = Path(folder, "data"), Path(folder, "out")
        data.mkdir()
        make(program, model, folder, data, files, rows, distinct)
        arguments = [program, "--json", "score", model, str(data), "--numeric", numeric, "-o", f"{out}/"]
        peak, seconds, killed = 0, 0.0, 0
        while True:
            start = time.monotonic()
            child = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            most = 2 * files * rows / 1e6 / (kills + 1)
            end = start + random.uniform(0.2, max(0.4, most)) if killed < kills else float("inf")
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            while not pid:
                if time.monotonic() > end:
                    os.kill(child.pid, signal.SIGKILL)
                    end, killed = float("inf"), killed + 1
                time.sleep(0.01)
                pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            peak = max(peak, usage.ru_maxrss)
            seconds += usage.ru_utime + usage.ru_stime
            done = len(list(out.glob("*.parquet"))) if out.exists() else 0
            print(f"{time.monotonic() - start:.1f} s, {done} of {files} parts, status {status}", flush=True)
            if status == 0:
                break
            assert os.WIFSIGNALED(status), status
        for file in range(files):
            part = parquet.read_table(out / f"{file:04}.parquet", columns=["row", "score_bits"])
            assert np.array_equal(part.column("row").to_numpy(), np.arange(rows)), file
            assert part.column("score_bits").null_count == 0, file
        summary = json.loads(child.stdout.read())
        print(f"{files * rows:,} rows of {files} files in {numeric}, killed {killed} times: every row once")
        print(f"most memory {peak / 1024:.0f} MB; {files * rows / seconds:,.0f} rows a CPU second, lost work included; {summary}")


def make(program, model, folder, data, files, rows, distinct):
    """Files of draws of the model, each turned by another number of rows."""
    drawn = Path(folder, "rows.csv")
    subprocess.run([program, "sample", model, "-n", "20000", "-o", drawn], check=True, stdout=subprocess.DEVNULL)
    names = drawn.open().readline().strip().split(",")
    X = np.loadtxt(drawn, delimiter=",", skiprows=1, dtype=np.float32)
    X = X[:distinct] if distinct else X
    for file in range(files):
        turned = X[(np.arange(rows) + 97 * file) % len(X)]
        if not distinct:
            turned = turned + np.float32(1e-3) * np.random.default_rng(file).standard_normal(turned.shape, np.float32)
        parquet.write_table(pa.table(dict(zip(names, turned.T))), data / f"{file:04}.parquet")


if __name__ == "__main__":
    main(*sys.argv[1:])

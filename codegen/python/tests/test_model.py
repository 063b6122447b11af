"""What a model is in Python: files, pickles, threads, tables, errors, notebooks."""

import multiprocessing
import pickle
import threading

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import nice_flow
from conftest import command, made


def test_a_file_is_written_whole_and_reads_back(model, tmp_path):
    path = tmp_path / "pump.safetensors"
    model.save(path)
    assert nice_flow.load(path) == model and nice_flow.loads(model.to_bytes()) == model
    assert [entry.name for entry in tmp_path.iterdir()] == ["pump.safetensors"]
    assert "pump" in command("inspect", path).stdout
    with pytest.raises(OSError):
        model.save(tmp_path / "none" / "pump.safetensors")


def test_models_are_pickled(model, rows):
    again = pickle.loads(pickle.dumps(model))
    assert again == model and again != nice_flow.train(made(5, 60), members=1, steps=2)
    assert np.array_equal(again.score_bits(rows, "i8"), model.score_bits(rows, "i8"))


def test_columns_are_found_by_name(model, rows):
    expected = model.score_bits(rows)
    frame = pd.DataFrame(rows, columns=["a", "b", "c", "d"])
    assert np.array_equal(model.score_bits(frame[["d", "b", "a", "c"]].assign(more=1.0)), expected)
    assert np.array_equal(model.score_bits(pa.Table.from_pandas(frame[["c", "a", "b", "d"]])), expected)
    batch = pa.RecordBatch.from_pandas(frame)
    assert np.array_equal(model.score_bits(batch), expected)
    with pytest.raises(ValueError, match="found none named b, d"):
        model.score(frame[["a", "c"]].assign(e=1.0, f=2.0))
    with pytest.raises(ValueError, match=r"X: expected 4 columns \(a, b, c, d\), found 3"):
        model.score(rows[:, :3])


def test_floats_in_order_are_not_copied(model):
    # A copy of 160 MB would double the peak.
    import tracemalloc

    X = np.zeros((5_000_000, 4), np.float32)
    tracemalloc.start()
    model.score(X[:200_000], "f32")
    assert tracemalloc.get_traced_memory()[1] < 3 * 200_000 * 8
    tracemalloc.stop()


def test_integers_and_lists_are_rows_too(model):
    assert model.score([[0, 0, 20, 0]]) == model.score(np.array([[0, 0, 20, 0]])) == model.score([[0.0, 0.0, 20.0, 0.0]])
    with pytest.raises(ValueError, match="X: expected rows, an array of two dimensions, found one dimension of 2"):
        model.score([1.0, 2.0])
    with pytest.raises(ValueError):
        model.score([["a"] * 4])
    assert model.score(np.empty((0, 4))).shape == (0,)


def test_threads_share_a_model(model, rows):
    expected, found = model.score_bits(rows, "i8"), []
    work = [threading.Thread(target=lambda: found.append(model.score_bits(rows, "i8"))) for _ in range(6)]
    [thread.start() for thread in work]
    [thread.join() for thread in work]
    assert len(found) == 6 and all(np.array_equal(expected, other) for other in found)


def child(model, rows, out):
    out.put(model.score_bits(np.repeat(rows, 8, axis=0), "f32"))


def test_a_forked_process_has_threads_of_its_own(model, rows):
    many = np.repeat(rows, 8, axis=0)
    expected = model.score_bits(many, "f32", threads=2)
    context = multiprocessing.get_context("fork")
    out = context.Queue()
    process = context.Process(target=child, args=(model, rows, out))
    process.start()
    assert np.array_equal(out.get(timeout=60), expected)
    process.join(60)
    assert process.exitcode == 0


def test_errors_say_what_was_expected(model, tmp_path):
    with pytest.raises(ValueError, match="numeric: expected 'f64', 'f32', 'i16' or 'i8', found 'f16'"):
        model.score([[0.0] * 4], "f16")
    with pytest.raises(ValueError, match="found 'f64'"):
        model.generate("f64")
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"nothing")
    with pytest.raises(ValueError, match="bad.safetensors: expected a whole safetensors file"):
        nice_flow.load(bad)
    with pytest.raises(FileNotFoundError):
        nice_flow.load(tmp_path / "none")
    for options, message in [
        (dict(prior="beta"), "prior: expected normal, logistic or mixture:K, found 'beta'"),
        (dict(budget="1:f8"), "budget: expected BYTES"),
        (dict(missing="maybe"), "missing: expected alarm"),
        (dict(baseline="EWMA:1"), "baseline: expected EWMA:N"),
        (dict(members=0), "members: expected a whole number from 1 to 64, found 0"),
        (dict(hold_out=0.5), "false_alarm_rate"),
        (dict(y=[True]), "y: expected 60 labels"),
        (dict(feature_names=["a"]), "feature_names: expected 4 names"),
    ]:
        with pytest.raises(ValueError, match=message):
            nice_flow.train(made(2, 60)[:, :], **options)
    with pytest.raises(ValueError, match="expected a model with a front end"):
        model.windows(np.zeros(9))
    with pytest.raises(ValueError, match="found an ensemble by tails"):
        model.log_density([[0.0] * 4])


def test_flows_go_forth_and_back(model):
    flow = model.members[0]
    X = np.random.default_rng(2).standard_normal((50, 4))
    z, log_det = flow.forward(X)
    x, back = flow.inverse(z)
    assert np.allclose(x, X, atol=1e-9) and np.allclose(log_det, -back, atol=1e-9)
    assert flow.sample(7, seed=3).shape == (7, 4) and np.array_equal(flow.sample(2, seed=3), flow.sample(2, seed=3))
    with pytest.raises(ValueError, match="found an ensemble of 2"):
        model.forward(X)


def test_labels_choose_and_are_left_out(normal):
    X = np.concatenate([normal[0][:300], 30 + normal[0][:20]])
    y = np.arange(len(X)) >= 300
    model = nice_flow.train(X, y, members=1, steps=20, prior="normal")
    assert model.score(X)[y].min() > model.score(X)[~y].mean()
    lasting = nice_flow.train(normal[0], steps=20, members=1, hold_out=0.3, false_alarm_rate=0.05)
    assert lasting.threshold("i8") is not None and model.threshold("i8") is None


def test_notes_of_the_command_are_warnings(normal):
    X = normal[0].copy()
    X[3, 1] = np.nan
    with pytest.warns(nice_flow.Note, match="1 of 1000 rows left out"):
        nice_flow.train(X, members=1, steps=2)


def test_notebooks_show_a_card_and_a_page(model, normal):
    card = model._repr_html_()
    assert card.startswith("<table>") and "bytes, threshold" in card and "a, b, c, d" in card
    page = model.report(normal[1][:200], numeric="i8")
    assert page.startswith("<!") and page._repr_html_().startswith("<iframe")
    hostile = nice_flow.train(made(3, 60), members=1, steps=2, feature_names=["<b>", "b", "c", "d"])
    assert "&lt;b&gt;" in hostile._repr_html_() and "<b>, b" not in hostile._repr_html_()


def test_the_command_is_in_the_wheel(tmp_path):
    import subprocess
    import sys
    from pathlib import Path

    program = Path(sys.executable).with_name("nice-flow")
    shown = subprocess.run([program, "--version"], capture_output=True, text=True)
    assert shown.returncode == 0 and shown.stdout == f"nice-flow {nice_flow.__version__}\n"
    wrong = subprocess.run([program, "score", tmp_path / "none", "rows.csv"], capture_output=True, text=True)
    assert wrong.returncode == 2 and "none" in wrong.stderr
    odd = subprocess.run([program, "inspect", b"\xff.safetensors"], capture_output=True, text=True)  # a path that is no UTF-8
    assert odd.returncode == 2 and odd.stderr.startswith("error: ") and "Traceback" not in odd.stderr


def test_the_wheel_has_the_licences():
    from importlib.metadata import files

    names = {file.name for file in files("nice_flow") if file.parent.name == "licenses"}
    assert names >= {"LICENSE-APACHE", "LICENSE-MIT"}


def test_import_takes_less_than_a_tenth_of_that_of_numpy():
    import os
    import subprocess
    import sys

    # CPU time, since a busy machine makes the clock of `-X importtime` measure the others; of this thread, since those of numpy's
    # OpenBLAS spin for some milliseconds after its import. Both in one run, since a busy core is slower at both.
    program = """
import sys, time
start = time.thread_time()
import numpy
between = time.thread_time()
import nice_flow
end = time.thread_time()
print(1000 * (end - between), (end - between) / (between - start))
assert not {"torch", "pandas", "pyarrow", "sklearn", "html"} & set(sys.modules), sys.modules
"""

    # The first run compiles the package, where its installer did not.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def milliseconds_and_share():
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
        return [float(number) for number in done.stdout.split()]

    found = [sorted(numbers)[4] for numbers in zip(*(milliseconds_and_share() for _ in range(9)))]
    print(f"import nice_flow beyond numpy: median {found[0]:.1f} ms, {found[1]:.3f} of numpy's")
    assert found[1] < 0.1


def test_training_ends_with_ctrl_c():
    import os
    import signal

    # A shell has the programs that it starts in the background ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    # So many flows that training takes seconds, though each ends as soon as it improves no more.
    rows = np.random.default_rng(0).standard_normal((4000, 16))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        nice_flow.train(rows, members=64, steps=1_000_000)


WORK = {
    "score": lambda model, X: model.score(X),
    "score in i8": lambda model, X: model.score(X, "i8"),
    "score on one thread": lambda model, X: model.score(X, "f32", threads=1),
    "explain": lambda model, X: model.explain(X + 9, "i8", values=3),
    "report": lambda model, X: model.report(X),
    "calibrate": lambda model, X: model.calibrate(X, false_alarm_rate=0.1),
    "sample": lambda model, X: model.sample(len(X)),
    "forward": lambda model, X: model.members[0].forward(X),
    "generate": lambda model, X: model.generate("i8", calibration=X),
}


@pytest.mark.parametrize("work", WORK)
def test_long_work_ends_with_ctrl_c(work, model):
    import os
    import signal
    import time

    def elapsed(rows):
        start = time.monotonic()
        try:
            WORK[work](model, rows)
        except KeyboardInterrupt:
            return time.monotonic() - start, True
        return time.monotonic() - start, False

    # As many rows as take half a second or more.
    rows = 20 + np.random.default_rng(0).standard_normal((1 << 13, 4))
    while (whole := elapsed(rows)[0]) < 0.5 and len(rows) < 1 << 24:
        rows = np.concatenate([rows] * (8 if whole < 0.1 else 2))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.1 * whole, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    taken, interrupted = elapsed(rows)
    timer.join()
    assert interrupted and taken < 0.8 * whole, (taken, whole)


def test_docstrings_run():
    import doctest

    for module in (nice_flow, nice_flow._train, pytest.importorskip("nice_flow.sklearn")):
        results = doctest.testmod(module)
        assert results.attempted > 0 and results.failed == 0


def test_tables_that_are_recordings_are_put_together_by_name():
    X = pd.DataFrame(made(4, 200)[60:], columns=list("abcd"))
    few, turned = dict(members=1, steps=2), X[60:][list("dcba")]
    expected = nice_flow.train([X[:60], X[60:]], **few)
    assert nice_flow.train([X[:60], turned], **few) == expected
    arrow = [pa.Table.from_pandas(part, preserve_index=False) for part in (X[:60], turned)]
    assert nice_flow.train(arrow, **few) == expected
    with pytest.raises(ValueError, match=r"X\[1\]: expected the columns a, b, c, d, as in the first table, found d, c, b, q"):
        nice_flow.train([X[:60], turned.rename(columns={"a": "q"})], **few)


def test_columns_with_other_names_are_noted(model):
    X = pd.DataFrame(made(4, 60)[50:], columns=list("wxyz"))
    with pytest.warns(nice_flow.Note, match="columns taken by position"):
        model.score(X)


def test_labels_that_are_no_labels_are_refused(model):
    X = made(4, 100)[60:]
    for y in (["normal"] * 40, [-1] * 40, [0.5] * 40, pd.array([pd.NA] * 40, dtype="Int64")):
        with pytest.raises(ValueError, match="y: row 0: expected 1 or True for an anomaly"):
            model.report(X, y=y)


def test_labels_of_any_library_are_labels(model):
    X, y = made(4, 100)[60:], [False, True] * 20
    page = model.report(X, y=y)
    for same in (np.array(y), np.array(y, dtype=np.int8), pd.array(y, dtype="boolean"), pa.array(y), pa.chunked_array([y])):
        assert model.report(X, y=same) == page


def test_a_column_of_words_is_named():
    X = pd.DataFrame({"a": [1.0, 2.0], "b": ["1", "x"]})
    with pytest.raises(ValueError, match="X: column b: expected numbers"):
        nice_flow.train(X)


def test_verdicts_without_a_threshold_are_noted():
    model = nice_flow.train(made(3, 100)[60:], members=1, steps=2)
    with pytest.warns(nice_flow.Note, match="no threshold"):
        assert not model.anomalous(made(3, 100)[60:]).any()


def test_rows_behind_an_odd_header_are_read(model):
    X = np.random.default_rng(0).normal(size=(30, 4)).astype("<f4")
    behind = np.frombuffer(b"12345" + X.tobytes(), "<f4", offset=5).reshape(X.shape)
    assert not behind.flags.aligned
    assert np.array_equal(model.score_bits(behind), model.score_bits(X))

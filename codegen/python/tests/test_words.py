"""What the package says: errors that name arguments, notes as warnings, and in a module how its model was made."""

import copy
import hashlib
import re
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import nice_flow
from conftest import command, made
from nice_flow._native import in_python
from nice_flow._rows import labels
from nice_flow._scaler import scaler, scaler_names

X = np.random.default_rng(5).standard_normal((120, 3))
FEW = dict(members=1, steps=2)


def head(model, numeric="i8"):
    """The first comments of a module."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lines = model.generate(numeric).splitlines()
    return "\n".join(lines[: lines.index("")])


@pytest.fixture(scope="module")
def one():
    """A model of one flow, calibrated."""
    return nice_flow.train(X[:60], members=1, steps=20, name="pump").calibrate(X[60:], false_alarm_rate=0.05)


WRONG = {
    "sample(0)": "n: expected a whole number of 1 or more, found 0",
    "sample(-1)": "n: expected .*, found -1",
    "sample(1.5)": "n: expected .*, found 1.5",
    "sample(True)": "n: expected .*, found True",
    "sample(2**62)": "n: expected at most 89478485 rows of 3 numbers, found 4611686018427387904: draw several times, each with another seed",
    "sample(3, seed=-1)": "seed: expected a whole number of 0 or more, found -1",
    "score(X, threads=-1)": "threads: expected a whole number of 0 or more, found -1",
    "score(X, None)": "numeric: expected 'f64', 'f32', 'i16' or 'i8', found None",
    "score('abc')": "X: expected rows, .*, found 'abc'",
    "score(None)": "X: expected rows, .*, found None",
    "score(7)": "X: expected rows, .*, found a int",
    "score([])": "X: expected rows, .*, found none",
    "score(X[0])": r"X: expected rows, .* one row is X.reshape\(1, -1\)",
    "score(X[None])": r"X: expected rows, .*, found 3 of 1 x 120 x 3; X.reshape\(len\(X\), -1\)",
    "score(X[:, :0])": r"X: expected 3 columns \(x0, x1, x2\), found 0",
    "score(X + 1j)": "X: expected real numbers, found complex numbers",
    "score(X.astype('datetime64[s]'))": "X: expected real numbers, found times",
    "score(np.array([[object()] * 3]))": "X: column 0: expected numbers, found something else",
    "score([[1, 2, 3], [4]])": "X: expected rows of equal length",
    "score(pd.DataFrame({'x0': [1.0], 'y': [2.0]}))": r"X: expected the model's columns, found none named x1, x2 \(columns: x0, y\)",
    "score(pd.DataFrame(np.ones((1, 4)), columns=['x0', 'x1', 'x2', 'x2']))": "X: expected each column once, found x2 twice",
    "forward(X + 1j)": "X: expected real numbers",
    "inverse(X[:, :2])": "Z: expected 3 columns, found 2",
    "windows(X)": "windows: expected a model with a front end",
    "explain(X, values=4)": "values: expected 3, 5, 7 or 15, found 4",
    "explain(X, most=2**70)": "most: expected a whole number from 1 to 18446744073709551615, found 1180591620717411303424",
    "explain(X, most=0)": "most: expected a whole number of 1 or more, found 0",
    "threshold('f16')": "numeric: expected 'f64'",
    "calibrate(X, false_alarm_rate=2)": "^false_alarm_rate: expected a number between 0 and 1, found 2",
    "calibrate(X, false_alarm_rate='a')": "false_alarm_rate: expected a number, found 'a'",
    "calibrate(X, false_alarm_rate=0.1, debounce=3)": "debounce: expected a string such as '3/5', found 3",
    "calibrate(X, false_alarm_rate=0.1, combine='mean')": "combine: expected 'tail', 'max' or 'density', found 'mean'",
    "calibrate(X, false_alarm_rate=0.1, combine='max')": "combine: expected none for a model of one flow",
    "calibrate(y=[0], false_alarm_rate=0.1)": "y: expected together with X",
    "calibrate(X, y=3, false_alarm_rate=0.1)": "y: expected a label for each row",
    "calibrate(X[:5], false_alarm_rate=0.001)": "calibration rows: expected at least 999 rows",
    "generate('f64')": "numeric: expected 'f32', 'i16' or 'i8', found 'f64'",
    "generate('i8', explain='a')": "explain: expected 3, 5, 7 or 15, found 'a'",
    "generate('i8', drift=-4)": "drift: expected a whole number of 2 or more, found -4",
    "generate('i8', counts=3)": "counts: expected a string such as",
    "generate('i8', golden=1)": "golden: expected True or False, found 1",
    "report(X[:0])": "X: expected rows, found none",
}


@pytest.mark.parametrize("code", WRONG)
def test_what_is_wrong_is_named(code, one):
    with pytest.raises(ValueError, match=WRONG[code]):
        eval(f"one.{code}", globals(), {"one": one})


TRAINING = {
    "[]": "X: expected rows, .*, found none",
    "X[:0]": "expected at least 10 normal rows without empty cells, found 0",
    "X[:, :0]": "X: expected columns, found none",
    "[X, X[:, :2]]": r"X\[1\]: expected 3 columns, as in the first table, found 2",
    "X, recipe='huge'": "recipe: expected one of small, .*, found",
    "X, prior='beta'": "prior: expected normal, logistic or mixture:K, found 'beta'",
    "X, combine='mean'": "combine: expected 'tail', 'max' or 'density', found 'mean'",
    "X, members=1, combine='max'": "combine: expected none for a model of one flow",
    "X, members=-1": "members: expected a whole number from 1 to 64, found -1",
    "X, seed=-1": "seed: expected a whole number of 0 or more, found -1",
    "X, hidden=4096, depth=16, couplings=256": "hidden: expected a flow of at most 16777216 trained numbers, found 64",
    "X, budget='999999999999'": "budget: expected at most 67108864 bytes, more than any board has for a model, found 999999999999",
    "X, steps='many'": "steps: expected a whole number .*, found 'many'",
    "X, trim=2": "^trim: expected 0 to 0.5, or auto, found 2",
    "X, robust_scales='yes'": "robust_scales: expected True or False, found 'yes'",
    "X, given=['time:hour']": "given: expected columns of X, found 'time:hour': hours of a column are for the command",
    "X, given='speed'": r"given: expected columns of X \(x0, x1, x2\), found 'speed'",
    "X, feature_names='abc'": "feature_names: expected a list of names, found 'abc'",
    "X, feature_names=['a', 'a', 'b']": "feature_names: expected another name for each, found a twice",
    "X, name=''": "name: expected a string such as 'pump', found ''",
    "X, hold_out=2, false_alarm_rate=0.1": "hold_out: expected a number between 0 and 1, found 2",
    "X, hold_out=0.1, false_alarm_rate=0.001": "calibration rows: expected at least 999 .*; hold a larger share out: hold_out",
    "X, window='1s'": "window: expected together with rate",
    "X, anomalies=X": "anomalies: expected together with rate",
    "X, rate=-1": "rate: expected samples a second, a number from 1e-6 to 1e9, found -1",
    "X.astype(np.int16), [0] * 120, rate=100": "y: expected none for raw signals",
    "X.astype(np.int16), rate=100, baseline='EWMA:8'": "baseline: expected none for raw signals",
    "[], rate=100": "X: expected samples, .*, found none",
}


@pytest.mark.parametrize("code", TRAINING)
def test_what_cannot_be_trained_is_named(code):
    with pytest.raises(ValueError, match=TRAINING[code]) as raised:
        eval(f"nice_flow.train({code})")
    assert "--" not in str(raised.value)


def test_options_of_the_command_are_arguments_in_messages():
    for theirs, ours in {
        "--members: expected 1 to 64": "members: expected 1 to 64",
        "train with --robust-scales": "train with robust_scales=True",
        "train with --baseline EWMA:256": "train with baseline='EWMA:256'",
        "train without --baseline, or with a slower one": "train without baseline, or with a slower one",
        "leave it out with --skip my column": "leave it out of X",
        "is it a label? --label y": "is it a label? then give it as y",
        "agrees: --set activation=relu": "agrees: activation='relu'",
        "nflows's default; --set activation=… if yours differs": "nflows's default; activation=… if yours differs",
        "expected --set context=NUMBER,…": "expected context=NUMBER,…",
        "try --octaves 3, or": "try octaves=3, or",
        "`nice-flow calibrate` finds": "`Model.calibrate` finds",
        "nice-flow bench --numeric all compares them": "nice-flow bench --numeric all compares them",
        "a -- b --- c": "a -- b --- c",
        "import with --manifest (--write-manifest FILE writes it)": "import with manifest (nice-flow import --write-manifest FILE writes it)",
        "import with --manifest pump.toml": "import with manifest='pump.toml'",
    }.items():
        assert in_python(theirs) == ours


def test_cells_that_are_masked_or_null_are_missing(one):
    masked = np.ma.masked_array(X[:5], np.eye(5, 3, dtype=bool))
    expected = one.score_bits(np.where(np.eye(5, 3, dtype=bool), np.nan, X[:5]))
    assert np.array_equal(one.score_bits(masked), expected)
    nullable = pd.DataFrame(np.where(np.eye(5, 3, dtype=bool), np.nan, X[:5]), columns=["x0", "x1", "x2"]).convert_dtypes()
    assert np.array_equal(one.score_bits(nullable), expected)


def test_cells_that_are_masked_are_missing_in_subclasses_and_lists_too(one):
    mask = np.eye(5, 3, dtype=bool)
    masked = np.ma.masked_array(X[:5], mask)
    expected = one.score_bits(np.where(mask, np.nan, X[:5]))
    own = type("Column", (np.ma.MaskedArray,), {})
    for rows in (masked.view(own), list(masked), tuple(masked)):
        assert np.array_equal(one.score_bits(rows), expected)
    assert np.array_equal(one.score_bits([masked[0], *X[1:5]])[:1], expected[:1])
    with pytest.raises(ValueError, match="X: expected rows of equal length, found a list of masked rows"):
        one.score([masked[0], masked[1, :2]])
    with pytest.raises(ValueError, match="X: expected real numbers, found complex"):
        one.score(masked.astype(complex))


def test_labels_of_pytorch_are_labels():
    torch = pytest.importorskip("torch")
    assert labels(torch.tensor([0, 1, 1])) == labels(torch.tensor([False, True, True])) == [False, True, True]
    with pytest.raises(ValueError, match="y: row 1: expected 1 or True .*, found 2"):
        labels(torch.tensor([0, 2]))


def test_columns_whose_names_are_no_strings_are_noted(one):
    table = pd.DataFrame(X[:5])
    pairs = table.set_axis(pd.MultiIndex.from_tuples([("s", "c"), ("s", "a"), ("s", "b")]), axis=1)
    for odd in (pairs, table[[2, 0, 1]], table.set_axis([b"a", "b", "c"], axis=1)):
        with pytest.warns(nice_flow.Note, match="columns taken by position; their names are no strings"):
            one.score(odd)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.array_equal(one.score(table), one.score(X[:5]))


def test_times_of_a_day_are_no_numbers(one):
    for kind in (pa.time64("ns"), pa.time32("s"), pa.date32(), pa.duration("s")):
        table = pa.table({"x0": pa.array([1], kind), "x1": [1.0], "x2": [2.0]})
        with pytest.raises(ValueError, match="X: column x0: expected real numbers, found times"):
            one.score(table)
    polars = pytest.importorskip("polars")
    with pytest.raises(ValueError, match="X: column x0: expected real numbers, found times .Time"):
        one.score(polars.DataFrame({"x0": [5], "x1": [1.0], "x2": [2.0]}).with_columns(polars.col("x0").cast(polars.Time)))


def test_channels_of_a_table_are_found_by_their_names():
    counts = np.random.default_rng(3).integers(-2000, 2000, (4000, 3)).astype(np.int16)
    table = pd.DataFrame(counts * [1, 2, 3], columns=list("xyz")).astype(np.int16)
    model = nice_flow.train(table, rate=1000, window=64, **FEW)
    assert model._native.collects[2] == list("xyz")
    assert np.array_equal(model.windows(table[["z", "x", "y"]]), model.windows(table.to_numpy()))
    same = nice_flow.train([table[:2000], table[2000:][["y", "x", "z"]]], rate=1000, window=64, **FEW)
    assert np.array_equal(same.windows(table), model.windows(table))
    with pytest.raises(ValueError, match="samples: expected the model's columns, found none named z"):
        model.windows(table[["x", "y"]])


def test_rows_unlike_those_of_the_training_are_noted_once(one):
    model = copy.deepcopy(one)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.score(X)
    with pytest.warns(nice_flow.Note, match=r"rows are not like the normal rows that the model keeps; x.: median .* spreads") as found:
        model.score(X + 8)
    assert len(found) == 1 and found[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.anomalous(X + 9)


def test_notes_say_what_the_command_says(one, tmp_path):
    from conftest import write_csv

    one.save(tmp_path / "m.safetensors")
    data = write_csv(tmp_path / "far.csv", X + 8, one.feature_names)
    said = command("score", tmp_path / "m.safetensors", data).stderr
    with pytest.warns(nice_flow.Note) as found:
        copy.deepcopy(one).score(X + 8)
    assert f"note: {found[0].message}" in said
    said = command("calibrate", tmp_path / "m.safetensors", data, "--false-alarm-rate", 0.1, "-o", tmp_path / "n.safetensors").stderr
    with pytest.warns(nice_flow.Note) as found:
        one.calibrate(X + 8, false_alarm_rate=0.1)
    assert [f"note: {note.message}" in said for note in found] == [True] * len(found)


def test_calibration_warns_of_rows_that_were_trained_on(one):
    model = nice_flow.train(X, **FEW)
    with pytest.warns(nice_flow.Note, match="trained on these rows, .* or train with hold_out"):
        model.calibrate(X, false_alarm_rate=0.1)
    with pytest.warns(nice_flow.Note, match="the rows of the earlier calibration, 60, are used again"):
        again = one.calibrate(false_alarm_rate=0.1)
    assert again.threshold() < one.threshold()
    with pytest.raises(ValueError, match="X: expected normal rows, or a model with those of an earlier calibration"):
        model.calibrate(false_alarm_rate=0.1)
    with pytest.warns(nice_flow.Note, match="inputs are now named a, b, c"):
        assert model.calibrate(pd.DataFrame(X + 1, columns=list("abc")), false_alarm_rate=0.1).feature_names == ["a", "b", "c"]


def test_too_many_incomplete_rows_can_be_left_out(one):
    gaps = np.where(np.arange(120)[:, None] % 5 == 0, np.nan, X)
    with pytest.raises(ValueError, match="rows without a finite score .*; drop_incomplete=True leaves rows with a missing cell out"):
        one.calibrate(gaps, false_alarm_rate=0.1)
    with pytest.warns(nice_flow.Note, match="24 of 120 normal rows have an empty cell .*: they are left out"):
        one.calibrate(gaps, false_alarm_rate=0.1, drop_incomplete=True)


def test_raw_samples_are_referred_to_windows():
    rng = np.random.default_rng(0)
    counts = (900 * np.sin(np.arange(4000) / 3) + rng.normal(0, 40, 4000)).astype(np.int16)
    model = nice_flow.train([counts], rate=1000, window=64, **FEW)
    for samples in (counts, counts.reshape(-1, 1)):
        with pytest.raises(ValueError, match="Model.windows makes"):
            model.score(samples)
    assert np.isfinite(model.score(model.windows(counts))).all()


def test_a_module_tells_the_calls_that_made_its_model(tmp_path):
    options = dict(members=1, steps=20, recipe="small", robust_scales=True, hold_out=0.5, false_alarm_rate=0.1)
    model = nice_flow.train(X, **options)
    digest = hashlib.sha256(X.astype("<f8").tobytes()).hexdigest()
    call = "nice_flow.train(X, members=1, steps=20, recipe='small', robust_scales=True, hold_out=0.5, false_alarm_rate=0.1)"
    assert head(model) == (
        f"// @generated by nice-flow-codegen {nice_flow.__version__} from rows in memory (sha256 {digest}). Do not edit.\n//\n"
        f"// To make it again, in Python where lines begin with >>>:\n//     >>> model = {call}\n"
        "//     >>> model.save('model.safetensors')\n//     nice-flow generate model.safetensors --numeric i8 -o model.rs"
    )
    made_again = eval(call, {"nice_flow": nice_flow, "X": X})
    assert made_again == model
    normal = X[:50] + 0.1
    calibrated = model.calibrate(normal, [0] * 50, false_alarm_rate=0.1, debounce="3/5")
    # Rows of another hash have another name.
    name = f"X_{hashlib.sha256(normal.tobytes()).hexdigest()[:8]}"
    assert f">>> model = model.calibrate({name}, y, false_alarm_rate=0.1, debounce='3/5')" in head(calibrated)
    assert ">>> model = model.calibrate(X, false_alarm_rate=0.1)" in head(model.calibrate(X, false_alarm_rate=0.1))
    # The command adds its own steps to these.
    calibrated.save(tmp_path / "m.safetensors")
    command("calibrate", tmp_path / "m.safetensors", "--false-alarm-rate", 0.2, "-o", tmp_path / "m.safetensors")
    said = head(nice_flow.load(tmp_path / "m.safetensors"))
    assert re.search(r">>> model.save\('model.safetensors'\)\n//     nice-flow calibrate model.safetensors --false-alarm-rate 0.2 --debounce 3/5", said)
    assert f"calibrate({name}, y" in said and "None" not in said and "()" not in said


def test_calibration_leaves_the_order_of_the_inputs(one):
    table = pd.DataFrame(X, columns=["x0", "x1", "x2"])
    turned = one.calibrate(table[["x1", "x0", "x2"]], false_alarm_rate=0.05)
    assert turned.feature_names == one.feature_names and np.array_equal(turned.score(table), one.score(table))
    for columns, message in [(["a", "a", "b"], "X: expected another name for each, found a twice"), (["", "a", "b"], "X: expected names that are str")]:
        with pytest.raises(ValueError, match=message):
            one.calibrate(pd.DataFrame(X, columns=columns), false_alarm_rate=0.05)


def test_statistics_of_a_table_must_have_the_same_names_in_one_order():
    table = pd.DataFrame(X, columns=list("abc"))
    mean, scale = table.mean(), table.std()
    assert scaler((mean, scale)) == scaler((mean, scale.to_numpy())) == (list(mean), list(scale))
    assert scaler((mean, scale.reset_index(drop=True))) == scaler((mean, scale))
    with pytest.raises(ValueError, match=r"standardise: scale: expected the mean's names, in their order \(a, b, c\), found c, b, a"):
        scaler((mean, scale[["c", "b", "a"]]))
    with pytest.raises(ValueError, match=r"feature_names: expected the scaler's, in its order \(a, b, c\), found c, b, a"):
        scaler_names((mean, scale), list("cba"))


@pytest.mark.parametrize("odd", ["a\nb", "a\x00", "a\u202eb", "\u2028", "\ud800"])
def test_names_that_no_file_can_have_are_refused_where_they_are_given(one, odd):
    if odd != "\ud800":  # which no table takes
        with pytest.raises(ValueError, match="X: expected names without control characters, ends of lines or changes of direction, found '"):
            one.calibrate(pd.DataFrame(X, columns=[odd, "b", "c"]), false_alarm_rate=0.05)
    with pytest.raises(ValueError, match="feature_names: expected names without control"):
        nice_flow.train(X, feature_names=[odd, "b", "c"], **FEW)
    with pytest.raises(ValueError, match="feature_names: expected names without control"):
        scaler_names(None, [odd])


def test_a_module_tells_recordings_names_and_that_rows_are_a_log():
    times = pd.date_range("2026-01-01", periods=60, freq="min")
    frame = pd.DataFrame(X, columns=["temp", "flow", "amps"])
    parts = [frame[:60].set_index(times), frame[60:].set_index(times)]
    model = nice_flow.train(parts, **FEW)
    call = "nice_flow.train([X_0, X_1], feature_names=['temp', 'flow', 'amps'], members=1, steps=2, log=True)"
    assert f">>> model = {call}\n" in head(model)
    # It makes the model again of rows in memory alone, with the same hash.
    rows = {"X_0": parts[0].to_numpy(), "X_1": parts[1].to_numpy()}
    assert eval(call, {"nice_flow": nice_flow, **rows}) == model
    counts = [(900 * np.sin(np.arange(4000) / k)).astype(np.int16) for k in (3, 5, 7)]
    raw = nice_flow.train(counts, rate=1000, window=64, **FEW)
    assert "nice_flow.train([X_0, X_1, X_2], members=1, steps=2, rate=1000, window=64)" in head(raw)


def test_numbers_that_rise_like_times_are_times(tmp_path):
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    timed = frame.assign(timestamp=1_700_000_000 + 60 * np.arange(120))
    timed.to_csv(tmp_path / "log.csv", index=False)
    said = command("train", tmp_path / "log.csv", "--members", 1, "--steps", 2, "-o", tmp_path / "m.safetensors").stderr
    assert "timestamp taken for the time, no feature" in said
    expected = nice_flow.load(tmp_path / "m.safetensors")
    for table in (timed, pa.Table.from_pandas(timed)):
        with pytest.warns(nice_flow.Note, match="^timestamp taken for the time, no feature"):
            own = nice_flow.train(table, **FEW)
        assert own.feature_names == ["a", "b", "c"] and np.array_equal(own.score_bits(X), expected.score_bits(X))
    # Under another name nothing tells them, unless it is said.
    other = timed.rename(columns={"timestamp": "n"})
    assert nice_flow.train(other, **FEW).feature_names == ["a", "b", "c", "n"]
    assert nice_flow.train(other, time="n", **FEW) == own
    assert nice_flow.train(timed.assign(timestamp=X[:, 0]), **FEW).n_features_in_ == 4
    for time, message in [("a", "column a: expected times, found numbers that rise and fall"), ("x", r"expected the name of a column of X \(a, b, c, n\), found 'x'")]:
        with pytest.raises(ValueError, match=f"time: {message}"):
            nice_flow.train(other, time=time, **FEW)
    with pytest.raises(ValueError, match="time: expected the name of a column of X, which has no names, found 'a'"):
        nice_flow.train(X, time="a", **FEW)


def test_a_name_that_cannot_be_kept_is_said():
    with pytest.warns(nice_flow.Note, match="name: pump.v2 becomes pump_v2"):
        model = nice_flow.train(X, name="pump.v2", **FEW)
    assert model.name == "pump_v2" and "name='pump_v2'" not in head(model) and "name='pump.v2'" in head(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error", nice_flow.Note)
        assert nice_flow.train(X, name="pump_v2", **FEW).name == "pump_v2"


def test_what_a_moving_baseline_takes_off_is_said(tmp_path):
    model = nice_flow.train(X, baseline="EWMA:16", **FEW)
    z, _ = model.forward(X)
    for attempt, message in [
        (lambda: model.sample(3), "rows are drawn above their moving baseline .EWMA:16., whose level is not added"),
        (lambda: model.forward(X), "X is taken for rows above their moving baseline .EWMA:16., whose level is not taken off"),
        (lambda: model.inverse(z), "x are rows above their moving baseline .EWMA:16., whose level is not added"),
    ]:
        with pytest.warns(nice_flow.Note, match=message):
            attempt()
    model.save(tmp_path / "m.safetensors")
    said = command("sample", tmp_path / "m.safetensors", "-n", 3, "-o", tmp_path / "drawn.csv").stderr
    assert "note: rows are drawn above their moving baseline (EWMA:16), whose level is not added" in said


def test_threads_do_not_change_the_bytes():
    assert nice_flow.train(X, **FEW, threads=1) == nice_flow.train(X, **FEW, threads=2)

"""Ray Data: the command's bits and bytes, also when a worker is killed in the middle."""

import os
import signal

import pytest
from conftest import FEATURES, expect_models, expect_scores

import nice_flow.ray

ray = pytest.importorskip("ray")


@pytest.fixture(scope="session", autouse=True)
def cluster():
    ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR", object_store_memory=200_000_000)
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield
    ray.shutdown()


def killing(ds, flag):
    """The data set, whose first worker to come to row 7000 is killed."""

    def task(table):
        if not os.path.exists(flag) and 7000 in table.column("id").to_pylist():
            open(flag, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return table

    return ds.map_batches(task, batch_format="pyarrow")


def collected(ds):
    import pyarrow as pa

    return pa.concat_tables(ray.get(ds.to_arrow_refs()))


@pytest.mark.parametrize("numeric", ["f64", "f32", "i16", "i8"])
def test_scores_have_the_bits_of_the_command(strange, model, numeric, tmp_path):
    ds = ray.data.read_parquet(str(strange[0]))
    found = nice_flow.ray.score(ds, model, numeric=numeric, keep=["id"])
    expect_scores(collected(found), strange[1], model, numeric, tmp_path)


def test_a_killed_worker_loses_no_row_and_doubles_none(fleet, model, tmp_path):
    flag = str(tmp_path / "killed")
    ds = killing(ray.data.read_parquet(str(fleet[0])), flag)
    found = collected(nice_flow.ray.score(ds, model.to_bytes(), numeric="i8", batch_size=500))
    assert os.path.exists(flag)
    assert found.column_names == ["id", "machine", *FEATURES, "score", "anomalous"]
    expect_scores(found, fleet[1], model, "i8", tmp_path)


@pytest.mark.parametrize("kill", [False, True])
def test_each_machine_has_the_flow_that_it_has_alone(fleet, kill, tmp_path):
    ds = ray.data.read_parquet(str(fleet[0]))
    ds = killing(ds, str(tmp_path / "killed")) if kill else ds
    options = {"members": 1, "steps": 30, "seed": 3}
    models = nice_flow.ray.train(ds, by="machine", order="id", features=FEATURES, **options)
    rows = collected(models).to_pylist()
    assert os.path.exists(tmp_path / "killed") == kill
    expect_models(rows, fleet[1])

"""Spark: the command's bits and bytes, also when a worker is killed in the middle."""

import os
import signal
import sys

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from conftest import FEATURES, expect_models, expect_scores

import nice_flow.spark

pytest.importorskip("pyspark")


@pytest.fixture(scope="session")
def spark():
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2,4]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.files.maxPartitionBytes", "64k").config("spark.sql.shuffle.partitions", "2")
    session = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", "500").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


def killing(df, flag):
    """The table, whose first worker to come to row 7000 is killed."""

    def task(batches):
        for batch in batches:
            if not os.path.exists(flag) and 7000 in batch.column("id").to_pylist():
                open(flag, "w").close()
                os.kill(os.getpid(), signal.SIGKILL)
            yield batch

    return df.mapInArrow(task, df.schema)


@pytest.mark.parametrize("numeric", ["f64", "f32", "i16", "i8"])
def test_scores_have_the_bits_of_the_command(spark, strange, model, numeric, tmp_path):
    df = spark.read.parquet(str(strange[0]))
    nice_flow.spark.score(df, model, numeric=numeric, keep=["id"]).write.parquet(str(tmp_path / "out"))
    expect_scores(parquet.read_table(tmp_path / "out"), strange[1], model, numeric, tmp_path)


def test_a_killed_worker_loses_no_row_and_doubles_none(spark, fleet, model, tmp_path):
    flag = str(tmp_path / "killed")
    df = killing(spark.read.parquet(str(fleet[0])), flag)
    nice_flow.spark.score(df, model.to_bytes(), numeric="i8").write.parquet(str(tmp_path / "out"))
    assert os.path.exists(flag)
    found = parquet.read_table(tmp_path / "out")
    assert found.column_names == ["id", "machine", *FEATURES, "score", "anomalous"]
    expect_scores(found, fleet[1], model, "i8", tmp_path)


@pytest.mark.parametrize("kill", [False, True])
def test_each_machine_has_the_flow_that_it_has_alone(spark, fleet, kill, tmp_path):
    df = spark.read.parquet(str(fleet[0]))
    df = killing(df, str(tmp_path / "killed")) if kill else df
    options = {"members": 1, "steps": 30, "seed": 3}
    models = nice_flow.spark.train(df, by="machine", order="id", features=FEATURES, **options)
    models.write.parquet(str(tmp_path / "models"))
    assert os.path.exists(tmp_path / "killed") == kill
    rows = pa.concat_tables([parquet.read_table(tmp_path / "models")]).to_pylist()
    expect_models(rows, fleet[1])


def test_what_depends_on_an_order_is_refused(spark, fleet, model):
    df = spark.read.parquet(str(fleet[0]))
    with pytest.raises(ValueError, match="hold_out: expected order="):
        nice_flow.spark.train(df, by="machine", hold_out=0.2, false_alarm_rate=0.1)
    X = fleet[1].select(FEATURES).slice(0, 400)
    follows = nice_flow.train(X, members=1, steps=2, baseline="EWMA:16")
    with pytest.raises(ValueError, match="a moving baseline"):
        nice_flow.spark.score(df, follows)
    with pytest.raises(ValueError, match="keep: expected columns of the table"):
        nice_flow.spark.score(df, model, keep=["time"])

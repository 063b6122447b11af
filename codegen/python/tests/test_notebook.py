"""The notebook of the bridge runs to its end: a flow of zuko, proven, calibrated, reported, generated, and simulated on a board."""

import os
import sys
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("zuko")
pytest.importorskip("ipykernel")

NOTEBOOK = Path(__file__).resolve().parents[3] / "examples" / "bridge" / "pump.ipynb"


def test_the_notebook_runs(tmp_path, monkeypatch):
    # The command of this environment, which the notebook calls by its name.
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") for cell in notebook.cells), "outputs are not committed"
    client = nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    text = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    assert "if the activation is relu" in text and "1000 scores, all with the same bits" in text
    shown = [output.data for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
    assert any("<iframe" in data.get("text/html", "") for data in shown)
    assert (tmp_path / "pump.rs").read_text().startswith("// @generated")

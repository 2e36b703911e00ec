"""Every notebook runs from top to bottom in a fresh kernel, and draws its pictures."""

import ast
import base64
import io
import re

import matplotlib.image
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NUM_PICTURES = 9


def read(path):
    return nbformat.read(path, as_version=4)


def printed_by(cell):
    return "".join(output.get("text", "") for output in cell.get("outputs", []))


def pictures(cells):
    """The PNG pictures in the cells' outputs, float [height, width, channels]."""
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    encoded = [o.data["image/png"] for o in outputs if "image/png" in o.get("data", {})]
    return [matplotlib.image.imread(io.BytesIO(base64.b64decode(each))) for each in encoded]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_runs_and_draws(path):
    notebook = read(path)
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}})
    client.execute()
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    assert not [o for o in outputs if o.output_type == "error"]
    printed = "".join(map(printed_by, notebook.cells))
    # A character without a font is an empty box in a picture.
    assert "missing from font" not in printed and "Warning" not in printed, printed
    drawn = pictures(notebook.cells)
    assert len(drawn) >= NUM_PICTURES
    for picture in drawn:
        assert min(picture.shape[:2]) > 200
        assert len(np.unique(picture[..., :3].reshape(-1, 3), axis=0)) > 20, "an empty picture"
    # The whole river: a model that learned more than words, and answers from it.
    accuracy, counting = re.search(r"^test +(\S+) +\S+ +(\S+)", printed, re.MULTILINE).groups()
    assert float(accuracy) > float(counting) + 0.1
    served, predicted = (printed_by(notebook.cells[number]) for number in (-4, -2))
    answers = re.findall(r"^(positive|negative) \[", served, re.MULTILINE)
    assert len(answers) == 2
    assert re.findall(r"^\d (positive|negative) ", predicted, re.MULTILINE)[:2] == answers


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_is_stored_without_outputs(path):
    for cell in read(path).cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_is_python_without_magics_and_installs_in_colab_alone(path):
    cells = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    for source in cells:
        ast.parse(source)
    assert cells[0].startswith('import sys\n\nif "google.colab" in sys.modules:\n')
    assert '"pip"' in cells[0] and not any('"pip"' in source for source in cells[1:])


def test_the_two_notebooks_have_the_same_code():
    english, chinese = (read(ROOT / "notebooks" / f"whole_river{x}.ipynb").cells
                        for x in ("", ".zh-CN"))  # fmt: skip
    assert [cell.cell_type for cell in english] == [cell.cell_type for cell in chinese]
    differing = [
        ours.source.split("\n# ")[0] == theirs.source.split("\n# ")[0]
        for ours, theirs in zip(english, chinese, strict=True)
        if ours.cell_type == "code" and ours.source != theirs.source
    ]
    assert differing == [True], "more differs than the constants"

"""Opening a TFDS data set: prepared once, and every failure explained."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest
import tensorflow_datasets as tfds_package

from tests.data.all_formats import write_tfds
from tfft.data import tfds_builder
from tfft.data.tfds_builder import tfds_splits
from tfft.errors import DataError

ROWS = [{"text": f"text {n}", "label": "ab"[n % 2]} for n in range(7)]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    root = tmp_path_factory.mktemp("tfds")
    return Path(write_tfds(root, {"train": ROWS, "validation": ROWS, "test": ROWS}))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("imbd_reviews", "TFDS has no data set `imbd_reviews`. Did you mean `imdb_reviews`"),
        ("my_row", "Did you mean `my_rows`"),
        ("imdb_reviews:9.9.9", "cannot be loaded at version 9.9.9, only: 1.0.0"),
        ("glue/sst3", "BuilderConfig sst3 not found"),
        ("a b", "expected tfds:NAME"),
    ],
)
def test_a_name_that_tfds_does_not_know_is_explained(prepared, name, message):
    with pytest.raises(DataError, match=message):
        tfds_splits(f"tfds:{name}", str(prepared.parents[1]))


def test_without_a_network_the_ways_out_are_told_at_once(tmp_path, monkeypatch):
    def unknown(*arguments):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(tfds_builder.socket, "getaddrinfo", unknown)
    monkeypatch.setattr(tfds_builder.urllib.request, "getproxies", dict)
    with pytest.raises(DataError) as caught:
        tfds_splits("tfds:imdb_reviews", f"{tmp_path}/kept")
    assert str(caught.value) == (
        "The TFDS data set cannot be used:\n"
        f"  - tfds:imdb_reviews: not prepared in {tmp_path}/kept/imdb_reviews/plain_text/1.0.0, "
        "and ai.stanford.edu cannot be reached. Three ways out: (1) connect to the network, or set "
        "HTTPS_PROXY; (2) prepare it elsewhere with `tfds build imdb_reviews`, copy its folder "
        "here and name that, as in tfds:path/to/1.0.0; (3) export its rows to Parquet or another "
        "file"
    )
    assert list(tmp_path.iterdir()) == []


class _Unprepared:
    """What `tfds.builder` gives for a data set that is not prepared yet."""

    name, url_infos = "my_rows", None

    def __init__(self, source, root, error=None):
        self._source, self._error = source, error
        self.data_dir = root / "my_rows" / "1.0.0"

    def is_prepared(self):
        return False

    def download_and_prepare(self):
        print("a remark for the terminal")
        if self._error:
            raise self._error
        shutil.copytree(self._source, self.data_dir)


def test_a_data_set_that_is_not_prepared_is_prepared_once(prepared, tmp_path, monkeypatch, capsys):
    builder = _Unprepared(prepared, tmp_path)
    monkeypatch.setattr(tfds_package, "builder", lambda name, data_dir: builder)
    assert tfds_splits("tfds:my_rows", str(tmp_path)) == ("train", "validation", "test")
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "a remark for the terminal\n")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ConnectionError("reset by peer"), r"cannot be prepared \(reset by peer\). Three ways out"),
        (ModuleNotFoundError("No module named 'x'", name="x"), "Install it: pip install x"),
        (AssertionError("Manual directory\nis empty"), r"cannot be prepared \(Manual directory\)"),
    ],
)
def test_a_preparation_that_fails_is_explained(prepared, tmp_path, monkeypatch, error, message):
    builder = _Unprepared(prepared, tmp_path, error)
    monkeypatch.setattr(tfds_package, "builder", lambda name, data_dir: builder)
    with pytest.raises(DataError, match=message):
        tfds_splits("tfds:my_rows", str(tmp_path))

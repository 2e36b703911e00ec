"""What a config names on disk."""

from pathlib import Path

import pytest

from tfft.config.files import is_local, matching_files, missing_files


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.tsv", "a.tsv", "bert/config.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a\t0\n")
    return tmp_path


@pytest.mark.parametrize("name", ["./gone", "~/gone", "/gone", "a/b/c", "bert"])
def test_a_path_or_what_exists_is_local(name):
    assert is_local(name)


@pytest.mark.parametrize("name", ["google-bert/bert-base-uncased", "bert-base"])
def test_a_name_is_the_hubs(name):
    assert not is_local(name)


def test_every_missing_file_is_a_fault_with_its_key(folder):
    raw = {
        "data": {"train": ["a.tsv", "gone.tsv", "demo:x"], "validation": 0.1, "test": "*.csv"},
        "text": {"vocab": "vocab.txt"},
        "model": {"checkpoint": "./bret"},
    }
    here = f"A relative path starts at the working directory, {folder}"
    assert [str(fault) for fault in missing_files(raw, {("data", "train"): "c.yaml:2"})] == [
        f"c.yaml:2: data.train: gone.tsv does not exist. {here}",
        f"data.test: no file matches *.csv. {here}",
        f"text.vocab: vocab.txt does not exist. {here}",
        f"model.checkpoint: ./bret does not exist. Did you mean `bert`? {here}",
    ]


def test_sections_of_a_wrong_type_are_left_to_others():
    assert missing_files({"data": 3, "text": None, "model": []}, {}) == []


def test_matching_files_are_sorted_and_no_folders_nor_broken_links(folder):
    (folder / "c.tsv").symlink_to("gone")
    assert matching_files("*") == [Path("a.tsv"), Path("b.tsv")]
    assert matching_files("b.tsv") == [Path("b.tsv")]
    assert matching_files("bert") == []
    assert matching_files("gone.tsv") == []

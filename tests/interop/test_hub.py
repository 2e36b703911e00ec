"""Paths stay here; names go to the hub; every failure names a way out."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import huggingface_hub
import pytest
from huggingface_hub import errors

from tfft.errors import CheckpointError
from tfft.interop.hub import DOWNLOADED_FILES, resolve_folder


@pytest.fixture
def hub(monkeypatch):
    """Replaces the download by a function and records what it is asked for."""
    asked: list = []

    def install(answer):
        def snapshot_download(name, **options):
            asked.append((name, options))
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
        return asked

    return install


def http_error(kind: type) -> Exception:
    return kind("refused", response=SimpleNamespace(headers={}, request=None))


def test_a_folder_is_itself_and_the_hub_is_not_asked(tmp_path: Path, hub, monkeypatch):
    asked = hub("/nowhere")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "owner" / "model").mkdir(parents=True)
    assert resolve_folder(tmp_path) == tmp_path
    assert resolve_folder("owner/model") == Path("owner/model")
    assert asked == []


@pytest.mark.parametrize("name", ["./x", "../x", "~/no-such-folder-x", "/no/such/folder"])
def test_what_looks_like_a_path_is_never_sent_to_the_hub(name: str, hub):
    asked = hub("/nowhere")
    with pytest.raises(CheckpointError, match="no such folder; expected a model folder"):
        resolve_folder(name)
    assert asked == []


def test_a_path_object_is_never_sent_to_the_hub(hub):
    asked = hub("/nowhere")
    with pytest.raises(CheckpointError, match="no such folder"):
        resolve_folder(Path("owner/model"))
    assert asked == []


def test_a_file_is_no_folder(tmp_path: Path):
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(CheckpointError, match="is a file; expected a model folder"):
        resolve_folder(str(tmp_path / "model.safetensors"))


def test_a_name_is_downloaded_with_its_revision_and_only_the_files_that_are_read(hub):
    asked = hub("/cache/snapshot")
    folder = resolve_folder("google-bert/bert-base-uncased", revision="v2", local_files_only=True)
    assert folder == Path("/cache/snapshot")
    options = {"revision": "v2", "local_files_only": True}
    expected = {**options, "allow_patterns": list(DOWNLOADED_FILES)}
    assert asked == [("google-bert/bert-base-uncased", expected)]
    assert not any(pattern.endswith((".bin", ".h5", ".py")) for pattern in DOWNLOADED_FILES)


def test_without_network_the_three_ways_out_are_named(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(CheckpointError) as error:
        resolve_folder("google-bert/no-such-model-in-cache")
    text = str(error.value)
    for way in ("a local folder", "HF_HUB_OFFLINE", "HF_ENDPOINT", "sizes"):
        assert way in text


@pytest.mark.parametrize(
    ("failure", "claim"),
    [
        (http_error(errors.RepositoryNotFoundError), "nor a public model on the hub"),
        (http_error(errors.RevisionNotFoundError), "has no revision `v2`"),
        (http_error(errors.GatedRepoError), "asks for permission.*hf auth login"),
        (http_error(errors.HfHubHTTPError), "cannot be reached.*HF_ENDPOINT"),
        (errors.HTTPError("slow"), "cannot be reached"),
        (errors.OfflineModeIsEnabled("offline"), "cannot be reached"),
    ],
)
def test_each_failure_of_the_hub_is_one_clear_error(failure, claim: str, hub):
    hub(failure)
    with pytest.raises(CheckpointError, match=claim):
        resolve_folder("owner/model", revision="v2")


def test_a_name_that_the_hub_cannot_have_is_refused(hub):
    with pytest.raises(CheckpointError, match="neither a folder here nor a name on the hub"):
        resolve_folder("a/b/c")

"""Paths stay here; names go to the hub; every failure names a way out.

The hub is a server of our own on loopback. `huggingface_hub` reads its environment when it is
imported, so what goes to a hub runs in a process of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import huggingface_hub
import pytest
import yaml
from safetensors.numpy import load, load_file

from tests.build.tiny_run import rows, write_rows
from tests.conftest import ROOT
from tests.interop.conftest import SIZES
from tests.interop.hub_server import HubServer, Repository
from tfft.errors import CheckpointError
from tfft.interop.bert_config import bert_config_class
from tfft.interop.hub import DOWNLOADED_FILES, resolve_folder
from tfft.interop.tf_bert import TFBertForSequenceClassification
from tfft.text.vocab import SPECIAL_TOKENS, Vocabulary

TINY = "tiny-owner/tiny-bert"
FETCHED = ["config.json", "model.safetensors", "special_tokens_map.json", "tokenizer.json",
           "tokenizer_config.json", "vocab.txt"]  # fmt: skip
NEVER_FETCHED = {
    "README.md": b"# tiny", "pytorch_model.bin": b"pickle", "tf_model.h5": b"h5",
    "modeling.py": b"import os", "onnx/model.onnx": b"onnx", "onnx/config.json": b"{}",
}  # fmt: skip
CONFIG_WAYS_OUT = (
    "`model.checkpoint: FOLDER`", "`model.cache_dir: FOLDER`", "`HF_HOME`",
    "`model.offline: true`", "`HF_ENDPOINT`", "`model.hidden_size`",
)  # fmt: skip
BACKBONE = "bert.embeddings.word_embeddings.weight"


def model_files(folder: Path, seed: int) -> dict[str, bytes]:
    """The files of a tiny BERT that knows the words of the tiny run."""
    words = sorted({word for text, _ in rows(61) for word in text.split()})
    tokens = [*SPECIAL_TOKENS, *words]
    sizes = {**SIZES, "vocab_size": len(tokens), "max_position_embeddings": 16}
    model = TFBertForSequenceClassification(bert_config_class()(**sizes), seed=seed)
    model.save_pretrained(folder, vocabulary=Vocabulary(tokens))
    return {path.name: path.read_bytes() for path in folder.iterdir()} | NEVER_FETCHED


@pytest.fixture(scope="module")
def repositories(tmp_path_factory) -> dict[str, Repository]:
    """A model with a branch and a tag that differ, and models that are not to be had."""
    main = model_files(tmp_path_factory.mktemp("main"), 1)
    version_1 = model_files(tmp_path_factory.mktemp("v1"), 2)
    only_bin = {"config.json": b"{}", "pytorch_model.bin": b"pickle"}
    return {
        TINY: Repository({"main": main, "v1": version_1}, tags=("v1",)),
        "tiny-owner/gated-for-strangers": Repository({"main": main}, gate=401),
        "tiny-owner/gated": Repository({"main": main}, gate=403),
        "tiny-owner/forbidden": Repository({"main": main}, gate=403, gate_code="Forbidden"),
        "tiny-owner/old": Repository({"main": only_bin}),
    }


@pytest.fixture
def hub(repositories):
    with HubServer(repositories) as server:
        yield server


def environment(address: str, home: Path) -> dict[str, str]:
    """That of a user whose hub is at `address`, without what the tests' own process has."""
    return {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HF_HOME": str(home),
        "HF_ENDPOINT": address, "NO_PROXY": "*", "TF_CPP_MIN_LOG_LEVEL": "2",
        "CUDA_VISIBLE_DEVICES": "-1", "HF_HUB_DISABLE_TELEMETRY": "1",
    }  # fmt: skip


RESOLVE = """
import json, logging, sys, time
import tfft.interop.hub as hub
from tfft.errors import TfftError
logging.basicConfig(level=logging.WARNING, format="%(message)s")
name, options, seconds = json.loads(sys.argv[1])
hub.ANSWER_SECONDS = seconds or hub.ANSWER_SECONDS
import huggingface_hub
began = time.perf_counter()
try:
    answer = {"folder": str(hub.resolve_folder(name, **options))}
except TfftError as error:
    answer = {"error": str(error)}
print(json.dumps({**answer, "seconds": time.perf_counter() - began}))
"""


@dataclass(frozen=True)
class Answer:
    folder: Path | None
    error: str
    seconds: float
    warnings: str


@pytest.fixture
def resolve(tmp_path: Path):
    """Calls `resolve_folder` in a process that knows the hub at an address."""

    def resolve(address, name, *, answer_seconds=None, environ=None, **options) -> Answer:
        done = subprocess.run(
            [sys.executable, "-c", RESOLVE, json.dumps([name, options, answer_seconds])],
            env={**environment(address, tmp_path / "home"), **(environ or {})},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        said = json.loads(done.stdout)
        folder = Path(said["folder"]) if "folder" in said else None
        return Answer(folder, said.get("error", ""), said["seconds"], done.stderr)

    return resolve


@pytest.fixture
def no_hub(monkeypatch):
    """Makes every question to the hub a failure of the test."""

    def refuse(*arguments, **options):
        raise AssertionError("the hub was asked")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse)
    monkeypatch.setattr(huggingface_hub, "HfApi", refuse)


def test_a_folder_is_itself_and_the_hub_is_not_asked(tmp_path: Path, no_hub, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "owner" / "model").mkdir(parents=True)
    assert resolve_folder(tmp_path) == tmp_path
    assert resolve_folder("owner/model", revision="v2", cache_dir="x") == Path("owner/model")


@pytest.mark.parametrize("name", ["./no-such-x", "../no-such-x", "~/no-such-x", "/no/such/folder"])
def test_what_looks_like_a_path_is_never_sent_to_the_hub(name: str, no_hub):
    with pytest.raises(CheckpointError, match="no such folder; expected a model folder"):
        resolve_folder(name)


def test_a_path_object_is_never_sent_to_the_hub(no_hub):
    with pytest.raises(CheckpointError, match="no such folder"):
        resolve_folder(Path("owner/model"))


def test_a_file_is_no_folder(tmp_path: Path):
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(CheckpointError, match="is a file; expected a model folder"):
        resolve_folder(str(tmp_path / "model.safetensors"))


def test_a_name_that_the_hub_cannot_have_is_refused():
    with pytest.raises(CheckpointError, match="neither a folder here nor a name on the hub"):
        resolve_folder("a/b/c")


def test_a_name_fetches_the_listed_files_and_no_other(hub, resolve, tmp_path: Path, repositories):
    answer = resolve(hub.address, TINY)
    assert answer.error == ""
    assert answer.folder.is_relative_to(tmp_path / "home" / "hub")
    assert sorted(each.name for each in answer.folder.rglob("*")) == FETCHED
    main = repositories[TINY].files["main"]
    assert {name: (answer.folder / name).read_bytes() for name in FETCHED} == {
        name: main[name] for name in FETCHED
    }
    asked = " ".join(hub.requests)
    assert "resolve" in asked and "/large/" in asked
    assert not any(name in asked for name in NEVER_FETCHED)
    assert not any(pattern.endswith((".bin", ".h5", ".py")) for pattern in DOWNLOADED_FILES)


def test_the_revision_that_is_asked_for_is_the_one_that_comes(hub, resolve, repositories):
    folder_of = {each: resolve(hub.address, TINY, revision=each).folder for each in ("v1", "main")}
    for revision, folder in folder_of.items():
        stored = repositories[TINY].files[revision]["model.safetensors"]
        assert (folder / "model.safetensors").read_bytes() == stored
    commit = repositories[TINY].commit("v1")
    assert resolve(hub.address, TINY, revision=commit).folder == folder_of["v1"]


def test_without_the_hub_the_cache_answers(hub, resolve, tmp_path: Path, repositories):
    cache = tmp_path / "kept" / "here"
    fetched = resolve(hub.address, TINY, revision="v1", cache_dir=str(cache))
    assert fetched.folder.is_relative_to(cache) and fetched.warnings.count("copy") == 0
    hub.stop()
    asked = len(hub.requests)
    options = {"revision": "v1", "cache_dir": str(cache)}
    offline = resolve(hub.address, TINY, local_files_only=True, **options)
    assert (offline.folder, offline.error, offline.warnings) == (fetched.folder, "", "")
    online = resolve(hub.address, TINY, **options)
    assert online.folder == fetched.folder
    assert "cannot be reached" in online.warnings and "the copy in the cache is used" in (
        online.warnings
    )
    by_commit = {**options, "revision": repositories[TINY].commit("v1")}
    assert resolve(hub.address, TINY, **by_commit).folder == fetched.folder
    assert len(hub.requests) == asked
    assert sorted(each.name for each in fetched.folder.iterdir()) == FETCHED
    assert (
        "as revision `main`" in resolve(hub.address, TINY, **{**options, "revision": "main"}).error
    )
    assert not (tmp_path / "home" / "hub").exists()


def test_a_copy_that_is_not_whole_is_no_copy(hub, resolve):
    folder = resolve(hub.address, TINY).folder
    (folder / "vocab.txt").unlink()
    hub.stop()
    assert "not (or not wholly) in the cache" in resolve(hub.address, TINY).error


@pytest.mark.parametrize(
    ("options", "environ", "claim"),
    [
        ({}, {}, "the hub at {address} cannot be reached (ConnectError: "),
        # The hub's own client asks six times for a commit, over 23 seconds.
        ({"revision": "0" * 40}, {}, "the hub at {address} cannot be reached (ConnectError: "),
        ({"local_files_only": True}, {}, "the hub was not to be asked"),
        ({}, {"HF_HUB_OFFLINE": "1"}, "the hub was not asked, because `HF_HUB_OFFLINE` is set"),
    ],
)
def test_without_network_and_copy_the_three_ways_out_come_at_once(
    options: dict, environ: dict, claim: str, hub, resolve
):
    hub.stop()
    answer = resolve(hub.address, TINY, environ=environ, **options)
    assert claim.format(address=hub.address) in answer.error
    for way in ("a local folder", "`local_files_only=True`", "`cache_dir`", "`HF_ENDPOINT`",
                "`BertConfig` with sizes"):  # fmt: skip
        assert way in answer.error
    assert answer.seconds < 5


def test_a_hub_that_stays_silent_is_given_up(resolve):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        answer = resolve(address, TINY, answer_seconds=0.5, revision="0" * 40)
    assert f"the hub at {address} cannot be reached (ReadTimeout: timed out)" in answer.error
    assert answer.seconds < 5


@pytest.mark.parametrize(
    ("name", "options", "claim"),
    [
        ("tiny-owner/tiny-bart", {}, "neither a folder here nor a public model on the hub"),
        (
            "tiny-owner/tiny-bart",
            {"environ": {"HF_TOKEN": "hf_x"}},
            "nor a public model on the hub",
        ),
        (TINY, {"revision": "v2"}, "has no revision `v2` on the hub.*Did you mean `v1`?"),
        ("tiny-owner/gated-for-strangers", {}, "is not open to everyone.*`hf auth login`"),
        ("tiny-owner/gated", {}, "is not open to everyone.*`hf auth login`"),
        ("tiny-owner/forbidden", {}, "is not open to everyone.*`hf auth login`"),
        ("tiny-owner/old", {}, "no weights in safetensors on the hub, only pytorch_model.bin"),
    ],
)
def test_each_refusal_of_the_hub_is_one_clear_sentence(
    name: str, options: dict, claim: str, hub, resolve, tmp_path: Path
):
    answer = resolve(hub.address, name, **options)
    headline, sentence = answer.error.split("\n")
    assert headline == "The model cannot be found:"
    assert re.search(claim, sentence) and sentence.startswith(f"  - {name}: ")
    assert "Three ways out" not in sentence
    assert not list(tmp_path.rglob("*.safetensors"))


@pytest.mark.parametrize(
    ("broken", "claim"),
    [
        ((503, b""), "(HfHubHTTPError: Server error '503 Service Unavailable'"),
        ((200, b"<html>Log in to this network</html>"), "(JSONDecodeError: "),
        ((200, b"{}"), "(KeyError: "),
    ],
)
def test_a_hub_that_is_out_of_order_is_out_of_reach(broken, claim: str, hub, resolve):
    hub.broken = broken
    answer = resolve(hub.address, TINY)
    assert "cannot be reached " + claim in answer.error
    assert "Three ways out" in answer.error
    assert answer.seconds < 5


def test_a_cache_that_cannot_be_written_is_named(hub, resolve, tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    answer = resolve(hub.address, TINY, cache_dir=str(tmp_path / "file" / "cache"))
    claim = f"is on the hub, but cannot be fetched into {tmp_path}/file/cache: NotADirectoryError: "
    assert claim in answer.error


@pytest.fixture
def train(tmp_path: Path):
    """Runs `tfft train` on the tiny rows with another model; returns what it said."""

    def train(address: str, **model) -> subprocess.CompletedProcess:
        config = yaml.safe_load((tmp_path / "work" / "c.yaml").read_text())
        config |= {"model": model, "text": {"max_tokens": 16}}
        config["training"] = {"epochs": 1, "batch_size": 7, "learning_rate": 0.0001}
        (tmp_path / "work" / "hub.yaml").write_text(yaml.safe_dump(config))
        return subprocess.run(
            [sys.executable, "-m", "tfft.train", "--config", "hub.yaml", "--run-dir", "run"],
            cwd=tmp_path / "work", env=environment(address, tmp_path / "home"),
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    (tmp_path / "work").mkdir()
    write_rows(tmp_path / "work")
    return train


def test_a_run_without_network_names_the_three_ways_out_and_leaves_nothing(
    hub, train, tmp_path: Path
):
    hub.stop()
    done = train(hub.address, checkpoint=TINY, cache_dir="cache")
    assert done.returncode == 2
    assert done.stdout == ""
    for way in CONFIG_WAYS_OUT:
        assert way in done.stderr
    assert "cannot be reached (ConnectError: " in done.stderr
    assert "Traceback" not in done.stderr
    names = ["c.yaml", "hub.yaml", "test.jsonl", "train.tsv", "validation.csv"]
    assert sorted(each.name for each in (tmp_path / "work").rglob("*")) == names


@pytest.mark.slow
def test_a_run_begins_with_the_revision_that_its_config_names(
    hub, train, tmp_path: Path, repositories
):
    model = {"checkpoint": TINY, "revision": "v1", "cache_dir": "cache"}
    done = train(hub.address, **model)
    assert done.returncode == 0, done.stderr
    learned = load_file(tmp_path / "work" / "run" / "model" / "model.safetensors")[BACKBONE]
    for revision, is_near in (("v1", True), ("main", False)):
        content = repositories[TINY].files[revision]["model.safetensors"]
        # One epoch of 9 steps at 0.0001 moves a weight by 0.0009 at most; two seeds differ by 0.02.
        assert bool(abs(learned - load(content)[BACKBONE]).max() < 0.001) is is_near
    hub.stop()
    shutil.rmtree(tmp_path / "work" / "run")
    assert train(hub.address, **model, offline=True).returncode == 0

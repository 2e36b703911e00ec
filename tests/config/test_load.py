"""A config is read strictly, and all its faults are reported at once."""

import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT
from tfft.config.load import dump_config, load_config
from tfft.config.schema import Config
from tfft.errors import ConfigError

GOOD = """
name: reviews
data: {train: rows.tsv, columns: {text: 0, label: 1}}
model: {hidden_size: 24, num_attention_heads: 3}
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.tsv").write_text("a\t0\n")

    def write(text):
        (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
        return "c.yaml"

    return write


def faults_of(path, *overrides):
    with pytest.raises(ConfigError) as caught:
        load_config(path, overrides)
    return [str(fault) for fault in caught.value.faults]


def test_defaults_fill_what_the_file_leaves_out(write):
    config, notices = load_config(write(GOOD))
    assert (config.training.epochs, config.text.max_tokens, config.seed) == (3, 128, 17)
    assert config.model.num_hidden_layers == 12
    assert notices == []


def test_the_resolved_config_reads_back_as_itself(write, tmp_path):
    config, _ = load_config(write(GOOD), ["text.clean=[html, nfc]", "data.labels=[no, 1, 差]"])
    (tmp_path / "resolved.yaml").write_text(dump_config(config), encoding="utf-8")
    assert load_config("resolved.yaml")[0] == config
    assert config.data.labels == ["no", "1", "差"]


def test_every_fault_of_file_and_overrides_is_in_one_report(write, tmp_path):
    text = GOOD + "training: {epoch: 2, batch_size: 2.5, precision: fp32}\ntrainin: {}\n"
    assert faults_of(write(text), "seed=x", "data.test=gone.tsv", "nonsense") == [
        "--set nonsense: not an assignment; expected section.key=VALUE. "
        "For example: --set training.epochs=5",
        "--set seed=x: seed: got 'x'; expected a whole number",
        "c.yaml:5: training.batch_size: got 2.5; expected a whole number",
        "c.yaml:5: training.precision: got 'fp32'; expected 'auto', 'float32' or 'bfloat16'. "
        "Did you mean `float32`?",
        "c.yaml:5: training.epoch: unknown key. Did you mean `epochs`?",
        "c.yaml:6: trainin: unknown key. Did you mean `training`?",
        "--set data.test=gone.tsv: data.test: gone.tsv does not exist. "
        f"A relative path starts at the working directory, {tmp_path}",
    ]


def test_a_key_in_the_wrong_section_is_sent_home(write):
    assert faults_of(write(GOOD), "model.warmup_rate=0.2") == [
        "--set model.warmup_rate=0.2: model.warmup_rate: unknown key. "
        "Did you mean `training.warmup_rate`?"
    ]


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("model.num_attention_heads=5", "24 cannot be split over 5 heads"),
        ("text.max_tokens=600", "600 tokens have no position embedding"),
        ("data.columns={text: 0, label: stars}", "mixes names and positions"),
        ("data.labels=[a]", "1 label; expected at least 2 labels"),
        ("data.labels=[a, b, a]", "'a' stands twice"),
        ("training.learning_rate=fast", "got 'fast'; expected a number"),
        ("training.epochs=true", "got true; expected a whole number"),
        ("training.warmup_rate=1.5", "got 1.5; expected at most 1"),
        ("training.learning_rate=.inf", "got inf; expected a finite number"),
        ("data.validation=1.5", "a list of these, or a share of the training rows"),
        ("name=a/b", "letters, digits"),
        ("text.clean=[htm]", "Did you mean `html`?"),
        ("task.class_weights={a: x}", "task.class_weights.a: got 'x'; expected a number"),
        ("data.train=null", "data.train: missing"),
        ("training.epok=null", "unknown key `epok`. Did you mean `epochs`?"),
        ("epochs=2", "epochs: unknown key. Did you mean `training.epochs`?"),
        ("seed.x=1", "seed: got a mapping; expected a whole number"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(write, override, problem):
    faults = faults_of(write(GOOD), override)
    assert len(faults) == 1
    assert problem in faults[0]


def test_null_resets_to_the_default_and_a_mapping_replaces(write):
    text = GOOD + "training: {epochs: 9, batch_size: 7}\n"
    assert load_config(write(text), ["training.epochs=null"])[0].training.epochs == 3
    replaced = load_config("c.yaml", ["training={epochs: 5}"])[0].training
    assert (replaced.epochs, replaced.batch_size) == (5, 32)


def test_an_exponent_without_a_point_is_a_number(write):
    assert (
        load_config(write(GOOD), ["training.learning_rate=2e-5"])[0].training.learning_rate == 2e-5
    )


def test_what_has_no_effect_is_noticed_not_refused(write, tmp_path):
    (tmp_path / "vocab.txt").write_text("[UNK]\n")
    (tmp_path / "bert").mkdir()
    _, notices = load_config(
        write(GOOD), ["text.vocab=vocab.txt", "text.vocab_size=99", "model.checkpoint=./bert"]
    )
    assert notices == [
        "text.vocab_size is ignored: the vocabulary is read from a file",
        "model.hidden_size, model.num_attention_heads: ignored, the checkpoint's config.json "
        "says it",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "got an empty file"),
        (b"- 1\n", "got a list"),
        (b"name: \xff\n", "not UTF-8"),
        (b"a: [1\n", "not YAML"),
    ],
)
def test_a_file_that_is_no_config_is_one_fault(tmp_path, content, problem):
    path = tmp_path / "c.yaml"
    path.write_bytes(content)
    faults = faults_of(path)
    assert len(faults) == 1 and problem in faults[0]


def test_a_missing_file_names_the_nearest(tmp_path):
    (tmp_path / "quickstart.yaml").write_text("name: a\n")
    assert "quickstart.yaml`" in faults_of(tmp_path / "quikstart.yaml")[0]


def test_every_key_has_a_meaning_and_sizes_have_a_unit():
    def walk(model, path=""):
        for name, field in model.model_fields.items():
            assert field.description, path + name
            if hasattr(field.annotation, "model_fields"):
                walk(field.annotation, f"{path}{name}.")

    walk(Config)


def test_a_typo_is_refused_in_half_a_second_without_tensorflow(tmp_path):
    (tmp_path / "c.yaml").write_text("name: a\ndata: {trian: x}\n")
    code = (
        "import sys; from tfft.train import main; status = main(['--config', 'c.yaml']);"
        "loaded = {'tensorflow', 'keras', 'numpy'} & set(sys.modules);"
        "sys.exit(f'loaded {loaded}' if loaded else status)"
    )
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True,
            env={"PYTHONPATH": str(ROOT)}, check=False,
        )  # fmt: skip
        times.append(time.perf_counter() - begin)
    assert done.returncode == 2, done.stderr
    assert "Did you mean `train`?" in done.stderr and "Traceback" not in done.stderr
    assert min(times) < 0.5

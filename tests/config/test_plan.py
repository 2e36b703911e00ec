"""The plan says what would run, and marks what is not a default."""

import json
from types import SimpleNamespace

import pytest

from tfft.config.plan import is_default, plan_text
from tfft.config.schema import Config

DEMOS = {"toy": SimpleNamespace(num_rows={"train": 70, "test": 13}, labels=("no", "yes"))}
SIZES = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3,
         "intermediate_size": 7, "max_position_embeddings": 130}  # fmt: skip


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.tsv").write_bytes(b"x" * 1500)
    (tmp_path / "b.tsv").write_bytes(b"x" * 20)
    return tmp_path


def lines(**sections):
    """The plan's lines with single blanks, by their name; the mark is part of the text."""
    raw = {"name": "a", "data": {"train": "demo:toy"}} | sections
    shown = plan_text(Config.model_validate(raw), DEMOS)
    found = {}
    for line in shown.split("\n"):
        if line[:1] in (" ", "*") and line[2:3] != " ":
            name, text = line[2:15].strip(), " ".join(line[15:].split())
            found[name] = ("* " if line[0] == "*" else "") + text
        elif line.startswith(" "):
            found[name] += f" {line.strip()}"
    return found


def test_a_demo_without_a_split_brings_all_three():
    shown = lines()
    assert shown["train"] == "demo toy, split train: 70 rows"
    assert shown["validation"] == "demo toy, split validation: unknown"
    assert shown["test"] == "demo toy, split test: 13 rows"


def test_files_are_counted_and_measured():
    sources = {"train": ["*.tsv", "b.tsv", "gone.tsv"], "validation": 0.25, "test": "a.tsv"}
    shown = lines(data=sources)
    assert shown["train"] == "*.tsv: 2 files, 1.5 kB b.tsv: 20 bytes gone.tsv: not there"
    assert shown["validation"] == "* 0.25 of the training rows, chosen by hash of the cleaned text"
    assert shown["test"] == "* a.tsv: 1.5 kB"


def test_a_tfds_data_set_may_have_splits_of_its_own():
    shown = lines(data={"train": "tfds:sst2"})
    assert shown["train"] == "TFDS sst2"
    assert shown["validation"] == "TFDS sst2, its own split validation where there is one"
    assert lines(data={"train": "tfds:sst2:train"})["test"] == "none"


def test_columns_and_labels_are_as_given():
    columns = {"text": ["title", "body"], "label": "stars"}
    shown = lines(data={"train": "a.tsv", "columns": columns, "labels": ["差", "好"]})
    assert shown["columns"] == '* text = ["title", "body"], label = stars'
    assert shown["labels"] == "* 2: 差, 好"


def test_cleaning_is_told_in_the_order_in_which_it_runs():
    assert lines(text={"clean": ["whitespace", "urls", "html"]})["cleaning"] == (
        "* html, then urls, then whitespace"
    )
    assert lines()["cleaning"] == "none"


def test_the_vocabulary_is_learned_read_or_the_checkpoints(folder):
    (folder / "vocab.txt").write_text("[PAD]\n[UNK]\nx\n")
    assert lines()["vocabulary"] == "learned from the training rows, at most 8,000 tokens"
    assert lines(text={"vocab": "vocab.txt"})["vocabulary"] == "* vocab.txt: 3 tokens"
    assert lines(text={"vocab": "gone.txt"})["vocabulary"] == "* gone.txt: cannot be read"
    assert lines(model={"checkpoint": "owner/bert"})["vocabulary"] == "the checkpoint's"


def test_windows_are_told_instead_of_truncation():
    shown = lines(text={"max_tokens": 48, "stride_tokens": 24, "max_windows": 5})
    assert shown["length"] == (
        "* windows of 48 tokens, one every 24, at most 5 a text, their probabilities averaged; "
        "cut at 65,536 bytes"
    )
    assert lines()["length"] == "128 tokens, of a longer text the beginning; cut at 65,536 bytes"


def test_edits_are_listed():
    operations = [{"type": "delete_words", "rate": 0.2}, {"type": "swap_words"}]
    shown = lines(augmentation={"operations": operations, "row_rate": 0.5})
    assert shown["edits"] == "* delete_words of 0.2 of the words swap_words of 0.1 of the words"
    assert shown["rows"] == "* 0.5 of the training rows, chosen anew in each epoch"
    assert lines()["edits"] == "none"


def test_random_weights_are_counted(folder):
    (folder / "vocab.txt").write_text("x\n" * 23)
    shown = lines(model=SIZES, text={"vocab": "vocab.txt"})
    assert shown["weights"] == "random, seed 17"
    assert shown["sizes"] == "* 2 layers of 3 heads, 24 wide, feed-forward 7, 130 positions"
    assert shown["parameters"] == "10,144 with 2 labels"
    assert lines(model=SIZES)["parameters"] == "at most 201,592 with 2 labels"
    unlabelled = lines(model=SIZES, text={"vocab": "vocab.txt"}, data={"train": "a.tsv"})
    assert unlabelled["parameters"] == "10,094 without the classifier"


def test_the_sizes_of_a_folder_are_those_of_its_config(folder):
    (folder / "bert").mkdir()
    sizes = SIZES | {"type_vocab_size": 2, "vocab_size": 23}
    (folder / "bert" / "config.json").write_text(json.dumps(sizes))
    shown = lines(model={"checkpoint": "bert", "frozen_layers": 1})
    assert shown["weights"] == "* the folder bert"
    assert shown["sizes"] == "2 layers of 3 heads, 24 wide, feed-forward 7, 130 positions"
    assert shown["parameters"] == "10,144 with 2 labels"
    assert shown["frozen"] == "* the embeddings and the lowest 1 layer"


def test_of_a_hub_name_nothing_is_counted():
    shown = lines(model={"checkpoint": "owner/bert", "revision": "v1"})
    assert shown["weights"] == "* owner/bert from the hub, revision v1"
    assert "sizes" not in shown and "parameters" not in shown


def test_steps_are_counted_where_rows_are_known():
    training = {"epochs": 2, "batch_size": 13, "warmup_rate": 0.25}
    shown = lines(training=training)
    assert shown["epochs"] == "* 2, in batches of 13 rows: 6 steps an epoch, 12 in all"
    assert shown["rate"] == "* from 0 to 2.0e-5 over 0.25 of the steps (3), then linear to 0"
    held_out = lines(training=training, data={"train": "demo:toy", "validation": 0.5})
    assert held_out["epochs"].endswith(": about 3 steps an epoch, 6 in all")
    unknown = lines(training=training, data={"train": "a.tsv"})
    assert unknown["epochs"] == "* 2, in batches of 13 rows"
    assert unknown["rate"] == "* from 0 to 2.0e-5 over 0.25 of the steps, then linear to 0"


def test_the_optimizer_is_told_with_its_own_keys():
    assert lines(training={"optimizer": "sgd", "max_gradient_norm": None})["optimizer"] == (
        "* sgd, momentum=0.9, weight_decay=0.01, gradients as they are"
    )
    assert lines()["optimizer"] == (
        "adamw, weight_decay=0.01, adam_beta_1=0.9, adam_beta_2=0.999, adam_epsilon=1.0e-6, "
        "gradient norm at most 1"
    )


def test_schedule_and_stalls():
    training = {
        "schedule": "polynomial", "schedule_power": 1.5, "min_learning_rate": 1e-6,
        "patience_epochs": 4, "plateau_epochs": 1,
    }  # fmt: skip
    shown = lines(training=training)
    assert shown["rate"].endswith("then polynomial of power 1.5 to 1.0e-6")
    assert shown["stalled score"] == "* rate x 0.5 after 1 epoch, stop after 4 epochs"
    assert lines(training={"schedule": "constant"})["rate"].endswith("then constant")


def test_loss_scores_and_export():
    shown = lines(
        task={"class_weights": {"no": 2.0, "yes": 0.5}, "label_smoothing": 0.1},
        evaluation={"metric": "loss", "bag_of_words_rows": 0},
        export={"enabled": False},
    )
    assert shown["loss"] == "* class weights no 2, yes 0.5, label smoothing 0.1"
    assert shown["best"] == "* by validation loss"
    assert shown["baseline"] == "* none"
    assert shown["SavedModel"] == "* none"


def test_nothing_is_marked_where_all_is_default():
    assert not any(text.startswith("*") for text in lines().values())


def test_a_required_key_has_no_default_to_differ_from():
    config = Config.model_validate({"name": "a", "data": {"train": "a.tsv"}, "seed": 3})
    assert is_default(config, "data.train")
    assert not is_default(config, "seed")

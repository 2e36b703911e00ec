"""All sources are read once; there are stores of right rows, or one error and nothing on disk."""

from __future__ import annotations

import logging
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from tests.data.all_formats import FORMATS, PACKED, write, write_tfds
from tfft.data.pipeline import train_batches
from tfft.data.prepare import prepare, prepare_evaluation
from tfft.data.reading import Reading
from tfft.data.store import stored_rows
from tfft.errors import DataError
from tfft.text.preprocessor import Preprocessor
from tfft.text.vocab import Vocabulary

COLUMNS = {"text": 0, "label": 1}


def table(path, *rows):
    path.write_text("".join(f"{text}\t{label}\n" for text, label in rows))
    return str(path)


@pytest.fixture
def train(tmp_path):
    return table(tmp_path / "train.tsv", ("good", "yes"), ("bad", "no"), ("fine", "yes"))


def texts(store):
    return [row.text for row in stored_rows(store)]


def test_three_files_become_three_stores(tmp_path, train):
    validation = table(tmp_path / "dev.tsv", ("so so", "no"))
    test = table(tmp_path / "test.tsv", ("great", "yes"), ("poor", "no"))
    folder = tmp_path / "rows"
    found = prepare(folder, train=train, validation=validation, test=test, columns=COLUMNS)
    assert found.labels.names == ("no", "yes")
    assert found.train.label_counts == {"no": 1, "yes": 2}
    assert (texts(found.train), texts(found.test)) == (["good", "bad", "fine"], ["great", "poor"])
    assert [row.label for row in stored_rows(found.validation)] == ["no"]
    assert found.test.sources == (test,)
    assert found.notices == ()


def test_a_share_keeps_equal_cleaned_texts_on_one_side_in_any_order(tmp_path):
    rows = [(f"{word} {end}", end % 2) for word in ("Good", "good") for end in range(70)]
    cleaned_in = []

    def lower(batch):
        cleaned_in.append(len(batch))
        return [text.lower().encode() for text in batch]

    sides = []
    for name, ordered in (("a", rows), ("b", rows[::-1])):
        path = table(tmp_path / f"{name}.tsv", *ordered)
        found = prepare(tmp_path / name, train=path, validation=0.2, test=0.1, columns=COLUMNS,
                        clean=lower, seed=5)  # fmt: skip
        splits = (found.train, found.validation, found.test)
        sides.append([{text.lower() for text in texts(store)} for store in splits])
        assert sum(store.num_rows for store in splits) == 140
        assert found.validation.sources == (path,)
    assert sides[0] == sides[1]
    in_train, in_validation, in_test = sides[0]
    assert in_train.isdisjoint(in_validation) and in_test.isdisjoint(in_train | in_validation)
    assert cleaned_in == [140, 140]


def test_a_demo_without_a_split_fills_all_three(tmp_path):
    found = prepare(tmp_path / "rows", train="demo:reviews-en", columns={"text": "t", "label": "l"})
    splits = (found.train, found.validation, found.test)
    assert [store.num_rows for store in splits] == [8000, 1000, 1000]
    assert found.labels.names == ("negative", "positive")


NAMES = {"text": ["title", "body"], "text_pair": "pair", "label": "label", "slices": "where"}
ODD = [
    {"title": "A good film", "body": "快递很快，很好！", "pair": "is it good?", "label": "正面",
     "where": "a b"},
    {"title": "", "body": "", "pair": "", "label": "negative", "where": ""},
    {"title": "«Ünïcode» 😀 ＦＵＬＬ", "body": "ﬁ ß ™ e\u0301 \u200b\ufeff", "pair": "差评\u3000",
     "label": "negative", "where": ""},
    {"title": '"quoted, 5" pipe\'s \\n', "body": "x\u2028y\x85z\x0b\x0c\x1f", "pair": " ",
     "label": "正面", "where": "b"},
    {"title": "bad " * 40, "body": "\ue000\U0010ffff", "pair": "不好", "label": "neutral",
     "where": ""},
]  # fmt: skip
WORDS = [
    "a",
    "good",
    "bad",
    "film",
    "is",
    "it",
    "?",
    ",",
    "!",
    '"',
    "很",
    "好",
    "快",
    "不",
    "差",
    "x",
]


def test_the_same_rows_of_every_format_give_byte_equal_batches(tmp_path):
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    preprocess = Preprocessor(Vocabulary([*special, *WORDS]), max_tokens=16, clean=["whitespace"])
    rows = [row | {"title": f"{row['title']} {n}"} for n, row in enumerate(ODD * 3)] + ODD[1:2]
    found, batches = {}, {}
    for kind in (*FORMATS, *PACKED):
        prepared = prepare(
            tmp_path / f"stored {kind}", train=write(tmp_path, kind, rows), validation=0.3,
            columns=NAMES, reading=Reading(text_separator=" — "), seed=3,
        )  # fmt: skip
        assert prepared.train.num_rows + prepared.validation.num_rows == 16
        found[kind] = (
            prepared.labels.names,
            prepared.train.fingerprint,
            prepared.validation.fingerprint,
            [list(stored_rows(store)) for store in (prepared.train, prepared.validation)],
        )
        if kind in FORMATS:
            dataset = train_batches(
                prepared.train, preprocess=preprocess, batch_size=3, seed=5, epoch=1,
                shuffle_buffer_rows=7,
            )  # fmt: skip
            batches[kind] = [
                {key: (each.dtype, each.tobytes()) for key, each in batch.items()}
                for batch in dataset.as_numpy_iterator()
            ]
    assert found["tsv"][0] == ("negative", "neutral", "正面")
    assert len(batches["tsv"]) == 3
    assert {row.text for row in found["tsv"][3][0]} & {"A good film 0 — 快递很快，很好！", " — "}
    for kind, each in found.items():
        assert each == found["tsv"], kind
    for kind, each in batches.items():
        assert each == batches["tsv"], kind


def tfds_rows(count):
    return [{"text": f"text {n}", "label": "ab"[n % 2]} for n in range(count)]


def test_a_tfds_data_set_without_a_split_fills_those_it_has(tmp_path):
    splits = {"train": tfds_rows(7), "validation": tfds_rows(2), "test": tfds_rows(5)}
    write_tfds(tmp_path, splits, name="whole")
    part = write_tfds(tmp_path, {"train": tfds_rows(40), "test": tfds_rows(5)}, name="part")
    options = {
        "columns": {"text": "text", "label": "label"},
        "reading": Reading(tfds_dir=str(tmp_path)),
    }

    def sizes(folder, **changes):
        found = prepare(tmp_path / folder, **(options | {"validation_share": 0.3} | changes))
        stores = (found.train, found.validation, found.test)
        return [store and store.num_rows for store in stores], found.labels.names

    assert sizes("a", train="tfds:whole") == ([7, 2, 5], ("a", "b"))
    assert sizes("b", train="tfds:whole:train", validation_share=None)[0] == [7, None, None]
    assert sizes("c", train="tfds:whole", validation="tfds:whole:test")[0] == [7, 5, 5]
    train, validation, test = sizes("d", train=f"tfds:{part}")[0]
    assert (train + validation, test) == (40, 5) and 4 < validation < 20


def test_a_tfds_data_set_that_cannot_be_opened_is_one_fault(tmp_path):
    before = sorted(tmp_path.iterdir())
    with pytest.raises(DataError) as caught:
        prepare(
            tmp_path / "rows",
            train="tfds:no_such_set",
            columns=NAMES,
            reading=Reading(tfds_dir=str(tmp_path)),
        )
    assert len(caught.value.faults) == 1 and not caught.value.num_more
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("kind", ["tsv", "csv", "jsonl.gz", "parquet"])
def test_a_hundred_thousand_labels_are_one_fault_at_once(tmp_path, kind):
    path = write(tmp_path, kind, [{"text": "x", "label": f"{n}."} for n in range(100_000)])
    with pytest.raises(DataError) as caught:
        prepare(tmp_path / "rows", train=path, validation=path,
                columns={"text": "text", "label": "label"})  # fmt: skip
    line = 10_002 if kind in ("tsv", "csv") else 10_001
    assert [str(fault) for fault in caught.value.faults] == [
        f"{path}:{line}: more than 10,000 different labels. Name the column with the label in "
        "`columns`"
    ]
    assert not caught.value.num_more


def test_a_given_label_without_rows_and_empty_texts_are_notices(tmp_path, caplog):
    path = table(tmp_path / "a.tsv", ("x", "1"), (" ", "0"), ("", "0"))
    with caplog.at_level(logging.WARNING):
        found = prepare(tmp_path / "r", train=path, columns=COLUMNS, labels=["0", "1", "2"])
    assert found.notices == (
        "no training row has the label `2`",
        "rows of train without any text, kept: 2",
    )
    assert tuple(caplog.messages) == found.notices
    assert found.train.label_counts == {"0": 2, "1": 1, "2": 0}


def test_faults_of_all_splits_come_at_once_and_nothing_is_left(tmp_path):
    train = table(tmp_path / "train.tsv", ("good", "yes"), ("bad", "no"), ("worse", ""))
    test = table(tmp_path / "test.tsv", ("great", "yse"))
    before = sorted(tmp_path.iterdir())
    with pytest.raises(DataError) as caught:
        prepare(tmp_path / "rows", train=train, validation=str(tmp_path / "no.tsv"), test=test,
                columns=COLUMNS)  # fmt: skip
    assert [fault.where.split("/")[-1] for fault in caught.value.faults] == [
        "no.tsv",
        "train.tsv:3",
        "test.tsv:1",
    ]
    assert "Did you mean `yes`" in str(caught.value)
    assert sorted(tmp_path.iterdir()) == before


def test_a_bad_training_file_does_not_make_every_other_label_a_fault(tmp_path):
    test = table(tmp_path / "test.tsv", ("great", "yes"), ("poor", "no"))
    with pytest.raises(DataError) as caught:
        prepare(tmp_path / "r", train=str(tmp_path / "no.tsv"), test=test, columns=COLUMNS)
    assert len(caught.value.faults) == 1


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ([("a", "1"), ("b", "1")], {}, "data.train: every training row has the label `1`"),
        ([("a", "1")], {"labels": ["0", "1"]}, "every training row has the label `1`"),
        ([("a", "1"), ("b", "2")], {"labels": ["0", "1"]}, "a.tsv:2: the label `2` is none of the"),
        (
            [("a", "1"), ("b", "0")],
            {"validation": 0.0001},
            "the shares leave no row for validation",
        ),
        ([("a", "1"), ("b", "0")], {"validation": 1.5}, "data.validation: a share of 1.5"),
        ([("a", "1"), ("b", "0")], {"validation": 0.5, "test": 0.5}, "the shares sum to 1"),
        ([("a", "1"), ("b", "0")], {"labels": ["1"]}, "data.labels: 1 given"),
    ],
)
def test_rows_that_cannot_be_learned_from_are_refused(tmp_path, rows, options, message):
    path = table(tmp_path / "a.tsv", *rows)
    with pytest.raises(DataError, match=message):
        prepare(tmp_path / "rows", train=path, columns=COLUMNS, **options)
    assert [path.name for path in tmp_path.iterdir()] == ["a.tsv"]


def test_evaluation_takes_the_models_labels(tmp_path, train):
    store = prepare_evaluation(
        tmp_path / "rows", source=train, columns=COLUMNS, labels=["yes", "maybe", "no"]
    )
    assert store.label_counts == {"yes": 2, "maybe": 0, "no": 1}
    with pytest.raises(DataError, match=r"train.tsv:2: the label `no` is none of the given"):
        prepare_evaluation(tmp_path / "r", source=train, columns=COLUMNS, labels=["yes", "maybe"])


def test_memory_does_not_grow_with_the_rows(tmp_path):
    def peak_bytes(num_rows):
        path = tmp_path / f"{num_rows}.tsv"
        with path.open("w") as file:
            file.writelines(f"{number} {'x' * 2000}\t{number % 2}\n" for number in range(num_rows))
        tracemalloc.start()
        prepare(tmp_path / f"r{num_rows}", train=str(path), validation=0.1, columns=COLUMNS)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak_bytes(100)
    # 2 MB and 24 MB of text.
    assert peak_bytes(12_000) < peak_bytes(1000) + 500_000


_MEASURE = """
import resource, sys
from tfft.data.pipeline import train_batches
from tfft.data.prepare import prepare
import tensorflow as tf

def tokens(text, pair):
    ones = tf.strings.length(text)[:, tf.newaxis]
    return dict(input_ids=ones, attention_mask=ones, token_type_ids=ones)

for size in ("20000", "200000"):
    folder = sys.argv[1] + "/"
    stores = prepare(folder + size, train=folder + size + ".tsv", validation=0.1,
                     columns=dict(text=0, label=1))
    batches = train_batches(stores.train, preprocess=tokens, batch_size=64, seed=1, epoch=0,
                            shuffle_buffer_rows=5000)
    for batch in batches:
        pass
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
def test_ten_times_the_rows_need_no_more_memory_of_the_process(tmp_path):
    for num_rows in (20_000, 200_000):
        with (tmp_path / f"{num_rows}.tsv").open("w") as file:
            file.writelines(f"{number} {'x' * 300}\t{number % 2}\n" for number in range(num_rows))
    root = str(Path(__file__).parents[2])
    result = subprocess.run([sys.executable, "-c", _MEASURE, str(tmp_path)], cwd=root,
                            capture_output=True, text=True, check=True)  # fmt: skip
    small, large = (int(line) for line in result.stdout.split())
    # 62 MB of text more; held as rows it would take over 90 MB.
    assert large < small + 40

"""The preprocessor answers any bytes, can be rebuilt, and exports whole."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import tensorflow as tf

from tests.text.test_tokenize import text_operations
from tfft.errors import ConfigError
from tfft.text.clean import RULES
from tfft.text.preprocessor import Preprocessor, cap_bytes
from tfft.text.vocab import Vocabulary

VOCABULARY = Vocabulary(
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "film", "中", "&", "##s", "bad"]
)
SERVED_TEXT_OPERATIONS = {
    "FastWordpieceTokenizeWithOffsets",
    "NormalizeUTF8",
    "CaseFoldUTF8",
    "RegexSplitWithOffsets",
    "WordpieceTokenizeWithOffsets",
}


def _ids(features: dict[str, tf.Tensor]) -> list[list[int]]:
    return features["input_ids"].numpy().tolist()


def test_a_batch_of_texts_becomes_features():
    features = Preprocessor(VOCABULARY)(tf.constant(["Good films", "中bad", ""]))
    assert _ids(features) == [[2, 4, 5, 8, 3], [2, 6, 9, 3, 0], [2, 3, 0, 0, 0]]
    assert features["attention_mask"].numpy().sum(axis=1).tolist() == [5, 4, 2]
    assert features["token_type_ids"].numpy().max() == 0


def test_pairs_have_types():
    features = Preprocessor(VOCABULARY)(tf.constant(["good"]), tf.constant(["bad film"]))
    assert _ids(features) == [[2, 4, 3, 9, 5, 3]]
    assert features["token_type_ids"].numpy().tolist() == [[0, 0, 0, 1, 1, 1]]


def test_a_long_text_becomes_windows():
    preprocessor = Preprocessor(VOCABULARY, max_tokens=4, stride_tokens=1, max_windows=3)
    features = preprocessor(tf.constant(["good film bad good film", "bad"]))
    none = [0, 0, 0, 0]
    assert _ids(features) == [
        [[2, 4, 5, 3], [2, 5, 9, 3], [2, 9, 4, 3]],
        [[2, 9, 3, 0], none, none],
    ]
    again = Preprocessor(VOCABULARY, **preprocessor.settings())
    assert _ids(again(tf.constant(["good film bad"]))) == [[[2, 4, 5, 3], [2, 5, 9, 3]]]


@pytest.mark.parametrize("stride", [0, 3])
def test_a_stride_that_leaves_out_tokens_is_refused(stride):
    with pytest.raises(ConfigError, match=f"stride_tokens: got {stride}; expected from 1 to 2"):
        Preprocessor(VOCABULARY, max_tokens=4, stride_tokens=stride)


def test_an_empty_batch_is_answered():
    assert Preprocessor(VOCABULARY)(tf.constant([], tf.string))["input_ids"].shape == (0, 2)


def test_bytes_that_are_not_utf8_are_answered():
    features = Preprocessor(VOCABULARY, clean=list(RULES))(tf.constant([b"good \xff\xc3", b"\x80"]))
    assert _ids(features) == [[2, 4, 3], [2, 3, 0]]


def test_rows_are_truncated_as_asked():
    text = tf.constant(["good film bad 中 &"])
    expected = {"head": [2, 4, 5, 9, 3], "tail": [2, 9, 6, 7, 3], "head_tail": [2, 4, 5, 7, 3]}
    for truncation, ids in expected.items():
        preprocess = Preprocessor(VOCABULARY, max_tokens=5, truncation=truncation)
        assert _ids(preprocess(text)) == [ids]


def test_cleaning_caps_repairs_and_applies_the_rules():
    preprocess = Preprocessor(VOCABULARY, max_bytes=20, clean=["whitespace", "html"])
    texts = [b" <i>a</i> &amp; \xffb", b"0123456789012345678\xe4\xb8\xad"]
    assert preprocess.clean(tf.constant(texts)).numpy().tolist() == [
        "a & \ufffdb".encode(),
        b"0123456789012345678",
    ]


@pytest.mark.parametrize(
    "text",
    ["abcdefg", "abc中d", "abcd中", "ab中", "a😀bc", "é😀é", "中", "", "\x00\x01\x02\x03\x04"],
)
@pytest.mark.parametrize("max_bytes", [4, 5, 6])
def test_the_cap_never_cuts_a_character(text, max_bytes):
    expected = text.encode()[:max_bytes].decode(errors="ignore").encode()
    assert cap_bytes(tf.constant([text, "x"]), max_bytes).numpy().tolist() == [expected, b"x"]


def test_the_cap_holds_for_bytes_that_are_no_text():
    assert cap_bytes(tf.constant([b"\x80" * 9]), 4).numpy().tolist() == [b"\x80" * 4]


def test_settings_are_json_and_build_the_same_preprocessor():
    settings = {
        "lowercase": False,
        "strip_accents": True,
        "tokenize_chinese_chars": False,
        "max_tokens": 13,
        "truncation": "tail",
        "stride_tokens": 5,
        "max_windows": 3,
        "max_bytes": 77,
        "clean": ["html", "whitespace"],
    }
    assert Preprocessor(VOCABULARY, **settings).settings() == settings
    assert json.loads(json.dumps(Preprocessor(VOCABULARY).settings())) == {
        "lowercase": True,
        "strip_accents": None,
        "tokenize_chinese_chars": True,
        "max_tokens": 128,
        "truncation": "head",
        "stride_tokens": None,
        "max_windows": 16,
        "max_bytes": 65536,
        "clean": [],
    }


def test_all_wrong_options_are_refused_at_once():
    with pytest.raises(ConfigError) as caught:
        Preprocessor(VOCABULARY, max_tokens=2, truncation="heads", max_bytes=3)
    faults = caught.value.faults
    assert [fault.where for fault in faults] == [
        "text.max_tokens",
        "text.truncation",
        "text.max_bytes",
    ]
    assert faults[1].nearest == "head"


def test_tf_data_and_a_direct_call_agree():
    texts = ["good", "film &amp; bad", "", "中 中", "bad", "good film", "&lt;"]
    preprocess = Preprocessor(VOCABULARY, clean=["html"])
    batches = tf.data.Dataset.from_tensor_slices(texts).batch(3).map(preprocess)
    for first, features in zip((0, 3, 6), batches, strict=True):
        assert _ids(features) == _ids(preprocess(tf.constant(texts[first : first + 3])))


def test_only_operations_that_tf_serving_links_are_used():
    texts = tf.TensorSpec([None], tf.string)
    preprocess = Preprocessor(VOCABULARY, clean=list(RULES))
    function = tf.function(preprocess).get_concrete_function(texts, texts)
    used = text_operations(function)
    assert "RegexSplitWithOffsets" in used  # found inside a branch, so branches are looked into
    assert used <= SERVED_TEXT_OPERATIONS


def test_an_export_answers_alike_in_a_process_without_tfft(tmp_path):
    preprocess = Preprocessor(VOCABULARY, clean=list(RULES))
    served = tf.function(preprocess, input_signature=[tf.TensorSpec([None], tf.string, "text")])
    module = tf.Module()
    module.preprocess, module.served = preprocess, served
    tf.saved_model.save(module, str(tmp_path / "export"), signatures=served)
    assert list((tmp_path / "export" / "assets").iterdir()) == []
    program = (
        "import json, sys, tensorflow as tf, tensorflow_text\n"
        "served = tf.saved_model.load(sys.argv[1]).signatures['serving_default']\n"
        "ids = served(text=tf.constant(['<b>Good</b> film&amp;', '', '中']))['input_ids']\n"
        "print(json.dumps(ids.numpy().tolist()))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "export")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(answer.stdout) == [[2, 4, 5, 7, 3], [2, 3, 0, 0, 0], [2, 6, 3, 0, 0]]

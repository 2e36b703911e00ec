"""Each rule does what its name says, and the order in a config does not matter."""

from __future__ import annotations

import functools

import pytest
import tensorflow as tf

from tfft.errors import ConfigError
from tfft.text.clean import RULES, TextCleaner


@functools.cache
def _cleaner(*rules: str):
    return tf.function(TextCleaner(rules), input_signature=[tf.TensorSpec([None], tf.string)])


def _clean(rules: list[str], *texts: str) -> list[str]:
    cleaned = _cleaner(*rules)(tf.constant(texts, tf.string))
    return [text.decode() for text in cleaned.numpy()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see http://a.b/c?d=e&f=g#h.", "see  ."),
        ("(HTTPS://a.b/)", "( )"),
        ("看http://t.cn/abc，你好", "看 ，你好"),
        ("看http://t.cn/abc你好", "看 你好"),
        ("www.x.com, ftp://y.z/", " ,  "),
        ("Seehttp://a.b now", "See  now"),
        ("https:// awww. example.com", "https:// awww. example.com"),
    ],
)
def test_urls_go_and_their_neighbours_stay(text, expected):
    assert _clean(["urls"], text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail joe.x+y@mail.co.uk.", "mail  ."),
        ("看t@163.com吧", "看 吧"),
        ("mailto:A@B.CD", " "),
        ("a@b @home 5 @ 3.50", "a@b @home 5 @ 3.50"),
    ],
)
def test_emails_go_and_other_at_signs_stay(text, expected):
    assert _clean(["emails"], text) == [expected]


def test_control_characters_go_and_do_not_glue_words():
    assert _clean(["control"], "a\x00b\u200bc\ufeffd\x9fe") == ["abcde"]
    assert _clean(["control"], "a\x0bb\x85c\td\r\ne") == ["a b c\td\r\ne"]


def test_full_width_ascii_becomes_ascii_and_katakana_stays():
    text = "ＡＢＣ！　ｶﾅ，中￥～"
    assert _clean(["width"], text, "plain", "") == ["ABC! ｶﾅ,中￥~", "plain", ""]


def test_nfc_composes_and_nfkc_folds_as_well():
    assert _clean(["nfc"], "e\u0301 ﬁ") == ["é ﬁ"]
    assert _clean(["nfkc"], "e\u0301 ﬁ Ａ ①") == ["é fi A 1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("!!!! ??!! ...", "! ?! ."),
        ("！！！。。", "！。"),
        ("——……", "—…"),
        (':)) ((( "" a--b', ':) ( " a-b'),
        ("http://x && aaa 1000 <<", "http://x && aaa 1000 <<"),
        ("..!..", ".!."),
    ],
)
def test_repeated_punctuation_is_kept_once(text, expected):
    assert _clean(["repeats"], text) == [expected]


def test_each_repeatable_mark_is_collapsed():
    for mark in "!?.,;:~-_=*+#^'\"()[]{}！？。，、；：～…—·“”‘’（）【】《》":
        assert _clean(["repeats"], f"a{mark * 3}b{mark * 2}") == [f"a{mark}b{mark}"]


def test_unicode_white_space_is_collapsed_and_stripped():
    assert _clean(["whitespace"], "\u3000a\u00a0\u2003b\x85\x0b\x0cc\u2028\r\n") == ["a b c"]


def test_the_order_in_the_config_does_not_matter():
    text = "<p>Ｓｅｅ http://a.b?c&amp;d，ok!!</p>\u3000x@y.zz"
    rules = list(RULES)
    assert _clean(rules, text) == _clean(rules[::-1], text) == ["See ,ok!"]
    assert TextCleaner(["whitespace", "html", "html"]).rules == ("html", "whitespace")


def test_no_rules_change_nothing():
    assert _clean([], " <b> ", "") == [" <b> ", ""]


@pytest.mark.parametrize("rule", list(RULES))
def test_every_rule_answers_empty_texts_and_an_empty_batch(rule):
    assert _clean([rule], "", "a") == ["", "a"]
    assert _clean([rule]) == []


def test_all_unknown_rules_are_refused_at_once():
    with pytest.raises(ConfigError) as caught:
        TextCleaner(["htlm", "urls", "spelling"])
    assert [fault.problem for fault in caught.value.faults] == [
        "unknown rule 'htlm'",
        "unknown rule 'spelling'",
    ]
    assert caught.value.faults[0].nearest == "html"

"""Of HTML, what a reader would see is left, and of other text all of it."""

from __future__ import annotations

from html.entities import name2codepoint

import pytest
import tensorflow as tf

from tfft.text.html import strip_html

strip_in_graph = tf.function(strip_html, input_signature=[tf.TensorSpec([None], tf.string)])


def _strip(*texts: str) -> list[str]:
    return [text.decode() for text in strip_in_graph(tf.constant(texts, tf.string)).numpy()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<b>un</b>happy", "unhappy"),
        ("one<br/>two<BR>three", "one two three"),
        ("<p class='x'>a</p><div>b</div>", " a  b "),
        ("""<a title="x>y" href='z'>k</a>""", "k"),
        ("<p title=it's>q</p>", " q "),
        ("<i\n>t</i >", "t"),
        ("<bold>t", " t"),
        ("<!DOCTYPE html><?xml v?><o:p>z", "   z"),
        ("a<!-- <b>\n -->b", "a b"),
        ("a<script type='x'>if (a<b) {}</script >b", "a b"),
        ("a<STYLE>p {}\n</STYLE>b", "a b"),
        ("a<script>never closed", "a "),
        ("a<scripty>b", "a b"),
    ],
)
def test_tags_go(text, expected):
    assert _strip(text) == [expected]


@pytest.mark.parametrize(
    "text",
    ["a < b and c > d", "I <3 it", "<http://x.y>", "<u@v.w>", "a<", "<>", "&", "&&", "a & b;", ""],
)
def test_what_is_no_html_stays(text):
    assert _strip(text) == [text]


def test_all_252_named_references_are_decoded():
    names = list(name2codepoint)
    decoded = _strip(*(f"x&{name};y&{name};" for name in names))
    assert len(names) == 252
    assert decoded == [f"x{chr(code)}y{chr(code)}" for code in name2codepoint.values()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&#39;&#x27;&#X4e2d;&#00000065;", "''中A"),
        ("&#128512;&#x1F600;", "😀😀"),
        ("&#150;&#x80;", "–€"),
        ("&#129;", "\x81"),
        ("&#0;&#xD800;&#x110000;&#9999999;", "\ufffd" * 4),
    ],
)
def test_numeric_references_are_decoded_as_html_prescribes(text, expected):
    assert _strip(text) == [expected]


def test_unknown_and_unended_references_stay():
    text = "&unknown; &AMP; &copy &#; &#x; &#12345678; &frac34x;"
    assert _strip(text) == [text]


def test_references_are_read_once_and_after_the_tags():
    assert _strip("&lt;b&gt;", "&amp;lt;", "&amp;amp;amp;") == ["<b>", "&lt;", "&amp;amp;"]


def test_rows_do_not_mix_and_an_empty_batch_passes():
    assert _strip("", "a&amp;", "b", "&lt;c", "") == ["", "a&", "b", "<c", ""]
    assert _strip() == []

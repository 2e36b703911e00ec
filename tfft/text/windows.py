"""Long texts as overlapping windows: ragged token ids in, more and shorter rows out.

Enters: ragged `int32 [batch, (tokens)]` and how many tokens a window holds.
Leaves: ragged `int32 [windows, (tokens)]` of all rows in their order, and the row of each window.
Every token up to the last window is in one of them; neighbours share what the stride leaves.
Does not know special tokens: `pack` does.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf


class Windows(NamedTuple):
    """The windows of a batch of texts.

    Attributes:
        ids: ragged `int32 [windows, (tokens)]`.
        rows: `int32 [windows]`, the row that each one comes from, ascending.
        counts: `int32 [batch]`, windows of each row, at least 1.
    """

    ids: tf.RaggedTensor
    rows: tf.Tensor
    counts: tf.Tensor


def num_windows(length: tf.Tensor, room: tf.Tensor, *, stride: int, max_windows: int) -> tf.Tensor:
    """Gives how many windows cover texts of `length` tokens: `int32 [batch]`, at least 1."""
    beyond = tf.maximum(length - room, 0)
    return tf.minimum(1 + (beyond + stride - 1) // stride, max_windows)


def windows(ids: tf.RaggedTensor, room: tf.Tensor, *, stride: int, max_windows: int) -> Windows:
    """Cuts texts into windows.

    Window `i` of a row begins `i * stride` tokens after the row's beginning. A text that fits into
    one window has one; an empty text has an empty one. What lies behind the last of `max_windows`
    is left out.

    Args:
        ids: ragged `int32 [batch, (tokens)]`.
        room: `int32 [batch]`, tokens that a window of each row holds at most; at least `stride`
            where a row has more than one, or tokens between two windows would be lost.
        stride: tokens from the beginning of a window to that of the next. It is the `doc_stride`
            of Google's BERT; Hugging Face's `stride` is the overlap, `room - stride`.
        max_windows: windows of a row at most.
    """
    length = tf.cast(ids.row_lengths(), tf.int32)
    counts = num_windows(length, room, stride=stride, max_windows=max_windows)
    rows = tf.repeat(tf.range(tf.size(counts)), counts)
    begin = stride * (tf.range(tf.size(rows)) - tf.gather(tf.cumsum(counts, exclusive=True), rows))
    end = tf.minimum(begin + tf.gather(room, rows), tf.gather(length, rows))
    offset = tf.gather(tf.cast(ids.row_starts(), tf.int32), rows)
    places = tf.ragged.range(offset + begin, offset + end)
    return Windows(places.with_values(tf.gather(ids.values, places.values)), rows, counts)

"""Truncation and packing: ragged token ids in, the rows that BERT reads out.

Enters: one or two ragged `int32 [batch, (tokens)]` of ids without special tokens.
Leaves: dense `int32 [batch, tokens]` features, `[CLS] a [SEP]` or `[CLS] a [SEP] b [SEP]`, padded
to the longest row of the batch. Core ragged operations only: the trimmers and combiners of TF Text
are not in every TF Serving. How long a row may be is the caller's choice: the model has a limit.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from tfft import spec
from tfft.text.windows import windows

NUM_SPECIAL_SINGLE = 2
"""`[CLS]` and `[SEP]`."""

NUM_SPECIAL_PAIR = 3
"""`[CLS]` and two `[SEP]`."""

_Keep = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]


def keep_head(position: tf.Tensor, length: tf.Tensor, kept: tf.Tensor) -> tf.Tensor:
    """Keeps the beginning. Hugging Face's `truncation_side="right"`."""
    del length
    return position < kept


def keep_tail(position: tf.Tensor, length: tf.Tensor, kept: tf.Tensor) -> tf.Tensor:
    """Keeps the end. Hugging Face's `truncation_side="left"`."""
    return position >= length - kept


def keep_head_and_tail(position: tf.Tensor, length: tf.Tensor, kept: tf.Tensor) -> tf.Tensor:
    """Keeps half from the front and half from the end; the front gets the odd one.

    Reference:
        Sun et al. 2019, How to Fine-Tune BERT for Text Classification, arXiv:1905.05583. They
        found 128 tokens of the front and 382 of the end best; halves need no second number.
    """
    tail = kept // 2
    return (position < kept - tail) | (position >= length - tail)


TRUNCATIONS: dict[str, _Keep] = {
    "head": keep_head,
    "tail": keep_tail,
    "head_tail": keep_head_and_tail,
}
"""By name, which tokens of a row survive: from the `int32 [all tokens]` position in the row, length
of the row and number to keep, `bool [all tokens]`."""


def truncate(ids: tf.RaggedTensor, kept: tf.Tensor, *, truncation: str) -> tf.RaggedTensor:
    """Shortens each row of `ids`.

    Args:
        ids: ragged `int32 [batch, (tokens)]`.
        kept: `[batch]`, how many tokens to keep, at most as many as there are.
        truncation: a name out of `TRUNCATIONS`.

    Returns:
        Ragged `int32 [batch, (tokens)]`.
    """
    row = ids.value_rowids()
    position = tf.range(tf.size(ids.values, out_type=row.dtype)) - tf.gather(ids.row_starts(), row)
    length, kept = ids.row_lengths(), tf.cast(kept, row.dtype)
    survives = TRUNCATIONS[truncation](position, tf.gather(length, row), tf.gather(kept, row))
    return tf.RaggedTensor.from_row_lengths(
        tf.boolean_mask(ids.values, survives), kept, validate=False
    )


def fit_single(length: tf.Tensor, room: int) -> tf.Tensor:
    """Gives how many tokens each row keeps where there is `room` for so many: `[batch]`."""
    return tf.minimum(length, room)


def fit_pair(length: tf.Tensor, other: tf.Tensor, room: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Shares `room` tokens between two texts, longest first, exactly as Hugging Face does.

    The shorter text is left whole if it takes no more than its half; where both are too long each
    gets half, and the odd token goes to the longer one, to the second if they are equally long.

    Args:
        length: `[batch]`, tokens of the first text.
        other: `[batch]`, tokens of the second text.
        room: tokens that both may have together.

    Returns:
        How many tokens to keep of the first and of the second, each `[batch]`.
    """
    short, long = tf.minimum(length, other), tf.maximum(length, other)
    half = room // 2
    kept_short = tf.minimum(short, half)
    kept_long = tf.minimum(long, room - kept_short)
    # What the longer one leaves free goes back to the shorter one; it is none where both overflow.
    kept_short = tf.minimum(short, room - kept_long)
    first_is_long = length > other
    return tf.where(first_is_long, kept_long, kept_short), tf.where(
        first_is_long, kept_short, kept_long
    )


def pack(
    ids: tf.RaggedTensor,
    other: tf.RaggedTensor | None = None,
    *,
    cls_id: int,
    sep_id: int,
    pad_id: int,
    max_tokens: int,
    truncation: str = "head",
) -> dict[str, tf.Tensor]:
    """Truncates, puts special tokens around, pads.

    Args:
        ids: ragged `int32 [batch, (tokens)]`, the first text.
        other: the second text, ragged `int32 [batch, (tokens)]`, or None.
        cls_id: id of `[CLS]`.
        sep_id: id of `[SEP]`.
        pad_id: id of `[PAD]`.
        max_tokens: tokens of a row at most, special ones counted; at least 3.
        truncation: a name out of `TRUNCATIONS`.

    Returns:
        `input_ids`, `attention_mask` (1 for a token, 0 for padding) and `token_type_ids` (1 for the
        second text and its `[SEP]`), each `int32 [batch, tokens]`. `tokens` is the longest row's
        length, and 2 where the batch is empty.
    """
    if other is None:
        kept = fit_single(ids.row_lengths(), max_tokens - NUM_SPECIAL_SINGLE)
        return _packed([truncate(ids, kept, truncation=truncation)], cls_id, sep_id, pad_id)
    kept, kept_other = fit_pair(
        ids.row_lengths(), other.row_lengths(), max_tokens - NUM_SPECIAL_PAIR
    )
    parts = [
        truncate(ids, kept, truncation=truncation),
        truncate(other, kept_other, truncation=truncation),
    ]
    return _packed(parts, cls_id, sep_id, pad_id)


def pack_windows(
    ids: tf.RaggedTensor,
    other: tf.RaggedTensor | None = None,
    *,
    cls_id: int,
    sep_id: int,
    pad_id: int,
    max_tokens: int,
    stride_tokens: int,
    max_windows: int,
) -> dict[str, tf.Tensor]:
    """As `pack`, but a longer text becomes several windows instead of a truncated row.

    Of a pair the second text is read in windows. The first stands in each of them, cut behind so
    that at least `stride_tokens` of the second fit in, or all of it.

    Args:
        ids: ragged `int32 [batch, (tokens)]`, the first text.
        other: the second text, ragged `int32 [batch, (tokens)]`, or None.
        cls_id: id of `[CLS]`.
        sep_id: id of `[SEP]`.
        pad_id: id of `[PAD]`.
        max_tokens: tokens of a window at most, special ones counted.
        stride_tokens: tokens from the beginning of a window to that of the next; at most what
            `max_tokens` leaves beside the special tokens.
        max_windows: windows of a row at most.

    Returns:
        `pack`'s features, each `int32 [batch, windows, tokens]`. A row with fewer windows than the
        row with the most is filled up with windows whose `attention_mask` is 0 throughout; no
        real window's is, since `[CLS]` is a token.

    Raises:
        ValueError: the stride is longer than a window of the second text can be.
    """
    if other is None:
        room = tf.fill([ids.nrows(out_type=tf.int32)], max_tokens - NUM_SPECIAL_SINGLE)
        cut = windows(ids, room, stride=stride_tokens, max_windows=max_windows)
        parts = [cut.ids]
    else:
        both = max_tokens - NUM_SPECIAL_PAIR
        if stride_tokens > both:
            raise ValueError(f"stride_tokens is {stride_tokens}; with pairs at most {both}")
        # A pair that fits is not cut: a second text of one window needs no room for a stride.
        needed = tf.minimum(tf.cast(other.row_lengths(), tf.int32), stride_tokens)
        kept = tf.minimum(tf.cast(ids.row_lengths(), tf.int32), both - needed)
        room = both - kept
        cut = windows(other, room, stride=stride_tokens, max_windows=max_windows)
        parts = [tf.gather(truncate(ids, kept, truncation="head"), cut.rows), cut.ids]
    fill = {spec.INPUT_IDS: pad_id}
    return {
        key: tf.RaggedTensor.from_row_lengths(value, cut.counts, validate=False).to_tensor(
            fill.get(key, 0)
        )
        for key, value in _packed(parts, cls_id, sep_id, pad_id).items()
    }


def _packed(
    parts: list[tf.RaggedTensor], cls_id: int, sep_id: int, pad_id: int
) -> dict[str, tf.Tensor]:
    """Lays `[CLS]` and each part with its `[SEP]` into one dense row.

    Written with column numbers: a concatenation of ragged tensors does the same through transposed
    int64 indices, which is slower and makes oneDNN complain on standard error.
    """
    lengths = [tf.cast(part.row_lengths(), tf.int32)[:, tf.newaxis] for part in parts]
    row_length = tf.add_n(lengths) + 1 + len(parts)
    width = tf.maximum(tf.reduce_max(row_length), NUM_SPECIAL_SINGLE)
    column = tf.range(width)[tf.newaxis]
    input_ids = tf.where(column == 0, cls_id, pad_id + tf.zeros_like(row_length))
    start = tf.ones_like(row_length)
    first_end = lengths[0] + 2
    for part, length in zip(parts, lengths, strict=True):
        tokens = tf.pad(part.to_tensor(), [[0, 0], [0, 1]])
        at = tf.clip_by_value(column - start, 0, tf.shape(tokens)[1] - 1)
        is_inside = (column >= start) & (column < start + length)
        input_ids = tf.where(is_inside, tf.gather(tokens, at, batch_dims=1), input_ids)
        input_ids = tf.where(column == start + length, sep_id, input_ids)
        start += length + 1
    is_token = column < row_length
    return {
        spec.INPUT_IDS: input_ids,
        spec.ATTENTION_MASK: tf.cast(is_token, tf.int32),
        spec.TOKEN_TYPE_IDS: tf.cast(is_token & (column >= first_end), tf.int32),
    }

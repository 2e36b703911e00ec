"""Windows cover a text, overlap as told and stay in order."""

from __future__ import annotations

import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from tfft.text.windows import num_windows, windows


def cut(rows, room, stride, max_windows=99):
    ids = tf.ragged.constant(rows, dtype=tf.int32, ragged_rank=1)
    return windows(ids, tf.constant(room), stride=stride, max_windows=max_windows)


def test_windows_begin_a_stride_apart_and_the_last_one_may_be_short():
    found = cut([[1, 2, 3, 4, 5, 6], [], [8, 9, 10]], [3, 3, 3], stride=2)
    assert found.ids.to_list() == [[1, 2, 3], [3, 4, 5], [5, 6], [], [8, 9, 10]]
    assert found.rows.numpy().tolist() == [0, 0, 0, 1, 2]
    assert found.counts.numpy().tolist() == [3, 1, 1]


def test_each_row_has_the_room_that_it_is_given():
    found = cut([[1, 2, 3, 4, 5], [1, 2, 3, 4, 5]], [2, 4], stride=2)
    assert found.ids.to_list() == [[1, 2], [3, 4], [5], [1, 2, 3, 4], [3, 4, 5]]


def test_what_lies_behind_the_last_window_is_left_out():
    assert cut([[1, 2, 3, 4, 5, 6, 7]], [2], stride=2, max_windows=2).ids.to_list() == [
        [1, 2],
        [3, 4],
    ]


@pytest.mark.parametrize(
    ("length", "count"), [(0, 1), (1, 1), (5, 1), (6, 2), (8, 2), (9, 3), (20, 4)]
)
def test_the_number_of_windows_is_the_smallest_that_covers(length, count):
    found = num_windows(tf.constant([length]), tf.constant([5]), stride=3, max_windows=4)
    assert found.numpy().tolist() == [count]


@settings(max_examples=50, deadline=None)
@given(
    lengths=st.lists(st.integers(0, 30), min_size=1, max_size=7),
    room=st.integers(1, 9),
    data=st.data(),
)
def test_the_windows_of_a_row_give_it_back(lengths, room, data):
    stride = data.draw(st.integers(1, room))
    rows = [list(range(length)) for length in lengths]
    found = cut(rows, [room] * len(rows), stride)
    for number, row in enumerate(rows):
        parts = [
            part
            for part, of in zip(found.ids.to_list(), found.rows.numpy(), strict=True)
            if of == number
        ]
        assert parts[0] + [x for part in parts[1:] for x in part[room - stride :]] == row
        assert all(len(part) == room for part in parts[:-1])


def test_a_batch_without_rows_has_no_window():
    found = cut([], tf.zeros([0], tf.int32), stride=2)
    assert found.ids.nrows() == 0
    assert found.counts.shape == [0]

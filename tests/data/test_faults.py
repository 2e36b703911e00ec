"""The fault list stays small and lets every file have its say."""

from __future__ import annotations

import pytest

from tfft.data.faults import MAX_FAULTS_A_FILE, FaultList
from tfft.errors import DataError, Fault


def test_a_list_without_faults_raises_nothing():
    faults = FaultList()
    faults.raise_if_any("cannot read")
    assert not faults


def test_a_bad_file_leaves_room_for_another_and_the_rest_is_counted():
    faults = FaultList()
    for line in range(1000):
        faults.add(f"a.tsv:{line + 1}", "is bad")
    faults.add("b.tsv:7", "is bad too")
    with pytest.raises(DataError) as caught:
        faults.raise_if_any("cannot read")
    assert len(faults) == 1001
    assert len(caught.value.faults) == MAX_FAULTS_A_FILE + 1
    assert "b.tsv:7: is bad too" in str(caught.value)
    assert "and 992 more" in str(caught.value)


def test_no_more_than_a_hundred_faults_are_kept_of_very_many_files():
    faults = FaultList()
    for number in range(250):
        faults.add(f"{number}.tsv", "no such file")
    with pytest.raises(DataError) as caught:
        faults.raise_if_any("cannot read")
    assert (len(caught.value.faults), caught.value.num_more) == (100, 150)


def test_the_nearest_right_name_is_shown():
    faults = FaultList()
    faults.add("a.tsv:2", "unknown label", came="postive", choices=("negative", "positive"))
    with pytest.raises(DataError, match="Did you mean `positive`"):
        faults.raise_if_any("cannot read")


def test_faults_of_an_error_from_elsewhere_are_taken_over():
    faults = FaultList()
    faults.include(DataError("no demo", [Fault("demo:x", "unknown")], num_more=2))
    faults.include(DataError("all is lost"))
    with pytest.raises(DataError, match=r"demo:x: unknown\n  - all is lost\n  … and 2 more"):
        faults.raise_if_any("cannot read")

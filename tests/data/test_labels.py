"""Labels are found in an order of their own, and weigh what is asked for."""

from __future__ import annotations

import pytest

from tfft.data.faults import FaultList
from tfft.data.labels import MAX_LABELS, LabelCodes, LabelSet, check_given_labels, class_weights
from tfft.errors import ConfigError, DataError


def test_whole_numbers_are_ordered_by_value_and_other_names_by_code_point():
    assert LabelSet.found(["10", "9", "-1"]).names == ("-1", "9", "10")
    assert LabelSet.found(["10", "9", "b", "B", "é"]).names == ("10", "9", "B", "b", "é")


def test_the_order_of_rows_does_not_change_the_order_of_labels():
    codes, faults = LabelCodes(), FaultList()
    assert [codes.code(label, "f:1", faults) for label in ("c", "a", "c", "b")] == [0, 1, 0, 2]
    assert codes.label_set().names == ("a", "b", "c")
    assert codes.indices() == (2, 0, 1)


def test_given_labels_keep_their_order_and_another_one_is_a_fault():
    codes, faults = LabelCodes(["positive", "negative"]), FaultList()
    assert codes.code("negative", "f:1", faults) == 1
    assert codes.code("postive", "f:2", faults) is None
    assert codes.label_set().names == ("positive", "negative")
    with pytest.raises(DataError, match=r"f:2: the label `postive` .*Did you mean `positive`"):
        faults.raise_if_any("cannot read")


def test_a_label_that_no_training_row_has_is_a_fault():
    codes, faults = LabelCodes(), FaultList()
    codes.code("a", "f:1", faults)
    codes.code("c", "f:2", faults)
    codes.close()
    assert codes.code("b", "g:7", faults) is None
    with pytest.raises(DataError, match="g:7: the label `b` has no training row; expected one of"):
        faults.raise_if_any("cannot read")


def test_too_many_labels_are_one_fault_and_not_held():
    codes, faults = LabelCodes(), FaultList()
    for number in range(MAX_LABELS + 500):
        codes.code(f"text {number}", f"f:{number + 1}", faults)
    assert len(codes.label_set()) == MAX_LABELS
    with pytest.raises(DataError, match="f:10001: more than 10,000 different labels") as caught:
        faults.raise_if_any("cannot read")
    assert len(caught.value.faults) == 1


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a"], "1 given; expected at least two"),
        (["a", "b", "a"], "`a` is given twice"),
        (["a", "b "], "`b `; expected a name without white space"),
    ],
)
def test_given_labels_that_no_classifier_can_have_are_refused(names, message):
    faults = FaultList()
    check_given_labels(names, faults)
    with pytest.raises(DataError, match=message):
        faults.raise_if_any("cannot read")


def test_a_text_among_the_labels_is_one_fault():
    codes, faults = LabelCodes(), FaultList()
    for number in range(7):
        codes.code("long " * 300 + str(number), f"f:{number + 1}", faults)
    with pytest.raises(
        DataError, match=r"f:1: a label of 1,501 characters, which is a text\. Name"
    ):
        faults.raise_if_any("cannot read")
    assert len(faults) == 1


def test_very_many_unknown_labels_are_told_soon_and_not_held():
    codes, faults = LabelCodes(["a", "b"]), FaultList()
    for number in range(MAX_LABELS + 500):
        codes.code(f"text {number}", f"f:{number + 1}", faults)
    assert len(faults) == MAX_LABELS


def test_balanced_weights_are_those_of_scikit_learn():
    weight = pytest.importorskip("sklearn.utils.class_weight")
    numpy = pytest.importorskip("numpy")
    labels = ["a"] * 7 + ["b"] * 2 + ["c"] * 13
    expected = weight.compute_class_weight("balanced", classes=numpy.array(["a", "b", "c"]),
                                           y=numpy.array(labels))  # fmt: skip
    found = class_weights({"a": 7, "b": 2, "c": 13}, "balanced")
    assert found == pytest.approx(expected.tolist())
    assert found == pytest.approx((22 / 21, 22 / 6, 22 / 39))


def test_weights_follow_a_mapping_and_absent_labels_weigh_one():
    assert class_weights({"a": 7, "b": 2, "c": 0}, {"b": 3}) == (1.0, 3.0, 1.0)
    assert class_weights({"a": 7, "b": 2}, None) == (1.0, 1.0)
    assert class_weights({"a": 3, "b": 1, "c": 0}, "balanced") == (4 / 6, 4 / 2, 0.0)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"negativ": 2}, "unknown label. Did you mean `negative`"),
        ({"negative": -1}, "-1; expected 0 or more"),
        ({"negative": float("nan")}, "nan; expected 0 or more"),
        ({"negative": 0, "positive": 0}, "every label weighs 0"),
        ("balance", "expected balanced"),
    ],
)
def test_weights_that_cannot_be_used_are_refused(weights, message):
    with pytest.raises(ConfigError, match=message):
        class_weights({"negative": 1, "positive": 1}, weights)

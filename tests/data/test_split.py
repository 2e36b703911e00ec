"""A row's split depends on its text and the seed alone."""

from __future__ import annotations

from tfft.data.split import position, split_of


def test_positions_are_the_same_on_every_machine():
    assert position("good film", seed=17) == 0.415018458842096
    assert position(b"good film", seed=17) == position("good film", seed=17)


def test_positions_are_uniform_and_change_with_the_seed():
    found = [position(f"text {number}", seed=3) for number in range(7000)]
    counts = [sum(tenth <= 10 * each < tenth + 1 for each in found) for tenth in range(10)]
    # 700 expected in each tenth, standard deviation 25.
    assert all(600 < count < 800 for count in counts)
    assert position("text 0", seed=4) != found[0]


def test_shares_follow_one_another():
    shares = {"validation": 0.2, "test": 0.1}
    found = [split_of(f"text {number}", shares, seed=0) for number in range(7000)]
    for split, share in (("validation", 0.2), ("test", 0.1), ("train", 0.7)):
        assert abs(found.count(split) / 7000 - share) < 0.025
    assert split_of("x", {}, seed=0) == "train"

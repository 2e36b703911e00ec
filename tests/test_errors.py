"""Errors say where, what came, what was expected and what to do."""

from tfft.errors import ConfigError, DataError, Fault, nearest, nearest_path


def test_a_fault_reads_as_one_sentence_with_advice():
    fault = Fault("training.epochs", "got 'five'", "a whole number", advice="Write a numeral")
    assert str(fault) == "training.epochs: got 'five'; expected a whole number. Write a numeral"


def test_a_question_mark_is_not_followed_by_a_full_stop():
    fault = Fault("a.b", "unknown key", nearest="c", advice="See docs")
    assert str(fault) == "a.b: unknown key. Did you mean `c`? See docs"


def test_an_error_lists_every_fault():
    error = ConfigError("x.yaml cannot be used", [Fault("a", "one"), Fault("b", "two")])
    assert str(error) == "x.yaml cannot be used:\n  - a: one\n  - b: two"


def test_a_long_list_is_cut_and_counted():
    error = DataError("bad", [Fault(f"f:{n}", "p") for n in range(23)], num_more=1000)
    lines = str(error).split("\n")
    assert len(lines) == 22
    assert lines[-1] == "  … and 1,003 more"


def test_nearest_ignores_case_and_refuses_the_far_fetched():
    assert nearest("EPOCH", ["epochs", "seed"]) == "epochs"
    assert nearest("zzz", ["epochs", "seed"]) == ""


def test_the_nearest_path_is_beside_the_missing_one(tmp_path):
    for name in ("train.tsv", "dev.tsv"):
        (tmp_path / name).touch()
    assert nearest_path(tmp_path / "trian.tsv") == str(tmp_path / "train.tsv")
    assert nearest_path(tmp_path / "gone.tsv") == ""
    assert nearest_path(tmp_path / "no" / "train.tsv") == ""


def test_control_characters_are_escaped_and_letters_of_all_scripts_are_not():
    assert str(Fault("a\rb", "\x1b[31m 好\u2028é")) == "a\\rb: \\x1b[31m 好\\u2028é"

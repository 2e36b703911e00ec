"""Benchmarks compare equal answers only, count right, and leave figures that add up."""

import json
import subprocess
import sys

import pytest
import tensorflow as tf

from tests.conftest import ROOT
from tests.training.tiny import TinyModel, batches, row_losses
from tfft.training.loop import Throughput, TrainingLoop
from tfft.training.optimizer import create_optimizer

SCRIPTS = ("input_pipeline", "training_step")


@pytest.fixture(autouse=True)
def scripts_path(monkeypatch):
    """Scripts import each other by name, as `python benchmarks/NAME.py` lets them."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))


def benchmark(name, *args):
    command = [sys.executable, f"benchmarks/{name}.py", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_sides_run_in_turn_and_the_warm_up_is_not_counted():
    from measure import alternate

    order = []
    sides = {"a": lambda: order.append("a") or len(order), "b": lambda: order.append("b")}
    samples = alternate(sides, rounds=3)
    assert "".join(order) == "ba" + "ab" + "ba" + "ab"
    assert [sample.result for sample in samples["a"]] == [3, 6, 7]
    assert [len(each) for each in samples.values()] == [3, 3]
    assert all(sample.seconds >= 0 for sample in samples["b"])


def test_a_ratio_is_the_median_of_the_rounds_ratios():
    from measure import median_ratio, spread

    assert median_ratio([2.0, 9.0, 4.0], [1.0, 3.0, 1.0]) == 3.0
    assert spread([7.0, 2.0, 3.0]) == {"median": 3.0, "min": 2.0, "max": 7.0}


def test_the_environment_names_versions_and_cores_but_no_path():
    from measure import environment

    facts = environment()
    assert facts["packages"]["tensorflow"] == tf.__version__
    assert facts["cores"] >= 1
    assert set(facts) == {"tfft", "python", "packages", "platform", "cores"}


def test_unequal_ids_are_refused_with_the_first_row_that_differs():
    from input_stages import UnequalIdsError, check_equal_ids

    check_equal_ids(["a b", ""], [[5, 6], []], [[5, 6], []])
    with pytest.raises(UnequalIdsError, match=r"2 of 3 rows .* 'b': \[6\] against \[7\]"):
        check_equal_ids(["a", "b", "c"], [[5], [6], [8]], [[5], [7], [8, 8]])
    with pytest.raises(UnequalIdsError, match="2 texts, but ids of 2 and of 1"):
        check_equal_ids(["a", "b"], [[5], [6]], [[5]])


def test_nothing_is_timed_where_the_peers_ids_differ(tmp_path, monkeypatch):
    import input_stages
    from options import CONFIG
    from workload import load_workload

    from tfft.config.load import load_config

    config, _ = load_config(CONFIG)
    workload = load_workload(
        config, tmp_path, source="demo:reviews-en", columns={}, max_demo_rows=13
    )
    assert len(workload.texts) == 13
    assert "prepare" in input_stages.stages(workload)
    right = input_stages.peer_ids
    monkeypatch.setattr(input_stages, "peer_ids", lambda *args: [[*r, 1] for r in right(*args)])
    with pytest.raises(input_stages.UnequalIdsError, match="13 of 13 rows"):
        input_stages.stages(workload)


def test_parts_are_what_each_graph_adds_and_the_rest_is_what_is_left():
    from training_step import part_seconds

    parts = part_seconds(
        whole=[10.0, 12.0, 11.0],
        inputs=[1.0, 2.0, 1.0],
        prefixes={"forward": [2.0, 3.0, 2.0], "backward": [7.0, 8.0, 7.0]},
    )
    assert parts == {"input": 1.0, "forward": 2.0, "backward": 5.0, "rest": 2.0}


def test_the_arithmetic_of_a_step_is_that_of_its_matrix_products():
    from step_parts import matrix_product_flop, step_flop

    # By row and layer: 7 tokens x (4 x 4x4 + 2 x 4x8) weights + 7 x (2 x 7 x 4) for attention;
    # pooler 4x4, classifier 4x3. Twice for an addition each, three times for backward.
    sizes = {"hidden_size": 4, "num_hidden_layers": 2, "intermediate_size": 8}
    assert step_flop(sizes, rows=5, tokens=7, num_labels=3) == 6 * 5 * (2 * 7 * 184 + 28)
    assert matrix_product_flop() == 8 * 17_179_869_184


def test_the_graphs_that_grow_compute_the_loops_own_step():
    from step_parts import prefixes

    strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
    with strategy.scope():
        model = TinyModel()
        optimizer, _ = create_optimizer(0.1, 10, 0)
        model.compile(optimizer=optimizer)
    loop = TrainingLoop(model, optimizer, strategy=strategy, row_losses=row_losses)
    data = batches(0)
    graphs = prefixes(loop, data.element_spec)
    batch = next(iter(data))
    weights = [weight.numpy() for weight in model.trainable_variables]
    loss = graphs["forward"](batch)
    _, gradients = graphs["backward"](batch)
    _, clipped, norm = graphs["gradient_norm_and_clipping"](batch)
    assert all((a == b.numpy()).all() for a, b in zip(weights, model.weights, strict=True))
    whole = graphs["optimizer_update"](batch)
    assert float(whole["loss"]) == pytest.approx(float(loss), rel=1e-6)
    assert float(whole["gradient_norm"]) == pytest.approx(float(norm), rel=1e-6)
    assert len(gradients) == len(clipped) == len(weights)
    assert any((a != b.numpy()).any() for a, b in zip(weights, model.weights, strict=True))


def test_the_first_step_is_taken_out_of_the_throughput():
    from step_parts import without

    first = Throughput(rows=5, tokens=9, slots=10, seconds=3.0, input_seconds=2.0, total_rows=5)
    both = Throughput(rows=7, tokens=12, slots=16, seconds=4.0, input_seconds=2.5, total_rows=7)
    later = without(both, first)
    assert (later.rows, later.tokens, later.slots) == (2, 3, 6)
    assert (later.seconds, later.input_seconds, later.total_rows) == (1.0, 0.5, 2)


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_shows_examples_and_every_script_is_in_the_docs(name):
    done = benchmark(name, "--help")
    assert done.returncode == 0
    assert f"usage: python benchmarks/{name}.py" in done.stdout
    assert "examples:" in done.stdout
    assert f"benchmarks/{name}.py" in (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_unknown_size_is_one_error_without_a_traceback(name):
    done = benchmark(name, "--quick", "--batch-size", 0)
    assert done.returncode == 2
    assert "training.batch_size" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_input_benchmark_compares_and_writes_its_figures(tmp_path):
    done = benchmark("input_pipeline", "--quick", "--output", tmp_path / "f.json")
    assert done.returncode == 0, done.stderr
    assert "| train_batches " in done.stdout
    figures = json.loads((tmp_path / "f.json").read_text(encoding="utf-8"))
    assert set(figures) == {
        "environment", "rounds", "rows", "text", "batch_size", "rows_per_second",
        "first_batch_seconds", "build_seconds", "rows_with_equal_ids", "speed_over_tokenizers",
    }  # fmt: skip
    assert list(figures["rows_per_second"]) == [
        "prepare", "clean", "tokenize", "tokenize, batches of 1,024", "tokenizers: encode_batch",
        "preprocess", "augment: delete_words", "augment: swap_words", "train_batches",
        "train_batches, later batches", "train_batches, later batches, augmented",
    ]  # fmt: skip
    assert figures["rows_with_equal_ids"] == figures["rows"]["number"] == 300
    for rate in figures["rows_per_second"].values():
        assert 0 < rate["min"] <= rate["median"] <= rate["max"]


@pytest.mark.slow
def test_the_parts_of_a_step_sum_up_to_the_whole(tmp_path):
    rows = "".join(f"{'good ' * (n % 7 + 1)}\t{n % 3}\n" for n in range(103))
    (tmp_path / "rows.tsv").write_text(rows, encoding="utf-8")
    done = benchmark(
        "training_step", "--quick", "--input", tmp_path / "rows.tsv", "--hidden-size", 24,
        "--heads", 3, "--layers", 1, "--batch-size", 13, "--precision", "bfloat16",
        "--output", tmp_path / "f.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "| whole step " in done.stdout
    figures = json.loads((tmp_path / "f.json").read_text(encoding="utf-8"))
    parts, step = figures["part_seconds"], figures["step_seconds"]["median"]
    assert list(parts) == [
        "input", "forward", "backward", "gradient_norm_and_clipping", "optimizer_update", "rest",
    ]  # fmt: skip
    # Medians of the parts need not add up to the median of the whole.
    assert sum(parts.values()) == pytest.approx(step, rel=0.25)
    assert parts["forward"] > 0
    assert figures["precision"] == "bfloat16"
    assert figures["model"]["hidden_size"] == 24
    assert figures["steps"] == 3
    assert 0 < figures["share_of_ceiling"] < 1
    assert 0 <= figures["padding_share"] < 1
    assert figures["rows"]["name"] == "rows.tsv"
    assert str(tmp_path) not in json.dumps(figures) + done.stdout


@pytest.mark.slow
def test_a_single_batch_is_refused(tmp_path):
    (tmp_path / "rows.tsv").write_text("a good one\t1\na bad one\t0\na good\t1\n")
    done = benchmark("training_step", "--quick", "--input", tmp_path / "rows.tsv")
    assert done.returncode == 2
    assert "3 rows are one batch" in done.stderr
